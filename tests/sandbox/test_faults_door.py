"""Faults keep the model's truth: what an answer hides was done or not done, exactly as the kind promises."""

from __future__ import annotations

import orjson
import pytest

from sandbox.faults import PROFILES, FaultKind, FaultRule, Faults, FaultyDoor, is_write
from sandbox.kernel import Request, Response, SandboxClock, json_response


class Notebook:
    """A door that remembers what it carried out, and answers batches like both vendors do."""

    def __init__(self) -> None:
        self.done: list[Request] = []

    def handle(self, request: Request) -> Response:
        self.done.append(request)
        if request.path.endswith("/composite/sobjects"):
            records = request.json()["records"]
            return json_response(200, [{"id": item["id"], "success": True, "errors": []} for item in records])
        if "/batch/" in request.path:
            inputs = request.json()["inputs"]
            results = [{"id": item["id"], "nth": nth} for nth, item in enumerate(inputs)]
            return json_response(200, {"status": "COMPLETE", "results": results})
        return json_response(200, {"seen": len(self.done)})


def door(system: str, *rules: FaultRule, seed: int = 0) -> tuple[FaultyDoor, Notebook, SandboxClock]:
    clock, notebook = SandboxClock(), Notebook()
    return FaultyDoor(notebook, Faults(system, clock, seed, rules)), notebook, clock


def always(kind: str, **more: object) -> FaultRule:
    return FaultRule.parse({"kind": kind, "rate": 1.0, **more})


PATCH = Request("PATCH", "/services/data/v66.0/sobjects/Lead/00Q1", body=b"{}")
GET = Request("GET", "/services/data/v66.0/query", "q=SELECT+Id")


@pytest.mark.parametrize(("kind", "done"), [("timeout_before", 0), ("timeout_after", 1)])
def test_a_dropped_call_is_done_or_not_as_its_kind_says(kind: str, done: int) -> None:
    faulty, notebook, _ = door("salesforce", always(kind))
    assert faulty.handle(PATCH).drop
    assert len(notebook.done) == done


def test_a_zombie_is_done_later_once_and_only_if_it_writes() -> None:
    faulty, notebook, clock = door("salesforce", always("zombie", times=2, delay_ms=1000))
    assert faulty.handle(PATCH).drop
    assert faulty.handle(GET).drop
    assert notebook.done == [] and faulty.in_flight_ms is not None
    clock.set(faulty.in_flight_ms - 1)
    assert faulty.tick() == 0
    clock.advance(1)
    assert faulty.handle(GET).json() == {"seen": 2}, "the zombie went in before the next call"
    assert notebook.done == [PATCH, GET] and faulty.in_flight_ms is None


@pytest.mark.parametrize("html", [True, False])
@pytest.mark.parametrize("system", ["salesforce", "hubspot", "vendors"])
@pytest.mark.parametrize("kind", ["500", "502", "503", "504"])
def test_server_errors_come_as_page_or_json(kind: str, system: str, html: bool) -> None:
    faulty, notebook, _ = door(system, always(kind, html=html))
    answers = [faulty.handle(PATCH) for _ in range(40)]
    assert {answer.status for answer in answers} == {int(kind)}
    assert all(answer.body.startswith(b"<!DOCTYPE") is html for answer in answers)
    if kind == "503":
        assert notebook.done == []
    else:
        assert 0 < len(notebook.done) < 40, "some were carried out, some were not"


def test_limits_are_worded_by_each_vendor() -> None:
    search = Request("POST", "/crm/v3/objects/contacts/search", body=b"{}")
    faulty, _, _ = door("hubspot", always("429"))
    assert faulty.handle(search).json()["message"] == "You have reached your secondly limit."
    assert faulty.handle(GET).json()["policyName"] == "TEN_SECONDLY_ROLLING"
    assert "Retry-After" not in faulty.handle(GET).headers
    faulty, _, _ = door("salesforce", always("429", retry_after_s=7))
    answer = faulty.handle(GET)
    assert (answer.status, answer.headers["Retry-After"]) == (429, "7")
    assert answer.json()[0]["errorCode"] == "REQUEST_LIMIT_EXCEEDED"


def test_a_spent_quota_lasts_and_ends() -> None:
    faulty, notebook, clock = door("hubspot", FaultRule(FaultKind.QUOTA_SPENT, calls=(1,), lasts_ms=5000))
    assert [faulty.handle(GET).json()["policyName"] for _ in range(3)] == ["DAILY"] * 3
    clock.advance(5000)
    assert faulty.handle(GET).status == 200 and len(notebook.done) == 1


def test_truncation_cuts_after_the_call_was_done() -> None:
    faulty, notebook, _ = door("salesforce", always("truncated"))
    answer = faulty.handle(PATCH)
    assert answer.truncate_at is not None and answer.truncate_at < len(answer.body) and len(notebook.done) == 1


def test_locked_rows_are_refused_in_place_and_never_reach_the_model() -> None:
    records = [{"id": f"00Q{number}", "attributes": {"type": "Lead"}} for number in range(9)]
    body = orjson.dumps({"allOrNone": False, "records": records})
    faulty, notebook, _ = door("salesforce", always("lock_row"))
    answer = faulty.handle(Request("PATCH", "/services/data/v66.0/composite/sobjects", body=body)).json()
    assert [item["id"] for item in answer] == [record["id"] for record in records]
    locked = {item["id"] for item in answer if not item["success"]}
    assert 1 <= len(locked) <= 3
    assert {record["id"] for record in notebook.done[0].json()["records"]} == {r["id"] for r in records} - locked
    assert {item["errors"][0]["statusCode"] for item in answer if item["id"] in locked} == {"UNABLE_TO_LOCK_ROW"}
    assert faulty.handle(PATCH).json()[0]["errorCode"] == "UNABLE_TO_LOCK_ROW"
    assert faulty.handle(GET).status == 200, "a query locks nothing"


def test_all_or_none_with_a_locked_row_does_nothing() -> None:
    body = orjson.dumps({"allOrNone": True, "records": [{"id": "a"}, {"id": "b"}, {"id": "c"}, {"id": "d"}]})
    faulty, notebook, _ = door("salesforce", always("lock_row"))
    answer = faulty.handle(Request("PATCH", "/services/data/v66.0/composite/sobjects", body=body)).json()
    assert not any(item["success"] for item in answer) and notebook.done == []


def test_one_poisoned_input_is_refused_alone_only_with_trace_ids() -> None:
    inputs = [{"id": str(n), "objectWriteTraceId": f"t{n}", "properties": {"city": "Oslo"}} for n in range(4)]
    path = "/crm/v3/objects/contacts/batch/update"
    faulty, notebook, _ = door("hubspot", always("partial_reject"))
    answer = faulty.handle(Request("POST", path, body=orjson.dumps({"inputs": inputs})))
    assert answer.status == 207 and answer.json()["numErrors"] == 1 and len(answer.json()["results"]) == 3
    bare = [{key: value for key, value in item.items() if key != "objectWriteTraceId"} for item in inputs]
    answer = faulty.handle(Request("POST", path, body=orjson.dumps({"inputs": bare})))
    assert answer.status == 400 and len(notebook.done) == 1


def test_batch_results_come_in_another_order() -> None:
    inputs = [{"id": str(number)} for number in range(20)]
    faulty, _, _ = door("hubspot", always("reorder_items"))
    request = Request("POST", "/crm/v3/objects/contacts/batch/read", body=orjson.dumps({"inputs": inputs}))
    numbers = [item["nth"] for item in faulty.handle(request).json()["results"]]
    assert numbers != sorted(numbers) and sorted(numbers) == list(range(20))


def test_a_stale_read_answers_what_it_answered_before() -> None:
    faulty, notebook, _ = door("hubspot", FaultRule(FaultKind.STALE_READ, calls=(3,)))
    assert [faulty.handle(GET).json()["seen"] for _ in range(4)] == [1, 2, 2, 3]
    assert len(notebook.done) == 3


def test_an_expired_token_never_stands_in_the_way_of_a_new_one() -> None:
    faulty, _, _ = door("salesforce", always("expired_token"))
    assert faulty.handle(GET).json()[0]["errorCode"] == "INVALID_SESSION_ID"
    assert faulty.handle(Request("POST", "/services/oauth2/token")).status == 200


def test_removing_one_rule_leaves_the_others_strikes_where_they_were() -> None:
    one, two = FaultRule(FaultKind.TIMEOUT_BEFORE, rate=0.1), FaultRule(FaultKind.UNAVAILABLE, rate=0.1)
    both, _, _ = door("salesforce", one, two, seed=5)
    alone, _, _ = door("salesforce", two, seed=5)
    for _ in range(500):
        both.handle(GET)
        alone.handle(GET)
    struck = {call for call, label, _, _ in both.faults.struck if label == "503"}
    first = {call for call, label, _, _ in both.faults.struck if label == "timeout_before"}
    assert struck == {call for call, *_ in alone.faults.struck} - first and len(struck) > 20


def test_profiles_strike_at_their_rates_and_calm_never() -> None:
    counts = {}
    for profile in PROFILES:
        faulty, _, _ = door("salesforce", seed=3)
        faulty.faults.switch(profile)
        for _ in range(4000):
            faulty.handle(PATCH)
        counts[profile] = len(faulty.faults.struck) / 4000
    assert counts["calm"] == 0
    assert 0.02 < counts["rough"] < 0.08
    assert 0.12 < counts["hostile"] < 0.30, "more than two thirds of the calls pass, so that retries make progress"


@pytest.mark.parametrize(
    "wrong",
    [{}, {"kind": "gremlin"}, {"kind": "429", "rat": 1}, {"kind": "429", "rate": 2}, {"kind": "429", "path": "("}],
)
def test_a_wrong_rule_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        FaultRule.parse(wrong)


def test_reads_by_post_are_no_writes() -> None:
    assert not is_write(Request("POST", "/crm/v3/objects/contacts/search"))
    assert not is_write(Request("POST", "/services/data/v66.0/composite/sobjects/Lead"))
    assert is_write(Request("POST", "/services/data/v66.0/composite/sobjects"))
    assert is_write(Request("PATCH", "/services/data/v66.0/composite/sobjects/Lead/Syncer_Key__c"))
