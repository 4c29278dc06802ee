"""Communication preferences over the wire: v3's and v4's forms, and the mirrors that contacts carry of them."""

from __future__ import annotations

from typing import Any

from sandbox.hubspot.changes import change
from sandbox.hubspot.consent import Status
from sandbox.hubspot.errors import bad_request
from sandbox.hubspot.router import Call, Route
from sandbox.hubspot.state import Author, PortalState
from sandbox.hubspot.times import iso
from sandbox.hubspot.values import Invalid, normalise_email
from sandbox.kernel import Response, json_response

LEGAL_BASES = frozenset(
    {
        "LEGITIMATE_INTEREST_PQL",
        "LEGITIMATE_INTEREST_CLIENT",
        "PERFORMANCE_OF_CONTRACT",
        "CONSENT_WITH_NOTICE",
        "NON_GDPR",
        "PROCESS_AND_STORE",
        "LEGITIMATE_INTEREST_OTHER",
    }
)


def set_status(state: PortalState, address: str, subscription_id: int, row: Status, author: Author) -> None:
    """Writes one subscription of an address and brings its contact's mirrors in line."""
    consent = state.consent
    consent.statuses[(address, subscription_id)] = row
    if row.status == "SUBSCRIBED":
        consent.opted_out.pop(address, None)
    mirror(state, address, author)


def opt_out(state: PortalState, address: str, author: Author) -> None:
    """Unsubscribes an address from everything."""
    state.consent.opted_out.setdefault(address, state.now_ms())
    mirror(state, address, author)


def mirror(state: PortalState, address: str, author: Author) -> None:
    """`hs_email_optout` and its like are read-only copies on the contact that holds the address."""
    store, consent = state.stores["contacts"], state.consent
    record = store.holder("email", address)
    if record is None:
        return
    values = {"hs_email_optout": "true" if address in consent.opted_out else ""}
    for number in consent.subscriptions:
        values[f"hs_email_optout_{number}"] = "true" if consent.status(address, number) == "UNSUBSCRIBED" else ""
    change(state, store, record, values, author)


def _address(text: str) -> str:
    try:
        return normalise_email(text)
    except Invalid as invalid:
        raise bad_request(invalid.message, fields=["emailAddress"]) from invalid


def _subscription(call: Call, given: Any) -> int:
    text = str(given or "")
    if not text.isdecimal() or int(text) not in call.state.consent.subscriptions:
        raise bad_request(f"Subscription {text} does not exist", context={"subscriptionId": [text]})
    return int(text)


def _basis(body: dict[str, Any]) -> tuple[str | None, str | None]:
    basis = body.get("legalBasis")
    if basis is not None and basis not in LEGAL_BASES:
        raise bad_request(f"Unknown legalBasis: {basis}", context={"legalBasis": [str(basis)]})
    return basis, body.get("legalBasisExplanation")


def _definitions(call: Call) -> Response:
    shown = [subscription.wire() for subscription in call.state.consent.subscriptions.values()]
    if call.version == "v3":
        return json_response(200, {"subscriptionDefinitions": shown})
    return json_response(200, {"status": "SUCCESS", "results": shown})


def _row_v3(call: Call, address: str, number: int) -> dict[str, Any]:
    consent, subscription = call.state.consent, call.state.consent.subscriptions[number]
    row = consent.statuses.get((address, number))
    subscribed = consent.status(address, number) == "SUBSCRIBED"
    return {
        "id": str(number),
        "name": subscription.name,
        "description": subscription.description,
        "status": "SUBSCRIBED" if subscribed else "NOT_SUBSCRIBED",
        "sourceOfStatus": "PORTAL_WIDE_STATUS" if address in consent.opted_out else "SUBSCRIPTION_STATUS",
        "brandId": None,
        "preferenceGroupName": None,
        "legalBasis": row.legal_basis if row else None,
        "legalBasisExplanation": row.explanation if row else None,
    }


def _row_v4(call: Call, address: str, number: int) -> dict[str, Any]:
    consent = call.state.consent
    row = consent.statuses.get((address, number))
    return {
        "channel": "EMAIL",
        "subscriberIdString": address,
        "subscriptionId": number,
        "subscriptionName": consent.subscriptions[number].name,
        "status": consent.status(address, number),
        "source": row.source if row else "",
        "legalBasis": row.legal_basis if row else None,
        "legalBasisExplanation": row.explanation if row else None,
        "setStatusSuccessReason": None,
        "businessUnitId": 0,
        "timestamp": iso(row.at_ms) if row else None,
    }


def _status_v3(call: Call) -> Response:
    address = _address(call.args["email"])
    rows = [_row_v3(call, address, number) for number in call.state.consent.subscriptions]
    return json_response(200, {"recipient": address, "subscriptionStatuses": rows})


def _write_v3(call: Call, status: str) -> Response:
    body = call.body()
    address, number = _address(str(body.get("emailAddress") or "")), _subscription(call, body.get("subscriptionId"))
    held = call.state.consent.statuses.get((address, number))
    if held is not None and held.status == status:
        raise bad_request(f"Subscription {number} is already {status} for {address}")
    refused = held is not None and held.by_person and held.status == "UNSUBSCRIBED"
    if status == "SUBSCRIBED" and (refused or address in call.state.consent.opted_out):
        raise bad_request(f"{address} has unsubscribed and cannot be subscribed again by the API")
    row = Status(status, "API", *_basis(body), call.state.now_ms())
    set_status(call.state, address, number, row, call.author)
    return json_response(200, _row_v3(call, address, number))


def _subscribe(call: Call) -> Response:
    return _write_v3(call, "SUBSCRIBED")


def _unsubscribe(call: Call) -> Response:
    return _write_v3(call, "UNSUBSCRIBED")


def _channel(call: Call, given: Any) -> None:
    if given != "EMAIL":
        raise bad_request(f"channel must be EMAIL: {given}", context={"channel": [str(given)]})


def _statuses_v4(call: Call) -> Response:
    _channel(call, call.request.param("channel"))
    address = _address(call.args["email"])
    rows = [_row_v4(call, address, number) for number in call.state.consent.subscriptions]
    return json_response(200, {"status": "SUCCESS", "results": rows})


def _write_v4(call: Call) -> Response:
    body, address = call.body(), _address(call.args["email"])
    _channel(call, body.get("channel"))
    number, status = _subscription(call, body.get("subscriptionId")), body.get("statusState")
    if status not in ("SUBSCRIBED", "UNSUBSCRIBED", "NOT_SPECIFIED"):
        raise bad_request(f"Unknown statusState: {status}", context={"statusState": [str(status)]})
    row = Status(status, "API", *_basis(body), call.state.now_ms())
    set_status(call.state, address, number, row, call.author)
    return json_response(200, _row_v4(call, address, number))


def _all_of(call: Call, address: str) -> dict[str, Any]:
    since_ms = call.state.consent.opted_out.get(address)
    return {
        "subscriberIdString": address,
        "channel": "EMAIL",
        "status": "UNSUBSCRIBED" if since_ms is not None else "NOT_SPECIFIED",
        "wideStatusType": "PORTAL_WIDE",
        "businessUnitId": 0,
        "timestamp": None if since_ms is None else iso(since_ms),
    }


def _unsubscribed(call: Call) -> Response:
    _channel(call, call.request.param("channel"))
    return json_response(200, {"status": "SUCCESS", "results": [_all_of(call, _address(call.args["email"]))]})


def _unsubscribe_all(call: Call) -> Response:
    _channel(call, call.request.param("channel"))
    address = _address(call.args["email"])
    opt_out(call.state, address, call.author)
    return json_response(200, {"status": "SUCCESS", "results": [_all_of(call, address)]})


_READ = ("communication_preferences.read", "communication_preferences.read_write")
_WRITE = ("communication_preferences.write", "communication_preferences.read_write")
_ROOT = "/communication-preferences"
ROUTES = [
    Route("GET", f"{_ROOT}/definitions", _definitions, _READ),
    Route("GET", f"{_ROOT}/status/email/{{email}}", _status_v3, _READ),
    Route("POST", f"{_ROOT}/subscribe", _subscribe, _WRITE),
    Route("POST", f"{_ROOT}/unsubscribe", _unsubscribe, _WRITE),
    Route("GET", f"{_ROOT}/statuses/{{email}}", _statuses_v4, _READ),
    Route("POST", f"{_ROOT}/statuses/{{email}}", _write_v4, _WRITE),
    Route("GET", f"{_ROOT}/statuses/{{email}}/unsubscribe-all", _unsubscribed, _READ),
    Route("POST", f"{_ROOT}/statuses/{{email}}/unsubscribe-all", _unsubscribe_all, _WRITE),
]
