"""Two records read from their systems as they are now, with what it takes to compare them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.base import ObjectSchema, Raw, SideName
from connectors.salesforce.ids import to18
from syncer.config import Loaded
from syncer.core.fields import KindMap
from syncer.engine.session import connect
from syncer.engine.system import SystemClock, SystemEntropy
from syncer.errors import UsageError
from syncer.stages.context import mapped_fields

Values = dict[SideName, Mapping[str, Raw]]


def read_pair(
    loaded: Loaded, kind: KindMap, named: Mapping[SideName, tuple[str, str]], given: Values
) -> tuple[Values, dict[SideName, Mapping[str, str]], dict[tuple[SideName, str], ObjectSchema]]:
    """Raw values, owners and live schemas; `named`: side -> (object, id), read unless the side's values are given.

    Raises UsageError for a record that is not there, RemoteError where a system does not answer.
    """
    remotes = connect(loaded, SystemClock(), SystemEntropy())
    values: Values = dict(given)
    schemas: dict[tuple[SideName, str], ObjectSchema] = {}
    lookups: dict[SideName, Mapping[str, str]] = {}
    try:
        for side, (name, text) in named.items():
            remote: Any = remotes[side]
            schemas[side, name] = remote.schema(name)
            lookups[side] = dict(remote.owners())
            if side in values:
                continue
            record_id = to18(text) if side == "left" else text.removeprefix("hs:")
            fields = [field for field in mapped_fields(kind, side, name) if field in schemas[side, name].fields]
            record = remote.read(name, [record_id], sorted(fields)).get(record_id)
            if record is None:
                raise UsageError(
                    "NoRecord", f"There is no {name} {text} that we can see.", "Check the id and our user's access."
                )
            values[side] = record.values
    finally:
        for remote in remotes.values():
            close = getattr(remote, "close", None)
            if close is not None:
                close()
    return values, lookups, schemas
