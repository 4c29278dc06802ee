"""The start of a run: are these the systems the state belongs to, is their clock ours, have the mappings changed?

A sandbox token against a production state would read as a mass delete; so the account ids are compared with the state
before anything else, and a few known links, the canaries, must still be there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from hashlib import blake2b

from connectors.base import AccessError, Identity, RemoteError, SchemaError, SideName
from syncer.core.fields import SIDES, KindMap
from syncer.errors import Exit, SyncerError
from syncer.stages.context import Context
from syncer.stages.intents import drop_planned
from syncer.stages.plan import rule_fingerprint
from syncer.store.ports import Tx
from syncer.store.rows import LinkRow, MetaRow

CANARIES = 3
FLOCK = 30  # how many are looked at when the canaries are silent
FLOCK_MIN = 10  # fewer links than this prove nothing: they may have been deleted one by one


class WrongAccountError(SyncerError):
    """The state belongs to another org or portal than the configuration points at."""

    exit_code = Exit.CONFIG


def begin(context: Context) -> None:
    """Checks identity, measures clock offsets, notes who we are, and takes up changed mappings.

    Raises WrongAccountError. A side that does not answer is paused. Repeating it after a crash changes nothing.
    """
    identities: dict[SideName, Identity] = {}
    for side in SIDES:
        remote = context.remotes[side]
        try:
            identities[side] = remote.identity()
            context.offsets_ms[side] = remote.server_now_ms() - context.clock.now_ms()
        except RemoteError as error:
            context.report.pause(side, error)
    for side, identity in identities.items():
        if identity.user_id:
            context.user_ids[side] = identity.user_id
    with context.store.transaction() as tx:
        meta = tx.meta.get()
        changed = _with_accounts(meta, identities)
        digest = mapping_hash(context.kinds)
        if changed.mapping_hash != digest:
            epoch = changed.rule_epoch + 1 if changed.mapping_hash else changed.rule_epoch
            changed = replace(changed, mapping_hash=digest, rule_epoch=epoch)
            tx.records.touch_all([(side, name) for _, side, name in context.objects()])
            _drop_unmapped(context, tx)
        if changed != meta:
            tx.meta.put(changed)
        context.rule_epoch = changed.rule_epoch
        context.first_sync = not changed.first_sync_done_ms


def _drop_unmapped(context: Context, tx: Tx) -> None:
    """Planned writes of a mapping that was taken away: no stage would ever look at them again."""
    after = ""
    while rows := tx.intents.planned("", after, 500):
        after = rows[-1].intent_id
        drop_planned(tx, [row.intent_id for row in rows if context.known_kind(row.kind) is None])


def _with_accounts(meta: MetaRow, identities: dict[SideName, Identity]) -> MetaRow:
    """Raises WrongAccountError where an account differs from the one in the state."""
    known = {"left": meta.left_org, "right": meta.right_portal}
    words = {"left": "Salesforce org", "right": "HubSpot portal"}
    for side, identity in identities.items():
        if not identity.account_id:  # the system does not say: its connector tells what that means
            continue
        if known[side] and known[side] != identity.account_id:
            raise WrongAccountError(
                "WrongAccount",
                f"The state belongs to {words[side]} {known[side]}, "
                f"and the configuration logs in to {identity.account_id} ({identity.name}). Nothing was written.",
                "Point the configuration at the account of this state, or give the new account a state of its own "
                "([state] url).",
            )
        known[side] = identity.account_id
    return replace(meta, left_org=known["left"], right_portal=known["right"])


def mapping_hash(kinds: Sequence[KindMap]) -> str:
    """Changes with anything in the mappings that can change a plan."""
    digest = blake2b(digest_size=12)
    for kind in kinds:
        head = (kind.kind, kind.left_objects, kind.right_objects, kind.left_create, kind.right_create, kind.match)
        digest.update(repr((head, kind.left_inclusion, kind.right_inclusion)).encode())
        for item in kind.fields:
            digest.update(f"{item.name} {rule_fingerprint(item)} {item.read_only} {item.create_default}".encode())
    return digest.hexdigest()


def check_canaries(context: Context) -> None:
    """Reads a few linked records of each kind by id; raises WrongAccountError when a whole side of them is gone.

    One that is really gone is replaced by another link in the next run.
    """
    for kind in context.kinds:
        with context.store.snapshot() as tx:
            chosen = [str(item) for item in tx.meta.get().canary.get(kind.kind, ())]
            links = [link for link in tx.links.get_many(chosen).values() if link.state == "linked"]
            if len(links) < CANARIES:
                links = tx.links.iterate(kind.kind, ("linked",), "", CANARIES)
            flock = tx.links.iterate(kind.kind, ("linked",), "", FLOCK)
        present = _present(context, links)
        for side in SIDES:
            if present is not None and links and not present[side]:
                _alarm(context, kind, side, flock)
        if present is None:
            continue
        keep = [link.link_id for link in links if all(link.link_id in present[side] for side in SIDES)]
        with context.store.transaction() as tx:
            meta = tx.meta.get()
            if list(meta.canary.get(kind.kind, ())) != keep:
                tx.meta.put(replace(meta, canary={**meta.canary, kind.kind: keep}))


def _alarm(context: Context, kind: KindMap, side: SideName, flock: Sequence[LinkRow]) -> None:
    """The canaries are silent on one side: either they were deleted one by one, or the whole side is another one."""
    present = _present(context, flock)
    if present is None or len(flock) < FLOCK_MIN or present[side]:
        return
    raise WrongAccountError(
        "CanariesGone",
        f"None of {len(flock)} known {kind.kind} records is on the {side} any more. Nothing was written.",
        "Check that this is the right account and that it was not emptied or restored from a copy. "
        "If it was emptied on purpose, start with a new state ([state] url).",
    )


def _present(context: Context, links: Sequence[LinkRow]) -> dict[SideName, set[str]] | None:
    """Link ids whose record is there, by side; None where a side could not be asked."""
    present: dict[SideName, set[str]] = {"left": set(), "right": set()}
    for side in SIDES:
        if not context.active(side) or not links:
            return None
        groups: dict[str, dict[str, str]] = {}
        for link in links:
            name, record_id = (link.left_object, link.left_id) if side == "left" else (link.right_object, link.right_id)
            groups.setdefault(name, {})[record_id] = link.link_id
        try:
            for name, ids in sorted(groups.items()):
                found = context.remotes[side].read(name, sorted(ids), ())
                present[side] |= {ids[record_id] for record_id, record in found.items() if record is not None}
        except (AccessError, SchemaError):
            return None  # costs that object alone: `observe` tells of it by name
        except RemoteError as error:
            context.report.pause(side, error)
            return None
    return present
