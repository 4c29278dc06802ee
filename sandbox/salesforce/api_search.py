"""SOSL: words to find, in which fields, and of which objects; what is asked of each object is SOQL and runs as such."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from lark import Lark, Token, Tree, UnexpectedInput

from sandbox.kernel import Refusal, Response, json_response
from sandbox.salesforce import soql
from sandbox.salesforce.definitions import FieldDef
from sandbox.salesforce.querying import OrgWorld
from sandbox.salesforce.router import DATA, Call, Route
from sandbox.salesforce.store import Row

MOST_FOUND: Final = 2_000  # records of one search
_SCOPES: Final = {
    "ALL": ("string", "textarea", "email", "phone", "url"),
    "EMAIL": ("email",),
    "PHONE": ("phone",),
}
_NAMES: Final = ("name", "firstname", "lastname")
_WORD: Final = re.compile(r"[\w*?]+")
_PLAIN: Final = re.compile(r"\w+")
_ESCAPED: Final = re.compile(r"\\(.)")
_CLAUSE: Final = re.compile(r"\b(WHERE|ORDER\s+BY|LIMIT|OFFSET)\b", re.IGNORECASE)
_NO_TERM: Final = "No search term found. The search term must be enclosed in braces."


@dataclass(frozen=True, slots=True)
class Search:
    """`listed`: objects with what stands in their brackets; empty for all that can be searched."""

    words: tuple[re.Pattern[str], ...]
    scope: str
    listed: tuple[tuple[str, str], ...]
    limit: int


def _search(call: Call) -> Response:
    search = parse(call.request.param("q") or "")
    world = OrgWorld(call.state)
    found: list[dict[str, Any]] = []
    for name, inner in search.listed or [(each, "") for each in _searchable(call)]:
        bound = soql.bind(world, _query(name, inner))
        limit = search.limit if bound.query.limit is None else min(bound.query.limit, search.limit)
        unbound = replace(bound, query=replace(bound.query, limit=None))  # the limit counts what is found
        fields = [each for each in bound.scope.definition.fields.values() if _in_scope(each, search.scope)]
        rows = soql.rows_of(unbound, soql.run(unbound).ids)
        ids = [row["Id"] for row in rows if _holds(search.words, _texts(row, fields))][:limit]
        found += soql.records_of(unbound, ids, f"{call.base}/sobjects")
    return json_response(200, {"searchRecords": found[: search.limit]})


def parse(text: str) -> Search:
    """Raises Refusal MALFORMED_SEARCH."""
    if "{" not in text:
        raise _malformed(_NO_TERM)
    try:
        tree = _grammar().parse(text)
    except UnexpectedInput as error:
        at = error.pos_in_stream or 0
        raise _malformed(f"unexpected token: '{text[at : at + 20]}'") from None
    scope, listed, limit = "ALL", (), MOST_FOUND
    for part in tree.children[1:]:
        if part.data == "scope":
            scope = str(part.children[0]).upper()
        elif part.data == "limit":
            limit = min(int(part.children[0]), MOST_FOUND)
        else:
            listed = tuple(_listed(each, text) for each in part.children)
    return Search(_words(str(tree.children[0])[1:-1]), scope, listed, limit)


@lru_cache(maxsize=1)
def _grammar() -> Lark:
    return Lark(Path(__file__).with_name("sosl.lark").read_text("utf-8"), parser="lalr", maybe_placeholders=False)


def _listed(tree: Tree, text: str) -> tuple[str, str]:
    name, *brackets = (each for each in tree.children if isinstance(each, Token))
    return str(name), text[brackets[0].end_pos : brackets[-1].start_pos].strip() if brackets else ""


def _query(name: str, inner: str) -> str:
    """What stands in the brackets of an object as SOQL: `Id, Name WHERE ...`."""
    clause = _CLAUSE.search(inner)
    fields, rest = (inner, "") if clause is None else (inner[: clause.start()], inner[clause.start() :])
    return " ".join(["SELECT", fields.strip() or "Id", "FROM", name, rest]).strip()


def _words(term: str) -> tuple[re.Pattern[str], ...]:
    """All of them have to be there; `*` stands for any letters, `?` for one."""
    found = _WORD.findall(_ESCAPED.sub(r"\1", term).lower())
    if sum(len(word.strip("*?")) for word in found) < 2:
        raise _malformed(f"search term must be longer than one character: {term}")
    return tuple(re.compile(re.escape(word).replace(r"\*", r"\w*").replace(r"\?", r"\w")) for word in found)


def _searchable(call: Call) -> list[str]:
    shown = (call.state.visible(name) for name in call.state.objects)
    return sorted(each.name for each in shown if each is not None and each.searchable and not each.tooling)


def _in_scope(field: FieldDef, scope: str) -> bool:
    return field.name.lower() in _NAMES if scope == "NAME" else field.type in _SCOPES[scope]


def _texts(row: Row, fields: Iterable[FieldDef]) -> set[str]:
    values = (row.get(field.name) for field in fields)
    return {word for value in values if isinstance(value, str) for word in _PLAIN.findall(value.lower())}


def _holds(wanted: Iterable[re.Pattern[str]], words: set[str]) -> bool:
    return all(any(map(pattern.fullmatch, words)) for pattern in wanted)


def _malformed(why: str) -> Refusal:
    return Refusal(400, "MALFORMED_SEARCH", why)


ROUTES: Final = [Route("GET", f"{DATA}/search", _search)]
