"""What particular objects do with what is written to them: e-mail and domain rules, stages, mirrors, previews.

Each rule takes the validated values of one write and changes them in place. `""` stands for a cleared value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from sandbox.hubspot.errors import already_exists, bad_request, invalid_properties, value_taken
from sandbox.hubspot.pipelines import LEAD_STAGES
from sandbox.hubspot.state import PortalState
from sandbox.hubspot.store import ObjectStore, StoredRecord
from sandbox.hubspot.times import iso
from sandbox.hubspot.values import Invalid, Problem, normalise_domain, normalise_email

Rule = Callable[[PortalState, ObjectStore, dict[str, str], StoredRecord | None], None]
_TAGS = re.compile(r"<[^>]+>")
_STAGE_DATES = ("lead", "marketingqualifiedlead", "salesqualifiedlead", "opportunity", "customer")
_BODIES = {
    "calls": "hs_call_body",
    "meetings": "hs_meeting_body",
    "notes": "hs_note_body",
    "tasks": "hs_task_body",
    "emails": "hs_email_html",
}


def _keep_stage_forward(
    state: PortalState, store: ObjectStore, values: dict[str, str], record: StoredRecord | None
) -> None:
    """A backward move of the lifecycle stage is dropped without a word; clearing is allowed, and then any stage."""
    wanted = values.get("lifecyclestage")
    stored = record.values.get("lifecyclestage") if record is not None else None
    if not wanted or not stored or not state.settings.lifecycle_forward_only:
        return
    ranks = {option.value: place for place, option in enumerate(store.definitions["lifecyclestage"].options)}
    if ranks.get(wanted, -1) < ranks.get(stored, -1):
        del values["lifecyclestage"]


def _swap_address(values: dict[str, str], record: StoredRecord | None) -> None:
    """Where an additional address becomes the primary one, the two change places."""
    more = record.values.get("hs_additional_emails", "").split(";") if record is not None else []
    if record is not None and values["email"] in more:
        kept = [record.values.get("email", ""), *(each for each in more if each != values["email"])]
        values["hs_additional_emails"] = ";".join(filter(None, kept))


def _contact(state: PortalState, store: ObjectStore, values: dict[str, str], record: StoredRecord | None) -> None:
    email = values.get("email")
    if email:
        try:
            values["email"] = normalise_email(email)
        except Invalid as invalid:
            problem = Problem("email", invalid.code, invalid.message)
            raise invalid_properties([problem], state.settings.portal_id) from invalid
        _swap_address(values, record)
    company = values.get("associatedcompanyid")
    if company and (not company.isdecimal() or state.stores["companies"].live(int(company)) is None):
        problem = Problem("associatedcompanyid", "INVALID_OPTION", f"{company} is not the ID of a company")
        raise invalid_properties([problem], state.settings.portal_id)
    _keep_stage_forward(state, store, values, record)
    stage = values.get("lifecyclestage")
    if stage in _STAGE_DATES and (record is None or record.values.get("lifecyclestage") != stage):
        values[f"hs_lifecyclestage_{stage}_date"] = iso(state.now_ms())


def _company(state: PortalState, store: ObjectStore, values: dict[str, str], record: StoredRecord | None) -> None:
    if values.get("domain"):
        values["domain"] = normalise_domain(values["domain"])
        if not values.get("website") and (record is None or not record.values.get("website")):
            values["website"] = values["domain"]
    _keep_stage_forward(state, store, values, record)


def _deal(state: PortalState, store: ObjectStore, values: dict[str, str], record: StoredRecord | None) -> None:
    if record is None:
        values.setdefault("pipeline", "default")
    stage = state.pipelines.stage("deals", values.get("dealstage", ""))
    if stage is not None:
        values["hs_deal_stage_probability"] = stage.metadata["probability"]
        values["hs_is_closed"] = stage.metadata["isClosed"]
        values["hs_is_closed_won"] = str(stage.id == "closedwon").lower()
    if "amount" in values:
        values["amount_in_home_currency"] = values["amount"]


def _lead(state: PortalState, store: ObjectStore, values: dict[str, str], record: StoredRecord | None) -> None:
    if record is None:
        values.setdefault("hs_pipeline", "lead-pipeline-id")
        values.setdefault("hs_pipeline_stage", LEAD_STAGES[0][0])
    category = {number: category for number, _, category in LEAD_STAGES}.get(values.get("hs_pipeline_stage", ""))
    if category is not None:
        values["hs_pipeline_stage_category"] = category


def _activity(state: PortalState, store: ObjectStore, values: dict[str, str], record: StoredRecord | None) -> None:
    body = values.get(_BODIES[store.kind.plural])
    if body is not None:
        values["hs_body_preview"] = _TAGS.sub(" ", body).strip()[:500]
        values["hs_body_preview_html"] = body[:2000]
    if "hs_task_status" in values:
        values["hs_task_is_completed"] = "1" if values["hs_task_status"] == "COMPLETED" else "0"
    if record is None and store.kind.plural == "meetings":
        values.setdefault("hs_meeting_start_time", values.get("hs_timestamp", ""))


_RULES: dict[str, Rule] = {
    "contacts": _contact,
    "companies": _company,
    "deals": _deal,
    "leads": _lead,
    **dict.fromkeys(_BODIES, _activity),
}


def apply_rules(state: PortalState, store: ObjectStore, values: dict[str, str], record: StoredRecord | None) -> None:
    """Applies the object's rules and the ones that all objects share. Raises PortalRefusal."""
    rule = _RULES.get(store.kind.plural)
    if rule is not None:
        rule(state, store, values, record)
    if values.get("hubspot_owner_id"):
        values["hubspot_owner_assigneddate"] = iso(state.now_ms())
    if record is None:
        _check_required(store, values)


def _check_required(store: ObjectStore, values: Mapping[str, str]) -> None:
    kind = store.kind
    lacking = [name for name in kind.required if not values.get(name)]
    if kind.any_of and not any(values.get(name) for name in kind.any_of):
        lacking = list(kind.any_of)
    if lacking:
        raise bad_request(
            f"Error creating {kind.label.upper()}. Some required properties were not set.",
            context={"properties": lacking},
            fields=lacking,
        )


def check_unique(
    state: PortalState,
    store: ObjectStore,
    values: Mapping[str, str],
    own_id: int,
    claimed: dict[tuple[str, str], int],
) -> None:
    """Refuses values that another record holds, or that another input of the same batch has `claimed`.

    Raises PortalRefusal 409 for an e-mail address, 400 for a unique property; both name the other record.
    """
    wanted = [(name, values[name].lower()) for name in store.unique if values.get(name)]
    for name, value in wanted:
        holder = store.unique[name].get(value, claimed.get((name, value), own_id))
        if holder == own_id:
            continue
        if name == "email":
            raise already_exists(store.kind.label, holder)
        raise value_taken(state.settings.portal_id, store.kind.label, name, value, own_id, holder)
    claimed.update(dict.fromkeys(wanted, own_id))
