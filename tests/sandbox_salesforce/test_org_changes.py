"""How rows change over time: replication, late commits, merges, conversions, formulas, automation, the ledger."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from sandbox.kernel import START_MS, Refusal
from sandbox.salesforce import Condition, ValidationRule
from sandbox.salesforce.times import stamp
from tests.sandbox_salesforce.org_world import Caller, error

SOAP = "/services/Soap/u/60.0"


def replicated(call: Caller, kind: str, object_name: str = "Lead", start_ms: int = START_MS - 60_000) -> dict:
    span = f"start={quote(stamp(start_ms))}&end={quote(stamp(call.clock.now_ms() + 1_000))}"
    return call("GET", f"/sobjects/{object_name}/{kind}/?{span}").json()


def soap(call: Caller, body: str) -> tuple[int, str]:
    envelope = (
        '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns="urn:partner.soap.sforce.com"><e:Header>'
        f"<SessionHeader><sessionId>{call.token}</sessionId></SessionHeader></e:Header><e:Body>{body}</e:Body></e:Envelope>"
    )
    answer = call.raw("POST", SOAP, envelope.encode())
    return answer.status, answer.body.decode()


def test_updated_and_deleted_rows_are_told_with_how_far_the_answer_reaches() -> None:
    call = Caller()
    kept, gone = call.lead(), call.lead()
    call.clock.advance(60_000)
    call.org.delete("Lead", gone, "human:ana")
    assert replicated(call, "updated") == {"ids": [kept], "latestDateCovered": "2026-01-01T00:01:00.000+0000"}
    assert replicated(call, "deleted") == {
        "deletedRecords": [{"deletedDate": "2026-01-01T00:01:00.000+0000", "id": gone}],
        "earliestDateAvailable": "2026-01-01T00:00:00.000+0000",
        "latestDateCovered": "2026-01-01T00:01:00.000+0000",
    }


def test_a_span_that_is_none_is_refused() -> None:
    call = Caller()
    for start in ("2026-01-01T00:00:00Z", "2025-01-01T00:00:00Z", "soon"):  # empty, too far back, no date
        answer = call("GET", f"/sobjects/Lead/updated/?start={start}&end=2026-01-01T00:00:00Z")
        assert (answer.status, answer.json()[0]["errorCode"]) == (400, "INVALID_REPLICATION_DATE")


def test_a_long_transaction_hides_its_change_and_holds_the_covered_date() -> None:
    call = Caller(commit_lag_ms=(30_000, 30_000))
    lead = call.lead(Title="CTO")
    assert call("GET", f"/sobjects/Lead/{lead}").status == 404
    call.clock.advance(40_000)
    call.org.update("Lead", lead, {"Title": "CEO"}, "human:ana")
    call.clock.advance(20_000)
    assert call("GET", f"/sobjects/Lead/{lead}?fields=Title").json()["Title"] == "CTO"
    assert call.query("SELECT Title FROM Lead")[0]["Title"] == "CTO"
    assert replicated(call, "updated")["latestDateCovered"] == "2026-01-01T00:00:40.000+0000"
    assert call.org.record("Lead", lead)["Title"] == "CEO"  # what is stored, seen from inside
    call.clock.advance(10_000)
    row = call.query("SELECT Title, SystemModstamp FROM Lead")[0]
    assert (row["Title"], row["SystemModstamp"]) == ("CEO", "2026-01-01T00:00:40.000+0000")
    assert replicated(call, "updated")["latestDateCovered"] == "2026-01-01T00:01:10.000+0000"


def test_a_merge_marks_the_losers_and_moves_their_children() -> None:
    call = Caller()
    winner, loser = call.lead(Title="CTO"), call.lead(Phone="1")
    task = call.org.create("Task", {"Subject": "Call", "WhoId": loser}, "human:ana")
    call.clock.advance(1_000)
    assert call.org.merge("Lead", winner, [loser], "human:ana") == winner
    (row,) = call.query("SELECT Id, MasterRecordId FROM Lead WHERE IsDeleted = true", "queryAll")
    assert (row["Id"], row["MasterRecordId"]) == (loser, winner)
    assert call.org.record("Task", task)["WhoId"] == winner
    assert call.org.record("Lead", winner)["Phone"] is None  # the winner keeps its own values
    edit = call.ledger.for_record("salesforce", "Lead", loser)[-1]
    assert (edit.op, edit.changes["merged_id"]) == ("merge", (loser, winner))
    assert replicated(call, "deleted")["deletedRecords"][0]["id"] == loser
    with pytest.raises(Refusal, match="not in the recycle bin"):
        call.org.restore("Lead", loser, "human:ana")


def test_a_merge_by_soap_takes_the_chosen_values_along() -> None:
    call = Caller()
    winner, loser = call.lead(), call.lead(Phone="1")
    chosen = f"<masterRecord><type>Lead</type><Id>{winner}</Id><Phone>1</Phone></masterRecord>"
    status, text = soap(call, f"<merge><request>{chosen}<recordToMergeIds>{loser}</recordToMergeIds></request></merge>")
    assert (status, f"<mergedRecordIds>{loser}</mergedRecordIds><success>true" in text) == (200, True)
    assert call.org.record("Lead", winner)["Phone"] == "1"
    assert "ENTITY_IS_DELETED" in soap(call, f"<delete><ids>{loser}</ids></delete>")[1]


def test_a_converted_lead_is_read_only_and_its_activities_move() -> None:
    call = Caller()
    lead = call.lead(FirstName="Jo", Email="jo@acme.example", City="Bonn")
    task = call.org.create("Task", {"Subject": "Call", "WhoId": lead}, "human:ana")
    call.clock.advance(1_000)
    made = call.org.convert(lead, "human:ana")
    row = call.query("SELECT IsConverted, ConvertedContactId, ConvertedAccountId, ConvertedDate, Status FROM Lead")[0]
    assert (row["ConvertedContactId"], row["ConvertedAccountId"]) == (made["Contact"], made["Account"])
    assert (row["IsConverted"], row["ConvertedDate"], row["Status"]) == (True, "2026-01-01", "Closed - Converted")
    contact = call.org.record("Contact", made["Contact"])
    assert (contact["Name"], contact["MailingCity"], contact["AccountId"]) == ("Jo Roe", "Bonn", made["Account"])
    assert call.org.record("Task", task)["WhoId"] == made["Contact"]
    closed = error("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead")
    assert call.refused("PATCH", f"/sobjects/Lead/{lead}", {"Title": "x"}) == (400, closed)
    assert call.ledger.for_record("salesforce", "Lead", lead)[-1].op == "convert"


def test_converting_into_an_existing_contact_fills_only_what_is_empty() -> None:
    call = Caller()
    contact = call.org.create("Contact", {"LastName": "Doe", "Title": "CTO"}, "human:ana")
    lead = call.lead(Title="CEO", Phone="1")
    wish = (
        f"<leadId>{lead}</leadId><contactId>{contact}</contactId><convertedStatus>Closed - Converted</convertedStatus>"
        "<doNotCreateOpportunity>true</doNotCreateOpportunity>"
    )
    status, text = soap(call, f"<convertLead><leadConverts>{wish}</leadConverts></convertLead>")
    assert (status, f"<contactId>{contact}</contactId>" in text) == (200, True)
    row = call.org.record("Contact", contact)
    assert (row["LastName"], row["Title"], row["Phone"], row["AccountId"] is None) == ("Doe", "CTO", "1", False)
    wrong = wish.replace("Closed - Converted", "Open - Not Contacted").replace(lead, call.lead())
    assert "INVALID_STATUS" in soap(call, f"<convertLead><leadConverts>{wrong}</leadConverts></convertLead>")[1]


def test_a_conversion_that_fails_half_way_leaves_nothing_behind() -> None:
    rule = ValidationRule("Contact", "No contact without a title", (Condition("Title", "blank"),))
    call = Caller(validation_rules=(rule,))
    lead = call.lead()
    with pytest.raises(Refusal, match="No contact without a title"):
        call.org.convert(lead, "human:ana")
    assert [list(call.org.records(name)) for name in ("Contact", "Account")] == [[], []]
    assert call.org.record("Lead", lead)["IsConverted"] is False
    assert len(call.ledger) == 1


def test_a_formula_changes_without_moving_the_stamp() -> None:
    call = Caller(formulas={"Contact.Industry__c": "Account.Industry", "Account.People__c": "COUNT(Contact.AccountId)"})
    account = call.org.create("Account", {"Name": "Acme", "Industry": "Banking"}, "human:ana")
    contact = call.org.create("Contact", {"LastName": "Roe", "AccountId": account}, "human:ana")
    call.clock.advance(5_000)
    call.org.update("Account", account, {"Industry": "Media"}, "human:ana")
    row = call("GET", f"/sobjects/Contact/{contact}").json()
    assert (row["Industry__c"], row["SystemModstamp"]) == ("Media", "2026-01-01T00:00:00.000+0000")
    assert call.query("SELECT People__c FROM Account")[0]["People__c"] == 1
    refused = call("PATCH", f"/sobjects/Contact/{contact}", {"Industry__c": "x"})
    assert refused.json()[0]["errorCode"] == "INVALID_FIELD_FOR_INSERT_UPDATE"


def test_automation_answers_a_write_with_its_own() -> None:
    call = Caller()
    call.org.automation = lambda object, id, changes, actor: {"Rating": "Hot"} if "Title" in changes else None
    lead = call.lead(Title="CEO")
    edits = call.ledger.for_record("salesforce", "Lead", lead)
    assert [(edit.actor, edit.op) for edit in edits] == [("human:ana", "create"), ("automation", "update")]
    assert call.org.record("Lead", lead)["Rating"] == "Hot"


def test_automation_that_is_refused_leaves_the_write_it_answers() -> None:
    call = Caller()
    call.org.automation = lambda object, id, changes, actor: {"FirstName": "x" * 99}
    lead = call("POST", "/sobjects/Lead", {"LastName": "Roe", "Company": "Acme"})
    assert lead.status == 201
    assert call.org.record("Lead", lead.json()["id"])["FirstName"] is None


def test_the_ledger_hears_of_an_edit_while_the_old_value_is_still_there() -> None:
    call = Caller()
    lead = call.lead(Title="CTO")
    heard = []
    call.ledger.on_apply = lambda edit: heard.append((edit.changes["Title"], call.org.record("Lead", lead)["Title"]))
    call("PATCH", f"/sobjects/Lead/{lead}", {"Title": "CEO"})
    assert heard == [(("CTO", "CEO"), "CTO")]


def test_seeding_is_no_edit_and_seeded_rows_are_found_by_index_and_by_time() -> None:
    call = Caller()
    for number in range(5_000):
        values = {"LastName": f"N{number}", "Company": "Acme", "Email": f"n{number}@acme.example"}
        last = call.org.seed("Lead", values, created_ms=START_MS - 86_400_000 + number * 1_000)
    assert len(call.ledger) == 0
    assert call.org.record("Lead", last)["CreatedDate"] == "2025-12-31T01:23:19.000+0000"
    first = call.query("SELECT Id FROM Lead WHERE Email = 'N7@acme.example'")
    assert [row["Id"] for row in first] == [
        row["Id"] for row in call.query("SELECT Id FROM Lead WHERE LastName = 'N7'")
    ]
    assert len(replicated(call, "updated", start_ms=START_MS - 86_400_000)["ids"]) == 5_000


def test_the_recycle_bin_empties_after_its_days() -> None:
    call = Caller(session_life_s=10_000_000)
    lead = call.lead()
    call.org.delete("Lead", lead, "human:ana")
    call.clock.advance(15 * 86_400_000 + 1_000)
    call.org.empty_bin()
    assert call.query("SELECT Id FROM Lead", "queryAll") == []
