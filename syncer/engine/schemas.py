"""The live schemas of every mapped object, for commands that hold mappings against them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from connectors.base import ObjectSchema, Remote, SideName
from syncer.core.fields import SIDES, KindMap


def live_schemas(
    remotes: Mapping[SideName, Remote], kinds: Sequence[KindMap]
) -> dict[tuple[SideName, str], ObjectSchema]:
    """Raises the RemoteError of the first object that cannot be described."""
    return {(side, name): remotes[side].schema(name) for kind in kinds for side in SIDES for name in kind.objects(side)}
