"""The sources of company data that the configuration opens: `[enrichment.NAME]`, or the sandbox's card.

A source that has no section is never asked, though enrichment.toml names it: who is asked about customers is said by
name. With the sandbox all of its vendors are open.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from syncer.config.logins import card_of
from syncer.config.models import Config
from syncer.config.secrets import fetch

_CONTACT = "operator@syncer.example"  # the sandbox's register of companies wants one, as the real one does


@dataclass(frozen=True, slots=True)
class Source:
    """One section, secrets fetched, as `connectors.enrichment.factory.connect` takes it."""

    name: str
    section: Mapping[str, Any]
    ca_bundle: str | None
    daily_credits: int | None  # None: no cap but those of enrichment.toml


def sources(config: Config, folder: Path) -> dict[str, Source]:
    """By name. Raises SecretError, and TemporaryError where the sandbox is named and does not run."""
    found: dict[str, Source] = {}
    card = card_of(config, folder) if config.sandbox is not None else {}
    for key, url in card.items():
        name = key.removesuffix("_url")
        if key.endswith("_url") and name not in ("salesforce", "hubspot", "vendors"):
            given = {"base_url": url, "api_key": card.get(f"{name}_api_key"), "contact": _CONTACT}
            told = {part: value for part, value in given.items() if value}
            found[name] = Source(name, told, card.get("ca_bundle"), None)
    for name, section in config.enrichment.items():
        mine = found.get(name)
        told = dict(mine.section) if mine is not None and section.base_url is None else {}
        for part in ("base_url", "contact", "rules"):
            if (value := getattr(section, part)) is not None:
                told[part] = value
        if section.api_key is not None:
            told["api_key"] = fetch(section.api_key.get_secret_value(), f"[enrichment.{name}] api_key", folder)
        bundle = str(folder / section.ca_bundle) if section.ca_bundle else mine.ca_bundle if mine and told else None
        found[name] = Source(name, told, bundle, section.daily_credits)
    return found
