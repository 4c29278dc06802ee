"""The noisy seeded leads through the kept keys: as right as by the whole list, and nearly always the same answer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from syncer.core.fields import FieldMap, FieldType, KindMap
from syncer.core.identity.candidates import index
from syncer.core.identity.match import Match, match
from syncer.core.identity.model import shipped_model
from syncer.core.identity.profiles import account_profile, lead_profile
from syncer.stages.belong import belong
from syncer.stages.belong_ends import question_id
from syncer.stages.belong_model import live_model
from syncer.stages.belong_refit import refit_weights
from syncer.store.knowledge_rows import MembershipRow
from syncer.store.rows import LinkRow, RecordRow
from tests.identity.noisy_leads import noisy
from tests.stages.world import PairWorld, account, make_pair, person

Rows = list[dict[str, str]]
LEAD = {name: name.title() for name in ("email", "company", "phone", "city", "state", "country")}
ACCOUNT = {"name": "Name", "domain": "Website", "phone": "Phone", "city": "BillingCity", "state": "BillingState"}
ACCOUNT["country"] = "BillingCountry"


def kinds() -> tuple[KindMap, KindMap]:
    people = [FieldMap(name, {"Lead": field}, {"contacts": name}, FieldType.TEXT) for name, field in LEAD.items()]
    firms = [FieldMap(name, {"Account": field}, {"companies": name}, FieldType.TEXT) for name, field in ACCOUNT.items()]
    return account(fields=tuple(firms)), person(fields=tuple(people), left_objects=("Lead",))


def keep(pair: PairWorld, kind: str, rows: Iterable[dict[str, str]]) -> None:
    """Observed and linked, as the stages before would leave it."""
    name, fields = ("Account", ACCOUNT) if kind == "account" else ("Lead", LEAD)
    told = [{**row, "domain": row.get("website", "")} for row in rows]
    now_ms = pair.clock.now_ms()
    with pair.store.transaction() as tx:
        for row in told:
            values = {field: row[one] for one, field in fields.items() if row.get(one)}
            tx.records.upsert([RecordRow("left", name, row["id"], now_ms, now_ms, values, "live")])
        tx.links.insert([LinkRow(f"l-{row['id']}", kind, "linked", f"k-{row['id']}", name, row["id"]) for row in told])


def answers(pair: PairWorld, leads: Rows) -> dict[str, tuple[str, str | None]]:
    """Lead -> decision and account, as the state tells them."""
    found: dict[str, tuple[str, str | None]] = {}
    with pair.store.snapshot() as tx:
        members = tx.memberships.get_many([f"l-{row['id']}" for row in leads])
        for row in leads:
            matched = [one.account_link for one in members[f"l-{row['id']}"] if one.how == "matched"]
            asked = tx.reviews.get(question_id(f"l-{row['id']}"))
            if asked is not None:
                best = asked.payload["candidates"][0]
                found[row["id"]] = ("review", best["account"] if best["score"] >= 0.6 else None)
            else:
                found[row["id"]] = ("auto", matched[0]) if matched else ("none", None)
    return {lead: (decision, account and account.removeprefix("l-")) for lead, (decision, account) in found.items()}


def as_told(found: Match) -> tuple[str, str | None]:
    return found.decision.value, found.account


@pytest.mark.parametrize(("seed", "size", "number", "late"), [(1, 1_000, 1_000, 0), (2, 1_000, 1_000, 300)])
def test_noisy_leads_find_their_accounts_by_kept_keys_as_by_the_whole_list(
    seed: int, size: int, number: int, late: int
) -> None:
    """`late`: so many accounts appear when the people were matched already."""
    pair = make_pair(kinds())
    pair.look()
    accounts, leads, truth = noisy(seed, size, number)
    firms, people = pair.kinds
    keep(pair, "account", accounts[late:])
    keep(pair, "person", leads)
    for kind in pair.kinds:
        belong(pair.context(), kind)
    with pair.store.transaction() as tx:  # as reconcile would
        rows = tx.records.dirty([("left", "Lead"), ("left", "Account")], 10**6)
        tx.records.mark_planned([(row.side, row.object, row.id, row.dirty_seq) for row in rows])
    keep(pair, "account", accounts[:late])
    belong(pair.context(), firms)
    with pair.store.snapshot() as tx:
        woken = len(tx.records.dirty([("left", "Lead")], 10**6))
    assert woken <= 3 * late
    belong(pair.context(), people)
    found = answers(pair, leads)
    known = index(map(account_profile, accounts))
    whole = {row["id"]: as_told(match(lead_profile(row), known, shipped_model())) for row in leads}
    same = sum(found[lead] == whole[lead] for lead in whole) / len(whole)
    auto = {lead: account for lead, (decision, account) in found.items() if decision == "auto"}
    right = sum(truth.get(lead) == account for lead, account in auto.items())
    precision, recall = right / len(auto), right / len(truth)
    print(f"world {seed}: {same:.4f} the same, precision {precision:.4f}, recall {recall:.4f}, woken {woken}")
    assert same >= 0.99
    assert precision >= 0.99
    assert recall >= 0.90


def test_weights_learn_from_what_people_decided_and_are_judged_on_what_they_were_not_fitted_on() -> None:
    pair = make_pair(kinds())
    pair.look()
    accounts, leads, truth = noisy(4, 300, 240)
    keep(pair, "account", accounts)
    keep(pair, "person", leads)
    belong(pair.context(), pair.kinds[0])
    now_ms, rows = pair.clock.now_ms(), []
    few = refit_weights(pair.context())
    assert (few["n"], few["refitted"]) == (0, False)
    assert "fewer than 20" in few["why"]
    for lead in leads:
        right = truth.get(lead["id"])
        if right is not None:
            rows.append(MembershipRow(f"l-{lead['id']}", f"l-{right}", "confirmed", 0.7, {}, now_ms))
    with pair.store.transaction() as tx:
        tx.memberships.put(rows)
    whole = refit_weights(pair.context())
    assert whole["n"] == len(rows) == whole["confirmed"]
    assert whole["before"]["auto_right"] <= whole["n"]
    context = pair.context()
    if whole["refitted"]:
        assert whole["after"]["surprise"] < whole["before"]["surprise"]
        assert live_model(context) != shipped_model()
    with pair.store.transaction() as tx:  # and if every one of these were wrong
        tx.memberships.drop([row.person_link for row in rows])
        tx.memberships.put([replace(row, how="rejected") for row in rows])
    turned = refit_weights(pair.context())
    assert turned["rejected"] == len(rows)
    assert turned["refitted"]
    assert turned["after"]["auto_wrong"] < turned["before"]["auto_wrong"]
    assert live_model(context).bias != shipped_model().bias
    with pair.store.transaction() as tx:
        row = tx.models.current("(membership)")
        assert row is not None
        tx.models.put(replace(row, report={"weights": {"bias": 0.0, "weights": {"shoe_size": 1.0}}}))
    assert live_model(context) == shipped_model()
    assert [problem.name for problem in context.report.problems] == ["MatchWeightsUnfit"]
