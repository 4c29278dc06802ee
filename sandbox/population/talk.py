"""What people said on calls, in meetings and in forms, with the sentence that carries each fact: the listener's truth.

One person in eight is discovered: over two to four conversations all that is true of them is said. Others said a part
of it, and most were never talked to. A sentence is clear (a careful reader would settle the fact by it) or it is not:
hedged, about others, about last year. A clear one may be out of date by a later one: it does not hold any more.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Final

from sandbox import chance
from sandbox.population import phrases
from sandbox.population.facts import Facts, criteria
from sandbox.population.world import Person, World

DAY_MS: Final = 86_400_000
Value = str | int | bool | tuple[int, int]


@dataclass(frozen=True, slots=True)
class Said:
    """One fact in a text: `quote` stands in it word for word. `clear` is False where it should settle nothing.

    `holds` is False for what was true then: a later conversation says what is true now.
    """

    fact: str
    value: Value | None
    quote: str
    clear: bool
    holds: bool = True


@dataclass(frozen=True, slots=True)
class Talk:
    """One activity: `kind` is call, meeting, note or task; `days_ago` counts from the start of the sandbox."""

    kind: str
    person: int
    days_ago: int
    title: str
    text: str
    outcome: str
    minutes: int
    said: tuple[Said, ...]


@dataclass(frozen=True, slots=True)
class FormAnswer:
    """One submission of the demo request form."""

    person: int
    days_ago: int
    values: tuple[tuple[str, str], ...]  # HubSpot property name, value
    said: tuple[Said, ...] = ()


_CALL_OUTCOMES: Final = ("Connected", "Connected", "Connected", "No answer", "Left voicemail", "Busy")
_THOROUGH_DAYS: Final = 150  # the first of a discovery is no older, so that what it brought to light is fresh
_Words = Callable[[World, Person, Random], Said | None]


# -- one fact in words


def _budget(facts: Facts, rng: Random) -> Said:
    if facts.annual_budget is None:
        return Said("annual_budget", None, rng.choice(phrases.VAGUE_BUDGET), False)
    if facts.annual_budget == 0:
        return Said("annual_budget", 0, rng.choice(phrases.NO_BUDGET), True)
    return Said("annual_budget", facts.annual_budget, rng.choice(phrases.BUDGET)(facts.annual_budget), True)


def _in_figures(fact: str, choices: tuple[phrases.Phrase, ...]) -> _Words:
    def say(world: World, person: Person, rng: Random) -> Said | None:
        value = getattr(person.facts, fact)
        return None if value is None else Said(fact, value, rng.choice(choices)(value), True)

    return say


def _either_way(fact: str, choices: dict[bool, tuple[str, ...]]) -> _Words:
    def say(world: World, person: Person, rng: Random) -> Said | None:
        value = getattr(person.facts, fact)
        return None if value is None else Said(fact, value, rng.choice(choices[value]), True)

    return say


def _case_study(world: World, person: Person, rng: Random) -> Said | None:
    months = person.facts.case_study_lead_time
    if months is None or person.company is None:
        return None
    trade = world.company(person.company).trade.name
    text = rng.choice(phrases.CASE_STUDY).format(trade=trade, low=months[0], high=months[1])
    return Said("case_study_lead_time", months, text, True)


# How often each fact comes up in a conversation that goes by chance.
_WORDS: Final[dict[str, tuple[float, _Words]]] = {
    "annual_budget": (0.6, lambda world, person, rng: _budget(person.facts, rng)),
    "timeline_months": (0.5, _in_figures("timeline_months", phrases.TIMELINE)),
    "nps": (0.5, _in_figures("nps", phrases.NPS)),
    "opted_in": (0.4, _either_way("opted_in", phrases.OPTED_IN)),
    "uses_salesforce": (0.35, _either_way("uses_salesforce", phrases.SALESFORCE)),
    "wants_voice_of_customer": (0.35, _either_way("wants_voice_of_customer", phrases.VOICE)),
    "has_authority": (0.15, _either_way("has_authority", phrases.AUTHORITY)),
    "sales_cycle": (0.15, _in_figures("sales_cycle", phrases.CYCLE)),
    "case_study_lead_time": (0.15, _case_study),
}


def _objection(world: World, person: Person, rng: Random) -> Said:
    """By kind, and not by chance alone: without budget it is money, in IT security it is where data lies."""
    trade = None if person.company is None else world.company(person.company).trade.name
    weights = {
        "no budget": 6.0 if person.facts.annual_budget == 0 else 0.5,
        "security": 4.0 if trade in ("IT security", "Banking", "Health care") else 0.5,
        "no need": 0.2 if person.facts.wants_voice_of_customer else 3.0,
    }
    named = [weights.get(kind, 2.0) for kind, _ in phrases.OBJECTIONS]
    kind, sentence = rng.choices(phrases.OBJECTIONS, named)[0]
    return Said("objection", kind, sentence, True)


# -- conversations


def discovered(world: World, person: Person) -> bool:
    """Whether reps went into everything: they spend their time where it pays, and at times elsewhere."""
    met = sum(each is True for each in criteria(world, person).values())
    often = 0.75 if met == 7 else 0.3 if met == 6 else 0.06
    return chance.share(world.seed, "discovered", person.number) < often


def talks(world: World, number: int) -> tuple[Talk, ...]:
    """All activities of one person before the start, in the order in which they were logged."""
    person = world.person(number)
    rng = chance.generator(world.seed, "talk", number)
    if discovered(world, person):
        return _discovery(world, person, rng)
    if rng.random() > 0.27:
        return ()
    return tuple(_by_chance(world, person, rng) for _ in range(rng.choice((1, 1, 1, 2, 2, 3))))


def _discovery(world: World, person: Person, rng: Random) -> tuple[Talk, ...]:
    """Two to four conversations, the oldest first, that leave nothing open which the person knows."""
    known = [said for _, say in _WORDS.values() if (said := say(world, person, rng)) is not None and said.clear]
    rng.shuffle(known)
    count = rng.randint(2, 4)
    days = sorted(rng.sample(range(2, _THOROUGH_DAYS), count), reverse=True)
    parts = [known[place::count] for place in range(count)]
    if rng.random() < 0.25:
        _change_of_mind(person, rng, parts)
    if rng.random() < 0.6:
        parts[rng.randrange(count)].append(_objection(world, person, rng))
    made = []
    for place, (ago, part) in enumerate(zip(days, parts, strict=True)):
        kind = "call" if place == 0 else rng.choice(("call", "meeting", "note"))
        made.append(_talk(person, rng, kind, tuple(part), days_ago=ago))
    return tuple(made)


def _change_of_mind(person: Person, rng: Random, parts: list[list[Said]]) -> None:
    """The first conversation says the opposite of what a later one puts right; consent is never taken so lightly."""
    fact, wanted = "wants_voice_of_customer", person.facts.wants_voice_of_customer
    true = next(said for part in parts for said in part if said.fact == fact)
    before = Said(fact, not wanted, rng.choice(phrases.VOICE[not wanted]), True, holds=False)
    parts[0] = [*(said for said in parts[0] if said is not true), before]
    if not any(true in part for part in parts[1:]):
        parts[-1].append(true)


def later_talk(world: World, number: int, turn: int) -> Talk:
    """What a rep hears of a person after the start: all that is clear, in one conversation."""
    person, rng = world.person(number), chance.generator(world.seed, "later", number, turn)
    said = [item for _, say in _WORDS.values() if (item := say(world, person, rng)) is not None and item.clear]
    if rng.random() < 0.3:
        said.append(_objection(world, person, rng))
    return _talk(person, rng, rng.choices(("call", "meeting", "note"), (60, 15, 25))[0], tuple(said), days_ago=0)


def _by_chance(world: World, person: Person, rng: Random) -> Talk:
    kind = rng.choices(("call", "meeting", "note", "task"), (55, 20, 15, 10))[0]
    outcome = rng.choice(_CALL_OUTCOMES) if kind == "call" else "Completed"
    said: list[Said] = []
    if kind != "task" and outcome in ("Connected", "Completed"):
        heard = (say(world, person, rng) for often, say in _WORDS.values() if rng.random() < often)
        said = [item for item in heard if item is not None]
        if rng.random() < 0.25:
            said.append(_objection(world, person, rng))
        vague, sentence = rng.choice(phrases.VAGUE)
        if rng.random() < 0.15 and vague not in {item.fact for item in said}:
            said.append(Said(vague, None, sentence, False))
    return _talk(person, rng, kind, tuple(said), days_ago=rng.randint(1, 300), outcome=outcome)


def _talk(person: Person, rng: Random, kind: str, said: tuple[Said, ...], *, days_ago: int, outcome: str = "") -> Talk:
    outcome = outcome or ("Connected" if kind == "call" else "Completed")
    lines = [item.quote for item in said]
    lines += rng.sample(phrases.SMALL_TALK, rng.randint(0, 2)) if lines else []
    rng.shuffle(lines)
    text = " ".join(lines) if lines else ("" if kind == "call" else f"{person.first} asked for details.")
    title = f"{rng.choice(phrases.TITLES[kind])} {person.first} {person.last}"
    return Talk(kind, person.number, days_ago, title, text, outcome, rng.randint(3, 50), said)


# -- forms


def form_answer(world: World, number: int) -> FormAnswer | None:
    """What one person sent through the demo request form before the start; most sent nothing."""
    if chance.share(world.seed, "form", number) > 0.12 or world.person(number).email is None:
        return None
    return request_for_demo(world, number)


def request_for_demo(world: World, number: int) -> FormAnswer:
    """The form as the person would fill it in: whether a rep may call, and at times what they have and want."""
    person, rng = world.person(number), chance.generator(world.seed, "request", number)
    values = [("email", person.email or ""), ("firstname", person.first), ("lastname", person.last)]
    if person.company is not None and rng.random() < 0.5:
        values += [("company", world.company(person.company).name), ("jobtitle", person.title)]
    facts = person.facts
    agreed = "Yes, a rep may call me." if facts.opted_in else "No calls please."
    said = [Said("opted_in", facts.opted_in, agreed, True)]
    if facts.annual_budget and rng.random() < 0.3:
        amount = facts.annual_budget
        said.append(Said("annual_budget", amount, phrases.BUDGET[0](amount), True))
    if facts.wants_voice_of_customer and rng.random() < 0.4:
        said.append(
            Said("wants_voice_of_customer", True, "We are looking to deploy a voice-of-customer solution.", True)
        )
    text = " ".join([*(item.quote for item in said), "We would like to see the demo."])
    return FormAnswer(number, rng.randint(1, 200), (*values, ("message", text)), tuple(said))
