"""A seeded world of accounts whose answers follow from what marks them, with noise, straight in the store."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from syncer.core.claims import Evidence, claim, to_json
from syncer.core.fields import FieldMap, FieldType, KindMap, Rule
from syncer.core.lookalike import Condition, FactKind, Feature, FeatureKind, Lookalike, Segment, TravellingFact
from syncer.core.predicted import FIELDS
from syncer.store.knowledge_rows import ClaimRow, MembershipRow, ModelRow, PredictionRow
from syncer.store.rows import LinkRow, RecordRow
from tests.stages.world import PairWorld, account, make_pair, person

DAY_MS = 86_400_000
INDUSTRIES = ("COMPUTER_NETWORK_SECURITY", "BANKING", "RETAIL", "HOSPITAL_HEALTH_CARE")
TOOLS = ("Salesforce", "Zendesk", "WordPress", "Okta", "Drift")

POLICY = Lookalike(
    features=(
        Feature("industry", FeatureKind.INDUSTRY, ("industry",), 3, "industry"),
        Feature("size", FeatureKind.AMOUNT, ("number_of_employees",), 2, "size"),
        Feature("technologies", FeatureKind.OPTIONS, ("technologies",), 2, "use"),
    ),
    facts=(
        TravellingFact("wants_voice_of_customer", FactKind.BOOLEAN, "looks for a voice-of-customer solution"),
        TravellingFact("annual_budget", FactKind.NUMERIC, "annual budget", "USD"),
        TravellingFact("coin", FactKind.BOOLEAN, "is lucky"),
    ),
    statuses=("SQL",),
    segments=(Segment("IT security", (Condition("industry", ("COMPUTER_NETWORK_SECURITY",)),)),),
)


def ours(name: str, object_left: str, object_right: str) -> FieldMap:
    left = "".join(word.capitalize() for word in name.split("_")) + "__c"
    return FieldMap(name, {object_left: left}, {object_right: name}, FieldType.TEXT, rule=Rule.ALWAYS_SYNCER)


def account_kind() -> KindMap:
    def both(name: str, left: str, right: str, type_: FieldType, **more: Any) -> FieldMap:
        return FieldMap(name, {"Account": left}, {"companies": right}, type_, **more)

    return account(
        fields=(
            both("domain", "Website", "domain", FieldType.DOMAIN),
            both("name", "Name", "name", FieldType.TEXT),
            both("industry", "Sic_Text__c", "industry_text", FieldType.TEXT),
            both("number_of_employees", "NumberOfEmployees", "numberofemployees", FieldType.INTEGER),
            both("technologies", "Technologies__c", "web_technologies", FieldType.CHOICES, rule=Rule.UNION,
                 choices={tool: tool.lower() for tool in TOOLS}),
            *(ours(name, "Account", "companies") for name in FIELDS),
        )
    )  # fmt: skip


@dataclass
class Truth:
    """What is really so of each account, by link id."""

    wants: dict[str, bool] = field(default_factory=dict)
    budget: dict[str, float] = field(default_factory=dict)
    coin: dict[str, bool] = field(default_factory=dict)
    links: list[str] = field(default_factory=list)


def seeded(count: int, answered: int, seed: int = 3) -> tuple[PairWorld, Truth]:
    """`count` accounts with a person each, of which the first `answered` were called."""
    made, truth = make_pair((account_kind(), person())), Truth()
    draw = np.random.default_rng(seed)
    links, records, members = [], [], []
    for number in range(count):
        industry = INDUSTRIES[draw.integers(len(INDUSTRIES))]
        employees = int(np.exp(draw.normal(5, 1.2))) + 1
        tools = {TOOLS[place] for place in draw.choice(len(TOOLS), 2, replace=False)}
        odds = -2.2 + 3.2 * (industry == INDUSTRIES[0]) + 2.2 * ("Zendesk" in tools) + 0.5 * (np.log(employees) - 5)
        budget = 7 + 1.2 * (industry == INDUSTRIES[1]) + 0.6 * np.log(employees) + draw.normal(0, 0.3)
        link_id, person_id = f"acc{number:05d}", f"per{number:05d}"
        truth.links.append(link_id)
        truth.wants[link_id] = bool(draw.random() < 1 / (1 + np.exp(-odds)))
        truth.coin[link_id], truth.budget[link_id] = bool(draw.random() < 0.5), float(np.exp(budget))
        values = {
            "Website": f"a{number}.example", "Name": f"Firm {number}", "Sic_Text__c": industry,
            "NumberOfEmployees": employees, "Technologies__c": ";".join(sorted(tools)),
        }  # fmt: skip
        links.append(LinkRow(link_id, "account", "linked", f"k{number}", "Account", f"001{number:015d}"))
        links.append(LinkRow(person_id, "person", "linked", f"p{number}", "Contact", f"003{number:015d}"))
        keys = (("domain", f"a{number}.example"),)
        records.append(RecordRow("left", "Account", f"001{number:015d}", 1, 1, values, "live", keys=keys))
        records.append(RecordRow("left", "Contact", f"003{number:015d}", 1, 1, {"LastName": "Doe"}, "live"))
        members.append(MembershipRow(person_id, link_id, "contact", 1.0, {}, 1))
    with made.store.transaction() as tx:
        tx.links.insert(links)
        tx.records.upsert(records)
        tx.memberships.put(members)
    for number in range(answered):
        call(made, truth, number)
    planned(made)
    return made, truth


def call(pair: PairWorld, truth: Truth, number: int) -> None:
    """A rep talks to the person of that account, who tells the truth."""
    link_id = truth.links[number]
    rep = f"rep:{number % 3}"
    say(pair, f"per{number:05d}", "wants_voice_of_customer", truth.wants[link_id], rep)
    say(pair, f"per{number:05d}", "annual_budget", int(truth.budget[link_id]), rep)
    say(pair, f"per{number:05d}", "coin", truth.coin[link_id], rep)


def say(pair: PairWorld, subject: str, name: str, value: Any, rep: str = "rep:0", authority: str = "call") -> None:
    evidence = (Evidence("so they said", "left:Task:1", 0, 12),)
    made = claim(subject, name, value, authority, rep, pair.clock.now_ms(), evidence=evidence)  # type: ignore[arg-type]
    row = ClaimRow(made.claim_id, subject, name, authority, rep, made.observed_ms, "left:Task:1", "r", to_json(made))
    with pair.store.transaction() as tx:
        tx.claims.add([row])
        tx.links.touch([subject])


def planned(pair: PairWorld) -> set[str]:
    """What is dirty counts as reconciled; the ids of the records that were."""
    found: set[str] = set()
    objects = [("left", name) for name in ("Account", "Contact")]
    with pair.store.transaction() as tx:
        while rows := tx.records.dirty(objects, 1_000):  # type: ignore[arg-type]
            tx.records.mark_planned([(row.side, row.object, row.id, row.dirty_seq) for row in rows])
            found |= {row.id for row in rows}
    return found


def predictions(pair: PairWorld, *states: str) -> list[PredictionRow]:
    found: list[PredictionRow] = []
    with pair.store.snapshot() as tx:
        while rows := tx.predictions.by_state(states or ("open",), found[-1].prediction_id if found else "", 1_000):
            found += rows
    return [row for row in found if row.fact not in ("segments", "lookalike_standing")]


def models(pair: PairWorld) -> dict[str, ModelRow]:
    with pair.store.snapshot() as tx:
        return {row.fact: row for row in tx.models.list()}
