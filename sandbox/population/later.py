"""What goes on after the start: reps hear people whom nobody heard before, and marketing sees what people look at.

Deterministic like the people who edit: talk number k depends on the seed and on what the models hold by then.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from math import gcd
from typing import TYPE_CHECKING, Final

from sandbox import chance
from sandbox.kernel import Refusal, SandboxClock
from sandbox.population import logged
from sandbox.population.facts import SIGNALS, engagement
from sandbox.population.seeding import FORM_ID, Logged, Population
from sandbox.population.talk import later_talk, request_for_demo
from sandbox.population.words import OWNERS
from sandbox.population.world import Person

if TYPE_CHECKING:
    from sandbox.hubspot import HubSpotPortal
    from sandbox.salesforce import SalesforceOrg

_NAMES: Final = {email: f"{first} {last}" for first, last, email in OWNERS}
_FORMS: Final = 0.15  # share of people who fill in the form instead of being called


class NothingToSetError(ValueError):
    """The portal has no property that could hold what marketing sees."""


class Later:
    """`talk(n)` and `engage(n)` do n things now and tell each in a sentence. Hold the sandbox's lock.

    Everybody is talked to once at most; whoever was talked to before the start is left alone.
    """

    def __init__(self, population: Population, org: SalesforceOrg, portal: HubSpotPortal, clock: SandboxClock) -> None:
        self.talked = 0
        self.engaged = 0
        self._population, self._org, self._portal, self._clock = population, org, portal, clock
        self._talks_from = 0
        self._signals_from = 0

    # -- reps

    def talk(self, count: int = 1, *, about: Collection[str] = ()) -> list[str]:
        """`about` names addresses of people and domains of companies to talk to; without, it is whoever comes next.

        A search of all people for `about` takes its time in a world of a million.
        """
        numbers = self._of(about) if about else self._onward()
        told: list[str] = []
        while len(told) < count and (number := next(numbers, None)) is not None:
            sentence = self._hear(self._population.world.person(number))
            if sentence is not None:
                told.append(sentence)
        self.talked += len(told)
        return told

    def _of(self, about: Collection[str]) -> Iterator[int]:
        world, wanted = self._population.world, {name.strip().lower() for name in about}
        for number in range(world.people):
            person = world.person(number)
            domain = None if person.company is None else world.company(person.company).domain
            if person.email in wanted or domain in wanted:
                yield number

    def _onward(self) -> Iterator[int]:
        while self._talks_from < self._population.world.people:
            self._talks_from += 1
            yield self._in_turn("talk", self._talks_from - 1)

    def _in_turn(self, what: str, place: int) -> int:
        """The person at a place of an order that has everybody once."""
        seed, people = self._population.world.seed, self._population.world.people
        step = chance.number(seed, what, "step") % people | 1
        while gcd(step, people) != 1:
            step += 2
        return (chance.number(seed, what, "first") + place * step) % people

    def _hear(self, person: Person) -> str | None:
        """A talk, or a form that the person fills in; None where nobody can: no record, or heard before."""
        number = person.number
        before = self._population.later.get(number, [])
        if number in self._population.activities or any(each.talk for each in before):
            return None
        left, right = self._left(number), self._right(number)
        try:
            if (
                right is not None
                and not before
                and chance.share(self._population.world.seed, "form", number) > 1 - _FORMS
            ):
                sentence = self._form(person, right)
                if sentence is not None:
                    return sentence
            return self._talk(person, left, right)
        except Refusal as refusal:
            return f"{_NAMES[person.owner]} could not log a talk with {person.first}: {refusal.message}"

    def _talk(self, person: Person, left: str | None, right: str | None) -> str | None:
        if left is None and right is None:
            return None
        number, world, now_ms = person.number, self._population.world, self._clock.now_ms()
        talk = later_talk(world, number, len(self._population.later.get(number, ())))
        name = _NAMES[person.owner]
        actor = f"human:{name}"
        if left is not None and (right is None or chance.share(world.seed, "logged", number, "later") < 0.5):
            owner = self._population.users[person.owner]
            object_name, values = logged.salesforce_activity(talk, left, owner, now_ms)
            ref = ("salesforce", object_name, self._org.create(object_name, values, actor))
        else:
            owner = self._population.owners[person.owner]
            object_name, values = logged.hubspot_activity(talk, owner, now_ms)
            ref = ("hubspot", object_name, self._portal.create(object_name, values, actor))
            self._portal.associate(object_name, ref[2], "contacts", str(right), actor)
        self._population.later.setdefault(number, []).append(Logged(now_ms, ref, talk))
        where = "Salesforce" if ref[0] == "salesforce" else "HubSpot"
        return f"{name} logged a {talk.kind} with {person.first} {person.last} in {where}: “{talk.text}”"

    def _form(self, person: Person, right: str) -> str | None:
        """Only under the address by which HubSpot knows the person: another one would make another contact."""
        record = self._portal.record("contacts", right)
        if record is None or person.email is None or record.get("email") != person.email:
            return None
        answer = request_for_demo(self._population.world, person.number)
        self._portal.submit_form(FORM_ID, dict(answer.values), "human:visitor", "https://www.sandbox.example/demo")
        sent = self._portal.state.forms.by_id[FORM_ID].submissions[-1]
        told = Logged(sent.at_ms, ("hubspot", "form", sent.conversion_id), form=answer)
        self._population.later.setdefault(person.number, []).append(told)
        return f"{person.first} {person.last} asked for a demo: “{dict(answer.values)['message']}”"

    # -- marketing

    def engage(self, count: int = 1) -> list[str]:
        """Marketing's workflow sets that many signals on contacts, as people visit pages, demos and webinars.

        Raises NothingToSetError while the portal has none of the properties.
        """
        known = self._portal.state.stores["contacts"].definitions
        there = [name for name in SIGNALS if name in known and not known[name].archived]
        if not there:
            raise NothingToSetError(
                f"the portal has none of the properties {', '.join(SIGNALS)}: `syncer setup hubspot` makes them"
            )
        told: list[str] = []
        while len(told) < count and self._signals_from < self._population.world.people:
            number = self._in_turn("engage", self._signals_from)
            sentence = self._signal(number, there)
            if sentence is None:
                self._signals_from += 1
            else:
                told.append(sentence)
        self.engaged += len(told)
        return told

    def _signal(self, number: int, there: Collection[str]) -> str | None:
        """The next thing that one person looks at; None where there is none, or nobody to set it on."""
        seen = self._population.engaged.setdefault(number, [])
        known = {name for name, _ in seen}
        signal = next((s for s in engagement(self._population.world, number) if s in there and s not in known), None)
        right = self._right(number)
        if signal is None or right is None:
            return None
        person = self._population.world.person(number)
        try:
            self._portal.update("contacts", right, {signal: "true"}, "automation")
        except Refusal as refusal:
            self._signals_from += 1
            return f"Marketing could not set {signal} of {person.first} {person.last}: {refusal.message}"
        seen.append((signal, self._clock.now_ms()))
        return f"Marketing saw {person.first} {person.last}: {signal.replace('_', ' ')}"

    # -- whose records

    def _left(self, number: int) -> str | None:
        """The lead or contact by which Salesforce knows the person now, after conversions and deletions."""
        for object_name, record_id in self._population.left.get(number, ()):
            record = self._org.record(object_name, record_id)
            if record is not None and record.get("IsConverted"):
                record = self._org.record("Contact", record.get("ConvertedContactId") or "")
            if record is not None:
                return str(record["Id"])
        return None

    def _right(self, number: int) -> str | None:
        """The contact by which HubSpot knows the person now, after merges and deletions."""
        found = self._population.right.get(number)
        live = None if found is None else self._portal.state.live_id("contacts", int(found))
        return None if live is None else str(live)
