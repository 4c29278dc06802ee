"""Stories of what was said: logged in either CRM, heard once, on both sides with its words, taken back with them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.stages.listen_world import (
    CALLS,
    call,
    claims,
    cycle,
    documents,
    heard_pair,
    held,
    hub_note,
    known_person,
    submit,
)
from tests.stages.test_outbound_sync import left, right
from tests.stages.world import PairWorld


@pytest.fixture
def pair() -> PairWorld:
    return heard_pair()


@pytest.fixture
def jane(pair: PairWorld) -> tuple[str, str]:
    return known_person(pair)


def test_a_call_logged_in_salesforce_fills_both_sides_with_its_words_beside_it_and_is_heard_once(pair, jane) -> None:
    lead, contact = jane
    task = call(pair, lead, "Small talk first. We have set aside $40,000 a year for this. NPS after the demo was 9.")
    cycle(pair)
    assert left(pair, "Contact", lead)["Annual_Budget__c"] == 40000
    assert (right(pair, contact)["annual_budget"], right(pair, contact)["demo_nps"]) == ("40000", "9")
    (budget,) = [one for one in claims(pair, "left", "Contact", lead) if one.field == "annual_budget"]
    (evidence,) = budget.evidence
    assert evidence.quote == "We have set aside $40,000 a year for this."
    assert (evidence.doc_id, evidence.start) == (f"left:Task:{task}", 18)
    assert (budget.authority, budget.unit) == ("call", "USD/year")
    assert budget.source == f"rep:{left(pair, 'Task', task)['OwnerId']}"
    before = len(pair.ledger)
    report = cycle(pair)
    assert len(pair.ledger) == before, "a cycle without news writes nothing"
    assert not report.counts["heard"]


def test_a_note_in_hubspot_is_read_as_a_reader_sees_it_and_its_company_learns_what_is_the_companys(pair, jane) -> None:
    lead, contact = jane
    body = "<p>They employ <b>450</b> people.</p><p>We use Qualtrics &amp; Zendesk.<br>"
    body += "Aren't you just like the market leader?</p>"
    hub_note(pair, contact, "notes", hs_note_body=body)
    cycle(pair)
    account_id = next(iter(pair.org.records("Account")))["Id"]
    account = left(pair, "Account", account_id)
    assert (account["NumberOfEmployees"], account["Technologies__c"]) == (450, "Qualtrics")
    found = {one.field: one for one in claims(pair, "left", "Account", account_id)}
    assert found["tool"].value == "Zendesk", "a product that the field has no option for is known, not written"
    assert found["number_of_employees"].evidence[0].quote == "They employ 450 people."
    with pair.store.snapshot() as tx:
        (objection,) = tx.objections.list(0, pair.clock.now_ms() + 1)
    link = pair.link_of("left", "Contact", lead)
    assert (objection.subject, objection.kind) == (link.link_id, "market leader")
    assert objection.quote == "Aren't you just like the market leader?"


def test_a_form_answers_by_property_and_its_message_is_read_and_an_opt_out_is_a_do_not_call(pair, jane) -> None:
    lead, contact = jane
    form = submit(
        pair, email="jane@acme.example", jobtitle="CISO", message="Please do not call me again. NPS is 7, they said."
    )
    cycle(pair)
    assert left(pair, "Contact", lead)["Title"] == "CISO"
    assert (left(pair, "Contact", lead)["DoNotCall"], right(pair, contact)["do_not_call"]) == (True, "true")
    found = {one.field: one for one in claims(pair, "left", "Contact", lead)}
    assert (found["opted_in"].value, found["do_not_call"].value) == (False, True)
    assert {one.authority for one in found.values()} == {"form"}
    assert {one.source for one in found.values()} == {f"form:{form}"}
    quote = found["opted_in"].evidence[0]
    with pair.store.snapshot() as tx:
        (row,) = tx.documents.get_many([quote.doc_id]).values()
    assert row.text[quote.start : quote.end] == quote.quote == "Please do not call me again."
    before = cycle(pair)
    assert not before.counts["documents_new"]


def test_no_later_word_takes_an_opt_out_back(pair, jane) -> None:
    lead, contact = jane
    call(pair, lead, "Please do not call me again.")
    cycle(pair)
    pair.wait()
    call(pair, lead, "Yes, I am happy to talk to a rep next week.")
    cycle(pair)
    assert right(pair, contact)["do_not_call"] == "true"
    assert left(pair, "Contact", lead)["DoNotCall"] is True


def test_what_is_said_of_somebody_unknown_waits_until_it_is_known_who_that_is(pair) -> None:
    roe = pair.contact(Email="roe@acme.example")
    call(pair, roe, "We have set aside $40,000 a year for this.")
    note = hub_note(pair, "", "notes", hs_note_body="NPS after the demo was 9.")
    cycle(pair, kinds=pair.kinds[:1])  # people are not mapped yet
    assert documents(pair) == {"unlinked": 2}
    cycle(pair)
    assert documents(pair) == {"heard": 1, "unlinked": 1}
    assert held(pair, roe) == {"annual_budget": 40000}
    contact = pair.link_of("left", "Contact", roe).right_id
    assert right(pair, contact)["annual_budget"] == "40000"
    pair.portal.associate("notes", note, "contacts", contact, "human:bob")
    pair.portal.update("notes", note, {"hs_note_body": "NPS after the demo was 9!"}, "human:bob")
    cycle(pair)
    assert left(pair, "Contact", roe)["Demo_NPS__c"] == 9


def test_an_edited_call_takes_back_what_it_no_longer_says_and_may_say_it_again(pair, jane) -> None:
    lead, contact = jane
    first, other = "We have set aside $40,000 a year for this.", "We have set aside $15,000 a year for this."
    task = call(pair, lead, first)
    cycle(pair)
    pair.org.update("Task", task, {"Description": other}, "human:ann")
    cycle(pair)
    assert right(pair, contact)["annual_budget"] == "15000"
    stances = [(one.stance, one.value) for one in claims(pair, "left", "Contact", lead)]
    assert sorted(stances, key=str) == [("holds", 15000), ("holds", 40000), ("withdraws", 40000)]
    pair.org.update("Task", task, {"Description": first}, "human:ann")
    cycle(pair)
    assert (held(pair, lead), right(pair, contact)["annual_budget"]) == ({"annual_budget": 40000}, "40000")
    pair.org.delete("Task", task, "human:ann")
    cycle(pair)
    assert held(pair, lead) == {}, "what was deleted says nothing any more"
    assert len(claims(pair, "left", "Contact", lead)) == 6, "and no claim was ever deleted"


def test_other_declarations_have_everything_heard_anew(pair, jane) -> None:
    lead, _ = jane
    call(pair, lead, "We have set aside $40,000 a year for this. NPS after the demo was 9.")
    cycle(pair)
    deaf = replace(CALLS, facts=tuple(fact for fact in CALLS.facts if fact.name != "nps"))
    report = cycle(pair, hears=deaf)
    assert (held(pair, lead), report.counts["claims_taken_back"]) == ({"annual_budget": 40000}, 1)
    assert cycle(pair, hears=deaf).counts["heard"] == 0, "once"
    cycle(pair)
    assert held(pair, lead) == {"annual_budget": 40000, "nps": 9}


def test_what_was_said_of_a_record_goes_on_with_the_record_it_was_merged_into(pair, jane) -> None:
    lead, _ = jane
    twin = pair.contact(Email="j.doe@acme.example", FirstName="J.")
    cycle(pair)
    call(pair, twin, "NPS after the demo was 9.")
    cycle(pair)
    assert held(pair, twin) == {"nps": 9}
    pair.org.merge("Contact", lead, [twin], "human:ann")
    cycle(pair)
    cycle(pair)
    assert held(pair, lead) == {"nps": 9}
    assert left(pair, "Contact", lead)["Demo_NPS__c"] == 9


def test_a_cycle_without_news_hears_nothing_and_asks_the_same_few_things_however_much_was_said(pair, jane) -> None:
    lead, _ = jane
    for forms in range(3):
        pair.portal.add_form(f"Form {forms}", ("email", "message"))

    def idle() -> int:
        cycle(pair)
        before = sum(remote.calls.total for remote in pair.remotes.values())
        report = cycle(pair)
        assert not report.counts["heard"]
        assert not report.counts["documents_new"]
        return sum(remote.calls.total for remote in pair.remotes.values()) - before

    few = idle()
    for number in range(300):
        call(pair, lead, f"Small talk number {number}, the line was poor.")
    cycle(pair)
    pair.wait(60 * 60_000)
    assert idle() <= few
