"""Fields that Salesforce fills by itself from others, when a row is saved."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from sandbox.salesforce.definitions import ObjectDef
from sandbox.salesforce.errors import bad_request
from sandbox.salesforce.state import OrgState
from sandbox.salesforce.store import Row
from sandbox.salesforce.times import stamp, stamp_s

_STAGES: Final = {
    "Prospecting": 10.0,
    "Qualification": 10.0,
    "Needs Analysis": 20.0,
    "Value Proposition": 50.0,
    "Id. Decision Makers": 60.0,
    "Perception Analysis": 70.0,
    "Proposal/Price Quote": 75.0,
    "Negotiation/Review": 90.0,
    "Closed Won": 100.0,
    "Closed Lost": 0.0,
}


def derived(state: OrgState, definition: ObjectDef, row: Row, given: Row) -> Row:
    """Further values for a row that already holds `given`. Raises Refusal where fields contradict each other."""
    found = _full_name(row) if "firstname" in definition.fields else {}
    special = _SPECIAL.get(definition.name)
    return found | special(state, row, given) if special else found


def _full_name(row: Row) -> Row:
    return {"Name": " ".join(part for part in (row.get("FirstName"), row.get("LastName")) if part) or None}


def _contact(state: OrgState, row: Row, given: Row) -> Row:
    return {"IsEmailBounced": bool(row.get("EmailBouncedDate"))}


def _task(state: OrgState, row: Row, given: Row) -> Row:
    _who_and_what(row)
    closed = row.get("Status") == "Completed"
    at = row.get("CompletedDateTime") or stamp(state.now_ms())
    return {
        "IsClosed": closed,
        "IsHighPriority": row.get("Priority") == "High",
        "CompletedDateTime": at if closed else None,
        "AccountId": _account(state, row),
    }


def _event(state: OrgState, row: Row, given: Row) -> Row:
    _who_and_what(row)
    if row.get("IsAllDayEvent") and not row.get("StartDateTime") and row.get("ActivityDate"):
        start = f"{row['ActivityDate']}T00:00:00.000+0000"
    else:
        start = given.get("StartDateTime") or given.get("ActivityDateTime") or row.get("StartDateTime")
    if not start:
        raise bad_request("REQUIRED_FIELD_MISSING", "Required fields are missing: [StartDateTime]", ["StartDateTime"])
    start_s = stamp_s(start)
    if given.get("EndDateTime"):
        minutes = (stamp_s(given["EndDateTime"]) - start_s) // 60
        if given.get("DurationInMinutes") not in (None, minutes):
            raise bad_request(
                "FIELD_INTEGRITY_EXCEPTION",
                "Duration in Minutes and End Date Time do not agree",
                ["DurationInMinutes"],
            )
    elif given.get("DurationInMinutes") is not None:
        minutes = given["DurationInMinutes"]
    elif row.get("IsAllDayEvent"):
        minutes = row.get("DurationInMinutes") or 1440
    elif row.get("EndDateTime") and "StartDateTime" not in given:
        minutes = (stamp_s(row["EndDateTime"]) - start_s) // 60
    elif row.get("DurationInMinutes") is not None:
        minutes = row["DurationInMinutes"]
    else:
        names = ["DurationInMinutes"]
        raise bad_request("REQUIRED_FIELD_MISSING", "Required fields are missing: [DurationInMinutes]", names)
    if minutes < 0:
        raise bad_request("FIELD_INTEGRITY_EXCEPTION", "End date before start date: ", ["EndDateTime"])
    end = stamp((start_s + minutes * 60) * 1000)
    return {
        "StartDateTime": start,
        "EndDateTime": end,
        "DurationInMinutes": minutes,
        "ActivityDateTime": start,
        "ActivityDate": start[:10],
        "EndDate": end[:10],
        "AccountId": _account(state, row),
    }


def _who_and_what(row: Row) -> None:
    if str(row.get("WhoId", "")).startswith("00Q") and row.get("WhatId"):
        message = "You cannot specify a related-to record when the name is a lead"
        raise bad_request("FIELD_INTEGRITY_EXCEPTION", message, ["WhatId"])


def _account(state: OrgState, row: Row) -> str | None:
    what, who = row.get("WhatId"), row.get("WhoId")
    if what and what.startswith("001"):
        return what
    for name, record_id in (("Opportunity", what), ("Contact", who)):
        found = state.row(name, record_id) if record_id else None
        if found is not None:
            return found.get("AccountId")
    return None


def _opportunity(state: OrgState, row: Row, given: Row) -> Row:
    stage = row.get("StageName")
    chance = given.get("Probability") if "Probability" in given else row.get("Probability")
    if "StageName" in given and "Probability" not in given:
        chance = _STAGES.get(stage, chance)
    amount = row.get("Amount")
    return {
        "Probability": chance,
        "IsClosed": stage in ("Closed Won", "Closed Lost"),
        "IsWon": stage == "Closed Won",
        "ExpectedRevenue": None if amount is None or chance is None else round(amount * chance / 100, 2),
    }


def _member(state: OrgState, row: Row, given: Row) -> Row:
    if not row.get("LeadId") and not row.get("ContactId"):
        message = "Required fields are missing: [LeadId, ContactId]"
        raise bad_request("REQUIRED_FIELD_MISSING", message, ["LeadId", "ContactId"])
    if "Id" not in row:
        _once(state, row)
    responded = row.get("Status") == "Responded"
    first = row.get("FirstRespondedDate") or stamp(state.now_ms())[:10]
    return {"HasResponded": responded, "FirstRespondedDate": first if responded else None}


def _once(state: OrgState, row: Row) -> None:
    """Raises Refusal DUPLICATE_VALUE for a lead or contact that stands in the campaign already."""
    for name in ("LeadId", "ContactId"):
        for held in state.table("CampaignMember").holders(name, row[name]) if row.get(name) else ():
            if held["CampaignId"] == row.get("CampaignId") and not held.get("IsDeleted"):
                raise bad_request("DUPLICATE_VALUE", "Already a campaign member.", [])


_SPECIAL: Final[dict[str, Callable[[OrgState, Row, Row], dict[str, Any]]]] = {
    "Contact": _contact,
    "Task": _task,
    "Event": _event,
    "Opportunity": _opportunity,
    "CampaignMember": _member,
}
