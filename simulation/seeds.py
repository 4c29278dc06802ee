"""From a seed to a script: who is there, what they do, what breaks. Swarm: every seed switches on another subset.

Each draw is addressed by seed and place, so that leaving out one event leaves all others as they were.
"""

from __future__ import annotations

from random import Random
from typing import Any, Final

from connectors.base import SideName
from sandbox import chance
from sandbox.faults import FaultKind, FaultRule
from simulation.knowledge import CLAIMED
from simulation.mapping import POOLS
from simulation.script import Event, Script, Subject

HANDS: Final = {"left": ("ann", "abe"), "right": ("bob", "bea")}
SIDES: Final = ("left", "right")
FIELDS: Final = tuple(name for name in POOLS if name not in ("domain", "name"))
RACES: Final = ("verified", "sent", "answered", "recorded", "reconciled", "right call", "left call")
_SPEAKERS: Final = ("human", "call", "call", "form", "provider", "provider", "predicted")
_WRITES: Final = r"/batch/(update|upsert|create)|/composite|/sobjects/|/associations"
CLAIMS_FROM: Final = 500  # worlds below keep the meaning that they always had
_RATES: Final = (0.01, 0.03, 0.08)


def script_of(seed: int) -> Script:
    """The world of a seed."""
    rng = chance.generator(seed, "world")
    cycles, interval_s = rng.randint(3, 6), rng.choice((20, 60, 150, 600))
    persons = [f"p{number + 1}" for number in range(rng.choice((1, 1, 2, 2, 3, 5)))]
    accounts = [f"a{number + 1}" for number in range(rng.choice((0, 1, 1, 2)))]
    wild = {name for name in ("lives", "schema", "accounts", "create") if rng.random() < 0.5}
    subjects = tuple(_subject(seed, tag) for tag in (*accounts, *persons))
    horizon_s = cycles * (interval_s + 8)
    focus = rng.sample(FIELDS, rng.randint(1, 3))  # few fields: edits meet
    count = rng.randint(6, 24)
    events = [_event(seed, number, horizon_s, persons, accounts, focus, sorted(wild)) for number in range(count)]
    for number in range(rng.choice((0, 1, 2, 3))):
        events += _race(seed, number, horizon_s, persons, focus)
    claims = seed >= CLAIMS_FROM
    if claims:
        count = chance.generator(seed, "claims").randint(4, 16)
        events += [_said(seed, number, horizon_s, persons, accounts, focus) for number in range(count)]
    return Script(
        seed=seed,
        subjects=subjects,
        events=tuple(event for event in events if event is not None),
        faults=_faults(seed) if rng.random() < 0.6 else (),
        kills=_kills(seed) if rng.random() < 0.4 else (),
        cycles=cycles,
        interval_s=interval_s,
        settings=(*_quirks(seed), *(_days(seed) if claims else ())),
        claims=claims,
    )


def _value(rng: Random, field: str) -> Any:
    return rng.choice(POOLS[field])


def _subject(seed: int, tag: str) -> Subject:
    rng = chance.generator(seed, "subject", tag)
    if tag.startswith("a"):
        values = (("domain", f"{tag}.example"), ("city", rng.choice(("Rome", "Oslo"))))
        where = rng.choice(("both", "left", "right"))
        left = "Account" if where != "right" else ""
        return Subject(tag, left, where != "left", values, values[: rng.randint(1, 2)])
    where = rng.choice(("both", "both", "left", "right"))
    told = []
    for side in SIDES:
        values: list[tuple[str, Any]] = []
        if rng.random() < 0.95:
            values.append(("email", f"{tag}@x.example" if rng.random() < 0.8 else f"{tag.upper()}@X.example"))
        values.append(("last_name", tag))
        for field in FIELDS:
            if field != "last_name" and rng.random() < 0.35:
                value = _value(rng, field)
                fits = side == "right" or field != "job_title" or value is None or len(value) <= 128
                if value is not None and fits:
                    values.append((field, value))
        told.append(tuple(values))
    left = rng.choice(("Lead", "Lead", "Contact")) if where != "right" else ""
    return Subject(tag, left, where != "left", told[0], told[1])


def _event(
    seed: int,
    number: int,
    horizon_s: int,
    persons: list[str],
    accounts: list[str],
    focus: list[str],
    wild: list[str],
) -> Event | None:
    rng = chance.generator(seed, "event", number)
    at_s = round(rng.uniform(0, horizon_s), 1)
    if rng.random() < 0.3:
        at_s = float(int(at_s) // 20 * 20)  # many at one instant
    side: SideName = rng.choice(SIDES)
    actor = rng.choice(HANDS[side])
    point = rng.choice(RACES) if rng.random() < 0.25 else ""
    tag = rng.choice(persons)
    draw = rng.random()
    if draw < 0.62 or not wild:
        field = rng.choice(focus)
        pairs: list[Any] = [field, _value(rng, field)]
        if rng.random() < 0.2:
            more = rng.choice(FIELDS)
            pairs += [] if more == field else [more, _value(rng, more)]
        return Event(at_s, actor, "edit", (side, tag, *pairs), point)
    return _wild(rng, rng.choice(wild), at_s, actor, side, tag, persons, accounts, point, number)


def _race(seed: int, number: int, horizon_s: int, persons: list[str], focus: list[str]) -> tuple[Event, Event]:
    """An edit on one side, and one of the same cell on the other side just when the first is being written there."""
    rng = chance.generator(seed, "race", number)
    at_s, tag, field = round(rng.uniform(0, horizon_s), 1), rng.choice(persons), rng.choice(focus)
    here: SideName = rng.choice(SIDES)
    there: SideName = "right" if here == "left" else "left"
    first = Event(at_s, rng.choice(HANDS[here]), "edit", (here, tag, field, _value(rng, field)))
    point = rng.choice(("sent", "sent", "verified", f"{there} call", "answered"))
    return first, Event(at_s, rng.choice(HANDS[there]), "edit", (there, tag, field, _value(rng, field)), point)


def _said(
    seed: int, number: int, horizon_s: int, persons: list[str], accounts: list[str], focus: list[str]
) -> Event | None:
    """A claim, one taken back, or somebody who types into the field that shows the verdict."""
    rng = chance.generator(seed, "said", number)
    at_s = round(rng.uniform(0, horizon_s), 1)
    point = rng.choice(RACES) if rng.random() < 0.25 else ""
    tag = rng.choice(accounts) if accounts and rng.random() < 0.15 else rng.choice(persons)
    account = tag.startswith("a")
    open_ = ["name", "city"] if account else [name for name in focus if name in CLAIMED] or ["job_title"]
    field = rng.choice(open_) if account or rng.random() < 0.6 else rng.choice([n for n in CLAIMED if "." not in n])
    draw = rng.random()
    if draw < 0.08:
        side: SideName = rng.choice(SIDES)
        shown = rng.choice(("qualification_status", "qualification_verdict"))
        return Event(
            at_s, rng.choice(HANDS[side]), "edit", (side, tag, shown, rng.choice(("mine", "SQL", None))), point
        )
    if draw < 0.22:
        return Event(at_s, "cal", "retract", (tag, field, rng.choice(("withdraws", "refutes"))), point)
    word = rng.choice(CLAIMED[f"account.{field}" if account else field])
    authority = rng.choice(_SPEAKERS)
    age_s = rng.choice((0, 0, 2, 30, 600, 43_200, 259_200, 34_560_000))
    lasts_s = rng.choice((0, 0, 0, 1, 60, 1_800, 100_000))
    return Event(at_s, rng.choice(("cal", "dot")), "say", (tag, field, word, authority, age_s, lasts_s), point)


def _days(seed: int) -> tuple[tuple[str, Any], ...]:
    return (("days_pass", 2),) if chance.generator(seed, "days").random() < 0.5 else ()


def _wild(
    rng: Random,
    kind: str,
    at_s: float,
    actor: str,
    side: SideName,
    tag: str,
    persons: list[str],
    accounts: list[str],
    point: str,
    number: int,
) -> Event | None:
    second = rng.choice(persons)
    if kind == "lives":
        op = rng.choice(("delete", "restore", "merge", "merge", "convert", "convert", "convert_into"))
        if op == "merge":
            return Event(at_s, actor, "merge", (side, tag, second), point) if tag != second else None
        if op == "convert":
            return Event(at_s, "ann", "convert", (tag,), point)
        if op == "convert_into":
            return Event(at_s, "ann", "convert", (tag, second), point) if tag != second else None
        return Event(at_s, actor, op, (side, tag), point)
    if kind == "schema":
        field = rng.choice(("source", "note", "budget", "stage", "campaign"))
        op = rng.choice(("hide_field", "lock_field", "allow_field", "remove_field", "narrow", "add_option"))
        args = {
            "hide_field": (side, field),
            "lock_field": (side, field),
            "allow_field": (side, field),
            "remove_field": (field,),
            "narrow": (2,),
            "add_option": ("Fog",),
        }[op]
        return Event(at_s, "root", op, args)
    if kind == "accounts":
        if not accounts:
            return None
        account = rng.choice(accounts)
        if rng.random() < 0.6:
            return Event(at_s, actor, "associate", (side, tag, account), point)
        field = rng.choice(("city", "name"))
        return Event(at_s, actor, "edit", (side, account, field, _value(rng, field)), point)
    name = f"p{100 + number}" if rng.random() < 0.6 else second  # a stranger, or a second one of that address
    object_name = rng.choice(("Lead", "Contact")) if side == "left" else "contacts"
    fields = [item for field in rng.sample(FIELDS, 2) for item in (field, _value(rng, field))]
    return Event(
        at_s, actor, "create", (side, f"p{100 + number}", object_name, "email", f"{name}@x.example", *fields), point
    )


def _faults(seed: int) -> tuple[tuple[str, FaultRule], ...]:
    found: list[tuple[str, FaultRule]] = []
    for system in ("salesforce", "hubspot"):
        for kind in FaultKind:
            rng = chance.generator(seed, "fault", system, kind.value)
            if rng.random() < 0.72 or kind is FaultKind.STALE_READ:
                continue
            rate = rng.choice(_RATES)
            path = _WRITES if rng.random() < 0.5 else ""
            retry = rng.choice((None, 1, 3)) if kind is FaultKind.TOO_MANY else None
            delay_ms = 60_000 if kind is FaultKind.ZOMBIE else 90_000 if kind is FaultKind.SLOW else 120_000
            rule = FaultRule(
                kind,
                rate=rate * 3 if path else rate,
                path=path,
                retry_after_s=retry,
                delay_ms=delay_ms,
                lasts_ms=90_000,
            )
            found.append((system, rule))
    return tuple(found)


def _kills(seed: int) -> tuple[int, ...]:
    rng = chance.generator(seed, "kills")
    found: set[int] = set()
    for _ in range(rng.randint(1, 6)):
        first = rng.randint(1, 900)
        found.add(first)
        if rng.random() < 0.5:
            found.add(first + rng.randint(1, 80))  # in recovery
    return tuple(sorted(found))


def _quirks(seed: int) -> tuple[tuple[str, Any], ...]:
    rng = chance.generator(seed, "quirks")
    found: list[tuple[str, Any]] = []
    if rng.random() < 0.3:
        found.append(("left_skew_s", rng.randint(-300, 300)))
    if rng.random() < 0.3:
        found.append(("right_skew_s", rng.randint(-300, 300)))
    if rng.random() < 0.2:
        found.append(("drift_ppm", rng.choice((-50, 50))))
    lag_s = rng.choice((0, 0, 2, 10, 60))
    if lag_s:
        found.append(("index_lag_s", lag_s))
    if rng.random() < 0.6:  # as little as the lag allows: what is read twice by chance hides what is read too late
        found.append(("overlap_ms", {"left": 0, "right": (lag_s + 20) * 1000}))
    if rng.random() < 0.3:
        found.append(("commit_lag_s", rng.choice((2, 20))))
    for name in ("cleared_reads_as_empty", "unchanged_write_moves_modified"):
        if rng.random() < 0.3:
            found.append((name, True))
    return tuple(found)
