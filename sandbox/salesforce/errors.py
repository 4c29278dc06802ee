"""Refusals in Salesforce's words, and the bodies they become: arrays for REST, objects elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from sandbox.kernel import Refusal, Response, json_response

# refusals of the save itself: their body names `fields` even when there are none
_OF_THE_SAVE: Final = frozenset(
    {
        "REQUIRED_FIELD_MISSING",
        "STRING_TOO_LONG",
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        "FIELD_CUSTOM_VALIDATION_EXCEPTION",
        "FIELD_INTEGRITY_EXCEPTION",
        "INVALID_FIELD_FOR_INSERT_UPDATE",
        "INVALID_EMAIL_ADDRESS",
        "DUPLICATE_VALUE",
        "CANNOT_UPDATE_CONVERTED_LEAD",
        "INSUFFICIENT_ACCESS_OR_READONLY",
        "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY",
        "INVALID_CROSS_REFERENCE_KEY",
        "INACTIVE_OWNER_OR_USER",
        "ENTITY_IS_DELETED",
        "NUMBER_OUTSIDE_VALID_RANGE",
        "MALFORMED_ID",
        "DUPLICATE_DEVELOPER_NAME",
        "UNABLE_TO_LOCK_ROW",
    }
)


def body_of(refusal: Refusal) -> list[dict[str, Any]]:
    """The array that a single-row call answers."""
    if "body" in refusal.details:  # a 300 lists paths instead
        return refusal.details["body"]
    entry: dict[str, Any] = dict(refusal.details)
    entry |= {"message": refusal.message, "errorCode": refusal.code}
    if refusal.fields or refusal.code in _OF_THE_SAVE:
        entry["fields"] = list(refusal.fields)
    return [entry]


def item_of(refusal: Refusal) -> dict[str, Any]:
    """The result of a failed item in Collections."""
    return {"success": False, "errors": [status_of(refusal)]}


def status_of(refusal: Refusal) -> dict[str, Any]:
    return {"statusCode": refusal.code, "message": refusal.message, "fields": list(refusal.fields)}


def rest(refusal: Refusal) -> Response:
    return json_response(refusal.status, body_of(refusal))


def bad_request(code: str, message: str, fields: Iterable[str] = ()) -> Refusal:
    return Refusal(400, code, message, fields)


def not_found(message: str = "The requested resource does not exist") -> Refusal:
    return Refusal(404, "NOT_FOUND", message)


def deleted() -> Refusal:
    return Refusal(404, "ENTITY_IS_DELETED", "entity is deleted")


def no_session() -> Refusal:
    return Refusal(401, "INVALID_SESSION_ID", "Session expired or invalid")


def parser_error(message: str) -> Refusal:
    return Refusal(400, "JSON_PARSER_ERROR", message)


def no_column(field: str, object_name: str) -> Refusal:
    return Refusal(400, "INVALID_FIELD", f"No such column '{field}' on sobject of type {object_name}")


def no_external_id(field: str) -> Refusal:
    return not_found(f"Provided external ID field does not exist or is not accessible: {field}")


def not_writable(fields: Iterable[str]) -> Refusal:
    names = list(fields)
    return Refusal(
        400,
        "INVALID_FIELD_FOR_INSERT_UPDATE",
        f"Unable to create/update fields: {', '.join(names)}. Please check the security settings of this field and "
        "verify that it is read/write for your profile or permission set.",
        names,
    )


def stale() -> Refusal:
    return Refusal(
        412,
        "ENTITY_FAILED_IFLASTMODIFIED_ON_UPDATE_CHECK",
        "The record you are attempting to update has been modified since the time given in If-Unmodified-Since",
    )
