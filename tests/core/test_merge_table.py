"""The truth table of the merge, row by row and rule by rule; the right-hand rules are read through a mirror."""

from __future__ import annotations

from dataclasses import replace

import pytest

from syncer.core.fields import FieldMap, FieldType, Rule
from syncer.core.merge import NOOP, Decision, SideState, merge
from syncer.core.values import BLANK, MISSING

TWO_WAY, REVIEW, FILL = Rule.TWO_WAY, Rule.REVIEW, Rule.FILL_BLANK
PREFER, ALWAYS = Rule.PREFER_SALESFORCE_UNLESS_BLANK, Rule.ALWAYS_SALESFORCE
MIRROR = {PREFER: Rule.PREFER_HUBSPOT_UNLESS_BLANK, ALWAYS: Rule.ALWAYS_HUBSPOT}

# situation -> (left cur, left base), (right cur, right base), agreed
SITUATIONS = {
    "equal": (("x", "b"), ("x", "b"), True),
    "differ, neither fresh": (("x", "x"), ("y", "y"), False),
    "L edited, R = b": (("l", "b"), ("b", "b"), True),
    "L edited, R = b = blank": (("l", BLANK), (BLANK, BLANK), True),
    "L edited, R at rest, not agreed": (("l", "b"), ("r", "r"), False),
    "L cleared, R = b": ((BLANK, "b"), ("b", "b"), True),
    "R edited, L = b set": (("b", "b"), ("r", "b"), True),
    "R edited, L = b blank": ((BLANK, BLANK), ("r", BLANK), True),
    "R cleared, L = b set": (("b", "b"), (BLANK, "b"), True),
    "both edited, differ": (("l", "b"), ("r", "b"), True),
    "L cleared, R edited": ((BLANK, "b"), ("r", "b"), True),
    "L edited, R cleared": (("l", "b"), (BLANK, "b"), True),
    "first contact, both set, differ": (("l", MISSING), ("r", MISSING), False),
    "first contact, L blank": ((BLANK, MISSING), ("r", MISSING), False),
    "first contact, R blank": (("l", MISSING), (BLANK, MISSING), False),
}

# "R:=l J(r)": the right is set to the left's value and the right's value goes to the journal
TABLE = {
    "equal": ("agree", "agree", "agree", "agree", "agree"),
    "differ, neither fresh": ("at_rest", "at_rest", "at_rest", "at_rest", "at_rest"),
    "L edited, R = b": ("R:=l", "R:=l", "R:=l", "suppressed", "review"),
    "L edited, R = b = blank": ("R:=l", "R:=l", "R:=l", "R:=l", "R:=l"),
    "L edited, R at rest, not agreed": ("R:=l J(r)", "R:=l J(r)", "R:=l J(r)", "suppressed", "review"),
    "L cleared, R = b": ("R:=∅", "R:=∅", "R:=∅", "suppressed", "review"),
    "R edited, L = b set": ("L:=r", "R:=b J(r)", "R:=b J(r)", "suppressed", "review"),
    "R edited, L = b blank": ("L:=r", "L:=r", "suppressed", "L:=r", "L:=r"),
    "R cleared, L = b set": ("L:=∅", "R:=b J(∅)", "R:=b J(∅)", "suppressed", "review"),
    "both edited, differ": ("R:=l J(r)", "R:=l J(r)", "R:=l J(r)", "suppressed", "review"),
    "L cleared, R edited": ("L:=r J(∅)", "L:=r J(∅)", "R:=∅ J(r)", "suppressed", "review"),
    "L edited, R cleared": ("R:=l J(∅)", "R:=l J(∅)", "R:=l J(∅)", "suppressed", "review"),
    "first contact, both set, differ": ("R:=l J(r)", "R:=l J(r)", "R:=l J(r)", "at_rest", "review"),
    "first contact, L blank": ("L:=r", "L:=r", "at_rest", "L:=r", "L:=r"),
    "first contact, R blank": ("R:=l", "R:=l", "R:=l", "R:=l", "R:=l"),
}
RULES = (TWO_WAY, PREFER, ALWAYS, FILL, REVIEW)
ROWS = [(row, rule, TABLE[row][place]) for row in SITUATIONS for place, rule in enumerate(RULES)]


def field(rule: Rule, **changes: object) -> FieldMap:
    plain = FieldMap("f", {"Lead": "F"}, {"contacts": "f"}, FieldType.TEXT, rule, blank="clear")
    return replace(plain, **changes)


def sides(row: str) -> tuple[SideState, SideState]:
    left, right, agreed = SITUATIONS[row]
    return SideState(*left, agreed), SideState(*right, agreed)


def shown(decision: Decision) -> str:
    if decision.verdict != "write":
        assert (decision.left, decision.right, decision.losses) == (NOOP, NOOP, ())
        return decision.verdict
    side, value = ("R", decision.right) if decision.left is NOOP else ("L", decision.left)
    losses = "".join(f" J({'∅' if loss.value is BLANK else loss.value})" for loss in decision.losses)
    assert all(loss.side[0].upper() == side for loss in decision.losses)
    return f"{side}:={'∅' if value is BLANK else value}{losses}"


def mirrored(text: str) -> str:
    return {"L": "R", "R": "L"}[text[0]] + text[1:] if ":=" in text else text


@pytest.mark.parametrize(("row", "rule", "expected"), ROWS, ids=[f"{row}: {rule}" for row, rule, _ in ROWS])
def test_the_table_row_by_row(row: str, rule: Rule, expected: str) -> None:
    assert shown(merge(field(rule), *sides(row))) == expected


@pytest.mark.parametrize(("row", "rule", "expected"), [item for item in ROWS if item[1] in MIRROR])
def test_rules_of_the_right_mirror_those_of_the_left(row: str, rule: Rule, expected: str) -> None:
    left, right = sides(row)
    assert shown(merge(field(MIRROR[rule]), right, left)) == mirrored(expected)


@pytest.mark.parametrize("row", SITUATIONS)
def test_a_field_that_does_not_sync_never_writes(row: str) -> None:
    assert merge(field(Rule.DONT_SYNC), *sides(row)).verdict in ("agree", "at_rest")


def test_the_newer_of_two_edits_wins_when_they_can_be_ordered() -> None:
    left = SideState("l", "b", True, when=(1_000, 2_000))
    right = SideState("r", "b", True, when=(5_000, 6_000))
    assert shown(merge(field(TWO_WAY), left, right)) == "L:=r J(l)"
    assert shown(merge(field(TWO_WAY), right, left)) == "R:=r J(l)"
    assert shown(merge(field(TWO_WAY), left, replace(right, cur=BLANK))) == "L:=∅ J(l)"


def test_edits_within_the_skew_are_a_tie() -> None:
    left, right = SideState("l", "b", True, when=(0, 2_000)), SideState("r", "b", True, when=(3_000, 3_000))
    assert merge(field(TWO_WAY), left, right).reason == "tie"
    assert merge(field(TWO_WAY), left, right, skew_ms=999).reason == "newer"
    assert shown(merge(field(TWO_WAY, tie="right"), left, right)) == "L:=r J(l)"


@pytest.mark.parametrize("rule", [TWO_WAY, PREFER, ALWAYS, REVIEW])
def test_a_clear_stays_at_home_where_the_field_keeps_values(rule: Rule) -> None:
    decision = merge(field(rule, blank="keep"), *sides("L cleared, R = b"))
    assert (decision.verdict, decision.reason) == ("suppressed", "clear")


def test_a_side_that_takes_no_writes_keeps_its_value_in_sight() -> None:
    decision = merge(field(TWO_WAY, read_only="right"), *sides("L edited, R = b"))
    assert (decision.verdict, decision.reason) == ("suppressed", "read_only")
    assert shown(merge(field(TWO_WAY, read_only="right"), *sides("R edited, L = b set"))) == "L:=r"


SETS = [
    ("p", "p", "pq", "p", "pq"),
    ("p", "p", "pq", "ps", "pqs"),
    ("pq", "pq", "p", "pq", "p"),
    ("pq", "pq", "p", "pqs", "ps"),
    (None, None, "p", "q", "pq"),
    ("p", "p", "", "p", ""),
]


@pytest.mark.parametrize(("left_base", "right_base", "left", "right", "merged"), SETS)
def test_union_of_multi_selects(
    left_base: str | None, right_base: str | None, left: str, right: str, merged: str
) -> None:
    union = field(Rule.UNION, type=FieldType.CHOICES)
    bases = [MISSING if base is None else frozenset(base) or BLANK for base in (left_base, right_base)]
    values = [frozenset(left) or BLANK, frozenset(right) or BLANK]
    decision = merge(union, *(SideState(value, base, True) for value, base in zip(values, bases, strict=True)))
    for side, value in zip(("left", "right"), values, strict=True):
        wanted = frozenset(merged) or BLANK
        assert decision.on(side) == (NOOP if value == wanted else wanted)


STAGES = [  # left base, right base, agreed, left, right, expected
    ("b", "b", True, "c", "b", "R:=c"),
    ("b", "b", True, "c", "d", "L:=d J(c)"),
    ("b", "b", True, "a", "b", "suppressed"),
    ("a", "b", False, "a", "d", "L:=d J(a)"),
    ("b", "b", True, "a", "c", "suppressed"),
    ("a", "c", False, "b", "c", "L:=c J(b)"),
    ("b", "b", True, "x", "b", "hold"),
    ("b", "b", True, BLANK, "b", "suppressed"),
    (MISSING, MISSING, False, BLANK, "a", "L:=a"),
    (MISSING, MISSING, False, "a", "d", "L:=d J(a)"),
]


@pytest.mark.parametrize(("left_base", "right_base", "agreed", "left", "right", "expected"), STAGES)
def test_stages_only_move_forward(
    left_base: object, right_base: object, agreed: bool, left: object, right: object, expected: str
) -> None:
    forward = field(Rule.FORWARD_ONLY, type=FieldType.CHOICE, order=("a", "b", "c", "d"))
    assert shown(merge(forward, SideState(left, left_base, agreed), SideState(right, right_base, agreed))) == expected


def test_an_opt_out_is_a_ratchet_over_booleans() -> None:
    ratchet = field(Rule.FORWARD_ONLY, type=FieldType.BOOLEAN, order=("false", "true"), read_only="right")
    opted_out = merge(ratchet, SideState(False, False, True), SideState(True, False, True))
    assert opted_out.left is True
    taken_back = merge(ratchet, SideState(True, True, True), SideState(False, True, True))
    assert (taken_back.verdict, taken_back.reason) == ("suppressed", "regression")
    here_only = merge(ratchet, SideState(True, False, True), SideState(False, False, True))
    assert (here_only.verdict, here_only.reason) == ("suppressed", "read_only")
