"""What the stages may ask of the store about knowledge: claims, documents, providers, verdicts, hand-offs, predictions.

As in `ports`: everything runs inside the transaction of `Tx`, and everything comes back in a fixed order. Answers by
subject have an entry for every one that was asked for.
"""

from __future__ import annotations

import builtins
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Protocol

from connectors.base import SideName
from syncer.store.knowledge_rows import (
    AskRow,
    ClaimRow,
    DocumentRow,
    HandOffRow,
    KeptListRow,
    ListMemberRow,
    MembershipRow,
    ModelRow,
    NoticeRow,
    ObjectionRow,
    PredictionRow,
    ProviderRow,
    SpendRow,
    StatusStepRow,
    VerdictHistoryRow,
    VerdictRow,
)

Key = tuple[str, str]  # kind, value


class Claims(Protocol):
    def add(self, rows: Sequence[ClaimRow]) -> int:
        """How many were new; a claim that is there, erased or not, is left alone."""

    def of(self, subjects: Sequence[str]) -> dict[str, list[ClaimRow]]:
        """By observed_ms, claim_id; an entry for every subject. Erased ones are left out."""

    def of_document(self, doc_id: str) -> list[ClaimRow]:
        """By claim_id, without erased ones."""

    def of_source(self, source: str, after_id: str, limit: int) -> list[ClaimRow]:
        """By claim_id, without erased ones."""

    def iterate(self, after_id: str, limit: int) -> list[ClaimRow]:
        """By claim_id, erased ones too."""

    def count(self) -> int: ...
    def erase(self, subject: str) -> int:
        """Takes values, quotes, speakers and addresses out of the subject's claims, for good; how many.

        The ids stay, so what was erased is not stored again when it is heard again.
        """


class Documents(Protocol):
    def put(self, rows: Sequence[DocumentRow]) -> int:
        """Stores observations; how many became new by it.

        One that differs in text_hash, meta or about from what is stored is replaced and new; else all is left as it is.
        An erased one stays erased. `state` and `heard_by` of the rows given are ignored.
        """

    def to_hear(self, limit: int) -> list[DocumentRow]:
        """New ones by doc_id."""

    def set_state(self, doc_ids: Sequence[str], state: str, heard_by: str) -> None: ...
    def wake_linked(self, limit: int) -> int:
        """Unlinked ones that now are about a record of a living link, or of its alias, become new; how many.

        Looks at every unlinked one: `wake_about` is for each cycle.
        """

    def wake_about(self, side: SideName, object_name: str, ids: Sequence[str]) -> int:
        """Unlinked ones about these records become new, whether those are linked or not; how many."""

    def get_many(self, doc_ids: Sequence[str]) -> dict[str, DocumentRow]: ...
    def of_subject(self, link_id: str, limit: int) -> list[DocumentRow]:
        """About a record of the link or of its aliases, newest first."""

    def heard_by_others(self, heard_by: str, limit: int) -> list[DocumentRow]:
        """Heard or refused under another fingerprint, by doc_id; erased ones left out."""

    def count_by_state(self) -> dict[str, int]: ...
    def count_said(self, since_ms: int, until_ms: int) -> int:
        """Heard ones, said from the first moment on and before the second."""

    def erase(self, doc_ids: Sequence[str]) -> int:
        """Takes text, title, speaker, meta and the quotes of their objections away, for good; how many documents.

        Hashes stay; the state becomes refused, by nobody, so that no other extractor asks for it.
        """


class Objections(Protocol):
    def replace(self, doc_id: str, rows: Sequence[ObjectionRow]) -> None:
        """These instead of all that the document had."""

    def list(self, since_ms: int, until_ms: int) -> list[ObjectionRow]:
        """Said from the first moment on and before the second, by said_ms, doc_id, ordinal."""

    def of_subject(self, subject: str) -> builtins.list[ObjectionRow]:
        """By said_ms, doc_id, ordinal."""


class Asks(Protocol):
    def put(self, rows: Sequence[AskRow]) -> None:
        """Inserts or replaces."""

    def get_many(self, provider: str, keys: Sequence[str]) -> dict[str, AskRow]:
        """key -> its ask."""

    def of_key(self, key: str) -> list[AskRow]:
        """By provider."""

    def count_by(self, provider: str) -> dict[str, int]:
        """state -> number."""

    def due(self, now_ms: int, limit: int) -> list[AskRow]:
        """Those with 0 < until_ms <= now, by until_ms, provider, key."""


class Spends(Protocol):
    def put(self, row: SpendRow) -> None:
        """Inserts, or replaces one that is not settled."""

    def settle(self, spend_id: str, spent: int, state: str) -> None:
        """A settled one is left alone, so that settling twice counts once."""

    def total(self, provider: str, run_id: str = "", day: str = "") -> int:
        """Thousandths of a credit: reserved where open, spent where settled. Empty arguments do not restrict."""

    def open(self) -> list[SpendRow]:
        """Reserved ones, by spend_id."""

    def list(self, since_day: str) -> builtins.list[SpendRow]:
        """From that day on, by day, at_ms, spend_id."""


class Providers(Protocol):
    def get(self, provider: str) -> ProviderRow | None: ...
    def put(self, row: ProviderRow) -> None: ...
    def list(self) -> list[ProviderRow]:
        """By name."""


class Verdicts(Protocol):
    def get_many(self, link_ids: Sequence[str]) -> dict[str, VerdictRow]: ...
    def put(self, rows: Sequence[VerdictRow]) -> None:
        """Inserts or replaces; the history is written by `note`."""

    def note(self, rows: Sequence[VerdictHistoryRow]) -> None:
        """Appends to the history; `seq` is given by the store."""

    def history(self, link_id: str) -> list[VerdictHistoryRow]:
        """Newest first."""

    def due(self, now_ms: int, limit: int) -> list[str]:
        """Link ids with 0 < due_ms <= now, by due_ms, link_id."""

    def count_by_status(self, kind: str) -> dict[str, int]:
        """`kind` empty: every kind."""

    def iterate(self, kind: str, after_id: str, limit: int) -> list[VerdictRow]:
        """By link_id; `kind` empty: every kind."""

    def moves(self, since_ms: int, until_ms: int) -> list[VerdictHistoryRow]:
        """Changes of status from the first moment on and before the second, by at_ms, seq."""

    def steps(self, kind: str, statuses: Sequence[str], since_ms: int, until_ms: int) -> list[StatusStepRow]:
        """The changes of `moves` that led to one of these statuses, by at_ms, seq, without what was judged."""

    def notes(self, seqs: Sequence[int]) -> list[VerdictHistoryRow]:
        """Those entries of the history, by seq."""

    def first(self) -> StatusStepRow | None:
        """The oldest entry of the history: when judging began, and with which run."""

    def of_status(self, kind: str, status: str, after_id: str, limit: int) -> list[VerdictRow]:
        """By link_id."""

    def count_by_stage(self, kind: str) -> dict[str, int]:
        """Stage of the funnel -> number; under the empty name those that are in none."""

    def erase(self, link_ids: Sequence[str]) -> None:
        """Takes what the verdicts and their history quote of the subjects away; status, times and versions stay."""


class Memberships(Protocol):
    def get_many(self, person_links: Sequence[str]) -> dict[str, list[MembershipRow]]:
        """By account_link, rejected pairs too; an entry for every person."""

    def of_accounts(self, account_links: Sequence[str]) -> list[MembershipRow]:
        """By account_link, person_link, rejected pairs too."""

    def decided(self) -> list[MembershipRow]:
        """What people confirmed or rejected, all of it, by person_link, account_link; reads the whole table."""

    def put(self, rows: Sequence[MembershipRow]) -> None:
        """Inserts or replaces the pair."""

    def drop(self, person_links: Sequence[str], hows: Sequence[str] = ()) -> None:
        """`hows` limits it to some, so that what a person decided may stay."""


class AccountKeys(Protocol):
    """By what accounts are found (kind, value), and by what people without one wait for theirs."""

    def replace(self, keys: Mapping[str, AbstractSet[Key]]) -> dict[str, tuple[AbstractSet[Key], AbstractSet[Key]]]:
        """Makes these the keys of each link; for those that had others, what went and what came."""

    def counts(self, kind: str, values: Sequence[str], up_to: int) -> dict[str, int]:
        """How many links have each value, none left out; more than `up_to` are not counted on."""

    def holders(self, kind: str, values: Sequence[str]) -> list[tuple[str, str]]:
        """(value, link id), by value, link id."""

    def first_holders(self, kind: str, value: str, limit: int) -> list[str]:
        """Link ids, by link id."""

    def other_keys(self, kind: str, values: Sequence[str], wanted: str) -> list[tuple[str, str]]:
        """(link id, value of kind `wanted`) of the links that have one of the values of `kind`, by link id, value."""

    def total(self) -> int:
        """How many accounts there are; counted in an index each time."""


class HandOffs(Protocol):
    def add(self, rows: Sequence[HandOffRow]) -> int:
        """How many were new; one that is there is left alone."""

    def get_many(self, hand_off_ids: Sequence[str]) -> dict[str, HandOffRow]: ...
    def by_state(self, states: Sequence[str], limit: int) -> list[HandOffRow]:
        """By made_ms, hand_off_id."""

    def of_link(self, link_id: str) -> list[HandOffRow]:
        """Newest first."""

    def update(self, hand_off_id: str, **changes: Any) -> None: ...
    def list(self, since_ms: int, until_ms: int) -> builtins.list[HandOffRow]:
        """Made from the first moment on and before the second, by made_ms, hand_off_id."""

    def last_owner(self, pool: str) -> str:
        """Who had the newest hand-off of the pool; empty where nobody had."""

    def erase(self, link_ids: Sequence[str]) -> None:
        """Takes what hand-offs and their notices tell of the subjects away; status, times and owner stay.

        Open ones are ended, and notices that are owed are not sent any more.
        """


class Notices(Protocol):
    def add(self, rows: Sequence[NoticeRow]) -> int:
        """How many were new; one that is there is left alone."""

    def due(self, now_ms: int, limit: int) -> list[NoticeRow]:
        """Owed ones with next_ms <= now, by next_ms, notice_id."""

    def update(self, notice_id: str, **changes: Any) -> None: ...


class Predictions(Protocol):
    def put(self, rows: Sequence[PredictionRow]) -> None:
        """Inserts, or replaces one that is still open; an answered one is left alone."""

    def open_for(self, subjects: Sequence[str]) -> dict[str, list[PredictionRow]]:
        """Open ones by fact, prediction_id; an entry for every subject."""

    def of_subject(self, subject: str) -> list[PredictionRow]:
        """By made_ms, prediction_id, whatever the state."""

    def by_state(self, states: Sequence[str], after_id: str, limit: int) -> list[PredictionRow]:
        """By prediction_id."""

    def of_fact(self, fact: str, after_id: str, limit: int) -> list[PredictionRow]:
        """Open ones, by prediction_id."""

    def update(self, prediction_id: str, **changes: Any) -> None: ...
    def counts(self) -> dict[tuple[str, str, bool], int]:
        """(fact, state, shown) -> number."""


class Models(Protocol):
    def put(self, row: ModelRow) -> None:
        """Inserts or replaces; where it is live, the others of its fact are no longer."""

    def current(self, fact: str) -> ModelRow | None:
        """The live one."""

    def list(self) -> list[ModelRow]:
        """By fact, made_ms, model_id."""


class Lists(Protocol):
    def list(self) -> list[KeptListRow]:
        """By list_key."""

    def put(self, row: KeptListRow) -> None:
        """Inserts or replaces."""

    def update(self, list_key: str, **changes: Any) -> None: ...
    def drop(self, list_key: str) -> None:
        """Forgets the list and its members, but for who was taken out of it: that outlives the list."""

    def members(self, list_key: str) -> builtins.list[ListMemberRow]:
        """By link_id, whatever the state."""

    def put_members(self, rows: Sequence[ListMemberRow]) -> None:
        """Inserts or replaces."""

    def drop_members(self, list_key: str, link_ids: Sequence[str]) -> None: ...
