"""Whose a person is, at the command line: the question, its answer, why, and weights that learn."""

from __future__ import annotations

from typing import Any

from tests.cli.cli_world import CliWorld


def firm(world: CliWorld, name: str, website: str) -> str:
    with world.sandbox.lock:
        world.sandbox.driver.drive()
        return world.sandbox.org.create("Account", {"Name": name, "Website": website}, "human:ann")


def question(world: CliWorld, lead: str) -> dict[str, Any]:
    rows = world.json("review", "list")["reviews"]
    return next(row for row in rows if row["kind"] == "membership" and row["record"]["id"] == lead)


def test_a_person_says_whose_a_lead_is_and_why_tells_it(world: CliWorld) -> None:
    firms = [firm(world, "Zebrafish Optics", f"zebrafish{end}") for end in (".com", "-optics.fr", "-optics.es")]
    lead, other = (
        world.lead(Email=f"{who}@gmail.com", Company="Zebrafish Optics", LastName=who) for who in ("Kim", "Lu")
    )
    world.sync()
    asked = question(world, lead)
    shown = world.run("review", "list", asked["id"])
    told = world.run("why", lead)
    wrong = world.run("review", "accept", asked["id"], "--choose", "001000000000009AAA", "--json")
    new = world.run("review", "accept", asked["id"], "--create", "--json")
    bare = world.run("review", "accept", asked["id"], "--json")
    chosen = world.run("review", "accept", asked["id"], "--choose", firms[1][:15], "--json")
    rejected = world.run("review", "reject", question(world, other)["id"])
    synced = world.sync()
    after = world.json("why", lead)["subjects"][0]
    without = world.json("why", other)["subjects"][0]
    refit = world.run("link", "refit")

    assert {one["choose"] for one in asked["candidates"]} == set(firms)
    assert "accounts fit about equally well" in asked["reasons"][0]
    assert f"--choose {firms[0]}" in shown.out.replace("\n", " ")
    assert "Which account does this person belong to?" in told.out
    assert [done.json["error"]["name"] for done in (wrong, new, bare)] == ["NoCandidate", "NotALink", "AnswerMissing"]
    assert (chosen.code, chosen.json["name"]) == (0, "Zebrafish Optics")
    assert rejected.code == 0
    assert synced["exit_code"] == 0, "whose a person is holds nothing up"
    assert [(one["how"], one["name"]) for one in after["accounts"]] == [("confirmed", "zebrafish-optics.fr")]
    assert after["whose"] is None
    assert [one["how"] for one in without["accounts"]] == ["rejected"] * 3
    assert "confirmed by a person" in world.run("why", lead).out
    assert "fewer than 20 decisions" in refit.out.replace("\n", " ")
    assert world.json("link", "refit")["n"] == 2
