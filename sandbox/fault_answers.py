"""How each system words the refusals that the line makes up: status, headers and body, as clients have seen them."""

from __future__ import annotations

from random import Random
from typing import Any, Final
from uuid import UUID

from sandbox.kernel import Response, json_response

_TITLES: Final = {
    200: "Scheduled maintenance",
    429: "Too Many Requests",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}


def html_page(status: int) -> Response:
    """What an edge in front of the API answers: a page for people."""
    title = _TITLES.get(status, "Error")
    body = (
        f"<!DOCTYPE html><html><head><title>{title}</title></head>"
        f"<body><h1>{title}</h1><p>The service cannot be reached at the moment.</p></body></html>"
    )
    return Response(status, {"Content-Type": "text/html; charset=utf-8"}, body.encode())


def _salesforce(status: int, code: str, message: str) -> Response:
    return json_response(status, [{"message": message, "errorCode": code}])


def _hubspot(status: int, rng: Random, message: str, **more: Any) -> Response:
    body = {"status": "error", "message": message, "correlationId": str(UUID(int=rng.getrandbits(128), version=4))}
    return json_response(status, {**body, **more})


def _vendor(status: int, message: str) -> Response:
    return json_response(status, {"error": {"type": _TITLES.get(status, "error"), "message": message}})


def server_error(system: str, status: int, rng: Random) -> Response:
    if system == "salesforce":
        if status == 500:
            code = f"{rng.randrange(10**9)}-{rng.randrange(10**5)}"
            text = f"An unexpected error occurred. Please include this ErrorId if you contact support: {code}"
            return _salesforce(500, "UNKNOWN_EXCEPTION", text)
        return _salesforce(status, "SERVER_UNAVAILABLE", "Server unavailable")
    if system == "hubspot":
        return _hubspot(status, rng, "internal error" if status == 500 else _TITLES[status].lower())
    return _vendor(status, _TITLES[status].lower())


def too_many(system: str, path: str, rng: Random, retry_after_s: int | None) -> Response:
    if system == "salesforce":
        response = _salesforce(429, "REQUEST_LIMIT_EXCEEDED", "Too many requests")
    elif system == "hubspot" and path.endswith("/search"):
        response = _hubspot(429, rng, "You have reached your secondly limit.", category="RATE_LIMITS")
    elif system == "hubspot":
        response = _hubspot(
            429,
            rng,
            "You have reached your ten_secondly_rolling limit.",
            errorType="RATE_LIMIT",
            policyName="TEN_SECONDLY_ROLLING",
            requestId=str(UUID(int=rng.getrandbits(128), version=4)),
        )
    else:
        response = _vendor(429, "rate limit exceeded")
    if retry_after_s is not None:
        response.headers["Retry-After"] = str(retry_after_s)
    return response


def concurrent(system: str, path: str, rng: Random) -> Response:
    if system != "salesforce":
        return too_many(system, path, rng, None)
    text = "ConcurrentRequests (Concurrent API Requests) Limit exceeded."
    return _salesforce(403, "REQUEST_LIMIT_EXCEEDED", text)


def quota_spent(system: str, rng: Random) -> Response:
    if system == "salesforce":
        return _salesforce(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
    if system == "hubspot":
        return _hubspot(429, rng, "You have reached your daily limit.", errorType="RATE_LIMIT", policyName="DAILY")
    return _vendor(402, "no credits left")


def expired_token(system: str, rng: Random) -> Response:
    if system == "salesforce":
        return _salesforce(401, "INVALID_SESSION_ID", "Session expired or invalid")
    if system == "hubspot":
        text = "The OAuth token used to make this call expired 1 second(s) ago."
        return _hubspot(401, rng, text, category="EXPIRED_AUTHENTICATION")
    return _vendor(401, "token expired")


LOCK_CODE: Final = "UNABLE_TO_LOCK_ROW"


def lock_message(record_id: str) -> str:
    return f"unable to obtain exclusive access to this record or 1 records: {record_id or 'unknown'}"


def row_locked(record_id: str) -> Response:
    return _salesforce(400, LOCK_CODE, lock_message(record_id))


def portal_locked(rng: Random) -> Response:
    """HubSpot's answer under heavy writes; the lock lasts two seconds."""
    return _hubspot(423, rng, "The resource is locked by other writes. Try again in 2 seconds.")
