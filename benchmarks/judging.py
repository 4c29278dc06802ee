"""Resolve and qualify a hundred thousand subjects under the shipped definition, in CPU time a subject and stage."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from random import Random
from time import process_time

from benchmarks.figure import Figure
from syncer.core.claims import Claim, by_field, claim
from syncer.core.fields import KindMap
from syncer.core.qualification import qualify
from syncer.core.qualification_terms import Definition
from syncer.core.resolve import resolve, rule_of
from syncer.mapping.active import active_definition
from syncer.mapping.load import load_mappings

MOST_US = 60.0
_DAY_MS = 86_400_000
_NOW_MS = 1_790_000_000_000
_DISTINCT = 5_000  # subjects that are made; each is judged as often as the number asks for


def judging_figures(subjects: int) -> Iterator[Figure]:
    """Each subject with about ten claims of four kinds, some contradicting, some stale."""
    folder = Path(__file__).parents[1] / "mappings"
    mappings = load_mappings(folder)
    definition = active_definition(folder, "true-lead", mappings)
    assert definition is not None
    kinds = {kind.kind: kind for kind in mappings.kinds}
    made = [_claims(number) for number in range(min(subjects, _DISTINCT))]
    turns = max(1, subjects // len(made))
    resolved_s = min(_resolve_all(made, kinds, turns) for _ in range(3))
    judged_s = min(_qualify_all(made, definition, turns) for _ in range(3))
    scenario = f"judge {turns * len(made):,} subjects"
    for name, took_s in (("resolve", resolved_s), ("qualify", judged_s)):
        yield Figure(scenario, f"CPU a subject, {name}", "us", took_s * 1e6 / (turns * len(made)), most=MOST_US)


def _claims(number: int) -> list[Claim]:
    rng = Random(number)  # noqa: S311 - a benchmark's world

    def say(field: str, value: object, authority: str, unit: str = "") -> Claim:
        source = {"provider": rng.choice(("pdl", "apollo", "dns")), "form": "form:1"}.get(
            authority, f"rep:{number % 40}"
        )
        at_ms = _NOW_MS - rng.randint(0, 400) * _DAY_MS
        return claim(f"s{number}", field, value, authority, source, at_ms, unit=unit)

    told = [
        say("number_of_employees", rng.randint(2, 5_000), "provider"),
        say("number_of_employees", rng.randint(2, 5_000), "provider"),
        say("industry", rng.choice(("COMPUTER_NETWORK_SECURITY", "BANKING", "COMPUTER_SOFTWARE")), "provider"),
        say("technologies", frozenset({"Salesforce", "HubSpot"} if rng.random() < 0.5 else {"Zendesk"}), "provider"),
        say("pricing_page", True, "import"),
    ]
    if rng.random() < 0.7:
        told += [
            say("annual_budget", Decimal(rng.randint(1, 90) * 1000), "call", "USD/year"),
            say("opted_in", rng.random() < 0.7, "call"),
            say("opted_in", True, "form"),
            say("nps", rng.randint(0, 10), "call"),
            say("wants_voice_of_customer", rng.random() < 0.6, "call"),
            say("uses_salesforce", True, "call"),
        ]
    return told


def _resolve_all(made: list[list[Claim]], kinds: dict[str, KindMap], turns: int) -> float:
    rules = {item.name: rule_of(item) for kind in ("account", "person") for item in kinds[kind].fields}
    begun = process_time()
    for _ in range(turns):
        for claims in made:
            said: dict[str, list[Claim]] = {}
            for item in claims:
                said.setdefault(item.field, []).append(item)
            for name, items in said.items():
                resolve(rules[name], items, _NOW_MS)
    return process_time() - begun


def _qualify_all(made: list[list[Claim]], definition: Definition, turns: int) -> float:
    begun = process_time()
    for _ in range(turns):
        for claims in made:
            qualify(definition, by_field(claims, _NOW_MS), _NOW_MS)
    return process_time() - begun
