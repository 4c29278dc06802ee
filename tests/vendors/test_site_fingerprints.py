"""The scan of home pages: rules in the common schema, pages of every kind, and rules and pages that mean harm."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

import orjson
import pytest

from connectors.enrichment.detections import as_found
from connectors.enrichment.fingerprints import FingerprintError, parsed, read, shipped
from connectors.enrichment.lookup import Access
from connectors.enrichment.page import LONGEST_TEXT
from connectors.enrichment.page import parsed as page_of
from connectors.enrichment.provider import AnswerState, Question
from connectors.enrichment.scan import SURENESS, scan
from connectors.enrichment.site import site
from sandbox.kernel import Request, Response
from simulation.door import InProcessAdapter

HTML = {"Content-Type": "text/html; charset=utf-8"}


def seen(html: str | bytes, headers: Mapping[str, str] = HTML, rules: object = None) -> dict[str, list[str]]:
    pack = shipped() if rules is None else parsed(orjson.dumps(rules))
    body = html if isinstance(html, bytes) else html.encode()
    made: dict[str, list[str]] = {}
    for one in scan(page_of("https://acme.example/", headers, body), pack, lambda: 0)[0]:
        made.setdefault(one.technology, []).append(one.text)
    return made


@pytest.mark.parametrize(
    ("html", "headers", "found"),
    [
        ('<script src="//js.hs-scripts.com/1.js"></script>', {}, {"HubSpot"}),
        ("<SCRIPT SRC=//munchkin.marketo.net/munchkin.js>", {}, {"Marketo"}),
        ('<script src="https://evil.example/?x=js.hs-scripts.com.evil"></script>', {}, set()),
        ("<p>We do not use js.hs-scripts.com here</p>", {}, set()),
        ('<meta name="Generator" content="WordPress 6.8">', {}, {"WordPress"}),
        ('<meta name="description" content="About WordPress">', {}, set()),
        ("<p>", {"CF-RAY": "8c1f"}, {"Cloudflare"}),
        ("<p>", {"Server": "cloudflare-nginx-like"}, set()),
        ("<p>", {"Set-Cookie": "a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT, _mkto_trk=id; Path=/"}, {"Marketo"}),
        ("<p>", {"Set-Cookie": "intercom-id-ab12=1; Path=/"}, {"Intercom"}),
        ('<form action="https://webto.salesforce.com/servlet/servlet.WebToLead">', {}, {"Salesforce"}),
        ("<p>", {"X-Kinsta-Cache": "HIT"}, {"Kinsta", "WordPress"}),
        ("<p>caf\xe9".encode("latin-1"), {"Content-Type": "text/html; charset=no-such-set"}, set()),
        ("", {}, set()),
    ],
)
def test_marks_are_read_where_they_belong_and_nowhere_else(
    html: str | bytes, headers: dict[str, str], found: set[str]
) -> None:
    assert set(seen(html, {**HTML, **headers})) == found


def test_each_detection_names_rule_place_and_what_stood_there_cut_short() -> None:
    long = f"//js.hs-scripts.com/{'9' * 500}.js"
    page = page_of("https://acme.example/", {**HTML, "Set-Cookie": "__hstc=1; Path=/"}, f"<script src={long}>".encode())
    detections, _ = scan(page, shipped(), lambda: 0)
    assert {(one.rule, one.place) for one in detections} == {
        ("HubSpot/script", "script"),
        ("HubSpot/cookie:__hstc", "cookie"),
    }
    assert all(0 < len(one.text) <= 120 for one in detections)
    [found] = as_found(detections, SURENESS)
    assert found.value == ("HubSpot",)
    assert found.confidence == 0.95


RULES = {
    "Base": {"html": "<b>base"},
    "Shy": {"html": "<b>shy\\;confidence:50"},
    "Over": {"html": "<b>over", "implies": ["Under\\;confidence:50", "Base"], "excludes": "Loser"},
    "Under": {"js": {"under": ""}},
    "Loser": {"html": "<b>over"},
    "Needy": {"html": "<b>needy", "requires": "Base"},
    "Deep": {"dom": "#deep"},
}


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ("<b>base", {"Base"}),
        ("<b>over", {"Over", "Under", "Base"}),
        ("<b>needy", set()),
        ("<b>base<b>needy", {"Base", "Needy"}),
    ],
)
def test_rules_may_imply_require_and_exclude(html: str, found: set[str]) -> None:
    assert set(seen(html, rules=RULES)) == found


def test_a_rule_that_is_half_sure_is_worth_half_and_what_needs_a_browser_is_counted() -> None:
    pack = parsed(orjson.dumps({"technologies": RULES}))
    assert pack.unread == 2
    detections, _ = scan(page_of("https://acme.example/", HTML, b"<b>shy"), pack, lambda: 0)
    assert [one.confidence for one in as_found(detections, SURENESS)] == [SURENESS["html"] / 2]


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (b"{", "FINGERPRINTS_NO_JSON"),
        (b"[]", "FINGERPRINTS_NO_TECHNOLOGIES"),
        (b"{}", "FINGERPRINTS_NO_TECHNOLOGIES"),
        (b'{"A": "x"}', "FINGERPRINTS_NO_TECHNOLOGIES"),
        (b'{"A": {"headers": ["x"]}}', "FINGERPRINTS_NO_TABLE"),
        (b'{"A": {"html": 7}}', "FINGERPRINTS_NO_TEXT"),
        (b'{"A": {"html": "("}}', "FINGERPRINTS_PATTERN_BROKEN"),
        (orjson.dumps({"A": {"html": "x" * 3_000}}), "FINGERPRINTS_PATTERN_TOO_LONG"),
    ]
    + [
        (orjson.dumps({"A": {"scriptSrc": pattern}}), "FINGERPRINTS_PATTERN_RUNS_AWAY")
        for pattern in (
            r"(a+)+$",
            r"(?:a*)*b",
            r"([a-z]+)*\d",
            r"(\w+\s?)*x",
            r"((?:.*))+x",
            r"(?:x|(\d+))+$",
            r"y(?:(z+)+)?",
        )
    ],
)
def test_a_file_of_rules_that_is_of_no_use_is_refused_by_name(raw: bytes, name: str) -> None:
    with pytest.raises(FingerprintError) as refused:
        parsed(raw)
    assert refused.value.code == name
    assert "[enrichment.site]" in refused.value.action


@pytest.mark.parametrize("pattern", [r"(?:[\w-]+\.)+com", r"a+b+", r"(?:ab)+", r"<link[^>]+href=[^>]+wp", r"(\d+-)*x"])
def test_repetitions_with_something_between_them_are_taken(pattern: str) -> None:
    assert len(parsed(orjson.dumps({"A": {"html": pattern}})).fingerprints) == 1


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FingerprintError, match="FINGERPRINTS_UNREADABLE"):
        read(str(tmp_path / "none.json"))


def test_a_pattern_that_is_slow_on_a_hostile_page_is_stopped_and_told() -> None:
    pack = parsed(orjson.dumps({"Slow": {"html": r"(?:a|aa)+[xyz]$"}, "Fast": {"html": "<b>fast"}}))
    page = page_of("https://acme.example/", HTML, b"<b>fast " + b"a" * LONGEST_TEXT)
    began = time.process_time()
    detections, stopped = scan(page, pack, lambda: 0)
    assert time.process_time() - began < 5
    assert [one.technology for one in detections] == ["Fast"]
    assert stopped == ["Slow (html)"]


HOSTILE = {
    "two megabytes of text": b"x" * 2_000_000,
    "unclosed tags": b"<div><b" * 250_000,
    "deep nesting": b"<div>" * 100_000 + b"<script src=//js.hs-scripts.com/1.js>",
    "comments that do not end": b"<!-- " * 300_000,
    "open brackets": b"<" * 1_000_000,
    "quotes that do not end": b'<a href="' * 200_000,
    "many attributes": b"<a " + b"x=1 " * 400_000,
    "many scripts": b"<script src=//a.example/x.js></script>" * 50_000,
    "entities": b"&amp;&#x0;&#xffffffff;&lol;" * 70_000,
    "no text at all": bytes(range(256)) * 4_000,
    "another script": "日本語のページ".encode("utf-16") * 20_000,
    "a declaration": b"<?xml version='1.0' encoding='no-such'?><!DOCTYPE a [<!ENTITY b 'c'>]><p>&b;",
}


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_pages_are_read_in_bounded_time_and_lead_to_no_detection_out_of_thin_air(what: str) -> None:
    began = time.process_time()
    page = page_of("https://acme.example/", HTML, HOSTILE[what])
    detections, stopped = scan(page, shipped(), lambda: 0)
    assert time.process_time() - began < 10
    assert len(page.html) <= LONGEST_TEXT
    assert (detections, stopped) == ([], [])


class Clock:
    def now_ms(self) -> int:
        return 1_767_225_600_000

    def sleep(self, duration_s: float) -> None:
        assert duration_s >= 0

    def token(self) -> str:
        return "ab" * 16

    def uniform(self) -> float:
        return 0.0


QUESTION = Question("q", "account", ("technologies",), domain="acme.example")


@pytest.mark.parametrize(
    ("location", "addresses", "why"),
    [
        ("https://10.0.0.7/", {}, "private network"),
        ("http://localhost/admin", {"localhost": ["127.0.0.1"]}, "private network"),
        ("http://inside.example/", {"inside.example": ["8.8.8.8", "fd00::1"]}, "private network"),
        ("http://169.254.169.254/latest/", {}, "private network"),
        ("file:///etc/passwd", {}, "not the web's"),
        ("https://acme.example:8443/", {}, "not the web's"),
        ("https://me:pass@acme.example/", {}, "not the web's"),
        ("https://acme.example/", {}, "without end"),
        ("http://[::1", {}, "not the web's"),
    ],
)
def test_a_page_cannot_lead_us_to_what_only_we_can_reach(
    location: str, addresses: dict[str, list[str]], why: str
) -> None:
    called: list[str] = []

    def handle(request: Request) -> Response:
        called.append(request.headers["host"])
        return Response(302, {"Location": location})

    def resolve(host: str) -> list[str]:
        literal = host if host[0].isdigit() or ":" in host else "8.8.8.8"
        return addresses.get(host, [literal])

    door = InProcessAdapter(handle)
    provider = site(Access(), Clock(), Clock(), mounts={"https://": door, "http://": door}, resolve=resolve)
    [answer] = provider.ask([QUESTION])
    assert answer.state is AnswerState.MISS
    assert why in answer.message
    assert set(called) == {"acme.example"}


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (403, AnswerState.MISS),
        (404, AnswerState.MISS),
        (429, AnswerState.UNAVAILABLE),
        (503, AnswerState.UNAVAILABLE),
        (500, AnswerState.UNAVAILABLE),
    ],
)
def test_what_one_site_refuses_says_nothing_of_the_next(status: int, state: AnswerState) -> None:
    def handle(request: Request) -> Response:
        if request.headers["host"].endswith("acme.example"):
            return Response(status, HTML, b"<h1>no</h1>")
        return Response(200, HTML, b"<script src=//js.hs-scripts.com/1.js></script>")

    mounts = {"https://": InProcessAdapter(handle)}
    provider = site(Access(), Clock(), Clock(), mounts=mounts, resolve=lambda host: ["8.8.8.8"])
    other = Question("other", "account", ("technologies",), domain="other.example")
    first, second = provider.ask([QUESTION, other])
    assert (first.state, second.state) == (state, AnswerState.HIT)
    assert second.found[0].value == ("HubSpot",)
