"""What both systems lack of everything that a run rests on: mapped fields, our keys, and the fields of a hand-off."""

from __future__ import annotations

from collections.abc import Mapping

from connectors.base import FieldSpec, Remote, SideName
from syncer.config import Loaded
from syncer.engine.knowing import hand_off_policy
from syncer.engine.schemas import live_schemas
from syncer.mapping import needed_fields
from syncer.mapping.hand_off import TASK, task_fields


def lacking(loaded: Loaded, remotes: Mapping[SideName, Remote]) -> dict[SideName, list[FieldSpec]]:
    """The fields that setup has to create, by side. Raises the RemoteError of an object that cannot be described."""
    kinds = loaded.mappings().kinds
    found = needed_fields(kinds, live_schemas(remotes, kinds))
    definition = loaded.definition()
    policy = hand_off_policy(loaded, definition)
    if definition is not None and policy is not None:
        present = {name.lower() for name in remotes["left"].schema(TASK).fields}
        found["left"] += [spec for spec in task_fields(policy, definition.reasons) if spec.name.lower() not in present]
    return found
