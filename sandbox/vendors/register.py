"""Who is meant by a domain, a name or an address: the way back from what the seeded world made of a number."""

from __future__ import annotations

import re
from typing import Final

from sandbox.population.words import COMPANY_FIRST, COMPANY_SECOND
from sandbox.population.world import Company, Person, World, ascii_word

_NAMED: Final = re.compile(r"([a-z]+)(?: (\d+))? ([a-z]+)")
_LABEL: Final = re.compile(r"([a-z]+)(\d*)-[a-z]+\..+")
_NUMBER: Final = re.compile(r"(\d+)@")
_LEGAL: Final = re.compile(r"[ ,]+(?:inc|ltd|llc|plc|gmbh|ag|corp|corporation|limited|incorporated|sas|ab)\b\.?$")
_WORDS: Final = {
    ascii_word(first + second): place * len(COMPANY_FIRST) + offset
    for place, second in enumerate(COMPANY_SECOND)
    for offset, first in enumerate(COMPANY_FIRST)
}


class Register:
    """Look-ups in a world of any size without an index: its words are unique, so that a name tells its number."""

    def __init__(self, world: World) -> None:
        self.world = world

    def by_domain(self, text: str) -> Company | None:
        """The company at a domain or web address, with or without `www`."""
        host = re.sub(r"^[a-z]+://", "", text.strip().lower()).partition("/")[0].partition(":")[0].removeprefix("www.")
        found = _LABEL.fullmatch(host)
        company = None if found is None else self._numbered(found[1], found[2])
        return company if company is not None and company.domain == host else None

    def by_name(self, text: str) -> Company | None:
        """The company of that name, whatever the case and the legal form behind it."""
        name = _LEGAL.sub("", " ".join(text.lower().split()))
        found = _NAMED.fullmatch(name)
        company = None if found is None else self._numbered(found[1], found[2] or "")
        return company if company is not None and company.name.lower() == name else None

    def by_email(self, text: str) -> Person | None:
        """The person who reads the address."""
        email = text.strip().lower()
        found = _NUMBER.search(email)
        if found is None or len(found[1]) > 12 or int(found[1]) >= self.world.people:
            return None
        person = self.world.person(int(found[1]))
        return person if person.email == email else None

    def _numbered(self, word: str, turn: str) -> Company | None:
        """Undoes the world's way of giving each number a word of its own."""
        place, many = _WORDS.get(word), len(_WORDS)
        if place is None or len(turn) > 9 or turn in ("0", "1"):
            return None
        first = (place - self.world.seed * 97) * pow(4_801, -1, many) % many
        number = first + (int(turn) - 1 if turn else 0) * many
        return self.world.company(number) if number < self.world.companies else None
