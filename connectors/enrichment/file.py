"""Exports of vendors as a source: CSV or Parquet by declared columns, matched by domain, name, number or address."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

from connectors.enrichment.export import ExportError, Table, newest, open_table
from connectors.enrichment.provider import Answer, AnswerState, Found, Known, Question
from connectors.enrichment.same_name import same_name, words_of

KeyAs = Literal["domain", "name", "registry_number", "email"]
_NUMBERS: Final = frozenset({"company_number", "lei"})  # a question has one number, whichever register gave it
_EVIDENCE_MAX: Final = 300
_THOUSANDS: Final = re.compile(r"-?\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_HOST: Final = re.compile(r"^(?:[a-z][a-z0-9+.-]*://)?(?:[^@/]*@)?(?:www\.)?([^/:?#\s]+)")
_LABELS: Final = 3  # a host below the registered domain by up to two labels is the company's as well
# The same reading of a key as `_row_keys`, in SQL: coarse, to leave out what cannot be meant before it is looked at.
_HOST_SQL: Final = r"""rtrim(regexp_extract(lower(trim(c0)),
    '^(?:[a-z][a-z0-9+.-]*://)?(?:[^@/]*@)?(?:www\.)?([^/:?#\s]+)', 1), '.')"""
_MAY_MATCH: Final[Mapping[str, str]] = {
    "domain": f"list_has_any(list_value({_HOST_SQL}, regexp_replace({_HOST_SQL}, '^[^.]+[.]', ''), "
    f"regexp_replace({_HOST_SQL}, '^[^.]+[.][^.]+[.]', '')), $keys)",
    "registry_number": "list_contains($keys, ltrim(regexp_replace(upper(c0), '[^A-Z0-9]', '', 'g'), '0'))",
    "email": "list_contains($keys, lower(trim(c0)))",
    "name": "list_has_any(regexp_split_to_array(lower(strip_accents(c0)), '[^\\p{L}\\p{N}]+'), $keys)",
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column. Numbers are multiplied with `scale`; `unit`: the currency of an amount that names none."""

    column: str
    scale: Decimal = Decimal(1)
    unit: str = ""


@dataclass(frozen=True, slots=True)
class FileSpec:
    """What an admin declares of an export. `columns`: canonical field -> where it stands. `as_of` empty: file date."""

    path: str
    key_column: str
    key_as: KeyAs
    columns: Mapping[str, Column]
    as_of: str = ""
    licence: str = ""
    confidence: float = 0.7
    delimiter: str = ""
    encoding: str = ""


def file_spec(source: Mapping[str, Any]) -> FileSpec:
    """From the entry of a file provider, as the policy holds it."""
    columns: dict[str, Column] = {}
    for name, told in source["map"].items():
        given = {"column": told} if isinstance(told, str) else told
        scale = Decimal(str(given.get("scale", 1)))
        columns[name] = Column(given["column"], scale, given.get("unit", ""))
    more = {name: source[name] for name in ("licence", "confidence", "delimiter", "encoding") if name in source}
    as_of = source["as_of"]["column"] if "as_of" in source else ""
    key_as = "registry_number" if source["key"]["as_"] in _NUMBERS else source["key"]["as_"]
    return FileSpec(source["path"], source["key"]["column"], key_as, columns, as_of, **more)


class Row(NamedTuple):
    """One row that is about a subject that was asked for: its values by field, and since when they are so."""

    values: Mapping[str, str]
    as_of_ms: int


@dataclass(slots=True)
class FileProvider:
    """A `Provider` over the newest file of a path. Nothing is opened before the first question, and a newer file, or a
    changed one, is opened in its place. A file that is not as declared answers UNAVAILABLE, with the name of the
    error first in its message; `check` raises it.
    """

    name: str
    spec: FileSpec
    folder: Path = Path()
    price: Decimal = Decimal(0)
    batch_max: int = 5_000
    _table: Table | None = field(default=None, repr=False)

    @property
    def offers(self) -> frozenset[str]:
        return frozenset(self.spec.columns)

    @property
    def kinds(self) -> frozenset[str]:
        return frozenset({"person" if self.spec.key_as == "email" else "account"})

    @property
    def needs(self) -> tuple[tuple[str, ...], ...]:
        return ((self.spec.key_as,),)

    def check(self) -> Table:
        """The table as it stands now. Raises ExportError."""
        spec = self.spec
        path = newest(spec.path, self.folder)
        changed_ms = path.stat().st_mtime_ns // 1_000_000
        if self._table is not None and (self._table.path, self._table.changed_ms) == (path, changed_ms):
            return self._table
        self.close()
        wanted = [
            spec.key_column,
            *(one.column for one in spec.columns.values()),
            *([spec.as_of] if spec.as_of else []),
        ]
        self._table = open_table(path, wanted, delimiter=spec.delimiter, encoding=spec.encoding)
        return self._table

    def ask(self, questions: Sequence[Question]) -> Sequence[Answer]:
        try:
            table = self.check()
            rows = self._rows(table, questions)
        except ExportError as error:
            said = f"{error.name}: {error.message}"
            return [Answer(one.key, AnswerState.UNAVAILABLE, message=said, action=error.action) for one in questions]
        except OSError as error:
            said = f"FileUnreadable: {self.spec.path}: {error.strerror}"
            action = "Grant the user that runs syncer the right to read it."
            return [Answer(one.key, AnswerState.UNAVAILABLE, message=said, action=action) for one in questions]
        return [self._answer(table, question, rows[place]) for place, question in enumerate(questions)]

    def close(self) -> None:
        if self._table is not None:
            self._table.close()
            self._table = None

    def _rows(self, table: Table, questions: Sequence[Question]) -> list[list[Row]]:
        """The rows of each question, in one reading of the file for all of them."""
        found: list[list[Row]] = [[] for _ in questions]
        places: dict[str, list[int]] = {}
        for place, question in enumerate(questions):
            for key in _asked_keys(self.spec.key_as, getattr(question, self.spec.key_as)):
                places.setdefault(key, []).append(place)
        if not places:
            return found
        fits = _FITS.get(self.spec.key_as)
        for cells in table.rows(_MAY_MATCH[self.spec.key_as], {"keys": sorted(places)}):
            told = cells[0] or ""
            row: Row | None = None
            meant = dict.fromkeys(place for key in _row_keys(self.spec.key_as, told) for place in places.get(key, ()))
            for place in meant:
                if fits is None or fits(told, getattr(questions[place], self.spec.key_as)):
                    row = row or self._row(table, cells)
                    found[place].append(row)
        return found

    def _row(self, table: Table, cells: Sequence[str | None]) -> Row:
        names = list(self.spec.columns)
        values = {name: text for name, cell in zip(names, cells[1:], strict=False) if (text := (cell or "").strip())}
        as_of_ms = _day_ms(cells[-1] or "") if self.spec.as_of else table.changed_ms
        return Row(values, as_of_ms)

    def _answer(self, table: Table, question: Question, rows: Sequence[Row]) -> Answer:
        """What all rows of one subject agree on; what they differ in is left out, and said."""
        wanted = [name for name in question.fields if name in self.spec.columns]
        notes = [f"{table.path.name}: lines that are no rows: {table.broken}"] if table.broken else []
        if not rows:
            return Answer(question.key, AnswerState.MISS, message="; ".join(notes))
        found: list[Found] = []
        for name in wanted:
            told = {
                row.values[name]: row.as_of_ms
                for row in sorted(rows, key=lambda one: one.as_of_ms)
                if name in row.values
            }
            if len(told) > 1:
                notes.append(f"{len(rows)} rows of {table.path.name} differ in {self.spec.columns[name].column}")
            for text, as_of_ms in told.items() if len(told) == 1 else ():
                value = _scaled(text, self.spec.columns[name])
                if value is None:
                    notes.append(f"{self.spec.columns[name].column} holds no number")
                else:
                    found.append(self._found(table, name, text, value, as_of_ms))
        if len(rows) > 1 and len(notes) <= bool(table.broken):
            notes.append(f"{len(rows)} rows of {table.path.name} agree")
        state = AnswerState.HIT if len(found) == len(wanted) else AnswerState.PARTIAL
        return Answer(question.key, state, tuple(found), message="; ".join(notes))

    def _found(self, table: Table, name: str, text: str, value: Known, as_of_ms: int) -> Found:
        column = self.spec.columns[name]
        licence = f" ({self.spec.licence})" if self.spec.licence else ""
        evidence = f'{table.path.name}{licence}, column "{column.column}": {text}'[:_EVIDENCE_MAX]
        return Found(name, value, self.spec.confidence, as_of_ms, column.unit, evidence)


def _asked_keys(kind: KeyAs, given: str) -> tuple[str, ...]:
    """What a row must have to be about this subject; a name is asked for by its first word, and then compared whole."""
    if not given:
        return ()
    if kind == "name":
        return words_of(given)[:1]
    return _row_keys(kind, given)[:1]


def _row_keys(kind: KeyAs, told: str) -> tuple[str, ...]:
    text = told.strip()
    if kind == "domain":
        match = _HOST.match(text.lower())
        labels = match[1].rstrip(".").split(".") if match else []
        return tuple(".".join(labels[start:]) for start in range(max(0, min(_LABELS, len(labels) - 1))))
    if kind == "registry_number":
        key = re.sub(r"[^A-Z0-9]", "", text.upper()).lstrip("0")
        return (key,) if key else ()
    if kind == "email":
        return (text.lower(),) if text else ()
    return tuple(dict.fromkeys((*words_of(text), *_plain_words(text))))


def _plain_words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", text.casefold())
    return re.findall(r"[^\W_]+", "".join(sign for sign in plain if unicodedata.category(sign) != "Mn"))


_FITS: Final[Mapping[str, Callable[[str, str], bool]]] = {"name": same_name}


def _scaled(text: str, column: Column) -> Known | None:
    """The text itself, or the number in units of one where the column counts in thousands; None for no number."""
    if column.scale == 1:
        return text
    plain = text.strip("$€£ ").replace(" ", "").replace("\u00a0", "")
    if _THOUSANDS.fullmatch(plain):
        plain = plain.replace(",", "")
    try:
        number = Decimal(plain) * column.scale
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _day_ms(text: str) -> int:
    """ISO, with or without time; day and month in figures only where one can be told from the other. 0: unknown."""
    text = text.strip().replace("/", "-").replace(".", "-") if "T" not in text and ":" not in text else text.strip()
    try:
        stamp = datetime.fromisoformat(text)
    except ValueError:
        parts = re.fullmatch(r"(\d{1,2})-(\d{1,2})-(\d{4})", text)
        if parts is None:
            return 0
        first, second, year = (int(part) for part in parts.groups())
        day, month = (first, second) if first > 12 else (second, first)
        if max(first, second) <= 12 and first != second:
            return 0
        try:
            stamp = datetime.combine(date(year, month, day), datetime.min.time())
        except ValueError:
            return 0
    stamp = stamp if stamp.tzinfo is not None else stamp.replace(tzinfo=UTC)
    return int(stamp.timestamp() * 1000)
