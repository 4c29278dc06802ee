"""Allowances: the day's share, bursts, and what is reported of them."""

from __future__ import annotations

import pytest
import responses

from connectors.base import ProtocolError, QuotaError, TransientError, Usage

ORG = "https://acme.my.salesforce.com"
LIMITS = f"{ORG}/services/data/v66.0/limits"
DAY = {"DailyApiRequests": {"Max": 100, "Remaining": 15}, "DailyBulkV2QueryJobs": {"Max": 10, "Remaining": 9}}
CONCURRENT = [{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "ConcurrentRequests Limit exceeded."}]


def test_our_share_of_the_day_stops_us_before_the_org_does_and_lets_one_call_look_again(
    make_remote, wire, clock
) -> None:
    remote = make_remote(api_share=0.8)
    wire.add(responses.GET, LIMITS, json={}, headers={"Sforce-Limit-Info": "api-usage=80/100"})
    wire.add(responses.GET, LIMITS, json={}, headers={"Sforce-Limit-Info": "api-usage=20/100"})
    remote.limits()
    with pytest.raises(QuotaError) as caught:
        remote.limits()
    assert len(wire.calls) == 1
    assert caught.value.retry_after_s == 1_800
    assert "api_share" in caught.value.action
    clock.sleep(1_801)
    remote.limits()
    remote.limits()
    assert remote.usage() == (Usage("sf.day", 20, 100, None),)


def test_the_limits_resource_feeds_the_same_share(make_remote, wire) -> None:
    remote = make_remote(api_share=0.8)
    wire.add(responses.GET, LIMITS, json=DAY)
    assert remote.limits() == (Usage("sf.day", 85, 100, None), Usage("sf.bulk_queries", 1, 10, None))
    with pytest.raises(QuotaError):
        remote.limits()


def test_a_day_without_a_known_limit_never_stops_us(make_remote, wire) -> None:
    remote = make_remote()
    for header in ("api-usage=0/0", "rubbish", "", "api-usage=x/y"):
        wire.add(responses.GET, LIMITS, json={}, headers={"Sforce-Limit-Info": header})
        remote.limits()
    assert len(wire.calls) == 4


def pace(make_remote, wire, clock, headers: dict[str, str], calls: int = 60) -> float:
    """Seconds waited for a row of calls under a pace of 100 in ten seconds."""
    remote = make_remote(calls_per_10_s=100)
    wire.add(responses.GET, LIMITS, json={}, headers=headers)
    for _ in range(calls):
        clock.sleep(0.5)  # as long as a call takes: slow enough for the full pace
        remote.limits()
    return sum(clock.slept_s) - 0.5 * calls


def test_an_even_pace_is_not_held_up(make_remote, wire, clock) -> None:
    assert pace(make_remote, wire, clock, {}) == 0


def test_a_burst_that_the_org_reports_slows_us_down(make_remote, wire, clock) -> None:
    assert pace(make_remote, wire, clock, {"Sforce-Limit-Info": "api-usage=1/9000; api-bursts=740/750"}) > 5


def test_too_many_long_calls_at_once_slow_us_down_and_are_no_spent_day(make_remote, wire, clock) -> None:
    remote = make_remote(calls_per_10_s=10)
    wire.add(responses.GET, LIMITS, status=403, json=CONCURRENT)
    for _ in range(4):
        clock.sleep(1.2)
        with pytest.raises(TransientError):
            remote.limits()
    assert sum(clock.slept_s) > 4 * 1.2


def test_limits_of_another_shape_are_told(remote, wire) -> None:
    wire.add(responses.GET, LIMITS, json=[])
    with pytest.raises(ProtocolError):
        remote.limits()
