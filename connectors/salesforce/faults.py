"""Salesforce's error bodies to our error classes: one table by code, because messages come in the user's language.

Body forms: REST array `[{"message","errorCode","fields"}]`, Collections `errors[].statusCode`, log-in object
`{"error","error_description"}`, Bulk 1 object `exceptionCode`, 300 with a list of paths, HTML, nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from connectors.base import (
    AccessError,
    AuthError,
    DataError,
    GoneError,
    IdentityConflictError,
    PreconditionError,
    ProtocolError,
    QuotaError,
    RemoteError,
    SchemaError,
    TransientError,
)
from connectors.redact import redact
from connectors.salesforce.ids import to18

QUOTA_PAUSE_S: Final = 1_800.0

_ADMIN = "A Salesforce administrator: "
_VALUE = "Correct the value in HubSpot, or the mapping."
_GONE = "Nothing: it is treated as deleted in Salesforce. Restore it from the recycle bin if that was a mistake."
_LOG_IN = "Log in again: run `syncer connect salesforce`."

# code -> (class, who must do what; blank: what is usual for the class)
CODES: Final[Mapping[str, tuple[type[RemoteError], str]]] = {
    # the line, the load
    "SERVER_UNAVAILABLE": (TransientError, ""),
    "UNABLE_TO_LOCK_ROW": (TransientError, ""),
    "QUERY_TIMEOUT": (TransientError, ""),
    "UNKNOWN_EXCEPTION": (TransientError, ""),
    "SERVICE_UNAVAILABLE": (TransientError, ""),
    "REQUEST_RUNNING_TOO_LONG": (TransientError, ""),
    "ROW_LOCKED": (TransientError, ""),
    # allowances
    "REQUEST_LIMIT_EXCEEDED": (QuotaError, "Wait for the rolling 24 hours, or find which app uses the calls."),
    "LIMIT_EXCEEDED": (QuotaError, "Wait for the rolling 24 hours, or buy more of this allowance."),
    "EXCEEDED_ID_LIMIT": (DataError, "Nothing: a longer look-back takes the place of this question."),
    "STORAGE_LIMIT_EXCEEDED": (AccessError, _ADMIN + "free data storage; updates still go through."),
    "TXN_SECURITY_METERING_ERROR": (AccessError, _ADMIN + "exempt the integration user from transaction security."),
    "TXN_SECURITY_NO_ACCESS": (AccessError, _ADMIN + "exempt the integration user from transaction security."),
    # log-in
    "INVALID_SESSION_ID": (AuthError, _LOG_IN),
    "INVALID_AUTH_HEADER": (AuthError, _LOG_IN),
    "INVALID_LOGIN": (AuthError, "Check user name, key and app."),
    "API_DISABLED_FOR_ORG": (AuthError, _ADMIN + "enable the API for this org and user."),
    "API_CURRENTLY_DISABLED": (AuthError, _ADMIN + "enable the API for this org and user."),
    "UNSUPPORTED_API_VERSION": (AuthError, "Raise api_version."),
    # the value does not fit
    "REQUIRED_FIELD_MISSING": (DataError, "Fill the field in HubSpot, map it, or give it a default."),
    "STRING_TOO_LONG": (DataError, _VALUE),
    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST": (DataError, _ADMIN + "add the option, or correct the mapping."),
    "FIELD_CUSTOM_VALIDATION_EXCEPTION": (DataError, "A validation rule refused this: read its message."),
    "INVALID_EMAIL_ADDRESS": (DataError, _VALUE),
    "NUMBER_OUTSIDE_VALID_RANGE": (DataError, _VALUE),
    "INVALID_TYPE_ON_FIELD_IN_RECORD": (DataError, _VALUE),
    "JSON_PARSER_ERROR": (DataError, _VALUE),
    "MALFORMED_ID": (DataError, _VALUE),
    "FIELD_INTEGRITY_EXCEPTION": (DataError, _VALUE),
    "FIELD_FILTER_VALIDATION_EXCEPTION": (DataError, "A lookup filter refused this: read its message."),
    "INVALID_CROSS_REFERENCE_KEY": (DataError, "The record referred to is not there or not visible."),
    "INACTIVE_OWNER_OR_USER": (DataError, "Map the owner to an active user."),
    "ENTITY_IS_LOCKED": (DataError, "The record is in an approval: decide it, or wait."),
    "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY": (DataError, _ADMIN + "a trigger or flow refused this: read its message."),
    "INVALID_CURRENCY_ISO": (DataError, _VALUE),
    # someone is already there
    "DUPLICATE_VALUE": (IdentityConflictError, "The unique value belongs to another record: link or merge."),
    "DUPLICATES_DETECTED": (IdentityConflictError, "A duplicate rule found a match: link or merge."),
    "DUPLICATE_DEVELOPER_NAME": (IdentityConflictError, "The name is taken: it was created before."),
    "DUPLICATE_EXTERNAL_ID": (IdentityConflictError, "Several records hold this key: merge them."),
    "MULTIPLE_CHOICES": (IdentityConflictError, "Several records hold this key: merge them."),
    # gone, or changed its nature
    "ENTITY_IS_DELETED": (GoneError, _GONE),
    "NOT_FOUND": (GoneError, _GONE),
    "INVALID_ID_FIELD": (GoneError, _GONE),
    "CANNOT_UPDATE_CONVERTED_LEAD": (PreconditionError, ""),  # reading it again shows the conversion
    "ENTITY_FAILED_IFLASTMODIFIED_ON_UPDATE_CHECK": (PreconditionError, ""),
    # the schema, or who may see it
    "INVALID_FIELD": (SchemaError, _ADMIN + "restore the field or its visibility for the integration user."),
    "MALFORMED_QUERY": (SchemaError, "Correct the field names in the mapping: the query made of them is refused."),
    "QUERY_TOO_COMPLICATED": (SchemaError, "Map fewer formula fields of this object: the query is too heavy."),
    "INVALID_QUERY_LOCATOR": (TransientError, ""),
    "INVALID_TYPE": (SchemaError, _ADMIN + "give the integration user access to the object."),
    "INVALIDENTITY": (SchemaError, "Nothing: this object is read by REST instead of Bulk."),
    "INVALID_FIELD_FOR_INSERT_UPDATE": (AccessError, _ADMIN + "make the field editable for the integration user."),
    "INSUFFICIENT_ACCESS_OR_READONLY": (AccessError, _ADMIN + "give the integration user edit access to the record."),
    "INSUFFICIENT_ACCESS": (AccessError, _ADMIN + "give the integration user the missing permission."),
    "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY": (AccessError, _ADMIN + "share the record referred to."),
    "CANNOT_CREATE_FIELD": (AccessError, _ADMIN + "grant Customize Application."),
    "OPERATION_TOO_LARGE": (AccessError, _ADMIN + "grant View All Data, which lifts the limit on activity queries."),
    "FUNCTIONALITY_NOT_ENABLED": (AccessError, _ADMIN + "enable this function."),
    "FEATURENOTENABLED": (AccessError, _ADMIN + "enable this function."),
}

# log-in: error -> what a person does
LOG_IN_ACTIONS: Final[Mapping[str, str]] = {
    "invalid_grant": "Approve the app for the integration user, or authorise again; check user name, key and audience.",
    "invalid_client": "Check client id and secret.",
    "invalid_client_id": "Check the client id: the app may be new and take minutes to be known.",
    "unsupported_grant_type": "Enable this flow on the app.",
    "inactive_user": _ADMIN + "activate the integration user.",
    "invalid_app_access": _ADMIN + "pre-authorise the app for the integration user.",
}

# 401 texts that a fresh token does not cure
_CONFIGURATION_401: Final = ("not attached to Agent", "not valid for use with the REST API")

_FIELDS_IN_MESSAGE: Final[Mapping[str, re.Pattern[str]]] = {
    "REQUIRED_FIELD_MISSING": re.compile(r"\[([\w, ]+)\]"),
    "INVALID_FIELD": re.compile(r"[Nn]o such column '([\w.]+)'"),
    "INVALID_FIELD_FOR_INSERT_UPDATE": re.compile(r"fields?: ([\w, ]+?)(?:\.|$)"),
    "DUPLICATE_VALUE": re.compile(r"found: ([\w]+) duplicates"),
}
_ID_IN_MESSAGE: Final = re.compile(r"\bid: ?([A-Za-z0-9]{15,18})\b")
_EXTERNAL_ID: Final = re.compile(r"external ID field does not exist[^:]*: (\w+)")
_LAST_SEGMENT: Final = re.compile(r"/([A-Za-z0-9]{15,18})$")


def classify(entries: Sequence[Mapping[str, Any]], status: int | None = None) -> RemoteError:
    """One typed error for the error entries of a call or an item: the first names the class, all are told."""
    first = entries[0]
    code = _code(first)
    message = "; ".join(f"{_code(entry)}: {entry.get('message', '')}".strip() for entry in entries)
    kind, action = _kind(code, str(first.get("message", "")), status)
    fields = list(dict.fromkeys(name for entry in entries for name in _fields(entry)))
    return kind(
        redact(message),
        side="left",
        code=code,
        status=status,
        fields=fields,
        action=action,
        retry_after_s=QUOTA_PAUSE_S if kind is QuotaError else None,
        existing_id=_existing(first) if kind is IdentityConflictError else None,
    )


def _code(entry: Mapping[str, Any]) -> str:
    return str(entry.get("errorCode") or entry.get("statusCode") or entry.get("exceptionCode") or "")


def _kind(code: str, message: str, status: int | None) -> tuple[type[RemoteError], str]:
    if code == "REQUEST_LIMIT_EXCEEDED" and "Concurrent" in message:
        return TransientError, ""  # too many long calls at this moment, not a spent day
    if code == "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY" and "UNABLE_TO_LOCK_ROW" in message:
        return TransientError, ""  # a trigger met the lock
    if code == "NOT_FOUND" and _EXTERNAL_ID.search(message):
        return SchemaError, _ADMIN + "make the key field visible to the integration user."
    known = CODES.get(code) or CODES.get(code.upper())
    if known is not None:
        return known
    if code.startswith("TXN_SECURITY"):
        return CODES["TXN_SECURITY_NO_ACCESS"]
    return _by_status(status)


def _by_status(status: int | None) -> tuple[type[RemoteError], str]:
    """For codes this table does not know: org-specific ones come from validations, so an item is a data error."""
    if status in (None, 400):
        return DataError, "Read the message: the org refused this in its own words."
    if status == 401:
        return AuthError, _LOG_IN
    if status == 403:
        return AccessError, _ADMIN + "give the integration user the missing permission."
    if status == 404:
        return GoneError, _GONE
    if status == 412:
        return PreconditionError, ""
    return (TransientError, "") if status is not None and status >= 500 else (ProtocolError, "")


def _fields(entry: Mapping[str, Any]) -> list[str]:
    named = [str(name) for name in entry.get("fields") or ()]
    if named:
        return named
    message = str(entry.get("message", ""))
    pattern = _FIELDS_IN_MESSAGE.get(_code(entry))
    found = pattern.search(message) if pattern else None
    if found is None:
        found = _EXTERNAL_ID.search(message)
    return [name.strip() for name in found.group(1).split(",") if name.strip()] if found else []


def _existing(entry: Mapping[str, Any]) -> str | None:
    """The record that is already there: from the rule's matches (misspelt key included) or from the message."""
    result = entry.get("duplicateResut") or entry.get("duplicateResult")
    if isinstance(result, Mapping):
        for matches in result.get("matchResults") or ():
            for match in matches.get("matchRecords") or ():
                record_id = (match.get("record") or {}).get("Id")
                if record_id:
                    return to18(record_id)
    found = _ID_IN_MESSAGE.search(str(entry.get("message", "")))
    return to18(found.group(1)) if found and len(found.group(1)) in (15, 18) else None


def from_body(status: int, value: Any) -> RemoteError | None:
    """The typed error of a refused call; None where the body has no known shape."""
    if status == 412:
        return PreconditionError("the record changed after it was read", side="left", status=412)
    if status == 300 and isinstance(value, list):
        return _several(value)
    if isinstance(value, list):
        entries = [entry for entry in value if isinstance(entry, Mapping) and _code(entry)]
        return classify(entries, status) if entries else None
    if not isinstance(value, Mapping):
        return None
    if "error" in value:
        return _log_in_refusal(value, status)
    if _code(value):
        entry = {**value, "message": value.get("message") or value.get("exceptionMessage", "")}
        return classify([entry], status)
    return None


def _several(paths: Sequence[Any]) -> RemoteError:
    found = [match.group(1) for path in paths if (match := _LAST_SEGMENT.search(str(path)))]
    kind, action = CODES["MULTIPLE_CHOICES"]
    return kind(
        f"the key belongs to several records: {', '.join(found)}",
        side="left",
        code="MULTIPLE_CHOICES",
        status=300,
        action=action,
        existing_id=to18(found[0]) if found else None,
    )


def _log_in_refusal(value: Mapping[str, Any], status: int) -> RemoteError:
    code = str(value["error"])
    text = f"{code}: {value.get('error_description', '')}".rstrip(": ")
    if status >= 500 or code in ("server_error", "temporarily_unavailable") or "Login Rate Exceeded" in text:
        return TransientError(redact(text), side="left", code=code, status=status)
    action = LOG_IN_ACTIONS.get(code, "Check the log-in settings of Salesforce.")
    return AuthError(redact(text), side="left", code=code, status=status, action=action)


def renewable(body: bytes) -> bool:
    """Whether a fresh token can cure a 401 with this body."""
    text = body.decode("utf-8", "replace")
    return not any(phrase in text for phrase in _CONFIGURATION_401)
