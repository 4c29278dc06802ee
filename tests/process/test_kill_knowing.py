"""The command line, killed while it asks sources, hears calls and hands leads over: nothing twice, nothing lost."""

from __future__ import annotations

import json
import os
import random
import shutil
import sqlite3
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from sandbox.app import Sandbox, SandboxOptions
from tests.process.pair import CONFIG, KEYS, MAPPINGS, Pair, bring_up, writes_of

KILLS = int(os.environ.get("SYNCER_TEST_KILLS", "5"))
SEED = int(os.environ.get("SYNCER_TEST_KILL_SEED", "1"))
LAG_MS = 15_000  # longer than HubSpot's search index takes
DAY_CAP = 40  # credits
HANDED_OVER = ("MQL", "SQL", "TRUE lead")


def _paying(pair: Pair) -> None:
    """The shipped mappings, with credits to spend."""
    folder = pair.folder / "mappings"
    shutil.copytree(MAPPINGS, folder)
    text = (folder / "enrichment.toml").read_text(encoding="utf-8")
    assert "run = 0\nday = 0\n" in text
    text = text.replace("run = 0\nday = 0\n", f"run = {DAY_CAP}\nday = {DAY_CAP}\n")
    (folder / "enrichment.toml").write_text(text, encoding="utf-8")
    (pair.folder / pair.config_name).write_text(CONFIG.replace(str(MAPPINGS), str(folder)), encoding="utf-8")


def _until_quiet(pair: Pair) -> list[str]:
    """Syncs until one has nothing to write, nothing open and nothing owed; the names of what was told on the way."""
    told: list[str] = []
    for _ in range(15):
        pair.control("POST", "clock", json={"advance_ms": LAG_MS})
        ended = pair.run("sync")
        assert ended.code in (0, 4), (ended.document, ended.complaints)
        told += [problem["name"] for problem in ended.document["problems"]]
        owed = _rows(pair, "SELECT 1 FROM hand_off WHERE state = 'owed'")
        if not writes_of(ended.document) and not ended.document["open_intents"] and not owed:
            return told
    pytest.fail(f"still at work after 15 quiet syncs: {ended.document}")


def _rows(pair: Pair, query: str) -> list[dict[str, Any]]:
    with sqlite3.connect(f"file:{pair.folder / 'syncer.db'}?mode=ro", uri=True) as file:
        file.row_factory = sqlite3.Row
        return [dict(row) for row in file.execute(query)]


@pytest.mark.timeout(280 + 30 * KILLS)
def test_tasks_claims_and_credits_come_once_although_the_worker_is_killed_at_random_moments(tmp_path: Path) -> None:
    rng = random.Random(SEED)
    options = SandboxOptions(seed=SEED, folder=tmp_path, accounts=12, people=30)
    with Sandbox.start(options) as sandbox:
        pair = Pair(sandbox, tmp_path)
        _paying(pair)
        bring_up(pair)
        killed = 0
        for _ in range(KILLS * 3):
            pair.control("POST", "people", json={"talk": 2})
            pair.control("POST", "clock", json={"advance_ms": LAG_MS})
            killed += pair.kill_after(rng.randint(20, 160), rng, "sync", "--yes")
            if killed == KILLS:
                break
        assert killed >= KILLS // 2, "the kills came too late to say anything"
        _until_quiet(pair)
        _handed_over_once(pair)
        _claimed_once(pair)
        _paid_once(pair)
        heard = _rows(pair, "SELECT state, count(*) AS count FROM document GROUP BY state")
        assert {row["state"] for row in heard} <= {"heard", "refused", "unlinked"}, heard
        assert sum(row["count"] for row in heard if row["state"] == "heard") > KILLS
        replayed = pair.run("qualify", "replay", "true-lead")
        assert replayed.code == 0, replayed.document
        assert pair.run("state", "verify").code == 0
        assert sandbox.failures == []


def _handed_over_once(pair: Pair) -> None:
    """Whoever stands where sales has to act has one hand-off and one task for it; no task is of no hand-off."""
    tasks = [row for row in pair.sandbox.org.records("Task") if row.get(KEYS["left"])]
    keys = Counter(row[KEYS["left"]] for row in tasks)
    assert [key for key, count in keys.items() if count > 1] == []
    handed = _rows(pair, "SELECT * FROM hand_off")
    assert Counter((row["link_id"], row["status"]) for row in handed).most_common(1)[0][1] == 1
    assert {row["task_id"] for row in handed if row["task_id"]} == {row["Id"] for row in tasks}
    standing = _rows(pair, "SELECT link_id, status FROM verdict WHERE kind = 'person'")
    wanted = {row["link_id"] for row in standing if row["status"] in HANDED_OVER}
    assert wanted, "nobody to hand over"
    assert wanted <= {row["link_id"] for row in handed}


def _claimed_once(pair: Pair) -> None:
    """The same word of the same source is one claim: under whatever id, in whatever run."""
    told = Counter()
    for row in _rows(pair, "SELECT * FROM claim"):
        said = json.loads(row["claim"])
        said.pop("claim_id", None)
        told[row["subject"], row["field"], row["source"], row["doc_id"], row["observed_ms"], json.dumps(said)] += 1
    assert len(told) > KILLS
    assert [one for one, count in told.items() if count > 1] == []


def _paid_once(pair: Pair) -> None:
    """The vendors took no more than we count, and that is within the cap; no reservation is left open."""
    charged = {name: state.charged for name, state in pair.sandbox.vendors.states.items() if state.charged}
    spends = _rows(pair, "SELECT * FROM spend")
    assert charged, "no credit was spent"
    assert {row["state"] for row in spends} == {"settled"}
    counted = Counter()
    for row in spends:
        counted[row["provider"]] += row["spent"]
    assert [name for name, credits in charged.items() if credits * 1_000 > counted[name]] == []
    assert sum(counted.values()) <= DAY_CAP * 1_000
