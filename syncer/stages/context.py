"""What every stage is given: the ports, the mappings, the limits, and the report it adds to.

Nothing here does I/O. A stage takes a `Context`, does its work in transactions of its own, and leaves the rest of the
run untouched when one side is paused.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import structlog

from connectors.base import Clock, Entropy, HistoryEntry, ObjectSchema, Remote, RemoteError, SideName
from connectors.enrichment.provider import Provider
from connectors.notices.channel import Channel
from syncer.core.breaker import BreakerLimits
from syncer.core.fields import FieldMap, KindMap
from syncer.core.hand_off_terms import HandOffPolicy
from syncer.core.listen import Answer, Calls
from syncer.core.lookalike import Lookalike
from syncer.core.qualification_terms import Definition
from syncer.core.waterfall.policy import EnrichmentPolicy
from syncer.store import Store
from syncer.store.knowledge_rows import VerdictHistoryRow
from syncer.store.ports import Tx
from syncer.store.rows import IntentRow

LEFT_KEY = "Syncer_Key__c"
RIGHT_KEY = "syncer_key"
LEFT_CROSS_REFERENCE = "HubSpot_Id__c"
KEY_FIELD: Mapping[SideName, str] = {"left": LEFT_KEY, "right": RIGHT_KEY}


@dataclass(frozen=True, slots=True)
class Settings:
    """Limits of a run. Times are what the engine waits for, never what it hopes for."""

    overlap_ms: Mapping[SideName, int] = field(default_factory=lambda: {"left": 600_000, "right": 600_000})
    zombie_wait_ms: int = 120_000  # Z: client timeout plus the server's longest execution
    cool_down_ms: int = 2_000  # never write a record whose stamp is this near to the server's own clock
    batch_size: int = 500  # links of one reconcile transaction; small pages are stored four times as many
    backfill_pages: int = 200  # of one object in a slice, while other kinds are past their barrier
    verify_batch: int = 200  # intents per dispatch round: verify, mark, send, settle
    attempts_max: int = 6
    rounds_max: int = 6  # reconcile-dispatch rounds of one cycle
    retry_first_ms: int = 60_000  # quarantine: first retry, doubled up to a day
    retry_last_ms: int = 86_400_000
    loop_window_ms: int = 21_600_000
    loop_max: int = 5  # one value into one cell this often within the window is a loop
    hold_expires_ms: int = 86_400_000
    keep_writes_ms: int = 90 * 86_400_000  # runs and what they wrote: as long they can be undone
    keep_journal_ms: int = 400 * 86_400_000
    enrich_ms: int = 120_000  # of one run that may go into asking providers; the rest has its turn in the next ones
    delete_policy: str = "unlink"
    tie: SideName = "left"
    skew_ms: int = 1_000
    region: str = "US"  # phone numbers without a country
    breaker: BreakerLimits = field(default_factory=BreakerLimits)


@dataclass(slots=True)
class RunReport:
    """What one run did, left, and why; every number in it is counted where the thing happened."""

    run_id: str = ""
    counts: Counter[str] = field(default_factory=Counter)
    problems: list[Problem] = field(default_factory=list)
    paused: dict[SideName, RemoteError] = field(default_factory=dict)
    held: list[str] = field(default_factory=list)  # plan hashes

    def count(self, name: str, by: int = 1) -> None:
        if by:
            self.counts[name] += by

    def problem(self, problem: Problem) -> None:
        self.problems.append(problem)

    def pause(self, side: SideName, error: RemoteError) -> None:
        """No further call goes to that side in this run; the other side goes on."""
        self.paused.setdefault(side, error)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something a person should know; `action` says who must do what."""

    name: str
    message: str
    action: str = ""
    side: SideName | None = None
    object: str = ""
    field: str = ""
    link_id: str = ""

    def as_json(self) -> dict[str, str]:
        return {name: str(getattr(self, name) or "") for name in self.__slots__}


@dataclass(slots=True)
class Context:
    """The ports and the limits of one run."""

    clock: Clock
    entropy: Entropy
    store: Store
    remotes: Mapping[SideName, Remote]
    kinds: tuple[KindMap, ...]  # account before person: references need their target
    settings: Settings = field(default_factory=Settings)
    report: RunReport = field(default_factory=RunReport)
    offsets_ms: dict[SideName, int] = field(default_factory=dict)  # server clock minus ours, measured at the start
    user_ids: dict[SideName, str] = field(default_factory=dict)  # who we are there: user (left), app (right)
    rule_epoch: int = 1
    first_sync: bool = False  # it is not over yet: creates are not weighed by the breaker, but wait for its approval
    schemas: dict[tuple[SideName, str], ObjectSchema] = field(default_factory=dict)  # as described in this run
    owners: dict[SideName, dict[str, str]] = field(default_factory=dict)  # owner id -> e-mail, asked once a run
    later: list[IntentRow] | None = None  # a plan collects the second write of links that owe both sides one
    definition: Definition | None = None  # the active one; None: nothing is judged
    looking: bool = False  # a plan for people to see: what is judged on the way is not kept, and moves nobody
    currency: str = "USD"  # of both systems' money fields
    moved: Callable[[Tx, Sequence[VerdictHistoryRow]], None] = lambda tx, moves: None  # in the verdict's transaction
    policy: EnrichmentPolicy | None = None  # None: nobody is asked
    providers: Mapping[str, Provider] = field(default_factory=dict)  # by the name that the policy gives them
    hand_off_policy: HandOffPolicy | None = None  # None: nothing is handed over
    channels: Mapping[str, Channel] = field(default_factory=dict)  # of notices, by name
    asking_since_ms: int = 0  # when this run first asked one
    asked_up_to: dict[str, int] = field(default_factory=dict)  # kind -> dirty_seq: up to there this run has looked
    spent_on: Counter[str] = field(default_factory=Counter)  # thousandths of a credit in this run, by key of who it is
    hears: Calls | None = None  # what is listened for; None: nothing is heard
    ask_model: Callable[[str], Sequence[Answer]] | None = None  # what a model says of a text; raises RemoteError
    lookalike: Lookalike | None = None  # None: nothing is carried to accounts that are alike
    learns_anew: Callable[[int, int], bool] = lambda made_ms, now_ms: now_ms - made_ms >= 86_400_000
    probe: Callable[[str], None] = lambda point: None
    log: structlog.typing.FilteringBoundLogger = field(default_factory=structlog.get_logger)

    def known_kind(self, name: str) -> KindMap | None:
        """None where its mapping was taken away."""
        return next((kind for kind in self.kinds if kind.kind == name), None)

    def kind(self, name: str) -> KindMap:
        for kind in self.kinds:
            if kind.kind == name:
                return kind
        raise KeyError(name)

    def kind_of(self, side: SideName, object_name: str) -> KindMap:
        for kind in self.kinds:
            if object_name in kind.objects(side):
                return kind
        raise KeyError(f"{side} {object_name} belongs to no mapping")

    def calls(self, side: SideName) -> Mapping[str, int]:
        """Calls made on that side since its connector was built, by endpoint class."""
        counted = getattr(self.remotes[side], "calls", None)
        return dict(counted.by_endpoint) if counted is not None else {}

    def active(self, side: SideName) -> bool:
        return side not in self.report.paused

    def is_ours(self, entry: HistoryEntry) -> bool:
        """Whether an entry of the right side's history was written by this integration."""
        mine = self.user_ids.get("right")
        return entry.source_type == "INTEGRATION" and (not mine or entry.source_id == mine)

    def objects(self) -> Iterator[tuple[KindMap, SideName, str]]:
        for kind in self.kinds:
            for side in ("left", "right"):
                for object_name in kind.objects(side):
                    yield kind, side, object_name


def mapped_fields(kind: KindMap, side: SideName, object_name: str) -> dict[str, FieldMap]:
    """Remote field name -> mapping, for the fields that this object has."""
    return {name: item for item in kind.fields if (name := item.on(side, object_name)) is not None}
