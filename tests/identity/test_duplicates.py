"""Accounts that may be one company: found with the extra, told apart from namesakes, and refused by name without it."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path
from random import Random

import pytest
from typer.testing import CliRunner

from syncer.cli.app import app
from tests.identity.noisy_leads import noisy

Row = dict[str, str]


def doubled(seed: int, size: int) -> tuple[list[Row], set[tuple[str, str]]]:
    """Accounts of which one in ten is there twice, written in another way and with gaps."""
    accounts, _, _ = noisy(seed, size, 0)
    rng, rows, pairs = Random(seed), list(accounts), set()
    for row in rng.sample(accounts, size // 10):
        again = {**row, "id": f"D{row['id']}", "name": row["name"].upper().replace("E", "", 1)}
        for name, share in (("website", 0.3), ("phone", 0.5), ("city", 0.4)):
            again[name] = "" if rng.random() < share else again[name]
        rows.append(again)
        pairs.add((row["id"], again["id"]))
    return rows, pairs


def written(path: Path, rows: list[Row]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def run(*words: str | Path) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["link", "duplicates", *map(str, words)])
    return done.exit_code, done.stdout


def test_most_doubled_accounts_are_proposed_and_hardly_a_wrong_pair(tmp_path: Path) -> None:
    rows, pairs = doubled(3, 600)
    file = written(tmp_path / "accounts.csv", rows)
    code, out = run("--accounts", file, "--json")
    again = run("--accounts", file, "--json")
    found = {tuple(one["account"] for one in pair["accounts"]) for pair in json.loads(out)["pairs"]}
    right = len(found & pairs)
    print(f"{len(found)} pairs, precision {right / len(found):.3f}, recall {right / len(pairs):.3f}")
    assert (code, again) == (0, (code, out)), "the same file gives the same pairs"
    assert right >= 0.95 * len(found)
    assert right >= 0.85 * len(pairs)
    assert "Nothing was merged" in run("--accounts", file)[1]


def test_one_account_has_no_double(tmp_path: Path) -> None:
    file = written(tmp_path / "one.csv", [{"id": "A", "name": "Acme", "website": "acme.com"}])
    assert json.loads(run("--accounts", file, "--json")[1]) == {"accounts": 1, "pairs": []}


def test_without_the_extra_the_message_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "splink", None)
    file = written(tmp_path / "two.csv", [{"id": one, "name": one, "website": "acme.com"} for one in "AB"])
    code, out = run("--accounts", file, "--json")
    error = json.loads(out)["error"]
    assert (code, error["name"]) == (2, "SplinkMissing")
    assert 'pip install "syncer[dedupe]"' in error["action"]
