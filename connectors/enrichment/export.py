"""One export on disk as a table that can be asked by key: CSV in whatever encoding, or Parquet, read where it lies."""

from __future__ import annotations

import codecs
import csv
import io
import re
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import duckdb  # else imported where an export is opened: it is heavy, and most commands open none

_CHUNK: Final = 1 << 20
_LINE_MAX: Final = 4_000_000  # bytes of one line: a description of two million characters is a row as well
_MARKS: Final = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_DELIMITERS: Final = ",;\t|"
_SHOWN: Final = 40  # names of columns in one message
_SETTINGS: Final = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}  # nothing is fetched


class ExportError(Exception):
    """A file that cannot be read as declared: `name` as in the manual, and who must do what."""

    def __init__(self, name: str, message: str, action: str) -> None:
        super().__init__(message)
        self.name, self.message, self.action = name, message, action


@dataclass(slots=True)
class Table:
    """The named columns of one file as text, `c0`, `c1`, ... in the order asked for.

    `broken`: lines that are no row and were left out. `kept`: a copy in UTF-8, where the file is in something else.
    """

    path: Path
    changed_ms: int
    connection: duckdb.DuckDBPyConnection
    broken: int = 0
    kept: tempfile.TemporaryDirectory[str] | None = field(default=None, repr=False)

    def rows(self, condition: str, values: dict[str, Any]) -> list[tuple[str | None, ...]]:
        """Those for which the condition holds. Raises ExportError for a file that is damaged further down."""
        import duckdb

        try:
            return self.connection.execute(f"SELECT * FROM export WHERE {condition}", values).fetchall()  # noqa: S608
        except duckdb.Error as error:
            raise _unreadable(self.path, error) from None

    def close(self) -> None:
        self.connection.close()
        if self.kept is not None:
            self.kept.cleanup()


def newest(pattern: str, folder: Path) -> Path:
    """The file of that path; of a pattern the newest one. Raises ExportError where there is none."""
    path = Path(pattern)
    base, rest = (Path(path.anchor), path.relative_to(path.anchor)) if path.is_absolute() else (folder, path)
    if "*" not in pattern and "?" not in pattern:
        found = [base / rest] if (base / rest).is_file() else []
    else:
        found = [one for one in base.glob(str(rest)) if one.is_file()]
    if not found:
        raise ExportError(
            "FileMissing",
            f"There is no export {pattern}.",
            f"Put it there, or correct path in enrichment.toml ({base}).",
        )
    return max(found, key=lambda one: (one.stat().st_mtime_ns, one.name))


def open_table(path: Path, columns: Sequence[str], *, delimiter: str = "", encoding: str = "") -> Table:
    """Raises ExportError: FileUnreadable, EmptyFile, NotText, MissingColumn, DoubledColumn."""
    import duckdb

    connection = duckdb.connect(config=dict(_SETTINGS))
    kept: tempfile.TemporaryDirectory[str] | None = None
    try:
        changed_ms = path.stat().st_mtime_ns // 1_000_000
        if path.suffix.lower() in (".parquet", ".pq"):
            table, names = connection.read_parquet(str(path)), None
        else:
            told = encoding or encoding_of(path)
            source = path
            if told not in ("utf-8", "utf-8-sig"):
                kept = tempfile.TemporaryDirectory(prefix="syncer-export-")
                source = _in_utf8(path, told, Path(kept.name))
            names, delimiter = _header(path, source, delimiter)
            _chosen(path, names, columns)
            table = _csv(connection, source, delimiter, len(names))
        wanted = _chosen(path, names if names is not None else table.columns, columns)
        table.select(*(_as_text(table, place, number) for number, place in enumerate(wanted))).create_view("export")
        made = Table(path, changed_ms, connection, kept=kept)
        if names is not None:
            made.broken = _broken(connection, path)
    except (duckdb.Error, OSError, UnicodeError, csv.Error) as error:
        connection.close()
        if kept is not None:
            kept.cleanup()
        if isinstance(error, UnicodeError):
            said = f"{path.name} is no text in {encoding or 'UTF-8, UTF-16 or Windows-1252'}."
            raise ExportError("NotText", said, "Export it anew as CSV in UTF-8, or correct encoding.") from None
        raise _unreadable(path, error) from None
    except ExportError:
        connection.close()
        if kept is not None:
            kept.cleanup()
        raise
    return made


def _unreadable(path: Path, error: Exception) -> ExportError:
    why = error.strerror if isinstance(error, OSError) else type(error).__name__
    return ExportError(
        "FileUnreadable", f"{path.name} cannot be read: {why}.", "Export it anew, or grant the right to."
    )


def encoding_of(path: Path) -> str:
    """UTF-8 if all of it is, else UTF-16 by its mark or its zeros, else Windows-1252. Raises ExportError if empty."""
    with path.open("rb") as file:
        start = file.read(4096)
        if not start.strip():
            raise ExportError("EmptyFile", f"{path.name} is empty.", "Export it anew.")
        for mark, name in _MARKS:
            if start.startswith(mark):
                return name
        even, odd = start[::2].count(0), start[1::2].count(0)
        if max(even, odd) > len(start) // 8:
            return "utf-16-be" if even > odd else "utf-16-le"
        decoder = codecs.getincrementaldecoder("utf-8")()
        file.seek(0)
        try:
            while chunk := file.read(_CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8"


def _in_utf8(path: Path, encoding: str, folder: Path) -> Path:
    """A copy in UTF-8. Raises UnicodeError, and OSError for an encoding that nobody knows."""
    made = folder / "export.csv"
    try:
        codecs.lookup(encoding)
    except LookupError:
        raise ExportError(
            "BadValue", f'"{encoding}" is no encoding.', "Write utf-8, utf-16, cp1252 or another that is known."
        ) from None
    with path.open(encoding=encoding, newline="") as source, made.open("w", encoding="utf-8", newline="") as target:
        while chunk := source.read(_CHUNK):
            target.write(chunk)
    return made


def _header(path: Path, source: Path, delimiter: str) -> tuple[list[str], str]:
    with source.open(encoding="utf-8-sig", newline="") as file:
        first = file.readline(_LINE_MAX)
        if not first.strip():
            raise ExportError(
                "EmptyFile", f"{path.name} begins with an empty line.", "Export it with its column names."
            )
        mark = delimiter or _delimiter(first)
        rest = io.StringIO(first + "".join(file.readline(_LINE_MAX) for _ in range(3)))
        names = next(csv.reader(rest, delimiter=mark))
    return [name.strip() for name in names], mark


def _delimiter(line: str) -> str:
    """The one that stands most often outside of quotes."""
    plain = re.sub(r'"[^"]*"', "", line)
    return max(_DELIMITERS, key=plain.count)


def _csv(connection: duckdb.DuckDBPyConnection, source: Path, mark: str, width: int) -> duckdb.DuckDBPyRelation:
    return connection.read_csv(
        str(source),
        header=True,
        delimiter=mark,
        quotechar='"',
        escapechar='"',
        auto_detect=False,
        columns={f"f{place}": "VARCHAR" for place in range(width)},
        null_padding=True,
        store_rejects=True,
        max_line_size=_LINE_MAX,
        parallel=False,
    )


def _broken(connection: duckdb.DuckDBPyConnection, path: Path) -> int:
    """Reads the file once, so that lines that are no row are known before the first question."""
    connection.execute("SELECT count(c0) FROM export").fetchall()
    found = connection.execute("SELECT count(DISTINCT line) FROM reject_errors").fetchall()
    return int(found[0][0])


def _chosen(path: Path, names: Sequence[str], wanted: Sequence[str]) -> list[int]:
    """The place of each wanted column. Raises ExportError for one that is not there, or is there twice."""
    folded = [name.strip().casefold() for name in names]
    counts = Counter(folded)
    places = []
    for name in wanted:
        key = name.strip().casefold()
        if not counts[key]:
            shown = ", ".join(f'"{one}"' for one in names[:_SHOWN]) + (", ..." if len(names) > _SHOWN else "")
            near = get_close_matches(key, folded, n=1, cutoff=0.5)
            meant = f' Perhaps "{names[folded.index(near[0])]}" is meant.' if near else ""
            raise ExportError(
                "MissingColumn",
                f'{path.name} has no column "{name}". Its columns are: {shown}.{meant}',
                f'Export it with the column "{name}", or name the new one in enrichment.toml.',
            )
        if counts[key] > 1:
            raise ExportError(
                "DoubledColumn", f'{path.name} has the column "{name}" twice.', "Rename or remove one of them."
            )
        places.append(folded.index(key))
    return places


def _as_text(table: duckdb.DuckDBPyRelation, place: int, number: int) -> Any:
    """A list becomes its members with semicolons between them."""
    from duckdb import ColumnExpression, ConstantExpression, FunctionExpression

    column: Any = ColumnExpression(table.columns[place])
    if table.types[place].id in ("list", "array"):
        column = FunctionExpression("array_to_string", column, ConstantExpression(";"))
    return column.cast("VARCHAR").alias(f"c{number}")
