"""Which account a person belongs to, and how that is known."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from sqlalchemy import delete, literal_column, select

from syncer.store.codec import Codec
from syncer.store.knowledge_rows import MembershipRow
from syncer.store.knowledge_tables import membership
from syncer.store.statements import Db, InList, Statement, put_into

CODEC = Codec(MembershipRow, membership)
SELECT = select(*CODEC.columns)
OF_PERSONS = Statement(
    SELECT.where(InList(membership.c.person_link, "ids")).order_by(membership.c.person_link, membership.c.account_link)
)
OF_ACCOUNTS = Statement(
    SELECT.where(InList(membership.c.account_link, "ids")).order_by(membership.c.account_link, membership.c.person_link)
)
DECIDED = Statement(
    SELECT.where(literal_column("membership.how IN ('confirmed', 'rejected')")).order_by(
        membership.c.person_link, membership.c.account_link
    )
)
PUT = put_into(membership, CODEC.names)


@cache
def _drop(some: bool) -> Statement:
    chosen = delete(membership).where(InList(membership.c.person_link, "ids"))
    return Statement(chosen.where(InList(membership.c.how, "hows")) if some else chosen)


class SqlMemberships:
    """`knowledge_ports.Memberships` in SQL."""

    __slots__ = ("_db",)

    def __init__(self, db: Db) -> None:
        self._db = db

    def get_many(self, person_links: Sequence[str]) -> dict[str, list[MembershipRow]]:
        found: dict[str, list[MembershipRow]] = {link_id: [] for link_id in person_links}
        for row in CODEC.decode_all(self._db.rows(OF_PERSONS, ids=list(found))):
            found[row.person_link].append(row)
        return found

    def of_accounts(self, account_links: Sequence[str]) -> list[MembershipRow]:
        return CODEC.decode_all(self._db.rows(OF_ACCOUNTS, ids=list(account_links)))

    def decided(self) -> list[MembershipRow]:
        return CODEC.decode_all(self._db.rows(DECIDED))

    def put(self, rows: Sequence[MembershipRow]) -> None:
        self._db.many(PUT, [CODEC.encode(row) for row in rows])

    def drop(self, person_links: Sequence[str], hows: Sequence[str] = ()) -> None:
        self._db.run(_drop(bool(hows)), ids=list(person_links), hows=list(hows))
