"""What can go wrong on the line, as data: kinds, rules, profiles, and the seeded decision per call.

A decision depends on seed, system, rule name and call number alone, so that removing one rule or one call's fault
leaves the others where they were.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from enum import StrEnum
from functools import lru_cache
from random import Random
from typing import Any, Final

from sandbox import chance
from sandbox.kernel import Request, SandboxClock, SystemName


class FaultKind(StrEnum):
    TIMEOUT_BEFORE = "timeout_before"  # connection dropped, nothing done
    TIMEOUT_AFTER = "timeout_after"  # done, answer lost
    ZOMBIE = "zombie"  # connection dropped now, a write is done up to `delay_ms` later
    TOO_MANY = "429"  # nothing done; `retry_after_s` adds the header
    CONCURRENT = "concurrent"  # Salesforce's 403 for too many long calls at once; HubSpot: as 429
    INTERNAL = "500"  # a write may have been done
    BAD_GATEWAY = "502"  # a write may have been done
    UNAVAILABLE = "503"  # nothing done
    GATEWAY_TIMEOUT = "504"  # a write may have been done
    HTML_200 = "html_200"  # a page for people with status 200; a write may have been done
    TRUNCATED = "truncated"  # done, the answer breaks off in its body
    PARTIAL_REJECT = "partial_reject"  # one item of a batch is refused as invalid
    LOCK_ROW = "lock_row"  # Salesforce UNABLE_TO_LOCK_ROW per record; HubSpot 423
    REORDER_ITEMS = "reorder_items"  # the results of a batch come in another order
    STALE_READ = "stale_read"  # a read answers what it answered before
    EXPIRED_TOKEN = "expired_token"  # noqa: S105 - one call is refused as if its token had just expired
    QUOTA_SPENT = "quota_spent"  # the daily allowance is gone for `lasts_ms`
    SLOW = "slow"  # the answer takes up to `delay_ms` longer


@dataclass(frozen=True, slots=True)
class FaultRule:
    """When a fault strikes: at a rate among matching calls, or at their n-th (from 1). All conditions must hold."""

    kind: FaultKind
    name: str = ""  # names the rule in the decision and in the log; the kind where empty
    rate: float = 0.0
    calls: tuple[int, ...] = ()
    path: str = ""  # regular expression searched in the raw path
    method: str = ""  # regular expression that the whole method matches
    from_ms: int | None = None
    until_ms: int | None = None
    times: int | None = None  # strikes at most this often
    retry_after_s: int | None = None
    html: bool | None = None  # body of a 5xx; None: by lot
    delay_ms: int = 120_000
    lasts_ms: int = 60_000

    @property
    def label(self) -> str:
        return self.name or self.kind.value

    @classmethod
    def parse(cls, value: Mapping[str, Any]) -> FaultRule:
        """A rule from JSON. Raises ValueError that names what is wrong."""
        known = {item.name for item in fields(cls)}
        unknown = sorted(set(value) - known)
        if unknown or "kind" not in value:
            raise ValueError(
                f"unknown keys {unknown}; a rule has {sorted(known)}" if unknown else "a rule needs a kind"
            )
        made = dict(value)
        made["kind"] = FaultKind(str(value["kind"]))
        made["calls"] = tuple(int(call) for call in value.get("calls", ()))
        if not 0 <= float(made.get("rate", 0.0)) <= 1:
            raise ValueError("rate is a share between 0 and 1")
        for pattern in ("path", "method"):
            try:
                re.compile(made.get(pattern, ""))
            except re.error as error:
                raise ValueError(f"{pattern}: {error}") from error
        return cls(**made)

    def as_json(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if value not in (None, (), "")}


@lru_cache(maxsize=512)
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text)


_MASK: Final = (1 << 64) - 1
_READS: Final = re.compile(r"/search$|/batch/read$|/composite/sobjects/[^/]+$|/oauth|/token|/Soap/|/introspect$")
_BATCHES: Final = r"/batch/(create|update|upsert|read)$"


def is_write(request: Request) -> bool:
    """Whether the call would change something; searches and batch reads by POST do not."""
    if request.method in ("PATCH", "PUT", "DELETE"):
        return True
    return request.method == "POST" and not _READS.search(request.path)


def _rules(table: Mapping[str, float], **common: Any) -> tuple[FaultRule, ...]:
    return tuple(FaultRule(FaultKind(kind), rate=rate, **common) for kind, rate in table.items())


_ROUGH: Final = {
    "timeout_before": 0.006,
    "timeout_after": 0.006,
    "429": 0.01,
    "500": 0.002,
    "502": 0.003,
    "503": 0.005,
    "504": 0.002,
    "truncated": 0.002,
}
_HOSTILE: Final = {
    "timeout_before": 0.02,
    "timeout_after": 0.03,
    "zombie": 0.01,
    "429": 0.03,
    "500": 0.01,
    "502": 0.01,
    "503": 0.015,
    "504": 0.01,
    "html_200": 0.005,
    "truncated": 0.01,
}


def _with_waits(rules: tuple[FaultRule, ...]) -> tuple[FaultRule, ...]:
    """Half of the 429s name a time to wait: two rules of half the rate."""
    made: list[FaultRule] = []
    for rule in rules:
        if rule.kind is FaultKind.TOO_MANY:
            made.append(replace(rule, rate=rule.rate / 2))
            made.append(replace(rule, rate=rule.rate / 2, name="429_waits", retry_after_s=1))
        else:
            made.append(rule)
    return tuple(made)


_LOCKS: Final = r"/sobjects|/composite"

PROFILES: Final[Mapping[str, Mapping[str, tuple[FaultRule, ...]]]] = {
    "calm": {"salesforce": (), "hubspot": (), "vendors": ()},
    "rough": {
        "salesforce": (
            *_with_waits(_rules(_ROUGH)),
            FaultRule(FaultKind.LOCK_ROW, rate=0.01, path=_LOCKS),
        ),
        "hubspot": (*_with_waits(_rules(_ROUGH)), FaultRule(FaultKind.REORDER_ITEMS, rate=0.5, path=_BATCHES)),
        "vendors": _with_waits(_rules(_ROUGH)),
    },
    "hostile": {
        "salesforce": (
            *_with_waits(_rules(_HOSTILE)),
            FaultRule(FaultKind.CONCURRENT, rate=0.005),
            FaultRule(FaultKind.LOCK_ROW, rate=0.04, path=_LOCKS),
            FaultRule(FaultKind.EXPIRED_TOKEN, rate=0.002),
            FaultRule(FaultKind.SLOW, rate=0.01, delay_ms=300),
        ),
        "hubspot": (
            *_with_waits(_rules(_HOSTILE)),
            FaultRule(FaultKind.LOCK_ROW, rate=0.005),
            FaultRule(FaultKind.SLOW, rate=0.01, delay_ms=300),
            FaultRule(FaultKind.REORDER_ITEMS, rate=1.0, path=_BATCHES),
        ),
        "vendors": _with_waits(_rules(_HOSTILE)),
    },
}


@dataclass(frozen=True, slots=True)
class Strike:
    """One fault that struck one call, with the generator of that event."""

    rule: FaultRule
    call: int
    at_ms: int
    rng: Random


@dataclass(slots=True)
class Faults:
    """The faults of one system. `struck` tells what happened, oldest first: (call number, rule, kind, path)."""

    system: SystemName | str
    clock: SandboxClock
    seed: int = 0
    rules: tuple[FaultRule, ...] = ()
    calls: int = 0
    struck: list[tuple[int, str, str, str]] = field(default_factory=list)
    _matched: dict[str, int] = field(default_factory=dict)
    _times: dict[str, int] = field(default_factory=dict)

    def switch(self, profile: str) -> None:
        """Replaces all rules by a profile's. Raises ValueError for an unknown one."""
        if profile not in PROFILES:
            raise ValueError(f"no profile {profile!r}; there are {', '.join(PROFILES)}")
        self.replace(PROFILES[profile].get(self.system, ()))

    def replace(self, rules: Iterable[FaultRule]) -> None:
        self.rules = tuple(rules)
        self._matched.clear()
        self._times.clear()

    def add(self, rule: FaultRule) -> None:
        """A rule of the same label is replaced, and its counts begin anew."""
        self.remove(rule.label)
        self.rules = (*self.rules, rule)

    def remove(self, label: str) -> bool:
        kept = tuple(rule for rule in self.rules if rule.label != label)
        found = len(kept) < len(self.rules)
        self.rules = kept
        self._matched.pop(label, None)
        self._times.pop(label, None)
        return found

    def decide(self, request: Request) -> Strike | None:
        """The first rule that strikes this call. Counts the call, for every rule that it matches."""
        self.calls += 1
        if not self.rules:
            return None
        now_ms, lot = self.clock.now_ms(), chance.number(self.seed, self.system, self.calls)
        first: FaultRule | None = None
        for rule in self.rules:
            if _matches(rule, request, now_ms) and self._strikes(rule, lot) and first is None:
                first = rule
        if first is None:
            return None
        label = first.label
        self._times[label] = self._times.get(label, 0) + 1
        self.struck.append((self.calls, label, first.kind.value, request.path))
        rng = chance.generator(self.seed, self.system, self.calls, label)
        return Strike(first, self.calls, now_ms, rng)

    def _strikes(self, rule: FaultRule, lot: int) -> bool:
        label = rule.label
        matched = self._matched[label] = self._matched.get(label, 0) + 1
        if rule.times is not None and self._times.get(label, 0) >= rule.times:
            return False
        return matched in rule.calls or (rule.rate > 0 and _mixed(lot, label) < rule.rate)


def _matches(rule: FaultRule, request: Request, now_ms: int) -> bool:
    if rule.from_ms is not None and now_ms < rule.from_ms:
        return False
    if rule.until_ms is not None and now_ms >= rule.until_ms:
        return False
    if rule.method and not _pattern(rule.method).fullmatch(request.method):
        return False
    return not rule.path or _pattern(rule.path).search(request.path) is not None


@lru_cache(maxsize=512)
def _label_number(label: str) -> int:
    return chance.number(label)


def _mixed(lot: int, label: str) -> float:
    """The lot of the call and the label as a float in [0, 1): hashing once for each rule would cost ten times more."""
    mixed = (lot ^ _label_number(label)) * 0x9E3779B97F4A7C15 & _MASK
    mixed = (mixed ^ (mixed >> 29)) * 0xBF58476D1CE4E5B9 & _MASK
    return (mixed ^ (mixed >> 32)) / (1 << 64)
