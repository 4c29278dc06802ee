"""What providers were asked, what it cost, and how they do."""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from functools import cache

from sqlalchemy import Integer, bindparam, case, func, literal_column, select, update

from syncer.store.codec import Codec
from syncer.store.knowledge_rows import AskRow, ProviderRow, SpendRow
from syncer.store.knowledge_tables import ask, provider, spend
from syncer.store.statements import Db, InList, Statement, put_into

ASKS = Codec(AskRow, ask)
ASK = select(*ASKS.columns)
OF_PROVIDER = ask.c.provider == bindparam("provider_")
PUT_ASK = put_into(ask, ASKS.names)
ASKS_OF = Statement(ASK.where(OF_PROVIDER, InList(ask.c.key, "keys")).order_by(ask.c.key))
ASKS_OF_KEY = Statement(ASK.where(ask.c.key == bindparam("key_")).order_by(ask.c.provider))
DUE_ASKS = Statement(
    ASK.where(ask.c.until_ms > literal_column("0"), ask.c.until_ms <= bindparam("now"))
    .order_by(ask.c.until_ms, ask.c.provider, ask.c.key)
    .limit(bindparam("n", type_=Integer))
)
COUNT_ASKS = Statement(select(ask.c.state, func.count()).where(OF_PROVIDER).group_by(ask.c.state).order_by(ask.c.state))

SPENDS = Codec(SpendRow, spend)
SPEND = select(*SPENDS.columns)
NOT_SETTLED = spend.c.state != literal_column("'settled'")
RESERVED = literal_column("spend.state = 'reserved'")
PUT_SPEND = put_into(
    spend,
    SPENDS.names,
    change=lambda new: {name: new[name] for name in SPENDS.names[1:]},
    where=lambda new: NOT_SETTLED,
)
SETTLE = Statement(
    update(spend)
    .where(spend.c.spend_id == bindparam("spend_id_"), NOT_SETTLED)
    .values(spent=bindparam("new_spent"), state=bindparam("new_state"))
)
COUNTED = case(
    (RESERVED, spend.c.reserved),
    (literal_column("spend.state = 'settled'"), spend.c.spent),
    else_=literal_column("0"),
)
OPEN = Statement(SPEND.where(RESERVED).order_by(spend.c.spend_id))
SINCE = Statement(SPEND.where(spend.c.day >= bindparam("since")).order_by(spend.c.day, spend.c.at_ms, spend.c.spend_id))

PROVIDERS = Codec(ProviderRow, provider)
GET_PROVIDER = Statement(select(*PROVIDERS.columns).where(provider.c.provider == bindparam("provider_")))
PUT_PROVIDER = put_into(provider, PROVIDERS.names)
LIST_PROVIDERS = Statement(select(*PROVIDERS.columns).order_by(provider.c.provider))


@cache
def _total(of_run: bool, of_day: bool) -> Statement:
    chosen = select(func.coalesce(func.sum(COUNTED), literal_column("0"))).where(
        spend.c.provider == bindparam("provider_")
    )
    if of_run:
        chosen = chosen.where(spend.c.run_id == bindparam("run_id_"))
    if of_day:
        chosen = chosen.where(spend.c.day == bindparam("day_"))
    return Statement(chosen)


class SqlAsks:
    """`knowledge_ports.Asks` in SQL."""

    __slots__ = ("_db",)

    def __init__(self, db: Db) -> None:
        self._db = db

    def put(self, rows: Sequence[AskRow]) -> None:
        self._db.many(PUT_ASK, [ASKS.encode(row) for row in rows])

    def get_many(self, provider: str, keys: Sequence[str]) -> dict[str, AskRow]:
        found = self._db.rows(ASKS_OF, provider_=provider, keys=list(keys))
        return {row.key: row for row in ASKS.decode_all(found)}

    def of_key(self, key: str) -> list[AskRow]:
        return ASKS.decode_all(self._db.rows(ASKS_OF_KEY, key_=key))

    def count_by(self, provider: str) -> dict[str, int]:
        return {state: int(count) for state, count in self._db.rows(COUNT_ASKS, provider_=provider)}

    def due(self, now_ms: int, limit: int) -> list[AskRow]:
        return ASKS.decode_all(self._db.rows(DUE_ASKS, now=now_ms, n=limit))


class SqlSpends:
    """`knowledge_ports.Spends` in SQL."""

    __slots__ = ("_db",)

    def __init__(self, db: Db) -> None:
        self._db = db

    def put(self, row: SpendRow) -> None:
        self._db.many(PUT_SPEND, [SPENDS.encode(row)])

    def settle(self, spend_id: str, spent: int, state: str) -> None:
        self._db.run(SETTLE, spend_id_=spend_id, new_spent=spent, new_state=state)

    def total(self, provider: str, run_id: str = "", day: str = "") -> int:
        statement = _total(bool(run_id), bool(day))
        return int(self._db.first(statement, provider_=provider, run_id_=run_id, day_=day)[0])

    def open(self) -> list[SpendRow]:
        return SPENDS.decode_all(self._db.rows(OPEN))

    def list(self, since_day: str) -> builtins.list[SpendRow]:
        return SPENDS.decode_all(self._db.rows(SINCE, since=since_day))


class SqlProviders:
    """`knowledge_ports.Providers` in SQL."""

    __slots__ = ("_db",)

    def __init__(self, db: Db) -> None:
        self._db = db

    def get(self, provider: str) -> ProviderRow | None:
        found = self._db.first(GET_PROVIDER, provider_=provider)
        return PROVIDERS.decode(found) if found else None

    def put(self, row: ProviderRow) -> None:
        self._db.many(PUT_PROVIDER, [PROVIDERS.encode(row)])

    def list(self) -> list[ProviderRow]:
        return PROVIDERS.decode_all(self._db.rows(LIST_PROVIDERS))
