"""The report: one page that loads nothing, one document of a stable shape, words that claim no more than was tested."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from syncer.cli.app import app
from tests.learn.learn_world import leads

EVIL = '<script>alert("x")</script>'
FIGURE = {"value", "low", "high", "n"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], str]:
    folder = tmp_path_factory.mktemp("report")
    world = leads(1_200)
    world = world.plus(**{EVIL: [f"{place:x}{EVIL}" for place in range(1_200)]})
    file = world.write(folder / "leads & more.csv")
    page = folder / "report.html"
    asked = ["--data", str(file), "--label", "converted", "--time", "created", "-o", str(page), "--json"]
    done = CliRunner().invoke(app, ["lookalike", "evaluate", *asked])
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout), page.read_text(encoding="utf-8")


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in ("meta", "line", "polygon", "polyline"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_loads_nothing_and_runs_nothing(made: tuple[dict[str, Any], str]) -> None:
    _, page = made
    tags = Tags()
    tags.feed(page)
    assert not tags.open
    assert not re.search(r"https?:|//[a-z]", page)
    assert not {tag for tag, _ in tags.seen} & {"script", "link", "img", "iframe", "object"}
    assert not [attrs for _, attrs in tags.seen if {"src", "href", "onload", "onclick"} & set(attrs)]
    assert [tag for tag, _ in tags.seen].count("svg") == 3
    assert "default-src 'none'" in page


def test_what_stands_in_the_data_is_text_on_the_page(made: tuple[dict[str, Any], str]) -> None:
    _, page = made
    assert EVIL not in page
    assert "&lt;script&gt;" in page
    assert "leads &amp; more.csv" in page


def test_every_figure_carries_its_rows_and_interval(made: tuple[dict[str, Any], str]) -> None:
    told, _ = made
    figures = [told["hold_out"][name] for name in ("auc", "lift_top_decile", "brier", "brier_skill", "ece")]
    figures += [told["hold_out"]["deployed"][name] for name in ("claimed", "realised", "gap", "coverage")]
    figures += [told["leaks"]["missingness_only_auc"], *told["beside"]["random"].values()]
    for figure in figures:
        assert set(figure) == FIGURE
        assert figure["n"] > 0
        assert figure["low"] <= figure["high"]
    deployed = told["hold_out"]["deployed"]
    assert deployed["gap"]["value"] == pytest.approx(
        deployed["claimed"]["value"] - deployed["realised"]["value"], abs=2e-4
    )


def test_the_document_keeps_its_shape(made: tuple[dict[str, Any], str]) -> None:
    told, _ = made
    shape = {key: sorted(value) for key, value in told.items() if isinstance(value, dict)}
    assert set(told) - set(shape) == {"form", "file", "over_time", "notes"}
    assert told["form"] == 1
    assert shape["verdict"] == ["live", "rule", "rules", "says", "wording"]
    assert shape["hold_out"] == sorted(
        ["auc", "brier", "brier_skill", "coverage_curve", "deployed", "ece", "lift_top_decile", "reliability"]
    )
    assert shape["leaks"] == ["auc_with_columns_left_out", "missingness_only_auc", "suspects"]
    assert set(told["over_time"][0]) == {"from", "to", "n", "positives", "claimed", "realised", "auc"}
    assert {"duplicate_rows", "base_rate", "rows", "used", "columns", "from", "to"} <= set(shape["data"])
    assert set(told["hold_out"]["reliability"][0]) == {"claimed", "realised", "low", "high", "n"}


def test_bins_are_of_equal_count_and_cover_the_hold_out(made: tuple[dict[str, Any], str]) -> None:
    told, _ = made
    counts = [bin["n"] for bin in told["hold_out"]["reliability"]]
    assert sum(counts) == told["split"]["tested"]
    assert max(counts) - min(counts) <= 1


def test_a_prediction_is_never_called_known(made: tuple[dict[str, Any], str]) -> None:
    told, page = made
    assert re.fullmatch(r"predicted from 9\d\d similar rows, \d+ of them positive", told["verdict"]["wording"])
    assert told["verdict"]["wording"] in page
    assert told["reproduction"]["seed"]


def test_a_refusal_is_a_report_with_the_rule_that_decided(tmp_path: Path) -> None:
    file = leads(800, noise=True).write(tmp_path / "noise.csv")
    page = tmp_path / "report.html"
    asked = ["lookalike", "evaluate", "--data", str(file), "--label", "converted", "--time", "created", "-o", str(page)]
    done = CliRunner().invoke(app, asked)
    assert done.exit_code == 0, done.output
    assert "no lift, deployment refused" in done.stdout
    assert "fails" in done.stdout
    assert "<h1>no lift, deployment refused</h1>" in page.read_text(encoding="utf-8")
