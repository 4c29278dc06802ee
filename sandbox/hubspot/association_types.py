"""The association types between standard objects: ids in both directions, primary ones, and their v3 names."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AssociationType:
    """One type in one direction."""

    id: int
    from_type: str
    to_type: str
    category: str
    label: str | None
    name: str  # as v3 spells it
    inverse: int
    primary: bool = False
    held: bool = False  # the from end is the one that has at most one primary

    def wire(self) -> dict[str, object]:
        return {"category": self.category, "typeId": self.id, "label": self.label}


# from, to, unlabeled id, its inverse, primary id, its inverse
_PAIRS: tuple[tuple[str, str, int, int, int, int], ...] = (
    ("contacts", "companies", 279, 280, 1, 2),
    ("deals", "contacts", 3, 4, 0, 0),
    ("deals", "companies", 341, 342, 5, 6),
    ("contacts", "tickets", 15, 16, 0, 0),
    ("tickets", "companies", 339, 340, 26, 25),
    ("deals", "tickets", 27, 28, 0, 0),
    ("leads", "contacts", 608, 609, 578, 579),
    ("leads", "companies", 610, 611, 580, 581),
    ("leads", "deals", 1037, 1036, 0, 0),
    ("calls", "contacts", 194, 193, 0, 0),
    ("calls", "companies", 182, 181, 0, 0),
    ("calls", "deals", 206, 205, 0, 0),
    ("calls", "leads", 597, 596, 0, 0),
    ("meetings", "contacts", 200, 199, 0, 0),
    ("meetings", "companies", 188, 187, 0, 0),
    ("meetings", "deals", 212, 211, 0, 0),
    ("meetings", "leads", 601, 600, 0, 0),
    ("notes", "contacts", 202, 201, 0, 0),
    ("notes", "companies", 190, 189, 0, 0),
    ("notes", "deals", 214, 213, 0, 0),
    ("notes", "leads", 855, 854, 0, 0),
    ("tasks", "contacts", 204, 203, 0, 0),
    ("tasks", "companies", 192, 191, 0, 0),
    ("tasks", "deals", 216, 215, 0, 0),
    ("tasks", "leads", 647, 646, 0, 0),
    ("emails", "contacts", 198, 197, 0, 0),
    ("emails", "companies", 186, 185, 0, 0),
    ("emails", "deals", 210, 209, 0, 0),
)

# Between records of one type: id, its inverse, label.
_WITHIN: tuple[tuple[str, int, int, str | None, str], ...] = (
    ("contacts", 449, 449, None, "contact_to_contact"),
    ("companies", 450, 450, None, "company_to_company"),
    ("companies", 13, 14, "Parent Company", "parent_to_child_company"),
    ("companies", 14, 13, "Child Company", "child_to_parent_company"),
)

_SINGULAR = {
    "contacts": "contact",
    "companies": "company",
    "deals": "deal",
    "tickets": "ticket",
    "leads": "lead",
    "calls": "call",
    "meetings": "meeting_event",
    "notes": "note",
    "tasks": "task",
    "emails": "email",
}


def standard_types() -> list[AssociationType]:
    """Every standard type, unlabeled ones first for each pair."""
    made: list[AssociationType] = []
    for first, second, plain, plain_back, primary, primary_back in _PAIRS:
        for origin, target, number, back, main, main_back, held in (
            (first, second, plain, plain_back, primary, primary_back, True),
            (second, first, plain_back, plain, primary_back, primary, False),
        ):
            name = f"{_SINGULAR[origin]}_to_{_SINGULAR[target]}"
            unlabeled = f"{name}_unlabeled" if main else name
            made.append(AssociationType(number, origin, target, "HUBSPOT_DEFINED", None, unlabeled, back))
            if main:
                made.append(
                    AssociationType(
                        main, origin, target, "HUBSPOT_DEFINED", "Primary", name, main_back, primary=True, held=held
                    )
                )
    made.extend(
        AssociationType(number, kind, kind, "HUBSPOT_DEFINED", label, name, back)
        for kind, number, back, label, name in _WITHIN
    )
    return made
