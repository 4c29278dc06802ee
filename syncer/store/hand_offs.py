"""Subjects that were handed to people of sales, and the notices that tell them."""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Integer, bindparam, case, literal_column, select, update

from syncer.store.codec import Codec
from syncer.store.knowledge_rows import HandOffRow, NoticeRow
from syncer.store.knowledge_tables import hand_off, notice
from syncer.store.statements import Db, InList, Statement, add_into, change_row

CODEC = Codec(HandOffRow, hand_off)
SELECT = select(*CODEC.columns)
N = bindparam("n", type_=Integer)
MADE = (hand_off.c.made_ms, hand_off.c.hand_off_id)
NEWEST = (hand_off.c.made_ms.desc(), hand_off.c.hand_off_id.desc())

ADD = add_into(hand_off, CODEC.names)
BY_IDS = Statement(SELECT.where(InList(hand_off.c.hand_off_id, "ids")).order_by(hand_off.c.hand_off_id))
BY_STATE = Statement(SELECT.where(InList(hand_off.c.state, "states")).order_by(*MADE).limit(N))
OF_LINK = Statement(SELECT.where(hand_off.c.link_id == bindparam("link_id_")).order_by(*NEWEST))
LIST = Statement(
    SELECT.where(hand_off.c.made_ms >= bindparam("since"), hand_off.c.made_ms < bindparam("until")).order_by(*MADE)
)
LAST_OWNER = Statement(
    select(hand_off.c.owner_id)
    .where(hand_off.c.pool == bindparam("pool_"), literal_column("hand_off.owner_id <> ''"))
    .order_by(*NEWEST)
    .limit(literal_column("1"))
)

NOTICES = Codec(NoticeRow, notice)
ADD_NOTICE = add_into(notice, NOTICES.names)
DUE = Statement(
    select(*NOTICES.columns)
    .where(literal_column("notice.state = 'owed'"), notice.c.next_ms <= bindparam("now"))
    .order_by(notice.c.next_ms, notice.c.notice_id)
    .limit(N)
)
OPEN = hand_off.c.state.in_([literal_column(f"'{state}'") for state in ("owed", "sent", "recycling")])
ERASE_NOTICES = Statement(
    update(notice)
    .where(notice.c.hand_off_id.in_(select(hand_off.c.hand_off_id).where(InList(hand_off.c.link_id, "ids"))))
    .values(
        {
            notice.c.payload: literal_column("'{}'"),
            notice.c.state: case(
                (literal_column("notice.state = 'owed'"), literal_column("'failed'")), else_=notice.c.state
            ),
        }
    )
)
ERASE = Statement(
    update(hand_off)
    .where(InList(hand_off.c.link_id, "ids"))
    .values(
        {
            hand_off.c.payload: literal_column("'{}'"),
            hand_off.c.reason: literal_column("''"),
            hand_off.c.state: case((OPEN, literal_column("'ended'")), else_=hand_off.c.state),
        }
    )
)


class SqlHandOffs:
    """`knowledge_ports.HandOffs` in SQL."""

    __slots__ = ("_db",)

    def __init__(self, db: Db) -> None:
        self._db = db

    def add(self, rows: Sequence[HandOffRow]) -> int:
        return self._db.many(ADD, [CODEC.encode(row) for row in rows])

    def get_many(self, hand_off_ids: Sequence[str]) -> dict[str, HandOffRow]:
        return {row.hand_off_id: row for row in CODEC.decode_all(self._db.rows(BY_IDS, ids=list(hand_off_ids)))}

    def by_state(self, states: Sequence[str], limit: int) -> list[HandOffRow]:
        return CODEC.decode_all(self._db.rows(BY_STATE, states=list(states), n=limit))

    def of_link(self, link_id: str) -> list[HandOffRow]:
        return CODEC.decode_all(self._db.rows(OF_LINK, link_id_=link_id))

    def update(self, hand_off_id: str, **changes: Any) -> None:
        change_row(self._db, CODEC, hand_off_id, changes)

    def list(self, since_ms: int, until_ms: int) -> builtins.list[HandOffRow]:
        return CODEC.decode_all(self._db.rows(LIST, since=since_ms, until=until_ms))

    def last_owner(self, pool: str) -> str:
        found = self._db.first(LAST_OWNER, pool_=pool)
        return str(found[0]) if found else ""

    def erase(self, link_ids: Sequence[str]) -> None:
        self._db.run(ERASE_NOTICES, ids=list(link_ids))
        self._db.run(ERASE, ids=list(link_ids))


class SqlNotices:
    """`knowledge_ports.Notices` in SQL."""

    __slots__ = ("_db",)

    def __init__(self, db: Db) -> None:
        self._db = db

    def add(self, rows: Sequence[NoticeRow]) -> int:
        return self._db.many(ADD_NOTICE, [NOTICES.encode(row) for row in rows])

    def due(self, now_ms: int, limit: int) -> list[NoticeRow]:
        return NOTICES.decode_all(self._db.rows(DUE, now=now_ms, n=limit))

    def update(self, notice_id: str, **changes: Any) -> None:
        change_row(self._db, NOTICES, notice_id, changes)
