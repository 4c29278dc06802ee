"""Deliberate bugs are found, which is what green worlds are worth. All: `python -m simulation sabotage`."""

from __future__ import annotations

import pytest

from simulation.sabotage import MUTANTS, hunt, in_force

CHEAP = ("loser not journaled",)


@pytest.mark.parametrize("name", CHEAP)
def test_a_deliberate_bug_is_found_within_sixty_worlds(name: str) -> None:
    (mutant,) = [mutant for mutant in MUTANTS if mutant.name == name]
    seeds, failure = hunt(mutant, 60)
    assert seeds, "no promise was broken"
    assert failure


def test_a_mutant_leaves_no_trace_behind() -> None:
    for mutant in MUTANTS:
        before = [where.__dict__[name] for where, name, _ in mutant.patches]
        with in_force(mutant):
            assert all(
                where.__dict__[name] is not old for (where, name, _), old in zip(mutant.patches, before, strict=True)
            )
        assert [where.__dict__[name] for where, name, _ in mutant.patches] == before
