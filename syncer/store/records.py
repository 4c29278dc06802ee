"""Observations of remote records: monotone, compared by content, and numbered when they change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any

import orjson

from connectors.base import SideName
from syncer.store import record_statements as sql
from syncer.store.codec import to_json
from syncer.store.ports import Objects
from syncer.store.rows import RecordRow
from syncer.store.statements import Db


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
        stored = {item[0]: item for item in self._db.rows(sql.STATE, side_=side, object_=object_name, ids=ids)}
        inserts, changes, stamps, rekeyed = [], [], [], {}
        for row in _newest(stored, rows):
            columns = sql.CODEC.encode(row)
            columns[sql.ZEROED] = _ZEROS
            before = stored.get(row.id)
            if before is None:
                inserts.append(columns)
                if row.keys:
                    rekeyed[row.id] = row.keys
                continue
            _, mod_ms, read_ms, _, *content, keys = before
            if tuple(content) != _content(columns):
                changes.append(columns)
            elif (mod_ms, read_ms) != (row.mod_ms, row.read_start_ms):
                stamps.append((row.mod_ms, row.read_start_ms, side, object_name, row.id))
            if keys != columns[sql.PLACE["keys"]]:
                rekeyed[row.id] = row.keys
        number = self._numbers(len(inserts) + len(changes))
        for columns in (*inserts, *changes):
            columns[sql.PLACE["dirty_seq"]] = number = number + 1
        self._db.many(sql.INSERT, inserts)
        self._db.many(sql.CHANGE, [as_change(columns) for columns in changes])
        self._db.many(sql.STAMP, stamps)
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
            self._db.run(sql.DELETE_KEYS, side_=side, object_=object_name, ids=old)
            self._db.many(sql.SET_KEYS, [(to_json(rekeyed[one]), side, object_name, one) for one in old])
            self._wake_namesakes({one: (stored[one][-1], rekeyed[one]) for one in old})
        self._db.many(
            sql.INSERT_KEY,
            [
                (side, object_name, one, name, value)
                for one, keys in rekeyed.items()
                for name, value in dict.fromkeys(keys)
            ],
        )

    def _wake_namesakes(self, changed: Mapping[str, tuple[str, tuple[tuple[str, str], ...]]]) -> None:
        """Whoever still carries a natural key that another gave up is dirty: it may be unambiguous now."""
        given_up: dict[str, set[str]] = {}
        for before, now in changed.values():
            for name, value in {(key[0], key[1]) for key in orjson.loads(before)} - set(now):
                given_up.setdefault(name, set()).add(value)
        for name, values in sorted(given_up.items()):
            holders: dict[tuple[SideName, str], list[str]] = {}
            for side, object_name, one in self._db.rows(sql.KEY_HOLDERS, name_=name, values=sorted(values)):
                holders.setdefault((side, object_name), []).append(one)
            for (side, object_name), ids in holders.items():
                self.touch(side, object_name, ids)

    def _numbers(self, count: int) -> int:
        """Takes `count` numbers; the one before the first of them."""
        if not count:
            return 0
        (last,) = self._db.first(sql.NUMBER, n=count)
        return int(last) - count

    def get_many(self, side: SideName, object_name: str, ids: Sequence[str]) -> dict[str, RecordRow]:
        found = self._db.rows(sql.BY_IDS, side_=side, object_=object_name, ids=list(ids))
        return {row.id: row for row in sql.CODEC.decode_all(found)}

    def dirty(self, objects: Objects, limit: int, after_seq: int = 0) -> list[RecordRow]:
        return self._dirty(objects, limit, after_seq, unlinked=False)

    def dirty_unlinked(self, objects: Objects, limit: int, after_seq: int = 0) -> list[RecordRow]:
        return self._dirty(objects, limit, after_seq, unlinked=True)

    def _dirty(self, objects: Objects, limit: int, after_seq: int, *, unlinked: bool) -> list[RecordRow]:
        if not objects:
            return []
        statement = sql.dirty(len(objects), unlinked)
        return sql.CODEC.decode_all(self._db.rows(statement, n=limit, after=after_seq, **sql.named(objects)))

    def mark_planned(self, keys: Sequence[tuple[SideName, str, str, int]]) -> None:
        self._db.many(sql.PLANNED, [(seq, side, name, one, seq) for side, name, one, seq in keys])

    def touch(self, side: SideName, object_name: str, ids: Sequence[str]) -> None:
        known = [one for (one,) in self._db.rows(sql.KNOWN_IDS, side_=side, object_=object_name, ids=list(ids))]
        first = self._numbers(len(known)) + 1
        self._db.many(sql.TOUCH, [(first + n, side, object_name, one) for n, one in enumerate(known)])

    def touch_all(self, objects: Objects) -> int:
        if not objects:
            return 0
        (count,) = self._db.first(sql.size(len(objects)), **sql.named(objects))
        if count:
            self._db.run(sql.touch_all(len(objects)), base=self._numbers(count), **sql.named(objects))
        return int(count)

    def mark_gone(self, side: SideName, object_name: str, ids: Sequence[str], at_ms: int) -> None:
        self._db.run(sql.MARK_GONE, side_=side, object_=object_name, ids=list(ids), at=at_ms)

    def clear_gone(self, side: SideName, object_name: str, ids: Sequence[str]) -> None:
        self._db.run(sql.CLEAR_GONE, side_=side, object_=object_name, ids=list(ids))

    def suspected(self, limit: int) -> list[RecordRow]:
        return sql.CODEC.decode_all(self._db.rows(sql.SUSPECTED, n=limit))

    def set_presence(self, side: SideName, object_name: str, ids: Sequence[str], presence: str) -> None:
        params = {"side_": side, "object_": object_name, "ids": list(ids), "presence_": presence}
        differing = [one for (one,) in self._db.rows(sql.OTHER_PRESENCE, **params)]
        first = self._numbers(len(differing)) + 1
        rows = [(presence, first + n, side, object_name, one) for n, one in enumerate(differing)]
        self._db.many(sql.SET_PRESENCE, rows)

    def set_settled(self, keys: Sequence[tuple[SideName, str, str]], at_ms: int) -> None:
        """Only ever later: an older settlement that is told again changes nothing."""
        self._db.many(sql.SETTLED, [(at_ms, side, name, one, at_ms) for side, name, one in keys])

    def with_key(self, objects: Objects, name: str, values: Sequence[str]) -> list[RecordRow]:
        if not objects:
            return []
        found = self._db.rows(sql.with_key(len(objects)), name=name, values=list(values), **sql.named(objects))
        return sql.CODEC.decode_all(found)

    def with_sync_key(self, objects: Objects, sync_keys: Sequence[str]) -> list[RecordRow]:
        """Live records, as `with_key`."""
        if not objects:
            return []
        found = self._db.rows(sql.with_sync_key(len(objects)), sync_keys=list(sync_keys), **sql.named(objects))
        return sql.CODEC.decode_all(found)

    def iterate(self, side: SideName, object_name: str, after_id: str, limit: int) -> list[RecordRow]:
        return sql.CODEC.decode_all(self._db.rows(sql.PAGE, side_=side, object_=object_name, after=after_id, n=limit))

    def count(self, side: SideName, object_name: str) -> int:
        return int(self._db.first(sql.COUNT, side_=side, object_=object_name)[0])

    def count_dirty(self) -> int:
        return int(self._db.first(sql.COUNT_DIRTY)[0])


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


_ZEROS = (0, 0, 0, 0)
_content = itemgetter(*(sql.PLACE[name] for name in sql.CONTENT))
as_change = itemgetter(
    *(sql.PLACE[name] for name in sql.CHANGED), *(sql.PLACE[name] for name in ("side", "object", "id"))
)
