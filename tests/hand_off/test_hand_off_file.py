"""mappings/hand-off.toml: what an admin may say, and what is refused at its place with the word that was meant."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sandbox.population.words import OWNERS
from syncer.core.hand_off_terms import HandOffPolicy
from syncer.errors import MappingError
from syncer.mapping.calls import load_calls
from syncer.mapping.definition import load_definition
from syncer.mapping.definition_sense import known_fields
from syncer.mapping.hand_off import load_hand_off, parse_hand_off, task_fields
from syncer.mapping.hand_off_models import hand_off_schema
from syncer.mapping.load import load_mappings
from syncer.mapping.toml_file import parse_toml

MAPPINGS = Path(__file__).parents[2] / "mappings"
CALENDAR = 'version = 1\n[calendar]\nzone = "UTC"\n[calendar.hours]\nmon = ["09:00-17:00"]\n'
OWNERS_TOML = '[[owners]]\nname = "team"\nhow = "round robin"\nwho = ["ann@acme.example"]\n'
HEAD = CALENDAR + OWNERS_TOML
SLACK = '[[notice]]\nname = "n"\nchannel = "slack"\n'
SMTP = '[[notice]]\nname = "n"\nchannel = "smtp"\nhost = "mail.acme.example"\nfrom = "a@acme.example"\n'


def read(text: str) -> HandOffPolicy:
    return parse_hand_off(parse_toml(text, "hand-off.toml"))


def test_the_file_that_ships_fits_every_definition_that_ships_and_the_sandbox() -> None:
    known = known_fields(load_mappings(MAPPINGS), load_calls(MAPPINGS))
    definition = load_definition(MAPPINGS / "qualification" / "true-lead.toml", known)
    policy = load_hand_off(MAPPINGS, definition, known)
    assert set(policy.statuses) == {"MQL", "SQL", "TRUE lead"}
    others = sorted((MAPPINGS / "qualification").glob("*.toml"))
    assert len(others) == 5
    assert [load_hand_off(MAPPINGS, load_definition(path, known), known) for path in others] == [policy] * 5
    assert set(policy.owners["inside sales"].who) <= {email for *_, email in OWNERS}
    key, answer = task_fields(policy, definition.reasons)
    assert key.unique_key and answer.options[:2] == (("Accepted", "Accepted"), ("Rejected: no budget",) * 2)


def test_everything_that_can_be_said_is_read() -> None:
    policy = read(
        CALENDAR.replace('["09:00-17:00"]', '["13:00-17:00", "09:00-12:00"]')
        + OWNERS_TOML
        + '[[owners]]\nname = "map"\nhow = "territory"\nfallback = "team"\n'
        '[[owners.territory]]\ncountry = ["United States"]\nstate = ["California", "or"]\nwho = ["005A"]\n'
        '[[status]]\nname = "MQL"\nowners = "map"\nnotices = ["s", "w", "m"]\n'
        '[[notice]]\nname = "s"\nchannel = "slack"\nurl = "env:A"\n'
        '[[notice]]\nname = "w"\nchannel = "webhook"\nurl = "https://x.example/y"\nsecret = "file:s"\n'
        'on = ["rejected"]\n'
        '[[notice]]\nname = "m"\nchannel = "smtp"\nhost = "localhost"\ntls = "none"\nfrom = "a@b.example"\n'
        'to = ["owner"]\n'
    )
    assert policy.calendar.hours == {0: ((540, 720), (780, 1020))}
    assert policy.owners["map"].territories[0].states == {"ca", "or"}
    assert policy.owners["map"].territories[0].countries == {"US"}
    assert [one.kind for one in policy.channels.values()] == ["slack", "webhook", "smtp"]
    assert not policy.answers.outcome and policy.answers.rejected_field == "recycle_reason"


PROBLEMS = {
    "unknown key": (HEAD + "[answer]\n", r':10:2: .*UnknownKey.*Write "answers"'),
    "unknown zone": (HEAD.replace("UTC", "Europe/Berlim"), r":3:8: .*UnknownZone.*Write \"Europe/Berlin\""),
    "a span that ends before it starts": (HEAD.replace("17:00", "08:00"), r":5:8: .*BadHours"),
    "a time that is none": (HEAD.replace("09:00", "09:75"), r":5:8: .*BadHours"),
    "overlapping hours": (HEAD.replace('"]\n[[', '", "16:00-18:00"]\n[['), r":5:7: .*BadHours.*overlap"),
    "no hours": (HEAD.replace('mon = ["09:00-17:00"]\n', ""), r"BadHours.*less than one hour"),
    "nobody": (HEAD.replace('who = ["ann@acme.example"]\n', ""), r":6:1: .*MissingKey.*who"),
    "a key of another way": (HEAD + "territory = []\n", r":10:1: .*MisplacedKey"),
    "no fallback": (HEAD + '[[owners]]\nname = "x"\nhow = "existing owner"\n', r":10:1: .*MissingKey.*fallback"),
    "an unknown fallback": (HEAD + 'fallback = "tam"\n', r":10:12: .*UnknownOwners"),
    "a circle": (HEAD + 'fallback = "team"\n', r":10:12: .*CircularFallback"),
    "the whole world": (
        HEAD + '[[owners]]\nname = "x"\nhow = "territory"\nfallback = "team"\n[[owners.territory]]\nwho = ["a"]\n',
        r":14:1: .*MissingKey.*whole world",
    ),
    "unknown owners": (HEAD + '[[status]]\nname = "MQL"\nowners = "taem"\n', r':12:10: .*UnknownOwners.*Write "team"'),
    "unknown notice": (
        HEAD + '[[status]]\nname = "MQL"\nowners = "team"\nnotices = ["x"]\n',
        r":13:12: .*UnknownNotice",
    ),
    "unknown status": (HEAD + '[[status]]\nname = "MQ"\nowners = "team"\n', r':11:8: .*UnknownWord.*Write "MQL"'),
    "a status twice": (HEAD + '[[status]]\nname = "MQL"\nowners = "team"\n' * 2, r":14:8: .*DuplicateName.*line 11"),
    "unknown occasion": (HEAD + f'{SLACK}url = "env:A"\non = ["breach"]\n', r':14:7: .*Write "breached"'),
    "a literal address of slack": (HEAD + f'{SLACK}url = "https://hooks.example/T1"\n', r":13:7: .*LiteralSecret"),
    "a literal secret": (
        HEAD + '[[notice]]\nname = "n"\nchannel = "webhook"\nurl = "env:A"\nsecret = "abc"\n',
        r":14:10: .*LiteralSecret",
    ),
    "an address in clear": (
        HEAD + '[[notice]]\nname = "n"\nchannel = "webhook"\nurl = "http://x.example/"\n',
        r":13:7: .*InsecureUrl",
    ),
    "a log-in in the address": (
        HEAD + '[[notice]]\nname = "n"\nchannel = "webhook"\nurl = "https://u:p@x.example/"\n',
        r":13:7: .*LiteralSecret",
    ),
    "mail in clear": (HEAD + f'{SMTP}to = ["owner"]\ntls = "none"\n', r":16:7: .*InsecureUrl"),
    "mail to nobody": (HEAD + SMTP, r":10:1: .*MissingKey.*to"),
    "no address": (HEAD + f'{SMTP}to = ["owner", "sales lead"]\n', r":15:16: .*BadAddress"),
    "half a log-in": (HEAD + f'{SMTP}to = ["owner"]\nuser = "u"\n', r"MissingKey.*user and password"),
    "no TOML": (HEAD + "[[", r"BadToml"),
}


@pytest.mark.parametrize(("text", "told"), PROBLEMS.values(), ids=PROBLEMS)
def test_what_cannot_be_meant_is_refused_at_its_place(text: str, told: str, tmp_path: Path) -> None:
    (tmp_path / "hand-off.toml").write_text(text)
    with pytest.raises(MappingError, match=told) as refused:
        load_hand_off(tmp_path)
    assert all(problem.action for problem in refused.value.problems)


def test_a_status_without_an_sla_and_an_answer_field_that_is_not_mapped_are_named(tmp_path: Path) -> None:
    known = known_fields(load_mappings(MAPPINGS), load_calls(MAPPINGS))
    definition = load_definition(MAPPINGS / "qualification" / "true-lead.toml", known)
    text = HEAD + '[[status]]\nname = "MQL"\nowners = "team"\n[answers]\naccepted = "sales_acepted"\n'
    source = (MAPPINGS / "qualification" / "true-lead.toml").read_text()
    first, second = source.index("[status.sla]"), source.index('[[status]]\nname = "SAL"')
    (tmp_path / "short.toml").write_text(source[:first] + source[second:])
    with pytest.raises(MappingError) as refused:
        parse_hand_off(parse_toml(text, "hand-off.toml"), load_definition(tmp_path / "short.toml", known), known)
    assert [(one.name, one.line, one.nearest) for one in refused.value.problems] == [
        ("MissingSla", 11, ""),
        ("UnknownField", 14, "sales_accepted"),
    ]
    assert parse_hand_off(parse_toml(text, "hand-off.toml"), definition).statuses
    (tmp_path / "long.toml").write_text(source.replace('within = "1 business day"', 'within = "9000 business hours"'))
    with pytest.raises(MappingError, match=r":11:8: .*BadDuration.*9000 business hours"):
        parse_hand_off(parse_toml(text, "hand-off.toml"), load_definition(tmp_path / "long.toml", known))


def test_a_folder_without_the_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match=r"hand-off\.toml: error: FileMissing"):
        load_hand_off(tmp_path)


def test_the_schema_for_editors_is_the_one_that_is_checked() -> None:
    assert json.loads((MAPPINGS / "schema/hand-off.schema.json").read_text()) == hand_off_schema()
