"""What the sandbox's people say: every clear sentence settles its fact, every other one settles nothing."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from sandbox.population.talk import Said, Talk, form_answer, talks
from sandbox.population.world import World
from syncer.core.listen import Heard, Modality, Status, extract
from syncer.mapping.calls import load_calls

CALLS = load_calls(Path(__file__).parents[2] / "mappings")
CALL = date(2026, 3, 2)


@pytest.fixture(scope="module")
def said() -> list[tuple[Talk, Heard]]:
    world = World(7, 60, 400)
    spoken = [talk for number in range(400) for talk in talks(world, number) if talk.said]
    assert len(spoken) > 80
    return [(talk, extract(talk.text, CALLS, call=CALL)) for talk in spoken]


def accepted(heard: Heard) -> set[tuple[str, object]]:
    assert all(f.modality is Modality.ASSERTED for f in heard.facts if f.status is Status.ACCEPTED)
    found = [f for f in (*heard.facts, *heard.objections) if f.status is Status.ACCEPTED]
    return {(f.field, tuple(f.value) if isinstance(f.value, list) else f.value) for f in found}  # type: ignore[misc]


def value_in_words(item: Said) -> object:
    """A budget said in thousands is known to the thousand."""
    assert item.value is not None
    if item.fact == "annual_budget" and "k" in item.quote.split("Budget is about")[-1] and "$" not in item.quote:
        return int(item.value) // 1000 * 1000
    return item.value


def test_every_clear_sentence_of_the_sandbox_settles_its_fact(said: list[tuple[Talk, Heard]]) -> None:
    missed = [
        (item.quote, item.fact, item.value)
        for talk, heard in said
        for item in talk.said
        if item.clear and (item.fact, value_in_words(item)) not in accepted(heard)
    ]
    assert missed == []


def test_a_hedged_sentence_or_one_about_others_settles_nothing(said: list[tuple[Talk, Heard]]) -> None:
    vague = [(item, talk, heard) for talk, heard in said for item in talk.said if not item.clear]
    assert len({item.fact for item, _, _ in vague}) > 3
    assert not [talk.text for item, talk, heard in vague if item.fact in {field for field, _ in accepted(heard)}]


def test_nothing_is_heard_that_was_not_said(said: list[tuple[Talk, Heard]]) -> None:
    facts = {"annual_budget", "timeline_months", "nps", "opted_in", "uses_salesforce", "wants_voice_of_customer"}
    facts |= {"sales_cycle", "case_study_lead_time"}
    for talk, heard in said:
        true = {(item.fact, value_in_words(item)) for item in talk.said if item.clear}
        false = {pair for pair in accepted(heard) if pair[0] in facts} - true
        assert not false, talk.text


def test_the_consent_in_a_form_answer_is_heard_either_way() -> None:
    world = World(7, 60, 400)
    heard = 0
    for number in range(400):
        form = form_answer(world, number)
        if form is not None:
            found = accepted(extract(dict(form.values)["message"], CALLS))
            assert {(item.fact, item.value) for item in form.said} <= found
            assert ("opted_in", world.person(number).facts.opted_in) in found
            heard += 1
    assert heard > 20
