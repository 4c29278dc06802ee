"""The seeded world as both systems hold it: records are whom the truth says, and what they hold is valid there."""

from __future__ import annotations

from collections import Counter

import pytest

from sandbox.hubspot import HubSpotPortal, PortalSettings
from sandbox.kernel import Ledger, SandboxClock
from sandbox.population import Population, World, populate, truth
from sandbox.salesforce import OrgSettings, SalesforceOrg


class Filled:
    """Both models with one population."""

    def __init__(self, accounts: int, people: int) -> None:
        clock = SandboxClock()
        self.ledger = Ledger()
        self.org = SalesforceOrg(OrgSettings(), clock, self.ledger)
        self.portal = HubSpotPortal(PortalSettings(), clock, self.ledger)
        self.population: Population = populate(World(3, accounts, people), self.org, self.portal, clock.now_ms())


@pytest.fixture(scope="module")
def filled() -> Filled:
    return Filled(120, 600)


def test_seeding_is_no_edit(filled: Filled) -> None:
    assert len(filled.ledger) == 0


def test_every_person_has_the_records_that_the_truth_names_under_the_names_it_gives(filled: Filled) -> None:
    population = filled.population
    for number in range(population.world.people):
        told = truth.person_truth(population, number)
        for ref in told["salesforce"]:
            record = filled.org.record(ref["object"], ref["id"])
            assert record is not None
            assert (record.get("Email") or None) in {told["email"], *told["differs"].get("email", ())}
        assert bool(told["hubspot"]) == (told["kind"] != "left")
        if told["hubspot"]:
            assert filled.portal.record("contacts", told["hubspot"]) is not None
        assert bool(told["salesforce"]) == (told["kind"] != "right")


def test_what_differs_differs_in_the_records_and_what_does_not_does_not(filled: Filled) -> None:
    population, compared = filled.population, 0
    for number, right_id in population.right.items():
        if number not in population.left:
            continue
        differs = truth.person_truth(population, number)["differs"]
        object_name, left_id = population.left[number][0]
        left, right = filled.org.record(object_name, left_id), filled.portal.record("contacts", right_id)
        assert left is not None
        assert right is not None
        for name, left_name, right_name in (
            ("job_title", "Title", "jobtitle"),
            ("first_name", "FirstName", "firstname"),
        ):
            compared += 1
            expected = tuple(differs.get(name, ()))
            held = (left.get(left_name) or "", right.get(right_name) or "")
            assert held == expected if expected else held[0] == held[1]
    assert compared > 200


def test_accounts_and_companies_differ_where_the_truth_says_so(filled: Filled) -> None:
    population, differing = filled.population, 0
    for number, account_id in population.accounts.items():
        if number not in population.companies:
            continue
        account = filled.org.record("Account", account_id)
        company = filled.portal.record("companies", population.companies[number])
        assert account is not None
        assert company is not None
        differs = truth.company_truth(population, number)["differs"]
        differing += bool(differs)
        for name, left, right in (("name", "Name", "name"), ("employees", "NumberOfEmployees", "numberofemployees")):
            held = (str(account[left] or ""), company.get(right, ""))
            assert held == tuple(differs[name]) if name in differs else held[0] == held[1]
    assert 8 < differing < 40


def test_the_difficult_cases_are_all_there(filled: Filled) -> None:
    kinds = [truth.person_truth(filled.population, number) for number in range(600)]
    assert any(told["email"] is None for told in kinds)
    assert any(told["email"] and told["domain"] and not told["email"].endswith(told["domain"]) for told in kinds)
    doubles = [told for told in kinds if told["kind"] == "double"]
    assert {"Contact", "Lead"} in [{ref["object"] for ref in told["salesforce"]} for told in doubles]
    assert ["Lead", "Lead"] in [[ref["object"] for ref in told["salesforce"]] for told in doubles]
    converted = next(told for told in kinds if told["kind"] == "converted")
    contact, lead = converted["salesforce"]
    stored = filled.org.record("Lead", lead["id"])
    assert stored is not None
    assert stored["IsConverted"] is True
    assert stored["ConvertedContactId"] == contact["id"]
    assert any("" in values for told in kinds for values in told["differs"].values())
    assert 0.15 < sum(told["account"] is None for told in kinds) / len(kinds) < 0.25
    written = [told for told in kinds if told["account"] is not None]
    names = [truth.company_truth(filled.population, told["account"]) for told in written]
    assert any(told["company_written"] == company["former_name"] for told, company in zip(written, names, strict=True))
    as_it_is = sum(told["company_written"] == company["name"] for told, company in zip(written, names, strict=True))
    assert 0.65 < as_it_is / len(written) < 0.85


def test_bare_records_hold_a_name_and_an_address_and_leave_the_rest_to_be_found_out(filled: Filled) -> None:
    population, bare = filled.population, Counter()
    for number in range(population.world.people):
        told = truth.person_truth(population, number)
        if not told["bare"]:
            continue
        for ref in told["salesforce"]:
            record = filled.org.record(ref["object"], ref["id"])
            assert record is not None
            assert record["Email"]
            assert not any(record.get(name) for name in ("Title", "Phone", "NumberOfEmployees", "Industry", "Website"))
            bare["left"] += 1
        if told["hubspot"]:
            record = filled.portal.record("contacts", told["hubspot"])
            assert record is not None
            assert record["email"]
            assert not any(record.get(name) for name in ("jobtitle", "phone", "company", "associatedcompanyid"))
            bare["right"] += 1
    assert min(bare["left"], bare["right"]) > 100
    companies = [truth.company_truth(population, number) for number in range(population.world.accounts)]
    for told in companies:
        record = filled.portal.record("companies", told["hubspot"]) if told["hubspot"] else None
        if record is not None:
            assert bool(record.get("numberofemployees")) != told["bare"]
    assert 0.2 < sum(told["bare"] for told in companies) / len(companies) < 0.4


def test_owners_are_the_same_people_on_both_sides(filled: Filled) -> None:
    population = filled.population
    assert set(population.users) == set(population.owners)
    for email, user_id in population.users.items():
        user = filled.org.record("User", user_id)
        assert user is not None
        assert user["Email"] == email
    number = next(number for number in population.right if number in population.left)
    left = filled.org.record(*population.left[number][0])
    right = filled.portal.record("contacts", population.right[number])
    assert left is not None
    assert right is not None
    owner = population.world.person(number).owner
    assert left["OwnerId"] == population.users[owner]
    assert right["hubspot_owner_id"] == population.owners[owner]


def test_contacts_belong_to_their_companies_and_activities_to_their_people(filled: Filled) -> None:
    population, logged, tied = filled.population, 0, 0
    for number, refs in population.activities.items():
        for system, object_name, record_id in refs:
            logged += 1
            if system == "hubspot":
                assert list(filled.portal.associated(object_name, record_id, "contacts")) == [population.right[number]]
            else:
                record = filled.org.record(object_name, record_id)
                assert record is not None
                assert record["WhoId"] == population.left[number][0][1]
    for number, contact_id in population.right.items():
        told = truth.person_truth(population, number)
        company = population.companies.get(told["account"])
        if company is not None and not told["bare"]:
            tied += 1
            assert company in filled.portal.associated("contacts", contact_id, "companies")
    assert logged > 200
    assert tied > 100


def test_a_person_can_write_every_seeded_value_again(filled: Filled) -> None:
    """Nothing was seeded that the systems themselves would refuse."""
    population = filled.population
    for number in range(0, 600, 7):
        if number in population.right:
            record = filled.portal.record("contacts", population.right[number])
            assert record is not None
            values = {
                name: record[name] for name in ("industry", "lifecyclestage", "country", "email") if name in record
            }
            filled.portal.update("contacts", record["id"], values, "human:Kim Sommer")
        for object_name, record_id in population.left.get(number, ()):
            record = filled.org.record(object_name, record_id)
            assert record is not None
            if not record.get("IsConverted"):
                names = ("Title", "Phone", "LeadSource", "Status", "Industry", "Country", "MailingCountry", "OwnerId")
                values = {name: record[name] for name in names if record.get(name) is not None}
                filled.org.update(object_name, record_id, values, "human:Kim Sommer")
