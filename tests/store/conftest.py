"""Every test that takes `store` or `state_url` runs on SQLite (a file) and on PostgreSQL."""

from __future__ import annotations

import importlib.util
import itertools
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from syncer.store import Store, open_store

_HERE = Path(__file__).parent
_SPEC = importlib.util.spec_from_file_location("tests_postgres", _HERE.parent / "postgres.py")
postgres = importlib.util.module_from_spec(_SPEC)
sys.modules["tests_postgres"] = postgres
_SPEC.loader.exec_module(postgres)
_NUMBERS = itertools.count()


@pytest.fixture(scope="session")
def postgres_folder() -> Iterator[Path]:
    with postgres.postgres_server() as folder:
        yield folder


@pytest.fixture
def postgres_url(postgres_folder: Path) -> Iterator[str]:
    """An empty schema of its own, dropped afterwards."""
    name = f"state{next(_NUMBERS)}"
    with psycopg.connect(f"host={postgres_folder} user=syncer dbname=postgres", autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {name}")
        yield f"{postgres.url_of(postgres_folder)}&options=-csearch_path%3D{name}"
        connection.execute(f"DROP SCHEMA {name} CASCADE")


@pytest.fixture(params=["sqlite", "postgresql"])
def state_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgres_url"))
    return f"sqlite:///{tmp_path}/state.db"


@pytest.fixture
def store(state_url: str) -> Iterator[Store]:
    opened = open_store(state_url, exclusive=True)
    yield opened
    opened.close()
