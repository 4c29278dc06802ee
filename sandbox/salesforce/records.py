"""Creates, updates and upserts: the one way by which rows change, with rules, stamps, ledger and automation.

The order is Salesforce's: values, derived fields, required fields, validation rules, duplicate rules, uniqueness. The
ledger hears of an edit just before it is stored.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

from sandbox.kernel import EditOp, Refusal
from sandbox.salesforce.definitions import ObjectDef
from sandbox.salesforce.derived import derived
from sandbox.salesforce.errors import bad_request, not_found
from sandbox.salesforce.incoming import accepted
from sandbox.salesforce.permissions import PERMISSION_OBJECTS, check_administrator, check_permission
from sandbox.salesforce.rules import check_duplicates, check_required, check_unique, check_validation
from sandbox.salesforce.state import Author, OrgState, Undo
from sandbox.salesforce.store import Pending, Row
from sandbox.salesforce.times import stamp, stamp_s
from sandbox.salesforce.values import stored
from sandbox.salesforce.view import found

AUDIT: Final = frozenset({"CreatedDate", "CreatedById", "LastModifiedDate", "LastModifiedById", "SystemModstamp"})
_UNTOLD: Final = AUDIT | {"Id", "IsDeleted"}


def create(state: OrgState, definition: ObjectDef, values: Mapping[str, Any], author: Author) -> str:
    """The new row's 18-character id. Raises Refusal."""
    if not definition.createable:
        raise Refusal(400, "INVALID_TYPE_FOR_OPERATION", f"entity type {definition.name} does not support create")
    if definition.name in PERMISSION_OBJECTS or definition.name == "PermissionSet":
        check_administrator(state, author)
    given = accepted(state, definition, values, author, creating=True)
    row = blank(state, definition, author.user_id)
    row |= {name: value for name, value in given.items() if value is not None}
    _assign(state, definition, row, author)
    row |= {k: v for k, v in derived(state, definition, row, given).items() if v is not None}
    check_required(definition, row, definition.fields)
    check_permission(state, definition, row)
    check_validation(state, definition, row)
    check_duplicates(state, definition, row, row, author)
    check_unique(state, definition, {name: row[name] for name in row if name.lower() in definition.fields}, None)
    row = {"Id": state.table(definition.name).next_id(), **row}
    _stamp(state, row, author.user_id, creating=True)
    changes = {name: (None, value) for name, value in row.items() if name not in _UNTOLD and value is not False}
    put(state, definition, None, row, author, "create", changes)
    return row["Id"]


def update(state: OrgState, definition: ObjectDef, row: Row, values: Mapping[str, Any], author: Author) -> None:
    """Sets fields of a live row. Raises Refusal."""
    if not definition.updateable:
        raise Refusal(400, "INVALID_TYPE_FOR_OPERATION", f"entity type {definition.name} does not support update")
    given = accepted(state, definition, values, author, creating=False)
    check_open(state, row, author)
    after = {**row, **given}
    _assign(state, definition, after, author)
    after |= derived(state, definition, after, given)
    touched = {name: value for name, value in after.items() if row.get(name) != value}
    check_required(definition, after, given)
    check_permission(state, definition, after)
    check_validation(state, definition, after)
    check_duplicates(state, definition, after, touched, author)
    check_unique(state, definition, touched, row["Id"])
    apply(state, definition, row, touched, author, "update")


def check_open(state: OrgState, row: Row, author: Author) -> None:
    """Raises Refusal for a row that this author may not change: converted leads, rows shared read-only."""
    if row.get("IsConverted") and not state.settings.edit_converted_leads:
        raise bad_request("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead")
    if author.limited and row["Id"] in state.locked:
        raise Refusal(403, "INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id")


def apply(
    state: OrgState,
    definition: ObjectDef,
    row: Row,
    touched: Row,
    author: Author,
    op: EditOp,
    told: Mapping | None = None,
) -> None:
    """Stores checked values in a row, moving its stamps; `told` replaces the ledger's changes."""
    changes = {name: (row.get(name), value) for name, value in touched.items() if name not in AUDIT}
    stamps: Row = {}
    _stamp(state, stamps, author.user_id, creating=False)
    put(state, definition, row, {**touched, **stamps}, author, op, changes if told is None else {**changes, **told})


def put(
    state: OrgState,
    definition: ObjectDef,
    row: Row | None,
    values: Row,
    author: Author,
    op: EditOp,
    changes: Mapping[str, tuple[Any, Any]],
) -> None:
    """Ledger, then store, then what follows: late visibility, permissions, automation."""
    rows = state.table(definition.name)
    record_id = values["Id"] if row is None else row["Id"]
    before = None if row is None else dict(row)
    if state.trial is not None:
        state.trial.append(Undo(rows, record_id, before))
    elif changes or row is None:
        at_ms = state.now_ms()
        state.ledger.record(
            "salesforce",
            definition.name,
            record_id,
            actor=author.actor,
            op=op,
            changes=changes,
            at_ms=at_ms,
            request_id=author.request_id,
        )
    if row is None:
        rows.insert(values)
    else:
        rows.change(row, values)
    if definition.name in PERMISSION_OBJECTS:
        state.schema_changed()
    if state.trial is None:
        _commit_late(state, definition, record_id, before, author)
        _answer(state, definition, record_id, changes, author)


def blank(state: OrgState, definition: ObjectDef, user_id: str) -> Row:
    """A new row's booleans and default values."""
    return {
        field.name: user_id if field.default == "@user" else field.default
        for field in definition.fields.values()
        if field.default is not None and field.formula is None
    }


def upsert(
    state: OrgState,
    definition: ObjectDef,
    key_name: str,
    key: Any,
    values: Mapping[str, Any],
    author: Author,
    *,
    update_only: bool = False,
    version: int = 66,
) -> tuple[str, bool]:
    """(id, created). Raises Refusal: 300 with paths on several matches, 404 where only an update was wanted."""
    field = definition.fields[key_name.lower()]
    if field.type == "id":
        row = found(state.table(definition.name).get(str(key)))
        update(state, definition, row, values, author)
        return row["Id"], False
    text = stored(state, field, key)
    if text is None:
        raise bad_request("MISSING_ARGUMENT", f"{field.name} not specified")
    rows = state.table(definition.name)
    matches = [row for row in rows.holders(field.name, str(text)) if not row.get("IsDeleted")]
    if len(matches) > 1:
        paths = [f"/services/data/v{version}.0/sobjects/{definition.name}/{row['Id']}" for row in matches]
        message = f"{field.name}: more than one record found for external id field: {[row['Id'] for row in matches]}"
        raise Refusal(300, "DUPLICATE_EXTERNAL_ID", message, [field.name], {"body": paths})
    if matches:
        update(state, definition, matches[0], values, author)
        return matches[0]["Id"], False
    if update_only:
        raise not_found()
    return create(state, definition, {**values, field.name: text}, author), True


def _assign(state: OrgState, definition: ObjectDef, row: Row, author: Author) -> None:
    """The active assignment rule of Leads, unless the request held it off."""
    if definition.name == "Lead" and author.auto_assign and state.settings.auto_assign_to:
        owner = state.user(state.settings.auto_assign_to)
        if owner is not None:
            row["OwnerId"] = owner["Id"]
    owner = state.rows["user"].get(row["OwnerId"]) if "OwnerId" in row else None
    if owner is not None and not owner.get("IsActive"):
        message = "operation performed with inactive user [" + owner["Id"] + "] as owner of " + definition.name.lower()
        raise bad_request("INACTIVE_OWNER_OR_USER", message, ["OwnerId"])


def _stamp(state: OrgState, row: Row, user_id: str, *, creating: bool) -> None:
    now = stamp(state.now_ms())
    if creating:
        row["CreatedDate"], row["CreatedById"] = now, user_id
    row["LastModifiedDate"], row["LastModifiedById"], row["SystemModstamp"] = now, user_id, now


def _commit_late(state: OrgState, definition: ObjectDef, record_id: str, before: Row | None, author: Author) -> None:
    low, high = state.settings.commit_lag_ms
    if author.actor.startswith("engine:"):
        # a call that meets a running transaction waits for its end: both changes are there when it answers
        state.table(definition.name).pending.pop(record_id, None)
        return
    if high <= 0:
        return
    now_ms = state.now_ms()
    lag_ms = low + state.draw("lag") % (high - low + 1)
    pending = Pending(now_ms + lag_ms, stamp_s(stamp(now_ms)), before)
    state.table(definition.name).hold(record_id, pending)


def _answer(state: OrgState, definition: ObjectDef, record_id: str, changes: Mapping, author: Author) -> None:
    """Lets automation answer a write of somebody else with a write of its own."""
    if state.automation is None or author.actor == "automation":
        return
    values = state.automation(definition.name, record_id, changes, author.actor)
    row = state.row(definition.name, record_id)
    if values and row is not None:
        by = Author("automation", state.user_id, request_id=author.request_id)
        with suppress(Refusal):  # a flow that runs after the commit and fails leaves the write it answers in place
            update(state, definition, row, values, by)
