"""`mapping test`: what each cell of one pair of records would do."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from connectors.base import ObjectSchema
from syncer.mapping import explain_cells, load_mappings

MAPPINGS = load_mappings(Path(__file__).parents[2] / "mappings")


def test_a_lead_and_a_contact_of_one_person_are_explained_cell_by_cell() -> None:
    left = {
        "Email": "Ada@Example.com", "FirstName": "Ada", "Title": "CTO", "Phone": "(415) 555-2671",
        "Lifecycle_Stage__c": "Lead", "Status": "Working - Contacted", "HasOptedOutOfEmail": False,
        "OwnerId": "005000000000001", "NumberOfEmployees": "a few", "Buying_Role__c": "Champion",
    }  # fmt: skip
    right = {
        "email": "ada@example.com", "lastname": "Lovelace", "jobtitle": "Chief Technology Officer",
        "phone": "+14155552671", "lifecyclestage": "salesqualifiedlead", "hs_email_optout": "true",
        "hs_buying_role": "DECISION_MAKER;BLOCKER",
    }  # fmt: skip
    rows = {
        row.field: row
        for row in explain_cells(
            MAPPINGS.kind("person"), "Lead", left, "contacts", right,
            {"left": {"005000000000001": "rep@example.com"}, "right": {"77": "rep@example.com"}},
        )
    }  # fmt: skip
    assert list(rows) == [field.name for field in MAPPINGS.kind("person").fields]
    assert {name: (rows[name].does, rows[name].writes) for name in ("email", "phone")} == {
        "email": ("agree", ()),
        "phone": ("agree", ()),
    }
    assert (rows["first_name"].writes, rows["first_name"].write_right) == (("right",), "Ada")
    assert (rows["last_name"].writes, rows["last_name"].write_left) == (("left",), "Lovelace")
    assert (rows["job_title"].write_right, rows["job_title"].loses) == ("CTO", ("right",))
    assert rows["lifecycle_stage"].write_left == "SQL"
    assert rows["lead_status"].write_right == "IN_PROGRESS"
    assert (rows["email_opt_out"].writes, rows["email_opt_out"].write_left) == (("left",), True)
    assert (rows["owner"].write_right, rows["owner"].left) == ("77", "rep@example.com")
    assert (rows["company_size"].does, rows["company_size"].reason) == ("unreadable", "left: not a number")
    assert rows["department"].does == "absent"
    assert rows["buying_role"].writes == ("left", "right")
    assert rows["buying_role"].write_right == "BLOCKER;CHAMPION;DECISION_MAKER"


def test_a_value_that_the_other_side_cannot_hold_is_said_and_not_guessed() -> None:
    rows = explain_cells(
        MAPPINGS.kind("account"), "Account", {"OwnerId": "005"}, "companies", {}, {"left": {"005": "rep@example.com"}}
    )
    owner = next(row for row in rows if row.field == "owner")
    assert (owner.does, owner.writes) == ("unmappable", ())
    assert owner.reason.startswith("right: ")


def test_with_schemas_a_value_that_is_too_long_is_held(schemas: Mapping[tuple[str, str], ObjectSchema]) -> None:
    values = {"jobtitle": "x" * 200, "firstname": "Ada"}
    rows = explain_cells(MAPPINGS.kind("person"), "Lead", {}, "contacts", values, schemas=schemas)
    title = next(row for row in rows if row.field == "job_title")
    assert (title.does, title.writes) == ("unmappable", ())
    assert title.reason == "left: 200 characters, and the field holds 128"
    assert next(row for row in rows if row.field == "first_name").write_left == "Ada"


def test_an_opt_out_is_never_taken_back_by_a_form() -> None:
    rows = explain_cells(MAPPINGS.kind("person"), "Lead", {"DoNotCall": True}, "contacts", {"do_not_call": "false"})
    row = next(row for row in rows if row.field == "do_not_call")
    assert (row.writes, row.write_right) == (("right",), "true")
