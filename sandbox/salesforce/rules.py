"""What a save must satisfy: required fields, uniqueness, the admin's validation and duplicate rules."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from sandbox.kernel import Refusal
from sandbox.salesforce.definitions import ObjectDef
from sandbox.salesforce.errors import bad_request
from sandbox.salesforce.settings import Condition, DuplicateRule
from sandbox.salesforce.state import Author, OrgState
from sandbox.salesforce.store import Row
from sandbox.salesforce.view import shown


def check_required(definition: ObjectDef, row: Row, names: Iterable[str]) -> None:
    """Raises Refusal naming every required field among `names` that the row leaves empty."""
    missing = [
        field.name
        for name in names
        if (field := definition.fields.get(name.lower())) is not None
        and not field.nillable
        and (field.createable or field.updateable)
        and row.get(field.name) is None
    ]
    if missing:
        raise bad_request("REQUIRED_FIELD_MISSING", f"Required fields are missing: [{', '.join(missing)}]", missing)


def check_unique(state: OrgState, definition: ObjectDef, values: Row, own_id: str | None) -> None:
    """Raises Refusal DUPLICATE_VALUE naming the live holder of a unique value."""
    rows = state.table(definition.name)
    for name, value in values.items():
        field = definition.fields[name.lower()]
        if not field.unique or value is None:
            continue
        for row in rows.holders(name, str(value)):
            if row["Id"] != own_id and not row.get("IsDeleted"):
                message = f"duplicate value found: {name} duplicates value on record with id: {row['Id']}"
                raise bad_request("DUPLICATE_VALUE", message, [name])


_TESTS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "blank": lambda held, value: held is None,
    "filled": lambda held, value: held is not None,
    "equals": lambda held, value: held == value,
    "differs": lambda held, value: held != value,
    "contains": lambda held, value: str(value).lower() in str(held or "").lower(),
    "longer": lambda held, value: len(str(held or "")) > value,
    "above": lambda held, value: held is not None and held > value,
    "below": lambda held, value: held is not None and held < value,
}


def check_validation(state: OrgState, definition: ObjectDef, row: Row) -> None:
    """Raises Refusal FIELD_CUSTOM_VALIDATION_EXCEPTION with the text of the first rule that fails the row."""
    for rule in state.settings.validation_rules:
        if rule.object == definition.name and all(_holds(part, row) for part in rule.conditions):
            raise bad_request("FIELD_CUSTOM_VALIDATION_EXCEPTION", rule.message, [rule.field] if rule.field else ())


def _holds(condition: Condition, row: Row) -> bool:
    return _TESTS[condition.test](row.get(condition.field), condition.value)


def check_duplicates(state: OrgState, definition: ObjectDef, row: Row, values: Row, author: Author) -> None:
    """Raises Refusal DUPLICATES_DETECTED with the matches. Alert rules let people pass, and calls that allow it."""
    for rule in state.settings.duplicate_rules:
        if rule.object != definition.name or not any(name in values for name in rule.fields):
            continue
        if "Id" in row and not rule.on_update:
            continue
        if rule.action == "alert" and (author.allow_save or not author.actor.startswith("engine:")):
            continue
        matches = [
            (name, match) for name in rule.against or (rule.object,) for match in _matches(state, name, rule, row)
        ]
        if matches:
            raise _duplicates(state, definition, rule, matches, author)


def _matches(state: OrgState, object_name: str, rule: DuplicateRule, row: Row) -> Iterable[Row]:
    wanted = {name: str(row[name]).lower() for name in rule.fields if row.get(name) is not None}
    if len(wanted) < len(rule.fields):
        return
    rows = state.table(object_name)
    by = next((name for name in wanted if rows.indexed(name)), None)
    for held in rows.holders(by, wanted[by]) if by else rows.live():
        if held["Id"] == row.get("Id") or held.get("IsDeleted") or held.get("IsConverted"):
            continue
        if all(str(held.get(name, "")).lower() == text for name, text in wanted.items()):
            yield held


def _duplicates(
    state: OrgState, definition: ObjectDef, rule: DuplicateRule, matches: list[tuple[str, Row]], author: Author
) -> Refusal:
    results = []
    for name in dict.fromkeys(name for name, _ in matches):
        records = [_match(state, name, row, author) for other, row in matches if other == name]
        results.append(
            {
                "entityType": name,
                "errors": [],
                "matchEngine": "ExactMatchEngine",
                "matchRecords": records,
                "rule": f"{name}_Match",
                "size": len(records),
                "success": True,
            }
        )
    detail = {
        "allowSave": rule.action == "alert",
        "duplicateRule": rule.name,
        "duplicateRuleEntityType": definition.name,
        "errorMessage": rule.message,
        "matchResults": results,
    }
    return Refusal(400, "DUPLICATES_DETECTED", "Use one of these records?", (), {"duplicateResut": detail})


def _match(state: OrgState, object_name: str, row: Row, author: Author) -> dict[str, Any]:
    """One match; the whole record only where the caller asked for details."""
    record: dict[str, Any] = shown(state, object_name, row, 66, None if author.record_details else ["Id"])
    return {"additionalInformation": [], "fieldDiffs": [], "matchConfidence": 100.0, "record": record}
