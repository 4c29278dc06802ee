"""What a stranger's file may be: each fault is named with what to do, or told in the report; never a traceback."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from syncer.cli.app import app
from syncer.learn.read import read_table

HEADER = "day,size,kind,won"
Rows = list[list[str]]


def plain(rows: int = 300, answer: Callable[[int], str] | None = None) -> Rows:
    draw = np.random.default_rng(3)
    return [
        [
            f"2024-{1 + place * 11 // rows:02d}-{1 + place % 28:02d}",
            f"{draw.normal():.3f}",
            "abc"[int(draw.integers(3))],
            answer(place) if answer else ("yes" if draw.random() < 0.3 else "no"),
        ]
        for place in range(rows)
    ]


def text(rows: Sequence[Sequence[str]], header: str = HEADER, delimiter: str = ",") -> str:
    return "\n".join([header.replace(",", delimiter), *(delimiter.join(row) for row in rows)]) + "\n"


def evaluate(file: Path, *options: str) -> tuple[int, dict[str, object]]:
    asked = ["lookalike", "evaluate", "--data", str(file), *options, "--json"]
    done = CliRunner().invoke(app, asked if "--label" in options else [*asked, "--label", "won"])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, json.loads(done.stdout)


def three_forms(rows: Rows) -> Rows:
    def written(place: int, day: str) -> str:
        year, month, number = day.split("-")
        return (day, f"{number}/{month}/{year}", f"{number} {'Jan' if month == '01' else 'Feb'} {year}")[place % 3]

    return [[written(place, row[0]) if row[0] < "2024-03" else row[0], *row[1:]] for place, row in enumerate(rows)]


UNUSABLE = {
    "an empty file": ("", (), "EmptyFile"),
    "names without rows": (HEADER + "\n", (), "NoRows"),
    "a single column": ("won\n" + "yes\nno\n" * 50, (), "OneColumn"),
    "one positive": (text(plain(answer=lambda place: "yes" if place == 5 else "no")), (), "TooFewPositives"),
    "no negatives": (text(plain(answer=lambda place: "yes")), (), "OneClass"),
    "few negatives": (text(plain(answer=lambda place: "no" if place < 9 else "yes")), (), "TooFewNegatives"),
    "three outcomes": (text(plain(answer=lambda place: "abc"[place % 3])), (), "PositiveNeeded"),
    "a label that is not there": (text(plain()), ("--label", "wno"), "UnknownColumn"),
    "a value that is not there": (text(plain()), ("--positive", "yess"), "UnknownValue"),
    "a time that is none": (text(plain()), ("--time", "kind"), "BadTime"),
    "constant features": (
        text([[row[0], "1", "a", row[3]] for row in plain()]),
        ("--time", "day"),
        "NothingToLearnFrom",
    ),
    "everything dropped": (text(plain()), ("--drop", "day,size,kind"), "NothingToLearnFrom"),
    "rows of other widths": (text([row[: 2 + place % 3] for place, row in enumerate(plain())]), (), "RaggedRows"),
    "a quote left open": (text(plain()).replace("2024-01-05", '"2024-01-05', 1), (), "BadRow"),
    "a column twice": (text(plain(), "day,size,size,won"), (), "DoubledColumn"),
    "an unknown split": (text(plain()), ("--split", "tyme"), "UnknownSplit"),
}


@pytest.mark.parametrize("story", UNUSABLE)
def test_what_cannot_be_used_is_refused_by_name_with_what_to_do(story: str, tmp_path: Path) -> None:
    content, options, name = UNUSABLE[story]
    file = tmp_path / "rows.csv"
    file.write_text(content, encoding="utf-8")
    code, told = evaluate(file, *options)
    assert (code, told["error"]["name"]) == (2, name)
    assert told["error"]["message"]
    assert told["error"]["action"]


def test_the_nearest_column_is_suggested(tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    file.write_text(text(plain()), encoding="utf-8")
    _, told = evaluate(file, "--label", "wom")
    assert told["error"]["action"] == 'Write "won" instead of "wom".'


SHUFFLED = [plain()[place] for place in np.random.default_rng(1).permutation(300)]
DEGRADED = {
    "rows twice": (text(plain() + plain()), ("--time", "day"), "counted once"),
    "a few rows twice": (text(plain() + plain()[:40]), ("--time", "day"), "never stand on both sides"),
    "dates of three forms": (text(three_forms(plain())), ("--time", "day"), "3 forms"),
    "time out of order": (text(SHUFFLED), ("--time", "day"), "put in order"),
    "a few times that are none": (
        text([["soon", *row[1:]] if place % 40 == 0 else row for place, row in enumerate(plain())]),
        ("--time", "day"),
        "cannot be read as time",
    ),
    "a blank column": (text([[row[0], row[1], "", row[3]] for row in plain()]), (), "Nothing to learn from"),
    "rows without label": (
        text([[*row[:3], "" if place % 5 == 0 else row[3]] for place, row in enumerate(plain())]),
        (),
        "unsaid is not no",
    ),
    "short and long rows": (
        text([row[:3] if place == 9 else [*row, "x"] if place == 99 else row for place, row in enumerate(plain())]),
        (),
        "were left out",
    ),
    "sorted by the label": (text(sorted(plain(), key=lambda row: row[3])), (), "one outcome only"),
    "newest rows first": (
        text([[str(9_000 - 7 * place), *row] for place, row in enumerate(plain())], "lead number," + HEADER),
        (),
        '--time "lead number"',
    ),
    "a window larger than the table": (text(plain()), ("--split", "rolling"), "larger than the table"),
    "a single moment": (text([["2024-01-01", *row[1:]] for row in plain()]), ("--time", "day"), "order of the file"),
    "a choice first seen in the hold-out": (
        text([[*row[:2], "new" if place > 240 else row[2], row[3]] for place, row in enumerate(plain())]),
        (),
        "order of the file",
    ),
}


@pytest.mark.parametrize("story", DEGRADED)
def test_what_can_be_used_in_part_is_told_in_the_report(story: str, tmp_path: Path) -> None:
    content, options, said = DEGRADED[story]
    file = tmp_path / "rows.csv"
    file.write_text(content, encoding="utf-8")
    code, told = evaluate(file, *options)
    assert code == 0, told
    assert any(said in note for note in told["notes"]), told["notes"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_usual_encodings_and_delimiters_read_as_the_same_table(encoding: str, delimiter: str, tmp_path: Path) -> None:
    rows = [[*row[:2], "Zürich" if row[2] == "a" else row[2], row[3]] for row in plain(60)]
    file = tmp_path / "rows.csv"
    file.write_bytes(text(rows, delimiter=delimiter).replace("\n", "\r\n").encode(encoding))
    table, reading = read_table(file, "won")
    assert list(table.columns) == HEADER.split(",")
    assert set(table.columns["kind"].levels) == {"Zürich", "b", "c"}
    assert (reading.delimiter, reading.rows) == (delimiter, 60)


def test_a_file_of_any_size_is_read_in_bounded_memory_and_says_what_was_kept(tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    file.write_text(text(plain(9_000)), encoding="utf-8")
    table, reading = read_table(file, "won", rows_max=2_000)
    assert table.rows <= 2_000
    assert reading.rows == 9_000
    assert 0.7 < table.rows * reading.kept_one_of / 9_000 < 1.3
    assert any("9,000 rows" in note for note in reading.notes)
