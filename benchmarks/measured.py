"""One job in a child process: its CPU seconds, wall seconds, peak memory, requests, and what it says itself."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.world import World

Figures = dict[str, Any]


def measure(world: World, job: str, **arguments: Any) -> Figures:
    """Runs the job on that world. Raises ChildProcessError with what the job printed where it failed."""
    before = world.calls()
    figures = alone(world.folder, job, **arguments)
    return figures | {"requests": world.calls() - before - figures["unmeasured_requests"]}


def alone(folder: Path, job: str, **arguments: Any) -> Figures:
    """As `measure`, for a job that needs no sandbox."""
    command = [sys.executable, "-m", "benchmarks.child", job, str(folder), json.dumps(arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own module
    if done.returncode != 0:
        raise ChildProcessError(f"{job} failed:\n{done.stderr}")
    figures: Figures = json.loads(done.stdout.splitlines()[-1])
    return figures


def middle(runs: Sequence[Figures]) -> Figures:
    """The last run with the medians of what varies."""
    return {**runs[-1], **{name: median(run[name] for run in runs) for name in ("cpu_s", "wall_s", "peak_mib")}}
