"""DNS against the sandbox and against zones by hand: every sign has its witness, and a token alone is a weak one."""

from __future__ import annotations

import pytest

from connectors.base import TransientError
from connectors.enrichment.dns import look
from connectors.enrichment.dns_lookup import UNANSWERED
from connectors.enrichment.dns_rules import CNAME, DMARC, MX, NS, SPF, TXT
from connectors.enrichment.lookup import Looked
from connectors.enrichment.provider import Question

QUESTION = Question("q", "account", ("technologies", "mail_vendor"), domain="acme.example")
Zone = dict[tuple[str, str], tuple[str, ...]]


def looked(zone: Zone) -> tuple[Looked, list[tuple[str, str]]]:
    asked: list[tuple[str, str]] = []

    def records(name: str, kind: str) -> tuple[str, ...] | None:
        asked.append((name, kind))
        host = name.removesuffix("acme.example").removesuffix(".") if name.endswith("acme.example") else name
        found = zone.get((host, kind), ())
        if found == ("SERVFAIL",):
            raise TransientError("no server answers for this name", code=UNANSWERED)
        return found

    return look(records, QUESTION), asked


def technologies(zone: Zone) -> dict[str, float]:
    return {one.value[0]: one.confidence for one in looked(zone)[0].found if one.field == "technologies"}


def mail_vendor(zone: Zone) -> tuple[object, float] | None:
    return next(((one.value, one.confidence) for one in looked(zone)[0].found if one.field == "mail_vendor"), None)


@pytest.mark.parametrize(
    ("zone", "found"),
    [
        ({("", "TXT"): ("MS=ms4711",)}, {"Microsoft 365": 0.6}),
        ({("", "TXT"): ("docusign=1", "docusign=2")}, {"DocuSign": 0.6}),
        ({("", "TXT"): ("v=spf1 include:mail.zendesk.com ~all",)}, {"Zendesk": 0.75}),
        (
            {("", "TXT"): ("v=spf1 include:mail.zendesk.com ~all",), ("support", "CNAME"): ("acme.zendesk.com",)},
            {"Zendesk": 0.95},
        ),
        ({("", "TXT"): ("v=spf1 -include:mail.zendesk.com ~all",)}, {}),
        ({("", "TXT"): ("v=spf10 include:mail.zendesk.com",)}, {}),
        ({("", "TXT"): ("we like v=spf1 include:mail.zendesk.com",)}, {}),
        ({("", "TXT"): ("v=spf1 include:notmail.zendesk.com.evil.example ~all",)}, {}),
        (
            {
                ("", "TXT"): ("v=spf1 include:_spf.acme.example -all",),
                ("_spf", "TXT"): ("v=spf1 include:sendgrid.net",),
            },
            {"SendGrid": 0.75},
        ),
        ({("www", "CNAME"): ("d1.cloudfront.net",)}, {"Amazon Web Services": 0.8}),
        ({("", "NS"): ("ns-12.awsdns-34.com", "ns-9.awsdns-01.co.uk")}, {"Amazon Web Services": 0.8}),
        ({("_dmarc", "TXT"): ("v=DMARC1; p=none; rua=mailto:x@easydmarc.com!10m",)}, {"EasyDMARC": 0.7}),
        ({("", "MX"): ("notgoogle.com", "mx.acme.example")}, {}),
    ],
)
def test_signs_and_what_they_are_worth(zone: Zone, found: dict[str, float]) -> None:
    assert technologies(zone) == found


@pytest.mark.parametrize(
    ("zone", "vendor"),
    [
        ({("", "MX"): ("aspmx.l.google.com", "alt1.aspmx.l.google.com")}, ("Google Workspace", 0.95)),
        ({("", "MX"): ("eu-smtp-inbound-1.mimecast.com",)}, ("Mimecast", 0.8)),
        (
            {
                ("", "MX"): ("mxa-1.gslb.pphosted.com",),
                ("", "TXT"): ("v=spf1 include:spf.protection.outlook.com -all",),
            },
            ("Microsoft 365", 0.75),
        ),
        ({("", "MX"): ("mail.acme.example",), ("", "TXT"): ("v=spf1 include:sendgrid.net -all",)}, None),
    ],
)
def test_the_mail_vendor_keeps_the_boxes_and_is_not_the_gateway_in_front(
    zone: Zone, vendor: tuple[str, float] | None
) -> None:
    assert mail_vendor(zone) == vendor


def test_includes_are_followed_one_level_and_ten_times_at_most() -> None:
    many = " ".join(f"include:_s{place}.other.example" for place in range(40))
    zone: Zone = {("", "TXT"): (f"v=spf1 {many} include:sendgrid.net -all",)}
    zone |= {(f"_s{place}.other.example", "TXT"): ("v=spf1 include:deeper.example",) for place in range(40)}
    answer, asked = looked(zone)
    assert [one.value for one in answer.found] == [("SendGrid",)]
    assert sum(name.startswith("_s") for name, _ in asked) == 10
    assert not any("deeper" in name for name, _ in asked)


def test_names_beside_the_domain_that_are_not_answered_are_told_and_end_the_asking() -> None:
    hosts = ("www", "support", "help", "go", "info")
    zone: Zone = {("", "TXT"): ("docusign=1",)} | {(host, "CNAME"): ("SERVFAIL",) for host in hosts}
    answer, asked = looked(zone)
    assert technologies(zone) == {"DocuSign": 0.6}
    assert answer.why == "not answered: CNAME www.acme.example, CNAME support.acme.example, CNAME help.acme.example"
    assert ("go.acme.example", "CNAME") not in asked
    with pytest.raises(TransientError):
        looked({("", "MX"): ("SERVFAIL",)})


@pytest.mark.parametrize("rules", [MX, SPF, TXT, CNAME, NS, DMARC])
def test_no_needle_is_told_twice(rules: tuple[object, ...]) -> None:
    needles = [rule.needle.lower() for rule in rules]
    assert sorted(needles) == sorted(set(needles))
    assert all(needle and not needle.startswith(".") for needle in needles)
