"""`pair`: a small world of two accounts kept in step; `make_pair` builds one of other mappings, settings or quirks."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.stages.world import PairWorld
from tests.stages.world import make_pair as build


@pytest.fixture
def make_pair() -> Iterator[Callable[..., PairWorld]]:
    made: list[PairWorld] = []

    def make(*kinds: object, **more: object) -> PairWorld:
        made.append(build(*kinds, **more))
        return made[-1]

    yield make
    for world in made:
        world.store.close()


@pytest.fixture
def pair(make_pair: Callable[..., PairWorld]) -> PairWorld:
    return make_pair()
