"""Every refusal HubSpot or its CDN can give, and the one class it becomes: a table, read from the top.

Shapes: documentation, recorded answers and the clients' code. The table says what a refusal means for a read; of a
write that a server fault may have carried out the transport makes an unknown outcome, by the status alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from connectors.base import (
    AccessError,
    AuthError,
    DataError,
    GoneError,
    IdentityConflictError,
    ProtocolError,
    QuotaError,
    RemoteError,
    SchemaError,
    TransientError,
)

_QUOTED_PROPERTY = re.compile(r'[Pp]roperty "([a-z0-9_]+)"')
_EXISTING_ID = re.compile(r"Existing ID:\s*(\d+)|(\d+) already has that value")
_COORDINATES = re.compile(r"propertyName=([a-z0-9_]+)")
_UNMAPPABLE = {"PROPERTY_DOESNT_EXIST", "READ_ONLY_VALUE"}  # true of every record: the mapping is wrong, not a value
_TEXT_LIMIT = 500


@dataclass(frozen=True, slots=True)
class Refusal:
    """One refused call, or one entry of `errors` in a 207, in the words the rules ask about."""

    status: int
    text: str  # one line, cut
    category: str = ""
    policy: str = ""
    codes: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    is_json: bool = True


@dataclass(frozen=True, slots=True)
class Rule:
    """`wait_s` holds where the answer has no Retry-After header."""

    name: str
    statuses: tuple[int, ...]
    when: Callable[[Refusal], bool]
    raises: type[RemoteError]
    action: str
    wait_s: float | None = None


def _always(refusal: Refusal) -> bool:
    return True


def _says(*parts: str) -> Callable[[Refusal], bool]:
    return lambda refusal: any(part in refusal.text for part in parts)


def _code(*codes: str) -> Callable[[Refusal], bool]:
    return lambda refusal: not set(codes).isdisjoint((refusal.category, refusal.policy, *refusal.codes))


def _only_unmappable(refusal: Refusal) -> bool:
    return bool(refusal.codes) and set(refusal.codes) <= _UNMAPPABLE


_RETRY = "Nothing to do: it is tried again."
_SUPPORT = "Nothing to do: it is tried again. If it stays, ask HubSpot's support."
_FIX_VALUE = "Correct the value, or its mapping: {fields}."

RULES: tuple[Rule, ...] = (
    Rule(
        "refresh token gone",
        (400, 401),
        _code("BAD_REFRESH_TOKEN"),
        AuthError,
        "Install the app in HubSpot again and store the new refresh token: the old one was revoked or replaced.",
    ),
    Rule(
        "portal gone",
        (400, 401),
        _code("BAD_HUB"),
        AuthError,
        "The HubSpot account of this token was deleted: configure another.",
    ),
    Rule(
        "log-in refused",
        (400, 401),
        _code(
            "BAD_CLIENT_ID", "BAD_CLIENT_SECRET", "BAD_AUTH_CODE", "BAD_REDIRECT_URI", "invalid_client", "invalid_grant"
        ),
        AuthError,
        "Check client_id and client_secret of [hubspot] against the app's page in HubSpot.",
    ),
    Rule(
        "token expired",
        (401,),
        _code("EXPIRED_AUTHENTICATION"),
        AuthError,
        "Rotate the token in HubSpot (Settings, Integrations) and store the new one in [hubspot] access_token.",
    ),
    Rule("token refused", (401,), _always, AuthError, "Check access_token of [hubspot]: HubSpot does not know it."),
    Rule(
        "token malformed",
        (530,),
        _always,
        AuthError,
        "Check access_token of [hubspot]: it is malformed (a space, a line end, or cut).",
    ),
    Rule(
        "scopes missing",
        (403,),
        _code("MISSING_SCOPES"),
        AccessError,
        "Grant the app one of these scopes in HubSpot: {scopes}.",
    ),
    Rule("forbidden", (403,), _always, AccessError, "Ask a HubSpot super admin to grant this app access."),
    Rule("record gone", (404,), lambda refusal: refusal.is_json, GoneError, "Nothing to do: the record is gone."),
    Rule(
        "address unknown",
        (404, 405),
        _always,
        ProtocolError,
        "Check base_url of [hubspot]: this address serves no such API.",
    ),
    Rule(
        "object type unknown",
        (400,),
        _says("Unable to infer object type"),
        SchemaError,
        "Correct the object's name in the mapping.",
    ),
    Rule(
        "key property not unique",
        (400,),
        _says("non-unique"),
        SchemaError,
        "Run `syncer setup hubspot`: the key property must hold unique values.",
    ),
    Rule(
        "unique value taken",
        (400, 409),
        lambda refusal: (
            refusal.status == 409
            or _says("already has that value", "already exists", "PropertyValueCoordinates")(refusal)
        ),
        IdentityConflictError,
        "Nothing to do: the record that holds the value is matched.",
    ),
    Rule(
        "property unusable",
        (400,),
        _only_unmappable,
        SchemaError,
        "Correct the mapping: {fields} does not exist in HubSpot, or HubSpot computes it.",
    ),
    Rule("value refused", (400,), _code("VALIDATION_ERROR"), DataError, _FIX_VALUE),
    Rule("value refused", (400,), lambda refusal: bool(refusal.fields), DataError, _FIX_VALUE),
    Rule(
        "too long",
        (413, 414, 431),
        _always,
        ProtocolError,
        "Map fewer properties, or fewer characters of them: HubSpot refuses the size of the call.",
    ),
    Rule("locked", (423,), _always, TransientError, _RETRY, wait_s=2.0),
    Rule(
        "daily allowance spent",
        (429,),
        lambda refusal: refusal.policy == "DAILY" or "daily" in refusal.text,
        QuotaError,
        "Nothing to do: it goes on when HubSpot's day begins. Lower api_share, or buy an API limit increase.",
    ),
    Rule("ten-secondly allowance", (429,), _code("TEN_SECONDLY_ROLLING"), TransientError, _RETRY, wait_s=10.0),
    Rule("secondly allowance", (420, 429), _always, TransientError, _RETRY, wait_s=1.0),
    Rule(
        "account moves",
        (477,),
        _always,
        TransientError,
        "Nothing to do: HubSpot is moving the account to another data centre, which takes up to a day.",
        wait_s=600.0,
    ),
    Rule("cannot be reached", (503, 521, 523, 525, 526), _always, TransientError, _SUPPORT),
    Rule("no answer", (500, 502, 504, 520, 522, 524), _always, TransientError, _SUPPORT),
)
_BAD_REQUEST = Rule("not understood", (), _always, ProtocolError, "Report this: HubSpot did not understand the call.")
_SERVER_FAULT = Rule("server fault", (), _always, TransientError, _SUPPORT)


def rule_for(refusal: Refusal) -> Rule:
    for rule in RULES:
        if refusal.status in rule.statuses and rule.when(refusal):
            return rule
    return _BAD_REQUEST if refusal.status < 500 else _SERVER_FAULT


def error_for(status: int, value: Any, body: bytes, retry_after_s: float | None = None) -> RemoteError:
    """The error of a refused call: `value` is its decoded JSON, `body` its bytes where it was none."""
    if isinstance(value, dict):
        refusal = _parsed(status, value)
    else:
        plain = re.sub(r"<[^>]*>", " ", body[:2000].decode("utf-8", "replace"))
        refusal = Refusal(status, _line(plain), is_json=False)
    return _build(refusal, retry_after_s)


def item_error(entry: Mapping[str, Any]) -> RemoteError:
    """The error of one entry of `errors` in a 207: its category stands for the status it does not have."""
    statuses = {"CONFLICT": 409, "OBJECT_NOT_FOUND": 404, "MISSING_SCOPES": 403, "RATE_LIMITS": 429}
    return _build(_parsed(statuses.get(str(entry.get("category") or ""), 400), entry), None)


def _build(refusal: Refusal, retry_after_s: float | None) -> RemoteError:
    rule = rule_for(refusal)
    found = _EXISTING_ID.search(refusal.text) if rule.raises is IdentityConflictError else None
    return rule.raises(
        f"HubSpot: {rule.name} ({refusal.status}): {refusal.text}",
        side="right",
        code=next((code for code in (*refusal.codes, refusal.policy, refusal.category) if code), ""),
        status=refusal.status,
        fields=refusal.fields,
        action=rule.action.format(
            scopes=", ".join(refusal.scopes) or "see HubSpot's message",
            fields=", ".join(refusal.fields) or "see HubSpot's message",
        ),
        retry_after_s=rule.wait_s if retry_after_s is None else retry_after_s,
        existing_id=(found[1] or found[2]) if found else None,
    )


def _parsed(status: int, value: Mapping[str, Any]) -> Refusal:
    text = str(value.get("message") or value.get("error_description") or "")
    errors = [entry for entry in value.get("errors") or () if isinstance(entry, dict)]
    inner = _inner_errors(text)
    codes = [entry.get("code") for entry in errors] + [entry.get("error") for entry in inner]
    words = [value.get("status"), value.get("error")]  # only the token endpoint puts a code there
    return Refusal(
        status=status,
        text=_line(_readable(text, inner)),
        category=str(value.get("category") or ""),
        policy=str(value.get("policyName") or ""),
        codes=_distinct([*codes, *(word for word in words if word not in (None, "error"))]),
        fields=_fields(value, errors, inner, text),
        scopes=_scopes(errors),
    )


def _inner_errors(text: str) -> list[dict[str, Any]]:
    """The JSON array that validation errors carry inside their message."""
    start = text.find("[{")
    if start < 0:
        return []
    try:
        found = orjson.loads(text[start : text.rfind("]") + 1])
    except orjson.JSONDecodeError:
        return []
    return [entry for entry in found if isinstance(entry, dict)]


def _readable(text: str, inner: Sequence[Mapping[str, Any]]) -> str:
    """Every error of the array, without the JSON around it."""
    if not inner:
        return text
    return text[: text.find("[{")] + "; ".join(str(entry.get("message") or "") for entry in inner)


def _fields(
    value: Mapping[str, Any], errors: Sequence[Mapping[str, Any]], inner: Sequence[Mapping[str, Any]], text: str
) -> tuple[str, ...]:
    named: list[Any] = [entry.get("name") for entry in inner]
    for entry in (value, *errors):
        context = entry.get("context")
        if isinstance(context, dict):
            named += context.get("propertyName") or context.get("properties") or ()  # the latter: required, not set
        named.append(entry.get("in"))
    found = _distinct(named)
    if found or value.get("category") != "VALIDATION_ERROR":
        return found
    return _distinct([*_COORDINATES.findall(text), *_QUOTED_PROPERTY.findall(text)])


def _scopes(errors: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    found: list[Any] = []
    for entry in errors:
        context = entry.get("context")
        if isinstance(context, dict):
            found += context.get("requiredGranularScopes") or context.get("requiredScopes") or ()
    return _distinct(found)


def _distinct(items: Sequence[Any]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(item) for item in items if item))


def _line(text: str) -> str:
    return " ".join(text.split())[:_TEXT_LIMIT]
