"""The outbox: what we owe, what may have happened, and what became of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import nullcontext
from functools import cache
from typing import Any

import orjson
from sqlalchemy import Integer, bindparam, case, delete, func, literal_column, select, update

from connectors.base import SideName
from syncer.store.codec import Codec
from syncer.store.rows import IntentRow
from syncer.store.statements import Db, InList, Statement, insert_into
from syncer.store.tables import OPEN_STATES, intent

CODEC = Codec(IntentRow, intent)
SELECT = select(*CODEC.columns)
OPEN = literal_column("intent.state IN ('planned', 'sent', 'unknown', 'applied')")
CLOSED = literal_column("intent.state NOT IN ('planned', 'sent', 'unknown', 'applied')")
PLANNED = literal_column("intent.state = 'planned'")
DUE = literal_column("intent.state = 'planned' AND intent.gated = 1")
N = bindparam("n", type_=Integer)
OF_LINK = intent.c.link_id == bindparam("link_id_")
OF_SIDE = intent.c.side == bindparam("side_")

INSERT = insert_into(intent, CODEC.names)
BY_IDS = Statement(SELECT.where(InList(intent.c.intent_id, "ids")).order_by(intent.c.intent_id))
OPEN_FOR = Statement(SELECT.where(InList(intent.c.link_id, "ids"), OPEN).order_by(intent.c.link_id))
DROP_PLANNED = Statement(delete(intent).where(InList(intent.c.intent_id, "ids"), PLANNED))
GATE = Statement(update(intent).where(InList(intent.c.intent_id, "ids"), PLANNED).values(gated=literal_column("1")))
NEXT = Statement(
    SELECT.where(OF_SIDE, intent.c.kind == bindparam("kind_"), DUE, intent.c.not_before_ms <= bindparam("now"))
    .order_by(intent.c.op, intent.c.object, intent.c.created_ms, intent.c.intent_id)
    .limit(N)
)
NEXT_DUE = Statement(select(func.min(intent.c.not_before_ms)).where(OF_SIDE, intent.c.kind == bindparam("kind_"), DUE))
UNRESOLVED = Statement(
    SELECT.where(OF_SIDE, OPEN, InList(intent.c.state, "states"), intent.c.intent_id > bindparam("after"))
    .order_by(intent.c.intent_id)
    .limit(N)
)
OF_RUN = Statement(
    SELECT.where(intent.c.run_id == bindparam("run_id_"), InList(intent.c.state, "states")).order_by(intent.c.intent_id)
)
LATEST = Statement(SELECT.where(OF_LINK).order_by(intent.c.created_ms.desc(), intent.c.intent_id.desc()).limit(N))
SENT_VALUES = Statement(
    SELECT.where(OF_LINK, OF_SIDE, CLOSED, literal_column("intent.sent_ms > 0"), intent.c.sent_ms >= bindparam("since"))
    .order_by(intent.c.sent_ms.desc(), intent.c.intent_id.desc())
)  # fmt: skip
SENT = literal_column("intent.sent_ms > 0 AND intent.state <> 'planned'")
SENT_CELLS = Statement(
    select(intent.c.side, intent.c.kind, intent.c.fields).where(
        SENT, intent.c.sent_ms >= bindparam("since"), literal_column("intent.op = 'update'")
    )
)
SENT_WHOLE = Statement(  # in JSON text a value's quotes are escaped, so that only the mark itself reads like this
    select(intent.c.side, intent.c.kind, intent.c.op, func.count())
    .where(
        SENT,
        intent.c.sent_ms >= bindparam("since"),
        literal_column("intent.op <> 'update'"),
        intent.c.fields.not_like(bindparam("mark")),
    )
    .group_by(intent.c.side, intent.c.kind, intent.c.op)
)
APPROVED_MARK = '%"approved":true%'
COUNT_OPEN = Statement(
    select(intent.c.side, intent.c.state, func.count())
    .where(OPEN)
    .group_by(intent.c.side, intent.c.state)
    .order_by(intent.c.side, intent.c.state)
)
ENDED = case((literal_column("intent.closed_ms > 0"), intent.c.closed_ms), else_=intent.c.created_ms)
PRUNE = Statement(delete(intent).where(CLOSED, bindparam("before") > ENDED))
EFFECT_OF_OP = {"create": "create", "archive": "delete"}  # in the breaker's words


@cache
def _planned(any_kind: bool) -> Statement:
    chosen = SELECT.where(OPEN, PLANNED, intent.c.intent_id > bindparam("after"))
    if not any_kind:
        chosen = chosen.where(intent.c.kind == bindparam("kind_"))
    return Statement(chosen.order_by(intent.c.intent_id).limit(N))


@cache
def _update(names: tuple[str, ...]) -> Statement:
    values: dict[Any, Any] = {intent.c[name]: bindparam(f"new_{name}") for name in names}
    return Statement(update(intent).where(InList(intent.c.intent_id, "ids")).values(values))


class SqlIntents:
    """`ports.Intents` in SQL."""

    __slots__ = ("_db",)

    def __init__(self, db: Db) -> None:
        self._db = db

    def plan(self, rows: Sequence[IntentRow]) -> None:
        with self._db.part():
            self._db.many(INSERT, [CODEC.encode(row) for row in rows])

    def get_many(self, intent_ids: Sequence[str]) -> dict[str, IntentRow]:
        return {row.intent_id: row for row in CODEC.decode_all(self._db.rows(BY_IDS, ids=list(intent_ids)))}

    def open_for(self, link_ids: Sequence[str]) -> dict[str, IntentRow]:
        return {row.link_id: row for row in CODEC.decode_all(self._db.rows(OPEN_FOR, ids=list(link_ids)))}

    def planned(self, kind: str, after_id: str, limit: int) -> list[IntentRow]:
        return CODEC.decode_all(self._db.rows(_planned(not kind), kind_=kind, after=after_id, n=limit))

    def drop_planned(self, intent_ids: Sequence[str]) -> None:
        self._db.run(DROP_PLANNED, ids=list(intent_ids))

    def gate(self, intent_ids: Sequence[str]) -> None:
        self._db.run(GATE, ids=list(intent_ids))

    def next_batch(self, side: SideName, kind: str, now_ms: int, limit: int) -> list[IntentRow]:
        return CODEC.decode_all(self._db.rows(NEXT, side_=side, kind_=kind, now=now_ms, n=limit))

    def next_due_ms(self, side: SideName, kind: str) -> int | None:
        (soonest,) = self._db.first(NEXT_DUE, side_=side, kind_=kind)
        return None if soonest is None else int(soonest)

    def unresolved(self, side: SideName, states: Sequence[str], limit: int, after_id: str = "") -> list[IntentRow]:
        params = {"side_": side, "states": list(states), "after": after_id, "n": limit}
        return CODEC.decode_all(self._db.rows(UNRESOLVED, **params))

    def update(self, intent_id: str, **changes: Any) -> None:
        """Raises StoreConflictError where it would open a second intent of its link."""
        self.update_many([intent_id], **changes)

    def update_many(self, intent_ids: Sequence[str], **changes: Any) -> None:
        if not changes or not intent_ids:
            return
        values = {f"new_{name}": value for name, value in CODEC.encode_changes(changes).items()}
        opening = changes.get("state") in OPEN_STATES  # all that can conflict
        with self._db.part() if opening else nullcontext():
            self._db.run(_update(tuple(sorted(changes))), ids=list(intent_ids), **values)

    def of_run(self, run_id: str, states: Sequence[str]) -> list[IntentRow]:
        return CODEC.decode_all(self._db.rows(OF_RUN, run_id_=run_id, states=list(states)))

    def of_link(self, link_id: str, limit: int) -> list[IntentRow]:
        return CODEC.decode_all(self._db.rows(LATEST, link_id_=link_id, n=limit))

    def sent_values(self, link_id: str, side: SideName, since_ms: int) -> list[IntentRow]:
        return CODEC.decode_all(self._db.rows(SENT_VALUES, link_id_=link_id, side_=side, since=since_ms))

    def earlier_counts(self, since_ms: int) -> dict[tuple[SideName, str, str, str], int]:
        counts: Counter[tuple[SideName, str, str, str]] = Counter()
        for side, kind, op, count in self._db.rows(SENT_WHOLE, since=since_ms, mark=APPROVED_MARK):
            counts[side, kind, EFFECT_OF_OP[op], "*"] += int(count)
        for side, kind, text in self._db.rows(SENT_CELLS, since=since_ms):
            for name, cell in orjson.loads(text).items():
                if not name.startswith("_") and not cell.get("approved"):
                    counts[side, kind, cell["effect"], name] += 1
        return dict(sorted(counts.items()))

    def count_open(self) -> dict[tuple[SideName, str], int]:
        return {(side, state): int(count) for side, state, count in self._db.rows(COUNT_OPEN)}

    def prune(self, before_ms: int) -> int:
        """One that was closed without a time counts by its creation."""
        return self._db.run(PRUNE, before=before_ms)
