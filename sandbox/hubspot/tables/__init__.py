"""The standard properties of each object type, as tables with HubSpot's own names; nothing here computes."""

from collections.abc import Callable

from sandbox.hubspot.definitions import Definition, parse_table
from sandbox.hubspot.tables import activities, companies, contacts, deals
from sandbox.hubspot.tables.options import OPTIONS

_TABLES: dict[str, tuple[str, ...]] = {
    "contacts": (contacts.TABLE,),
    "companies": (companies.TABLE,),
    "deals": (deals.DEALS, deals.COMMON),
    "tickets": (deals.TICKETS, deals.COMMON),
    "leads": (deals.LEADS, deals.COMMON),
    "calls": (activities.CALLS, activities.COMMON),
    "meetings": (activities.MEETINGS, activities.COMMON),
    "notes": (activities.NOTES, activities.COMMON),
    "tasks": (activities.TASKS, activities.COMMON),
    "emails": (activities.EMAILS, activities.COMMON),
    "users": (activities.USERS, activities.COMMON),
}


def standard_properties() -> dict[str, dict[str, Definition]]:
    """A fresh copy of every standard definition, object type -> name -> definition."""
    read: Callable[[str], dict[str, Definition]] = lambda text: parse_table(text, OPTIONS)  # noqa: E731
    return {kind: {k: v for text in texts for k, v in read(text).items()} for kind, texts in _TABLES.items()}
