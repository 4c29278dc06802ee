"""What people do: each act does one thing and tells it, or returns None where there is nobody to do it to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any, Final

from sandbox.people.roster import Roster

if TYPE_CHECKING:
    from sandbox.hubspot import HubSpotPortal
    from sandbox.salesforce import SalesforceOrg

_TRIES: Final = 8
_TITLES: Final = ("Head of IT", "VP Security", "Director of Sales", "Marketing Manager", "Chief Information Officer",
                  "Security Analyst", "IT Manager", "VP Operations")  # fmt: skip
_CITIES: Final = ("Boston", "Austin", "London", "Berlin", "Paris", "Toronto", "Dublin", "Stockholm")
_FIRST: Final = ("Nora", "Iris", "Theo", "Milo", "Vera", "Otto", "Lena", "Hugo")
_LAST: Final = ("Brook", "Tanner", "Winkler", "Marsh", "Ferro", "Lindt", "Okoye", "Dupont")
_LEAD_STATUSES: Final = ("Open - Not Contacted", "Working - Contacted", "Closed - Not Converted")
_RIGHT_STATUSES: Final = ("NEW", "OPEN", "IN_PROGRESS", "ATTEMPTED_TO_CONTACT", "CONNECTED", "BAD_TIMING")


def _phone(rng: Random) -> str:
    return f"+1 415 555 01{rng.randrange(100):02d}"


def _count(rng: Random) -> str:
    return str(rng.randint(5, 9_000))


@dataclass(frozen=True, slots=True)
class Pair:
    """A field of both sides, and how a person would think of a new value. Blank names: that object has none."""

    lead: str
    contact: str
    right: str
    make: Callable[[Random], str]

    def left(self, object_name: str) -> str:
        return self.lead if object_name == "Lead" else self.contact


PERSON: Final = (
    Pair("Phone", "Phone", "phone", _phone),
    Pair("MobilePhone", "MobilePhone", "mobilephone", _phone),
    Pair("Title", "Title", "jobtitle", lambda rng: rng.choice(_TITLES)),
    Pair("City", "MailingCity", "city", lambda rng: rng.choice(_CITIES)),
)
ACCOUNT: Final = (
    Pair("", "Phone", "phone", _phone),
    Pair("", "BillingCity", "city", lambda rng: rng.choice(_CITIES)),
    Pair("", "NumberOfEmployees", "numberofemployees", _count),
)


@dataclass(slots=True)
class Hand:
    """One act's means: both systems, who can be edited, the generator of this act, and whose hand it is."""

    org: SalesforceOrg
    portal: HubSpotPortal
    roster: Roster
    rng: Random
    name: str
    number: int

    @property
    def actor(self) -> str:
        return f"human:{self.name}"

    def left(self, object_name: str, ids: Sequence[str]) -> Mapping[str, Any] | None:
        """A live record of Salesforce that may be edited."""
        for _ in range(min(_TRIES, len(ids))):
            record = self.org.record(object_name, self.rng.choice(ids))
            if record is not None and not record.get("IsConverted"):
                return record
        return None

    def right(self, object_name: str, ids: Sequence[str]) -> Mapping[str, Any] | None:
        for _ in range(min(_TRIES, len(ids))):
            record = self.portal.record(object_name, self.rng.choice(ids))
            if record is not None:
                return record
        return None

    def lead_or_contact(self) -> tuple[str, Mapping[str, Any]] | None:
        """By lot among all of both."""
        leads, contacts = self.roster.leads, self.roster.left_contacts
        if not leads and not contacts:
            return None
        first = self.rng.randrange(len(leads) + len(contacts)) < len(leads)
        object_name, ids = ("Lead", leads) if first else ("Contact", contacts)
        record = self.left(object_name, ids)
        return None if record is None else (object_name, record)

    def both(self, pairs: Sequence[tuple[str, str, str]]) -> tuple[str, Mapping[str, Any], Mapping[str, Any]] | None:
        for _ in range(min(_TRIES, len(pairs))):
            object_name, left_id, right_id = self.rng.choice(pairs)
            right = self.portal.record("companies" if object_name == "Account" else "contacts", right_id)
            left = self.org.record(object_name, left_id)
            if left is not None and right is not None and not left.get("IsConverted"):
                return object_name, left, right
        return None

    def another(self, make: Callable[[Random], str], *than: object) -> str:
        """A value that is none of those that are there."""
        taken = {str(value) for value in than}
        while (made := make(self.rng)) in taken:
            pass
        return made


def _who(record: Mapping[str, Any]) -> str:
    """A record's name as people say it, whichever system it is from."""
    parts = (record.get("FirstName") or record.get("firstname"), record.get("LastName") or record.get("lastname"))
    known = (record.get(name) for name in ("Name", "name", "Email", "email"))
    return " ".join(filter(None, parts)) or next(filter(None, known), "nameless")


def _typed(field: str, value: str) -> Any:
    return int(value) if field == "NumberOfEmployees" else value


def edit_left(hand: Hand) -> str | None:
    found = hand.lead_or_contact()
    if found is None:
        return None
    object_name, record = found
    if object_name == "Lead" and hand.rng.random() < 0.25:
        field, make = "Status", lambda rng: rng.choice(_LEAD_STATUSES)
    else:
        pair = hand.rng.choice(PERSON)
        field, make = pair.left(object_name), pair.make
    value = hand.another(make, record.get(field))
    hand.org.update(object_name, record["Id"], {field: value}, hand.actor)
    return f"{hand.name} set {field} of the {object_name.lower()} {_who(record)} to “{value}” in Salesforce"


def edit_right(hand: Hand) -> str | None:
    record = hand.right("contacts", hand.roster.right_contacts)
    if record is None:
        return None
    if hand.rng.random() < 0.25:
        field, make = "hs_lead_status", lambda rng: rng.choice(_RIGHT_STATUSES)
    else:
        pair = hand.rng.choice(PERSON)
        field, make = pair.right, pair.make
    value = hand.another(make, record.get(field))
    hand.portal.update("contacts", record["id"], {field: value}, hand.actor)
    return f"{hand.name} set {field} of {_who(record)} to “{value}” in HubSpot"


def edit_both(hand: Hand) -> str | None:
    """The same field of the same person, differently: a conflict."""
    return _on_both(hand, hand.roster.people_pairs, PERSON, alike=False)


def agree(hand: Hand) -> str | None:
    """Two people enter the same news on both sides: no conflict."""
    return _on_both(hand, hand.roster.people_pairs, PERSON, alike=True)


def _on_both(hand: Hand, pairs: Sequence[tuple[str, str, str]], fields: Sequence[Pair], *, alike: bool) -> str | None:
    found = hand.both(pairs)
    if found is None:
        return None
    object_name, left, right = found
    pair = hand.rng.choice(fields)
    field = pair.left(object_name)
    first = hand.another(pair.make, left.get(field), right.get(pair.right))
    second = first if alike else hand.another(pair.make, first, left.get(field), right.get(pair.right))
    hand.org.update(object_name, left["Id"], {field: _typed(field, first)}, hand.actor)
    target = "companies" if object_name == "Account" else "contacts"
    hand.portal.update(target, right["id"], {pair.right: second}, hand.actor)
    return (
        f"{hand.name} set {field} of {_who(left)} to “{first}” in Salesforce, "
        f"while {pair.right} became “{second}” in HubSpot"
    )


def edit_account(hand: Hand) -> str | None:
    record = hand.left("Account", hand.roster.accounts)
    if record is None:
        return None
    pair = hand.rng.choice(ACCOUNT)
    value = hand.another(pair.make, record.get(pair.contact))
    hand.org.update("Account", record["Id"], {pair.contact: _typed(pair.contact, value)}, hand.actor)
    return f"{hand.name} set {pair.contact} of the account {_who(record)} to “{value}” in Salesforce"


def edit_company(hand: Hand) -> str | None:
    record = hand.right("companies", hand.roster.companies)
    if record is None:
        return None
    pair = hand.rng.choice(ACCOUNT)
    value = hand.another(pair.make, record.get(pair.right))
    hand.portal.update("companies", record["id"], {pair.right: value}, hand.actor)
    return f"{hand.name} set {pair.right} of the company {_who(record)} to “{value}” in HubSpot"


def edit_both_accounts(hand: Hand) -> str | None:
    return _on_both(hand, hand.roster.account_pairs, ACCOUNT, alike=False)


def clear_left(hand: Hand) -> str | None:
    for _ in range(_TRIES):
        found = hand.lead_or_contact()
        if found is None:
            return None
        object_name, record = found
        filled = [field for pair in PERSON if record.get(field := pair.left(object_name))]
        if filled:
            field = hand.rng.choice(filled)
            hand.org.update(object_name, record["Id"], {field: None}, hand.actor)
            return f"{hand.name} cleared {field} of the {object_name.lower()} {_who(record)} in Salesforce"
    return None


def clear_right(hand: Hand) -> str | None:
    for _ in range(_TRIES):
        record = hand.right("contacts", hand.roster.right_contacts)
        filled = [] if record is None else [pair.right for pair in PERSON if record.get(pair.right)]
        if record is not None and filled:
            field = hand.rng.choice(filled)
            hand.portal.update("contacts", record["id"], {field: ""}, hand.actor)
            return f"{hand.name} cleared {field} of {_who(record)} in HubSpot"
    return None


def create_left(hand: Hand) -> str | None:
    first, last = hand.rng.choice(_FIRST), hand.rng.choice(_LAST)
    company = f"{hand.rng.choice(_LAST)} {hand.rng.choice(('Systems', 'Partners', 'Labs'))}"
    values = {
        "FirstName": first,
        "LastName": last,
        "Company": company,
        "Email": f"{first}.{last}.n{hand.number}@{company.replace(' ', '-')}.example".lower(),
        "Phone": _phone(hand.rng),
        "Title": hand.rng.choice(_TITLES),
        "LeadSource": "Web",
        "Status": "Open - Not Contacted",
    }
    hand.roster.leads.append(hand.org.create("Lead", values, hand.actor))
    return f"{hand.name} created the lead {first} {last} of {company} in Salesforce"


def create_right(hand: Hand) -> str | None:
    first, last = hand.rng.choice(_FIRST), hand.rng.choice(_LAST)
    company = f"{hand.rng.choice(_LAST)} {hand.rng.choice(('Group', 'Works', 'Digital'))}"
    values = {
        "firstname": first,
        "lastname": last,
        "company": company,
        "email": f"{first}.{last}.n{hand.number}@{company.replace(' ', '-')}.example".lower(),
        "jobtitle": hand.rng.choice(_TITLES),
        "lifecyclestage": hand.rng.choice(("lead", "marketingqualifiedlead")),
    }
    hand.roster.right_contacts.append(hand.portal.create("contacts", values, hand.actor))
    return f"{hand.name} created the contact {first} {last} of {company} in HubSpot"


def merge_left(hand: Hand) -> str | None:
    """Two records of one address become one."""
    for object_name, winner_id, loser_id in hand.roster.doubles:
        winner, loser = hand.org.record(object_name, winner_id), hand.org.record(object_name, loser_id)
        if winner is None or loser is None or winner.get("IsConverted") or loser.get("IsConverted"):
            continue
        hand.org.merge(object_name, winner_id, [loser_id], hand.actor)
        return f"{hand.name} merged two {object_name.lower()}s of {_who(winner)} in Salesforce"
    return None


def merge_right(hand: Hand) -> str | None:
    """Takes two colleagues for one person, as it happens."""
    winner = hand.right("contacts", hand.roster.right_contacts)
    loser = hand.right("contacts", hand.roster.right_contacts)
    if winner is None or loser is None or winner["id"] == loser["id"]:
        return None
    survivor = hand.portal.merge("contacts", winner["id"], [loser["id"]], hand.actor)
    if survivor not in hand.roster.right_contacts:
        hand.roster.right_contacts.append(survivor)
    return f"{hand.name} merged {_who(loser)} into {_who(winner)} in HubSpot"


def convert(hand: Hand) -> str | None:
    """A lead becomes a contact: the one of its address where there is one."""
    lead = hand.left("Lead", hand.roster.leads)
    if lead is None:
        return None
    contact_id = hand.roster.contact_of_email.get(str(lead.get("Email") or "").lower())
    contact = None if contact_id is None else hand.org.record("Contact", contact_id)
    account_id = None if contact is None else contact.get("AccountId")
    made = hand.org.convert(
        lead["Id"], hand.actor, contact_id=None if contact is None else contact_id, account_id=account_id
    )
    if contact is None:
        hand.roster.left_contacts.append(made["Contact"])
    return f"{hand.name} converted the lead {_who(lead)} in Salesforce"


def delete_left(hand: Hand) -> str | None:
    lead = hand.left("Lead", hand.roster.leads)
    if lead is None:
        return None
    hand.org.delete("Lead", lead["Id"], hand.actor)
    return f"{hand.name} deleted the lead {_who(lead)} in Salesforce"


def delete_right(hand: Hand) -> str | None:
    record = hand.right("contacts", hand.roster.right_contacts)
    if record is None:
        return None
    hand.portal.delete("contacts", record["id"], hand.actor)
    return f"{hand.name} deleted {_who(record)} in HubSpot"


@dataclass(frozen=True, slots=True)
class Act:
    """`weight`: how often, among all acts."""

    weight: int
    do: Callable[[Hand], str | None]


ACTS: Final[Mapping[str, Act]] = {
    "edit_left": Act(26, edit_left),
    "edit_right": Act(26, edit_right),
    "edit_both": Act(9, edit_both),
    "agree": Act(3, agree),
    "edit_account": Act(4, edit_account),
    "edit_company": Act(4, edit_company),
    "edit_both_accounts": Act(1, edit_both_accounts),
    "clear_left": Act(4, clear_left),
    "clear_right": Act(4, clear_right),
    "create_left": Act(6, create_left),
    "create_right": Act(6, create_right),
    "merge_left": Act(2, merge_left),
    "merge_right": Act(1, merge_right),
    "convert": Act(2, convert),
    "delete_left": Act(1, delete_left),
    "delete_right": Act(1, delete_right),
}
