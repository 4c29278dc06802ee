"""Who is asked next, for what, and when nobody is asked any more."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from syncer.core.claims import Authority, Claim, by_field, claim
from syncer.core.qualification import qualify
from syncer.core.waterfall.policy import CREDIT, Caps, ProviderPolicy, with_daily_caps
from syncer.core.waterfall.wants import open_fields, wants
from syncer.mapping import load_mappings
from syncer.mapping.calls import load_calls
from syncer.mapping.definition import load_definition
from syncer.mapping.definition_sense import known_fields
from syncer.mapping.enrichment import load_enrichment
from tests.waterfall.waterfall_words import NOW_MS, Desk, answer, field_policy, hit, offer, policy, said

ROOT = Path(__file__).parents[2]
MAPPINGS = load_mappings(ROOT / "mappings")
KNOWN = known_fields(MAPPINGS, load_calls(ROOT / "mappings"))
TRUE_LEAD = load_definition(ROOT / "mappings/qualification/true-lead.toml", KNOWN)
SIZE = field_policy("size", "pdl", "apollo", "hunter", agree_within=0.25)
OFFERS = {name: offer(name, "size", "industry") for name in ("pdl", "apollo", "hunter")}


def test_the_waterfall_stops_at_the_first_that_is_sure_enough() -> None:
    desk = Desk(policy(SIZE), OFFERS)
    assert desk.run({"pdl": answer("miss"), "apollo": hit(said("size", 120))}) == [
        ("pdl", ("size",)),
        ("apollo", ("size",)),
    ]
    assert desk.known("size") == 120 and desk.spent == CREDIT


def test_one_call_covers_several_missing_fields_rather_than_two_calls() -> None:
    two = policy(field_policy("size", "apollo", "pdl"), field_policy("industry", "pdl"))
    desk = Desk(two, {"apollo": offer("apollo", "size"), "pdl": offer("pdl", "size", "industry")})
    assert desk.run({"pdl": hit(said("size", 120), said("industry", "Retail"))}) == [("pdl", ("size", "industry"))]


def test_what_is_free_is_tried_before_what_is_paid() -> None:
    two = policy(field_policy("size", "pdl"), field_policy("technologies", "dns", "builtwith", union=True))
    offers = {"pdl": offer("pdl", "size"), "dns": offer("dns", "technologies", price=0)}
    assert [name for name, _ in Desk(two, offers).run({})] == ["dns", "pdl"]


@pytest.mark.parametrize(
    ("state", "days", "asked_again"),
    [("miss", 29, False), ("miss", 31, True), ("unavailable", 0.02, True), ("pending", 0.01, False)],
)
def test_a_miss_is_remembered_for_thirty_days_and_a_failure_is_not(state: str, days: float, asked_again: bool) -> None:
    desk = Desk(policy(field_policy("size", "pdl")), OFFERS)
    desk.run({"pdl": answer(state)})
    desk.later(days)
    assert bool(desk.run({"pdl": answer(state)})) is asked_again


def test_each_further_miss_is_remembered_twice_as_long_up_to_180_days() -> None:
    desk = Desk(policy(field_policy("size", "pdl")), OFFERS)
    waited = []
    for _ in range(5):
        assert desk.run({}) == [("pdl", ("size",))]
        waited.append((desk.asked["pdl"].until_ms - desk.now_ms) // 86_400_000)
        desk.now_ms = desk.asked["pdl"].until_ms
    assert waited == [30, 60, 120, 180, 180]


def test_a_miss_says_nothing_once_the_company_is_known_by_another_domain() -> None:
    desk = Desk(policy(field_policy("size", "pdl")), OFFERS)
    desk.run({})
    desk.renamed("acme.io")
    assert desk.run({"pdl": hit(said("size", 7))}) == [("pdl", ("size",))]


def test_a_field_that_a_partial_answer_left_out_is_not_asked_for_again_and_a_new_field_is() -> None:
    desk = Desk(policy(field_policy("size", "pdl"), field_policy("industry", "pdl")), OFFERS)
    desk.run({"pdl": hit(said("size", 120), state="partial")})
    assert desk.run({}) == []
    wider = policy(*desk.policy.fields.values(), field_policy("country", "pdl"))
    desk.policy, desk.offers = wider, {"pdl": offer("pdl", "size", "industry", "country")}
    assert desk.run({}) == [("pdl", ("country",))]


def test_an_answer_gets_old_and_is_asked_for_anew() -> None:
    desk = Desk(policy(field_policy("size", "pdl")), OFFERS)
    desk.run({"pdl": hit(said("size", 120))})
    desk.later(89)
    assert desk.run({}) == []
    desk.later(2)
    assert desk.run({"pdl": hit(said("size", 140))}) == [("pdl", ("size",))]
    assert desk.known("size") == 140


def test_two_weak_words_that_agree_make_one_that_counts() -> None:
    desk = Desk(policy(SIZE), OFFERS)
    desk.run({"pdl": hit(said("size", 100, 0.4)), "apollo": hit(said("size", 110, 0.5))})
    counted = by_field(desk.claims, NOW_MS)["size"]
    assert [(one.source, one.value, one.confidence) for one in counted] == [("apollo+pdl", 110, 0.7)]
    assert [name for name, _ in desk.calls] == ["pdl", "apollo"]


def test_two_weak_words_that_differ_count_for_nothing() -> None:
    desk = Desk(policy(field_policy("size", "pdl", "apollo", agree_within=0.25)), OFFERS)
    desk.run({"pdl": hit(said("size", 100, 0.4)), "apollo": hit(said("size", 900, 0.5))})
    assert "size" not in by_field(desk.claims, NOW_MS)


def test_where_two_must_agree_a_second_is_asked_and_a_third_only_if_they_differ() -> None:
    two = policy(field_policy("size", "pdl", "apollo", "hunter", agree=2, agree_within=0.25))
    agreeing = Desk(two, OFFERS)
    agreeing.run({"pdl": hit(said("size", 100)), "apollo": hit(said("size", 110))})
    assert [name for name, _ in agreeing.calls] == ["pdl", "apollo"]
    differing = Desk(two, OFFERS)
    differing.run({"pdl": hit(said("size", 100)), "apollo": hit(said("size", 900)), "hunter": hit(said("size", 105))})
    assert [name for name, _ in differing.calls] == ["pdl", "apollo", "hunter"]


def test_technologies_of_all_providers_count_together_while_the_verdict_waits_for_one() -> None:
    tools = field_policy("technologies", "dns", "builtwith", union=True)
    desk = Desk(
        policy(tools),
        {name: offer(name, "technologies") for name in ("dns", "builtwith")},
        open_fields=frozenset({"technologies"}),
    )
    desk.run({"dns": hit(said("technologies", ("Okta",))), "builtwith": hit(said("technologies", ("Salesforce",)))})
    assert [name for name, _ in desk.calls] == ["dns", "builtwith"]
    found = by_field(desk.claims, NOW_MS)["technologies"]
    assert {one.source: one.value for one in found} == {
        "dns": frozenset({"Okta"}),
        "builtwith": frozenset({"Salesforce"}),
    }


@pytest.mark.parametrize(
    ("state", "reason"),
    [("out_of_credit", "out_of_credit"), ("unauthorised", "unauthorised"), ("throttled", "throttled")],
)
def test_a_provider_that_refuses_rests_and_the_waterfall_goes_on(state: str, reason: str) -> None:
    desk = Desk(policy(SIZE), OFFERS)
    assert desk.run({"pdl": answer(state), "apollo": hit(said("size", 9))}) == [
        ("pdl", ("size",)),
        ("apollo", ("size",)),
    ]
    assert desk.standing["pdl"].reason == reason and desk.standing["pdl"].open_until_ms > NOW_MS


def test_three_failures_in_a_row_let_a_provider_rest_and_one_answer_wakes_it() -> None:
    desk = Desk(policy(field_policy("size", "pdl")), OFFERS)
    for failures in (1, 2, 3):
        desk.run({"pdl": answer("unavailable")})
        assert (desk.standing["pdl"].open_until_ms > desk.now_ms) is (failures == 3)
        desk.later(1)
    desk.run({"pdl": hit(said("size", 3))})
    assert desk.standing["pdl"].failures == 0 and desk.standing["pdl"].open_until_ms == 0


def test_a_retry_time_that_the_vendor_names_is_kept() -> None:
    desk = Desk(policy(field_policy("size", "pdl")), OFFERS)
    desk.run({"pdl": answer("throttled", NOW_MS + 123_456)})
    assert desk.standing["pdl"].open_until_ms == NOW_MS + 123_456


def test_the_smallest_cap_holds_and_says_its_name() -> None:
    capped = policy(SIZE, caps=Caps(CREDIT, 5 * CREDIT))
    desk = Desk(capped, OFFERS)
    desk.run({"pdl": hit(credits=1, state="partial"), "apollo": hit(said("size", 1))})
    assert desk.spent == CREDIT and desk.capped == {"run"}


def test_the_configuration_caps_a_provider_by_the_day() -> None:
    tight = with_daily_caps(policy(SIZE), {"pdl": 0, "unheard_of": 3})
    desk = Desk(tight, OFFERS)
    assert [name for name, _ in desk.run({"apollo": hit(said("size", 1))})] == ["apollo"]
    assert desk.capped == {"day of pdl"}


def test_a_declared_cost_stands_before_what_the_connector_says() -> None:
    named = policy(SIZE, caps=Caps(0, 0), providers={"pdl": ProviderPolicy("pdl", "pdl", cost=0)})
    step = Desk(named, {"pdl": OFFERS["pdl"]}).step()
    assert step is not None and step.price == 0


def told(field: str, value: Any, authority: str = "call", **more: Any) -> Claim:
    return claim("link", field, value, Authority(authority), authority, NOW_MS - 1000, **more)


SECURE = (told("industry", "Cybersecurity"), told("number_of_employees", 500), told("uses_salesforce", True))
OPEN = {
    "nothing is known": ((), {"industry", "company_industry", "number_of_employees", "company_size", "employees"}),
    "only the size is open": ((SECURE[0], SECURE[2]), {"number_of_employees", "company_size", "employees"}),
    "the wrong trade settles it": ((told("industry", "Retail"),), set()),
    "all that a provider can say is said": (SECURE, set()),
    "disqualified": ((told("lead_status", "Closed - Not Converted", "human"),), set()),
    "the list cannot tell": (
        (told("industry", "Technology", "import"), *SECURE[1:]),
        {"industry", "company_industry"},
    ),
}


@pytest.mark.parametrize(("claims", "expected"), OPEN.values(), ids=list(OPEN))
def test_a_field_is_open_only_while_a_higher_status_still_waits_for_it(
    claims: tuple[Any, ...], expected: set[str]
) -> None:
    known = by_field(claims, NOW_MS)
    signals = {one.id for one in TRUE_LEAD.signals}
    found = open_fields(TRUE_LEAD, qualify(TRUE_LEAD, known, NOW_MS)) - signals
    assert found >= expected if claims == () else found == expected
    assert not found & {"annual_budget", "opted_in", "nps", "wants_voice_of_customer"}, "no provider may settle these"


def test_what_people_said_is_not_paid_for_again_unless_it_does_not_settle_the_verdict() -> None:
    shipped = load_enrichment(ROOT / "mappings", KNOWN)
    known = by_field([told("industry", "Technology", "human"), told("number_of_employees", 5, "human")], NOW_MS)
    names = {one.policy.name for one in wants(shipped, "account", False, ["industry"], known, NOW_MS)}
    assert names == {"industry"}


def test_a_lead_without_an_account_asks_for_its_company_under_the_lead_s_own_names() -> None:
    shipped = load_enrichment(ROOT / "mappings", KNOWN)
    open_ = {"company_size", "technologies"}
    alone = wants(shipped, "person", False, open_, {}, NOW_MS)
    assert {one.policy.name: one.field for one in alone} == {
        "number_of_employees": "company_size",
        "technologies": "technologies",
    }
    assert wants(shipped, "person", True, open_, {}, NOW_MS) == ()


def test_nothing_is_asked_where_nothing_tells_who_it_is() -> None:
    desk = Desk(policy(SIZE), OFFERS)
    desk.renamed("")
    assert desk.run({}) == []
