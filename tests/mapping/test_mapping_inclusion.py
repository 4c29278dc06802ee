"""Inclusion expressions: what they mean, and where they are broken."""

from __future__ import annotations

import pytest

from syncer.core.inclusion import InclusionError, parse_inclusion

LEAD = {"stage": "lead", "size": "250", "score": 7.5, "open": True, "note": " ", "day": "2026-03-01", "none": None}
HOLDS = {
    "": True,
    "stage in ('lead', 'marketingqualifiedlead')": True,
    "stage in ('customer')": False,
    "stage not in ('customer', \"other\")": True,
    "stage = 'LEAD'": True,
    "stage != 'lead'": False,
    "note is blank and none is blank and missing is blank": True,
    "stage IS NOT BLANK": True,
    "size > 100": True,
    "size > 1000": False,
    "size = 250.0": True,
    "score >= 7.5 and score <= 7.5": True,
    "score < -1": False,
    "open = true": True,
    "open = FALSE": False,
    "day >= '2026-01-01' and day < '2026-04-01'": True,
    "not stage = 'lead'": False,
    "not (stage = 'lead' and size < 10)": True,
    # and binds before or, not before and
    "stage = 'lead' or size = 1 and size = 2": True,
    "(stage = 'lead' or size = 1) and size = 2": False,
    "not stage = 'x' and size = 1": False,
    # a blank equals nothing, differs from everything, and has no order
    "none = 'x'": False,
    "none != 'x'": True,
    "none not in ('x')": True,
    "none < 5 or none >= 5 or none < 'z'": False,
    # what is no number has no order among numbers
    "stage > 1 or stage <= 1 or open > 0": False,
    "stage = 'it\\'s'": False,
}


@pytest.mark.parametrize("text", HOLDS)
def test_an_expression_means_what_it_says(text: str) -> None:
    assert parse_inclusion(text).holds(LEAD) is HOLDS[text]


def test_an_escaped_quote_is_part_of_the_text() -> None:
    assert parse_inclusion(r"name = 'O\'Brien'").holds({"name": "o'brien"})


def test_it_tells_which_fields_it_needs_once_each() -> None:
    assert parse_inclusion("a = 1 and (b is blank or not a in (2)) and c.d = 'a'").fields == ("a", "b", "c.d")


BROKEN = {
    "stage = ": (8, "the end"),
    "stage is blonk": (9, "blonk"),
    "stage == 'x'": (7, "="),
    "stage in ()": (10, ")"),
    "stage in ('a' 'b')": (14, "'b'"),
    "(stage = 'x'": (12, "the end"),
    "stage = 'x": (8, "'"),
    "stage = lead": (8, "lead"),
    "stage = 'x' size = 1": (12, "size"),
    "stage ~ 'x'": (6, "~"),
    "; drop": (0, ";"),
}


@pytest.mark.parametrize("text", BROKEN)
def test_a_broken_expression_says_where_and_what_was_expected(text: str) -> None:
    with pytest.raises(InclusionError) as caught:
        parse_inclusion(text)
    offset, found = BROKEN[text]
    assert caught.value.offset == offset
    assert f"found {found}" in str(caught.value).replace('"', "")
    assert "was expected" in str(caught.value)


def test_brackets_cost_nothing_and_nesting_without_end_is_refused_before_it_can_crash() -> None:
    assert parse_inclusion("(" * 10_000 + "a = 1" + ")" * 10_000).holds({"a": 1})
    assert parse_inclusion("not " * 40 + "a = 1").holds({"a": 1})
    with pytest.raises(InclusionError, match="nested too deeply"):
        parse_inclusion("not " * 10_000 + "a = 1")
