"""Mappings against live schemas: what would not fit is found before anything is sent."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from connectors.base import FieldSchema, ObjectSchema
from syncer.core.fields import KindMap
from syncer.mapping import check_against_schemas, needed_fields
from syncer.mapping.load import parse_kind
from syncer.mapping.toml_file import parse_toml
from syncer.mapping.words import CROSS_REFERENCE, OUR_FIELDS
from syncer.stages.context import KEY_FIELD, LEFT_CROSS_REFERENCE

HEAD = """version = 1
left = { objects = ["Lead"] }
right = { objects = ["contacts"] }
match = ["email"]
[[field]]
name = "email"
left = "Email"
right = "email"
type = "email"
"""
STAGES = (("lead", "Lead"), ("customer", "Customer"))


def field(name: str, kind: str, **changes: object) -> FieldSchema:
    plain = {
        "label": name, "createable": True, "updateable": True, "required": False, "unique": False, "max_length": None,
        "options": None, "restricted": False, "calculated": False,
    }  # fmt: skip
    return FieldSchema(name=name, type=kind, **{**plain, **changes})


LEAD = [
    field("Email", "email", max_length=80),
    field("Title", "string", max_length=128),
    field("Score", "double", calculated=True, updateable=False, createable=False, scale=2),
    field("Stage", "picklist", options=(("Lead", "Lead"), ("Customer", "Customer")), restricted=True),
    field("OwnerId", "reference", reference_to=("Group", "User")),
    field("Opt", "boolean"),
    field("Born", "date"),
]
CONTACT = [
    field("email", "string", unique=True, max_length=65_536),
    field("jobtitle", "string", max_length=65_536),
    field("score", "number"),
    field("stage", "enumeration", options=STAGES, restricted=True),
    field("hubspot_owner_id", "enumeration", reference_to=("owners",)),
    field("associatedcompanyid", "number", reference_to=("companies",)),
    field("opt", "bool", updateable=False, createable=False),
    field("closed", "datetime"),
]


def schemas_with(*left: FieldSchema, **changes: bool) -> Mapping[tuple[str, str], ObjectSchema]:
    made = {"createable": True, "updateable": True, **changes}
    return {
        ("left", "Lead"): ObjectSchema("Lead", "Lead", {item.name: item for item in (*LEAD, *left)}, **made),
        ("right", "contacts"): ObjectSchema(
            "contacts", "Contacts", {item.name: item for item in CONTACT}, createable=True, updateable=True
        ),
    }


def mapped(text: str, head: str = HEAD) -> tuple[KindMap]:
    kind, problems = parse_kind("person", parse_toml(head + text, "person.toml"))
    assert kind is not None, problems
    return (kind,)


def entry(left: str, right: str, kind: str, more: str = "") -> str:
    return f'[[field]]\nname = "x"\nleft = "{left}"\nright = "{right}"\ntype = "{kind}"\n{more}\n'


CHOICE = 'choices = { "Lead" = "lead", "Customer" = "customer" }'
UNFIT = {
    "a field that is not there": (entry("Titel", "jobtitle", "text"), "UnknownField", "Titel", "Title"),
    "a property that is not there": (entry("Title", "job_title", "text"), "UnknownField", "job_title", "jobtitle"),
    "a text onto a number": (entry("Title", "score", "text"), "TypeMismatch", "text", "integer"),
    "a number onto a text": (entry("Title", "score", "number"), "TypeMismatch", "number", "text"),
    "a day onto an instant": (entry("Born", "closed", "date"), "TypeMismatch", "date", "datetime"),
    "a text onto a list of options": (entry("Stage", "jobtitle", "text"), "TypeMismatch", "text", "choice"),
    "a two-way onto a formula": (entry("Score", "score", "number"), "NotWriteable", "Score", ""),
    "a two-way onto a property that takes no edits": (entry("Opt", "opt", "boolean"), "NotWriteable", "opt", ""),
    "options without a translation": (entry("Stage", "stage", "choice"), "ChoicesNeedMap", "Lead", ""),
    "an option that Salesforce lacks": (
        entry("Stage", "stage", "choice", 'choices = { "Lead" = "lead", "Custmer" = "customer" }'),
        "UnknownOption", "Custmer", "Customer",
    ),
    "an option that HubSpot lacks": (
        entry("Stage", "stage", "choice", 'choices = { "Lead" = "leed", "Customer" = "customer" }'),
        "UnknownOption", "leed", "lead",
    ),
    "an account where an owner is meant": (
        entry("OwnerId", "hubspot_owner_id", "reference", 'to = "account"'), "WrongReference", "account", "",
    ),
    "an owner where an account is meant": (
        entry("OwnerId", "associatedcompanyid", "reference", 'to = "owner"'), "WrongReference", "owner", "",
    ),
}  # fmt: skip


@pytest.mark.parametrize("story", UNFIT)
def test_what_does_not_fit_is_an_error_at_its_line(story: str) -> None:
    text, name, wrong, near = UNFIT[story]
    problems = [p for p in check_against_schemas(mapped(text), schemas_with()) if p.severity == "error"]
    assert name in {p.name for p in problems}
    problem = next(p for p in problems if p.name == name)
    assert (problem.file, problem.line, problem.wrong, problem.nearest) == ("person.toml", 10, wrong, near)
    assert problem.action


FIT = {
    "a formula that is only read": entry("Score", "score", "number", 'rule = "always-salesforce"'),
    "a formula declared read-only": entry("Score", "score", "number", 'read_only = "left"'),
    "a mark of HubSpot's own": entry("Opt", "opt", "boolean", 'rule = "always-hubspot"'),
    "options with a translation": entry("Stage", "stage", "choice", CHOICE),
    "an owner": entry("OwnerId", "hubspot_owner_id", "reference", 'to = "owner"'),
    "what is left alone": entry("Score", "score", "number", 'rule = "dont-sync"'),
}


@pytest.mark.parametrize("story", FIT)
def test_what_fits_is_no_problem(story: str) -> None:
    assert check_against_schemas(mapped(FIT[story]), schemas_with()) == []


def test_a_field_that_holds_less_than_its_source_is_a_warning_not_an_error() -> None:
    (problem,) = check_against_schemas(mapped(entry("Title", "jobtitle", "text")), schemas_with())
    assert (problem.name, problem.severity, problem.line) == ("NarrowerField", "warning", 10)
    assert "Lead.Title (128)" in problem.message


def test_a_number_in_a_text_of_hubspot_and_a_value_taken_once_are_warnings() -> None:
    live = schemas_with(field("Revenue", "currency", scale=0), field("Badge__c", "string", unique=True))
    text = entry("Revenue", "jobtitle", "money") + entry("Badge__c", "score", "text", 'rule = "dont-sync"').replace(
        '"x"', '"y"'
    )
    found = check_against_schemas(mapped(text.replace('rule = "dont-sync"', 'rule = "always-hubspot"')), live)
    assert ("LooseType", "warning", 10) in {(p.name, p.severity, p.line) for p in found}
    assert ("UniqueUnmatched", "warning", "Badge__c") in {(p.name, p.severity, p.wrong) for p in found}


def test_an_option_without_a_translation_is_a_warning_that_says_what_becomes_of_it() -> None:
    text = entry("Stage", "stage", "choice", 'choices = { "Lead" = "lead" }')
    found = check_against_schemas(mapped(text), schemas_with())
    assert [(p.name, p.wrong, p.severity) for p in found] == [
        ("UnmappedOption", "Customer", "warning"), ("UnmappedOption", "customer", "warning"),
    ]  # fmt: skip
    assert all("held" in p.message for p in found)


@pytest.mark.parametrize(
    ("text", "severity", "name"),
    [
        ("", "error", "RequiredUnmapped"),
        (entry("Company", "jobtitle", "text", 'rule = "always-salesforce"'), "error", "RequiredUnmapped"),
        (entry("Company", "jobtitle", "text"), "warning", "RequiredMayBeBlank"),
        (entry("Company", "jobtitle", "text", 'create_default = "-"'), None, None),
    ],
)
def test_a_field_that_a_create_needs_must_come_from_somewhere(
    text: str, severity: str | None, name: str | None
) -> None:
    live = schemas_with(field("Company", "string", required=True))
    found = [p for p in check_against_schemas(mapped(text), live) if p.wrong == "Company"]
    assert [(p.severity, p.name) for p in found] == ([(severity, name)] if name else [])
    never = HEAD.replace('{ objects = ["Lead"] }', '{ objects = ["Lead"], create = false }')
    assert not [p for p in check_against_schemas(mapped(text, never), live) if p.wrong == "Company"]


def test_objects_and_inclusion_are_held_against_the_schemas_too() -> None:
    text = HEAD + "[inclusion]\nright = \"lifecycle = 'lead' and stage is not blank\"\n"
    found = check_against_schemas(mapped("", text), {**schemas_with(createable=False)})
    assert {(p.name, p.wrong) for p in found} == {("NotCreateable", "Lead"), ("UnknownField", "lifecycle")}
    found = check_against_schemas(mapped(""), schemas_with(updateable=False))
    assert [(p.name, p.wrong) for p in found] == [("NotWriteable", "Lead")]
    found = check_against_schemas(mapped(""), {("right", "contacts"): schemas_with()["right", "contacts"]})
    assert [(p.name, p.wrong) for p in found] == [("UnknownObject", "Lead")]


def test_setup_makes_our_keys_and_what_the_mapping_says_and_nothing_that_is_there() -> None:
    text = (
        entry("Tier__c", "tier", "choice", 'label = "Tier"\ncreate = true\nchoices = { "Tier 1" = "tier_1" }')
        + '[[field]]\nname = "notes"\nleft = "Title"\nright = "notes"\ntype = "text"\nlabel = "Notes"\ncreate = true\n'
    )
    live = schemas_with(field("Syncer_Key__c", "string", unique=True), field("Title", "textarea", max_length=32_000))
    needed = needed_fields(mapped(text), live)
    assert [(s.name, s.type, s.options) for s in needed["left"]] == [
        ("HubSpot_Id__c", "text", ()), ("Tier__c", "choice", (("Tier 1", "Tier 1"),)),
    ]  # fmt: skip
    assert [(s.name, s.type, s.unique_key, s.options) for s in needed["right"]] == [
        ("syncer_key", "text", True, ()),
        ("tier", "choice", False, (("tier_1", "Tier 1"),)),
        ("notes", "long_text", False, ()),
    ]
    missing = [
        (p.wrong, p.severity, p.action) for p in check_against_schemas(mapped(text), live) if p.name == "NotSetUp"
    ]
    assert missing == [
        ("Tier__c", "warning", "Run: syncer setup salesforce"),
        ("tier", "warning", "Run: syncer setup hubspot"),
        ("notes", "warning", "Run: syncer setup hubspot"),
    ]


def test_a_standard_field_that_is_not_there_cannot_be_set_up() -> None:
    text = entry("Titel", "jobtitle", "text", 'label = "Titel"\ncreate = true')
    (problem,) = check_against_schemas(mapped(text), schemas_with())
    assert (problem.name, problem.severity) == ("UnknownField", "error")
    assert [spec.name for spec in needed_fields(mapped(text), schemas_with())["left"]] == [
        "Syncer_Key__c", "HubSpot_Id__c",
    ]  # fmt: skip


def test_our_fields_are_called_as_the_stages_call_them() -> None:
    assert OUR_FIELDS == KEY_FIELD
    assert CROSS_REFERENCE == LEFT_CROSS_REFERENCE
