"""One pair of systems beside the sandbox's vendors, with a policy: where the tests of enrichment play."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from connectors.enrichment.factory import connect
from connectors.enrichment.provider import Provider
from sandbox.population.world import Company, World
from sandbox.vendors import Vendors
from sandbox.vendors.coverage import Knowledge, knowledge
from simulation.door import InProcessAdapter
from syncer.core.claims import from_json
from syncer.core.fields import FieldMap, FieldType
from syncer.core.waterfall.policy import EnrichmentPolicy
from syncer.mapping import load_mappings
from syncer.mapping.calls import load_calls
from syncer.mapping.definition import load_definition
from syncer.mapping.definition_sense import known_fields
from syncer.mapping.enrichment import parse_enrichment
from syncer.mapping.toml_file import parse_toml
from syncer.stages.context import Context
from syncer.stages.enrich import enrich
from syncer.stages.reconcile import reconcile
from syncer.store.knowledge_rows import AskRow, SpendRow
from tests.stages.world import PairWorld, account, account_fields, make_pair, person, person_fields

ROOT = Path(__file__).parents[2]
KNOWN = known_fields(load_mappings(ROOT / "mappings"), load_calls(ROOT / "mappings"))
TRUE_LEAD = load_definition(ROOT / "mappings/qualification/true-lead.toml", KNOWN)
URL = "https://vendors.example"
KEYS = {name: f"secret-of-{name}" for name in ("pdl", "apollo", "hunter", "builtwith")}
PROVIDER = ("human", "call", "provider")
POLICY = """version = 1
caps = {{ run = {cap}, day = {cap} }}
[provider.pdl]
[provider.apollo]
[provider.dns]
[field.number_of_employees]
waterfall = ["pdl", "apollo"]
ttl = "90d"
agree_within = 0.25
person = "company_size"
[field.industry]
waterfall = ["pdl", "apollo"]
person = "company_industry"
[field.technologies]
waterfall = ["dns", "apollo"]
union = true
min_confidence = 0.5
ttl = "30d"
"""


def policy(cap: float = 100, text: str = POLICY) -> EnrichmentPolicy:
    return parse_enrichment(parse_toml(text.format(cap=cap), "enrichment.toml"), KNOWN)


class Crash(BaseException):
    """The process is gone: no handler sees it."""


@dataclass
class Firm:
    """One pair of systems, the vendors behind their own door, and the companies that are true."""

    pair: PairWorld
    truth: World
    vendors: Vendors
    providers: dict[str, Provider]
    policy: EnrichmentPolicy

    def charged(self) -> int:
        return sum(state.charged for state in self.vendors.states.values())

    def calls(self, name: str) -> int:
        return self.vendors.states[name].calls

    def company(self, wanted: Callable[[Company, Mapping[str, Knowledge | None]], bool], skip: int = 0) -> Company:
        found = [
            company
            for company in map(self.truth.company, range(self.truth.accounts))
            if wanted(company, {name: knowledge(state, company) for name, state in self.vendors.states.items()})
        ]
        return found[skip]

    def account(self, company: Company, **values: Any) -> str:
        return self.pair.org.create("Account", {"Name": company.name, "Website": company.domain, **values}, "human:ann")

    def context(self, **more: Any) -> Context:
        told = {"policy": self.policy, "providers": self.providers, "definition": TRUE_LEAD}
        return self.pair.look(**(told | more))

    def run(self, **more: Any) -> Context:
        """One cycle's enrichment and judgement."""
        context = self.context(**more)
        enrich(context)
        for kind in context.kinds:
            reconcile(context, kind)
        return context

    def claims(self, record_id: str, object_name: str = "Account") -> dict[str, Any]:
        link = self.pair.link_of("left", object_name, record_id)
        assert link is not None
        with self.pair.store.snapshot() as tx:
            rows = tx.claims.of([link.link_id])[link.link_id]
        found = [from_json(row.claim) for row in rows]
        return {item.field: item for item in found}

    def asks(self, company: Company) -> dict[str, AskRow]:
        with self.pair.store.snapshot() as tx:
            return {row.provider: row for row in tx.asks.of_key(f"account:{company.domain}")}

    def spends(self) -> list[SpendRow]:
        with self.pair.store.snapshot() as tx:
            return tx.spends.list("")


def fields() -> tuple[FieldMap, ...]:
    return (
        *account_fields(),
        FieldMap(
            "number_of_employees",
            {"Account": "NumberOfEmployees"},
            {"companies": "numberofemployees"},
            FieldType.INTEGER,
            authority=PROVIDER,
        ),
        FieldMap(
            "industry",
            {"Account": "Industry"},
            {"companies": "industry"},
            FieldType.CHOICE,
            authority=PROVIDER,
            read_only="left",
            choices={"Retail": "RETAIL", "Technology": "COMPUTER_SOFTWARE"},
        ),
    )


def people() -> tuple[FieldMap, ...]:
    return (
        *person_fields(),
        FieldMap(
            "company_size",
            {"Lead": "NumberOfEmployees"},
            {"contacts": "company_size"},
            FieldType.INTEGER,
            authority=PROVIDER,
        ),
    )


def make_firm() -> Firm:
    pair = make_pair((account(fields=fields()), person(fields=people())))
    truth = World(3, 400, 10)
    vendors = Vendors(truth, pair.clock, URL, KEYS)
    context = pair.context()
    mounts = {URL: InProcessAdapter(vendors.handle, pair.clock.advance)}
    providers = {
        name: connect(
            name,
            {"base_url": f"{URL}/{name}", "api_key": KEYS.get(name)},
            clock=context.clock,
            entropy=pair.entropy,
            mounts=mounts,
        )
        for name in ("pdl", "apollo", "dns")
    }
    return Firm(pair, truth, vendors, providers, policy())


def secure(company: Company, known: Mapping[str, Knowledge | None]) -> bool:
    """In IT security, known to both paid vendors with size and trade."""
    both = [known["pdl"], known["apollo"]]
    return company.trade.hubspot == "COMPUTER_NETWORK_SECURITY" and all(
        entry is not None and not entry.stale and entry.employees and entry.trade == company.trade for entry in both
    )
