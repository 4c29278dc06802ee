"""Inclusion expressions: which records may cause a create on the other side. Pure; parsed once, asked for each record.

    lifecyclestage in ('lead', 'customer') and not (email is blank or numemployees < 5)

Text is compared without regard to case, as both vendors' filters do. A blank field equals nothing, differs from
everything, and is neither less nor greater than anything.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Final

from lark import Lark, Token, Transformer, Tree, UnexpectedInput
from lark.exceptions import UnexpectedCharacters, UnexpectedToken

from syncer.core.values import Raw

Values = Mapping[str, Raw]
Predicate = Callable[[Values], bool]

_GRAMMAR: Final = r"""
?start: any
?any: all ("or"i all)*
?all: one ("and"i one)*
?one: "not"i one                               -> negation
    | "(" any ")"
    | NAME COMPARE literal                     -> comparison
    | NAME "in"i "(" literal ("," literal)* ")"        -> among
    | NAME "not"i "in"i "(" literal ("," literal)* ")" -> not_among
    | NAME "is"i "blank"i                      -> blank
    | NAME "is"i "not"i "blank"i               -> not_blank
literal: TEXT -> text | NUMBER -> number | "true"i -> yes | "false"i -> no
COMPARE: "=" | "!=" | "<=" | ">=" | "<" | ">"
NAME: /[A-Za-z_][A-Za-z0-9_.]*/i
TEXT: /'(?:[^'\\]|\\.)*'/ | /"(?:[^"\\]|\\.)*"/
NUMBER: /-?[0-9]+(\.[0-9]+)?/
%ignore /\s+/
"""

_DEEPEST: Final = 64

_SAYS: Final[Mapping[str, str]] = {
    "NAME": "a field",
    "COMPARE": "a comparison (= != < <= > >=)",
    "TEXT": "a text in quotes",
    "NUMBER": "a number",
    "TRUE": "true",
    "FALSE": "false",
    "LPAR": "(",
    "RPAR": ")",
    "COMMA": "a comma",
    "AND": "and",
    "OR": "or",
    "NOT": "not",
    "IN": "in",
    "IS": "is",
    "BLANK": "blank",
    "$END": "the end",
}


class InclusionError(ValueError):
    """An expression that does not parse; `offset` counts its characters from 0."""

    def __init__(self, message: str, offset: int, wrong: str = "") -> None:
        super().__init__(message)
        self.offset = offset
        self.wrong = wrong


@dataclass(frozen=True, slots=True)
class Inclusion:
    """A compiled expression: whether it holds for the raw values of a record, and which fields it looks at."""

    text: str
    holds: Predicate
    fields: tuple[str, ...]
    offsets: tuple[int, ...]  # where each field stands first


@lru_cache(maxsize=256)
def parse_inclusion(text: str) -> Inclusion:
    """Compiles an expression; one of nothing but space holds for every record. Raises InclusionError."""
    if not text.strip():
        return Inclusion(text, lambda values: True, (), ())
    try:
        tree = _parser().parse(text)
    except UnexpectedInput as error:
        raise _explain(error, text) from None
    if _depth(tree) > _DEEPEST:
        raise InclusionError("nested too deeply", 0)
    names: dict[str, int] = {}
    for token in tree.scan_values(lambda value: isinstance(value, Token) and value.type == "NAME"):
        names.setdefault(str(token), token.start_pos or 0)
    return Inclusion(text, _Compile().transform(tree), tuple(names), tuple(names.values()))


def _depth(tree: Tree[Token]) -> int:
    deepest, open_ones = 0, [(tree, 1)]
    while open_ones:
        branch, depth = open_ones.pop()
        deepest = max(deepest, depth)
        open_ones += [(child, depth + 1) for child in branch.children if isinstance(child, Tree)]
    return deepest


@lru_cache(maxsize=1)
def _parser() -> Lark:
    return Lark(_GRAMMAR, parser="lalr", maybe_placeholders=False)


def _explain(error: UnexpectedInput, text: str) -> InclusionError:
    if isinstance(error, UnexpectedToken):
        expected = set(error.accepts or error.expected)
        at_end = error.token.type == "$END"
        offset = len(text) if at_end else error.token.start_pos or 0
        found = "the end" if at_end else f'"{error.token}"'
        wrong = "" if at_end else str(error.token)
    else:
        expected = set(error.allowed or ()) if isinstance(error, UnexpectedCharacters) else set()
        offset = error.pos_in_stream or 0
        wrong = text[offset : offset + 1]
        found = f'"{wrong}"'
    words = [said for name, said in _SAYS.items() if name in expected]
    return InclusionError(f"found {found} where {' or '.join(words) or 'something else'} was expected", offset, wrong)


def _is_blank(value: Raw) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _number(value: Raw) -> Decimal | None:
    if value is None or isinstance(value, bool):
        return None
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


Literal = str | Decimal | bool


def _equals(value: Raw, literal: Literal) -> bool:
    if _is_blank(value):
        return literal == ""
    if isinstance(literal, Decimal):
        return _number(value) == literal
    if isinstance(literal, bool):
        return str(value).strip().lower() == ("true" if literal else "false")
    return str(value).strip().casefold() == literal.casefold()


def _order(value: Raw, literal: Literal) -> int | None:
    """-1, 0 or 1; None where the two cannot be ordered. Text orders as text, so that ISO dates order as dates."""
    if _is_blank(value) or isinstance(literal, bool):
        return None
    if isinstance(literal, Decimal):
        number = _number(value)
        return None if number is None else (number > literal) - (number < literal)
    text, other = str(value).strip().casefold(), literal.casefold()
    return (text > other) - (text < other)


_ORDERED: Final[Mapping[str, tuple[int, ...]]] = {"<": (-1,), "<=": (-1, 0), ">": (1,), ">=": (1, 0)}


class _Compile(Transformer[Token, Predicate]):
    """Tree to closures."""

    def any(self, parts: list[Predicate]) -> Predicate:
        return lambda values: any(part(values) for part in parts)

    def all(self, parts: list[Predicate]) -> Predicate:
        return lambda values: all(part(values) for part in parts)

    def negation(self, parts: list[Predicate]) -> Predicate:
        (inner,) = parts
        return lambda values: not inner(values)

    def comparison(self, parts: list[Token | Literal]) -> Predicate:
        name, compare, literal = str(parts[0]), str(parts[1]), parts[2]
        if compare in _ORDERED:
            wanted = _ORDERED[compare]
            return lambda values: _order(values.get(name), literal) in wanted
        return lambda values: _equals(values.get(name), literal) is (compare == "=")

    def among(self, parts: list[Token | Literal]) -> Predicate:
        name, literals = str(parts[0]), parts[1:]
        return lambda values: any(_equals(values.get(name), literal) for literal in literals)

    def not_among(self, parts: list[Token | Literal]) -> Predicate:
        return self.negation([self.among(parts)])

    def blank(self, parts: list[Token]) -> Predicate:
        name = str(parts[0])
        return lambda values: _is_blank(values.get(name))

    def not_blank(self, parts: list[Token]) -> Predicate:
        return self.negation([self.blank(parts)])

    def text(self, parts: list[Token]) -> str:
        return re.sub(r"\\(.)", r"\1", str(parts[0])[1:-1]).strip()

    def number(self, parts: list[Token]) -> Decimal:
        return Decimal(str(parts[0]))

    def yes(self, _parts: list[Token]) -> bool:
        return True

    def no(self, _parts: list[Token]) -> bool:
        return False
