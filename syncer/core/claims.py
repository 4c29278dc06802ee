"""Claims: who says what of which subject, since when, how surely and on what evidence; and their JSON.

A claim is never changed. Taking one back is another claim, with `stance` and `target`; so a ledger that only grows
tells everything, and which claims still count (`standing`) does not depend on the order in which they arrived.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from hashlib import blake2b
from typing import Any, Final, Literal, get_args

from syncer.core.values import Canonical

Value = Canonical | tuple[int | Decimal, int | Decimal]  # a pair is a range that was said: "6 to 12 months"
Stance = Literal["holds", "withdraws", "refutes"]
NOT_JSON: Final = "is no claim"


class Authority(StrEnum):
    """The kinds of claims, strongest first; the words are those of `authority` in the mapping files."""

    HUMAN = "human"
    CALL = "call"
    FORM = "form"
    IMPORT = "import"  # a value in a CRM of which nobody knows who set it
    PROVIDER = "provider"
    PREDICTED = "predicted"


RANK: Final[Mapping[str, int]] = {authority: place for place, authority in enumerate(Authority)}


class ClaimError(ValueError):
    """What is read is no claim; the message says which part, never the value."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a claim rests on: `quote` stands verbatim at [start, end) of the document."""

    quote: str
    doc_id: str = ""
    start: int = 0
    end: int = 0
    speaker: str = ""
    said_ms: int = 0
    url: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """Source S holds that field F of subject X is V since T, with confidence C, on evidence E.

    Times are ms in UTC, 0 where not known (`as_of_ms`) or never (`expires_ms`). `target` is the id of the claim that
    this one withdraws or refutes. Make it with `claim`, which gives the id.
    """

    claim_id: str
    subject: str
    field: str
    value: Value
    authority: Authority
    source: str  # who exactly: "rep:0055...", "pdl", "salesforce"
    observed_ms: int
    unit: str = ""
    confidence: float = 1.0
    as_of_ms: int = 0  # since when it is so, where the source says
    expires_ms: int = 0
    evidence: tuple[Evidence, ...] = ()
    stance: Stance = "holds"
    target: str = ""

    @property
    def since_ms(self) -> int:
        """The age of a claim counts from here: a report of today about last year is a year old."""
        return self.as_of_ms or self.observed_ms


def claim(
    subject: str, field: str, value: Value, authority: Authority, source: str, observed_ms: int, **more: Any
) -> Claim:
    """A claim with its id, a hash of its content: what is said twice in the same words is one claim.

    Raises ClaimError for a confidence outside 0 to 1, a blank target of a withdrawal, and an empty subject or field.
    """
    made = Claim("", subject, field, value, Authority(authority), source, observed_ms, **more)
    if not subject or not field:
        raise ClaimError(f"a claim without subject or field {NOT_JSON}")
    if not 0 <= made.confidence <= 1:
        raise ClaimError("the confidence lies outside 0 to 1")
    if (made.stance == "holds") == bool(made.target):
        raise ClaimError("a withdrawal or refutation names its target, and nothing else does")
    return _with_id(made)


def _with_id(made: Claim) -> Claim:
    content = _as_json(made)
    del content["claim_id"]
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
    return Claim(digest, *(getattr(made, name) for name in Claim.__slots__[1:]))


def standing(claims: Iterable[Claim], now_ms: int) -> list[Claim]:
    """The claims that count at that moment, each once, by id; what was said later is not known yet, nor taken back.

    A withdrawal counts where the same source takes its own word back; a refutation where its authority is at least that
    of its target. Neither can be taken back itself: who changes their mind again says it anew.
    """
    told = {item.claim_id: item for item in claims if item.observed_ms <= now_ms}
    if all(item.stance == "holds" for item in told.values()):
        return [told[key] for key in sorted(told)] if len(told) > 1 else list(told.values())
    gone = {
        item.target
        for item in told.values()
        if item.stance != "holds" and (target := told.get(item.target)) is not None and _may_end(item, target)
    }
    return [told[key] for key in sorted(told) if key not in gone and told[key].stance == "holds"]


def _may_end(word: Claim, target: Claim) -> bool:
    if (word.subject, word.field) != (target.subject, target.field) or target.stance != "holds":
        return False
    if word.stance == "withdraws":
        return (word.authority, word.source) == (target.authority, target.source)
    return RANK[word.authority] <= RANK[target.authority]


def by_field(claims: Iterable[Claim], now_ms: int) -> dict[str, list[Claim]]:
    """The claims that count at that moment, by the field they speak of: what the qualifier judges."""
    found: dict[str, list[Claim]] = {}
    for item in standing(claims, now_ms):
        found.setdefault(item.field, []).append(item)
    return found


def to_json(item: Claim) -> dict[str, Any]:
    """Plain JSON that `from_json` reads back to an equal claim."""
    return _as_json(item)


def from_json(data: Mapping[str, Any]) -> Claim:
    """The claim of its JSON. Raises ClaimError for anything else, and for an id that is not that of the content."""
    made = from_ledger(data)
    if _with_id(made).claim_id != made.claim_id:
        raise ClaimError("the id is not that of the content")
    return made


def from_ledger(data: Mapping[str, Any]) -> Claim:
    """As `from_json`, of a claim whose id was checked when it was stored: hashing again costs most of a read."""
    known = set(Claim.__slots__)
    if set(data) != known:
        strange = sorted(set(data) ^ known)
        raise ClaimError(f'"{strange[0]}" is missing or unknown')
    try:
        more = {
            **data,
            "value": value_from_json(data["value"]),
            "authority": Authority(data["authority"]),
            "evidence": tuple(Evidence(**item) for item in data["evidence"]),
        }
        if data["stance"] not in get_args(Stance):
            raise ClaimError(f"the stance {NOT_JSON}")
        return Claim(**more)
    except (TypeError, ValueError, KeyError) as error:
        raise ClaimError(f"{type(error).__name__}: {NOT_JSON}") from error


def _as_json(item: Claim) -> dict[str, Any]:
    made = {name: getattr(item, name) for name in Claim.__slots__}
    made["value"] = value_to_json(item.value)
    made["authority"] = item.authority.value
    made["confidence"] = float(item.confidence)
    made["evidence"] = [{name: getattr(one, name) for name in Evidence.__slots__} for one in item.evidence]
    return made


def value_to_json(value: Value) -> Any:
    """A value in JSON: text, whole numbers and booleans as they are, the rest under a name."""
    if isinstance(value, Decimal):
        return {"number": str(value)}
    if isinstance(value, frozenset):
        return {"set": sorted(value)}
    if isinstance(value, tuple):
        return {"range": [value_to_json(end) for end in value]}
    return value


def value_from_json(data: Any) -> Value:
    """The value of its JSON. Raises ClaimError."""
    if data is None or isinstance(data, str | bool | int):
        return data
    if isinstance(data, Mapping) and len(data) == 1:
        ((name, inside),) = data.items()
        if name == "number":
            try:
                return Decimal(inside)
            except (InvalidOperation, TypeError, ValueError):
                raise ClaimError("a number that is none") from None
        if name == "set" and all(isinstance(one, str) for one in inside):
            return frozenset(inside)
        if name == "range" and isinstance(inside, Sequence) and len(inside) == 2:
            low, high = (value_from_json(end) for end in inside)
            if all(isinstance(end, int | Decimal) and not isinstance(end, bool) for end in (low, high)):
                return (low, high)
    raise ClaimError("a value of no known kind")
