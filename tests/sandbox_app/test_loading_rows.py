"""An administrator's own exports become records; what cannot is told by column and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.app import Sandbox
from sandbox.loading import Load, LoadError

SP500 = Path(__file__).parents[1] / "data" / "sp500" / "constituents.csv"
LEADS = """Lead ID,First Name,Last Name,Company / Account,Email,Employees,Created Date,Shoe Size,Do Not Call
00Q5e00000AAAAA,Ada,Brook,Brook Labs,ada@brook.example,1200,2025-03-04T09:00:00Z,38,1

00Q5e00000AAAAB,Bob,,Brook Labs,bob@brook.example,12,2025-03-04T09:00:00Z,44,0
00Q5e00000AAAAC,Cy,Marsh,"Marsh
Works",cy@marsh.example,many,2025-03-04T09:00:00Z,40,0
00Q5e00000AAAAD,Di,Ferro
00Q5e00000AAAAE,Ed,Okoye,Okoye Ltd,ed@okoye.example,7,2025-03-05T09:00:00Z,41,no
"""


@pytest.fixture
def loaded(start, csv_file):
    def load(*files: tuple[str, str, str]) -> Sandbox:
        loads = tuple(Load.parse(f"{target}={csv_file(name, text)}") for target, name, text in files)
        return start(accounts=0, people=0, load=loads)

    return load


def test_labels_are_matched_bad_rows_are_told_by_line_and_the_rest_is_there(loaded) -> None:
    made = loaded(("salesforce.Lead", "leads.csv", LEADS))
    report = made.load_reports[0]
    assert (report.rows, report.loaded, report.refused_count) == (5, 2, 3)
    assert list(report.left_out) == ["Shoe Size"]
    told = dict(report.refused)
    assert set(told) == {4, 5, 7}
    assert "LastName" in told[4]
    assert "many" in told[5]
    assert "3 cells" in told[7]
    ada, ed = made.org.records("Lead")
    assert (ada["LastName"], ada["NumberOfEmployees"], ada["DoNotCall"]) == ("Brook", 1200, True)
    assert ed["CreatedDate"].startswith("2025-03-05T09:00:00")
    assert len(made.ledger) == 0


def test_old_ids_lead_to_the_new_records_across_files_and_what_leads_nowhere_is_counted(loaded) -> None:
    accounts = "Id,Name\n0015e00000BBBBBAAA,Brook Labs\n"
    contacts = "AccountId,LastName\n0015e00000BBBBB,Brook\n0015e00000ZZZZZ,Marsh\n"
    made = loaded(("salesforce.Account", "a.csv", accounts), ("salesforce.Contact", "c.csv", contacts))
    account = next(iter(made.org.records("Account")))
    by_name = {record["LastName"]: record for record in made.org.records("Contact")}
    assert by_name["Brook"]["AccountId"] == account["Id"]
    assert by_name["Marsh"].get("AccountId") is None
    assert dict(made.load_reports[1].unresolved) == {"AccountId": 1}


def test_hubspot_exports_name_labels_options_owners_and_companies(loaded) -> None:
    companies = "Record ID;Company name;Industry\n77;Brook Labs;Computer Software\n"
    contacts = (
        "Record ID,Email,Lifecycle Stage,Contact owner,Associated Company IDs,Create Date\n"
        "501,Ada@Brook.example,Marketing Qualified Lead,Robin Falk,77,2025-01-02 10:00\n"
        "502,ada@brook.example,Lead,,,\n"
        "503,no-address,Lead,,,\n"
        "504,bob@brook.example,Astronaut,,,\n"
    )
    made = loaded(("hubspot.companies", "co.csv", companies), ("hubspot.contacts", "ct.csv", contacts))
    report = made.load_reports[1]
    assert (report.loaded, [line for line, _ in report.refused]) == (1, [3, 4, 5])
    company, contact = next(iter(made.portal.records("companies"))), next(iter(made.portal.records("contacts")))
    assert company["industry"] == "COMPUTER_SOFTWARE"
    assert (contact["email"], contact["lifecyclestage"]) == ("ada@brook.example", "marketingqualifiedlead")
    assert contact["hubspot_owner_id"] == made.population.owners["robin.falk@rep.example"]
    assert list(made.portal.associated("contacts", contact["id"], "companies")) == [company["id"]]


def test_the_real_companies_of_a_public_file_become_accounts_and_companies(start, client_of) -> None:
    """One of them has two headquarters, which is too much for Salesforce's city."""
    loads = (Load.parse(f"salesforce.Account={SP500}"), Load.parse(f"hubspot.companies={SP500}"))
    made = start(accounts=0, people=0, load=loads)
    assert [(report.rows, report.loaded) for report in made.load_reports] == [(503, 502), (503, 503)]
    assert [line for line, why in made.load_reports[0].refused if "Chicago" in why] == [281]
    query = "SELECT+Name,Industry,TickerSymbol+FROM+Account+WHERE+Name='Amgen'"
    found = client_of(made).salesforce(f"/services/data/v62.0/query?q={query}").json()["records"]
    assert [(row["Industry"], row["TickerSymbol"]) for row in found] == [("Healthcare", "AMGN")]
    names = {record["name"] for record in made.portal.records("companies")}
    assert len(names) == 503


@pytest.mark.parametrize(
    ("target", "content", "message"),
    [
        ("salesforce.Spaceship", b"Name\nX\n", "no object salesforce.Spaceship"),
        ("hubspot.spaceships", b"name\nX\n", "no object hubspot.spaceships"),
        ("salesforce.Lead", b"Shoe Size\n38\n", "no column"),
        ("salesforce.Lead", b"", "no column"),
        ("salesforce.Lead", b"Last Name,Company\nM\xfcller,X\n", "not UTF-8"),
        ("salesforce.Lead", b'Last Name,Company\n"M"x,X\n', "line 2"),
    ],
)
def test_a_file_of_which_nothing_can_be_loaded_stops_the_start(start, tmp_path, target, content, message) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    with pytest.raises(LoadError, match=message) as caught:
        start(accounts=0, people=0, load=(Load.parse(f"{target}={path}"),))
    assert caught.value.action
