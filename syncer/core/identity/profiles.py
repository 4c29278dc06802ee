"""What a lead or an account says of its company, each thing in its normal form: made once, compared many times."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from typing import Final

from syncer.core.identity.contacts import email, phone_tail
from syncer.core.identity.domains import NOBODYS, company_domain, domain_label, is_free_mail
from syncer.core.identity.names import company_name
from syncer.core.identity.places import city, country, state

_AFFIXES: Final = (
    ("get", "try", "use", "join", "go", "my", "the", "hello", "with"),
    ("hq", "app", "inc", "group", "labs", "corp", "online", "global", "usa", "gmbh", "llc", "co"),
)
_CORE_MIN: Final = 4  # letters that must be left of a label without its affix


@dataclass(frozen=True, slots=True)
class Profile:
    """`names` holds the name first, then those it had or trades under, each as its words; places are "" if unknown."""

    id: str
    label: str  # as written, for people
    names: tuple[tuple[str, ...], ...]
    compacts: tuple[str, ...]  # the same names without spaces
    domains: tuple[str, ...]
    labels: tuple[str, ...]  # what the owners of the domains chose, without `get` before or `hq` behind
    free_mail: bool
    phone: str
    city: str
    state: str
    country: str


def lead_profile(row: Mapping[str, str], companies: Set[str] = NOBODYS) -> Profile:
    """Reads the columns id, email, company, website, phone, city, state, country; `name` is the person's."""
    return _profile(row, (row.get("company", ""),), companies)


def account_profile(row: Mapping[str, str], companies: Set[str] = NOBODYS) -> Profile:
    """Reads the same columns of an account, whose own name is `name`; a different `company` is another name of it."""
    return _profile(row, (row.get("name", ""), row.get("company", "")), companies)


def _profile(row: Mapping[str, str], written: Iterable[str], companies: Set[str]) -> Profile:
    given = [text for text in written if text.strip()]
    names = _names(given)
    address = email(row.get("email", ""))
    mail_domain = address.domain if address else ""
    hosts = (row.get("website", ""), mail_domain)
    domains = tuple(dict.fromkeys(domain for host in hosts if (domain := company_domain(host, companies))))
    country_code = country(row.get("country", ""))
    return Profile(
        id=row.get("id", ""),
        label=given[0].strip() if given else "",
        names=names,
        compacts=tuple("".join(name) for name in names),
        domains=domains,
        labels=tuple(_core(domain) for domain in domains),
        free_mail=bool(mail_domain) and is_free_mail(mail_domain, companies),
        phone=phone_tail(row.get("phone", "")),
        city=city(row.get("city", "")),
        state=state(row.get("state", ""), country_code),
        country=country_code,
    )


def _names(given: Iterable[str]) -> tuple[tuple[str, ...], ...]:
    found: dict[tuple[str, ...], None] = {}
    for text in given:
        name = company_name(text)
        if name.words:
            found.update(dict.fromkeys((name.words, *name.others)))
    return tuple(found)


def _core(domain: str) -> str:
    label = domain_label(domain).replace("-", "").replace("_", "")
    before, behind = _AFFIXES
    for affix in before:
        if label.startswith(affix) and len(label) - len(affix) >= _CORE_MIN:
            return label.removeprefix(affix)
    for affix in behind:
        if label.endswith(affix) and len(label) - len(affix) >= _CORE_MIN:
            return label.removesuffix(affix)
    return label
