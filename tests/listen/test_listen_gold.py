"""The gold notes: what people marked by hand against what the rules hear, and texts that try to give orders."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from syncer.cli.app import app
from syncer.core.listen import Modality, Status, extract
from syncer.mapping.calls import load_calls
from syncer.report.extraction import GoldError, evaluate, gold_files

ROOT = Path(__file__).parents[2]
CALLS = load_calls(ROOT / "mappings")
FILES = gold_files(Path(__file__).parent / "gold")
REPORT = evaluate(FILES, CALLS)
INJECTIONS = [note for path, file in FILES if path.stem == "injections" for note in file.note]


def test_there_are_notes_enough_to_say_something() -> None:
    counts = {path.stem: len(file.note) for path, file in FILES}
    assert counts.pop("injections") >= 20
    assert counts["negatives"] >= 15
    assert sum(counts.values()) >= 60


def test_what_is_accepted_is_right_in_19_of_20_cases_for_every_field() -> None:
    assert {name: score.precision for name, score in REPORT.scores.items() if (score.precision or 1) < 0.95} == {}


def test_most_of_what_was_said_is_heard() -> None:
    right = sum(score.right for score in REPORT.scores.values())
    missed = sum(score.missed for score in REPORT.scores.values())
    assert right / (right + missed) >= 0.85


def test_every_quote_is_verbatim_and_other_languages_are_told_apart() -> None:
    assert (REPORT.not_verbatim, REPORT.wrong_language) == (0, [])


@pytest.mark.parametrize("note", INJECTIONS, ids=lambda note: note.id)
def test_an_order_in_the_text_has_no_effect(note) -> None:  # type: ignore[no-untyped-def]
    heard = extract(note.text, CALLS)
    accepted = [(f.field, f.value) for f in (*heard.facts, *heard.objections) if f.status is Status.ACCEPTED]
    assert sorted(accepted, key=repr) == sorted(((s.field, s.value) for s in note.expect), key=repr)
    assert heard.suspicious


@pytest.mark.parametrize("note", INJECTIONS, ids=lambda note: note.id)
def test_an_order_does_not_silence_what_an_honest_note_says(note) -> None:  # type: ignore[no-untyped-def]
    honest = "They use Zendesk. We have set aside $40k a year."
    before = [(f.field, f.value) for f in extract(honest, CALLS).facts]
    both = extract(f"{honest}\n\n{note.text}", CALLS)
    kept = [(f.field, f.value) for f in both.facts if f.end <= len(honest) and f.status is Status.ACCEPTED]
    assert kept == before
    assert all(f.modality is Modality.ASSERTED for f in both.facts if f.status is Status.ACCEPTED)


def test_gold_notes_with_a_quote_that_is_not_in_the_text_are_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(
        'call_date = 2026-03-02\n[[note]]\nid = "a"\ntext = "NPS 9"\n'
        'expect = [{ field = "nps", value = 9, quote = "NPS is 9" }]\n'
    )
    with pytest.raises(GoldError, match=r"own\.toml:5:\d+: error: QuoteMissing"):
        gold_files(tmp_path)
    with pytest.raises(GoldError, match="FileMissing"):
        gold_files(tmp_path / "none")


def test_the_report_command_prints_a_line_per_field_and_names_every_error() -> None:
    done = CliRunner().invoke(app, ["report", "extraction"])
    assert done.exit_code == 0
    assert "annual_budget" in done.stdout
    assert done.stdout.count("missed ") >= len(REPORT.missed)
