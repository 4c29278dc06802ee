"""Enrich, with the real sources against the sandbox's vendors: what is asked, what it costs, what a crash leaves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from connectors.enrichment.file import FileProvider, file_spec
from connectors.enrichment.provider import Provider
from sandbox.vendors import Trouble
from syncer.core.fields import SIDES
from syncer.core.waterfall.policy import CREDIT, DAY_MS
from syncer.engine.planning import make_plan
from syncer.mapping import load_mappings
from syncer.mapping.calls import load_calls
from syncer.mapping.definition import load_definition
from syncer.mapping.definition_sense import known_fields
from syncer.stages.dispatch import dispatch
from syncer.stages.enrich import enrich
from syncer.stages.enrich_plan import plan_enrichment
from syncer.stages.gate import gate
from tests.stages.enrich_firm import KEYS, POLICY, Crash, Firm, make_firm, policy, secure

ROOT = Path(__file__).parents[2]
KNOWN = known_fields(load_mappings(ROOT / "mappings"), load_calls(ROOT / "mappings"))
TRUE_LEAD = load_definition(ROOT / "mappings/qualification/true-lead.toml", KNOWN)


@pytest.fixture
def firm() -> Firm:
    return make_firm()


@dataclass
class Slow:
    """A provider whose calls take their time."""

    real: Provider
    ask: Callable[[Any], Any]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)


def test_a_bare_account_is_asked_about_once_and_its_answers_are_claims_with_evidence(firm: Firm) -> None:
    company = firm.company(secure)
    record = firm.account(company)
    context = firm.run()
    claims = firm.claims(record)
    assert claims["industry"].value == "COMPUTER_NETWORK_SECURITY"
    assert abs(claims["number_of_employees"].value - company.employees) <= 0.25 * company.employees
    assert claims["industry"].source == "pdl" and claims["industry"].expires_ms > claims["industry"].observed_ms
    assert firm.charged() == sum(row.spent for row in firm.spends()) // CREDIT > 0
    assert {row.state for row in firm.spends()} == {"settled"}
    assert context.report.counts["enrich_claims"] >= 2
    calls = {name: firm.calls(name) for name in firm.providers}
    again = firm.run()
    assert {name: firm.calls(name) for name in firm.providers} == calls and not again.report.counts["enrich_questions"]


def test_a_cap_of_nothing_spends_nothing_and_free_sources_are_asked_all_the_same(firm: Firm) -> None:
    firm.policy = policy(0)
    firm.account(firm.company(secure))
    context = firm.run()
    assert firm.charged() == 0 and firm.spends() == []
    assert firm.calls("pdl") == firm.calls("apollo") == 0 < firm.calls("dns")
    assert context.report.counts["enrich_left_by_cap"] == 1
    assert not [one for one in context.report.problems if one.name == "BudgetSpent"]


def test_raising_the_cap_brings_back_whom_it_had_left_out(firm: Firm) -> None:
    firm.policy = policy(0)
    record = firm.account(firm.company(secure))
    firm.run()
    firm.policy = policy(10)
    firm.run()
    assert "industry" in firm.claims(record) and firm.charged() > 0


def test_a_cap_that_is_reached_says_so_and_the_rest_has_its_turn_the_next_day(firm: Firm) -> None:
    firm.policy = policy(1)
    records = [firm.account(firm.company(secure, skip)) for skip in range(3)]
    context = firm.run()
    assert firm.charged() == 1
    assert [one.name for one in context.report.problems] == ["BudgetSpent"]
    for _ in range(8):
        firm.pair.wait(DAY_MS)
        firm.run()
    assert all({"industry", "number_of_employees"} <= set(firm.claims(record)) for record in records)
    by_day: dict[str, int] = {}
    for row in firm.spends():
        by_day[row.day] = by_day.get(row.day, 0) + row.spent
    assert max(by_day.values()) <= CREDIT


def test_a_run_that_is_out_of_time_lets_the_rest_have_its_turn_in_the_next_ones(firm: Firm) -> None:
    records = [firm.account(firm.company(secure, skip)) for skip in range(4)]
    firm.pair.settings = replace(firm.pair.settings, batch_size=2)
    ask = firm.providers["dns"].ask

    def slowly(questions: Any) -> Any:
        firm.pair.wait(firm.pair.settings.enrich_ms)
        return ask(questions)

    firm.providers["dns"] = Slow(firm.providers["dns"], slowly)
    context = firm.run()
    assert context.report.counts["enrich_left_by_time"] == 4 and context.report.counts["enrich_questions"] == 2
    for _ in range(8):
        firm.pair.wait()
        firm.run()
    assert all("industry" in firm.claims(record) for record in records)


def test_an_answer_fills_the_blanks_of_both_systems_and_is_nobody_s_edit(firm: Firm) -> None:
    company = firm.company(secure)
    record = firm.account(company)
    twin = firm.pair.portal.create("companies", {"name": company.name, "domain": company.domain}, "human:bob")
    for _ in range(3):
        context = firm.run()
        for kind in context.kinds:
            gate(context, kind)
            for side in SIDES:
                dispatch(context, kind, side)
        firm.pair.wait()
    claimed = firm.claims(record)["number_of_employees"].value
    assert firm.pair.org.record("Account", record)["NumberOfEmployees"] == claimed
    assert firm.pair.portal.record("companies", twin)["numberofemployees"] == str(claimed)
    assert firm.pair.portal.record("companies", twin)["industry"] == "COMPUTER_NETWORK_SECURITY"
    assert firm.pair.org.record("Account", record).get("Industry") is None
    charged = firm.charged()
    firm.run()
    assert firm.charged() == charged


def test_the_plan_names_what_a_run_would_cost_and_asks_nobody(firm: Firm) -> None:
    for skip in range(3):
        firm.account(firm.company(secure, skip))
    planned = {one.provider: one for one in plan_enrichment(firm.context())}
    assert firm.charged() == 0 and not any(firm.calls(name) for name in firm.providers)
    assert planned["dns"].questions == 3 and planned["dns"].credits == 0
    assert sum(one.credits for one in planned.values()) == 3, "one call that answers all three fields of each"
    assert sum(one.credits_at_most for one in planned.values()) == 6
    firm.run()
    assert firm.charged() <= sum(one.credits_at_most for one in planned.values())
    assert [one.questions for one in plan_enrichment(firm.context())] == []


def test_a_plan_tells_what_a_raised_cap_would_cost_and_takes_nobody_s_turn_away(firm: Firm) -> None:
    firm.account(firm.company(secure))
    firm.policy = policy(0)
    firm.run()
    firm.policy = policy(100)
    known = {"policy": firm.policy, "providers": firm.providers, "definition": TRUE_LEAD}
    told = [make_plan(firm.pair.context(**known))["enrichment"] for _ in range(2)]
    assert sum(Decimal(one["credits"]) for one in told[0]) == 1
    assert told[1] == told[0], "a plan is no cycle: the second says the same"
    assert firm.charged() == 0
    firm.run()
    assert firm.charged() == 1


def test_a_crash_between_reservation_and_settlement_counts_as_spent(firm: Firm) -> None:
    record = firm.account(firm.company(secure))

    def crash(point: str) -> None:
        if point == "enrich.answered" and firm.charged():
            raise Crash

    with pytest.raises(Crash):
        firm.run(probe=crash)
    assert [row.state for row in firm.spends()] == ["reserved"]
    assert "industry" not in firm.claims(record)
    context = firm.run()
    assert context.report.counts["enrich_reservations_closed"] == 1
    assert [one.name for one in context.report.problems] == ["SpendUnknown"]
    assert {row.state for row in firm.spends()} == {"settled"}
    assert sum(row.spent for row in firm.spends()) == firm.charged() * CREDIT
    assert "industry" in firm.claims(record), "what was lost is asked for once more"


TROUBLES = {
    Trouble.OUT_OF_CREDIT: "OutOfCredit",
    Trouble.UNAUTHORISED: "ProviderRefused",
    Trouble.GARBAGE: "ProviderUnavailable",
    Trouble.HTML: "ProviderUnavailable",
}


@pytest.mark.parametrize(("trouble", "name"), TROUBLES.items())
def test_a_provider_in_trouble_is_named_and_the_next_one_is_asked(firm: Firm, trouble: Trouble, name: str) -> None:
    record = firm.account(firm.company(secure))
    state = firm.vendors.states["pdl"]
    state.told, state.told_times = trouble, None
    context = firm.run()
    assert name in [one.name for one in context.report.problems]
    assert all(KEYS["pdl"] not in f"{one.message} {one.action}" for one in context.report.problems)
    assert firm.claims(record)["number_of_employees"].source == "apollo"
    if name != "ProviderUnavailable":
        with firm.pair.store.snapshot() as tx:
            standing = tx.providers.get("pdl")
        assert standing is not None and standing.open_until_ms > firm.pair.clock.now_ms()


def test_whoever_a_provider_in_trouble_left_out_is_looked_at_when_it_is_well_again(firm: Firm) -> None:
    company = firm.company(secure)
    firm.providers = {"pdl": firm.providers["pdl"]}
    record = firm.account(company)
    state = firm.vendors.states["pdl"]
    state.told = Trouble.OUT_OF_CREDIT
    firm.run()
    calls = firm.calls("pdl")
    state.told = None
    firm.run()
    assert firm.calls("pdl") == calls, "it rests until the day is over"
    firm.pair.wait(DAY_MS)
    firm.run()
    assert firm.claims(record)["industry"].source == "pdl"


def test_a_miss_is_not_asked_again_for_thirty_days_and_then_is(firm: Firm) -> None:
    firm.providers = {"pdl": firm.providers["pdl"]}
    company = firm.company(lambda one, known: known["pdl"] is None)
    firm.account(company)
    firm.run()
    calls = firm.calls("pdl")
    assert firm.asks(company)["pdl"].state == "miss" and firm.charged() == 0
    for days, more in ((29, 0), (2, 1)):
        firm.pair.wait(days * DAY_MS)
        firm.run()
        assert firm.calls("pdl") == calls + more


def test_an_answer_that_gets_old_is_asked_for_anew_though_no_verdict_depends_on_it(firm: Firm) -> None:
    text = POLICY.replace('ttl = "90d"', 'ttl = "90d"\nalways = true')
    firm.policy, firm.providers = policy(text=text), {"pdl": firm.providers["pdl"]}
    record = firm.account(firm.company(secure), Industry="Retail")
    firm.run()
    first = firm.claims(record)["number_of_employees"].observed_ms
    for days, moved in ((89, False), (2, True)):
        firm.pair.wait(days * DAY_MS)
        firm.run()
        assert (firm.claims(record)["number_of_employees"].observed_ms > first) is moved


def test_what_the_definition_needs_no_more_is_not_paid_for(firm: Firm) -> None:
    company = firm.company(secure)
    record = firm.account(company, Industry="Retail", NumberOfEmployees=500)
    context = firm.run()
    assert firm.charged() == 0 and not context.report.counts["enrich_questions"]
    assert firm.claims(record) == {}


def test_leads_of_one_company_share_one_answer_also_a_lead_that_comes_later(firm: Firm) -> None:
    company = firm.company(secure)
    leads = [firm.pair.lead(LastName=name, Email=f"{name}@{company.domain}", Company="x") for name in ("ann", "bob")]
    firm.run()
    charged = firm.charged()
    assert charged >= 1
    leads.append(firm.pair.lead(LastName="cyd", Email=f"cyd@{company.domain}", Company="x"))
    firm.pair.wait()
    firm.run()
    assert firm.charged() == charged
    told = [firm.claims(lead, "Lead") for lead in leads]
    assert len({(one["company_size"].value, one["company_industry"].value) for one in told}) == 1
    assert len({one["company_size"].subject for one in told}) == 3


def test_a_person_at_a_free_mail_host_is_not_taken_for_its_company(firm: Firm) -> None:
    firm.pair.lead(LastName="Doe", Email="doe@gmail.com", Company="unknown")
    context = firm.run()
    assert not context.report.counts["enrich_questions"]


def test_an_export_with_a_renamed_column_stops_nothing_and_is_told_by_name(firm: Firm, tmp_path: Path) -> None:
    company = firm.company(secure)
    text = POLICY.replace('["pdl", "apollo"]', '["zi", "pdl"]') + (
        '[provider.zi]\nkind = "file"\npath = "zi-*.csv"\nkey = {{ column = "Website", as = "domain" }}\n'
        'confidence = 0.9\nmap = {{ number_of_employees = "Employees" }}\n'
    )
    firm.policy = policy(text=text)
    firm.providers["zi"] = FileProvider("zi", file_spec(firm.policy.providers["zi"].source), tmp_path)
    (tmp_path / "zi-1.csv").write_text(f"Website,Staff\n{company.domain},77\n")
    record = firm.account(company)
    context = firm.run()
    (problem,) = [one for one in context.report.problems if one.name == "ProviderUnavailable"]
    assert 'MissingColumn: zi-1.csv has no column "Employees"' in problem.message and '"Staff"' in problem.message
    assert firm.claims(record)["number_of_employees"].source == "pdl"
    rows = f"Website,Employees\n{company.domain},77\n{company.domain},78\nother.com,300\n"
    (tmp_path / "zi-2.csv").write_text(rows)
    other = firm.pair.org.create("Account", {"Name": "Other", "Website": "other.com"}, "human:ann")
    firm.pair.wait()
    context = firm.run()
    assert firm.claims(other)["number_of_employees"].value == 300


def test_a_provider_that_breaks_its_promise_costs_its_price_and_nothing_else(firm: Firm) -> None:
    class Raising:
        """A vendor's client gone wrong."""

        name, offers, kinds, needs = "pdl", firm.providers["pdl"].offers, frozenset({"account"}), (("domain",),)
        price, batch_max = firm.providers["pdl"].price, 10

        def ask(self, questions: Any) -> Any:
            raise RuntimeError("boom")

        def close(self) -> None: ...

    firm.providers["pdl"] = Raising()
    record = firm.account(firm.company(secure))
    context = firm.run()
    assert "ProviderUnavailable" in [one.name for one in context.report.problems]
    assert firm.claims(record)["industry"].source == "apollo"
    assert sum(row.spent for row in firm.spends() if row.provider == "pdl") == CREDIT


def test_no_policy_and_no_provider_mean_no_question(firm: Firm) -> None:
    firm.account(firm.company(secure))
    for more in ({"policy": None}, {"providers": {}}):
        context = firm.context(**more)
        enrich(context)
        assert plan_enrichment(context) == [] and not context.report.counts["enrich_questions"]
