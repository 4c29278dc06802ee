"""Random conditions: whatever index is taken, the answer is that of looking at every row."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.kernel import START_MS
from sandbox.salesforce.times import stamp
from tests.sandbox_salesforce.soql_world import SmallOrg

_MAILS = ["a@x.example", "B@x.example", "c@y.example", None]
_COUNT = 40


@cache
def _org() -> SmallOrg:
    org = SmallOrg()
    for number in range(_COUNT):
        org.put(
            "Lead",
            LastName=f"L{number % 7}",
            Company="C",
            Email=_MAILS[number % 4],
            NumberOfEmployees=None if number % 5 == 0 else number % 11,
            IsDeleted=number % 9 == 8,
        )
    rows = org.state.rows["lead"]
    for number, row in enumerate(list(rows.all())):  # moves some stamps, so that Id order and stamp order differ
        if number % 3 == 0:
            rows.change(row, {"SystemModstamp": stamp(START_MS + (number % 4) * 1000)})
    return org


_IDS = sorted(row["Id"] for row in _org().state.rows["lead"].all())
_STAMPS = sorted({row["SystemModstamp"] for row in _org().state.rows["lead"].all()})
_VALUES: dict[str, tuple[list[Any], tuple[str, ...]]] = {
    "Id": (_IDS, ("=", "!=", "<", "<=", ">", ">=", "IN", "NOT IN")),
    "SystemModstamp": (_STAMPS, ("=", "!=", "<", "<=", ">", ">=", "IN")),
    "Email": (["A@X.example", "b@x.example", "none@x.example", None], ("=", "!=", "IN", "NOT IN")),
    "LastName": (["l1", "L4", "L6"], ("=", "<", ">=", "LIKE", "IN")),
    "NumberOfEmployees": ([0, 3, 10, None], ("=", "!=", "IN")),
}
Tree = tuple[Any, ...]


@st.composite
def _leaf(draw: st.DrawFn) -> Tree:
    field = draw(st.sampled_from(sorted(_VALUES)))
    values, operators = _VALUES[field]
    operator = draw(st.sampled_from(operators))
    if operator.endswith("IN"):
        return field, operator, tuple(draw(st.lists(st.sampled_from(values), min_size=1, max_size=4)))
    return field, operator, draw(st.sampled_from(values))


_CONDITIONS = st.recursive(
    _leaf(),
    lambda inner: st.one_of(
        st.tuples(st.just("AND"), st.lists(inner, min_size=2, max_size=3)),
        st.tuples(st.just("OR"), st.lists(inner, min_size=2, max_size=3)),
        st.tuples(st.just("NOT"), inner),
    ),
    max_leaves=6,
)


def _text(tree: Tree) -> str:
    if tree[0] in ("AND", "OR"):
        return f" {tree[0]} ".join(f"({_text(part)})" for part in tree[1])
    if tree[0] == "NOT":
        return f"NOT ({_text(tree[1])})"
    field, operator, value = tree
    shown = f"({', '.join(_literal(field, one) for one in value)})" if operator.endswith("IN") else None
    return f"{field} {operator} {shown or _literal(field, value)}"


def _literal(field: str, value: Any) -> str:
    if value is None:
        return "null"
    return str(value) if field in ("NumberOfEmployees", "SystemModstamp") else f"'{value}'"


def _holds(tree: Tree, row: dict[str, Any]) -> bool:
    if tree[0] == "AND":
        return all(_holds(part, row) for part in tree[1])
    if tree[0] == "OR":
        return any(_holds(part, row) for part in tree[1])
    if tree[0] == "NOT":
        return not _holds(tree[1], row)
    field, operator, value = tree
    fold = field in ("Email", "LastName")
    held = row.get(field)
    held = held.lower() if fold and held is not None else held
    if operator.endswith("IN"):
        values = [one.lower() if fold and one is not None else one for one in value]
        return (held in values) != operator.startswith("NOT")
    value = value.lower() if fold and value is not None else value
    if operator in ("=", "!="):
        return (held == value) == (operator == "=")
    if held is None:
        return False
    if operator == "LIKE":
        return re.fullmatch(re.escape(value), held) is not None
    return {"<": held < value, "<=": held <= value, ">": held > value, ">=": held >= value}[operator]


_ORDERS = {
    "Id": lambda row: row["Id"],
    "Id DESC": lambda row: [-ord(letter) for letter in row["Id"]],
    "SystemModstamp, Id": lambda row: (row["SystemModstamp"], row["Id"]),
    "LastName, Id": lambda row: (row["LastName"].lower(), row["Id"]),
}


@settings(max_examples=300, deadline=None)
@given(
    tree=_CONDITIONS,
    order=st.sampled_from(sorted(_ORDERS)),
    limit=st.one_of(st.none(), st.integers(0, 12)),
    deleted_too=st.booleans(),
)
def test_every_way_to_the_rows_finds_the_same(tree: Tree, order: str, limit: int | None, deleted_too: bool) -> None:
    rows = [row for row in _org().state.rows["lead"].all() if deleted_too or not row["IsDeleted"]]
    expected = [row["Id"] for row in sorted(filter(lambda row: _holds(tree, row), rows), key=_ORDERS[order])][:limit]
    text = f"SELECT Id FROM Lead WHERE {_text(tree)} ORDER BY {order}"
    found = _org().records(text if limit is None else f"{text} LIMIT {limit}", deleted_too=deleted_too)
    assert [record["Id"] for record in found] == expected
