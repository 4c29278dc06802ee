"""A home page as marks: scripts, meta, headers, cookies, and the text one reads. Broken HTML is still a page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from lxml import etree, html

LONGEST_TEXT: Final = 200_000  # characters of the page; what is beyond is not read
_MOST_SCRIPTS: Final = 200
_LONGEST_VALUE: Final = 2_000
_COOKIE: Final = re.compile(r"(?:^|,)\s*([\w!#$%&'*+.^`|~-]{1,200})=([^;,]{0,500})")
_CHARSET: Final = re.compile(r"charset=[\"']?([\w-]{2,40})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Page:
    """What is looked at. Names of headers, cookies and meta are in lower case."""

    url: str
    html: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: Mapping[str, str] = field(default_factory=dict)
    meta: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    scripts: tuple[str, ...] = ()
    inline: tuple[str, ...] = ()
    text: str = ""


def parsed(url: str, headers: Mapping[str, str], body: bytes) -> Page:
    """Total: whatever the bytes are, there is a page."""
    low = {name.lower(): value[:_LONGEST_VALUE] for name, value in headers.items()}
    source = _decoded(body, low.get("content-type", ""))[:LONGEST_TEXT]
    cookies = {found[1].lower(): found[2] for found in _COOKIE.finditer(headers.get("Set-Cookie", "")[:20_000])}
    meta: dict[str, tuple[str, ...]] = {}
    scripts: list[str] = []
    inline: list[str] = []
    tree = _tree(source)
    if tree is None:
        return Page(url, source, low, cookies)
    for tag in tree.iter("script", "meta"):
        if tag.tag == "script" and tag.get("src"):
            scripts.append(tag.get("src", "")[:_LONGEST_VALUE])
        elif tag.tag == "script":
            inline.append(tag.text or "")
        else:
            name = (tag.get("name") or tag.get("property") or tag.get("http-equiv") or "").lower()
            if name and tag.get("content"):
                meta[name] = (*meta.get(name, ()), tag.get("content", "")[:_LONGEST_VALUE])
    etree.strip_elements(tree, "script", "style", etree.Comment, with_tail=False)
    words = " ".join("".join(tree.itertext()).split())
    return Page(url, source, low, cookies, meta, tuple(scripts[:_MOST_SCRIPTS]), tuple(inline[:_MOST_SCRIPTS]), words)


def _decoded(body: bytes, content_type: str) -> str:
    found = _CHARSET.search(content_type) or _CHARSET.search(body[:2_048].decode("latin-1"))
    try:
        return body.decode(found[1] if found else "utf-8", "replace")
    except (LookupError, ValueError):  # a charset that nobody knows, or that is no charset
        return body.decode("utf-8", "replace")


def _tree(source: str) -> html.HtmlElement | None:
    plain = "".join(sign for sign in source if sign in "\t\n\r" or sign >= " ")  # zero bytes end a tree too early
    try:
        return html.document_fromstring(plain.encode("utf-8", "replace"), parser=html.HTMLParser(encoding="utf-8"))
    except (etree.LxmlError, ValueError):  # an empty page, or one that is beyond any parser
        return None
