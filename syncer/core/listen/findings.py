"""What the listener hands back: findings with their quote, and the reasons for what it refused."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

Value = str | int | float | bool | list[int] | list[float] | None


class Modality(StrEnum):
    """How a thing was said; only an assertion can be accepted."""

    ASSERTED = "asserted"
    NEGATED = "negated"  # of a value that cannot carry the "not" itself
    HYPOTHETICAL = "hypothetical"
    PAST = "past"
    FUTURE = "future"
    THIRD_PARTY = "third_party"
    QUESTION = "question"
    QUESTION_BY_REP = "question_by_rep"
    REP_STATEMENT = "rep_statement"
    INSTRUCTION = "instruction"  # the text tells a reader what to do


class Status(StrEnum):
    ACCEPTED = "accepted"
    PROPOSAL = "proposal"  # a person decides
    REFUSED = "refused"


REFUSALS: Final = {
    Modality.NEGATED: "the text says that it is not so",
    Modality.THIRD_PARTY: "said of others",
    Modality.QUESTION: "a question settles nothing",
    Modality.QUESTION_BY_REP: "the rep's own question is no evidence",
    Modality.INSTRUCTION: "an instruction in the text, not a statement about the prospect",
}
PROPOSALS: Final = {
    Modality.HYPOTHETICAL: "said as a possibility",
    Modality.PAST: "said of the past",
    Modality.FUTURE: "said of the future",
    Modality.REP_STATEMENT: "said by the rep, not by the prospect",
}


def judged(modality: Modality, doubt: str = "") -> tuple[Status, str]:
    """The status that a modality and a doubt about the value lead to, with the reason."""
    if modality in REFUSALS:
        return Status.REFUSED, REFUSALS[modality]
    reason = PROPOSALS.get(modality, "") or doubt
    return (Status.PROPOSAL, reason) if reason else (Status.ACCEPTED, "")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing heard. `start` and `end` are offsets in `Heard.text`, and the quote is exactly what stands there."""

    field: str
    value: Value
    unit: str
    quote: str
    start: int
    end: int
    modality: Modality
    status: Status
    reason: str = ""
    speaker: str = ""
    scope: str = "subject"
    by: str = "rules"  # or "model"

    def as_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Heard:
    """All that one text gave. `language` is "en", "unsupported" or "none" (no text)."""

    text: str
    language: str
    facts: tuple[Finding, ...] = ()
    objections: tuple[Finding, ...] = ()
    refused: tuple[Finding, ...] = ()
    suspicious: tuple[str, ...] = ()  # what an honest note rarely holds: hidden characters, scripts, instructions

    def as_json(self) -> dict[str, Any]:
        return {
            "language": self.language,
            "facts": [finding.as_json() for finding in self.facts],
            "objections": [finding.as_json() for finding in self.objections],
            "refused": [finding.as_json() for finding in self.refused],
            "suspicious": list(self.suspicious),
            "text": self.text,
        }
