"""What a careful reader would hold for settled, from what was said, what the records hold and what vendors answered.

Worked out from the sandbox's own books, by no code of the worker.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sandbox.app import Sandbox
from sandbox.population.seeding import FORM_ID, Logged
from sandbox.population.talk import Said
from sandbox.population.world import Company
from sandbox.vendors.coverage import knowledge
from sandbox.vendors.job_boards import tools_of
from sandbox.vendors.state import VendorState
from sandbox.vendors.traces import seen_in
from syncer.store.knowledge_rows import AskRow
from syncer.store.ports import Tx
from syncer.store.rows import LinkRow

DAY_MS: Final = 86_400_000
SIDES: Final = {"salesforce": "left", "hubspot": "right"}
VAGUE_TRADES: Final = ("Software", "IT services")  # the usual lists do not tell them from IT security
VAGUE: Final = (  # the words of both systems for these, and what the mapping makes of Salesforce's in HubSpot's
    "Technology", "Consulting", "COMPUTER_SOFTWARE", "INFORMATION_TECHNOLOGY_AND_SERVICES", "MANAGEMENT_CONSULTING",
)  # fmt: skip

# fact -> criterion, days for which it is fresh, whether a value means yes
FACTS: Final = {
    "annual_budget": ("budget", 180, lambda value: value >= 10_000),
    "opted_in": ("opt_in", 365, bool),
    "nps": ("nps", 365, lambda value: value >= 9),
    "wants_voice_of_customer": ("voice_of_customer", 180, bool),
    "uses_salesforce": ("salesforce_environment", 730, bool),
}


@dataclass(frozen=True, slots=True)
class Opinion:
    """What somebody's word comes to. `who`: call or form, record, or the names of vendors.

    `met` None: the words clash, or are those of a company that goes by the same name; either way may be right.
    """

    met: bool | None
    who: str


def newest(tx: Tx, told: Iterable[Logged], link: LinkRow) -> dict[str, tuple[Said, int]]:
    """By fact, the newest clear sentence in documents that hang on this subject, and when it was said."""
    found: dict[str, tuple[Said, int]] = {}
    for each in told:
        system, name, record_id = each.ref
        row = next(iter(_documents(tx, SIDES[system], name, record_id).values()), None)
        if row is None or link.link_id not in _linked(tx, row.about):
            continue
        found |= {one.fact: (one, each.at_ms) for one in each.said if one.clear}
    return found


def _documents(tx: Tx, side: str, name: str, record_id: str) -> Mapping[str, Any]:
    middle = f"form:{FORM_ID}" if name == "form" else name
    return tx.documents.get_many([f"{side}:{middle}:{record_id}"])


def _linked(tx: Tx, about: Iterable[tuple[str, str, str]]) -> set[str]:
    found: set[str] = set()
    for side, name, record_id in about:
        found |= {link.link_id for link in tx.links.by_records(side, name, [record_id]).values()}
    return found


def spoken(said: Mapping[str, tuple[Said, int]], now_ms: int) -> dict[str, Opinion]:
    """What was said and is not too old to count."""
    found = {}
    for fact, (criterion, days, met) in FACTS.items():
        if fact in said and said[fact][1] + days * DAY_MS > now_ms:
            found[criterion] = Opinion(met(said[fact][0].value), "spoken")
    return found


def of_records(running: Sandbox, link: LinkRow, firm: LinkRow | None) -> dict[str, Opinion]:
    """What the records of the person and of their account say of industry, size and the tools in use."""
    records = [running.org.record(link.left_object, link.left_id), None, None]
    if firm is not None:
        records[1:] = [running.org.record("Account", firm.left_id), running.portal.record("companies", firm.right_id)]
    values = [record or {} for record in records]
    industries = [str(one[name]) for one in values for name in ("Industry", "industry") if one.get(name)]
    sizes = [int(one[name]) for one in values for name in ("NumberOfEmployees", "numberofemployees") if one.get(name)]
    tools = ";".join(str(one.get(name) or "") for one in values for name in ("Technologies__c", "web_technologies"))
    found = {}
    telling = [name for name in industries if name not in VAGUE]
    if telling:
        found["industry"] = Opinion("COMPUTER_NETWORK_SECURITY" in telling, "record")
    if sizes:
        found["size"] = Opinion(_of_one_mind(size > 100 for size in sizes), "record")
    if "salesforce" in tools.lower().split(";"):
        found["salesforce_environment"] = Opinion(True, "record")
    return found


def _of_one_mind(words: Iterable[bool]) -> bool | None:
    told = set(words)
    return told.pop() if len(told) == 1 else None


def of_vendors(states: Mapping[str, VendorState], company: Company, asked: Mapping[str, AskRow]) -> dict[str, Opinion]:
    """What the sources answered that were asked. Hunter's word on an industry is too weak to count alone."""

    def answered(name: str, field: str) -> bool:
        return name in asked and asked[name].state in ("hit", "partial") and field not in asked[name].fields

    def known(field: str, part: str) -> dict[str, Any]:
        entries = {name: knowledge(states[name], company) for name in ("pdl", "apollo") if answered(name, field)}
        parts = {name: getattr(entry, part) for name, entry in entries.items() if entry is not None}
        return {name: value for name, value in parts.items() if value is not None}

    found = {}
    trades = {name: trade.name for name, trade in known("industry", "trade").items()}
    if trades and not set(trades.values()) & set(VAGUE_TRADES):
        found["industry"] = Opinion("IT security" in trades.values(), "+".join(trades))
    sizes = known("number_of_employees", "employees")
    if sizes:
        found["size"] = Opinion(_of_one_mind(size > 100 for size in sizes.values()), "+".join(sizes))
    seeing = [
        name
        for name, tools in tools_seen(states, company).items()
        if answered(name, "technologies") and "Salesforce" in tools
    ]
    if seeing:
        found["salesforce_environment"] = Opinion(True, "+".join(seeing))
    return found


def tools_seen(states: Mapping[str, VendorState], company: Company) -> dict[str, set[str]]:
    """Which tools each source has seen of a company."""
    seed = states["dns"].world.seed
    found = {
        "dns": seen_in(seed, company, ("txt", "spf", "cname", "ns")),
        "site": seen_in(seed, company, ("script", "header", "cookie", "meta")),
        "job_boards": set(tools_of(states["job_boards"], company)),
    }
    for name in ("builtwith", "apollo", "hunter"):
        entry = knowledge(states[name], company)
        found[name] = {one.name for one in entry.sightings} if entry is not None else set()
    return found


def wrong_about(states: Mapping[str, VendorState], company: Company, vendor: str, criterion: str) -> bool:
    """Whether what this vendor believes of the company makes another verdict than what is true."""
    entry = knowledge(states[vendor], company)
    if entry is None:
        return False
    if criterion == "size":
        return entry.employees is not None and (entry.employees > 100) != (company.employees > 100)
    return entry.trade is not None and entry.trade != company.trade
