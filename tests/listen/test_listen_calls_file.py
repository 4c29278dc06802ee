"""mappings/calls.toml: what an admin declares is heard, and what cannot be read is refused at its place."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from syncer.core.listen import Calls, extract
from syncer.errors import MappingError
from syncer.mapping.calls import calls_schema, load_calls, parse_calls
from syncer.mapping.toml_file import parse_toml

ROOT = Path(__file__).parents[2]
NAME = '[[fact]]\nname = "a"\n'


def calls_of(text: str) -> Calls:
    return parse_calls(parse_toml(f"version = 1\n{text}", "calls.toml"))


def test_a_fact_that_an_admin_declares_is_heard_with_its_unit_and_bounds() -> None:
    calls = calls_of(
        '[[fact]]\nname = "churn_rate_days"\ntype = "duration"\nunit = "days"\ncues = ["churn* after"]\n'
        '[[fact]]\nname = "mood"\ntype = "number"\nlow = 1\nhigh = 5\ncues = ["mood"]\n'
        '[[fact]]\nname = "likes_tea"\ntype = "boolean"\nyes = ["drink|drinks ... tea"]\n'
    )
    heard = extract("Users churn after two weeks. Mood: 4. She does not drink much tea. Mood was 9 before.", calls)
    assert [(f.field, f.value, f.unit) for f in heard.facts] == [
        ("churn_rate_days", 14, "days"),
        ("mood", 4, ""),
        ("likes_tea", False, ""),
    ]


PROBLEMS = {
    "unknown key": ('[[fact]]\nname = "a"\ntype = "text"\ncue = ["x"]\n', r":5:1: .*UnknownKey.*Write \"cues\""),
    "unknown type": (f'{NAME}type = "mony"\ncues = ["x"]\n', r":4:8: .*UnknownType.*Write \"money\""),
    "no cue": (f'{NAME}type = "date"\n', r"NothingToHear"),
    "no phrase": (f'{NAME}type = "boolean"\ncues = ["x"]\n', r"NothingToHear"),
    "yes of a date": (f'{NAME}type = "date"\ncues = ["x"]\nyes = ["y"]\n', r":6:7: .*MisplacedKey"),
    "no of a text": (f'{NAME}type = "text"\ncues = ["x"]\nno = ["y"]\n', r":6:6: .*MisplacedKey"),
    "a regular expression": (f'{NAME}type = "text"\ncues = ["ok", "(a+)+b"]\n', r":5:15: .*BadPhrase"),
    "anything": (f'{NAME}type = "text"\ncues = ["*"]\n', r"BadPhrase"),
    "a gap first": (f'{NAME}type = "text"\ncues = ["... x"]\n', r"BadPhrase"),
    "three gaps": (f'{NAME}type = "text"\ncues = ["a ... b ... c ... d"]\n', r"at most two"),
    "a unit that is none": (f'{NAME}type = "duration"\nunit = "moons"\ncues = ["x"]\n', r":5:8: .*UnknownUnit"),
    "a reserved name": ('[[fact]]\nname = "tool"\ntype = "text"\ncues = ["x"]\n', r"ReservedName"),
    "twice": (f'{NAME}type = "text"\ncues = ["x"]\n' * 2, r":7:8: .*DuplicateName.*line 3"),
    "low above high": (f'{NAME}type = "number"\nlow = 9\nhigh = 1\ncues = ["x"]\n', r":5:7: .*BadValue"),
    "a tool without a word": (f'{NAME}type = "text"\ncues = ["x"]\n[[tool]]\nname = "!!!"\n', r"BadName"),
    "no facts": ("", r"MissingKey.*fact"),
}


@pytest.mark.parametrize(("text", "told"), PROBLEMS.values(), ids=PROBLEMS)
def test_what_cannot_be_listened_for_is_refused_with_its_place(text: str, told: str) -> None:
    with pytest.raises(MappingError, match=told):
        calls_of(text)


def test_a_folder_without_the_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match=r"calls\.toml: error: FileMissing"):
        load_calls(tmp_path)


def test_the_schema_for_editors_is_the_one_that_is_checked() -> None:
    assert json.loads((ROOT / "mappings/schema/calls.schema.json").read_text()) == calls_schema()
