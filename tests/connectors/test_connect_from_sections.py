"""Both sides are built from their section of the configuration, or the section is told what it lacks."""

from __future__ import annotations

import pytest
import responses

from connectors import hubspot, salesforce
from connectors.base import AuthError, RemoteError
from connectors.hubspot import factory as hubspot_factory
from connectors.salesforce import factory as salesforce_factory

ORG = "https://acme.my.salesforce.com"
API = "https://api.hubapi.com"
APP = {"client_id": "a", "client_secret": "s3cret", "refresh_token": "r3fresh"}

WRONG = [
    (salesforce_factory, {"auth": "token", "access_tokn": "x"}, "did you mean 'access_token'"),
    (salesforce_factory, {"auth": "token", "access_token": "x"}, "needs instance_url"),
    (salesforce_factory, {"auth": "jwt", "client_id": "x"}, "needs private_key, username"),
    (salesforce_factory, {"auth": "client_credentials"}, "needs client_id, client_secret"),
    (salesforce_factory, {"auth": "soap"}, "is none of jwt, client_credentials"),
    (hubspot_factory, {}, "needs access_token"),
    (hubspot_factory, {"acess_token": "x"}, "did you mean 'access_token'"),
    (hubspot_factory, {"oauth": {"client_id": "a"}}, "[hubspot.oauth] is not complete"),
    (hubspot_factory, {"oauth": {**APP, "scope": "x"}}, "[hubspot.oauth] has no key 'scope'"),
]


@pytest.mark.parametrize(("factory", "section", "says"), WRONG, ids=[case[2] for case in WRONG])
def test_a_section_that_cannot_log_in_is_refused_with_the_cause(factory, section: dict, says: str) -> None:
    with pytest.raises(AuthError) as caught:
        factory.settings_from(section)
    assert says in caught.value.message
    assert caught.value.code == "CONFIGURATION"
    assert caught.value.action.startswith("Correct the [")


RIGHT = [
    (salesforce_factory, {"auth": "token", "access_token": "s3cret", "instance_url": f"{ORG}/"}, salesforce),
    (hubspot_factory, {"access_token": "s3cret", "api_share": 0.5}, hubspot),
    (hubspot_factory, {"oauth": APP}, hubspot),
]


@pytest.mark.parametrize(("factory", "section", "package"), RIGHT, ids=["salesforce", "token", "app"])
def test_a_section_or_settings_connect_without_a_call_and_then_count_them(
    factory, section, package, clock, wire
) -> None:
    wire.add(responses.GET, f"{ORG}/services/data/v66.0/query", status=401, body="no")
    wire.add(responses.GET, f"{API}/account-info/v3/details", status=401, body="no")
    wire.add(responses.POST, f"{API}/oauth/v1/token", status=400, json={"status": "BAD_REFRESH_TOKEN", "message": "no"})
    settings = factory.settings_from(section)
    assert "s3cret" not in repr(settings)
    assert "r3fresh" not in repr(settings)
    for given in (section, settings):
        remote = factory.connect(given, clock=clock, entropy=None)
        assert (remote.calls.total, type(remote).__module__) == (0, f"{package.__name__}.remote")
        with pytest.raises(RemoteError) as caught:
            remote.identity()
        assert "s3cret" not in str(caught.value)
        assert remote.calls.total == 1
