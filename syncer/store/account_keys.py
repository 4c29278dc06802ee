"""By what accounts are found, and by what people without one wait for theirs: posting lists, kept with each change.

No question reads more than the keys that it names: a value that everybody has is counted up to a bound.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet

from sqlalchemy import Integer, bindparam, delete, func, literal_column, select, text

from syncer.store.knowledge_ports import Key
from syncer.store.knowledge_tables import account_key
from syncer.store.statements import Db, InList, Statement, add_into
from syncer.store.tables import link

COLUMNS = ("kind", "value", "link_id")
_OF_KIND = account_key.c.kind == bindparam("kind_")
OF_LINKS = Statement(
    select(account_key.c.link_id, account_key.c.kind, account_key.c.value).where(InList(account_key.c.link_id, "ids"))
)
ADD = add_into(account_key, COLUMNS)
DROP = Statement(
    delete(account_key).where(
        account_key.c.kind == bindparam("kind_"),
        account_key.c.value == bindparam("value_"),
        account_key.c.link_id == bindparam("link_id_"),
    ),
    order=("kind_", "value_", "link_id_"),
)
_COUNTED = (
    "SELECT asked.value, (SELECT count(*) FROM (SELECT 1 FROM account_key k "
    "WHERE k.kind = :kind_ AND k.value = asked.value LIMIT :n) AS part) FROM "
)
COUNTS = Statement(
    {
        "sqlite": text(_COUNTED + "json_each(:values_) AS asked"),
        "postgresql": text(_COUNTED + "unnest(CAST(:values_ AS text[])) AS asked(value)"),
    }
)
HOLDERS = Statement(
    select(account_key.c.value, account_key.c.link_id)
    .where(_OF_KIND, InList(account_key.c.value, "values_"))
    .order_by(account_key.c.value, account_key.c.link_id)
)
FIRST_HOLDERS = Statement(
    select(account_key.c.link_id)
    .where(_OF_KIND, account_key.c.value == bindparam("value_"))
    .order_by(account_key.c.link_id)
    .limit(bindparam("n", type_=Integer))
)
_shown = account_key.alias("shown")
OTHER_KEYS = Statement(  # the kind joined to nothing, so that SQLite looks by link: a link has few keys, a kind many
    select(_shown.c.link_id, _shown.c.value)
    .select_from(account_key.join(_shown, _shown.c.link_id == account_key.c.link_id))
    .where(_OF_KIND, InList(account_key.c.value, "values_"), literal_column("shown.kind || ''") == bindparam("wanted_"))
    .distinct()
    .order_by(_shown.c.link_id, _shown.c.value)
)
TOTAL = Statement(
    select(func.count())
    .select_from(link)
    .where(
        link.c.kind == literal_column("'account'"),
        literal_column("link.state IN ('creating_left', 'creating_right', 'linked')"),
    )
)


class SqlAccountKeys:
    """`knowledge_ports.AccountKeys` in SQL."""

    __slots__ = ("_db",)

    def __init__(self, db: Db) -> None:
        self._db = db

    def replace(self, keys: Mapping[str, AbstractSet[Key]]) -> dict[str, tuple[AbstractSet[Key], AbstractSet[Key]]]:
        held: dict[str, set[Key]] = {link_id: set() for link_id in keys}
        for link_id, kind, value in self._db.rows(OF_LINKS, ids=list(held)):
            held[link_id].add((kind, value))
        changed = {
            link_id: (held[link_id] - wanted, wanted - held[link_id])
            for link_id, wanted in keys.items()
            if wanted != held[link_id]
        }
        self._db.many(DROP, [(*key, link_id) for link_id, (gone, _) in changed.items() for key in sorted(gone)])
        self._db.many(ADD, [(*key, link_id) for link_id, (_, new) in changed.items() for key in sorted(new)])
        return changed

    def counts(self, kind: str, values: Sequence[str], up_to: int) -> dict[str, int]:
        if not values:
            return {}
        found = self._db.rows(COUNTS, kind_=kind, values_=list(values), n=up_to)
        return {value: int(count) for value, count in found if count}

    def holders(self, kind: str, values: Sequence[str]) -> list[tuple[str, str]]:
        return [tuple(row) for row in self._db.rows(HOLDERS, kind_=kind, values_=list(values))] if values else []

    def first_holders(self, kind: str, value: str, limit: int) -> list[str]:
        return [link_id for (link_id,) in self._db.rows(FIRST_HOLDERS, kind_=kind, value_=value, n=limit)]

    def other_keys(self, kind: str, values: Sequence[str], wanted: str) -> list[tuple[str, str]]:
        if not values:
            return []
        found = self._db.rows(OTHER_KEYS, kind_=kind, values_=list(values), wanted_=wanted)
        return [tuple(row) for row in found]

    def total(self) -> int:
        return int(self._db.first(TOTAL)[0])
