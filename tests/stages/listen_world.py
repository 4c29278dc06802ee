"""A pair with somebody who is talked to: what reps log, what visitors answer, and what of it counts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from syncer.core.claims import Claim, from_ledger, standing
from syncer.core.fields import FieldMap, FieldType, Rule
from syncer.core.listen import Calls
from syncer.mapping.calls import load_calls
from syncer.stages.context import RunReport
from tests.stages.test_outbound_sync import run
from tests.stages.world import PairWorld, account, account_fields, both_sides, make_pair, person, person_fields

CALLS: Calls = load_calls(Path(__file__).parents[2] / "mappings")
HEARD = ("human", "call", "form")
LEARNED = (
    both_sides("annual_budget", "Annual_Budget__c", "annual_budget", FieldType.MONEY, authority=HEARD, protect_days=90),
    both_sides("nps", "Demo_NPS__c", "demo_nps", FieldType.INTEGER, authority=HEARD, protect_days=90),
    both_sides("opted_in", "Opted_In__c", "opted_in", FieldType.YES_NO, authority=HEARD, protect_days=90),
    both_sides("need", "Need__c", "need", FieldType.TEXT, authority=HEARD, protect_days=90),
    both_sides("contract_end", "Contract_End__c", "contract_end", FieldType.DATE, authority=HEARD),
    both_sides(
        "do_not_call", "DoNotCall", "do_not_call", FieldType.BOOLEAN, rule=Rule.FORWARD_ONLY, order=("false", "true"),
        authority=HEARD,
    ),
    both_sides("provenance", "Provenance__c", "provenance", FieldType.TEXT, rule=Rule.ALWAYS_SYNCER),
)  # fmt: skip
TITLE = both_sides("job_title", "Title", "jobtitle", authority=(*HEARD, "provider"))
MADE = {
    "Annual_Budget__c": {"type": "Number", "precision": 18, "scale": 0},
    "Demo_NPS__c": {"type": "Number", "precision": 2, "scale": 0},
    "Opted_In__c": {"type": "Text", "length": 10},
    "Need__c": {"type": "LongTextArea", "length": 1000, "visibleLines": 3},
    "Contract_End__c": {"type": "Date"},
    "Provenance__c": {"type": "LongTextArea", "length": 4000, "visibleLines": 5},
}
PROPERTIES = {
    "annual_budget": "number", "demo_nps": "number", "opted_in": "string", "need": "string", "contract_end": "date",
    "do_not_call": "string", "provenance": "string",
}  # fmt: skip

_FORMS = {"number": "number", "string": "textarea", "date": "date"}


def heard_pair() -> PairWorld:
    """A pair whose people and companies have fields for what was said."""
    firm = FieldMap("account", {"Contact": "AccountId"}, {"contacts": "associatedcompanyid"}, FieldType.REFERENCE,
                    to="account", rule=Rule.PREFER_SALESFORCE_UNLESS_BLANK)  # fmt: skip
    employees = FieldMap(
        "number_of_employees", {"Account": "NumberOfEmployees"}, {"companies": "numberofemployees"}, FieldType.INTEGER,
        authority=HEARD,
    )  # fmt: skip
    technologies = FieldMap(
        "technologies", {"Account": "Technologies__c"}, {"companies": "web_technologies"}, FieldType.CHOICES,
        rule=Rule.UNION, authority=HEARD, choices={"Salesforce": "salesforce", "Qualtrics": "qualtrics"},
    )  # fmt: skip
    fields = tuple(TITLE if item.name == "job_title" else item for item in person_fields())
    people = person(fields=(*fields, firm, *LEARNED))
    made = make_pair((account(fields=(*account_fields(), employees, technologies)), people))
    for name in ("Lead", "Contact"):
        for field, kind in MADE.items():
            made.org.add_field(name, {"name": field, **kind})
    values = {"valueSet": {"valueSetDefinition": {"value": [{"fullName": "Salesforce"}, {"fullName": "Qualtrics"}]}}}
    made.org.add_field(
        "Account", {"name": "Technologies__c", "type": "MultiselectPicklist", "visibleLines": 4, **values}
    )
    for name, kind in PROPERTIES.items():
        made.portal.add_field("contacts", {"name": name, "type": kind, "fieldType": _FORMS[kind]})
    return made


def cycle(pair: PairWorld, **more: Any) -> RunReport:
    return run(pair, **({"hears": CALLS} | more))


def known_person(pair: PairWorld) -> tuple[str, str]:
    """(contact id in Salesforce, contact id in HubSpot); she works for Acme."""
    firm = pair.org.create("Account", {"Name": "Acme", "Website": "acme.example"}, "human:ann")
    lead = pair.contact(Email="jane@acme.example", FirstName="Jane", AccountId=firm)
    cycle(pair)
    cycle(pair)
    link = pair.link_of("left", "Contact", lead)
    assert link is not None
    return lead, link.right_id


def call(pair: PairWorld, who: str, text: str, **more: Any) -> str:
    values = {"WhoId": who, "Subject": "Discovery call", "Description": text, "Status": "Completed",
              "TaskSubtype": "Call", "CallType": "Outbound", "CallDisposition": "Connected", **more}  # fmt: skip
    return pair.org.create("Task", values, "human:ann")


def hub_note(pair: PairWorld, who: str, object_name: str, **values: Any) -> str:
    made = pair.portal.create(object_name, {"hs_timestamp": str(pair.clock.now_ms()), **values}, "human:bob")
    if who:
        pair.portal.associate(object_name, made, "contacts", who, "human:bob")
    return made


def submit(pair: PairWorld, **answers: str) -> str:
    form = pair.portal.add_form("Request a demo", tuple(answers))
    pair.portal.submit_form(form, answers, "human:visitor")
    return form


def claims(pair: PairWorld, side: str, object_name: str, record_id: str) -> list[Claim]:
    link = pair.link_of(side, object_name, record_id)  # type: ignore[arg-type]
    assert link is not None
    with pair.store.snapshot() as tx:
        return [from_ledger(row.claim) for row in tx.claims.of([link.link_id])[link.link_id]]


def held(pair: PairWorld, lead: str) -> dict[str, Any]:
    """What counts of her, by field."""
    return {one.field: one.value for one in standing(claims(pair, "left", "Contact", lead), pair.clock.now_ms())}


def documents(pair: PairWorld) -> dict[str, int]:
    with pair.store.snapshot() as tx:
        return tx.documents.count_by_state()
