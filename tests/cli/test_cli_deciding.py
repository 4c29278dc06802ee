"""Review, quarantine and undo: what a person decides takes effect, once, and can be followed afterwards."""

from __future__ import annotations

from typing import Any

from tests.cli.cli_world import CliWorld


def question(world: CliWorld, kind: str, value: str) -> dict[str, Any]:
    """The one open question of that kind about that id."""
    rows = [row for row in world.json("review", "list")["reviews"] if row["kind"] == kind]
    return next(row for row in rows if value in (row.get("link"), row.get("record", {}).get("id")))


def link_of(world: CliWorld, text: str) -> dict[str, Any] | None:
    return world.json("why", text)["subjects"][0]["link"]


def test_two_leads_claim_one_contact_and_a_person_chooses(world: CliWorld) -> None:
    contact_id = world.contact(email="claimed@deciding.example", lifecyclestage="lead")
    first, second = (world.lead(Email="claimed@deciding.example", FirstName=name) for name in ("One", "Two"))
    assert world.sync()["exit_code"] == 4
    asked = question(world, "link", first)
    shown = world.run("review", "list", asked["id"])
    wrong = world.run("review", "accept", asked["id"], "--choose", "hs:424242", "--json")
    none = world.run("review", "accept", asked["id"], "--json")
    chosen = world.run("review", "accept", asked["id"], "--choose", f"hs:{contact_id}")
    again = world.run("review", "accept", asked["id"], "--choose", f"hs:{contact_id}", "--json")
    world.sync()
    link = link_of(world, first)

    assert f"syncer review accept {asked['id']} --choose {contact_id}" in shown.out.replace("\n", " ")
    assert (wrong.code, wrong.json["error"]["name"]) == (2, "NoCandidate")
    assert (none.code, none.json["error"]["name"]) == (2, "AnswerMissing")
    assert chosen.code == 0
    assert (again.code, again.json["error"]["name"]) == (2, "NoSuchReview")
    assert link is not None
    assert (link["state"], link["reason"]) == ("linked", "chosen")
    assert {end["id"] for end in link["ends"]} == {first, contact_id}
    assert world.contact_value(contact_id, "firstname") == "One"
    taken = question(world, "link", second)
    refused = world.run("review", "accept", taken["id"], "--choose", contact_id, "--json")
    rejected = world.run("review", "reject", taken["id"])
    assert refused.json["error"]["name"] in ("CandidateTaken", "NoCandidate")
    assert rejected.code == 0
    assert world.json("why", second)["subjects"][0]["state"] == "rejected"


def test_somebody_new_is_created_on_the_other_side(world: CliWorld) -> None:
    address = "twins@deciding.example"
    ids = [world.lead(Email=address, FirstName=name) for name in ("Ann", "Ben")]
    world.sync()
    asked = question(world, "link", ids[0])
    accepted = world.run("review", "accept", asked["id"], "--create")
    world.sync()
    link = link_of(world, ids[0])

    assert accepted.code == 0
    assert link is not None
    assert link["state"] == "linked"
    contact_id = next(end["id"] for end in link["ends"] if end["side"] == "right")
    assert world.contact_value(contact_id, "email") == address


def test_a_conflict_under_review_is_decided_journaled_and_put_back_by_undo(world: CliWorld) -> None:
    lead_id, contact_id = world.person(Title="Clerk")
    world.edit_lead(lead_id, Title="Chief")
    world.edit_contact(contact_id, jobtitle="Captain")
    world.sync()
    link = link_of(world, lead_id)
    assert link is not None
    asked = question(world, "conflict", link["id"])
    before = (world.lead_value(lead_id, "Title"), world.contact_value(contact_id, "jobtitle"))
    told = world.json("why", lead_id, "job_title")["subjects"][0]["cells"][0]
    accepted = world.run("review", "accept", asked["id"], "--value", "right")
    after = (world.lead_value(lead_id, "Title"), world.contact_value(contact_id, "jobtitle"))
    world.sync()
    entry = world.json("why", lead_id, "job_title")["subjects"][0]["journal"][0]

    assert before == ("Chief", "Captain")
    assert told["state"] == "in_review"
    assert (asked["left"], asked["right"]) == ("Chief", "Captain")
    assert accepted.code == 0, accepted.out + accepted.err
    assert after == ("Captain", "Captain")
    assert (entry["side"], entry["loser"], entry["winner"], entry["reason"]) == ("left", "Chief", "Captain", "decided")
    assert [row for row in world.json("review", "list")["reviews"] if row["id"] == asked["id"]] == []
    restored = world.run("undo", f"journal:{entry['seq']}", "--yes")
    assert restored.code == 0, restored.out + restored.err
    assert world.lead_value(lead_id, "Title") == "Chief"
    twice = world.run("undo", f"journal:{entry['seq']}", "--yes", "--json")
    assert (twice.code, twice.json["error"]["name"]) == (2, "EntryNotEffective")


def test_a_value_that_does_not_fit_is_quarantined_with_its_action_and_travels_when_it_is_mended(
    world: CliWorld,
) -> None:
    lead_id, contact_id = world.person(FirstName="Short")
    world.edit_contact(contact_id, firstname="x" * 60)
    assert world.sync()["exit_code"] == 4
    cell = next(row for row in world.json("quarantine", "list", lead_id)["cells"] if row["field"] == "first_name")
    text = world.run("quarantine", "list", lead_id).out
    told = world.json("why", lead_id, "first_name")["subjects"][0]["cells"][0]
    nothing = world.run("quarantine", "retry", "--json")
    retried = world.run("quarantine", "retry", lead_id, "first_name")
    world.sync()
    again = world.json("quarantine", "list", lead_id)["cells"]
    world.edit_contact(contact_id, firstname="Shorter")
    world.sync()

    assert (cell["side"], cell["code"]) == ("left", "too_long")
    assert cell["action"]
    assert cell["action"].split(".")[0] in text.replace("\n", " ")
    assert told["state"] == "quarantined"
    assert world.contact_value(contact_id, "firstname") == "Shorter"
    assert (nothing.code, nothing.json["error"]["name"]) == (2, "NothingChosen")
    assert retried.code == 0
    assert [row["attempts"] for row in again] == [2]
    assert world.lead_value(lead_id, "FirstName") == "Shorter"
    assert world.json("quarantine", "list", lead_id)["cells"] == []


def test_dropping_a_cell_forgets_it_and_leaves_both_sides_as_they_are(world: CliWorld) -> None:
    lead_id, contact_id = world.person(LastName="Kept")
    world.edit_contact(contact_id, lastname="y" * 100)
    world.sync()
    dropped = world.run("quarantine", "drop", lead_id, "last_name")
    missing = world.run("quarantine", "drop", lead_id, "last_name", "--json")

    assert dropped.code == 0
    assert (missing.code, missing.json["error"]["name"]) == (2, "NoSuchCell")
    assert world.lead_value(lead_id, "LastName") == "Kept"
    world.edit_contact(contact_id, lastname="Kept")
    world.sync()


def test_a_held_plan_waits_for_its_hash_and_then_goes(world: CliWorld) -> None:
    tight = world.write_config("tight.toml", "[breaker]\noverwrite = { floor = 1, share = 0.0 }\n")
    pairs = [world.person(FirstName=name) for name in ("Una", "Duo")]
    for lead_id, _ in pairs:
        world.edit_lead(lead_id, FirstName="Changed")
    world.wait()
    first = world.run("sync", "--json", config=tight)
    listed = world.json("review", "list")["holds"]
    cell = world.json("why", pairs[0][0], "first_name")["subjects"][0]["cells"][0]
    text = world.run("review", "list").out
    yes = world.run("sync", "--yes", "--json", config=tight)
    held = first.json["held"][0]["hash"]
    accepted = world.run("review", "accept", held, config=tight)
    done = world.run("sync", "--json", config=tight)

    assert first.code == 6
    assert yes.code == 6, "--yes never approves a tripped breaker"
    assert held in [row["hash"] for row in listed]
    assert held in text
    assert (cell["state"], held in cell["says"]) == ("held", True)
    assert accepted.code == 0
    assert done.code in (0, 4), done.out
    assert [world.contact_value(contact_id, "firstname") for _, contact_id in pairs] == ["Changed", "Changed"]


def test_rejecting_a_held_plan_forgets_it(world: CliWorld) -> None:
    tight = world.write_config("tight.toml", "[breaker]\noverwrite = { floor = 0, share = 0.0 }\n")
    lead_id, contact_id = world.person(FirstName="Rex")
    world.edit_lead(lead_id, FirstName="Rey")
    world.wait()
    held = world.run("sync", "--json", config=tight).json["held"][0]["hash"]
    rejected = world.run("review", "reject", held, config=tight)

    assert rejected.code == 0
    assert world.json("review", "list")["holds"] == []
    assert world.contact_value(contact_id, "firstname") == "Rex"
    world.sync()


def test_undo_puts_a_run_back_except_what_someone_edited_since(world: CliWorld) -> None:
    (first, first_contact), (second, second_contact) = world.person(City="Oslo"), world.person(City="Rome")
    world.edit_lead(first, City="Bergen")
    world.edit_lead(second, City="Milan")
    run = world.sync()["run"]
    world.edit_contact(second_contact, city="Turin")
    world.wait()
    asked = world.run("undo", run[:12], "--json")
    undone = world.run("undo", run[:12], "--yes", "--json")
    runs = world.json("status")["runs"]

    assert (asked.code, asked.json["error"]["name"]) == (2, "NeedsYes")
    assert undone.code == 4
    assert world.contact_value(first_contact, "city") == "Oslo"
    assert world.contact_value(second_contact, "city") == "Turin"
    left = undone.json["left"]
    assert [(row["field"], row["reason"]) for row in left] == [("city", "someone edited it since")]
    assert runs[0]["kind"] == "undo"
    unknown = world.run("undo", "ffffffffffff", "--json")
    assert (unknown.code, unknown.json["error"]["name"]) == (2, "NoSuchRun")
    world.sync()
    assert world.lead_value(first, "City") == "Bergen", "what was undone stays apart, and does not travel"
