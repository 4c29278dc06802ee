"""Text, JSON and pages of one report say the same; pages load nothing and run nothing, whatever was said on a call."""

from __future__ import annotations

import json
import re
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner

from syncer.cli.app import app
from syncer.store import Store, open_store
from syncer.store.rows import LinkRow
from tests.report.report_world import DAY_MS, EVIL, Tags, call, hand_off, move, objection, verdict
from tests.report.shipped import MAPPINGS

REPORTS = ("funnel", "sla", "objections", "coverage", "disqualified")
NOW_MS = int(datetime.now(UTC).timestamp() * 1000)


def run(*words: str) -> Any:
    return CliRunner().invoke(app, ["report", *words])


@pytest.fixture
def config(store: Store, state_url: str, tmp_path: Path) -> Path:
    """A state in which everything that people say is a script."""
    evil = {"reason": EVIL, "root_source": EVIL}
    with store.transaction() as tx:
        tx.links.insert([LinkRow("p1", "person", "linked", "k", "Lead", EVIL, "contacts", "1")])
        tx.verdicts.put([verdict("p1", "disqualified", **evil), verdict("p2", "MQL", "consideration")])
        tx.verdicts.note([
            move("p0", "", "prospect", NOW_MS - 90 * DAY_MS, "first"),
            move("p2", "prospect", "MQL", NOW_MS - 40 * DAY_MS),
            move("p3", "prospect", "TRUE lead", NOW_MS - 40 * DAY_MS, signals=[{"id": "webinar", "truth": "met"}]),
        ])  # fmt: skip
        late = {"breached_ms": NOW_MS - DAY_MS, "first_step": EVIL, "owner_id": EVIL}
        tx.hand_offs.add([
            hand_off(1, "sent", NOW_MS - DAY_MS, link_id="p1", **late),
            hand_off(2, "rejected", NOW_MS - DAY_MS, reason=EVIL, answered_ms=NOW_MS, status=EVIL),
        ])  # fmt: skip
        tx.documents.put([call(1, NOW_MS - DAY_MS)])
        tx.objections.replace("left:Task:1", [objection(1, EVIL, NOW_MS - DAY_MS, EVIL, EVIL)])
    store.close()
    (tmp_path / "config.toml").write_text(f'[state]\nurl = "{state_url}"\n[mappings]\ndir = "{MAPPINGS}"\n')
    return tmp_path / "config.toml"


@pytest.mark.parametrize("name", REPORTS)
def test_a_page_loads_nothing_runs_nothing_and_shows_what_was_said_as_text(name: str, config: Path) -> None:
    out = config.parent / "report.html"
    done = run(name, "-o", str(out), "--config", str(config), "--json")
    assert done.exit_code == 0, done.output
    page = out.read_text(encoding="utf-8")
    tags = Tags(page)
    assert not {tag for tag, _ in tags.seen} & {"script", "link", "img", "iframe", "object", "style src"}
    assert not [attrs for _, attrs in tags.seen if any(key in ("src", "href") or key.startswith("on") for key in attrs)]
    assert not re.search(r"https?:|url\(|@import", page)
    charts = [attrs for tag, attrs in tags.seen if tag == "svg"]
    assert all(attrs["role"] == "img" and attrs["aria-label"] for attrs in charts)
    assert charts or name == "coverage", "nobody is linked in this state"
    if name in ("sla", "objections", "disqualified"):
        assert EVIL in "".join(tags.said)
    for row in re.findall(r"<tr>.*?</tr>", page, re.S):
        assert row.count("<td") in (0, row.count("</td>"))
    told = json.loads(done.stdout)
    assert (told["form"], told["made_ms"] >= NOW_MS) == (1, True)


@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize("columns", [80, 120])
def test_text_stays_within_the_width_of_the_screen(
    name: str, columns: int, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("syncer.cli.shell.console", lambda: Console(file=sys.stdout, width=columns, highlight=False))
    done = run(name, "--config", str(config))
    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines()
    assert len(lines) >= 3 and max(map(len, lines)) <= columns


def test_what_is_asked_wrongly_is_refused_by_name(config: Path, tmp_path: Path) -> None:
    cases = {
        ("funnel", "--period", "decade"): (2, "UnknownPeriod"),
        ("funnel", "--since", "yesterday"): (2, "BadDate"),
        ("coverage", "--since", "2026-13-01"): (2, "BadDate"),
        ("sla", "-o", str(tmp_path / "no" / "such.html")): (2, "NotWritable"),
    }
    for words, (code, name) in cases.items():
        done = run(*words, "--config", str(config), "--json")
        assert (done.exit_code, json.loads(done.stdout)["error"]["name"]) == (code, name), words


def test_without_a_hand_off_there_is_no_sla_to_report(config: Path, tmp_path: Path) -> None:
    shutil.copytree(MAPPINGS, tmp_path / "mine")
    (tmp_path / "mine" / "hand-off.toml").unlink()
    text = config.read_text().replace(str(MAPPINGS), str(tmp_path / "mine"))
    config.write_text(text)
    done = run("sla", "--config", str(config), "--json")
    assert (done.exit_code, json.loads(done.stdout)["error"]["name"]) == (2, "NoHandOff")
    assert run("funnel", "--config", str(config)).exit_code == 0


def test_an_empty_state_gives_reports_and_no_error(state_url: str, tmp_path: Path) -> None:
    open_store(state_url, exclusive=True).close()
    (tmp_path / "config.toml").write_text(f'[state]\nurl = "{state_url}"\n[mappings]\ndir = "{MAPPINGS}"\n')
    for name in REPORTS:
        done = run(name, "--config", str(tmp_path / "config.toml"), "-o", str(tmp_path / "page.html"))
        assert done.exit_code == 0, (name, done.output)
        Tags((tmp_path / "page.html").read_text())
