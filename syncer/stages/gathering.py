"""What planning a batch of links needs, read in as few queries and calls as the batch allows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import blake2b

from connectors.base import ObjectSchema, RemoteError, SideName
from syncer.core.fields import SIDES, FieldType, KindMap, other
from syncer.stages.context import Context, Problem
from syncer.store.ports import Tx
from syncer.store.rows import LinkRow, RecordRow, SchemaRow, ShadowRow

OWNERS = "(owners)"  # under this name the users of a side, id -> e-mail address, are remembered among the schemas
Pair = tuple[RecordRow | None, RecordRow | None]
ACCOUNT_OBJECTS: Mapping[SideName, str] = {"left": "Account", "right": "companies"}


def load_schemas(context: Context, kind: KindMap) -> dict[tuple[SideName, str], ObjectSchema]:
    """Schemas of the kind's objects as described in this run; one that cannot be described costs only itself."""
    schemas: dict[tuple[SideName, str], ObjectSchema] = {}
    for side in SIDES:
        for name in kind.objects(side):
            known = context.schemas.get((side, name))
            if known is not None:
                schemas[side, name] = known
                continue
            if not context.active(side) or _in_vain(context, "SchemaUnavailable", side, name):
                continue
            try:
                schemas[side, name] = context.schemas[side, name] = context.remotes[side].schema(name)
            except RemoteError as error:
                text = f"{side} {name}: {error.message}"
                context.report.problem(Problem("SchemaUnavailable", text, error.action, side=side, object=name))
    return schemas


def load_owners(context: Context, kind: KindMap) -> dict[tuple[SideName, str], dict[str, str]]:
    """Owner id -> e-mail address on both sides, asked only where a mapping needs it."""
    if not any(item.to == "owner" and item.rule != "dont-sync" for item in kind.fields):
        return {}
    owners: dict[tuple[SideName, str], dict[str, str]] = {}
    for side in SIDES:
        if side in context.owners:
            owners[side, "owner"] = context.owners[side]
            continue
        if not context.active(side) or _in_vain(context, "OwnersUnavailable", side):
            continue
        try:
            owners[side, "owner"] = context.owners[side] = dict(context.remotes[side].owners())
            _heed_new_owners(context, side, context.owners[side])
        except RemoteError as error:
            context.report.problem(Problem("OwnersUnavailable", error.message, error.action, side=side))
    return owners


def _in_vain(context: Context, name: str, side: SideName, object_name: str = "") -> bool:
    """Whether this run has asked before and was refused: once is told, and once is enough."""
    told = ((problem.name, problem.side, problem.object) for problem in context.report.problems)
    return (name, side, object_name) in told


def _heed_new_owners(context: Context, side: SideName, owners: Mapping[str, str]) -> None:
    """When users came or went, records whose owner had no counterpart are looked at again."""
    digest = blake2b(repr(sorted(owners.items())).encode(), digest_size=16).hexdigest()
    with context.store.transaction() as tx:
        known = tx.schemas.get(side, OWNERS)
        if known is not None and known.hash == digest and dict(known.json) == dict(owners):
            return
        tx.schemas.put(SchemaRow(side, OWNERS, digest, dict(owners), context.clock.now_ms()))
        if known is not None and known.hash != digest:
            owned = [kind for kind in context.kinds if any(item.to == "owner" for item in kind.fields)]
            tx.records.touch_all([(place, name) for kind in owned for place in SIDES for name in kind.objects(place)])


def links_of(tx: Tx, rows: Sequence[RecordRow]) -> dict[str, LinkRow]:
    """The links of the records, in the order of their ids: the plan does not depend on arrival."""
    found: dict[str, LinkRow] = {}
    groups: dict[tuple[SideName, str], list[str]] = {}
    for row in rows:
        groups.setdefault((row.side, row.object), []).append(row.id)
    for (side, object_name), ids in sorted(groups.items()):
        for link in tx.links.by_records(side, object_name, ids).values():
            found[link.link_id] = link
    return dict(sorted(found.items()))


def pairs_of(tx: Tx, links: Iterable[LinkRow]) -> dict[str, Pair]:
    """Both observed records of each link."""
    wanted: dict[tuple[SideName, str], list[str]] = {}
    links = list(links)
    for link in links:
        for side, object_name, record_id in ends(link):
            wanted.setdefault((side, object_name), []).append(record_id)
    records = {
        (side, object_name, row.id): row
        for (side, object_name), ids in sorted(wanted.items())
        for row in tx.records.get_many(side, object_name, ids).values()
    }
    return {
        link.link_id: (
            records.get(("left", link.left_object, link.left_id)),
            records.get(("right", link.right_object, link.right_id)),
        )
        for link in links
    }


def ends(link: LinkRow) -> Iterator[tuple[SideName, str, str]]:
    """The records that the link ties together, as (side, object, id)."""
    if link.left_id:
        yield "left", link.left_object, link.left_id
    if link.right_id:
        yield "right", link.right_object, link.right_id


def account_lookups(
    tx: Tx, kind: KindMap, pairs: Iterable[Pair], shadows: Iterable[ShadowRow] = ()
) -> dict[tuple[SideName, str], dict[str, str]]:
    """Raw account id -> link id for every account that the batch points at, and the way back on the other side.

    With its bases, what it pointed at before: else an edit of both sides would read as a first contact.
    """
    fields = [item for item in kind.fields if item.type is FieldType.REFERENCE and item.to == "account"]
    if not fields:
        return {}
    wanted: dict[SideName, set[str]] = {"left": set(), "right": set()}
    for pair in pairs:
        for row in pair:
            if row is None:
                continue
            names = [name for item in fields if (name := item.on(row.side, row.object))]
            wanted[row.side].update(str(raw) for name in names if (raw := row.values.get(name)))
    for shadow in shadows:
        for side, bases in (("left", shadow.left), ("right", shadow.right)):
            wanted[side].update(str(raw) for item in fields if (raw := bases.get(item.name)))
    lookups: dict[tuple[SideName, str], dict[str, str]] = {("left", "account"): {}, ("right", "account"): {}}
    for side in SIDES:
        found = tx.links.by_records(side, ACCOUNT_OBJECTS[side], sorted(wanted[side]))
        linked = {raw: link for raw, link in found.items() if link.state == "linked"}
        own = {link.left_id if side == "left" else link.right_id: link.link_id for link in linked.values()}
        # Its own id before those that it had once: what is written is the first that stands for the account.
        lookups[side, "account"] = {**own, **{raw: link.link_id for raw, link in linked.items()}}
    for side in SIDES:
        missing = set(lookups[other(side), "account"].values()) - set(lookups[side, "account"].values())
        for link in tx.links.get_many(sorted(missing)).values():
            remote_id = link.left_id if side == "left" else link.right_id
            if remote_id and link.state == "linked":
                lookups[side, "account"][remote_id] = link.link_id
    return lookups
