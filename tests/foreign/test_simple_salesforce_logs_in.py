"""simple-salesforce, unmodified: every way it logs in, and what it makes of a refusal."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import pytest
import requests
from simple_salesforce import Salesforce
from simple_salesforce.exceptions import (
    SalesforceAuthenticationFailed,
    SalesforceExpiredSession,
)

from sandbox.app import Sandbox


def ways(sandbox: Sandbox) -> dict[str, dict[str, Any]]:
    known = sandbox.credentials
    app = {"consumer_key": known.salesforce_client_id}
    secret = {**app, "consumer_secret": known.salesforce_client_secret}
    user = {"username": known.salesforce_username, "password": known.salesforce_password}
    return {
        "SOAP with a security token": {**user, "security_token": "", "domain": "login"},
        "SOAP from a trusted address": {**user, "organizationId": sandbox.org.state.org_id},
        "OAuth user name and password": {**user, **secret},
        "OAuth client credentials": {**secret, "domain": "acme.my"},
        "OAuth JWT": {**app, "username": user["username"], "privatekey_file": known.salesforce_private_key},
        "a session given": {
            "session_id": known.salesforce_access_token,
            "instance_url": sandbox.salesforce_url,
        },
    }


@pytest.mark.parametrize("way", range(6))
def test_each_log_in_opens_the_same_org(sandbox: Sandbox, session: requests.Session, way: int) -> None:
    name, options = list(ways(sandbox).items())[way]
    client = Salesforce(session=session, **options)
    (org,) = client.query("SELECT Id FROM Organization")["records"]
    assert (org["Id"], client.sf_instance) == (sandbox.org.state.org_id, sandbox.salesforce_url.split("//")[1]), name
    assert client.is_sandbox() is False
    assert client.api_usage["api-usage"].total == 100_000


def test_refused_log_ins_say_why(sandbox: Sandbox, session: requests.Session) -> None:
    known = ways(sandbox)
    cases = [
        ({**known["SOAP with a security token"], "password": "wrong"}, "INVALID_LOGIN", "Invalid username, password"),
        ({**known["SOAP with a security token"], "version": "66.0"}, "UNSUPPORTED_API_VERSION", "not supported"),
        ({**known["OAuth client credentials"], "consumer_secret": "no"}, "invalid_client", "invalid client credent"),
        ({**known["OAuth JWT"], "username": "ana@acme.example"}, "invalid_grant", "hasn't approved this consumer"),
        ({**known["OAuth JWT"], "consumer_key": "unknown"}, "invalid_client_id", "client identifier invalid"),
    ]
    for options, code, message in cases:
        told = pytest.warns(UserWarning, match="self-authorize") if "approved" in message else nullcontext()
        with told, pytest.raises(SalesforceAuthenticationFailed, match=message) as refusal:
            Salesforce(session=session, **options)
        assert refusal.value.code == code


def test_a_dead_session_is_an_expired_one_and_is_renewed_where_a_log_in_is_known(
    sandbox: Sandbox, session: requests.Session
) -> None:
    stranger = Salesforce(session=session, session_id="00D000000000001!dead", instance_url=sandbox.salesforce_url)
    with pytest.raises(SalesforceExpiredSession) as refusal:
        stranger.query("SELECT Id FROM Lead")
    assert refusal.value.content == [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]
    client = Salesforce(session=session, **ways(sandbox)["OAuth client credentials"])
    first = client.session_id
    client.oauth2("revoke", {"token": first}, method="POST")
    assert client.limits()["DailyApiRequests"]["Max"] == 100_000
    assert client.session_id != first
