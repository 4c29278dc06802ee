"""What waits for a person or for better times: quarantine, reviews, held plans."""

from __future__ import annotations

import builtins
from collections.abc import Sequence

from sqlalchemy import Integer, and_, bindparam, case, delete, func, literal_column, select, update

from connectors.base import SideName
from syncer.store.codec import Codec
from syncer.store.rows import HoldRow, QuarantineRow, ReviewRow
from syncer.store.statements import Db, InList, Statement, put_into
from syncer.store.tables import hold, quarantine, review

N = bindparam("n", type_=Integer)

CELLS = Codec(QuarantineRow, quarantine)
CELL = select(*CELLS.columns)
CELL_KEY = (quarantine.c.link_id, quarantine.c.side, quarantine.c.field)
IS_CELL = and_(
    quarantine.c.link_id == bindparam("link_id_"),
    quarantine.c.side == bindparam("side_"),
    quarantine.c.field == bindparam("field_"),
)
GET_CELL = Statement(CELL.where(IS_CELL))
CELLS_OF = Statement(CELL.where(InList(quarantine.c.link_id, "ids")).order_by(*CELL_KEY))
PUT_CELL = put_into(quarantine, CELLS.names)
DROP_CELL = Statement(delete(quarantine).where(IS_CELL), order=("link_id_", "side_", "field_"))
LIST_CELLS = Statement(CELL.order_by(*CELL_KEY).limit(N))
DUE_CELLS = Statement(
    CELL.where(quarantine.c.next_ms <= bindparam("now")).order_by(quarantine.c.next_ms, *CELL_KEY).limit(N)
)
COUNT_CELLS = Statement(select(func.count()).select_from(quarantine))

REVIEWS = Codec(ReviewRow, review)
REVIEW = select(*REVIEWS.columns)
IS_REVIEW = review.c.review_id == bindparam("review_id_")
ADD_REVIEW = put_into(
    review,
    REVIEWS.names,
    change=lambda new: {name: new[name] for name in REVIEWS.names[1:]},
    where=lambda new: and_(review.c.state != literal_column("'open'"), review.c.payload != new.payload),
)
GET_REVIEW = Statement(REVIEW.where(IS_REVIEW))
LIST_REVIEWS = Statement(REVIEW.where(review.c.state == bindparam("state_")).order_by(review.c.review_id).limit(N))
OPEN_ABOUT = Statement(
    REVIEW.where(
        review.c.state == literal_column("'open'"),
        review.c.kind == bindparam("kind_"),
        review.c.side == bindparam("side_"),
        review.c.object == bindparam("object_"),
        InList(review.c.remote_id, "ids"),
    ).order_by(review.c.review_id)
)
DECIDE = Statement(
    update(review)
    .where(IS_REVIEW)
    .values(state=bindparam("new_state"), decided_by=bindparam("new_by"), decided_ms=bindparam("new_at"))
)
DROP_REVIEWS = Statement(delete(review).where(InList(review.c.review_id, "ids")))
COUNT_REVIEWS = Statement(
    select(func.count())
    .select_from(review)
    .where(review.c.state == literal_column("'open'"), literal_column("review.kind NOT IN ('proposal', 'membership')"))
)

HOLDS = Codec(HoldRow, hold)
HOLD = select(*HOLDS.columns)
IS_HOLD = hold.c.plan_hash == bindparam("plan_hash_")
APPROVAL = ("approved_by", "approved_ms", "expires_ms")
APPROVED = hold.c.approved_ms > literal_column("0")
PUT_HOLD = put_into(
    hold,
    HOLDS.names,
    change=lambda new: {
        name: case((APPROVED, hold.c[name]), else_=new[name]) if name in APPROVAL else new[name]
        for name in HOLDS.names[1:]
    },
)
GET_HOLD = Statement(HOLD.where(IS_HOLD))
LIST_HOLDS = Statement(HOLD.order_by(hold.c.plan_hash))
APPROVE = Statement(
    update(hold)
    .where(IS_HOLD)
    .values(approved_by=bindparam("new_by"), approved_ms=bindparam("new_at"), expires_ms=bindparam("new_expires"))
)
DROP_HOLDS = Statement(delete(hold).where(InList(hold.c.plan_hash, "ids")))


class SqlQuarantine:
    """`ports.Quarantine` in SQL."""

    __slots__ = ("_db",)

    def __init__(self, db: Db) -> None:
        self._db = db

    def get(self, link_id: str, side: SideName, field: str) -> QuarantineRow | None:
        found = self._db.first(GET_CELL, link_id_=link_id, side_=side, field_=field)
        return CELLS.decode(found) if found else None

    def for_links(self, link_ids: Sequence[str]) -> list[QuarantineRow]:
        return CELLS.decode_all(self._db.rows(CELLS_OF, ids=[*link_ids]))

    def put(self, rows: Sequence[QuarantineRow]) -> None:
        self._db.many(PUT_CELL, [CELLS.encode(row) for row in rows])

    def drop(self, keys: Sequence[tuple[str, SideName, str]]) -> None:
        self._db.many(DROP_CELL, keys)

    def list(self, limit: int = 1000) -> list[QuarantineRow]:
        return CELLS.decode_all(self._db.rows(LIST_CELLS, n=limit))

    def due(self, now_ms: int, limit: int) -> list[QuarantineRow]:
        return CELLS.decode_all(self._db.rows(DUE_CELLS, now=now_ms, n=limit))

    def count(self) -> int:
        return int(self._db.first(COUNT_CELLS)[0])


class SqlReviews:
    """`ports.Reviews` in SQL."""

    __slots__ = ("_db",)

    def __init__(self, db: Db) -> None:
        self._db = db

    def add(self, row: ReviewRow) -> None:
        self._db.many(ADD_REVIEW, [REVIEWS.encode(row)])

    def get(self, review_id: str) -> ReviewRow | None:
        found = self._db.first(GET_REVIEW, review_id_=review_id)
        return REVIEWS.decode(found) if found else None

    def list(self, state: str = "open", limit: int = 1000) -> list[ReviewRow]:
        return REVIEWS.decode_all(self._db.rows(LIST_REVIEWS, state_=state, n=limit))

    def open_about(self, kind: str, side: SideName, object_name: str, ids: Sequence[str]) -> builtins.list[ReviewRow]:
        return REVIEWS.decode_all(
            self._db.rows(OPEN_ABOUT, kind_=kind, side_=side, object_=object_name, ids=builtins.list(ids))
        )

    def decide(self, review_id: str, state: str, by: str, at_ms: int) -> None:
        self._db.run(DECIDE, review_id_=review_id, new_state=state, new_by=by, new_at=at_ms)

    def drop(self, review_ids: Sequence[str]) -> None:
        self._db.run(DROP_REVIEWS, ids=[*review_ids])

    def count_open(self) -> int:
        return int(self._db.first(COUNT_REVIEWS)[0])


class SqlHolds:
    """`ports.Holds` in SQL."""

    __slots__ = ("_db",)

    def __init__(self, db: Db) -> None:
        self._db = db

    def put(self, rows: Sequence[HoldRow]) -> None:
        self._db.many(PUT_HOLD, [HOLDS.encode(row) for row in rows])

    def get(self, plan_hash: str) -> HoldRow | None:
        found = self._db.first(GET_HOLD, plan_hash_=plan_hash)
        return HOLDS.decode(found) if found else None

    def list(self) -> list[HoldRow]:
        return HOLDS.decode_all(self._db.rows(LIST_HOLDS))

    def approve(self, plan_hash: str, by: str, at_ms: int, expires_ms: int) -> None:
        self._db.run(APPROVE, plan_hash_=plan_hash, new_by=by, new_at=at_ms, new_expires=expires_ms)

    def drop(self, plan_hashes: Sequence[str]) -> None:
        self._db.run(DROP_HOLDS, ids=[*plan_hashes])
