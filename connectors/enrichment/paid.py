"""What sources with a price have in common: a call costs credits, so a lost answer is never asked for again blindly."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from connectors import http
from connectors.base import (
    AccessError,
    AuthError,
    ProtocolError,
    QuotaError,
    RemoteError,
    TransientError,
    UnknownOutcomeError,
)
from connectors.enrichment.lookup import Line
from connectors.enrichment.provider import Answer, AnswerState, Found, Known, Question
from connectors.policy import Effect

# Asking again after a lost answer is harmless to the vendor but may be billed again: as with a keyed write, the line
# repeats only what was certainly not carried out.
BILLED: Final = Effect.KEYED_WRITE
_THROTTLE_S: Final = 60.0  # for a refusal that names no time
_ENDING: Final = frozenset({AnswerState.OUT_OF_CREDIT, AnswerState.UNAUTHORISED, AnswerState.THROTTLED})
_LONGEST_TEXT, _LONGEST_NAME, _MOST_NAMES = 2_000, 120, 300
_MOST_MONEY: Final = 10**15
_CODE: Final = re.compile(r"[A-Za-z0-9_-]{1,40}")
_TEXTS: Final[Mapping[AnswerState, tuple[str, str]]] = {
    AnswerState.THROTTLED: ("too many calls", ""),
    AnswerState.OUT_OF_CREDIT: ("no credits are left", "Buy credits at {name}, or wait for the next billing period."),
    AnswerState.UNAUTHORISED: ("the key is not taken, or may not do this", "Correct api_key in [enrichment.{name}]."),
    AnswerState.BAD_REQUEST: ("the question was refused", "Check base_url in [enrichment.{name}], else report this."),
    AnswerState.UNAVAILABLE: ("no usable answer", ""),
}


@dataclass(frozen=True, slots=True)
class Seen:
    """What one question brought. PARTIAL and HIT are told apart by whoever knows what was asked for."""

    found: tuple[Found, ...] = ()
    credits: Decimal = Decimal(0)
    ref: str = ""
    state: AnswerState | None = None  # MISS or PENDING; None: the subject is known
    retry_in_s: float = 0.0
    why: str = ""


@dataclass(frozen=True, slots=True)
class Paid:
    """A `Provider` that costs credits. `look` asks about up to `per_call` questions at once, one `Seen` for each.

    It may raise what a vendor's refusal means, and answers None where the vendor wants these asked one by one.
    """

    name: str
    fields: Mapping[str, frozenset[str]]  # kind -> what is offered of it
    needed: Mapping[str, tuple[tuple[str, ...], ...]]  # kind -> groups of which one must be known
    look: Callable[[Line, Sequence[Question]], Sequence[Seen] | None]
    line: Line
    price: Decimal = Decimal(1)
    per_call: int = 1
    batch_max: int = 10

    @property
    def offers(self) -> frozenset[str]:
        return frozenset().union(*self.fields.values())

    @property
    def needs(self) -> tuple[tuple[str, ...], ...]:
        return tuple(dict.fromkeys(group for groups in self.needed.values() for group in groups))

    @property
    def kinds(self) -> frozenset[str]:
        return frozenset(self.fields)

    def ask(self, questions: Sequence[Question]) -> Sequence[Answer]:
        answers: dict[int, Answer] = {}
        asked: list[int] = []
        for place, question in enumerate(questions):
            unfit = self._unfit(question)
            if unfit:
                answers[place] = Answer(question.key, AnswerState.BAD_REQUEST, message=f"{self.name} {unfit}")
            else:
                asked.append(place)
        ended: Answer | None = None
        for start in range(0, len(asked), self.per_call):
            places = asked[start : start + self.per_call]
            chunk = [questions[place] for place in places]
            made = [replace(ended, key=one.key, credits=Decimal(0)) for one in chunk] if ended else self._ask(chunk)
            ended = ended or next((answer for answer in made if answer.state in _ENDING), None)
            answers |= dict(zip(places, made, strict=True))
        return [answers[place] for place in range(len(questions))]

    def close(self) -> None:
        self.line.close()

    def _unfit(self, question: Question) -> str:
        if question.kind not in self.fields:
            return f"does not know about a {question.kind}"
        if not self.fields[question.kind] & frozenset(question.fields):
            return "offers none of the fields asked for"
        groups = self.needed[question.kind]
        if not any(all(getattr(question, part) for part in group) for group in groups):
            return f"needs {' or '.join(' and '.join(group) for group in groups)} to find a {question.kind}"
        return ""

    def _ask(self, chunk: Sequence[Question]) -> list[Answer]:
        try:
            seen = self.look(self.line, chunk)
        except RemoteError as error:
            return [self._refused(question, error) for question in chunk]
        if seen is not None:
            return [self._answer(question, one) for question, one in zip(chunk, seen, strict=True)]
        made: list[Answer] = []
        for question in chunk:
            ended = made[-1] if made and made[-1].state in _ENDING else None
            made.append(replace(ended, key=question.key, credits=Decimal(0)) if ended else self._ask([question])[0])
        return made

    def _answer(self, question: Question, seen: Seen) -> Answer:
        wanted = self.fields[question.kind] & frozenset(question.fields)
        found = tuple(one for one in seen.found if one.field in wanted)
        state = seen.state
        if state is None:
            state = AnswerState.HIT if {one.field for one in found} == wanted else AnswerState.PARTIAL
        retry_ms = self.line.clock.now_ms() + int(seen.retry_in_s * 1000) if seen.retry_in_s else 0
        return Answer(question.key, state, found, seen.credits, retry_ms, seen.why, ref=seen.ref[:_LONGEST_NAME])

    def _refused(self, question: Question, error: RemoteError) -> Answer:
        """Only the class, the status and the vendor's code are told: a vendor's text may quote what it was sent."""
        state = state_of(error)
        said, action = _TEXTS[state]
        retry_s = error.retry_after_s
        if retry_s is None and state is AnswerState.THROTTLED:
            retry_s = _THROTTLE_S
        code = error.code if _CODE.fullmatch(error.code) and error.code != self.line.access.api_key else ""
        details = ", ".join(filter(None, (f"status {error.status}" if error.status else "", code)))
        lost = isinstance(error, UnknownOutcomeError)  # it may have been billed: the cap must hold whatever is true
        return Answer(
            question.key,
            state,
            credits=self.price if lost else Decimal(0),
            retry_at_ms=0 if retry_s is None else self.line.clock.now_ms() + int(retry_s * 1000),
            message=f"{self.name}: {said}" + (f" ({details})" if details else ""),
            action=error.action if error.code in _OWN_ACTION else action.format(name=self.name),
        )


_OWN_ACTION: Final = frozenset({"TLS", "API_INACCESSIBLE"})


def state_of(error: RemoteError) -> AnswerState:
    """By class first: vendors use one status for a used-up plan and for haste."""
    if isinstance(error, QuotaError) or error.status == 402:
        return AnswerState.OUT_OF_CREDIT
    if isinstance(error, AuthError | AccessError):
        return AnswerState.UNAUTHORISED
    if isinstance(error, TransientError) and error.status is not None and 400 <= error.status < 500:
        return AnswerState.THROTTLED
    if isinstance(error, ProtocolError) and error.status is not None and 400 <= error.status < 500:
        return AnswerState.BAD_REQUEST
    return AnswerState.UNAVAILABLE


def table(answer: http.Answer) -> Mapping[str, Any]:
    """The JSON object of an answer. Raises UnknownOutcomeError for any other JSON: it may have been billed."""
    if not isinstance(answer.value, Mapping):
        raise UnknownOutcomeError("an answer of an unknown shape", status=answer.status)
    return answer.value


def unknown(answer: http.Answer, told: bool) -> bool:
    """Whether a 404 is the vendor's own miss, as `told` says from its body; any other status is no miss.

    Raises ProtocolError for a 404 of somebody else: a wrong address must not be kept as a fact about companies.
    """
    if answer.status == 404 and not told:
        raise ProtocolError("nobody answers at this address as the vendor does", status=404)
    return answer.status == 404


def whole(value: Any, least: int = 0) -> int | None:
    """A whole number, also as text or as a float without a fraction; a range or a band is none."""
    if isinstance(value, str) and re.fullmatch(r"\d{1,3}(,\d{3}){1,4}|\d{1,15}", value.strip(), re.ASCII):
        value = int(value.strip().replace(",", ""))
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value or value in (1e999, -1e999):
        return None
    return int(value) if value == int(value) and value >= least else None


def money(value: Any) -> Decimal | None:
    """A plain number; text with signs or scales is a band or an estimate, and none."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        amount = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    if not amount.is_finite() or not 0 < amount < _MOST_MONEY:
        return None
    return amount.quantize(Decimal(1)) if amount == amount.to_integral_value() else amount


def gathered(values: Mapping[str, Known | None], match: float, trust: Mapping[str, float], **more: Any) -> list[Found]:
    """The values that are there, each as sure as the match times what the provider is worth for that field."""
    units = {"annual_revenue": "USD"}
    return [
        Found(name, _cut(value), round(match * trust.get(name, 0.9), 3), unit=units.get(name, ""), **more)
        for name, value in values.items()
        if value is not None and value != "" and value != ()
    ]


def _cut(value: Known) -> Known:
    """Nothing that a vendor says is of any length."""
    if isinstance(value, tuple):
        return tuple(item[:_LONGEST_NAME] for item in value[:_MOST_NAMES])
    return value[:_LONGEST_TEXT] if isinstance(value, str) else value


def credits_spent(answer: http.Answer, header: str, otherwise: Decimal) -> Decimal:
    """What the vendor says that the call cost; `otherwise` where it says nothing that makes sense."""
    amount = answer.headers.get(header, "").strip()
    return Decimal(amount) if re.fullmatch(r"\d{1,9}(\.\d{1,6})?", amount, re.ASCII) else otherwise


def host(address: str) -> str:
    """`http://www.acme.com/` -> `acme.com`."""
    return re.sub(r"^[a-z]+://", "", address.strip().lower()).partition("/")[0].removeprefix("www.")


def titled(text: str) -> str:
    """`são paulo` as one writes it; for vendors that keep all text in small letters."""
    return re.sub(r"[^\W\d_]+('[^\W\d_]+)?", lambda found: found[0][:1].upper() + found[0][1:], text)
