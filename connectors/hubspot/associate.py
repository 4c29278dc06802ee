"""The primary company of a contact: read as the property `associatedcompanyid`, written as an association.

A label written for a pair replaces the pair's other labels, so those are read first and sent along. Clearing takes
only the label "primary" away: that the two belong together somehow was another person's statement, and it stays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.base import AccessError, DataError, GoneError, RemoteError
from connectors.hubspot.api import Api
from connectors.hubspot.batches import POISON, Item, Result, matched, send
from connectors.hubspot.read import chunks
from connectors.hubspot.words import ASSOCIATION_BATCH, COMPANY_OF_CONTACT, PRIMARY_COMPANY
from connectors.shortcomings import not_offered

_FROM, _TO = "contacts", "companies"
_PRIMARY = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": PRIMARY_COMPANY}
Labels = dict[str, list[dict[str, Any]]]  # id of the other record -> types of the pair


def set_companies(api: Api, wanted: Mapping[str, str | None]) -> dict[str, RemoteError | None]:
    """Contact id -> None when it has the company wanted (None: no primary one), else why not. Never raises one."""
    done: dict[str, RemoteError | None] = {}
    for contacts in chunks(tuple(wanted), ASSOCIATION_BATCH):
        try:
            held = held_by(api, _FROM, _TO, contacts)
        except RemoteError as error:
            done |= dict.fromkeys(contacts, _about_the_company(error))
            continue
        add = [_to_add(item, wanted[item] or "", held.get(item, {})) for item in contacts if wanted[item]]
        take = [_to_take(item, held.get(item, {})) for item in contacts if not wanted[item]]
        results = send([item for item in add if item], lambda items: _associate(api, items))
        results |= send([item for item in take if item], lambda items: _remove(api, items))
        for contact in contacts:
            result = results.get(contact)
            done[contact] = _about_the_company(result) if isinstance(result, RemoteError) else None
    return done


def _about_the_company(error: RemoteError) -> RemoteError:
    """A refusal of the pair is a fault of this one field: "not found" may mean the company, never only the contact."""
    if not_offered(error) and not isinstance(error, GoneError):
        return AccessError(
            error.message,
            side="right",
            code=error.code,
            status=error.status,
            fields=(COMPANY_OF_CONTACT,),
            action="Grant the app the scopes crm.objects.contacts.write and crm.objects.companies.write.",
        )
    if not isinstance(error, POISON):
        return error
    return DataError(
        error.message,
        side="right",
        code=error.code,
        status=error.status,
        fields=(COMPANY_OF_CONTACT,),
        action="Nothing to do: the contact goes without its company until that can be written.",
    )


def associated(api: Api, source: str, ids: Sequence[str], target: str) -> dict[str, tuple[str, ...]]:
    """Id -> ids of its records of that kind, in numeric order, whatever the label; an entry for every id."""
    found: dict[str, tuple[str, ...]] = dict.fromkeys(ids, ())
    for part in chunks(tuple(found), ASSOCIATION_BATCH):
        held = held_by(api, source, target, part)
        found |= {item: tuple(sorted(labels, key=lambda key: (len(key), key))) for item, labels in held.items()}
    return found


def held_by(api: Api, source: str, target: str, ids: Sequence[str]) -> dict[str, Labels]:
    """Id -> what it is associated with. One without any is missing in the answer; long lists come in pages."""
    found: dict[str, Labels] = {}
    inputs: list[dict[str, Any]] = [{"id": item} for item in ids]
    while inputs:
        answer = api.associations(source, target, inputs)
        inputs = []
        for result in answer.get("results") or ():
            contact = str(result["from"]["id"])
            labels = found.setdefault(contact, {})
            for target in result.get("to") or ():
                labels.setdefault(str(target["toObjectId"]), []).extend(target.get("associationTypes") or ())
            after = ((result.get("paging") or {}).get("next") or {}).get("after")
            if after:
                inputs.append({"id": contact, "after": str(after)})
    return found


def _to_add(contact: str, company: str, held: Labels) -> Item | None:
    labels = held.get(company, [])
    if any(_is_primary(label) for label in labels):
        return None
    kept = [{"associationCategory": label["category"], "associationTypeId": label["typeId"]} for label in labels]
    return _item(contact, company, [_PRIMARY, *kept])


def _to_take(contact: str, held: Labels) -> Item | None:
    for company, labels in held.items():
        if any(_is_primary(label) for label in labels):
            return _item(contact, company, [_PRIMARY])
    return None


def _is_primary(label: Mapping[str, Any]) -> bool:
    return label.get("typeId") == PRIMARY_COMPANY and label.get("category") == "HUBSPOT_DEFINED"


def _item(contact: str, company: str, types: Sequence[Mapping[str, Any]]) -> Item:
    return Item(contact, contact, {"from": {"id": contact}, "to": {"id": company}, "types": list(types)})


def _associate(api: Api, items: Sequence[Item]) -> Mapping[str, Result]:
    answer = api.associate(_FROM, _TO, [dict(item.body) for item in items])
    return matched(items, answer, _contact_of)


def _contact_of(result: Mapping[str, Any]) -> Sequence[str]:
    """The pair's contact; its id stands flat in v4 and nested in answers of newer versions."""
    nested = result.get("from")
    return [str(result.get("fromObjectId") or (nested or {}).get("id") or "")]


def _remove(api: Api, items: Sequence[Item]) -> Mapping[str, Result]:
    answer = api.remove_labels(_FROM, _TO, [dict(item.body) for item in items])
    refused = matched(items, answer, _contact_of)
    return {item.trace: refused.get(item.trace, {}) for item in items}  # 204: all were removed
