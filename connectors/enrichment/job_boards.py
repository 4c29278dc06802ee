"""Public job boards: who a company looks for tells what it plans, and its postings name the tools it runs. No key.

A board is asked for by a word of the company's own choice, which nobody publishes. The words that its domain and name
suggest are tried, and a board counts only where it names the company: somebody else's board is no answer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from requests.adapters import BaseAdapter

from connectors.base import Clock, Entropy, ProtocolError
from connectors.budget import RateLimit
from connectors.enrichment.lookup import Access, Line, Looked, OneByOne
from connectors.enrichment.provider import Found, Question
from connectors.enrichment.reading import text_of
from connectors.enrichment.same_name import same_name, words_of
from connectors.enrichment.tools_named import plain, tools_in

NAME: Final = "job_boards"
OFFERS: Final = frozenset({"technologies", "key_hires", "open_jobs"})
_WORD: Final = re.compile(r"[^\W_]+")
_MOST_JOBS: Final = 500
_MOST_HIRES: Final = 20
_KEY: Final = re.compile(
    r"\b(?:chief|head\s+of|vp|svp|evp|vice\s+president|director|c[eitsfmopr]o|ciso|cxo|founding|general\s+manager)\b",
    re.IGNORECASE,
)
_ASSISTS: Final = re.compile(r"\b(?:assistant|executive\s+assistant|intern|working\s+student)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Posting:
    """One job: its title, its text without markup, and where it is."""

    title: str
    text: str
    url: str


@dataclass(frozen=True, slots=True)
class _Board:
    """One vendor of boards; `word` is its first word of the path where all are behind one address."""

    word: str
    host: str
    path: str
    params: Mapping[str, str]
    read: Callable[[Any], list[Posting]]


def job_boards(
    access: Access, clock: Clock, entropy: Entropy, *, mounts: Mapping[str, BaseAdapter] | None = None
) -> OneByOne:
    """The source as a `Provider`; with `base_url` all boards are there, each under its name. Nothing is sent yet."""
    line = Line(NAME, access, clock, entropy, rate=RateLimit(50, 1_000), mounts=mounts)
    return OneByOne(NAME, OFFERS, (("domain",),), look, line)


def look(line: Line, question: Question) -> Looked:
    """The first board that names the company; open jobs of an empty board are 0, which is an answer too."""
    nobodys = 0
    for board in _BOARDS:
        for token in tokens(question):
            root = f"/{board.word}" if line.access.base_url else f"https://{board.host}"
            answer = line.get(f"{root}{board.path.format(quote(token, safe=''))}", board.params)
            if answer.status == 404:
                continue
            postings = board.read(answer.value)[:_MOST_JOBS]
            if _names(postings, question) or (board.word == "greenhouse" and _bears(line, root, token, question)):
                return Looked(_found(board.word, token, postings))
            nobodys += 1
    return Looked(why="a board of that word does not name the company" if nobodys else "no public job board found")


def tokens(question: Question) -> list[str]:
    """The words a board may be under, likeliest first."""
    label = question.domain.partition(".")[0].lower()
    named = "".join(words_of(question.name))
    made = (label, label.replace("-", ""), named if named.isascii() else "")
    return [token for token in dict.fromkeys(made) if token]


def _names(postings: Sequence[Posting], question: Question) -> bool:
    named = " ".join(words_of(question.name))
    for posting in postings:
        if re.search(rf"(?<![\w-]){re.escape(question.domain)}(?![\w-])", posting.text, re.IGNORECASE):
            return True
        if named and f" {named} " in f" {' '.join(_WORD.findall(posting.text.casefold()))} ":
            return True
    return False


def _bears(line: Line, root: str, token: str, question: Question) -> bool:
    document = line.document(f"{root}/v1/boards/{quote(token, safe='')}")
    return document is not None and same_name(question.name, text_of(document, "name"))


def _found(board: str, token: str, postings: Sequence[Posting]) -> tuple[Found, ...]:
    told = f"{board} board {token}"
    found = [Found("open_jobs", len(postings), 0.9, evidence=f"{told}: {len(postings)} postings")]
    key = [posting for posting in postings if _KEY.search(posting.title) and not _ASSISTS.search(posting.title)]
    titles = tuple(dict.fromkeys(posting.title for posting in key))[:_MOST_HIRES]
    if titles:
        found.append(Found("key_hires", titles, 0.9, evidence=f"{told}: {titles[0]}", url=key[0].url))
    named = {tool: posting for posting in reversed(postings) for tool in tools_in(f"{posting.title}. {posting.text}")}
    for tool, posting in sorted(named.items()):
        found.append(Found("technologies", (tool,), 0.6, evidence=f"{told}: {posting.title}", url=posting.url))
    return tuple(found)


def _postings(listed: Any, title: str, texts: Sequence[str], url: str) -> list[Posting]:
    if not isinstance(listed, list):
        raise ProtocolError("an answer of an unknown shape")
    return [
        Posting(text_of(job, title), plain(" ".join(text_of(job, text) for text in texts)), text_of(job, url))
        for job in listed
        if isinstance(job, dict) and job.get("isListed") is not False
    ]


def _under_jobs(value: Any) -> Any:
    return value.get("jobs") if isinstance(value, dict) else None


_BOARDS: Final = (
    _Board(
        "greenhouse",
        "boards-api.greenhouse.io",
        "/v1/boards/{}/jobs",
        {"content": "true"},
        lambda value: _postings(_under_jobs(value), "title", ("content",), "absolute_url"),
    ),
    _Board(
        "lever",
        "api.lever.co",
        "/v0/postings/{}",
        {"mode": "json"},
        lambda value: _postings(value, "text", ("description", "descriptionPlain"), "hostedUrl"),
    ),
    _Board(
        "ashby",
        "api.ashbyhq.com",
        "/posting-api/job-board/{}",
        {},
        lambda value: _postings(_under_jobs(value), "title", ("descriptionHtml", "descriptionPlain"), "jobUrl"),
    ),
)
