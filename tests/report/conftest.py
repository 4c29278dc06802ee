"""`store`: an empty state to fill by hand, at `state_url`. `demo`: the state that the demo leaves, made once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from typer.testing import CliRunner

from syncer.cli.app import app
from syncer.store import Store, open_store


@pytest.fixture
def state_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/state.db"


@pytest.fixture
def store(state_url: str) -> Iterator[Store]:
    opened = open_store(state_url, exclusive=True)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The configuration of a demo that has ended."""
    folder = tmp_path_factory.mktemp("reports") / "demo"
    words = ["demo", "--json", "--accounts", "20", "--people", "50", "--edits", "20", "--folder", str(folder)]
    done = CliRunner().invoke(app, words)
    structlog.reset_defaults()  # its log would go to a stream that is closed by now
    assert done.exit_code == 0, done.output
    return folder / "config.toml"
