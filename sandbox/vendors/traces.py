"""What a company's tools leave behind in public: records in its DNS, and marks on its home page.

Not every tool leaves every trace: a draw for each decides, so that some are seen twice, some once and some not at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sandbox import chance
from sandbox.population.world import Company


@dataclass(frozen=True, slots=True)
class Trace:
    """All that a tool may leave; empty: it never leaves such a trace. `cname` is a host and what it points to."""

    txt: str = ""
    spf: str = ""
    cname: tuple[str, str] | None = None
    ns: str = ""
    script: str = ""
    header: tuple[str, str] | None = None
    cookie: str = ""
    meta: tuple[str, str] | None = None
    html: str = ""


TRACES: Final[Mapping[str, Trace]] = {
    "HubSpot": Trace(
        spf="4120033.spf06.hubspotemail.net",
        cname=("info", "4120033.group33.sites.hubspot.net"),
        script="//js.hs-scripts.com/4120033.js",
        cookie="__hstc=1.2.3; Path=/",
    ),
    "Marketo": Trace(
        spf="mktomail.com",
        cname=("go", "acme.mktoweb.com"),
        script="//munchkin.marketo.net/163/munchkin.js",
        cookie="_mkto_trk=id:123&token:x; Path=/",
    ),
    "Google Analytics": Trace(
        script="https://www.googletagmanager.com/gtag/js?id=G-4Q2XK1B7TT",
        cookie="_ga=GA1.1.1; Path=/",
    ),
    "WordPress": Trace(meta=("generator", "WordPress 6.8.1"), script="/wp-includes/js/jquery/jquery.min.js?ver=3.7.1"),
    "Zendesk": Trace(
        spf="mail.zendesk.com",
        cname=("support", "acme.zendesk.com"),
        script="https://static.zdassets.com/ekr/snippet.js?key=5c0d",
    ),
    "Intercom": Trace(
        spf="spf.intercom.io",
        script="https://widget.intercom.io/widget/ab12cd34",
        cookie="intercom-id-ab12cd34=1; Path=/"
    ),
    "Cloudflare": Trace(
        ns="ada.ns.cloudflare.com", header=("CF-RAY", "8c1f0a2b3c4d5e6f-FRA"), cookie="__cf_bm=x; Path=/"
    ),
    "Okta": Trace(txt="okta-verification=8f1c2b", cname=("sso", "acme.customdomains.okta.com")),
    "Amazon Web Services": Trace(
        spf="amazonses.com", cname=("www", "d1f2c3.cloudfront.net"), header=("X-Amz-Cf-Id", "Zk1oQ2x==")
    ),
    "Microsoft Azure": Trace(
        cname=("status", "acme.azurewebsites.net"), header=("X-Azure-Ref", "0abc"), cookie="ARRAffinity=1a2b; Path=/"
    ),
    "Qualtrics": Trace(
        spf="_spf.qualtrics.com",
        cname=("survey", "acme.co1.qualtrics.com"),
        script="https://znabc-acme.siteintercept.qualtrics.com/SIE/?Q_ZID=ZN_abc",
    ),
    "Medallia": Trace(spf="spf.medallia.com", script="https://nebula-cdn.kampyle.com/wu/123/onsite/embed.js"),
    "Salesforce": Trace(
        spf="_spf.salesforce.com",
        txt="salesforce-domain-verification=00D5f000000abcd",
        script="https://service.force.com/embeddedservice/5.0/esw.min.js",
    ),
}  # fmt: skip
_SHARES: Final = {
    "txt": 0.7,
    "spf": 0.6,
    "cname": 0.5,
    "ns": 0.8,
    "script": 0.75,
    "header": 0.9,
    "cookie": 0.5,
    "meta": 0.8,
}


def left_by(seed: int, company: Company, kind: str) -> dict[str, object]:
    """The traces of one kind that the company's tools leave, by tool."""
    return {
        tool: trace
        for tool in company.technologies
        if (trace := getattr(TRACES[tool], kind)) and chance.share(seed, kind, company.number, tool) < _SHARES[kind]
    }


def seen_in(seed: int, company: Company, kinds: tuple[str, ...]) -> set[str]:
    """The tools that leave any trace of these kinds."""
    return {tool for kind in kinds for tool in left_by(seed, company, kind)}
