"""One world: two CRM models, the real connectors, stages and store, people, a bad line, and one virtual clock.

`World(script).play()` runs the script's cycles; `quieten` stops people and faults and runs on until nothing moves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any, Final

from connectors.base import SideName
from connectors.hubspot.factory import connect as connect_hubspot
from connectors.hubspot.remote import HubSpotSettings
from connectors.salesforce.factory import connect as connect_salesforce
from connectors.salesforce.settings import SalesforceSettings
from sandbox import chance
from sandbox.faults import Faults, FaultyDoor, is_write
from sandbox.hubspot import HubSpotPortal, PortalSettings
from sandbox.kernel import Edit, Ledger, Refusal, Request, Response, SandboxClock
from sandbox.salesforce import OrgSettings, SalesforceOrg
from simulation import acts, knowledge, mapping
from simulation.claimed import check_write
from simulation.clock import SimClock, SimEntropy, SkewedClock
from simulation.process import Killed, Points, Process, SimAdapter, SimStore
from simulation.script import Event, Script, Subject, Tally
from simulation.witness import Witness
from syncer.core.fields import KindMap
from syncer.engine.cycle import approve_first_sync, sync
from syncer.stages.audit import audit
from syncer.stages.context import Context, RunReport, Settings
from syncer.store import open_store

SALESFORCE: Final = "https://acme.my.salesforce.com"
HUBSPOT: Final = "https://api.hubapi.com"
SYSTEM: Final[Mapping[SideName, str]] = {"left": "salesforce", "right": "hubspot"}
SIDE: Final[Mapping[str, SideName]] = {"salesforce": "left", "hubspot": "right"}
LIVES_MAX: Final = 50


class World:
    """Built from a script alone; the same script gives the same world, call for call."""

    def __init__(self, script: Script) -> None:
        self.script, self.tally = script, Tally()
        self.clock = SandboxClock()
        self.started_ms = self.clock.now_ms()
        self.points = Points(frozenset(script.kills))
        self.tags: dict[tuple[SideName, str], tuple[str, str]] = {}
        self.timeline: list[tuple[int, str, str]] = []  # at ms, side or "", what
        self.births: dict[tuple[SideName, str, str], dict[str, Any]] = {}
        self.broken_schema: list[Any] = []
        self.options: list[str] = []
        self.restored: set[tuple[str, str]] = set()  # link id, field: what a person put back travels like an edit
        self.looks: list[int] = []  # the ledger's length at the end of each cycle
        self.kinds = mapping.kinds(script.dropped)
        if script.claims:
            self.kinds = knowledge.with_claims(self.kinds)
        self.store = open_store("sqlite://", exclusive=True)
        self.witness = Witness(self)
        self.ledger = Ledger(self._applied)
        self._build_models(script)
        self._entropy = SimEntropy(script.seed)
        self._calls = 0
        self._due = sorted((event for event in script.events if not event.point), key=lambda event: event.at_s)
        self._waiting = [event for event in script.events if event.point]
        self.doors: dict[SideName, FaultyDoor] = {}
        for side, system in SYSTEM.items():
            rules = tuple(rule for name, rule in script.faults if name == system)
            self.doors[side] = FaultyDoor(self.models[side], Faults(system, self.clock, script.seed, rules))
        self.wire: dict[SideName, list[int]] = {"left": [0, 0], "right": [0, 0]}  # calls, writes
        self.process: Process | None = None
        self._remotes: dict[SideName, Any] = {}
        known = {item.name for item in fields(Settings)}
        self.settings = Settings(**{name: value for name, value in script.settings if name in known})
        for subject in script.subjects:
            self._seed(subject)
        self.pass_time(1_000)

    def _build_models(self, script: Script) -> None:
        ask = script.setting
        left_clock = SkewedClock(self.clock, ask("left_skew_s", 0) * 1000, ask("drift_ppm", 0))
        right_clock = SkewedClock(self.clock, ask("right_skew_s", 0) * 1000)
        self.org = SalesforceOrg(
            OrgSettings(seed=script.seed, commit_lag_ms=(0, ask("commit_lag_s", 0) * 1000)), left_clock, self.ledger
        )
        lag_ms = ask("index_lag_s", 0) * 1000
        self.portal = HubSpotPortal(
            PortalSettings(
                seed=script.seed,
                index_lag_ms=(200, lag_ms) if lag_ms else (0, 0),
                cleared_reads_as_empty=ask("cleared_reads_as_empty", False),
                unchanged_write_moves_modified=ask("unchanged_write_moves_modified", False),
                search_limit=1_000,
                burst_limit=100_000,
            ),
            right_clock,
            self.ledger,
        )
        self.models: dict[SideName, Any] = {"left": self.org, "right": self.portal}
        mapping.set_up(self.org, self.portal)
        if script.claims:
            knowledge.set_up(self.org, self.portal)

    # -- what is there, and what people do

    def kind_of(self, side: SideName, object_name: str) -> KindMap:
        return next(kind for kind in self.kinds if object_name in kind.objects(side))

    def _seed(self, subject: Subject) -> None:
        account = subject.tag.startswith("a")
        right_object = "companies" if account else "contacts"
        for side, object_name, values in (
            ("left", subject.left, subject.left_values),
            ("right", right_object if subject.right else "", subject.right_values),
        ):
            if not object_name:
                continue
            made = acts.remote_values(self, side, object_name, dict(values))
            if object_name in ("Lead", "Contact"):
                made = {"LastName": subject.tag, **({"Company": "Acme"} if object_name == "Lead" else {}), **made}
            if object_name == "Account":
                made = {"Name": subject.tag, **made}
            made = {name: value for name, value in made.items() if value not in (None, "")}
            record_id = self.models[side].seed(object_name, made, created_ms=self.started_ms - 86_400_000)
            self.tags[side, subject.tag] = (object_name, record_id)
            self.births[side, object_name, record_id] = dict(self.models[side].record(object_name, record_id))

    def _perform(self, event: Event) -> None:
        try:
            acts.ACTS[event.op](self, event.actor, *event.args)
            done = ""
        except (acts.Nobody, Refusal, KeyError, StopIteration) as error:
            done = f"  (did not happen: {error})"
        self.points.note(f"{event}{done}")
        self.tell("", f"{event.actor} {event.op} {' '.join(map(str, event.args))}{done}")

    def tell(self, side: str, text: str) -> None:
        self.timeline.append((self.clock.now_ms() - self.started_ms, side, text))

    def _applied(self, edit: Edit) -> None:
        side = SIDE[edit.system]
        self._follow(side, edit)
        self.points.note(f"{edit}")
        changes = ", ".join(f"{name} {old!r}>{new!r}" for name, (old, new) in edit.changes.items())
        self.tell(side, f"[{edit.edit_id}] {edit.actor} {edit.op} {edit.object} {edit.id} {changes}"[:240])
        self.witness.applied(side, edit)
        if self.script.claims:
            check_write(self, side, edit)
        if edit.actor.startswith("engine:"):
            self.tally.writes += 1
        else:
            self.tally.edits += 1

    def _follow(self, side: SideName, edit: Edit) -> None:
        """Learns which record stands for a tag when the worker creates one."""
        if edit.op != "create" or not edit.actor.startswith("engine:"):
            return
        for name in ("Email", "email", "Website", "domain", "LastName", "lastname", "Name", "name"):
            value = str(edit.changes.get(name, ("", ""))[1] or "")
            tag = value.partition("@")[0].partition(".")[0].strip().lower()
            if tag[:1] in "pa" and tag[1:].isdigit():
                self.tags.setdefault((side, tag), (edit.object, edit.id))
                return

    # -- time

    def pass_time(self, ms: int) -> None:
        """Moves the clock, stopping at every act on the way; late writes land when their time has come."""
        until_ms = self.clock.now_ms() + ms
        while self._due and self.started_ms + self._due[0].at_s * 1000 <= until_ms:
            event = self._due.pop(0)
            self.clock.set(max(self.clock.now_ms(), int(self.started_ms + event.at_s * 1000)))
            self._perform(event)
        self.clock.set(max(until_ms, self.clock.now_ms()))
        for door in self.doors.values():
            door.tick()

    def _at_point(self, name: str) -> None:
        if not self._waiting:
            return
        now_s = (self.clock.now_ms() - self.started_ms) / 1000
        for event in [event for event in self._waiting if event.point == name and event.at_s <= now_s]:
            self._waiting.remove(event)
            self._perform(event)

    def _latency_ms(self) -> int:
        self._calls += 1
        drawn = chance.number(self.script.seed, "latency", self._calls)
        return 5 + drawn % 60 if drawn % 17 else 400 + drawn % 3_000

    # -- the worker

    def born(self) -> Process:
        """A fresh process on the same state: new connectors, new log-ins."""
        process = Process(self.points, self._at_point)
        clock = SimClock(self.clock, self.pass_time)

        def counted(side: SideName) -> Any:
            def handle(request: Request) -> Response:
                writes = is_write(request)
                self.wire[side][0] += 1
                self.wire[side][1] += writes
                if not writes:
                    self.witness.asked(side, request)
                elif side == "left":
                    request = self._through_flow(request)
                return self.doors[side].handle(request)

            return handle

        def adapter(side: SideName) -> SimAdapter:
            return SimAdapter(side, process, counted(side), self.pass_time, self._latency_ms)

        left = connect_salesforce(
            SalesforceSettings(
                login_url=SALESFORCE,
                auth="client_credentials",
                client_id=self.org.settings.apps[0].client_id,
                client_secret=self.org.settings.apps[0].client_secret,
                threads=1,
            ),
            clock=clock,
            entropy=self._entropy,
            mounts={SALESFORCE: adapter("left")},
        )
        right = connect_hubspot(
            HubSpotSettings(base_url=HUBSPOT, access_token=self.portal.settings.access_token, calls_per_10_s=100_000),
            clock=clock,
            entropy=self._entropy,
            mounts={HUBSPOT: adapter("right")},
        )
        self._remotes = {"left": left, "right": right}
        self.process = process
        return process

    def _through_flow(self, request: Request) -> Request:
        """A flow of the org that runs before a record is saved: one value of the worker's is stored as another."""
        given, stored = self.script.setting("left_flow", ("", ""))
        if not given:
            return request
        return replace(request, body=request.body.replace(f'"{given}"'.encode(), f'"{stored}"'.encode()))

    def context(self) -> Context:
        process = self.process if self.process is not None and self.process.alive else self.born()
        return Context(
            clock=SimClock(self.clock, self.pass_time),
            entropy=self._entropy,
            store=SimStore(self.store, process, self.witness.committed),
            remotes=self._remotes,
            kinds=self.kinds,
            settings=self.settings,
            report=RunReport(),
            probe=process.point,
            definition=knowledge.DEFINITION if self.script.claims else None,
        )

    def cycle(self, *, whole: bool = False) -> RunReport:
        """One run of the worker, restarted a few seconds after every death; `whole` adds the full sweep."""
        for _ in range(LIVES_MAX):
            before = {side: list(counts) for side, counts in self.wire.items()}
            try:
                context = self.context()
                approve_first_sync(context)
                sync(context)
                if whole:
                    audit(context)
            except Killed as end:
                self.tally.kills += 1
                self.tell("", f"-- killed at {end}")
                self.pass_time(5_000)
                continue
            self.tally.cycles += 1
            self.looks.append(len(self.ledger))
            spent = {side: counts[0] - before[side][0] for side, counts in self.wire.items()}
            self.tell("", f"-- cycle {dict(context.report.counts)} calls {spent} paused {dict(context.report.paused)}")
            self.tally.races += context.report.counts["race_recovered"]
            return context.report
        raise AssertionError("the worker died too often to say anything")

    def play(self) -> None:
        """The script's cycles, with people, faults and kills."""
        for _ in range(self.script.cycles):
            self.cycle()
            self.pass_time(self.script.interval_s * 1000)
        self.pass_time(max((int(event.at_s * 1000) for event in self._due), default=0))
        self._waiting.clear()

    def calm(self) -> None:
        """People stop, faults stop, the administrator repairs the schema, late writes land."""
        for door in self.doors.values():
            self.tally.struck += len(door.faults.struck)
            door.faults.replace(())
        self.points.kills = frozenset()
        for repair in self.broken_schema:
            repair()
        self.broken_schema.clear()
        self.pass_time(150_000)
        assert not any(door.in_flight_ms for door in self.doors.values()), "a late write is still under way"
