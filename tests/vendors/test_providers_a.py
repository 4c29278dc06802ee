"""The paid sources against the sandbox: every way in which each vendor can answer has its name, and its price."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

import pytest
import responses

from connectors.base import AuthError
from connectors.enrichment.factory import PROVIDERS, connect
from connectors.enrichment.provider import Answer, AnswerState, Provider, Question
from sandbox.app import Sandbox, SandboxOptions
from sandbox.kernel import Request, Response, SandboxClock, json_response
from sandbox.population.world import Company, World
from sandbox.vendors import Trouble, Vendors
from sandbox.vendors.coverage import DAY_MS, Knowledge, knowledge
from simulation.door import InProcessAdapter

HIT, PARTIAL, MISS, PENDING = AnswerState.HIT, AnswerState.PARTIAL, AnswerState.MISS, AnswerState.PENDING
URL = "https://vendors.example"
PAID = ("apollo", "builtwith", "hunter", "pdl")
KEYS = {name: f"secret-of-{name}-4711" for name in PAID}


@dataclass
class Time:
    """The asker's clock is the vendors': waiting moves both."""

    clock: SandboxClock

    def now_ms(self) -> int:
        return self.clock.now_ms()

    def sleep(self, duration_s: float) -> None:
        self.clock.advance(int(duration_s * 1000))


class Halves:
    def token(self) -> str:
        return "ab" * 16

    def uniform(self) -> float:
        return 0.5


class Desk:
    """One paid source, the vendor behind it, and what has to be told of both."""

    def __init__(self, name: str, key: str | None = None) -> None:
        self.world, self.clock = World(3, 600, 200), SandboxClock()
        self.vendors = Vendors(self.world, self.clock, URL, KEYS)
        self.state = self.vendors.states[name]
        self.requests: list[Request] = []
        self.forced: list[Response] = []
        section = {"base_url": f"{URL}/{name}/", "api_key": key or KEYS[name], "daily_credits": 100}
        mounts = {URL: InProcessAdapter(self.handle, self.clock.advance)}
        self.provider: Provider = connect(name, section, clock=Time(self.clock), entropy=Halves(), mounts=mounts)

    def handle(self, request: Request) -> Response:
        self.requests.append(request)
        return self.forced.pop(0) if self.forced else self.vendors.handle(request)

    def company(self, wanted: Callable[[Knowledge | None], bool]) -> Company:
        made = map(self.world.company, range(self.world.accounts))
        return next(company for company in made if wanted(knowledge(self.state, company)))

    def known(self) -> Company:
        return self.company(lambda entry: entry is not None and not entry.stale)

    def question(self, company: Company, *fields: str, **changes: object) -> Question:
        asked = fields or tuple(sorted(self.provider.offers))
        whole = Question(f"account:{company.domain}", "account", asked, domain=company.domain, name=company.name)
        return replace(whole, **changes)

    def ask(self, *questions: Question) -> Sequence[Answer]:
        return self.provider.ask(questions)


def values(answer: Answer) -> dict[str, object]:
    return {one.field: one.value for one in answer.found}


@pytest.fixture(params=PAID)
def desk(request: pytest.FixtureRequest) -> Desk:
    return Desk(request.param)


# -- what is known


def test_a_company_is_a_hit_for_what_the_vendor_has_and_partial_for_what_it_lacks(desk: Desk) -> None:
    company = desk.known()
    [all_there] = desk.ask(desk.question(company, "name"))
    assert (all_there.state, values(all_there)["name"], all_there.credits) == (HIT, company.name, Decimal(1))
    [some] = desk.ask(desk.question(company, "name", "phone", "ticker_symbol", "description", "no_such_field"))
    expected = HIT if {"phone", "ticker_symbol"} & desk.provider.offers <= set(values(some)) else PARTIAL
    assert some.state is expected
    assert set(values(some)) <= {"name", "phone", "ticker_symbol", "description"}
    assert desk.state.charged == 2
    assert all(0 < one.confidence < 1 for one in some.found)


def test_an_unknown_company_is_a_miss_at_the_vendors_own_price(desk: Desk) -> None:
    missing = desk.company(lambda entry: entry is None)
    stranger = replace(missing, domain="nobody-at-all.example", name="Nobody")
    answers = desk.ask(desk.question(missing), desk.question(stranger))
    assert [(answer.state, answer.found) for answer in answers] == [(MISS, ()), (MISS, ())]
    assert (
        sum(answer.credits for answer in answers) == desk.state.charged == (2 if desk.state.name == "builtwith" else 0)
    )


def test_answers_come_in_the_order_of_questions_and_agree_with_the_truth_within_the_vendors_noise(desk: Desk) -> None:
    companies = [desk.world.company(number) for number in range(200)]
    questions = [desk.question(company) for company in companies]
    size = desk.provider.batch_max
    answers = [one for start in range(0, 200, size) for one in desk.ask(*questions[start : start + size])]
    assert [answer.key for answer in answers] == [question.key for question in questions]
    seen = [
        (company, knowledge(desk.state, company), answer) for company, answer in zip(companies, answers, strict=True)
    ]
    assert all((answer.state is MISS) == (entry is None) for _, entry, answer in seen)
    assert sum(answer.credits for answer in answers) == desk.state.charged
    sizes = [
        (values(answer)["number_of_employees"], company.employees)
        for company, entry, answer in seen
        if entry is not None and not entry.stale and "number_of_employees" in values(answer)
    ]
    assert all(0.5 * true - 1 <= told <= 1.6 * true + 1 for told, true in sizes)
    assert len(sizes) > 40 or "number_of_employees" not in desk.provider.offers
    places = [
        (values(answer)["country"], company.place.code) for company, _, answer in seen if "country" in values(answer)
    ]
    assert len(places) > 90
    assert all(told == true for told, true in places)
    tools = [
        (set(values(answer)["technologies"]), company)
        for company, _, answer in seen
        if "technologies" in values(answer)
    ]
    assert all("Salesforce" not in told or company.uses_salesforce for told, company in tools)


@pytest.mark.parametrize("name", ["apollo", "pdl"])
def test_a_person_is_found_by_address_and_a_masked_number_is_no_number(name: str) -> None:
    desk = Desk(name)
    people = [person for number in range(200) if (person := desk.world.person(number)).email]
    fields = ("job_title", "seniority", "department", "city", "country", "phone")
    answers = [desk.ask(Question(str(one.number), "person", fields, email=one.email or ""))[0] for one in people[:60]]
    known = [(one, values(answer)) for one, answer in zip(people, answers, strict=False) if answer.state is not MISS]
    assert 20 < len(known) < 60
    for person, told in known:
        assert str(told["job_title"]).lower() == person.title.lower()
        assert (told["country"], told["city"]) == (person.place.code, person.place.city)
        assert told.get("phone", person.phone) == person.phone
    assert not any("@" in f"{request.path}?{request.query}" or "%40" in request.query for request in desk.requests)
    [nobody] = desk.ask(Question("x", "person", fields, domain="acme.example"))
    assert (nobody.state, "needs email" in nobody.message) == (AnswerState.BAD_REQUEST, True)


def test_a_match_without_any_wanted_field_costs_nothing_where_the_vendor_offers_that() -> None:
    desk = Desk("pdl")
    bare = desk.company(lambda entry: entry is not None and entry.trade is None)
    [answer] = desk.ask(desk.question(bare, "industry", "naics_code"))
    assert (answer.state, answer.credits, desk.state.charged) == (MISS, Decimal(0), 0)
    assert desk.requests[-1].param("required") == "industry OR naics"


def test_a_weak_match_by_name_is_less_sure_than_one_by_domain() -> None:
    desk = Desk("pdl")
    company = desk.known()
    [by_domain, by_name] = desk.ask(
        desk.question(company, "name"), desk.question(company, "name", domain="", country=company.place.code)
    )
    assert by_domain.found[0].confidence > by_name.found[0].confidence + 0.2


def test_a_size_given_as_a_range_is_no_number_of_employees() -> None:
    desk = Desk("hunter")
    ranged = desk.company(lambda entry: entry is not None and entry.company.number % 3 == 0 and bool(entry.employees))
    [answer] = desk.ask(desk.question(ranged, "name", "number_of_employees"))
    assert (answer.state, set(values(answer))) == (PARTIAL, {"name"})


def test_a_technology_given_up_long_ago_is_not_in_use_and_each_use_has_its_dates() -> None:
    desk = Desk("builtwith")

    def gave_up(entry: Knowledge | None) -> bool:
        return (
            entry is not None
            and not entry.stale
            and len({one.name for one in entry.sightings}) > 1
            and any(one.last_ms < entry.seen_ms - 400 * DAY_MS for one in entry.sightings)
        )

    company = desk.company(gave_up)
    entry = knowledge(desk.state, company)
    assert entry is not None
    gone = {one.name for one in entry.sightings if one.last_ms < entry.seen_ms - 400 * DAY_MS}
    [answer] = desk.ask(desk.question(company, "technologies"))
    [found] = answer.found
    assert set(found.value) == {one.name for one in entry.sightings} - gone
    assert found.as_of_ms == min(one.last_ms for one in entry.sightings if one.name not in gone)
    assert "2025-" in found.evidence and len(found.evidence) <= 300
    assert len(desk.requests) == 1


def test_several_sites_are_one_call_and_one_site_that_spoils_it_is_asked_alone() -> None:
    desk = Desk("builtwith")
    good, odd = desk.question(desk.known()), desk.question(desk.known(), key="odd", domain="localhost")
    answers = desk.ask(good, good, odd)
    assert [answer.state for answer in answers[:2]] == [answers[0].state] * 2
    assert (answers[2].state, answers[0].found != ()) == (MISS, True)
    assert len(desk.requests) == 4  # all three at once, then each by itself
    desk.requests.clear()
    again = desk.ask(good, replace(good, key="twin"))
    assert ([len(one.found) > 0 for one in again], len(desk.requests)) == ([True, True], 1)
    assert sum(answer.credits for answer in again) == 1


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
