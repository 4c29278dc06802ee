"""Qualify, inside reconcile: what is claimed of a batch of subjects becomes values for their fields, and a verdict.

It runs in the transaction that plans the batch, so that verdict, status move, hand-off and the writes that show them
are stored together or not at all. Cost follows the dirty links: what time alone can change carries the moment at which
it may (`due_ms`), and a subject whose account learned something, or the other way round, is made dirty by name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import Any, Final

import orjson

from syncer.core.claims import Claim, value_to_json
from syncer.core.fields import KindMap
from syncer.core.predicted import FIELDS as PREDICTED
from syncer.core.predicted import predicted_fields
from syncer.core.qualification import Judged, Verdict, qualify, status_change
from syncer.core.qualification_terms import LADDER, Definition, Op, fields_named, questions_in
from syncer.core.resolve import DAY_MS, Resolved
from syncer.core.shown import criterion_line, day, imposed, shown_fields
from syncer.core.values import Canonical
from syncer.stages.context import Context
from syncer.stages.fitting import resolve_fields
from syncer.stages.gathering import Pair
from syncer.stages.intents import CREATING
from syncer.stages.telling import SubjectClaims, gather
from syncer.store.knowledge_rows import MembershipRow, PredictionRow, VerdictHistoryRow, VerdictRow
from syncer.store.ports import Tx
from syncer.store.rows import LinkRow, ShadowRow

CLAIM_MARK: Final = 12  # so much of a claim's id tells it from the others of its subject
_BY_RECORD: Final = "contact"
_MOVING: Final = (Op.WITHIN_DAYS, Op.IN_NEXT_DAYS)
_SUBJECT: Final = ("linked", *CREATING)
_RANK: Final = {name: place for place, name in enumerate(LADDER)}


@dataclass(slots=True)
class Knowledge:
    """What planning the cells of a batch needs of it, by link id and field name."""

    resolved: dict[str, dict[str, Resolved]] = field(default_factory=dict)
    imposed: dict[str, dict[str, Canonical]] = field(default_factory=dict)


def know(
    context: Context,
    tx: Tx,
    kind: KindMap,
    links: Sequence[LinkRow],
    pairs: Mapping[str, Pair],
    shadows: Mapping[str, ShadowRow],
) -> Knowledge:
    """Resolves and judges the links, and stores verdicts, moves and memberships that changed."""
    found = Knowledge()
    definition = context.definition
    wanted = fields_named(definition) if definition is not None else frozenset()
    now_ms = context.clock.now_ms()
    gathered = gather(tx, context.kinds, kind, links, pairs, shadows, wanted, now_ms)
    for link_id, subject in gathered.items():
        found.resolved[link_id], unfit = resolve_fields(kind, subject.ledger, now_ms, context.currency)
        context.report.count("claims_unfit", unfit)
    if definition is not None:
        _judge(context, tx, kind, definition, gathered, found, now_ms)
    return found


def _judge(
    context: Context,
    tx: Tx,
    kind: KindMap,
    definition: Definition,
    gathered: Mapping[str, SubjectClaims],
    found: Knowledge,
    now_ms: int,
) -> None:
    before = tx.verdicts.get_many(list(gathered))
    if kind.kind == "person" and not context.looking:
        _note_accounts(tx, gathered, now_ms)
    members = _best_members(tx, list(gathered)) if kind.kind == "account" else {}
    guesses = _predicted(tx, kind, gathered)
    rows, notes, wake = [], [], set()
    for link_id, subject in gathered.items():
        old = before.get(link_id)
        guessed = guesses.get(link_id)
        row = _row(
            context, kind, definition, subject, old, found.resolved[link_id], members.get(link_id), guessed, now_ms
        )
        found.imposed[link_id] = imposed(kind.fields, row.shown)
        if old is not None and _same(old, row):
            continue
        rows.append(row)
        if old is None or _telling(old) != _telling(row):
            notes.append(_history(old, row))
        wake |= _concerned(tx, kind, subject, old, row)
    context.report.count("judged", len(gathered))
    if not context.looking:
        _keep(context, tx, rows, notes, wake)


def _keep(
    context: Context, tx: Tx, rows: Sequence[VerdictRow], notes: Sequence[VerdictHistoryRow], wake: set[str]
) -> None:
    """Verdicts, their history and what follows from a move, together with the writes that show them."""
    tx.verdicts.put(rows)
    tx.verdicts.note(notes)
    tx.links.touch(sorted(wake))
    context.report.count("woken", len(wake))
    moves = [note for note in notes if note.from_status != note.to_status]
    for note in moves:
        context.report.count(f"status.{note.to_status}")
    context.moved(tx, moves)


def _note_accounts(tx: Tx, gathered: Mapping[str, SubjectClaims], now_ms: int) -> None:
    known = tx.memberships.get_many(list(gathered))
    put, drop = [], []
    for link_id, subject in gathered.items():
        account_id = subject.account.link_id if subject.account else ""
        decided = [row for row in known[link_id] if row.how != _BY_RECORD]
        kept = [row.account_link for row in known[link_id] if row.how == _BY_RECORD]
        if any(row.account_link == account_id for row in decided):
            account_id = ""
        if kept == ([account_id] if account_id else []):
            continue
        drop += [link_id] if kept else []
        put += [MembershipRow(link_id, account_id, _BY_RECORD, 1.0, {}, now_ms)] if account_id else []
    if drop:
        tx.memberships.drop(drop, [_BY_RECORD])
    tx.memberships.put(put)


def _best_members(tx: Tx, account_links: Sequence[str]) -> dict[str, VerdictRow]:
    """Account -> the verdict of the person who got furthest there; who is no subject any more counts for nobody."""
    rows = [row for row in tx.memberships.of_accounts(account_links) if row.how != "rejected"]
    people = tx.links.get_many([row.person_link for row in rows])
    verdicts = tx.verdicts.get_many([name for name, link in people.items() if link.state in _SUBJECT])
    found: dict[str, VerdictRow] = {}
    for row in rows:
        verdict = verdicts.get(row.person_link)
        best = found.get(row.account_link)
        if verdict is not None and verdict.status in _RANK and (best is None or _further(verdict) > _further(best)):
            found[row.account_link] = verdict
    return found


def _predicted(tx: Tx, kind: KindMap, gathered: Mapping[str, SubjectClaims]) -> dict[str, Sequence[PredictionRow]]:
    """Subject -> the open predictions of it, or of its account; nothing where the mapping has no field for them."""
    if not any(kind.knows(name) for name in PREDICTED):
        return {}
    account_of = {
        link_id: link_id if kind.kind == "account" else subject.account.link_id
        for link_id, subject in gathered.items()
        if kind.kind == "account" or subject.account is not None
    }
    rows = tx.predictions.open_for(sorted(set(account_of.values())))
    return {link_id: rows.get(account_of.get(link_id, ""), ()) for link_id in gathered}


def _further(row: VerdictRow) -> tuple[int, int, str]:
    met = sum(one["truth"] == "met" for one in row.verdict["criteria"])
    return _RANK[row.status], met, row.link_id


def _row(
    context: Context,
    kind: KindMap,
    definition: Definition,
    subject: SubjectClaims,
    old: VerdictRow | None,
    resolved: Mapping[str, Resolved],
    member: VerdictRow | None,
    guessed: Sequence[PredictionRow] | None,
    now_ms: int,
) -> VerdictRow:
    verdict = qualify(definition, subject.claims, now_ms)
    change = status_change(old.status if old else "", verdict, definition)
    status, line, stage = change.status, verdict.line, verdict.stage
    at_ms = old.at_ms if old else now_ms
    content: dict[str, Any] = _content(verdict, change.reason, subject)
    shown = shown_fields(verdict, status, at_ms, resolved)
    if member is not None:  # an account has got as far as the person of it who got furthest
        status, line, stage = member.status, member.line, member.stage
        content["through"] = member.link_id
        lent = ("qualification_status", "qualification_verdict", "qualification_criteria", "next_question")
        shown |= {name: member.shown.get(name) for name in (*lent, "funnel_stage")}
    if guessed is not None:  # beside the verdict, never in it: what is guessed makes no criterion met
        shown |= predicted_fields(guessed, tuple(reversed(LADDER)), now_ms)
    row = VerdictRow(
        link_id=subject.link.link_id,
        kind=kind.kind,
        definition=definition.name,
        version=definition.version,
        content=definition.content,
        status=status,
        stage=stage,
        line=line,
        verdict=content,
        shown=shown,
        at_ms=at_ms,
        due_ms=_first_of(
            due_ms(definition, verdict, now_ms),
            [*(one.expires_ms for one in guessed or ()), *turns_ms(kind, resolved)],
            now_ms,
        ),
        run_id=context.report.run_id,
    )
    if old is not None and _same(old, row):
        return row
    return replace(row, at_ms=now_ms, shown={**shown, "qualified_on": day(now_ms)})


def _first_of(due: int, moments: Sequence[int], now_ms: int) -> int:
    return min((one for one in (due, *moments) if one > now_ms), default=0)


def _content(verdict: Verdict, reason: str, subject: SubjectClaims) -> dict[str, Any]:
    return {
        "criteria": [_judged(one) for one in verdict.criteria],
        "signals": [_judged(one) for one in verdict.signals if one.finding.evidence],
        "judged": verdict.status,
        "why": reason,
        "open_status": verdict.open_status,
        "next_criterion": verdict.next_criterion,
        "next_question": verdict.next_question,
        "reason": verdict.reason,
        "root_source": verdict.root_source,
        "problems": list(verdict.problems),
        "seen": {name: list(value) for name, value in subject.seen.items()},
        "told": _print(subject.claims),
        "ledger": [one.claim_id[:CLAIM_MARK] for one in subject.ledger],
        "firm_ledger": [one.claim_id[:CLAIM_MARK] for one in subject.firm_ledger],
        "firm_seen": {name: list(value) for name, value in subject.firm_seen.items()},
        "account": subject.account.link_id if subject.account else "",
    }


def _judged(one: Judged) -> dict[str, Any]:
    found = one.finding
    return {
        "id": one.id,
        "truth": found.truth.value,
        "line": criterion_line(one),
        "evidence": [_evidence(item) for item in found.evidence[:3]],
        "contradicts": [_evidence(item) for item in found.contradicts[:3]],
        "predicted": bool(found.predicted),
    }


def _evidence(item: Claim) -> dict[str, Any]:
    return {
        "claim_id": item.claim_id,
        "field": item.field,
        "value": value_to_json(item.value),
        "unit": item.unit,
        "authority": item.authority.value,
        "source": item.source,
        "since_ms": item.since_ms,
    }


def _print(claims: Mapping[str, Iterable[Claim]]) -> str:
    """Changes with anything that is claimed: whoever is judged by it as well is judged anew then."""
    ids = sorted({item.claim_id for items in claims.values() for item in items})
    return blake2b(" ".join(ids).encode(), digest_size=8).hexdigest()


def _same(old: VerdictRow, new: VerdictRow) -> bool:
    pairs = ((old.status, new.status), (old.content, new.content), (old.line, new.line), (old.due_ms, new.due_ms))
    if any(a != b for a, b in pairs) or (old.definition, old.version) != (new.definition, new.version):
        return False
    return _bare(old) == _bare(new)


def _bare(row: VerdictRow) -> bytes:
    shown = {name: value for name, value in row.shown.items() if name != "qualified_on"}
    return orjson.dumps([dict(row.verdict), shown], option=orjson.OPT_SORT_KEYS)


def _telling(row: VerdictRow) -> tuple[Any, ...]:
    """What the history keeps: a move, a criterion that changed, another version of the definition."""
    truths = tuple((one["id"], one["truth"]) for one in row.verdict["criteria"])
    return row.status, row.version, row.content, truths


def _history(old: VerdictRow | None, row: VerdictRow) -> VerdictHistoryRow:
    return VerdictHistoryRow(
        seq=0,
        link_id=row.link_id,
        kind=row.kind,
        definition=row.definition,
        version=row.version,
        content=row.content,
        from_status=old.status if old else "",
        to_status=row.status,
        reason=str(row.verdict["why"]),
        at_ms=row.at_ms,
        run_id=row.run_id,
        verdict=row.verdict,
    )


def _concerned(tx: Tx, kind: KindMap, subject: SubjectClaims, old: VerdictRow | None, row: VerdictRow) -> set[str]:
    """Whose verdict may change by this one: the account of a person, the people of an account."""
    if kind.kind == "person":
        account = subject.account.link_id if subject.account else ""
        previous = str(old.verdict.get("account", "")) if old else ""
        same = old is not None and previous == account and (old.status, old.line) == (row.status, row.line)
        return set() if same else {one for one in (account, previous) if one}
    if old is None or old.verdict.get("told") == row.verdict["told"]:
        return set()
    members = tx.memberships.of_accounts([row.link_id])
    return {one.person_link for one in members if one.how != "rejected"}


def wake_due_verdicts(context: Context) -> None:
    """Makes the subjects dirty whose verdict time alone may have changed, each once, until they are judged anew."""
    if context.definition is None:
        return
    now_ms = context.clock.now_ms()
    with context.store.transaction() as tx:
        while due := tx.verdicts.due(now_ms, context.settings.batch_size):
            tx.verdicts.put([replace(row, due_ms=0) for row in tx.verdicts.get_many(due).values()])
            tx.links.touch(due)


def turns_ms(kind: KindMap, resolved: Mapping[str, Resolved]) -> list[int]:
    """When time alone may change which claim a field takes: it expires, or the value that it is younger than has been
    protected long enough.
    """
    moments: list[int] = []
    for item in kind.fields:
        found = resolved.get(item.name)
        if found is not None and found.winner is not None:
            moments += [found.winner.expires_ms] if found.winner.expires_ms else []
            moments += [found.winner.observed_ms + item.protect_days * DAY_MS + 1] if item.protect_days else []
    return moments


def due_ms(definition: Definition, verdict: Verdict, now_ms: int) -> int:
    """When time alone may change the verdict: evidence grows stale, a claim expires, a day passes; 0: never."""
    moments: list[int] = []
    asked = (*definition.criteria, *definition.signals)
    for one, judged in zip(asked, (*verdict.criteria, *verdict.signals), strict=True):
        evidence = (*judged.finding.evidence, *judged.finding.contradicts)
        if not evidence:
            continue
        moments += [item.expires_ms for item in evidence if item.expires_ms]
        if one.fresh_days:
            moments += [item.since_ms + one.fresh_days * DAY_MS + 1 for item in evidence]
        if any(question.op in _MOVING for question in questions_in(one.when)):
            moments.append((now_ms // DAY_MS + 1) * DAY_MS)
    return min((moment for moment in moments if moment > now_ms), default=0)
