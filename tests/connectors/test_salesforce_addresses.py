"""Under which address calls go out, by whose clock a log-in is made, and when a session is renewed."""

from __future__ import annotations

from email.utils import formatdate

import jwt
import pytest
import responses
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from connectors.base import AuthError, TransientError
from connectors.salesforce.bulk import is_large

LOCAL = "http://127.0.0.1:9999/sf"
ORG = "https://acme.my.salesforce.com"
ROOT = f"{ORG}/services/data/v66.0"
TOKEN = "https://login.salesforce.com/services/oauth2/token"
USER = {"Id": "005000000000001AAA", "Email": "ann@acme.example"}
LAST = {"records": [USER]}
EXPIRED = {"error": "invalid_grant", "error_description": "expired authorization code"}
NO_SESSION = [{"errorCode": "INVALID_SESSION_ID", "message": "Session expired or invalid"}]


@pytest.mark.parametrize("following", ["/services/data/v66.0/query/01g-1", "/sf/services/data/v66.0/query/01g-1"])
@pytest.mark.parametrize("origin", ["", "http://127.0.0.1:9999"])
def test_a_path_under_which_a_stand_in_lives_is_kept_once(make_remote, wire, origin: str, following: str) -> None:
    remote = make_remote(instance_url=f"{LOCAL}/")
    wire.add(responses.GET, f"{LOCAL}/services/data/v66.0/query", json=LAST | {"nextRecordsUrl": origin + following})
    wire.add(responses.GET, f"{LOCAL}/services/data/v66.0/query/01g-1", json=LAST)
    assert remote.owners() == {"005000000000001AAA": "ann@acme.example"}
    assert len(wire.calls) == 2


@pytest.fixture(scope="module")
def pem() -> str:
    form, nothing = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(serialization.Encoding.PEM, form, nothing).decode()


def by_jwt(make_remote, pem: str):
    login = {"auth": "jwt", "private_key": pem, "client_id": "3MVG9", "username": "sync@acme.example"}
    return make_remote(access_token="", instance_url=None, **login)


def expiry(call) -> int:
    form = dict(part.split("=") for part in call.request.body.decode().split("&"))
    return jwt.decode(form["assertion"], options={"verify_signature": False})["exp"]


def test_where_our_clock_is_far_off_the_log_in_goes_by_the_servers(make_remote, wire, pem, clock) -> None:
    server_s = clock.now_ms() // 1000 + 600
    wire.add(responses.POST, TOKEN, status=400, json=EXPIRED, headers={"Date": formatdate(server_s, usegmt=True)})
    wire.add(responses.POST, TOKEN, json={"access_token": "one", "instance_url": ORG})
    wire.add(responses.GET, f"{ROOT}/query", json=LAST)
    by_jwt(make_remote, pem).owners()
    assert [expiry(call) for call in wire.calls[:2]] == [clock.now_ms() // 1000 + 180, server_s + 180]


@pytest.mark.parametrize("off_s", [0, 30])
def test_a_refusal_that_no_clock_explains_is_not_repeated(make_remote, wire, pem, clock, off_s: int) -> None:
    date = formatdate(clock.now_ms() // 1000 + off_s, usegmt=True)
    wire.add(responses.POST, TOKEN, status=400, json=EXPIRED, headers={"Date": date})
    with pytest.raises(AuthError):
        by_jwt(make_remote, pem).owners()
    assert len(wire.calls) == 1


def test_a_young_session_is_renewed_once_it_was_taken_and_not_before(make_remote, wire, pem) -> None:
    remote = by_jwt(make_remote, pem)
    wire.add(responses.POST, TOKEN, json={"access_token": "one", "instance_url": ORG})
    wire.add(responses.GET, f"{ROOT}/query", json=LAST)
    wire.add(responses.GET, f"{ROOT}/query", status=401, json=NO_SESSION)
    wire.add(responses.POST, TOKEN, json={"access_token": "two", "instance_url": ORG})
    wire.add(responses.GET, f"{ROOT}/query", status=401, json=NO_SESSION)
    remote.owners()
    with pytest.raises(AuthError):  # the second one was never taken: a third log-in would only lock the user out
        remote.owners()
    with pytest.raises(AuthError):
        remote.owners()
    assert sum(call.request.method == "POST" for call in wire.calls) == 2


@pytest.mark.parametrize("status", [400, 403, 404, 405, 501])
def test_where_rows_cannot_be_counted_a_scan_goes_by_pages(remote, wire, status: int) -> None:
    wire.add(responses.GET, f"{ROOT}/query", status=status, json=[{"errorCode": "MALFORMED_QUERY", "message": "no"}])
    assert not is_large(remote._wire, "Lead", 10)


def test_a_count_that_is_not_answered_now_is_no_answer(remote, wire) -> None:
    wire.add(responses.GET, f"{ROOT}/query", status=503, body="")
    with pytest.raises(TransientError):
        is_large(remote._wire, "Lead", 10)
