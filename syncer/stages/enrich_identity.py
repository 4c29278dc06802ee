"""By what a subject is known to a provider: the values of its records that identify it, in the words of a question."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from syncer.core.canon import canoniser
from syncer.core.claims import Claim
from syncer.core.fields import KindMap
from syncer.core.identity.contacts import email
from syncer.core.identity.domains import company_domain
from syncer.core.identity.places import country, state
from syncer.core.values import UncanonicalError
from syncer.core.waterfall.policy import Of
from syncer.core.waterfall.steps import Who
from syncer.stages.gathering import Pair

_PLACE: Final = ("country", "state", "city", "postal_code")
_NUMBERS: Final = ("registry_number", "lei", "company_number")
_LONGEST: Final = 300


def who(kind: KindMap, link_id: str, pair: Pair, claims: Mapping[str, Sequence[Claim]], of: Of) -> Who:
    """Whom a question of that kind is about. A person is asked about by address and name, their company by domain.

    Companies of one domain share their key, so that one answer serves all subjects there.
    """
    told = identifying(kind, pair, _READ)
    known = {"city": told.get("city", ""), "postal_code": told.get("postal_code", "")}
    known["country"] = country(told.get("country", ""))
    known["region"] = state(told.get("state", ""), known["country"]).upper() if told.get("state") else ""
    mail = email(told.get("email", ""))
    if of == "person":
        known["email"] = mail.address if mail else ""
        known["name"] = " ".join(filter(None, (told.get("first_name"), told.get("last_name"))))
        known["domain"] = _domain(told, mail.domain if mail else "")
        key = link_id
    else:
        known["name"] = told.get("name" if kind.kind == "account" else "company", "")
        known["domain"] = _domain(told, mail.domain if mail else "")
        known["registry_number"] = next((text for name in _NUMBERS if (text := _claimed(claims, name))), "")
        key = f"account:{known['domain']}" if known["domain"] else link_id
    return Who(key, of, {name: text[:_LONGEST] for name, text in known.items() if text})


def _domain(told: Mapping[str, str], of_mail: str) -> str:
    """What the record says the company's site is; else where its mail goes, unless that is anybody's."""
    for text in (told.get("domain", ""), told.get("company_website", ""), told.get("website", ""), of_mail):
        if found := company_domain(text):
            return found
    return ""


def _claimed(claims: Mapping[str, Sequence[Claim]], name: str) -> str:
    return next((item.value for item in claims.get(name, ()) if isinstance(item.value, str)), "")


def identifying(kind: KindMap, pair: Pair, names: Collection[str]) -> dict[str, str]:
    """Canonical name -> text, of those names, the left's before the right's; a stand-in for a blank is none."""
    found: dict[str, str] = {}
    for row in pair:
        if row is None or row.presence != "live":
            continue
        for item in kind.fields:
            name = item.on(row.side, row.object)
            if name is None or item.name in found or item.name not in names:
                continue
            try:
                value = canoniser(item, row.side)(row.values.get(name))
            except UncanonicalError:
                continue
            if isinstance(value, str) and value and value != item.create_default:
                found[item.name] = value
    return found


_READ: Final = frozenset(
    (*_PLACE, "domain", "company_website", "website", "email", "name", "company", "first_name", "last_name")
)
