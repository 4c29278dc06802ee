"""What `syncer sandbox` is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import file_digest
from pathlib import Path
from typing import Any

from sandbox.errors import SandboxError
from sandbox.faults import PROFILES
from sandbox.loading import Load


@dataclass(frozen=True, slots=True)
class SandboxOptions:
    """Port 0 takes a free one; `start_ms` None: virtual time begins now; `speed`: virtual per real time.

    With `state` the world survives a restart, under the same addresses; certificates and keys lie in its folder, else
    in `folder`. `org` and `portal` replace single settings of the models, by name. Raises SandboxError.
    """

    seed: int = 1
    accounts: int = 40
    people: int = 120
    faults: str = "calm"
    state: Path | None = None
    folder: Path = Path("var/sandbox")
    plain_http: bool = False
    load: tuple[Load, ...] = ()
    salesforce_port: int = 0
    hubspot_port: int = 0
    vendors_port: int = 0
    start_ms: int | None = None
    speed: float = 1.0
    org: Mapping[str, Any] = field(default_factory=dict)
    portal: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.faults not in PROFILES:
            raise SandboxError(f"no fault profile {self.faults!r}", f"Choose one of {', '.join(PROFILES)}.")
        for name in ("accounts", "people", "speed"):
            if getattr(self, name) < 0:
                raise SandboxError(f"{name} is {getattr(self, name)}", "Give zero or more.")
        for name in ("salesforce_port", "hubspot_port", "vendors_port"):
            if not 0 <= getattr(self, name) <= 65_535:
                raise SandboxError(f"{name} is {getattr(self, name)}", "Give a port, or 0 for a free one.")

    @property
    def place(self) -> Path:
        """Where the files of this sandbox are."""
        return self.folder if self.state is None else self.state.parent

    def world(self) -> dict[str, Any]:
        """What makes one world another: a state that was begun with something else does not fit."""
        loads = [[wanted.target, _digest(wanted.path)] for wanted in self.load]
        return {"seed": self.seed, "accounts": self.accounts, "people": self.people, "load": loads}


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return file_digest(stream, "sha256").hexdigest()
