"""The public sources against the sandbox: every state of a source has its name, and nothing is guessed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal

import pytest

from connectors.enrichment.companies_house import companies_house
from connectors.enrichment.dns import dns
from connectors.enrichment.edgar import edgar
from connectors.enrichment.gleif import gleif
from connectors.enrichment.job_boards import job_boards
from connectors.enrichment.lookup import Access, OneByOne
from connectors.enrichment.provider import Answer, AnswerState, Question
from connectors.enrichment.site import site
from connectors.enrichment.tools_named import plain, tools_in
from sandbox.kernel import Request, Response, SandboxClock, json_response
from sandbox.population.features import advocates
from sandbox.population.world import Company, World
from sandbox.vendors import VENDORS, traces
from sandbox.vendors import dns as dns_vendor
from sandbox.vendors import edgar as edgar_vendor
from sandbox.vendors import gleif as gleif_vendor
from sandbox.vendors import job_boards as jobs_vendor
from sandbox.vendors import site as site_vendor
from sandbox.vendors.state import Trouble, VendorState
from simulation.door import InProcessAdapter
from syncer.core.identity.industries import industry
from tests.vendors.paid_desk import Halves, Time

HIT, PARTIAL, MISS = AnswerState.HIT, AnswerState.PARTIAL, AnswerState.MISS
URL = "https://vendor.example"
PROVIDERS: dict[str, Callable[..., OneByOne]] = {
    "gleif": gleif,
    "edgar": edgar,
    "companies_house": companies_house,
    "job_boards": job_boards,
    "dns": dns,
    "site": site,
}
ACCESS = {"edgar": {"contact": "ops@acme.example"}, "companies_house": {"api_key": "ch-key"}}


class Desk:
    """One vendor of a seeded world, and the provider that asks it."""

    def __init__(self, name: str, **changes: str) -> None:
        access = {**ACCESS.get(name, {}), **changes}
        self.world, self.clock = World(1, 400, 10), SandboxClock()
        self.state = VendorState(name, self.world, self.clock, ACCESS.get(name, {}).get("api_key", ""), f"{URL}/{name}")
        self.handler = VENDORS[name](self.state)
        self.requests: list[Request] = []
        self.forced: Response | None = None
        adapter = InProcessAdapter(self.handle)
        self.provider = PROVIDERS[name](Access(URL, **access), Time(self.clock), Halves(), mounts={URL: adapter})

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
    """By field; what a list is told of one by one is one list again."""
    made: dict[str, object] = {}
    for one in answer.found:
        made[one.field] = (*made.get(one.field, ()), *one.value) if isinstance(one.value, tuple) else one.value
    return made


def told(desk: Desk, companies: Sequence[Company]) -> list[tuple[Company, Answer]]:
    return list(zip(companies, desk.ask(*map(desk.question, companies)), strict=True))


# -- the register of legal entity identifiers


@pytest.fixture
def entities() -> Desk:
    return Desk("gleif")


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
    assert all(one.confidence > 0.95 for one in again.found if one.field != "year_founded")


def test_relatives_and_namesakes_elsewhere_are_a_miss_and_never_a_guess(entities: Desk) -> None:
    unknown = entities.companies(lambda company: not gleif_vendor.has_record(entities.state, company))
    assert {answer.state for answer in entities.ask(*map(entities.question, unknown))} == {MISS}
    known = entities.companies(lambda company: gleif_vendor.has_record(entities.state, company))[0]
    elsewhere = "JP"
    assert known.place.code != elsewhere
    [miss, unsure] = entities.ask(entities.question(known, country=elsewhere), entities.question(known, country=""))
    assert miss.state is MISS
    assert {one.confidence for one in unsure.found if one.field != "year_founded"} == {0.7}


def test_two_entities_of_one_name_are_told_and_none_is_chosen(entities: Desk) -> None:
    known = entities.companies(lambda company: gleif_vendor.has_record(entities.state, company))[0]
    found = entities.handler(Request("GET", "/api/v1/lei-records", f"filter[fulltext]={known.name}")).json()
    twice = {"data": [record for record in found["data"] if record["id"][6] == "H"] * 2}
    entities.forced = json_response(200, twice)
    [answer] = entities.ask(entities.question(known))
    assert (answer.state, answer.found) == (MISS, ())
    assert "2 entities bear this name" in answer.message


# -- the American regulator


def test_listed_companies_are_found_by_name_and_the_list_is_read_once() -> None:
    desk = Desk("edgar")
    listed = edgar_vendor.listed(desk.world)
    answers = told(desk, list(listed.values()))
    assert len(answers) > 10
    for company, answer in answers:
        said = values(answer)
        assert answer.state in (HIT, PARTIAL)
        assert str(said["name"]).lower().startswith(company.name.lower())
        assert (said["country"], said["state"], said["city"]) == ("US", company.place.state, company.place.city)
        assert said["ticker_symbol"] == edgar_vendor.ticker(company)
        assert company.domain in str(said.get("website", company.domain))
        [branch] = [one for one in answer.found if one.field == "industry"]
        assert industry(str(branch.value)) is not None, branch.value
        assert branch.confidence < 0.6  # a word that others must confirm
    assert sum(request.path.endswith("company_tickers.json") for request in desk.requests) == 1
    others = desk.companies(lambda company: company not in listed.values())
    assert {answer.state for _, answer in told(desk, others)} == {MISS}


def test_a_caller_without_an_address_is_told_to_name_one_before_any_call() -> None:
    desk = Desk("edgar", contact="")
    [answer] = desk.ask(desk.question(desk.world.company(0)))
    assert answer.state is AnswerState.UNAUTHORISED
    assert "contact" in answer.message
    assert "[enrichment.edgar]" in answer.action
    assert desk.requests == []
    plain = desk.handler(Request("GET", "/files/company_tickers.json", headers={"user-agent": "syncer"}))
    assert plain.status == 403


# -- the British register


def test_british_companies_are_found_alive_by_name_and_again_by_number() -> None:
    desk = Desk("companies_house")
    british = desk.companies(lambda company: company.place.code == "GB")
    states = set()
    for company, answer in told(desk, british):
        said = values(answer)
        states.add(answer.state)
        assert str(said["name"]).lower() == f"{company.name.lower()} limited"
        assert (said["country"], said["city"]) == ("GB", company.place.city)
        assert (said["postal_code"], said["year_founded"]) == (company.place.postal, company.founded)
        assert industry(str(said.get("industry", "Software"))) is not None
    assert states == {HIT, PARTIAL}
    number = str(values(desk.ask(desk.question(british[0]))[0])["registry_number"])
    [again] = desk.ask(desk.question(british[0], registry_number=number))
    assert {one.confidence for one in again.found if one.field == "name"} == {0.97}
    [none] = desk.ask(desk.question(british[0], registry_number="00000000"))
    assert none.state is MISS
    [other] = desk.ask(desk.question(british[1], country="", registry_number=number))
    assert (other.state, other.found) == (MISS, ())
    [register] = Desk("gleif").ask(desk.question(british[0]))
    assert values(register).get("registry_number", number) == number


def test_companies_elsewhere_cost_the_british_register_no_call() -> None:
    desk = Desk("companies_house")
    abroad = desk.companies(lambda company: company.place.code != "GB")
    assert {answer.state for _, answer in told(desk, abroad)} == {MISS}
    assert desk.requests == []


@pytest.mark.parametrize(("key", "calls"), [("", 0), ("wrong", 1)])
def test_no_key_and_a_wrong_key_stop_at_the_first_question(key: str, calls: int) -> None:
    desk = Desk("companies_house", api_key=key)
    british = desk.companies(lambda company: company.place.code == "GB")
    assert {answer.state for _, answer in told(desk, british)} == {AnswerState.UNAUTHORISED}
    assert len(desk.requests) == calls


# -- job boards


def test_boards_tell_open_jobs_key_hires_and_tools_and_never_another_tool() -> None:
    desk = Desk("job_boards")
    with_board = desk.companies(lambda company: bool(jobs_vendor.board_of(desk.state, company)))
    assert {jobs_vendor.board_of(desk.state, company) for company in with_board} == set(jobs_vendor.BOARDS)
    for company, answer in told(desk, with_board):
        said = values(answer)
        titles = jobs_vendor.titles_of(desk.state, company)
        assert said["open_jobs"] == len(titles)
        assert said.get("technologies", ()) == tuple(sorted(jobs_vendor.tools_of(desk.state, company)))
        assert ("Head of Customer Advocacy" in said.get("key_hires", ())) == advocates(company.key_hires)
        assert "Chief Secret Officer" not in said.get("key_hires", ())
    without = desk.companies(lambda company: not jobs_vendor.board_of(desk.state, company))
    assert {answer.state for _, answer in told(desk, without)} == {MISS}


def test_a_board_of_the_same_word_that_names_somebody_else_is_a_miss() -> None:
    desk = Desk("job_boards")
    [company, *_] = desk.companies(lambda company: bool(jobs_vendor.board_of(desk.state, company)))
    [answer] = desk.ask(desk.question(company, name="Quite Another Bakery", domain=company.domain + ".example"))
    assert (answer.state, answer.found) == (MISS, ())
    assert "does not name the company" in answer.message


@pytest.mark.parametrize(
    ("text", "tools"),
    [
        ("<p>Salesforce, Okta &amp; AWS</p>", {"Salesforce", "Okta", "Amazon Web Services"}),
        ("&lt;p&gt;Azure AD and Azure&lt;/p&gt;", {"Microsoft Entra ID", "Microsoft Azure"}),
        ("we intercom each other, in a slack moment, and zoom in", set()),
        ("HubSpots, pre-Salesforce, MyOkta", set()),
        ("<" * 100_000, set()),
    ],
)
def test_tools_are_read_by_their_proper_names_alone(text: str, tools: set[str]) -> None:
    assert tools_in(plain(text)) == tools


# -- DNS over HTTPS


def test_the_dns_of_the_world_tells_every_tool_that_left_a_trace_and_no_other() -> None:
    desk = Desk("dns")
    companies = [desk.world.company(number) for number in range(120)]
    surer = 0
    for company, answer in told(desk, companies):
        said = values(answer)
        vendor = dns_vendor.mail_vendor(desk.state, company)
        keeps = {"Proofpoint": {"Proofpoint", "Microsoft 365"}, "": set()}.get(vendor, {vendor})
        left = traces.seen_in(desk.world.seed, company, dns_vendor.KINDS)
        assert set(said["technologies"]) == left | keeps | {"Google Search Console"}
        assert said.get("mail_vendor", "") == {"Proofpoint": "Microsoft 365"}.get(vendor, vendor)
        surer += sum(one.confidence > 0.9 for one in answer.found if one.field == "technologies")
        assert all(0.6 <= one.confidence <= 0.95 and one.evidence for one in answer.found)
    assert surer > 20
    [nobody] = desk.ask(desk.question(companies[0], domain="nobody-at-all.example"))
    assert (nobody.state, nobody.message) == (MISS, "there is no such domain")


# -- home pages


def test_home_pages_tell_every_tool_that_left_a_mark_and_no_other() -> None:
    desk = Desk("site")
    for company, answer in told(desk, [desk.world.company(number) for number in range(120)]):
        left = traces.seen_in(desk.world.seed, company, site_vendor.KINDS)
        marks = left if site_vendor.has_site(desk.state, company) else set()
        assert set(values(answer).get("technologies", ())) == marks, company
        assert answer.state is (HIT if marks else MISS)


# -- every source, whatever happens

TROUBLES = [
    ("gleif", Trouble.THROTTLED, AnswerState.THROTTLED),
    ("edgar", Trouble.THROTTLED, AnswerState.THROTTLED),
    ("edgar", Trouble.UNAUTHORISED, AnswerState.UNAUTHORISED),
    ("companies_house", Trouble.THROTTLED, AnswerState.THROTTLED),
    ("companies_house", Trouble.UNAUTHORISED, AnswerState.UNAUTHORISED),
    ("job_boards", Trouble.THROTTLED, AnswerState.THROTTLED),
    ("dns", Trouble.THROTTLED, AnswerState.THROTTLED),
    ("dns", Trouble.UNAUTHORISED, AnswerState.UNAUTHORISED),
    ("site", Trouble.THROTTLED, AnswerState.THROTTLED),
    ("site", Trouble.UNAUTHORISED, MISS),
]


@pytest.mark.parametrize(("name", "trouble", "state"), TROUBLES)
def test_trouble_has_its_state_and_ends_the_calls_where_it_stands_for_all(
    name: str, trouble: Trouble, state: AnswerState
) -> None:
    desk = Desk(name)
    desk.state.tell(trouble)
    [first, second] = desk.ask(*map(desk.question, desk.companies(lambda company: company.place.code == "GB")[:2]))
    assert (first.state, second.state) == (state, state)
    assert second.key != first.key
    calls, attempts = len(desk.requests), desk.provider.line.access.policy.attempts
    assert calls <= (2 if state is MISS else attempts)
    if state is AnswerState.THROTTLED:
        assert first.retry_at_ms > desk.clock.now_ms()


ALSO_FOR_PAGES = ("a page for people", "a dropped line", "an answer that comes too late")  # any bytes are a page
GARBAGE = {
    "no JSON": Response(200, {}, b"\x00<<"),
    "half an answer": Response(200, {}, b'{"data": [{"id": "5'),
    "a page for people": Response(502, {}, b"<html><h1>Bad Gateway</h1></html>"),
    "a list": Response(200, {}, b"[]"),
    "a number": Response(200, {}, b"7"),
    "a dropped line": Response(0, drop=True),
    "an answer that comes too late": Response(200, {}, b"{}", delay_ms=3_600_000),
}


@pytest.mark.parametrize(
    ("name", "what"),
    [(name, what) for name in PROVIDERS for what in GARBAGE if name != "site" or what in ALSO_FOR_PAGES],
)
def test_garbage_is_no_fact_about_the_subject(name: str, what: str) -> None:
    desk = Desk(name)
    desk.forced = GARBAGE[what]
    [answer] = desk.ask(desk.question(desk.companies(lambda company: company.place.code == "GB")[0]))
    assert (answer.state, answer.found) == (AnswerState.UNAVAILABLE, ())
    assert answer.message.startswith(f"{name}: ")
    assert "<" not in answer.message


ODD = [
    {"data": 7}, {"data": [7]}, {"data": [{"attributes": []}]},
    {"data": [{"attributes": {"entity": {"legalName": 1}}}]},
    {"items": {}}, {"items": [None, 7, []]}, {"items": [{"title": 7}]}, {"company_name": []}, {"jobs": None},
    {"jobs": {}}, {"jobs": [7, {"title": 7, "content": {}}]}, {"0": {"title": [], "cik_str": "x"}}, {"0": 7},
    {"addresses": 7}, [None], [{}], None, "text", {"": {}},
]  # fmt: skip


@pytest.mark.parametrize("name", [name for name in PROVIDERS if name not in ("dns", "site")])
@pytest.mark.parametrize("body", ODD, ids=str)
def test_json_of_an_odd_shape_gives_no_value_and_breaks_nothing(name: str, body: object) -> None:
    desk = Desk(name)
    desk.forced = json_response(200, body)
    [company, *_] = desk.companies(lambda company: company.place.code == "GB")
    numbers = {"gleif": "5299001H0000000000" + "00", "edgar": "CIK0000000007", "companies_house": "00000007"}
    for question in (desk.question(company), desk.question(company, registry_number=numbers.get(name, ""))):
        [answer] = desk.ask(question)
        assert answer.state in (AnswerState.UNAVAILABLE, MISS)
        assert answer.found == ()


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_question_that_names_nobody_is_our_own_fault_and_costs_no_call(name: str) -> None:
    desk = Desk(name)
    [answer] = desk.ask(Question("account:", "account", ("name",)))
    assert answer.state is AnswerState.BAD_REQUEST
    assert desk.requests == []
