"""What a company's DNS tells: who keeps its mail, and which services it verified, lets send for it, or points to."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from requests.adapters import BaseAdapter

from connectors.base import Clock, Entropy
from connectors.enrichment.detections import Detection, as_found
from connectors.enrichment.dns_lookup import Records, by_system, over_https, patient
from connectors.enrichment.dns_rules import CNAME, DMARC, HOSTS, MX, NS, SPF, SURENESS, Rule, of_host, of_token
from connectors.enrichment.lookup import Access, Line, Looked, OneByOne
from connectors.enrichment.provider import Found, Question

NAME: Final = "dns"
OFFERS: Final = frozenset({"technologies", "mail_vendor"})
SPF_LOOKUPS: Final = 10  # RFC 7208 allows no more either
_UNANSWERED: Final = 3  # names beside the main one; then their servers are left in peace
_INCLUDE: Final = re.compile(r"(?<!\S)(?:\+?include:|redirect=)([\w.-]+)(?!\S)", re.ASCII)
_NUMBERED: Final = re.compile(r"(?<=\.awsdns)-[0-9]{1,3}(?=\.)")  # ns-12.awsdns-34.com
_REPORT_TO: Final = re.compile(r"mailto:[^@\s,;!]{1,64}@([\w.-]+)", re.ASCII)

Asked = Callable[[str, str], Iterable[str]]


def dns(access: Access, clock: Clock, entropy: Entropy, *, mounts: Mapping[str, BaseAdapter] | None = None) -> OneByOne:
    """The source as a `Provider`: the system's resolver, or DNS over HTTPS at `base_url`. Nothing is sent yet."""
    line = Line(NAME, access, clock, entropy, mounts=mounts)
    records = over_https(line) if access.base_url else by_system()
    return OneByOne(NAME, OFFERS, (("domain",),), lambda _, question: look(records, question), line)


def look(records: Records, question: Question) -> Looked:
    """Raises RemoteError where the domain itself gets no answer. What lies beside it may be missing: `why` says so."""
    domain = question.domain
    exchangers = records(domain, "MX")
    if exchangers is None:
        return Looked(why="there is no such domain")
    texts = records(domain, "TXT") or ()
    unanswered: list[str] = []
    beside = patient(records, unanswered, _UNANSWERED)
    boxes: list[tuple[Rule, str]] = []
    seen = [*_mail(exchangers, boxes), *_tokens(texts), *_senders(texts, beside, boxes)]
    seen += _hosts("NS", NS, (_NUMBERED.sub("", host) for host in beside(domain, "NS")))
    seen += _hosts("DMARC", DMARC, _REPORT_TO.findall(" ".join(beside(f"_dmarc.{domain}", "TXT"))))
    for host in HOSTS:
        seen += _hosts("CNAME", CNAME, beside(f"{host}.{domain}", "CNAME"), f"{host}.{domain} to ")
    why = f"not answered: {', '.join(unanswered)}" if unanswered else ""
    return Looked((*as_found(seen, SURENESS), *_mail_vendor(boxes)), why)


def _mail(exchangers: Iterable[str], boxes: list[tuple[Rule, str]]) -> list[Detection]:
    seen: list[Detection] = []
    for host in exchangers:
        rule = of_host(MX, host)
        if rule is not None:
            boxes.append((rule, f"MX: {host}"))
            seen.append(_detection("MX", rule, host))
    return seen


def _tokens(texts: Iterable[str]) -> list[Detection]:
    return [_detection("TXT", rule, text) for text in texts if (rule := of_token(text)) is not None]


def _senders(texts: Iterable[str], beside: Asked, boxes: list[tuple[Rule, str]]) -> list[Detection]:
    """Who may send for the domain. Senders that no rule knows are asked whom they include, one level deep."""
    seen: list[Detection] = []
    asked = 0
    for include in _included(texts):
        inner: Iterable[str] = [include]
        if of_host(SPF, include) is None and asked < SPF_LOOKUPS:
            asked += 1
            inner = _included(beside(include, "TXT"))
        for host in inner:
            rule = of_host(SPF, host)
            if rule is not None:
                through = "" if host == include else f" through {include}"
                seen.append(_detection("SPF include", rule, f"{host}{through}"))
                boxes.append((rule, f"SPF include: {host}{through}"))
    return seen


def _included(texts: Iterable[str]) -> list[str]:
    record = next((text for text in texts if re.match(r"v=spf1(?:\s|$)", text, re.IGNORECASE)), "")
    return [host.lower().rstrip(".") for host in _INCLUDE.findall(record)]


def _hosts(place: str, rules: tuple[Rule, ...], hosts: Iterable[str], before: str = "") -> list[Detection]:
    ruled = ((of_host(rules, host.lower()), host) for host in hosts)
    return [_detection(place, rule, f"{before}{host}") for rule, host in ruled if rule is not None]


def _detection(place: str, rule: Rule, text: str) -> Detection:
    return Detection(rule.technology, f"{place.lower()}:{rule.needle}", place, text)


def _mail_vendor(boxes: Iterable[tuple[Rule, str]]) -> tuple[Found, ...]:
    """Who keeps the mail: by MX, else by who sends for the domain, else the gateway, which is all that one sees."""
    ranked = sorted(
        ((rule.gateway, text.startswith("SPF"), place, rule, text) for place, (rule, text) in enumerate(boxes)),
        key=lambda item: item[:3],
    )
    named = [item for item in ranked if item[3].mail or (item[3].gateway and not item[1])]
    if not named:
        return ()
    gateway, by_sender, _, rule, text = named[0]
    sure = 0.75 if by_sender else 0.8 if gateway else 0.95
    return (Found("mail_vendor", rule.technology, sure, evidence=text),)
