"""Infer: what accounts answered is carried to accounts like them, as predictions that are tested.

Two ways through it. Each round: the accounts that became dirty settle what they answered, and are claimed anew with the
models there are; cost follows what changed. Once a day, or after enough new answers: everything is learned anew, and
every account is claimed anew. What does the work is imported once there is some, so that other runs do not pay for it.
"""

from __future__ import annotations

from collections.abc import Callable

from syncer.core.fields import SIDES
from syncer.core.lookalike import Lookalike
from syncer.core.predicted import NEWS
from syncer.stages.context import Context
from syncer.stages.gathering import links_of
from syncer.stages.infer_answers import accounts_of_subjects
from syncer.stages.infer_values import STATES
from syncer.store.ports import Tx


def infer(context: Context, *, anew: bool = False, told: Callable[[str], None] = lambda stage: None) -> None:
    """Does nothing where the mappings say nothing of lookalikes. `anew`: learn now, whatever the schedule says."""
    policy = context.lookalike
    if policy is None or context.known_kind("account") is None:
        return
    with context.store.snapshot() as tx:
        if not tx.links.iterate("account", list(STATES), "", 1):
            return
        if anew or _due(context, tx, policy):
            accounts = None
        elif not (accounts := _dirty_accounts(context, tx)):
            return
    from syncer.stages.infer_round import follow, learn_anew

    if accounts is None:
        learn_anew(context, policy, told)
    else:
        follow(context, policy, accounts)


def _due(context: Context, tx: Tx, policy: Lookalike) -> bool:
    row = tx.models.current(NEWS)
    if row is None or not row.report["done"] or row.report["fingerprint"] != policy.fingerprint:
        return True
    fresh, learned = len(row.report["accounts"]), row.report["learned"]
    if fresh >= policy.new_answers or (fresh >= policy.floors.accounts and fresh >= learned):
        return True  # enough news, or as many as all that was known
    return context.learns_anew(row.made_ms, context.clock.now_ms())


def _dirty_accounts(context: Context, tx: Tx) -> list[str]:
    found: set[str] = set()
    for kind in context.kinds:
        objects = [(side, name) for side in SIDES for name in kind.objects(side)]
        after = 0
        while rows := tx.records.dirty(objects, context.settings.batch_size, after_seq=after):
            after = rows[-1].dirty_seq
            ids = list(links_of(tx, rows))
            found |= set(ids) if kind.kind == "account" else set(accounts_of_subjects(tx, ids).values())
    links = tx.links.get_many(sorted(found))
    return [link_id for link_id, link in links.items() if link.state in STATES]
