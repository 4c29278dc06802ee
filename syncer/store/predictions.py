"""Guesses, what became of them, and the models that made them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Integer, bindparam, func, literal_column, select, update

from syncer.store.codec import Codec
from syncer.store.knowledge_rows import ModelRow, PredictionRow
from syncer.store.knowledge_tables import model, prediction
from syncer.store.statements import Db, InList, Statement, change_row, put_into

CODEC = Codec(PredictionRow, prediction)
SELECT = select(*CODEC.columns)
OPEN = literal_column("prediction.state = 'open'")
KINDS = (prediction.c.fact, prediction.c.state, prediction.c.shown)

PUT = put_into(
    prediction,
    CODEC.names,
    change=lambda new: {name: new[name] for name in CODEC.names[1:]},
    where=lambda new: OPEN,
)
OPEN_FOR = Statement(  # the state joined to nothing, so that SQLite looks by subject: a subject has few, open are many
    SELECT.where(InList(prediction.c.subject, "subjects"), literal_column("prediction.state || '' = 'open'")).order_by(
        prediction.c.subject, prediction.c.fact, prediction.c.prediction_id
    )
)
OF_SUBJECT = Statement(
    SELECT.where(prediction.c.subject == bindparam("subject_")).order_by(
        prediction.c.made_ms, prediction.c.prediction_id
    )
)
BY_STATE = Statement(
    SELECT.where(InList(prediction.c.state, "states"), prediction.c.prediction_id > bindparam("after"))
    .order_by(prediction.c.prediction_id)
    .limit(bindparam("n", type_=Integer))
)
OF_FACT = Statement(
    SELECT.where(OPEN, prediction.c.fact == bindparam("fact_"), prediction.c.prediction_id > bindparam("after"))
    .order_by(prediction.c.prediction_id)
    .limit(bindparam("n", type_=Integer))
)
COUNTS = Statement(select(*KINDS, func.count()).group_by(*KINDS).order_by(*KINDS))

MODELS = Codec(ModelRow, model)
MODEL = select(*MODELS.columns)
LIVE = literal_column("model.live = 1")
RETIRE = Statement(
    update(model)
    .where(model.c.fact == bindparam("fact_"), LIVE, model.c.model_id != bindparam("but"))
    .values(live=literal_column("0"))
)
PUT_MODEL = put_into(model, MODELS.names)
CURRENT = Statement(MODEL.where(model.c.fact == bindparam("fact_"), LIVE))
LIST_MODELS = Statement(MODEL.order_by(model.c.fact, model.c.made_ms, model.c.model_id))


class SqlPredictions:
    """`knowledge_ports.Predictions` in SQL."""

    __slots__ = ("_db",)

    def __init__(self, db: Db) -> None:
        self._db = db

    def put(self, rows: Sequence[PredictionRow]) -> None:
        self._db.many(PUT, [CODEC.encode(row) for row in rows])

    def open_for(self, subjects: Sequence[str]) -> dict[str, list[PredictionRow]]:
        found: dict[str, list[PredictionRow]] = {subject: [] for subject in subjects}
        for row in CODEC.decode_all(self._db.rows(OPEN_FOR, subjects=list(found))):
            found[row.subject].append(row)
        return found

    def of_subject(self, subject: str) -> list[PredictionRow]:
        return CODEC.decode_all(self._db.rows(OF_SUBJECT, subject_=subject))

    def by_state(self, states: Sequence[str], after_id: str, limit: int) -> list[PredictionRow]:
        return CODEC.decode_all(self._db.rows(BY_STATE, states=list(states), after=after_id, n=limit))

    def of_fact(self, fact: str, after_id: str, limit: int) -> list[PredictionRow]:
        return CODEC.decode_all(self._db.rows(OF_FACT, fact_=fact, after=after_id, n=limit))

    def update(self, prediction_id: str, **changes: Any) -> None:
        change_row(self._db, CODEC, prediction_id, changes)

    def counts(self) -> dict[tuple[str, str, bool], int]:
        return {(fact, state, bool(shown)): int(count) for fact, state, shown, count in self._db.rows(COUNTS)}


class SqlModels:
    """`knowledge_ports.Models` in SQL."""

    __slots__ = ("_db",)

    def __init__(self, db: Db) -> None:
        self._db = db

    def put(self, row: ModelRow) -> None:
        if row.live:
            self._db.run(RETIRE, fact_=row.fact, but=row.model_id)
        self._db.many(PUT_MODEL, [MODELS.encode(row)])

    def current(self, fact: str) -> ModelRow | None:
        found = self._db.first(CURRENT, fact_=fact)
        return MODELS.decode(found) if found else None

    def list(self) -> list[ModelRow]:
        return MODELS.decode_all(self._db.rows(LIST_MODELS))
