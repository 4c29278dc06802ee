"""Systems under plain addresses of this machine, told by the configuration alone: tokens, slashes, older versions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.app import Sandbox, SandboxOptions
from syncer.errors import Exit
from tests.badinput.synced import MAPPINGS, Synced

SECTIONS = """\
[state]
url = "sqlite:///syncer.db"
[mappings]
dir = "{mappings}"
[engine]
cool_down_ms = 0
[salesforce]
{salesforce}
[hubspot]
base_url = "{hubspot}"
access_token = "env:TEST_HUBSPOT_TOKEN"
"""
TOKEN = 'auth = "token"\ninstance_url = "{url}"\naccess_token = "env:TEST_SALESFORCE_TOKEN"'
CLIENT = 'auth = "client_credentials"\nlogin_url = "{url}"\nclient_id = "{id}"\nclient_secret = "env:TEST_SECRET"'
REFRESH = 'auth = "refresh_token"\nlogin_url = "{url}"\nclient_id = "{id}"\nrefresh_token = "env:TEST_REFRESH"'


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    folder = tmp_path_factory.mktemp("plain")
    options = SandboxOptions(folder=folder, accounts=2, people=4, plain_http=True, portal={"index_lag_ms": (0, 0)})
    with Sandbox.start(options) as running:
        yield running


WAYS = {
    "a token, addresses with a slash at their end": (TOKEN, "/", ""),
    "a token, an older version of the API": (TOKEN, "", '\napi_version = "v58.0"'),
    "client credentials": (CLIENT, "/", ""),
    "a refresh token": (REFRESH, "", ""),
}


@pytest.mark.parametrize(("login", "end", "more"), list(WAYS.values()), ids=list(WAYS))
def test_a_pair_is_brought_up_by_script_under_any_address(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, login: str, end: str, more: str
) -> None:
    known = sandbox.credentials
    monkeypatch.setenv("TEST_SALESFORCE_TOKEN", known.salesforce_access_token)
    monkeypatch.setenv("TEST_SECRET", known.salesforce_client_secret)
    monkeypatch.setenv("TEST_REFRESH", known.salesforce_refresh_token)
    monkeypatch.setenv("TEST_HUBSPOT_TOKEN", known.hubspot_access_token)
    section = login.format(url=sandbox.salesforce_url + end, id=known.salesforce_client_id) + more
    text = SECTIONS.format(mappings=MAPPINGS, salesforce=section, hubspot=sandbox.hubspot_url + end)
    (tmp_path / "config.toml").write_text(text, encoding="utf-8")
    world = Synced(sandbox, tmp_path)
    for words in (("setup", "salesforce", "--yes"), ("setup", "hubspot", "--yes"), ("check",)):
        ended = world.run(*words)
        assert ended.code == Exit.DONE, ended.text
    for words in (("--yes",), ()):
        ended = world.sync(*words)
        assert ended.code in (Exit.DONE, Exit.LEFTOVERS), ended.text
        assert ended.document["paused"] == {}
    assert not [name for name in ended.document["counts"] if name.startswith(("creates", "updates"))]
