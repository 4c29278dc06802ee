"""The public sources against the sandbox: every state of a source has its name, and nothing is guessed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

import pytest

from connectors.enrichment.gleif import gleif
from connectors.enrichment.lookup import Access, OneByOne
from connectors.enrichment.provider import Answer, AnswerState, Question
from sandbox.kernel import Request, Response, SandboxClock, json_response
from sandbox.population.world import Company, World
from sandbox.vendors import VENDORS
from sandbox.vendors import gleif as gleif_vendor
from sandbox.vendors.state import Trouble, VendorState
from simulation.door import InProcessAdapter

HIT, PARTIAL, MISS = AnswerState.HIT, AnswerState.PARTIAL, AnswerState.MISS
URL = "https://vendor.example"


@dataclass
class Time:
    """The asker's clock is the vendor's: waiting moves both."""

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
    """One vendor of a seeded world, and the provider that asks it."""

    def __init__(self, name: str, make: Callable[..., OneByOne], **access: str) -> None:
        self.world, self.clock = World(1, 400, 10), SandboxClock()
        self.state = VendorState(name, self.world, self.clock, access.get("api_key", ""), f"{URL}/{name}")
        self.handler = VENDORS[name](self.state)
        self.requests: list[Request] = []
        self.forced: Response | None = None
        adapter = InProcessAdapter(self.handle)
        self.provider = make(Access(URL, **access), Time(self.clock), Halves(), mounts={URL: adapter})

    def handle(self, request: Request) -> Response:
        self.requests.append(request)
        return self.forced or self.handler(request)

    def companies(self, having: Callable[[Company], bool]) -> list[Company]:
        made = [self.world.company(number) for number in range(self.world.accounts)]
        return [company for company in made if having(company)]

    def question(self, company: Company, **changes: object) -> Question:
        whole = Question(
            key=f"account:{company.domain}",
            kind="account",
            fields=tuple(sorted(self.provider.offers)),
            domain=company.domain,
            name=company.name,
            country=company.place.code,
        )
        return replace(whole, **changes)

    def ask(self, *questions: Question) -> Sequence[Answer]:
        return self.provider.ask(questions)


def values(answer: Answer) -> dict[str, object]:
    return {one.field: one.value for one in answer.found}


# -- the register of legal entity identifiers


@pytest.fixture
def entities() -> Desk:
    return Desk("gleif", gleif)


def test_an_entity_is_found_by_its_legal_name_and_again_by_its_identifier(entities: Desk) -> None:
    known = entities.companies(lambda company: gleif_vendor.has_record(entities.state, company))
    answers = entities.ask(*map(entities.question, known))
    assert len(answers) > 200
    for company, answer in zip(known, answers, strict=True):
        assert answer.state in (HIT, PARTIAL)
        said = values(answer)
        assert str(said["name"]).lower().startswith(company.name.lower())
        assert (said["country"], said["city"]) == (company.place.code, company.place.city)
        assert said.get("year_founded", company.founded) == company.founded
        assert answer.credits == Decimal(0)
    lei = str(values(answers[0])["lei"])
    again = entities.ask(entities.question(known[0], name="", domain="", registry_number=lei))[0]
    assert values(again) == values(answers[0])
    assert all(one.confidence > 0.95 for one in again.found)


def test_relatives_and_namesakes_elsewhere_are_a_miss_and_never_a_guess(entities: Desk) -> None:
    unknown = entities.companies(lambda company: not gleif_vendor.has_record(entities.state, company))
    assert {answer.state for answer in entities.ask(*map(entities.question, unknown))} == {MISS}
    known = entities.companies(lambda company: gleif_vendor.has_record(entities.state, company))[0]
    elsewhere = "JP"
    assert known.place.code != elsewhere
    [miss, unsure] = entities.ask(entities.question(known, country=elsewhere), entities.question(known, country=""))
    assert miss.state is MISS
    assert all(one.confidence == 0.7 for one in unsure.found)


def test_two_entities_of_one_name_are_told_and_none_is_chosen(entities: Desk) -> None:
    known = entities.companies(lambda company: gleif_vendor.has_record(entities.state, company))[0]
    found = entities.handler(Request("GET", "/api/v1/lei-records", f"filter[fulltext]={known.name}")).json()
    twice = {"data": [record for record in found["data"] if record["id"][6] == "H"] * 2}
    entities.forced = json_response(200, twice)
    [answer] = entities.ask(entities.question(known))
    assert (answer.state, answer.found) == (MISS, ())
    assert "2 entities bear this name" in answer.message


TROUBLES = [
    ("gleif", Trouble.THROTTLED, AnswerState.THROTTLED),
]


@pytest.mark.parametrize(("name", "trouble", "state"), TROUBLES)
def test_trouble_has_its_state_and_ends_the_calls_where_it_stands_for_all(
    name: str, trouble: Trouble, state: AnswerState
) -> None:
    desk = Desk(name, PROVIDERS[name])
    desk.state.tell(trouble)
    [first, second] = desk.ask(*map(desk.question, desk.companies(lambda company: True)[:2]))
    assert (first.state, second.state) == (state, state)
    assert second.key != first.key
    calls = len(desk.requests)
    assert calls <= desk.provider.line.access.policy.attempts
    if state is AnswerState.THROTTLED:
        assert first.retry_at_ms > desk.clock.now_ms()


PROVIDERS: dict[str, Callable[..., OneByOne]] = {"gleif": gleif}
GARBAGE = {
    "no JSON": Response(200, {}, b"\x00<<"),
    "half an answer": Response(200, {}, b'{"data": [{"id": "5'),
    "a page for people": Response(502, {}, b"<html><h1>Bad Gateway</h1></html>"),
    "a list": Response(200, {}, b"[]"),
    "a number": Response(200, {}, b"7"),
    "a dropped line": Response(0, drop=True),
    "an answer that comes too late": Response(200, {}, b"{}", delay_ms=3_600_000),
}


@pytest.mark.parametrize("name", PROVIDERS)
@pytest.mark.parametrize("what", GARBAGE)
def test_garbage_is_no_fact_about_the_subject(name: str, what: str) -> None:
    desk = Desk(name, PROVIDERS[name])
    desk.forced = GARBAGE[what]
    [answer] = desk.ask(desk.question(desk.world.company(0)))
    assert (answer.state, answer.found) == (AnswerState.UNAVAILABLE, ())
    assert answer.message.startswith(f"{name}: ")
    assert "<" not in answer.message


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_question_that_names_nobody_is_our_own_fault_and_costs_no_call(name: str) -> None:
    desk = Desk(name, PROVIDERS[name])
    [answer] = desk.ask(Question("account:", "account", ("name",)))
    assert answer.state is AnswerState.BAD_REQUEST
    assert desk.requests == []
