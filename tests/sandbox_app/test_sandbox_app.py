"""The sandbox as a whole, over real HTTPS with its own authority verified."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import jwt
import pytest
import requests

from sandbox.app import Sandbox, SandboxOptions
from sandbox.errors import SandboxError
from sandbox.vendors import VENDORS


@pytest.fixture(scope="module")
def sandbox(start) -> Sandbox:
    return start(accounts=12, people=40)


def test_both_systems_answer_over_tls_that_a_client_can_verify(sandbox, client_of) -> None:
    client = client_of(sandbox)
    counted = client.salesforce("/services/data/v62.0/query?q=SELECT+COUNT()+FROM+Account")
    assert counted.status_code == 200
    assert counted.json()["totalSize"] == len(sandbox.population.accounts) > 0
    page = client.hubspot("/crm/v3/objects/contacts?limit=100")
    assert page.status_code == 200
    assert len(page.json()["results"]) == len(sandbox.population.right) > 0
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(sandbox.salesforce_url, timeout=10)


def test_wrong_tokens_are_turned_away_and_vendors_answer_not_found_in_json(sandbox, client_of) -> None:
    client = client_of(sandbox)
    assert client.salesforce("/services/data/v62.0/limits", token="00D!wrong").status_code == 401
    nothing = client.session.get(f"{sandbox.vendors_url}/v1/companies", timeout=10)
    assert nothing.status_code == 404
    assert "no vendor" in nothing.json()["message"]


@pytest.mark.parametrize("flow", ["jwt", "client_credentials", "refresh_token"])
def test_every_way_of_logging_in_to_salesforce_gives_a_session_that_reads(sandbox, client_of, flow: str) -> None:
    known, client = sandbox.credentials, client_of(sandbox)
    form = {"client_id": known.salesforce_client_id, "client_secret": known.salesforce_client_secret}
    if flow == "jwt":
        claims = {
            "iss": known.salesforce_client_id,
            "sub": known.salesforce_username,
            "aud": sandbox.salesforce_url,
            "exp": sandbox.clock.now_ms() // 1000 + 120,
        }
        key = Path(known.salesforce_private_key).read_text()
        grant = "urn:ietf:params:oauth:grant-type:jwt-bearer"
        form = {"grant_type": grant, "assertion": jwt.encode(claims, key, "RS256")}
    else:
        form |= {"grant_type": flow, "refresh_token": known.salesforce_refresh_token}
    answer = client.session.post(f"{sandbox.salesforce_url}/services/oauth2/token", data=form, timeout=10)
    assert answer.status_code == 200, answer.text
    assert answer.json()["instance_url"] == sandbox.salesforce_url
    assert client.salesforce("/services/data/v62.0/limits", answer.json()["access_token"]).status_code == 200


def test_a_hubspot_app_buys_tokens_with_the_fixed_refresh_token(sandbox, client_of) -> None:
    known, client = sandbox.credentials, client_of(sandbox)
    form = {
        "grant_type": "refresh_token",
        "client_id": known.hubspot_client_id,
        "client_secret": known.hubspot_client_secret,
        "refresh_token": known.hubspot_refresh_token,
    }
    answer = client.session.post(f"{sandbox.hubspot_url}/oauth/v1/token", data=form, timeout=10)
    assert answer.status_code == 200, answer.text
    assert answer.json()["access_token"]


def test_the_card_beside_the_state_holds_all_a_client_needs_and_only_its_owner_may_read_it(sandbox) -> None:
    card = json.loads(sandbox.card_path.read_text())
    assert card == sandbox.card()
    assert card["salesforce_url"] == sandbox.salesforce_url
    assert Path(card["ca_bundle"]).read_text().startswith("-----BEGIN CERTIFICATE")
    for path in (sandbox.card_path, Path(card["salesforce_private_key"])):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_port_that_is_taken_and_an_unknown_profile_are_named(start, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SandboxError, match=f"port {port} of hubspot") as caught:
            start(hubspot_port=port)
        assert "--hubspot-port" in caught.value.action
    with pytest.raises(SandboxError, match="stormy"):
        start(faults="stormy")
    with pytest.raises(SandboxError, match="accounts is -1"):
        start(accounts=-1)


def test_plain_http_needs_no_certificates(start, client_of) -> None:
    plain = start(accounts=1, people=1, plain_http=True)
    assert plain.ca_bundle is None
    assert plain.salesforce_url.startswith("http://127.0.0.1:")
    assert client_of(plain).hubspot("/crm/v3/objects/contacts").status_code == 200


def test_the_command_prints_one_entry_a_line_and_ends_on_a_signal(tmp_path: Path) -> None:
    program = (
        "from pathlib import Path; from sandbox.app import SandboxOptions, serve; "
        f"serve(SandboxOptions(accounts=2, people=4, folder=Path({str(tmp_path)!r})))"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline().strip() for _ in range(len(SandboxCard.NAMES))]
        card = dict(line.split("=", 1) for line in lines)
        assert set(card) == set(SandboxCard.NAMES)
        answer = requests.get(f"{card['hubspot_url']}/__sandbox__/clock", verify=card["ca_bundle"], timeout=10)
        assert abs(answer.json()["now_ms"] - time.time() * 1000) < 60_000
        os.kill(process.pid, signal.SIGTERM)
        assert process.wait(timeout=20) == 0


class SandboxCard:
    NAMES = (
        "salesforce_url", "hubspot_url", "vendors_url", "ca_bundle", "salesforce_private_key", "salesforce_username",
        "salesforce_password", "salesforce_client_id", "salesforce_client_secret", "salesforce_access_token",
        "salesforce_refresh_token", "hubspot_access_token", "hubspot_client_id", "hubspot_client_secret",
        "hubspot_refresh_token", "pdl_api_key", "apollo_api_key", "hunter_api_key", "builtwith_api_key",
        "companies_house_api_key", *(f"{name}_url" for name in VENDORS),
    )  # fmt: skip


def test_two_sandboxes_of_one_seed_hold_the_same_world(start) -> None:
    first, second = (start(accounts=5, people=20, start_ms=1_767_225_600_000) for _ in range(2))
    for object_name in ("Lead", "Contact", "Account", "Task", "Event"):
        assert list(first.org.records(object_name)) == list(second.org.records(object_name))
    for object_name in ("contacts", "companies", "calls"):
        assert list(first.portal.records(object_name)) == list(second.portal.records(object_name))
    assert len(first.ledger) == 0


def test_options_reach_the_models(start) -> None:
    made = start(accounts=0, people=0, org={"daily_limit": 7}, portal={"portal_id": 42})
    assert made.org.settings.daily_limit == 7
    assert made.portal.settings.portal_id == 42
    assert isinstance(made.options, SandboxOptions)
