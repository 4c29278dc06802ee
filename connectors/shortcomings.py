"""What a system does not offer, and the connector goes on without: told once each, never passed over in silence.

Editions, versions, scopes and permissions differ: many calls of a vendor's API may be missing for one account. A call
that the worker can do without is answered by doing without, and by a line here that says what that costs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from connectors.base import AuthError, QuotaError, RemoteError, TransientError

_STATUSES: Final = frozenset({403, 404, 405, 410, 501})


@dataclass(frozen=True, slots=True)
class Shortcoming:
    """One call that is refused for good; `message` says what the connector does instead and what that costs."""

    name: str
    message: str
    action: str


class Shortcomings:
    """Those met since the connector was built, in the order in which they were met."""

    def __init__(self) -> None:
        self._met: dict[str, Shortcoming] = {}

    def __iter__(self) -> Iterator[Shortcoming]:
        return iter(tuple(self._met.values()))

    def add(self, name: str, error: RemoteError, instead: str, action: str = "") -> None:
        text = f"{instead} The refusal was: {error.message}"
        self._met.setdefault(name, Shortcoming(name, text, action or error.action))

    def has(self, name: str) -> bool:
        return name in self._met


def not_offered(error: RemoteError) -> bool:
    """Whether the refusal is of the call as such, so that repeating it cannot help and the record is not meant."""
    return error.status in _STATUSES and not isinstance(error, (AuthError, QuotaError, TransientError))
