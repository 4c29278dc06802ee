"""What the definition says of each subject now, and all that it said before."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from sqlalchemy import Integer, bindparam, func, literal_column, select, update

from syncer.store.codec import Codec
from syncer.store.knowledge_rows import StatusStepRow, VerdictHistoryRow, VerdictRow
from syncer.store.knowledge_tables import verdict, verdict_history
from syncer.store.statements import Db, InList, Statement, insert_into, put_into

CODEC = Codec(VerdictRow, verdict)
SELECT = select(*CODEC.columns)
N = bindparam("n", type_=Integer)
NOTES = Codec(VerdictHistoryRow, verdict_history)
NOTE = select(*NOTES.columns)

BY_IDS = Statement(SELECT.where(InList(verdict.c.link_id, "ids")).order_by(verdict.c.link_id))
PUT = put_into(verdict, CODEC.names)
ADD_NOTE = insert_into(verdict_history, NOTES.names[1:])  # all but seq
HISTORY = Statement(
    NOTE.where(verdict_history.c.link_id == bindparam("link_id_")).order_by(verdict_history.c.seq.desc())
)
DUE = Statement(
    select(verdict.c.link_id)
    .where(literal_column("verdict.due_ms > 0"), verdict.c.due_ms <= bindparam("now"))
    .order_by(verdict.c.due_ms, verdict.c.link_id)
    .limit(N)
)
MOVES = Statement(
    NOTE.where(
        literal_column("verdict_history.from_status <> verdict_history.to_status"),
        verdict_history.c.at_ms >= bindparam("since"),
        verdict_history.c.at_ms < bindparam("until"),
    ).order_by(verdict_history.c.at_ms, verdict_history.c.seq)
)
STEP = select(*(verdict_history.c[name] for name in StatusStepRow.__slots__))
STEPS = Statement(
    STEP.where(
        literal_column("verdict_history.from_status <> verdict_history.to_status"),
        verdict_history.c.kind == bindparam("kind_"),
        InList(verdict_history.c.to_status, "statuses"),
        verdict_history.c.at_ms >= bindparam("since"),
        verdict_history.c.at_ms < bindparam("until"),
    ).order_by(verdict_history.c.at_ms, verdict_history.c.seq)
)
NOTES_BY_SEQ = Statement(NOTE.where(InList(verdict_history.c.seq, "seqs")).order_by(verdict_history.c.seq))
FIRST = Statement(STEP.order_by(verdict_history.c.seq).limit(literal_column("1")))
OF_STATUS = Statement(
    SELECT.where(
        verdict.c.kind == bindparam("kind_"),
        verdict.c.status == bindparam("status_"),
        verdict.c.link_id > bindparam("after"),
    )
    .order_by(verdict.c.link_id)
    .limit(N)
)
COUNT_STAGES = Statement(
    select(verdict.c.stage, func.count())
    .where(verdict.c.kind == bindparam("kind_"))
    .group_by(verdict.c.stage)
    .order_by(verdict.c.stage)
)
ERASE = Statement(
    update(verdict)
    .where(InList(verdict.c.link_id, "ids"))
    .values({verdict.c[name]: literal_column("'{}'") for name in ("verdict", "shown")} | {
        verdict.c.line: literal_column("''")
    })
)  # fmt: skip
ERASE_NOTES = Statement(
    update(verdict_history)
    .where(InList(verdict_history.c.link_id, "ids"))
    .values({verdict_history.c.verdict: literal_column("'{}'"), verdict_history.c.reason: literal_column("''")})
)


@cache
def _counts(any_kind: bool) -> Statement:
    chosen = select(verdict.c.status, func.count())
    if not any_kind:
        chosen = chosen.where(verdict.c.kind == bindparam("kind_"))
    return Statement(chosen.group_by(verdict.c.status).order_by(verdict.c.status))


@cache
def _page(any_kind: bool) -> Statement:
    chosen = SELECT.where(verdict.c.link_id > bindparam("after"))
    if not any_kind:
        chosen = chosen.where(verdict.c.kind == bindparam("kind_"))
    return Statement(chosen.order_by(verdict.c.link_id).limit(N))


class SqlVerdicts:
    """`knowledge_ports.Verdicts` in SQL."""

    __slots__ = ("_db",)

    def __init__(self, db: Db) -> None:
        self._db = db

    def get_many(self, link_ids: Sequence[str]) -> dict[str, VerdictRow]:
        return {row.link_id: row for row in CODEC.decode_all(self._db.rows(BY_IDS, ids=list(link_ids)))}

    def put(self, rows: Sequence[VerdictRow]) -> None:
        self._db.many(PUT, [CODEC.encode(row) for row in rows])

    def note(self, rows: Sequence[VerdictHistoryRow]) -> None:
        self._db.many(ADD_NOTE, [NOTES.encode(row)[1:] for row in rows])

    def history(self, link_id: str) -> list[VerdictHistoryRow]:
        return NOTES.decode_all(self._db.rows(HISTORY, link_id_=link_id))

    def due(self, now_ms: int, limit: int) -> list[str]:
        return [link_id for (link_id,) in self._db.rows(DUE, now=now_ms, n=limit)]

    def count_by_status(self, kind: str) -> dict[str, int]:
        return {status: int(count) for status, count in self._db.rows(_counts(not kind), kind_=kind)}

    def iterate(self, kind: str, after_id: str, limit: int) -> list[VerdictRow]:
        return CODEC.decode_all(self._db.rows(_page(not kind), kind_=kind, after=after_id, n=limit))

    def moves(self, since_ms: int, until_ms: int) -> list[VerdictHistoryRow]:
        return NOTES.decode_all(self._db.rows(MOVES, since=since_ms, until=until_ms))

    def steps(self, kind: str, statuses: Sequence[str], since_ms: int, until_ms: int) -> list[StatusStepRow]:
        found = self._db.rows(STEPS, kind_=kind, statuses=list(statuses), since=since_ms, until=until_ms)
        return [StatusStepRow(*row) for row in found]

    def notes(self, seqs: Sequence[int]) -> list[VerdictHistoryRow]:
        return NOTES.decode_all(self._db.rows(NOTES_BY_SEQ, seqs=list(seqs)))

    def first(self) -> StatusStepRow | None:
        found = self._db.first(FIRST)
        return StatusStepRow(*found) if found else None

    def of_status(self, kind: str, status: str, after_id: str, limit: int) -> list[VerdictRow]:
        return CODEC.decode_all(self._db.rows(OF_STATUS, kind_=kind, status_=status, after=after_id, n=limit))

    def count_by_stage(self, kind: str) -> dict[str, int]:
        return {stage: int(count) for stage, count in self._db.rows(COUNT_STAGES, kind_=kind)}

    def erase(self, link_ids: Sequence[str]) -> None:
        self._db.run(ERASE, ids=list(link_ids))
        self._db.run(ERASE_NOTES, ids=list(link_ids))
