"""Stories of people without an account of their own: which one they get, who decides, and who is looked at again."""

from __future__ import annotations

from typing import Any

import pytest

from syncer.core.fields import FieldMap, FieldType, Rule
from syncer.errors import UsageError
from syncer.stages import decide
from syncer.stages.belong_ends import question_id
from syncer.store.knowledge_rows import MembershipRow
from syncer.store.rows import ReviewRow
from tests.stages.test_outbound_sync import run
from tests.stages.world import PairWorld, account, make_pair, person, person_fields

FIRM = FieldMap(
    "account", {"Contact": "AccountId"}, {"contacts": "associatedcompanyid"}, FieldType.REFERENCE, to="account",
    rule=Rule.PREFER_SALESFORCE_UNLESS_BLANK,
)  # fmt: skip


@pytest.fixture
def pair() -> PairWorld:
    return make_pair((account(), person(fields=(*person_fields(), FIRM))))


def firm(pair: PairWorld, name: str, website: str = "", **more: Any) -> str:
    values = {"Name": name, "Website": website, **more}
    return pair.org.create("Account", {key: value for key, value in values.items() if value}, "human:ann")


def link_id(pair: PairWorld, object_name: str, record_id: str) -> str:
    link = pair.link_of("left", object_name, record_id)
    assert link is not None
    return link.link_id


def members(pair: PairWorld, lead: str, object_name: str = "Lead") -> dict[str, str]:
    """Account link -> how, of everything that is known."""
    one = link_id(pair, object_name, lead)
    with pair.store.snapshot() as tx:
        return {row.account_link: row.how for row in tx.memberships.get_many([one])[one]}


def question(pair: PairWorld, lead: str) -> ReviewRow | None:
    name = question_id(link_id(pair, "Lead", lead))
    with pair.store.snapshot() as tx:
        row = tx.reviews.get(name)
    return row if row is not None and row.state == "open" else None


def test_a_lead_of_a_known_domain_gets_its_account_with_score_and_reasons_and_once(pair: PairWorld) -> None:
    acme = firm(pair, "Acme Rockets Inc.", "https://www.acmerockets.com")
    firm(pair, "Bolt Works", "boltworks.com")
    lead = pair.lead(Email="jo@acmerockets.com", Company="Acme Rockets")
    run(pair)
    assert members(pair, lead) == {link_id(pair, "Account", acme): "matched"}
    one = link_id(pair, "Lead", lead)
    with pair.store.snapshot() as tx:
        (row,) = tx.memberships.get_many([one])[one]
    assert row.score >= 0.95
    assert "same domain acmerockets.com" in row.reasons["because"]
    assert row.reasons["candidates"][0]["name"] == "Acme Rockets Inc."
    run(pair)
    with pair.store.snapshot() as tx:
        assert tx.memberships.get_many([one])[one] == [row], "a cycle without news says nothing anew"


def test_a_new_account_finds_the_people_who_waited_for_it_and_nobody_else(pair: PairWorld) -> None:
    lead = pair.lead(Email="jo@acmerockets.com", Company="Acme Rockets")
    other = pair.lead(Email="sam@elsewhere.org", Company="Elsewhere")
    run(pair)
    assert members(pair, lead) == members(pair, other) == {}
    acme = firm(pair, "Acme Rockets", "acmerockets.com")
    report = run(pair)
    assert members(pair, lead) == {link_id(pair, "Account", acme): "matched"}
    assert members(pair, other) == {}
    assert report.counts["account_news"] == 1
    pair.org.update("Account", acme, {"Website": "newname.com", "Name": "Quite Another"}, "human:ann")
    run(pair)
    assert members(pair, lead) == {}, "an account that says nothing of it any more loses it"


def test_of_two_that_fit_a_person_chooses_and_no_match_overrules_it(pair: PairWorld) -> None:
    one, two = firm(pair, "Fabrikam", "fabrikam.com"), firm(pair, "Fabrikam", "fabrikam.fr")
    lead = pair.lead(Email="kim@gmail.com", Company="Fabrikam")
    run(pair)
    asked = question(pair, lead)
    assert asked is not None
    assert {item["account"] for item in asked.payload["candidates"]} == {
        link_id(pair, "Account", one), link_id(pair, "Account", two)
    }  # fmt: skip
    assert members(pair, lead) == {}
    with pytest.raises(UsageError, match="no candidate"):
        decide.choose_account(pair.context(), asked.review_id, "001xx", "ann")
    with pytest.raises(UsageError, match="asks for an account"):
        decide.create_new(pair.context(), asked.review_id)
    decide.choose_account(pair.context(), asked.review_id, two, "ann")
    confirmed = {link_id(pair, "Account", two): "confirmed"}
    assert members(pair, lead) == confirmed
    pair.org.update("Lead", lead, {"Email": "kim@fabrikam.com"}, "human:ann")
    run(pair)
    assert members(pair, lead) == confirmed
    assert question(pair, lead) is None


def test_rejected_candidates_are_never_offered_again_and_a_new_one_is(pair: PairWorld) -> None:
    one, two = firm(pair, "Fabrikam", "fabrikam.com"), firm(pair, "Fabrikam", "fabrikam.fr")
    lead = pair.lead(Email="kim@gmail.com", Company="Fabrikam")
    run(pair)
    asked = question(pair, lead)
    assert asked is not None
    decide.reject(pair.context(), asked.review_id, "ann")
    rejected = {link_id(pair, "Account", one): "rejected", link_id(pair, "Account", two): "rejected"}
    run(pair)
    assert members(pair, lead) == rejected
    assert question(pair, lead) is None
    three = firm(pair, "Fabrikam", "fabrikam.es")
    run(pair)
    again = question(pair, lead)
    offered = [] if again is None else [item["account"] for item in again.payload["candidates"]]
    found = [account for account, how in members(pair, lead).items() if how == "matched"]
    assert (offered or found) == [link_id(pair, "Account", three)]


def test_the_account_that_a_record_names_takes_the_place_of_the_matched_one(pair: PairWorld) -> None:
    acme, bolt = firm(pair, "Acme Rockets", "acmerockets.com"), firm(pair, "Bolt Works", "boltworks.com")
    contact = pair.contact(Email="jo@acmerockets.com")
    run(pair)
    assert members(pair, contact, "Contact") == {link_id(pair, "Account", acme): "matched"}
    pair.org.update("Contact", contact, {"AccountId": bolt}, "human:ann")
    run(pair)
    assert "matched" not in members(pair, contact, "Contact").values()


def test_people_of_an_account_that_was_merged_away_go_on_with_the_one_that_is_left(pair: PairWorld) -> None:
    one, two = firm(pair, "Fabrikam", "fabrikam.com"), firm(pair, "Fabrikam", "fabrikam.fr")
    lead = pair.lead(Email="kim@gmail.com", Company="Fabrikam")
    matched = pair.lead(Email="lu@fabrikam.fr", Company="Fabrikam")
    run(pair)
    asked = question(pair, lead)
    assert asked is not None
    decide.choose_account(pair.context(), asked.review_id, two, "ann")
    assert members(pair, matched) == {link_id(pair, "Account", two): "matched"}
    pair.org.merge("Account", one, [two], "human:ann")
    run(pair)
    run(pair)
    assert members(pair, lead) == {link_id(pair, "Account", one): "confirmed"}
    gone = [link.link_id for link in pair.links("split", "tombstone") if link.kind == "account"]
    assert gone
    with pair.store.snapshot() as tx:
        assert tx.memberships.of_accounts(gone) == []


def test_a_state_that_knows_no_keys_yet_gets_them_in_the_next_run(pair: PairWorld) -> None:
    acme = firm(pair, "Acme Rockets", "acmerockets.com")
    lead = pair.lead(Email="jo@acmerockets.com")
    run(pair)
    person_link, account_link = link_id(pair, "Lead", lead), link_id(pair, "Account", acme)
    with pair.store.transaction() as tx:  # as an older program left it
        tx.memberships.drop([person_link])
        tx.account_keys.replace({account_link: frozenset()})
        known = tx.schemas.get("left", "(account keys)")
        assert known is not None
        tx.schemas.put(type(known)("left", "(account keys)", "of an older program", {}, 1))
    run(pair)
    assert members(pair, lead) == {account_link: "matched"}


def test_a_pair_that_was_confirmed_before_stays_though_another_account_fits_better(pair: PairWorld) -> None:
    acme, bolt = firm(pair, "Acme Rockets", "acmerockets.com"), firm(pair, "Bolt Works", "boltworks.com")
    lead = pair.lead(Email="jo@acmerockets.com", Company="Acme Rockets")
    run(pair)
    person_link, bolt_link = link_id(pair, "Lead", lead), link_id(pair, "Account", bolt)
    with pair.store.transaction() as tx:
        tx.memberships.put([MembershipRow(person_link, bolt_link, "confirmed", 1.0, {}, 1)])
        tx.links.touch([person_link])
    run(pair)
    assert members(pair, lead) == {bolt_link: "confirmed"}
    assert link_id(pair, "Account", acme) not in members(pair, lead)


def test_what_was_decided_of_a_person_goes_on_with_the_one_it_was_merged_into(pair: PairWorld) -> None:
    bolt = firm(pair, "Bolt Works", "boltworks.com")
    firm(pair, "Acme Rockets", "acmerockets.com")
    kept, gone = (pair.lead(Email=f"{who}@acmerockets.com") for who in ("jo", "joe"))
    run(pair)
    kept_link, gone_link, bolt_link = (
        link_id(pair, *one) for one in (("Lead", kept), ("Lead", gone), ("Account", bolt))
    )
    with pair.store.transaction() as tx:
        tx.memberships.put([MembershipRow(gone_link, bolt_link, "confirmed", 1.0, {}, 1)])
    pair.org.merge("Lead", kept, [gone], "human:ann")
    run(pair)
    run(pair)
    assert link_id(pair, "Lead", kept) == kept_link
    assert members(pair, kept) == {bolt_link: "confirmed"}
