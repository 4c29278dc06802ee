"""What the listening side of a CRM offers beyond records: what an activity hangs on, and what forms brought in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class Form:
    """A form that visitors fill in."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class FormAnswer:
    """What was entered for one property of one object."""

    object: str  # contacts, companies; empty for any other
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Submission:
    """One form as it was sent. `id` is the vendor's, unique within the form."""

    id: str
    sent_ms: int
    answers: tuple[FormAnswer, ...]
    page: str


@dataclass(frozen=True, slots=True)
class SubmissionPage:
    """Newest first. `next_token` is None on the last page; it does not outlive the reading."""

    submissions: Sequence[Submission]
    next_token: str | None


@runtime_checkable
class Conversations(Protocol):
    """A `Remote` that keeps activities apart from what they hang on, and has forms. Raises `RemoteError`s."""

    def associated(self, object_name: str, ids: Sequence[str], target: str) -> Mapping[str, tuple[str, ...]]:
        """Id -> ids of the associated records of `target`, in numeric order; an entry for every id asked for."""

    def forms(self) -> Sequence[Form]:
        """Every form in use, by id. Raises AccessError where the app may not read forms."""

    def submissions(self, form_id: str, token: str | None) -> SubmissionPage: ...
