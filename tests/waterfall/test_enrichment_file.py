"""mappings/enrichment.toml: what ships is sound and free, and every mistake is named where it stands."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from connectors.enrichment.factory import KEYED, connect
from syncer.core.waterfall.policy import DAY_MS, Caps
from syncer.errors import MappingError
from syncer.mapping import load_mappings
from syncer.mapping.calls import load_calls
from syncer.mapping.definition_sense import known_fields
from syncer.mapping.enrichment import enrichment_schema, load_enrichment, parse_enrichment
from syncer.mapping.toml_file import BrokenTomlError, TomlFile, parse_toml

ROOT = Path(__file__).parents[2]
KNOWN = known_fields(load_mappings(ROOT / "mappings"), load_calls(ROOT / "mappings"))
SOUND = """version = 1
[provider.pdl]
[provider.export]
kind = "file"
path = "a.csv"
key = { column = "Website", as = "domain" }
[provider.export.map]
industry = "Industry"
[field.industry]
waterfall = ["pdl", "export"]
"""
MISTAKES: dict[str, tuple[str, str, str, int, str]] = {
    "an unknown key": ("[provider.pdl]", "[provider.pdl]\ncosts = 1", "UnknownKey", 3, "cost"),
    "a provider nobody declared": ('["pdl", "export"]', '["pdll"]', "UnknownProvider", 10, "pdl"),
    "a provider of no kind": ("[provider.pdl]", '[provider.pdl]\nkind = "pdll"', "UnknownProvider", 3, "pdl"),
    "a field nobody declared": ("[field.industry]", "[field.industri]", "UnknownField", 9, "industry"),
    "a column for no field": ("industry = ", "industrie = ", "UnknownField", 8, "industry"),
    "a file without a path": ('path = "a.csv"\n', "", "MissingKey", 3, ""),
    "a path for no file": ("[provider.pdl]", '[provider.pdl]\npath = "x"', "MisplacedKey", 3, ""),
    "a provider twice": ('["pdl", "export"]', '["pdl", "pdl"]', "DuplicateName", 10, ""),
    "more voices than providers": ('"export"]', '"export"]\nagree = 3', "BadValue", 11, ""),
    "no length of time": ('"export"]', '"export"]\nttl = "soon"', "BadDuration", 11, ""),
    "a negative cap": ("version = 1", "version = 1\ncaps = { run = -1 }", "BadValue", 2, ""),
    "a cap that is no number": ("version = 1", "version = 1\ncaps = { run = nan }", "BadValue", 2, ""),
    "a word that is no boolean": ('"export"]', '"export"]\nunion = "yes"', "BadValue", 11, ""),
    "no TOML": ("version = 1", "version = ", "BadToml", 1, ""),
}


def test_what_ships_asks_every_provider_and_spends_nothing_until_a_cap_is_raised() -> None:
    shipped = load_enrichment(ROOT / "mappings", KNOWN)
    assert shipped.caps == Caps(0, 0) and shipped.only_if_it_matters
    asked = {name for one in shipped.fields.values() for name in one.waterfall}
    assert (
        asked
        == set(shipped.providers)
        >= {
            *("dns", "site", "job_boards", "gleif", "edgar", "companies_house", "pdl", "apollo", "hunter", "builtwith"),
        }
    )
    assert not any(one.of == "person" for one in shipped.fields.values()), "people are asked about only where told to"


def test_every_provider_offers_what_the_shipped_file_asks_it_for() -> None:
    shipped = load_enrichment(ROOT / "mappings", KNOWN)
    section = {"base_url": "https://vendor.example", "api_key": "k", "contact": "ops@acme.example"}
    for name, declared in shipped.providers.items():
        asked = {one.name for one in shipped.fields.values() if name in one.waterfall}
        given = {key: value for key, value in section.items() if key != "api_key" or declared.kind in KEYED}
        provider = connect(declared.kind, given, clock=SandboxTime(), entropy=SandboxTime())
        assert asked <= provider.offers, name
        assert "account" in provider.kinds
        assert (provider.price > 0) == (declared.cost is not None), "what costs credits says so in the file"
        provider.close()


class SandboxTime:
    """A clock that stands still, and chance that is none."""

    def now_ms(self) -> int:
        return 0

    def sleep(self, duration_s: float) -> None: ...

    def token(self) -> str:
        return "0" * 32

    def uniform(self) -> float:
        return 0.5


def test_the_schema_that_ships_is_that_of_the_code() -> None:
    assert json.loads((ROOT / "mappings/schema/enrichment.schema.json").read_text()) == enrichment_schema()


def test_what_is_not_said_has_a_default() -> None:
    made = parse_enrichment(parse_toml(SOUND, "e.toml"), KNOWN)
    assert made.caps == Caps(0, 0) and made.negative_ttl_ms == 30 * DAY_MS
    assert made.fields["industry"].ttl_ms == 180 * DAY_MS
    assert made.providers["export"].source == {
        "path": "a.csv",
        "key": {"column": "Website", "as_": "domain"},
        "map": {"industry": "Industry"},
    }


@pytest.mark.parametrize(("old", "new", "name", "line", "nearest"), MISTAKES.values(), ids=list(MISTAKES))
def test_a_mistake_is_named_with_its_line_and_the_nearest_word(
    old: str, new: str, name: str, line: int, nearest: str
) -> None:
    assert SOUND.count(old) == 1
    with pytest.raises(MappingError) as refused:
        parse_enrichment(parse_mistaken(SOUND.replace(old, new)), KNOWN)
    problem = refused.value.problems[0]
    assert (problem.name, problem.line, problem.nearest) == (name, line, nearest)
    assert problem.action


def parse_mistaken(text: str) -> TomlFile:
    try:
        return parse_toml(text, "e.toml")
    except BrokenTomlError as error:
        raise MappingError([error.problem]) from None
