"""Listen: documents become claims, questions and objections; each document once, until it or the declarations change.

A batch is one transaction: claims, questions, objections, the state of its documents, and the subjects that became
dirty by it. What a document no longer says is taken back by a claim of the same source, never deleted. After a crash
the batch is heard again and gives the same claims.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Final

from connectors.base import RemoteError, SideName
from syncer.core.canon import canoniser
from syncer.core.claims import Authority, Claim, claim, from_ledger, to_json, value_to_json
from syncer.core.fields import KindMap
from syncer.core.listen import Answer, Calls
from syncer.core.resolve import DAY_MS
from syncer.core.values import BLANK, UncanonicalError
from syncer.stages.context import Context, Problem
from syncer.stages.gathering import load_owners, pairs_of
from syncer.stages.hearing import VERSION, Hearer, Statement, Subjects, Words, authority_of, source_of
from syncer.stages.proposals import ask, forget_questions
from syncer.stages.telling import accounts_of, matched_accounts
from syncer.store.knowledge_rows import ClaimRow, DocumentRow, ObjectionRow
from syncer.store.ports import Tx
from syncer.store.rows import CursorRow, LinkRow

_BATCH: Final = 100  # documents of one transaction: their texts are in memory together
_ROOT_SOURCES: Final = ("root_source", "original_source", "lead_source")
_WOKEN: Final[tuple[SideName, str, str]] = ("left", "(documents)", "woken")  # when all unlinked ones were looked at
_HEARD: Final = (Authority.CALL, Authority.FORM)


def listen(context: Context) -> None:
    """Hears every document that is new, changed, newly linked, or was heard under other declarations."""
    if context.hears is None:
        return
    run = _Run(context, context.hears)
    _wake(context)
    while rows := _next(context, run):
        run.hear(rows)


def _wake(context: Context) -> None:
    """What hung on nobody known is looked at again with the records that changed, and all of it once a day.

    A record that becomes a subject is among those that changed, so that the cost follows the changes.
    """
    limit, now_ms = context.settings.batch_size, context.clock.now_ms()
    objects = [(side, name) for _, side, name in context.objects()]
    with context.store.transaction() as tx:
        cursor = tx.cursors.get(*_WOKEN) or CursorRow(*_WOKEN)
        if now_ms - cursor.watermark_ms >= DAY_MS:
            tx.cursors.put(replace(cursor, watermark_ms=now_ms))
            while tx.documents.wake_linked(limit):
                pass
            return
        after_seq = 0
        while rows := tx.records.dirty(objects, limit, after_seq):
            after_seq = rows[-1].dirty_seq
            changed: dict[tuple[SideName, str], list[str]] = {}
            for row in rows:
                changed.setdefault((row.side, row.object), []).append(row.id)
            for (side, name), ids in sorted(changed.items()):
                tx.documents.wake_about(side, name, ids)


def _next(context: Context, run: _Run) -> list[DocumentRow]:
    with context.store.snapshot() as tx:
        return tx.documents.to_hear(_BATCH) or run.others(tx)


class _Run:
    """One run's hearing; `heard_by` names extractor and declarations, and the model while it answers."""

    def __init__(self, context: Context, calls: Calls) -> None:
        self._context, self._calls = context, calls
        self._hearer = Hearer(calls, {kind.kind: kind for kind in context.kinds})
        self._model, self._failed = context.ask_model, False
        self._owners: Mapping[tuple[SideName, str], Mapping[str, str]] | None = None

    @property
    def heard_by(self) -> str:
        with_model = "model" if self._model is not None else "rules"
        return blake2b(f"{VERSION} {with_model} {self._calls!r}".encode(), digest_size=12).hexdigest()

    def others(self, tx: Tx) -> list[DocumentRow]:
        """Those heard under other declarations; none while the model fails, which would hear them all for nothing."""
        return [] if self._failed else tx.documents.heard_by_others(self.heard_by, _BATCH)

    def hear(self, rows: Sequence[DocumentRow]) -> None:
        """Raises nothing: a model that does not answer is left out for the rest of the run, and said so."""
        context = self._context
        rows = [replace(row, speaker=self._address(row)) for row in rows]
        with context.store.snapshot() as tx:
            subjects = _subjects(context, tx, rows)
        heard = {row.doc_id: self._one(row, subjects[row.doc_id]) for row in rows if subjects[row.doc_id].first}
        with context.store.transaction() as tx:
            touched = _keep(context, tx, rows, subjects, heard)
            self._close(tx, rows, heard)
            tx.links.touch(sorted(touched))
        context.report.count("unlinked_documents", len(rows) - len(heard))
        context.probe("heard")

    def _one(self, row: DocumentRow, subjects: Subjects) -> Words:
        answers = self._ask(row) if row.kind != "form" else ()
        words = self._hearer.hear(row, subjects, answers, self._names(row))
        report = self._context.report
        report.count(f"refused.{words.refused}" if words.refused else "heard")
        report.count("form_answers_unreadable", words.unreadable)
        return words

    def _ask(self, row: DocumentRow) -> Sequence[Answer]:
        if self._model is None or not row.text:
            return ()
        try:
            return self._model(row.text)
        except RemoteError as error:
            self._model, self._failed = None, True
            said = f"The extraction model does not answer, and the rules hear alone: {error.message}"
            self._context.report.problem(Problem("ExtractionUnavailable", said, error.action))
            return ()

    def _address(self, row: DocumentRow) -> str:
        """By which the rep is the same person on both sides; the owner's id where no active user is known by it."""
        if self._owners is None:
            person = self._context.known_kind("person")
            self._owners = load_owners(self._context, person) if person is not None else {}
        return self._owners.get((row.side, "owner"), {}).get(row.speaker, row.speaker)

    def _names(self, row: DocumentRow) -> Sequence[str]:
        """How the rep may be called in a transcript, by the address of the owner: ann.lee@ is Ann Lee, or Ann."""
        address = row.speaker if "@" in row.speaker else ""
        words = address.partition("@")[0].replace("_", ".").split(".")
        return [name for name in (" ".join(words), words[0]) if name]

    def _close(self, tx: Tx, rows: Sequence[DocumentRow], heard: Mapping[str, Words]) -> None:
        states: dict[str, list[str]] = {}
        for row in rows:
            words = heard.get(row.doc_id)
            state = "unlinked" if words is None else "refused" if words.refused else "heard"
            states.setdefault(state, []).append(row.doc_id)
        for state, ids in sorted(states.items()):
            tx.documents.set_state(ids, state, "" if state == "unlinked" else self.heard_by)


def _subjects(context: Context, tx: Tx, rows: Iterable[DocumentRow]) -> dict[str, Subjects]:
    """Whom each document is about, through links and aliases."""
    rows = list(rows)
    links = _links(tx, rows)
    person = context.known_kind("person")
    persons = {link.link_id: link for link in links.values() if link.kind == "person"}
    pairs = pairs_of(tx, persons.values())
    accounts = matched_accounts(tx, sorted(persons))
    if person is not None:
        accounts |= accounts_of(tx, person, pairs)
    found = {}
    for row in rows:
        held = [links[ref] for ref in row.about if ref in links]
        mine = sorted({link.link_id for link in held if link.kind == "person"})
        named = sorted({link.link_id for link in held if link.kind == "account"})
        theirs = sorted({accounts[one] for one in mine if one in accounts})
        firm = named or theirs
        source = _root_source(person, pairs.get(mine[0], ())) if mine and person is not None else ""
        found[row.doc_id] = Subjects(tuple(mine), firm[0] if len(firm) == 1 else "", source)
    return found


def _links(tx: Tx, rows: Iterable[DocumentRow]) -> dict[tuple[str, str, str], LinkRow]:
    asked: dict[tuple[SideName, str], set[str]] = {}
    for row in rows:
        for _, object_name, record_id in row.about:
            asked.setdefault((row.side, object_name), set()).add(record_id)
    found = {}
    for (side, object_name), ids in sorted(asked.items()):
        for record_id, link in tx.links.by_records(side, object_name, sorted(ids)).items():
            found[side, object_name, record_id] = link
    return found


def _root_source(person: KindMap, pair: Sequence[object]) -> str:
    """The first of the fields that say where somebody came from, in the words of the mapping."""
    for name in _ROOT_SOURCES:
        item = person.field_named(name) if person.knows(name) else None
        for row in pair if item is not None else ():
            field = item.on(row.side, row.object) if row is not None else None
            if field is None:
                continue
            try:
                value = canoniser(item, row.side)(row.values.get(field))
            except UncanonicalError:
                continue
            if value is not BLANK:
                return str(value)
    return ""


def _keep(
    context: Context,
    tx: Tx,
    rows: Sequence[DocumentRow],
    subjects: Mapping[str, Subjects],
    heard: Mapping[str, Words],
) -> set[str]:
    """Stores what was heard; the subjects of which something is known now that was not."""
    touched: set[str] = set()
    forget_questions(tx, rows, [one for words in heard.values() for one in words.questions])
    for row in rows:
        words = heard.get(row.doc_id, Words())
        ledger = _Ledger(context, row, [from_ledger(known.claim) for known in tx.claims.of_document(row.doc_id)])
        for said in words.claims:
            ledger.say(said)
        ledger.take_back()
        context.report.count("claims_heard", tx.claims.add(ledger.new))
        context.report.count("claims_taken_back", sum(one.claim["stance"] != "holds" for one in ledger.new))
        touched |= {one.subject for one in ledger.new}
        context.report.count("proposals", ask(context, tx, row, words.questions))
        tx.objections.replace(row.doc_id, _objections(row, subjects[row.doc_id], words))
        context.report.count("objections_heard", len(words.objections))
    return touched


def _objections(row: DocumentRow, subjects: Subjects, words: Words) -> list[ObjectionRow]:
    return [
        ObjectionRow(
            doc_id=row.doc_id,
            ordinal=ordinal,
            subject=subjects.first,
            kind=str(one.value),
            root_source=subjects.root_source,
            quote=one.quote,
            start=one.start,
            end=one.end,
            said_ms=row.said_ms,
        )
        for ordinal, one in enumerate(words.objections)
    ]


@dataclass(frozen=True, slots=True)
class _Key:
    """What makes two claims of one document the same, whenever they were made."""

    subject: str
    field: str
    value: str
    unit: str
    source: str
    place: tuple[int, int, str]


class _Ledger:
    """The claims of one document: those that stand, and what has to be added so that they say what it says now."""

    def __init__(self, context: Context, row: DocumentRow, known: Sequence[Claim]) -> None:
        self._row, self._now_ms, self._run_id = row, context.clock.now_ms(), context.report.run_id
        self._authority, self._source = authority_of(row), source_of(row)
        ended = {one.target for one in known}
        self._known = {one.claim_id for one in known}
        held = [one for one in known if one.stance == "holds" and one.claim_id not in ended]
        self._standing = {_key(one): one for one in held if one.authority in _HEARD}
        self._said: set[_Key] = set()
        self.new: list[ClaimRow] = []

    def say(self, said: Statement) -> None:
        """What stands already is not said twice; what was taken back before is said anew, as of now."""
        made = self._claim(said, self._row.said_ms)
        key = _key(made)
        if key in self._said:
            return
        self._said.add(key)
        if key in self._standing:
            return
        self._add(self._claim(said, self._now_ms) if made.claim_id in self._known else made)

    def take_back(self) -> None:
        for key, old in self._standing.items():
            if key not in self._said:
                self._add(
                    claim(
                        old.subject, old.field, old.value, old.authority, old.source, self._now_ms,
                        stance="withdraws", target=old.claim_id,
                    )
                )  # fmt: skip

    def _claim(self, said: Statement, observed_ms: int) -> Claim:
        return claim(
            said.subject, said.field, said.value, self._authority, self._source, observed_ms,
            unit=said.unit, evidence=(said.evidence,),
        )  # fmt: skip

    def _add(self, made: Claim) -> None:
        self.new.append(
            ClaimRow(
                made.claim_id, made.subject, made.field, made.authority.value, made.source, made.observed_ms,
                self._row.doc_id, self._run_id, to_json(made),
            )
        )  # fmt: skip


def _key(made: Claim) -> _Key:
    one = made.evidence[0]
    value = repr(value_to_json(made.value))
    return _Key(made.subject, made.field, value, made.unit, made.source, (one.start, one.end, one.quote))
