"""What people outside do to a portal: they fill in forms, and they unsubscribe."""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.hubspot.api_consent import opt_out, set_status
from sandbox.hubspot.consent import Status
from sandbox.hubspot.forms import Form, Submission
from sandbox.hubspot.records import commit, prepare_create, prepare_update
from sandbox.hubspot.state import Author, PortalState
from sandbox.hubspot.store import Source
from sandbox.hubspot.times import iso
from sandbox.hubspot.values import normalise_email


def submit_form(state: PortalState, form: Form, answers: Mapping[str, str], page_url: str, actor: str) -> str:
    """A visitor sends a form: the contact of the address is updated, or created; its id. Raises PortalRefusal."""
    store, now_ms = state.stores["contacts"], state.now_ms()
    holder = store.holder("email", normalise_email(answers.get("email", "")))
    write = (
        prepare_create(state, store, answers, {})
        if holder is None
        else prepare_update(state, store, holder, answers, {})
    )
    first = holder is None or not holder.values.get("first_conversion_date")
    write.values |= {"recent_conversion_date": iso(now_ms), "recent_conversion_event_name": form.name}
    if first:
        write.values |= {"first_conversion_date": iso(now_ms), "first_conversion_event_name": form.name}
    sent = int((holder.values.get("num_conversion_events") if holder is not None else None) or 0)
    write.values["num_conversion_events"] = str(sent + 1)
    record = commit(state, write, Author(actor, Source("FORM", form.id, form.name, None)))
    conversion = state.draws.uuid("conversion")
    form.submissions.append(
        Submission(now_ms, tuple(answers.items()), page_url, form.name, conversion, contact_id=record.id)
    )
    return str(record.id)


def unsubscribe(state: PortalState, address: str, subscription_id: int | None, actor: str) -> None:
    """A person unsubscribes from one kind of message, or (None) from all of them."""
    author, folded = state.author(actor), normalise_email(address)
    if subscription_id is None:
        opt_out(state, folded, author)
        return
    row = Status("UNSUBSCRIBED", "PREFERENCES_PAGE", None, None, state.now_ms(), by_person=True)
    set_status(state, folded, subscription_id, row, author)
