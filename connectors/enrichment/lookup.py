"""What sources without a price have in common: one question, a few calls, and every way in which they can end."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Final

from requests.adapters import BaseAdapter

from connectors import http
from connectors.base import AccessError, AuthError, Clock, Entropy, ProtocolError, QuotaError, RemoteError
from connectors.budget import MeteredBudgets, RateLimit
from connectors.enrichment.provider import Answer, AnswerState, Found, Question
from connectors.policy import RetryPolicy
from connectors.tokens import Grant, TokenKeeper

NOT_THERE: Final = frozenset({404})
_ENDING: Final = frozenset({AnswerState.OUT_OF_CREDIT, AnswerState.UNAUTHORISED, AnswerState.THROTTLED})
_THROTTLE_S: Final = 60.0  # a refusal that names no time
_LONGEST_EVIDENCE: Final = 300
_CALLS: Final = "calls"
THROTTLED: Final = "THROTTLED"  # code of a refusal that means "too many", whatever its status


@dataclass(frozen=True, slots=True)
class Access:
    """Where a source is and how one gets in; `base_url` empty: its own address."""

    base_url: str = ""
    api_key: str = field(default="", repr=False)
    contact: str = ""  # an e-mail address under which whoever runs us can be reached
    ca_bundle: str | None = None
    rules: str = ""  # path of a file that the source goes by, where it has any
    policy: RetryPolicy = field(
        default_factory=lambda: RetryPolicy(attempts=3, longest_wait_s=2.0, total_wait_s=5.0, timeout_s=(5.0, 20.0))
    )

    def at(self, base_url: str) -> Access:
        """With the source's own address where none is set."""
        return self if self.base_url else replace(self, base_url=base_url)


@dataclass(frozen=True, slots=True)
class Looked:
    """What one look brought: the values, and why there are none or not all."""

    found: tuple[Found, ...] = ()
    why: str = ""
    ref: str = ""


class Line:
    """The way to one source, under the policy of all calls; `name` is the source's, for people."""

    def __init__(
        self,
        name: str,
        access: Access,
        clock: Clock,
        entropy: Entropy,
        *,
        rate: RateLimit | None = None,
        headers: Mapping[str, str] | None = None,
        refusal: Callable[[http.Answer], RemoteError | None] = lambda answer: None,
        mounts: Mapping[str, BaseAdapter] | None = None,
    ) -> None:
        self.name, self.access, self.clock = name, access, clock
        self._headers, self._spends = dict(headers or {}), {_CALLS: 1} if rate else {}
        budgets = MeteredBudgets(clock, side=_Words.side, rates={_CALLS: rate}) if rate else None
        self._transport = http.Transport(
            _Words(refusal),
            clock,
            entropy,
            TokenKeeper(clock, given=Grant("", access.base_url)),
            budgets=budgets,
            policy=access.policy,
            ca_bundle=access.ca_bundle,
            mounts=mounts or {},
        )

    def send(self, call: http.Call) -> http.Answer:
        """Raises RemoteError. No log-in is added: a source's key is one of its headers."""
        return self._transport.send(
            replace(call, authorised=False, headers={**self._headers, **call.headers}, spends=self._spends)
        )

    def get(self, url: str, params: Mapping[str, str] | None = None, **more: Any) -> http.Answer:
        """A GET of a path under the base address, or of an absolute address; 404 is an answer."""
        whole = url if "://" in url else self.access.base_url.rstrip("/") + url
        return self.send(http.Call("GET", whole, self.name, params=params or {}, accepts=NOT_THERE, **more))

    def document(self, url: str, params: Mapping[str, str] | None = None) -> dict[str, Any] | None:
        """The JSON object at an address; None where there is none. Raises ProtocolError for any other JSON."""
        answer = self.get(url, params)
        if answer.status == 404:
            return None
        if not isinstance(answer.value, dict):
            raise ProtocolError("an answer of an unknown shape")
        return answer.value

    def close(self) -> None:
        self._transport.close()


@dataclass(frozen=True, slots=True)
class _Words:
    """A source's own refusals; what it leaves open is decided by the status."""

    refusal: Callable[[http.Answer], RemoteError | None]
    side = None  # neither CRM

    def error(self, answer: http.Answer) -> RemoteError | None:
        return self.refusal(answer)

    def renewable(self, answer: http.Answer) -> bool:
        return False

    def heard(self, answer: http.Answer, call: http.Call) -> None:
        """These sources tell no allowance that we could use."""


@dataclass(frozen=True, slots=True)
class OneByOne:
    """A `Provider` that asks question after question: `look` does the work, everything else is the same for all."""

    name: str
    offers: frozenset[str]
    needs: tuple[tuple[str, ...], ...]
    look: Callable[[Line, Question], Looked]
    line: Line
    kinds: frozenset[str] = frozenset({"account"})
    price: Decimal = Decimal(0)
    batch_max: int = 50

    def ask(self, questions: Sequence[Question]) -> Sequence[Answer]:
        answers: list[Answer] = []
        for question in questions:
            last = answers[-1] if answers else None
            if last is not None and last.state in _ENDING:
                answers.append(replace(last, key=question.key))
            else:
                answers.append(self._answer(question))
        return answers

    def close(self) -> None:
        self.line.close()

    def _answer(self, question: Question) -> Answer:
        key = question.key
        if not any(all(getattr(question, part) for part in group) for group in self.needs):
            needed = " or ".join(" and ".join(group) for group in self.needs)
            return Answer(key, AnswerState.BAD_REQUEST, message=f"{self.name} needs {needed} to find a subject")
        try:
            looked = self.look(self.line, question)
        except RemoteError as error:
            return _refused(self.name, key, error, self.line.clock.now_ms())
        return told(self.name, question, self.offers, looked)


def told(name: str, question: Question, offers: frozenset[str], looked: Looked) -> Answer:
    """The answer that a look amounts to: the fields asked for, and whether they are all of those that are offered."""
    wanted = offers & frozenset(question.fields)
    found = tuple(
        replace(one, evidence=one.evidence[:_LONGEST_EVIDENCE])
        for one in looked.found
        if one.field in wanted and one.value not in ("", ())
    )
    if not found:
        why = looked.why or f"{name} knows the company, but none of the fields asked for"
        return Answer(question.key, AnswerState.MISS, message=why, ref=looked.ref)
    state = AnswerState.HIT if {one.field for one in found} == wanted else AnswerState.PARTIAL
    return Answer(question.key, state, found, message=looked.why, ref=looked.ref)


def _refused(name: str, key: str, error: RemoteError, now_ms: int) -> Answer:
    state = _state(error)
    retry_s = error.retry_after_s
    if retry_s is None and state is AnswerState.THROTTLED:
        retry_s = _THROTTLE_S
    said = f"status {error.status}" if error.status else error.message.partition(":")[0]  # a body's text stays out
    return Answer(
        key,
        state,
        retry_at_ms=0 if retry_s is None else now_ms + int(retry_s * 1000),
        message=f"{name}: {said}",
        action=_ACTIONS.get(state, "").format(name=name) if error.code != "TLS" else error.action,
    )


def _state(error: RemoteError) -> AnswerState:
    if error.status == 429 or error.code == THROTTLED:
        return AnswerState.THROTTLED
    if isinstance(error, QuotaError) or error.status == 402:
        return AnswerState.OUT_OF_CREDIT
    if isinstance(error, AuthError | AccessError):
        return AnswerState.UNAUTHORISED
    if isinstance(error, ProtocolError) and error.status is not None and 400 <= error.status < 500:
        return AnswerState.BAD_REQUEST
    return AnswerState.UNAVAILABLE


_ACTIONS: Final = {
    AnswerState.UNAUTHORISED: "Correct the key or the contact address in [enrichment.{name}].",
    AnswerState.BAD_REQUEST: "Check base_url in [enrichment.{name}]; else report this to the makers of syncer.",
}
