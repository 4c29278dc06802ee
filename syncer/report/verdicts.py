"""What the state says of every linked person, as claims, and who would change status under another definition."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from typing import Any, Final

from syncer.core.fields import KindMap
from syncer.core.qualification import Verdict, needed_ids, qualify, unmet
from syncer.core.qualification_terms import APART, LADDER, STATUSES, Definition, fields_named
from syncer.report.subjects import names_of
from syncer.stages.gathering import pairs_of
from syncer.stages.telling import SubjectClaims, gather
from syncer.store.ports import Tx

BATCH: Final = 500
_ORDER: Final = {name: place for place, name in enumerate(STATUSES)}


def subjects_with_claims(
    tx: Tx, kinds: Sequence[KindMap], wanted: Collection[str], now_ms: int
) -> Iterator[SubjectClaims]:
    """Every linked person, by link id, in batches. `wanted`: the fields asked for, as definitions name them."""
    person = next(kind for kind in kinds if kind.kind == "person")
    after_id = ""
    while batch := tx.links.iterate("person", ["linked"], after_id, BATCH):
        after_id = batch[-1].link_id
        shadows = tx.shadows.get_many([link.link_id for link in batch])
        yield from gather(tx, kinds, person, batch, pairs_of(tx, batch), shadows, wanted, now_ms).values()


def preview(tx: Tx, kinds: Sequence[KindMap], proposed: Definition, active: Definition, now_ms: int) -> dict[str, Any]:
    """Who would change status if `proposed` were active, in both directions, with the lines that decide."""
    totals = {"active": Counter[str](), "proposed": Counter[str]()}
    flips: list[dict[str, Any]] = []
    problems: Counter[str] = Counter()
    unreadable = 0
    for subject in subjects_with_claims(tx, kinds, fields_named(proposed) | fields_named(active), now_ms):
        before, after = (qualify(one, subject.claims, now_ms) for one in (active, proposed))
        totals["active"][before.status] += 1
        totals["proposed"][after.status] += 1
        problems.update(after.problems)
        unreadable += subject.unreadable
        if before.status != after.status:
            flips.append(_flip(subject, before, after, active, proposed))
    names = names_of(tx, [flip["link"] for flip in flips])
    for flip in flips:
        flip["subject"] = names[flip["link"]]
    flips.sort(key=lambda flip: (flip["direction"], -_ORDER[flip["to"]], flip["subject"], flip["link"]))
    directions = Counter(flip["direction"] for flip in flips)
    return {
        "definition": _about(proposed),
        "active": _about(active),
        "same_version": (proposed.name, proposed.version) == (active.name, active.version)
        and proposed.content != active.content,
        "judged_ms": now_ms,
        "subjects": sum(totals["active"].values()),
        "totals": {side: {name: count[name] for name in STATUSES if count[name]} for side, count in totals.items()},
        "up": directions["up"],
        "down": directions["down"],
        "flips": flips,
        "problems": [{"says": says, "count": count} for says, count in sorted(problems.items())],
        "unreadable": unreadable,
    }


def _about(definition: Definition) -> dict[str, Any]:
    return {
        "name": definition.name,
        "version": definition.version,
        "content": definition.content,
        "file": definition.path,
        "unsigned": list(definition.unsigned),
    }


def _flip(
    subject: SubjectClaims, before: Verdict, after: Verdict, active: Definition, proposed: Definition
) -> dict[str, Any]:
    """Down counts every step to a lower status, and out to recycled or disqualified."""
    up = _height(after.status) > _height(before.status)
    return {
        "subject": "",
        "link": subject.link.link_id,
        "left": {"object": subject.link.left_object, "id": subject.link.left_id},
        "right": {"object": subject.link.right_object, "id": subject.link.right_id},
        "account": subject.account.link_id if subject.account is not None else "",
        "from": before.status,
        "to": after.status,
        "direction": "up" if up else "down",
        "why": _why(before, after, active, proposed, up),
        "line": after.line,
        "criteria": list(after.lines()),
        "active_line": before.line,
        "active_criteria": list(before.lines()),
        "next_question": after.next_question,
    }


def _height(status: str) -> int:
    return LADDER.index(status) if status in LADDER else -1


def _why(before: Verdict, after: Verdict, active: Definition, proposed: Definition, up: bool) -> list[str]:
    """The lines that decide: what carries the higher status, and what keeps it from the subject on the other side."""
    for when, verdict in (("now", before), ("then", after)):
        if verdict.status in APART:
            return [f"{when}: {verdict.status}" + (f" for {verdict.reason}" if verdict.reason else "")]
    now, then = ("now", before, active), ("then", after, proposed)
    (here, high, held), (there, low, other_one) = (then, now) if up else (now, then)
    carried = set(needed_ids(held, high.status))
    met = [one.line(high.at_ms) for one in (*high.criteria, *high.signals) if one.id in carried and one.truth == "met"]
    missing: Sequence[str] = (f"there is no status {high.status}",)
    if other_one.status(high.status) is not None:
        missing = unmet(high.status, low, other_one)
    return [f"{here}: {line}" for line in met] + [f"{there}: {line}" for line in missing]
