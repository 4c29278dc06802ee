"""The oracles see: deliberate bugs, each in the world that shows it. All of them: `python -m simulation sabotage`."""

from __future__ import annotations

import pytest

from simulation.mutants import MUTANTS, Mutant
from simulation.sabotage import UnfitError, in_force, try_in, world_of
from simulation.seeds import script_of
from simulation.story import run
from simulation.traps import TRAPS
from syncer.stages import dispatch

SAMPLE = {
    "loser not journaled": "I1",
    "create under a key that is not kept": "I6",
    "look-up before a create skipped": "I6",
    "sent not marked before the send": "I3",
    "suppressed adopted as agreed": "I1",
    "lost answer taken for failure": "I1",
    "no overlap of windows": "I5",
    "base adopts the source's newest value": "I7",
    "an older read replaces a newer one": "I5",
    "stale search believed": "I1",
    "quarantine in a hot loop": "I10",
    "ends of records not followed": "I8",
    "protection of people's values ignored": "I11",
    "an older claim beats a person": "I11",
    "kinds of claims not checked": "I11",
    "a claim goes to one side alone": "I7",
    "what one side took of a claim forgotten": "I7",
    "verdict moved by a prediction": "I12",
    "status falls back in silence": "I12",
    "expired claims never looked at again": "I12",
}
BY_NAME = {mutant.name: mutant for mutant in MUTANTS}


@pytest.mark.parametrize("name", SAMPLE)
def test_a_deliberate_bug_breaks_the_promise_that_it_is_about(name: str) -> None:
    failure = try_in(BY_NAME[name], BY_NAME[name].world)
    assert failure.startswith(SAMPLE[name]), failure or "nobody noticed"


@pytest.mark.parametrize("name", TRAPS)
def test_a_world_made_for_a_bug_is_whole_without_it(name: str) -> None:
    assert not run(TRAPS[name]).failure


def test_a_mutant_leaves_no_trace() -> None:
    before, script = run(script_of(3)).trace, script_of(3)
    for mutant in MUTANTS:
        kept = [where.__dict__[name] for where, name, _ in mutant.patches]
        with in_force(mutant):
            assert kept != [where.__dict__[name] for where, name, _ in mutant.patches] or mutant.settings
        assert kept == [where.__dict__[name] for where, name, _ in mutant.patches]
    assert run(script).trace == before


def test_a_mutant_that_fits_no_more_says_so_and_touches_nothing() -> None:
    kept = dispatch.verify
    unfit = Mutant("gone", 0, ((dispatch, "verify", lambda _: None), (dispatch, "no_such_function", lambda _: None)))
    with pytest.raises(UnfitError, match="no_such_function"), in_force(unfit):
        pass
    assert dispatch.verify is kept
    with pytest.raises(UnfitError, match="no_such_setting"), in_force(Mutant("off", 0, (), (("no_such_setting", 1),))):
        pass


def test_every_mutant_has_a_name_of_its_own_and_a_world_that_exists() -> None:
    assert len(BY_NAME) == len(MUTANTS) >= 25
    assert all(world_of(mutant.world).subjects for mutant in MUTANTS)
