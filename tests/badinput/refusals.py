"""What can be spoiled on one side, and how it is mended: the table of refusals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.faults import FaultKind, FaultRule
from sandbox.hubspot.auth import ALL_SCOPES
from syncer.errors import Exit
from tests.badinput.synced import Person, Synced


def _nothing(world: Synced, person: Person) -> None:
    """The system mends itself."""


@dataclass(frozen=True)
class Case:
    """`told` is a name or code in the report; `stops` names a side that cannot be used at all in that run."""

    story: str
    spoil: Callable[[Synced, Person], None]
    mend: Callable[[Synced, Person], None] = _nothing
    told: str = ""
    code: int = Exit.DONE
    stops: str = ""
    after: Callable[[Synced, Person], bool] = lambda world, person: True


def _fault(system: str, kind: FaultKind, **rule: Any) -> Callable[[Synced, Person], None]:
    def spoil(world: Synced, person: Person) -> None:
        world.edit_left(person, FirstName="Nora")
        world.edit_right(person, jobtitle="Chief of Staff")
        world.sandbox.faults[system].add(FaultRule(kind, **({"rate": 1.0} | rule)))

    return spoil


def _no_faults(world: Synced, person: Person) -> None:
    for faults in world.sandbox.faults.values():
        faults.replace(())
    with world.sandbox.lock:
        world.sandbox.driver.advance(120_000)  # past a spent allowance


def _both_arrived(world: Synced, person: Person) -> bool:
    return world.right(person, "firstname") == "Nora" and world.left(person, "Title") == "Chief of Staff"


def _left(**values: Any) -> Callable[[Synced, Person], None]:
    return lambda world, person: world.edit_left(person, **values)


def _right(**values: Any) -> Callable[[Synced, Person], None]:
    return lambda world, person: world.edit_right(person, **values)


def _removed_left(world: Synced, person: Person) -> None:
    world.sandbox.org.change_field("Lead", "Seniority__c", label="Seniority")
    world.sandbox.org.deny_field("Lead", "Phone", read=False)
    world.edit_right(person, phone="+1 415 555 0133", city="Lisbon")


def _restored_left(world: Synced, person: Person) -> None:
    world.sandbox.org.deny_field("Lead", "Phone", read=True, edit=True)


def _removed_right(world: Synced, person: Person) -> None:
    world.edit_left(person, Phone="+1 415 555 0144", City="Porto")
    world.sandbox.portal.remove_field("contacts", "phone")


def _restored_right(world: Synced, person: Person) -> None:
    world.sandbox.portal.change_field("contacts", "phone", archived=False)


def _read_only_left(world: Synced, person: Person) -> None:
    world.sandbox.org.deny_field("Lead", "Street", edit=False)
    world.edit_right(person, address="1 High Street", city="Lisbon")


def _narrowed(world: Synced, person: Person) -> None:
    world.sandbox.org.change_field("Lead", "Title", length=10)
    world.edit_right(person, jobtitle="Director of Everything", city="Lisbon")


def _scopes_gone(world: Synced, person: Person) -> None:
    app = world.sandbox.portal.state.tokens.apps[_engine(world)]
    app.scopes = frozenset(scope for scope in app.scopes if "contacts.write" not in scope)
    world.edit_left(person, FirstName="Nora")


def _engine(world: Synced) -> str:
    return next(name for name in world.sandbox.portal.state.tokens.apps if name.startswith("engine"))


def _nameless(world: Synced, person: Person) -> None:
    """A contact without what a lead cannot be without."""
    values = {"email": "nameless@newcomer.example", "lifecyclestage": "lead", "firstname": "No"}
    world.sandbox.org.change_field("Lead", "Country", required=True)
    with world.sandbox.lock:
        world.sandbox.portal.create("contacts", values, "human:bob")
    world.edit_right(person, firstname="Olga")


def _named(world: Synced, person: Person) -> None:
    for row in list(world.sandbox.portal.records("contacts")):
        if row["email"] == "nameless@newcomer.example":
            world.sandbox.portal.update("contacts", row["id"], {"country": "Portugal"}, "human:bob")
    world.sandbox.org.change_field("Lead", "Country", required=False)


def _has_lead(world: Synced, person: Person) -> bool:
    leads = [row for row in world.sandbox.org.records("Lead") if row["Email"] == "nameless@newcomer.example"]
    return len(leads) == 1 and world.left(person, "FirstName") == "Olga"


def _same_fax(world: Synced, person: Person) -> None:
    world.edit_left(world.people[-1], Fax="+14155550199")
    world.edit_right(person, fax="+1 415 555 0199", firstname="Olga")


def _option_gone(world: Synced, person: Person) -> None:
    world.sandbox.portal.change_field("contacts", "lead_rating", options=[("cold", "Cold")])
    world.edit_left(person, Rating="Warm", City="Lisbon")


def _option_back(world: Synced, person: Person) -> None:
    options = [("hot", "Hot"), ("warm", "Warm"), ("cold", "Cold")]
    world.sandbox.portal.change_field("contacts", "lead_rating", options=options)


def _without_scopes(world: Synced, beginning: str) -> None:
    app = world.sandbox.portal.state.tokens.apps[_engine(world)]
    app.scopes = frozenset(scope for scope in app.scopes if not scope.startswith(beginning))


def _cannot_read(world: Synced, person: Person) -> None:
    _without_scopes(world, "crm.objects.contacts")
    world.edit_left(person, FirstName="Nora")


def _all_scopes(world: Synced, person: Person) -> None:
    world.sandbox.portal.state.tokens.apps[_engine(world)].scopes = frozenset(ALL_SCOPES)


CASES = (
    Case(
        "a required field is missing",
        _nameless,
        _named,
        told="Country",
        code=Exit.LEFTOVERS,
        after=_has_lead,
    ),
    Case(
        "a duplicate rule refuses the value",
        _same_fax,
        _right(fax="+1 415 555 0177"),
        told="DUPLICATES_DETECTED",
        code=Exit.LEFTOVERS,
        after=lambda world, person: (world.left(person, "Fax") or "").endswith("0177"),
    ),
    Case(
        "an option was taken out of a property",
        _option_gone,
        _option_back,
        told="rating",
        code=Exit.LEFTOVERS,
        after=lambda world, person: world.right(person, "lead_rating") == "warm",
    ),
    Case(
        "the scope to read owners is taken away",
        lambda world, person: (_without_scopes(world, "crm.objects.owners"), world.edit_left(person, City="Lisbon"))[
            -1
        ],
        _all_scopes,
        told="OwnersUnavailable",
        after=lambda world, person: world.right(person, "city") == "Lisbon",
    ),
    Case(
        "the scopes to read contacts are taken away",
        _cannot_read,
        _all_scopes,
        told="ObjectUnavailable",
        code=Exit.DENIED,
        stops="contacts",
        after=lambda world, person: world.right(person, "firstname") == "Nora",
    ),
    Case(
        "a text is too long for its field",
        _right(jobtitle="x" * 300, city="Lisbon"),
        _right(jobtitle="Chief"),
        told="job_title",
        code=Exit.LEFTOVERS,
        after=lambda world, person: world.left(person, "Title") == "Chief",
    ),
    Case(
        "a picklist does not know the value",
        _left(Rating="Scorching", City="Lisbon"),
        _left(Rating="Hot"),
        told="rating",
        code=Exit.LEFTOVERS,
        after=lambda world, person: world.right(person, "lead_rating") == "hot",
    ),
    Case(
        "a validation rule refuses the value",
        _right(jobtitle="SHOUT", city="Lisbon"),
        _right(jobtitle="Quiet"),
        told="FIELD_CUSTOM_VALIDATION_EXCEPTION",
        code=Exit.LEFTOVERS,
        after=lambda world, person: world.left(person, "Title") == "Quiet",
    ),
    Case(
        "a field of Salesforce is hidden from us",
        _removed_left,
        _restored_left,
        told="FieldSuspended",
        code=Exit.LEFTOVERS,
        after=lambda world, person: (world.left(person, "Phone") or "").endswith("0133"),
    ),
    Case(
        "a property of HubSpot is removed",
        _removed_right,
        _restored_right,
        told="FieldSuspended",
        code=Exit.LEFTOVERS,
        after=lambda world, person: (world.right(person, "phone") or "").endswith("0144"),
    ),
    Case(
        "a field of Salesforce is read-only for us",
        _read_only_left,
        lambda world, person: world.sandbox.org.deny_field("Lead", "Street", edit=True),
        told="FieldSuspended",
        code=Exit.LEFTOVERS,
        after=lambda world, person: world.left(person, "Street") == "1 High Street",
    ),
    Case(
        "a field was narrowed",
        _narrowed,
        lambda world, person: world.sandbox.org.change_field("Lead", "Title", length=128),
        told="job_title",
        code=Exit.LEFTOVERS,
        after=lambda world, person: world.left(person, "Title") == "Director of Everything",
    ),
    Case(
        "a record is shared read-only",
        lambda world, person: (
            world.sandbox.org.deny_record("Lead", person.lead),
            world.edit_right(person, firstname="Olga"),
        )[-1],
        lambda world, person: world.sandbox.org.deny_record("Lead", person.lead, edit=True),
        told="INSUFFICIENT_ACCESS_OR_READONLY",
        code=Exit.LEFTOVERS,
        after=lambda world, person: world.left(person, "FirstName") == "Olga",
    ),
    Case(
        "rows are locked for a while",
        _fault("salesforce", FaultKind.LOCK_ROW, path="/composite", times=2),
        _no_faults,
        after=_both_arrived,
    ),
    Case(
        "HubSpot is asked too often",
        _fault("hubspot", FaultKind.TOO_MANY, times=2),
        _no_faults,
        after=_both_arrived,
    ),
    Case(
        "HubSpot's search is asked too often",
        _fault("hubspot", FaultKind.TOO_MANY, path="/search", times=2),
        _no_faults,
        after=_both_arrived,
    ),
    Case(
        "Salesforce has too many long calls at once",
        _fault("salesforce", FaultKind.CONCURRENT, times=2),
        _no_faults,
        after=_both_arrived,
    ),
    Case(
        "HubSpot's daily allowance is spent",
        _fault("hubspot", FaultKind.QUOTA_SPENT, lasts_ms=60_000),
        _no_faults,
        told="QuotaError",
        code=Exit.TEMPORARY,
        stops="right",
        after=_both_arrived,
    ),
    Case(
        "Salesforce's daily allowance is spent",
        _fault("salesforce", FaultKind.QUOTA_SPENT, lasts_ms=60_000),
        _no_faults,
        told="QuotaError",
        code=Exit.TEMPORARY,
        stops="left",
        after=_both_arrived,
    ),
    Case(
        "HubSpot is down",
        _fault("hubspot", FaultKind.UNAVAILABLE),
        _no_faults,
        told="TransientError",
        code=Exit.TEMPORARY,
        stops="right",
        after=_both_arrived,
    ),
    Case(
        "Salesforce answers with pages for people",
        _fault("salesforce", FaultKind.HTML_200, method="GET"),
        _no_faults,
        told="TransientError",
        code=Exit.TEMPORARY,
        stops="left",
        after=_both_arrived,
    ),
    Case(
        "HubSpot's log-in has expired",
        _fault("hubspot", FaultKind.EXPIRED_TOKEN),
        _no_faults,
        told="AuthError",
        code=Exit.DENIED,
        stops="right",
        after=_both_arrived,
    ),
    Case(
        "a session of Salesforce ends in the middle of a run",
        _fault("salesforce", FaultKind.EXPIRED_TOKEN, calls=(7,), rate=0.0),
        _no_faults,
        after=_both_arrived,
    ),
    Case(
        "some answers are HTML",
        _fault("hubspot", FaultKind.HTML_200, path="/search", times=1),
        _no_faults,
        after=_both_arrived,
    ),
    Case(
        "some answers break off",
        _fault("salesforce", FaultKind.TRUNCATED, path="/query", times=2),
        _no_faults,
        after=_both_arrived,
    ),
    Case(
        "a gateway times out on reads",
        _fault("salesforce", FaultKind.GATEWAY_TIMEOUT, method="GET", times=3),
        _no_faults,
        after=_both_arrived,
    ),
    Case(
        "the scope to write contacts is taken away",
        _scopes_gone,
        _all_scopes,
        told="MISSING_SCOPES",
        code=Exit.LEFTOVERS,
        stops="writes right",
        after=lambda world, person: world.right(person, "firstname") == "Nora",
    ),
)
