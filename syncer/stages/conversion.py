"""A converted lead's link goes on with the contact that Salesforce made of it, on the base it had.

Equal fields stay settled, differing ones are edits of the left, and fields that only the lead had leave the link with a
journal row, so that they can be found again. The lead itself is read-only from then on and stays an alias.
"""

from __future__ import annotations

from syncer.core.fields import KindMap
from syncer.stages.context import Context
from syncer.stages.identify import Ambiguous, busy, end_of, ref_of, review_id, review_link, wake_ends
from syncer.stages.intents import CREATING
from syncer.stages.rebase import without
from syncer.store.ports import Tx
from syncer.store.rows import AliasRow, JournalRow, LinkRow, RecordRow, ReviewRow

INTO_LINKED = "converted_into_linked"  # why both links wait: the contact was somebody's already


def convert(context: Context, tx: Tx, kind: KindMap, lead: RecordRow) -> bool:
    """Repoints the lead's link to its contact; a contact that is somebody's already is a question for a person.

    False where a write of unknown outcome has to be resolved first.
    """
    link = tx.links.by_records("left", lead.object, [lead.id]).get(lead.id)
    if link is None:
        return True  # never a subject: converted leads match nothing
    if end_of(link, "left") != (lead.object, lead.id) or link.state == "ambiguous":
        tx.records.mark_planned([(*ref_of(lead), lead.dirty_seq)])
        return True
    contact_id = lead.successor.get("Contact", "")
    if not contact_id or "Contact" not in kind.left_objects:
        return _unlink(context, tx, link, lead)
    holder = tx.links.by_records("left", "Contact", [contact_id]).get(contact_id)
    if busy(tx, [link] if holder is None else [link, holder]):
        return False
    tx.records.mark_planned([(*ref_of(lead), lead.dirty_seq)])
    if holder is not None and holder.state in CREATING:
        tx.links.update(holder.link_id, state="tombstone", match_key="", reason="converted")
        holder = None
    if holder is not None:
        _both_ambiguous(context, tx, link, holder, contact_id)
        return True
    tx.links.update(link.link_id, left_object="Contact", left_id=contact_id)
    now_ms = context.clock.now_ms()
    tx.links.add_aliases([AliasRow("left", lead.object, lead.id, link.link_id, "converted", now_ms)])
    _leave_behind(context, tx, kind, link, lead)
    tx.reviews.drop([review_id(("left", "Contact", contact_id)), review_id(ref_of(lead))])
    wake_ends(tx, [("left", "Contact", contact_id)])
    tx.links.touch([link.link_id])
    context.report.count("converted")
    return True


def _unlink(context: Context, tx: Tx, link: LinkRow, lead: RecordRow) -> bool:
    """The mapping knows no contacts: the pair ends here, the right side is kept."""
    if busy(tx, [link]):
        return False
    state = "tombstone" if link.state in CREATING else "broken"
    tx.links.update(link.link_id, state=state, match_key="", reason="converted")
    tx.records.mark_planned([(*ref_of(lead), lead.dirty_seq)])
    context.report.count("unlinked")
    return True


def _both_ambiguous(context: Context, tx: Tx, link: LinkRow, holder: LinkRow, contact_id: str) -> None:
    """Two right records are this one contact now, or more; which of them goes on is not ours to guess."""
    contact = ("left", "Contact", contact_id)
    links = {each.link_id: each for each in (holder, *rivals(tx, tx.reviews.get(review_id(contact))), link)}
    for link_id in links:
        tx.links.update(link_id, state="ambiguous", match_key="", reason=INTO_LINKED)
    owners = {("right", *end_of(each, "right")): each for each in links.values()}
    rights = tuple(ref for ref in owners if ref[2])
    tx.reviews.drop([review_id(contact)])  # an earlier question knew of fewer
    review_link(context, tx, contact, holder, Ambiguous(INTO_LINKED, rights), owners)


def rivals(tx: Tx, review: ReviewRow | None) -> list[LinkRow]:
    """The links that wait for the answer to that question, where it is one of a conversion."""
    if review is None or review.payload.get("reason") != INTO_LINKED:
        return []
    links = tx.links.get_many([str(item["link"]) for item in review.payload["candidates"]]).values()
    return [link for link in links if (link.state, link.reason) == ("ambiguous", INTO_LINKED)]


def take_over(context: Context, tx: Tx, kind: KindMap, link: LinkRow, contact_id: str) -> None:
    """The lead's link goes on with a contact that had a link of its own: another record, so it is first contact."""
    lead = tx.records.get_many("left", link.left_object, [link.left_id]).get(link.left_id)
    tx.links.update(link.link_id, left_object="Contact", left_id=contact_id)
    now_ms = context.clock.now_ms()
    tx.links.add_aliases([AliasRow("left", link.left_object, link.left_id, link.link_id, "converted", now_ms)])
    if lead is not None:
        _leave_behind(context, tx, kind, link, lead)
    tx.shadows.delete([link.link_id])


def _leave_behind(context: Context, tx: Tx, kind: KindMap, link: LinkRow, lead: RecordRow) -> None:
    """Fields without a place on the contact: out of the base, into the journal."""
    shadow = tx.shadows.get_many([link.link_id]).get(link.link_id)
    gone = [item for item in kind.fields if item.on("left", lead.object) and not item.on("left", "Contact")]
    now_ms = context.clock.now_ms()
    tx.journal.add(
        [
            JournalRow(
                seq=0,
                run_id=context.report.run_id,
                link_id=link.link_id,
                side="left",
                object=lead.object,
                remote_id=lead.id,
                field=item.name,
                loser=raw,
                winner=None,
                base=shadow.left.get(item.name) if shadow else None,
                rule=item.rule.value,
                reason="lead_only",
                loser_at_ms=lead.mod_ms,
                winner_at_ms=lead.mod_ms,
                state="effective",
                intent_id="",
                at_ms=now_ms,
            )
            for item in gone
            if (raw := lead.values.get(item.on("left", lead.object) or "")) not in (None, "", False)
        ]
    )
    if shadow is not None and gone:
        tx.shadows.put([without(shadow, {item.name for item in gone})])
