"""The paid sources in trouble: every refusal and every break of each vendor has its name, and no secret gets out."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import pytest
import responses
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.base import AuthError
from connectors.enrichment.factory import PROVIDERS, connect
from connectors.enrichment.provider import AnswerState, Question
from sandbox.app import Sandbox, SandboxOptions
from sandbox.kernel import Request, Response, SandboxClock, json_response
from sandbox.vendors import Trouble
from tests.vendors.paid_desk import HIT, KEYS, MISS, PAID, PARTIAL, PENDING, Desk, Halves, Time, values


@pytest.fixture(params=PAID)
def desk(request: pytest.FixtureRequest) -> Desk:
    return Desk(request.param)


# -- trouble

ENDS = {
    Trouble.THROTTLED: AnswerState.THROTTLED,
    Trouble.OUT_OF_CREDIT: AnswerState.OUT_OF_CREDIT,
    Trouble.UNAUTHORISED: AnswerState.UNAUTHORISED,
}
BREAKS = (Trouble.GARBAGE, Trouble.TRUNCATED, Trouble.HTML)


@pytest.mark.parametrize("trouble", ENDS)
def test_what_stands_for_all_is_told_to_all_without_further_calls_and_costs_nothing(
    desk: Desk, trouble: Trouble
) -> None:
    desk.state.tell(trouble)
    questions = [desk.question(desk.world.company(number)) for number in range(desk.provider.batch_max + 4)]
    answers = desk.ask(*questions)
    assert {answer.state for answer in answers} == {ENDS[trouble]}
    assert [answer.key for answer in answers] == [question.key for question in questions]
    assert len({request.query for request in desk.requests}) == 1
    assert sum(answer.credits for answer in answers) == 0 == desk.state.charged
    assert all(answer.message.startswith(f"{desk.state.name}: ") for answer in answers)
    if trouble is Trouble.THROTTLED:
        assert all(answer.retry_at_ms > desk.clock.now_ms() for answer in answers)
    else:
        assert all(answer.action for answer in answers)
    desk.state.tell(None)
    assert desk.ask(desk.question(desk.known()))[0].state in (HIT, PARTIAL)


@pytest.mark.parametrize("trouble", BREAKS)
def test_a_broken_answer_is_unavailable_is_not_asked_again_blindly_and_counts_as_spent(
    desk: Desk, trouble: Trouble
) -> None:
    desk.state.tell(trouble)
    [answer] = desk.ask(desk.question(desk.known()))
    assert (answer.state, answer.found, answer.credits) == (AnswerState.UNAVAILABLE, (), Decimal(1))
    assert desk.state.calls == 1
    assert "Acm" not in answer.message and "html" not in answer.message.lower()


@pytest.mark.parametrize(
    "body",
    [b"[]", b"null", b'"text"', b"17", b'{"data": 5, "organization": [], "Results": {}}', b'{"Results": [7, null]}'],
)
def test_json_of_another_shape_is_no_crash_and_gives_no_values(desk: Desk, body: bytes) -> None:
    desk.forced = [Response(200, {"Content-Type": "application/json"}, body)]
    [answer] = desk.ask(desk.question(desk.known(), "name", "technologies", "industry"))
    assert answer.state in (AnswerState.UNAVAILABLE, MISS, PARTIAL)
    assert answer.found == ()


ODD = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text(max_size=9)
    | st.sampled_from(["9" * 5_000, "1e999999", "-0", "10%", " 12 ", "x" * 99_999]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)  # fmt: skip


def places(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, one in inner for place in places(one, (*path, key)))]


def at(value: Any, path: Sequence[str | int]) -> Any:
    return at(value[path[0]], path[1:]) if path else value


def replaced(value: object, path: Sequence[str | int], new: object) -> object:
    if not path:
        return new
    made = dict(value) if isinstance(value, dict) else list(value)
    made[path[0]] = replaced(made[path[0]], path[1:], new)
    return made


@pytest.mark.parametrize("name", PAID)
@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_one_odd_value_anywhere_in_an_answer_never_raises_and_spoils_no_more_than_itself(
    name: str, data: st.DataObject
) -> None:
    desk = Desk(name)
    company = desk.known()
    [usual] = desk.ask(desk.question(company))
    good = desk.vendors.handle(desk.requests[-1]).json()
    path = data.draw(st.sampled_from(places(good)))
    body = replaced(good, path, data.draw(ODD))
    headers = {
        "x-call-credits-spent": data.draw(st.text(st.characters(max_codepoint=126, min_codepoint=32), max_size=12))
    }
    desk.forced = [Response(200, headers, orjson.dumps(body)) for _ in range(3)]
    [answer] = desk.ask(desk.question(company))
    if not isinstance(at(good, path), dict | list) and path[-1] != "Lookup":
        assert len(set(values(usual)) - set(values(answer))) <= 1
    for one in answer.found:
        assert one.field in desk.provider.offers and 0 < one.confidence <= 1 and len(one.evidence) <= 300
        assert isinstance(one.value, str | int | Decimal | tuple) and len(str(one.value)) < 40_000
        assert one.value not in ("", ()) and one.as_of_ms >= 0


def test_a_wrong_key_and_a_wrong_address_are_never_taken_for_a_miss(desk: Desk) -> None:
    [wrong] = Desk(desk.state.name, key="another-key").ask(desk.question(desk.known()))
    assert (wrong.state, f"[enrichment.{desk.state.name}]" in wrong.action) == (AnswerState.UNAUTHORISED, True)
    desk.forced = [json_response(404, {"error": "not_found", "message": "no vendor answers here"})]
    [astray] = desk.ask(desk.question(desk.known()))
    assert (astray.state, "base_url" in astray.action) == (AnswerState.BAD_REQUEST, True)


def test_a_short_wait_is_waited_for_and_the_vendors_pace_is_kept(desk: Desk) -> None:
    company = desk.known()
    answers = [desk.ask(desk.question(company, "name"))[0] for _ in range(60)]
    assert {answer.state for answer in answers} == {HIT}
    assert desk.state.calls == 60


def test_used_up_credits_end_the_asking_when_they_really_are_used_up(desk: Desk) -> None:
    desk.state.credits = 1
    first, second = desk.ask(desk.question(desk.known(), "name"))[0], desk.ask(desk.question(desk.known(), "name"))[0]
    assert (first.state, second.state) == (HIT, AnswerState.OUT_OF_CREDIT)


def test_a_dead_vendor_is_left_alone_for_a_while(desk: Desk) -> None:
    desk.state.tell(Trouble.HTML)
    states = [desk.ask(desk.question(desk.known()))[0].state for _ in range(9)]
    assert (set(states), desk.state.calls) == ({AnswerState.UNAVAILABLE}, 5)
    desk.state.tell(None)
    desk.clock.advance(31_000)
    assert desk.ask(desk.question(desk.known()))[0].state in (HIT, PARTIAL)


def test_a_look_up_under_way_is_pending_with_a_time_to_ask_again() -> None:
    desk = Desk("hunter")
    desk.state.tell(Trouble.PENDING, 1)
    [pending] = desk.ask(desk.question(desk.known()))
    assert (pending.state, pending.credits, pending.retry_at_ms > desk.clock.now_ms()) == (PENDING, Decimal(0), True)
    assert desk.ask(desk.question(desk.known()))[0].state in (HIT, PARTIAL)


def test_a_question_that_the_vendor_cannot_take_is_not_sent(desk: Desk) -> None:
    company = desk.known()
    nothing = desk.question(company, domain="", name="", email="")
    other = desk.question(company, "favourite_colour")
    [first, second, third] = desk.ask(nothing, other, desk.question(company, "name"))
    assert (first.state, second.state, third.state) == (AnswerState.BAD_REQUEST, AnswerState.BAD_REQUEST, HIT)
    assert len(desk.requests) == 1


RECORDED = [
    ("pdl", 402, {"status": 402, "error": {"type": "payment_required", "message": "m"}}, {}, "out_of_credit", 0),
    ("pdl", 429, {"error": {"type": "rate_limit_error"}}, {"x-ratelimit-reset": "41"}, "throttled", 41_000),
    ("pdl", 400, {"error": {"type": "invalid_request_error"}}, {}, "bad_request", 0),
    ("pdl", 503, {}, {}, "unavailable", 0),
    ("apollo", 401, "Invalid access credentials.", {}, "unauthorised", 0),
    ("apollo", 403, {"error": "no", "error_code": "API_INACCESSIBLE"}, {}, "unauthorised", 0),
    ("apollo", 422, {"error": "You have insufficient credits!"}, {}, "out_of_credit", 0),
    ("apollo", 422, {"error": "domain is not valid"}, {}, "bad_request", 0),
    ("apollo", 429, {"message": "The maximum number of api calls"}, {"retry-after": "30"}, "throttled", 30_000),
    ("apollo", 200, {"organization": None}, {}, "miss", 0),
    ("apollo", 200, {"organization": {}}, {}, "miss", 0),
    ("apollo", 200, {}, {}, "miss", 0),
    ("hunter", 429, {"errors": [{"id": "too_many_requests", "details": "per billing period"}]}, {}, "out_of_credit", 0),
    ("hunter", 429, {"errors": [{"id": "too_many_requests", "details": "slow down"}]}, {}, "throttled", 60_000),
    ("hunter", 403, {"errors": [{"id": "too_many_requests", "details": "slow down"}]}, {}, "throttled", 60_000),
    ("hunter", 404, {"errors": [{"id": "not_found", "code": 404}]}, {}, "miss", 0),
    ("hunter", 400, {"errors": [{"id": "wrong_params", "code": 400}]}, {}, "bad_request", 0),
    ("builtwith", 200, {"Errors": [{"Code": -3, "Message": "You've run out"}]}, {}, "out_of_credit", 0),
    ("builtwith", 200, {"Errors": [{"Code": -2, "Message": "key"}]}, {}, "unauthorised", 0),
    ("builtwith", 200, {"Errors": [{"Code": -7, "Message": "one"}]}, {}, "bad_request", 0),
    ("builtwith", 200, {"Errors": [{"Code": -8, "Message": "ignored"}]}, {}, "miss", 0),
    ("builtwith", 200, {"Errors": [{"Code": -99, "Message": "internal"}]}, {}, "unavailable", 0),
    ("builtwith", 429, {"retryAfterSeconds": 20}, {}, "throttled", 20_000),
]


@pytest.mark.parametrize(("name", "status", "body", "headers", "state", "wait_ms"), RECORDED)
def test_each_recorded_refusal_has_its_state(
    name: str, status: int, body: object, headers: dict[str, str], state: str, wait_ms: int
) -> None:
    clock = SandboxClock()
    provider = connect(name, {"api_key": KEYS[name]}, clock=Time(clock), entropy=Halves())
    question = Question("k", "account", ("name",), domain="acme.example")
    with responses.RequestsMock() as wire:
        told = {"body": body, "content_type": "text/plain"} if isinstance(body, str) else {"json": body}
        wire.add(
            responses.GET, responses.matchers.re.compile(r"https://api\..*"), status=status, headers=headers, **told
        )
        [answer] = provider.ask([question])
    assert answer.state == state
    assert answer.retry_at_ms == (clock.now_ms() + wait_ms if wait_ms else 0)


# -- secrets


def test_no_key_is_told_by_answers_logs_or_texts_even_where_the_vendor_repeats_it(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    key = KEYS[desk.state.name]
    caplog.set_level(logging.DEBUG)
    echo = {"error": {"type": key, "message": key}, "errors": [{"id": key, "details": f"rate {key}"}], "message": key}
    told: list[object] = [desk.provider]
    for status in (200, 400, 401, 402, 403, 404, 422, 429, 500, 502):
        desk.forced = [json_response(status, echo) for _ in range(4)]
        told += desk.ask(desk.question(desk.known()))
        desk.clock.advance(3_600_000)
    assert key not in repr(told)
    assert key not in caplog.text and "GET" in caplog.text
    assert not any(key in f"{request.path}?{request.query}" for request in desk.requests)


@pytest.mark.parametrize(
    ("name", "section", "part"),
    [
        ("pdl", {}, "needs api_key"),
        ("pdl", {"api_key": "k-123456", "api_kee": "k-123456"}, "did you mean 'api_key'"),
        ("hunte", {"api_key": "k-123456"}, "did you mean 'hunter'"),
    ],
)
def test_a_section_that_cannot_work_is_named_with_what_to_do(name: str, section: dict[str, str], part: str) -> None:
    with pytest.raises(AuthError) as caught:
        connect(name, section, clock=Time(SandboxClock()), entropy=Halves())
    assert part in caught.value.message
    assert f"[enrichment.{name}]" in caught.value.action
    assert "k-123456" not in str(caught.value)


# -- over a real line


def test_all_paid_sources_answer_over_tls_and_are_told_to_make_trouble_by_the_controls(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with Sandbox.start(SandboxOptions(folder=tmp_path, accounts=30, people=10, speed=0.0)) as sandbox:
        card = sandbox.card()
        companies = [sandbox.population.world.company(number) for number in range(30)]
        for name in PAID:
            section = {"base_url": card[f"{name}_url"], "api_key": card[f"{name}_api_key"]}
            provider = connect(name, section, clock=Time(sandbox.clock), entropy=Halves(), ca_bundle=sandbox.ca_bundle)
            asked = [Question(one.domain, "account", ("name",), domain=one.domain) for one in companies]
            states = {answer.state for answer in provider.ask(asked)}
            assert states == {HIT, MISS}, name
            order = {"vendor": name, "state": "out_of_credit"}
            assert _order(sandbox, order).json()[name]["state"] == "out_of_credit"
            assert provider.ask(asked[:1])[0].state is AnswerState.OUT_OF_CREDIT
            provider.close()
        beliefs = sandbox.vendors.believed(companies[0].domain)
        assert set(beliefs) == set(PAID) and any(beliefs.values())
        refused = _order(sandbox, {"vendor": "pdl", "state": "pending"})
        assert (refused.status, "never 'pending'" in refused.json()["error"]["message"]) == (400, True)
    assert not any(card[f"{name}_api_key"] in caplog.text for name in PAID)


def _order(sandbox: Sandbox, body: dict[str, object]) -> Response:
    request = Request("POST", "/__sandbox__/vendors", headers={"host": "localhost"}, body=json_response(200, body).body)
    return sandbox.listeners["vendors"].door.handle(request)


def test_every_source_of_the_table_fulfils_the_protocol() -> None:
    for name in PROVIDERS:
        provider = connect(
            name, {"api_key": "k", "contact": "ops@acme.example"}, clock=Time(SandboxClock()), entropy=Halves()
        )
        assert provider.name == name
        assert provider.offers and provider.kinds and provider.needs and provider.batch_max > 0 and provider.price >= 0
        provider.close()
