"""From a section of the configuration to a connected side."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from difflib import get_close_matches
from typing import Any

from pyrate_limiter import StateStore
from requests.adapters import BaseAdapter

from connectors.base import AuthError, Clock, Entropy
from connectors.salesforce.remote import SalesforceRemote
from connectors.salesforce.settings import SalesforceSettings


def connect(
    settings: SalesforceSettings | Mapping[str, Any],
    *,
    clock: Clock,
    entropy: Entropy,
    mounts: Mapping[str, BaseAdapter] | None = None,
    probe: Callable[[str], None] = lambda point: None,
    on_rotate: Callable[[str], None] | None = None,
    store_of: Callable[[str], StateStore] | None = None,
) -> SalesforceRemote:
    """A remote from settings, or from the `[salesforce]` section as it was read; nothing is sent yet.

    `mounts`: address prefix -> `requests` adapter, for a door in process. `probe` is told each port call. Raises
    AuthError (code CONFIGURATION) for a key that does not exist or a log-in that lacks what it needs.
    """
    if not isinstance(settings, SalesforceSettings):
        settings = settings_from(settings)
    return SalesforceRemote(
        settings, clock, entropy, mounts=mounts, probe=probe, on_rotate=on_rotate, store_of=store_of
    )


def settings_from(section: Mapping[str, Any]) -> SalesforceSettings:
    """The section's keys as settings. Raises AuthError naming an unknown key and the nearest right one."""
    known = [field.name for field in fields(SalesforceSettings)]
    for key in section:
        if key not in known:
            near = get_close_matches(key, known, n=1)
            raise _wrong(f"[salesforce] has no key {key!r}" + (f"; did you mean {near[0]!r}?" if near else ""))
    settings = SalesforceSettings(**section)
    if settings.auth not in _NEEDS:
        raise _wrong(f"[salesforce] auth = {settings.auth!r} is none of {', '.join(_NEEDS)}")
    lacking = [key for key in _NEEDS[settings.auth] if not getattr(settings, key)]
    if lacking:
        raise _wrong(f"[salesforce] auth = {settings.auth!r} needs {', '.join(lacking)}")
    return settings


_NEEDS: Mapping[str, tuple[str, ...]] = {
    "jwt": ("login_url", "client_id", "private_key", "username"),
    "client_credentials": ("login_url", "client_id", "client_secret"),
    "refresh_token": ("login_url", "client_id", "refresh_token"),
    "token": ("access_token", "instance_url"),
}


def _wrong(message: str) -> AuthError:
    return AuthError(message, side="left", code="CONFIGURATION", action="Correct the [salesforce] section.")
