"""Everything that ends a command early: each error has a name, a message, the action to take, and an exit code."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import IntEnum
from typing import Literal


class Exit(IntEnum):
    """What the shell sees; scripts rely on the numbers."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    PENDING = 3  # `plan --exit-code`: changes pending
    LEFTOVERS = 4  # done, but records are quarantined or await review, or a mapped field is suspended
    LOCKED = 5
    BREAKER = 6
    TEMPORARY = 75
    DENIED = 77
    CONFIG = 78


class SyncerError(Exception):
    """A command cannot go on. The text never holds a secret."""

    exit_code: Exit = Exit.FAILED

    def __init__(self, name: str, message: str, action: str = "", exit_code: Exit | None = None) -> None:
        super().__init__(message)
        self.name = name
        self.message = message
        self.action = action
        if exit_code is not None:
            self.exit_code = exit_code

    def as_json(self) -> dict[str, object]:
        return {"name": self.name, "message": self.message, "action": self.action, "exit_code": int(self.exit_code)}


class UsageError(SyncerError):
    """The command line asks for something that there is not."""

    exit_code = Exit.USAGE


class StateLockedError(SyncerError):
    """Another instance holds the state."""

    exit_code = Exit.LOCKED


class BreakerError(SyncerError):
    """The plan is larger than the breaker lets through without a person."""

    exit_code = Exit.BREAKER


class TemporaryError(SyncerError):
    """A budget is spent or a system is down; `resume_ms` says when it is worth trying again, where that is known."""

    exit_code = Exit.TEMPORARY

    def __init__(self, name: str, message: str, action: str = "", resume_ms: int | None = None) -> None:
        super().__init__(name, message, action)
        self.resume_ms = resume_ms

    def as_json(self) -> dict[str, object]:
        return {**super().as_json(), "resume_ms": self.resume_ms}


class DeniedError(SyncerError):
    """Log-in or a permission failed."""

    exit_code = Exit.DENIED


@dataclass(frozen=True, slots=True)
class FileProblem:
    """One thing wrong in a file that an admin edits; line and column count from 1, 0 where there is no place."""

    file: str
    line: int
    column: int
    name: str
    message: str
    action: str
    wrong: str = ""
    nearest: str = ""  # the nearest right word
    severity: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        place = self.file + (f":{self.line}:{self.column}" if self.line else "")
        return f"{place}: {self.severity}: {self.name}: {self.message} {self.action}".rstrip()

    def as_json(self) -> dict[str, object]:
        return {name: getattr(self, name) for name in self.__slots__}


class InvalidFileError(SyncerError):
    """A file that an admin edits is not valid: all its problems at once, in the order of the lines."""

    exit_code = Exit.CONFIG
    what = "file"

    def __init__(self, problems: Iterable[FileProblem]) -> None:
        self.problems: Sequence[FileProblem] = tuple(sorted(problems, key=lambda p: (p.file, p.line, p.column)))
        first = self.problems[0]
        count = f"{len(self.problems)} problems" if len(self.problems) > 1 else "a problem"
        super().__init__(first.name, f"The {self.what} has {count}:\n{self.listing()}", first.action)

    def listing(self) -> str:
        return "\n".join(map(str, self.problems))

    def as_json(self) -> Mapping[str, object]:
        return {**super().as_json(), "problems": [problem.as_json() for problem in self.problems]}


class ConfigError(InvalidFileError):
    """The configuration is not valid."""

    what = "configuration"


class MappingError(InvalidFileError):
    """A mapping is not valid, by itself or against the live schemas."""

    what = "mapping"


class DefinitionError(InvalidFileError):
    """A qualification definition is not valid."""

    what = "definition"


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word that was probably meant, or nothing; upper and lower case count as the same."""
    folded: dict[str, str] = {}
    for candidate in known:
        folded.setdefault(candidate.casefold(), candidate)
    found = get_close_matches(word.casefold(), folded, n=1, cutoff=0.6)
    return folded[found[0]] if found else ""


def did_you_mean(word: str, known: Sequence[str], otherwise: str) -> tuple[str, str]:
    """The nearest right word, and the action that names it (or `otherwise`)."""
    found = nearest(word, known)
    return found, f'Write "{found}" instead of "{word}".' if found else otherwise
