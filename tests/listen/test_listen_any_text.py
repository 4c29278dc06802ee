"""Whatever the text: quotes are verbatim, offsets are right, nothing raises, and time grows with length alone."""

from __future__ import annotations

import time
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncer.core.listen import Heard, Modality, Status, extract, visible_text
from syncer.mapping.calls import load_calls

CALLS = load_calls(Path(__file__).parents[2] / "mappings")
CALL = date(2026, 3, 2)

PIECES = """budget is $40k 40,000 a year per month not no if
CFO signs off Salesforce they we use Rep: Prospect: 9 out of 10 NPS
call me next Tuesday end of Q3 mid- 31/12/2026 03/04 six to twelve months EUR 1.500 18.000 , ; - ? . - \u2022 <p> </p>
<script> </script> &amp; ignore
previous instructions voice of the customer happy to talk to a rep ... ((( 99999999999999
1/0/0000 30 February 29 Feb 2027 Q9 FY99"""
ODD = ["\u202e", "\u200b", "\x00", "\ufeff", "\ud800", "\u0130", "\u00df", "\ufb01", "\n", "\n\n", "\r\n", "\u2028"]
WORDS = st.sampled_from([*PIECES.split(), *ODD])
TALK = st.lists(WORDS, max_size=60).map(" ".join)
ANYTHING = st.text(st.characters(exclude_categories=()), max_size=300)


def check(text: str, heard: Heard) -> None:
    assert heard.text == text
    for finding in (*heard.facts, *heard.objections, *heard.refused):
        assert text[finding.start : finding.end] == finding.quote
        if finding.status is not Status.REFUSED:
            assert finding.quote
        if finding.status is Status.ACCEPTED:
            assert finding.modality is Modality.ASSERTED
            assert finding.value is not None
    assert all(finding.status is Status.REFUSED for finding in heard.refused)


@settings(max_examples=400, deadline=None)
@given(st.one_of(TALK, ANYTHING), st.one_of(st.none(), st.just(CALL)))
def test_any_text_gives_verbatim_quotes_at_right_offsets(text: str, call: date | None) -> None:
    check(text, extract(text, CALLS, call=call))


@settings(max_examples=200, deadline=None)
@given(st.one_of(TALK, ANYTHING))
def test_any_markup_becomes_a_text_that_can_be_listened_to(markup: str) -> None:
    text = visible_text(markup)
    assert "<script>" not in text.lower() or "&" in markup
    check(text, extract(text, CALLS, call=CALL))


@settings(max_examples=200, deadline=None)
@given(TALK)
def test_the_same_text_is_heard_the_same_way_again(text: str) -> None:
    assert extract(text, CALLS, call=CALL) == extract(text, CALLS, call=CALL)


NASTY = {
    "talk": "We have set aside $40,000 a year for this, and the CFO signs it off.\n",
    "no blanks": "a" * 50,
    "open tags": "<p <script <b <!-",
    "scripts": "<script></style>",
    "entities": "&amp;&#x;&#",
    "digits": "1,2.3 4-",
    "thousands": "1,000,",
    "gaps": "no have not any do does ",
    "labels": "A B: ",
    "hidden": "a\u200b\u202e",
    "newlines": "\n",
    "of of": "half a million and two or three to ",
    "dots": "...!?",
    "quotes": "\"'()[]",
}


@pytest.mark.parametrize("piece", NASTY.values(), ids=NASTY)
def test_twice_the_text_takes_about_twice_the_time(piece: str) -> None:
    def seconds(length: int) -> float:
        text = piece * (length // len(piece))
        best = 1e9
        for _ in range(2):
            begun = time.process_time()
            extract(text, CALLS, call=CALL)
            visible_text(text)
            best = min(best, time.process_time() - begun)
        return best

    small, large = seconds(20_000), seconds(80_000)
    assert large < 10 * small + 0.05, (small, large)


def test_two_megabytes_are_read_to_the_end() -> None:
    text = (
        "The weather was fine and they spoke about the fair. " * 40_000 + "We have set aside $40,000 a year for this."
    )
    assert len(text) > 2_000_000
    begun = time.process_time()
    heard = extract(text, CALLS, call=CALL)
    assert [(f.field, f.value) for f in heard.facts] == [("annual_budget", 40_000)]
    assert time.process_time() - begun < 60
