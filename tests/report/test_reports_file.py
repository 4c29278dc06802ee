"""mappings/reports.toml: what a team may agree on, and what is refused at its place."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from syncer.errors import MappingError
from syncer.mapping.reports import ReportsPolicy, load_reports, reports_schema

MAPPINGS = Path(__file__).parents[2] / "mappings"
HEAD = "version = 1\n[mql_to_sql]\n"


def test_as_shipped_no_band_is_agreed_and_a_folder_without_the_file_says_the_same(tmp_path: Path) -> None:
    shipped = load_reports(MAPPINGS)
    assert (shipped.too_low, shipped.too_high) == (None, None)
    assert shipped == load_reports(tmp_path) == ReportsPolicy(within_days=30, top=3, fewer_by=0.25)


def test_a_band_may_have_one_end(tmp_path: Path) -> None:
    (tmp_path / "reports.toml").write_text(HEAD + "too_high = 0.5\nwithin_days = 60\n")
    assert load_reports(tmp_path) == ReportsPolicy(60, None, 0.5)


PROBLEMS = {
    "a band that nothing is in": (HEAD + "too_low = 0.5\ntoo_high = 0.4\n", r":3:11: .*EmptyBand.*0\.5.*0\.4"),
    "percent for a share": (HEAD + "too_low = 13\n", r":3:11: .*BadValue.*too_low"),
    "no number": (HEAD + "too_low = nan\n", r":3:11: .*BadValue"),
    "a slip": (HEAD + "to_low = 0.1\n", r':3:1: .*UnknownKey.*"too_low" instead'),
    "no version": ("[mql_to_sql]\n", r"MissingKey.*version"),
    "none of them": ("version = 1\n[objections]\ntop = 0\n", r":3:7: .*BadValue"),
    "words for a number": ('version = 1\n[objections]\nfewer_by = "25 %"\n', r":3:12: .*BadValue"),
    "no TOML": ("version = ", "BadToml"),
}


@pytest.mark.parametrize(("text", "told"), PROBLEMS.values(), ids=PROBLEMS)
def test_what_cannot_be_meant_is_refused_at_its_place(text: str, told: str, tmp_path: Path) -> None:
    (tmp_path / "reports.toml").write_text(text)
    with pytest.raises(MappingError, match=told) as refused:
        load_reports(tmp_path)
    assert all(problem.action for problem in refused.value.problems)


def test_the_schema_for_editors_is_the_one_that_is_checked() -> None:
    assert json.loads((MAPPINGS / "schema/reports.schema.json").read_text()) == reports_schema()


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        (ReportsPolicy(), "no band of MQL to SQL is agreed"),
        (ReportsPolicy(30, 0.1, 0.5), "MQL to SQL should be at least 10%, at most 50%"),
        (ReportsPolicy(30, None, 0.5), "MQL to SQL should be at most 50%"),
    ],
)
def test_the_check_tells_the_band(policy: ReportsPolicy, words: str) -> None:
    assert policy.band == words
