"""`python -m benchmarks [--quick] [NAME...]`: prints one table, writes it as JSON, exits 1 where a bar is missed."""

from __future__ import annotations

import argparse
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson
from rich.console import Console
from rich.table import Table

from benchmarks.figure import Figure
from benchmarks.scenarios import FULL, QUICK, SCENARIOS

RESULTS = Path("var/bench")


def main(arguments: list[str] | None = None) -> int:
    given = _parse(arguments)
    size = QUICK if given.quick else FULL
    figures: list[Figure] = []
    told = Console(stderr=True)
    with TemporaryDirectory(prefix="bench-") as folder, told.status("starting") as status:
        for name in given.names or SCENARIOS:
            room = Path(folder) / name
            figures += SCENARIOS[name](room, size, status.update)
            shutil.rmtree(room, ignore_errors=True)
    kept = _keep(figures, given.quick)
    Console(soft_wrap=not sys.stdout.isatty()).print(_table(figures))
    print(f"as JSON: {kept}")
    missed = [figure for figure in figures if not figure.ok]
    for figure in missed:
        print(f"missed: {figure.scenario}, {figure.name}: {figure.value:,.2f}, at most {figure.most:,.2f}")
    return 1 if missed else 0


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the records")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(SCENARIOS)}; all by default")
    given = parser.parse_args(arguments)
    for name in given.names:
        if name not in SCENARIOS:
            parser.error(f"there is no {name}; there are {', '.join(SCENARIOS)}")
    return given


def _keep(figures: list[Figure], quick: bool) -> Path:
    now = datetime.now(UTC)
    RESULTS.mkdir(parents=True, exist_ok=True)
    path = RESULTS / f"{now:%Y%m%dT%H%M%SZ}{'-quick' if quick else ''}.json"
    document = {"at": now.isoformat(timespec="seconds"), "figures": [figure.as_json() for figure in figures]}
    path.write_bytes(orjson.dumps(document, option=orjson.OPT_INDENT_2))
    return path


def _table(figures: list[Figure]) -> Table:
    table = Table(box=None, pad_edge=False)
    for title, justify in (("scenario", "left"), ("figure", "left"), ("measured", "right"), ("limit", "right")):
        table.add_column(title, justify=justify)  # type: ignore[arg-type]
    for title in ("ratio", "bar", ""):
        table.add_column(title, justify="right")
    before = ""
    for figure in figures:
        table.add_row(
            figure.scenario if figure.scenario != before else "",
            f"{figure.name} ({figure.unit})" if figure.unit else figure.name,
            _number(figure.value),
            _number(figure.limit),
            _number(figure.ratio),
            "" if figure.most is None else f"<= {_number(figure.most)}",
            "" if figure.most is None else "ok" if figure.ok else "no",
        )
        before = figure.scenario
    return table


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"


if __name__ == "__main__":
    sys.exit(main())
