"""getUpdated and getDeleted: ids of what changed in a span, and how far the answer is complete."""

from __future__ import annotations

from typing import Final

from sandbox.kernel import Response, json_response
from sandbox.salesforce.definitions import ObjectDef
from sandbox.salesforce.errors import bad_request
from sandbox.salesforce.router import DATA, Call, Route
from sandbox.salesforce.times import parse_instant, stamp

_DAY_S: Final = 86_400
_MINUTE_S: Final = 60
_UPDATED_REACH_S: Final = 30 * _DAY_S
_DELETED_REACH_S: Final = 15 * _DAY_S
_MOST_IDS: Final = 600_000


def _span(call: Call, reach_s: int) -> tuple[ObjectDef, int, int]:
    """The object and the span in seconds. Raises Refusal for a span that getUpdated does not take."""
    definition = call.definition()
    if not definition.replicateable:
        raise bad_request("INVALID_TYPE", f"entity type {definition.name} does not support replication")
    ends = []
    for name in ("start", "end"):
        text = call.request.param(name)
        at_ms = parse_instant(text) if text else None
        if at_ms is None:
            raise bad_request("INVALID_REPLICATION_DATE", f"{name} is no valid date: {text}")
        grain_s = _MINUTE_S if call.state.settings.replication_by_minute else 1
        ends.append(at_ms // 1000 // grain_s * grain_s)
    start_s, end_s = ends
    if end_s - start_s < _MINUTE_S:
        raise bad_request("INVALID_REPLICATION_DATE", "endDate must be at least one minute after startDate")
    if start_s < call.state.now_ms() // 1000 - reach_s:
        raise bad_request("INVALID_REPLICATION_DATE", f"startDate cannot be more than {reach_s // _DAY_S} days ago")
    return definition, start_s, end_s


def _covered(call: Call, end_s: int) -> str:
    """`end`, or the start of the oldest transaction that still runs, or now: whichever is earliest."""
    running_s = call.state.oldest_transaction_s()
    now_s = call.state.now_ms() // 1000
    return stamp(min(end_s, now_s, now_s if running_s is None else running_s) * 1000)


def updated(call: Call) -> Response:
    definition, start_s, end_s = _span(call, _UPDATED_REACH_S)
    rows = call.state.table(definition.name).changed(start_s, end_s)
    found = [row["Id"] for row in rows if not row.get("IsDeleted")]
    if len(found) > _MOST_IDS:
        raise bad_request("EXCEEDED_ID_LIMIT", "too many ids: choose a shorter span")
    return json_response(200, {"ids": found, "latestDateCovered": _covered(call, end_s)})


def deleted(call: Call) -> Response:
    definition, start_s, end_s = _span(call, _DELETED_REACH_S)
    rows = call.state.table(definition.name).changed(start_s, end_s)
    found = [{"deletedDate": row["SystemModstamp"], "id": row["Id"]} for row in rows if row.get("IsDeleted")]
    kept_s = call.state.now_ms() // 1000 - _DELETED_REACH_S
    return json_response(
        200,
        {
            "deletedRecords": found,
            "earliestDateAvailable": stamp(max(kept_s, call.state.born_s) * 1000),
            "latestDateCovered": _covered(call, end_s),
        },
    )


ROUTES = [
    Route("GET", f"{DATA}/sobjects/{{object}}/updated", updated),
    Route("GET", f"{DATA}/sobjects/{{object}}/deleted", deleted),
]
