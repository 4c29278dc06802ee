"""Migrating, copying and looking over a state, on both databases."""

from __future__ import annotations

import shutil
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect

from syncer.core.claims import Authority, Evidence, claim, from_json, to_json
from syncer.store import Store, open_store, schema
from syncer.store.backup import backup, restore
from syncer.store.connection import make_engine, parsed
from syncer.store.database import claimed
from syncer.store.errors import StoreCorruptError, StoreError, StoreMissingError, StoreVersionError
from syncer.store.knowledge_rows import (
    ClaimRow,
    DocumentRow,
    HandOffRow,
    MembershipRow,
    ModelRow,
    NoticeRow,
    ObjectionRow,
    VerdictHistoryRow,
    VerdictRow,
)
from syncer.store.migrate import Migrated, configuration, migrate, upgrade
from syncer.store.rows import JournalRow, LinkRow, MetaRow, RecordRow, ShadowRow
from syncer.store.tables import metadata
from syncer.store.verify import PROMISES, verify

SAID = claim("l1", "size", 12, Authority.PROVIDER, "pdl", 7, evidence=(Evidence("zwölf"),))
LOSS = JournalRow(0, "r", "l1", "left", "C", "1", "f", "a", "b", None, "rule", "why", 1, 2, "effective", "i", 3)


def filled(store: Store) -> None:
    with store.transaction() as tx:
        tx.records.upsert(
            [RecordRow("left", "Contact", f"003{n}", 1, 1, {"F": "ä\\\n\u0000"}, "live") for n in range(9)]
        )
        tx.links.insert([LinkRow("l1", "person", "linked", "k1", "Contact", "0031")])
        tx.shadows.put([ShadowRow("l1", {"f": 1.0}, {}, {}, 1, 1)])
        tx.journal.add([LOSS, LOSS])
        tx.meta.put(MetaRow(left_org="00D"))
        tx.claims.add([ClaimRow(SAID.claim_id, "l1", "size", "provider", "pdl", 7, "", "r", to_json(SAID))])
        tx.documents.put([DocumentRow("d", "left", "Task", "1", "call", 1, "t", "\u0000", "s", {}, "h", 1)])
        tx.objections.replace("d", [ObjectionRow("d", 0, "l1", "price", "rep", "q", 0, 1, 1)])
        tx.verdicts.put([VerdictRow("l1", "person", "d", "1", "c", "new", "", "", {}, {}, 1, 0, "r")])
        tx.verdicts.note([VerdictHistoryRow(0, "l1", "person", "d", "1", "c", "", "new", "", 1, "r", {})])
        tx.memberships.put([MembershipRow("l1", "l1", "contact", 0.5, {}, 1)])
        tx.hand_offs.add([HandOffRow("h", "l1", "new", "owed", "", "", "", 1, 2, 0, 0, 0, "", {})])
        tx.notices.add([NoticeRow("n", "h", "mail", "owed", 0, 0, {})])
        tx.models.put(ModelRow("m1", "size", 1, True, "", {}))
        tx.models.put(ModelRow("m2", "size", 2, True, "", {}))


def said(url: str, *statements: str) -> None:
    """Raw words to the database, past every guard of the store."""
    engine = make_engine(parsed(url))
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        else:
            connection.exec_driver_sql("SET session_replication_role = replica")
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


def layout(url: str) -> object:
    """All that the database itself says about its tables."""
    engine = make_engine(parsed(url))
    with engine.connect() as connection:
        found = _sqlite_layout(connection) if engine.dialect.name == "sqlite" else _postgres_layout(connection)
    engine.dispose()
    return found


def _sqlite_layout(connection: Connection) -> object:
    rows = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name")
    return [
        (name, " ".join(sql.split()).replace(" ,", ",").replace("( ", "(").replace(" )", ")")) for name, sql in rows
    ]


def _postgres_layout(connection: Connection) -> object:
    place = connection.exec_driver_sql("SELECT current_schema()").scalar_one()
    seen = inspect(connection)
    columns = connection.exec_driver_sql(
        "SELECT table_name, column_name, ordinal_position, data_type, is_nullable, collation_name, column_default "
        "FROM information_schema.columns WHERE table_schema = current_schema() ORDER BY 1, 3"
    ).fetchall()
    indexes = connection.exec_driver_sql(
        "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema() ORDER BY 1"
    ).fetchall()
    keys = {name: seen.get_foreign_keys(name) for name in sorted(seen.get_table_names())}
    return str([[tuple(row) for row in columns], [tuple(row) for row in indexes], keys]).replace(str(place), "SCHEMA")


def test_a_migrated_state_and_a_made_one_are_the_same(state_url: str, tmp_path: Path) -> None:
    assert migrate(state_url) == Migrated(None, schema.HEAD, None)
    migrated = layout(state_url)
    store = open_store(state_url, exclusive=True)
    with store.transaction() as tx:
        assert tx.records.upsert([RecordRow("left", "Contact", "1", 1, 1, {}, "live")]) == 1
    store.close()
    if state_url.startswith("sqlite"):
        other = f"sqlite:///{tmp_path}/made.db"
        open_store(other, exclusive=True).close()
    else:
        other = state_url
        said(state_url, *(f"DROP TABLE {name} CASCADE" for name in (*metadata.tables, "alembic_version")))
        open_store(state_url, exclusive=True).close()
    assert layout(other) == migrated
    assert migrate(other) == Migrated(schema.HEAD, schema.HEAD, None)


@pytest.mark.parametrize("revision", schema.REVISIONS[:-1])
def test_a_state_of_every_earlier_version_comes_up_with_its_rows(state_url: str, tmp_path: Path, revision: str) -> None:
    with claimed(state_url) as (connection, _):
        upgrade(connection, revision)
    said(state_url, f"INSERT INTO run VALUES ('r of {revision}', 'sync', 1, 2, 'done', '{{}}', '{{}}', '[]')")
    done = migrate(state_url)
    assert (done.before, done.after) == (revision, schema.HEAD)
    store = open_store(state_url, exclusive=True)
    with store.transaction() as tx:
        assert [run.run_id for run in tx.runs.list(9)] == [f"r of {revision}"]
        assert tx.claims.count() == 0
    store.close()
    assert verify(state_url) == []


def test_the_revisions_that_open_store_knows_are_those_of_the_migrations() -> None:
    scripts = ScriptDirectory.from_config(configuration())
    assert [script.revision for script in scripts.walk_revisions("base", "heads")][::-1] == list(schema.REVISIONS)


@pytest.mark.parametrize(("found", "name"), [("9999", "StoreNewer"), ("0000", "StoreOld")])
def test_a_state_of_another_version_is_refused_with_what_to_do(
    state_url: str, found: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "REVISIONS", ("0000", *schema.REVISIONS))
    open_store(state_url, exclusive=True).close()
    said(state_url, f"UPDATE alembic_version SET version_num = '{found}'")
    for exclusive in (True, False):
        with pytest.raises(StoreVersionError) as caught:
            open_store(state_url, exclusive=exclusive)
        assert (caught.value.name, caught.value.exit_code) == (name, 78)
    assert [finding.name for finding in verify(state_url)] == [name]
    if name == "StoreNewer":
        with pytest.raises(StoreVersionError):
            migrate(state_url)


def test_a_failed_migration_leaves_the_state_as_it_was_and_a_copy_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripts = tmp_path / "migrations"
    shutil.copytree(Path(schema.__file__).with_name("migrations"), scripts)
    after = f"{int(schema.HEAD) + 1:04}"
    (scripts / "versions" / f"{after}_next.py").write_text(
        f"from alembic import op\nrevision, down_revision = '{after}', '{schema.HEAD}'\n"
        "def upgrade():\n    op.execute('ALTER TABLE run ADD COLUMN host TEXT')\n"
        "    op.execute(open(__file__ + '.sql').read())\n"
    )
    url = f"sqlite:///{tmp_path}/state.db"
    store = open_store(url, exclusive=True)
    filled(store)
    store.close()
    before = layout(url)
    monkeypatch.setattr("syncer.store.migrate.SCRIPTS", scripts)
    monkeypatch.setattr(schema, "REVISIONS", (*schema.REVISIONS, after))
    monkeypatch.setattr(schema, "HEAD", after)
    second = scripts / "versions" / f"{after}_next.py.sql"
    second.write_text("UPDATE nowhere SET x = 1")
    with pytest.raises(StoreError):
        open_store(url, exclusive=True, migrate=True)
    assert layout(url) == before
    second.write_text("UPDATE run SET host = ''")
    open_store(url, exclusive=True, migrate=True).close()
    assert layout(url) != before
    assert layout(f"sqlite:///{tmp_path}/state.db.before-{after}") == before
    with sqlite3.connect(tmp_path / f"state.db.before-{after}") as copy:
        assert copy.execute("SELECT count(*) FROM record").fetchone() == (9,)


def test_a_copy_holds_what_was_committed_while_the_state_is_in_use(
    state_url: str, store: Store, tmp_path: Path
) -> None:
    filled(store)
    copy = tmp_path / "copy"
    with store.transaction() as tx:
        tx.records.touch("left", "Contact", ["0031"])
        assert backup(state_url, copy) == copy
        tx.links.update("l1", state="broken")
    assert (copy.stat().st_mode & 0o777, list(tmp_path.glob("*.part"))) == (0o600, [])
    with pytest.raises(StoreError, match="is there already"):
        backup(state_url, copy)
    with pytest.raises(StoreError, match="cannot be written"):
        backup(state_url, tmp_path / "no folder" / "copy")
    store.close()
    if state_url.startswith("sqlite"):
        state_url = f"sqlite:///{copy}"
    else:
        with pytest.raises(StoreError, match="already"):
            restore(state_url, copy)
        said(state_url, *(f"DROP TABLE {name} CASCADE" for name in (*metadata.tables, "alembic_version")))
        broken = tmp_path / "broken"
        broken.write_text("{}\n")
        with pytest.raises(StoreCorruptError):
            restore(state_url, broken)
        assert restore(state_url, copy) == 9 + 1 + 1 + 2 + 1 + 2 + 10
    again = open_store(state_url, exclusive=True)
    with again.transaction() as tx:
        assert tx.links.get_many(["l1"])["l1"].state == "linked"
        assert tx.records.get_many("left", "Contact", ["0038"])["0038"].values == {"F": "ä\\\n\u0000"}
        assert tx.journal.list() == [replace(LOSS, seq=2), replace(LOSS, seq=1)]
        tx.journal.add([LOSS])
        assert tx.journal.list()[0].seq >= 3
        assert [from_json(row.claim) for row in tx.claims.of(["l1"])["l1"]] == [SAID]
        assert tx.documents.get_many(["d"])["d"].text == "\u0000"
        tx.verdicts.note(tx.verdicts.history("l1"))
        assert [row.seq for row in tx.verdicts.history("l1")] == [2, 1]
        tx.records.upsert([RecordRow("left", "Contact", "new", 1, 1, {}, "live")])
    again.close()
    assert verify(state_url) == []


BREAK = {
    "OpenIntents": ("DROP INDEX uq_intent_open", "INSERT INTO intent SELECT * FROM spare"),
    "LeftTwice": ("DROP INDEX uq_link_left", "UPDATE link SET left_id = '7', left_object = 'C'"),
    "RightTwice": ("DROP INDEX uq_link_right", "UPDATE link SET right_id = '7', right_object = 'C'"),
    "SyncKeyTwice": ("DROP INDEX uq_link_sync_key", "UPDATE link SET sync_key = 'k'"),
    "BaseWithoutLink": ("UPDATE shadow SET link_id = 'nobody'",),
    "AliasWithoutLink": ("INSERT INTO alias VALUES ('left', 'C', '9', 'nobody', '', 0)",),
    "IntentWithoutLink": ("UPDATE intent SET link_id = 'nobody'",),
    "ProposedLoss": ("UPDATE journal SET state = 'proposed', intent_id = 'closed'",),
    "DirtyNumber": ("UPDATE counter SET value = 1",),
    "DirtyTwice": ("UPDATE record SET dirty_seq = 1",),
    "PlannedAhead": ("UPDATE record SET planned_seq = dirty_seq + 1 WHERE id = '0031'",),
    "VerdictWithoutLink": ("UPDATE verdict SET link_id = 'nobody'",),
    "MembershipWithoutLink": ("UPDATE membership SET account_link = 'nobody'",),
    "AccountKeyWithoutLink": ("INSERT INTO account_key VALUES ('domain', 'acme.com', 'nobody')",),
    "AboutWithoutDocument": ("INSERT INTO document_about VALUES ('none', 'left', 'C', '9')",),
    "ObjectionWithoutDocument": ("UPDATE objection SET doc_id = 'none'",),
    "ErasedText": ("UPDATE document SET redacted = 1",),
    "NoticeWithoutHandOff": ("DELETE FROM hand_off",),
    "LiveModels": ("DROP INDEX uq_model_live", "UPDATE model SET live = 1, fact = 'f'"),
    "KeyWithoutRecord": ("INSERT INTO record_key VALUES ('left', 'C', 'none', 'email', 'a@x.com')",),
}
INTENT = (
    "INSERT INTO intent SELECT 'i1', '', link_id, '', 'left', '', '', '', '', '{}', 0, 'sent', '', '', 0, 0, '', 0, "
    "'', 1, 0, 0, 0 FROM link WHERE link_id = 'l1'"
)


@pytest.mark.parametrize("name", [promise.name for promise in PROMISES])
def test_a_broken_promise_is_found_and_named(state_url: str, store: Store, name: str) -> None:
    filled(store)
    with store.transaction() as tx:
        tx.links.insert([LinkRow("l2", "person", "linked", "k2")])
    store.close()
    said(state_url, INTENT)
    assert verify(state_url) == []
    spare = "CREATE TABLE spare AS SELECT * FROM intent", "UPDATE spare SET intent_id = 'i2'"
    said(state_url, *spare, *BREAK[name])
    found = verify(state_url)
    assert [finding.name for finding in found] == [name]
    assert found[0].count >= 1
    assert found[0].sample


@pytest.mark.parametrize(
    "change",
    [
        "subject = 'l2'",
        "observed_ms = 8",
        "claim = replace(claim, '12', '13')",
        "claim = '[]'",
        "claim = '{'",
        "redacted = 1",
    ],
)
def test_a_claim_that_is_not_what_its_id_stands_for_is_found(state_url: str, store: Store, change: str) -> None:
    filled(store)
    store.close()
    said(state_url, f"UPDATE claim SET {change}")
    assert [(found.name, found.sample) for found in verify(state_url)] == [("ClaimContent", (SAID.claim_id,))]


def test_what_was_erased_is_well(state_url: str, store: Store) -> None:
    filled(store)
    with store.transaction() as tx:
        assert (tx.claims.erase("l1"), tx.documents.erase(["d"])) == (1, 1)
    store.close()
    assert verify(state_url) == []


def test_no_state_is_no_finding_but_an_error(tmp_path: Path, postgres_url: str) -> None:
    for url in (f"sqlite:///{tmp_path}/none.db", postgres_url):
        for ask in (verify, lambda url: backup(url, tmp_path / "copy"), lambda url: open_store(url, exclusive=False)):
            with pytest.raises(StoreMissingError):
                ask(url)
    assert list(tmp_path.iterdir()) == []
