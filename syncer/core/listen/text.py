"""From what was stored to what is read: hidden characters and markup taken out, every offset known.

A `View` is the text as rules read it; `View.span` leads back to the text that the reader sees.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_ALIKE: Final = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u02bc\u00b4\u2032", "'"),
        **dict.fromkeys("\u201c\u201d", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2212", "-"),
        **dict.fromkeys("\u00a0\u2007\u202f\u2009\t\x0b\x0c", " "),
        **dict.fromkeys("\r\u2028\u2029\u0085", "\n"),
    }
)
# Controls, zero-width, soft hyphen, bidirectional marks, tags, variation selectors, byte order mark, lone surrogates.
_HIDDEN: Final = re.compile(
    r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f"
    r"\ufeff\U000e0000-\U000e007f\ud800-\udfff]+"
)
_BIDI: Final = re.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_BLOCKS: Final = [
    "p",
    "div",
    "br",
    "li",
    "ul",
    "ol",
    "tr",
    "td",
    "th",
    "table",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "blockquote",
    "section",
    "article",
    "pre",
]
_INLINE: Final = [
    "b",
    "i",
    "u",
    "s",
    "em",
    "strong",
    "span",
    "a",
    "font",
    "small",
    "sub",
    "sup",
    "img",
    "html",
    "body",
    "head",
    "meta",
    "title",
    "label",
    "code",
    "mark",
    "input",
]
_SILENT: Final = ["script", "style", "template", "noscript", "iframe", "object", "svg"]
_TAG: Final = re.compile(
    rf"<!--|<!doctype[^<>]{{0,300}}>|</?(?P<name>{'|'.join((*_BLOCKS, *_INLINE, *_SILENT))})\b[^<>]{{0,2000}}>", re.I
)
_CLOSE: Final = re.compile(rf"</(?P<name>{'|'.join(_SILENT)})\b[^<>]{{0,300}}>|-->", re.I)
_ENTITY: Final = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
_LOOKS_HTML: Final = re.compile(r"\s*<(?:!doctype|html|body|p|div|ul|ol|table|h[1-6]|span|br)\b", re.I)


@dataclass(frozen=True, slots=True)
class View:
    """What rules read. `starts` holds the offset of each character in the text; None where they are the same."""

    read: str
    starts: tuple[int, ...] | None
    suspicious: tuple[str, ...] = ()

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Offsets in the text for a non-empty range of the view."""
        if self.starts is None:
            return start, end
        return self.starts[start], self.starts[end - 1] + 1


def looks_like_html(text: str) -> bool:
    """Whether the text begins as a HubSpot note body or a page does."""
    return _LOOKS_HTML.match(text) is not None


def view_of(text: str) -> View:
    """The text without hidden characters, markup and scripts; typographic signs become their plain ones."""
    alike = text.translate(_ALIKE)
    suspicious = []
    if _HIDDEN.search(alike.removeprefix("\ufeff")):
        suspicious.append("hidden characters")
    if _BIDI.search(alike):
        suspicious.append("bidirectional marks")
    if not _HIDDEN.search(alike) and not _TAG.search(alike):
        return View(alike, None, tuple(suspicious))
    read: list[str] = []
    starts: list[int] = []
    for kind, start, end in _pieces(alike):
        if kind == "text":
            read.append(alike[start:end])
            starts.extend(range(start, end))
        elif kind == "break":
            read.append("\n")
            starts.append(start)
        elif kind == "silent" and "markup with a script" not in suspicious:
            suspicious.append("markup with a script")
    return View("".join(read), tuple(starts), tuple(suspicious))


def visible_text(markup: str) -> str:
    """What a reader of this HTML sees: blocks on lines of their own, entities resolved, scripts and comments gone."""
    parts: list[str] = []
    for kind, start, end in _pieces(markup):
        if kind == "text":
            raw = re.sub(r"[ \t\r\n]+", " ", markup[start:end])
            parts.append(_ENTITY.sub(lambda match: html.unescape(match[0]), raw))
        elif kind == "break":
            parts.append("\n")
    lines = (" ".join(line.split(" ")).strip(" ") for line in "".join(parts).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(re.sub(r" {2,}", " ", line) for line in lines)).strip("\n")


def _pieces(text: str) -> Iterator[tuple[str, int, int]]:
    """The text as runs of: text, break (a block begins or ends), hidden, silent (script, style, comment)."""
    at = 0
    while at < len(text):
        tag = _TAG.search(text, at)
        until = tag.start() if tag else len(text)
        yield from _runs(text, at, until)
        if tag is None:
            return
        name = (tag["name"] or "").lower()
        opens = not tag[0].startswith("</")
        at = tag.end()
        if (name in _SILENT and opens and not tag[0].endswith("/>")) or tag[0] == "<!--":
            close = _close_of(text, at, name)
            at = close.end() if close else len(text)
            yield "silent" if name else "hidden", tag.start(), at
        yield "break" if name in _BLOCKS or name in _SILENT else "hidden", tag.start(), tag.end()


def _close_of(text: str, at: int, name: str) -> re.Match[str] | None:
    return next((close for close in _CLOSE.finditer(text, at) if (close["name"] or "").lower() == name), None)


def _runs(text: str, at: int, until: int) -> Iterator[tuple[str, int, int]]:
    for hidden in _HIDDEN.finditer(text, at, until):
        if hidden.start() > at:
            yield "text", at, hidden.start()
        at = hidden.end()
    if at < until:
        yield "text", at, until
