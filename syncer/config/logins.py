"""How to reach both systems: what the file says, and from the sandbox's card what it leaves blank."""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from pydantic import SecretStr

from syncer.config.models import Config, HubSpotSection, SalesforceSection
from syncer.config.secrets import fetch
from syncer.errors import ConfigError, FileProblem, TemporaryError

SalesforceAuth = Literal["jwt", "client_credentials", "token", "refresh_token"]

_PRODUCTION: Final = "https://login.salesforce.com"
_NEEDS: Final[Mapping[str, tuple[str, ...]]] = {
    "jwt": ("client_id", "private_key", "username"),
    "client_credentials": ("client_id", "client_secret"),
    "token": ("access_token", "instance_url"),
    "refresh_token": ("client_id", "refresh_token"),
}
_APP: Final = ("client_id", "client_secret", "refresh_token")
_CONNECT_S: Final = 2.0


@dataclass(frozen=True, slots=True)
class SalesforceLogin:
    """Named as the connector's settings, so that they can be made of it; secrets never show in a repr."""

    login_url: str
    instance_url: str | None
    auth: SalesforceAuth
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    private_key: str = field(default="", repr=False)
    username: str = ""
    access_token: str = field(default="", repr=False)
    refresh_token: str = field(default="", repr=False)
    audience: str | None = None
    ca_bundle: str | None = None
    api_share: float = 0.8
    threads: int = 4
    api_version: str | None = None  # None: the connector's own

    def section(self) -> dict[str, Any]:
        """What is said, as the connector's `connect` takes it. Holds secrets: hand it on, never print it."""
        return _said(self)


@dataclass(frozen=True, slots=True)
class HubSpotLogin:
    """A token, or the three parts of an installed app."""

    base_url: str | None  # None: the connector's own
    access_token: str = field(default="", repr=False)
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    refresh_token: str = field(default="", repr=False)
    ca_bundle: str | None = None
    api_share: float = 0.8
    calls_per_10_s: int = 100

    def section(self) -> dict[str, Any]:
        """What is said, as the connector's `connect` takes it. Holds secrets: hand it on, never print it."""
        said = _said(self)
        app = {name: said.pop(name) for name in _APP if name in said}
        return said if self.access_token else {**said, "oauth": app}


def _said(login: SalesforceLogin | HubSpotLogin) -> dict[str, Any]:
    return {name: value for name in login.__slots__ if (value := getattr(login, name)) not in (None, "")}


def is_loopback(url: str) -> bool:
    """Whether that address is this machine."""
    try:
        host = urlsplit(url if "//" in url else f"//{url}").hostname or ""
        if host == "localhost" or host.endswith(".localhost"):
            return True
        return ip_address(host).is_loopback
    except ValueError:
        return False


def salesforce_login(config: Config, folder: Path, shown: str) -> SalesforceLogin:
    """See `Loaded.salesforce_login`."""
    section = config.salesforce
    given = _given(section, "salesforce", folder)
    card = _card(config, folder, [section.login_url, section.instance_url], "salesforce")
    auth: SalesforceAuth = section.auth or _likely(given, card)
    for name in ("client_id", "client_secret", "private_key", "username", "access_token", "refresh_token"):
        given[name] = given[name] or card.get(f"salesforce_{name}", "")
    url = card.get("salesforce_url")
    given["instance_url"] = given["instance_url"] or (url if auth == "token" else "")
    given["login_url"] = given["login_url"] or given["instance_url"] or url or _PRODUCTION
    missing = [name for name in _NEEDS[auth] if not given[name]]
    if missing:
        raise _incomplete("salesforce", missing, f'the log-in by "{auth}"', shown)
    return SalesforceLogin(
        login_url=given["login_url"],
        instance_url=given["instance_url"] or None,
        auth=auth,
        client_id=given["client_id"],
        client_secret=given["client_secret"],
        private_key=_key(given["private_key"], folder),
        username=given["username"],
        access_token=given["access_token"],
        refresh_token=given["refresh_token"],
        audience=section.audience,
        ca_bundle=_path(section.ca_bundle, folder) or card.get("ca_bundle"),
        api_share=section.api_share,
        threads=section.threads,
        api_version=section.api_version,
    )


def hubspot_login(config: Config, folder: Path, shown: str) -> HubSpotLogin:
    """See `Loaded.hubspot_login`."""
    section = config.hubspot
    given = _given(section, "hubspot", folder)
    card = _card(config, folder, [section.base_url], "hubspot")
    lacking = [name for name in _APP if not given[name]]
    if len(lacking) == len(_APP):
        given["access_token"] = given["access_token"] or card.get("hubspot_access_token", "")
    if not given["access_token"] and lacking:
        missing = ["access_token"] if len(lacking) == len(_APP) else lacking
        raise _incomplete("hubspot", missing, "the log-in", shown)
    return HubSpotLogin(
        base_url=given["base_url"] or card.get("hubspot_url") or None,
        access_token=given["access_token"],
        client_id=given["client_id"],
        client_secret=given["client_secret"],
        refresh_token=given["refresh_token"],
        ca_bundle=_path(section.ca_bundle, folder) or card.get("ca_bundle"),
        api_share=section.api_share,
        calls_per_10_s=section.calls_per_10_s,
    )


def _given(section: SalesforceSection | HubSpotSection, name: str, folder: Path) -> dict[str, str]:
    """Every text of the section, secrets fetched."""
    found: dict[str, str] = {}
    for key in type(section).model_fields:
        value: Any = getattr(section, key)
        if isinstance(value, SecretStr):
            found[key] = fetch(value.get_secret_value(), f"[{name}] {key}", folder)
        else:
            found[key] = value if isinstance(value, str) else ""
    return found


def _likely(given: Mapping[str, str], card: Mapping[str, str]) -> SalesforceAuth:
    """Where `auth` is not said: the way that what is there is made for."""
    if given["access_token"]:
        return "token"
    if given["private_key"] or card:
        return "jwt"
    if given["refresh_token"]:
        return "refresh_token"
    return "client_credentials" if given["client_secret"] else "jwt"


def _incomplete(section: str, missing: list[str], purpose: str, shown: str) -> ConfigError:
    said = f"[{section}] lacks {', '.join(missing)}, which {purpose} needs."
    action = f"Add {missing[0]} to [{section}], or set SYNCER_{section.upper()}__{missing[0].upper()}."
    return ConfigError([FileProblem(shown, 0, 0, "MissingKey", said, action, missing[0])])


def _path(given: str | None, folder: Path) -> str | None:
    return str(folder / Path(given).expanduser()) if given else None


def _key(given: str, folder: Path) -> str:
    return given if not given or "PRIVATE KEY" in given else str(folder / Path(given).expanduser())


def card_of(config: Config, folder: Path) -> Mapping[str, str]:
    """What the running sandbox says of itself. Raises TemporaryError where it does not run."""
    return _card(config, folder, [], "salesforce")


def _card(config: Config, folder: Path, urls: list[str | None], side: str) -> Mapping[str, str]:
    """What the running sandbox says of itself; nothing where the section names an address off this machine."""
    if config.sandbox is None or not all(is_loopback(url) for url in urls if url):
        return {}
    path = folder / config.sandbox.file
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
        url = str(card[f"{side}_url"])
        parts = urlsplit(url)
        if not any(urls):
            socket.create_connection((parts.hostname or "", parts.port or 443), timeout=_CONNECT_S).close()
    except (OSError, ValueError, KeyError, TypeError):
        if any(urls):
            return {}  # the section has an address of its own: what else it lacks is reported by name
        raise TemporaryError(
            "SandboxNotRunning",
            f"The configuration points at the sandbox, which is not running ({path}).",
            "Start it first: syncer sandbox. For your own systems copy config.example.toml to config.toml and edit it.",
        ) from None
    return {name: value for name, value in card.items() if isinstance(value, str)}
