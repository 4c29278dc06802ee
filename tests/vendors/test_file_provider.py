"""Exports as a source: whatever encoding and shape they come in, a row is found by its key or the error has a name."""

from __future__ import annotations

import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.enrichment.export import ExportError
from connectors.enrichment.file import FileProvider, FileSpec, file_spec
from connectors.enrichment.provider import Answer, AnswerState, Question

HEADER = "Company,Website,Employees,Primary Industry,Revenue (in 000s),Last Updated"
ROWS = (
    'Acme Security GmbH,https://www.acme.com/about,"1,200",Computer & Network Security,"4,500",2026-10-01',
    "Zoë & Söhne,shop.zoe.de,51-200,Retail,900,28/10/2026",
    '"Formula, Inc.",formula.io,=1+1,"=HYPERLINK(""http://x"")",12,10/11/2026',
)
MAP: dict[str, Any] = {
    "number_of_employees": "Employees",
    "industry": "Primary Industry",
    "annual_revenue": {"column": "Revenue (in 000s)", "scale": 1000, "unit": "USD"},
}
ALL = tuple(MAP)


def declared(path: str, **more: Any) -> FileSpec:
    told = {
        "path": path,
        "key": {"column": "Website", "as_": "domain"},
        "map": MAP,
        "as_of": {"column": "Last Updated"},
    }
    return file_spec(told | more)


def export(folder: Path, text: str | None = None, *, encoding: str = "utf-8", name: str = "export.csv") -> Path:
    path = folder / name
    path.write_bytes(("\n".join((HEADER, *ROWS)) if text is None else text).encode(encoding))
    return path


def asked(provider: FileProvider, *fields: str, **known: str) -> Answer:
    (answer,) = provider.ask([Question("k", "account", fields or ALL, **known)])
    provider.close()
    return answer


def values(answer: Answer) -> dict[str, Any]:
    return {one.field: one.value for one in answer.found}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_a_row_is_found_in_every_encoding_and_with_every_delimiter(tmp_path: Path, encoding: str, mark: str) -> None:
    lines = [f"Name{mark}Website{mark}Town", f"Zoë{mark}zoe.de{mark}Köln", f"Other{mark}other.de{mark}Bonn"]
    path = export(tmp_path, "\n".join(lines), encoding=encoding)
    spec = file_spec({"path": str(path), "key": {"column": "Website", "as_": "domain"}, "map": {"city": "Town"}})
    answer = asked(FileProvider("file", spec), "city", domain="zoe.de")
    assert (answer.state, values(answer)) == (AnswerState.HIT, {"city": "Köln"})
    assert answer.found[0].as_of_ms == path.stat().st_mtime_ns // 1_000_000, (
        "without a column the file's own date holds"
    )


def test_values_come_with_scale_unit_date_licence_and_their_place(tmp_path: Path) -> None:
    spec = declared(str(export(tmp_path)), licence="ours until 2027", confidence=0.75)
    answer = asked(FileProvider("zi", spec), domain="acme.com")
    assert answer.state is AnswerState.HIT and answer.credits == 0
    assert values(answer) == {
        "number_of_employees": "1,200",
        "industry": "Computer & Network Security",
        "annual_revenue": Decimal(4_500_000),
    }
    revenue = answer.found[2]
    assert (revenue.unit, revenue.confidence, revenue.as_of_ms) == ("USD", 0.75, 1_790_812_800_000)
    assert revenue.evidence == 'export.csv (ours until 2027), column "Revenue (in 000s)": 4,500'


def test_a_formula_is_a_text_like_any_other_and_an_unclear_date_is_none(tmp_path: Path) -> None:
    answer = asked(FileProvider("zi", declared(str(export(tmp_path)))), domain="formula.io")
    assert values(answer)["industry"] == '=HYPERLINK("http://x")'
    assert values(answer)["number_of_employees"] == "=1+1"
    assert {one.as_of_ms for one in answer.found} == {0}, "is 10/11 in October or in November?"


KEYS: dict[str, tuple[str, str, str, bool]] = {
    "a host below the domain": ("domain", "https://eu.shop.acme.com/x", "acme.com", True),
    "another company whose name ends so": ("domain", "notacme.com", "acme.com", False),
    "a name in another legal form": ("name", "ACME  Security, Inc.", "Acme Security GmbH", True),
    "a name with accents": ("name", "Société Générale SA", "Societe Generale", True),
    "a longer name": ("name", "Acme Security Holding", "Acme Security", False),
    "a number that lost its zeros in a spreadsheet": ("registry_number", "1234567", "01234567", True),
    "a legal entity identifier": ("lei", "5299 00t8-BM49 AURS DO55", "529900T8BM49AURSDO55", True),
    "an address in capitals": ("email", " Ann@Acme.com ", "ann@acme.com", True),
}


@pytest.mark.parametrize(("kind", "told", "known", "found"), KEYS.values(), ids=list(KEYS))
def test_a_key_is_compared_by_what_it_means(tmp_path: Path, kind: str, told: str, known: str, found: bool) -> None:
    path = export(tmp_path, f'Key,Town\nelse.org,Rome\n"{told}",Bonn\n')
    spec = file_spec({"path": str(path), "key": {"column": "Key", "as_": kind}, "map": {"city": "Town"}})
    provider = FileProvider("file", spec)
    needed = "registry_number" if kind == "lei" else kind
    assert provider.needs == ((needed,),)
    answer = asked(provider, "city", **{needed: known})
    assert (answer.state is AnswerState.HIT) is found and (answer.state is AnswerState.MISS) is not found


def test_rows_that_agree_count_once_and_what_they_differ_in_is_left_out_and_said(tmp_path: Path) -> None:
    text = "Website,Employees,Primary Industry,Revenue (in 000s),Last Updated\na.com,5,Retail,1,2026-01-01\n"
    path = export(tmp_path, text + "www.a.com,5,Banking,,2026-02-01\n")
    answer = asked(FileProvider("zi", declared(str(path))), domain="a.com")
    assert answer.state is AnswerState.PARTIAL
    assert values(answer) == {"number_of_employees": "5", "annual_revenue": Decimal(1000)}
    assert answer.message == "2 rows of export.csv differ in Primary Industry"


def test_parquet_is_read_with_numbers_dates_and_lists(tmp_path: Path) -> None:
    path = tmp_path / "export.parquet"
    duckdb.connect().execute(
        "COPY (SELECT 'a.com' AS Website, 120::BIGINT AS Employees, ['Okta', 'Drift'] AS Tools, "
        f"TIMESTAMP '2026-10-01 00:00:00' AS Seen) TO '{path}' (FORMAT PARQUET)"
    )
    spec = file_spec(
        {
            "path": str(path),
            "key": {"column": "website", "as_": "domain"},
            "map": {"number_of_employees": "Employees", "technologies": "Tools"},
            "as_of": {"column": "Seen"},
        }
    )
    answer = asked(FileProvider("file", spec), "technologies", "number_of_employees", domain="a.com")
    assert values(answer) == {"technologies": "Okta;Drift", "number_of_employees": "120"}
    assert answer.found[0].as_of_ms == 1_790_812_800_000


BROKEN: dict[str, tuple[bytes, str, str]] = {
    "a renamed column": (
        HEADER.replace("Employees", "Employee Count").encode() + b"\n",
        "MissingColumn",
        '"Employees"',
    ),
    "a column twice": (HEADER.encode() + b",Website\n", "DoubledColumn", '"Website"'),
    "an empty file": (b"  \n", "EmptyFile", "export.csv"),
    "no text": (b"Website\n\x81\x8d" * 40, "NotText", "export.csv"),
}


@pytest.mark.parametrize(("content", "name", "says"), BROKEN.values(), ids=list(BROKEN))
def test_a_file_that_is_not_as_declared_is_named_and_stops_nothing(
    tmp_path: Path, content: bytes, name: str, says: str
) -> None:
    path = tmp_path / "export.csv"
    path.write_bytes(content)
    provider = FileProvider("zi", declared(str(path)))
    with pytest.raises(ExportError) as refused:
        provider.check()
    assert refused.value.name == name
    answer = asked(provider, domain="acme.com")
    assert answer.state is AnswerState.UNAVAILABLE
    assert answer.message.startswith(refused.value.name) and says in answer.message and answer.action


def test_a_renamed_column_is_told_with_all_columns_there_are_and_the_likely_one(tmp_path: Path) -> None:
    path = export(tmp_path, HEADER.replace("Employees", "Employee Count"))
    with pytest.raises(ExportError) as refused:
        FileProvider("zi", declared(str(path))).check()
    assert '"Company", "Website", "Employee Count"' in refused.value.message
    assert 'Perhaps "Employee Count" is meant' in refused.value.message


def test_no_file_and_a_damaged_one_are_named(tmp_path: Path) -> None:
    assert asked(FileProvider("zi", declared("no-*.csv"), tmp_path), domain="a.com").message.startswith("FileMissing")
    (tmp_path / "x.parquet").write_bytes(b"PAR1 and nothing more")
    damaged = asked(FileProvider("zi", declared("x.parquet"), tmp_path), domain="a.com")
    assert damaged.message.startswith("FileUnreadable")
    unknown = FileProvider("zi", declared(str(export(tmp_path)), encoding="klingon"))
    assert asked(unknown, domain="a.com").message.startswith("BadValue")


def test_lines_that_are_no_rows_are_left_out_and_counted(tmp_path: Path) -> None:
    path = export(tmp_path, "\n".join((HEADER, "one,two,three,4,5,6,7,8,9", *ROWS)))
    answer = asked(FileProvider("zi", declared(str(path))), domain="acme.com")
    assert answer.state is AnswerState.HIT and answer.message == "export.csv: lines that are no rows: 1"


def test_the_newest_file_of_a_pattern_counts_also_when_it_comes_later(tmp_path: Path) -> None:
    provider = FileProvider("zi", declared("zi-*.csv"), tmp_path)
    old = export(tmp_path, name="zi-1.csv")
    os.utime(old, (1, 1))
    question = Question("k", "account", ALL, domain="acme.com")
    assert provider.ask([question])[0].state is AnswerState.HIT
    export(tmp_path, HEADER + "\nNewer,acme.com,7,Retail,1,2026-11-01\n", name="zi-2.csv")
    assert values(provider.ask([question])[0])["number_of_employees"] == "7"
    provider.close()


def test_many_questions_are_answered_by_one_reading_each_with_its_own_row(tmp_path: Path) -> None:
    lines = [f"Firm {n},firm{n}.com,{n},Retail,1,2026-10-01" for n in range(3000)]
    provider = FileProvider("zi", declared(str(export(tmp_path, "\n".join((HEADER, *lines))))))
    questions = [
        Question(str(n), "account", ("number_of_employees",), domain=f"firm{n}.com") for n in range(2999, -1, -1)
    ]
    answers = provider.ask(
        [*questions, Question("none", "account", ALL, domain="none.com"), Question("x", "account", ALL)]
    )
    provider.close()
    assert [values(one)["number_of_employees"] for one in answers[:3000]] == [one.key for one in questions]
    assert [one.state for one in answers[3000:]] == [AnswerState.MISS, AnswerState.MISS]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.binary(max_size=200)
    | st.text(max_size=80).map(lambda text: f"Website,Town\n{text}\na.com,Bonn\n".encode("utf-8", "replace"))
)
def test_whatever_lies_there_is_an_answer_or_an_error_with_a_name(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "any.csv"
    path.write_bytes(content)
    spec = file_spec({"path": str(path), "key": {"column": "Website", "as_": "domain"}, "map": {"city": "Town"}})
    answer = asked(FileProvider("any", spec), "city", domain="a.com")
    named = answer.message.partition(":")[0] in (
        "MissingColumn",
        "DoubledColumn",
        "EmptyFile",
        "NotText",
        "FileUnreadable",
    )
    assert named if answer.state is AnswerState.UNAVAILABLE else answer.state is not AnswerState.BAD_REQUEST
