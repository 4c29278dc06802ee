"""Every refusal of the portal, with the exact body it has on the wire.

Sources: the error bodies of the reference (authentication, objects, properties, limits).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.hubspot.values import Problem
from sandbox.kernel import Refusal

_NOT_NUMERIC = "Object not found.  objectId are usually numeric."  # the two spaces are theirs


class PortalRefusal(Refusal):
    """A refusal with HubSpot's body, less the correlation id, which the answer adds."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        category: str | None = None,
        code: str = "",
        fields: Sequence[str] = (),
        context: Mapping[str, list[str]] | None = None,
        extra: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status, code or category or "", message, fields, {"category": category, **(context or {})})
        self.category = category
        self.context = dict(context or {})
        self.extra = dict(extra or {})
        self.headers = dict(headers or {})

    def body(self, correlation_id: str) -> dict[str, Any]:
        """The JSON of the answer."""
        if "error_description" in self.extra:  # of the token endpoint: RFC 6749's shape
            return self.extra
        sent: dict[str, Any] = {"status": "error", "message": self.message, "correlationId": correlation_id}
        if self.context:
            sent["context"] = self.context
        sent.update(self.extra)
        if self.category is not None:
            sent["category"] = self.category
        return sent

    def item(self, trace_id: str | None) -> dict[str, Any]:
        """The error of one input inside a 207 answer."""
        context = dict(self.context)
        if trace_id is not None:
            context["objectWriteTraceId"] = [trace_id]
        category = self.category or ("OBJECT_NOT_FOUND" if self.status == 404 else "VALIDATION_ERROR")
        sent: dict[str, Any] = {"status": "error", "category": category, "message": self.message}
        if "errors" in self.extra:
            sent["errors"] = self.extra["errors"]
        if context:
            sent["context"] = context
        return sent


def bad_request(
    message: str, *, context: Mapping[str, list[str]] | None = None, fields: Sequence[str] = ()
) -> PortalRefusal:
    return PortalRefusal(400, message, category="VALIDATION_ERROR", context=context, fields=fields)


def bad_json(detail: str) -> PortalRefusal:
    return bad_request(f"Invalid input JSON: {detail}")


def not_found() -> PortalRefusal:
    """A numeric id that does not exist: no category on the wire."""
    return PortalRefusal(404, "resource not found", code="OBJECT_NOT_FOUND")


def not_numeric(record_id: str, *, dated: bool = False) -> PortalRefusal:
    """An id that cannot be one; the dated versions word it otherwise."""
    said = "Object not found. objectId is usually positive." if dated else _NOT_NUMERIC
    return PortalRefusal(404, said, category="OBJECT_NOT_FOUND", context={"id": [record_id]})


def missing(label: str, ids: Sequence[str]) -> PortalRefusal:
    """Records of a batch that are not there: one error for all of them."""
    return PortalRefusal(
        404,
        f"Could not get some {label.upper()} objects, they may be deleted or not exist. Check that ids are valid.",
        category="OBJECT_NOT_FOUND",
        context={"ids": list(ids)},
    )


def unknown_type(name: str) -> PortalRefusal:
    return bad_request(f"Unable to infer object type from: {name}")


def no_property(name: str, status: int = 404) -> PortalRefusal:
    return PortalRefusal(
        status, f'Property "{name}" does not exist', category="OBJECT_NOT_FOUND", context={"propertyName": [name]}
    )


def invalid_properties(problems: Sequence[Problem], portal_id: int) -> PortalRefusal:
    """The details travel twice: as a JSON array inside the message, and as `errors`."""
    inside = [
        {
            "isValid": False,
            "message": problem.message,
            "error": problem.code,
            "name": problem.name,
            "localizedErrorMessage": problem.message,
            "portalId": portal_id,
        }
        for problem in problems
    ]
    errors = [
        {"message": problem.message, "code": problem.code, "context": {"propertyName": [problem.name]}}
        for problem in problems
    ]
    return PortalRefusal(
        400,
        f"Property values were not valid: {json.dumps(inside, separators=(',', ':'), ensure_ascii=False)}",
        category="VALIDATION_ERROR",
        code=problems[0].code,
        fields=[problem.name for problem in problems],
        extra={"errors": errors},
    )


def already_exists(label: str, existing_id: int) -> PortalRefusal:
    return PortalRefusal(
        409, f"{label} already exists. Existing ID: {existing_id}", category="CONFLICT", fields=["email"]
    )


def value_taken(portal_id: int, label: str, name: str, value: str, record_id: int, existing_id: int) -> PortalRefusal:
    """A unique property's value belongs to another record."""
    coordinates = (
        f"PropertyValueCoordinates{{portalId={portal_id}, "
        f"objectTypeId=ObjectTypeId{{legacyObjectType={label.upper()}}}, propertyName={name}, value={value}}}"
    )
    return PortalRefusal(
        400,
        f"Cannot set {coordinates} on {record_id}. {existing_id} already has that value.",
        category="VALIDATION_ERROR",
        code="UNIQUE_VALUE_CONFLICT",
        fields=[name],
    )


def duplicate_ids(ids: Sequence[str]) -> PortalRefusal:
    return bad_request(
        f"Duplicate IDs found in batch input: [{', '.join(ids)}]. IDs must be unique", context={"ids": list(ids)}
    )


def missing_scopes(scopes: Sequence[str]) -> PortalRefusal:
    return PortalRefusal(
        403,
        "This app hasn't been granted all required scopes to make this call. Read more about required scopes here: "
        "https://developers.hubspot.com/scopes.",
        category="MISSING_SCOPES",
        extra={
            "errors": [
                {
                    "message": "One or more of the following scopes are required.",
                    "context": {"requiredGranularScopes": list(scopes)},
                }
            ],
            "links": {"scopes": "https://developers.hubspot.com/scopes"},
        },
    )


def no_credentials() -> PortalRefusal:
    return PortalRefusal(
        401,
        "Authentication credentials not found. This API supports OAuth 2.0 authentication and you can find more "
        "details at https://developers.hubspot.com/docs/methods/auth/oauth-overview",
        category="INVALID_AUTHENTICATION",
    )


def expired_token(late_s: int, expired_at: str) -> PortalRefusal:
    return PortalRefusal(
        401,
        f"The OAuth token used to make this call expired {late_s} second(s) ago.",
        category="EXPIRED_AUTHENTICATION",
        context={"expire time": [expired_at]},
    )


def rate_limited(policy: str, request_id: str) -> PortalRefusal:
    """The ten-second and the daily limit; the real answers carry no Retry-After."""
    return PortalRefusal(
        429,
        f"You have reached your {policy.lower()} limit.",
        code=policy,
        extra={"errorType": "RATE_LIMIT", "policyName": policy, "requestId": request_id},
    )


def search_limited() -> PortalRefusal:
    """Search's own limit has another body: no policyName, no errorType."""
    return PortalRefusal(429, "You have reached your secondly limit.", category="RATE_LIMITS")
