"""The people of a benchmark's world: one row of plain facts for each number, the same on every run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_FIRST = ("Ada", "Bela", "Chen", "Dora", "Emil", "Farah", "Goran", "Hana", "Ivo", "Jana")
_LAST = ("Meyer", "Okafor", "Rossi", "Silva", "Tanaka", "Novak", "Larsen", "Garcia", "Haddad", "Kowalski")
_TITLES = ("CISO", "Head of Support", "VP Customer Success", "IT Manager", "Security Engineer")
_CITIES = (("Boston", "MA"), ("Austin", "TX"), ("Denver", "CO"), ("Seattle", "WA"))


def lead(number: int) -> dict[str, Any]:
    """A Salesforce Lead with most of what the mapping reads."""
    city, state = _CITIES[number % 4]
    return {
        "FirstName": _FIRST[number % 10],
        "LastName": f"{_LAST[number // 10 % 10]}-{number}",
        "Email": f"person{number}@firm{number % 997}.example",
        "Company": f"Firm {number % 997}",
        "Title": _TITLES[number % 5],
        "Phone": f"+1212555{number % 10_000:04d}",
        "Street": f"{number % 900 + 1} Main Street",
        "City": city,
        "State": state,
        "PostalCode": f"{10_000 + number % 80_000}",
        "Country": "United States",
        "Website": f"https://firm{number % 997}.example",
        "Description": f"Met at the fair, asked for a call back. Note {number}.",
    }


def contact(number: int) -> dict[str, Any]:
    """The HubSpot contact that says the same of the same person."""
    same = lead(number)
    return {right: same[left] for left, right in _SAME.items()} | {"lifecyclestage": "lead"}


_SAME: Mapping[str, str] = {
    "FirstName": "firstname",
    "LastName": "lastname",
    "Email": "email",
    "Company": "company",
    "Title": "jobtitle",
    "Phone": "phone",
    "Street": "address",
    "City": "city",
    "State": "state",
    "PostalCode": "zip",
    "Country": "country",
    "Website": "website",
    "Description": "description",
}
WHAT_A_LEAD_BEGINS_WITH = {"hs_lead_status": "NEW", "do_not_call": "false", "fax_opt_out": "false"}
"""The defaults of a new Lead in HubSpot's words: a contact that holds them too leaves nothing to write."""
BLANK_IN_LEAD = ("Title", "Website")
BLANK_IN_CONTACT = ("phone", "city")
"""What a differing pair lacks: each side has something to tell the other."""
