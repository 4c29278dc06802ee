"""`syncer link preview`: two files in, a table or one JSON document out; what is wrong with a file has a name."""

from __future__ import annotations

import csv
import json
import time
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from syncer.cli.app import app
from tests.identity.noisy_leads import noisy

ACCOUNTS = "id,name,website,country\nA1,Northwind Inc.,northwind.com,US\nA2,Fabrikam GmbH,fabrikam.de,DE\n"
LEADS = "id,name,email,company\nL1,Ann,ann@northwind.com,\nL2,Bob,bob@gmail.com,Nobody Knows Ltd\n"


def previewed(folder: Path, leads: str | bytes, accounts: str | bytes = ACCOUNTS, *more: str) -> Result:
    words = ["link", "preview"]
    for name, content in (("leads", leads), ("accounts", accounts)):
        path = folder / f"{name}.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        words += [f"--{name}", str(path)]
    return CliRunner().invoke(app, [*words, *more])


def document(folder: Path, leads: str | bytes, accounts: str | bytes = ACCOUNTS, *more: str) -> dict[str, Any]:
    done = previewed(folder, leads, accounts, "--json", *more)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def links(told: dict[str, Any]) -> list[tuple[str, str | None, str]]:
    return [(row["lead"], row["account"], row["decision"]) for row in told["matches"]]


def test_the_document_tells_of_every_lead_its_account_score_reasons_and_candidates(tmp_path: Path) -> None:
    told = document(tmp_path, LEADS, ACCOUNTS, "-o", str(tmp_path / "all.json"))
    assert links(told) == [("L1", "A1", "auto"), ("L2", None, "none")]
    first = told["matches"][0]
    assert first["score"] >= 0.95 and "same domain northwind.com" in first["reasons"]
    assert [(c["account"], c["name"]) for c in first["candidates"]] == [("A1", "Northwind Inc.")]
    assert told["counts"] == {"leads": 2, "auto": 1, "review": 0, "none": 1}
    assert json.loads((tmp_path / "all.json").read_text()) == told


@pytest.mark.parametrize(
    "leads",
    [
        "\ufeff" + LEADS,
        LEADS.replace(",", ";"),
        LEADS.replace(",", "\t"),
        LEADS.replace(",", "|").replace("\n", "\r\n"),
        LEADS.encode("utf-16"),
        LEADS.replace("id,name,email", "ID,Name,E-Mail"),
        LEADS.replace("company\n", "company,Shoe size,Stage,Status\n").replace("\nL2", "42,new,open\nL2"),
        "\n\n" + LEADS + ",,,\n\n",
        'name,id,company,email\n"Ann, ""the"" boss",L1,,ann@northwind.com\nBob,L2,"No\nbody",\n',
    ],
    ids=["bom", "semicolon", "tab", "bar", "utf-16", "case", "more columns", "blank lines", "quotes"],
)
def test_exports_of_all_kinds_are_read_alike(tmp_path: Path, leads: str | bytes) -> None:
    assert links(document(tmp_path, leads)) == [("L1", "A1", "auto"), ("L2", None, "none")]


WRONG = [
    ("identity,email\n1,a@b.de\n", "MissingColumn", 'Rename the column "identity" to "id"'),
    ("id,emial,company\n1,a@b.de,x\n", "MissingColumn", 'Rename the column "emial" to "email"'),
    ("id,Company name\n1,x\n", "MissingColumn", 'Rename the column "Company name" to "company"'),
    ("id,first\n1,x\n", "MissingColumn", "Add a column"),
    ("id,email,EMAIL\n1,a,b\n", "DoubledColumn", "Rename or remove"),
    ("id,email\n1,a@b.de\n1,c@d.de\n", "DuplicateId", "id of its own"),
    ("id,email\n,a@b.de\n", "MissingId", "an id"),
    ("id,email\n1,a,b\n", "BadRow", "in quotes"),
    ("", "EmptyFile", "id,name,email"),
    (b"id,company\n1,Z\xfcrich\n", "NotText", "UTF-8"),
]


@pytest.mark.parametrize(
    ("leads", "name", "action"), WRONG, ids=[f"{name} {n}" for n, (_, name, _) in enumerate(WRONG)]
)
def test_what_is_wrong_with_a_file_is_named_and_nothing_is_written(
    tmp_path: Path, leads: str | bytes, name: str, action: str
) -> None:
    done = previewed(tmp_path, leads, ACCOUNTS, "--json", "-o", str(tmp_path / "all.json"))
    error = json.loads(done.stdout)["error"]
    assert (done.exit_code, error["name"]) == (2, name)
    assert action in error["action"] and "leads.csv" in error["message"]
    assert not (tmp_path / "all.json").exists()


def test_files_that_are_not_there_and_domains_that_are_none_are_named(tmp_path: Path) -> None:
    missing = CliRunner().invoke(app, ["link", "preview", "--leads", "no.csv", "--accounts", "no.csv", "--json"])
    assert (missing.exit_code, json.loads(missing.stdout)["error"]["name"]) == (2, "FileMissing")
    nowhere = previewed(tmp_path, LEADS, ACCOUNTS, "--json", "-o", str(tmp_path / "no" / "all.json"))
    assert (nowhere.exit_code, json.loads(nowhere.stdout)["error"]["name"]) == (2, "NotWritable")
    bad = previewed(tmp_path, LEADS, ACCOUNTS, "--json", "--company-domain", "https://x")
    assert (bad.exit_code, json.loads(bad.stdout)["error"]["name"]) == (2, "BadDomain")


def test_an_admin_says_that_a_domain_on_the_free_mail_list_is_a_company(tmp_path: Path) -> None:
    accounts, leads = "id,name,website\nA1,EasyPost,easypost.com\n", "id,email\nL1,a@easypost.com\n"
    assert links(document(tmp_path, leads, accounts)) == [("L1", None, "none")]
    assert links(document(tmp_path, leads, accounts, "--company-domain", "easypost.com")) == [("L1", "A1", "auto")]


def test_the_page_shows_the_matches_and_steers_no_terminal(tmp_path: Path) -> None:
    done = previewed(tmp_path, LEADS + "L3,Eve,,[bold]Fabrikam\x1b[31m\n")
    assert done.exit_code == 0
    assert "A1 Northwind Inc." in done.stdout and "same domain northwind.com" in done.stdout
    assert "3 leads: " in done.stdout
    assert "\x1b" not in done.stdout


def test_no_leads_and_no_accounts_are_no_error(tmp_path: Path) -> None:
    assert document(tmp_path, "id,email\n")["counts"] == {"leads": 0, "auto": 0, "review": 0, "none": 0}
    assert links(document(tmp_path, LEADS, "id,name\n")) == [("L1", None, "none"), ("L2", None, "none")]


def test_the_cost_follows_the_leads_and_not_the_pairs(tmp_path: Path) -> None:
    spent = {}
    for size in (500, 5_000):
        accounts, leads, _ = noisy(4, size, 600)
        texts = []
        for rows in (accounts, leads):
            path = tmp_path / "made.csv"
            with path.open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(
                    file, ["id", "name", "email", "company", "website", "phone", "city", "state", "country"]
                )
                writer.writeheader()
                writer.writerows(rows)
            texts.append(path.read_bytes())
        start = time.process_time()
        assert document(tmp_path, texts[1], texts[0])["counts"]["leads"] == 600
        spent[size] = time.process_time() - start
    assert spent[5_000] < 5 * spent[500] + 2
