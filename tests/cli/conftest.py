"""`world`: one pair of CRMs, set up and synced by the command line itself, shared by all tests of this room."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

from sandbox.app import Sandbox
from sandbox.options import SandboxOptions
from tests.cli.cli_world import ROOT, CliWorld

JOB_TITLE = 'name = "job_title"'


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CliWorld]:
    folder = tmp_path_factory.mktemp("cli")
    shutil.copytree(ROOT / "mappings", folder / "mappings")
    person = folder / "mappings" / "person.toml"
    text = person.read_text()
    assert JOB_TITLE in text
    person.write_text(text.replace(JOB_TITLE, JOB_TITLE + '\nrule = "review"'))
    with Sandbox.start(SandboxOptions(folder=folder, accounts=8, people=20)) as sandbox:
        made = CliWorld(sandbox, folder, folder / "config.toml")
        made.write_config("config.toml")
        for words in (("setup", "salesforce", "--yes"), ("setup", "hubspot", "--yes"), ("sync", "--yes")):
            done = made.run(*words)
            assert done.code in (0, 4), done.out + done.err
        yield made
