"""From a section of the configuration to a connected side."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from requests.adapters import BaseAdapter

from connectors.base import Clock, Entropy
from connectors.budget import Budgets
from connectors.hubspot.auth import OAuth
from connectors.hubspot.remote import HubSpotRemote, HubSpotSettings
from connectors.sections import misconfigured, settings_of

_SECTION: Final = "hubspot"


def connect(
    settings: HubSpotSettings | Mapping[str, Any],
    *,
    clock: Clock,
    entropy: Entropy,
    mounts: Mapping[str, BaseAdapter] | None = None,
    probe: Callable[[str], None] = lambda point: None,
    keep_refresh_token: Callable[[str], None] | None = None,
    budgets: Budgets | None = None,
) -> HubSpotRemote:
    """A remote from settings, or from the `[hubspot]` section as it was read; nothing is sent yet.

    `mounts`: address prefix -> `requests` adapter, for a door in process. `probe` is told before and after each call.
    Raises AuthError (code CONFIGURATION) for a key that does not exist or a section without a way to log in.
    """
    if not isinstance(settings, HubSpotSettings):
        settings = settings_from(settings)
    return HubSpotRemote(
        settings,
        clock,
        entropy,
        keep_refresh_token=keep_refresh_token,
        budgets=budgets,
        mounts=mounts,
        probe=probe,
    )


def settings_from(section: Mapping[str, Any]) -> HubSpotSettings:
    """The section's keys as settings; `oauth` is a table of its own. Raises AuthError naming what is wrong."""
    app = section.get("oauth")
    if app is not None:
        section = {**section, "oauth": settings_of(OAuth, app, f"{_SECTION}.oauth", "right")}
    settings = settings_of(HubSpotSettings, section, _SECTION, "right")
    if not settings.access_token and settings.oauth is None:
        raise misconfigured(_SECTION, "right", "needs access_token, or a table oauth")
    return settings
