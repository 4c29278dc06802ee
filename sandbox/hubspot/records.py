"""How a write is accepted and applied: prepare (validate, apply the object's rules), then commit.

Preparing changes nothing, so a batch can be refused whole; committing cannot fail.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sandbox.hubspot.changes import change, insert
from sandbox.hubspot.definitions import Definition
from sandbox.hubspot.errors import bad_request, invalid_properties
from sandbox.hubspot.linking import connect, follow_company, log_activity
from sandbox.hubspot.object_types import ACTIVITIES
from sandbox.hubspot.semantics import apply_rules, check_unique
from sandbox.hubspot.state import WORKFLOW, Author, Changes, PortalState
from sandbox.hubspot.store import ObjectStore, StoredRecord
from sandbox.hubspot.values import Invalid, Problem, Value, normalise

Claims = dict[tuple[str, str], int]


@dataclass(frozen=True, slots=True)
class Link:
    """An association asked for together with a create."""

    target: str
    other_id: int
    type_ids: frozenset[int]


@dataclass(slots=True)
class Prepared:
    """A validated write: `record` is None for a create, `values` holds what will be stored ("" clears)."""

    store: ObjectStore
    record: StoredRecord | None
    id: int
    values: dict[str, str]
    sent: tuple[str, ...]
    links: Sequence[Link] = ()
    trace_id: str | None = None


def validated(
    state: PortalState, store: ObjectStore, given: Mapping[str, Value], record: StoredRecord | None
) -> dict[str, str]:
    """The stored form of every given value. Raises PortalRefusal 400 with all problems at once."""
    definitions, stored = store.definitions, record.values if record is not None else {}
    ready: dict[str, str] = {}
    problems: list[Problem] = []
    for name, raw in given.items():
        definition = definitions.get(name)
        if definition is None or definition.archived:
            problems.append(Problem(name, "PROPERTY_DOESNT_EXIST", f'Property "{name}" does not exist'))
            continue
        try:
            ready[name] = _accepted(state, definition, raw, stored.get(name, ""))
        except Invalid as invalid:
            problems.append(Problem(name, invalid.code, invalid.message))
    if problems:
        raise invalid_properties(problems, state.settings.portal_id)
    return ready


def _accepted(state: PortalState, definition: Definition, raw: Value, stored: str) -> str:
    if definition.read_only:
        raise Invalid("READ_ONLY_VALUE", f'"{definition.name}" is a read only property; its value cannot be set.')
    value = normalise(definition, raw, stored)
    if definition.owner and value and not state.owners.may_own(value):
        raise Invalid("INVALID_OPTION", f"{value} was not one of the allowed options: []")
    return value


def prepare_create(
    state: PortalState,
    store: ObjectStore,
    given: Mapping[str, Value],
    claimed: Claims,
    links: Sequence[Link] = (),
    trace_id: str | None = None,
) -> Prepared:
    """Raises PortalRefusal when the record could not be created."""
    values = _filled(validated(state, store, given, None))
    apply_rules(state, store, values, None)
    if store.kind.plural == "leads" and not any(link.target in ("contacts", "companies") for link in links):
        raise bad_request("A lead must be associated with a contact or a company when it is created.")
    record_id = store.next_id()
    check_unique(state, store, values, record_id, claimed)
    return Prepared(store, None, record_id, values, tuple(given), links, trace_id)


def prepare_update(
    state: PortalState,
    store: ObjectStore,
    record: StoredRecord,
    given: Mapping[str, Value],
    claimed: Claims,
    trace_id: str | None = None,
) -> Prepared:
    """Raises PortalRefusal when the record could not take these values."""
    values = validated(state, store, given, record)
    apply_rules(state, store, values, record)
    check_unique(state, store, values, record.id, claimed)
    return Prepared(store, record, record.id, values, tuple(given), trace_id=trace_id)


def commit(state: PortalState, write: Prepared, author: Author) -> StoredRecord:
    """Applies a prepared write and sets in motion what follows from it."""
    store, record = write.store, write.record
    if record is None:
        record, changes = insert(state, store, write.id, _filled(write.values), author)
        for link in write.links:
            connect(state, store.kind.plural, record.id, link.target, link.other_id, set(link.type_ids), author)
    else:
        changes = change(state, store, record, write.values, author)
    if changes:
        _follow_up(state, store, record, changes, author)
    return record


def _filled(values: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in values.items() if value}


def _follow_up(state: PortalState, store: ObjectStore, record: StoredRecord, changes: Changes, author: Author) -> None:
    """Mirrors, calculated properties, automatic associations, and the answer of the portal's automation."""
    plural, now_ms, settings = store.kind.plural, state.now_ms(), state.settings
    if plural == "contacts" and "associatedcompanyid" in changes:
        follow_company(state, record, changes["associatedcompanyid"][1], author)
    if plural in ACTIVITIES:
        log_activity(state, plural, record.id)
    else:
        state.later("calculate", plural, record.id, settings.computed_lag_ms, now_ms)
    if plural == "contacts" and "email" in changes and settings.auto_associate_companies:
        state.later("associate", plural, record.id, settings.auto_associate_lag_ms, now_ms)
    if state.automation is None or author.actor == "automation":
        return
    answer = state.automation(plural, str(record.id), changes, author.actor)
    if answer:
        change(state, store, record, prepare_update(state, store, record, answer, {}).values, WORKFLOW)
