"""What a job title says: how senior the person is, and which part of the company they work for."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from importlib.resources import files
from typing import Any

from syncer.core.identity.fold import words


class Seniority(StrEnum):
    OWNER = "owner"
    C_LEVEL = "c-level"
    VP = "vp"
    DIRECTOR = "director"
    MANAGER = "manager"
    SENIOR = "senior"
    STAFF = "staff"
    ENTRY = "entry"
    UNKNOWN = ""


@dataclass(frozen=True, slots=True)
class Role:
    """`persona` is a part of a company such as `it security`; "" where the title does not say."""

    seniority: Seniority
    persona: str


def role(title: str) -> Role:
    """Reads a title of any length; what it does not say is empty, never guessed."""
    text = f" {' '.join(words(title))} "
    seniority = Seniority(_first("seniority", text))
    return Role(seniority, _first("persona", text))


def _first(table: str, text: str) -> str:
    """The name of the first entry one of whose words stands in the text, else ""."""
    return next((entry["name"] for entry in _words()[table] if any(f" {word} " in text for word in entry["words"])), "")


@lru_cache(maxsize=1)
def _words() -> Mapping[str, Any]:
    return tomllib.loads(files(__package__).joinpath("data/titles.toml").read_text("utf-8"))
