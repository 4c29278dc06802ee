"""Two CRMs in this process, over TLS, and the real command line in processes of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog
from typer.testing import CliRunner

from sandbox.app import Sandbox
from syncer.cli.app import app
from syncer.config import load_config
from syncer.engine import cycle
from syncer.engine.session import session
from syncer.report.summary import summary
from syncer.store import Store, open_store

ROOT = Path(__file__).parents[2]
INDEX_LAG_MS = 20_000


@dataclass(frozen=True)
class Done:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def environment(**more: str) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SYNCER_")}
    return {**clean, "COLUMNS": "100", "PYTHONPATH": str(ROOT), **more}


def syncer(*words: str, config: Path | None = None, **more: str) -> Done:
    """Runs a command to its end, in a process of its own; `more` are environment variables."""
    options = ["--config", str(config)] if config is not None else []
    done = subprocess.run(
        [sys.executable, "-m", "syncer", *words, *options],
        capture_output=True,
        text=True,
        timeout=60,
        stdin=subprocess.DEVNULL,
        env=environment(**more),
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)


@dataclass
class CliWorld:
    """A pair that was set up and synced once; every test leaves its records in step or in a state of its own."""

    sandbox: Sandbox
    folder: Path
    config: Path
    made: int = field(default=0)

    def run(self, *words: str, config: Path | None = None) -> Done:
        """The same command line, without the price of a process."""
        done = CliRunner().invoke(app, [*words, "--config", str(config or self.config)], env={"COLUMNS": "100"})
        structlog.reset_defaults()  # its log would go to a stream that is closed by now
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return Done(done.exit_code, done.stdout, done.stderr)

    def json(self, *words: str) -> Any:
        done = self.run(*words, "--json")
        assert done.err == "", done.err
        return done.json

    def write_config(self, name: str, text: str = "", mappings: str = "mappings", state: str = "syncer.db") -> Path:
        path = self.folder / name
        path.write_text(
            f'[state]\nurl = "sqlite:///{state}"\n[sandbox]\nfile = "sandbox.json"\n'
            f'[mappings]\ndir = "{mappings}"\n'
            f'[salesforce]\nauth = "client_credentials"\n[engine]\ncool_down_ms = 0\n{text}'
        )
        return path

    def state_url(self, name: str = "syncer.db") -> str:
        return f"sqlite:///{self.folder / name}"

    def reading(self) -> Store:
        return open_store(self.state_url(), exclusive=False)

    def lead(self, **values: Any) -> str:
        with self.sandbox.lock:
            self.sandbox.driver.drive()
            return self.sandbox.org.create("Lead", {"LastName": "Doe", "Company": "Acme", **values}, "human:ann")

    def contact(self, **values: Any) -> str:
        with self.sandbox.lock:
            self.sandbox.driver.drive()
            return self.sandbox.portal.create("contacts", values, "human:bob")

    def edit_lead(self, record_id: str, **values: Any) -> None:
        with self.sandbox.lock:
            self.sandbox.driver.drive()
            self.sandbox.org.update("Lead", record_id, values, "human:ann")

    def edit_contact(self, record_id: str, **values: Any) -> None:
        with self.sandbox.lock:
            self.sandbox.driver.drive()
            self.sandbox.portal.update("contacts", record_id, values, "human:bob")

    def lead_value(self, record_id: str, name: str) -> Any:
        with self.sandbox.lock:
            found = self.sandbox.org.record("Lead", record_id)
            assert found is not None
            return found[name]

    def contact_value(self, record_id: str, name: str) -> Any:
        with self.sandbox.lock:
            found = self.sandbox.portal.record("contacts", record_id)
            assert found is not None
            return found.get(name)

    def wait(self) -> None:
        """Lets HubSpot's search catch up, by the sandbox's clock: a signed log-in would come out of date by it."""
        self.sandbox.driver.advance(INDEX_LAG_MS)

    def sync(self) -> dict[str, Any]:
        """A cycle in this process, for what a test only prepares; its summary."""
        self.wait()
        with session(load_config(self.config)) as context:
            cycle.sync(context)
            return summary(context)

    def person(self, **values: Any) -> tuple[str, str]:
        """A new person in step on both sides: (Lead id, contact id)."""
        self.made += 1
        lead_id = self.lead(Email=f"person{self.made}@cli-world.example", **values)
        done = self.sync()
        assert done["exit_code"] in (0, 4), done
        store = self.reading()
        try:
            with store.snapshot() as tx:
                link = tx.links.by_records("left", "Lead", [lead_id])[lead_id]
        finally:
            store.close()
        assert link.state == "linked"
        return lead_id, link.right_id
