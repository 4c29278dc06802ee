"""Stories of claims and verdicts inside the cycle: what is claimed reaches both CRMs, and people's words stay."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from syncer.core.breaker import BreakerLimits, Limit
from syncer.core.claims import Evidence, claim, to_json
from syncer.core.fields import FieldMap, FieldType, Rule
from syncer.engine.planning import make_plan
from syncer.mapping.definition import load_definition
from syncer.report.replay import replay
from syncer.report.why import why
from syncer.stages.context import RunReport, Settings
from syncer.store.knowledge_rows import ClaimRow
from tests.stages.test_outbound_sync import journal, left, right, run
from tests.stages.world import PairWorld, account, account_fields, both_sides, make_pair, person, person_fields

DAY_MS = 86_400_000
DEFINITION = """
name = "Two words"
version = "1.0"
agreed = [{ team = "marketing", by = "m", on = 2026-01-15 }, { team = "sales", by = "s", on = 2026-01-15 }]

[[criterion]]
id = "budget"
says = "Has a budget over $10k a year"
when = { field = "annual_budget", at_least = 10000 }
evidence = ["human", "call", "form"]
fresh_days = 180
ask = "What have you set aside?"

[[criterion]]
id = "size"
says = "Has over 100 employees"
when = { field = "number_of_employees", more_than = 100 }
evidence = ["human", "call", "import", "provider"]
ask = "How many are you?"

[[status]]
name = "prospect"

[[status]]
name = "SQL"
needs = { all = ["budget", "size"] }
reasons = ["no budget"]
"""
SHOWN = ("qualification_status", "qualification_verdict", "qualification_criteria", "next_question", "provenance")


def shown(name: str) -> FieldMap:
    left = "".join(word.capitalize() for word in name.split("_")) + "__c"
    return both_sides(name, left, name, FieldType.TEXT, rule=Rule.ALWAYS_SYNCER)


@pytest.fixture
def pair(tmp_path: Path) -> PairWorld:
    budget = both_sides(
        "annual_budget", "Annual_Budget__c", "annual_budget", FieldType.MONEY,
        authority=("human", "call", "form"), protect_days=90,
    )  # fmt: skip
    employees = FieldMap(
        "number_of_employees", {"Account": "NumberOfEmployees"}, {"companies": "numberofemployees"}, FieldType.INTEGER,
        authority=("human", "provider"),
    )  # fmt: skip
    firm = FieldMap("account", {"Contact": "AccountId"}, {"contacts": "associatedcompanyid"}, FieldType.REFERENCE,
                    to="account", rule=Rule.PREFER_SALESFORCE_UNLESS_BLANK)  # fmt: skip
    people = person(fields=(*person_fields(), budget, firm, *map(shown, SHOWN)))
    made = make_pair((account(fields=(*account_fields(), employees)), people))
    for name in ("Lead", "Contact"):
        made.org.add_field(name, {"name": "Annual_Budget__c", "type": "Number", "precision": 18, "scale": 0})
        for item in map(shown, SHOWN):
            kind = {"type": "LongTextArea", "length": 4000, "visibleLines": 5}
            made.org.add_field(name, {"name": item.left[name], **kind})
    made.portal.add_field("contacts", {"name": "annual_budget", "type": "number", "fieldType": "number"})
    for name in SHOWN:
        made.portal.add_field("contacts", {"name": name, "type": "string", "fieldType": "textarea"})
    file = tmp_path / "two.toml"
    file.write_text(DEFINITION, encoding="utf-8")
    known = {"annual_budget": ("number", "USD/year"), "number_of_employees": ("number", "")}
    made.definition = load_definition(file, known)  # type: ignore[attr-defined]
    return made


def cycle(pair: PairWorld) -> RunReport:
    return run(pair, definition=pair.definition)  # type: ignore[attr-defined]


def say(pair: PairWorld, link_id: str, field: str, value: Any, authority: str = "call", **more: Any) -> str:
    """A claim as a stage would store it."""
    source = more.pop("source", "rep:jo")
    told = {"evidence": (Evidence("we have set aside money", "left:Task:1", 0, 23),), **more}
    made = claim(link_id, field, value, authority, source, pair.clock.now_ms(), **told)
    row = ClaimRow(
        made.claim_id, link_id, field, authority, made.source, made.observed_ms, "left:Task:1", "r", to_json(made)
    )
    with pair.store.transaction() as tx:
        tx.claims.add([row])
        tx.links.touch([link_id])
    return made.claim_id


@pytest.fixture
def jane(pair: PairWorld) -> tuple[str, str, str]:
    """(contact id in Salesforce, contact id in HubSpot, link id); she works for Acme."""
    firm = pair.org.create("Account", {"Name": "Acme", "Website": "acme.example"}, "human:ann")
    lead = pair.contact(Email="jane@acme.example", FirstName="Jane", AccountId=firm)
    cycle(pair)
    cycle(pair)
    link = pair.link_of("left", "Contact", lead)
    assert link is not None
    return lead, link.right_id, link.link_id


def test_a_claim_fills_both_sides_with_its_evidence_beside_it_and_is_written_once(pair: PairWorld, jane) -> None:
    lead, contact, link_id = jane
    say(pair, link_id, "annual_budget", Decimal(40000), unit="USD/year")
    cycle(pair)
    assert left(pair, "Contact", lead)["Annual_Budget__c"] == 40000
    assert right(pair, contact)["annual_budget"] == "40000"
    assert "we have set aside money" in right(pair, contact)["provenance"]
    assert (
        "met: Has a budget over $10k a year: 40000 USD/year, call rep:jo"
        in (left(pair, "Contact", lead)["QualificationCriteria__c"])
    )
    before = len(pair.ledger)
    cycle(pair)
    assert len(pair.ledger) == before, "a cycle without news writes nothing"


def test_a_claim_never_replaces_a_younger_word_of_a_person(pair: PairWorld, jane) -> None:
    lead, contact, link_id = jane
    say(pair, link_id, "annual_budget", Decimal(40000), unit="USD/year")
    pair.wait(60_000)
    pair.org.update("Contact", lead, {"Annual_Budget__c": 7000}, "human:ann")
    cycle(pair)
    assert left(pair, "Contact", lead)["Annual_Budget__c"] == 7000
    assert right(pair, contact)["annual_budget"] == "7000"
    say(pair, link_id, "annual_budget", Decimal(50000), unit="USD/year")
    cycle(pair)
    assert right(pair, contact)["annual_budget"] == "7000", "a human edit is protected for 90 days"
    assert "not met: Has a budget over $10k a year" in left(pair, "Contact", lead)["QualificationCriteria__c"]


def test_a_kind_of_claim_that_the_field_does_not_allow_stays_outside(pair: PairWorld, jane) -> None:
    _, contact, link_id = jane
    say(pair, link_id, "annual_budget", Decimal(90000), "provider", unit="USD/year")
    say(pair, link_id, "annual_budget", Decimal(90000), "predicted", unit="USD/year")
    cycle(pair)
    assert right(pair, contact).get("annual_budget") in (None, "")
    assert "0 of 2 met, 2 unknown" in right(pair, contact)["qualification_verdict"]


def test_an_amount_in_a_currency_without_rate_is_counted_and_never_written(pair: PairWorld, jane) -> None:
    _, contact, link_id = jane
    say(pair, link_id, "annual_budget", Decimal(40000), unit="GBP/year")
    report = cycle(pair)
    assert report.counts["claims_unfit"]
    assert right(pair, contact).get("annual_budget") in (None, "")


def test_what_the_account_learns_moves_its_people_in_the_same_cycle_and_the_account_with_them(
    pair: PairWorld, jane
) -> None:
    _, contact, link_id = jane
    say(pair, link_id, "annual_budget", Decimal(40000), unit="USD/year")
    cycle(pair)
    assert right(pair, contact)["qualification_status"] == "prospect"
    firm = pair.org.records("Account")
    account_id = next(iter(firm))["Id"]
    account_link = pair.link_of("left", "Account", account_id)
    assert account_link is not None
    say(pair, account_link.link_id, "number_of_employees", 240, "provider", source="pdl")
    cycle(pair)
    assert left(pair, "Account", account_id)["NumberOfEmployees"] == 240
    assert right(pair, contact)["qualification_status"] == "SQL"
    assert right(pair, contact)["qualification_verdict"] == "2 of 2 met, 0 unknown, 0 not met"
    with pair.store.snapshot() as tx:
        verdict = tx.verdicts.get_many([account_link.link_id])[account_link.link_id]
        history = tx.verdicts.history(link_id)
    assert (verdict.status, verdict.verdict["through"]) == ("SQL", link_id)
    assert history[0].to_status == "SQL"


def test_stale_evidence_opens_its_criterion_and_the_status_stays_until_a_person_moves_it(pair: PairWorld, jane) -> None:
    lead, contact, link_id = jane
    say(pair, link_id, "annual_budget", Decimal(40000), unit="USD/year")
    with pair.store.snapshot() as tx:
        (row,) = tx.memberships.get_many([link_id])[link_id]
    say(pair, row.account_link, "number_of_employees", 240, "provider", source="pdl")
    cycle(pair)
    assert right(pair, contact)["qualification_status"] == "SQL"
    pair.wait(181 * DAY_MS)
    cycle(pair)
    cycle(pair)
    assert (
        "unknown: Has a budget over $10k a year: the newest evidence is too old"
        in (left(pair, "Contact", lead)["QualificationCriteria__c"])
    )
    assert left(pair, "Contact", lead)["QualificationStatus__c"] == "SQL", "a status never falls back in silence"
    before = len(pair.ledger)
    pair.wait(3 * DAY_MS)
    cycle(pair)
    assert len(pair.ledger) == before, "growing older writes nothing"


def test_an_edit_of_a_field_of_ours_is_replaced_and_kept_in_the_journal(pair: PairWorld, jane) -> None:
    lead, contact, _ = jane
    pair.portal.update("contacts", contact, {"qualification_status": "TRUE lead"}, "human:bob")
    cycle(pair)
    assert right(pair, contact)["qualification_status"] == "prospect"
    assert left(pair, "Contact", lead)["QualificationStatus__c"] == "prospect"
    rows = [row for row in journal(pair) if row.field == "qualification_status"]
    assert [(row.side, row.loser, row.state) for row in rows] == [("right", "TRUE lead", "effective")]


def test_a_person_matched_with_an_account_is_judged_with_it(pair: PairWorld) -> None:
    pair.org.create("Account", {"Name": "Acme", "Website": "acmerockets.com", "NumberOfEmployees": 500}, "human:a")
    lead = pair.lead(Email="sam@acmerockets.com")
    cycle(pair)
    assert "1 of 2 met" in left(pair, "Lead", lead)["QualificationVerdict__c"]


def test_what_was_told_of_a_lead_hides_nothing_of_the_account_that_it_has_now(pair: PairWorld, jane) -> None:
    lead, contact, link_id = jane
    firm = left(pair, "Contact", lead)["AccountId"]
    pair.org.update("Account", firm, {"NumberOfEmployees": 50}, "human:ann")
    say(pair, link_id, "number_of_employees", 900, "provider", source="pdl")
    say(pair, link_id, "number_of_employees", 950, "predicted", source="lookalike")
    cycle(pair)
    assert "not met: Has over 100 employees: 50, human" in right(pair, contact)["qualification_criteria"]


def test_why_shows_the_claim_that_gave_a_value_its_words_and_the_verdict(pair: PairWorld, jane) -> None:
    _, _, link_id = jane
    given = say(pair, link_id, "annual_budget", Decimal(40000), unit="USD/year")
    say(pair, link_id, "annual_budget", Decimal(9000), "provider", unit="USD/year", source="pdl")
    cycle(pair)
    with pair.store.snapshot() as tx:
        told = why(tx, pair.kinds, "", "jane@acme.example", "annual_budget", pair.clock.now_ms())
    (subject,) = told["subjects"]
    stands = {one["claim"]: one for one in subject["claims"]}
    assert stands[given]["stands"] == "wins"
    assert stands[given]["evidence"][0]["quote"] == "we have set aside money"
    assert [one["stands"] for one in stands.values() if one["source"] == "pdl"] == ["not_allowed"]
    assert subject["verdict"]["line"] == "1 of 2 met, 1 unknown, 0 not met"
    assert subject["verdict"]["criteria"][0]["evidence"][0]["claim_id"] == given
    assert [cell["state"] for cell in subject["cells"]] == ["in_step"]


def test_every_verdict_that_was_given_comes_out_the_same_from_what_was_known_then(pair: PairWorld, jane) -> None:
    lead, _, link_id = jane
    say(pair, link_id, "annual_budget", Decimal(40000), unit="USD/year")
    cycle(pair)
    pair.org.update("Contact", lead, {"Annual_Budget__c": 7000}, "human:ann")
    cycle(pair)
    late = pair.clock.now_ms() - 3 * DAY_MS  # said before all of that, and heard only now
    made = claim(link_id, "annual_budget", Decimal(90000), "call", "rep:mo", late, unit="USD/year")
    with pair.store.transaction() as tx:
        tx.claims.add([ClaimRow(made.claim_id, link_id, made.field, "call", made.source, late, "", "r", to_json(made))])
        tx.links.touch([link_id])
    cycle(pair)
    definition = pair.definition  # type: ignore[attr-defined]
    with pair.store.snapshot() as tx:
        told = replay(tx, pair.kinds, definition)
        other = replay(tx, pair.kinds, dataclasses.replace(definition, content="another"))
    assert told["verdicts"] == told["same"] >= 4
    assert told["differing"] == []
    assert other["verdicts"] == 0


def test_a_plan_shows_the_verdict_and_moves_nobody(pair: PairWorld) -> None:
    pair.lead(Email="sam@acme.example")
    plan = make_plan(pair.context(definition=pair.definition))  # type: ignore[attr-defined]
    shown = {item["field"]: item["to"] for write in plan["writes"] for item in write["fields"]}
    assert shown["qualification_status"] == "prospect"
    with pair.store.snapshot() as tx:
        assert tx.verdicts.moves(0, pair.clock.now_ms() + 1) == []
        assert tx.verdicts.iterate("", "", 10) == []
    cycle(pair)
    with pair.store.snapshot() as tx:
        assert [row.to_status for row in tx.verdicts.moves(0, pair.clock.now_ms() + 1)] == ["prospect"]


def test_verdicts_of_many_may_change_at_once_and_the_breaker_weighs_only_what_is_not_ours(pair: PairWorld) -> None:
    pair.org.create("Account", {"Name": "Acme", "Website": "acme.example"}, "human:ann")
    leads = [pair.lead(Email=f"p{number}@acme.example") for number in range(12)]
    cycle(pair)
    links = [pair.link_of("left", "Lead", lead) for lead in leads]
    for link in links:
        assert link is not None
        say(pair, link.link_id, "annual_budget", Decimal(40000), unit="USD/year")
    strict = Settings(breaker=BreakerLimits(overwrite=Limit(1, 0.0), same_value=Limit(100, 1.0)))
    report = run(pair, definition=pair.definition, settings=strict)  # type: ignore[attr-defined]
    assert not report.held
    assert all("1 of 2 met" in left(pair, "Lead", lead)["QualificationVerdict__c"] for lead in leads)
