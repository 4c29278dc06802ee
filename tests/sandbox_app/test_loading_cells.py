"""From an export's text to a value: what is taken, and what is refused instead of guessed."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.loading import Load, LoadError
from sandbox.loading.cells import BadCell, Column, value_of


def column(kind: str, **more: object) -> Column:
    return Column("field", "Field", kind, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("system", "kind", "text", "value"),
    [
        ("salesforce", "string", "0049", "0049"),
        ("salesforce", "boolean", "1", True),
        ("salesforce", "boolean", "No", False),
        ("salesforce", "int", "1,250", 1250),
        ("salesforce", "currency", "-12.50", -12.5),
        ("salesforce", "date", "2026-01-31", "2026-01-31"),
        ("salesforce", "datetime", "2026-01-31T10:00:00.000+0100", "2026-01-31T09:00:00.000+0000"),
        ("hubspot", "bool", "Yes", "true"),
        ("hubspot", "number", "1,250.5", "1250.5"),
        ("hubspot", "datetime", "2026-01-31 09:00", "1769850000000"),
    ],
)
def test_a_cell_becomes_the_value_of_its_type(system: str, kind: str, text: str, value: object) -> None:
    assert value_of(system, column(kind), text) == value


@pytest.mark.parametrize(
    ("system", "kind", "text"),
    [
        ("salesforce", "boolean", "perhaps"),
        ("salesforce", "int", "3.5"),
        ("salesforce", "int", "12,50"),
        ("salesforce", "double", "a lot"),
        ("salesforce", "date", "01/02/2026"),
        ("salesforce", "datetime", "yesterday"),
        ("hubspot", "number", "1.250,5"),
        ("hubspot", "bool", "2"),
    ],
)
def test_what_could_mean_two_things_is_refused(system: str, kind: str, text: str) -> None:
    with pytest.raises(BadCell, match="is n"):
        value_of(system, column(kind), text)


def test_labels_become_values_and_strangers_are_left_to_the_model() -> None:
    options = {"computer software": "COMPUTER_SOFTWARE", "computer_software": "COMPUTER_SOFTWARE", "banking": "BANKING"}
    single = column("enumeration", options=options)
    several = column("enumeration", options=options, multiple=True)
    assert value_of("hubspot", single, "Computer Software") == "COMPUTER_SOFTWARE"
    assert value_of("hubspot", single, "Alchemy") == "Alchemy"
    assert value_of("hubspot", several, "Banking; Computer Software") == "BANKING;COMPUTER_SOFTWARE"


def test_a_load_reads_the_column_file_beside_the_csv(tmp_path: Path) -> None:
    file = tmp_path / "companies.csv"
    file.write_text("Security\n")
    (tmp_path / "companies.columns.toml").write_text('[salesforce.Account.columns]\n"Security" = "Name"\n')
    assert Load.parse(f"salesforce.Account={file}").columns == {"Security": "Name"}
    assert Load.parse(f"hubspot.companies={file}").columns == {}


@pytest.mark.parametrize(
    ("text", "column_file", "message"),
    [
        ("Lead=FILE", "", "cannot read"),
        ("pipedrive.Lead=FILE", "", "cannot read"),
        ("salesforce.Lead=FILE.missing", "", "no file"),
        ("salesforce.Lead=FILE", "[salesforce", "columns.toml"),
        ("salesforce.Lead=FILE", "[pipedrive.Lead.columns]", "unknown section"),
        ("salesforce.Lead=FILE", "[salesforce.Lead.colums]", "more than columns"),
        ("salesforce.Lead=FILE", '[salesforce.Lead.columns]\n"A" = 3', "no table of texts"),
    ],
)
def test_a_load_that_cannot_be_understood_says_why(tmp_path: Path, text: str, column_file: str, message: str) -> None:
    file = tmp_path / "some.csv"
    file.write_text("A\n")
    if column_file:
        file.with_suffix(".columns.toml").write_text(column_file)
    with pytest.raises(LoadError, match=message) as caught:
        Load.parse(text.replace("FILE", str(file)))
    assert caught.value.action
