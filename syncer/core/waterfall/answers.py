"""What becomes of an answer: claims, what is remembered of the question, and how the provider does since."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import isfinite
from typing import Any, Final, Protocol

from syncer.core.claims import Authority, Claim, Evidence, claim
from syncer.core.fields import FieldType
from syncer.core.qualification_judge import Claims
from syncer.core.waterfall.policy import DAY_MS, NEGATIVE_TTL_MAX_MS, EnrichmentPolicy, FieldPolicy
from syncer.core.waterfall.steps import Offer, Step, inputs_of
from syncer.core.waterfall.values import Target, UnreadableError, members_of, read
from syncer.core.waterfall.wants import WEAK, agreement, fresh_words

SEEN: Final = "_seen"  # after the name of a list with fixed options: everything that was named
MINUTE_MS: Final = 60_000
HOUR_MS: Final = 60 * MINUTE_MS
FAILURES_MAX: Final = 3  # in a row; then the provider rests
_QUOTE_MAX: Final = 300


class Found(Protocol):
    """One value as a provider gave it: see `connectors.enrichment.provider`."""

    @property
    def field(self) -> str: ...
    @property
    def value(self) -> Any: ...
    @property
    def confidence(self) -> float: ...
    @property
    def as_of_ms(self) -> int: ...
    @property
    def unit(self) -> str: ...
    @property
    def evidence(self) -> str: ...
    @property
    def url(self) -> str: ...


class Answer(Protocol):
    """One answer as a provider gave it."""

    @property
    def state(self) -> str: ...
    @property
    def found(self) -> Sequence[Found]: ...
    @property
    def retry_at_ms(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Heard:
    """What an answer says of one subject. `refused`: reasons for which values were left out, counted."""

    claims: tuple[Claim, ...] = ()
    told: frozenset[str] = frozenset()  # fields of the policy that it settled or began to settle
    refused: Counter[str] = field(default_factory=Counter)


def heard(
    policy: EnrichmentPolicy,
    provider: str,
    subject: str,
    kind: str,
    answer: Answer,
    known: Claims,
    target: Callable[[FieldPolicy], Target],
    now_ms: int,
) -> Heard:
    """The claims of an answer. `known`: those of the subject that count, by field, weak ones among them.

    A word less sure than the field asks for is kept under `weak.`, where it counts for nothing until others agree with
    it; then all of them together are one claim.
    """
    refused: Counter[str] = Counter()
    made: list[Claim] = []
    told: set[str] = set()
    for name, words in _by_field(answer.found, policy, provider).items():
        one = policy.fields[name]
        spoken = _words(policy, provider, subject, kind, one, words, target(one), now_ms, refused)
        made += spoken
        if any(not item.field.endswith(SEEN) for item in spoken):
            told.add(name)
            made += _promoted(subject, one, kind, [*spoken, *_told_before(known, one.on(kind))], now_ms)
    return Heard(tuple(made), frozenset(told), refused)


def _told_before(known: Claims, name: str) -> list[Claim]:
    return [*known.get(name, ()), *known.get(WEAK + name, ())]


def _by_field(found: Sequence[Found], policy: EnrichmentPolicy, provider: str) -> dict[str, list[Found]]:
    """What the policy takes from this provider, the surest first."""
    made: dict[str, list[Found]] = {}
    for item in found:
        one = policy.fields.get(item.field)
        if one is not None and provider in one.waterfall:
            made.setdefault(item.field, []).append(item)
    for words in made.values():
        words.sort(key=lambda item: (-item.confidence if isfinite(item.confidence) else 1.0, str(item.value)))
    return made


def _words(
    policy: EnrichmentPolicy,
    provider: str,
    subject: str,
    kind: str,
    one: FieldPolicy,
    words: Sequence[Found],
    target: Target,
    now_ms: int,
    refused: Counter[str],
) -> list[Claim]:
    """The provider's word on one field: the surest that can be read; of a union, all of them."""
    made: list[Claim] = []
    for item in words:
        if not (isfinite(item.confidence) and 0 <= item.confidence <= 1):
            refused["bad_confidence"] += 1
            continue
        sure = round(item.confidence * policy.providers[provider].trust, 6)
        name = one.on(kind) if sure >= one.min_confidence else WEAK + one.on(kind)
        more = {
            "confidence": sure,
            "as_of_ms": min(max(item.as_of_ms, 0), now_ms),
            "expires_ms": now_ms + one.ttl_ms if one.ttl_ms else 0,
            "evidence": _evidence(provider, item),
        }
        seen: list[Claim] = []
        if target.mapped is not None and target.mapped.type is FieldType.CHOICES:
            seen = _seen(subject, one.on(kind) + SEEN, provider, item, now_ms, more)
            made += seen
        try:
            value, unit = read(target, item.value, item.unit)
        except UnreadableError as error:
            refused[error.reason] += not seen
            continue
        made.append(claim(subject, name, value, Authority.PROVIDER, provider, now_ms, unit=unit, **more))
        if not one.union:
            break
    return made


def _seen(subject: str, name: str, provider: str, item: Found, now_ms: int, more: Mapping[str, Any]) -> list[Claim]:
    """Everything a list named, as text, beside the options of it that the CRMs have."""
    try:
        members = members_of(item.value)
    except UnreadableError:
        return []
    named = frozenset(members)
    return [claim(subject, name, named, Authority.PROVIDER, provider, now_ms, **more)] if named else []


def _evidence(provider: str, item: Found) -> tuple[Evidence, ...]:
    if not (item.evidence or item.url):
        return ()
    quote = "".join(sign for sign in item.evidence if sign.isprintable())[:_QUOTE_MAX]
    return (Evidence(quote, url=item.url if item.url.startswith(("https://", "http://")) else ""),)


def _promoted(subject: str, one: FieldPolicy, kind: str, claims: Sequence[Claim], now_ms: int) -> list[Claim]:
    """One claim for words of which none was sure enough alone, and that are so together."""
    words = fresh_words(claims, now_ms)
    best, sources, sure = agreement(words, one.agree_within, union=one.union)
    if best is None or sure < one.min_confidence or len(sources) < 2:
        return []
    group = [words[name] for name in sources]
    if any(item.confidence >= one.min_confidence for item in group):
        return []
    value = best.value
    if one.union and all(isinstance(item.value, frozenset) for item in group):
        value = frozenset().union(*(item.value for item in group if isinstance(item.value, frozenset)))
    return [
        claim(
            subject,
            one.on(kind),
            value,
            Authority.PROVIDER,
            "+".join(sources),
            max(item.observed_ms for item in group),
            unit=best.unit,
            confidence=round(sure, 6),
            as_of_ms=best.as_of_ms,
            expires_ms=min((item.expires_ms for item in group if item.expires_ms), default=0),
            evidence=tuple(quote for item in group for quote in item.evidence),
        )
    ]


@dataclass(frozen=True, slots=True)
class Remembered:
    """What is kept of a question. `fields`: asked for and not answered. `ref`: the subject that holds the answer.

    `state` beside those of answers: "later", where a cap or a resting provider stood in the way.
    """

    provider: str
    key: str
    fields: tuple[str, ...]
    state: str
    asked_ms: int
    until_ms: int  # not to be asked again before; 0: nothing to wait for
    misses: int
    inputs: str
    ref: str


def remember(
    policy: EnrichmentPolicy,
    offer: Offer,
    step: Step,
    answer: Answer,
    told: Collection[str],
    before: Remembered | None,
    closed_until_ms: int,
    holder: str,
    now_ms: int,
) -> Remembered:
    """A miss or a field left out is a fact, kept for 30 days, then doubled up to 180; failures are waited for."""
    inputs = inputs_of(offer, step.who)
    same = before is not None and before.inputs == inputs
    misses = before.misses if before is not None and same else 0
    state = str(answer.state)
    made = Remembered(step.provider, step.who.key, (), state, now_ms, 0, misses, inputs, holder)
    if state in ("hit", "partial", "miss"):
        missing = tuple(name for name in step.fields if name not in told)
        if not missing:
            return replace(made, state="hit", misses=0)
        earlier = before.fields if before is not None and same and before.until_ms > now_ms else ()
        fields = tuple(sorted({*missing, *earlier} - set(told)))
        kept = "miss" if state == "miss" else "partial"
        return replace(
            made, fields=fields, state=kept, misses=misses + 1, until_ms=now_ms + _negative_ms(policy, misses + 1)
        )
    waits = {"pending": HOUR_MS, "bad_request": DAY_MS, "unavailable": 15 * MINUTE_MS}.get(state, MINUTE_MS)
    until_ms = answer.retry_at_ms if answer.retry_at_ms > now_ms else now_ms + waits
    return replace(made, until_ms=max(until_ms, closed_until_ms))


def _negative_ms(policy: EnrichmentPolicy, misses: int) -> int:
    longest = max(NEGATIVE_TTL_MAX_MS, policy.negative_ttl_ms)
    return min(longest, policy.negative_ttl_ms << min(misses - 1, 20))


@dataclass(frozen=True, slots=True)
class Standing:
    """How a provider does, as in the store's row of it."""

    provider: str
    open_until_ms: int = 0  # the breaker: not to be called before
    reason: str = ""
    failures: int = 0
    hits: int = 0
    misses: int = 0
    asked: int = 0


def after(standing: Standing, answer: Answer, now_ms: int) -> Standing:
    """How it does after one more answer. No credit, no access and too many calls close it at once, failures in a row
    after the third; it is tried again by itself when the time has come."""
    state = str(answer.state)
    if state in ("hit", "partial", "miss", "pending"):
        hit, miss = int(state in ("hit", "partial")), int(state == "miss")
        return replace(
            standing,
            open_until_ms=0,
            reason="",
            failures=0,
            hits=standing.hits + hit,
            misses=standing.misses + miss,
            asked=standing.asked + 1,
        )
    if state == "bad_request":
        return replace(standing, asked=standing.asked + 1)
    failures = standing.failures + (state in ("unavailable", "unauthorised"))
    rests = {
        "throttled": now_ms + MINUTE_MS,
        "out_of_credit": (now_ms // DAY_MS + 1) * DAY_MS,  # most counts begin anew with the day
        "unauthorised": now_ms + min(DAY_MS, HOUR_MS << min(failures - 1, 10)) if failures else 0,
    }
    until_ms = rests.get(state, 0)
    if state == "unavailable" and failures >= FAILURES_MAX:
        until_ms = now_ms + min(HOUR_MS, MINUTE_MS << min(failures - FAILURES_MAX, 10))
    if until_ms and answer.retry_at_ms > now_ms:
        until_ms = answer.retry_at_ms
    if not until_ms:
        return replace(standing, failures=failures, asked=standing.asked + 1)
    return replace(standing, open_until_ms=max(standing.open_until_ms, until_ms), reason=state, failures=failures)
