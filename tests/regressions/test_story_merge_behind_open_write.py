"""Found by simulation: a merge that had to wait for a write of the survivor was forgotten when the loser's link was
planned meanwhile.
"""

from sandbox.faults import FaultKind, FaultRule
from simulation.script import Event, Script, Subject
from simulation.story import expect_clean

LOST = FaultRule(FaultKind.TIMEOUT_BEFORE, calls=(1,), path="/contacts/batch/update")


def _person(tag: str) -> Subject:
    told = (("email", f"{tag}@x.example"), ("last_name", tag), ("vip", True))
    return Subject(tag, "Lead", True, told, (*told, ("company", "Acme")))


def test_a_merge_seen_while_a_write_of_the_survivor_is_open_is_followed_later() -> None:
    script = Script(
        seed=5229,
        subjects=(_person("p1"), _person("p2")),
        events=(
            Event(30, "abe", "edit", ("left", "p2", "job_title", "CEO")),
            Event(40, "ann", "merge", ("left", "p2", "p1"), point="recorded"),
            Event(60, "bea", "edit", ("right", "p1", "job_title", "Buyer")),
        ),
        faults=(("hubspot", LOST),),
        cycles=5,
        interval_s=20,
    )
    result = expect_clean(script)
    assert any("'split': 1" in line for line in result.timeline)
