"""What holds of every waterfall: no cap is exceeded, no order matters, nothing is paid for twice."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.enrichment.provider import Answer, AnswerState
from syncer.core.claims import by_field
from syncer.core.waterfall.foresight import Case, if_answered, if_nobody_knows
from syncer.core.waterfall.policy import CREDIT, Caps, ProviderPolicy
from syncer.core.waterfall.purse import Purse
from syncer.core.waterfall.steps import Step
from syncer.core.waterfall.wants import SURE_AT_MOST, WEAK, agreement, fresh_words, settled, together
from tests.waterfall.waterfall_words import NOW_MS, WHO, Desk, answer, field_policy, hit, offer, policy, said

LAWS = settings(max_examples=120, deadline=None)
PROVIDERS = ("a", "b", "c", "d")
NAMES = ("size", "industry", "technologies")
STATES = [state.value for state in AnswerState]
amounts = st.none() | st.integers(0, 4 * CREDIT)
caps = st.builds(Caps, run=st.integers(0, 4 * CREDIT), day=st.integers(0, 4 * CREDIT), subject=amounts)
own = st.builds(Caps, run=amounts, day=amounts, subject=amounts)
confidences = st.sampled_from([0.1, 0.3, 0.5, 0.59, 0.6, 0.8, 1.0])
founds = st.lists(
    st.one_of(
        st.builds(said, st.just("size"), st.integers(90, 130), confidences),
        st.builds(said, st.just("industry"), st.sampled_from(["Retail", "Banking"]), confidences),
        st.builds(said, st.just("technologies"), st.sampled_from([("Okta",), ("Drift", "Okta"), ()]), confidences),
    ),
    max_size=4,
)


@st.composite
def answers(draw: Any) -> Answer:
    state = draw(st.sampled_from(STATES))
    found = draw(founds) if state in ("hit", "partial") else []
    return hit(*found, state=state, credits=draw(st.sampled_from([0, 0.25, 1])))


@st.composite
def desks(draw: Any, **more: Any) -> Desk:
    order = st.permutations(PROVIDERS)
    made = policy(
        field_policy("size", *draw(order), agree=draw(st.integers(1, 2)), agree_within=0.1),
        field_policy("industry", *draw(order)[:2]),
        field_policy("technologies", *draw(order)[:3], union=True),
        **{"caps": draw(caps), **more},
    )
    providers = {name: ProviderPolicy(name, name, None, draw(own)) for name in PROVIDERS}
    offers = {name: offer(name, *draw(st.sets(st.sampled_from(NAMES), min_size=1))) for name in PROVIDERS}
    asked_for = frozenset(draw(st.sets(st.sampled_from(NAMES))))
    return Desk(replace(made, providers=providers), offers, open_fields=asked_for)


scripts = st.fixed_dictionaries({name: answers() for name in PROVIDERS})


@LAWS
@given(desks(), st.lists(scripts, min_size=1, max_size=4))
def test_no_cap_is_ever_exceeded(desk: Desk, turns: list[dict[str, Answer]]) -> None:
    for script in turns:
        desk.run(script)
        desk.later(40)
    limit, purse = desk.policy.caps, desk.purse
    assert desk.spent <= min(limit.run, limit.day)
    assert limit.subject is None or desk.spent <= limit.subject
    for name, provider in desk.policy.providers.items():
        for cap in (provider.caps.run, provider.caps.day):
            assert cap is None or purse.run[name] <= cap


@LAWS
@given(desks(caps=Caps(0, 0)), scripts)
def test_a_cap_of_nothing_spends_nothing(desk: Desk, script: dict[str, Answer]) -> None:
    assert desk.run(script) == [] and desk.spent == 0


@LAWS
@given(desks(caps=Caps(10**9, 10**9)), scripts)
def test_whoever_missed_is_not_asked_again_for_thirty_days(desk: Desk, script: dict[str, Answer]) -> None:
    desk.run(script)
    missed = [name for name, row in desk.asked.items() if row.state == "miss"]
    for _ in range(3):
        desk.later(9.9)
        assert not {name for name, _ in desk.run(script)} & set(missed)


@LAWS
@given(desks(caps=Caps(10**9, 10**9)), scripts)
def test_within_one_run_no_provider_is_asked_twice_for_one_field(desk: Desk, script: dict[str, Answer]) -> None:
    calls = [(name, one) for name, fields in desk.run(script) for one in fields]
    assert len(calls) == len(set(calls))
    assert desk.run(script) == [], "a second run of the same moment has nothing left to ask"


@LAWS
@given(st.lists(answers(), min_size=3, max_size=3))
def test_the_order_of_answers_does_not_matter_to_what_is_known(given_: list[Answer]) -> None:
    fields = [field_policy(name, "a", "b", "c", union=name == "technologies", agree_within=0.1) for name in NAMES]
    outcomes = set()
    for order in permutations(zip("abc", given_, strict=True)):
        desk = Desk(policy(*fields), {name: offer(name, *NAMES) for name in "abc"})
        for provider, one in order:
            desk.take(Step(provider, WHO, NAMES, CREDIT), one)
        known = by_field(desk.claims, NOW_MS)
        outcomes.add(
            tuple(
                (
                    name,
                    settled(one, [*known.get(name, ()), *known.get(WEAK + name, ())], NOW_MS),
                    repr(agreement(fresh_words([*known.get(name, ()), *known.get(WEAK + name, ())], NOW_MS), 0.1)),
                    repr(sorted(item.claim_id for item in known.get(name, ()) if "+" not in item.source)),
                    bool(known.get(name)),
                )
                for name, one in desk.policy.fields.items()
            )
        )
    assert len(outcomes) == 1


@LAWS
@given(st.lists(st.floats(0, 1), min_size=1, max_size=6))
def test_agreeing_sources_are_surer_together_and_never_certain(given_: list[float]) -> None:
    sure = together(given_)
    assert sure >= max(given_)
    assert sure <= max(SURE_AT_MOST, *given_)
    assert abs(together(list(reversed(given_))) - sure) < 1e-12


@LAWS
@given(st.lists(st.tuples(st.sampled_from(PROVIDERS), st.integers(0, 2 * CREDIT)), max_size=30), caps, own)
def test_what_is_reserved_counts_until_it_is_given_back(wishes: list[tuple[str, int]], limit: Caps, mine: Caps) -> None:
    purse = Purse(
        policy(
            field_policy("size", *PROVIDERS),
            caps=limit,
            providers={n: ProviderPolicy(n, n, None, mine) for n in "abcd"},
        )
    )
    granted = 0
    for name, amount in wishes:
        if not purse.refusal(name, "x", amount):
            purse.take(name, "x", amount)
            granted += amount
    assert granted <= min(limit.run or 0, limit.day or 0)
    assert mine.subject is None or granted <= mine.subject


def test_a_refused_question_is_no_fact_about_the_subject() -> None:
    desk = Desk(policy(field_policy("size", "a")), {"a": offer("a", "size")})
    for state in ("throttled", "out_of_credit", "unauthorised", "unavailable", "bad_request", "pending"):
        desk.asked.clear()
        desk.standing.clear()
        desk.run({"a": answer(state)})
        assert desk.asked["a"].misses == 0 and desk.asked["a"].fields == ()


@LAWS
@given(desks(), scripts)
def test_a_run_never_costs_more_than_was_foreseen_at_most(desk: Desk, script: dict[str, Answer]) -> None:
    case = Case(WHO, desk.wanted(), {}, {})
    at_most, if_all_know = Purse(desk.policy), Purse(desk.policy)
    if_nobody_knows(desk.policy, desk.offers, case, {}, at_most, NOW_MS)
    if_answered(desk.policy, desk.offers, case, {}, if_all_know, NOW_MS)
    desk.run(script)
    assert desk.spent <= at_most.run.total()
    assert if_all_know.run.total() <= at_most.run.total()
    assert at_most.run.total() <= min(desk.policy.caps.run or 0, desk.policy.caps.day or 0)
