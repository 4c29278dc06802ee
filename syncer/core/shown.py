"""What people see of a verdict in either CRM, as values of our own fields: plain lines, and dates instead of ages.

A line that said "12 days old" would change every night and be written every night; "2026-03-02" stays true.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from syncer.core.claims import Claim
from syncer.core.fields import FieldMap, Rule
from syncer.core.qualification import Judged, Verdict, shown_value
from syncer.core.resolve import Resolved
from syncer.core.values import BLANK, Canonical

FIELDS: Final = (
    "qualification_status",
    "qualification_verdict",
    "qualification_criteria",
    "next_question",
    "qualified_on",
    "definition_version",
    "provenance",
    "funnel_stage",
)
LINES_MAX: Final = 4000  # characters of a field of lines
_QUOTE_MAX: Final = 120


def shown_fields(
    verdict: Verdict, status: str, judged_ms: int, resolved: Mapping[str, Resolved], through: str = ""
) -> dict[str, Canonical]:
    """Field name -> value. `judged_ms`: when the verdict last changed; `through`: whose verdict an account shows."""
    line = verdict.line + (f" (through {through})" if through else "")
    return {
        "qualification_status": status,
        "qualification_verdict": line,
        "qualification_criteria": _joined([criterion_line(one) for one in verdict.criteria]),
        "next_question": verdict.next_question or BLANK,
        "qualified_on": day(judged_ms),
        "definition_version": f"{verdict.definition} {verdict.version}",
        "provenance": _joined(provenance(resolved)),
        "funnel_stage": verdict.stage or BLANK,
    }


def criterion_line(one: Judged) -> str:
    """Such as "met: Has over 100 employees: 240, provider pdl, 2026-11-20"."""
    found = one.finding
    told = [told_by(found.evidence[0])] if found.evidence else []
    if found.reason:
        told.append("the newest evidence is too old" if found.stale else found.reason)
    if found.contradicts:
        told.append("contradicted by " + "; ".join(told_by(item) for item in found.contradicts[:2]))
    return f"{found.truth.value}: {one.says}" + (f": {'; '.join(told)}" if told else "")


def told_by(item: Claim) -> str:
    """The value, who said so and when, and the words where there are some."""
    text = f"{shown_value(item)}, {item.authority.value} {item.source}, {day(item.since_ms)}"
    quote = next((one.quote for one in item.evidence if one.quote), "")
    return text + (f', "{_cut(quote)}"' if quote else "")


def provenance(resolved: Mapping[str, Resolved]) -> list[str]:
    """One line for each field that a claim gave, in the order of their names."""
    lines = []
    for name, found in sorted(resolved.items()):
        if found.winner is not None:
            agree = f", {len(found.supporters)} agree" if found.supporters else ""
            against = f", {len(found.dissenters)} say otherwise" if found.dissenters else ""
            lines.append(f"{name}: {told_by(found.winner)}{agree}{against}")
    return lines


def imposed(fields: Sequence[FieldMap], shown: Mapping[str, Canonical]) -> dict[str, Canonical]:
    """The values of those of our fields that the mapping has."""
    return {one.name: shown[one.name] for one in fields if one.rule is Rule.ALWAYS_SYNCER and one.name in shown}


def day(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).date().isoformat()


def _joined(lines: Sequence[str]) -> Canonical:
    kept: list[str] = []
    room = LINES_MAX
    for place, line in enumerate(lines):
        if len(line) + 1 > room - 30:
            kept.append(f"and {len(lines) - place} more")
            break
        kept.append(line)
        room -= len(line) + 1
    return "\n".join(kept) or BLANK


def _cut(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= _QUOTE_MAX else plain[: _QUOTE_MAX - 1] + "…"
