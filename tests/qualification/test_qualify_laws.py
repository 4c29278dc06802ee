"""What holds of every verdict: Kleene's logic, nothing by prediction, contradictions shown, replay, no step back."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncer.core.claims import Authority, Claim, Value, by_field
from syncer.core.qualification import Verdict, needed_ids, qualify, status_change
from syncer.core.qualification_judge import judge
from syncer.core.qualification_terms import (
    APART,
    LADDER,
    AllOf,
    AnyOf,
    Condition,
    Definition,
    Needs,
    Not,
    Signal,
    Status,
    Truth,
    truth_of_needs,
)
from syncer.mapping import load_mappings
from syncer.mapping.calls import load_calls
from syncer.mapping.definition import load_definition
from syncer.mapping.definition_sense import known_fields
from tests.qualification.claim_words import DAY_MS, KINDS, NOW_MS, ask, criterion, definition, said

MAPPINGS = Path(__file__).parents[2] / "mappings"
TRUTHS = {"met": True, "not met": False, "unknown": None}
M, N, U = Truth.MET, Truth.NOT_MET, Truth.UNKNOWN
LAWS = settings(max_examples=200, deadline=None)


def truth(condition: Condition, *claims: Claim) -> str:
    return judge(condition, by_field(claims, NOW_MS), KINDS, 0, NOW_MS).truth.value


QUESTIONS: dict[str, tuple[str, Any, Value, str]] = {
    "at least, at it": ("at_least", 10, 10, "met"),
    "more than, at it": ("more_than", 10, 10, "not met"),
    "more than, in decimals": ("more_than", 10, Decimal("10.1"), "met"),
    "at most": ("at_most", 6, 7, "not met"),
    "less than": ("less_than", 6, 5, "met"),
    "between, at its end": ("between", (Decimal(50), Decimal(750)), 750, "met"),
    "between, outside": ("between", (Decimal(50), Decimal(750)), 49, "not met"),
    "a range that lies above": ("at_least", 6, (6, 12), "met"),
    "a range across the bound": ("at_least", 10, (6, 12), "unknown"),
    "a range that lies below": ("at_least", 13, (6, 12), "not met"),
    "a range across between": ("between", (Decimal(1), Decimal(8)), (6, 12), "unknown"),
    "a text for a number": ("at_least", 10, "many", "unknown"),
    "a boolean is no number": ("at_least", 0, True, "unknown"),
    "equal in another case": ("equals", "gold", "Gold", "met"),
    "equal to another text": ("equals", "gold", "Silver", "not met"),
    "a number equals one": ("equals", 5, Decimal(5), "met"),
    "one of": ("in", frozenset({"gold"}), "GOLD", "met"),
    "none of": ("in", frozenset({"gold"}), "Silver", "not met"),
    "a list that names it": ("any_of", frozenset({"salesforce"}), frozenset({"Okta", "Salesforce"}), "met"),
    "a list that does not": ("any_of", frozenset({"salesforce"}), frozenset({"Okta"}), "unknown"),
    "yes": ("is_true", True, True, "met"),
    "no": ("is_true", True, False, "not met"),
    "no, where no is wanted": ("is_true", False, False, "met"),
    "neither": ("is_true", True, "perhaps", "unknown"),
    "anything": ("exists", True, "x", "met"),
    "blank": ("exists", True, None, "unknown"),
    "a moment of late": ("within_days", 30, NOW_MS - 29 * DAY_MS, "met"),
    "a moment long ago": ("within_days", 30, NOW_MS - 31 * DAY_MS, "not met"),
    "a moment to come": ("within_days", 30, NOW_MS + DAY_MS, "not met"),
    "a day to come": ("in_next_days", 3660, "2030-01-01", "met"),
    "a day that passed": ("in_next_days", 30, "2020-01-01", "not met"),
    "a quarter is no day": ("in_next_days", 30, "2026-Q3", "unknown"),
}


@pytest.mark.parametrize("case", QUESTIONS)
def test_a_question_to_a_value(case: str) -> None:
    op, operand, value, expected = QUESTIONS[case]
    assert truth(ask("f", op, operand), said(value)) == expected


@LAWS
@given(st.lists(st.sampled_from([True, False, None]), min_size=1, max_size=4))
def test_conditions_follow_kleene_and_de_morgan(values: list) -> None:
    claims = [said(value, field=f"f{place}") for place, value in enumerate(values) if value is not None]
    parts = tuple(ask(f"f{place}") for place in range(len(values)))
    all_of, any_of = truth(AllOf(parts), *claims), truth(AnyOf(parts), *claims)
    assert TRUTHS[all_of] == (False if False in values else None if None in values else True)
    assert TRUTHS[any_of] == (True if True in values else None if None in values else False)
    negated = tuple(Not(part) for part in parts)
    assert truth(Not(AllOf(parts)), *claims) == truth(AnyOf(negated), *claims)
    assert truth(Not(Not(parts[0])), *claims) == truth(parts[0], *claims)


IDS = ("a", "b", "c", "d")


@LAWS
@given(
    st.builds(
        Needs,
        st.lists(st.sampled_from(IDS), max_size=2).map(tuple),
        st.lists(st.sampled_from(IDS), max_size=2, unique=True).map(tuple),
        st.integers(1, 3),
        st.lists(st.sampled_from(IDS), max_size=3, unique=True).map(tuple),
    ),
    st.fixed_dictionaries({name: st.sampled_from([M, N, U]) for name in IDS}),
)
def test_needs_are_unknown_exactly_where_the_answers_still_decide(needs: Needs, truths: dict[str, Truth]) -> None:
    best = truth_of_needs(needs, {name: M if one is U else one for name, one in truths.items()})
    worst = truth_of_needs(needs, {name: N if one is U else one for name, one in truths.items()})
    assert U not in (best, worst)
    assert truth_of_needs(needs, truths) is (best if best is worst else U)


# --- Evidence ---------------------------------------------------------------------------------------------------------

SIZE = criterion("size", ask("size headcount", "more_than", 100, unit="people"), fresh_days=180)
BUDGET = criterion("budget", ask("budget", "at_least", 10_000, unit="USD/year"), evidence=KINDS - {Authority.PROVIDER})
OPT_IN = criterion("opt_in", ask("opted_in"), unless=ask("do_not_call"))
RULES = definition(
    (SIZE, BUDGET, OPT_IN),
    {"MQL": Needs(("size",), ("webinar",)), "SQL": Needs(("MQL", "budget", "opt_in"))},
    (Signal("webinar", "Came", ask("webinar"), "serious", KINDS, 90),),
)


def verdict(*claims: Claim, rules: Definition = RULES, now_ms: int = NOW_MS) -> Verdict:
    return qualify(rules, by_field(claims, now_ms), now_ms)


EVIDENCE: dict[str, tuple[list[Claim], str, str]] = {
    "nothing": ([], "unknown", "nobody has said so far"),
    "the stronger kind decides": (
        [said(200, "provider", 1, field="size"), said(90, "human", 9, field="size")],
        "not met",
        "contradicted by 200",
    ),
    "fields that hold the same fact": (
        [said(200, "import", field="headcount")],
        "met",
        "200, import import-1, 1 day old",
    ),
    "the newer of a kind decides": (
        [said(90, "call", 9, field="size"), said(200, "call", 2, field="size", source="b")],
        "met",
        "contradicted by 90",
    ),
    "the same kind in the same moment": (
        [said(90, "import", 2, field="size"), said(200, "import", 2, field="size", source="b")],
        "unknown",
        "contradicts itself",
    ),
    "stale": ([said(200, "call", 181, field="size")], "unknown", "the newest evidence is 181 days old"),
    "old when it was said": (
        [said(200, "call", 1, field="size", as_of_ms=NOW_MS - 300 * DAY_MS)],
        "unknown",
        "300 days old",
    ),
    "expired": ([said(200, "provider", 1, field="size", expires_ms=NOW_MS)], "unknown", "has expired"),
    "another unit": ([said(200, "call", field="size", unit="seats")], "unknown", "said in seats"),
    "only predicted": ([said(200, "predicted", field="size", source="lookalike")], "unknown", "predicted by lookalike"),
    "predicted and said": (
        [said(200, "predicted", field="size"), said(90, "call", field="size")],
        "not met",
        "predicted by",
    ),
}


@pytest.mark.parametrize("case", EVIDENCE)
def test_what_evidence_comes_to_and_how_it_is_told(case: str) -> None:
    claims, expected, told = EVIDENCE[case]
    for order in (claims, claims[::-1]):
        line = verdict(*order).lines()[0]
        assert line.startswith(f"{expected}: Says size")
        assert told in line, line


def test_a_kind_that_may_not_settle_it_and_money_without_a_rate_settle_nothing() -> None:
    line = verdict(said(50_000, "provider", field="budget")).lines()[1]
    assert line == "unknown: Says budget (only known by provider; it takes human, call, form, import to settle it)"
    assert "no rate" in verdict(said(50_000, field="budget", unit="EUR/year")).lines()[1]
    assert verdict(said(50_000, field="budget", unit="USD/year")).criteria[1].truth is M


def test_an_opt_out_overrules_whoever_agreed_and_both_are_shown() -> None:
    agreed, barred = said(True, "human", 1, field="opted_in"), said(True, "import", 300, field="do_not_call")
    made = verdict(agreed, barred).criteria[2]
    assert made.truth is N and made.finding.evidence == (barred,) and made.finding.contradicts == (agreed,)
    assert verdict(agreed, said(False, "import", field="do_not_call")).criteria[2].truth is M


@st.composite
def histories(draw: Any) -> list[Claim]:
    told = st.sampled_from([
        ("size", 90), ("size", 200), ("headcount", 150), ("budget", 5_000), ("budget", 20_000), ("opted_in", True),
        ("opted_in", False), ("do_not_call", True), ("webinar", True),
    ])  # fmt: skip
    made = []
    for _ in range(draw(st.integers(0, 8))):
        field, value = draw(told)
        made.append(said(value, draw(st.sampled_from(list(Authority))), draw(st.integers(0, 300)), field=field))
    return made


@LAWS
@given(histories(), st.randoms(use_true_random=False), st.integers(0, 300))
def test_a_verdict_does_not_depend_on_arrival_and_the_past_is_replayed_exactly(
    claims: list[Claim], chance: Any, days: int
) -> None:
    shuffled = claims + claims[:1]
    chance.shuffle(shuffled)
    assert verdict(*claims) == verdict(*shuffled)
    then_ms = NOW_MS - days * DAY_MS
    known_then = [one for one in claims if one.observed_ms <= then_ms]
    assert verdict(*claims, now_ms=then_ms) == verdict(*known_then, now_ms=then_ms)


@LAWS
@given(histories())
def test_no_verdict_rests_on_a_prediction_and_whatever_is_decided_shows_its_evidence(claims: list[Claim]) -> None:
    made = verdict(*claims)
    sober = verdict(*(one for one in claims if one.authority is not Authority.PREDICTED))
    assert (made.status, made.counts, made.next_question) == (sober.status, sober.counts, sober.next_question)
    for one in (*made.criteria, *made.signals):
        assert (one.truth is U) != bool(one.finding.evidence)
        assert one.truth is not U or one.finding.reason
        assert all(item.authority is not Authority.PREDICTED for item in one.finding.evidence)
    assert sum(made.counts) == 3 and made.line == "{} of 3 met, {} unknown, {} not met".format(*made.counts)


@LAWS
@given(histories())
def test_the_next_question_is_of_an_unknown_criterion_that_a_higher_status_waits_for(claims: list[Claim]) -> None:
    made = verdict(*claims)
    unknown = [one.id for one in made.criteria if one.truth is U]
    open_statuses = [name for name, one in made.needs.items() if one is U]
    alone = [name for name in unknown if _reached(made, name) != made.status]
    waited_for = [name for name in unknown if any(name in needed_ids(RULES, status) for status in open_statuses)]
    assert made.next_criterion == ([*alone, *waited_for] or [""])[0]
    assert made.next_question == (f"What of {made.next_criterion}?" if made.next_criterion else "")
    assert made.open_status == (open_statuses or [""])[0]


def _reached(made: Verdict, answered: str) -> str:
    """The status, were that criterion met."""
    truths = {one.id: M if one.id == answered else one.truth for one in (*made.criteria, *made.signals)}
    status = LADDER[0]
    for one in RULES.statuses:
        truths[one.name] = truth_of_needs(one.needs, truths)
        status = one.name if truths[one.name] is M else status
    return status


def test_the_question_that_alone_moves_the_status_goes_before_those_that_do_not() -> None:
    rules = definition(
        (criterion("far"), criterion("also_far"), criterion("near")),
        {"MQL": Needs(("near",)), "SQL": Needs(("far", "also_far"))},
    )
    assert verdict(rules=rules).next_criterion == "near"
    assert verdict(said(True, field="near"), rules=rules).next_criterion == "far"
    assert verdict(said(True, field="near"), said(False, field="far"), rules=rules).next_question == ""


# --- The status moves -------------------------------------------------------------------------------------------------

REASONS = ("no budget", "no need")
APART_RULES = definition(
    (SIZE,),
    {},
    statuses=(
        Status("MQL", Needs(("size",))),
        Status("recycled"),
        Status("disqualified", reasons=REASONS, when=ask("lost"), reason_field="why", root_source_field="root"),
    ),
)


def test_disqualified_needs_a_reason_of_the_list_and_keeps_the_root_source() -> None:
    lost = [said(True, "human", field="lost"), said(200, field="size")]
    bare = verdict(*lost, rules=APART_RULES)
    assert (bare.status, bare.next_question) == ("disqualified", "")
    assert bare.problems == ("disqualified without a reason", "disqualified without a root source")
    odd = [said("bored", "human", field="why"), said("Webinar", "import", field="root")]
    assert verdict(*lost, *odd, rules=APART_RULES).problems == (
        'disqualified for "bored", which is no reason of the list',
    )
    full = verdict(*lost, said("No budget", "human", field="why"), odd[1], rules=APART_RULES)
    assert (full.reason, full.root_source, full.problems) == ("No budget", "Webinar", ())


@pytest.mark.parametrize(
    ("previous", "claims", "verb", "status", "reason"),
    [
        ("", [], "kept", "prospect", "nothing changed"),
        ("", [said(200, field="size")], "moved", "MQL", "MQL: 1 of 1 met, 0 unknown, 0 not met"),
        ("MQL", [said(200, field="size")], "kept", "MQL", "nothing changed"),
        ("MQL", [said(200, days_ago=190, field="size")], "kept", "MQL", "the newest evidence is 190 days old"),
        ("MQL", [said(9, field="size")], "kept", "MQL", "not met: Says size (9"),
        ("SQL", [said(200, field="size")], "kept", "SQL", "this definition has no status SQL"),
        ("MQL", [said(True, "human", field="lost")], "moved", "disqualified", "set by a person"),
        ("disqualified", [said(200, field="size")], "moved", "MQL", "no longer disqualified"),
        ("recycled", [said(200, field="size")], "kept", "recycled", "until a person takes it back"),
    ],
)
def test_a_status_moves_up_or_apart_and_back_only_by_a_person(
    previous: str, claims: list[Claim], verb: str, status: str, reason: str
) -> None:
    change = status_change(previous, verdict(*claims, rules=APART_RULES), APART_RULES)
    assert (change.verb, change.status) == (verb, status)
    assert reason in change.reason, change.reason


@LAWS
@given(st.sampled_from([*LADDER, *APART]), histories())
def test_no_status_ever_goes_down_the_ladder_by_itself(previous: str, claims: list[Claim]) -> None:
    change = status_change(previous, verdict(*claims), RULES)
    assert change.reason
    if previous in LADDER and change.status in LADDER:
        assert LADDER.index(change.status) >= LADDER.index(previous)
    with pytest.raises(ValueError):
        status_change("lukewarm", verdict(*claims), RULES)


# --- The definition that ships ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def true_lead() -> Definition:
    known = known_fields(load_mappings(MAPPINGS), load_calls(MAPPINGS))
    return load_definition(MAPPINGS / "qualification/true-lead.toml", known)


FIT = (
    said("COMPUTER_NETWORK_SECURITY", "import", 9, field="industry", source="hubspot"),
    said("Technology", "import", 3, field="industry", source="salesforce"),
    said(240, "import", 3, field="number_of_employees"),
    said(frozenset({"Okta", "Salesforce"}), "provider", 3, field="technologies"),
)
HEARD = (
    said(25_000, field="annual_budget", unit="USD/year"),
    said(True, "form", field="opted_in"),
    said(9, field="nps"),
    said(True, field="wants_voice_of_customer"),
)


@pytest.mark.parametrize(
    ("more", "status", "stage", "counts", "question"),
    [
        ((), "prospect", "awareness", (3, 4, 0), "budget"),
        ((said(True, "import", field="download"),), "prospect", "interest", (3, 4, 0), "budget"),
        ((said(True, "import", field="webinar"),), "MQL", "consideration", (3, 4, 0), "budget"),
        (
            (said(True, "import", field="webinar"), said(True, "human", field="sales_accepted")),
            "SAL", "consideration", (3, 4, 0), "budget",
        ),
        (HEARD[:2] + HEARD[3:], "SQL", "conversion", (6, 1, 0), "nps"),
        (HEARD, "TRUE lead", "conversion", (7, 0, 0), ""),
        ((*HEARD, said(False, "call", 0, field="uses_salesforce")), "prospect", "awareness", (6, 0, 1), ""),
        ((*HEARD[:2], said(8, field="nps"), HEARD[3]), "SQL", "conversion", (6, 0, 1), ""),
        ((*HEARD, said("Customer", "import", field="lifecycle_stage")), "TRUE lead", "loyalty", (7, 0, 0), ""),
        (
            (
                said("Closed - Not Converted", "human", field="lead_status"),
                said("no budget", "human", field="disqualification_reason"),
            ),
            "disqualified", "", (3, 4, 0), "",
        ),
    ],
)  # fmt: skip
def test_a_lead_climbs_by_what_is_known_of_it(
    true_lead: Definition, more: tuple, status: str, stage: str, counts: tuple, question: str
) -> None:
    made = verdict(*FIT, *more, rules=true_lead)
    assert (made.status, made.stage, made.counts, made.next_criterion) == (status, stage, counts, question)
    assert (made.definition, made.version, made.content) == ("TRUE lead", "1.0", true_lead.content)


def test_soft_signals_and_predictions_never_make_an_mql(true_lead: Definition) -> None:
    claims = [*FIT, said(True, "import", field="download"), said(True, "predicted", field="webinar")]
    predicted = [said(one.value, "predicted", field=one.field, unit=one.unit) for one in (*FIT, *HEARD)]
    assert verdict(*claims, rules=true_lead).status == "prospect"
    assert verdict(*predicted, rules=true_lead).counts == (0, 7, 0)
