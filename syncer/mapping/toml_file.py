"""A TOML file with the place of every key and value: tomllib reads, tree-sitter tells where."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import tree_sitter_toml
from tree_sitter import Language, Node, Parser

from syncer.errors import FileProblem

Loc = tuple[str | int, ...]
Place = tuple[int, int]  # line and column in characters, from 1

_LANGUAGE: Final = Language(tree_sitter_toml.language())
_KEYS: Final = ("bare_key", "quoted_key", "dotted_key")
_WHERE: Final = re.compile(r"(?P<what>.*?) \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)", re.S)


@dataclass(frozen=True, slots=True)
class TomlFile:
    """The content of one file, and where in it each path of keys stands."""

    path: str
    data: dict[str, Any]
    keys: dict[Loc, Place]
    values: dict[Loc, Place]

    def place(self, loc: Loc, *, key: bool = False) -> Place:
        """Where that is, or the nearest thing around it that is written in the file."""
        first, second = (self.keys, self.values) if key else (self.values, self.keys)
        for end in range(len(loc), 0, -1):
            found = first.get(loc[:end]) or second.get(loc[:end])
            if found:
                return found
        return (1, 1)

    def problem(
        self, loc: Loc, name: str, message: str, action: str, wrong: str = "", near: str = "", *, key: bool = False
    ) -> FileProblem:
        """What is wrong there; `key`: it is the word itself, not what stands behind it."""
        line, column = self.place(loc, key=key)
        return FileProblem(self.path, line, column, name, message, action, wrong, near)


class BrokenTomlError(Exception):
    """What cannot be read as TOML; `problem` says where and what was expected."""

    def __init__(self, problem: FileProblem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def read_toml(path: Path) -> TomlFile:
    """Reads the file. Raises BrokenTomlError for one that is not there, is no text, or is no TOML."""
    shown = str(path)
    try:
        source = path.read_bytes()
    except OSError as error:
        raise BrokenTomlError(
            FileProblem(shown, 0, 0, "FileMissing", f"Cannot be read: {error.strerror}.", "Create it, or name another.")
        ) from None
    try:
        text = source.decode().removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = source.count(b"\n", 0, error.start) + 1
        column = error.start - (source.rfind(b"\n", 0, error.start) + 1) + 1
        raise BrokenTomlError(
            FileProblem(shown, line, column, "NotText", "This is no UTF-8 text.", "Save the file as UTF-8.")
        ) from None
    return parse_toml(text, shown)


def parse_toml(text: str, path: str) -> TomlFile:
    """As `read_toml`, for text that was read already."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BrokenTomlError(_syntax_problem(str(error), text, path)) from None
    except RecursionError:
        raise BrokenTomlError(FileProblem(path, 1, 1, "BadToml", "Nested too deeply.", "Take brackets away.")) from None
    index = _Index(text.encode())
    index.document(Parser(_LANGUAGE).parse(index.source).root_node)
    return TomlFile(path, data, index.keys, index.values)


def _syntax_problem(said: str, text: str, path: str) -> FileProblem:
    match = _WHERE.fullmatch(said)
    lines = text.split("\n")
    what, line, column = said, len(lines), len(lines[-1]) + 1
    if match:
        what = match["what"]
        if match["line"]:
            line, column = int(match["line"]), int(match["column"])
    return FileProblem(path, line, column, "BadToml", f"{what}.", "Correct the TOML on this line.")


class _Index:
    """Walks the tree once and notes where each key and value begins; arrays of tables count their entries."""

    def __init__(self, source: bytes) -> None:
        self.source = source
        self.keys: dict[Loc, Place] = {}
        self.values: dict[Loc, Place] = {}
        self._lines = source.split(b"\n")
        self._counts: dict[Loc, int] = {}  # arrays of tables so far

    def document(self, root: Node) -> None:
        for node in root.children:
            if node.type == "pair":
                self._pair(node, ())
            elif node.type in ("table", "table_array_element"):
                self._table(node)

    def _table(self, node: Node) -> None:
        names = self._names(next(child for child in node.children if child.type in _KEYS))
        at: Loc = ()
        for step, (name, place) in enumerate(names, 1):
            at = (*at, name)
            self.keys.setdefault(at, place)
            if node.type == "table_array_element" and step == len(names):
                self._counts[at] = self._counts.get(at, -1) + 1
            if at in self._counts:
                at = (*at, self._counts[at])
        self.values.setdefault(at, self._place(node))
        for child in node.children:
            if child.type == "pair":
                self._pair(child, at)

    def _pair(self, node: Node, at: Loc) -> None:
        key, value = node.children[0], node.children[-1]
        for name, place in self._names(key):
            at = (*at, name)
            self.keys.setdefault(at, place)
        self._value(value, at)

    def _value(self, node: Node, at: Loc) -> None:
        self.values.setdefault(at, self._place(node))
        if node.type == "inline_table":
            for child in node.children:
                if child.type == "pair":
                    self._pair(child, at)
        elif node.type == "array":
            items = (child for child in node.children if child.is_named and child.type != "comment")
            for place, child in enumerate(items):
                self._value(child, (*at, place))

    def _names(self, node: Node) -> list[tuple[str, Place]]:
        if node.type == "dotted_key":
            return [pair for child in node.children if child.type in _KEYS for pair in self._names(child)]
        text = (node.text or b"").decode()
        name = tomllib.loads(f"key = {text}")["key"] if node.type == "quoted_key" else text
        return [(name, self._place(node))]

    def _place(self, node: Node) -> Place:
        row, offset = node.start_point
        return row + 1, len(self._lines[row][:offset].decode(errors="replace")) + 1
