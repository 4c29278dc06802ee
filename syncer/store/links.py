"""Identity: which two records are one subject, and the ids that a subject once had."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Integer, bindparam, delete, func, literal_column, select, update

from connectors.base import SideName
from syncer.store.codec import Codec
from syncer.store.knowledge_tables import account_key, membership, verdict
from syncer.store.records import SqlRecords
from syncer.store.rows import AliasRow, LinkRow
from syncer.store.statements import Db, InList, Statement, insert_into, put_into
from syncer.store.tables import alias, dependency, link, quarantine, shadow

CODEC = Codec(LinkRow, link)
ALIASES = Codec(AliasRow, alias)
SELECT = select(*CODEC.columns)
NOT_TOMBSTONE = literal_column("link.state <> 'tombstone'")

BY_IDS = Statement(SELECT.where(InList(link.c.link_id, "ids")).order_by(link.c.link_id))
BY_RECORDS: Mapping[SideName, Statement] = {
    side: Statement(
        SELECT.where(
            link.c[f"{side}_object"] == bindparam("object_"),
            InList(link.c[f"{side}_id"], "ids"),
            literal_column(f"link.{side}_id <> ''"),
            NOT_TOMBSTONE,
        ).order_by(link.c.link_id)
    )
    for side in ("left", "right")
}  # type: ignore[misc]
BY_ALIASES = Statement(
    select(alias.c.id, *CODEC.columns)
    .select_from(alias.join(link, link.c.link_id == alias.c.link_id))
    .where(
        alias.c.side == bindparam("side_"),
        alias.c.object == bindparam("object_"),
        InList(alias.c.id, "ids"),
        NOT_TOMBSTONE,
    )
    .order_by(alias.c.id)
)
BY_SYNC_KEYS = Statement(
    SELECT.where(InList(link.c.sync_key, "sync_keys"), literal_column("link.sync_key <> ''")).order_by(link.c.link_id)
)
BY_MATCH_KEYS = Statement(
    SELECT.where(
        link.c.kind == bindparam("kind_"),
        InList(link.c.match_key, "match_keys"),
        literal_column("link.match_key <> '' AND link.state IN ('creating_left', 'creating_right', 'linked')"),
    ).order_by(link.c.link_id)
)
INSERT = insert_into(link, CODEC.names)
DELETES = tuple(
    Statement(delete(column.table).where(InList(column, "ids")))
    for column in (
        alias.c.link_id,
        shadow.c.link_id,
        quarantine.c.link_id,
        dependency.c.child_link,
        verdict.c.link_id,
        membership.c.person_link,
        membership.c.account_link,
        account_key.c.link_id,
        link.c.link_id,
    )
)
COUNTS = Statement(
    select(link.c.kind, link.c.state, func.count())
    .group_by(link.c.kind, link.c.state)
    .order_by(link.c.kind, link.c.state)
)
PUT_ALIAS = put_into(alias, ALIASES.names)
ALIASES_OF = Statement(
    select(*ALIASES.columns)
    .where(alias.c.link_id == bindparam("link_id_"))
    .order_by(alias.c.side, alias.c.object, alias.c.id)
)


@cache
def _update(names: tuple[str, ...]) -> Statement:
    values: dict[Any, Any] = {link.c[name]: bindparam(f"new_{name}") for name in names}
    values[link.c.version] = link.c.version + literal_column("1")
    return Statement(update(link).where(link.c.link_id == bindparam("link_id_")).values(values))


@cache
def _page(any_kind: bool) -> Statement:
    chosen = SELECT.where(InList(link.c.state, "states"), link.c.link_id > bindparam("after"))
    if not any_kind:
        chosen = chosen.where(link.c.kind == bindparam("kind_"))
    return Statement(chosen.order_by(link.c.link_id).limit(bindparam("n", type_=Integer)))


class SqlLinks:
    """`ports.Links` in SQL."""

    __slots__ = ("_db", "_records")

    def __init__(self, db: Db, records: SqlRecords) -> None:
        self._db = db
        self._records = records

    def get_many(self, link_ids: Sequence[str]) -> dict[str, LinkRow]:
        return {row.link_id: row for row in CODEC.decode_all(self._db.rows(BY_IDS, ids=list(link_ids)))}

    def by_records(self, side: SideName, object_name: str, ids: Sequence[str]) -> dict[str, LinkRow]:
        asked = list(ids)
        found: dict[str, LinkRow] = {}
        for remote_id, *columns in self._db.rows(BY_ALIASES, side_=side, object_=object_name, ids=asked):
            found[remote_id] = CODEC.decode(columns)
        for row in CODEC.decode_all(self._db.rows(BY_RECORDS[side], object_=object_name, ids=asked)):
            found[row.left_id if side == "left" else row.right_id] = row
        return found

    def by_sync_keys(self, sync_keys: Sequence[str]) -> dict[str, LinkRow]:
        """Whatever the state: a key is never given twice."""
        found = CODEC.decode_all(self._db.rows(BY_SYNC_KEYS, sync_keys=list(sync_keys)))
        return {row.sync_key: row for row in found}

    def by_match_keys(self, kind: str, match_keys: Sequence[str]) -> dict[str, LinkRow]:
        found = CODEC.decode_all(self._db.rows(BY_MATCH_KEYS, kind_=kind, match_keys=list(match_keys)))
        return {row.match_key: row for row in found}

    def insert(self, rows: Sequence[LinkRow]) -> None:
        with self._db.part():
            self._db.many(INSERT, [CODEC.encode(row) for row in rows])

    def update(self, link_id: str, **changes: Any) -> None:
        if {"link_id", "version"} & set(changes):
            raise TypeError("link_id and version are the store's to set")
        if not changes:
            return
        values = {f"new_{name}": value for name, value in CODEC.encode_changes(changes).items()}
        with self._db.part():
            self._db.run(_update(tuple(sorted(changes))), link_id_=link_id, **values)

    def delete(self, link_ids: Sequence[str]) -> None:
        """With all that would lead nowhere: aliases, bases, parked cells, references, verdicts, memberships, keys."""
        for statement in DELETES:
            self._db.run(statement, ids=list(link_ids))

    def touch(self, link_ids: Sequence[str]) -> None:
        owned: dict[tuple[SideName, str], list[str]] = {}
        for row in self.get_many(link_ids).values():
            if row.left_id:
                owned.setdefault(("left", row.left_object), []).append(row.left_id)
            if row.right_id:
                owned.setdefault(("right", row.right_object), []).append(row.right_id)
        for (side, object_name), ids in owned.items():
            self._records.touch(side, object_name, ids)

    def iterate(self, kind: str, states: Sequence[str], after_id: str, limit: int) -> list[LinkRow]:
        params = {"states": list(states), "after": after_id, "n": limit, "kind_": kind}
        return CODEC.decode_all(self._db.rows(_page(not kind), **params))

    def count_by_state(self) -> dict[tuple[str, str], int]:
        return {(kind, state): int(count) for kind, state, count in self._db.rows(COUNTS)}

    def add_aliases(self, rows: Sequence[AliasRow]) -> None:
        self._db.many(PUT_ALIAS, [ALIASES.encode(row) for row in rows])

    def aliases_of(self, link_id: str) -> list[AliasRow]:
        return ALIASES.decode_all(self._db.rows(ALIASES_OF, link_id_=link_id))
