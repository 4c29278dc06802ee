"""Found by simulation: an element taken out between the two halves of a union was put back by the second half."""

from simulation.script import Event, Script, Subject
from simulation.story import expect_clean

PERSON = Subject(
    "p1",
    "Lead",
    True,
    (("email", "p1@x.example"), ("interests", "Cloud;Data")),
    (("email", "p1@x.example"), ("last_name", "p1"), ("interests", "Cloud;Data")),
)


def test_an_element_that_somebody_takes_out_while_a_union_is_under_way_stays_out() -> None:
    script = Script(
        seed=1,
        subjects=(PERSON,),
        events=(
            Event(60, "abe", "edit", ("left", "p1", "interests", "Data")),
            Event(60, "bea", "edit", ("right", "p1", "interests", "Cloud;Data;Edge")),
            Event(70, "bea", "edit", ("right", "p1", "interests", "Cloud;Data"), point="settled"),
        ),
        cycles=2,
    )
    result = expect_clean(script)
    assert not any("sim_interests 'cloud;data'>'data;edge'" in line for line in result.timeline)
    assert any("sim_interests 'cloud;data'>'data'" in line for line in result.timeline)
