"""How well the listener hears: precision and recall per field over gold notes, which people marked by hand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from syncer.core.listen import Calls, Finding, Heard, Status, extract, visible_text
from syncer.errors import FileProblem, InvalidFileError
from syncer.mapping.models import Entry, Word
from syncer.mapping.refusals import problems_of
from syncer.mapping.toml_file import BrokenTomlError, read_toml


class GoldError(InvalidFileError):
    """Gold notes that cannot be used."""

    what = "set of gold notes"


class MarkedSpan(Entry):
    """One fact that a careful reader finds in the note; `quote` stands in it word for word."""

    field: Word
    value: bool | int | float | str | list[int | float]
    quote: Word


class GoldNote(Entry):
    """One note with its marked spans."""

    id: Word
    text: str
    html: bool = False
    language: str = "en"
    expect: list[MarkedSpan]


class GoldFile(Entry):
    """A file of gold notes; relative dates count from `call_date`."""

    call_date: date
    note: list[GoldNote] = Field(min_length=1)


@dataclass(slots=True)
class Score:
    """Counts of one field. Proposals are neither right nor wrong: a person decides them."""

    right: int = 0
    wrong: int = 0
    missed: int = 0
    proposed: int = 0  # of the missed: shown to a person

    @property
    def precision(self) -> float | None:
        return self.right / (self.right + self.wrong) if self.right + self.wrong else None

    @property
    def recall(self) -> float | None:
        return self.right / (self.right + self.missed) if self.right + self.missed else None


@dataclass(slots=True)
class ExtractionReport:
    """`misheard` and `missed` name note, field, value and words of each error."""

    notes: int = 0
    scores: dict[str, Score] = field(default_factory=dict)
    misheard: list[tuple[str, str, Any, str]] = field(default_factory=list)
    missed: list[tuple[str, str, Any, str]] = field(default_factory=list)
    not_verbatim: int = 0
    wrong_language: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        rows = {
            name: {
                "precision": score.precision,
                "recall": score.recall,
                "right": score.right,
                "wrong": score.wrong,
                "missed": score.missed,
                "proposed": score.proposed,
            }
            for name, score in sorted(self.scores.items())
        }
        keys = ("note", "field", "value", "quote")
        return {
            "notes": self.notes,
            "fields": rows,
            "not_verbatim": self.not_verbatim,
            "wrong_language": self.wrong_language,
            "misheard": [dict(zip(keys, row, strict=True)) for row in self.misheard],
            "missed": [dict(zip(keys, row, strict=True)) for row in self.missed],
        }


def gold_files(folder: Path) -> list[tuple[Path, GoldFile]]:
    """Every *.toml of the folder. Raises GoldError with all problems: no files, broken ones, quotes not in the text."""
    paths = sorted(folder.glob("*.toml"))
    if not paths:
        problem = FileProblem(
            str(folder), 0, 0, "FileMissing", "There are no gold notes here.", "Name a folder that holds *.toml files."
        )
        raise GoldError([problem])
    found: list[tuple[Path, GoldFile]] = []
    problems: list[FileProblem] = []
    for path in paths:
        try:
            file = read_toml(path)
            model = GoldFile.model_validate(file.data)
        except BrokenTomlError as error:
            problems.append(error.problem)
            continue
        except ValidationError as error:
            problems += problems_of(error, file, GoldFile)
            continue
        for place, note in enumerate(model.note):
            for number, span in enumerate(note.expect):
                if span.quote not in text_of(note):
                    line, column = file.place(("note", place, "expect", number))
                    said = f'The quote "{span.quote}" does not stand in the note {note.id}.'
                    problems.append(
                        FileProblem(str(path), line, column, "QuoteMissing", said, "Quote it word for word.")
                    )
        found.append((path, model))
    if problems:
        raise GoldError(problems)
    return found


def text_of(note: GoldNote) -> str:
    """The text as a reader sees it."""
    return visible_text(note.text) if note.html else note.text


def evaluate(files: Iterable[tuple[Path, GoldFile]], calls: Calls) -> ExtractionReport:
    """Runs the rules over every note and holds the answers against the marks."""
    report = ExtractionReport()
    for _, file in files:
        for note in file.note:
            report.notes += 1
            text = text_of(note)
            heard = extract(text, calls, call=file.call_date)
            if heard.language != note.language:
                report.wrong_language.append(note.id)
            _score(report, note, text, heard)
    return report


def _score(report: ExtractionReport, note: GoldNote, text: str, heard: Heard) -> None:
    findings = (*heard.facts, *heard.objections)
    report.not_verbatim += sum(text[f.start : f.end] != f.quote for f in (*findings, *heard.refused))
    open_spans = list(note.expect)
    for finding in (f for f in findings if f.status is Status.ACCEPTED):
        score = report.scores.setdefault(finding.field, Score())
        match = next((span for span in open_spans if _same(finding, span, text)), None)
        if match is None:
            score.wrong += 1
            report.misheard.append((note.id, finding.field, finding.value, finding.quote))
        else:
            score.right += 1
            open_spans.remove(match)
    proposals: Sequence[Finding] = [f for f in findings if f.status is Status.PROPOSAL]
    for span in open_spans:
        score = report.scores.setdefault(span.field, Score())
        score.missed += 1
        score.proposed += any(_same(finding, span, text) for finding in proposals)
        report.missed.append((note.id, span.field, span.value, span.quote))


def _same(finding: Finding, span: MarkedSpan, text: str) -> bool:
    """Field and value are those of the mark, and the quote lies over it. Free text may be cut a little differently."""
    start = text.find(span.quote)
    if finding.field != span.field or finding.end <= start or start + len(span.quote) <= finding.start:
        return False
    if isinstance(finding.value, bool) or isinstance(span.value, bool):
        return finding.value is span.value
    if isinstance(finding.value, str) and isinstance(span.value, str):
        heard, marked = finding.value.casefold(), span.value.casefold()
        return heard == marked or (finding.field == "need" and (heard in marked or marked in heard))
    return finding.value == span.value
