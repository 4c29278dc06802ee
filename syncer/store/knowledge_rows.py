"""The rows of what is known beyond the records: claims, documents, verdicts, and what follows from them.

As in `rows`: times are ms since 1970 in UTC, ids are text, empty text and zero mean "none". `redacted` rows have lost
their content to an erasure and keep ids and hashes, so that nothing that was erased is stored a second time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from connectors.base import Raw, SideName

REDACTED: Final = "[erased]"  # stands where a value or quote was


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """One claim, never changed. `claim`: core.claims.to_json; the other columns repeat it, to be found by."""

    claim_id: str
    subject: str
    field: str
    authority: str
    source: str
    observed_ms: int
    doc_id: str
    run_id: str
    claim: Mapping[str, Any]
    redacted: bool = False


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """Something that was said or written: a call, meeting, note, task or form. `doc_id`: "left:Task:00T...".

    States: new (to be heard), unlinked (about nobody we know), heard, refused. `heard_by`: fingerprint of the extractor
    and its declarations. `about`: the records it hangs on, (side, object, id), kept sorted.
    """

    doc_id: str
    side: SideName
    object: str
    remote_id: str
    kind: str
    said_ms: int
    title: str
    text: str
    speaker: str
    meta: Mapping[str, Any]
    text_hash: str
    read_ms: int
    state: str = "new"
    heard_by: str = ""
    about: tuple[tuple[str, str, str], ...] = ()
    redacted: bool = False


@dataclass(frozen=True, slots=True)
class ObjectionRow:
    """An objection, with its quote at [start, end) of the document."""

    doc_id: str
    ordinal: int
    subject: str
    kind: str
    root_source: str
    quote: str
    start: int
    end: int
    said_ms: int


@dataclass(frozen=True, slots=True)
class AskRow:
    """What a provider was asked and how it ended. `key`: "account:domain.com" or a link id.

    `until_ms`: not to be asked again before.
    """

    provider: str
    key: str
    fields: tuple[str, ...]
    state: str
    asked_ms: int
    until_ms: int
    misses: int
    inputs: str
    ref: str


@dataclass(frozen=True, slots=True)
class SpendRow:
    """Credits reserved before a call and settled after it, in thousandths. States: reserved, settled, released.

    `day`: "2026-11-25", in UTC.
    """

    spend_id: str
    provider: str
    run_id: str
    day: str
    reserved: int
    spent: int
    state: str
    at_ms: int
    questions: int


@dataclass(frozen=True, slots=True)
class ProviderRow:
    """How a provider does. `open_until_ms`: not to be called before, for `reason`."""

    provider: str
    open_until_ms: int = 0
    reason: str = ""
    failures: int = 0
    hits: int = 0
    misses: int = 0
    asked: int = 0


@dataclass(frozen=True, slots=True)
class VerdictRow:
    """What the definition says of a subject now. `shown`: values of our own fields in the CRMs.

    `due_ms`: when time alone may change it; 0: never.
    """

    link_id: str
    kind: str
    definition: str
    version: str
    content: str
    status: str
    stage: str
    line: str
    verdict: Mapping[str, Any]
    shown: Mapping[str, Raw]
    at_ms: int
    due_ms: int
    run_id: str


@dataclass(frozen=True, slots=True)
class VerdictHistoryRow:
    """One verdict that was given, never changed. `seq` is given by the store and only grows."""

    seq: int
    link_id: str
    kind: str
    definition: str
    version: str
    content: str
    from_status: str
    to_status: str
    reason: str
    at_ms: int
    run_id: str
    verdict: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class StatusStepRow:
    """A change of status out of the history, without what was judged."""

    seq: int
    link_id: str
    from_status: str
    to_status: str
    at_ms: int
    run_id: str


@dataclass(frozen=True, slots=True)
class MembershipRow:
    """A person's account. `how`: contact, associated, matched, confirmed, rejected (a person said no to this pair)."""

    person_link: str
    account_link: str
    how: str
    score: float
    reasons: Mapping[str, Any]
    at_ms: int


@dataclass(frozen=True, slots=True)
class HandOffRow:
    """A subject handed to a person of sales. Late where `breached_ms` > 0.

    States: owed, sent, accepted, rejected, recycling (rejected on the task, and the claim of its reason still stands),
    ended (nobody has to answer any more). `pool`: whose turn it was taken from.
    """

    hand_off_id: str
    link_id: str
    status: str
    state: str
    owner_id: str
    task_id: str
    first_step: str
    made_ms: int
    due_ms: int
    sent_ms: int
    answered_ms: int
    ended_ms: int
    reason: str
    payload: Mapping[str, Any]
    pool: str = ""
    breached_ms: int = 0


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """A message that is owed to somebody. States: owed, sent, failed."""

    notice_id: str
    hand_off_id: str
    channel: str
    state: str
    attempts: int
    next_ms: int
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PredictionRow:
    """A guess, and what became of it. States: open, confirmed, refuted, expired, withdrawn.

    `shown` false: kept from everybody, to compare with (control group). `interval`: low and high, or empty.
    """

    prediction_id: str
    subject: str
    fact: str
    value: Any
    probability: float
    interval: tuple[float, ...]
    basis: Any
    model_id: str
    made_ms: int
    expires_ms: int
    state: str
    shown: bool
    answer: Any
    answered_ms: int
    account_key: str


@dataclass(frozen=True, slots=True)
class ModelRow:
    """A model that was made for one fact; at most one of a fact is live. `why`: of its being live or not."""

    model_id: str
    fact: str
    made_ms: int
    live: bool
    why: str
    report: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class KeptListRow:
    """A list or campaign that was declared. `state`: making (perhaps there), kept, gone (somebody deleted it)."""

    list_key: str
    side: str
    object: str
    name: str
    remote_id: str
    state: str
    declared: str  # the version of its declaration under which it was made
    made_ms: int  # when it was last sent for
    looked_ms: int  # when its members were last brought up to date


@dataclass(frozen=True, slots=True)
class ListMemberRow:
    """A subject in a list. `state`: adding, member (by us), theirs (was there before), removing, declined (taken out).

    A declined one is never put in again.
    """

    list_key: str
    link_id: str
    object: str
    remote_id: str
    state: str
