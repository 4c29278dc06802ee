"""The mapping of a simulated world: every rule and every type that decides differently, on few fields; and its schema.

`POOLS` holds what people type: few values for each field, so that they collide, come back, and mean the same in other
letters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sandbox.hubspot import HubSpotPortal
from sandbox.salesforce import SalesforceOrg
from syncer.core.fields import FieldMap, FieldType, KindMap, Rule
from syncer.stages.context import LEFT_CROSS_REFERENCE, LEFT_KEY, RIGHT_KEY

INTERESTS: Final = {"Cloud": "cloud", "Data": "data", "Edge": "edge"}
STAGES: Final = {"Cold": "cold", "Warm": "warm", "Hot": "hot"}
LONG: Final = "Director of " + "very " * 25 + "long things"  # does not fit Salesforce's Title


def _both(name: str, left: str, right: str, type_: FieldType = FieldType.TEXT, **more: Any) -> FieldMap:
    return FieldMap(name, {"Lead": left, "Contact": left}, {"contacts": right}, type_, **more)


PERSON_FIELDS: Final = (
    _both("email", "Email", "email", FieldType.EMAIL),
    _both("first_name", "FirstName", "firstname"),
    _both("last_name", "LastName", "lastname", create_default="unknown"),
    _both("job_title", "Title", "jobtitle", blank="clear"),
    _both("phone", "Phone", "phone", FieldType.PHONE, rule=Rule.PREFER_SALESFORCE_UNLESS_BLANK, blank="clear"),
    FieldMap(
        "city",
        {"Lead": "City", "Contact": "MailingCity"},
        {"contacts": "city"},
        FieldType.TEXT,
        rule=Rule.FILL_BLANK,
    ),
    FieldMap("company", {"Lead": "Company"}, {"contacts": "company"}, FieldType.TEXT, create_default="unknown"),
    _both("source", "Source__c", "sim_source", rule=Rule.ALWAYS_SALESFORCE, blank="clear"),
    _both("campaign", "Campaign__c", "sim_campaign", rule=Rule.ALWAYS_HUBSPOT, blank="clear"),
    _both("interests", "Interests__c", "sim_interests", FieldType.CHOICES, rule=Rule.UNION, choices=INTERESTS),
    _both(
        "stage",
        "Stage__c",
        "sim_stage",
        FieldType.CHOICE,
        rule=Rule.FORWARD_ONLY,
        choices=STAGES,
        order=tuple(STAGES),
    ),
    _both("note", "Note__c", "sim_note", rule=Rule.REVIEW, blank="clear"),
    _both("vip", "Vip__c", "sim_vip", FieldType.BOOLEAN, blank="clear"),
    _both(
        "budget",
        "Budget__c",
        "sim_budget",
        FieldType.MONEY,
        rule=Rule.PREFER_HUBSPOT_UNLESS_BLANK,
        blank="clear",
    ),
    FieldMap(
        "account",
        {"Contact": "AccountId"},
        {"contacts": "associatedcompanyid"},
        FieldType.REFERENCE,
        rule=Rule.PREFER_SALESFORCE_UNLESS_BLANK,
        to="account",
    ),
)
ACCOUNT_FIELDS: Final = (
    FieldMap("domain", {"Account": "Website"}, {"companies": "domain"}, FieldType.DOMAIN),
    FieldMap("name", {"Account": "Name"}, {"companies": "name"}, FieldType.TEXT),
    FieldMap("city", {"Account": "BillingCity"}, {"companies": "city"}, FieldType.TEXT, blank="clear"),
)


def kinds(dropped: Sequence[str] = ()) -> tuple[KindMap, ...]:
    """Accounts and persons; `dropped` person fields are left out (shrinking does that)."""
    fields = tuple(item for item in PERSON_FIELDS if item.name not in dropped)
    account = KindMap("account", 1, ("Account",), ("companies",), "Account", "companies", ("domain",), ACCOUNT_FIELDS)
    person = KindMap("person", 1, ("Lead", "Contact"), ("contacts",), "Lead", "contacts", ("email",), fields)
    return account, person


POOLS: Final[Mapping[str, Sequence[Any]]] = {
    "first_name": ("Ada", "Ben", " Ada ", "Cy"),
    "last_name": ("Doe", "Roe", "Poe"),
    "job_title": ("CEO", "CTO", "ceo", "CEO ", "Buyer", None, None, LONG),
    "phone": ("+1 415 555 0101", "(415) 555-0101", "+14155550102", "4155550103", "ask Bob", None),
    "city": ("Rome", "Oslo", "Rome ", None),
    "company": ("Acme", "Globex", "Initech"),
    "source": ("Web", "Fair", "Call", None),
    "campaign": ("Spring", "Fall", None),
    "interests": ("Cloud", "Data", "Edge", "Cloud;Data", "Data;Edge", "Cloud;Data;Edge", None),
    "stage": ("Cold", "Warm", "Hot", None),
    "note": ("a", "b", None),
    "vip": (True, False),
    "budget": (100, 250.5, 10_000, None),
    "domain": ("a1.example", "https://www.A1.example/", "a2.example"),
    "name": ("One", "Two", "Three"),
}
"""Values as the left would hold them; `as_typed` gives the right's."""


def as_typed(side: str, field: str, value: Any) -> Any:
    """A pool value in the words of that side's CRM; what is no pool value passes as it is."""
    if side == "left":
        return value
    if value is None:
        return ""
    if field == "interests":
        return ";".join(INTERESTS.get(part, part) for part in str(value).split(";"))
    if field == "stage":
        return STAGES.get(value, value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _picklist(name: str, kind: str, options: Sequence[str]) -> dict[str, Any]:
    values = [{"fullName": option, "label": option, "default": False} for option in options]
    definition = {"sorted": False, "value": values}
    more = {"visibleLines": 4} if kind == "MultiselectPicklist" else {}
    return {"name": name, "type": kind, "valueSet": {"restricted": True, "valueSetDefinition": definition}, **more}


def _property(name: str, type_: str, field_type: str, options: Sequence[str] = ()) -> dict[str, Any]:
    made: dict[str, Any] = {"name": name, "type": type_, "fieldType": field_type}
    if options:
        made["options"] = [{"label": each, "value": each, "displayOrder": n} for n, each in enumerate(options)]
    return made


def set_up(org: SalesforceOrg, portal: HubSpotPortal) -> None:
    """The key fields and the custom fields of the mapping, and users who are not the integration user."""
    key = {"name": LEFT_KEY, "type": "Text", "length": 64, "unique": True, "externalId": True, "caseSensitive": False}
    for name in ("Lead", "Contact", "Account"):
        org.add_field(name, key)
        org.add_field(name, {"name": LEFT_CROSS_REFERENCE, "type": "Text", "length": 32})
    for name in ("Lead", "Contact"):
        for text in ("Source__c", "Campaign__c", "Note__c"):
            org.add_field(name, {"name": text, "type": "Text", "length": 40})
        org.add_field(name, _picklist("Interests__c", "MultiselectPicklist", tuple(INTERESTS)))
        org.add_field(name, _picklist("Stage__c", "Picklist", tuple(STAGES)))
        org.add_field(name, {"name": "Vip__c", "type": "Checkbox"})
        org.add_field(name, {"name": "Budget__c", "type": "Currency", "precision": 12, "scale": 2})
    for name in ("contacts", "companies"):
        portal.add_field(name, {**_property(RIGHT_KEY, "string", "text"), "hasUniqueValue": True})
    for name in ("sim_source", "sim_campaign", "sim_note"):
        portal.add_field("contacts", _property(name, "string", "text"))
    portal.add_field("contacts", _property("sim_interests", "enumeration", "checkbox", tuple(INTERESTS.values())))
    portal.add_field("contacts", _property("sim_stage", "enumeration", "select", tuple(STAGES.values())))
    portal.add_field("contacts", _property("sim_vip", "bool", "booleancheckbox"))
    portal.add_field("contacts", _property("sim_budget", "number", "number"))
    for name in ("ann", "abe"):
        user = {"Alias": name, "Username": f"{name}@acme.example", "LastName": name, "Email": f"{name}@acme.example"}
        org.seed("User", user)
    for name in ("bob", "bea"):
        portal.add_owner(f"{name}@acme.example", name, "Case")
