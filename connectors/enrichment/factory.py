"""From a section `[enrichment.<provider>]` of the configuration to a source that can be asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, Final

from requests.adapters import BaseAdapter

from connectors.base import Clock, Entropy
from connectors.enrichment.apollo import apollo
from connectors.enrichment.builtwith import builtwith
from connectors.enrichment.companies_house import companies_house
from connectors.enrichment.dns import dns
from connectors.enrichment.edgar import edgar
from connectors.enrichment.gleif import gleif
from connectors.enrichment.hunter import hunter
from connectors.enrichment.job_boards import job_boards
from connectors.enrichment.lookup import Access
from connectors.enrichment.pdl import pdl
from connectors.enrichment.provider import Provider
from connectors.enrichment.site import site
from connectors.sections import misconfigured, settings_of

PROVIDERS: Final[Mapping[str, Callable[..., Provider]]] = {
    "apollo": apollo,
    "builtwith": builtwith,
    "companies_house": companies_house,
    "dns": dns,
    "edgar": edgar,
    "gleif": gleif,
    "hunter": hunter,
    "job_boards": job_boards,
    "pdl": pdl,
    "site": site,
}
KEYED: Final = frozenset({"apollo", "builtwith", "companies_house", "hunter", "pdl"})


@dataclass(frozen=True, slots=True)
class Section:
    """What a section may hold. `daily_credits` binds whoever asks; a source itself knows no day."""

    base_url: str = ""
    api_key: str = field(default="", repr=False)
    contact: str = ""
    rules: str = ""  # site: a file of fingerprints in place of our own
    daily_credits: int = 0


def connect(
    name: str,
    section: Mapping[str, Any],
    *,
    clock: Clock,
    entropy: Entropy,
    ca_bundle: str | None = None,
    mounts: Mapping[str, BaseAdapter] | None = None,
) -> Provider:
    """The source of that name; nothing is sent yet. `mounts`: address prefix -> adapter, for a door in process.

    Raises AuthError (code CONFIGURATION) for an unknown source, a key that does not exist, or a missing `api_key`.
    """
    place = f"enrichment.{name}"
    make = PROVIDERS.get(name)
    if make is None:
        near = get_close_matches(name, PROVIDERS, n=1)
        raise misconfigured(place, None, "names no source" + (f"; did you mean {near[0]!r}?" if near else ""))
    given = {key: value for key, value in section.items() if value is not None}
    told = settings_of(Section, given, place, None)
    if name in KEYED and not told.api_key:
        raise misconfigured(place, None, "needs api_key")
    access = Access(told.base_url.rstrip("/"), told.api_key, told.contact, ca_bundle, told.rules)
    return make(access, clock, entropy, mounts=mounts)
