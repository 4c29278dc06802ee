"""Two systems over TLS that were brought into step once, and the command line, for tests that then spoil something."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from sandbox.app import Sandbox, SandboxOptions
from sandbox.salesforce.settings import Condition, DuplicateRule, ValidationRule
from syncer.cli.app import app
from syncer.engine.system import SystemClock

MAPPINGS = Path(__file__).parents[2] / "mappings"
CONFIG = f"""\
[state]
url = "sqlite:///syncer.db"
[sandbox]
file = "sandbox.json"
[mappings]
dir = "{MAPPINGS}"
[engine]
zombie_wait_ms = 0
cool_down_ms = 0
retry_first_ms = 0
retry_last_ms = 0
"""
RULES = {
    "validation_rules": (
        ValidationRule("Lead", "No shouting in titles.", (Condition("Title", "contains", "SHOUT"),), field="Title"),
    ),
    "duplicate_rules": (DuplicateRule("Lead", "Same fax", fields=("Fax",), action="block"),),
}
VICTIMS = 30
PASS_MS = 20_000  # between two runs: past the settle times of both systems


class HastyClock(SystemClock):
    """Waiting takes no time: it only moves this clock on."""

    ahead_ms = 0

    def now_ms(self) -> int:
        return super().now_ms() + HastyClock.ahead_ms

    def sleep(self, duration_s: float) -> None:
        HastyClock.ahead_ms += int(duration_s * 1000)


@dataclass
class Ended:
    """How a command ended: exit code, its JSON document, what it printed besides."""

    code: int
    document: dict[str, Any]
    text: str


@dataclass
class Person:
    """Somebody who is in step on both sides."""

    email: str
    lead: str
    contact: str


@dataclass
class Synced:
    """The pair of systems, their people, and the command line on them."""

    sandbox: Sandbox
    folder: Path
    people: list[Person] = field(default_factory=list)
    taken: int = 0
    edits: int = 0

    def run(self, *words: str, config: Path | None = None) -> Ended:
        """One command. An exception that is no exit is a bug and is raised."""
        made = CliRunner().invoke(app, [*words, "--config", str(config or self.folder / "config.toml"), "--json"])
        if made.exception is not None and not isinstance(made.exception, SystemExit):
            raise made.exception
        return Ended(made.exit_code, json.loads(made.stdout) if made.stdout.strip() else {}, made.output)

    def sync(self, *words: str) -> Ended:
        with self.sandbox.lock:
            self.sandbox.driver.advance(PASS_MS)
        return self.run("sync", *words)

    def another(self) -> Person:
        """Somebody whom no other test has spoiled."""
        self.taken += 1
        return self.people[self.taken]

    # -- people's edits, and what became of them

    def edit_left(self, person: Person, **values: Any) -> None:
        with self.sandbox.lock:
            self.sandbox.org.update("Lead", person.lead, values, "human:ann")

    def edit_right(self, person: Person, **values: Any) -> None:
        with self.sandbox.lock:
            self.sandbox.portal.update("contacts", person.contact, values, "human:bob")

    def left(self, person: Person, name: str) -> Any:
        return (self.sandbox.org.record("Lead", person.lead) or {}).get(name)

    def right(self, person: Person, name: str) -> Any:
        return (self.sandbox.portal.record("contacts", person.contact) or {}).get(name)

    def bystander(self) -> Bystander:
        """An edit on each side of somebody else, which must arrive whatever happens to the victim."""
        self.edits += 1
        made = Bystander(self, self.people[0], f"Title {self.edits}", f"Town {self.edits}")
        self.edit_left(made.person, Title=made.title)
        self.edit_right(made.person, city=made.city)
        return made

    def parked(self) -> list[dict[str, Any]]:
        """What is in quarantine, as the command line tells it."""
        return self.run("quarantine", "list").document["cells"]


@dataclass
class Bystander:
    """Two edits on their way."""

    world: Synced
    person: Person
    title: str
    city: str

    def arrived(self) -> list[str]:
        """The sides that hold what was entered on the other."""
        there = {"right": self.world.right(self.person, "jobtitle") == self.title}
        there["left"] = self.world.left(self.person, "City") == self.city
        return sorted(side for side, here in there.items() if here)


@contextmanager
def synced(folder: Path, **options: Any) -> Iterator[Synced]:
    """Starts both systems and brings them into step as a script would."""
    told = {"accounts": 0, "people": 0, "portal": {"index_lag_ms": (0, 0)}, "org": RULES} | options
    with Sandbox.start(SandboxOptions(folder=folder, **told)) as sandbox:
        world = Synced(sandbox, folder)
        (folder / "config.toml").write_text(CONFIG, encoding="utf-8")
        leads = {}
        with sandbox.lock:
            for number in range(VICTIMS):
                email = f"person{number}@victims{number}.example"
                values = {"LastName": f"Person {number}", "Company": f"Company {number}", "Email": email}
                leads[email] = sandbox.org.create("Lead", values, "human:ann")
        for words in (("setup", "salesforce", "--yes"), ("setup", "hubspot", "--yes")):
            assert world.run(*words).code == 0
        ended = world.sync("--yes")
        assert ended.code in (0, 4), ended.text
        contacts = {row["email"]: row["id"] for row in sandbox.portal.records("contacts")}
        world.people = [Person(email, lead, contacts[email]) for email, lead in leads.items()]
        yield world
