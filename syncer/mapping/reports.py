"""Reads mappings/reports.toml: what the team agreed to call too high, too low and rarer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import Field, ValidationError

from syncer.errors import FileProblem, MappingError
from syncer.mapping.models import Entry
from syncer.mapping.refusals import problems_of
from syncer.mapping.toml_file import BrokenTomlError, TomlFile, read_toml

FILE: Final = "reports.toml"
Share = Annotated[float, Field(gt=0, lt=1, allow_inf_nan=False, strict=False)]


class ConversionEntry(Entry):
    """MQL to SQL. Without bands no rate is called good or bad: what is usual elsewhere is no norm."""

    within_days: int = Field(30, ge=1, le=730, description="An MQL counts as converted if it is an SQL by then.")
    too_low: Share | None = Field(None, description="Below this share sales is fed leads that it cannot use.")
    too_high: Share | None = Field(None, description="Above it leads are held back too long, and some leak away.")


class ObjectionsEntry(Entry):
    """The questions that sales is most tired of, and how much rarer marketing makes them."""

    top: int = Field(3, ge=1, le=20, description="How many kinds of objections the target is for.")
    fewer_by: Share = Field(0.25, description="By what share each is to be rarer than in the quarter before.")


class ReportsFile(Entry):
    """mappings/reports.toml: what the reports hold the figures against."""

    version: int = Field(ge=1, description="Count it up when the file changes.")
    mql_to_sql: ConversionEntry = ConversionEntry()
    objections: ObjectionsEntry = ObjectionsEntry()


@dataclass(frozen=True, slots=True)
class ReportsPolicy:
    """mappings/reports.toml. `too_low`, `too_high`: None where the team agreed on none."""

    within_days: int = 30
    too_low: float | None = None
    too_high: float | None = None
    top: int = 3
    fewer_by: float = 0.25

    @property
    def band(self) -> str:
        """The band of MQL to SQL in words."""
        ends = (("at least", self.too_low), ("at most", self.too_high))
        told = ", ".join(f"{word} {edge:.0%}" for word, edge in ends if edge is not None)
        return f"MQL to SQL should be {told}" if told else "no band of MQL to SQL is agreed"


def load_reports(folder: Path) -> ReportsPolicy:
    """Reads `reports.toml` in that folder; without one nothing is agreed. Raises MappingError with every problem."""
    if not (folder / FILE).exists():
        return ReportsPolicy()
    try:
        file = read_toml(folder / FILE)
    except BrokenTomlError as error:
        raise MappingError([error.problem]) from None
    return parse_reports(file)


def parse_reports(file: TomlFile) -> ReportsPolicy:
    """As `load_reports`, for a file that was read already."""
    try:
        model = ReportsFile.model_validate(file.data)
    except ValidationError as error:
        raise MappingError(problems_of(error, file, ReportsFile)) from None
    if problems := list(_sense(file, model)):
        raise MappingError(problems)
    return ReportsPolicy(**model.mql_to_sql.model_dump(), **model.objections.model_dump())


def reports_schema() -> dict[str, Any]:
    """The JSON Schema of reports.toml, for completion in editors."""
    schema = ReportsFile.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "syncer reports"}


def _sense(file: TomlFile, model: ReportsFile) -> Iterator[FileProblem]:
    low, high = model.mql_to_sql.too_low, model.mql_to_sql.too_high
    if low is not None and high is not None and low >= high:
        line, column = file.place(("mql_to_sql", "too_low"))
        said = f"Every rate is too low or too high: too_low ({low:g}) is not below too_high ({high:g})."
        yield FileProblem(file.path, line, column, "EmptyBand", said, "Lower too_low, or raise too_high.", f"{low:g}")
