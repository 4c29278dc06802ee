"""What people said on calls, in meetings and in forms, with the sentence that carries each fact: the listener's truth.

A sentence is clear (a careful reader would settle the fact by it) or it is not: hedged, about others, about last year.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Final

from sandbox import chance
from sandbox.population.world import Facts, Person, World

DAY_MS: Final = 86_400_000


@dataclass(frozen=True, slots=True)
class Said:
    """One fact in a text: `quote` stands in it word for word. `clear` is False where it should settle nothing."""

    fact: str
    value: str | int | bool | None
    quote: str
    clear: bool


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


_Phrase = Callable[[int], str]
_BUDGET: Final[tuple[_Phrase, ...]] = (
    lambda amount: f"We have set aside ${amount:,} a year for this.",
    lambda amount: f"She confirmed an annual budget of ${amount:,}, and she signs it off herself.",
    lambda amount: f"Budget is about {amount // 1000}k per year, already approved.",
    lambda amount: f"He has direct access to a budget of {amount // 1000}k dollars a year.",
)
_NO_BUDGET: Final = (
    "There is no budget for this at the moment.",
    "She does not have any budget of her own.",
    "No budget this year, they said.",
)
_VAGUE_BUDGET: Final = (
    "Budget might be somewhere between 5k and 15k, he was not sure.",
    "Last year they spent $40,000 on something similar, this year is open.",
    "Their sister company has a budget of 30k, but that is another team.",
)
_TIMELINE: Final[tuple[_Phrase, ...]] = (
    lambda months: f"They want to be live within {months} month{'s' if months != 1 else ''}.",
    lambda months: f"Plan is to decide in the next {months} month{'s' if months != 1 else ''}.",
    lambda months: f"The roll-out is planned {months} month{'s' if months != 1 else ''} from now.",
)
_NPS: Final[tuple[_Phrase, ...]] = (
    lambda score: f"On the demo he gave us a {score} out of 10.",
    lambda score: f"Asked how likely she is to recommend it: {score}.",
    lambda score: f"NPS after the demo was {score}.",
)
_OPT_IN: Final = (
    "Yes, I am happy to talk to a rep next week.",
    "He agreed to a chat with a rep.",
    "She said we may call her any time.",
)
_OPT_OUT: Final = (
    "Please do not call me again.",
    "He asked us to take him off the list.",
    "She does not want to talk to a rep.",
)
_SALESFORCE: Final = (
    "They run Salesforce for the whole sales team.",
    "Their CRM is Salesforce, Enterprise edition.",
    "We moved to Salesforce two years ago.",
)
_NO_SALESFORCE: Final = ("They do not use Salesforce.", "Their CRM is a spreadsheet, no Salesforce anywhere.")
_VOICE: Final = (
    "They are looking to deploy a voice-of-customer solution.",
    "The goal is to bring the voice of the customer into the product team.",
    "They need a voice-of-customer programme this year.",
)
_NO_VOICE: Final = ("A voice-of-customer solution is not on their list.", "They are not looking for voice of customer.")
_SMALL_TALK: Final = (
    "The line was poor at first.",
    "Spoke about the conference in spring.",
    "Their office has moved to the second floor.",
    "He will be on leave at the end of the month.",
    "Asked about our road map & pricing page.",
    "Sent the slides afterwards.",
)
OBJECTIONS: Final = (
    ("market leader", "Aren't you just like the market leader?"),
    ("no time", "We have no time to change systems now."),
    ("no budget", "There is no money for new tools this quarter."),
    ("competitor", "We have just signed with one of your competitors."),
)
_TITLES: Final = {
    "call": ("Discovery call", "Follow-up call", "Qualification call"),
    "meeting": ("Demo", "Demo with the team", "Intro meeting"),
    "note": ("Note", "Summary"),
    "task": ("Send pricing", "Call back", "Prepare the demo"),
}
_CALL_OUTCOMES: Final = ("Connected", "Connected", "Connected", "No answer", "Left voicemail", "Busy")


def talks(world: World, number: int) -> tuple[Talk, ...]:
    """All activities of one person; two thirds of the people have none."""
    rng = chance.generator(world.seed, "talk", number)
    if rng.random() > 0.34:
        return ()
    person = world.person(number)
    count = rng.choice((1, 1, 1, 2, 2, 3))
    return tuple(_talk(person, rng) for _ in range(count))


def _talk(person: Person, rng: Random) -> Talk:
    kind = rng.choices(("call", "meeting", "note", "task"), (55, 20, 15, 10))[0]
    outcome = rng.choice(_CALL_OUTCOMES) if kind == "call" else "Completed"
    said = _sentences(person.facts, rng) if kind != "task" and outcome in ("Connected", "Completed") else ()
    lines = [item.quote for item in said]
    lines += rng.sample(_SMALL_TALK, rng.randint(0, 2)) if lines else []
    rng.shuffle(lines)
    text = " ".join(lines) if lines else ("" if kind == "call" else f"{person.first} asked for details.")
    title = f"{rng.choice(_TITLES[kind])} {person.first} {person.last}"
    return Talk(kind, person.number, rng.randint(1, 300), title, text, outcome, rng.randint(3, 50), said)


def _sentences(facts: Facts, rng: Random) -> tuple[Said, ...]:
    """A few of the facts, in words; each at most once."""
    said: list[Said] = []
    if rng.random() < 0.6:
        said.append(_budget(facts, rng))
    if facts.timeline_months is not None and rng.random() < 0.5:
        said.append(Said("timeline_months", facts.timeline_months, rng.choice(_TIMELINE)(facts.timeline_months), True))
    if facts.nps is not None and rng.random() < 0.5:
        said.append(Said("nps", facts.nps, rng.choice(_NPS)(facts.nps), True))
    if rng.random() < 0.4:
        said.append(Said("opted_in", facts.opted_in, rng.choice(_OPT_IN if facts.opted_in else _OPT_OUT), True))
    if rng.random() < 0.35:
        phrases = _SALESFORCE if facts.uses_salesforce else _NO_SALESFORCE
        said.append(Said("uses_salesforce", facts.uses_salesforce, rng.choice(phrases), True))
    if rng.random() < 0.35:
        phrases = _VOICE if facts.wants_voice_of_customer else _NO_VOICE
        said.append(Said("wants_voice_of_customer", facts.wants_voice_of_customer, rng.choice(phrases), True))
    if rng.random() < 0.25:
        name, sentence = rng.choice(OBJECTIONS)
        said.append(Said("objection", name, sentence, True))
    return tuple(said)


def _budget(facts: Facts, rng: Random) -> Said:
    if facts.annual_budget is None:
        return Said("annual_budget", None, rng.choice(_VAGUE_BUDGET), False)
    if facts.annual_budget == 0:
        return Said("annual_budget", 0, rng.choice(_NO_BUDGET), True)
    return Said("annual_budget", facts.annual_budget, rng.choice(_BUDGET)(facts.annual_budget), True)


def form_answer(world: World, number: int) -> FormAnswer | None:
    """What one person sent through the demo request form; most sent nothing."""
    rng = chance.generator(world.seed, "form", number)
    if rng.random() > 0.12:
        return None
    person = world.person(number)
    if person.email is None:
        return None
    values = [("email", person.email), ("firstname", person.first), ("lastname", person.last)]
    if person.company is not None and rng.random() < 0.8:
        company = world.company(person.company)
        values += [("company", company.name), ("jobtitle", person.title)]
    agreed = "Yes, a rep may call me." if person.facts.opted_in else "No calls please."
    values.append(("message", f"{agreed} We would like to see the demo."))
    return FormAnswer(number, rng.randint(1, 200), tuple(values))
