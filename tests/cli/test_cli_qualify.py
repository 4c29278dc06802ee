"""`syncer qualify preview` on a synced pair: who would change status, and why, before anything changes."""

from __future__ import annotations

from pathlib import Path

from tests.cli.cli_world import CliWorld

WIDE = """\
name = "Wide net"
version = "0.1"
agreed = []

[[criterion]]
id = "reachable"
says = "Has an e-mail address"
when = { field = "email", exists = true }
evidence = ["human", "import"]
ask = "What is your e-mail address?"

[[status]]
name = "prospect"
owner = "marketing"

[[status]]
name = "MQL"
needs = { all = ["reachable"] }
owner = "marketing"
reasons = ["bad data"]
"""


def test_a_wider_definition_shows_who_would_move_up_and_writes_nothing(world: CliWorld, tmp_path: Path) -> None:
    (tmp_path / "wide.toml").write_text(WIDE, encoding="utf-8")
    before = len(world.sandbox.ledger)
    told = world.json("qualify", "preview", str(tmp_path / "wide.toml"))
    assert len(world.sandbox.ledger) == before
    assert told["subjects"] > 0
    assert told["up"] > 0
    fallen = [flip["from"] for flip in told["flips"] if flip["direction"] == "down"]
    assert set(fallen) <= {"SAL", "SQL", "TRUE lead"}  # a net that knows no status above MQL
    assert len(fallen) == told["down"] < told["up"]
    assert sorted(told["definition"]["unsigned"]) == ["marketing", "sales"]
    assert all(flip["why"] for flip in told["flips"])


def test_the_active_definition_against_itself_moves_nobody(world: CliWorld) -> None:
    told = world.json("qualify", "preview", "true-lead")
    assert (told["up"], told["down"]) == (0, 0)


def test_a_definition_that_names_an_unknown_field_ends_with_78(world: CliWorld, tmp_path: Path) -> None:
    (tmp_path / "broken.toml").write_text(WIDE.replace('"email", exists', '"emial", exists'), encoding="utf-8")
    done = world.run("qualify", "preview", str(tmp_path / "broken.toml"))
    assert done.code == 78
    assert "email" in done.err
