"""What is known beyond the records, in worlds with claims: who may set which field, what makes a lead, what is said.

Only scripts with `claims` have it; all others keep their mapping, and with it their trace.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from sandbox.hubspot import HubSpotPortal
from sandbox.salesforce import SalesforceOrg
from syncer.core.claims import Authority, Value
from syncer.core.fields import FieldMap, FieldType, KindMap, Rule
from syncer.core.qualification_terms import Criterion, Definition, Needs, Op, Question, Signal, Status

_AUTHORITY: Final[Mapping[str, tuple[tuple[str, ...], int]]] = {  # kinds strongest first, protect_days
    "first_name": (("human",), 0),
    "job_title": (("human", "call", "form", "provider"), 1),
    "phone": (("human", "call", "provider"), 1),
    "city": (("human", "form", "provider"), 1),
    "source": (("human", "form"), 0),
    "campaign": (("human", "call"), 30),
    "interests": (("human", "call", "form", "provider"), 1),
    "stage": (("human", "call"), 1),
    "note": (("human", "call"), 1),
    "vip": (("human", "call", "form"), 1),
    "budget": (("human", "provider", "call"), 1),
    "account.city": (("human", "provider"), 1),
    "account.name": (("human", "call"), 0),
}
_SHOWN: Final = {"qualification_status": "Status__c", "qualification_verdict": "Verdict__c"}

CLAIMED: Final[Mapping[str, Sequence[Any]]] = {
    "first_name": ("Ada", "Eve"),
    "job_title": ("CEO", "Chief", "Head", " Chief ", "chief"),
    "phone": ("+14155550102", "+14155550199", "(415) 555-0198"),
    "city": ("Rome", "Paris", "Bonn"),
    "source": ("Web", "Podcast"),
    "campaign": ("Spring", "Winter"),
    "interests": ("Cloud", "Data;Edge", "Edge"),
    "stage": ("Warm", "Hot", "hot", "Boiling"),
    "note": ("a", "heard", "b"),
    "vip": (True, False),
    "budget": (100, 5_000, 20_000),
    "account.city": ("Rome", "Bonn"),
    "account.name": ("One", "Acme AG"),
}
"""What is claimed: partly what people type as well, partly what only claims say, partly written otherwise."""


def value_of(field: str, word: Any) -> Value:
    """The value of a claim in its own type."""
    if field == "interests":
        return frozenset(str(word).split(";"))
    return Decimal(word) if field == "budget" else word


def with_claims(kinds: Sequence[KindMap]) -> tuple[KindMap, ...]:
    """The same mapping, in which claims may set fields and the verdict is shown."""
    return tuple(
        replace(kind, fields=(*(_opened(kind, item) for item in kind.fields), *_shown(kind))) for kind in kinds
    )


def _opened(kind: KindMap, item: FieldMap) -> FieldMap:
    name = f"account.{item.name}" if kind.kind == "account" else item.name
    authority, protect_days = _AUTHORITY.get(name, (item.authority, item.protect_days))
    return replace(item, authority=authority, protect_days=protect_days)


def _shown(kind: KindMap) -> list[FieldMap]:
    return [
        FieldMap(
            name,
            dict.fromkeys(kind.left_objects, left),
            dict.fromkeys(kind.right_objects, f"sim_{name}"),
            FieldType.TEXT,
            rule=Rule.ALWAYS_SYNCER,
            blank="clear",
        )
        for name, left in _SHOWN.items()
    ]


def set_up(org: SalesforceOrg, portal: HubSpotPortal) -> None:
    """The fields that show the verdict."""
    for name in ("Lead", "Contact", "Account"):
        for field in _SHOWN.values():
            org.add_field(name, {"name": field, "type": "Text", "length": 200})
    for name in ("contacts", "companies"):
        for field in _SHOWN:
            portal.add_field(name, {"name": f"sim_{field}", "type": "string", "fieldType": "text"})


def _kinds(*names: str) -> frozenset[Authority]:
    return frozenset(Authority(name) for name in names)


DEFINITION: Final = Definition(
    name="simulated",
    version="1",
    content="simulated-1",
    criteria=(
        Criterion(
            "decides",
            "Decides on what is bought",
            Question(("job_title",), Op.IN, frozenset({"ceo", "cto", "chief"})),
            _kinds("human", "call", "form", "import"),
            fresh_days=2,
            ask="Who decides?",
        ),
        Criterion(
            "pays",
            "Has at least 1000 to spend",
            Question(("budget",), Op.AT_LEAST, Decimal(1_000)),
            _kinds("human", "provider", "call"),
            ask="What is the budget?",
        ),
        Criterion("near", "Sits in Rome", Question(("account.city",), Op.EQUALS, "rome"), _kinds("human", "provider")),
    ),
    signals=(
        Signal("warm", "Is warm", Question(("stage",), Op.IN, frozenset({"warm", "hot"})), "soft", _kinds("call")),
    ),
    statuses=(
        Status("MQL", Needs(all=("decides",))),
        Status("SQL", Needs(all=("MQL", "pays"))),
        Status("TRUE lead", Needs(all=("SQL",), any=("near", "warm"))),
        Status("disqualified", when=Question(("note",), Op.EQUALS, "b"), reason_field="note", reasons=("b",)),
    ),
)
