"""Mapping files, the state's care, the audit, and the daemon."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.cli_world import CliWorld, environment, syncer


def test_mapping_check_test_and_schema_work_without_any_system(world: CliWorld, tmp_path: Path) -> None:
    lead, contact = tmp_path / "lead.json", tmp_path / "contact.json"
    lead.write_text(json.dumps({"FirstName": "Ada", "Email": "a@example.com", "Title": None, "Phone": "x"}))
    contact.write_text(json.dumps({"firstname": "Eva", "email": "A@example.com", "jobtitle": "CTO", "phone": ""}))
    checked = world.json("mapping", "check")["mappings"]
    cells = {row["field"]: row for row in world.json("mapping", "test", f"Lead:{lead}", f"contacts:{contact}")["cells"]}
    text = world.run("mapping", "test", f"Lead:{lead}", f"contacts:{contact}").out
    schema = json.loads(syncer("mapping", "schema").out)

    assert [(row["kind"], row["fields"] >= 25) for row in checked] == [("account", True), ("person", True)]
    assert cells["email"]["does"] == "agree"
    assert (cells["job_title"]["writes"], cells["job_title"]["write_left"]) == (["left"], "CTO")
    assert (cells["first_name"]["writes"], cells["first_name"]["loses"]) == (["right"], ["right"])
    assert "CTO goes to Salesforce" in text
    assert {"version", "left", "right", "match", "field"} <= set(schema["required"])


@pytest.mark.parametrize(
    ("first", "second", "name"),
    [
        ("Lead:1", "Contact:2", "NoPair"),
        ("Account:1", "contacts:2", "NoPair"),
        ("Leed:1", "contacts:2", "NoRecord"),
        ("Lead:nowhere.json", "contacts:nowhere.json", "FileUnreadable"),
    ],
)
def test_mapping_test_refuses_what_is_no_pair(world: CliWorld, first: str, second: str, name: str) -> None:
    done = world.run("mapping", "test", first, second, "--json")
    assert (done.code, done.json["error"]["name"]) == (2, name)
    assert done.json["error"]["action"]


def test_mapping_test_reads_one_live_pair(world: CliWorld) -> None:
    lead_id, contact_id = world.person(FirstName="Lia")
    cells = world.json("mapping", "test", f"Lead:{lead_id}", f"contacts:{contact_id}")["cells"]
    assert {row["field"]: row["does"] for row in cells}["first_name"] == "agree"
    gone = world.run("mapping", "test", f"Lead:{lead_id}", "contacts:99999999", "--json")
    assert (gone.code, gone.json["error"]["name"]) == (2, "NoRecord")


def test_the_state_is_copied_verified_and_known_to_be_of_the_newest_schema(world: CliWorld, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    made = world.run("state", "backup", str(copy), "--json")
    again = world.run("state", "backup", str(copy), "--json")
    sound = world.run("state", "verify", "--json")
    newest = world.run("state", "migrate", "--json")
    data = bytearray(copy.read_bytes())
    for page in range(10, 60):  # the heads of tables and indexes, whatever lies in them today
        data[4096 * page : 4096 * page + 64] = b"\xff" * 64
    copy.write_bytes(data)
    spoiled = world.write_config("spoiled.toml", state=str(copy))
    damaged = world.run("state", "verify", "--json", config=spoiled)

    assert (made.code, made.json["bytes"]) == (0, len(data))
    assert (again.code, again.json["error"]["name"]) == (1, "BackupExists")
    assert (sound.code, sound.json["findings"]) == (0, [])
    assert newest.json["before"] == newest.json["after"]
    assert damaged.code == 1
    assert damaged.json["findings"][0]["name"] == "StoreCorrupt"
    assert damaged.json["findings"][0]["action"]


def test_the_audit_counts_records_fields_and_differences_by_cause(world: CliWorld) -> None:
    lead_id, contact_id = world.person(FirstName="Aud")
    done = world.run("report", "audit", "--json")
    told = world.run("report", "audit").out
    document = done.json

    assert done.code == 0, done.out
    assert document["records"] > 40
    assert document["fields"] > document["pairs"] > 20
    assert document["unexplained"] == []
    assert document["sentence"].startswith(f"{document['records']} records, {document['fields']} fields, ")
    assert "pairs compared" in told
    assert world.json("status")["runs"][0]["kind"] == "audit"
    assert lead_id
    assert contact_id


def test_the_daemon_syncs_at_once_refuses_a_second_daemon_lets_people_decide_and_ends_in_order(world: CliWorld) -> None:
    lead_id, contact_id = world.person(FirstName="Dae", Title="Clerk")
    world.edit_lead(lead_id, Title="Chief")
    world.edit_contact(contact_id, jobtitle="Captain")
    world.sync()
    question = next(row for row in world.json("review", "list")["reviews"] if row.get("right") == "Captain")
    world.edit_lead(lead_id, FirstName="Daemon")
    world.wait()
    config = world.write_config("daemon.toml", '[schedule]\nsync = "every 1 hours"\n[log]\nformat = "json"\n')
    words = [sys.executable, "-m", "syncer", "run", "--config", str(config)]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True, env=environment()) as daemon:
        assert daemon.stderr is not None
        lines = []
        for text in daemon.stderr:
            lines.append(json.loads(text))
            if lines[-1]["event"] in ("sync", "cycle"):
                break
        second = world.run("run", "--json", config=config)
        decided = world.run("review", "accept", question["id"], "--value", "right")
        retried = world.run("quarantine", "retry", "--code", "NONE", "--json")
        undone = world.run("undo", "last", "--yes")
        daemon.send_signal(signal.SIGTERM)
        rest = [json.loads(text) for text in daemon.stderr]
        code = daemon.wait(timeout=30)

    assert (second.code, second.json["error"]["name"]) == (5, "DaemonRuns")
    assert decided.code == 0, decided.err
    assert retried.json["error"]["name"] == "NoSuchCell"
    assert undone.code == 0, undone.err
    assert code == 0
    cycle = lines[-1]
    assert (cycle["outcome"], cycle["exit_code"] in (0, 4)) == ("done", True)
    assert cycle["counts"]["updates.right.person"] == 1
    assert [line["event"] for line in rest][-2:] == ["ending", "ended"]
    assert world.contact_value(contact_id, "firstname") == "Daemon"
    assert world.lead_value(lead_id, "Title") == "Chief", "what the review decided was undone"


def test_a_daemon_does_not_begin_a_pair_that_nobody_approved(world: CliWorld) -> None:
    config = world.write_config("fresh.toml", state="fresh.db")
    done = world.run("run", "--json", config=config)
    assert (done.code, done.json["error"]["name"]) == (6, "FirstSyncNotApproved")
    assert "syncer sync --yes" in done.json["error"]["action"]
