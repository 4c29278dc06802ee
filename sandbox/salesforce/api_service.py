"""Versions, resources, describe, limits."""

from __future__ import annotations

from typing import Any, Final

from sandbox.kernel import Response, json_response
from sandbox.salesforce.definitions import ObjectDef
from sandbox.salesforce.describe import described, entry
from sandbox.salesforce.errors import bad_request
from sandbox.salesforce.router import DATA, Call, Route
from sandbox.salesforce.times import http_date, parse_http_date

_SEASONS: Final = ("Spring", "Summer", "Winter")
_RESOURCES: Final = (
    "tooling metadata folders eclair appMenu compactLayouts actions tabs recent limits sobjects query queryAll search "
    "parameterizedSearch composite process support theme jobs"
)


def versions(call: Call) -> Response:
    settings = call.state.settings
    return json_response(
        200,
        [
            {"label": label(number), "url": f"/services/data/v{number}.0", "version": f"{number}.0"}
            for number in range(settings.oldest_version, settings.newest_version + 1)
        ],
    )


def label(number: int) -> str:
    """`Spring '26` for 66: three releases a year, the winter one named after the next year."""
    year, season = divmod(number - 66, 3)
    return f"{_SEASONS[season]} '{(26 + year + (season == 2)) % 100:02d}"


def resources(call: Call) -> Response:
    state = call.state
    user_id = call.session.user_id if call.session else ""
    found = {name: f"{call.base}/{name}" for name in _RESOURCES.split()}
    found["identity"] = f"{state.settings.login_url.rstrip('/')}/id/{state.org_id}/{user_id}"
    return json_response(200, found)


def _conditional(call: Call, body: dict[str, Any]) -> Response:
    """200 with `Last-Modified`, or 304 where nothing changed since the caller's copy."""
    changed_s = call.state.schema_s
    headers = {"Last-Modified": http_date(changed_s)}
    given = call.request.headers.get("if-modified-since")
    if given is not None:
        since_s = parse_http_date(given)
        if since_s is None:
            raise bad_request("INVALID_REQUEST_PARAM", f"If-Modified-Since is no HTTP date: {given}")
        if changed_s <= since_s:
            return Response(304, headers)
    return json_response(200, body, headers)


def _shown(call: Call, *, tooling: bool) -> list[ObjectDef]:
    found = [made for name in call.state.objects if (made := call.state.visible(name)) and made.tooling is tooling]
    return sorted(found, key=lambda made: made.name)


def describe_global(call: Call) -> Response:
    entries = [entry(made, call.base) for made in _shown(call, tooling=False)]
    return _conditional(call, {"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": entries})


def basic(call: Call) -> Response:
    return json_response(200, {"objectDescribe": entry(call.definition(), call.base), "recentItems": []})


def describe(call: Call) -> Response:
    return _conditional(call, described(call.definition(), call.base))


def limits(call: Call) -> Response:
    state = call.state
    used = len(state.calls)
    most = state.settings.daily_limit
    quiet = {
        "ConcurrentAsyncGetReportInstances": 200,
        "ConcurrentSyncReportRuns": 20,
        "DailyAsyncApexExecutions": 250_000,
        "DailyBulkV2QueryFileStorageMB": 976_562,
        "DailyDurableGenericStreamingApiEvents": 10_000,
        "DailyGenericStreamingApiEvents": 10_000,
        "DailyStandardVolumePlatformEvents": 25_000,
        "DailyStreamingApiEvents": 10_000,
        "DailyWorkflowEmails": 1_000,
        "DataStorageMB": 1_024,
        "FileStorageMB": 1_024,
        "HourlyAsyncReportRuns": 1_200,
        "HourlyODataCallout": 1_000,
        "HourlySyncReportRuns": 500,
        "HourlyTimeBasedWorkflow": 1_000,
        "MassEmail": 5_000,
        "SingleEmail": 5_000,
    }
    found = {name: {"Max": value, "Remaining": value} for name, value in quiet.items()}
    found["DailyApiRequests"] = {"Max": most, "Remaining": max(0, most - used)}
    for name, value in (("DailyBulkApiBatches", 15_000), ("DailyBulkV2QueryJobs", 10_000)):
        found[name] = {"Max": value, "Remaining": max(0, value - state.used.get(name, 0))}
    return json_response(200, dict(sorted(found.items())))


ROUTES = [
    Route("GET", "/services/data", versions, open=True),
    Route("GET", DATA, resources),
    Route("GET", f"{DATA}/sobjects", describe_global),
    Route("GET", f"{DATA}/sobjects/{{object}}", basic),
    Route("GET", f"{DATA}/sobjects/{{object}}/describe", describe),
    Route("GET", f"{DATA}/limits", limits),
]
