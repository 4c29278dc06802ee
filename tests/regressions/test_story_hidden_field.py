"""Found by simulation: what was typed into a field while it was hidden from the worker was not read when it
returned.
"""

from simulation.script import Event, Script, Subject
from simulation.story import expect_clean

STORY = Script(
    seed=46,
    subjects=(Subject(tag="p2", right=True, right_values=(("last_name", "p2"),)),),
    events=(
        Event(at_s=301.5, actor="root", op="hide_field", args=("left", "note")),
        Event(at_s=341.5, actor="abe", op="edit", args=("left", "p2", "budget", 10000, "note", "b")),
    ),
    cycles=3,
    interval_s=600,
)


def test_an_edit_of_a_hidden_field_travels_once_the_field_is_back() -> None:
    result = expect_clean(STORY)
    assert result.tally.quiet_cycles <= 3


def test_a_field_that_was_away_for_a_few_calls_only_is_read_again_as_well() -> None:
    """It was described, and hidden before the page was read; the next run finds it back."""
    script = Script(
        seed=3073,
        subjects=(
            Subject("a2", "Account", left_values=(("domain", "a2.example"),)),
            Subject("p1", right=True),
            Subject("p3", "Contact", right=True),
            Subject("p4", right=True),
        ),
        events=(
            Event(319.2, "root", "hide_field", ("right", "source")),
            Event(240.0, "bob", "edit", ("right", "p1", "city", "Rome ")),
            Event(129.6, "ann", "edit", ("left", "p3", "budget", 10000)),
            Event(122.9, "bea", "edit", ("right", "a2", "name", "One"), point="answered"),
            Event(20.0, "bea", "edit", ("right", "p4", "city", "Rome")),
        ),
        interval_s=60,
        dropped=("first_name", "job_title", "phone", "campaign", "interests", "stage", "note", "account"),
        settings=(("overlap_ms", {"left": 0, "right": 30_000}),),
    )
    expect_clean(script)
