"""The main job played on one sandbox, and what is true and was said there of everybody whom both systems know."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from sandbox.app import Sandbox, SandboxOptions
from sandbox.population import truth
from sandbox.population.facts import criteria as true_criteria
from sandbox.population.world import Company
from syncer.config import Loaded, load_config
from syncer.engine.cycle import approve_first_sync, sync
from syncer.engine.needs import lacking
from syncer.engine.session import session
from syncer.report.summary import summary
from syncer.stages.context import Context
from syncer.store.knowledge_rows import VerdictRow
from syncer.store.ports import Tx
from syncer.store.rows import LinkRow
from tests.stages.told_truth import Opinion, newest, of_records, of_vendors, spoken

MAPPINGS: Final = Path(__file__).parents[2] / "mappings"
CONFIG: Final = '[state]\nurl = "sqlite:///syncer.db"\n[sandbox]\nfile = "sandbox.json"\n[mappings]\ndir = "mappings"\n'
LAG_MS: Final = 15_000  # HubSpot's search shows an edit a little later


@dataclass(frozen=True, slots=True)
class Subject:
    """One person whom both systems know: the link, its verdict, what is true, and who said what of it."""

    link: LinkRow
    row: VerdictRow
    email: str
    true: Mapping[str, bool | None]
    told: Mapping[str, Opinion]  # criterion -> the strongest word on it
    heard: Mapping[str, Opinion]  # the same, of what was said alone
    signals: tuple[str, ...]
    company: Company | None

    @property
    def truths(self) -> dict[str, str]:
        return {one["id"]: one["truth"] for one in self.row.verdict["criteria"]}


@dataclass(slots=True)
class KnownWorld:
    """A sandbox in play, and the configuration of the worker beside it."""

    running: Sandbox
    loaded: Loaded
    runs: list[dict[str, Any]] = field(default_factory=list)

    def sync(self, approve: bool = False) -> dict[str, Any]:
        self.running.driver.advance(LAG_MS)
        with session(self.loaded) as context:
            if approve:
                approve_first_sync(context)
            sync(context)
            self.runs.append(summary(context))
        return self.runs[-1]

    @contextmanager
    def look(self) -> Iterator[Context]:
        with session(self.loaded) as context:
            yield context

    def subjects(self) -> dict[str, Subject]:
        """By link id; of whom no record is of the population is left out."""
        numbers = self._numbers()
        with self.look() as context, context.store.snapshot() as tx:
            links = tx.links.iterate("person", ("linked",), "", 1_000_000)
            verdicts = tx.verdicts.get_many([link.link_id for link in links])
            accounts = tx.links.get_many(sorted({str(row.verdict["account"]) for row in verdicts.values()} - {""}))
            found = {}
            for link in links:
                known = {numbers.get(("left", link.left_id)), numbers.get(("right", link.right_id))} - {None}
                assert len(known) <= 1, f"{known} are linked as one person"
                if not known:
                    continue
                row = verdicts[link.link_id]
                firm = accounts.get(str(row.verdict["account"]))
                found[link.link_id] = self._subject(tx, context, link, firm, row, known.pop())
        return found

    def _numbers(self) -> dict[tuple[str, str], int]:
        """(side, id of a record) -> whose it is; a lead that was converted is its contact."""
        population = self.running.population
        numbers = {("right", one): number for number, one in population.right.items()}
        for number, refs in population.left.items():
            for name, record_id in refs:
                record = self.running.org.record(name, record_id) or {}
                numbers |= {("left", one): number for one in (record_id, record.get("ConvertedContactId")) if one}
        return numbers

    def _subject(
        self, tx: Tx, context: Context, link: LinkRow, firm: LinkRow | None, row: VerdictRow, number: int
    ) -> Subject:
        population, now_ms = self.running.population, context.clock.now_ms()
        world = population.world
        person = world.person(number)
        company = None if person.company is None else world.company(person.company)
        heard = spoken(newest(tx, truth.said_by(population, number), link), now_ms)
        told = self._of_sources(tx, link, firm, company) | of_records(self.running, link, firm) | heard
        signals = tuple(name for name, _ in population.engaged.get(number, []))
        if link.right_id != population.right.get(number):
            signals = ()
        true = true_criteria(world, person)
        return Subject(link, row, person.email or "", true, told, heard, signals, company)

    def _of_sources(self, tx: Tx, link: LinkRow, firm: LinkRow | None, company: Company | None) -> dict[str, Opinion]:
        if company is None:
            return {}
        states = self.running.vendors.states
        by_name = of_vendors(states, company, {one.provider: one for one in tx.asks.of_key(link.link_id)})
        found = {name: Opinion(None, one.who) for name, one in by_name.items()}
        key = f"account:{company.domain}"
        if key in _keys(self.running, link, firm):
            found |= of_vendors(states, company, {one.provider: one for one in tx.asks.of_key(key)})
        return found


def _keys(running: Sandbox, link: LinkRow, firm: LinkRow | None) -> set[str]:
    """Under which a source may have been asked about the company: of the account, else by address or web site."""
    if firm is not None:
        names = [str((running.portal.record("companies", firm.right_id) or {}).get("domain") or "")]
    else:
        left = running.org.record(link.left_object, link.left_id) or {}
        right = running.portal.record("contacts", link.right_id) or {}
        names = [str(one.get(name) or "") for one in (left, right) for name in ("Email", "email", "Website", "website")]
    return {f"account:{name.rpartition('@')[2]}" for name in names if name}


@contextmanager
def play(
    folder: Path, seed: int = 1, accounts: int = 60, people: int = 200, credits: int = 900, edits: int = 0
) -> Iterator[KnownWorld]:
    """First sync, people edit, talk and look at pages, second sync. `credits`: what vendors may cost in all."""
    (folder / "config.toml").write_text(CONFIG, "utf-8")
    shutil.copytree(MAPPINGS, folder / "mappings")
    file = folder / "mappings" / "enrichment.toml"
    file.write_text(
        file.read_text("utf-8").replace("run = 0\nday = 0", f"run = {credits}\nday = {credits}", 1), "utf-8"
    )
    with Sandbox.start(SandboxOptions(folder=folder, seed=seed, accounts=accounts, people=people)) as running:
        made = KnownWorld(running, load_config(folder / "config.toml"))
        with made.look() as context:
            specs = lacking(made.loaded, context.remotes)
            for side in ("left", "right"):
                context.remotes[side].create_fields(specs.get(side, []))
        made.sync(approve=True)
        with running.lock:
            running.driver.drive()
            running.let_people(edits)
            running.talk(40)
            running.engage(80)
        made.sync()
        yield made
