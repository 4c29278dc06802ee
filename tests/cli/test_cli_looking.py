"""Status and why: where everything stands, read beside whoever runs."""

from __future__ import annotations

import pytest

from syncer.store import open_store
from tests.cli.cli_world import CliWorld, syncer


def test_status_tells_runs_lag_links_and_what_waits_even_while_an_instance_holds_the_state(world: CliWorld) -> None:
    store = open_store(world.state_url(), exclusive=True)
    try:
        document = world.json("status")
        text = world.run("status")
        refused = world.run("sync", "--json")
    finally:
        store.close()

    assert document["first_sync"]["approved"]
    assert document["runs"][0]["kind"] in ("sync", "apply", "undo", "review", "audit")
    assert all(row["complete"] and 0 <= row["lag_ms"] < 600_000 for row in document["streams"])
    records = {"Lead", "Contact", "Account", "contacts", "companies"}
    heard = {"Task", "Event", "calls", "meetings", "notes", "tasks"}
    assert {row["object"] for row in document["streams"]} == records | heard
    assert document["links"]["account.linked"] >= 8
    assert document["calls"]["left"]["last_24_hours"] > 10
    assert text.code == 0
    assert document["runs"][0]["run"][:12] in text.out
    assert "None" not in text.out
    assert refused.code == 5
    assert refused.json["error"]["name"] == "StateLocked"
    assert "process" in refused.json["error"]["message"]


def test_a_subject_is_found_by_address_by_either_id_and_by_ours(world: CliWorld) -> None:
    lead_id, contact_id = world.person(FirstName="Ada", Title="Analyst")
    by_lead = world.json("why", lead_id)["subjects"][0]
    link_id, address = by_lead["link"]["id"], by_lead["name"]
    for words in (lead_id[:15], f"hs:{contact_id}", link_id, address, address.upper()):
        found = [item["link"]["id"] for item in world.json("why", words)["subjects"] if item["link"]]
        assert link_id in found, words
    account = world.json("why", "status")["error"]
    assert account["name"] == "NoSubject"


def test_why_names_both_values_both_bases_the_writer_and_the_line_of_the_rule(world: CliWorld) -> None:
    lead_id, contact_id = world.person(FirstName="Grace", Title="Admiral")
    world.edit_contact(contact_id, firstname="Amazing Grace")
    world.sync()
    cell = world.json("why", lead_id, "FirstName")["subjects"][0]["cells"][0]
    file, _, line = cell["place"].rpartition(":")
    named = (world.folder / "mappings" / "person.toml").read_text().splitlines()[int(line) - 1 :]
    text = world.run("why", lead_id, "first_name").out

    assert (cell["left"], cell["right"], cell["agreed"]) == ("Amazing Grace", "Amazing Grace", True)
    assert (cell["left_base"], cell["right_base"]) == ("Amazing Grace", "Amazing Grace")
    assert (cell["left_writer"], cell["right_writer"]) == ("engine", "human")
    assert file.endswith("person.toml")
    assert 'name = "first_name"' in named[:3]
    assert "Grace -> Amazing Grace" in text
    assert "In step." in text


def test_an_edit_that_no_run_has_sent_is_told_as_waiting(world: CliWorld) -> None:
    lead_id, _ = world.person(FirstName="Edith")
    world.edit_lead(lead_id, FirstName="Edie")
    world.wait()
    looked = world.run("sync", "--stage", "observe")
    cell = world.json("why", lead_id, "first_name")["subjects"][0]["cells"][0]
    world.sync()
    after = world.json("why", lead_id, "first_name")["subjects"][0]["cells"][0]

    assert looked.code in (0, 4)
    assert (cell["state"], cell["left_writer"]) == ("waits", "edited")
    assert cell["says"] == "The next run overwrites it in HubSpot; the value there goes to the journal first." or (
        cell["says"] == "The next run overwrites it in HubSpot."
    )
    assert after["state"] == "in_step"


@pytest.mark.parametrize(
    ("stage", "state", "words"),
    [("subscriber", "excluded", "lifecyclestage in"), ("lead", "ambiguous", "share its natural key")],
)
def test_a_record_that_did_not_sync_says_why(world: CliWorld, stage: str, state: str, words: str) -> None:
    address = f"{stage}@why-not.example"
    if state == "excluded":
        record_id = f"hs:{world.contact(email=address, lifecyclestage=stage)}"
    else:
        record_id = world.lead(Email=address, FirstName="One")
        world.lead(Email=address, FirstName="Two")
    world.sync()
    subject = world.json("why", record_id)["subjects"][0]
    text = world.run("why", record_id).out

    assert subject["link"] is None
    assert subject["state"] == state
    assert words in subject["says"]
    assert words in text.replace("\n", " ")
    if state == "ambiguous":
        assert subject["review"] in text


def test_what_was_never_read_is_told_so_and_a_wrong_field_gets_the_nearest_right_one(world: CliWorld) -> None:
    unseen = world.json("why", "nobody@nowhere.example")
    wrong = world.run("why", "hs:1001", "job_titel", "--json")

    assert unseen["subjects"] == []
    assert "No such record was ever read" in unseen["unseen"]
    assert wrong.code == 2
    assert wrong.json["error"]["name"] == "UnknownField"
    assert "job_title" in wrong.json["error"]["action"]


def test_help_lists_every_command_of_the_contract(world: CliWorld) -> None:
    text = syncer("--help").out
    commands = "demo check setup plan apply sync run undo status why review quarantine report mapping state sandbox"
    assert [name for name in commands.split() if f"  {name} " not in text] == []
