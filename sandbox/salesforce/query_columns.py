"""What `columns=true` answers in place of records: the columns of a query, for tables of the CLI."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from sandbox.salesforce import soql
from sandbox.salesforce.soql.ast import Call, Child, Operand, Path, Selected
from sandbox.salesforce.soql.world import Column

_APEX_TYPES: Final = {
    "boolean": "System.Boolean",
    "int": "System.Integer",
    "double": "System.Double",
    "currency": "System.Double",
    "percent": "System.Double",
    "date": "System.Date",
    "datetime": "System.DateTime",
    "time": "System.Time",
    "id": "System.Id",
    "reference": "System.Id",
}
_NUMBERS: Final = ("int", "double", "currency", "percent")


def described(bound: soql.Bound) -> dict[str, Any]:
    """The answer for a query that was checked and is not run."""
    columns = list(_columns(bound))
    return {
        "columnMetadata": columns,
        "entityName": bound.scope.definition.name,
        "groupBy": bool(bound.query.group),
        "idSelected": any(each["columnName"] == "Id" for each in columns),
        "keyPrefix": bound.scope.definition.key_prefix,
    }


def _columns(bound: soql.Bound) -> Iterator[dict[str, Any]]:
    """Own fields and those of parents in their order, then lists of children."""
    if bound.selection is None:
        yield from (_of_group(item) for item in bound.query.items if isinstance(item, Selected) and bound.groups)
        return
    for column in bound.selection.columns:
        yield _within(column)
    for item in bound.query.items:
        if isinstance(item, Child):
            inner = [_entry(_text(each.what)) for each in item.query.items if isinstance(each, Selected)]
            yield {**_entry(item.query.source.text), "aggregate": True, "joinColumns": inner}


def _within(column: Column) -> dict[str, Any]:
    """A parent's field is a column of the column that bears the relationship's name."""
    made = _entry(column.label.rsplit(".", 1)[-1], column)
    for parent in reversed(column.parents):
        made = {**_entry(parent), "joinColumns": [made]}
    return made


def _of_group(item: Selected) -> dict[str, Any]:
    named = item.alias.text if item.alias is not None else _text(item.what)
    return {**_entry(named), "aggregate": isinstance(item.what, Call)}


def _text(what: Operand) -> str:
    if isinstance(what, Path):
        return what.text
    return f"{what.word.lower()}({', '.join(_text(each) for each in what.arguments if isinstance(each, Path | Call))})"


def _entry(name: str, column: Column | None = None) -> dict[str, Any]:
    kind = column.type if column is not None else ""
    field = column.field if column is not None else None
    return {
        "aggregate": False,
        "apexType": _APEX_TYPES.get(kind, "System.String"),
        "booleanType": kind == "boolean",
        "columnName": name,
        "custom": field is not None and field.custom,
        "displayName": name,
        "foreignKeyName": None,
        "insertable": field is not None and field.createable,
        "joinColumns": [],
        "numberType": kind in _NUMBERS,
        "textType": kind not in _APEX_TYPES,
        "updatable": field is not None and field.updateable,
    }
