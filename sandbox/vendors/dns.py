"""A resolver behind HTTPS (RFC 8484) that knows the seeded companies' zones; everything else does not exist."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from typing import Any, Final

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

from sandbox import chance
from sandbox.kernel import Request, Response
from sandbox.population.world import Company
from sandbox.vendors.state import BROKEN, Handler, Trouble, VendorState
from sandbox.vendors.traces import left_by

_TYPE: Final = "application/dns-message"
_TTL_S: Final = 300
KINDS: Final = ("txt", "spf", "cname", "ns")
MAIL: Final = {  # vendor -> exchanger, and whom SPF includes for it
    "Google Workspace": ("aspmx.l.google.com", "_spf.google.com"),
    "Microsoft 365": ("{label}.mail.protection.outlook.com", "spf.protection.outlook.com"),
    "Proofpoint": ("mxa-00012345.gslb.pphosted.com", "spf.protection.outlook.com"),
    "": ("mail.{domain}", ""),
}


def make(state: VendorState) -> Handler:
    state.troubles = frozenset({Trouble.THROTTLED, Trouble.UNAUTHORISED}) | BROKEN

    def handle(request: Request) -> Response:
        trouble = state.trouble(None)
        if trouble is Trouble.THROTTLED:
            return Response(429, {"Retry-After": "20"})
        if request.path != "/dns-query":
            return Response(404)
        try:
            query = dns.message.from_wire(_wire(request))
        except (dns.exception.DNSException, ValueError):
            return Response(400)
        return Response(
            200, {"Content-Type": _TYPE, "Cache-Control": f"max-age={_TTL_S}"}, _answer(state, query, trouble)
        )

    return handle


def _wire(request: Request) -> bytes:
    if request.method == "POST":
        return request.body
    coded = request.param("dns", "") or ""
    return urlsafe_b64decode(coded + "=" * (-len(coded) % 4))


def _answer(state: VendorState, query: dns.message.Message, trouble: Trouble | None) -> bytes:
    answer: Any = dns.message.make_response(query, recursion_available=True)
    if trouble is Trouble.UNAUTHORISED:
        answer.set_rcode(dns.rcode.REFUSED)
        return bytes(answer.to_wire())
    asked = query.question[0]
    name = asked.name.to_text(omit_final_dot=True).lower()
    company, host = _owner(state, name)
    if company is None:
        answer.set_rcode(dns.rcode.NXDOMAIN)
        return bytes(answer.to_wire())
    records = zone(state, company).get((host, dns.rdatatype.to_text(asked.rdtype)), [])
    if records:
        answer.answer.append(dns.rrset.from_text_list(asked.name, _TTL_S, "IN", asked.rdtype, records))
    return bytes(answer.to_wire(max_size=65_535))


def _owner(state: VendorState, name: str) -> tuple[Company | None, str]:
    """The company whose zone holds the name, and the host in it: the zone's own name is the empty host."""
    labels = name.split(".")
    for place in range(len(labels) - 1):
        company = None if labels[place] == "www" else state.register.by_domain(".".join(labels[place:]))
        if company is not None:
            return company, ".".join(labels[:place])
    return None, ""


def mail_vendor(state: VendorState, company: Company) -> str:
    return chance.pick(tuple(MAIL), state.world.seed, "mail", company.number)


def zone(state: VendorState, company: Company) -> dict[tuple[str, str], list[str]]:
    """(host, kind) -> records as a zone file has them. Half of the senders stand in a record of the company's own."""
    seed, domain = state.world.seed, company.domain
    exchanger, sender = MAIL[mail_vendor(state, company)]
    senders = [f"include:{include}" for include in left_by(seed, company, "spf").values()]
    own = [f"include:_spf.{domain}"] if len(senders) > 1 else []
    near, far = (senders[::2], senders[1::2]) if own else (senders, [])
    spf = " ".join(["v=spf1", *([f"include:{sender}"] if sender else []), *near, *own, "~all"])
    tokens = list(left_by(seed, company, "txt").values())
    made = {
        ("", "MX"): [f"10 {exchanger.format(label=domain.replace('.', '-'), domain=domain)}."],
        ("", "TXT"): [f'"{text}"' for text in [spf, "google-site-verification=Zx8", *map(str, tokens)]],
        ("", "NS"): [f"{server}." for server in left_by(seed, company, "ns").values()] or [f"ns1.{domain}."],
        ("_dmarc", "TXT"): [f'"v=DMARC1; p=none; rua=mailto:dmarc@{domain}"'],
    }
    if own:
        made["_spf", "TXT"] = [f'"v=spf1 {" ".join(far)} -all"']
    for host, target in left_by(seed, company, "cname").values():  # type: ignore[misc]
        made[host, "CNAME"] = [f"{target}."]
    return made
