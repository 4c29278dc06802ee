"""A running pair of systems over TLS, the command line as a process of its own, and what both systems hold, raw."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from sandbox.app import Sandbox
from syncer.core.fields import KindMap, SideName
from syncer.mapping import load_mappings

MAPPINGS = Path(__file__).parents[2] / "mappings"
CONFIG = f"""\
[state]
url = "sqlite:///syncer.db"
[sandbox]
file = "sandbox.json"
[mappings]
dir = "{MAPPINGS}"
[engine]
zombie_wait_ms = 300
cool_down_ms = 1000
retry_first_ms = 50
retry_last_ms = 500
"""
SYSTEMS: dict[SideName, str] = {"left": "salesforce", "right": "hubspot"}
KEYS: dict[SideName, str] = {"left": "Syncer_Key__c", "right": "syncer_key"}


@dataclass
class Ended:
    """How one command ended."""

    code: int
    document: Any
    complaints: str


@dataclass
class Pair:
    """One sandbox and one configuration in one folder."""

    sandbox: Sandbox
    folder: Path
    session: requests.Session = field(default_factory=requests.Session)
    config_name: str = "config.toml"

    def __post_init__(self) -> None:
        self.session.trust_env = False
        self.session.verify = self.sandbox.ca_bundle if self.sandbox.ca_bundle is not None else True
        self.kinds: tuple[KindMap, ...] = load_mappings(MAPPINGS).kinds
        (self.folder / self.config_name).write_text(CONFIG, encoding="utf-8")

    # -- the command line

    def start(self, *words: str) -> subprocess.Popen[str]:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("SYNCER_")}
        return subprocess.Popen(
            [sys.executable, "-m", "syncer", *words, "--config", str(self.folder / self.config_name), "--json"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
        )

    def run(self, *words: str) -> Ended:
        process = self.start(*words)
        out, complaints = process.communicate(timeout=120)
        return Ended(process.returncode, json.loads(out) if out.strip() else None, complaints)

    def kill_after(self, calls: int, rng: random.Random, *words: str) -> bool:
        """Starts a command and kills it once the systems had so many more calls; false where it ended before."""
        until = self.calls() + calls
        process = self.start(*words)
        while self.calls() < until:
            try:
                process.communicate(timeout=0.002 + rng.random() / 100)
            except subprocess.TimeoutExpired:
                continue
            return False
        process.kill()
        process.communicate(timeout=30)
        return True

    # -- the systems, from outside

    def calls(self) -> int:
        return sum(faults.calls for faults in self.sandbox.faults.values())

    def control(self, method: str, path: str, **more: Any) -> Any:
        answer = self.session.request(method, f"{self.sandbox.vendors_url}/__sandbox__/{path}", timeout=30, **more)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def ledger(self) -> list[dict[str, Any]]:
        edits: list[dict[str, Any]] = []
        while True:
            page = self.control("GET", f"ledger?since={len(edits)}&limit=5000")
            edits += page["edits"]
            if len(edits) >= page["total"]:
                return edits

    def records(self, side: SideName) -> dict[tuple[str, str], dict[str, Any]]:
        """Every live record of the mapped objects, (object, id) -> values, as the vendor's own API tells them."""
        read = self._salesforce if side == "left" else self._hubspot
        found: dict[tuple[str, str], dict[str, Any]] = {}
        for kind in self.kinds:
            for name in kind.objects(side):
                fields = sorted({item.on(side, name) for item in kind.fields if item.on(side, name)} | {KEYS[side]})
                found |= {(name, record_id): values for record_id, values in read(name, fields)}
        return found

    def _salesforce(self, name: str, fields: list[str]) -> list[tuple[str, dict[str, Any]]]:
        more = ["IsConverted"] if name == "Lead" else []
        path = f"/services/data/v66.0/query?q=SELECT+{','.join(['Id', *fields, *more])}+FROM+{name}"
        rows: list[dict[str, Any]] = []
        while path:
            answer = self._get(self.sandbox.salesforce_url + path, self.sandbox.credentials.salesforce_access_token)
            rows += answer["records"]
            path = answer.get("nextRecordsUrl", "")
        return [(row["Id"], row) for row in rows if not row.get("IsConverted")]

    def _hubspot(self, name: str, fields: list[str]) -> list[tuple[str, dict[str, Any]]]:
        rows: list[dict[str, Any]] = []
        after: str | None = ""
        while after is not None:
            query = f"limit=100&properties={','.join(fields)}" + (f"&after={after}" if after else "")
            url = f"{self.sandbox.hubspot_url}/crm/v3/objects/{name}?{query}"
            answer = self._get(url, self.sandbox.credentials.hubspot_access_token)
            rows += answer["results"]
            after = answer.get("paging", {}).get("next", {}).get("after")
        return [(row["id"], row["properties"]) for row in rows]

    def _get(self, url: str, token: str) -> Any:
        answer = self.session.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=30)
        assert answer.status_code == 200, answer.text
        return answer.json()


def writes_of(document: Any) -> int:
    """How many writes a sync reported."""
    heads = ("creates.", "updates.", "archives.")
    return sum(count for name, count in document["counts"].items() if name.startswith(heads))


def bring_up(pair: Pair) -> None:
    for words in (("setup", "salesforce", "--yes"), ("setup", "hubspot", "--yes")):
        ended = pair.run(*words)
        assert ended.code == 0, (ended.document, ended.complaints)
