"""Every way to get a definition wrong: named, placed to line and column, with the right word where there is one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from syncer.core.qualification_terms import Op, Question
from syncer.errors import DefinitionError, Exit
from syncer.mapping import load_mappings
from syncer.mapping.calls import load_calls
from syncer.mapping.definition import load_definition, parse_definition
from syncer.mapping.definition_models import definition_schema
from syncer.mapping.definition_sense import Known, known_fields
from syncer.mapping.toml_file import parse_toml

ROOT = Path(__file__).parents[2]
HEAD = """name = "T"
version = "1"
agreed = []
"""
BUDGET = """[[criterion]]
id = "budget"
says = "Has a budget"
when = { field = "annual_budget", at_least = 10000 }
evidence = ["human", "call"]
"""
SIZE = """[[criterion]]
id = "size"
says = "Is large"
when = { field = "number_of_employees", more_than = 100 }
evidence = ["human", "import"]
"""
SIGNALS = """[[signal]]
id = "webinar"
says = "Came to the webinar"
[[signal]]
id = "ebook"
says = "Took the e-book"
strength = "soft"
"""
MQL = """[[status]]
name = "MQL"
needs = { all = ["size"], any = ["webinar"] }
"""
SQL = """[[status]]
name = "SQL"
needs = { all = ["size", "budget"] }
"""
LOST = """[[status]]
name = "disqualified"
reasons = ["no budget", "no need"]
"""
GOOD = HEAD + BUDGET + SIZE + SIGNALS + MQL + SQL + LOST  # budget 4 to 8, size 9 to 13, signals 14 to 20, MQL 21 to 23

# what is replaced, by what -> line, column, name, wrong word, nearest right word
MISTAKES = {
    "a field misspelt": ('"annual_budget"', '"anual_budget"', 7, 18, "UnknownField", "anual_budget", "annual_budget"),
    "a key misspelt": ("at_least", "at_lest", 7, 35, "UnknownKey", "at_lest", "at_least"),
    "a kind of evidence misspelt": ('"call"', '"cal"', 8, 22, "UnknownAuthority", "cal", "call"),
    "a prediction as evidence": ('"call"', '"predicted"', 8, 22, "PredictionAsEvidence", "predicted", ""),
    "one id twice": ('id = "size"', 'id = "budget"', 10, 6, "DuplicateName", "budget", ""),
    "a number asked of a boolean": ('"annual_budget"', '"opted_in"', 7, 30, "TypeMismatch", "at_least", ""),
    "another unit": ("= 10000 }", '= 10000, unit = "EUR/month" }', 7, 60, "UnitMismatch", "EUR/month", "USD/year"),
    "fields of two units": (
        'field = "annual_budget"',
        'field = ["annual_budget", "seats"]',
        7,
        36,
        "UnitMismatch",
        "USD/year",
        "seats",
    ),
    "no question": (", at_least = 10000", "", 7, 8, "MissingKey", "at_least", ""),
    "no field": ('field = "annual_budget", ', "", 7, 8, "MissingKey", "field", ""),
    "a field and a join": (
        "= 10000 }",
        "= 10000, any = [{ field = 'nps', at_least = 9 }] }",
        7,
        8,
        "BadCondition",
        "",
        "",
    ),
    "a range upside down": ("at_least = 10000", "between = [9, 1]", 7, 45, "BadValue", "9", ""),
    "bounds that exclude each other": (
        "more_than = 100",
        "more_than = 100, at_most = 50",
        12,
        8,
        "Contradiction",
        "size",
        "",
    ),
    "a need misspelt": ('{ all = ["size"],', '{ all = ["siez"],', 23, 18, "UnknownCriterion", "siez", "size"),
    "a signal that nobody declared": ('any = ["webinar"]', 'any = ["demo"]', 23, 34, "UnknownCriterion", "demo", ""),
    "a status that needs a higher one": ('{ all = ["size"],', '{ all = ["SQL"],', 23, 18, "CircularNeeds", "SQL", ""),
    "more than there are": (
        ', any = ["webinar"] }',
        ', at_least = { count = 2, of = ["webinar"] } }',
        23,
        27,
        "NeverMet",
        "2",
        "",
    ),
    "a status without needs": ('needs = { all = ["size"], any = ["webinar"] }', "", 21, 1, "MissingKey", "needs", ""),
    "a status misspelt": ('name = "MQL"', 'name = "MLQ"', 22, 8, "UnknownWord", "MLQ", "MQL"),
    "an SQL as easy as an MQL": ('["size", "budget"]', '["size"]', 26, 9, "EasierStatus", "SQL", "MQL"),
    "an SQL that any of the signals makes": (
        '{ all = ["size", "budget"] }',
        '{ any = ["webinar", "budget"] }',
        26,
        9,
        "EasierStatus",
        "SQL",
        "MQL",
    ),
    "a soft signal alone": ('any = ["webinar"]', 'any = ["ebook"]', 23, 9, "SoftSignalAlone", "ebook", ""),
    "a soft signal instead of a serious one": (
        'any = ["webinar"]',
        'any = ["webinar", "ebook"]',
        23,
        9,
        "SoftSignalAlone",
        "ebook",
        "",
    ),
    "criteria that exclude each other": (
        'when = { field = "annual_budget", at_least = 10000 }',
        'when = { field = "number_of_employees", at_most = 50 }',
        26,
        9,
        "Contradiction",
        "SQL",
        "",
    ),
    "no reasons": ('reasons = ["no budget", "no need"]', "", 27, 1, "MissingReasons", "reasons", ""),
    "a reason twice": ('"no need"]', '"No budget"]', 29, 25, "DuplicateName", "No budget", ""),
    "needs of disqualified": (
        'name = "disqualified"',
        'name = "disqualified"\nneeds = { all = ["size"] }',
        29,
        1,
        "NeedsWithoutLadder",
        "",
        "",
    ),
    "an SLA of no time": (
        'any = ["webinar"] }',
        'any = ["webinar"] }\nsla = { first_step = "call", within = "one day" }',
        24,
        39,
        "BadDuration",
        "one day",
        "",
    ),
    "a team that cannot sign": (
        "agreed = []",
        'agreed = [{ team = "sale", by = "A", on = 2026-01-15 }]',
        3,
        20,
        "UnknownWord",
        "sale",
        "sales",
    ),
    "no version": ('version = "1"\n', "", 1, 1, "MissingKey", "version", ""),
    "no TOML": ("agreed = []", "agreed = [", 4, 3, "BadToml", "", ""),
}


@pytest.fixture(scope="module")
def known() -> Known:
    return known_fields(load_mappings(ROOT / "mappings"), load_calls(ROOT / "mappings"))


def test_the_file_that_the_mistakes_are_made_in_is_sound(known: Known) -> None:
    made = parse_definition(parse_toml(GOOD, "good.toml"), known)
    assert [one.name for one in made.statuses] == ["MQL", "SQL", "disqualified"]
    assert made.criteria[0].when == Question(("annual_budget",), Op.AT_LEAST, 10_000, "USD/year")
    assert made.unsigned == ("marketing", "sales")


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_named_and_placed_and_the_right_word_is_offered(
    mistake: str, known: Known, tmp_path: Path
) -> None:
    before, after, *expected = MISTAKES[mistake]
    assert GOOD.count(before) >= 1
    path = tmp_path / "broken.toml"
    path.write_text(GOOD.replace(before, after, 1))
    with pytest.raises(DefinitionError) as caught:
        load_definition(path, known)
    problems = caught.value.problems
    found = [[one.line, one.column, one.name, one.wrong, one.nearest] for one in problems]
    assert expected in found, found
    assert all(one.action and one.file == str(path) for one in problems)
    assert caught.value.exit_code is Exit.CONFIG


def test_all_problems_are_told_at_once_in_the_order_of_the_lines(known: Known) -> None:
    broken = GOOD.replace('"annual_budget"', '"budgett"').replace('"number_of_employees"', '"heads"')
    broken = broken.replace('["webinar"]', '["webinars"]').replace('reasons = ["no budget", "no need"]', "")
    with pytest.raises(DefinitionError) as caught:
        parse_definition(parse_toml(broken, "broken.toml"), known)
    named = [(one.line, one.name) for one in caught.value.problems]
    assert named == [(7, "UnknownField"), (12, "UnknownField"), (23, "UnknownCriterion"), (27, "MissingReasons")]


def test_reasons_may_stand_in_the_sla_and_the_signature_is_bound_to_the_content_that_it_names(known: Known) -> None:
    sla_table = '[status.sla]\nfirst_step = "call"\nwithin = "1 business day"\nreasons = ["timing"]'
    text = GOOD.replace('any = ["webinar"] }', 'any = ["webinar"] }\n' + sla_table)
    made = parse_definition(parse_toml(text.replace('reasons = ["no budget", "no need"]', ""), "t.toml"), known)
    assert made.reasons == ("timing",)
    sla = made.statuses[0].sla
    assert sla is not None and (sla.amount, sla.unit, sla.business, sla.within) == (1, "days", True, "1 business day")
    plain = parse_definition(parse_toml(GOOD, "t.toml"), known)
    marketing = f'{{ team = "marketing", by = "A", on = 2026-01-15, content = "{plain.content}" }}'
    sales = '{ team = "sales", by = "B", on = 2026-01-16 }'
    signed = GOOD.replace("agreed = []", f"agreed = [{marketing}, {sales}]")
    assert parse_definition(parse_toml(signed, "t.toml"), known).unsigned == ()
    assert parse_definition(parse_toml(signed, "t.toml"), known).content == plain.content, "signing changes no verdict"
    edited = parse_definition(parse_toml(signed.replace("10000", "5000"), "t.toml"), known)
    assert edited.unsigned == ("marketing",) and edited.content != plain.content


def test_a_field_may_say_whose_it_is_and_the_schema_for_editors_is_up_to_date(known: Known) -> None:
    made = parse_definition(
        parse_toml(GOOD.replace('"number_of_employees"', '"account.number_of_employees"'), "t"), known
    )
    assert made.criteria[1].when == Question(("account.number_of_employees",), Op.MORE_THAN, 100)
    committed = json.loads((ROOT / "mappings/schema/qualification.schema.json").read_text())
    assert committed == definition_schema(), "write mappings/schema/qualification.schema.json anew"
