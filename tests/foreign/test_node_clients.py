"""The Node.js clients, unmodified, over TLS: each story of a script in `node/` is a test here.

Their packages are installed from the lock file, once per lock file, into `var/`.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from sandbox.app import Sandbox

HERE = Path(__file__).parent / "node"
CACHE = Path(__file__).resolve().parents[2] / "var" / "foreign-clients"
LOCK_FILES = ("package.json", "package-lock.json", ".npmrc")
STORY = re.compile(r'^story\("([^"]+)"', re.MULTILINE)
STORIES = [(path.name, name) for path in sorted(HERE.glob("*.mjs")) for name in STORY.findall(path.read_text("utf-8"))]

Report = dict[str, str]


@pytest.fixture(scope="module")
def packages() -> Path:
    """The `node_modules` of the installed packages."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        message = "Node.js and npm are needed to run the clients written for them"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    wanted = CACHE / sha256(b"".join((HERE / name).read_bytes() for name in LOCK_FILES)).hexdigest()[:16]
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # test processes that run side by side install once
        if not wanted.exists():
            with TemporaryDirectory(dir=CACHE) as scratch:
                folder = Path(scratch) / "installed"
                folder.mkdir()
                for name in LOCK_FILES:
                    shutil.copy(HERE / name, folder)
                npm = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline"]
                done = subprocess.run(npm, cwd=folder, capture_output=True, text=True, timeout=240)
                assert done.returncode == 0, done.stderr
                folder.rename(wanted)
    return wanted / "node_modules"


@pytest.fixture(scope="module")
def report_of(packages: Path, sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Report]:
    """Runs a script once and gives what became of its stories, by name."""
    folder = tmp_path_factory.mktemp("node")
    for path in HERE.glob("*.mjs"):
        shutil.copy(path, folder)
    (folder / "node_modules").symlink_to(packages)
    settings = {"NODE_EXTRA_CA_CERTS": str(sandbox.ca_bundle), "SANDBOX_CARD": json.dumps(sandbox.card())}

    @cache
    def run(script: str) -> Report:
        node = ["node", script]
        environment = {**os.environ, **settings}
        done = subprocess.run(node, cwd=folder, env=environment, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


@pytest.mark.parametrize(("script", "story"), STORIES)
def test_a_client_for_node_runs_unmodified(report_of: Callable[[str], Report], script: str, story: str) -> None:
    told = report_of(script).get(story, "was not run")
    assert told == "passed", told
