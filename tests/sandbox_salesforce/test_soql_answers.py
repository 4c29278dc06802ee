"""Queries and what they find: names of people stand for their ids."""

from __future__ import annotations

import pytest

from sandbox.kernel import START_MS
from sandbox.salesforce.times import stamp
from tests.sandbox_salesforce.soql_world import BASE, SmallOrg

DAY_MS = 86_400_000


@pytest.fixture(scope="module")
def org() -> SmallOrg:
    org = SmallOrg()
    ann = org.put("User", Username="ann@acme.example", LastName="Rep", Name="Ann Rep", Email="ann@acme.example")
    acme = org.put("Account", Name="Acme", Industry="Banking", OwnerId=ann, AnnualRevenue=10.0)
    bolt = org.put("Account", Name="Bolt", Industry="Energy", ParentId=acme, AnnualRevenue=250.5)
    roe = org.put("Contact", LastName="Roe", Email="Jane@Acme.example", AccountId=acme, HasOptedOutOfEmail=False)
    doe = org.put("Contact", LastName="Doe", Email="doe@bolt.example", AccountId=bolt, HasOptedOutOfEmail=True)
    org.put("Contact", LastName="o'Neil", Title="50% \\ CTO", HasOptedOutOfEmail=False, Birthdate="1980-02-29")
    org.put("Contact", LastName="Gone", AccountId=acme, IsDeleted=True, HasOptedOutOfEmail=False)
    org.put("Lead", LastName="Loe", Company="Low", Email="loe@low.example", NumberOfEmployees=5, Status="Open")
    org.put("Lead", LastName="Moe", Company="Mow", NumberOfEmployees=50, Status="Open", CreatedDate=stamp(START_MS))
    org.put("Lead", LastName="Noe", Company="mow", Status="Closed", CreatedDate=stamp(START_MS - 40 * DAY_MS))
    org.put("Task", Subject="Call", WhoId=roe, WhatId=acme, Status="Open", ActivityDate="2026-01-01")
    org.put("Task", Subject="Mail", WhoId=roe, Status="Completed", ActivityDate="2025-12-31")
    org.put("Task", Subject="Old", WhoId=doe, Status="Completed", IsDeleted=True)
    return org


FOUND = [
    # text compares without case, ids in both lengths
    ("SELECT LastName FROM Contact WHERE Email = 'JANE@acme.EXAMPLE'", "Roe"),
    ("select lastname from contact where email in ('jane@acme.example', 'DOE@bolt.example')", "Doe Roe"),
    ("SELECT LastName FROM Contact WHERE Email NOT IN ('jane@acme.example')", "Doe o'Neil"),
    ("SELECT LastName FROM Contact WHERE Email != 'jane@acme.example'", "Doe o'Neil"),
    ("SELECT LastName FROM Contact WHERE LastName = 'O\\'NEIL'", "o'Neil"),
    ("SELECT LastName FROM Lead WHERE Company > 'LOW'", "Moe Noe"),
    # null
    ("SELECT LastName FROM Contact WHERE Email = null", "o'Neil"),
    ("SELECT LastName FROM Contact WHERE Email = ''", "o'Neil"),
    ("SELECT LastName FROM Contact WHERE Email <> NULL", "Doe Roe"),
    ("SELECT LastName FROM Contact WHERE AccountId IN (null)", "o'Neil"),
    ("SELECT LastName FROM Lead WHERE NumberOfEmployees < 10", "Loe"),
    ("SELECT LastName FROM Lead WHERE NOT NumberOfEmployees < 10", "Moe Noe"),
    ("SELECT LastName FROM Contact WHERE Email > ''", "Doe Roe"),
    ("SELECT LastName FROM Lead WHERE Id > '' AND Id >= ''", "Loe Moe Noe"),
    ("SELECT LastName FROM Lead WHERE Id < ''", ""),
    # LIKE
    ("SELECT LastName FROM Contact WHERE Email LIKE '%@BOLT%'", "Doe"),
    ("SELECT LastName FROM Contact WHERE LastName LIKE '_oe'", "Doe Roe"),
    ("SELECT LastName FROM Contact WHERE Title LIKE '50\\% \\\\ %'", "o'Neil"),
    ("SELECT LastName FROM Contact WHERE Title LIKE '50\\_%'", ""),
    ("SELECT LastName FROM Contact WHERE (NOT LastName LIKE '_oe')", "o'Neil"),
    # operators
    ("SELECT LastName FROM Contact WHERE LastName='Roe' OR (LastName='Doe' AND HasOptedOutOfEmail = true)", "Doe Roe"),
    ("SELECT LastName FROM Contact WHERE HasOptedOutOfEmail = FALSE AND LastName LIKE 'R%'", "Roe"),
    # parents
    ("SELECT LastName FROM Contact WHERE Account.Name = 'bolt'", "Doe"),
    ("SELECT LastName FROM Contact WHERE Account.Parent.Owner.Email = 'ann@acme.example'", "Doe"),
    ("SELECT c.LastName FROM Contact c WHERE c.Account.Industry = 'Banking'", "Roe"),
    ("SELECT LastName FROM Contact WHERE Contact.Account.Name = null", "o'Neil"),
    # semi-joins
    ("SELECT LastName FROM Contact WHERE Id IN (SELECT WhoId FROM Task)", "Roe"),
    ("SELECT LastName FROM Contact WHERE Id NOT IN (SELECT WhoId FROM Task WHERE Subject = 'Call')", "Doe o'Neil"),
    ("SELECT LastName FROM Contact WHERE AccountId IN (SELECT Id FROM Account WHERE AnnualRevenue > 1e2)", "Doe"),
    # dates: today is 2026-01-01
    ("SELECT LastName FROM Lead WHERE CreatedDate = TODAY", "Moe"),
    ("SELECT LastName FROM Lead WHERE CreatedDate = YESTERDAY", "Loe"),
    ("SELECT LastName FROM Lead WHERE CreatedDate = LAST_N_DAYS:7", "Loe Moe"),
    ("SELECT LastName FROM Lead WHERE CreatedDate < LAST_N_DAYS:30", "Noe"),
    ("SELECT LastName FROM Lead WHERE CreatedDate = LAST_MONTH", "Loe"),
    ("SELECT LastName FROM Lead WHERE CreatedDate = N_MONTHS_AGO:2", "Noe"),
    ("SELECT LastName FROM Lead WHERE CreatedDate >= 2025-12-31T19:00:00-05:00", "Moe"),
    ("SELECT LastName FROM Lead WHERE CreatedDate >= 2026-01-01T00:00:00.000+0000", "Moe"),
    ("SELECT Subject FROM Task WHERE ActivityDate <= 2025-12-31", "Mail"),
    ("SELECT Subject FROM Task WHERE ActivityDate IN (TODAY, 2025-12-31)", "Call Mail"),
    ("SELECT LastName FROM Lead WHERE CALENDAR_YEAR(CreatedDate) = 2026", "Moe"),
    ("SELECT LastName FROM Contact WHERE Birthdate = 1980-02-29", "o'Neil"),
    # polymorphic
    ("SELECT Subject FROM Task WHERE Who.Name = null AND Who.Type = 'Contact'", "Call Mail"),
    # deleted rows are not there
    ("SELECT LastName FROM Contact WHERE LastName = 'Gone'", ""),
    ("SELECT LastName FROM Contact WHERE IsDeleted = true", ""),
]


def _names(records: list[dict]) -> str:
    return " ".join(sorted(record.get("LastName") or record["Subject"] for record in records))


@pytest.mark.parametrize(("text", "names"), FOUND)
def test_a_query_finds_whom_it_names(org: SmallOrg, text: str, names: str) -> None:
    assert _names(org.records(text)) == names
    assert org.total(text) == len(names.split())


ORDERED = [
    ("SELECT LastName FROM Lead ORDER BY NumberOfEmployees", ["Noe", "Loe", "Moe"]),
    ("SELECT LastName FROM Lead ORDER BY NumberOfEmployees DESC", ["Noe", "Moe", "Loe"]),
    ("SELECT LastName FROM Lead ORDER BY NumberOfEmployees DESC NULLS LAST", ["Moe", "Loe", "Noe"]),
    ("SELECT LastName FROM Lead ORDER BY Company DESC, LastName DESC", ["Noe", "Moe", "Loe"]),
    ("SELECT LastName FROM Lead ORDER BY Id LIMIT 1 OFFSET 1", ["Moe"]),
    ("SELECT LastName FROM Lead ORDER BY SystemModstamp, Id", ["Loe", "Moe", "Noe"]),
    ("SELECT LastName FROM Lead ORDER BY SystemModstamp DESC LIMIT 2", ["Noe", "Moe"]),
    ("SELECT LastName FROM Contact ORDER BY Account.Name NULLS LAST, LastName", ["Roe", "Doe", "o'Neil"]),
]


@pytest.mark.parametrize(("text", "names"), ORDERED)
def test_an_order_is_kept_with_nulls_first_unless_told(org: SmallOrg, text: str, names: list[str]) -> None:
    assert [record["LastName"] for record in org.records(text)] == names


def test_query_all_finds_the_deleted_too(org: SmallOrg) -> None:
    text = "SELECT LastName FROM Contact WHERE IsDeleted = true"
    assert _names(org.records(text, deleted_too=True)) == "Gone"
    assert org.total("SELECT COUNT() FROM Contact", deleted_too=True) == 4
    assert org.total("SELECT COUNT() FROM Contact") == 3


def test_parents_and_children_nest_in_select_order(org: SmallOrg) -> None:
    text = (
        "SELECT lastname, account.name, Account.Parent.Name, Account.Owner.Name, "
        "(SELECT Subject FROM Tasks WHERE Status = 'Open' ORDER BY Id) FROM Contact WHERE Email = 'doe@bolt.example'"
    )
    (record,) = org.records(text)
    account = record.pop("Account")
    assert record.pop("attributes")["url"].startswith(f"{BASE}/Contact/003")
    assert record == {"LastName": "Doe", "Tasks": None}
    assert account.pop("attributes")["type"] == "Account"
    assert account["Parent"].pop("attributes")["type"] == "Account"
    assert account == {"Name": "Bolt", "Parent": {"Name": "Acme"}, "Owner": None}
    (roe,) = org.records(text.replace("doe@bolt", "jane@acme"))
    assert list(roe) == ["attributes", "LastName", "Account", "Tasks"]
    assert roe["Account"]["Owner"]["Name"] == "Ann Rep"
    assert roe["Account"]["Parent"] is None
    tasks = roe["Tasks"]
    assert (tasks["totalSize"], tasks["done"], tasks["records"][0]["Subject"]) == (1, True, "Call")


def test_typeof_gives_each_kind_its_fields(org: SmallOrg) -> None:
    text = "SELECT Subject, TYPEOF What WHEN Account THEN Name, Industry ELSE Id END FROM Task ORDER BY Id"
    call, mail = org.records(text)
    assert (call["What"]["Name"], call["What"]["Industry"], mail["What"]) == ("Acme", "Banking", None)


AGGREGATED = [
    ("SELECT Status, COUNT(Id) FROM Lead GROUP BY Status ORDER BY Status", [("Closed", 1), ("Open", 2)]),
    ("SELECT Company, COUNT(Id) n FROM Lead GROUP BY Company HAVING COUNT(Id) > 1", [("Mow", 2)]),
    ("SELECT COUNT(NumberOfEmployees), SUM(NumberOfEmployees) FROM Lead", [(2, 55.0)]),
    ("SELECT COUNT_DISTINCT(Company), MIN(Company), MAX(NumberOfEmployees) FROM Lead", [(2, "Low", 50)]),
    ("SELECT AVG(NumberOfEmployees) a FROM Lead WHERE Status = 'Open'", [(27.5,)]),
    ("SELECT Account.Name, COUNT(Id) FROM Contact GROUP BY Account.Name ORDER BY COUNT(Id) DESC, Account.Name LIMIT 1",
     [(None, 1)]),
    ("SELECT CALENDAR_YEAR(CreatedDate) y, COUNT(Id) FROM Lead GROUP BY CALENDAR_YEAR(CreatedDate) ORDER BY COUNT(Id)",
     [(2026, 1), (2025, 2)]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), AGGREGATED)
def test_groups_are_counted_and_added_up(org: SmallOrg, text: str, expected: list[tuple]) -> None:
    records = org.records(text)
    assert all(record.pop("attributes") == {"type": "AggregateResult"} for record in records)
    assert [tuple(record.values()) for record in records] == expected


def test_an_alias_names_the_result_and_the_unnamed_are_numbered(org: SmallOrg) -> None:
    (record,) = org.records("SELECT MAX(NumberOfEmployees), COUNT(Id) total, MIN(Company) FROM Lead")
    assert list(record) == ["attributes", "expr0", "total", "expr1"]


def test_fields_all_names_every_visible_field_once(org: SmallOrg) -> None:
    (record, *_) = org.records("SELECT FIELDS(ALL) FROM Lead LIMIT 200")
    visible = org.state.visible("Lead")
    assert visible is not None
    assert list(record)[1:] == [field.name for field in visible.fields.values()]
    assert len(org.records("SELECT FIELDS(STANDARD) FROM Lead")) == 3


def test_without_an_order_the_ids_come_shuffled_but_the_same_each_time() -> None:
    org = SmallOrg()
    made = [org.put("Lead", LastName=f"L{number}", Company="C") for number in range(50)]
    first = [record["Id"] for record in org.records("SELECT Id FROM Lead")]
    assert first == [record["Id"] for record in org.records("SELECT Id FROM Lead")]
    assert sorted(first) == made
    assert first != made


def test_a_change_whose_transaction_runs_is_seen_as_it_was_before() -> None:
    from sandbox.salesforce.store import Pending

    org = SmallOrg()
    record_id = org.put("Lead", LastName="A", Company="C", Email="old@x.example")
    rows = org.state.rows["lead"]
    before = dict(rows.get(record_id) or {})
    rows.hold(record_id, Pending(START_MS + 60_000, START_MS // 1000, before))
    rows.change(rows.get(record_id), {"Email": "new@x.example"})
    assert org.total("SELECT Id FROM Lead WHERE Email = 'old@x.example'") == 1
    assert org.total("SELECT Id FROM Lead WHERE Email = 'new@x.example'") == 0
    org.state.clock.advance(60_000)
    assert org.total("SELECT Id FROM Lead WHERE Email = 'old@x.example'") == 0
    assert org.total("SELECT Id FROM Lead WHERE Email = 'new@x.example'") == 1
