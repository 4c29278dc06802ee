"""The command line on what was said: questions in its own words, settled by a person; a model half configured."""

from __future__ import annotations

from typing import Any

from tests.cli.cli_world import CliWorld

BUDGET = "Budget might be around 12k a year, he was not sure."


def proposals(world: CliWorld, quote: str) -> list[dict[str, Any]]:
    asked = [row for row in world.json("review", "list")["reviews"] if row["kind"] == "proposal"]
    return [row for row in asked if row["evidence"]["quote"] == quote]


def test_doubtful_words_are_listed_with_their_quote_and_a_person_settles_them(world: CliWorld) -> None:
    lead = world.lead(Email="doubt@listening.example")
    said = f"{BUDGET} They might be live within 4 months."
    with world.sandbox.lock:
        world.sandbox.org.create("Task", {"WhoId": lead, "Subject": "Call", "Description": said}, "human:ann")
    report = world.sync()
    assert report["counts"]["proposals"] >= 2
    (first,), (second,) = proposals(world, BUDGET), proposals(world, "They might be live within 4 months.")
    text = " ".join(world.run("review", "list", first["id"]).out.split())
    assert BUDGET in text
    assert "annual_budget = 12000 USD/year?" in text
    assert f"syncer review accept {first['id']}" in text

    accepted = world.json("review", "accept", first["id"])
    assert (accepted["accepted"], accepted["field"], accepted["value"]) == (first["id"], "annual_budget", 12000)
    assert world.json("review", "reject", second["id"])["rejected"] == second["id"]
    again = world.run("review", "accept", first["id"], "--json")
    assert (again.code, again.json["error"]["name"]) == (2, "ReviewDecided")
    world.sync()
    assert world.lead_value(lead, "Annual_Budget__c") == 12000
    assert world.lead_value(lead, "Timeline_Months__c") is None
    assert not proposals(world, BUDGET)


def test_a_model_that_is_wanted_needs_an_address(world: CliWorld) -> None:
    config = world.write_config("model.toml", "[extraction]\nuse = true\n")
    refused = world.run("status", "--json", config=config)
    assert refused.code == 78
    assert "base_url" in refused.out
