"""A small world for the stages: an org, a portal, real connectors in process, a virtual clock, a store in memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from connectors.base import SideName
from connectors.hubspot import HubSpotRemote, HubSpotSettings
from connectors.policy import RetryPolicy
from connectors.salesforce import SalesforceRemote, SalesforceSettings
from sandbox.hubspot import HubSpotPortal, PortalSettings
from sandbox.kernel import Ledger, SandboxClock
from sandbox.salesforce import OrgSettings, SalesforceOrg
from simulation.door import InProcessAdapter
from syncer.core.fields import FieldMap, FieldType, KindMap
from syncer.stages import drift, link, observe, vanish
from syncer.stages.context import LEFT_CROSS_REFERENCE, LEFT_KEY, RIGHT_KEY, Context, RunReport, Settings
from syncer.store import Store, open_store
from syncer.store.rows import LinkRow, RecordRow, ReviewRow

SALESFORCE, HUBSPOT = "https://acme.my.salesforce.com", "https://api.hubapi.com"
MINUTE_MS = 60_000


def both_sides(name: str, left: str, right: str, type_: FieldType = FieldType.TEXT, **more: Any) -> FieldMap:
    """A person's field that Lead and Contact call alike."""
    return FieldMap(name, {"Lead": left, "Contact": left}, {"contacts": right}, type_, **more)


def person_fields() -> tuple[FieldMap, ...]:
    return (
        both_sides("email", "Email", "email", FieldType.EMAIL),
        both_sides("first_name", "FirstName", "firstname"),
        both_sides("last_name", "LastName", "lastname", create_default="unknown"),
        both_sides("job_title", "Title", "jobtitle", blank="clear"),
        both_sides("phone", "Phone", "phone", FieldType.PHONE),
        FieldMap("city", {"Lead": "City", "Contact": "MailingCity"}, {"contacts": "city"}, FieldType.TEXT),
        FieldMap("company", {"Lead": "Company"}, {"contacts": "company"}, FieldType.TEXT, create_default="unknown"),
    )


def account_fields() -> tuple[FieldMap, ...]:
    return (
        FieldMap("domain", {"Account": "Website"}, {"companies": "domain"}, FieldType.DOMAIN),
        FieldMap("name", {"Account": "Name"}, {"companies": "name"}, FieldType.TEXT),
        FieldMap("city", {"Account": "BillingCity"}, {"companies": "city"}, FieldType.TEXT),
    )


def person(**more: Any) -> KindMap:
    told: dict[str, Any] = {
        "left_objects": ("Lead", "Contact"),
        "right_objects": ("contacts",),
        "left_create": "Lead",
        "right_create": "contacts",
        "match": ("email",),
        "fields": person_fields(),
    }
    return KindMap("person", 1, **(told | more))


def account(**more: Any) -> KindMap:
    told: dict[str, Any] = {
        "left_objects": ("Account",),
        "right_objects": ("companies",),
        "left_create": "Account",
        "right_create": "companies",
        "match": ("domain",),
        "fields": account_fields(),
    }
    return KindMap("account", 1, **(told | more))


class WaitingClock:
    """The engine's clock is the world's: waiting moves it."""

    def __init__(self, clock: SandboxClock) -> None:
        self._clock = clock

    def now_ms(self) -> int:
        return self._clock.now_ms()

    def sleep(self, duration_s: float) -> None:
        self._clock.advance(max(1, int(duration_s * 1000)))


@dataclass
class Counted:
    """Entropy that counts: every token is another one, the same in every run."""

    given: int = 0

    def token(self) -> str:
        self.given += 1
        return f"{self.given:032x}"

    def uniform(self) -> float:
        return 0.5


@dataclass
class PairWorld:
    """One pair of systems and the engine's state of it."""

    kinds: tuple[KindMap, ...]
    settings: Settings
    clock: SandboxClock
    ledger: Ledger
    org: SalesforceOrg
    portal: HubSpotPortal
    remotes: dict[SideName, Any]
    store: Store
    entropy: Counted = field(default_factory=Counted)
    report: RunReport = field(default_factory=RunReport)
    runs: int = 0

    def context(self, **more: Any) -> Context:
        """A fresh run's context; its report is the world's newest."""
        self.runs += 1
        self.report = RunReport(run_id=f"run{self.runs}")
        told = {
            "clock": WaitingClock(self.clock),
            "entropy": self.entropy,
            "store": self.store,
            "remotes": self.remotes,
            "kinds": self.kinds,
            "settings": self.settings,
            "report": self.report,
        }
        return Context(**(told | more))

    def look(self, **more: Any) -> Context:
        """The inbound half of a cycle: schemas, observations, ends, links."""
        context = self.context(**more)
        drift.refresh_schemas(context)
        observe.observe(context)
        vanish.vanish(context)
        for kind in context.kinds:
            link.link(context, kind)
        return context

    def wait(self, ms: int = 10 * MINUTE_MS) -> None:
        self.clock.advance(ms)

    def lead(self, **values: Any) -> str:
        return self.org.create("Lead", {"LastName": "Doe", "Company": "Acme", **values}, "human:ann")

    def contact(self, **values: Any) -> str:
        return self.org.create("Contact", {"LastName": "Doe", **values}, "human:ann")

    def person(self, **values: Any) -> str:
        return self.portal.create("contacts", values, "human:bob")

    def links(self, *states: str) -> list[LinkRow]:
        known = ("creating_left", "creating_right", "linked", "broken", "split", "ambiguous", "tombstone")
        with self.store.snapshot() as tx:
            return tx.links.iterate("", list(states or known), "", 10_000)

    def link_of(self, side: SideName, object_name: str, record_id: str) -> LinkRow | None:
        with self.store.snapshot() as tx:
            return tx.links.by_records(side, object_name, [record_id]).get(record_id)

    def record(self, side: SideName, object_name: str, record_id: str) -> RecordRow | None:
        with self.store.snapshot() as tx:
            return tx.records.get_many(side, object_name, [record_id]).get(record_id)

    def reviews(self, kind: str = "link") -> list[ReviewRow]:
        with self.store.snapshot() as tx:
            return [row for row in tx.reviews.list() if row.kind == kind]


def make_pair(
    kinds: tuple[KindMap, ...] | None = None,
    *,
    settings: Settings | None = None,
    org: dict[str, Any] | None = None,
    portal: dict[str, Any] | None = None,
    page_size: int = 2_000,
    store: Store | None = None,
) -> PairWorld:
    """An empty org and an empty portal with our key fields set up, and an empty state."""
    clock, ledger = SandboxClock(), Ledger()
    salesforce = SalesforceOrg(OrgSettings(**(org or {})), clock, ledger)
    hubspot = HubSpotPortal(PortalSettings(**({"index_lag_ms": (0, 0)} | (portal or {}))), clock, ledger)
    for object_name in ("Lead", "Contact", "Account"):
        key = {
            "name": LEFT_KEY,
            "type": "Text",
            "length": 64,
            "unique": True,
            "externalId": True,
            "caseSensitive": False,
        }
        salesforce.add_field(object_name, key)
        salesforce.add_field(object_name, {"name": LEFT_CROSS_REFERENCE, "type": "Text", "length": 32})
    for object_name in ("contacts", "companies"):
        hubspot.add_field(
            object_name, {"name": RIGHT_KEY, "type": "string", "fieldType": "text", "hasUniqueValue": True}
        )
    waiting, entropy, policy = WaitingClock(clock), Counted(10**6), RetryPolicy(attempts=2)
    left = SalesforceRemote(
        SalesforceSettings(
            login_url=SALESFORCE,  # client credentials log in at the My Domain address
            auth="client_credentials",
            client_id=salesforce.settings.apps[0].client_id,
            client_secret=salesforce.settings.apps[0].client_secret,
            threads=1,
            page_size=page_size,
        ),
        waiting,
        entropy,
        policy=policy,
        mounts={SALESFORCE: InProcessAdapter(salesforce.handle, clock.advance)},
    )
    right = HubSpotRemote(
        HubSpotSettings(base_url=HUBSPOT, access_token=hubspot.settings.access_token, calls_per_10_s=100_000),
        waiting,
        entropy,
        policy=policy,
        mounts={HUBSPOT: InProcessAdapter(hubspot.handle, clock.advance)},
    )
    return PairWorld(
        kinds=kinds or (account(), person()),
        settings=settings or Settings(),
        clock=clock,
        ledger=ledger,
        org=salesforce,
        portal=hubspot,
        remotes={"left": left, "right": right},
        store=store or open_store("sqlite://", exclusive=True),
    )
