"""A section of the configuration file to a connector's settings: unknown keys are errors that name the right one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from difflib import get_close_matches
from typing import Any, TypeVar

from connectors.base import AuthError, SideName

S = TypeVar("S")


def settings_of(kind: type[S], section: Mapping[str, Any], name: str, side: SideName | None) -> S:
    """The section's keys as `kind`, a dataclass. Raises AuthError for a key it does not have or one it needs."""
    known = [field.name for field in fields(kind)]  # type: ignore[arg-type]
    for key in section:
        if key not in known:
            near = get_close_matches(key, known, n=1)
            raise misconfigured(name, side, f"has no key {key!r}" + (f"; did you mean {near[0]!r}?" if near else ""))
    try:
        return kind(**section)
    except TypeError as error:
        raise misconfigured(name, side, f"is not complete: {error}") from None


def misconfigured(name: str, side: SideName | None, what: str) -> AuthError:
    """What is wrong with the section, and who must do what about it."""
    text = f"[{name}] {what}"
    return AuthError(
        text, side=side, code="CONFIGURATION", action=f"Correct the [{name}] section of the configuration."
    )
