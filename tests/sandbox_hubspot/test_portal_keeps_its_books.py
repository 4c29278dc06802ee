"""Hundreds of random edits by people, apps and the portal itself; then every book of the portal must agree.

The ledger alone must suffice to rebuild every record: that is what oracles rest on.
"""

from __future__ import annotations

from random import Random

import pytest

from sandbox.hubspot.errors import PortalRefusal

V3 = "/crm/v3/objects"


def edit(call, rng: Random) -> None:
    """One random edit through a random door; refusals are part of the game."""
    portal, object_name = call.portal, rng.choice(["contacts", "contacts", "companies"])
    known = [record["id"] for record in portal.records(object_name)] or ["1"]
    record_id, other = rng.choice(known), rng.choice(known)
    name = f"{rng.choice('abcdefgh')}@{rng.choice(['acme.com', 'beta.org'])}"
    values = {
        "contacts": {
            "email": name,
            "city": rng.choice(["Oslo", "Rome", ""]),
            "lifecyclestage": rng.choice(["lead", "", "customer"]),
        },
        "companies": {"domain": name.partition("@")[2], "name": rng.choice("XYZ"), "city": rng.choice(["Oslo", ""])},
    }[object_name]
    sent = {key: values[key] for key in rng.sample(sorted(values), rng.randint(1, len(values)))}
    companies = [record["id"] for record in portal.records("companies")] or ["1"]
    contacts = [record["id"] for record in portal.records("contacts")] or ["1"]
    pair = {"from": {"id": rng.choice(contacts)}, "to": {"id": rng.choice(companies)}}
    types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": rng.choice([1, 279])}]
    traced = {"id": record_id, "properties": sent, "objectWriteTraceId": "1"}
    employer = {"associatedcompanyid": rng.choice([*companies, ""])}
    archived = [str(number) for number in portal.state.stores[object_name].archived_ids] or ["1"]
    edges = "/crm/v4/associations/contacts/companies/batch"
    acts = [
        lambda: call("POST", f"{V3}/{object_name}", {"properties": sent}),
        lambda: portal.create(object_name, values, "human:Ann"),
        lambda: call("PATCH", f"{V3}/{object_name}/{record_id}", {"properties": sent}),
        lambda: portal.update(object_name, record_id, sent, "human:Bob"),
        lambda: call("POST", f"{V3}/{object_name}/batch/update", {"inputs": [traced]}),
        lambda: call("DELETE", f"{V3}/{object_name}/{record_id}"),
        lambda: portal.restore(object_name, rng.choice(archived), "human:Ann"),
        lambda: portal.merge(object_name, record_id, [other], "human:Ann"),
        lambda: call("POST", f"{edges}/create", {"inputs": [pair | {"types": types}]}),
        lambda: call("POST", f"{edges}/labels/archive", {"inputs": [pair | {"types": types}]}),
        lambda: call("POST", f"{edges}/archive", {"inputs": [{"from": pair["from"], "to": [pair["to"]]}]}),
        lambda: portal.update("contacts", pair["from"]["id"], employer, "human:Cy"),
    ]
    try:
        rng.choice(acts)()
    except PortalRefusal:
        return


def rebuilt(call) -> dict[tuple[str, str], dict[str, str]]:
    """Every live record from the ledger alone."""
    records: dict[tuple[str, str], dict[str, str]] = {}
    resting: dict[tuple[str, str], dict[str, str]] = {}
    for entry in call.ledger.since(0):
        key = (entry.object, entry.id)
        if entry.op == "archive":
            resting[key] = records.pop(key)
            continue
        if entry.op == "restore":
            records[key] = dict(resting.pop(key))
        if entry.op == "merge":
            primary, loser = entry.changes["primary_id"][0], entry.changes["merged_id"][0]
            records[key] = records.pop((entry.object, primary))
            del records[(entry.object, loser)]
        held = records.setdefault(key, {})
        for name, (old, new) in entry.changes.items():
            if name.startswith("associations.") or name in ("merged_id", "primary_id"):
                continue
            if entry.op == "update":
                assert held.get(name) == old, (entry, held)
            held.pop(name, None)
            if new is not None:
                held[name] = new
    return records


@pytest.mark.parametrize("seed", range(6))
def test_ledger_indexes_associations_and_search_agree_after_any_edits(portal_with, seed):
    call = portal_with(
        seed=seed,
        index_lag_ms=(0, 2_000),
        computed_lag_ms=(1, 500),
        auto_associate_companies=seed % 2 == 0,
        burst_limit=10**6,
        search_limit=10**6,
    )
    rng = Random(seed)
    for _ in range(400):
        edit(call, rng)
        call.clock.advance(rng.choice([0, 1, 300]))
    call.clock.advance(60_000)
    call("GET", f"{V3}/contacts")  # lets the portal do what it owes
    call.clock.advance(60_000)  # and the index see it

    portal, state = call.portal, call.portal.state
    stored = {
        (plural, str(number)): dict(store.records[number].values)
        for plural, store in state.stores.items()
        for number in store.live_ids
    }
    assert stored == rebuilt(call)
    for plural in ("contacts", "companies"):
        store = state.stores[plural]
        live = [record["id"] for record in portal.records(plural)]
        assert live == [str(number) for number in sorted(map(int, live))]
        assert len(store.records) == len(store.live_ids) + len(store.archived_ids)
        found, after = [], "0"
        while after:
            answer = call("POST", f"{V3}/{plural}/search", {"sorts": ["hs_object_id"], "limit": 200, "after": after})[1]
            found += [record["id"] for record in answer["results"]]
            after = answer.get("paging", {}).get("next", {}).get("after")
        assert found == live
        assert store.modified_between(0, call.clock.now_ms()) == [
            record.id
            for record in sorted((store.records[int(each)] for each in live), key=lambda r: (r.modified_ms, r.id))
        ]
    contacts = state.stores["contacts"]
    held = {
        value: number
        for number in contacts.live_ids
        for name, value in contacts.claims(contacts.records[number])
        if name == "email"
    }
    assert contacts.unique["email"] == held
    for (origin, target), by_id in state.associations.edges.items():
        for record_id, ends in by_id.items():
            assert state.stores[origin].live(record_id).id == record_id
            for other, kinds in ends.items():
                back = state.associations.ends(target, other, origin)[record_id]
                assert {state.associations.types[number].inverse for number in kinds} == set(back)
    for number in contacts.live_ids:
        ends = state.associations.ends("contacts", number, "companies")
        primary = [str(other) for other, kinds in ends.items() if 1 in kinds]
        assert primary == [value for value in [contacts.records[number].values.get("associatedcompanyid")] if value]
