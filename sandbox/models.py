"""Both models, configured and filled, with their people: the sandbox without its listeners."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from sandbox.credentials import Credentials
from sandbox.faults import Door
from sandbox.hubspot import HubSpotPortal, PortalSettings
from sandbox.kernel import Ledger, SandboxClock
from sandbox.loading import Loader, LoadReport
from sandbox.options import SandboxOptions
from sandbox.people import People
from sandbox.population import Later, Population, World, populate
from sandbox.salesforce import OrgSettings, SalesforceOrg
from sandbox.salesforce.sessions import Session
from sandbox.salesforce.settings import ClientApp
from sandbox.vendors import Vendors

_FOREVER_MS: Final = 1 << 50


@dataclass(frozen=True, slots=True)
class Models:
    """One world in both systems; `doors` by system name."""

    clock: SandboxClock
    ledger: Ledger
    org: SalesforceOrg
    portal: HubSpotPortal
    population: Population
    people: People
    later: Later
    vendors: Vendors
    load_reports: list[LoadReport]
    doors: Mapping[str, Door]

    @classmethod
    def filled(
        cls, options: SandboxOptions, urls: Mapping[str, str], known: Credentials, public_key: str, start_ms: int
    ) -> Self:
        """Seeds the population, then loads the files. Raises LoadError."""
        clock, ledger = SandboxClock(start_ms), Ledger()
        org = SalesforceOrg(_org_settings(options, urls["salesforce"], known, public_key), clock, ledger)
        portal = HubSpotPortal(_portal_settings(options, urls["hubspot"], known), clock, ledger)
        _let_in(org, known, start_ms)
        world = World(options.seed, options.accounts, options.people)
        population = populate(world, org, portal, start_ms)
        vendors = Vendors(world, clock, urls["vendors"], known.vendor_keys())
        tokens = {"salesforce": known.salesforce_access_token, "hubspot": known.hubspot_access_token}
        loader = Loader(org, portal, tokens)
        return cls(
            clock=clock,
            ledger=ledger,
            org=org,
            portal=portal,
            population=population,
            people=People(options.seed, org, portal),
            later=Later(population, org, portal, clock),
            vendors=vendors,
            load_reports=[loader.load(wanted) for wanted in options.load],
            doors={"salesforce": org, "hubspot": portal, "vendors": vendors},
        )


def _org_settings(options: SandboxOptions, url: str, known: Credentials, public_key: str) -> OrgSettings:
    app = ClientApp(
        client_id=known.salesforce_client_id,
        client_secret=known.salesforce_client_secret,
        public_key=public_key,
        approved_users=(known.salesforce_username,),
        run_as=known.salesforce_username,
        refresh_tokens=(known.salesforce_refresh_token,),
    )
    settings: dict[str, Any] = {
        "instance_url": url,
        "login_url": url,
        "username": known.salesforce_username,
        "password": known.salesforce_password,
        "apps": (app,),
        "seed": options.seed,
        **options.org,
    }
    return OrgSettings(**settings)


def _portal_settings(options: SandboxOptions, url: str, known: Credentials) -> PortalSettings:
    settings: dict[str, Any] = {
        "seed": options.seed,
        "api_base": url,
        "access_token": known.hubspot_access_token,
        "client_id": known.hubspot_client_id,
        "client_secret": known.hubspot_client_secret,
        "refresh_token": known.hubspot_refresh_token,
        **options.portal,
    }
    return PortalSettings(**settings)


def _let_in(org: SalesforceOrg, known: Credentials, now_ms: int) -> None:
    """The fixed Salesforce token; unlike the session of a log-in it lasts as long as the sandbox."""
    token = known.salesforce_access_token
    org.state.sessions[token] = Session(
        token, org.state.user_id, "syncer", known.salesforce_client_id, now_ms, _FOREVER_MS
    )
