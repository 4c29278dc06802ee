"""What is heard of a seeded population, held against what was really said there."""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest

from connectors.base import Record
from sandbox.population import Population, World, populate
from sandbox.population.talk import Said, form_answer, talks
from syncer.core.claims import Claim, from_ledger
from syncer.mapping.calls import load_calls
from syncer.mapping.load import load_mappings
from syncer.stages.document_rows import SHAPES, document
from syncer.stages.documents import observe_documents
from syncer.stages.listen import listen
from tests.stages.world import PairWorld, make_pair

MAPPINGS = Path(__file__).parents[2] / "mappings"
HIDDEN_IN = {
    "segment.case_study_lead_time": "case_study_lead_time"
}  # of a kind of company, and kept apart from this one


@pytest.fixture(scope="module")
def heard() -> tuple[Population, dict[str, list[Claim]], dict[str, list[str]], PairWorld]:
    """(who is who, document -> its claims, document -> kinds of objections, the world)."""
    pair = make_pair(load_mappings(MAPPINGS).kinds)
    population = populate(World(11, 120, 900), pair.org, pair.portal, pair.clock.now_ms())
    context = pair.look(hears=load_calls(MAPPINGS))
    observe_documents(context)
    listen(context)
    claims: dict[str, list[Claim]] = defaultdict(list)
    objections: dict[str, list[str]] = defaultdict(list)
    with pair.store.snapshot() as tx:
        for row in tx.claims.iterate("", 1_000_000):
            claims[row.doc_id].append(from_ledger(row.claim))
        for one in tx.objections.list(0, pair.clock.now_ms() + 1):
            objections[one.doc_id].append(one.kind)
    yield population, claims, objections, pair
    pair.store.close()


def said_in(population: Population) -> dict[str, tuple[Said, ...]]:
    """Document -> what was said in it, of everybody whom a system knows."""
    found = {}
    for number, places in population.activities.items():
        for talk, (system, name, record_id) in zip(talks(population.world, number), places, strict=True):
            side = "left" if system == "salesforce" else "right"
            found[f"{side}:{name}:{record_id}"] = talk.said
    return found


def test_every_clear_fact_is_heard_right_and_no_other_is_taken_for_one(heard) -> None:
    population, claims, objections, pair = heard
    told = said_in(population)
    with pair.store.snapshot() as tx:
        states = {row.doc_id: row.state for row in tx.documents.get_many(list(told)).values()}
    assert set(states) == set(told), "every activity of every kind is read"
    unlinked = {doc for doc, state in states.items() if state == "unlinked"}
    assert len(unlinked) < 0.1 * len(told), "people who stand twice in one system wait for a person"
    assert not unlinked & set(claims)
    right: Counter[str] = Counter()
    missed: list[Any] = []
    wrong: list[Any] = []
    for doc, said in told.items():
        if doc in unlinked:
            continue
        known = {(HIDDEN_IN.get(one.field, one.field), plain(one.value)) for one in claims.get(doc, ())}
        known |= {("objection", kind) for kind in objections.get(doc, ())}
        true = {(one.fact, plain(one.value)) for one in said if one.clear}
        if ("annual_budget", 0) in true:
            true |= known & {("objection", "no budget")}  # the same words say both
        true_fields = {one.fact for one in said}
        right.update(field for field, _ in known & true)
        missed += [(doc, *one) for one in true - known]
        wrong += [(doc, *one) for one in known - true if one[0] in true_fields or one[0] in FACTS]
    count = sum(right.values())
    precision, recall = count / (count + len(wrong)), count / (count + len(missed))
    story = f"precision {precision:.3f}, recall {recall:.3f} of {dict(right)}; missed {missed[:8]}, wrong {wrong[:8]}"
    print(story)
    assert count > 150, story
    assert not missed, story
    assert not wrong, story


FACTS = ("annual_budget", "timeline_months", "nps", "opted_in", "uses_salesforce", "wants_voice_of_customer")


def plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def test_every_quote_stands_in_its_document_word_for_word(heard) -> None:
    _, claims, _, pair = heard
    with pair.store.snapshot() as tx:
        texts = {doc: row.text for doc, row in tx.documents.get_many(list(claims)).items()}
    quotes = [(doc, one) for doc, said in claims.items() for item in said for one in item.evidence]
    assert len(quotes) > 150
    assert all(texts[doc][one.start : one.end] == one.quote != "" for doc, one in quotes)


def test_form_messages_tell_who_may_be_called(heard) -> None:
    population, claims, _, pair = heard
    agreed = {}
    for number, contact in population.right.items():
        answer = form_answer(population.world, number)
        if answer is not None:
            agreed[contact] = "may call me" in dict(answer.values)["message"]
    with pair.store.snapshot() as tx:
        forms = [row for row in tx.documents.get_many(list(claims)).values() if row.kind == "form"]
    heard_of = {row.about[0][2]: one.value for row in forms for one in claims[row.doc_id] if one.field == "opted_in"}
    assert len(heard_of) > 20
    assert heard_of == {contact: agreed[contact] for contact in heard_of}


def test_a_meeting_to_come_is_the_same_document_whenever_it_is_read() -> None:
    shape = next(one for one in SHAPES if one.object == "Event")
    values = {"Subject": "Demo", "Description": "Agenda", "StartDateTime": "2026-04-01T09:00:00.000+0000"}
    moments = (1_772_000_000_000, 1_772_000_060_000, 1_780_000_000_000)  # two before it, one after
    read = [document(shape, Record("Event", "00U1", values, 0, moment), (), moment) for moment in moments]
    assert len({row.text_hash for row in read}) == 1
    assert [row.said_ms for row in read] == [*moments[:2], 1_775_034_000_000], "nothing was said before it was read"
