"""What one document says of its subjects, as claims and questions to a person. Pure.

Only what was said outright of one known person becomes a claim. What is ambiguous, or was said with several people in
the room, is a question. An opt-out counts twice: as the answer to "may a rep call" and as "do not call", which no later
word takes back by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from connectors.base import SideName
from syncer.core.canon import canoniser
from syncer.core.claims import Authority, Evidence, Value
from syncer.core.fields import FieldMap, FieldType, KindMap, Rule
from syncer.core.listen import Answer, Calls, Finding, Heard, Status, extract, verify
from syncer.core.listen.text import view_of
from syncer.core.values import BLANK, Canonical, UncanonicalError
from syncer.store.knowledge_rows import DocumentRow

VERSION: Final = "1"  # of what this module makes of a text: another one has every document heard anew
OPT_IN, DO_NOT_CALL = "opted_in", "do_not_call"
SEVERAL: Final = "said with several people"
_ACCOUNT_FIELD: Final = {"employees": "number_of_employees"}
_PERSON_FIELD: Final = {"employees": "company_size"}
_TOOLS: Final = ("tool", "competitor")
_TECHNOLOGIES: Final = "technologies"
_WORDS_MIN: Final = 3  # an answer of fewer words holds no sentence


@dataclass(frozen=True, slots=True)
class Subjects:
    """Whom a document is about. `account`: of the one person, or the one that the document hangs on itself."""

    persons: tuple[str, ...] = ()
    account: str = ""
    root_source: str = ""

    @property
    def first(self) -> str:
        return next(iter(self.persons), self.account)


@dataclass(frozen=True, slots=True)
class Statement:
    """A field of a subject and what was said of it. `reason`: why a person has to decide; empty: it is a claim."""

    subject: str
    field: str
    value: Value
    unit: str
    evidence: Evidence
    reason: str = ""


@dataclass(slots=True)
class Words:
    """Everything that one document gave. `refused`: why it could not be heard at all."""

    claims: list[Statement] = field(default_factory=list)
    questions: list[Statement] = field(default_factory=list)
    objections: list[Finding] = field(default_factory=list)
    refused: str = ""
    unreadable: int = 0  # form answers that their field cannot hold


@dataclass(frozen=True, slots=True)
class Hearer:
    """The declarations under which texts are heard, and the kinds whose fields they may name."""

    calls: Calls
    kinds: Mapping[str, KindMap]

    def hear(
        self, row: DocumentRow, subjects: Subjects, answers: Sequence[Answer] = (), reps: Sequence[str] = ()
    ) -> Words:
        """`answers`: what a model said of the text, each held against it here. `reps`: names of our own people."""
        words = Words(refused=_refusal(row))
        if words.refused:
            return words
        if row.kind == "form":
            self._form(row, subjects, words)
            return words
        heard = self._heard(row, row.text, answers, reps)
        words.refused = {"unsupported": "language", "none": "no_text"}.get(heard.language, "")
        if not words.refused:
            self._take(row, subjects, heard, words)
        return words

    def _heard(self, row: DocumentRow, text: str, answers: Sequence[Answer], reps: Sequence[str]) -> Heard:
        day = datetime.fromtimestamp(row.said_ms / 1000, UTC).date() if row.said_ms else None
        heard = extract(text, self.calls, call=day, reps=tuple(reps))
        if not answers:
            return heard
        more = verify(text, answers, self.calls, call=day, reps=tuple(reps))
        known = {(one.field, one.start) for one in heard.facts}
        return replace(heard, facts=(*heard.facts, *(one for one in more.facts if (one.field, one.start) not in known)))

    def _take(self, row: DocumentRow, subjects: Subjects, heard: Heard, words: Words, shift: int = 0) -> None:
        claims: list[Statement] = []
        for found in heard.facts:
            declared = self.calls.fact(found.field) is not None
            if not (declared or found.field in _TOOLS) or found.value is None:
                continue
            if found.status is Status.PROPOSAL and not declared:
                continue  # a product that was only named, a sum about nothing declared: no question worth asking
            evidence = Evidence(
                found.quote, row.doc_id, found.start + shift, found.end + shift, found.speaker, row.said_ms
            )
            for subject, name, value in self._places(found, subjects):
                reason = found.reason if found.status is Status.PROPOSAL else ""
                if not reason and len(subjects.persons) > 1 and subject in subjects.persons:
                    reason = SEVERAL
                said = Statement(subject, name, value, found.unit, evidence, reason)
                (words.questions if reason else claims).append(said)
        words.claims += [*claims, *(one for said in claims for one in follows(said, self.kinds.get("person")))]
        for one in heard.objections:
            if one.status is Status.ACCEPTED:
                words.objections.append(replace(one, start=one.start + shift, end=one.end + shift))

    def _places(self, found: Finding, subjects: Subjects) -> Iterator[tuple[str, str, Value]]:
        """(subject, field, value): facts of a company belong to the account, all others to the person."""
        value = value_of(found.value)
        if found.scope == "segment":
            yield subjects.first, f"segment.{found.field}", value
            return
        if found.field in _TOOLS:
            option = self._technology(str(found.value))
            if option and subjects.account:
                yield subjects.account, _TECHNOLOGIES, frozenset((option,))
            else:
                yield subjects.account or subjects.first, found.field, value
            return
        name = _ACCOUNT_FIELD.get(found.field, found.field)
        if subjects.account and self._knows("account", name) and not self._knows("person", found.field):
            yield subjects.account, name, value
            if found.field not in _PERSON_FIELD or len(subjects.persons) > 1:
                return
        for person in subjects.persons:
            mine = _PERSON_FIELD.get(found.field, "")
            yield person, mine if self._knows("person", mine) else found.field, value
        if not subjects.persons and not (subjects.account and self._knows("account", name)):
            yield subjects.account, found.field, value

    def _technology(self, name: str) -> str:
        """The option of the accounts' technologies that means this product; empty: they have none for it."""
        account = self.kinds.get("account")
        if account is None or not account.knows(_TECHNOLOGIES):
            return ""
        options = account.field_named(_TECHNOLOGIES).choices
        return next((label for label in options if label.casefold() == name.casefold()), "")

    def _knows(self, kind: str, name: str) -> bool:
        mapped = self.kinds.get(kind)
        return mapped is not None and mapped.knows(name)

    def _form(self, row: DocumentRow, subjects: Subjects, words: Words) -> None:
        """Answers of mapped properties are claims as they stand; the others are read like a message."""
        at = 0
        for object_name, name, value in row.meta.get("answers", ()):
            start = at + len(name) + 2
            at = start + len(value) + 1
            view = view_of(value)
            if "markup with a script" in view.suspicious:
                words.unreadable += 1
                continue
            kind = "account" if object_name == "companies" else "person"
            subject = subjects.account if kind == "account" else subjects.first
            item = _mapped(self.kinds.get(kind), "right", object_name, name)
            if item is None:
                if len(value.split()) >= _WORDS_MIN:
                    self._take(row, subjects, self._heard(row, value, (), ()), words, shift=start)
                continue
            if not subject or "form" not in item.authority:
                continue
            said = _canonical(item, view.read)
            if said is BLANK:
                words.unreadable += 1
            else:
                evidence = Evidence(value, row.doc_id, start, start + len(value), "", row.said_ms)
                words.claims.append(Statement(subject, item.name, said, "", evidence))


def follows(said: Statement, person: KindMap | None) -> Iterator[Statement]:
    """What an opt-out says besides: a call that was not wanted is not wanted by any rep."""
    if said.field == OPT_IN and said.value is False and person is not None and person.knows(DO_NOT_CALL):
        yield replace(said, field=DO_NOT_CALL, value=True, unit="")


def value_of(said: Any) -> Value:
    """A finding's value as a claim holds it."""
    if isinstance(said, list):
        low, high = (_number(one) for one in said)
        return low, high
    return _number(said) if isinstance(said, float) else said


def _number(said: float) -> int | Decimal:
    return said if isinstance(said, int) else Decimal(str(said))


def authority_of(row: DocumentRow) -> Authority:
    return Authority.FORM if row.kind == "form" else Authority.CALL


def source_of(row: DocumentRow) -> str:
    return f"form:{row.meta['form']}" if row.kind == "form" else f"rep:{row.speaker or 'unknown'}"


def _refusal(row: DocumentRow) -> str:
    if "bytes" in row.meta:
        return "too_long"
    if row.meta.get("subtype") in ("Email", "EMAIL"):
        return "e_mail"  # whose words may be our own
    if row.meta.get("gone"):
        return "gone"
    return "" if row.text.strip() else "no_text"


def _mapped(kind: KindMap | None, side: SideName, object_name: str, name: str) -> FieldMap | None:
    for item in kind.fields if kind is not None else ():
        shut = item.rule in (Rule.ALWAYS_SYNCER, Rule.DONT_SYNC) or item.type is FieldType.REFERENCE
        if item.on(side, object_name) == name and not shut:
            return item
    return None


def _canonical(item: FieldMap, text: str) -> Canonical:
    """None for nothing, and for what the field cannot hold."""
    try:
        return canoniser(item, "right")(text)
    except UncanonicalError:
        return None
