"""What is asked of the record table, written once."""

from __future__ import annotations

from functools import cache

from sqlalchemy import (
    Integer,
    and_,
    bindparam,
    cast,
    delete,
    exists,
    func,
    literal_column,
    not_,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.sql.elements import ColumnElement

from connectors.base import SideName
from syncer.store.codec import Codec
from syncer.store.ports import Objects
from syncer.store.rows import RecordRow
from syncer.store.statements import InList, Statement, insert_into
from syncer.store.tables import alias, counter, link, record, record_key

CODEC = Codec(RecordRow, record)
SELECT = select(*CODEC.columns)
PLACE = {name: place for place, name in enumerate(CODEC.names)}
CONTENT = ("values", "presence", "sync_key", "successor", "merged_ids")  # what makes a record another one
ZEROED = slice(PLACE["gone_since_ms"], PLACE["planned_seq"] + 1)  # gone_since_ms, settled_ms, dirty_seq, planned_seq
CHANGED = ("mod_ms", "read_start_ms", *CONTENT, "dirty_seq")
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
        *(record.c[name] for name in ("id", "mod_ms", "read_start_ms", "settled_ms", *CONTENT, "keys")),
    ).where(_of_object(InList(record.c.id, "ids")))
)
INSERT = insert_into(record, CODEC.names)
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
KEY_HOLDERS = Statement(
    select(record_key.c.side, record_key.c.object, record_key.c.id)
    .where(record_key.c.name == bindparam("name_"), InList(record_key.c.value, "values"))
    .distinct()
    .order_by(record_key.c.side, record_key.c.object, record_key.c.id)
)
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
# All but the few that ended: both are counted in an index, where a look at each row would read the whole table.
COUNT = Statement(
    select(
        select(func.count()).select_from(record).where(_of_object()).scalar_subquery()
        - select(func.count()).select_from(record).where(_of_object(not_(LIVE))).scalar_subquery()
    )
)
COUNT_DIRTY = Statement(select(func.count()).select_from(record).where(DIRTY))


def _among(count: int) -> ColumnElement[bool]:
    """The record is of one of `count` objects, named by the parameters side0, object0, side1, ..."""
    return or_(
        *(
            and_(record.c.side == bindparam(f"side{n}"), record.c.object == bindparam(f"object{n}"))
            for n in range(count)
        )
    )


def _filtered(count: int) -> ColumnElement[bool]:
    """As `_among`, where another index finds the rows: worded so that SQLite does not walk whole objects instead."""
    plain = record.c.side.concat(literal_column("''"))
    return or_(
        *(and_(plain == bindparam(f"side{n}"), record.c.object == bindparam(f"object{n}")) for n in range(count))
    )


def named(objects: Objects) -> dict[str, str]:
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
def dirty(count: int, unlinked: bool) -> Statement:
    chosen = SELECT.where(DIRTY, record.c.dirty_seq > bindparam("after"), _filtered(count))
    if unlinked:
        chosen = chosen.where(~_linked("left"), ~_linked("right"), ~ALIASED)
    return Statement(chosen.order_by(record.c.dirty_seq).limit(bindparam("n", type_=Integer)))


@cache
def touch_all(count: int) -> Statement:
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
def size(count: int) -> Statement:
    return Statement(select(func.count()).select_from(record).where(_among(count)))


@cache
def with_key(count: int) -> Statement:
    owners = select(record_key.c.side, record_key.c.object, record_key.c.id).where(
        record_key.c.name == bindparam("name"), InList(record_key.c.value, "values")
    )
    owner = tuple_(record.c.side, record.c.object, record.c.id).in_(owners)
    return Statement(SELECT.where(LIVE, owner, _filtered(count)).order_by(record.c.side, record.c.object, record.c.id))


@cache
def with_sync_key(count: int) -> Statement:
    chosen = SELECT.where(
        LIVE, InList(record.c.sync_key, "sync_keys"), literal_column("record.sync_key <> ''"), _filtered(count)
    )
    return Statement(chosen.order_by(record.c.side, record.c.object, record.c.id))
