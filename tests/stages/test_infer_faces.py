"""Stories of predictions in both CRMs: fields of their own, which move no verdict, and vanish when withdrawn."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from syncer.core.fields import FieldMap, FieldType, Rule
from syncer.core.predicted import FIELDS, amount, predicted_fields
from syncer.mapping.definition import load_definition
from syncer.store.knowledge_rows import PredictionRow
from tests.stages.test_judging_stage import DAY_MS, DEFINITION
from tests.stages.test_outbound_sync import journal, run
from tests.stages.world import PairWorld, account, account_fields, both_sides, make_pair, person, person_fields


def prediction(subject: str, fact: str, value: Any, **more: Any) -> PredictionRow:
    told: dict[str, Any] = {
        "prediction_id": f"{subject}{fact}", "subject": subject, "fact": fact, "value": value, "probability": 0.72,
        "interval": (), "model_id": "m", "made_ms": 1, "expires_ms": 0, "state": "open", "shown": True, "answer": None,
        "answered_ms": 0, "account_key": "",
        "basis": {"says": "annual budget", "unit": "USD", "agree": 9, "named": [["Globex", 0.9], ["Initech", 0.8]]},
    }  # fmt: skip
    return PredictionRow(**(told | more))


def ours(name: str) -> tuple[FieldMap, FieldMap]:
    left = "".join(word.capitalize() for word in name.split("_")) + "__c"
    return (
        FieldMap(name, {"Account": left}, {"companies": name}, FieldType.TEXT, rule=Rule.ALWAYS_SYNCER),
        both_sides(name, left, name, FieldType.TEXT, rule=Rule.ALWAYS_SYNCER),
    )


@pytest.fixture
def pair(tmp_path: Path) -> PairWorld:
    names = (*FIELDS, "qualification_status", "qualification_verdict")
    budget = both_sides("annual_budget", "Annual_Budget__c", "annual_budget", FieldType.MONEY,
                        authority=("human", "call", "form"))  # fmt: skip
    firm = FieldMap("account", {"Contact": "AccountId"}, {"contacts": "associatedcompanyid"}, FieldType.REFERENCE,
                    to="account", rule=Rule.PREFER_SALESFORCE_UNLESS_BLANK)  # fmt: skip
    firms = account(fields=(*account_fields(), *(ours(name)[0] for name in names)))
    people = person(fields=(*person_fields(), budget, firm, *(ours(name)[1] for name in names)))
    made = make_pair((firms, people))
    for object_name in ("Lead", "Contact", "Account"):
        for name in names:
            kind = {"type": "LongTextArea", "length": 4000, "visibleLines": 5}
            made.org.add_field(object_name, {"name": ours(name)[0].left["Account"], **kind})
    for object_name in ("Lead", "Contact"):
        made.org.add_field(object_name, {"name": "Annual_Budget__c", "type": "Number", "precision": 18, "scale": 0})
    made.portal.add_field("contacts", {"name": "annual_budget", "type": "number", "fieldType": "number"})
    for object_name in ("contacts", "companies"):
        for name in names:
            made.portal.add_field(object_name, {"name": name, "type": "string", "fieldType": "textarea"})
    file = tmp_path / "two.toml"
    file.write_text(DEFINITION, encoding="utf-8")
    known = {"annual_budget": ("number", "USD/year"), "number_of_employees": ("number", "")}
    made.definition = load_definition(file, known)  # type: ignore[attr-defined]
    return made


def seen(pair: PairWorld, contact: str, firm: str) -> dict[str, dict[str, Any]]:
    """The predicted fields of person and account on both sides, by their HubSpot names."""
    person_link, firm_link = pair.link_of("left", "Contact", contact), pair.link_of("left", "Account", firm)
    assert person_link is not None
    assert firm_link is not None
    left = {"person": pair.org.record("Contact", contact), "account": pair.org.record("Account", firm)}
    right = {
        "person": pair.portal.record("contacts", person_link.right_id),
        "account": pair.portal.record("companies", firm_link.right_id),
    }
    found = {}
    for who in ("person", "account"):
        salesforce, hubspot = dict(left[who] or {}), dict(right[who] or {})
        hubspot = dict(hubspot.get("properties", hubspot))
        pairs = {name: (salesforce.get(ours(name)[0].left["Account"]), hubspot.get(name)) for name in FIELDS}
        for name, (one, other) in pairs.items():
            assert (one or None) == (other or None), (who, name)
        found[who] = {name: one for name, (one, _) in pairs.items() if one}
    return found


def test_predictions_appear_beside_the_verdict_on_both_sides_and_vanish_with_the_next_cycle(pair: PairWorld) -> None:
    firm = pair.org.create("Account", {"Name": "Acme", "Website": "acme.example"}, "human:ann")
    contact = pair.contact(Email="jane@acme.example", AccountId=firm, Annual_Budget__c=7000)

    def cycle() -> None:
        run(pair, definition=pair.definition)  # type: ignore[attr-defined]

    cycle()
    cycle()
    link, jane = pair.link_of("left", "Account", firm), pair.link_of("left", "Contact", contact)
    assert link is not None
    assert jane is not None
    with pair.store.snapshot() as tx:
        before = tx.verdicts.get_many([jane.link_id])[jane.link_id]
    expires_ms = (pair.clock.now_ms() // DAY_MS + 90) * DAY_MS
    rows = [
        prediction(link.link_id, "annual_budget", 40_000.0, interval=(25_000.0, 62_000.0), expires_ms=expires_ms),
        prediction(link.link_id, "status:SQL", True, expires_ms=expires_ms),
        prediction(link.link_id, "lookalike_standing", "TRUE lead", expires_ms=expires_ms),
        prediction(link.link_id, "uses_salesforce", True, shown=False, expires_ms=expires_ms),
        prediction(link.link_id, "segments", ["IT security", "Startups"]),
    ]
    with pair.store.transaction() as tx:
        tx.predictions.put(rows)
        tx.links.touch([link.link_id, jane.link_id])
    cycle()
    shown = seen(pair, contact, firm)
    assert shown["person"] == shown["account"]
    assert shown["account"]["predicted_status"].startswith("SQL (0.72, predicted from 9 accounts like Globex, Initech;")
    assert shown["account"]["predicted_facts"].startswith(
        "annual budget: about $40k ($25k to $62k) (0.72, predicted from 9 accounts like Globex, Initech; expires 20"
    )
    assert "\n" not in shown["account"]["predicted_facts"], "what is kept back from people is not shown"
    assert shown["account"]["lookalike_standing"] == "like 9 TRUE leads: Globex 0.90, Initech 0.80, ..."
    assert shown["account"]["segments"] == "IT security; Startups"
    with pair.store.snapshot() as tx:
        after = tx.verdicts.get_many([jane.link_id])[jane.link_id]
    assert (after.status, after.line, after.verdict["criteria"]) == (
        before.status, before.line, before.verdict["criteria"],
    )  # fmt: skip
    assert (pair.org.record("Contact", contact) or {})["Annual_Budget__c"] == 7000, "a guess replaces no human value"
    assert after.due_ms == expires_ms, "time alone will end it"
    with pair.store.transaction() as tx:
        tx.predictions.update(rows[1].prediction_id, state="withdrawn")
        tx.links.touch([link.link_id, jane.link_id])
    cycle()
    assert set(seen(pair, contact, firm)["account"]) == {"predicted_facts", "lookalike_standing", "segments"}
    pair.wait(91 * DAY_MS)
    cycle()
    assert seen(pair, contact, firm)["account"] == {"segments": "IT security; Startups"}
    assert seen(pair, contact, firm)["person"] == {"segments": "IT security; Startups"}
    assert [row for row in journal(pair) if row.field not in FIELDS and not row.field.startswith("qual")] == []


def test_many_predictions_that_are_withdrawn_at_once_are_held_up_by_no_breaker(pair: PairWorld) -> None:
    firms = [
        pair.org.create("Account", {"Name": f"Firm {n}", "Website": f"firm{n}.example"}, "human:ann") for n in range(60)
    ]

    def cycle() -> Any:
        return run(pair, definition=pair.definition)  # type: ignore[attr-defined]

    cycle()
    cycle()
    links = [pair.link_of("left", "Account", firm) for firm in firms]
    ids = [link.link_id for link in links if link is not None]
    with pair.store.transaction() as tx:
        tx.predictions.put([prediction(one, "status:SQL", True) for one in ids])
        tx.links.touch(ids)
    cycle()
    assert all((pair.org.record("Account", firm) or {})["PredictedStatus__c"] for firm in firms)
    with pair.store.transaction() as tx:
        for one in ids:
            tx.predictions.update(f"{one}status:SQL", state="withdrawn")
        tx.links.touch(ids)
    report = cycle()
    assert report.held == []
    assert not any((pair.org.record("Account", firm) or {}).get("PredictedStatus__c") for firm in firms)


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [(40_000, "USD", "$40k"), (9_400, "USD", "$9400"), (2_500_000, "USD", "$2.5m"), (9, "months", "9 months"),
     (12.4, "months", "12 months"), (0.5, "", "0.5"), (870_000, "USD/year", "$870k")],
)  # fmt: skip
def test_numbers_are_told_with_no_more_digits_than_a_guess_supports(value: float, unit: str, words: str) -> None:
    assert amount(value, unit) == words


def test_without_predictions_every_field_of_ours_is_blank_and_the_highest_status_is_the_one_that_is_told() -> None:
    assert predicted_fields([], ("SQL",), 1) == dict.fromkeys(FIELDS)
    rows = [prediction("a", "status:SQL", True), prediction("a", "status:TRUE lead", True)]
    told = predicted_fields(rows, ("TRUE lead", "SQL"), 1)["predicted_status"]
    assert str(told).startswith("TRUE lead (0.72")
