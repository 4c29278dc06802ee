"""The measured process: `python -m benchmarks.child JOB FOLDER ARGUMENTS`, figures as one JSON line on stdout.

Imports and the opening of the state are not counted as CPU, since a worker that runs for days pays them once. Peak
memory counts everything; so nothing is imported that the job does not need, and never the sandbox.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any


def _peak_mib() -> float:
    """Most memory that was resident; rusage would tell the parent's, which a child inherits."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:")) / 1024


def main(job: str, folder: Path, arguments: dict[str, Any]) -> None:
    """Jobs are generators: the first step makes ready, the second is measured and yields what it found."""
    module, _, name = job.partition(".")
    steps = getattr(import_module(f"benchmarks.{module}"), name)(folder, **arguments)
    unmeasured_requests = next(steps)
    used, began_s = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    found = next(steps)
    wall_s, after = time.perf_counter() - began_s, resource.getrusage(resource.RUSAGE_SELF)
    steps.close()
    figures = {
        "cpu_s": after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime,
        "wall_s": wall_s,
        "peak_mib": _peak_mib(),
        "unmeasured_requests": unmeasured_requests,
    }
    sys.stdout.write(json.dumps(figures | found) + "\n")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), json.loads(sys.argv[3]))
