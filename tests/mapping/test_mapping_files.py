"""Broken mapping files: each mistake is named, placed to line and column, and answered with the nearest right word."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from syncer.core.fields import FieldType, Rule
from syncer.errors import Exit, MappingError
from syncer.mapping import json_schema, load_mappings
from syncer.mapping.load import parse_kind
from syncer.mapping.toml_file import BrokenTomlError, parse_toml

ROOT = Path(__file__).parents[2]

HEAD = """version = 1
left = { objects = ["Lead", "Contact"], create = "Lead" }
right = { objects = ["contacts"] }
match = ["email"]
"""
EMAIL = """[[field]]
name = "email"
left = "Email"
right = "email"
type = "email"
"""

# what is put after HEAD + EMAIL (line 10 on) -> line, column, name, wrong word, nearest right word
FIELD = '[[field]]\nname = "title"\nleft = "Title"\nright = "jobtitle"\ntype = "text"\n'
MISTAKES = {
    "a rule misspelt": (f'{FIELD}rule = "two-ways"', 15, 8, "UnknownRule", "two-ways", "two-way"),
    "a type misspelt": (FIELD.replace('"text"', '"txet"'), 14, 8, "UnknownType", "txet", "text"),
    "a key misspelt": (f"{FIELD}protekt_days = 3", 15, 1, "UnknownKey", "protekt_days", "protect_days"),
    "a key of nothing": (f"{FIELD}zzz = 3", 15, 1, "UnknownKey", "zzz", ""),
    "a type left out": ('[[field]]\nname = "x"\nleft = "X"\nright = "x"\n', 10, 1, "MissingKey", "type", ""),
    "a side left out": ('[[field]]\nname = "x"\nleft = "X"\ntype = "text"', 10, 1, "MissingKey", "right", ""),
    "one name twice": (FIELD.replace("title", "email", 1), 11, 8, "DuplicateName", "email", ""),
    "one target twice": (FIELD.replace('"jobtitle"', '"email"'), 13, 9, "DuplicateTarget", "email", ""),
    "a name with spaces": (FIELD.replace('"title"', '"job title"'), 11, 8, "BadValue", "job title", ""),
    "a number as text": (f'{FIELD}protect_days = "9"', 15, 16, "BadValue", "9", ""),
    "a field of no text": (FIELD.replace('"Title"', "5"), 12, 8, "BadValue", "5", ""),
    "a field of no text on one object": (FIELD.replace('"Title"', "{ Lead = 5 }"), 12, 17, "BadValue", "5", ""),
    "an unknown authority": (f'{FIELD}authority = ["humn"]', 15, 14, "UnknownAuthority", "humn", "human"),
    "an unknown blank": (f'{FIELD}blank = "kept"', 15, 9, "UnknownWord", "kept", "keep"),
    "an object that is not listed": (
        '[[field]]\nname = "x"\nleft = { Leed = "X" }\nright = "x"\ntype = "text"',
        12,
        10,
        "UnknownObject",
        "Leed",
        "Lead",
    ),
    "a region of an e-mail": (f'{FIELD}region = "DE"', 15, 1, "RegionWithoutPhone", "", ""),
    "choices of a text": (f'{FIELD}choices = {{ "a" = "b" }}', 15, 1, "ChoicesWithoutType", "", ""),
    "a made choice without options": (
        FIELD.replace('"text"', '"choice"') + 'create = true\nlabel = "T"',
        10,
        1,
        "ChoicesNeedMap",
        "choices",
        "",
    ),
    "forward-only without order": (f'{FIELD}rule = "forward-only"', 15, 8, "MissingKey", "order", ""),
    "an order without forward-only": (f'{FIELD}order = ["a"]', 15, 1, "OrderWithoutRule", "", ""),
    "an order of no choice": (
        FIELD.replace('"text"', '"choice"')
        + 'rule = "forward-only"\norder = ["Leed", "Lead"]\nchoices = { Lead = "l" }',
        16,
        10,
        "UnknownOption",
        "Leed",
        "Lead",
    ),
    "a choice without rank": (
        FIELD.replace('"text"', '"choice"') + 'rule = "forward-only"\norder = ["A"]\nchoices = { A = "a", B = "b" }',
        16,
        9,
        "UnrankedOption",
        "B",
        "",
    ),
    "union of texts": (f'{FIELD}rule = "union"', 15, 8, "RuleNeedsType", "union", ""),
    "a rule that writes nothing": (
        f'{FIELD}rule = "always-salesforce"\nread_only = "right"',
        16,
        13,
        "RuleWritesNothing",
        "",
        "",
    ),
    "a reference to nowhere": (FIELD.replace('"text"', '"reference"'), 14, 8, "MissingKey", "to", ""),
    "a text that points": (f'{FIELD}to = "owner"', 15, 1, "ToWithoutReference", "", ""),
    "a made field without label": (f"{FIELD}create = true", 15, 1, "MissingKey", "label", ""),
    "a broken expression": ('[inclusion]\nright = "stage is blonk"', 11, 19, "BadInclusion", "blonk", ""),
    "a broken expression with an umlaut before it": (
        "inclusion = { left = \"a = 'ü'\", right = \"b = 'ü' c\" }\n",
        5,
        50,
        "BadInclusion",
        "c",
        "",
    ),
}


@pytest.mark.parametrize("story", MISTAKES)
def test_each_mistake_is_named_placed_and_answered(story: str) -> None:
    text, line, column, name, wrong, near = MISTAKES[story]
    whole = HEAD + text + EMAIL if text.startswith("inclusion") else HEAD + EMAIL + text + "\n"

    kind, problems = parse_kind("person", parse_toml(whole, "person.toml"))

    assert kind is None
    (problem,) = problems
    assert (problem.line, problem.column, problem.name) == (line, column, name)
    assert (problem.wrong, problem.nearest) == (wrong, near)
    assert problem.action and (not near or near in problem.action)


HEADS = {
    "an object that no match field is on": ('left = "Email"', 'left = { Lead = "Email" }', 4, 9, "UnmatchedObject", ""),
    "a match that is no field": ('match = ["email"]', 'match = ["e_mail"]', 4, 10, "UnknownField", "email"),
    "several objects, none to create": (', create = "Lead"', "", 2, 8, "MissingKey", ""),
    "an object to create that is not listed": ('create = "Lead"', 'create = "Leads"', 2, 50, "UnknownObject", "Lead"),
    "a version of zero": ("version = 1", "version = 0", 1, 11, "BadValue", ""),
    "no objects": ('["contacts"]', "[]", 3, 21, "BadValue", ""),
    "a key of a side misspelt": ('{ objects = ["con', '{ objects = [], object = ["con', 3, 25, "UnknownKey", "objects"),
}


@pytest.mark.parametrize("story", HEADS)
def test_mistakes_in_the_head_are_found(story: str) -> None:
    old, new, line, column, name, near = HEADS[story]
    _, problems = parse_kind("person", parse_toml((HEAD + EMAIL).replace(old, new), "person.toml"))
    assert (line, column, name, near) in {(p.line, p.column, p.name, p.nearest) for p in problems}


BROKEN = {
    'version = 1\nleft = { objects = ["Lead" }': (2, 28, "Unclosed array"),
    "version 1": (1, 9, "Expected '='"),
    'version = 1\nname = "open': (2, 13, "Unterminated string"),
    "a = 1\na = 2": (2, 6, "Cannot overwrite a value"),
    "[[field]]\nname = 'a'\n[field]\n": (3, 7, "Cannot declare"),
}


@pytest.mark.parametrize("text", BROKEN)
def test_broken_toml_says_where_and_what_was_expected(text: str) -> None:
    with pytest.raises(BrokenTomlError) as caught:
        parse_toml(text, "person.toml")
    problem = caught.value.problem
    line, column, said = BROKEN[text]
    assert (problem.name, problem.line, problem.column) == ("BadToml", line, column)
    assert said in problem.message


def test_all_mistakes_of_both_files_come_at_once_in_the_order_of_the_lines(tmp_path: Path) -> None:
    (tmp_path / "account.toml").write_text("version = [\n")
    wrong_type, wrong_key = FIELD.replace('"text"', '"txet"'), FIELD + "bad = 1\n"
    (tmp_path / "person.toml").write_text(HEAD + EMAIL + wrong_type + FIELD + FIELD + wrong_key)

    with pytest.raises(MappingError) as caught:
        load_mappings(tmp_path)

    error = caught.value
    found = [(Path(p.file).name, p.line, p.name) for p in error.problems]
    assert found == [
        ("account.toml", 2, "BadToml"),
        ("person.toml", 14, "UnknownType"),
        ("person.toml", 21, "DuplicateName"),
        ("person.toml", 30, "UnknownKey"),
    ]
    assert error.exit_code == Exit.CONFIG
    assert "person.toml:14:8: error: UnknownType" in str(error)
    assert json.loads(json.dumps(error.as_json()))["problems"][1]["nearest"] == "text"


def test_files_that_are_missing_or_no_text_are_named(tmp_path: Path) -> None:
    (tmp_path / "account.toml").write_bytes(b"version = 1\nname = '\xff'\n")
    with pytest.raises(MappingError) as caught:
        load_mappings(tmp_path)
    assert [(p.name, p.line, p.column) for p in caught.value.problems] == [("NotText", 2, 9), ("FileMissing", 0, 0)]
    with pytest.raises(MappingError, match="no such folder"):
        load_mappings(tmp_path / "nowhere")


def test_one_object_in_two_files_is_refused(tmp_path: Path) -> None:
    for name in ("account", "person"):
        (tmp_path / f"{name}.toml").write_text(HEAD + EMAIL)
    with pytest.raises(MappingError) as caught:
        load_mappings(tmp_path)
    assert [p.wrong for p in caught.value.problems] == ["Lead", "Contact", "contacts"]
    assert {p.name for p in caught.value.problems} == {"DuplicateObject"}


def test_a_sound_file_becomes_a_mapping_with_the_defaults_of_the_contract() -> None:
    kind, problems = parse_kind("person", parse_toml(HEAD + EMAIL + FIELD, "mappings/person.toml"))
    assert problems == []
    assert kind is not None
    assert (kind.path, kind.left_create, kind.right_create) == ("mappings/person.toml", "Lead", "contacts")
    title = kind.field_named("title")
    assert title.left == {"Lead": "Title", "Contact": "Title"}
    assert (title.type, title.rule, title.blank, title.authority, title.line) == (
        FieldType.TEXT, Rule.TWO_WAY, "keep", ("human",), 10,
    )  # fmt: skip


def test_what_a_field_does_not_say_comes_from_the_configuration() -> None:
    phone = FIELD.replace('"text"', '"phone"')
    kind, _ = parse_kind("person", parse_toml(HEAD + EMAIL + phone, "p"), tie="right", region="DE")
    assert kind is not None
    assert (kind.field_named("title").tie, kind.field_named("title").region) == ("right", "DE")
    said = phone + 'tie = "left"\nregion = "FR"\n'
    kind, _ = parse_kind("person", parse_toml(HEAD + EMAIL + said, "p"), tie="right", region="DE")
    assert kind is not None
    assert (kind.field_named("title").tie, kind.field_named("title").region) == ("left", "FR")


PLACES = """a.b = 1
"q k" = { x = [1, { y = "ü" }], "z.w" = '' }
[t]
  s = 1979-05-27
[[f]]
n = 1
[f.sub]
k = true
[[f]]
[[f.g]]
m = \"\"\"
x\"\"\"
[[f.g]]
m = 2.5
"""


def test_every_value_and_key_has_its_place_whatever_way_it_is_written() -> None:
    file = parse_toml(PLACES, "x.toml")
    assert {loc: place for loc, place in file.values.items() if loc[0] != "a"} == {
        ("q k",): (2, 9), ("q k", "x"): (2, 15), ("q k", "x", 0): (2, 16), ("q k", "x", 1): (2, 19),
        ("q k", "x", 1, "y"): (2, 25), ("q k", "z.w"): (2, 41),
        ("t",): (3, 1), ("t", "s"): (4, 7), ("f", 0): (5, 1), ("f", 0, "n"): (6, 5), ("f", 0, "sub"): (7, 1),
        ("f", 0, "sub", "k"): (8, 5), ("f", 1): (9, 1), ("f", 1, "g", 0): (10, 1), ("f", 1, "g", 0, "m"): (11, 5),
        ("f", 1, "g", 1): (13, 1), ("f", 1, "g", 1, "m"): (14, 5),
    }  # fmt: skip
    assert (file.values["a", "b"], file.keys["a", "b"], file.keys["q k", "z.w"]) == ((1, 7), (1, 3), (2, 33))
    assert file.place(("f", 1, "nothing")) == (9, 1), "what is missing is where it would stand"


def test_the_schema_for_editors_is_current() -> None:
    committed = json.loads((ROOT / "mappings/schema/mapping.schema.json").read_text())
    assert committed == json_schema(), "write it anew: syncer mapping schema > mappings/schema/mapping.schema.json"
