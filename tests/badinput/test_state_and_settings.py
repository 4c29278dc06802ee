"""The configuration, the mappings and the state file: broken, taken, full, of another account."""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.app import Sandbox, SandboxOptions
from sandbox.faults import FaultKind, FaultRule
from syncer.errors import Exit
from syncer.store.database import open_store
from tests.badinput.synced import CONFIG, MAPPINGS, Ended, HastyClock, Synced, synced


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Synced]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("syncer.engine.session.SystemClock", HastyClock)
        with synced(tmp_path_factory.mktemp("state")) as made:
            yield made


def refused(ended: Ended, code: Exit, name: str, *words: str) -> None:
    """The command ended with this code and an error of this name that says all these words."""
    assert ended.code == code, ended.text
    error = ended.document.get("error") or next(iter(ended.document["paused"].values()))
    told = f"{error['message']} {error['action']}"
    assert error["name"] == name, error
    assert error["action"], "nobody is told what to do"
    assert [word for word in words if word not in told] == [], told


def in_step(world: Synced) -> None:
    """Everything works again, and what people entered meanwhile arrives."""
    bystander = world.bystander()
    ended = world.sync()
    assert ended.code == Exit.DONE, ended.text
    assert bystander.arrived() == ["left", "right"]


def other_config(world: Synced, name: str, text: str) -> Path:
    path = world.folder / name
    path.write_text(text, encoding="utf-8")
    return path


# -- what admins write

ROOM = 9 * 4096  # bytes a file may have: the shared index of the log, and a page more
AWAY = "https://acme.my.salesforce.com"
BROKEN = {
    "broken TOML": ('[state]\nurl = "sqlite:///syncer.db\n', ("broken.toml:2",)),
    "an unknown key": (CONFIG + "[breaker]\nenabeld = true\n", ("enabeld", "enabled")),
    "a literal secret": (CONFIG + f'[salesforce]\nlogin_url = "{AWAY}"\nclient_secret = "abc"\n', ("client_secret",)),
    "a secret that is not there": (CONFIG + '[hubspot]\naccess_token = "env:NOT_SET"\n', ("NOT_SET",)),
    "a key file that is not there": (CONFIG + '[salesforce]\nprivate_key = "file:nowhere.pem"\n', ("nowhere.pem",)),
}


@pytest.mark.parametrize(("text", "words"), list(BROKEN.values()), ids=list(BROKEN))
def test_a_wrong_configuration_is_refused_with_the_place_and_the_right_word(world, text, words) -> None:
    ended = world.run("sync", config=other_config(world, "broken.toml", text))
    assert ended.code == Exit.CONFIG, ended.text
    error = ended.document["error"]
    assert error["name"]
    assert error["action"]
    assert "abc" not in error["message"].split(), "a secret was told"
    told = f"{error['message']} {error['action']} {error.get('problems', '')}"
    assert [word for word in words if word not in told] == [], told


def test_an_unknown_field_in_a_mapping_is_named_with_its_line_and_the_nearest_right_one(world: Synced) -> None:
    folder = world.folder / "wrong-mappings"
    shutil.copytree(MAPPINGS, folder)
    text = (folder / "person.toml").read_text(encoding="utf-8")
    rows = text.splitlines()
    line = next(number for number, row in enumerate(rows, 1) if row == 'name = "job_title"')
    (folder / "person.toml").write_text(text.replace('"Title"', '"Titel"'), encoding="utf-8")
    config = other_config(world, "mapped.toml", CONFIG.replace(str(MAPPINGS), str(folder)))
    ended = world.run("check", config=config)
    assert ended.code == Exit.CONFIG, ended.text
    found = next(problem for problem in ended.document["problems"] if problem["wrong"] == "Titel")
    assert found["nearest"] == "Title"
    assert rows[found["line"] - 1] in ("[[field]]", rows[line - 1], rows[line])
    assert abs(found["line"] - line) <= 2
    assert found["file"].endswith("person.toml")
    assert "Title" in found["action"]


LOG_INS = {
    "a wrong client": ('[salesforce]\nclient_id = "3MVG9nobody"\n', "left", "AuthError", ("client",)),
    "a wrong user": ('[salesforce]\nusername = "nobody@acme.example"\n', "left", "AuthError", ("user",)),
    "an unknown token": ('[hubspot]\naccess_token = "env:WRONG_TOKEN"\n', "right", "AuthError", ("access_token",)),
}


@pytest.mark.parametrize(("text", "side", "name", "words"), list(LOG_INS.values()), ids=list(LOG_INS))
def test_a_wrong_log_in_pauses_its_side_with_77_and_loses_nothing(
    world: Synced, monkeypatch: pytest.MonkeyPatch, text: str, side: str, name: str, words: tuple[str, ...]
) -> None:
    monkeypatch.setenv("WRONG_TOKEN", "pat-na1-00000000-0000-0000-0000-000000000000")
    bystander = world.bystander()
    with world.sandbox.lock:
        world.sandbox.driver.advance(20_000)
    ended = world.run("sync", config=other_config(world, "denied.toml", CONFIG + text))
    assert side in ended.document["paused"]
    refused(ended, Exit.DENIED, name, *words)
    assert "pat-na1" not in ended.text
    assert world.sync().code == Exit.DONE
    assert bystander.arrived() == ["left", "right"]


# -- whose accounts these are


def test_a_state_of_other_accounts_is_never_synced_with_these(world: Synced, tmp_path: Path) -> None:
    with Sandbox.start(SandboxOptions(folder=tmp_path, accounts=0, people=0, seed=7, portal={"portal_id": 7})) as other:
        shutil.copy(world.folder / "syncer.db", tmp_path / "syncer.db")
        (tmp_path / "config.toml").write_text(CONFIG, encoding="utf-8")
        before = len(other.ledger)
        ended = world.run("sync", config=tmp_path / "config.toml")
        assert len(other.ledger) == before
    refused(ended, Exit.CONFIG, "WrongAccount", "7", "[state] url")


# -- the state file


def test_a_second_instance_is_told_who_holds_the_state(world: Synced) -> None:
    store = open_store(f"sqlite:///{world.folder / 'syncer.db'}", exclusive=True)
    try:
        refused(world.run("sync"), Exit.LOCKED, "StateLocked", str(os.getpid()))
    finally:
        store.close()
    in_step(world)


@pytest.mark.parametrize("spoil", ["overwritten", "cut", "no database"])
def test_a_damaged_state_stops_everything_before_a_call_is_made(world: Synced, tmp_path: Path, spoil: str) -> None:
    path = tmp_path / "syncer.db"
    shutil.copy(world.folder / "syncer.db", path)
    body = path.read_bytes()
    spoiled = {
        "overwritten": body[:100] + b"\xff" * 60_000 + body[60_100:],
        "cut": body[: len(body) // 3],
        "no database": b"this was a database once\n" * 1_000,
    }
    path.write_bytes(spoiled[spoil])
    text = CONFIG.replace('file = "sandbox.json"', f'file = "{world.folder / "sandbox.json"}"')
    (tmp_path / "config.toml").write_text(text, encoding="utf-8")
    before = len(world.sandbox.ledger)
    refused(world.run("sync", config=tmp_path / "config.toml"), Exit.FAILED, "StoreCorrupt", "backup")
    assert len(world.sandbox.ledger) == before, "something was written to a system"


def test_a_full_disk_undoes_the_last_step_and_the_next_run_goes_on(world: Synced) -> None:
    """The process may not let any file grow: what a full disk does, without filling one."""
    bystander = world.bystander()
    with world.sandbox.lock:
        world.sandbox.driver.advance(20_000)
    words = [sys.executable, "-m", "syncer", "sync", "--config", str(world.folder / "config.toml"), "--json"]
    made = subprocess.run(
        words,
        capture_output=True,
        text=True,
        timeout=60,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, ROOM)),
    )
    assert made.returncode == Exit.FAILED, made.stdout + made.stderr
    error = json.loads(made.stdout)["error"]
    assert error["name"] in ("StoreDisk", "StoreFull")
    assert "nothing was lost" in error["message"]
    assert "disk" in error["action"]
    for _ in range(2):
        ended = world.sync()
    assert ended.code == Exit.DONE, ended.text
    assert bystander.arrived() == ["left", "right"]


# -- answers that never came


@pytest.mark.parametrize("kind", [FaultKind.TIMEOUT_AFTER, FaultKind.TRUNCATED, FaultKind.BAD_GATEWAY])
@pytest.mark.parametrize("system", ["salesforce", "hubspot"])
def test_a_write_whose_answer_is_lost_is_settled_by_reading_and_never_done_twice(world, kind, system: str) -> None:
    person = world.another()
    world.edit_left(person, FirstName=f"N{world.taken}")
    world.edit_right(person, jobtitle=f"J{world.taken}")
    email = f"new{world.taken}@newcomer.example"
    with world.sandbox.lock:
        if system == "hubspot":
            world.sandbox.org.create("Lead", {"LastName": "New", "Company": "New", "Email": email}, "human:ann")
        else:
            values = {"lastname": "New", "company": "New", "email": email, "lifecyclestage": "lead"}
            world.sandbox.portal.create("contacts", values, "human:bob")
    path = "/batch/(upsert|update)" if system == "hubspot" else "/composite"
    method = "POST" if system == "hubspot" else "PATCH|POST"
    world.sandbox.faults[system].add(FaultRule(kind, rate=1.0, path=path, method=method, times=6))
    world.sync()
    world.sandbox.faults[system].replace(())
    for _ in range(3):
        ended = world.sync()
    assert ended.code == Exit.DONE, ended.text
    assert not ended.document["open_intents"]
    assert world.right(person, "firstname") == f"N{world.taken}"
    assert world.left(person, "Title") == f"J{world.taken}"
    leads = [row for row in world.sandbox.org.records("Lead") if row["Email"] == email]
    contacts = [row for row in world.sandbox.portal.records("contacts") if row["email"] == email]
    assert (len(leads), len(contacts)) == (1, 1)
