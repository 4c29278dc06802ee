"""Found by simulation: what claims did to a cell when they met people, a limit of time, or another way of writing."""

from simulation.script import Event, Script, Subject
from simulation.story import expect_clean
from simulation.world import World

KNOWN = (("email", "p1@x.example"), ("last_name", "p1"))


def _story(*events: Event, **more: str) -> Script:
    values = (*KNOWN, *more.items())
    return Script(
        seed=1,
        subjects=(Subject("p1", "Contact", True, values, values),),
        events=events,
        cycles=3,
        interval_s=60,
        claims=True,
    )


def _played(script: Script) -> World:
    world = World(script)
    world.play()
    return world


def _held(script: Script, left: str, right: str) -> tuple[object, object]:
    """What both records hold once the story has been played."""
    world = _played(script)
    found = []
    for side, name in (("left", left), ("right", right)):
        found.append(world.models[side].record(*world.tags[side, "p1"]).get(name))
    world.store.close()
    return found[0], found[1]


def test_a_number_that_is_claimed_in_other_letters_is_not_written_over_itself() -> None:
    said = Event(20, "cal", "say", ("p1", "phone", "(415) 555-0198", "call", 0, 0))
    again = Event(90, "dot", "say", ("p1", "phone", "+1 415 555 0198", "provider", 0, 0))
    expect_clean(_story(said, again))
    assert _held(_story(said, again), "Phone", "phone") == ("+14155550198", "+14155550198")


def test_a_claim_that_expires_between_two_writes_does_not_leave_the_sides_apart() -> None:
    story = _story(Event(20, "dot", "say", ("p1", "stage", "Warm", "call", 0, 57.95)))
    expect_clean(story)
    assert _held(story, "Stage__c", "sim_stage") == ("Warm", "warm")


def test_a_claim_withdrawn_between_two_writes_does_not_leave_the_sides_apart() -> None:
    said = Event(20, "dot", "say", ("p1", "job_title", "Head", "call", 0, 0))
    back = Event(30, "cal", "retract", ("p1", "job_title", "withdraws"), "sent")
    story = _story(said, back)
    expect_clean(story)
    assert _held(story, "Title", "jobtitle") == ("Head", "Head")


def test_a_clear_that_yields_to_a_younger_word_of_a_person_is_kept_in_the_journal() -> None:
    cleared = (
        Event(62, "ann", "edit", ("left", "p1", "campaign", None)),
        Event(62, "bob", "edit", ("right", "p1", "campaign", None)),
    )
    said = Event(68, "cal", "say", ("p1", "campaign", "Winter", "human", 0, 0))
    story = _story(*cleared, said, campaign="Fall")
    expect_clean(story)
    world = _played(story)
    with world.store.snapshot() as tx:
        losers = {(row.side, row.loser) for row in tx.journal.list() if row.field == "campaign"}
    world.store.close()
    assert {side for side, loser in losers if loser in (None, "")} == {"left", "right"}


def test_a_claim_has_its_turn_beside_an_edit_that_may_not_travel() -> None:
    """The edit is the left's in a field that the right leads; nothing else would ever have woken the two."""
    typed = Event(62, "ann", "edit", ("left", "p1", "campaign", "Spring"))
    said = Event(62, "dot", "say", ("p1", "campaign", "Spring", "call", 0, 0))
    expect_clean(_story(typed, said))
    assert _held(_story(typed, said), "Campaign__c", "sim_campaign") == ("Spring", "Spring")


def test_a_person_corrects_what_a_claim_gave_though_the_other_side_leads() -> None:
    """The leading side holds it by the claim alone; a younger word of a person's goes before that."""
    said = Event(20, "dot", "say", ("p1", "budget", 20_000, "provider", 0, 0))
    typed = Event(100, "ann", "edit", ("left", "p1", "budget", 10_000))
    expect_clean(_story(said, typed))
    left, right = _held(_story(said, typed), "Budget__c", "sim_budget")
    assert (float(str(left)), float(str(right))) == (10_000, 10_000)


def test_a_younger_claim_has_its_turn_when_the_protection_of_an_older_value_has_run_out() -> None:
    """Nothing else happens to the two by then; time alone has to wake them."""
    values = (("domain", "a1.example"), ("city", "Oslo"))
    script = Script(
        seed=1,
        subjects=(Subject("a1", "Account", True, values, values),),
        events=(Event(130, "dot", "say", ("a1", "city", "Bonn", "provider", 0, 0)),),
        cycles=3,
        interval_s=60,
        settings=(("days_pass", 2),),
        claims=True,
    )
    result = expect_clean(script)
    assert any("BillingCity 'Oslo'>'Bonn'" in line for line in result.timeline)


def test_what_was_carried_over_from_a_person_is_no_claims_to_replace_though_the_worker_wrote_it_on_both_sides() -> None:
    """Typed on the left, carried to the right, which leads, and from there back over the left's next edit."""
    typed = Event(20, "ann", "edit", ("left", "p1", "budget", 10_000))
    again = Event(90, "ann", "edit", ("left", "p1", "budget", 250.5))
    older = Event(160, "cal", "say", ("p1", "budget", 20_000, "provider", 150, 0))
    expect_clean(_story(typed, again, older))
    left, right = _held(_story(typed, again, older), "Budget__c", "sim_budget")
    assert (float(str(left)), float(str(right))) == (10_000, 10_000)
