"""What the tables are made of: text, 64-bit integers and canonical JSON text, alike on SQLite and PostgreSQL."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, Table, Text, text

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    }
)

TEXT = Text().with_variant(Text(collation="C"), "postgresql")
INTEGER = BigInteger().with_variant(Integer, "sqlite")


def key(*names: str) -> list[Column]:
    return [Column(name, TEXT, primary_key=True, nullable=False) for name in names]


def texts(*names: str) -> list[Column]:
    return [Column(name, TEXT, nullable=False) for name in names]


def ints(*names: str) -> list[Column]:
    return [Column(name, INTEGER, nullable=False) for name in names]


def flag(name: str) -> Column:
    """0 or 1."""
    return Column(name, INTEGER, nullable=False, info={"form": "flag"})


def json(name: str, form: str = "json") -> Column:
    """Canonical JSON text. `form`, in a row: json (as it is), items (a tuple), pairs (a tuple of tuples)."""
    return Column(name, TEXT, nullable=False, info={"form": form})


def table(name: str, *columns: Column | list[Column], **options: object) -> Table:
    flat = [one for item in columns for one in (item if isinstance(item, list) else [item])]
    return Table(name, metadata, *flat, sqlite_strict=True, **options)


def index(name: str, *columns: Column, unique: bool = False, where: str = "") -> Index:
    condition = text(where) if where else None
    return Index(name, *columns, unique=unique, sqlite_where=condition, postgresql_where=condition)
