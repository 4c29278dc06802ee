"""Log-in: every flow, its refusals, rotation, and the 401 in the middle of work."""

from __future__ import annotations

import base64
from urllib.parse import parse_qs

import jwt
import pytest
import responses
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from connectors.base import AuthError, Op, OutcomeState, TransientError, Write
from connectors.salesforce.auth import audience

NOW_MS = 1_767_600_000_000
ORG = "https://acme.my.salesforce.com"
ROOT = f"{ORG}/services/data/v66.0"
TOKEN = "https://login.salesforce.com/services/oauth2/token"
GRANTED = {"access_token": "00Dxx0000001gPL!one", "instance_url": ORG + "/", "token_type": "Bearer"}
NO_ROWS = {"totalSize": 0, "done": True, "records": []}


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(scope="module")
def pem(key: rsa.RSAPrivateKey) -> str:
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


def logging_in(make_remote, **more: object):
    return make_remote(access_token="", instance_url=None, **more)


@pytest.mark.parametrize("as_file", [False, True])
def test_jwt(make_remote, wire, key, pem, tmp_path, as_file: bool) -> None:
    if as_file:
        (tmp_path / "key.pem").write_text(pem)
    given = str(tmp_path / "key.pem") if as_file else pem
    wire.add(responses.POST, TOKEN, json=GRANTED)
    wire.add(responses.GET, f"{ROOT}/query", json=NO_ROWS)
    remote = logging_in(make_remote, auth="jwt", private_key=given, client_id="3MVG9", username="sync@acme.example")
    remote.owners()
    form = parse_qs(wire.calls[0].request.body.decode())
    assert form["grant_type"] == ["urn:ietf:params:oauth:grant-type:jwt-bearer"]
    claims = jwt.decode(
        form["assertion"][0],
        key.public_key(),
        algorithms=["RS256"],
        audience="https://login.salesforce.com",
        options={"verify_exp": False},
    )
    assert claims["iss"] == "3MVG9"
    assert claims["sub"] == "sync@acme.example"
    assert claims["exp"] == NOW_MS // 1000 + 180
    assert wire.calls[1].request.url.startswith(f"{ROOT}/query?")  # one slash, whatever instance_url ended with
    assert wire.calls[1].request.headers["Authorization"] == "Bearer 00Dxx0000001gPL!one"


def test_client_credentials(make_remote, wire) -> None:
    wire.add(responses.POST, f"{ORG}/services/oauth2/token", json=GRANTED)
    wire.add(responses.GET, f"{ROOT}/query", json=NO_ROWS)
    remote = logging_in(make_remote, auth="client_credentials", login_url=ORG, client_id="id", client_secret="s:1")
    remote.owners()
    request = wire.calls[0].request
    assert request.headers["Authorization"] == "Basic " + base64.b64encode(b"id:s:1").decode()
    assert request.body == b"grant_type=client_credentials"


def test_client_credentials_need_the_my_domain_address(make_remote) -> None:
    with pytest.raises(AuthError, match="My Domain"):
        logging_in(make_remote, auth="client_credentials", client_id="id", client_secret="s").owners()


def test_a_rotated_refresh_token_is_handed_over_before_use_and_used_next(make_remote, wire, clock) -> None:
    handed: list[tuple[str, int]] = []
    wire.add(responses.POST, TOKEN, json={**GRANTED, "refresh_token": "second"})
    wire.add(responses.POST, TOKEN, json={**GRANTED, "access_token": "00Dxx0000001gPL!two", "refresh_token": "second"})
    wire.add(responses.GET, f"{ROOT}/query", json=NO_ROWS)
    wire.add(responses.GET, f"{ROOT}/query", status=401, json=[{"errorCode": "INVALID_SESSION_ID", "message": ""}])
    wire.add(responses.GET, f"{ROOT}/query", json=NO_ROWS)
    remote = logging_in(
        make_remote,
        auth="refresh_token",
        client_id="id",
        refresh_token="first",
        on_rotate=lambda token: handed.append((token, len(wire.calls))),
    )
    remote.owners()
    clock.ms += 7_200_000
    remote.owners()
    sent = [parse_qs(call.request.body.decode())["refresh_token"] for call in wire.calls if call.request.url == TOKEN]
    assert handed == [("second", 1)]  # not again for the same token
    assert sent == [["first"], ["second"]]


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, {"error": "invalid_grant", "error_description": "expired access/refresh token"}),
        (401, {"error": "invalid_client", "error_description": "invalid client credentials"}),
    ],
)
def test_a_refused_log_in_is_told_once_with_what_to_do(make_remote, wire, pem, status: int, body: dict) -> None:
    wire.add(responses.POST, TOKEN, status=status, json=body)
    remote = logging_in(make_remote, attempts=5, auth="jwt", private_key=pem, client_id="id", username="u")
    with pytest.raises(AuthError) as caught:
        remote.owners()
    assert caught.value.action
    assert len(wire.calls) == 1


def test_a_log_in_that_meets_a_busy_server_is_tried_again(make_remote, wire, pem) -> None:
    wire.add(responses.POST, TOKEN, status=503, body="<html>")
    wire.add(responses.POST, TOKEN, json=GRANTED)
    wire.add(responses.GET, f"{ROOT}/query", json=NO_ROWS)
    logging_in(make_remote, attempts=3, auth="jwt", private_key=pem, client_id="id", username="u").owners()
    assert len(wire.calls) == 3


def test_a_log_in_without_an_answer_is_transient_and_not_multiplied(make_remote, wire, pem) -> None:
    wire.add(responses.POST, TOKEN, status=503, body="<html>")
    with pytest.raises(TransientError):
        logging_in(make_remote, attempts=3, auth="jwt", private_key=pem, client_id="id", username="u").owners()
    assert len(wire.calls) == 3


def test_an_unusable_key_is_a_fault_of_the_configuration(make_remote) -> None:
    with pytest.raises(AuthError, match="private_key"):
        logging_in(make_remote, auth="jwt", private_key="/nowhere.pem", client_id="id", username="u").owners()


@pytest.mark.parametrize("address", ["https://acme.lightning.force.com", "http://acme.my.salesforce.com", "acme"])
def test_addresses_that_are_refused(make_remote, address: str) -> None:
    with pytest.raises(AuthError):
        make_remote(instance_url=address)


@pytest.mark.parametrize(
    ("login", "expected"),
    [
        ("https://login.salesforce.com", "https://login.salesforce.com"),
        ("https://test.salesforce.com/", "https://test.salesforce.com"),
        ("https://acme.my.salesforce.com", "https://login.salesforce.com"),
        ("https://acme--uat.sandbox.my.salesforce.com", "https://test.salesforce.com"),
        ("https://127.0.0.1:8443", "https://127.0.0.1:8443"),
    ],
)
def test_audience(login: str, expected: str) -> None:
    assert audience(login) == expected


def test_a_guard_survives_the_renewal_of_the_session(make_remote, wire, clock, pem) -> None:
    wire.add(responses.POST, TOKEN, json=GRANTED)
    wire.add(responses.POST, TOKEN, json={**GRANTED, "access_token": "00Dxx0000001gPL!two"})
    wire.add(responses.POST, f"{ROOT}/composite", status=401, json={"error": "an object, no array"})
    wire.add(
        responses.POST,
        f"{ROOT}/composite",
        json={"compositeResponse": [{"body": None, "httpHeaders": {}, "httpStatusCode": 204, "referenceId": "w0"}]},
    )
    wire.add(responses.GET, f"{ROOT}/query", json=NO_ROWS)
    remote = logging_in(make_remote, auth="jwt", private_key=pem, client_id="id", username="u")
    remote.owners()
    clock.ms += 7_200_000
    write = Write("w", Op.UPDATE, "Lead", {"Status": "Open"}, id="00Qxx0000012abcEAA", unmodified_since_ms=NOW_MS)
    (outcome,) = remote.write([write])
    assert outcome.state is OutcomeState.APPLIED
    composites = [call.request for call in wire.calls if call.request.url.endswith("/composite")]
    assert composites[0].body == composites[1].body
    assert b'"If-Unmodified-Since":"Mon, 05 Jan 2026 08:00:00 GMT"' in composites[1].body
    assert composites[1].headers["Sforce-Auto-Assign"] == "FALSE"
    assert composites[1].headers["Authorization"] == "Bearer 00Dxx0000001gPL!two"


def test_a_given_token_cannot_be_renewed(remote, wire) -> None:
    wire.add(responses.GET, f"{ROOT}/query", status=401, body="<html>expired</html>")
    with pytest.raises(AuthError):
        remote.owners()
    assert len(wire.calls) == 1


def test_secrets_do_not_show(make_remote) -> None:
    remote = make_remote()
    assert "given-token" not in repr(remote._settings)
