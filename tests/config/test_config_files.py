"""The configuration: every mistake named and placed, secrets never shown, the environment before the file."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from syncer.config import Cron, Every, load_config, parse_schedule
from syncer.config.load import NAMES, packaged
from syncer.errors import ConfigError, Exit
from syncer.stages.context import Settings

ROOT = Path(__file__).parents[2]
SECRET = "never-shown-9f2c"


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("SYNCER_")]:
        monkeypatch.delenv(name)


def write(text: str) -> Path:
    path = Path("config.toml")
    path.write_text(text)
    return path


MISTAKES = {
    "a section misspelt": ('[salesfroce]\napi_share = 0.5\n', 1, 2, "UnknownKey", "salesfroce", "salesforce"),
    "a key misspelt": ('[salesforce]\ninstanse_url = ""\n', 2, 1, "UnknownKey", "instanse_url", "instance_url"),
    "a provider's key misspelt": ('[enrichment.acme]\napi_kee = "env:X"\n', 2, 1, "UnknownKey", "api_kee", "api_key"),
    "a way to log in that there is not": ('[salesforce]\nauth = "jtw"\n', 2, 8, "UnknownWord", "jtw", "jwt"),
    "a share above one": ("[hubspot]\napi_share = 1.5\n", 2, 13, "BadValue", "1.5", ""),
    "a level misspelt": ('[log]\nlevel = "wrning"\n', 2, 9, "UnknownWord", "wrning", "warning"),
    "a schedule of no known form": ('[schedule]\nsync = "evry 5 minutes"\n', 2, 8, "BadValue", "evry 5 minutes", ""),
    "a cron line out of range": ('[schedule]\naudit = "0 25 * * *"\n', 2, 9, "BadValue", "0 25 * * *", ""),
    "a time zone that there is not": ('[schedule]\ntimezone = "Berlin"\n', 2, 12, "BadValue", "Berlin", ""),
    "a limit without a share": ("[breaker]\ndelete = { floor = 1 }\n", 2, 10, "MissingKey", "share", ""),
    "an unknown limit": ("[breaker]\ndeletes = { floor = 1, share = 0.1 }\n", 2, 1, "UnknownKey", "deletes", "delete"),
    "a door without a port": ('[web]\nbind = "localhost"\n', 2, 8, "BadValue", "localhost", ""),
    "an address that is none": ('[hubspot]\nbase_url = "api.hubapi.com"\n', 2, 12, "BadValue", "api.hubapi.com", ""),
    "an address cut short": ('[hubspot]\nbase_url = "https://[::1"\n', 2, 12, "BadValue", "", ""),
    "a log-in in an address": (
        f'[hubspot]\nbase_url = "https://me:{SECRET}@a.example"\n', 2, 12, "LiteralSecret", "", "",
    ),
    "a log-in in clear text": (
        '[salesforce]\nlogin_url = "http://acme.example"\n', 2, 13, "InsecureUrl", "http://acme.example", "",
    ),
    "a secret in the file": (f'[hubspot]\n\naccess_token = "{SECRET}"\n', 3, 16, "LiteralSecret", "", ""),
    "a secret in the file beside an address elsewhere": (
        f'[sandbox]\nfile = "s.json"\n[hubspot]\nbase_url = "https://api.hubapi.com"\naccess_token = "{SECRET}"\n',
        5, 16, "LiteralSecret", "", "",
    ),
    "a key in the file": (
        f'[salesforce]\nprivate_key = """-----BEGIN PRIVATE KEY-----\n{SECRET}\n"""\n', 2, 15, "LiteralSecret", "", "",
    ),
    "a provider's key in the file": (f'[enrichment.acme]\napi_key = "{SECRET}"\n', 2, 11, "LiteralSecret", "", ""),
    "a password in the address of the state": (
        f'[state]\nurl = "postgresql+psycopg://u:{SECRET}@db.example.com/x"\n', 2, 7, "LiteralSecret", "", "",
    ),
    "a secret of the wrong type": ("[hubspot]\naccess_token = 12345\n", 2, 16, "BadValue", "", ""),
    "broken TOML": ('[state]\nurl = sqlite\n', 2, 7, "BadToml", "", ""),
}  # fmt: skip


@pytest.mark.parametrize("story", MISTAKES)
def test_each_mistake_is_named_placed_and_answered(story: str) -> None:
    text, line, column, name, wrong, near = MISTAKES[story]
    with pytest.raises(ConfigError) as caught:
        load_config(write(text))
    (problem,) = caught.value.problems
    assert (problem.line, problem.column, problem.name) == (line, column, name)
    assert (problem.wrong, problem.nearest) == (wrong, near)
    assert problem.action
    assert caught.value.exit_code == Exit.CONFIG
    assert SECRET not in f"{caught.value}{caught.value!r}{caught.value.as_json()}"


def test_all_mistakes_come_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(write('[log]\nlevel = "x"\n[web]\nbnd = ":1"\n[hubspot]\naccess_token = "literal"\n'))
    assert [(p.line, p.name) for p in caught.value.problems] == [
        (2, "UnknownWord"), (4, "UnknownKey"), (6, "LiteralSecret"),
    ]  # fmt: skip


def test_a_file_that_is_not_there_is_named() -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.toml: error: FileMissing"):
        load_config(Path("nowhere.toml"))


LITERALS = [
    '[salesforce]\ninstance_url = "http://127.0.0.1:8080"\naccess_token = "x"\n',
    '[salesforce]\nlogin_url = "https://localhost:1"\ninstance_url = "https://[::1]:2"\nclient_secret = "x"\n',
    '[hubspot]\nbase_url = "https://127.0.0.2:8443"\naccess_token = "x"\n',
    '[sandbox]\nfile = "s.json"\n[hubspot]\naccess_token = "x"\n',
    '[state]\nurl = "postgresql+psycopg://u:p@127.0.0.1/x"\n',
    '[salesforce]\nprivate_key = "keys/salesforce.pem"\n',
]


@pytest.mark.parametrize("text", LITERALS)
def test_literal_secrets_are_taken_for_this_machine(text: str) -> None:
    assert load_config(write(text)).config


def test_the_environment_comes_before_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    path = write('[salesforce]\ninstance_url = "https://a.example"\napi_share = 0.5\n')
    monkeypatch.setenv("SYNCER_SALESFORCE__INSTANCE_URL", "https://b.example")
    monkeypatch.setenv("SYNCER_SCHEDULE__SYNC", "every 2 hours")
    monkeypatch.setenv("SYNCER_HUBSPOT__ACCESS_TOKEN", SECRET)
    monkeypatch.setenv("SYNCER_ENRICHMENT__ACME__DAILY_CREDITS", "7")
    monkeypatch.setenv("SYNCER_UNRELATED", "x")
    loaded = load_config(path)
    assert loaded.config.salesforce.instance_url == "https://b.example"
    assert loaded.config.salesforce.api_share == 0.5
    assert loaded.config.schedule.sync == Every(7200)
    assert loaded.config.enrichment["acme"].daily_credits == 7
    assert loaded.hubspot_login().access_token == SECRET
    assert SECRET not in repr(loaded)


@pytest.mark.parametrize(
    ("variable", "value", "name", "near"),
    [
        ("SYNCER_SALESFORCE__INSTANSE_URL", "https://b.example", "UnknownKey", "instance_url"),
        ("SYNCER_SALESFROCE__INSTANCE_URL", "https://b.example", "UnknownKey", "salesforce"),
        ("SYNCER_LOG__FORMAT", "jsn", "UnknownWord", "json"),
        ("SYNCER_HUBSPOT__API_SHARE", "many", "BadValue", ""),
    ],
)
def test_a_mistake_in_the_environment_names_the_variable(
    variable: str, value: str, name: str, near: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(ConfigError) as caught:
        load_config(write(""))
    (problem,) = caught.value.problems
    assert (problem.file.upper(), problem.line, problem.name, problem.nearest) == (variable, 0, name, near)


def test_the_file_is_found_in_the_order_of_the_contract() -> None:
    assert load_config().path == packaged(NAMES[1])
    assert load_config().folder == Path.cwd(), "what ships writes nothing beside itself"
    Path("config.example.toml").write_text('[log]\nlevel = "debug"\n')
    assert load_config().config.log.level == "debug"
    write('[log]\nlevel = "error"\n')
    assert load_config().config.log.level == "error"


def test_relative_paths_count_from_the_file(tmp_path: Path) -> None:
    folder = tmp_path / "etc"
    (folder / "mappings").mkdir(parents=True)
    (folder / "c.toml").write_text("")
    loaded = load_config(folder / "c.toml")
    assert loaded.state_url() == f"sqlite:////{str(folder).lstrip('/')}/var/syncer.db"
    assert loaded.mappings_dir() == folder / "mappings"
    (folder / "mappings").rmdir()
    assert loaded.mappings_dir() == packaged("mappings")
    (folder / "c.toml").write_text('[mappings]\ndir = "mine"\n[state]\nurl = "sqlite:////srv/x.db"\n')
    assert load_config(folder / "c.toml").mappings_dir() == folder / "mine", "a named folder is never replaced"
    assert load_config(folder / "c.toml").state_url() == "sqlite:////srv/x.db"


def test_without_a_word_the_limits_are_those_of_the_stages() -> None:
    assert load_config(write("")).settings() == Settings()
    changed = load_config(
        write("[breaker]\ncreate = { floor = 1, share = 0 }\n[engine]\nverify_batch = 7\n")
    ).settings()
    assert (changed.breaker.create.floor, changed.verify_batch) == (1, 7)


def at(day: int, hour: int = 0) -> datetime:
    return datetime(2026, 1, day, hour, tzinfo=UTC)


CRON = {  # 1 January 2026 is a Thursday: line -> asked at, next
    "0 3 * * *": (at(1), at(1, 3)),
    "0 3 * * 0": (at(1), at(4, 3)),
    "0 3 * * 7": (at(1), at(4, 3)),
    "0 3 * * 1-5": (at(3), at(5, 3)),
    "0 3 * * sun-tue": (at(1), at(4, 3)),
    "0 0 * * */3": (at(1, 1), at(3)),
}


@pytest.mark.parametrize("line", CRON)
def test_cron_lines_run_when_they_say_with_sunday_as_cron_counts_it(line: str) -> None:
    now, following = CRON[line]
    schedule = parse_schedule(line)
    assert schedule == Cron(line)
    assert schedule.trigger("UTC").get_next_fire_time(None, now) == following


@pytest.mark.parametrize(
    ("text", "seconds"), [("every 5 minutes", 300), ("Every  hour", 3600), ("every 2 days", 172_800)]
)
def test_distances_are_in_plain_words(text: str, seconds: int) -> None:
    schedule = parse_schedule(text)
    assert schedule == Every(seconds)
    assert schedule.trigger("UTC").interval.total_seconds() == seconds


MEANINGLESS = ["every 0 minutes", "every", "5 minutes", "* * * *", "0 3 * * 8", "0 3 * * 5-1", "x 3 * * *"]


@pytest.mark.parametrize("text", MEANINGLESS)
def test_schedules_that_mean_nothing_are_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_schedule(text)


def test_never_is_a_schedule() -> None:
    assert parse_schedule("never") is None
