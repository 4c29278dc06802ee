"""The rights that the README asks for are enough to run, and the sandbox refuses what they leave out."""

from __future__ import annotations

import json
import re
from pathlib import Path

from typer.testing import CliRunner

from sandbox.app import Sandbox, SandboxOptions
from syncer.cli.app import app
from syncer.errors import Exit

README = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
CONFIG = '[state]\nurl = "sqlite:///syncer.db"\n[sandbox]\nfile = "sandbox.json"\n'
LACKING = (  # without it: how a run ends, and what names it
    ("crm.objects.contacts.read", Exit.DENIED, "crm.objects.contacts.read"),
    ("crm.objects.contacts.write", Exit.LEFTOVERS, "MISSING_SCOPES"),
    ("crm.objects.owners.read", Exit.LEFTOVERS, "OwnersUnavailable"),
    ("oauth", Exit.LEFTOVERS, "AccountUnknown"),
    ("forms", Exit.LEFTOVERS, "ConversationsUnread"),
)
SETUP_ONLY = {"crm.schemas.contacts.write", "crm.schemas.companies.write"}


def test_the_hubspot_scopes_of_the_readme_suffice_and_a_missing_one_is_named(tmp_path: Path) -> None:
    scopes = set(re.findall(r"`(crm\.[a-z.]+|oauth|forms)`", README.partition("### HubSpot")[2].partition("###")[0]))
    assert scopes > SETUP_ONLY
    (tmp_path / "config.toml").write_text(CONFIG, "utf-8")
    with Sandbox.start(SandboxOptions(accounts=6, people=15, folder=tmp_path)) as running:
        granted = running.portal.state.tokens.apps["engine:syncer"].scopes

        def types(*words: str) -> tuple[int, dict]:
            ended = CliRunner().invoke(app, [*words, "--config", str(tmp_path / "config.toml"), "--json"])
            return ended.exit_code, json.loads(ended.stdout)

        def grant(wanted: set[str]) -> None:
            with running.lock:
                granted.clear()
                granted.update(wanted)

        grant(scopes)
        assert types("setup", "salesforce", "--yes")[0] == Exit.DONE
        assert types("setup", "hubspot", "--yes")[0] == Exit.DONE
        grant(scopes - SETUP_ONLY)
        assert types("check")[0] == Exit.DONE
        code, first = types("sync", "--yes")
        assert code in (Exit.DONE, Exit.LEFTOVERS), first
        assert first["counts"]["creates.right.person"] > 0
        assert first["problems"] == []
        assert first["paused"] == {}

        running.let_people(20)
        running.driver.advance(15_000)
        code, second = types("sync")
        assert code in (Exit.DONE, Exit.LEFTOVERS), second
        assert (second["problems"], second["paused"]) == ([], {})

        for scope, ends, told in LACKING:
            grant(scopes - SETUP_ONLY - {scope})
            running.let_people(10)
            running.driver.advance(15_000)
            code, document = types("sync")
            assert code == ends, (scope, document)
            parked = types("quarantine", "list")[1]["cells"]
            assert told in json.dumps([document.get("paused"), document.get("problems"), parked]), scope
