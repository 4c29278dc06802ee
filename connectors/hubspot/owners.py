"""Owners: who can own a record."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qs, urlsplit

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
    if not isinstance(following, dict):
        return None
    after = following.get("after")
    if after in (None, "") and following.get("link"):  # the link alone: its query holds the offset
        after = parse_qs(urlsplit(str(following["link"])).query).get("after", [""])[0]
    return None if after in (None, "") else str(after)
