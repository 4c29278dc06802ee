"""Whose status would change under another definition: told from the state of a small pair that was really synced."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import structlog
from typer.testing import CliRunner

from syncer.cli.app import app
from syncer.core.claims import Authority
from syncer.core.qualification import qualify
from syncer.core.qualification_terms import fields_named
from syncer.engine.cycle import approve_first_sync, sync
from syncer.mapping import load_mappings
from syncer.mapping.definition import load_definition
from syncer.mapping.definition_sense import known_fields
from syncer.report.verdicts import SubjectClaims, subjects_with_claims
from syncer.store import open_store
from tests.stages.world import PairWorld, make_pair

PERSON = """version = 1
left = { objects = ["Lead", "Contact"], create = "Lead" }
right = { objects = ["contacts"] }
match = ["email"]
[[field]]
name = "email"
left = "Email"
right = "email"
type = "email"
[[field]]
name = "last_name"
left = "LastName"
right = "lastname"
type = "text"
create_default = "unknown"
[[field]]
name = "company"
left = { Lead = "Company" }
right = "company"
type = "text"
create_default = "unknown"
[[field]]
name = "job_title"
left = "Title"
right = "jobtitle"
type = "text"
[[field]]
name = "city"
left = { Lead = "City", Contact = "MailingCity" }
right = "city"
type = "text"
[[field]]
name = "account"
left = { Contact = "AccountId" }
right = "associatedcompanyid"
type = "reference"
to = "account"
rule = "prefer-salesforce-unless-blank"
"""
ACCOUNT = """version = 1
left = { objects = ["Account"] }
right = { objects = ["companies"] }
match = ["domain"]
[[field]]
name = "domain"
left = "Website"
right = "domain"
type = "domain"
[[field]]
name = "name"
left = "Name"
right = "name"
type = "text"
[[field]]
name = "city"
left = "BillingCity"
right = "city"
type = "text"
[[field]]
name = "number_of_employees"
left = "NumberOfEmployees"
right = "numberofemployees"
type = "integer"
"""
# MQL: a buyer. SQL: a buyer at a company of more than 100.
ACTIVE = """name = "House rules"
version = "1.0"
agreed = [
  { team = "marketing", by = "M", on = 2026-01-15 },
  { team = "sales", by = "S", on = 2026-01-15 },
]
[[criterion]]
id = "buyer"
says = "Is a buyer"
when = { field = "job_title", in = ["Buyer", "Head of Buying"] }
evidence = ["human", "import"]
ask = "Do you buy?"
[[criterion]]
id = "size"
says = "Has over 100 employees"
when = { field = "number_of_employees", more_than = 100 }
evidence = ["human", "import"]
ask = "How many are you?"
[[status]]
name = "MQL"
needs = { all = ["buyer"] }
[[status]]
name = "SQL"
needs = { all = ["buyer", "size"] }
[[status]]
name = "disqualified"
reasons = ["no need"]
"""
# The bar is raised for size, and the title no longer matters at all for an MQL.
PROPOSED = (
    ACTIVE.replace("more_than = 100", "more_than = 200")
    .replace('all = ["buyer"] }', 'all = ["anyone"] }')
    .replace('all = ["buyer", "size"]', 'all = ["anyone", "buyer", "size"]')
    .replace('version = "1.0"', 'version = "2.0"')
    .replace('  { team = "sales", by = "S", on = 2026-01-15 },\n', "")
    .replace("[[status]]", '[[criterion]]\nid = "anyone"\nsays = "Lives in Berlin"\n'
             'when = { field = "person.city", equals = "berlin" }\nevidence = ["human", "import"]\n\n[[status]]', 1)
)  # fmt: skip


@dataclass
class Previewed:
    folder: Path
    pair: PairWorld

    def run(self, *words: str) -> Any:
        command = ["qualify", "preview", *words, "--config", str(self.folder / "config.toml")]
        done = CliRunner().invoke(app, command, env={"COLUMNS": "140"})
        structlog.reset_defaults()
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done

    def json(self, *words: str) -> Any:
        done = self.run(*words, "--json")
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)

    def sync(self) -> None:
        self.pair.wait()
        context = self.pair.context()
        approve_first_sync(context)
        assert sync(context).run_id

    def subjects(self) -> dict[str, SubjectClaims]:
        """By the e-mail address."""
        kinds = load_mappings(self.folder / "mappings").kinds
        wanted = {"email", "job_title", "city", "person.city", "account.city", "number_of_employees"}
        with self.pair.store.snapshot() as tx:
            found = list(subjects_with_claims(tx, kinds, wanted, self.pair.clock.now_ms()))
        return {str(one.claims["email"][0].value): one for one in found}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Previewed]:
    """Four people in step: ann and ben at a company of 150, cid alone, dee at one of 500."""
    folder = tmp_path / "mappings" / "qualification"
    folder.mkdir(parents=True)
    (tmp_path / "mappings/person.toml").write_text(PERSON)
    (tmp_path / "mappings/account.toml").write_text(ACCOUNT)
    (folder / "house.toml").write_text(ACTIVE)
    (tmp_path / "proposed.toml").write_text(PROPOSED)
    url = f"sqlite:///{tmp_path}/syncer.db"
    (tmp_path / "config.toml").write_text(
        f'[state]\nurl = "{url}"\n[mappings]\ndir = "mappings"\ndefinition = "house"\n'
    )
    kinds = load_mappings(tmp_path / "mappings").kinds
    made = Previewed(tmp_path, make_pair(kinds, store=open_store(url, exclusive=True)))
    org = made.pair.org
    middle, large = (
        org.create("Account", {"Name": name, "Website": f"{name}.example", **values}, "human:ann")
        for name, values in (
            ("middle", {"NumberOfEmployees": 150, "BillingCity": "Ulm"}),
            ("large", {"NumberOfEmployees": 500}),
        )
    )
    made.pair.contact(Email="ann@middle.example", Title="Buyer", AccountId=middle, MailingCity="Berlin")
    made.pair.contact(Email="ben@middle.example", Title="Engineer", AccountId=middle, MailingCity="Berlin")
    made.pair.lead(Email="cid@alone.example", Title="Buyer", City="Bonn")
    made.pair.contact(Email="dee@large.example", Title="Head of Buying", AccountId=large, MailingCity="Berlin")
    for _ in range(2):
        made.sync()
    yield made
    made.pair.store.close()


def test_the_preview_lists_who_would_flip_in_both_directions_and_why(world: Previewed) -> None:
    told = world.json(str(world.folder / "proposed.toml"))
    assert told["subjects"] == 4
    assert told["totals"] == {
        "active": {"MQL": 1, "SQL": 2, "prospect": 1},
        "proposed": {"MQL": 2, "SQL": 1, "prospect": 1},
    }
    flips = {flip["subject"]: flip for flip in told["flips"]}
    moves = {name: (flip["from"], flip["to"], flip["direction"]) for name, flip in flips.items()}
    assert moves == {
        "ann@middle.example": ("SQL", "MQL", "down"),
        "ben@middle.example": ("prospect", "MQL", "up"),
        "cid@alone.example": ("MQL", "prospect", "down"),
    }
    assert (told["up"], told["down"]) == (1, 2)
    ann = flips["ann@middle.example"]["why"]
    assert any(line.startswith("now: met: Has over 100 employees (150, import salesforce") for line in ann), ann
    assert any(line.startswith("then: not met: Has over 100 employees (150") for line in ann), ann
    assert any("then: met: Lives in Berlin (Berlin" in line for line in flips["ben@middle.example"]["why"])
    assert any("then: not met: Lives in Berlin (Bonn" in line for line in flips["cid@alone.example"]["why"])
    assert told["definition"]["unsigned"] == ["sales"] and told["active"]["unsigned"] == []


def test_the_preview_reads_as_a_table_and_says_who_has_not_signed(world: Previewed) -> None:
    shown = world.run(str(world.folder / "proposed.toml")).stdout
    assert "House rules 2.0 against the active House rules 1.0" in shown
    assert "House rules 2.0 is unsigned by sales" in shown
    assert "4 people judged, 1 would move up, 2 would move down." in shown
    assert "ann@middle.example  SQL -> MQL" in shown and "then: not met: Has over 100 employees" in shown
    assert "calls itself" not in shown
    (world.folder / "proposed.toml").write_text(PROPOSED.replace('"2.0"', '"1.0"'))
    assert "calls itself House rules 1.0 as well" in world.run(str(world.folder / "proposed.toml")).stdout
    unchanged = world.run("house").stdout
    assert (
        "0 would move up, 0 would move down" in unchanged
        and "unsigned" not in unchanged
        and "calls itself" not in unchanged
    )


def test_previewing_leaves_the_state_as_it_was_and_gives_the_same_answer_again(world: Previewed) -> None:
    links = world.pair.links()
    first, second = (world.json(str(world.folder / "proposed.toml")) for _ in range(2))
    assert first["flips"] == second["flips"] and world.pair.links() == links


def test_an_invalid_file_is_refused_with_all_its_problems_and_those_of_the_active_one(world: Previewed) -> None:
    broken = world.folder / "broken.toml"
    broken.write_text(PROPOSED.replace('"job_title"', '"job_titel"').replace("more_than = 200", "more_than = 'many'"))
    done = world.run(str(broken), "--json")
    assert done.exit_code == 78
    assert [problem["name"] for problem in json.loads(done.stdout)["error"]["problems"]] == ["BadValue"]
    broken.write_text(PROPOSED.replace('"job_title"', '"job_titel"').replace('"number_of_employees"', '"staff"'))
    active = world.folder / "mappings/qualification/house.toml"
    active.write_text(ACTIVE.replace('"number_of_employees"', '"heads"'))
    problems = json.loads(world.run(str(broken), "--json").stdout)["error"]["problems"]
    assert [(Path(one["file"]).name, one["line"], one["wrong"]) for one in problems] == [
        ("broken.toml", 9, "job_titel"),
        ("broken.toml", 15, "staff"),
        ("house.toml", 16, "heads"),
    ]
    missing = world.run(str(world.folder / "nowhere.toml"), "--json")
    assert missing.exit_code == 78 and "FileMissing" in missing.stdout


def test_values_become_claims_of_people_or_imports_and_a_copy_of_ours_says_nothing(world: Previewed) -> None:
    ann = world.subjects()["ann@middle.example"]
    assert ann.account is not None and ann.account.kind == "account"
    (size,) = ann.claims["number_of_employees"]
    assert size.observed_ms <= world.pair.clock.now_ms()
    assert (size.value, size.source, size.authority) == (150, "salesforce", Authority.IMPORT), "HubSpot has our copy"
    assert [one.value for one in ann.claims["city"]] == ["Berlin"], "the person's own, not the account's"
    assert [one.value for one in ann.claims["account.city"]] == ["Ulm"]
    account = world.pair.record("left", "Account", ann.account.left_id)
    assert account is not None and size.observed_ms == account.mod_ms
    contact = ann.link.right_id
    world.pair.wait()
    world.pair.portal.update("contacts", contact, {"jobtitle": "Head of Buying"}, "human:bob")
    for _ in range(2):
        world.sync()
    (title,) = world.subjects()["ann@middle.example"].claims["job_title"]
    assert (title.value, title.source, title.authority) == ("Head of Buying", "hubspot", Authority.HUMAN)


def test_a_replay_of_an_old_version_gives_the_old_verdicts(world: Previewed) -> None:
    known = known_fields(load_mappings(world.folder / "mappings"), None)
    old = load_definition(world.folder / "mappings/qualification/house.toml", known)
    assert fields_named(old) >= {"job_title", "number_of_employees"}
    claims = world.subjects()
    now_ms = world.pair.clock.now_ms()
    before = {name: qualify(old, one.claims, now_ms) for name, one in claims.items()}
    again = load_definition(world.folder / "mappings/qualification/house.toml", known)
    assert {name: qualify(again, one.claims, now_ms) for name, one in world.subjects().items()} == before
    assert {one.content for one in before.values()} == {old.content}
