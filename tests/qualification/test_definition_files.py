"""The shared definition as files: the shipped ones load, and a broken one says what is wrong and where."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncer.errors import DefinitionError
from syncer.mapping import load_mappings
from syncer.mapping.calls import load_calls
from syncer.mapping.definition import load_definition
from syncer.mapping.definition_sense import Known, known_fields

MAPPINGS = Path(__file__).parents[2] / "mappings"
SEVEN = {
    "budget": "Has direct access to budget over $10k a year",
    "industry": "Is in IT security",
    "size": "Has over 100 employees",
    "opt_in": "Has agreed to chat with a rep (opt-in)",
    "salesforce_environment": "Has a Salesforce environment",
    "nps": "Has a positive NPS on the demo",
    "voice_of_customer": "Is looking to deploy a voice-of-customer solution",
}
GOOD = (MAPPINGS / "qualification" / "true-lead.toml").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def known() -> Known:
    return known_fields(load_mappings(MAPPINGS), load_calls(MAPPINGS))


@pytest.mark.parametrize("name", ["true-lead", "bant", "anum", "meddic", "target-market"])
def test_a_shipped_definition_loads_and_every_criterion_can_be_asked_for(known: Known, name: str) -> None:
    made = load_definition(MAPPINGS / "qualification" / f"{name}.toml", known)
    assert made.criteria
    assert all(one.ask and one.evidence for one in made.criteria)
    assert "predicted" not in {kind.value for one in made.criteria for kind in one.evidence}


def test_a_true_lead_is_what_both_teams_signed(known: Known) -> None:
    made = load_definition(MAPPINGS / "qualification" / "true-lead.toml", known)
    assert {one.id: one.says for one in made.criteria} == SEVEN
    assert {one.team for one in made.agreed} == {"marketing", "sales"}


@pytest.mark.parametrize(
    ("before", "after", "name", "nearest"),
    [
        ('"annual_budget", at_least', '"anual_budget", at_least', "UnknownField", "annual_budget"),
        ('"annual_budget", at_least', '"annual_budget", at_lest', "UnknownKey", "at_least"),
        ('id = "budget"', 'id = "industry"', "DuplicateName", ""),
        ('["industry", "size", "salesforce', '["industri", "size", "salesforce', "UnknownCriterion", "industry"),
        ('within = "1 business day"', 'within = "soon"', "BadDuration", ""),
        ('version = "1.0"', "", "MissingKey", ""),
    ],
)  # fmt: skip
def test_a_broken_definition_names_the_place_the_word_and_the_right_one(
    known: Known, tmp_path: Path, before: str, after: str, name: str, nearest: str
) -> None:
    assert before in GOOD
    path = tmp_path / "broken.toml"
    path.write_text(GOOD.replace(before, after, 1), encoding="utf-8")
    with pytest.raises(DefinitionError) as refused:
        load_definition(path, known)
    problems = {problem.name: problem for problem in refused.value.problems}
    assert name in problems, refused.value.listing()
    assert problems[name].action
    if nearest:
        assert nearest in (
            problems[name].nearest,
            *problems[name].message.split('"'),
            *problems[name].action.split('"'),
        )
    if name != "MissingKey":
        assert problems[name].line > 0
