"""Belong: people whose records name no account are matched with one: by itself, by a question to a person, or not.

The keys of accounts are kept up to date as the accounts become dirty, and each dirty person looks up a few of them; all
whose account no person confirmed wait under keys of their own, and a new account with one of these, or with a name that
is much alike for those who have none, makes them dirty. So cost follows changes.
What a person confirmed or rejected is never overruled, and an account that a record names counts before any match.
A batch is one transaction: after a crash its people are still dirty, and are matched again with the same result.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import Any, Final

from syncer.core.fields import SIDES, FieldType, KindMap
from syncer.core.identity.keys import Key, account_keys, waiting_keys
from syncer.core.identity.match import Decision, Match, among
from syncer.core.identity.model import Model
from syncer.core.identity.profiles import Profile
from syncer.stages.belong_ends import CONFIRMED, KIND, MATCHED, REJECTED, question_id
from syncer.stages.belong_lookup import LIVING, READ, nearby, profile_of, waiting_for
from syncer.stages.belong_model import live_model
from syncer.stages.context import Context
from syncer.stages.gathering import Pair, ends, links_of, pairs_of
from syncer.stages.observe import barrier_open
from syncer.store.knowledge_rows import MembershipRow
from syncer.store.ports import Tx
from syncer.store.rows import LinkRow, ReviewRow, SchemaRow

KEYS: Final = "(account keys)"  # under this name what the keys are made of is remembered among the schemas
VERSION: Final = 1  # of how keys are made: raised with every change of `core.identity.keys`
Links = Mapping[str, LinkRow]
Pairs = Mapping[str, Pair]


def belong(context: Context, kind: KindMap) -> None:
    """Keeps the keys of dirty accounts; matches dirty people. Comes between link and reconcile, accounts before people.

    Does nothing where no accounts are mapped. While accounts were not read whole, people only wait.
    """
    accounts = context.known_kind("account")
    if accounts is None:
        return
    with context.store.transaction() as tx:
        _heed_new_keys(context, tx)
    model = None if kind.kind == "account" or not barrier_open(context, accounts) else live_model(context)
    objects, after = [(side, name) for side in SIDES for name in kind.objects(side)], 0
    while True:
        with context.store.transaction() as tx:
            rows = tx.records.dirty(objects, context.settings.batch_size, after_seq=after)
            links = links_of(tx, rows)
            pairs = pairs_of(tx, links.values())
            if kind.kind == "account":
                _keep(context, tx, accounts, links, pairs)
            elif links:
                _match_batch(context, tx, (kind, accounts), links, pairs, model)
        if not rows:
            return
        after = rows[-1].dirty_seq


def _heed_new_keys(context: Context, tx: Tx) -> None:
    """When keys are made in another way, or of other fields, every account and person is looked at once."""
    read = [item for kind in context.kinds for item in kind.fields if item.name in READ]
    told = repr([VERSION, *((item.name, item.left, item.right, item.type, item.create_default) for item in read)])
    digest = blake2b(told.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
    known = tx.schemas.get("left", KEYS)
    if known is not None and known.hash == digest:
        return
    tx.schemas.put(SchemaRow("left", KEYS, digest, {}, context.clock.now_ms()))
    if known is not None or not context.first_sync:
        tx.records.touch_all([(side, name) for one in context.kinds for side in SIDES for name in one.objects(side)])


def _keep(context: Context, tx: Tx, accounts: KindMap, links: Links, pairs: Pairs) -> None:
    """Wakes whom a change concerns: people who wait under what an account got, and those of one that lost a key."""
    changed = tx.account_keys.replace({
        link_id: account_keys(profile_of(accounts, link_id, pairs[link_id])) if link.state in LIVING else frozenset()
        for link_id, link in links.items()
    })  # fmt: skip
    woken = waiting_for(tx, {key for _, new in changed.values() for key in new})
    lost = sorted(link_id for link_id, (gone, _) in changed.items() if gone)
    woken |= {row.person_link for row in tx.memberships.of_accounts(lost) if row.how == MATCHED}
    tx.links.touch(sorted(woken))
    context.report.count("account_news", len(woken))


@dataclass(slots=True)
class _Batch:
    """What one transaction is going to store."""

    keys: dict[str, frozenset[Key]] = field(default_factory=dict)
    put: list[MembershipRow] = field(default_factory=list)
    unmatched: list[str] = field(default_factory=list)  # people who lose the account that they were matched with


def _match_batch(
    context: Context, tx: Tx, kinds: tuple[KindMap, KindMap], links: Links, pairs: Pairs, model: Model | None
) -> None:
    """`model` None: nobody is matched yet, everybody waits."""
    people, accounts = kinds
    batch = _Batch()
    told = tx.memberships.get_many(list(links))
    known = tx.links.get_many(sorted({row.account_link for rows in told.values() for row in rows}))
    leads: list[Profile] = []
    settled: list[str] = []
    for link_id, link in links.items():
        sure = any(row.how == CONFIRMED and known[row.account_link].state != "tombstone" for row in told[link_id])
        if link.state in LIVING and not sure and not _names_account(people, pairs[link_id]):
            leads.append(profile_of(people, link_id, pairs[link_id]))
        else:  # the account is known, or the person is no subject any more
            batch.keys[link_id] = frozenset()
            batch.unmatched += [link_id] if any(row.how == MATCHED for row in told[link_id]) else []
            settled.append(link_id)
    for lead, found in zip(leads, _matches(tx, accounts, leads, told, model), strict=True):
        _conclude(context, tx, batch, links[lead.id], lead, found, told[lead.id])
    changed = tx.account_keys.replace(batch.keys)
    for link_id in settled:
        if link_id in changed:  # who has a question waits under some key
            _ask_no_more(tx, link_id)
    tx.memberships.drop(batch.unmatched, [MATCHED])
    tx.memberships.put(batch.put)


def _names_account(people: KindMap, pair: Pair) -> bool:
    """Whether a record of the person points at an account, be that synced or not: no match is better informed."""
    pointing = [item for item in people.fields if item.type is FieldType.REFERENCE and item.to == "account"]
    rows = [row for row in pair if row is not None and row.presence == "live"]
    return any(row.values.get(item.on(row.side, row.object) or "") for row in rows for item in pointing)


def _matches(
    tx: Tx,
    accounts: KindMap,
    leads: Sequence[Profile],
    told: Mapping[str, Sequence[MembershipRow]],
    model: Model | None,
) -> list[Match | None]:
    if model is None or not leads:
        return [None for _ in leads]
    near = nearby(tx, accounts, leads)
    found: list[Match | None] = []
    for lead in leads:
        barred = {row.account_link for row in told[lead.id] if row.how == REJECTED}
        places = [place for place in near.places[lead.id] if near.known.accounts[place].id not in barred]
        found.append(among(lead, places, near.known, model))
    return found


def _conclude(
    context: Context,
    tx: Tx,
    batch: _Batch,
    link: LinkRow,
    lead: Profile,
    found: Match | None,
    rows: Sequence[MembershipRow],
) -> None:
    held = [row for row in rows if row.how == MATCHED]
    decision = Decision.NONE if found is None else found.decision
    batch.keys[lead.id] = waiting_keys(lead, near=decision is not Decision.AUTO)
    wanted = []
    if found is not None and found.account is not None and decision is Decision.AUTO:
        because = {"because": list(found.reasons), "candidates": [one.as_json() for one in found.candidates]}
        wanted = [MembershipRow(lead.id, found.account, MATCHED, found.score, because, context.clock.now_ms())]
    if [replace(row, at_ms=0) for row in held] != [replace(row, at_ms=0) for row in wanted]:
        batch.unmatched += [lead.id] if held else []
        batch.put += wanted
        context.report.count("accounts_matched", len(wanted))
    if found is not None and decision is Decision.REVIEW:
        _ask(context, tx, link, found)
    else:
        _ask_no_more(tx, lead.id)


def _ask(context: Context, tx: Tx, link: LinkRow, found: Match) -> None:
    """Asks which account it is, or asks anew where the candidates or their reasons are others."""
    payload: dict[str, Any] = {
        "score": found.score,
        "reasons": list(found.reasons),
        "candidates": [one.as_json() for one in found.candidates],
    }
    name, now_ms = question_id(link.link_id), context.clock.now_ms()
    asked = tx.reviews.get(name)
    if asked is not None:
        if asked.payload == payload and asked.state == "open":
            return
        tx.reviews.drop([name])
        now_ms = asked.created_ms if asked.state == "open" else now_ms
    side, object_name, record_id = next(ends(link))
    tx.reviews.add(
        ReviewRow(
            review_id=name,
            kind=KIND,
            link_id=link.link_id,
            side=side,
            object=object_name,
            remote_id=record_id,
            field="",
            payload=payload,
            state="open",
            created_ms=now_ms,
        )
    )
    context.report.count("accounts_asked")


def _ask_no_more(tx: Tx, person_link: str) -> None:
    """The question went away unanswered; one that was answered is kept."""
    asked = tx.reviews.get(question_id(person_link))
    if asked is not None and asked.state == "open":
        tx.reviews.drop([asked.review_id])
