"""Observations of remote records: monotone, hashed, and numbered when they change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from hashlib import blake2b
from operator import itemgetter
from typing import Any

from sqlalchemy import (
    Integer,
    and_,
    bindparam,
    cast,
    delete,
    exists,
    func,
    literal_column,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.sql.elements import ColumnElement

from connectors.base import SideName
from syncer.store.codec import Codec, to_json
from syncer.store.ports import Objects
from syncer.store.rows import RecordRow
from syncer.store.statements import Db, InList, Statement, insert_into
from syncer.store.tables import alias, counter, link, record, record_key

CODEC = Codec(RecordRow, record)
SELECT = select(*CODEC.columns)
PLACE = {name: place for place, name in enumerate(CODEC.names)}
PLACE["hash"] = len(PLACE)  # the last column, of the store alone
HASHED = [PLACE[name] for name in ("values", "sync_key", "successor", "merged_ids")]
ZEROED = slice(PLACE["gone_since_ms"], PLACE["planned_seq"] + 1)  # gone_since_ms, settled_ms, dirty_seq, planned_seq
CHANGED = (
    "mod_ms", "read_start_ms", "values", "presence", "sync_key", "successor", "merged_ids", "dirty_seq", "hash",
)  # fmt: skip
LIVE = record.c.presence == literal_column("'live'")
DIRTY = literal_column("record.dirty_seq > record.planned_seq")
NOT_TOMBSTONE = literal_column("link.state <> 'tombstone'")


def _of_object(*more: ColumnElement[bool]) -> ColumnElement[bool]:
    return and_(record.c.side == bindparam("side_"), record.c.object == bindparam("object_"), *more)


def _by_id(*more: ColumnElement[bool]) -> ColumnElement[bool]:
    return _of_object(record.c.id == bindparam("id_"), *more)


BY_IDS = Statement(SELECT.where(_of_object(InList(record.c.id, "ids"))).order_by(record.c.id))
KNOWN_IDS = Statement(select(record.c.id).where(_of_object(InList(record.c.id, "ids"))).order_by(record.c.id))
STATE = Statement(
    select(
        record.c.id, record.c.mod_ms, record.c.read_start_ms, record.c.settled_ms, record.c.hash, record.c.presence,
        record.c["keys"],
    ).where(_of_object(InList(record.c.id, "ids")))
)  # fmt: skip
INSERT = insert_into(record, (*CODEC.names, "hash"))
CHANGE = Statement(
    update(record).where(_by_id()).values({record.c[name]: bindparam(f"new_{name}") for name in CHANGED}),
    order=(*(f"new_{name}" for name in CHANGED), "side_", "object_", "id_"),
)
STAMP = Statement(
    update(record).where(_by_id()).values(mod_ms=bindparam("new_mod"), read_start_ms=bindparam("new_read")),
    order=("new_mod", "new_read", "side_", "object_", "id_"),
)
SET_KEYS = Statement(
    update(record).where(_by_id()).values({record.c["keys"]: bindparam("new_keys")}),
    order=("new_keys", "side_", "object_", "id_"),
)
INSERT_KEY = insert_into(record_key, ("side", "object", "id", "name", "value"))
DELETE_KEYS = Statement(
    delete(record_key).where(
        record_key.c.side == bindparam("side_"),
        record_key.c.object == bindparam("object_"),
        InList(record_key.c.id, "ids"),
    )
)
NUMBER = Statement(
    update(counter)
    .where(counter.c.name == literal_column("'dirty'"))
    .values(value=counter.c.value + cast(bindparam("n"), counter.c.value.type))
    .returning(counter.c.value)
)
PLANNED = Statement(
    update(record).where(_by_id(record.c.planned_seq < bindparam("below"))).values(planned_seq=bindparam("seq")),
    order=("seq", "side_", "object_", "id_", "below"),
)
TOUCH = Statement(
    update(record).where(_by_id()).values(dirty_seq=bindparam("seq")), order=("seq", "side_", "object_", "id_")
)
SET_PRESENCE = Statement(
    update(record).where(_by_id()).values(presence=bindparam("new"), dirty_seq=bindparam("seq")),
    order=("new", "seq", "side_", "object_", "id_"),
)
OTHER_PRESENCE = Statement(
    select(record.c.id)
    .where(_of_object(InList(record.c.id, "ids"), record.c.presence != bindparam("presence_")))
    .order_by(record.c.id)
)
MARK_GONE = Statement(
    update(record)
    .where(_of_object(InList(record.c.id, "ids"), record.c.gone_since_ms == literal_column("0")))
    .values(gone_since_ms=bindparam("at"))
)
CLEAR_GONE = Statement(
    update(record)
    .where(_of_object(InList(record.c.id, "ids"), literal_column("gone_since_ms > 0")))
    .values(gone_since_ms=literal_column("0"))
)
SUSPECTED = Statement(
    SELECT.where(LIVE, literal_column("record.gone_since_ms > 0"))
    .order_by(record.c.side, record.c.object, record.c.id)
    .limit(bindparam("n", type_=Integer))
)
SETTLED = Statement(
    update(record).where(_by_id(record.c.settled_ms < bindparam("before"))).values(settled_ms=bindparam("at")),
    order=("at", "side_", "object_", "id_", "before"),
)
PAGE = Statement(
    SELECT.where(_of_object(record.c.id > bindparam("after")))
    .order_by(record.c.id)
    .limit(bindparam("n", type_=Integer))
)
COUNT = Statement(select(func.count()).select_from(record).where(_of_object(LIVE)))
COUNT_DIRTY = Statement(select(func.count()).select_from(record).where(DIRTY))


def _among(count: int) -> ColumnElement[bool]:
    """The record is of one of `count` objects, named by the parameters side0, object0, side1, ..."""
    return or_(
        *(
            and_(record.c.side == bindparam(f"side{n}"), record.c.object == bindparam(f"object{n}"))
            for n in range(count)
        )
    )


def _named(objects: Objects) -> dict[str, str]:
    found: dict[str, str] = {}
    for n, (side, name) in enumerate(objects):
        found[f"side{n}"], found[f"object{n}"] = side, name
    return found


def _linked(side: SideName) -> ColumnElement[bool]:
    """A link other than a tombstone holds the record on that side; worded so that the partial index serves."""
    return exists(
        select(literal_column("1")).select_from(link).where(
            record.c.side == literal_column(f"'{side}'"),
            link.c[f"{side}_object"] == record.c.object,
            link.c[f"{side}_id"] == record.c.id,
            literal_column(f"link.{side}_id <> ''"),
            NOT_TOMBSTONE,
        )
    )  # fmt: skip


ALIASED = exists(
    select(literal_column("1")).select_from(alias.join(link, link.c.link_id == alias.c.link_id)).where(
        alias.c.side == record.c.side, alias.c.object == record.c.object, alias.c.id == record.c.id, NOT_TOMBSTONE
    )
)  # fmt: skip


@cache
def _dirty(count: int, unlinked: bool) -> Statement:
    chosen = SELECT.where(DIRTY, record.c.dirty_seq > bindparam("after"), _among(count))
    if unlinked:
        chosen = chosen.where(~_linked("left"), ~_linked("right"), ~ALIASED)
    return Statement(chosen.order_by(record.c.dirty_seq).limit(bindparam("n", type_=Integer)))


@cache
def _touch_all(count: int) -> Statement:
    ranked = (
        select(
            record.c.side,
            record.c.object,
            record.c.id,
            func.row_number().over(order_by=(record.c.side, record.c.object, record.c.id)).label("place"),
        )
        .where(_among(count))
        .subquery("ranked")
    )
    same = and_(record.c.side == ranked.c.side, record.c.object == ranked.c.object, record.c.id == ranked.c.id)
    return Statement(
        update(record).where(same).values(dirty_seq=cast(bindparam("base"), record.c.dirty_seq.type) + ranked.c.place)
    )


@cache
def _size(count: int) -> Statement:
    return Statement(select(func.count()).select_from(record).where(_among(count)))


@cache
def _with_key(count: int) -> Statement:
    owners = select(record_key.c.side, record_key.c.object, record_key.c.id).where(
        record_key.c.name == bindparam("name"), InList(record_key.c.value, "values")
    )
    owner = tuple_(record.c.side, record.c.object, record.c.id).in_(owners)
    return Statement(SELECT.where(LIVE, owner, _among(count)).order_by(record.c.side, record.c.object, record.c.id))


@cache
def _with_sync_key(count: int) -> Statement:
    chosen = SELECT.where(
        LIVE, InList(record.c.sync_key, "sync_keys"), literal_column("record.sync_key <> ''"), _among(count)
    )
    return Statement(chosen.order_by(record.c.side, record.c.object, record.c.id))


def content_hash(columns: Sequence[Any]) -> str:
    """128 bits over what makes a record another one; presence is compared by itself."""
    text = "\n".join([columns[PLACE[name]] for name in HASHED])
    return blake2b(text.encode(), digest_size=16).hexdigest()


class SqlRecords:
    """`ports.Records` in SQL."""

    __slots__ = ("_db",)

    def __init__(self, db: Db) -> None:
        self._db = db

    def upsert(self, rows: Sequence[RecordRow]) -> int:
        groups: dict[tuple[SideName, str], list[RecordRow]] = {}
        for row in rows:
            groups.setdefault((row.side, row.object), []).append(row)
        return sum(self._upsert_object(side, name, group) for (side, name), group in groups.items())

    def _upsert_object(self, side: SideName, object_name: str, rows: Sequence[RecordRow]) -> int:
        ids = [row.id for row in rows]
        stored = {item[0]: item for item in self._db.rows(STATE, side_=side, object_=object_name, ids=ids)}
        inserts, changes, stamps, rekeyed = [], [], [], {}
        for row in _newest(stored, rows):
            columns = CODEC.encode(row)
            digest = content_hash(columns)
            columns[ZEROED] = (0, 0, 0, 0)
            columns.append(digest)
            before = stored.get(row.id)
            if before is None:
                inserts.append(columns)
                if row.keys:
                    rekeyed[row.id] = row.keys
                continue
            _, mod_ms, read_ms, _, hashed, presence, keys = before
            if (hashed, presence) != (digest, row.presence):
                changes.append(columns)
            elif (mod_ms, read_ms) != (row.mod_ms, row.read_start_ms):
                stamps.append((row.mod_ms, row.read_start_ms, side, object_name, row.id))
            if keys != columns[PLACE["keys"]]:
                rekeyed[row.id] = row.keys
        number = self._numbers(len(inserts) + len(changes))
        for columns in (*inserts, *changes):
            columns[PLACE["dirty_seq"]] = number = number + 1
        self._db.many(INSERT, inserts)
        self._db.many(CHANGE, [as_change(columns) for columns in changes])
        self._db.many(STAMP, stamps)
        self._replace_keys(side, object_name, rekeyed, stored)
        return len(inserts) + len(changes)

    def _replace_keys(
        self,
        side: SideName,
        object_name: str,
        rekeyed: Mapping[str, tuple[tuple[str, str], ...]],
        stored: Mapping[str, Any],
    ) -> None:
        old = [one for one in rekeyed if one in stored]
        if old:
            self._db.run(DELETE_KEYS, side_=side, object_=object_name, ids=old)
            self._db.many(SET_KEYS, [(to_json(rekeyed[one]), side, object_name, one) for one in old])
        self._db.many(
            INSERT_KEY,
            [
                (side, object_name, one, name, value)
                for one, keys in rekeyed.items()
                for name, value in dict.fromkeys(keys)
            ],
        )

    def _numbers(self, count: int) -> int:
        """Takes `count` numbers; the one before the first of them."""
        if not count:
            return 0
        (last,) = self._db.first(NUMBER, n=count)
        return int(last) - count

    def get_many(self, side: SideName, object_name: str, ids: Sequence[str]) -> dict[str, RecordRow]:
        found = self._db.rows(BY_IDS, side_=side, object_=object_name, ids=list(ids))
        return {row.id: row for row in CODEC.decode_all(found)}

    def dirty(self, objects: Objects, limit: int, after_seq: int = 0) -> list[RecordRow]:
        return self._dirty(objects, limit, after_seq, unlinked=False)

    def dirty_unlinked(self, objects: Objects, limit: int, after_seq: int = 0) -> list[RecordRow]:
        return self._dirty(objects, limit, after_seq, unlinked=True)

    def _dirty(self, objects: Objects, limit: int, after_seq: int, *, unlinked: bool) -> list[RecordRow]:
        if not objects:
            return []
        statement = _dirty(len(objects), unlinked)
        return CODEC.decode_all(self._db.rows(statement, n=limit, after=after_seq, **_named(objects)))

    def mark_planned(self, keys: Sequence[tuple[SideName, str, str, int]]) -> None:
        self._db.many(PLANNED, [(seq, side, name, one, seq) for side, name, one, seq in keys])

    def touch(self, side: SideName, object_name: str, ids: Sequence[str]) -> None:
        known = [one for (one,) in self._db.rows(KNOWN_IDS, side_=side, object_=object_name, ids=list(ids))]
        first = self._numbers(len(known)) + 1
        self._db.many(TOUCH, [(first + n, side, object_name, one) for n, one in enumerate(known)])

    def touch_all(self, objects: Objects) -> int:
        if not objects:
            return 0
        (count,) = self._db.first(_size(len(objects)), **_named(objects))
        if count:
            self._db.run(_touch_all(len(objects)), base=self._numbers(count), **_named(objects))
        return int(count)

    def mark_gone(self, side: SideName, object_name: str, ids: Sequence[str], at_ms: int) -> None:
        self._db.run(MARK_GONE, side_=side, object_=object_name, ids=list(ids), at=at_ms)

    def clear_gone(self, side: SideName, object_name: str, ids: Sequence[str]) -> None:
        self._db.run(CLEAR_GONE, side_=side, object_=object_name, ids=list(ids))

    def suspected(self, limit: int) -> list[RecordRow]:
        return CODEC.decode_all(self._db.rows(SUSPECTED, n=limit))

    def set_presence(self, side: SideName, object_name: str, ids: Sequence[str], presence: str) -> None:
        params = {"side_": side, "object_": object_name, "ids": list(ids), "presence_": presence}
        differing = [one for (one,) in self._db.rows(OTHER_PRESENCE, **params)]
        first = self._numbers(len(differing)) + 1
        rows = [(presence, first + n, side, object_name, one) for n, one in enumerate(differing)]
        self._db.many(SET_PRESENCE, rows)

    def set_settled(self, keys: Sequence[tuple[SideName, str, str]], at_ms: int) -> None:
        """Only ever later: an older settlement that is told again changes nothing."""
        self._db.many(SETTLED, [(at_ms, side, name, one, at_ms) for side, name, one in keys])

    def with_key(self, objects: Objects, name: str, values: Sequence[str]) -> list[RecordRow]:
        if not objects:
            return []
        found = self._db.rows(_with_key(len(objects)), name=name, values=list(values), **_named(objects))
        return CODEC.decode_all(found)

    def with_sync_key(self, objects: Objects, sync_keys: Sequence[str]) -> list[RecordRow]:
        """Live records, as `with_key`."""
        if not objects:
            return []
        found = self._db.rows(_with_sync_key(len(objects)), sync_keys=list(sync_keys), **_named(objects))
        return CODEC.decode_all(found)

    def iterate(self, side: SideName, object_name: str, after_id: str, limit: int) -> list[RecordRow]:
        return CODEC.decode_all(self._db.rows(PAGE, side_=side, object_=object_name, after=after_id, n=limit))

    def count(self, side: SideName, object_name: str) -> int:
        return int(self._db.first(COUNT, side_=side, object_=object_name)[0])

    def count_dirty(self) -> int:
        return int(self._db.first(COUNT_DIRTY)[0])


def _newest(stored: Mapping[str, Any], rows: Sequence[RecordRow]) -> list[RecordRow]:
    """The row that counts of each record, where one counts: none read before our last settled write, none older."""
    newest: dict[str, RecordRow] = {}
    for row in rows:
        before, held = stored.get(row.id), newest.get(row.id)
        stamp = (row.mod_ms, row.read_start_ms)
        if before is not None and (row.read_start_ms < before[3] or stamp < (before[1], before[2])):
            continue
        if held is None or stamp >= (held.mod_ms, held.read_start_ms):
            newest[row.id] = row
    return list(newest.values())


def content_hash(columns: Sequence[Any]) -> str:
    """128 bits over what makes a record another one; presence is compared by itself."""
    text = "\n".join([columns[place] for place in HASHED])
    return blake2b(text.encode(), digest_size=16).hexdigest()


as_change = itemgetter(*(PLACE[name] for name in CHANGED), *(PLACE[name] for name in ("side", "object", "id")))
