"""Opening a state: one instance at a time, and every way in which it can be unusable has a name and an action."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import make_url

from syncer.errors import StateLockedError, SyncerError
from syncer.store import Store, only_daemon, open_store
from syncer.store.errors import StoreCorruptError, StoreError, StoreFullError, StoreReadOnlyError, StoreUrlError
from syncer.store.rows import MetaRow, RecordRow
from syncer.store.verify import verify

ROW = RecordRow("left", "Contact", "003A", 1, 1, {"F": "x"}, "live")
HOLD = """
import sys
from syncer.store import open_store
store = open_store(sys.argv[1], exclusive=True)
print("held", flush=True)
sys.stdin.read()
"""
DIE = """
import os, signal, sys
from syncer.store import open_store
from syncer.store.rows import MetaRow, RecordRow
store = open_store(sys.argv[1], exclusive=True)
with store.transaction() as tx:
    tx.meta.put(MetaRow(left_org="committed"))
with store.transaction() as tx:
    tx.meta.put(MetaRow(left_org="never"))
    tx.records.upsert([RecordRow("left", "Contact", str(n), 1, 1, {"F": "x" * 500}, "live") for n in range(20_000)])
    os.kill(os.getpid(), signal.SIGKILL)
"""


@contextmanager
def holder(url: str) -> Iterator[subprocess.Popen]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout.readline() == "held\n"
        yield process
    finally:
        process.kill()
        process.communicate()


def opened_soon(url: str) -> Store:
    """PostgreSQL notices a killed client within moments, not at once."""
    until = time.monotonic() + 20
    while True:
        try:
            return open_store(url, exclusive=True)
        except StateLockedError:
            if time.monotonic() > until:
                raise


def test_a_second_instance_is_told_who_holds_the_state_and_may_read_it(state_url: str) -> None:
    with holder(state_url) as process:
        with pytest.raises(StateLockedError) as caught:
            open_store(state_url, exclusive=True)
        assert (caught.value.name, caught.value.exit_code) == ("StateLocked", 5)
        assert f"process {process.pid} on {socket.gethostname()}, since 20" in caught.value.message
        reader = open_store(state_url, exclusive=False)
        with reader.snapshot() as tx:
            assert tx.records.count_dirty() == 0
        with pytest.raises(StoreReadOnlyError), reader.transaction():
            pass
        reader.close()
        assert verify(state_url) == []
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        store = opened_soon(state_url)
        store.close()
    open_store(state_url, exclusive=True).close()


def test_who_waits_for_the_state_gets_it_when_it_is_free_and_is_told_who_holds_it_when_it_stays_held(
    state_url: str,
) -> None:
    with holder(state_url) as process:
        with pytest.raises(StateLockedError, match=f"process {process.pid}"):
            open_store(state_url, exclusive=True, wait_s=0.2)
        threading.Timer(0.3, process.kill).start()
        open_store(state_url, exclusive=True, wait_s=20).close()


def test_one_daemon_on_a_state_and_the_state_itself_stays_free_beside_it(state_url: str) -> None:
    with only_daemon(state_url):
        with pytest.raises(StateLockedError) as caught, only_daemon(state_url):
            pass
        assert (caught.value.name, caught.value.exit_code) == ("DaemonRuns", 5)
        open_store(state_url, exclusive=True).close()
    with only_daemon(state_url):
        pass


def test_a_kill_in_the_middle_of_a_transaction_leaves_nothing_of_it(state_url: str) -> None:
    died = subprocess.run([sys.executable, "-c", DIE, state_url], check=False)
    assert died.returncode == -signal.SIGKILL
    store = opened_soon(state_url)
    with store.snapshot() as tx:
        assert tx.meta.get().left_org == "committed"
        assert tx.records.count("left", "Contact") == 0
    store.close()


def test_an_error_undoes_the_whole_transaction(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.transaction() as tx:
        assert tx.records.upsert([ROW]) / 0
    with store.transaction() as tx:
        assert tx.records.count("left", "Contact") == 0
        tx.records.upsert([ROW])
    with store.snapshot() as tx:
        assert tx.records.get_many("left", "Contact", ["003A"])["003A"].dirty_seq == 1


def test_a_snapshot_cannot_write_and_does_not_see_what_comes_later(store: Store) -> None:
    with store.snapshot() as tx:
        assert tx.records.count_dirty() == 0
        with store.transaction() as other:
            other.records.upsert([ROW])
        assert tx.records.count_dirty() == 0
    with pytest.raises(StoreReadOnlyError), store.snapshot() as tx:
        tx.meta.put(MetaRow())
    with store.transaction() as tx:  # and the connection writes again
        tx.meta.put(MetaRow())
        assert tx.records.count_dirty() == 1


def test_writers_take_turns(store: Store) -> None:
    def add(number: int) -> None:
        with store.transaction() as tx:
            before = tx.meta.get().rule_epoch
            tx.records.upsert([RecordRow("left", "Contact", str(number), 1, 1, {}, "live")])
            tx.meta.put(MetaRow(rule_epoch=before + 1))

    threads = [threading.Thread(target=add, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.snapshot() as tx:
        assert (tx.meta.get().rule_epoch, tx.records.count("left", "Contact")) == (9, 8)
        assert {row.dirty_seq for row in tx.records.dirty([("left", "Contact")], 99)} == set(range(1, 9))


def test_an_instance_that_lost_its_lease_cannot_write_any_more(postgres_url: str) -> None:
    store = open_store(postgres_url, exclusive=True)
    with store.engine.connect() as connection:  # as a successor does, once the server has dropped our session
        connection.exec_driver_sql("UPDATE lease SET token = token + 1, holder = '{}'")
    with pytest.raises(StateLockedError), store.transaction():
        pass
    store.close()


@pytest.mark.parametrize("url", ["sqlite://", "file"])
def test_a_transaction_inside_another_is_refused_and_harms_nothing(url: str, tmp_path: Path) -> None:
    store = open_store(url if url == "sqlite://" else f"sqlite:///{tmp_path}/state.db", exclusive=True)
    inner = [store.transaction] + ([store.snapshot] if url == "sqlite://" else [])
    with store.transaction() as tx:
        tx.records.upsert([ROW])
        for begin in inner:
            with pytest.raises(StoreError, match="inside another"), begin():
                pass
    with store.snapshot() as tx:
        assert tx.records.count("left", "Contact") == 1
    store.close()


def test_a_state_in_memory_reads_and_writes_through_one_connection() -> None:
    store = open_store("sqlite://", exclusive=True)
    with store.transaction() as tx:
        tx.records.upsert([ROW])
    with pytest.raises(StoreReadOnlyError), store.snapshot() as tx:
        tx.records.upsert([ROW, RecordRow("left", "Contact", "new", 1, 1, {}, "live")])
    with store.transaction() as tx:
        assert tx.records.count("left", "Contact") == 1
    store.close()


def _cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2 + 100)


def _scribbled(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (path.stat().st_size - 4096))


@pytest.mark.parametrize(
    "damage",
    [lambda path: path.write_bytes(b"not a database at all" * 400), _cut, _scribbled],
    ids=["another file", "truncated", "scribbled over"],
)
def test_a_damaged_file_is_refused_and_found(tmp_path: Path, damage: object) -> None:
    url, path = f"sqlite:///{tmp_path}/state.db", tmp_path / "state.db"
    store = open_store(url, exclusive=True)
    with store.transaction() as tx:
        tx.records.upsert([RecordRow("left", "Contact", str(n), 1, 1, {"F": "x" * 300}, "live") for n in range(500)])
    store.close()
    damage(path)
    with pytest.raises(StoreCorruptError) as caught:
        open_store(url, exclusive=True)
    assert "backup" in caught.value.action
    assert verify(url)[0].name == "StoreCorrupt"


def test_a_full_disk_undoes_the_step_and_loses_nothing(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/state.db", exclusive=True)
    with store.transaction() as tx:
        tx.records.upsert([ROW])
    with store.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 5}")
    big = [RecordRow("left", "Contact", str(n), 1, 1, {"F": "x" * 2000}, "live") for n in range(500)]
    with pytest.raises(StoreFullError) as caught, store.transaction() as tx:
        tx.records.upsert(big)
    assert "Free disk space" in caught.value.action
    with store.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 100000")
    with store.transaction() as tx:
        assert tx.records.count("left", "Contact") == 1
        assert tx.records.upsert(big) == 500
    store.close()


@pytest.mark.parametrize(
    ("url", "name"),
    [("", "StoreUrl"), ("mysql://x/y", "StoreUrl"), ("postgresql://x/y", "StoreUrl"), (":::", "StoreUrl")],
)
def test_an_address_of_no_known_database_is_a_matter_of_configuration(url: str, name: str) -> None:
    with pytest.raises(StoreUrlError) as caught:
        open_store(url, exclusive=True)
    assert (caught.value.name, caught.value.exit_code) == (name, 78)


def test_an_unreachable_server_is_temporary_and_a_refused_log_in_is_not(
    postgres_folder: Path, postgres_url: str
) -> None:
    cases = {
        f"postgresql+psycopg://syncer:s3cret@/postgres?host={postgres_folder}/nowhere": ("StoreUnreachable", 75),
        "postgresql+psycopg://syncer:s3cret@127.0.0.1:1/postgres": ("StoreUnreachable", 75),
        f"postgresql+psycopg://stranger:s3cret@/postgres?host={postgres_folder}": ("StoreDenied", 77),
        f"postgresql+psycopg://syncer:s3cret@/nowhere?host={postgres_folder}": ("StoreNoDatabase", 78),
    }
    for url, expected in cases.items():
        for exclusive in (True, False):
            with pytest.raises(SyncerError) as caught:
                open_store(url, exclusive=exclusive)
            assert (caught.value.name, caught.value.exit_code) == expected
            assert caught.value.action
            assert "s3cret" not in json.dumps(caught.value.as_json())
    assert make_url(postgres_url).password is None


def test_a_place_that_cannot_be_used_is_denied_by_name(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "other.db.lock").mkdir()
    (tmp_path / "folder.db").mkdir()
    for path in ("file/state.db", "other.db", "folder.db"):
        with pytest.raises(SyncerError) as caught:
            open_store(f"sqlite:///{tmp_path}/{path}", exclusive=True)
        assert (caught.value.name, caught.value.exit_code) == ("StoreDenied", 77)


def test_the_file_of_a_state_is_for_its_owner_alone(tmp_path: Path) -> None:
    open_store(f"sqlite:///{tmp_path}/var/state.db", exclusive=True).close()
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "var").iterdir()} == {0o600}
