"""Lists: segments and whom to call, as static lists in HubSpot and campaigns in Salesforce, kept current.

Nothing is made that is not declared. A list is made once: that it may be there is durable before the call, and it is
found again by its name and our mark. So are members: who is about to be put in or taken out is stored first, and both
calls may be repeated. People decide: whom they put in stays, whom they took out stays out, and a list that they deleted
is told of and not made again. A refusal costs the list that it is about.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from connectors.base import AuthError, QuotaError, RemoteError
from connectors.member_lists import MemberLists, MembersChanged
from syncer.core.fields import SIDES
from syncer.core.lookalike import Lookalike
from syncer.stages.context import Context, Problem
from syncer.stages.lists_wanted import Declared, Found, Place, declared_lists, places
from syncer.store.knowledge_rows import KeptListRow, ListMemberRow

_CHUNK: Final = 500
_SYSTEM: Final = {"left": "Salesforce", "right": "HubSpot"}


def keep_lists(context: Context) -> None:
    """Brings every declared list of both sides up to date.

    Raises nothing for a refusal: it becomes a problem of the run, or a paused side where log-in or allowance gave out.
    """
    policy = context.lookalike
    declared = declared_lists(policy) if policy is not None else ()
    with context.store.snapshot() as tx:
        rows = {row.list_key: row for row in tx.lists.list()}
    if policy is None or not (declared or rows):
        return
    _forget_deleted(context, rows, {one.list_key for one in declared})
    for side in SIDES:
        remote = context.remotes[side]
        for one in declared:
            if one.side == side and context.active(side) and isinstance(remote, MemberLists):
                try:
                    _keep(context, policy, remote, one, rows.get(one.list_key))
                except (AuthError, QuotaError) as error:
                    context.report.pause(side, error)
                except RemoteError as error:
                    _tell(context, one, "ListRefused", f"is not kept up to date: {error.message}", error.action)


def _tell(context: Context, one: Declared, name: str, says: str, action: str) -> None:
    what = f'The campaign "{one.name}"' if one.side == "left" else f'The list "{one.name}" of {one.object}'
    message = f"{what} in {_SYSTEM[one.side]} {says}"
    context.report.problem(Problem(name, message, action, side=one.side, object=one.object))


def _forget_deleted(context: Context, rows: Mapping[str, KeptListRow], declared: set[str]) -> None:
    """A deleted list that is no longer declared is over: declared again, it is made anew."""
    gone = [key for key, row in rows.items() if row.state == "gone" and key not in declared]
    if gone:
        with context.store.transaction() as tx:
            for key in gone:
                tx.lists.drop(key)


def _keep(context: Context, policy: Lookalike, remote: MemberLists, one: Declared, row: KeptListRow | None) -> None:
    now_ms = context.clock.now_ms()
    list_id = _there(context, remote, one, row)
    if not list_id or (row is not None and row.looked_ms and now_ms - row.looked_ms < one.every_ms):
        return
    with context.store.snapshot() as tx:
        wanted = Found(tx, policy, now_ms).wanted(one)
        held = {member.link_id: member for member in tx.lists.members(one.list_key)}
        current = dict(places(tx.links.get_many(sorted(held.keys() - wanted.keys())).values(), one.side))
    if len(wanted) > one.at_most:
        says = f"would have {len(wanted)} members, more than at_most = {one.at_most}: it is left as it is."
        _tell(context, one, "ManyMembers", says, "If that is meant, raise at_most; else narrow its conditions.")
        return
    _plan(context, remote, list_id, _Plan(one, wanted, held, current))
    _put_in(context, remote, list_id, one)
    _take_out(context, remote, list_id, one)
    with context.store.transaction() as tx:
        tx.lists.update(one.list_key, looked_ms=now_ms)


def _there(context: Context, remote: MemberLists, one: Declared, row: KeptListRow | None) -> str:
    """The id of the list, found or made; empty: there is none to keep in this run."""
    if row is not None and row.state != "making":
        there = remote.list_is_there(row.remote_id)
        changes = {"state": "kept", "declared": one.version} if there else {"state": "gone"}
        if any(getattr(row, name) != value for name, value in changes.items()):
            with context.store.transaction() as tx:
                tx.lists.update(one.list_key, **changes)
        if there:
            return row.remote_id
        if row.state == "kept" or row.declared == one.version:
            action = "Restore it there; to have it made anew, raise version in its file; or declare it no more."
            _tell(context, one, "ListGone", "was deleted by somebody, and is not made again.", action)
            return ""
        with context.store.transaction() as tx:
            tx.lists.drop(one.list_key)  # made anew, and still without whom people took out
        row = None
    return _found_or_made(context, remote, one, 0 if row is None else row.made_ms)


def _found_or_made(context: Context, remote: MemberLists, one: Declared, made_ms: int) -> str:
    now_ms = context.clock.now_ms()
    making = KeptListRow(one.list_key, one.side, one.object, one.name, "", "making", one.version, now_ms, 0)
    found = remote.list_named(one.object, one.name, one.mark)
    if found is None:
        if made_ms and now_ms < made_ms + context.settings.zombie_wait_ms:
            context.report.count("lists_waiting")  # what was sent may still arrive
            return ""
        with context.store.transaction() as tx:
            tx.lists.put(making)
        context.probe("lists.making")
        found = remote.make_list(one.object, one.name, one.mark)
        context.probe("lists.made")
        context.report.count("lists_made")
    elif not found.ours:
        action = "Give it another name there, or name ours otherwise in its file."
        _tell(
            context, one, "ListNameTaken", "was not made by syncer: it is left alone, and no second one made.", action
        )
        return ""
    with context.store.transaction() as tx:
        tx.lists.put(replace(making, state="kept", remote_id=found.id))
    context.probe("lists.kept")
    return found.id


@dataclass(frozen=True, slots=True)
class _Plan:
    """What there is to compare. `current`: where those who are no longer wanted are now."""

    one: Declared
    wanted: Mapping[str, Place]
    held: Mapping[str, ListMemberRow]
    current: Mapping[str, Place]

    def asked(self) -> list[str]:
        """Ids of which it decides whether they are members."""
        ids = [place[1] for link_id, place in self.wanted.items() if link_id not in self.held]
        for row in self.held.values():
            place = self.wanted.get(row.link_id)
            if row.state in ("member", "theirs") and (place is None or place[1] != row.remote_id):
                ids += [row.remote_id] if place is None else [row.remote_id, place[1]]
        return sorted(set(ids))

    def rows(self, present: frozenset[str]) -> Iterator[ListMemberRow]:
        """Those that change; an empty state: to be forgotten."""
        for link_id, (object_name, remote_id) in self.wanted.items():
            row = self.held.get(link_id)
            new = ListMemberRow(self.one.list_key, link_id, object_name, remote_id, "adding")
            if row is None:
                yield replace(new, state="theirs") if remote_id in present else new
            elif row.remote_id != remote_id:
                yield self._moved(row, new, present)
            elif row.state == "removing":
                yield new
        for row in self.held.values():
            if row.link_id not in self.wanted:
                yield self._leaving(row, present)

    def _moved(self, row: ListMemberRow, new: ListMemberRow, present: frozenset[str]) -> ListMemberRow:
        """The lead was converted, or the record merged. A membership in Salesforce goes with it."""
        if row.state in ("declined", "removing"):
            return row
        if row.state == "adding" or new.remote_id in present:
            return replace(new, state=row.state)
        if row.remote_id in present:
            return replace(row, state="removing") if row.state == "member" else replace(new, state=row.state)
        return replace(new, state="declined") if self.one.side == "left" else new

    def _leaving(self, row: ListMemberRow, present: frozenset[str]) -> ListMemberRow:
        if row.state in ("declined", "removing"):
            return row
        if row.state == "adding":  # it may have been put in
            return replace(row, state="removing")
        if row.remote_id in present:
            return replace(row, state="removing" if row.state == "member" else "")
        _, now_id = self.current.get(row.link_id, ("", ""))
        return replace(row, state="declined" if now_id == row.remote_id else "")  # a record that is gone said nothing


def _plan(context: Context, remote: MemberLists, list_id: str, plan: _Plan) -> None:
    """Stores who is to be put in and who to be taken out, before either is said to the network."""
    asked = plan.asked()
    present = remote.in_list(list_id, asked) if asked else frozenset()
    changed = [row for row in plan.rows(present) if row != plan.held.get(row.link_id)]
    if not changed:
        return
    context.report.count("list_members_declined", sum(row.state == "declined" for row in changed))
    with context.store.transaction() as tx:
        tx.lists.put_members([row for row in changed if row.state])
        tx.lists.drop_members(plan.one.list_key, [row.link_id for row in changed if not row.state])
    context.probe("lists.planned")


def _put_in(context: Context, remote: MemberLists, list_id: str, one: Declared) -> None:
    for rows in _chunks(context, one, "adding"):
        changed = remote.add_to_list(list_id, [row.remote_id for row in rows])
        context.probe("lists.answered")
        done = [replace(row, state="member") for row in rows if row.remote_id in changed.done]
        with context.store.transaction() as tx:
            tx.lists.put_members(done)
            tx.lists.drop_members(one.list_key, [row.link_id for row in rows if row.remote_id in changed.refused])
        context.report.count("list_members_added", len(done))
        context.probe("lists.recorded")
        if _refused(context, one, changed, "did not take") and not done:
            return


def _take_out(context: Context, remote: MemberLists, list_id: str, one: Declared) -> None:
    for rows in _chunks(context, one, "removing"):
        changed = remote.take_from_list(list_id, [row.remote_id for row in rows])
        context.probe("lists.answered")
        done = [row.link_id for row in rows if row.remote_id in changed.done]
        with context.store.transaction() as tx:
            tx.lists.drop_members(one.list_key, done)
        context.report.count("list_members_removed", len(done))
        context.probe("lists.recorded")
        if _refused(context, one, changed, "did not let go of") and not done:
            return


def _chunks(context: Context, one: Declared, state: str) -> Iterator[Sequence[ListMemberRow]]:
    with context.store.snapshot() as tx:
        rows = [row for row in tx.lists.members(one.list_key) if row.state == state]
    for start in range(0, len(rows), _CHUNK):
        yield rows[start : start + _CHUNK]


def _refused(context: Context, one: Declared, changed: MembersChanged, says: str) -> bool:
    if not changed.refused:
        return False
    first = min(changed.refused.items())[1]
    context.report.count("list_members_refused", len(changed.refused))
    text = f"{says} {len(changed.refused)} members, such as: {first.message}"
    _tell(context, one, "MembersRefused", text, first.action)
    return True
