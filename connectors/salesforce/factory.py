"""From a section of the configuration to a connected side."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from pyrate_limiter import StateStore
from requests.adapters import BaseAdapter

from connectors.base import Clock, Entropy
from connectors.salesforce.remote import SalesforceRemote
from connectors.salesforce.settings import SalesforceSettings
from connectors.sections import misconfigured, settings_of

_SECTION: Final = "salesforce"
_NEEDS: Final[Mapping[str, tuple[str, ...]]] = {
    "jwt": ("login_url", "client_id", "private_key", "username"),
    "client_credentials": ("login_url", "client_id", "client_secret"),
    "refresh_token": ("login_url", "client_id", "refresh_token"),
    "token": ("access_token", "instance_url"),
}


def connect(
    settings: SalesforceSettings | Mapping[str, Any],
    *,
    clock: Clock,
    entropy: Entropy,
    mounts: Mapping[str, BaseAdapter] | None = None,
    probe: Callable[[str], None] = lambda point: None,
    keep_refresh_token: Callable[[str], None] | None = None,
    store_of: Callable[[str], StateStore] | None = None,
) -> SalesforceRemote:
    """A remote from settings, or from the `[salesforce]` section as it was read; nothing is sent yet.

    `mounts`: address prefix -> `requests` adapter, for a door in process. `probe` is told before and after each call.
    Raises AuthError (code CONFIGURATION) for a key that does not exist or a log-in that lacks what it needs.
    """
    if not isinstance(settings, SalesforceSettings):
        settings = settings_from(settings)
    return SalesforceRemote(
        settings, clock, entropy, mounts=mounts, probe=probe, on_rotate=keep_refresh_token, store_of=store_of
    )


def settings_from(section: Mapping[str, Any]) -> SalesforceSettings:
    """The section's keys as settings. Raises AuthError naming an unknown key and the nearest right one."""
    settings = settings_of(SalesforceSettings, section, _SECTION, "left")
    if settings.auth not in _NEEDS:
        raise misconfigured(_SECTION, "left", f"auth = {settings.auth!r} is none of {', '.join(_NEEDS)}")
    lacking = [key for key in _NEEDS[settings.auth] if not getattr(settings, key)]
    if lacking:
        raise misconfigured(_SECTION, "left", f"auth = {settings.auth!r} needs {', '.join(lacking)}")
    return settings
