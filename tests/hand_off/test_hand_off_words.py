"""Who gets a lead, what the task says, and how an answer is told from what was there before."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from syncer.core.business_hours import Calendar
from syncer.core.claims import by_field
from syncer.core.hand_off import (
    NO_REASON,
    Answer,
    Brief,
    Facts,
    Seen,
    TaskSeen,
    answer_of,
    choose_owner,
    hand_off_id,
    is_step_up,
    task_text,
    territory_key,
)
from syncer.core.hand_off_terms import Answers, HandOffPolicy, Owners, StatusPolicy, Territory
from syncer.core.qualification import qualify
from syncer.core.qualification_terms import Needs
from syncer.core.shown import criterion_line
from tests.qualification.claim_words import NOW_MS, ask, criterion, definition, said

ANN, BOB, CY, ROBOT = "005A", "005B", "005C", "005R"
ACTIVE = {ANN: "ann@acme.example", BOB: "bob@acme.example", CY: "cy@acme.example"}
ANSWERS = Answers("sales_accepted", "recycle_reason", "Hand_Off_Answer__c", ("Accepted",), "Rejected")
WEST = Territory(
    (CY,), frozenset({territory_key("country", "US")}), frozenset({territory_key("state", "California", "US")})
)
SECURITY = Territory(("bob@acme.example",), industries=frozenset({territory_key("industry", "Network Security")}))


def policy(**owners: Owners) -> HandOffPolicy:
    return HandOffPolicy(
        Calendar(ZoneInfo("America/New_York"), {0: ((540, 1020),)}), owners, {"MQL": StatusPolicy("asked")}, {}, ANSWERS
    )


def turns(*who: str) -> Owners:
    return Owners("team", "round robin", who)


@pytest.mark.parametrize(
    ("owners", "facts", "last", "gets"),
    [
        (turns(ANN, "bob@acme.example", "CY@acme.example"), Facts(), "", ANN),
        (turns(ANN, "bob@acme.example", "CY@acme.example"), Facts(), ANN, BOB),
        (turns(ANN, "bob@acme.example", "CY@acme.example"), Facts(), CY, ANN),
        (turns("left@acme.example", BOB), Facts(), BOB, BOB),
        (turns("left@acme.example"), Facts(), "", None),
        (turns("00Gqueue"), Facts(), "", "00Gqueue"),
        (Owners("own", "existing owner", fallback="team"), Facts(owner_id=CY), "", CY),
        (Owners("own", "existing owner", fallback="team"), Facts(owner_id=ROBOT), "", ANN),
        (Owners("map", "territory", (), (WEST, SECURITY), "team"), Facts("United States", "CA"), "", CY),
        (Owners("map", "territory", (), (WEST, SECURITY), "team"), Facts("USA", "Texas", "NETWORK_SECURITY"), "", BOB),
        (Owners("map", "territory", (), (WEST, SECURITY), "team"), Facts("Germany"), "", ANN),
        (Owners("map", "territory", (), (WEST,)), Facts(), "", None),
    ],
)
def test_the_owner_is_the_one_that_was_declared(owners: Owners, facts: Facts, last: str, gets: str | None) -> None:
    found = choose_owner(policy(asked=owners, team=turns(ANN, BOB)), "MQL", facts, ACTIVE, lambda pool: last)
    assert (found and found.owner_id) == gets


def test_whoever_cannot_own_a_record_is_named_and_passed_over() -> None:
    found = choose_owner(policy(asked=turns("gone@acme.example", BOB)), "MQL", Facts(), ACTIVE, lambda pool: "")
    assert found is not None
    assert (found.owner_id, found.skipped, found.pool) == (BOB, ("gone@acme.example",), "team")


def test_only_a_step_towards_sales_is_a_hand_off_and_the_same_step_is_the_same_one() -> None:
    steps = [("", "MQL"), ("prospect", "MQL"), ("MQL", "TRUE lead"), ("recycled", "MQL"), ("disqualified", "SQL")]
    others = [("SQL", "MQL"), ("MQL", "MQL"), ("MQL", "recycled"), ("MQL", "disqualified"), ("", "prospect")]
    assert [is_step_up(*step) for step in steps + others] == [True] * 5 + [False] * 5
    same = hand_off_id("link", "MQL", 5)
    assert same == hand_off_id("link", "MQL", 5)
    assert (
        len({same, hand_off_id("link", "MQL", 6), hand_off_id("link", "SQL", 5), hand_off_id("other", "MQL", 5)}) == 4
    )


def test_the_task_tells_the_step_the_evidence_with_its_day_and_what_to_ask_next() -> None:
    rules = definition(
        (criterion("budget", ask("budget", "at_least", 10)), criterion("size", ask("size", "at_least", 10))),
        {"prospect": Needs(), "MQL": Needs(all=("budget",)), "SQL": Needs(all=("budget", "size"))},
    )
    made = qualify(rules, by_field([said(20, field="budget", days_ago=3)], NOW_MS), NOW_MS)
    brief = Brief(
        "MQL",
        "call",
        "1 business day",
        made.line,
        "test 1",
        tuple(map(criterion_line, made.criteria)),
        made.next_question,
        ("no budget",),
        ("DO NOT CALL",),
    )
    text = task_text(
        brief, "Jane\u202e\nDoe", 1_780_000_000_000, policy(asked=turns(ANN)), {"sales_accepted": "Accepted by Sales"}
    )
    assert text.subject == "Call: Jane Doe (MQL)"
    assert text.description.splitlines() == [
        "DO NOT CALL",
        "First step: call, by 2026-05-28 16:26 EDT (1 business day).",
        "MQL by test 1: 1 of 2 met, 1 unknown, 0 not met.",
        "met: Says budget: 20, call call-1, 2026-05-25",
        "unknown: Says size: nobody has said so far",
        "",
        "Ask next: What of size?",
        "",
        'To accept, set "Accepted by Sales" on the record.',
        'To reject, set "recycle reason" there.',
        "Or choose the answer on this task.",
        "Reasons: no budget.",
    ]
    assert text.due_day == "2026-05-28"


@pytest.mark.parametrize(
    ("before", "now", "task", "answer"),
    [
        (Seen(), Seen(), None, None),
        (Seen(), Seen(), TaskSeen(), None),
        (Seen(), Seen(accepted=True, at_ms=5), None, Answer("accepted", 5)),
        (Seen(accepted=True), Seen(accepted=True, at_ms=5), None, None),
        (Seen(), Seen(True, "timing", 5), None, Answer("rejected", 5, "timing")),
        (Seen(rejected="timing"), Seen(rejected="timing", at_ms=5), None, None),
        (Seen(), Seen(), TaskSeen("ACCEPTED", at_ms=7), Answer("accepted", 7, on_task=True)),
        (Seen(), Seen(), TaskSeen("Rejected: no budget", at_ms=7), Answer("rejected", 7, "no budget", on_task=True)),
        (Seen(), Seen(), TaskSeen("Rejected", at_ms=7), Answer("rejected", 7, NO_REASON, on_task=True)),
        (Seen(), Seen(), TaskSeen("Left a message", at_ms=7), None),
        (Seen(), Seen(), TaskSeen("Left a message", True, 7), Answer("done", 7)),
        (
            Seen(),
            Seen(accepted=True, at_ms=5),
            TaskSeen("Rejected: timing", at_ms=7),
            Answer("rejected", 7, "timing", True),
        ),
    ],
)
def test_sales_answers_on_the_record_or_on_the_task(
    before: Seen, now: Seen, task: TaskSeen | None, answer: Answer | None
) -> None:
    assert answer_of(ANSWERS, before, now, task) == answer
