"""A world that survives a restart: the same records under the same ids, addresses and tokens."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from sandbox.app import Sandbox
from sandbox.errors import SandboxError
from sandbox.loading import Load


def everything(sandbox: Sandbox) -> dict[str, list[Any]]:
    left = {name: list(sandbox.org.records(name)) for name in ("Lead", "Contact", "Account", "Task")}
    right = {name: list(sandbox.portal.records(name)) for name in ("contacts", "companies", "calls")}
    return left | right


@pytest.fixture
def options(tmp_path: Path) -> dict[str, Any]:
    return {"state": tmp_path / "world.jsonl", "accounts": 8, "people": 30}


def test_edits_by_api_and_by_people_are_there_after_a_restart_under_the_same_addresses(
    start, client_of, options
) -> None:
    first = start(**options)
    client = client_of(first)
    token = {"Authorization": f"Bearer {first.credentials.hubspot_access_token}"}
    body = {"inputs": [{"properties": {"email": f"n{number}@new.example", "lastname": "Ünal"}} for number in range(3)]}
    made = client.session.post(
        f"{first.hubspot_url}/crm/v3/objects/contacts/batch/create", json=body, headers=token, timeout=10
    )
    assert made.status_code == 201
    client.control("POST", "people", json={"act": 20})
    client.control("POST", "clock", json={"advance_ms": 86_400_000})
    client.control("POST", "people", json={"act": 20})
    client.control("POST", "people", json={"talk": 5})
    before, ledger, urls, now_ms = everything(first), first.ledger.since(0), first.addresses(), first.clock.now_ms()
    first.stop()
    second = start(**options)
    assert everything(second) == before
    assert second.ledger.since(0) == ledger
    assert second.later.talked == 5
    assert second.addresses() == urls
    assert second.clock.now_ms() >= now_ms
    client_of(second).control("POST", "people", json={"act": 1})


def test_a_line_that_broke_off_is_dropped_and_the_rest_is_kept(start, client_of, options) -> None:
    first = start(**options)
    client_of(first).control("POST", "people", json={"act": 10})
    before = everything(first)
    first.stop()
    with options["state"].open("ab") as stream:
        stream.write(b'{"at":1767225600000,"act":5,"on')
    second = start(**options)
    assert everything(second) == before
    second.stop()
    third = start(**options)
    assert everything(third) == before


def test_a_state_in_use_or_of_another_world_or_no_state_at_all_is_refused_by_name(start, options, csv_file) -> None:
    first = start(**options)
    with pytest.raises(SandboxError, match="held by another sandbox"):
        start(**options)
    first.stop()
    with pytest.raises(SandboxError, match="seed 1, not 2"):
        start(**options, seed=2)
    some = csv_file("leads.csv", "Last Name,Company\nBrook,Brook Labs\n")
    with pytest.raises(SandboxError, match="with load"):
        start(**options, load=(Load.parse(f"salesforce.Lead={some}"),))
    content = options["state"].read_bytes()
    for bad, message in ((b"hello\n", "line 1"), (b"[]\n", "no JSON object"), (b"{}\n", "no state of this sandbox")):
        options["state"].write_bytes(bad)
        with pytest.raises(SandboxError, match=message):
            start(**options)
    options["state"].write_bytes(content + orjson.dumps({"at": 1, "system": "pipedrive"}) + b"\n")
    with pytest.raises(SandboxError, match="cannot be repeated"):
        start(**options)
