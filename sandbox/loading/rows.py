"""Reads a file row by row into a model: old ids are kept for references, bad rows are told by line and passed over."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sandbox.kernel import Refusal
from sandbox.loading.cells import BadCell, Column, instant_ms, value_of
from sandbox.loading.request import Load, LoadError
from sandbox.loading.schema import columns_of

if TYPE_CHECKING:
    from sandbox.hubspot import HubSpotPortal
    from sandbox.salesforce import SalesforceOrg

_LISTED: Final = 1000  # refused rows told one by one; the rest is counted
_LONGEST_CELL: Final = 1 << 20
_ID: Final = {"salesforce": "Id", "hubspot": "hs_object_id"}
_CREATED: Final = frozenset({"CreatedDate", "createdate", "hs_createdate"})


@dataclass(slots=True)
class LoadReport:
    """What came of one file. `left_out`: column -> why; `unresolved`: column -> values that name nothing loaded."""

    target: str
    path: Path
    rows: int = 0
    loaded: int = 0
    refused_count: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)  # line of the file, why
    left_out: dict[str, str] = field(default_factory=dict)
    unresolved: Counter[str] = field(default_factory=Counter)

    def refuse(self, line: int, why: str) -> None:
        self.refused_count += 1
        if len(self.refused) < _LISTED:
            self.refused.append((line, why))

    def lines(self) -> list[str]:
        """The report for people."""
        told = [f"{self.target}: {self.loaded} of {self.rows} rows of {self.path} loaded"]
        told += [f"  column {name!r} left out: {why}" for name, why in self.left_out.items()]
        told += [f"  {count} values of {name!r} name no loaded record" for name, count in self.unresolved.items()]
        told += [f"  line {line}: {why}" for line, why in self.refused]
        if self.refused_count > len(self.refused):
            told.append(f"  and {self.refused_count - len(self.refused)} more rows")
        return told


@dataclass(frozen=True, slots=True)
class _Bound:
    """A column of the file and the field it fills."""

    place: int
    heading: str
    column: Column
    values: Mapping[str, str]


class Loader:
    """Loads files one after another; a later file may refer to records of an earlier one by their old ids."""

    def __init__(self, org: SalesforceOrg, portal: HubSpotPortal, tokens: Mapping[str, str]) -> None:
        self._models: dict[str, Any] = {"salesforce": org, "hubspot": portal}
        self._portal = portal
        self._tokens = tokens
        self._ids: dict[tuple[str, str], str] = {}

    def load(self, wanted: Load) -> LoadReport:
        """Raises LoadError when nothing of the file can be loaded."""
        columns = columns_of(wanted.system, wanted.object, self._models[wanted.system], self._tokens[wanted.system])
        report = LoadReport(wanted.target, wanted.path)
        rows = _rows(wanted.path)
        _, heading = next(rows, (0, []))
        bound = _bind(wanted, heading, columns, report)
        required = sorted({column.name for column in columns.values() if column.required})
        owners = self._owners() if wanted.system == "hubspot" else {}
        for line, cells in rows:
            report.rows += 1
            try:
                if len(cells) != len(heading):
                    raise BadCell(f"{len(cells)} cells under {len(heading)} headings")
                self._seed(wanted, bound, required, owners, cells, report)
                report.loaded += 1
            except ValueError as bad:  # of a cell, or a unique value that is taken
                report.refuse(line, str(bad))
            except Refusal as refusal:
                report.refuse(line, f"{refusal.code}: {refusal.message}")
        return report

    def _seed(
        self,
        wanted: Load,
        bound: Sequence[_Bound],
        required: Sequence[str],
        owners: Mapping[str, str],
        cells: Sequence[str],
        report: LoadReport,
    ) -> None:
        values: dict[str, Any] = {}
        old_id, created_ms = "", None
        for item in bound:
            text = cells[item.place].strip()
            if not text:
                continue
            name = item.column.name
            if name == _ID[wanted.system]:
                old_id = text
            elif name in _CREATED:
                created_ms = instant_ms(text)
            elif item.column.refers_to:
                found = owners.get(text.lower()) if "owners" in item.column.refers_to else None
                found = found or self._ids.get(_key(wanted.system, text.partition(";")[0]))
                if found is None:
                    report.unresolved[item.heading] += 1
                else:
                    values[name] = found
            else:
                try:
                    values[name] = value_of(wanted.system, item.column, item.values.get(text, text))
                except BadCell as bad:
                    raise BadCell(f"{item.heading}: {bad}") from None
        missing = [name for name in required if name not in values]
        if missing:
            raise BadCell(f"required: {', '.join(missing)}")
        record_id = self._models[wanted.system].seed(wanted.object, values, created_ms=created_ms)
        if old_id:
            self._ids[_key(wanted.system, old_id)] = record_id

    def _owners(self) -> dict[str, str]:
        """By id, e-mail address and name, in lower case."""
        made: dict[str, str] = {}
        for owner in self._portal.state.owners.by_id.values():
            for key in (str(owner.id), owner.email, f"{owner.first_name} {owner.last_name}"):
                made.setdefault(key.lower(), str(owner.id))
        return made


def _key(system: str, old_id: str) -> tuple[str, str]:
    """Salesforce exports ids of 15 or 18 characters; the first 15 are the id."""
    return (system, old_id.strip()[:15] if system == "salesforce" else old_id.strip())


def _bind(wanted: Load, heading: Sequence[str], columns: Mapping[str, Column], report: LoadReport) -> list[_Bound]:
    """Which column fills which field. Raises LoadError when none does, or for a column file that names a stranger."""
    strangers = sorted(set(wanted.columns) - {name.strip() for name in heading})
    if strangers:
        raise LoadError(f"{wanted.path} has no columns {', '.join(strangers)}", "Correct the column file beside it.")
    bound: list[_Bound] = []
    for place, raw in enumerate(heading):
        name = raw.strip()
        field_name = wanted.columns.get(name, name)
        column = columns.get(field_name.lower())
        why = _why_not(column, field_name, name in wanted.columns, [item.column for item in bound], wanted.system)
        if why:
            report.left_out[name] = why
        elif column is not None:
            bound.append(_Bound(place, name, column, wanted.values.get(column.name, {})))
    if not bound:
        raise LoadError(
            f"no column of {wanted.path} is a field of {wanted.target}", "Name them in a .columns.toml beside it."
        )
    return bound


def _why_not(column: Column | None, field_name: str, named: bool, taken: Sequence[Column], system: str) -> str:
    if named and not field_name:
        return "the column file says so"
    if column is None:
        return f"there is no field {field_name!r}"
    if column in taken:
        return f"another column fills {column.name}"
    if not column.writable and column.name not in (_ID[system], *_CREATED):
        return f"{column.name} is read-only"
    return ""


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """(first line of the row, cells), the heading first, blank lines not at all. Raises LoadError."""
    csv.field_size_limit(_LONGEST_CELL)
    with path.open(newline="", encoding="utf-8-sig") as stream:
        line = 1
        try:
            reader = csv.reader(stream, delimiter=_delimiter(stream.readline()), strict=True)
            stream.seek(0)
            for cells in reader:
                if cells:
                    yield line, cells
                line = reader.line_num + 1
        except UnicodeDecodeError as error:
            raise LoadError(f"{path}, near line {line}: not UTF-8 ({error.reason})", "Export it as UTF-8.") from error
        except csv.Error as error:
            raise LoadError(f"{path}, line {line}: {error}", "Correct the quotes of this row.") from error


def _delimiter(heading: str) -> str:
    """Exports of some countries separate by semicolons."""
    return max(",;\t", key=heading.count)
