"""Found by simulation: a person was quicker than the read-back of a create, and the edit was taken for a coercion."""

from sandbox.faults import FaultKind, FaultRule
from simulation.script import Event, Script, Subject
from simulation.story import expect_clean

LOST = FaultRule(FaultKind.TRUNCATED, calls=(1,), path="/contacts/batch/(upsert|create)")
PERSON = Subject(tag="p3", left="Lead", left_values=(("email", "p3@x.example"), ("job_title", "Buyer")))
EDIT = ("bob", "edit", ("right", "p3", "job_title", "CTO"))


def test_an_edit_made_before_a_lost_create_was_found_travels_back() -> None:
    script = Script(
        seed=203, subjects=(PERSON,), events=(Event(130, *EDIT),), faults=(("hubspot", LOST),), cycles=2, interval_s=150
    )
    result = expect_clean(script)
    assert any("Title 'Buyer'>'CTO'" in line for line in result.timeline)


def test_an_edit_made_between_a_create_and_its_read_back_travels_back() -> None:
    result = expect_clean(Script(seed=1, subjects=(PERSON,), events=(Event(0, *EDIT, point="recorded"),), cycles=2))
    assert any("Title 'Buyer'>'CTO'" in line for line in result.timeline)
