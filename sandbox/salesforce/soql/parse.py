"""Text to a query. The grammar is compiled once and parsed queries are kept: pollers repeat themselves."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path as File
from typing import Any, Final

from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedToken

from sandbox.kernel import Refusal
from sandbox.salesforce.soql import dates
from sandbox.salesforce.soql.ast import (
    Call,
    Child,
    Compare,
    Either,
    Every,
    Includes,
    Kind,
    Literal,
    Not,
    Path,
    Query,
    Selected,
    Sort,
    TypeOf,
    Within,
)
from sandbox.salesforce.soql.errors import malformed, unexpected

LONGEST_QUERY: Final = 100_000  # characters
LONGEST_TEXT: Final = 4_000  # characters of one string of WHERE
_ESCAPES: Final = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", '"': '"', "'": "'", "\\": "\\"}
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)
_EACH_TEXT: Final = re.compile(r"'((?:[^'\\]|\\.)*)'", re.DOTALL)


class _BadToken(Exception):
    """A token that the grammar lets through and the language does not."""

    def __init__(self, at: int, token: str) -> None:
        super().__init__(token)
        self.at, self.token = at, token


def _unescaped(raw: str, at: int, *, like: bool = False) -> str:
    """`\\%` and `\\_` stay as they are for LIKE, where they are literal characters."""
    if len(raw) > LONGEST_TEXT:
        raise malformed(f"string literal longer than {LONGEST_TEXT} characters")

    def one(match: re.Match[str]) -> str:
        letter = match.group(1)
        if letter in "%_":
            return match.group(0)
        found = _ESCAPES.get(letter.lower() if letter.isalpha() else letter)
        if found is None:
            raise _BadToken(at + match.start(), match.group(0))
        return "\\\\" if like and found == "\\" else found

    return _ESCAPED.sub(one, raw) if "\\" in raw else raw


def _finished(literal: Literal, *, like: bool = False) -> Literal:
    if literal.kind is not Kind.TEXT:
        return literal
    return Literal(Kind.TEXT, _unescaped(str(literal.value), literal.at + 1, like=like), literal.at)


def _at(token: Token) -> int:
    return token.start_pos or 0


def _path(token: Token) -> Path:
    return Path(str(token), _at(token))


def _word(token: Token) -> Path:
    if "." in token:
        raise _BadToken(_at(token), token)
    return _path(token)


def _whole(token: Token) -> int:
    if not token.isdecimal():
        raise _BadToken(_at(token), token)
    return int(token)


def _one_of(token: Token, words: tuple[str, ...], clause: str) -> tuple[str, str]:
    if token.upper() not in words:
        raise _BadToken(_at(token), token)
    return clause, token.upper()


def _dated(parse: Callable[[str], str], token: Token) -> str:
    try:
        return parse(token)
    except ValueError:
        raise _BadToken(_at(token), token) from None


class _Build(Transformer[Token, Query]):
    """Grammar rules to the data of `ast`; runs while parsing, so no tree is built."""

    def start(self, kids: list[Any]) -> Query:
        return kids[0]

    def query(self, kids: list[Any]) -> Query:
        items, (source, alias), *clauses = kids
        parts = dict(part for part in clauses if isinstance(part, tuple))
        return Query(
            items,
            source,
            alias,
            parts.get("where"),
            parts.get("group", ()),
            parts.get("having"),
            parts.get("order", ()),
            parts.get("limit"),
            parts.get("offset", 0),
        )

    items = tuple

    def selected(self, kids: list[Any]) -> Selected:
        return Selected(kids[0], kids[1] if len(kids) > 1 else None)

    def child(self, kids: list[Any]) -> Child:
        return Child(kids[0])

    def type_of(self, kids: list[Any]) -> TypeOf:
        of, *rest = kids
        branches = tuple((part[1], part[2]) for part in rest if part[0] == "when")
        otherwise = next((part[1] for part in rest if part[0] == "else"), ())
        return TypeOf(_path(of), branches, otherwise)

    def when(self, kids: list[Token]) -> tuple[str, Path, tuple[Path, ...]]:
        return "when", _path(kids[0]), tuple(map(_path, kids[1:]))

    def otherwise(self, kids: list[Token]) -> tuple[str, tuple[Path, ...]]:
        return "else", tuple(map(_path, kids))

    def alias(self, kids: list[Token]) -> Path:
        return _word(kids[0])

    def source(self, kids: list[Token]) -> tuple[Path, Path | None]:
        return _path(kids[0]), _word(kids[1]) if len(kids) > 1 else None

    def where(self, kids: list[Any]) -> tuple[str, Any]:
        return "where", kids[0]

    def having(self, kids: list[Any]) -> tuple[str, Any]:
        return "having", kids[0]

    def mode(self, kids: list[Token]) -> tuple[str, Any]:
        return _one_of(kids[0], ("SECURITY_ENFORCED", "USER_MODE", "SYSTEM_MODE"), "with")

    def purpose(self, kids: list[Token]) -> tuple[str, Any]:
        return [_one_of(kid, ("VIEW", "REFERENCE", "UPDATE"), "for") for kid in kids][-1]

    def group(self, kids: list[Any]) -> tuple[str, Any]:
        return "group", tuple(kids)

    def order(self, kids: list[Sort]) -> tuple[str, Any]:
        return "order", tuple(kids)

    def sort(self, kids: list[Any]) -> Sort:
        words = [kid.upper() for kid in kids[1:]]
        return Sort(kids[0], "DESC" in words, "LAST" in words)

    def nulls(self, kids: list[Token]) -> Token:
        return kids[0]

    def limit(self, kids: list[Token]) -> tuple[str, int]:
        return "limit", _whole(kids[0])

    def offset(self, kids: list[Token]) -> tuple[str, int]:
        return "offset", _whole(kids[0])

    def every(self, kids: list[Any]) -> Every:
        return Every(tuple(kids))

    def either(self, kids: list[Any]) -> Either:
        return Either(tuple(kids))

    def grouped(self, kids: list[Any]) -> Any:
        return kids[0]

    def negation(self, kids: list[Any]) -> Not:
        return Not(kids[0])

    def compare(self, kids: list[Any]) -> Compare:
        left, operator, right = kids
        operator = operator.upper()
        return Compare(left, "!=" if operator == "<>" else operator, _finished(right, like=operator == "LIKE"))

    def within(self, kids: list[Any]) -> Within:
        return Within(kids[0], kids[1], False)

    def not_within(self, kids: list[Any]) -> Within:
        return Within(kids[0], kids[1], True)

    def includes(self, kids: list[Any]) -> Includes:
        return Includes(kids[0], kids[1], False)

    def excludes(self, kids: list[Any]) -> Includes:
        return Includes(kids[0], kids[1], True)

    def members(self, kids: list[Any]) -> tuple[Literal, ...] | Query:
        first = kids[0]
        if isinstance(first, Token):
            start = first.start_pos or 0
            return tuple(
                Literal(Kind.TEXT, _unescaped(match.group(1), start + match.start(1)), start + match.start())
                for match in _EACH_TEXT.finditer(first)
            )
        return first if isinstance(first, Query) else tuple(map(_finished, kids))

    def path(self, kids: list[Token]) -> Path:
        return _path(kids[0])

    def call(self, kids: list[Any]) -> Call:
        word, *arguments = kids
        if "." in word:
            raise _BadToken(_at(word), word)
        return Call(word.upper(), tuple(arguments), _at(word), str(word))

    def value(self, kids: list[Any]) -> Literal:
        return kids[0]

    def word(self, kids: list[Token]) -> Literal:
        name = kids[0].upper()
        if not dates.known_span(name, counted=False):
            raise _BadToken(_at(kids[0]), kids[0])
        return Literal(Kind.SPAN, (name, 0), _at(kids[0]))

    def span(self, kids: list[Token]) -> Literal:
        name, _, count = kids[0].upper().partition(":")
        if not dates.known_span(name, counted=True) or not 0 < int(count) < 10_000:
            raise _BadToken(_at(kids[0]), kids[0])
        return Literal(Kind.SPAN, (name, int(count)), _at(kids[0]))

    def text(self, kids: list[Token]) -> Literal:
        # Raw: what an escape means is known where the operator is.
        return Literal(Kind.TEXT, kids[0][1:-1], _at(kids[0]))

    def number(self, kids: list[Token]) -> Literal:
        text = kids[0]
        return Literal(Kind.NUMBER, int(text) if text.lstrip("+-").isdecimal() else float(text), _at(text))

    def date(self, kids: list[Token]) -> Literal:
        return Literal(Kind.DATE, _dated(dates.parse_day, kids[0]), _at(kids[0]))

    def instant(self, kids: list[Token]) -> Literal:
        return Literal(Kind.INSTANT, _dated(dates.parse_instant, kids[0]), _at(kids[0]))

    def clock(self, kids: list[Token]) -> Literal:
        whole, _, fraction = kids[0][:-1].partition(".")
        return Literal(Kind.CLOCK, f"{whole}.{fraction:0<3}Z", _at(kids[0]))

    def null(self, _: list[Any]) -> Literal:
        return Literal(Kind.NULL, None, 0)

    def true(self, _: list[Any]) -> Literal:
        return Literal(Kind.BOOLEAN, True, 0)

    def false(self, _: list[Any]) -> Literal:
        return Literal(Kind.BOOLEAN, False, 0)


@lru_cache(maxsize=1)
def _parser() -> Lark:
    grammar = (File(__file__).parent / "grammar.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", lexer="contextual", transformer=_Build())


@lru_cache(maxsize=256)
def parse(text: str) -> Query:
    """The query of a text. Raises Refusal MALFORMED_QUERY, pointing at the first token that does not fit."""
    if len(text) > LONGEST_QUERY:
        raise malformed(f"SOQL statements can not be longer than {LONGEST_QUERY} characters.")
    if not text.strip():
        raise malformed("unexpected token: '<EOF>'")
    try:
        return _parser().parse(text)  # type: ignore[return-value]  # the transformer makes a Query
    except UnexpectedToken as error:
        raise _unexpected(text, error) from None
    except UnexpectedCharacters as error:
        at = error.pos_in_stream
        raise unexpected(text, at, text[at]) from None
    except _BadToken as error:
        raise unexpected(text, error.at, error.token) from None


def _unexpected(text: str, error: UnexpectedToken) -> Refusal:
    token = error.token
    if token.type == "$END":
        return unexpected(text, len(text), "<EOF>")
    last = error.token_history[-1] if error.token_history else None
    if last is not None and last.type == token.type == "PATH" and _third_name(text, last):
        token = last  # `SELECT Id FRM Lead`: the word that is no FROM, not the one after it
    return unexpected(text, _at(token), str(token))


def _third_name(text: str, token: Token) -> bool:
    """True where the token follows a name, as an alias would."""
    before = text[: _at(token)].rstrip()
    return bool(before) and (before[-1].isalnum() or before[-1] in "_)") and not before.upper().endswith("SELECT")
