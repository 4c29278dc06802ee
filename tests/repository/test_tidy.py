"""The repository keeps its own rules: sizes, names, words, and a line of purpose in every folder."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("syncer", "connectors", "sandbox", "simulation", "benchmarks")
LINES_MAX, FUNCTION_LINES_MAX = 400, 60
BANNED_NAMES = re.compile(r"(^|_)(utils?|helpers?|managers?|misc|common|base_\w+)$")
BANNED_WORDS = re.compile(r"#.*\b(TODO|FIXME|XXX|HACK)\b|NotImplementedError")


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(["git", "ls-files", *patterns], cwd=ROOT, capture_output=True, text=True, check=True)
    return [path for line in listed.stdout.splitlines() if (path := ROOT / line).is_file()]


def ours() -> list[Path]:
    found = [path for path in tracked("*.py") if path.relative_to(ROOT).parts[0] in PACKAGES]
    assert len(found) > 100
    return found


def test_no_file_outgrows_its_room() -> None:
    long = {str(path.relative_to(ROOT)): count for path in tracked("*.py") if (count := len(lines(path))) > LINES_MAX}
    assert not long


def lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def test_no_function_is_longer_than_a_screen() -> None:
    long = {}
    for path in tracked("*.py"):
        if "migrations" in path.parts:
            continue  # one revision is one list of tables, written once
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > FUNCTION_LINES_MAX:
                    long[f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"] = length
    assert not long


def test_no_file_is_named_after_nothing() -> None:
    assert not [path for path in ours() if BANNED_NAMES.search(path.stem)]


def test_nothing_is_left_for_later_in_the_code() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in ours()
        for number, line in enumerate(lines(path), 1)
        if BANNED_WORDS.search(line)
    ]
    assert not found


def test_every_folder_says_what_lives_there() -> None:
    silent = []
    for path in ours():
        if path.name == "__init__.py" and not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))):
            silent.append(str(path.relative_to(ROOT)))
    assert not silent


def test_no_error_is_swallowed_in_silence() -> None:
    found = []
    for path in ours():
        text = lines(path)
        for node in ast.walk(ast.parse("\n".join(text))):
            if isinstance(node, ast.ExceptHandler) and all(isinstance(item, ast.Pass) for item in node.body):
                last = text[node.body[0].lineno - 1]
                if "#" not in last and "#" not in text[node.lineno - 1]:
                    found.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert not found


def test_every_test_asserts_something() -> None:
    empty = []
    for path in tracked("tests/**/test_*.py", "tests/test_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                body = ast.dump(node)
                if not re.search(r"Assert|raises|warns|check|expect|verify|assert_|refuse|holds", body):
                    empty.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name}")
    assert not empty


@pytest.mark.parametrize("command", [["ruff", "check", "."], ["ruff", "format", "--check", "."], ["lint-imports"]])
def test_style_and_architecture(command: list[str]) -> None:
    """The same commands as `make lint`."""
    import sys

    program = Path(sys.executable).parent / command[0]
    done = subprocess.run([str(program), *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
