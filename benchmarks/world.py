"""The sandbox as a child process, driven by one JSON line a command on stdin; it ends with its stdin.

Run as `python -m benchmarks.world FOLDER`. The parent's half is `World`.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks import people
from sandbox.app import Sandbox, SandboxOptions

DAY_MS = 86_400_000
UNLIMITED = 1_000_000_000  # the pace that the vendors allow is not what is measured


class World:
    """A running sandbox. Every method is one command; all return what the child answered."""

    def __init__(self, child: subprocess.Popen[str], folder: Path) -> None:
        self._child, self.folder = child, folder

    def ask(self, do: str, **arguments: Any) -> dict[str, Any]:
        """Raises ChildProcessError when the sandbox died."""
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        self._child.stdin.write(json.dumps({"do": do, **arguments}) + "\n")
        self._child.stdin.flush()
        line = self._child.stdout.readline()
        if not line:
            raise ChildProcessError(f"the sandbox ended while it was asked to {do}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def calls(self) -> int:
        """Requests that both systems have answered so far, as the servers counted them."""
        return sum(self.ask("calls").values())


@contextmanager
def world(folder: Path) -> Iterator[World]:
    """An empty sandbox in `folder`, stopped at the end."""
    folder.mkdir(parents=True, exist_ok=True)
    with subprocess.Popen(  # noqa: S603 - our own module
        [sys.executable, "-m", "benchmarks.world", str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as child:
        made = World(child, folder)
        try:
            made.ask("calls")
            yield made
        finally:
            assert child.stdin is not None
            child.stdin.close()


def _seed(running: Sandbox, left: int, right: int, shared: int, differ: bool) -> dict[str, int]:
    """`shared` people on both sides, the rest on one only; `differ`: each side of a pair lacks something."""
    created_ms = running.clock.now_ms() - DAY_MS
    for number in range(left):
        values = people.lead(number)
        if differ and number < shared:
            values = {name: value for name, value in values.items() if name not in people.BLANK_IN_LEAD}
        if not differ:
            values["Lifecycle_Stage__c"] = "Lead"
        running.org.seed("Lead", values, created_ms=created_ms)
    for place in range(right):
        number = place if place < shared else left + place
        values = people.contact(number)
        if differ and place < shared:
            values = {name: value for name, value in values.items() if name not in people.BLANK_IN_CONTACT}
        if not differ:
            values |= people.WHAT_A_LEAD_BEGINS_WITH
        running.portal.seed("contacts", values, created_ms=created_ms)
    return {"left": left, "right": right}


def _edit(running: Sandbox, count: int, turn: int) -> dict[str, int]:
    """People change the titles of `count` subjects spread over all of them, half on each side."""
    for object_name, field, model, share in (
        ("Lead", "Title", running.org, count // 2),
        ("contacts", "jobtitle", running.portal, count - count // 2),
    ):
        ids = [str(row.get("Id") or row["id"]) for row in model.records(object_name)]
        step = max(1, len(ids) // max(share, 1))
        offset = turn * 2 + (object_name == "contacts")
        for place in range(share):
            model.update(
                object_name, ids[(place * step + offset) % len(ids)], {field: f"Title {turn}-{place}"}, "human:ann"
            )
    return {"edited": count}


def _advance(running: Sandbox, ms: int) -> dict[str, int]:
    running.driver.advance(ms)
    return {"now_ms": running.clock.now_ms()}


def _calls(running: Sandbox) -> dict[str, int]:
    return {name: faults.calls for name, faults in running.faults.items()}


_COMMANDS: dict[str, Callable[..., dict[str, int]]] = {
    "seed": _seed,
    "edit": _edit,
    "advance": _advance,
    "calls": _calls,
}


def main(folder: Path) -> None:
    portal = {"burst_limit": UNLIMITED, "daily_limit": UNLIMITED, "search_limit": UNLIMITED}
    options = SandboxOptions(folder=folder, accounts=0, people=0, org={"daily_limit": UNLIMITED}, portal=portal)
    with Sandbox.start(options) as running:
        for line in sys.stdin:
            command = json.loads(line)
            with running.lock:
                running.driver.drive()
                answer = _COMMANDS[command.pop("do")](running, **command)
            sys.stdout.write(json.dumps(answer) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
