"""The real command line, killed with SIGKILL again and again while people edit both systems over a bad line."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from sandbox.app import Sandbox, SandboxOptions
from tests.process.pair import Pair, bring_up, writes_of
from tests.process.verdict import Verdict

KILLS = int(os.environ.get("SYNCER_TEST_KILLS", "12"))
SEED = int(os.environ.get("SYNCER_TEST_KILL_SEED", "1"))
PROFILE = os.environ.get("SYNCER_TEST_KILL_PROFILE", "rough")
LAG_MS = 15_000  # longer than HubSpot's search index takes


def _until_quiet(pair: Pair) -> None:
    """Faults off, people gone: syncs until one has nothing to write and nothing open."""
    pair.control("POST", "people", json={"stop": True})
    pair.control("DELETE", "faults")
    for _ in range(15):
        pair.control("POST", "clock", json={"advance_ms": LAG_MS})
        ended = pair.run("sync")
        assert ended.code in (0, 4), (ended.document, ended.complaints)
        if not writes_of(ended.document) and not ended.document["open_intents"]:
            return
    pytest.fail(f"still writing after 15 quiet syncs: {ended.document}")


@pytest.mark.timeout(280 + 30 * KILLS)
def test_no_edit_is_lost_and_no_record_doubled_when_the_worker_is_killed_at_random_moments(tmp_path: Path) -> None:
    rng = random.Random(SEED)
    options = SandboxOptions(seed=SEED, folder=tmp_path, accounts=8, people=20)
    with Sandbox.start(options) as sandbox:
        pair = Pair(sandbox, tmp_path)
        bring_up(pair)
        pair.control("POST", "faults", json={"profile": PROFILE})
        pair.control("POST", "people", json={"every_ms": 150})
        killed = 0
        for _ in range(KILLS * 3):
            killed += pair.kill_after(rng.randint(1, 70), rng, "sync", "--yes")
            if killed == KILLS:
                break
        assert killed >= KILLS // 2, "the kills came too late to say anything"
        _until_quiet(pair)
        before = len(pair.ledger())
        again = pair.run("sync")
        assert writes_of(again.document) == 0
        assert len(pair.ledger()) == before, "a sync with nothing to do wrote something"
        verdict = Verdict(pair)
        assert verdict.wrong == []
        assert verdict.state.open_intents == 0
        verified = pair.run("state", "verify")
        assert verified.code == 0, verified.document
        assert sum(verdict.fates.values()) > KILLS * 5, f"too few edits to say anything: {verdict.fates}"
        assert sandbox.failures == []
        print(f"killed {killed} times; of {len(verdict.edits)} edits: {dict(verdict.fates)}")
