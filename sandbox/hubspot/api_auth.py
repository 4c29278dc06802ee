"""Tokens over the wire: buying, introspection, revocation, in the forms of v1 and of the later versions.

`/oauth/v1/token`, `/oauth/v3/token`, `/oauth/2026-03/token` and `/oauth/2026-09/token` are one handler. v1 also takes
its parameters from the query; the later ones look into the body only.
"""

from __future__ import annotations

from typing import Any

from sandbox.hubspot.auth import App, Token, oauth_error
from sandbox.hubspot.errors import PortalRefusal, bad_request
from sandbox.hubspot.router import FREE, Call, Route
from sandbox.kernel import Response, json_response


def _form(call: Call) -> dict[str, str]:
    asked = {name: values[-1] for name, values in call.request.params.items()} if call.version == "v1" else {}
    return asked | call.request.form()


def _token(call: Call) -> Response:
    form, tokens = _form(call), call.state.tokens
    grant = form.get("grant_type", "")
    if grant not in ("refresh_token", "authorization_code"):
        raise oauth_error("unsupported_grant_type", f"grant type {grant} is not supported", "BAD_GRANT_TYPE")
    app = tokens.app_of_client(form.get("client_id", ""), form.get("client_secret", ""))
    now_ms = call.state.now_ms()
    if grant == "authorization_code":
        code = tokens.take(form.get("code", ""), "code", app)
        if form.get("redirect_uri", "") != app.redirect_uri:
            raise oauth_error("invalid_grant", "redirect URI mismatch", "BAD_REDIRECT_URI")
        tokens.revoke(code.value)
        refresh = tokens.grant(app.actor, "refresh", now_ms)
    else:
        refresh = tokens.take(form.get("refresh_token", ""), "refresh", app).value
        if tokens.rotate:
            tokens.revoke(refresh)
            refresh = tokens.grant(app.actor, "refresh", now_ms)
    bought = {
        "token_type": "bearer",
        "access_token": tokens.grant(app.actor, "access", now_ms),
        "refresh_token": refresh,
        "expires_in": tokens.life_s,
        "hub_id": call.state.settings.portal_id,
        "scopes": sorted(app.scopes),
    }
    return json_response(200, bought)


def _about(call: Call, token: Token, app: App) -> dict[str, Any]:
    settings = call.state.settings
    told: dict[str, Any] = {
        "token": token.value,
        "user": f"user-{app.user_id}@{settings.hub_domain}",
        "hub_domain": settings.hub_domain,
        "scopes": sorted(app.scopes),
        "hub_id": settings.portal_id,
        "user_id": app.user_id,
        "token_type": token.kind,
    }
    if token.kind == "refresh":
        return told | {"client_id": app.client_id}
    left_ms = (token.expires_ms or 0) - call.state.now_ms()
    return told | {"app_id": app.app_id, "expires_in": left_ms // 1000}


def _known(call: Call, value: str, kind: str) -> Token:
    token, now_ms = call.state.tokens.tokens.get(value), call.state.now_ms()
    if token is None or token.kind != kind or (token.expires_ms is not None and token.expires_ms <= now_ms):
        raise PortalRefusal(404, f"{kind} token does not exist or has expired", category="OBJECT_NOT_FOUND")
    return token


def _access_token(call: Call) -> Response:
    token = _known(call, call.args["token"], "access")
    return json_response(200, _about(call, token, call.state.tokens.apps[token.actor]))


def _refresh_token(call: Call) -> Response:
    token = _known(call, call.args["token"], "refresh")
    return json_response(200, _about(call, token, call.state.tokens.apps[token.actor]))


def _delete_refresh_token(call: Call) -> Response:
    call.state.tokens.revoke(_known(call, call.args["token"], "refresh").value)
    return Response(204)


def _asked(call: Call) -> tuple[str, App]:
    form = _form(call)
    app = call.state.tokens.app_of_client(form.get("client_id", ""), form.get("client_secret", ""))
    value = form.get("token") or form.get("access_token") or form.get("refresh_token")
    if not value:
        raise bad_request("token is required", fields=["token"])
    return value, app


def _introspect(call: Call) -> Response:
    value, app = _asked(call)
    token, now_ms = call.state.tokens.tokens.get(value), call.state.now_ms()
    alive = token is not None and token.actor == app.actor and (token.expires_ms is None or token.expires_ms > now_ms)
    if token is None or not alive:
        return json_response(200, {"active": False})
    return json_response(200, {"active": True, **_about(call, token, app)})


def _revoke(call: Call) -> Response:
    value, app = _asked(call)
    token = call.state.tokens.tokens.get(value)
    if token is not None and token.actor == app.actor:
        call.state.tokens.revoke(value)
    return Response(204)


ROUTES = [
    Route("POST", "/oauth/token", _token, meter=FREE),
    Route("POST", "/oauth/token/introspect", _introspect, meter=FREE),
    Route("POST", "/oauth/introspect", _introspect, meter=FREE),
    Route("POST", "/oauth/token/revoke", _revoke, meter=FREE),
    Route("POST", "/oauth/revoke", _revoke, meter=FREE),
    Route("GET", "/oauth/access-tokens/{token}", _access_token, meter=FREE),
    Route("GET", "/oauth/refresh-tokens/{token}", _refresh_token, meter=FREE),
    Route("DELETE", "/oauth/refresh-tokens/{token}", _delete_refresh_token, meter=FREE),
]
