"""The laws of claims, over thousands of drawn histories: arrival, replay, people's edits, protection, blanks."""

from __future__ import annotations

import json
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncer.core.claims import Authority, Claim, ClaimError, Evidence, claim, from_json, standing, to_json
from syncer.core.fields import SIDES, FieldMap, FieldType, Rule
from syncer.core.merge import NOOP, SideState, fresh, merge
from syncer.core.resolve import FieldRule, combine, expired, resolve
from syncer.core.values import BLANK, MISSING
from tests.qualification.claim_words import DAY_MS, NOW_MS, said

AUTHORITIES = [authority.value for authority in Authority]
VALUES = st.sampled_from([None, "x", "y", "z", 1, 100, 110, Decimal("2.5"), True])
SETS = st.sampled_from([None, frozenset({"p"}), frozenset({"q"}), frozenset({"p", "r"})])
DAYS = st.integers(0, 400)

LAWS = settings(max_examples=150, deadline=None)


@st.composite
def histories(draw: Any, values: Any = VALUES) -> list[Claim]:
    """Claims of all kinds and ages, some expired, and words that take some of them back."""
    claims = [
        said(
            draw(values),
            draw(st.sampled_from(AUTHORITIES)),
            draw(DAYS),
            source=draw(st.sampled_from(["a", "b"])),
            confidence=draw(st.sampled_from([0.5, 1.0])),
            expires_ms=draw(st.sampled_from([0, 0, 0, NOW_MS - 1, NOW_MS + 1])),
        )
        for _ in range(draw(st.integers(0, 6)))
    ]
    for target in draw(st.lists(st.sampled_from(claims), max_size=2)) if claims else ():
        stance = draw(st.sampled_from(["withdraws", "refutes"]))
        by, source = draw(st.sampled_from([(target.authority, target.source), ("human", "a"), ("predicted", "b")]))
        claims.append(said(None, by, draw(DAYS), source=source, stance=stance, target=target.claim_id))
    return claims


@st.composite
def rules(draw: Any, *, union: bool = False) -> FieldRule:
    allowed = draw(st.lists(st.sampled_from(AUTHORITIES), min_size=1, unique=True))
    return FieldRule(tuple(allowed), draw(st.sampled_from([0, 30, 270])), union, draw(st.sampled_from([0.0, 0.25])))


@LAWS
@given(histories() | histories(SETS), rules() | rules(union=True), st.randoms(use_true_random=False))
def test_the_order_of_arrival_and_repeated_arrival_do_not_matter(claims: list, rule: FieldRule, chance: Any) -> None:
    shuffled = claims + claims[:2]
    chance.shuffle(shuffled)
    assert resolve(rule, claims, NOW_MS) == resolve(rule, shuffled, NOW_MS)


@LAWS
@given(histories(), rules(), st.integers(0, 400))
def test_a_replay_from_the_ledgers_json_gives_the_same_answer_and_the_past_does_not_know_the_future(
    claims: list, rule: FieldRule, days: int
) -> None:
    stored = [from_json(json.loads(json.dumps(to_json(item)))) for item in claims]
    assert stored == claims
    then_ms = NOW_MS - days * DAY_MS
    known = [item for item in claims if item.observed_ms <= then_ms]
    assert resolve(rule, stored, then_ms) == resolve(rule, known, then_ms)


@LAWS
@given(histories(), rules())
def test_a_claim_never_beats_a_younger_or_a_protected_word_of_a_person(claims: list, rule: FieldRule) -> None:
    answer = resolve(rule, claims, NOW_MS)
    humans = [
        item for item in standing(claims, NOW_MS) if item.authority is Authority.HUMAN and "human" in rule.authority
    ]
    if not humans:
        assert not answer.locked
        return
    newest_ms = max(item.observed_ms for item in humans)
    assert answer.winner is not None and answer.winner.observed_ms >= newest_ms
    if answer.winner.authority is not Authority.HUMAN:
        assert answer.winner.observed_ms > newest_ms
        assert rule.protect_days and NOW_MS - newest_ms >= rule.protect_days * DAY_MS


@LAWS
@given(histories() | histories(SETS), rules() | rules(union=True))
def test_a_kind_that_the_field_does_not_allow_never_enters_and_what_was_taken_back_does_not_count(
    claims: list, rule: FieldRule
) -> None:
    answer = resolve(rule, claims, NOW_MS)
    heard = [item for item in (answer.winner, *answer.supporters, *answer.dissenters) if item is not None]
    assert all(item.authority in rule.authority for item in heard)
    assert {item.claim_id for item in heard} <= {item.claim_id for item in standing(claims, NOW_MS)}
    others = [item for item in claims if item.authority in rule.authority or item.stance != "holds"]
    assert resolve(rule, others, NOW_MS) == answer


@LAWS
@given(histories(), rules())
def test_what_has_expired_wins_only_where_nothing_else_may(claims: list, rule: FieldRule) -> None:
    answer = resolve(rule, claims, NOW_MS)
    if answer.stale and not answer.locked:
        humans = [item.observed_ms for item in standing(claims, NOW_MS) if item.authority is Authority.HUMAN]
        floor_ms = max(humans, default=-1) if "human" in rule.authority else -1
        rivals = [item for item in standing(claims, NOW_MS) if item.authority in rule.authority]
        assert all(expired(item, NOW_MS) for item in rivals if item.observed_ms > floor_ms)


CASES = {
    "a blank is filled by the strongest kind": (
        ["human", "call", "provider"],
        0,
        [("p", "provider", 1), ("c", "call", 9)],
        "c",
        "strongest",
    ),
    "among equals the newest": (["call"], 0, [("old", "call", 9), ("new", "call", 1)], "new", "strongest"),
    "a person's older word stands where nothing may replace it": (
        ["human", "call"],
        0,
        [("h", "human", 300), ("c", "call", 1)],
        "h",
        "human",
    ),
    "a protected word stands": (["human", "call"], 270, [("h", "human", 200), ("c", "call", 1)], "h", "human"),
    "after that a newer call replaces it": (
        ["human", "call"],
        270,
        [("h", "human", 300), ("c", "call", 1)],
        "c",
        "newer_than_human",
    ),
    "but an older call does not": (["human", "call"], 270, [("h", "human", 300), ("c", "call", 301)], "h", "human"),
    "a newer person replaces a person": (["human"], 270, [("h", "human", 3), ("n", "human", 1)], "n", "human"),
    "a prediction never enters where it is not named": (
        ["human", "call"],
        0,
        [("p", "predicted", 1)],
        BLANK,
        "nothing_claimed",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_who_may_fill_and_who_may_replace(case: str) -> None:
    allowed, protect_days, told, value, reason = CASES[case]
    for order in permutations(told):
        answer = resolve(FieldRule(tuple(allowed), protect_days), [said(*one) for one in order], NOW_MS)
        assert (answer.value, answer.reason) == (value, reason)


def test_numbers_within_the_tolerance_agree_and_others_are_a_conflict() -> None:
    rule = FieldRule(("provider",), agree_within=0.25)
    told = [said(100, "provider", 1), said(120, "provider", 2), said(200, "provider", 3)]
    answer = resolve(rule, told, NOW_MS)
    assert answer.value == 100 and answer.conflict
    assert [item.value for item in answer.supporters] == [120]
    assert [item.value for item in answer.dissenters] == [200]
    in_euros = said(101, "provider", 2, unit="EUR")
    assert resolve(rule, [told[0], in_euros], NOW_MS).conflict


def test_options_are_united_without_those_that_were_taken_back() -> None:
    rule = FieldRule(("human", "provider"), union=True)
    one, two = said(frozenset({"Okta"}), "provider", 3), said(frozenset({"Drift"}), "provider", 2, source="b")
    back = said(None, "human", 1, stance="refutes", target=two.claim_id)
    assert resolve(rule, [one, two], NOW_MS).value == frozenset({"Okta", "Drift"})
    assert resolve(rule, [back, two, one], NOW_MS).value == frozenset({"Okta"})


def test_a_word_is_taken_back_only_by_its_own_source_or_by_one_at_least_as_strong() -> None:
    told = said("x", "human", 3, source="ann")
    cases = {
        ("withdraws", "human", "ann"): [],
        ("withdraws", "human", "bob"): [told],
        ("refutes", "human", "bob"): [],
        ("refutes", "predicted", "lookalike"): [told],
    }
    for (stance, authority, source), left in cases.items():
        word = said(None, authority, 1, source=source, stance=stance, target=told.claim_id)
        assert standing([word, told], NOW_MS) == left


def test_what_is_no_claim_is_refused_by_name() -> None:
    sound = to_json(said("x", evidence=(Evidence("the quote", "call-1", 3, 12, "Ann"),)))
    assert from_json(sound).evidence[0].quote == "the quote"
    broken: list[dict[str, Any]] = [
        {**sound, "value": "y"},
        {**sound, "authority": "rumour"},
        {**sound, "value": {"number": "many"}},
        {**sound, "stance": "guesses"},
        {**sound, "extra": 1},
        {name: value for name, value in sound.items() if name != "unit"},
    ]
    for data in broken:
        with pytest.raises(ClaimError):
            from_json(data)
    for more in ({"confidence": 1.5}, {"stance": "withdraws"}, {"target": "abc"}):
        with pytest.raises(ClaimError):
            claim("s", "f", "x", Authority.CALL, "rep", 1, **more)


# --- What may be written ---------------------------------------------------------------------------------------------


@st.composite
def sides(draw: Any, values: Any) -> SideState:
    cur, base = draw(values), draw(values | st.just(MISSING))
    low, high = sorted((draw(DAYS), draw(DAYS)), reverse=True)
    when = draw(st.sampled_from([(0, 2**63 - 1), (NOW_MS - low * DAY_MS, NOW_MS - high * DAY_MS)]))
    return SideState(cur, base, draw(st.booleans()), draw(st.sampled_from(["engine", "human", "unknown"])), when)


@st.composite
def cells(draw: Any) -> tuple[FieldMap, SideState, SideState, list[Claim]]:
    many = draw(st.booleans())
    values = SETS if many else st.sampled_from([None, "x", "y", "z"])
    rule = draw(st.sampled_from(list(Rule)))
    field = FieldMap(
        "f",
        {"Lead": "F"},
        {"contacts": "f"},
        FieldType.CHOICES if many else FieldType.TEXT,
        rule,
        blank=draw(st.sampled_from(["keep", "clear"])),
        authority=draw(rules()).authority,
        protect_days=draw(st.sampled_from([0, 30, 270])),
        order=("x", "y") if rule is Rule.FORWARD_ONLY else (),
        read_only=draw(st.sampled_from(["", "", "left", "right"])),
    )
    left = draw(sides(values))
    right = draw(sides(values) | st.just(left))
    return field, left, right, draw(histories(values))


def _rule(field: FieldMap) -> FieldRule:
    return FieldRule(field.authority, field.protect_days, field.type is FieldType.CHOICES)


@settings(max_examples=600, deadline=None)
@given(cells())
def test_a_claim_never_overwrites_a_person_who_is_younger_or_protected_and_never_makes_the_sides_differ(
    cell: tuple,
) -> None:
    field, left, right, claims = cell
    answer = resolve(_rule(field), claims, NOW_MS)
    before, after = merge(field, left, right), combine(field, left, right, answer, NOW_MS)
    if (before.left, before.right, before.verdict) == (after.left, after.right, after.verdict):
        return  # the claims added nothing
    assert before.verdict in ("agree", "at_rest", "suppressed"), "edits that may travel go first"
    assert answer.winner is not None and answer.winner.authority in field.authority and not answer.stale
    states = {"left": left, "right": right}
    now = {side: states[side].cur if after.on(side) is NOOP else after.on(side) for side in SIDES}
    assert now["left"] == now["right"] or field.read_only or field.type is FieldType.CHOICES
    for side in SIDES:
        value, state = after.on(side), states[side]
        if value is NOOP:
            continue
        assert value is not BLANK and value != state.cur and side != field.read_only
        if state.cur is not BLANK:
            assert any(loss.side == side and loss.value == state.cur for loss in after.losses), "a silent loss"
        if field.type is FieldType.CHOICES:
            assert (state.cur or frozenset()) <= value
        if fresh(state) or state.writer == "human" or (state.writer == "unknown" and state.cur is not BLANK):
            assert answer.winner.observed_ms > state.when[1]
            if answer.winner.authority is not Authority.HUMAN:
                assert field.protect_days and NOW_MS - state.when[1] >= field.protect_days * DAY_MS
        elif field.rule is Rule.FILL_BLANK and answer.winner.authority is not Authority.HUMAN:
            assert state.cur is BLANK


@LAWS
@given(cells(), st.randoms(use_true_random=False))
def test_what_is_written_does_not_depend_on_arrival_and_writing_it_twice_changes_nothing(
    cell: tuple, chance: Any
) -> None:
    field, left, right, claims = cell
    shuffled = list(claims)
    chance.shuffle(shuffled)
    answer = resolve(_rule(field), claims, NOW_MS)
    first = combine(field, left, right, answer, NOW_MS)
    assert first == combine(field, left, right, resolve(_rule(field), shuffled, NOW_MS), NOW_MS)
    if first.verdict != "write" or merge(field, left, right).verdict == "write":
        return
    written = [
        SideState(state.cur if value is NOOP else value, state.cur if value is NOOP else value, True, "engine")
        for state, value in ((left, first.left), (right, first.right))
    ]
    again = combine(field, *written, answer, NOW_MS)
    assert again.left is NOOP and again.right is NOOP


BLANKS = SideState(BLANK, BLANK, True, "unknown")


@pytest.mark.parametrize(
    ("left", "right", "authority", "days_ago", "written", "reason"),
    [
        (BLANKS, BLANKS, "call", 1, ("new", "new"), "claim_fills"),
        (
            SideState("old", "old", True, "engine"),  # carried over from a person: nobody ever claimed it
            SideState("old", "old", True, "engine"),
            "call",
            1,
            (NOOP, NOOP),
            "older_than_human",
        ),
        (
            SideState("old", "old", True, "unknown"),
            SideState("old", "old", True, "unknown"),
            "call",
            1,
            (NOOP, NOOP),
            "older_than_human",
        ),
        (
            SideState("old", "old", True, "human", (5, 5)),
            SideState("old", "old", True, "engine", (5, 5)),
            "call",
            1,
            ("new", "new"),
            "claim_replaces",
        ),
        (
            SideState("old", "old", True, "human", (0, NOW_MS - 9 * DAY_MS)),
            SideState("old", "old", True, "engine"),
            "call",
            1,
            (NOOP, NOOP),
            "protected",
        ),
        (
            SideState("old", "old", True, "human", (0, NOW_MS - 9 * DAY_MS)),
            SideState("old", "old", True, "engine", (0, NOW_MS - 9 * DAY_MS)),
            "human",
            1,
            ("new", "new"),
            "claim_replaces",
        ),
        (
            SideState(BLANK, BLANK, True, "human", (0, NOW_MS - 9 * DAY_MS)),
            BLANKS,
            "call",
            1,
            (NOOP, NOOP),
            "protected",
        ),
        (
            SideState("edit", "old", True, "human"),
            SideState("old", "old", True, "engine"),
            "human",
            0,
            (NOOP, "edit"),
            "edit",
        ),
        (BLANKS, BLANKS, "predicted", 1, (NOOP, NOOP), ""),
    ],
)
def test_what_a_claim_adds_to_a_cell(
    left: SideState, right: SideState, authority: str, days_ago: int, written: tuple, reason: str
) -> None:
    field = FieldMap(
        "f",
        {"Lead": "F"},
        {"contacts": "f"},
        FieldType.TEXT,
        authority=("human", "call"),
        protect_days=270,
    )
    answer = resolve(_rule(field), [said("new", authority, days_ago)], NOW_MS)
    decision = combine(field, left, right, answer, NOW_MS)
    assert ((decision.left, decision.right), decision.reason) == (written, reason)


def test_a_newer_claim_replaces_what_an_older_one_gave() -> None:
    field = FieldMap("f", {"Lead": "F"}, {"contacts": "f"}, FieldType.TEXT, authority=("human", "call"))
    answer = resolve(_rule(field), [said("new", "call", 1)], NOW_MS)._replace(given=("old", "new"))
    given = SideState("old", "old", True, "engine")
    decision = combine(field, given, given, answer, NOW_MS)
    assert ((decision.left, decision.right), decision.reason) == (("new", "new"), "claim_replaces")
    assert [loss.value for loss in decision.losses] == ["old", "old"]
