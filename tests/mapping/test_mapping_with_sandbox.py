"""The shipped example and the shipped mappings against both systems of a running sandbox, over TLS."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from connectors.base import Remote
from connectors.hubspot.factory import connect as connect_hubspot
from connectors.salesforce.factory import connect as connect_salesforce
from sandbox.app import Sandbox
from sandbox.options import SandboxOptions
from syncer.config import load_config
from syncer.engine.system import SystemClock, SystemEntropy
from syncer.mapping import Mappings, check_against_schemas, needed_fields

ROOT = Path(__file__).parents[2]


def live(mappings: Mappings, remotes: dict[str, Remote]) -> dict:
    return {
        (side, name): remotes[side].schema(name)
        for kind in mappings
        for side in ("left", "right")
        for name in kind.objects(side)
    }


def test_the_example_reaches_the_sandbox_and_one_setup_is_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("SYNCER_")]:
        monkeypatch.delenv(name)
    Path("config.example.toml").write_text((ROOT / "config.example.toml").read_text())
    with Sandbox.start(SandboxOptions(state=Path("var/sandbox/state.json"), accounts=1, people=1)):
        loaded = load_config()
        ports = {"clock": SystemClock(), "entropy": SystemEntropy()}
        remotes: dict[str, Remote] = {
            "left": connect_salesforce(loaded.salesforce_login().section(), **ports),
            "right": connect_hubspot(loaded.hubspot_login().section(), **ports),
        }
        mappings = loaded.mappings()
        before = live(mappings, remotes)
        needed = needed_fields(mappings, before)
        assert {p.name for p in check_against_schemas(mappings, before) if p.severity == "error"} == set()
        for side, specs in needed.items():
            made = remotes[side].create_fields(specs)
            assert sorted(made) == sorted(f"{spec.object}.{spec.name}" for spec in specs)

        after = live(mappings, remotes)

    assert needed_fields(mappings, after) == {"left": [], "right": []}
    assert "NotSetUp" not in {p.name for p in check_against_schemas(mappings, after)}
    assert after["left", "Lead"].fields["Syncer_Key__c"].unique
    assert after["right", "contacts"].fields["syncer_key"].unique
