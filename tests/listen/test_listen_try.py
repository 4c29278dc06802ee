"""`syncer listen try`: a text in, one JSON document or a readable page out; bad input ends with a name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from syncer.cli.app import app

KEYS = {"field", "value", "unit", "quote", "start", "end", "modality", "status"}


def tried(path: Path, text: str | bytes, *more: str) -> dict[str, Any]:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    done = CliRunner().invoke(app, ["listen", "try", str(path), "--json", *more])
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_the_document_has_facts_objections_and_refusals_with_offsets_in_the_file(tmp_path: Path) -> None:
    text = (
        "\ufeffRep: Is $90,000 a year fine?\r\n"
        "Prospect: We\u2019ve set aside $40k a year \u2014 live by end of Q3.\r\n"
        "Prospect: Aren't you just like the market leader?\r\n"
    )
    said = tried(tmp_path / "call.txt", text, "--call-date", "2026-03-02")
    assert [(f["field"], f["value"], f["unit"]) for f in said["facts"]] == [
        ("annual_budget", 40000, "USD/year"),
        ("timeline_date", "2026-09-30", "day"),
    ]
    assert [f["value"] for f in said["objections"]] == ["market leader"]
    assert "question_by_rep" in {f["modality"] for f in said["refused"]}
    for finding in (*said["facts"], *said["objections"], *said["refused"]):
        assert set(finding) >= KEYS
        assert text[finding["start"] : finding["end"]] == finding["quote"]


def test_a_relative_date_without_the_day_of_the_call_is_a_proposal_without_a_value(tmp_path: Path) -> None:
    said = tried(tmp_path / "call.txt", "We want to be live by end of Q3.")
    assert [(f["value"], f["status"], f["reason"]) for f in said["facts"]] == [
        (None, "proposal", "needs the date of the call")
    ]


def test_the_html_of_a_note_is_read_as_its_reader_sees_it(tmp_path: Path) -> None:
    html = "<div><p>Budget is <b>$20k</b> a&nbsp;year.</p><script>budget is $90k a year</script><p>NPS 9</p></div>"
    said = tried(tmp_path / "note.html", html)
    assert said["text"] == "Budget is $20k a\u00a0year.\n\nNPS 9"
    assert [(f["field"], f["value"]) for f in said["facts"]] == [("annual_budget", 20000), ("nps", 9)]
    assert all(said["text"][f["start"] : f["end"]] == f["quote"] for f in said["facts"])


@pytest.mark.parametrize(
    ("text", "language", "reason"),
    [
        ("", "none", "no text"),
        (" \n\t\u200b", "none", "no text"),
        ("Kein Budget in diesem Jahr, sie nutzen Salesforce.", "unsupported", "language: unsupported"),
        ("Nous avons un budget de 40k par an et nous utilisons Salesforce.", "unsupported", "language: unsupported"),
        (
            "\u4e88\u7b97\u306f\u5e74\u9593 40k \u3067\u3059\u3002"
            "\u6765\u5e74\u306e\u5c0e\u5165\u3092\u691c\u8a0e\u3057\u3066\u3044\u307e\u3059 Salesforce",
            "unsupported",
            "language: unsupported",
        ),
    ],
)
def test_a_text_that_cannot_be_read_is_reported_and_not_guessed_at(
    tmp_path: Path, text: str, language: str, reason: str
) -> None:
    said = tried(tmp_path / "call.txt", text)
    assert (said["language"], said["facts"], [f["reason"] for f in said["refused"]]) == (language, [], [reason])


def test_hidden_and_bidirectional_signs_do_not_hide_a_fact_and_are_reported(tmp_path: Path) -> None:
    text = "Bud\u200bget is \u202e$40k\u202c a ye\u00adar."
    said = tried(tmp_path / "call.txt", text)
    assert [(f["value"], f["quote"]) for f in said["facts"]] == [(40000, text)]
    assert said["suspicious"] == ["hidden characters", "bidirectional marks"]


@pytest.mark.parametrize(
    ("content", "more", "name"),
    [
        (None, (), "FileMissing"),
        (b"\xff\xfe\x00b", (), "NotText"),
        (b"hello", ("--call-date", "03/04"), "BadDate"),
        (b"hello", ("--with-model",), "NoModel"),
    ],
)
def test_bad_input_ends_with_a_name_and_what_to_do(
    tmp_path: Path, content: bytes | None, more: tuple[str, ...], name: str
) -> None:
    path = tmp_path / "call.txt"
    if content is not None:
        path.write_bytes(content)
    done = CliRunner().invoke(app, ["listen", "try", str(path), "--json", *more])
    assert done.exit_code == 2
    error = json.loads(done.stdout)["error"]
    assert error["name"] == name
    assert error["action"]


def test_the_page_shows_each_quote_with_what_was_found_in_it(tmp_path: Path) -> None:
    path = tmp_path / "call.txt"
    path.write_text("They use [bold]Zendesk[/bold] \x1b[31m and have 120 employees.\n")
    done = CliRunner().invoke(app, ["listen", "try", str(path)])
    assert done.exit_code == 0
    assert "[bold]Zendesk[/bold]" in done.stdout
    assert "\x1b[31m" not in done.stdout
    assert "120 people" in done.stdout
