"""How both systems are reached: secrets fetched from where they are named, the sandbox's card for what is blank."""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from connectors.hubspot.factory import settings_from as hubspot_settings
from connectors.salesforce.factory import settings_from as salesforce_settings
from syncer.config import SecretError, load_config
from syncer.errors import ConfigError, Exit, TemporaryError

ROOT = Path(__file__).parents[2]
SECRET = "never-shown-9f2c"


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("SYNCER_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def card() -> Iterator[dict[str, str]]:
    """The card of a sandbox whose two ports are open."""
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as two:
        made = {
            "salesforce_url": f"https://127.0.0.1:{one.getsockname()[1]}",
            "hubspot_url": f"https://127.0.0.1:{two.getsockname()[1]}",
            "ca_bundle": "/somewhere/ca.pem",
            "salesforce_private_key": "/somewhere/jwt.key",
            "salesforce_client_id": "app",
            "salesforce_username": "sync@acme.example",
            "salesforce_access_token": "00D!x",
            "hubspot_access_token": "pat-x",
        }
        Path("var/sandbox").mkdir(parents=True)
        Path("var/sandbox/sandbox.json").write_text(json.dumps(made))
        yield made


def write(text: str) -> Path:
    path = Path("config.toml")
    path.write_text(text)
    return path


def test_secrets_are_fetched_where_they_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THE_SECRET", SECRET)
    Path("key.pem").write_text(f"-----BEGIN PRIVATE KEY-----\n{SECRET}\n")
    keyring = ModuleType("keyring")
    keyring.get_password = lambda service, name: SECRET if (service, name) == ("syncer", "hubspot") else None
    keyring.errors = type("errors", (), {"KeyringError": RuntimeError})
    monkeypatch.setitem(sys.modules, "keyring", keyring)
    loaded = load_config(
        write(
            '[salesforce]\nclient_id = "app"\nusername = "u"\nprivate_key = "file:key.pem"\n'
            'client_secret = "env:THE_SECRET"\n[hubspot]\naccess_token = "keyring:syncer/hubspot"\n'
        )
    )
    salesforce, hubspot = loaded.salesforce_login(), loaded.hubspot_login()
    assert (salesforce.auth, salesforce.client_secret) == ("jwt", SECRET)
    assert salesforce.private_key.endswith(SECRET)
    assert salesforce.login_url == "https://login.salesforce.com"
    assert hubspot.access_token == SECRET
    assert SECRET not in f"{salesforce!r}{hubspot!r}{loaded!r}"


@pytest.mark.parametrize(
    ("reference", "name", "says"),
    [
        ("env:NOT_SET", "SecretMissing", "Set NOT_SET"),
        ("env:EMPTY", "SecretEmpty", "EMPTY"),
        ("file:nowhere", "SecretUnreadable", "Create it"),
        ("keyring:syncer", "SecretMisnamed", "keyring:SERVICE/NAME"),
    ],
)
def test_a_secret_that_cannot_be_had_says_who_must_do_what(
    reference: str, name: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMPTY", " ")
    loaded = load_config(write(f'[hubspot]\naccess_token = "{reference}"\n'))
    with pytest.raises(SecretError) as caught:
        loaded.hubspot_login()
    assert (caught.value.name, caught.value.exit_code) == (name, Exit.CONFIG)
    assert "[hubspot] access_token" in caught.value.message
    assert says in caught.value.action


@pytest.mark.parametrize(
    ("text", "side", "missing"),
    [
        ('[salesforce]\nauth = "token"\ninstance_url = "https://a.example"\n', "salesforce", "access_token"),
        ('[salesforce]\nauth = "jwt"\nclient_id = "x"\nusername = "u"\n', "salesforce", "private_key"),
        ('[salesforce]\nauth = "client_credentials"\n', "salesforce", "client_id"),
        ("", "hubspot", "access_token"),
        ('[hubspot]\nclient_id = "x"\nclient_secret = "env:HOME"\n', "hubspot", "refresh_token"),
    ],
)
def test_a_log_in_that_lacks_something_names_the_key(text: str, side: str, missing: str) -> None:
    loaded = load_config(write(text))
    with pytest.raises(ConfigError) as caught:
        getattr(loaded, f"{side}_login")()
    assert caught.value.problems[0].wrong == missing


def test_the_example_takes_everything_from_a_running_sandbox(card: dict[str, str]) -> None:
    Path("config.example.toml").write_text((ROOT / "config.example.toml").read_text())
    loaded = load_config()
    salesforce = salesforce_settings(loaded.salesforce_login().section())
    hubspot = hubspot_settings(loaded.hubspot_login().section())
    assert (salesforce.login_url, salesforce.auth) == (card["salesforce_url"], "jwt")
    assert (salesforce.private_key, salesforce.ca_bundle) == (card["salesforce_private_key"], card["ca_bundle"])
    assert (hubspot.base_url, hubspot.access_token) == (card["hubspot_url"], card["hubspot_access_token"])


@pytest.mark.parametrize("left_over", [False, True])
def test_a_sandbox_that_does_not_run_is_said_so(left_over: bool) -> None:
    if left_over:
        with socket.create_server(("127.0.0.1", 0)) as closed:
            url = f"https://127.0.0.1:{closed.getsockname()[1]}"
        Path("s.json").write_text(json.dumps({"salesforce_url": url, "hubspot_url": url}))
    loaded = load_config(write('[sandbox]\nfile = "s.json"\n'))
    for ask in (loaded.salesforce_login, loaded.hubspot_login):
        with pytest.raises(TemporaryError) as caught:
            ask()
        assert (caught.value.name, caught.value.exit_code) == ("SandboxNotRunning", Exit.TEMPORARY)
        assert "syncer sandbox" in caught.value.action


def test_an_address_elsewhere_takes_nothing_from_the_sandbox(card: dict[str, str]) -> None:
    text = '[sandbox]\nfile = "var/sandbox/sandbox.json"\n[hubspot]\nbase_url = "https://api.hubapi.com"\n'
    with pytest.raises(ConfigError, match="lacks access_token"):
        load_config(write(text)).hubspot_login()
    local = text.replace("https://api.hubapi.com", "http://127.0.0.1:1")
    assert load_config(write(local)).hubspot_login().access_token == card["hubspot_access_token"]


def test_an_installed_app_is_handed_on_as_the_connector_wants_it() -> None:
    text = '[hubspot]\nbase_url = "http://127.0.0.1:1"\nclient_id = "a"\nclient_secret = "b"\nrefresh_token = "c"\n'
    settings = hubspot_settings(load_config(write(text)).hubspot_login().section())
    assert settings.oauth is not None
    assert (settings.oauth.client_id, settings.oauth.refresh_token, settings.access_token) == ("a", "c", None)
