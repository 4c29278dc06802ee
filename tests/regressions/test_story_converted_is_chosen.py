"""Found in review: which of two contacts a converted lead goes on with could be answered by no command."""

from __future__ import annotations

import pytest

from syncer.errors import UsageError
from syncer.report.questions import questions
from syncer.stages.decide import choose, create_new
from tests.stages.test_outbound_sync import journal, left, right, run
from tests.stages.world import PairWorld, make_pair


def converted(pair: PairWorld, leads: int = 1) -> tuple[str, dict[str, str]]:
    """A contact that leads were converted into; it, and the right record of each: "contact", "lead0", "lead1"."""
    account = pair.org.create("Account", {"Name": "Acme"}, "human:ann")
    contact = pair.contact(Email="jane@acme.example", AccountId=account, Title="Head")
    made = [pair.lead(Email=f"jane{n}@home.example", Title=f"Buyer {n}", Company=f"Home {n}") for n in range(leads)]
    run(pair)
    rights = {"contact": pair.link_of("left", "Contact", contact).right_id}  # type: ignore[union-attr]
    for n, lead in enumerate(made):
        rights[f"lead{n}"] = pair.link_of("left", "Lead", lead).right_id  # type: ignore[union-attr]
        pair.org.convert(lead, "human:ann", account_id=account, contact_id=contact)
    run(pair)
    return contact, rights


def asked(pair: PairWorld) -> dict:
    with pair.store.snapshot() as tx:
        (question,) = questions(tx, pair.kinds, pair.clock.now_ms())["reviews"]
    return question


@pytest.mark.parametrize("keeps", ["contact", "lead0"])
def test_the_chosen_one_goes_on_with_the_contact_and_the_other_is_left_over(keeps: str) -> None:
    pair = make_pair()
    contact, rights = converted(pair)
    question = asked(pair)
    chosen, other = rights[keeps], next(value for name, value in rights.items() if name != keeps)
    before = right(pair, other)
    choices = [answer for answer in question["answers"] if "--choose" in answer]
    assert len(choices) == 2 and any(answer.endswith(chosen) for answer in choices)
    assert not [answer for answer in question["answers"] if "--create" in answer]
    with pytest.raises(UsageError, match="converted"):
        create_new(pair.context(), question["id"])

    choose(pair.context(), question["id"], chosen)
    run(pair)
    link = pair.link_of("left", "Contact", contact)
    assert link is not None and (link.state, link.right_id) == ("linked", chosen)
    assert not pair.links("ambiguous") and not pair.reviews()
    assert [row.right_id for row in pair.links("split")] == [other] and len(pair.reviews("split")) == 1
    assert right(pair, chosen)["jobtitle"] == left(pair, "Contact", contact)["Title"]
    assert right(pair, other) == before, "what is left over stays as it is"
    lost = {row.loser for row in journal(pair)}
    assert keeps == "contact" or {"Buyer 0", "Home 0"} <= lost, "what the contact replaced can be put back"
    pair.org.update("Contact", contact, {"Title": "Chief"}, "human:ann")
    run(pair)
    assert right(pair, chosen)["jobtitle"] == "Chief"
    assert not [name for name in run(pair).counts if name.startswith(("creates", "updates"))]


def test_a_second_lead_converted_into_the_same_contact_joins_the_question() -> None:
    pair = make_pair()
    contact, rights = converted(pair, leads=2)
    question = asked(pair)
    assert {item["id"] for item in question["candidates"]} == set(rights.values())
    choose(pair.context(), question["id"], rights["lead1"])
    run(pair)
    link = pair.link_of("left", "Contact", contact)
    assert link is not None and link.right_id == rights["lead1"]
    assert not pair.links("ambiguous") and len(pair.links("split")) == 2
