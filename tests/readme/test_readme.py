"""What README and docs say is so: commands exist, links lead somewhere, examples parse, lists are complete."""

from __future__ import annotations

import ast
import importlib.util
import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from connectors import base
from syncer.cli.app import app
from syncer.core.fields import FieldType, Rule
from syncer.errors import Exit
from syncer.mapping import load_mappings
from syncer.mapping.models import FieldEntry

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
PAGES = sorted([README, *(ROOT / "docs").rglob("*.md")])
OPERATIONS = (ROOT / "docs" / "operations.md").read_text("utf-8")
CODE = re.compile(r"(?ms)^```.*?^```|^    .*?$|`[^`\n]+`")
FIELDS_OF_ACTIVITIES = {
    "ActivityDate", "CallDisposition", "CallDurationInSeconds", "CallType", "CompletedDateTime", "CreatedDate",
    "DurationInMinutes", "IsClosed", "StartDateTime", "TaskSubtype", "WhatId", "WhoId",
}  # fmt: skip
WORDS_OF_OTHERS = {
    "HubSpot", "FirstName", "LastName", "LastModifiedById", "SecretStr", "OwnerId", *FIELDS_OF_ACTIVITIES,
}  # fmt: skip


def page_id(path: Path) -> str:
    return str(path.relative_to(ROOT))


def commands(text: str, program: str) -> Iterator[list[str]]:
    """Every `program ...` in code: blocks, indented lines, and between backticks."""
    for found in CODE.finditer(text):
        for line in found[0].strip("`").splitlines():
            said = re.search(rf"(?:^|[\s/>&])(?<![-\w]){program} ([a-z].*)$", line.partition(" #")[0])
            if said and "command" not in line:
                yield shlex.split(re.split(r"[|>;&(]", said[1])[0].rstrip(",.`"))


def is_command(words: list[str]) -> bool:
    """Whether the program has that command, with those options."""
    path = [word for word in words if not word.startswith("-")]
    for length in (2, 1):
        shown = CliRunner().invoke(app, [*path[:length], "--help"])
        if shown.exit_code == 0 and "COMMAND [ARGS]" not in shown.output:
            return all(word.split("=")[0] in shown.output for word in words if word.startswith("-"))
        if shown.exit_code == 0 and len(path) == length:
            return True  # a family of commands, named as such
    return False


@pytest.mark.parametrize("path", PAGES, ids=page_id)
def test_every_command_that_is_written_down_exists_with_its_options(path: Path) -> None:
    said = list(commands(path.read_text("utf-8"), "syncer"))
    assert [words for words in said if not is_command(words)] == []
    if path == README:
        assert {words[0] for words in said} >= {
            "check",
            "setup",
            "plan",
            "apply",
            "sync",
            "run",
            "undo",
            "why",
            "review",
        }


@pytest.mark.parametrize("path", PAGES, ids=page_id)
def test_every_make_target_that_is_written_down_exists(path: Path) -> None:
    targets = set(re.findall(r"(?m)^([a-z]+):", (ROOT / "Makefile").read_text("utf-8")))
    said = list(commands(path.read_text("utf-8"), "make"))
    assert {words[0] for words in said} <= targets
    for words in said:
        for folder in re.findall(r"ARGS=(tests/\S+)", " ".join(words)):
            assert (ROOT / folder).is_dir(), folder


@pytest.mark.parametrize("path", PAGES, ids=page_id)
def test_every_link_leads_to_a_file_and_a_heading(path: Path) -> None:
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text("utf-8")):
        if target.startswith("http"):
            continue
        file, _, heading = target.partition("#")
        found = (path.parent / file).resolve() if file else path
        if not found.exists() or (heading and heading not in headings(found)):
            broken.append(target)
    assert broken == []


def headings(path: Path) -> set[str]:
    """As GitHub names them in links."""
    lines = re.findall(r"(?m)^#+ (.*)$", path.read_text("utf-8"))
    return {re.sub(r"[^\w\- ]", "", line.lower()).replace(" ", "-") for line in lines}


def test_every_mapping_example_is_a_mapping_and_together_they_show_every_key(tmp_path: Path) -> None:
    blocks = re.findall(r"(?ms)^```toml\n(.*?)^```", (ROOT / "docs" / "mapping.md").read_text("utf-8"))
    assert len(blocks) >= 2
    shown: set[str] = set()
    for number, block in enumerate(blocks):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "person.toml").write_text(block, "utf-8")
        shutil.copy(ROOT / "mappings" / "account.toml", folder)
        person = next(kind for kind in load_mappings(folder).kinds if kind.kind == "person")
        assert len(person.fields) == block.count("[[field]]") > 0
        shown |= set(re.findall(r"(?m)^(\w+) *= ", block))
    assert set(FieldEntry.model_fields) <= shown


def test_the_mapping_page_explains_every_rule_type_and_key() -> None:
    text = (ROOT / "docs" / "mapping.md").read_text("utf-8")
    words = [*Rule, *FieldType, *FieldEntry.model_fields]
    assert [str(word) for word in words if f"`{word}`" not in text] == []


@pytest.mark.parametrize("path", [ROOT / "README.md", ROOT / "docs" / "operations.md"], ids=page_id)
def test_the_table_of_exit_codes_is_the_programs(path: Path) -> None:
    section = path.read_text("utf-8").partition("xit codes")[2].partition("\n## ")[0]
    assert [int(code) for code in re.findall(r"(?m)^\| (\d+) \|", section)] == [int(code) for code in Exit]


def test_every_error_that_the_program_can_print_is_in_the_catalogue() -> None:
    names = names_in_code()
    assert len(names) > 80
    missing = sorted(name for name in names if f"`{name}`" not in OPERATIONS)
    assert missing == [], "each of these wants a line in docs/operations.md: what it means, who must do what"


def test_the_catalogue_lists_no_error_that_is_not_in_the_code() -> None:
    listed = set(re.findall(r"`([A-Z][a-z]+(?:[A-Z][a-z]+)+)`", OPERATIONS))
    assert sorted(listed - names_in_code()) == []


def test_every_reason_for_quarantine_is_in_the_catalogue() -> None:
    codes = set(re.findall(r'UnmappableError\("(\w+)"', (ROOT / "syncer" / "core" / "raw.py").read_text("utf-8")))
    assert codes
    assert sorted(code for code in codes if f"`{code}`" not in OPERATIONS) == []


def names_in_code() -> set[str]:
    """Error names are two words or more, written together; classes of remote errors are named by themselves."""
    found = {
        made.__name__
        for made in vars(base).values()
        if isinstance(made, type) and issubclass(made, base.RemoteError) and made is not base.RemoteError
    }
    for path in sorted([*(ROOT / "syncer").rglob("*.py"), *(ROOT / "connectors").rglob("*.py")]):
        tree = ast.parse(path.read_text("utf-8"))
        exported = {id(part) for node in ast.walk(tree) if is_all(node) for part in ast.walk(node)}
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Constant) and isinstance(node.value, str)) or id(node) in exported:
                continue
            ours = "syncer" in path.relative_to(ROOT).parts or node.value.endswith(("Refused", "Unknown"))
            if ours and re.fullmatch(r"([A-Z][a-z]+){2,}", node.value):
                found.add(node.value)
    return found - WORDS_OF_OTHERS


def is_all(node: ast.AST) -> bool:
    return isinstance(node, ast.Assign) and any(
        isinstance(target, ast.Name) and target.id == "__all__" for target in node.targets
    )


def test_the_page_of_permissions_is_made_from_the_mappings_as_they_are() -> None:
    spec = importlib.util.spec_from_file_location("permissions", ROOT / "docs" / "permissions.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert (ROOT / "docs" / "permissions.md").read_text("utf-8") == module.page(), "run: make permissions"


def test_the_picture_shows_the_demo_that_there_is() -> None:
    drawn = re.sub(r"<[^>]+>|&#160;", " ", (ROOT / "docs" / "demo.svg").read_text("utf-8"))
    source = (ROOT / "syncer" / "cli" / "demo.py").read_text("utf-8")
    acts = re.findall(r'_act\(out, "(\d)", f?"([^"{:]+)', source)
    assert len(acts) == 9
    words = " ".join(drawn.split())
    assert [text for number, text in acts if f"{number} {text.strip()}" not in words.replace("  ", " ")] == []
