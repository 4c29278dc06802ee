"""The life of predictions: made, shown or kept back, confirmed or refuted by an answer, expired, withdrawn.

A prediction stands in the store alone. It is no claim, so that it never enters a field that people or providers fill,
and never makes a criterion met.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from hashlib import blake2b
from typing import Any, Final

from syncer.core.lookalike import Lookalike, is_control
from syncer.core.predicted import RESERVED, SEGMENTS, says_of
from syncer.stages.context import Context
from syncer.stages.infer_answers import Answer, Answers
from syncer.stages.infer_score import Draft
from syncer.store.knowledge_rows import PredictionRow
from syncer.store.ports import Tx

DAY_MS: Final = 86_400_000
KEPT_WITHIN: Final = 0.03  # a confidence that moves less is not told anew
RENEWED_DAYS: Final = 30  # before it ends
REFUTED: Final = 2  # in one segment, and the predictions there are withdrawn
WITHDRAWN: Final = "withdrawn"


def settle(context: Context, tx: Tx, answers: Answers, accounts: Sequence[str]) -> list[PredictionRow]:
    """Confirms or refutes what the accounts have answered meanwhile, ends what expired; the rows that ended."""
    now_ms = context.clock.now_ms()
    ended = []
    for account, rows in tx.predictions.open_for(accounts).items():
        for row in rows:
            answer = answers.get(account, {}).get(row.fact)
            if answer is not None:
                state = "confirmed" if comes_true(row, answer) else "refuted"
                ended.append(_end(tx, row, state, answer.value, answer.at_ms or now_ms))
            elif 0 < row.expires_ms <= now_ms:
                ended.append(_end(tx, row, "expired", None, now_ms))
    for row in ended:
        if row.fact not in RESERVED:
            context.report.count(f"predictions_{row.state}")
    return ended


def _end(tx: Tx, row: PredictionRow, state: str, answer: Any, at_ms: int) -> PredictionRow:
    changed = {"state": state, "answer": answer, "answered_ms": at_ms}
    tx.predictions.update(row.prediction_id, **changed)
    return replace(row, **changed)


def comes_true(row: PredictionRow, answer: Answer) -> bool:
    """A number where it lies in the interval, all else where it is the same."""
    if row.interval:
        return bool(row.interval[0] <= float(answer.value) <= row.interval[1])
    return bool(answer.value == row.value)


def refuted_segments(tx: Tx, ended: Sequence[PredictionRow], gap: float) -> dict[str, dict[str, frozenset[str]]]:
    """Model -> fact -> segments in which it was refuted twice, and less came true than was claimed.

    Looks at what people saw of the model that made the prediction, and only where something was refuted just now.
    """
    suspects = {(row.model_id, row.fact) for row in ended if row.state == "refuted" and row.shown}
    if not suspects:
        return {}
    told: dict[tuple[str, str, str], list[tuple[bool, float]]] = {}
    after = ""
    while rows := tx.predictions.by_state(("confirmed", "refuted"), after, 1_000):
        after = rows[-1].prediction_id
        for row in rows:
            if row.shown and (row.model_id, row.fact) in suspects:
                for segment in row.basis.get("segments", ()):
                    told.setdefault((row.model_id, row.fact, segment), []).append(
                        (row.state == "confirmed", row.probability)
                    )
    found: dict[str, dict[str, frozenset[str]]] = {}
    for (model_id, fact, segment), outcomes in told.items():
        true = sum(came for came, _ in outcomes)
        claimed = sum(claim for _, claim in outcomes) / len(outcomes)
        if len(outcomes) - true >= REFUTED and true / len(outcomes) < claimed - gap:
            held = found.setdefault(model_id, {})
            held[fact] = held.get(fact, frozenset()) | {segment}
    return found


def withdraw_in(context: Context, tx: Tx, refuted: Mapping[str, Mapping[str, frozenset[str]]]) -> list[PredictionRow]:
    """Withdraws what is open in refuted segments, and remembers with the model that nothing more is claimed there."""
    if not refuted:
        return []
    for row in [tx.models.current(fact) for facts in refuted.values() for fact in facts]:
        segments = refuted.get(row.model_id, {}).get(row.fact) if row is not None else None
        if row is not None and segments and not segments <= set(row.report.get("withdrawn", ())):
            kept = sorted({*row.report.get("withdrawn", ()), *segments})
            tx.models.put(replace(row, report={**row.report, "withdrawn": kept}))
            context.log.warning("predictions withdrawn", fact=row.fact, segments=kept, reason="refuted twice")
    return _withdraw(
        context,
        tx,
        lambda row: bool(refuted.get(row.model_id, {}).get(row.fact, frozenset()) & set(row.basis.get("segments", ()))),
        "refuted twice in its segment",
    )


def withdraw_resting_on(context: Context, tx: Tx, fallen: Mapping[str, Iterable[str]]) -> list[PredictionRow]:
    """`fallen`: fact -> accounts that no longer answer as they did. What rests on them goes."""
    gone = {fact: set(accounts) for fact, accounts in fallen.items()}
    if not any(gone.values()):
        return []
    return _withdraw(
        context, tx, lambda row: bool(gone.get(row.fact, set()) & set(row.basis.get("seeds", ()))), "its seed fell"
    )


def _withdraw(context: Context, tx: Tx, goes: Any, why: str) -> list[PredictionRow]:
    found = []
    after = ""
    while rows := tx.predictions.by_state(("open",), after, 1_000):
        after = rows[-1].prediction_id
        found += [row for row in rows if row.fact not in (SEGMENTS,) and goes(row)]
    now_ms = context.clock.now_ms()
    context.report.count("predictions_withdrawn", sum(row.fact not in RESERVED for row in found))
    return [_end(tx, row, WITHDRAWN, why, now_ms) for row in found]


def store(
    context: Context,
    tx: Tx,
    policy: Lookalike,
    segments: Mapping[str, tuple[str, ...]],
    drafts: Sequence[Draft],
    keys: Mapping[str, frozenset[str]],
    names: Mapping[str, tuple[str, str]],
) -> set[str]:
    """Brings the open predictions of some accounts to what is claimed of them now; the accounts whose face changes.

    `segments`: account -> the declared segments it belongs to, for all that are looked at; `keys`: in which segment
    their predictions are counted. What is as it was is left alone, so that nothing is written twice for the same thing.
    """
    now_ms = context.clock.now_ms()
    wanted: dict[str, dict[str, PredictionRow]] = {account: {} for account in segments}
    for draft in drafts:
        wanted[draft.subject][draft.fact] = _row(policy, draft, keys, names, now_ms)
    for account, listed in segments.items():
        if listed:
            wanted[account][SEGMENTS] = _segments_row(account, listed, now_ms)
    changed: set[str] = set()
    put = []
    for account, open_rows in tx.predictions.open_for(list(segments)).items():
        held = {row.fact: row for row in open_rows}
        for fact, row in held.items():
            if fact not in wanted[account]:
                _end(tx, row, WITHDRAWN, "no longer claimed", now_ms)
                context.report.count("predictions_withdrawn", fact not in RESERVED)
                changed |= {account} if row.shown else set()
        for fact, row in wanted[account].items():
            old = held.get(fact)
            if old is not None and _tells_the_same(old, row, now_ms):
                continue
            put.append(replace(row, prediction_id=old.prediction_id) if old is not None else row)
            context.report.count("predictions_made", old is None and fact not in RESERVED)
            changed |= {account} if row.shown or (old is not None and old.shown) else set()
    tx.predictions.put(put)
    return changed


def _tells_the_same(old: PredictionRow, new: PredictionRow, now_ms: int) -> bool:
    """Of a fit that is new only a change that matters is told: another value, confidence, or account it rests on."""
    if old.fact == SEGMENTS:
        return bool(old.value == new.value)
    if (old.value, old.shown, list(old.interval)) != (new.value, new.shown, list(new.interval)):
        return False
    if old.expires_ms - now_ms < RENEWED_DAYS * DAY_MS or abs(old.probability - new.probability) >= KEPT_WITHIN:
        return False
    return set(old.basis["seeds"]) <= set(new.basis["seeds"]) or old.model_id == new.model_id


def _row(
    policy: Lookalike,
    draft: Draft,
    keys: Mapping[str, frozenset[str]],
    names: Mapping[str, tuple[str, str]],
    now_ms: int,
) -> PredictionRow:
    named = [[names.get(one, (one, ""))[0], score] for one, score in zip(draft.seeds, draft.likeness, strict=True)]
    control = is_control(policy, draft.subject)
    return PredictionRow(
        prediction_id=_id(draft.subject, draft.fact, now_ms),
        subject=draft.subject,
        fact=draft.fact,
        value=draft.value,
        probability=draft.probability,
        interval=draft.interval,
        basis={
            "says": says_of(policy, draft.fact),
            "unit": next((one.unit for one in policy.facts if one.name == draft.fact), ""),
            "seeds": list(draft.seeds),
            "named": named[:3],
            "agree": len(draft.seeds),
            "alike": draft.agree,
            "reasons": draft.reasons,
            "claim": draft.claim,
            "segments": sorted(keys.get(draft.subject, ())),
        },
        model_id=draft.model_id,
        made_ms=now_ms,
        expires_ms=(now_ms // DAY_MS + policy.expires_days) * DAY_MS,
        state="open",
        shown=not control,
        answer=None,
        answered_ms=0,
        account_key=names.get(draft.subject, ("", ""))[1],
    )


def _segments_row(account: str, listed: Sequence[str], now_ms: int) -> PredictionRow:
    return PredictionRow(
        _id(account, SEGMENTS, now_ms), account, SEGMENTS, list(listed), 1.0, (), {}, "", now_ms, 0, "open", True,
        None, 0, "",
    )  # fmt: skip


def _id(subject: str, fact: str, made_ms: int) -> str:
    return blake2b(f"{subject}|{fact}|{made_ms}".encode(), digest_size=16).hexdigest()


def counted(counts: Mapping[tuple[str, str, bool], int], state: str) -> Counter[str]:
    """Fact -> how many predictions that people saw are in that state."""
    found: Counter[str] = Counter()
    for (fact, held, shown), number in counts.items():
        if held == state and shown:
            found[fact] += number
    return found
