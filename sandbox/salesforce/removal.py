"""The end of rows and their return: recycle bin, cascades, undelete, merge.

A delete takes its children along and remembers nothing else: an undelete brings back those that left in its second.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from sandbox.kernel import Refusal
from sandbox.salesforce.definitions import ObjectDef
from sandbox.salesforce.errors import bad_request
from sandbox.salesforce.records import apply, check_open
from sandbox.salesforce.rules import check_unique
from sandbox.salesforce.state import Author, OrgState
from sandbox.salesforce.store import Row
from sandbox.salesforce.view import found

_DAY_MS: Final = 86_400_000
_MOST_LOSERS: Final = 2


def delete(state: OrgState, definition: ObjectDef, row: Row, author: Author) -> None:
    """To the recycle bin, with the children that cannot be without it. Raises Refusal."""
    if not definition.deletable:
        raise Refusal(400, "INVALID_TYPE_FOR_OPERATION", f"entity type {definition.name} does not support delete")
    if author.limited and row["Id"] in state.locked:
        raise Refusal(403, "INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id")
    for child, _, held in list(children(state, definition, row)):
        if not held.get("IsDeleted") and child.deletable:
            delete(state, child, held, author)
    for child, name, held in list(children(state, definition, row, cascade=False)):
        if not held.get("IsDeleted"):
            apply(state, child, held, {name: None}, author, "update")
    if "isdeleted" in definition.fields:
        apply(state, definition, row, {"IsDeleted": True}, author, "delete")
    elif state.trial is None:  # setup rows are gone at once
        apply(state, definition, row, {}, author, "delete", {"Id": (row["Id"], None)})
        state.table(definition.name).purge(row["Id"])
        state.schema_changed()


def children(
    state: OrgState, definition: ObjectDef, row: Row, *, cascade: bool = True
) -> Iterator[tuple[ObjectDef, str, Row]]:
    """Rows that refer to this one, through references that go along with it (or through the others)."""
    for link in definition.children:
        rows = state.rows.get(link.child.lower())
        if rows is None or link.cascade_delete is not cascade or not rows.indexed(link.field):
            continue
        if link.field.startswith("Converted"):
            continue
        for held in rows.holders(link.field, row["Id"]):
            yield rows.definition, link.field, held


def undelete(state: OrgState, definition: ObjectDef, row: Row, author: Author) -> None:
    """Back from the recycle bin, with what left together with it. Raises Refusal where it is not in the bin."""
    if not definition.undeletable or not row.get("IsDeleted") or row.get("MasterRecordId"):
        raise bad_request("UNDELETE_FAILED", "Entity is not in the recycle bin")
    check_unique(state, definition, {k: v for k, v in row.items() if k.lower() in definition.fields}, row["Id"])
    left = row["SystemModstamp"]
    apply(state, definition, row, {"IsDeleted": False}, author, "restore")
    for child, _, held in list(children(state, definition, row)):
        if held.get("IsDeleted") and held["SystemModstamp"] == left and child.undeletable:
            undelete(state, child, held, author)


def empty_bin(state: OrgState) -> None:
    """Purges what has been in the recycle bin for longer than the org keeps it."""
    oldest_s = (state.now_ms() - state.settings.recycle_bin_days * _DAY_MS) // 1000
    for rows in state.rows.values():
        if "isdeleted" in rows.definition.fields:
            gone = [row["Id"] for row in rows.changed(0, oldest_s) if row.get("IsDeleted")]
            for record_id in gone:
                rows.purge(record_id)


def merge(
    state: OrgState,
    definition: ObjectDef,
    winner: Row,
    loser_ids: Sequence[str],
    author: Author,
    values: Row | None = None,
) -> str:
    """The winner's id: losers go to the bin marked with it, their children move to it. Raises Refusal.

    The winner keeps its own values; `values` are the ones chosen in the merge.
    """
    if not definition.mergeable:
        raise Refusal(400, "INVALID_OPERATION", f"entity type {definition.name} does not support merge")
    rows = state.table(definition.name)
    losers = [found(rows.get(record_id)) for record_id in loser_ids]
    if not losers or len(losers) > _MOST_LOSERS or winner["Id"] in [row["Id"] for row in losers]:
        raise bad_request("INVALID_OPERATION", "A merge takes one master record and one or two others")
    for row in (winner, *losers):
        check_open(state, row, author)
    for loser in losers:
        for cascade in (True, False):
            for child, name, held in list(children(state, definition, loser, cascade=cascade)):
                if not held.get("IsDeleted"):
                    apply(state, child, held, {name: winner["Id"]}, author, "update")
        told = {"merged_id": (loser["Id"], winner["Id"])}
        apply(state, definition, loser, {"IsDeleted": True, "MasterRecordId": winner["Id"]}, author, "merge", told)
    touched = {name: value for name, value in (values or {}).items() if winner.get(name) != value}
    apply(
        state,
        definition,
        winner,
        touched,
        author,
        "merge",
        {"merged_id": (",".join(row["Id"] for row in losers), winner["Id"])},
    )
    return winner["Id"]
