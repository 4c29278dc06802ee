"""The account, its owners, and the schemas of custom objects (of which this portal has none)."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sandbox.hubspot.api_objects import next_page
from sandbox.hubspot.errors import PortalRefusal, bad_request, not_found
from sandbox.hubspot.router import Call, Route
from sandbox.hubspot.times import iso
from sandbox.kernel import Response, json_response

OWNER_LIMIT = 500


def _details(call: Call) -> Response:
    settings = call.state.settings
    now = datetime.fromtimestamp(call.state.now_ms() / 1000, UTC).astimezone(ZoneInfo(settings.time_zone))
    offset_s = int(now.utcoffset().total_seconds())  # type: ignore[union-attr]
    sign, minutes = ("-" if offset_s < 0 else "+"), abs(offset_s) // 60
    details = {
        "portalId": settings.portal_id,
        "accountType": settings.account_type,
        "timeZone": settings.time_zone,
        "companyCurrency": settings.currency,
        "additionalCurrencies": [],
        "utcOffset": f"{sign}{minutes // 60:02d}:{minutes % 60:02d}",
        "utcOffsetMilliseconds": offset_s * 1000,
        "uiDomain": "app.hubspot.com",
        "dataHostingLocation": "na1",
    }
    return json_response(200, details)


def _usage(call: Call) -> Response:
    state, settings = call.state, call.state.settings
    usage = {
        "name": "private-apps-api-calls-daily",
        "usageLimit": settings.daily_limit,
        "currentUsage": state.limits.used_today,
        "collectedAt": iso(state.now_ms()),
        "fetchStatus": "SUCCESS",
        "resetsAt": iso(state.limits.resets_ms),
    }
    return json_response(200, {"results": [usage]})


def _owners(call: Call) -> Response:
    limit, archived = call.number("limit", 100, OWNER_LIMIT), call.flag("archived")
    after, email = call.request.param("after") or "0", (call.request.param("email") or "").strip().lower()
    if not after.isdecimal():
        raise bad_request(f"Invalid after: {after}", context={"after": [after]})
    shown = [
        owner
        for number, owner in sorted(call.state.owners.by_id.items())
        if owner.archived == archived and number >= int(after) and (not email or owner.email.lower() == email)
    ]
    answer: dict[str, object] = {"results": [owner.wire() for owner in shown[:limit]]}
    if len(shown) > limit:
        answer["paging"] = next_page(call, str(shown[limit].id))
    return json_response(200, answer)


def _owner(call: Call) -> Response:
    text, by = call.args["owner"], call.request.param("idProperty") or "id"
    if by not in ("id", "userId"):
        raise bad_request(f"Invalid idProperty: {by}", context={"idProperty": [by]})
    if not text.isdecimal():
        raise not_found()
    owners = call.state.owners
    owner = owners.by_id.get(int(text)) if by == "id" else owners.by_user(int(text))
    if owner is None or owner.archived != call.flag("archived"):
        raise not_found()
    return json_response(200, owner.wire())


def _schemas(call: Call) -> Response:
    return json_response(200, {"results": []})


def _schema(call: Call) -> Response:
    raise PortalRefusal(404, f"No custom object of type {call.args['type']} exists", category="OBJECT_NOT_FOUND")


_OWNERS = ("crm.objects.owners.read",)
_SCHEMAS = ("crm.schemas.custom.read",)
ROUTES = [
    Route("GET", "/account-info/details", _details, ("oauth",)),
    Route("GET", "/account-info/api-usage/daily/private-apps", _usage, ("oauth",)),
    Route("GET", "/account-info/api-usage/daily", _usage, ("oauth",)),
    Route("GET", "/crm/owners", _owners, _OWNERS),
    Route("GET", "/crm/owners/{owner}", _owner, _OWNERS),
    Route("GET", "/crm/schemas", _schemas, _SCHEMAS),
    Route("GET", "/crm/schemas/{type}", _schema, _SCHEMAS),
    Route("GET", "/crm-object-schemas/schemas", _schemas, _SCHEMAS),
    Route("GET", "/crm-object-schemas/schemas/{type}", _schema, _SCHEMAS),
]
