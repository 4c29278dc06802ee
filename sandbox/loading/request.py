"""What to load: the text of `--load`, and the column file beside the CSV."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from sandbox.errors import SandboxError

_SYSTEMS: Final = ("salesforce", "hubspot")


class LoadError(SandboxError):
    """A file that cannot be loaded at all. Single bad rows are reported and stop nothing."""


@dataclass(frozen=True, slots=True)
class Load:
    """One file for one object. `columns`: column -> field ("" leaves it out); `values`: field -> text -> value."""

    system: str
    object: str
    path: Path
    columns: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def target(self) -> str:
        return f"{self.system}.{self.object}"

    @classmethod
    def parse(cls, text: str) -> Load:
        """From `salesforce.Lead=FILE.csv`, with what `FILE.columns.toml` says. Raises LoadError."""
        target, _, file = text.partition("=")
        system, _, object_name = target.partition(".")
        if system not in _SYSTEMS or not object_name or not file:
            raise LoadError(
                f"cannot read --load {text!r}", "Write it as salesforce.Lead=FILE.csv or hubspot.contacts=FILE.csv."
            )
        path = Path(file)
        if not path.is_file():
            raise LoadError(f"there is no file {path}", "Check the path of --load.")
        section = _column_file(path.with_suffix(".columns.toml")).get(system, {}).get(object_name, {})
        return cls(system, object_name, path, section.get("columns", {}), section.get("values", {}))


def _column_file(path: Path) -> Mapping[str, Any]:
    if not path.exists():
        return {}
    try:
        read = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise LoadError(f"{path}: {error}", "Correct the TOML.") from error
    for system, objects in read.items():
        if system not in _SYSTEMS or not isinstance(objects, dict):
            raise LoadError(f"{path}: unknown section {system!r}", "Sections are named like salesforce.Lead.columns.")
        for object_name, section in objects.items():
            _check(path, f"{system}.{object_name}", section)
    return read


def _check(path: Path, target: str, section: Any) -> None:
    where = f"{path}: {target}"
    if not isinstance(section, dict) or set(section) - {"columns", "values"}:
        raise LoadError(f"{where} holds more than columns and values", "Keep only those two tables.")
    tables = [section.get("columns", {}), *section.get("values", {}).values()]
    for table in tables:
        if not isinstance(table, dict) or not all(isinstance(value, str) for value in table.values()):
            raise LoadError(f"{where} is no table of texts", 'Write "Column" = "Field", and "text" = "value".')
