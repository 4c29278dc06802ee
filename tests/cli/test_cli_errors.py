"""What can be wrong when a command starts: each has a name, a message, an action and its exit code."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import URL, Engine, event

from syncer.store import database, open_store
from tests.cli.cli_world import CliWorld, syncer

Prepare = Callable[[CliWorld, Path], Path]


def config(world: CliWorld, folder: Path, text: str = "", *, card: bool = True) -> Path:
    """A configuration in a folder of its own, with a copy of the shared state."""
    shutil.copytree(world.folder / "mappings", folder / "mappings")
    with sqlite3.connect(world.folder / "syncer.db") as state, sqlite3.connect(folder / "syncer.db") as copy:
        state.backup(copy)
    state.close()
    copy.close()
    if card:
        shutil.copy(world.folder / "sandbox.json", folder / "sandbox.json")
    path = folder / "config.toml"
    path.write_text('[state]\nurl = "sqlite:///syncer.db"\n[sandbox]\nfile = "sandbox.json"\n' + text)
    return path


def broken_toml(world: CliWorld, folder: Path) -> Path:
    return config(world, folder, "[salesforce\n")


def broken_mapping(world: CliWorld, folder: Path) -> Path:
    made = config(world, folder)
    person = folder / "mappings" / "person.toml"
    person.write_text(person.read_text().replace('type = "email"', 'type = "emial"', 1))
    return made


def wrong_login(world: CliWorld, folder: Path) -> Path:
    url = world.sandbox.salesforce_url
    text = '[salesforce]\nauth = "client_credentials"\nclient_secret = "not-the-secret"\n'
    return config(world, folder, f'{text}login_url = "{url}"\n')


def wrong_token(world: CliWorld, folder: Path) -> Path:
    return config(
        world, folder, f'[hubspot]\nbase_url = "{world.sandbox.hubspot_url}"\naccess_token = "pat-na1-not-the-secret"\n'
    )


def no_sandbox(world: CliWorld, folder: Path) -> Path:
    return config(world, folder, card=False)


def corrupt_state(world: CliWorld, folder: Path) -> Path:
    made = config(world, folder)
    (folder / "syncer.db").write_bytes(b"this was a state once" * 400)
    return made


def other_org(world: CliWorld, folder: Path) -> Path:
    made = config(world, folder)
    store = open_store(f"sqlite:///{folder / 'syncer.db'}", exclusive=True)
    with store.transaction() as tx:
        tx.meta.put(replace(tx.meta.get(), left_org="00D000000000002EAA"))
    store.close()
    return made


@pytest.mark.parametrize(
    ("prepare", "code", "name", "says"),
    [
        (broken_toml, 78, "BadToml", "config.toml:5"),
        (broken_mapping, 78, "", "person.toml"),
        (wrong_login, 77, "", "Salesforce"),
        (wrong_token, 77, "", "HubSpot"),
        (no_sandbox, 75, "", "syncer sandbox"),
        (corrupt_state, 1, "StoreCorrupt", "backup"),
        (other_org, 78, "WrongAccount", "00D000000000002EAA"),
    ],
)
def test_a_cycle_that_cannot_start_says_who_must_do_what(
    world: CliWorld, tmp_path: Path, prepare: Prepare, code: int, name: str, says: str
) -> None:
    made = prepare(world, tmp_path)
    as_json = syncer("sync", "--json", config=made)
    as_text = world.run("sync", config=made)
    document = as_json.json
    told = [document["error"]] if "error" in document else list(document["paused"].values())

    assert (as_json.code, as_text.code) == (code, code), as_json.out + as_text.err
    assert told
    assert all(item["name"] and item["message"] and item["action"] for item in told)
    assert not name or told[0]["name"] == name
    assert says in (as_text.out + as_text.err).replace("\n", " ")
    assert "Traceback" not in as_text.err + as_json.err
    assert "not-the-secret" not in as_json.out + as_text.out + as_text.err


def test_a_state_that_is_not_there_is_not_made_by_looking_at_it(world: CliWorld, tmp_path: Path) -> None:
    made = config(world, tmp_path)
    (tmp_path / "syncer.db").unlink()
    for words in (("status",), ("why", "hs:1"), ("review", "list"), ("quarantine", "retry", "--all")):
        done = world.run(*words, "--json", config=made)
        assert (done.code, done.json["error"]["name"]) == (1, "StoreMissing"), words
    assert not (tmp_path / "syncer.db").exists()


def test_a_full_disk_ends_the_command_by_name_and_loses_nothing(
    world: CliWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = config(world, tmp_path)
    (tmp_path / "syncer.db").unlink()
    real = database.make_engine

    def on_a_small_disk(address: URL) -> Engine:
        """SQLite itself says "full" beyond that many pages."""
        engine = real(address)
        event.listen(engine, "connect", lambda raw, _: raw.execute("PRAGMA max_page_count = 150"))
        return engine

    with monkeypatch.context() as patched:
        patched.setattr(database, "make_engine", on_a_small_disk)
        done = world.run("sync", "--json", config=made)
    after = world.run("state", "verify", config=made)
    again = world.run("sync", "--json", config=made)

    assert (done.code, done.json["error"]["name"]) == (1, "StoreFull"), done.out
    assert "Free disk space" in done.json["error"]["action"]
    assert after.code == 0, after.out
    assert (again.code, again.json["counts"]["awaits_first_approval"]) == (6, 1)
