"""The reports of the demo's state: what they count is what the state holds, and their figures add up."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from syncer.cli.app import app
from syncer.config import load_config
from syncer.store import open_store
from tests.report.report_world import Tags


@pytest.fixture(scope="module")
def told(demo: Path) -> dict[str, Any]:
    """Every report as its document, and what the state says when it is asked directly."""
    found: dict[str, Any] = {}
    for name in ("funnel", "sla", "objections", "coverage", "disqualified"):
        page = demo.parent / f"{name}.html"
        done = CliRunner().invoke(app, ["report", name, "--config", str(demo), "--json", "-o", str(page)])
        assert done.exit_code == 0, done.output
        found[name] = json.loads(done.stdout)
        assert Tags(page.read_text()).count("h1") == 1
    store = open_store(load_config(demo).state_url(), exclusive=False)
    with store.snapshot() as tx:
        rows = tx.verdicts.iterate("person", "", 10_000)
        found["state"] = {
            "statuses": Counter(row.status for row in rows),
            "stages": Counter(row.stage or "none" for row in rows),
            "hand_offs": tx.hand_offs.list(0, 1 << 60),
            "objections": tx.objections.list(0, 1 << 60),
            "spent": sum(row.spent for row in tx.spends.list("")) / 1000,
            "linked": tx.links.count_by_state(),
        }
    store.close()
    return found


def test_everybody_who_was_judged_stands_in_the_funnel_once(told: dict[str, Any]) -> None:
    funnel, state = told["funnel"], told["state"]
    assert {name: n for name, n in funnel["statuses"].items() if n} == dict(state["statuses"])
    assert {name: n for name, n in funnel["stages"].items() if n} == dict(state["stages"])
    tops = funnel["true_leads"]
    assert tops["reached"] + tops["there_at_start"] >= funnel["statuses"]["TRUE lead"] >= 1
    assert funnel["conversion"]["too_low"] is None
    for cohort in funnel["conversion"]["periods"]:
        assert cohort["mql"] == cohort["converted"] + cohort["ended"] + cohort["waiting"]


def test_every_hand_off_is_in_the_sla_once_and_owners_have_names(told: dict[str, Any]) -> None:
    sla, rows = told["sla"], told["state"]["hand_offs"]
    assert sla["all"]["made"] == len(rows) >= 1
    assert sum(one["made"] for one in sla["by_owner"]) == sum(one["made"] for one in sla["by_period"]) == len(rows)
    assert all("@" in one["email"] for one in sla["by_owner"] if one["owner"])


def test_every_objection_of_the_last_quarters_is_counted_once(told: dict[str, Any]) -> None:
    found, rows = told["objections"], told["state"]["objections"]
    assert 1 <= found["objections"] <= len(rows)
    for counts in ("kinds", "by_root_source"):
        assert sum(one["count"] for one in found[counts]) == found["objections"]
    assert sum(one["objections"] for one in found["quarters"]) == found["objections"]
    quoted = {" ".join(row.quote.split()) for row in rows}
    assert all(
        one["quote"] in quoted for quotes in found["quotes"].values() for one in quotes if "…" not in one["quote"]
    )


def test_claims_only_add_to_what_the_crms_held_and_credits_are_those_of_the_purse(told: dict[str, Any]) -> None:
    coverage, state = told["coverage"], told["state"]
    assert coverage["subjects"] == {kind: state["linked"][kind, "linked"] for kind in ("account", "person")}
    for one in coverage["fields"]:
        assert 0 <= one["before"] <= one["after"] == sum(one["by_authority"].values()) <= one["subjects"]
        assert "predicted" not in one["by_authority"]
    fields = {(one["kind"], one["field"]): one for one in coverage["fields"]}
    for learned in ("number_of_employees", "technologies"):
        assert fields["account", learned]["after"] > fields["account", learned]["before"]
    nobody_held = fields["person", "annual_budget"]
    assert (nobody_held["before"], nobody_held["after"] > 0) == (0, True), "what was said on calls was in no CRM"
    assert sum(one["credits"] for one in coverage["providers"]) == pytest.approx(state["spent"])
    assert not [one for one in coverage["providers"] if one["provider"].startswith("(")]


def test_the_disqualified_are_those_of_the_funnel_and_whoever_lacks_something_is_named(told: dict[str, Any]) -> None:
    found = told["disqualified"]
    assert found["disqualified"] == told["funnel"]["statuses"]["disqualified"]
    assert sum(one["count"] for one in found["by_both"]) == found["disqualified"]
    assert all(one["lacks"] and (one["left"] or one["right"]) for one in found["missing"])
