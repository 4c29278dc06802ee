"""Which way a query goes to its rows, and what the date words and numbers mean: small tables."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from sandbox.salesforce.bulk_csv import number
from sandbox.salesforce.querying import OrgWorld
from sandbox.salesforce.soql import access, bind
from sandbox.salesforce.soql.dates import midnight, parse_instant, span_days
from tests.sandbox_salesforce.soql_world import SmallOrg

AT = "2026-01-01T00:00:00.000+0000"
ID = "00QWs0000000001MAA"

WAYS = [
    (f"Id = '{ID}' AND Company = 'C'", ("Id",)),
    (f"Company = 'C' AND Id IN ('{ID}')", ("Id",)),
    ("Email IN ('a@x.example', 'b@x.example') ORDER BY Id", ("Email",)),
    ("Lead.Email = 'a@x.example'", ("Email",)),
    (f"Id > '{ID}' ORDER BY Id LIMIT 2000", ("Id",)),
    (f"SystemModstamp > {AT} OR (SystemModstamp = {AT} AND Id > '{ID}') ORDER BY SystemModstamp, Id",
     ("SystemModstamp",)),
    (f"SystemModstamp >= {AT} AND SystemModstamp < 2026-01-02T00:00:00Z", ("SystemModstamp",)),
    ("SystemModstamp = TODAY", ("SystemModstamp",)),
    (f"SystemModstamp >= {AT} AND Id > '{ID}' ORDER BY Id LIMIT 10", ("Id",)),
    ("Company = 'C'", ()),
    ("Email = 'a@x.example' OR Company = 'C'", ()),
    ("NOT Email = 'a@x.example'", ()),
    ("Email != 'a@x.example'", ()),
    ("Email = null", ()),
]  # fmt: skip


@pytest.mark.parametrize(("condition", "fields"), WAYS)
def test_an_index_is_taken_where_the_conditions_allow(condition: str, fields: tuple[str, ...]) -> None:
    text = f"SELECT Id FROM Lead WHERE {condition}"
    way = access(bind(OrgWorld(SmallOrg().state), text))
    assert (way.kind, way.fields) == ("Index" if fields else "TableScan", fields)


TODAY = date(2026, 2, 18)  # a Wednesday
SPANS = [
    ("TODAY", 0, "2026-02-18", "2026-02-19"),
    ("THIS_WEEK", 0, "2026-02-15", "2026-02-22"),
    ("LAST_WEEK", 0, "2026-02-08", "2026-02-15"),
    ("NEXT_MONTH", 0, "2026-03-01", "2026-04-01"),
    ("LAST_QUARTER", 0, "2025-10-01", "2026-01-01"),
    ("THIS_FISCAL_YEAR", 0, "2026-01-01", "2027-01-01"),
    ("LAST_90_DAYS", 0, "2025-11-20", "2026-02-19"),
    ("LAST_N_DAYS", 2, "2026-02-16", "2026-02-19"),
    ("NEXT_N_DAYS", 2, "2026-02-19", "2026-02-21"),
    ("LAST_N_WEEKS", 2, "2026-02-01", "2026-02-15"),
    ("LAST_N_MONTHS", 3, "2025-11-01", "2026-02-01"),
    ("NEXT_N_QUARTERS", 1, "2026-04-01", "2026-07-01"),
    ("N_DAYS_AGO", 3, "2026-02-15", "2026-02-16"),
    ("N_YEARS_AGO", 1, "2025-01-01", "2026-01-01"),
]


@pytest.mark.parametrize(("name", "count", "first", "after"), SPANS)
def test_a_date_word_spans_whole_days(name: str, count: int, first: str, after: str) -> None:
    assert tuple(day.isoformat() for day in span_days(name, count, TODAY)) == (first, after)


def test_days_begin_in_the_users_zone_also_where_clocks_change() -> None:
    paris = ZoneInfo("Europe/Paris")
    assert midnight(date(2026, 3, 29), paris) == "2026-03-28T23:00:00.000+0000"
    assert midnight(date(2026, 3, 30), paris) == "2026-03-29T22:00:00.000+0000"


@pytest.mark.parametrize(
    "text", ["2026-01-01T00:00:00Z", "2026-01-01T01:00:00+01:00", "2025-12-31T19:00:00.000-0500", AT]
)
def test_an_instant_may_be_written_with_any_offset(text: str) -> None:
    assert parse_instant(text) == AT


NUMBERS = [
    (10.0, "10.0"),
    (0.0, "0.0"),
    (-2.5, "-2.5"),
    (9_999_999.5, "9999999.5"),
    (1e7, "1.0E7"),
    (912260031.0, "9.12260031E8"),
    (-1.5e-5, "-1.5E-5"),
    (123456789012.34, "1.2345678901234E11"),
]


@pytest.mark.parametrize(("value", "text"), NUMBERS)
def test_bulk_writes_numbers_as_java_does(value: float, text: str) -> None:
    assert number(value) == text
    assert float(text) == value
