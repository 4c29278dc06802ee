"""Statements written once in SQLAlchemy Core, compiled once for each database, and run with plain tuples.

Compiling costs many times what running costs, and the stages ask thousands of small questions: the text of a statement
is kept for the life of the process, whatever store asks. Values always travel as parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

from sqlalchemy import Boolean, Connection, Table, bindparam, insert, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.elements import BindParameter, ColumnElement
from sqlalchemy.sql.expression import ClauseElement, Executable

from syncer.store.codec import Codec, to_json
from syncer.store.errors import translate


class InList(ColumnElement[bool]):
    """`column` is one of a list of any length, given as one parameter: JSON on SQLite, an array on PostgreSQL."""

    inherit_cache = False
    type = Boolean()

    def __init__(self, column: ColumnElement[Any], name: str) -> None:
        self.column = column
        self.bind: BindParameter[Any] = bindparam(name)

    def self_group(self, against: Any = None) -> InList:
        """As it is: SQLAlchemy would add `= 1` where a database has no booleans, and no index serves that."""
        return self


@compiles(InList, "sqlite")
def _in_json(element: InList, compiler: Any, **options: Any) -> str:
    column, bind = compiler.process(element.column, **options), compiler.process(element.bind, **options)
    return f"{column} IN (SELECT value FROM json_each({bind}))"  # noqa: S608  compiled clauses


@compiles(InList, "postgresql")
def _in_array(element: InList, compiler: Any, **options: Any) -> str:
    return f"{compiler.process(element.column, **options)} = ANY({compiler.process(element.bind, **options)})"


class Statement:
    """One statement, its text kept for each database. `by_name` where the databases need different clauses.

    `order` names the parameters as `Db.many` gives them; a clause that would take them otherwise is refused.
    """

    __slots__ = ("_clause", "_compiled", "_keys", "order")

    def __init__(
        self,
        clause: Executable | Mapping[str, Executable],
        order: Sequence[str] = (),
        keys: Sequence[str] | None = None,
    ) -> None:
        self._clause = clause
        self._compiled: dict[str, tuple[str, tuple[str, ...], Mapping[str, Any]]] = {}
        self._keys = keys
        self.order = tuple(order)

    def on(self, dialect: Dialect) -> tuple[str, tuple[str, ...], Mapping[str, Any]]:
        """The text for that database, the names of its parameters in their order, and the values that are fixed."""
        found = self._compiled.get(dialect.name)
        if found is None:
            clause = self._clause[dialect.name] if isinstance(self._clause, Mapping) else self._clause
            assert isinstance(clause, ClauseElement)
            compiled: Any = clause.compile(dialect=dialect, column_keys=list(self._keys) if self._keys else None)
            names = tuple(compiled.positiontup or ())
            if self.order and names != self.order:
                raise AssertionError(f"{compiled} takes {names}, not {self.order}")
            found = self._compiled[dialect.name] = (
                str(compiled),
                names,
                {name: value for name, value in compiled.params.items() if value is not None},
            )
        return found


def insert_into(table: Table, names: Sequence[str]) -> Statement:
    return Statement(insert(table).inline(), order=names, keys=names)


def add_into(table: Table, names: Sequence[str]) -> Statement:
    """Insert, unless a row with the same primary key is there: that one is left alone."""
    key = [column.name for column in table.primary_key]
    return Statement(
        {
            "sqlite": sqlite.insert(table).inline().on_conflict_do_nothing(index_elements=key),
            "postgresql": postgresql.insert(table).inline().on_conflict_do_nothing(index_elements=key),
        },
        order=names,
        keys=names,
    )


def put_into(
    table: Table,
    names: Sequence[str],
    change: Callable[[Any], Mapping[str, Any]] | None = None,
    where: Callable[[Any], ColumnElement[bool]] | None = None,
) -> Statement:
    """Insert, or update the row with the same primary key.

    `change`, `where` are given the row that was to be inserted; without `change` every other column is replaced.
    """
    key = [column.name for column in table.primary_key]

    def clause(made: Any) -> Executable:
        new = made.excluded
        changes = change(new) if change else {name: new[name] for name in names if name not in key}
        condition = where(new) if where else None
        upsert: Executable = made.on_conflict_do_update(index_elements=key, set_=changes, where=condition)
        return upsert

    return Statement(
        {"sqlite": clause(sqlite.insert(table).inline()), "postgresql": clause(postgresql.insert(table).inline())},
        order=names,
        keys=names,
    )


class Db:
    """A connection inside a transaction; every error leaves it as a named one."""

    __slots__ = ("_connection", "_dialect", "_lists_as_json")

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._dialect = connection.dialect
        self._lists_as_json = connection.dialect.name == "sqlite"

    def _execute(self, statement: Statement, params: Mapping[str, Any]) -> Any:
        sql, names, fixed = statement.on(self._dialect)
        values = [params[name] if name in params else fixed[name] for name in names]
        if self._lists_as_json:
            values = [to_json(value) if type(value) is list else value for value in values]
        try:
            return self._connection.exec_driver_sql(sql, tuple(values))
        except DBAPIError as error:
            raise translate(error) from error

    def rows(self, statement: Statement, **params: Any) -> list[Any]:
        """All rows as tuples. A list among the parameters is the list of an `InList`."""
        return self._execute(statement, params).cursor.fetchall()

    def first(self, statement: Statement, **params: Any) -> Any:
        return self._execute(statement, params).cursor.fetchone()

    def run(self, statement: Statement, **params: Any) -> int:
        """How many rows it changed."""
        return self._execute(statement, params).rowcount

    def many(self, statement: Statement, rows: Sequence[Sequence[Any]]) -> int:
        """The statement once for each row of parameters, in the order that it names; how many rows it changed."""
        if not rows:
            return 0
        sql, _, _ = statement.on(self._dialect)
        try:
            return self._connection.exec_driver_sql(sql, [tuple(row) for row in rows]).rowcount
        except DBAPIError as error:
            raise translate(error) from error

    @contextmanager
    def part(self) -> Iterator[None]:
        """Undone alone when it raises, so that a caller may catch a conflict and go on, on either database."""
        self._connection.exec_driver_sql("SAVEPOINT part")
        try:
            yield
        except BaseException:
            self._connection.exec_driver_sql("ROLLBACK TO SAVEPOINT part")
            self._connection.exec_driver_sql("RELEASE SAVEPOINT part")
            raise
        self._connection.exec_driver_sql("RELEASE SAVEPOINT part")


@cache
def _change(table: Table, names: tuple[str, ...]) -> Statement:
    (key,) = table.primary_key
    values: dict[Any, Any] = {table.c[name]: bindparam(f"new_{name}") for name in names}
    return Statement(update(table).where(key == bindparam("key_")).values(values))


def change_row(db: Db, codec: Codec[Any], row_id: str, changes: Mapping[str, Any]) -> None:
    """Sets some columns of the row with that id. Raises TypeError for a name that the row does not have."""
    if changes:
        values = {f"new_{name}": value for name, value in codec.encode_changes(changes).items()}
        db.run(_change(codec.table, tuple(sorted(changes))), key_=row_id, **values)
