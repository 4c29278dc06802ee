"""The object types of a portal: ids, names, default properties and the scopes that guard them, as one table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ObjectType:
    """One object type; `plural` is its name in the model and in the ledger."""

    id: str
    plural: str
    singular: str
    label: str
    created: str  # property that holds the time of creation
    modified: str  # property that search cursors use
    defaults: tuple[str, ...]  # returned when no properties are asked for, beside the three that always come
    scope: str  # the X of crm.objects.X.read
    required: tuple[str, ...] = ()  # all of them on create
    any_of: tuple[str, ...] = ()  # at least one of them on create
    mergeable: bool = False
    history_cap: int = 20  # versions kept for each property


TYPES: tuple[ObjectType, ...] = (
    ObjectType(
        "0-1",
        "contacts",
        "contact",
        "Contact",
        "createdate",
        "lastmodifieddate",
        ("email", "firstname", "lastname"),
        "contacts",
        any_of=("email", "firstname", "lastname"),
        mergeable=True,
        history_cap=45,
    ),
    ObjectType(
        "0-2",
        "companies",
        "company",
        "Company",
        "createdate",
        "hs_lastmodifieddate",
        ("domain", "name"),
        "companies",
        any_of=("name", "domain"),
        mergeable=True,
    ),
    ObjectType(
        "0-3",
        "deals",
        "deal",
        "Deal",
        "createdate",
        "hs_lastmodifieddate",
        ("amount", "closedate", "dealname", "dealstage", "pipeline"),
        "deals",
        required=("dealname", "dealstage"),
        mergeable=True,
    ),
    ObjectType(
        "0-5",
        "tickets",
        "ticket",
        "Ticket",
        "createdate",
        "hs_lastmodifieddate",
        ("content", "hs_pipeline", "hs_pipeline_stage", "hs_ticket_category", "hs_ticket_priority", "subject"),
        "tickets",
        required=("subject", "hs_pipeline_stage"),
        mergeable=True,
    ),
    ObjectType(
        "0-136",
        "leads",
        "lead",
        "Lead",
        "createdate",
        "hs_lastmodifieddate",
        (),
        "leads",
        required=("hs_lead_name",),
    ),
    ObjectType(
        "0-48",
        "calls",
        "call",
        "Call",
        "hs_createdate",
        "hs_lastmodifieddate",
        (),
        "contacts",
        required=("hs_timestamp",),
    ),
    ObjectType(
        "0-47",
        "meetings",
        "meeting",
        "Meeting",
        "hs_createdate",
        "hs_lastmodifieddate",
        (),
        "contacts",
        required=("hs_timestamp",),
    ),
    ObjectType(
        "0-46",
        "notes",
        "note",
        "Note",
        "hs_createdate",
        "hs_lastmodifieddate",
        (),
        "contacts",
        required=("hs_timestamp",),
    ),
    ObjectType(
        "0-27",
        "tasks",
        "task",
        "Task",
        "hs_createdate",
        "hs_lastmodifieddate",
        (),
        "contacts",
        required=("hs_timestamp",),
    ),
    ObjectType(
        "0-49",
        "emails",
        "email",
        "Email",
        "hs_createdate",
        "hs_lastmodifieddate",
        (),
        "contacts",
        required=("hs_timestamp",),
    ),
    ObjectType("0-115", "users", "user", "User", "hs_createdate", "hs_lastmodifieddate", (), "users"),
)

BY_PLURAL: dict[str, ObjectType] = {kind.plural: kind for kind in TYPES}

# Every spelling that clients send; upper case is folded before the look-up.
_ALIASES: dict[str, ObjectType] = {
    alias: kind for kind in TYPES for alias in (kind.id, kind.plural, kind.singular, f"{kind.singular}s")
}

ACTIVITIES = frozenset({"calls", "meetings", "notes", "tasks", "emails"})


def find_type(name: str) -> ObjectType | None:
    """The type behind any of its names: plural, singular, upper case or id."""
    return _ALIASES.get(name) or _ALIASES.get(name.lower())
