"""The shared definition on a seeded population, held against what is true of everybody and what anybody said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from sandbox.population.places import account_differences
from syncer.core.claims import Authority, claim
from syncer.report.replay import replay
from syncer.stages.enrich_calls import claim_rows
from tests.stages.known_world import KnownWorld, Subject, play
from tests.stages.told_truth import wrong_about

CRITERIA = ("budget", "industry", "size", "opt_in", "salesforce_environment", "nps", "voice_of_customer")
TARGET = ("industry", "size", "salesforce_environment")
HARD = {"pricing_page", "demo_watched", "webinar"}
LADDER = ("prospect", "MQL", "SAL", "SQL", "TRUE lead")
WORD = {True: "met", False: "not met"}
GUESSES = {
    "annual_budget": 90_000, "opted_in": True, "nps": 10, "wants_voice_of_customer": True, "uses_salesforce": True,
    "company_size": 900, "company_industry": "COMPUTER_NETWORK_SECURITY", "number_of_employees": 900,
    "industry": "COMPUTER_NETWORK_SECURITY",
}  # fmt: skip


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KnownWorld]:
    with play(tmp_path_factory.mktemp("known"), edits=60) as made:
        yield made


@pytest.fixture(scope="module")
def subjects(world: KnownWorld) -> Mapping[str, Subject]:
    return world.subjects()


def story(subjects: Mapping[str, Subject]) -> str:
    """Precision and recall by criterion: of what is known how much is true, of what somebody told how much is known."""
    lines = []
    for name in CRITERIA:
        known = [one for one in subjects.values() if one.truths[name] != "unknown"]
        told = [one for one in subjects.values() if name in one.told and one.told[name].met is not None]
        right = sum(one.truths[name] == WORD.get(one.true[name]) for one in known)
        heard = sum(one.truths[name] != "unknown" for one in told)
        lines.append(f"{name}: {right} of {len(known)} right, {heard} of {len(told)} known where somebody told")
    return "\n".join(lines)


def judged(one: Subject, name: str) -> Mapping[str, Any]:
    return next(item for item in one.row.verdict["criteria"] if item["id"] == name)


def line(one: Subject, name: str) -> str:
    return f"{one.email}: {name} is {one.true[name]}, told {one.told.get(name)}, stored: {judged(one, name)['line']}"


def misled(world: KnownWorld, one: Subject, name: str) -> bool:
    """Whether all who are named as evidence are wrong themselves: a vendor, or one side's figure of the employees."""
    assert one.company is not None
    sources = {(evidence["authority"], evidence["source"]) for evidence in judged(one, name)["evidence"]}
    differs = name == "size" and "employees" in account_differences(world.running.population.world, one.company.number)
    states = world.running.vendors.states
    return bool(sources) and all(
        any(wrong_about(states, one.company, vendor, name) for vendor in source.split("+"))
        if authority == "provider"
        else authority == "import" and differs
        for authority, source in sources
    )


def test_every_criterion_is_judged_as_it_is_true_unless_a_vendor_named_as_evidence_is_wrong(world, subjects) -> None:
    known = [(one, name) for one in subjects.values() for name in CRITERIA if one.truths[name] != "unknown"]
    wrong = [(one, name) for one, name in known if one.truths[name] != WORD.get(one.true[name])]
    print(story(subjects))
    unexcused = [line(one, name) for one, name in wrong if name in one.heard or not misled(world, one, name)]
    assert not unexcused, "\n".join([*unexcused, story(subjects)])
    assert len(known) > 500 and len(wrong) < 0.02 * len(known), story(subjects)


def test_what_anybody_told_is_known_and_decides_as_it_was_told(subjects) -> None:
    words = [(one, name, opinion) for one in subjects.values() for name, opinion in one.told.items()]
    told = [(one, name, opinion) for one, name, opinion in words if opinion.met is not None]
    missed = [line(one, name) for one, name, _ in told if one.truths[name] == "unknown"]
    assert not missed, "\n".join([*missed, story(subjects)])
    against = [line(one, name) for one, name, opinion in told if one.truths[name] != WORD[opinion.met]]
    assert not against, "\n".join([*against, story(subjects)])
    assert {name for _, name, _ in told} == set(CRITERIA) and len(words) - len(told) < 0.01 * len(told)


def test_what_nobody_told_is_unknown(subjects) -> None:
    untold = [(one, name) for one in subjects.values() for name in CRITERIA if name not in one.told]
    baseless = [line(one, name) for one, name in untold if one.truths[name] != "unknown"]
    assert len(untold) > 300 and not baseless, "\n".join([*baseless, story(subjects)])


def test_nothing_is_settled_by_a_kind_of_word_that_may_not_settle_it(world, subjects) -> None:
    with world.look() as context:
        allowed = {one.id: {str(kind) for kind in one.evidence} for one in context.definition.criteria}
    assert all("predicted" not in kinds for kinds in allowed.values())
    for one in subjects.values():
        for name in CRITERIA:
            kinds = {evidence["authority"] for evidence in judged(one, name)["evidence"]}
            assert kinds <= allowed[name], line(one, name)
            assert kinds or one.truths[name] == "unknown", line(one, name)


def test_statuses_follow_from_criteria_and_signals_and_a_download_makes_none(subjects) -> None:
    apart = [one for one in subjects.values() if one.row.status not in LADDER]
    assert len(apart) < 5 and all(one.row.status == "disqualified" for one in apart), "reps closed a few leads"
    for one in subjects.values():
        assert one in apart or one.row.status == status_of(one), f"{one.email}: {one.truths}, {one.signals}"
    found = [one.row.status for one in subjects.values()]
    assert {"prospect", "MQL", "SQL", "TRUE lead"} <= set(found)
    soft = [one for one in subjects.values() if one.signals == ("download",)]
    assert soft and all(one.row.status != "MQL" for one in soft)


def status_of(one: Subject) -> str:
    met = {name for name in CRITERIA if one.truths[name] == "met"}
    if met == set(CRITERIA):
        return "TRUE lead"
    if met | {"nps"} == set(CRITERIA):
        return "SQL"
    return "MQL" if set(TARGET) <= met and HARD & set(one.signals) else "prospect"


def test_an_account_has_got_as_far_as_the_person_of_it_who_got_furthest(world, subjects) -> None:
    with world.look() as context, context.store.snapshot() as tx:
        accounts = {row.link_id: row for row in tx.verdicts.iterate("account", "", 1_000)}
        members = tx.memberships.of_accounts(sorted(accounts))
        assert len(accounts) == tx.links.count_by_state()["account", "linked"]
    reached: dict[str, int] = {}
    for row in members:
        one = subjects.get(row.person_link)
        if row.how != "rejected" and one is not None and one.row.status in LADDER:
            rank = LADDER.index(one.row.status)
            reached[row.account_link] = max(reached.get(row.account_link, 0), rank)
    assert max(reached.values()) == 4
    assert {name: accounts[name].status for name in reached} == {name: LADDER[rank] for name, rank in reached.items()}


def test_nothing_is_left_over_and_another_sync_writes_and_hears_nothing(world, subjects) -> None:
    again = world.sync()
    assert not any(name.startswith(("creates.", "updates.", "archives.")) for name in again["counts"]), again
    assert not {"documents_new", "heard", "judged", "enrich_questions", "planned"} & set(again["counts"]), again
    for run in world.runs:
        assert (run["problems"], run["held"], run["quarantined"], run["open_intents"]) == ([], [], 0, {})
    with world.look() as context, context.store.snapshot() as tx:
        assert not tx.suspended.list()
    assert {name: one.truths for name, one in world.subjects().items()} == {
        name: one.truths for name, one in subjects.items()
    }


def test_every_verdict_comes_out_the_same_when_it_is_judged_once_more(world, subjects) -> None:
    with world.look() as context, context.store.snapshot() as tx:
        told = replay(tx, context.kinds, context.definition)
    assert told["verdicts"] == told["same"] > len(subjects) and not told["differing"]


def test_predictions_of_all_criteria_and_downloads_by_all_who_fit_make_nobody_get_further(world, subjects) -> None:
    with world.look() as context, context.store.transaction() as tx:
        now_ms = context.clock.now_ms()
        for kind in ("person", "account"):
            links = [link.link_id for link in tx.links.iterate(kind, ("linked",), "", 1_000)][::2]  # under the breaker
            guesses = [
                claim(link, name, value, Authority.PREDICTED, "lookalike", now_ms, confidence=0.99)
                for link in links
                for name, value in GUESSES.items()
            ]
            assert tx.claims.add(claim_rows(guesses, context.report.run_id)) == len(guesses)
            tx.links.touch(links)
    fits = [one for one in subjects.values() if all(one.truths[name] == "met" for name in TARGET)]
    near = [one.link.right_id for one in fits if one.row.status == "prospect"]
    with world.running.lock:
        for contact in near:
            world.running.portal.update("contacts", contact, {"download": "true"}, "automation")
    run = world.sync()
    assert near and not run["held"]
    assert run["counts"]["judged"] >= len(subjects) // 2
    after = world.subjects()
    assert {name: one.truths for name, one in after.items()} == {name: one.truths for name, one in subjects.items()}
    moved = [one.email for name, one in after.items() if one.row.status != subjects[name].row.status]
    assert not moved
    unsaid = [one for one in after.values() if "budget" not in one.heard]
    budgets = [world.running.portal.record("contacts", one.link.right_id).get("annual_budget") for one in unsaid]
    assert len(budgets) > 100 and 90_000 not in {float(budget) for budget in budgets if budget}
