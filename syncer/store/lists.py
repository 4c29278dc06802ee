"""Lists and campaigns that are kept in the CRMs, and who stands in them because of us, or no more because of people."""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, delete, literal_column, select

from syncer.store.codec import Codec
from syncer.store.knowledge_rows import KeptListRow, ListMemberRow
from syncer.store.knowledge_tables import kept_list, list_member
from syncer.store.statements import Db, InList, Statement, change_row, put_into

CODEC = Codec(KeptListRow, kept_list)
LIST = Statement(select(*CODEC.columns).order_by(kept_list.c.list_key))
PUT = put_into(kept_list, CODEC.names)
DROP = Statement(delete(kept_list).where(kept_list.c.list_key == bindparam("key_")))

MEMBERS = Codec(ListMemberRow, list_member)
_OF_LIST = list_member.c.list_key == bindparam("key_")
OF_LIST = Statement(select(*MEMBERS.columns).where(_OF_LIST).order_by(list_member.c.link_id))
PUT_MEMBER = put_into(list_member, MEMBERS.names)
DROP_MEMBERS = Statement(delete(list_member).where(_OF_LIST, InList(list_member.c.link_id, "ids")))
DROP_PRESENT = Statement(delete(list_member).where(_OF_LIST, literal_column("list_member.state <> 'declined'")))


class SqlLists:
    """`knowledge_ports.Lists` in SQL."""

    __slots__ = ("_db",)

    def __init__(self, db: Db) -> None:
        self._db = db

    def list(self) -> builtins.list[KeptListRow]:
        return CODEC.decode_all(self._db.rows(LIST))

    def put(self, row: KeptListRow) -> None:
        self._db.many(PUT, [CODEC.encode(row)])

    def update(self, list_key: str, **changes: Any) -> None:
        change_row(self._db, CODEC, list_key, changes)

    def drop(self, list_key: str) -> None:
        self._db.run(DROP_PRESENT, key_=list_key)
        self._db.run(DROP, key_=list_key)

    def members(self, list_key: str) -> builtins.list[ListMemberRow]:
        return MEMBERS.decode_all(self._db.rows(OF_LIST, key_=list_key))

    def put_members(self, rows: Sequence[ListMemberRow]) -> None:
        self._db.many(PUT_MEMBER, [MEMBERS.encode(row) for row in rows])

    def drop_members(self, list_key: str, link_ids: Sequence[str]) -> None:
        self._db.run(DROP_MEMBERS, key_=list_key, ids=builtins.list(link_ids))
