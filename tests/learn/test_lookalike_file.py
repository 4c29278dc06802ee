"""mappings/lookalike.toml and segments: the shipped ones are sound, and every mistake is named with its place."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from syncer.core.qualification_terms import STATUSES
from syncer.errors import MappingError
from syncer.mapping import load_mappings
from syncer.mapping.active import fields_to_judge_by
from syncer.mapping.lookalike import load_lookalike, load_segments, lookalike_schema, segment_schema

ROOT = Path(__file__).parents[2]
FIELDS = ("industry", "number_of_employees", "technologies", "owner", "annual_budget")
FACTS = ("annual_budget", "uses_salesforce", "case_study_lead_time")
GOOD = """version = 1
statuses = ["SQL"]
[feature.size]
type = "amount"
fields = ["number_of_employees"]
[fact.annual_budget]
type = "numeric"
"""


def test_the_shipped_files_are_sound_and_their_schemas_are_as_the_program_has_them() -> None:
    folder = ROOT / "mappings"
    mappings = load_mappings(folder)
    fields = {item.name for kind in mappings if kind.kind == "account" for item in kind.fields}
    policy = load_lookalike(folder, fields, set(fields_to_judge_by(folder, mappings)), STATUSES)
    assert len(policy.segments) >= 2
    assert json.loads((folder / "schema/lookalike.schema.json").read_text()) == lookalike_schema()
    assert json.loads((folder / "schema/segment.schema.json").read_text()) == segment_schema()


@pytest.mark.parametrize(
    ("text", "line", "name", "says"),
    [
        (GOOD.replace("number_of_employees", "number_of_employes"), 5, "UnknownField", '"number_of_employees"'),
        (GOOD.replace('["number_of_employees"]', '["owner"]'), 5, "LeakingFeature", "tells how it went"),
        (GOOD.replace('["number_of_employees"]', '["annual_budget"]'), 5, "LeakingFeature", "what is predicted"),
        (GOOD.replace('fields = ["number_of_employees"]', ""), 3, "MissingKey", "which fields"),
        (GOOD.replace('"amount"', '"engagement"'), 5, "MisplacedKey", "read from no field"),
        (GOOD.replace('"amount"', '"ammount"'), 4, "UnknownType", '"amount"'),
        (GOOD.replace("SQL", "SQLs"), 2, "UnknownStatus", '"SQL"'),
        (GOOD.replace("fact.annual_budget", "fact.anual_budget"), 6, "UnknownFact", '"annual_budget"'),
        (GOOD + "half_life = 3\n", 8, "UnknownKey", "half_life_days"),
        (GOOD.replace("version = 1", "version = 1\nhold_out = 2"), 2, "BadValue", "hold_out"),
        ("version = 1\n[feature\n", 2, "BadToml", "Correct the TOML"),
    ],
)
def test_every_mistake_is_told_with_its_line_and_what_to_write(
    tmp_path: Path, text: str, line: int, name: str, says: str
) -> None:
    path = tmp_path / "lookalike.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(MappingError) as caught:
        load_lookalike(tmp_path, FIELDS, FACTS, STATUSES)
    first = caught.value.problems[0]
    assert (first.line, first.name) == (line, name), first
    assert says in str(first)


def test_segments_are_refused_for_unknown_fields_empty_conditions_and_names_that_are_taken(tmp_path: Path) -> None:
    folder = tmp_path / "segments"
    folder.mkdir()
    when = '[[when]]\nfield = "industry"\nany_of = ["BANKING"]\n'
    (folder / "a.toml").write_text(f'name = "Banks"\n{when}', encoding="utf-8")
    assert [one.name for one in load_segments(tmp_path, FIELDS)] == ["Banks"]
    (folder / "b.toml").write_text(f'name = "banks"\n{when}', encoding="utf-8")
    (folder / "c.toml").write_text('name = "C"\n[[when]]\nfield = "industri"\nany_of = ["x"]\n', encoding="utf-8")
    (folder / "d.toml").write_text('name = "D"\n[[when]]\nfield = "industry"\n', encoding="utf-8")
    with pytest.raises(MappingError) as caught:
        load_segments(tmp_path, FIELDS)
    assert [one.name for one in caught.value.problems] == ["DuplicateName", "UnknownField", "MissingKey"]
