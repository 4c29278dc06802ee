"""A desk at which one paid source asks the sandbox's vendor behind it, and what can be told of both."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from connectors.enrichment.factory import connect
from connectors.enrichment.provider import Answer, AnswerState, Provider, Question
from sandbox.kernel import Request, Response, SandboxClock
from sandbox.population.world import Company, World
from sandbox.vendors import Vendors
from sandbox.vendors.coverage import Knowledge, knowledge
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
