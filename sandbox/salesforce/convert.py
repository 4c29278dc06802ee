"""Lead conversion: a Lead becomes a Contact and an Account, is read-only from then on, and its activities move.

Converting into an existing Contact or Account fills only what is empty there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sandbox.salesforce.errors import bad_request
from sandbox.salesforce.records import apply, check_open, create
from sandbox.salesforce.removal import children
from sandbox.salesforce.state import Author, OrgState
from sandbox.salesforce.store import Row
from sandbox.salesforce.times import stamp
from sandbox.salesforce.view import found

_ADDRESS: Final = ("Street", "City", "State", "PostalCode", "Country")
_TO_CONTACT: Final = {
    **{name: name for name in ("LastName", "FirstName", "Salutation", "Title", "Phone", "MobilePhone", "Fax", "Email")},
    **{name: name for name in ("Description", "LeadSource", "HasOptedOutOfEmail", "HasOptedOutOfFax", "DoNotCall")},
    **{part: f"Mailing{part}" for part in _ADDRESS},
}
_TO_ACCOUNT: Final = {
    "Company": "Name",
    **{name: name for name in ("Phone", "Fax", "Website", "Industry", "Rating", "AnnualRevenue", "NumberOfEmployees")},
    "LeadSource": "AccountSource",
    **{part: f"Billing{part}" for part in _ADDRESS},
}
CONVERTED_STATUS: Final = "Closed - Converted"


def convert(
    state: OrgState,
    lead: Row,
    author: Author,
    *,
    contact_id: str | None = None,
    account_id: str | None = None,
    opportunity_name: str | None = None,
    status: str = CONVERTED_STATUS,
    owner_id: str | None = None,
) -> dict[str, str]:
    """`{"Contact": id, "Account": id}`, and "Opportunity" where asked for; all of it or nothing. Raises Refusal."""
    wish = _Wish(contact_id, account_id, opportunity_name, status, owner_id)
    with state.trying():
        _convert(state, lead, author, wish)
    return _convert(state, lead, author, wish)


@dataclass(frozen=True, slots=True)
class _Wish:
    """What to convert into."""

    contact_id: str | None
    account_id: str | None
    opportunity_name: str | None
    status: str
    owner_id: str | None


def _convert(state: OrgState, lead: Row, author: Author, wish: _Wish) -> dict[str, str]:
    contact_id, account_id, status = wish.contact_id, wish.account_id, wish.status
    if lead.get("IsConverted"):
        raise bad_request("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead")
    if status not in {row["ApiName"] for row in state.rows["leadstatus"].all() if row["IsConverted"]}:
        raise bad_request("INVALID_STATUS", f"invalid convertedStatus: {status}")
    check_open(state, lead, author)
    system = Author(author.actor, author.user_id, request_id=author.request_id)
    owner = wish.owner_id or lead["OwnerId"]
    contact = found(state.table("Contact").get(contact_id)) if contact_id else None
    if contact is not None and account_id is None:
        account_id = contact.get("AccountId")
    account_id = _into(state, "Account", account_id, _mapped(lead, _TO_ACCOUNT), owner, system)
    values = {**_mapped(lead, _TO_CONTACT), **_custom(state, lead, "Contact"), "AccountId": account_id}
    contact_id = _into(state, "Contact", contact_id, values, owner, system)
    made = {"Contact": contact_id, "Account": account_id}
    if wish.opportunity_name:
        day = stamp(state.now_ms() + 90 * 86_400_000)[:10]
        opportunity = {
            "Name": wish.opportunity_name,
            "AccountId": account_id,
            "StageName": "Prospecting",
            "CloseDate": day,
        }
        made["Opportunity"] = create(state, state.objects["opportunity"], opportunity, system)
    _move_activities(state, lead, contact_id, system)
    touched: Row = {
        "IsConverted": True,
        "ConvertedDate": stamp(state.now_ms())[:10],
        "Status": status,
        "IsUnreadByOwner": False,
        **{f"Converted{name}Id": record_id for name, record_id in made.items()},
    }
    apply(state, state.objects["lead"], lead, touched, author, "convert")
    return made


def _mapped(lead: Row, names: dict[str, str]) -> Row:
    return {target: lead[source] for source, target in names.items() if lead.get(source) not in (None, False)}


def _custom(state: OrgState, lead: Row, target: str) -> Row:
    """Custom fields of one name and type on both objects move along, as where an admin has mapped them."""
    fields = state.objects[target.lower()].fields
    return {
        field.name: lead[field.name]
        for lower, field in state.objects["lead"].fields.items()
        if field.custom and lower in fields and fields[lower].type == field.type and lead.get(field.name) is not None
    }


def _into(state: OrgState, name: str, record_id: str | None, values: Row, owner_id: str, author: Author) -> str:
    definition = state.objects[name.lower()]
    if record_id is None:
        owner = {"OwnerId": owner_id} if owner_id.startswith("005") else {}
        return create(state, definition, {**values, **owner}, author)
    row = found(state.table(name).get(record_id))
    empty = {key: value for key, value in values.items() if row.get(key) is None}
    if empty:
        apply(state, definition, row, empty, author, "update")
    return row["Id"]


def _move_activities(state: OrgState, lead: Row, contact_id: str, author: Author) -> None:
    for child, name, held in list(children(state, state.objects["lead"], lead)):
        if name == "WhoId" and not held.get("IsDeleted"):
            apply(state, child, held, {"WhoId": contact_id}, author, "update")
        elif child.name == "CampaignMember" and not held.get("IsDeleted"):
            apply(state, child, held, {"ContactId": contact_id}, author, "update")
