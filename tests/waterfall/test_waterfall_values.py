"""Vendors' words become canonical values, or a named refusal; nothing is guessed."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncer.core.claims import Authority, claim, from_json, to_json
from syncer.core.waterfall.values import Target, UnreadableError, read
from syncer.mapping import load_mappings

MAPPINGS = load_mappings(Path(__file__).parents[2] / "mappings")
OPTIONS = ("COMPUTER_NETWORK_SECURITY", "COMPUTER_SOFTWARE", "HOSPITAL_HEALTH_CARE", "RETAIL")
READ: dict[str, tuple[str, Any, str, Any]] = {
    "a head count": ("number_of_employees", 120, "", 120),
    "a head count in words": ("number_of_employees", "1,200", "", 1200),
    "a band is a range": ("number_of_employees", "51-200", "", (51, 200)),
    "a band without an end": ("number_of_employees", "10001+", "", (10001, 10_000_000)),
    "an industry as people write it": ("industry", "computer & network security", "", "COMPUTER_NETWORK_SECURITY"),
    "an industry by another word": ("industry", "Cybersecurity", "", "COMPUTER_NETWORK_SECURITY"),
    "an industry that Salesforce has a word for": ("industry", "hospital & health care", "", "Healthcare"),
    "an amount": ("annual_revenue", Decimal("1500000.00"), "USD", 1_500_000),
    "an amount in words": ("annual_revenue", "$10-20 million", "", (10_000_000, 20_000_000)),
    "an amount at a rate": ("annual_revenue", 1000, "EUR", 1080),
    "technologies that a CRM has an option for": (
        "technologies",
        ("Salesforce Sales Cloud", "Amazon Web Services", "Unheard Of"),
        "",
        frozenset({"Salesforce", "Amazon Web Services"}),
    ),
    "a country code": ("country", "DE", "", "Germany"),
    "a year is text": ("year_founded", 1999, "", "1999"),
    "a formula is a text": ("description", "=HYPERLINK(1)", "", "=HYPERLINK(1)"),
    "characters that turn text round are left out": ("description", "ab\u202ecd\x00", "", "abcd"),
    "a telephone number": ("phone", "+49 30 901820", "", "+4930901820"),
    "a web address for a domain": ("domain", "https://www.acme.co.uk/x", "", "acme.co.uk"),
    "a field of no mapping": ("open_jobs", 12, "", 12),
}
REFUSED: dict[str, tuple[str, Any, str, str]] = {
    "words for a number": ("number_of_employees", "many", "", "not_a_number"),
    "a negative head count": ("number_of_employees", -5, "", "not_a_count"),
    "a currency without a rate": ("annual_revenue", 1000, "GBP", "no_rate"),
    "no amount": ("annual_revenue", "a lot", "", "not_an_amount"),
    "an infinite amount": ("annual_revenue", float("inf"), "USD", "out_of_range"),
    "an industry of no list": ("industry", "Quantum gardening", "", "unknown_option"),
    "technologies of no list": ("technologies", ("Unheard Of",), "", "unknown_option"),
    "an empty list": ("technologies", (), "", "blank"),
    "an empty text": ("description", "  ", "", "blank"),
    "a text without end": ("description", "x" * 5000, "", "too_long"),
    "no number to call": ("phone", "ask reception", "", "no_address"),
    "a telephone number of no known country": ("phone", "030 901820", "", "no_address"),
    "a list for a text": ("name", ("a",), "", "not_text"),
}


def target(name: str) -> Target:
    kind = MAPPINGS.kind("account")
    mapped = kind.field_named(name) if kind.knows(name) else None
    return Target(name, mapped, OPTIONS if name == "industry" else (), "USD", {"EUR": Decimal("1.08")})


@pytest.mark.parametrize(("name", "value", "unit", "expected"), READ.values(), ids=list(READ))
def test_a_word_is_read_as_what_its_field_holds(name: str, value: Any, unit: str, expected: Any) -> None:
    made, in_unit = read(target(name), value, unit)
    assert made == expected and type(made) is type(expected)
    assert in_unit == ("USD" if name == "annual_revenue" else "")


@pytest.mark.parametrize(("name", "value", "unit", "reason"), REFUSED.values(), ids=list(REFUSED))
def test_what_a_field_cannot_hold_is_refused_by_name(name: str, value: Any, unit: str, reason: str) -> None:
    with pytest.raises(UnreadableError) as refused:
        read(target(name), value, unit)
    assert refused.value.reason == reason


words = st.text(max_size=40) | st.sampled_from(
    ["1e999", "-0", "NaN", "٣", "1,2,3", "$", "USD USD", "\ud800", "10-5", ";|,"]
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.decimals() | words | st.binary(max_size=5),
    lambda inner: st.lists(inner, max_size=4).map(tuple) | st.frozensets(words, max_size=4),
    max_leaves=6,
)
NAMES = [
    "number_of_employees",
    "industry",
    "annual_revenue",
    "technologies",
    "country",
    "description",
    "phone",
    "domain",
]


@settings(max_examples=400, deadline=None)
@given(st.sampled_from([*NAMES, "linkedin", "ownership", "open_jobs", "total_funding"]), anything, words)
def test_whatever_a_vendor_sends_becomes_a_value_that_can_be_stored_or_a_named_refusal(
    name: str, value: Any, unit: str
) -> None:
    try:
        made, in_unit = read(target(name), value, unit)
    except UnreadableError:
        return  # the reasons are held by the table above; any other error fails here
    kept = claim("link", name, made, Authority.PROVIDER, "pdl", 1, unit=in_unit)
    assert from_json(json.loads(json.dumps(to_json(kept)))) == kept
