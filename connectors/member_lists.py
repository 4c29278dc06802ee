"""What a CRM offers to gather records under a name: static lists in HubSpot, campaigns in Salesforce."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from connectors.base import RemoteError


@dataclass(frozen=True, slots=True)
class MemberList:
    """`ours`: it carries our mark and takes members by the API; what is not ours is never written to."""

    id: str
    name: str
    ours: bool


@dataclass(frozen=True, slots=True)
class MembersChanged:
    """Ids that now are as was asked, done by this call or before; and those that are not, each with the reason."""

    done: frozenset[str]
    refused: Mapping[str, RemoteError] = field(default_factory=dict)


@runtime_checkable
class MemberLists(Protocol):
    """A `Remote` that keeps lists. Every method may raise a `RemoteError`, and cuts its ids into calls itself.

    Adding who is in, and taking out who is not, is done without effect: both may be repeated.
    """

    def list_named(self, object_name: str, name: str, mark: str) -> MemberList | None:
        """Consistent; of several by that name, one that is ours goes first."""

    def list_is_there(self, list_id: str) -> bool: ...

    def make_list(self, object_name: str, name: str, mark: str) -> MemberList:
        """Makes an empty one. Where the answer is lost it may be there: look by name before making it again."""

    def in_list(self, list_id: str, ids: Sequence[str]) -> frozenset[str]:
        """Those of the ids that are members, whoever put them in."""

    def add_to_list(self, list_id: str, ids: Sequence[str]) -> MembersChanged: ...
    def take_from_list(self, list_id: str, ids: Sequence[str]) -> MembersChanged: ...
