"""Owners: who can own a record."""

from __future__ import annotations

from collections.abc import Mapping

from connectors.hubspot.api import Api


def owners(api: Api) -> Mapping[str, str]:
    """Active owners, id -> e-mail in lower case. Queues and owners without an address cannot be matched: left out."""
    found: dict[str, str] = {}
    after: str | None = None
    while True:
        answer = api.owners(after)
        for owner in answer.get("results") or ():
            email = (owner.get("email") or "").strip().lower()
            if email and not owner.get("archived"):
                found[str(owner["id"])] = email
        after = next_after(answer)
        if after is None:
            return found


def next_after(answer: Mapping[str, object]) -> str | None:
    """The next page's offset. The end is a missing `paging`, an empty one, or one without `next` (all three occur)."""
    paging = answer.get("paging")
    following = paging.get("next") if isinstance(paging, dict) else None
    after = following.get("after") if isinstance(following, dict) else None
    return None if after in (None, "") else str(after)
