"""Dates conflicts: when both sides were edited, HubSpot's property history says exactly when its value was set.

Salesforce offers an interval only (between two stamps); together they decide most conflicts by time, and the rest goes
to the rule's tie. Only ever asked for fields that really conflict.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from connectors.base import RemoteError
from syncer.core.fields import KindMap
from syncer.stages.context import Context


def date_conflicts(
    context: Context, kind: KindMap, undated: Mapping[str, Sequence[str]], edited_ms: dict[tuple[str, str], int]
) -> None:
    """Adds (link, field) -> ms of the right side's newest edit, on HubSpot's clock, to `edited_ms`.

    What the history cannot tell is added as unknown by the record's own stamp, so that nothing is asked twice in a run.
    A RemoteError pauses the right side; the links stay dirty.
    """
    with context.store.snapshot() as tx:
        links = tx.links.get_many(list(undated))
    by_object: dict[str, list[str]] = {}
    for link_id in sorted(links):
        by_object.setdefault(links[link_id].right_object, []).append(link_id)
    for object_name, link_ids in sorted(by_object.items()):
        names = {
            name: remote
            for link_id in link_ids
            for name in undated[link_id]
            if (remote := kind.field_named(name).on("right", object_name)) is not None
        }
        remote_names = sorted(set(names.values()))
        try:
            ids = [links[link_id].right_id for link_id in link_ids]
            found = context.remotes["right"].read(object_name, ids, remote_names, remote_names)
        except RemoteError as error:
            context.report.pause("right", error)
            return
        for link_id in link_ids:
            record = found.get(links[link_id].right_id)
            for name in undated[link_id]:
                if record is None:
                    continue
                history = (record.history or {}).get(names[name], ())
                edited_ms[link_id, name] = history[0].at_ms if history else record.modified_ms
