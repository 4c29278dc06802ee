"""Who may call: every way to log in, its refusals, sessions that end, the day's limit, SOAP."""

from __future__ import annotations

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from sandbox.salesforce import ClientApp
from tests.sandbox_salesforce.org_world import DATA, SECRET, Caller, error

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PEM = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
NOW_S = 1_767_225_600
CLAIMS = {"iss": "3MVG9syncer", "sub": "sync@acme.example", "aud": "https://login.salesforce.com", "exp": NOW_S + 180}
TOKEN = "/services/oauth2/token"


@pytest.fixture
def call() -> Caller:
    return Caller(apps=(ClientApp(public_key=PEM, rotate_refresh_tokens=True),))


def assertion(call: Caller, key: rsa.RSAPrivateKey = KEY, **claims: object) -> tuple[int, dict]:
    made = jwt.encode(CLAIMS | claims, key, algorithm="RS256")
    body = f"grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion={made}"
    answer = call.raw("POST", TOKEN, body.encode())
    return answer.status, answer.json()


def test_a_signed_assertion_opens_a_session_with_the_expiry_in_any_spelling(call: Caller) -> None:
    for expires in (NOW_S + 180, str(NOW_S + 180), (NOW_S + 180) * 1000):
        status, reply = assertion(call, exp=expires)
        assert status == 200
        assert set(reply) == {"access_token", "scope", "instance_url", "id", "token_type"}
        assert reply["instance_url"] == "https://acme.my.salesforce.com"
        call.token = reply["access_token"]
        assert call("GET", "/limits").status == 200


# (claims, error, description) of an assertion that is refused
REFUSED = [
    ({"iss": "nobody"}, "invalid_client_id", "client identifier invalid"),
    ({"sub": "eve@acme.example"}, "invalid_grant", "user hasn't approved this consumer"),
    ({"aud": "https://evil.example"}, "invalid_grant", "audience is invalid"),
    ({"exp": NOW_S - 1}, "invalid_grant", "expired authorization code"),
    ({"exp": NOW_S + 3_600}, "invalid_grant", "expired authorization code"),
    ({"exp": None}, "invalid_grant", "invalid assertion"),
]


@pytest.mark.parametrize(("claims", "name", "description"), REFUSED)
def test_a_wrong_claim_is_refused_by_name(call: Caller, claims: dict, name: str, description: str) -> None:
    assert assertion(call, **claims) == (400, {"error": name, "error_description": description})


def test_a_signature_of_another_key_is_refused(call: Caller) -> None:
    refused = {"error": "invalid_grant", "error_description": "invalid assertion"}
    assert assertion(call, OTHER) == (400, refused)


# (form, status, error)
FORMS = [
    (SECRET, 200, None),
    (SECRET.replace(b"sandbox-secret", b"wrong"), 400, "invalid_client"),
    (b"grant_type=client_credentials&client_id=nobody&client_secret=x", 400, "invalid_client_id"),
    (b"grant_type=dance", 400, "unsupported_grant_type"),
    (b"grant_type=refresh_token&client_id=3MVG9syncer&refresh_token=stale", 400, "invalid_grant"),
    (SECRET.replace(b"client_credentials", b"password") + b"&username=sync@acme.example&password=sandbox", 200, None),
    (SECRET.replace(b"client_credentials", b"password") + b"&username=sync@acme.example&password=x", 400,
     "invalid_grant"),
]  # fmt: skip


@pytest.mark.parametrize(("form", "status", "name"), FORMS)
def test_the_other_flows_answer_by_the_book(call: Caller, form: bytes, status: int, name: str | None) -> None:
    answer = call.raw("POST", TOKEN, form)
    assert (answer.status, answer.json().get("error")) == (status, name)


def test_a_rotated_refresh_token_works_once(call: Caller) -> None:
    form = "grant_type=refresh_token&client_id=3MVG9syncer&client_secret=sandbox-secret&refresh_token="
    fresh = call.raw("POST", TOKEN, (form + "5Aep861sandbox").encode()).json()["refresh_token"]
    assert call.raw("POST", TOKEN, (form + "5Aep861sandbox").encode()).status == 400
    assert call.raw("POST", TOKEN, (form + fresh).encode()).status == 200


def test_a_session_ends_by_time_by_revocation_and_with_its_user(call: Caller) -> None:
    ended = (401, error("INVALID_SESSION_ID", "Session expired or invalid", bare=True))
    assert call.refused("GET", "/sobjects", headers={"Authorization": "Bearer x"}) == ended
    call.clock.advance(7_200_000)
    assert call.refused("GET", "/sobjects") == ended
    call.token = call.raw("POST", TOKEN, SECRET).json()["access_token"]
    told = call.raw(
        "POST",
        "/services/oauth2/introspect",
        f"token={call.token}&client_id=3MVG9syncer&client_secret=sandbox-secret".encode(),
    ).json()
    assert (told["active"], told["username"]) == (True, "sync@acme.example")
    who = call("GET", "/services/oauth2/userinfo").json()
    assert (who["user_id"], who["organization_id"]) == (call.org.state.user_id, call.org.state.org_id)
    own = f"/id/{who['organization_id']}/{who['user_id']}"
    bearer = {"authorization": f"Bearer {call.token}"}
    assert call.raw("GET", own, **bearer).json()["username"] == "sync@acme.example"
    assert call.raw("GET", own[:-3] + "AAA", **bearer).status == 403
    assert call.raw("POST", "/services/oauth2/revoke", f"token={call.token}".encode()).status == 200
    assert call.refused("GET", "/sobjects") == ended
    call.token = call.raw("POST", TOKEN, SECRET).json()["access_token"]
    call.org.update("User", call.org.state.user_id, {"IsActive": False}, "human:admin")
    assert call.refused("GET", "/sobjects") == ended
    assert call.raw("POST", TOKEN, SECRET).json()["error"] == "inactive_user"


def test_calls_are_counted_over_a_rolling_day_and_refused_beyond_the_limit() -> None:
    call = Caller(daily_limit=2, session_life_s=400_000)
    assert call.raw("GET", "/services/data").headers.get("Sforce-Limit-Info") is None
    assert call("GET", "/limits").headers["Sforce-Limit-Info"] == "api-usage=1/2"
    assert call("GET", "/limits").json()["DailyApiRequests"] == {"Max": 2, "Remaining": 0}
    over = error("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.", bare=True)
    refused = call("GET", "/limits")
    assert (refused.status, refused.json()) == (403, over)
    assert refused.headers["Sforce-Limit-Info"] == "api-usage=2/2"
    call.clock.advance(86_400_000)
    assert call("GET", "/limits").status == 200


def login(call: Caller, password: str, version: str = "59.0") -> tuple[int, str]:
    envelope = (
        '<env:Envelope xmlns:env="http://schemas.xmlsoap.org/soap/envelope/"><env:Body>'
        '<n1:login xmlns:n1="urn:partner.soap.sforce.com"><n1:username>sync@acme.example</n1:username>'
        f"<n1:password>{password}</n1:password></n1:login></env:Body></env:Envelope>"
    )
    answer = call.raw("POST", f"/services/Soap/u/{version}", envelope.encode(), **{"content-type": "text/xml"})
    return answer.status, answer.body.decode()


def test_soap_login_works_for_old_versions_and_faults_otherwise(call: Caller) -> None:
    status, text = login(call, "sandbox")
    assert status == 200
    call.token = text.partition("<sessionId>")[2].partition("</sessionId>")[0]
    assert call("GET", f"{DATA}/limits").status == 200
    for arguments, code in ((("wrong",), "INVALID_LOGIN"), (("sandbox", "66.0"), "UNSUPPORTED_API_VERSION")):
        status, text = login(call, *arguments)
        assert status == 500
        assert f"<sf:exceptionCode>{code}</sf:exceptionCode>" in text
    assert "INSUFFICIENT_ACCESS" in login(Caller(soap_login=False), "sandbox")[1]
