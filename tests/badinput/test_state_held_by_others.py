"""Another program holds the state's file: a copy tool, a shell on the database. It is named, and nothing is lost."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from syncer.errors import Exit, TemporaryError
from syncer.store import open_store
from tests.badinput.synced import Synced, synced
from tests.stages.test_outbound_sync import run
from tests.stages.world import make_pair

HOLD = """
import sqlite3, sys
base = sqlite3.connect(sys.argv[1], isolation_level=None)
base.execute("BEGIN EXCLUSIVE")
print("held", flush=True)
sys.stdin.read()
base.execute("ROLLBACK")
"""


@contextmanager
def held(file: Path) -> Iterator[None]:
    """A process of its own, which knows nothing of our lock, in the middle of a transaction."""
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None and process.stdout.readline() == b"held\n"
        yield
    finally:
        process.communicate()


@pytest.fixture(autouse=True)
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a minute of waiting for the file is shortened; what happens after it is the same."""
    from syncer.store import connection

    shorter = [text.replace("busy_timeout = 30000", "busy_timeout = 300") for text in connection.SQLITE_PRAGMAS]
    assert shorter != list(connection.SQLITE_PRAGMAS)
    monkeypatch.setattr(connection, "SQLITE_PRAGMAS", tuple(shorter))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Synced]:
    with synced(tmp_path_factory.mktemp("held")) as made:
        yield made


@pytest.mark.parametrize(
    "words", [("sync",), ("plan",), ("quarantine", "retry", "--code", "x"), ("undo", "last", "--yes")]
)
def test_a_command_that_cannot_write_the_state_says_who_must_do_what_and_comes_again(world: Synced, words) -> None:
    bystander, before = world.bystander(), len(world.sandbox.ledger)
    with held(world.folder / "syncer.db"):
        ended = world.run(*words)
    if words[0] == "quarantine":  # it looks first, and there is nothing to decide about
        assert (ended.code, ended.document["error"]["name"]) == (Exit.USAGE, "NoSuchCell")
    else:
        assert (ended.code, ended.document["error"]["name"]) == (Exit.TEMPORARY, "StoreBusy"), ended.text
        assert "other program" in ended.document["error"]["action"]
    assert len(world.sandbox.ledger) == before, "something was written to a system"
    for _ in range(2):
        ended = world.sync()
    assert ended.code == Exit.DONE, ended.text
    assert bystander.arrived() == ["left", "right"]


@pytest.mark.parametrize("point", ["reconciled", "sent", "answered", "recorded"])
def test_a_file_that_is_seized_in_the_middle_of_a_run_costs_that_run_alone(tmp_path: Path, point: str) -> None:
    file = tmp_path / "syncer.db"
    pair = make_pair(store=open_store(f"sqlite:///{file}", exclusive=True))
    pair.lead(Email="jane@acme.example", Title="Buyer")
    seized = held(file)

    def seize(at: str) -> None:
        if at == point:
            seized.__enter__()

    with pytest.raises(TemporaryError) as caught:
        run(pair, probe=seize)
    seized.__exit__(None, None, None)
    assert caught.value.name == "StoreBusy"
    for _ in range(3):
        run(pair)
    assert [row["jobtitle"] for row in pair.portal.records("contacts")] == ["Buyer"]
    with pair.store.snapshot() as tx:
        assert tx.intents.count_open() == {}
    pair.store.close()
