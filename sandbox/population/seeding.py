"""Puts a world into the two models, and remembers which record is whom."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from sandbox import chance
from sandbox.hubspot.forms import Form, Submission
from sandbox.population import logged, places
from sandbox.population.places import Standing
from sandbox.population.talk import DAY_MS, FormAnswer, Said, Talk, form_answer, talks
from sandbox.population.words import OWNERS
from sandbox.population.world import Person, World

if TYPE_CHECKING:
    from sandbox.hubspot import HubSpotPortal
    from sandbox.salesforce import SalesforceOrg

Ref = tuple[str, str, str]  # system, object, id
_ADMIN: Final = "human:admin"
_OLDEST_DAYS: Final = 400
FORM_ID: Final = "5d1f2c34-9f0e-4a6b-8c1d-2e7a90b4c6f8"
_FORM_FIELDS: Final = ("email", "firstname", "lastname", "company", "jobtitle", "message")


@dataclass(frozen=True, slots=True)
class Logged:
    """What somebody said, when, and the record that holds it: a talk, or an answer to the form."""

    at_ms: int
    ref: Ref
    talk: Talk | None = None
    form: FormAnswer | None = None

    @property
    def said(self) -> tuple[Said, ...]:
        source = self.talk or self.form
        return () if source is None else source.said


@dataclass(slots=True)
class Population:
    """Which records are whom: number of the company or person -> ids. What is true of them is in `world`."""

    world: World
    start_ms: int
    with_talks: bool = True
    users: dict[str, str] = field(default_factory=dict)  # owner's e-mail -> Salesforce user
    owners: dict[str, str] = field(default_factory=dict)  # owner's e-mail -> HubSpot owner
    accounts: dict[int, str] = field(default_factory=dict)
    companies: dict[int, str] = field(default_factory=dict)
    left: dict[int, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    right: dict[int, str] = field(default_factory=dict)
    activities: dict[int, list[Ref]] = field(default_factory=dict)  # of the talks before the start, in their order
    later: dict[int, list[Logged]] = field(default_factory=dict)  # what was said after it
    engaged: dict[int, list[tuple[str, int]]] = field(default_factory=dict)  # signals set, with their time


def populate(
    world: World, org: SalesforceOrg, portal: HubSpotPortal, start_ms: int, *, with_talks: bool = True
) -> Population:
    """Seeds owners, companies, people, and what they said. The ledger stays empty: history starts after this."""
    made = Population(world, start_ms, with_talks)
    _seed_owners(made, org, portal)
    _seed_form(made, portal)
    for number in range(world.accounts):
        _seed_company(made, org, portal, number)
    for number in range(world.people):
        _seed_person(made, org, portal, number, with_talks)
    return made


def created_ms(population: Population, *address: object) -> int:
    """When a record came to be: in the last 400 days, each side's copy on a day of its own."""
    age = chance.number(population.world.seed, "created", *address) % (_OLDEST_DAYS * DAY_MS)
    return (population.start_ms - DAY_MS - age) // 1000 * 1000


def _seed_owners(made: Population, org: SalesforceOrg, portal: HubSpotPortal) -> None:
    since_ms = made.start_ms - (_OLDEST_DAYS + 2) * DAY_MS
    for first, last, email in OWNERS:
        user = {"FirstName": first, "LastName": last, "Email": email, "Username": email, "IsActive": True}
        made.users[email] = org.seed("User", user, created_ms=since_ms)
        made.owners[email] = str(portal.state.owners.add(email, first, last, since_ms).id)


def _seed_company(made: Population, org: SalesforceOrg, portal: HubSpotPortal, number: int) -> None:
    company, owner = made.world.company(number), chance.pick(OWNERS, made.world.seed, "owner", number)[2]
    in_salesforce, in_hubspot = places.account_places(made.world, number)
    differs, bare = places.account_differences(made.world, number), places.account_is_bare(made.world, number)
    if in_salesforce:
        values = places.account(company, differs, made.users[owner], bare=bare)
        made.accounts[number] = org.seed("Account", values, created_ms=created_ms(made, "account", number))
    if in_hubspot:
        values = places.hubspot_company(company, differs, made.owners[owner], bare=bare)
        made.companies[number] = portal.seed("companies", values, created_ms=created_ms(made, "company", number))


def _seed_person(made: Population, org: SalesforceOrg, portal: HubSpotPortal, number: int, with_talks: bool) -> None:
    person = made.world.person(number)
    stands = places.standing(made.world, person)
    left = _seed_left(made, org, person, stands)
    if left:
        made.left[number] = left
    if stands.right:
        company_id = None if person.company is None else made.companies.get(person.company)
        values = places.hubspot_contact(made.world, person, stands, company_id, made.owners[person.owner])
        made.right[number] = portal.seed("contacts", values, created_ms=created_ms(made, "contact", number))
    if with_talks:
        for place, talk in enumerate(talks(made.world, number)):
            made.activities.setdefault(number, []).append(_seed_talk(made, org, portal, person, talk, place))
        answer = form_answer(made.world, number)
        if answer is not None and number in made.right:
            _seed_form_answer(made, portal, answer)


def _seed_left(made: Population, org: SalesforceOrg, person: Person, stands: Standing) -> tuple[tuple[str, str], ...]:
    seeded: list[tuple[str, str]] = []
    user_id = made.users[person.owner]
    account_id = None if person.company is None else made.accounts.get(person.company)
    for place, object_name in enumerate(stands.left):
        if object_name == "Contact" and account_id is not None:
            values = places.contact(person, stands, account_id, user_id)
        else:
            values = places.lead(made.world, person, stands, user_id)
        if place and stands.kind == "converted":
            values |= _conversion(seeded[0][1], account_id, made.start_ms - DAY_MS)
        born_ms = created_ms(made, object_name, place, person.number)
        seeded.append((object_name, org.seed(object_name, values, created_ms=born_ms)))
    return tuple(seeded)


def _conversion(contact_id: str, account_id: str | None, at_ms: int) -> dict[str, Any]:
    return {
        "Status": "Closed - Converted",
        "IsConverted": True,
        "ConvertedDate": logged.day_text(at_ms),
        "ConvertedContactId": contact_id,
        "ConvertedAccountId": account_id,
    }


def _seed_talk(
    made: Population, org: SalesforceOrg, portal: HubSpotPortal, person: Person, talk: Talk, place: int
) -> Ref:
    """In the system that has the person; where both have, by lot."""
    number = person.number
    left, right = made.left.get(number), made.right.get(number)
    on_the_left = right is None or (left is not None and chance.share(made.world.seed, "logged", number, place) < 0.5)
    at_ms = logged.at_ms(talk, made.start_ms)
    if on_the_left and left:
        object_name, values = logged.salesforce_activity(talk, left[0][1], made.users[person.owner], at_ms)
        return ("salesforce", object_name, org.seed(object_name, values, created_ms=at_ms))
    object_name, values = logged.hubspot_activity(talk, made.owners[person.owner], at_ms)
    activity_id = portal.seed(object_name, values, created_ms=at_ms)
    portal.state.associations.put(object_name, int(activity_id), "contacts", int(str(right)), set())  # no edit
    return ("hubspot", object_name, activity_id)


def _seed_form(made: Population, portal: HubSpotPortal) -> None:
    since_ms = made.start_ms - _OLDEST_DAYS * DAY_MS
    portal.state.forms.by_id[FORM_ID] = Form(FORM_ID, "Request a demo", _FORM_FIELDS, since_ms)


def conversion_id(world: World, number: int) -> str:
    return f"{chance.number(world.seed, 'conversion', number):016x}"


def _seed_form_answer(made: Population, portal: HubSpotPortal, answer: FormAnswer) -> None:
    sent = Submission(
        at_ms=made.start_ms - answer.days_ago * DAY_MS,
        values=answer.values,
        page_url="https://www.sandbox.example/demo",
        page_title="See the demo",
        conversion_id=conversion_id(made.world, answer.person),
        contact_id=int(made.right[answer.person]),
    )
    portal.state.forms.by_id[FORM_ID].submissions.append(sent)
