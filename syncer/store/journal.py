"""Values that were overwritten though nobody agreed to lose them, so that they can be put back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from sqlalchemy import Integer, bindparam, delete, literal_column, select, update

from syncer.store.codec import Codec
from syncer.store.rows import JournalRow
from syncer.store.statements import Db, InList, Statement, insert_into
from syncer.store.tables import journal

CODEC = Codec(JournalRow, journal)
SELECT = select(*CODEC.columns)
INSERT = insert_into(journal, CODEC.names[1:])  # all but seq
GET = Statement(SELECT.where(journal.c.seq == bindparam("seq_")))
PRUNE = Statement(
    delete(journal).where(journal.c.at_ms < bindparam("before"), literal_column("journal.state <> 'proposed'"))
)
MARK = Statement(update(journal).where(journal.c.seq == bindparam("seq_")).values(state=bindparam("new")))


@cache
def _set_state(some: bool) -> Statement:
    chosen = update(journal).where(
        journal.c.intent_id == bindparam("intent_id_"), literal_column("journal.state = 'proposed'")
    )
    if some:
        chosen = chosen.where(InList(journal.c.field, "fields"))
    return Statement(chosen.values(state=bindparam("new")))


@cache
def _list(of_link: bool, of_run: bool, in_states: bool) -> Statement:
    chosen = SELECT
    if of_link:
        chosen = chosen.where(journal.c.link_id == bindparam("link_id_"))
    if of_run:
        chosen = chosen.where(journal.c.run_id == bindparam("run_id_"))
    if in_states:
        chosen = chosen.where(InList(journal.c.state, "states"))
    return Statement(chosen.order_by(journal.c.seq.desc()).limit(bindparam("n", type_=Integer)))


class SqlJournal:
    """`ports.Journal` in SQL."""

    __slots__ = ("_db",)

    def __init__(self, db: Db) -> None:
        self._db = db

    def propose(self, rows: Sequence[JournalRow]) -> None:
        self.add([replace(row, state="proposed") for row in rows])

    def add(self, rows: Sequence[JournalRow]) -> None:
        self._db.many(INSERT, [CODEC.encode(row)[1:] for row in rows])

    def set_state(self, intent_id: str, state: str, fields: Sequence[str] | None = None) -> None:
        statement = _set_state(fields is not None)
        self._db.run(statement, intent_id_=intent_id, new=state, fields=list(fields or ()))

    def mark(self, seq: int, state: str) -> None:
        self._db.run(MARK, seq_=seq, new=state)

    def prune(self, before_ms: int) -> int:
        return self._db.run(PRUNE, before=before_ms)

    def get(self, seq: int) -> JournalRow | None:
        found = self._db.first(GET, seq_=seq)
        return CODEC.decode(found) if found else None

    def list(
        self, link_id: str = "", run_id: str = "", states: Sequence[str] = (), limit: int = 1000
    ) -> list[JournalRow]:
        statement = _list(bool(link_id), bool(run_id), bool(states))
        params = {"link_id_": link_id, "run_id_": run_id, "states": list(states), "n": limit}
        return CODEC.decode_all(self._db.rows(statement, **params))
