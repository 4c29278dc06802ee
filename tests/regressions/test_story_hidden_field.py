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
