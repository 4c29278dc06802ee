"""Which lists and campaigns the mappings declare, and who is to stand in them now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from connectors.base import SideName
from syncer.core.lookalike import DAY_MS, Listing, Lookalike
from syncer.core.predicted import SEGMENTS
from syncer.stages.outreach import fitting, forgotten
from syncer.store.ports import Tx
from syncer.store.rows import LinkRow

CAMPAIGN: Final = "Campaign"
SEGMENT: Final = "segment:"
FIT: Final = "outbound:fit"
FORGOTTEN: Final = "outbound:forgotten"
HOUR_MS: Final = 3_600_000  # whom to call is looked for no oftener: every open prediction and verdict is read
NAMES: Final[Mapping[str, str]] = {FIT: "Fit without activity", FORGOTTEN: "Qualified and forgotten"}
_PAGE: Final = 1_000

Place = tuple[str, str]  # object, id


@dataclass(frozen=True, slots=True)
class Declared:
    """One list of one side. `people`: of the accounts that were found, in place of these."""

    list_key: str
    side: SideName
    object: str  # contacts, companies, Campaign
    name: str
    mark: str
    what: str
    people: bool
    at_most: int
    version: str
    every_ms: int = 0


def declared_lists(policy: Lookalike) -> tuple[Declared, ...]:
    """Nothing is kept that the mappings do not name."""
    outbound = policy.outbound
    told = [(SEGMENT + one.name, one.name, one.listing) for one in policy.segments]
    told += [(FIT, NAMES[FIT], outbound.fit), (FORGOTTEN, NAMES[FORGOTTEN], outbound.forgotten)]
    return tuple(one for what, name, listing in told for one in _of(what, name, listing))


def _of(what: str, name: str, listing: Listing) -> Iterator[Declared]:
    every_ms = 0 if what.startswith(SEGMENT) else HOUR_MS
    of_people = what == FORGOTTEN
    told: list[tuple[SideName, str, str, bool]] = []
    if listing.list:
        told.append(("right", "contacts" if of_people else "companies", f"{name} (syncer)", of_people))
    if listing.people_list:
        told.append(("right", "contacts", f"{name}: people (syncer)", True))
    if listing.campaign:
        told.append(("left", CAMPAIGN, listing.campaign, True))
    for side, object_name, title, people in told:
        key = f"{side}:{object_name}:{what}:{title}"
        mark, version = f"[syncer {what}]", str(listing.version)
        yield Declared(key, side, object_name, title, mark, what, people, listing.at_most, version, every_ms)


class Found:
    """What each list is made of, in one moment; looked for once, and only where a list asks."""

    def __init__(self, tx: Tx, policy: Lookalike, now_ms: int) -> None:
        self._tx, self._policy, self._now_ms = tx, policy, now_ms
        self._by_what: dict[str, list[str]] | None = None

    def wanted(self, one: Declared) -> dict[str, Place]:
        """Link id -> the record that is to be a member on that side; who is not there yet is left out."""
        links = self._links(one.what)
        if one.people and one.what != FORGOTTEN:
            members = self._tx.memberships.of_accounts(links)
            links = sorted({row.person_link for row in members if row.how != "rejected"})
        return dict(places(self._tx.links.get_many(links).values(), one.side))

    def _links(self, what: str) -> Sequence[str]:
        since_ms = self._now_ms - self._policy.outbound.quiet_days * DAY_MS
        count = self._policy.outbound.count
        if what == FIT:
            return [row["link"] for row in fitting(self._tx, since_ms, count)]
        if what == FORGOTTEN:
            return [row["link"] for row in forgotten(self._tx, since_ms, count)]
        if self._by_what is None:
            self._by_what = _by_segment(self._tx)
        return self._by_what.get(what, [])


def _by_segment(tx: Tx) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    after = ""
    while rows := tx.predictions.of_fact(SEGMENTS, after, _PAGE):
        after = rows[-1].prediction_id
        for row in rows:
            for name in row.value:
                found.setdefault(SEGMENT + name, []).append(row.subject)
    return found


def places(links: Iterable[LinkRow], side: SideName) -> Iterator[tuple[str, Place]]:
    """Of linked ones, where they are on that side."""
    for link in links:
        place = (link.left_object, link.left_id) if side == "left" else (link.right_object, link.right_id)
        if link.state == "linked" and place[1]:
            yield link.link_id, place
