"""The sandbox's own endpoints: faults, ledger, clock, people, truth."""

from __future__ import annotations

import time

import pytest

from sandbox.app import Sandbox


@pytest.fixture
def sandbox(start) -> Sandbox:
    return start(accounts=10, people=30, start_ms=1_767_225_600_000)


@pytest.fixture
def client(sandbox, client_of):
    return client_of(sandbox)


def test_a_profile_is_switched_for_all_systems_and_taken_back(client) -> None:
    rough = client.control("POST", "faults", json={"profile": "rough"})
    assert all(rough[system]["rules"] for system in ("salesforce", "hubspot", "vendors"))
    calm = client.control("DELETE", "faults")
    assert not any(calm[system]["rules"] for system in calm)


def test_a_rule_strikes_the_named_call_of_the_named_system_only_and_is_told_afterwards(client, sandbox) -> None:
    rule = {"system": "hubspot", "kind": "503", "calls": [1], "path": "/crm/", "name": "once", "html": False}
    client.control("POST", "faults", json=rule)
    assert client.hubspot("/crm/v3/objects/contacts").status_code == 503
    assert client.hubspot("/crm/v3/objects/contacts").status_code == 200
    assert client.salesforce("/services/data/v62.0/limits").status_code == 200
    told = client.control("GET", "faults")
    assert [strike["rule"] for strike in told["hubspot"]["struck"]] == ["once"]
    client.control("DELETE", "faults?name=once")
    client.control("DELETE", "faults?name=once", status=404)


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "message"),
    [
        ("POST", "faults", {"profile": "stormy"}, 400, "stormy"),
        ("POST", "faults", {"kind": "503", "rat": 1}, 400, "rat"),
        ("POST", "faults", {"kind": "gremlins"}, 400, "gremlins"),
        ("POST", "faults", {"system": "pipedrive", "kind": "503"}, 400, "pipedrive"),
        ("POST", "clock", {"advance_ms": -1}, 400, "backwards"),
        ("POST", "clock", {"advance_ms": "1"}, 400, "whole number"),
        ("POST", "clock", {"jump": 1}, 400, "jump"),
        ("POST", "people", {"act": 1, "only": ["sing"]}, 400, "sing"),
        ("POST", "people", {"act": -3}, 400, "act"),
        ("POST", "people", {"talk": True}, 400, "talk"),
        ("POST", "people", {"about": ["a.example"]}, 400, "give talk"),
        ("POST", "people", {"talk": 1, "about": "a.example"}, 400, "about"),
        ("POST", "people", {"engage": 1}, 400, "syncer setup hubspot"),
        ("POST", "people", [], 400, "object"),
        ("PUT", "ledger", {}, 405, "GET"),
        ("GET", "weather", None, 404, "ledger"),
        ("GET", "truth?email=nobody@nowhere.example", None, 404, "nobody"),
        ("GET", "truth?kind=robots", None, 400, "people or accounts"),
        ("GET", "ledger?since=x", None, 400, "since"),
    ],
)
def test_a_call_that_makes_no_sense_is_told_what_would(client, method, path, body, status, message) -> None:
    answer = client.control(method, path, status=status, **({} if body is None else {"json": body}))
    assert message in answer["error"]["message"]


def test_a_page_that_comes_by_another_name_gets_nothing(client) -> None:
    answer = client.control("GET", "ledger", status=403, headers={"Host": "evil.example"})
    assert "edits" not in answer


def test_people_edit_on_demand_and_the_ledger_tells_every_edit_in_pages(client) -> None:
    did = client.control("POST", "people", json={"act": 25})["did"]
    assert len(did) == 25
    first = client.control("GET", "ledger?limit=10")
    assert [edit["edit_id"] for edit in first["edits"]] == list(range(1, 11))
    edits, since = list(first["edits"]), first["last"]
    while page := client.control("GET", f"ledger?since={since}&limit=10")["edits"]:
        edits += page
        since = page[-1]["edit_id"]
    assert len(edits) == first["total"] >= 20
    assert {edit["system"] for edit in edits} == {"salesforce", "hubspot"}
    assert all(edit["actor"].startswith(("human:", "automation")) for edit in edits)


def test_reps_talk_on_demand_and_the_truth_tells_what_they_heard(client) -> None:
    did = client.control("POST", "people", json={"talk": 4})["did"]
    assert len(did) == client.control("GET", "people")["talked"] == 4
    texts = [talk["text"] for told in client.control("GET", "truth")["results"] for talk in told["talks"]]
    assert all(any(text and text in line for text in texts) for line in did if " logged a " in line)


def test_people_who_were_started_go_on_until_they_are_stopped(client, sandbox) -> None:
    client.control("POST", "people", json={"every_ms": 10})
    deadline_s = time.monotonic() + 60
    while (told := client.control("GET", "people"))["done"] < 5:
        assert not told["failures"]
        assert time.monotonic() < deadline_s
    assert client.control("POST", "people", json={"stop": True})["every_ms"] is None
    with sandbox.lock:
        assert len(sandbox.ledger) >= 3


def test_the_clock_jumps_ahead_and_stands_still_when_told(client) -> None:
    before = client.control("GET", "clock")
    after = client.control("POST", "clock", json={"advance_ms": 3_600_000})
    assert after["now_ms"] - before["now_ms"] == 3_600_000
    assert client.control("POST", "clock", json={"speed": 60})["speed"] == 60
    assert client.control("POST", "clock", json={"speed": 0})["now_ms"] >= after["now_ms"]


def test_the_truth_is_told_by_address_by_domain_and_page_by_page(client, sandbox) -> None:
    world = sandbox.population.world
    person = next(world.person(number) for number in range(world.people) if world.person(number).email)
    told = client.control("GET", f"truth?email={person.email}")
    assert told["number"] == person.number
    assert told["facts"]["opted_in"] == person.facts.opted_in
    domain = world.company(3).domain
    assert client.control("GET", f"truth?domain={domain}")["number"] == 3
    page = client.control("GET", "truth?limit=20")
    assert (len(page["results"]), page["total"], page["next"]) == (20, 30, 20)
    rest = client.control("GET", "truth?limit=20&offset=20")
    assert (len(rest["results"]), rest["next"]) == (10, None)
    assert len(client.control("GET", "truth?kind=accounts")["results"]) == 10
