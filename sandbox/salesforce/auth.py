"""Log-in: JWT bearer, client credentials, refresh token, user name and password; and the endpoints around tokens."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import Any, Final

import jwt

from sandbox.kernel import Response, json_response
from sandbox.salesforce.ids import to18
from sandbox.salesforce.router import Call, Route
from sandbox.salesforce.sessions import Session, caller, open_session
from sandbox.salesforce.settings import ClientApp
from sandbox.salesforce.state import OrgState
from sandbox.salesforce.store import Row

_JWT: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_MS_FROM: Final = 100_000_000_000  # an `exp` from here on is in milliseconds
_SKEW_S: Final = 180


class GrantError(Exception):
    """A refused log-in: `{"error", "error_description"}`."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.error, self.description, self.status = error, description, status


def token(call: Call) -> Response:
    form = call.request.form()
    _from_basic(call, form)
    flow = _FLOWS.get(form.get("grant_type", ""))
    try:
        if flow is None:
            raise GrantError("unsupported_grant_type", "grant type not supported")
        return json_response(200, flow(call.state, form))
    except GrantError as refused:
        return json_response(refused.status, {"error": refused.error, "error_description": refused.description})


def _from_basic(call: Call, form: dict[str, str]) -> None:
    scheme, _, text = call.request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return
    try:
        client_id, _, secret = base64.b64decode(text).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return
    form.setdefault("client_id", client_id)
    form.setdefault("client_secret", secret)


def _app(state: OrgState, client_id: str | None, flow: str) -> ClientApp:
    app = next((app for app in state.settings.apps if app.client_id == client_id), None)
    if app is None:
        raise GrantError("invalid_client_id", "client identifier invalid")
    if flow not in app.grants:
        raise GrantError("unsupported_grant_type", "grant type not supported")
    return app


def _secret(app: ClientApp, form: dict[str, str], *, needed: bool = True) -> None:
    given = form.get("client_secret")
    if (given is None and needed) or (given is not None and given != app.client_secret):
        raise GrantError("invalid_client", "invalid client credentials")


def _active(state: OrgState, username: str | None) -> Row:
    user = state.user(username or "")
    if user is None:
        raise GrantError("invalid_grant", "authentication failure")
    if not user.get("IsActive"):
        raise GrantError("inactive_user", "user is inactive")
    return user


def _jwt_bearer(state: OrgState, form: dict[str, str]) -> dict[str, Any]:
    assertion = form.get("assertion", "")
    try:
        claims = jwt.decode(assertion, options={"verify_signature": False})
    except jwt.PyJWTError:
        raise GrantError("invalid_grant", "invalid assertion") from None
    app = _app(state, claims.get("iss"), "jwt")
    if app.public_key is None:
        raise GrantError("invalid_grant", "invalid assertion")
    checks = {"verify_exp": False, "verify_aud": False, "verify_iat": False, "verify_nbf": False}
    try:
        jwt.decode(assertion, app.public_key, algorithms=["RS256"], options=checks)
    except jwt.PyJWTError:
        raise GrantError("invalid_grant", "invalid assertion") from None
    if not set(_audiences(claims)) & _accepted(state):
        raise GrantError("invalid_grant", "audience is invalid")
    _check_expiry(state, claims.get("exp"))
    username = claims.get("sub") or claims.get("prn")
    if state.user(username or "") is None or username.lower() not in [name.lower() for name in app.approved_users]:
        raise GrantError("invalid_grant", "user hasn't approved this consumer")
    user = _active(state, username)
    sent = _reply(state, open_session(state, user["Id"], app.name, app.client_id))
    return {name: sent[name] for name in ("access_token", "scope", "instance_url", "id", "token_type")}


def _audiences(claims: dict[str, Any]) -> list[str]:
    given = claims.get("aud")
    return [str(one).rstrip("/") for one in (given if isinstance(given, list) else [given])]


def _accepted(state: OrgState) -> set[str]:
    settings = state.settings
    public = ("https://login.salesforce.com", "https://test.salesforce.com")
    return {
        address.rstrip("/") for address in (*public, settings.login_url, settings.instance_url, *settings.audiences)
    }


def _check_expiry(state: OrgState, given: Any) -> None:
    """`exp` as a number, as text, or in milliseconds: all three are sent by real clients."""
    try:
        expires_s = int(given)
    except (TypeError, ValueError):
        raise GrantError("invalid_grant", "invalid assertion") from None
    if expires_s >= _MS_FROM:
        expires_s //= 1000
    now_s = state.now_ms() // 1000
    if not now_s <= expires_s <= now_s + state.settings.jwt_life_s + _SKEW_S:
        raise GrantError("invalid_grant", "expired authorization code")


def _client_credentials(state: OrgState, form: dict[str, str]) -> dict[str, Any]:
    app = _app(state, form.get("client_id"), "client_credentials")
    _secret(app, form)
    if app.run_as is None:
        raise GrantError("invalid_grant", "no client credentials user enabled")
    return _reply(state, open_session(state, _active(state, app.run_as)["Id"], app.name, app.client_id))


def _refresh(state: OrgState, form: dict[str, str]) -> dict[str, Any]:
    app = _app(state, form.get("client_id"), "refresh_token")
    _secret(app, form, needed=False)
    known = state.refresh_tokens.setdefault(app.client_id, list(app.refresh_tokens))
    given = form.get("refresh_token", "")
    if given not in known or not app.approved_users:
        raise GrantError("invalid_grant", "expired access/refresh token")
    user = _active(state, app.approved_users[0])
    reply = _reply(state, open_session(state, user["Id"], app.name, app.client_id))
    if app.rotate_refresh_tokens:
        fresh = f"5Aep861{state.draw('refresh'):x}"
        known[known.index(given)] = fresh
        reply["refresh_token"] = fresh
    return reply


def _password(state: OrgState, form: dict[str, str]) -> dict[str, Any]:
    app = _app(state, form.get("client_id"), "password")
    _secret(app, form)
    user = _active(state, form.get("username"))
    if form.get("password") != state.settings.password:
        raise GrantError("invalid_grant", "authentication failure")
    return _reply(state, open_session(state, user["Id"], app.name, app.client_id))


_FLOWS: Final[dict[str, Callable[[OrgState, dict[str, str]], dict[str, Any]]]] = {
    _JWT: _jwt_bearer,
    "client_credentials": _client_credentials,
    "refresh_token": _refresh,
    "password": _password,
}


def _reply(state: OrgState, session: Session) -> dict[str, Any]:
    return {
        "access_token": session.token,
        "signature": base64.b64encode(state.draw("signature").to_bytes(16, "big") * 2).decode(),
        "scope": "api web id",
        "instance_url": state.settings.instance_url.rstrip("/"),
        "id": f"{state.settings.login_url.rstrip('/')}/id/{state.org_id}/{session.user_id}",
        "token_type": "Bearer",
        "issued_at": str(session.issued_ms),
    }


def userinfo(call: Call) -> Response:
    return json_response(200, identity_of(call, caller(call.state, call.request).user_id))


def identity_of(call: Call, user_id: str) -> dict[str, Any]:
    state = call.state
    user = state.rows["user"].get(user_id) or {}
    address = f"{state.settings.login_url.rstrip('/')}/id/{state.org_id}/{user_id}"
    root = f"{state.settings.instance_url.rstrip('/')}/services"
    return {
        "id": address,
        "sub": address,
        "user_id": user_id,
        "organization_id": state.org_id,
        "preferred_username": user.get("Username"),
        "username": user.get("Username"),
        "nick_name": user.get("CommunityNickname"),
        "nickname": user.get("CommunityNickname"),
        "display_name": user.get("Name"),
        "name": user.get("Name"),
        "email": user.get("Email"),
        "email_verified": True,
        "given_name": user.get("FirstName"),
        "family_name": user.get("LastName"),
        "zoneinfo": user.get("TimeZoneSidKey"),
        "locale": user.get("LocaleSidKey"),
        "language": user.get("LanguageLocaleKey"),
        "active": bool(user.get("IsActive")),
        "user_type": "STANDARD",
        "asserted_user": True,
        "utcOffset": 0,
        "updated_at": user.get("SystemModstamp"),
        "last_modified_date": user.get("SystemModstamp"),
        "urls": {
            "rest": f"{root}/data/v{{version}}/",
            "sobjects": f"{root}/data/v{{version}}/sobjects/",
            "query": f"{root}/data/v{{version}}/query/",
            "metadata": f"{root}/Soap/m/{{version}}/{state.org_id[:15]}",
            "partner": f"{root}/Soap/u/{{version}}/{state.org_id[:15]}",
            "tooling_rest": f"{root}/data/v{{version}}/tooling/",
        },
    }


def identity(call: Call) -> Response:
    session = caller(call.state, call.request)
    if to18(call.args["org"]) != call.state.org_id or to18(call.args["user"]) != session.user_id:
        return Response(403, {"Content-Type": "text/html;charset=UTF-8"}, b"Bad_Id")
    return json_response(200, identity_of(call, session.user_id))


def introspect(call: Call) -> Response:
    form = call.request.form()
    _from_basic(call, form)
    app = next((app for app in call.state.settings.apps if app.client_id == form.get("client_id")), None)
    if app is None or form.get("client_secret") != app.client_secret:
        return json_response(401, {"error": "invalid_client", "error_description": "invalid client credentials"})
    session: Session | None = call.state.sessions.get(form.get("token", ""))
    if session is None or session.ends_ms <= call.state.now_ms():
        return json_response(200, {"active": False})
    user = call.state.rows["user"].get(session.user_id) or {}
    return json_response(
        200,
        {
            "active": True,
            "scope": "api web id",
            "client_id": session.client_id,
            "username": user.get("Username"),
            "sub": f"{call.state.settings.login_url.rstrip('/')}/id/{call.state.org_id}/{session.user_id}",
            "token_type": "access_token",
            "exp": session.ends_ms // 1000,
            "iat": session.issued_ms // 1000,
            "nbf": session.issued_ms // 1000,
        },
    )


def revoke(call: Call) -> Response:
    """Forgets an access or refresh token; an unknown one is an error."""
    given = call.request.form().get("token") or call.request.param("token") or ""
    if call.state.sessions.pop(given, None) is not None:
        return Response(200)
    for app in call.state.settings.apps:
        known = call.state.refresh_tokens.setdefault(app.client_id, list(app.refresh_tokens))
        if given in known:
            known.remove(given)
            return Response(200)
    return json_response(400, {"error": "invalid_token", "error_description": "invalid token: "})


ROUTES = [
    Route("POST", "/services/oauth2/token", token, open=True),
    Route("GET", "/services/oauth2/userinfo", userinfo, open=True),
    Route("POST", "/services/oauth2/userinfo", userinfo, open=True),
    Route("POST", "/services/oauth2/introspect", introspect, open=True),
    Route("POST", "/services/oauth2/revoke", revoke, open=True),
    Route("GET", "/services/oauth2/revoke", revoke, open=True),
    Route("GET", "/id/{org}/{user}", identity, open=True),
]
