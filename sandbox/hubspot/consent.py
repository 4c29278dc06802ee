"""Communication subscriptions: their definitions and each address's state, keyed by e-mail address, not by contact."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sandbox.hubspot.definitions import STANDARD_SINCE


@dataclass(slots=True)
class Subscription:
    id: int
    name: str
    description: str

    def wire(self) -> dict[str, Any]:
        return {
            "id": str(self.id),
            "name": self.name,
            "description": self.description,
            "purpose": "Marketing",
            "communicationMethod": "Email",
            "isActive": True,
            "isDefault": False,
            "isInternal": False,
            "businessUnitId": 0,
            "createdAt": STANDARD_SINCE,
            "updatedAt": STANDARD_SINCE,
        }


@dataclass(slots=True)
class Status:
    """One address and one subscription."""

    status: str  # SUBSCRIBED or UNSUBSCRIBED; NOT_SPECIFIED is the absence of a row
    source: str
    legal_basis: str | None
    explanation: str | None
    at_ms: int
    by_person: bool = False  # the address's owner did it: only an explicit resubscription undoes it


@dataclass(slots=True)
class Consent:
    """The portal's subscriptions; `opted_out` are addresses unsubscribed from all e-mail."""

    subscriptions: dict[int, Subscription] = field(default_factory=dict)
    statuses: dict[tuple[str, int], Status] = field(default_factory=dict)
    opted_out: dict[str, int] = field(default_factory=dict)  # address -> since when

    @classmethod
    def standard(cls) -> Consent:
        known = (
            Subscription(39_644_612, "Marketing Information", "Offers and news"),
            Subscription(39_644_613, "Customer Service Communication", "Service messages"),
            Subscription(39_644_614, "One to One", "One to one e-mails"),
        )
        return cls({subscription.id: subscription for subscription in known})

    def status(self, address: str, subscription_id: int) -> str:
        if address in self.opted_out:
            return "UNSUBSCRIBED"
        row = self.statuses.get((address, subscription_id))
        return row.status if row else "NOT_SPECIFIED"
