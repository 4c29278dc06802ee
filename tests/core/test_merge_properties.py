"""Properties of the merge over every case of a small domain: all rules, values, bases, writers, ties, intervals.

Names P1 to P8 are those of the design; each test says which. Nothing is sampled.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import product

import pytest

from syncer.core.fields import SIDES, FieldMap, FieldType, Rule, SideName, other
from syncer.core.merge import NOOP, Decision, SideState, adopt, at_risk, fresh, merge
from syncer.core.values import BLANK, MISSING, Base, Canonical

TEXTS: tuple[Canonical, ...] = (BLANK, "x", "y", "z")
SETS: tuple[Canonical, ...] = (BLANK, frozenset("p"), frozenset("q"), frozenset("pq"))
WHENS = (((0, 10), (0, 10)), ((0, 10), (9_000, 9_000)), ((9_000, 9_000), (0, 10)))
WRITERS = ("engine", "human")
PLAIN = tuple(rule for rule in Rule if rule is not Rule.UNION)
MIRRORED = {
    Rule.PREFER_SALESFORCE_UNLESS_BLANK: Rule.PREFER_HUBSPOT_UNLESS_BLANK,
    Rule.PREFER_HUBSPOT_UNLESS_BLANK: Rule.PREFER_SALESFORCE_UNLESS_BLANK,
    Rule.ALWAYS_SALESFORCE: Rule.ALWAYS_HUBSPOT,
    Rule.ALWAYS_HUBSPOT: Rule.ALWAYS_SALESFORCE,
}
CONVERGENT = (Rule.TWO_WAY, Rule.PREFER_SALESFORCE_UNLESS_BLANK, Rule.PREFER_HUBSPOT_UNLESS_BLANK, Rule.UNION)

Case = tuple[FieldMap, SideState, SideState]


@cache
def field(rule: Rule, blank: str = "clear", tie: SideName = "left") -> FieldMap:
    kind = FieldType.CHOICES if rule is Rule.UNION else FieldType.CHOICE
    order = ("x", "y") if rule is Rule.FORWARD_ONLY else ()  # z is a stage that nobody ranked
    return FieldMap("f", {"Lead": "F"}, {"contacts": "f"}, kind, rule, blank=blank, tie=tie, order=order)


@cache
def states(domain: tuple[Canonical, ...]) -> list[tuple[SideState, SideState]]:
    """Every pair of sides: values, bases of which one, both or none is missing, agreement, writers, intervals."""
    found = []
    bases: list[tuple[Base, Base, bool]] = [(MISSING, MISSING, False)]
    bases += [(left, right, left == right) for left, right in product(domain, domain)]
    bases += [(MISSING, base, False) for base in domain] + [(base, MISSING, False) for base in domain]
    for (left_base, right_base, agreed), left, right in product(bases, domain, domain):
        for writers, whens in product(product(WRITERS, WRITERS), WHENS):
            found.append(
                (
                    SideState(left, left_base, agreed, writers[0], whens[0]),
                    SideState(right, right_base, agreed, writers[1], whens[1]),
                )
            )
    return found


def cases(rules: tuple[Rule, ...] = tuple(Rule), blanks: tuple[str, ...] = ("keep", "clear")) -> Iterator[Case]:
    for rule, blank, tie in product(rules, blanks, SIDES):
        for left, right in states(SETS if rule is Rule.UNION else TEXTS):
            yield field(rule, blank, tie), left, right


def after(field_map: FieldMap, left: SideState, right: SideState) -> tuple[Decision, SideState, SideState]:
    """One full step: decide, write what is decided, read back, adopt."""
    decision = merge(field_map, left, right)
    stored = {side: decision.on(side) for side in SIDES if decision.on(side) is not NOOP}
    memory = adopt(field_map, left, right, decision, stored)
    settled = []
    for side, state, cell in zip(SIDES, (left, right), memory, strict=True):
        now = stored.get(side, state.cur)
        settled.append(SideState(now, now if cell.rebase else state.base, cell.agreed, cell.writer, state.when))
    return decision, settled[0], settled[1]


@pytest.fixture(scope="module")
def every_case() -> list[tuple[Case, Decision]]:
    return [(case, merge(*case)) for case in cases()]


def test_the_domain_is_not_small_by_accident(every_case: list) -> None:
    assert len(every_case) > 100_000


def test_p1_a_settled_cell_is_not_written_again() -> None:
    for field_map, left, right in cases():
        _, left_after, right_after = after(field_map, left, right)
        again = merge(field_map, left_after, right_after)
        assert again.verdict != "write", (field_map.rule, left, right)


def test_p2_no_write_equals_what_it_replaces(every_case: list) -> None:
    for (_, left, right), decision in every_case:
        assert decision.left is NOOP or decision.left != left.cur
        assert decision.right is NOOP or decision.right != right.cur
        assert (decision.verdict == "write") == (decision.left is not NOOP or decision.right is not NOOP)


def test_p3_i1_every_overwritten_value_at_risk_is_a_loss(every_case: list) -> None:
    for (_, left, right), decision in every_case:
        for side, state in zip(SIDES, (left, right), strict=True):
            losses = [loss.value for loss in decision.losses if loss.side == side]
            written = decision.on(side) is not NOOP
            assert losses == ([state.cur] if written and at_risk(state) else [])
            if written and not losses:
                assert (state.agreed and state.cur == state.base) or (state.cur is BLANK and not fresh(state))


def test_p4_rules_that_converge_do() -> None:
    for field_map, left, right in cases(CONVERGENT, ("clear",)):
        if not (fresh(left) or fresh(right) or MISSING in (left.base, right.base)):
            continue
        _, left_after, right_after = after(field_map, left, right)
        assert left_after.cur == right_after.cur, (field_map.rule, left, right)


def test_p5_mirrored_rules_decide_mirrored() -> None:
    for field_map, left, right in cases(tuple(rule for rule in Rule if rule is not Rule.UNION)):
        twin = field(MIRRORED.get(field_map.rule, field_map.rule), field_map.blank, other(field_map.tie))
        decision, reflected = merge(field_map, left, right), merge(twin, right, left)
        if (
            field_map.rule in (Rule.TWO_WAY, Rule.FILL_BLANK, Rule.REVIEW, Rule.FORWARD_ONLY)
            or field_map.rule in MIRRORED
        ):
            assert (decision.verdict, decision.left, decision.right) == (
                reflected.verdict,
                reflected.right,
                reflected.left,
            )


def test_p6_filling_touches_no_set_value_and_stages_are_never_lowered(every_case: list) -> None:
    rank = {BLANK: -1, "x": 0, "y": 1}
    for (field_map, left, right), decision in every_case:
        for side, state in zip(SIDES, (left, right), strict=True):
            value = decision.on(side)
            if value is NOOP:
                continue
            if field_map.rule in (Rule.FILL_BLANK, Rule.REVIEW):
                assert state.cur is BLANK and not fresh(state)
            if field_map.rule is Rule.FORWARD_ONLY:
                assert rank[value] > rank[state.cur]
            if field_map.blank == "keep":
                assert value is not BLANK


def test_p7_a_union_drops_no_fresh_element(every_case: list) -> None:
    for (field_map, left, right), decision in every_case:
        if field_map.rule is not Rule.UNION or decision.verdict != "write":
            continue
        result = next(value for value in (decision.left, decision.right) if value is not NOOP) or frozenset()
        for state in (left, right):
            if state.base is not MISSING:
                assert (state.cur or frozenset()) - (state.base or frozenset()) <= result


def test_p8_losses_are_complete_across_two_steps() -> None:
    """Edit, settle, edit again: what the first step left standing on one side only must not vanish in the second."""
    for rule, blank in product(PLAIN, ("keep", "clear")):
        field_map = field(rule, blank)
        for base, left, right, left_again, right_again in product(TEXTS, repeat=5):
            first = SideState(left, base, True), SideState(right, base, True)
            _, one, two = after(field_map, *first)
            one = SideState(left_again, one.base, one.agreed, one.writer)
            two = SideState(right_again, two.base, two.agreed, two.writer)
            decision = merge(field_map, one, two)
            for side, state in zip(SIDES, (one, two), strict=True):
                if decision.on(side) is NOOP or (state.cur is BLANK and not fresh(state)):
                    continue
                opposite = (two if side == "left" else one).base
                known_to_both = state.cur == state.base == opposite
                assert known_to_both or any(loss.side == side for loss in decision.losses)


def test_i2_a_fresh_edit_that_stays_at_home_is_not_called_agreed(every_case: list) -> None:
    for (field_map, left, right), decision in every_case:
        if decision.verdict in ("at_rest", "suppressed"):
            assert not any(cell.agreed for cell in adopt(field_map, left, right, decision))
        if decision.verdict in ("hold", "review"):
            assert not any(cell.rebase for cell in adopt(field_map, left, right, decision))


def test_a_union_on_both_sides_is_written_one_side_after_the_other() -> None:
    """The removal that one side made must survive the first half of the write."""
    for base, left, right in product(SETS, repeat=3):
        union = field(Rule.UNION)
        states_now = {"left": SideState(left, base, True), "right": SideState(right, base, True)}
        wanted = merge(union, states_now["left"], states_now["right"])
        for step in range(3):
            decision = merge(union, states_now["left"], states_now["right"])
            side = next((side for side in SIDES if decision.on(side) is not NOOP), None)
            if side is None:
                break
            memory = adopt(union, states_now["left"], states_now["right"], decision, {side: decision.on(side)})
            assert step < 2
            for name, cell in zip(SIDES, memory, strict=True):
                now = decision.on(side) if name == side else states_now[name].cur
                states_now[name] = SideState(now, now if cell.rebase else states_now[name].base, cell.agreed)
        if wanted.verdict == "write":
            value = next(value for value in (wanted.left, wanted.right) if value is not NOOP)
            assert states_now["left"].cur == states_now["right"].cur == value


def test_a_coerced_write_is_adopted_as_stored() -> None:
    field_map = field(Rule.TWO_WAY)
    left, right = SideState("y", "x", True), SideState("x", "x", True)
    decision = merge(field_map, left, right)
    left_cell, right_cell = adopt(field_map, left, right, decision, {"right": "z"})
    assert (left_cell.rebase, right_cell.rebase, right_cell.agreed, right_cell.writer) == (True, True, False, "engine")
    assert left_cell.writer == "human"
    assert merge(field_map, SideState("y", "y", False), SideState("z", "z", False)).verdict == "at_rest"


def test_a_write_that_is_still_owed_keeps_the_bases() -> None:
    field_map = field(Rule.TWO_WAY)
    left, right = SideState("y", "x", True), SideState("x", "x", True)
    memory = adopt(field_map, left, right, merge(field_map, left, right))
    assert [cell.rebase for cell in memory] == [False, False]
