"""Coverage: what the CRMs held themselves, what claims added, who agreed, what it cost; predictions fill nothing."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from syncer.core.claims import Authority
from syncer.report.coverage import coverage
from syncer.report.coverage_view import coverage_view
from syncer.store import Store
from syncer.store.knowledge_rows import AskRow, ProviderRow, SpendRow
from syncer.store.rows import LinkRow, RecordRow, ShadowRow
from tests.report.report_world import DAY_MS, at, claim_row
from tests.report.shipped import definition, mappings

NOW_MS = at("2026-11-20T00:00")
OLD_MS = NOW_MS - 800 * DAY_MS
PDL, APOLLO = Authority.PROVIDER, Authority.PROVIDER
SIZE = "number_of_employees"


def account(number: int, **values: Any) -> tuple[LinkRow, RecordRow]:
    record_id = f"001{number}"
    link = LinkRow(f"a{number}", "account", "linked", f"k{number}", "Account", record_id)
    return link, RecordRow("left", "Account", record_id, OLD_MS, OLD_MS, {"Name": f"Firm {number}", **values}, "live")


@pytest.fixture
def found(store: Store) -> dict[str, Any]:
    firms = [account(1, NumberOfEmployees=300), account(2), account(3, NumberOfEmployees=90), account(4)]
    written = {"cells": {SIZE: {"left_writer": "engine"}}, "left": {SIZE: 90}}
    with store.transaction() as tx:
        for link, record in firms:
            tx.links.insert([link])
            tx.records.upsert([record])
        tx.shadows.put([ShadowRow("a3", written["left"], {}, written["cells"], 0, 0)])
        tx.claims.add([
            claim_row("a1", SIZE, 320, PDL, "pdl", NOW_MS - DAY_MS),
            claim_row("a1", SIZE, 900, APOLLO, "apollo", NOW_MS - DAY_MS),
            claim_row("a2", SIZE, 200, PDL, "pdl", NOW_MS - DAY_MS),
            claim_row("a2", SIZE, 210, APOLLO, "apollo", OLD_MS),
            claim_row("a3", SIZE, 90, PDL, "pdl", NOW_MS - DAY_MS),  # written to the CRM by us: not its own
            claim_row("a4", SIZE, 80, Authority.PREDICTED, "model", NOW_MS - DAY_MS),
            claim_row("a4", "technologies_seen", frozenset({"x"}), PDL, "dns", NOW_MS - DAY_MS),
            claim_row("a4", "weak.size", 5, PDL, "site", NOW_MS - DAY_MS),
            claim_row("a4", "rivals", "Acme", Authority.CALL, "rep:1", NOW_MS - DAY_MS),
            claim_row("a1", "technologies", frozenset({"Salesforce", "Slack"}), PDL, "dns", NOW_MS - DAY_MS),
            claim_row("a1", "technologies", frozenset({"Slack"}), PDL, "site", NOW_MS - DAY_MS),
            claim_row("a2", "technologies", frozenset({"Jira"}), PDL, "dns", NOW_MS - DAY_MS),
            claim_row("a2", "technologies", frozenset({"Slack"}), PDL, "site", NOW_MS - DAY_MS),
            claim_row("a2", "annual_revenue", Decimal("1.5"), PDL, "pdl", NOW_MS - DAY_MS),
        ])  # fmt: skip
        tx.providers.put(ProviderRow("pdl", hits=3, misses=1, asked=5))
        tx.providers.put(ProviderRow("apollo", NOW_MS + DAY_MS, "out_of_credit", 2, 1, 0, 3))
        tx.asks.put([
            AskRow("pdl", "account:a.example", ("x",), "hit", 1, 2, 0, "", ""),
            AskRow("(pdl)", "account:a.example", (), "later", 1, 2, 0, "", ""),
            AskRow("pdl", "account:b.example", ("x",), "pending", 1, 2, 0, "", ""),
            AskRow("apollo", "account:a.example", ("x",), "out_of_credit", 1, 2, 0, "", ""),
        ])  # fmt: skip
        spends = [("s1", "pdl", "2026-11-01", 3000, "settled"), ("s2", "pdl", "2026-11-19", 1500, "settled")]
        for name, provider, day, spent, state in spends:
            tx.spends.put(SpendRow(name, provider, "r", day, spent, spent, state, 1, 1))
        tx.spends.put(SpendRow("s3", "pdl", "r", "2026-11-19", 700, 0, "reserved", 1, 1))
        tx.spends.put(SpendRow("s4", "pdl", "r", "2026-11-19", 900, 0, "released", 1, 1))
        kinds = [kind for kind in mappings().kinds if kind.kind == "account"]
        document = coverage(tx, kinds, definition(), "", NOW_MS)
        document["since_then"] = coverage(tx, kinds, definition(), "2026-11-10", NOW_MS)["providers"]
    return document


def told(found: dict[str, Any], name: str) -> dict[str, Any]:
    return next(one for one in found["fields"] if one["field"] == name)


def test_before_is_what_others_brought_and_after_is_with_what_was_claimed(found: dict[str, Any]) -> None:
    size = told(found, SIZE)
    assert (found["subjects"], size["before"], size["after"]) == ({"account": 4}, 1, 3)
    assert size["by_authority"] == {"import": 1, "provider": 2}
    assert size["filled_by"] == {"pdl": 2}, "the newer of two providers fills"
    assert (size["median_age_days"], size["fresh_days"], size["stale"]) == (1, 730, 1)
    assert told(found, "rivals")["mapped"] is False and told(found, "rivals")["after"] == 1


def test_predictions_and_raw_material_fill_nothing(found: dict[str, Any]) -> None:
    names = {one["field"] for one in found["fields"]}
    assert not names & {"technologies_seen", "weak.size"}
    assert told(found, SIZE)["after"] == 3


def test_providers_agree_within_the_tolerance_and_lists_where_they_have_something_in_common(
    found: dict[str, Any],
) -> None:
    assert found["agreement"] == [{"providers": ["apollo", "pdl"], "pairs": 2, "agree": 1, "share": 0.5}]
    assert found["lists_in_common"] == [{"providers": ["dns", "site"], "pairs": 2, "agree": 1, "share": 0.5}]
    assert (told(found, SIZE)["pairs"], told(found, SIZE)["agreement"]) == (2, 0.5)


def test_credits_are_told_by_provider_and_by_blank_that_it_fills(found: dict[str, Any]) -> None:
    providers = {one["provider"]: one for one in found["providers"]}
    assert "(pdl)" not in providers
    pdl = providers["pdl"]
    assert (pdl["asked"], pdl["hits"], pdl["misses"], pdl["refused"], pdl["filled"]) == (5, 3, 1, 0, 3)
    assert (pdl["credits"], pdl["credits_reserved"], pdl["credits_per_filled"]) == (4.5, 0.7, 1.5)
    assert (providers["apollo"]["refused"], providers["apollo"]["breaker_open"]) == (1, True)
    assert {one["provider"]: one["credits"] for one in found["since_then"]}["pdl"] == 1.5


def test_an_open_breaker_is_told_first(found: dict[str, Any]) -> None:
    view = coverage_view(found)
    assert view.tone == "warn" and "Not asked now: apollo." in view.headline
    (providers,) = [one for one in view.sections if one.title == "Providers"]
    assert providers.table is not None
    assert "open until 2026-11-21 00:00 UTC: out_of_credit" in {row[-1] for row in providers.table.rows}
