"""Asks for records of one name and kind: the system's resolver, or DNS over HTTPS (RFC 8484) under the policy of all
calls. Both give plain text: host names in lower case without the last dot, the strings of a TXT record joined.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

import dns.exception
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.resolver

from connectors import http
from connectors.base import AccessError, ProtocolError, RemoteError, TransientError
from connectors.enrichment.lookup import Line

Records = Callable[[str, str], tuple[str, ...] | None]
"""(name, kind) -> the records; None: there is no such name. Raises RemoteError."""

PATH: Final = "/dns-query"
TYPE: Final = "application/dns-message"
UNANSWERED: Final = "UNANSWERED"  # code of one name whose servers do not answer, while the resolver does
_LIFETIME_S: Final = 4.0
_MOST: Final = 100  # records of one answer that are read
_LONGEST: Final = 4_000  # characters of one record
_BROKEN: Final = (dns.exception.DNSException, ValueError, IndexError, UnicodeError)


def over_https(line: Line) -> Records:
    def records(name: str, kind: str) -> tuple[str, ...] | None:
        query = _query(name, kind)
        if query is None:
            return None
        base = line.access.base_url.rstrip("/").removesuffix(PATH)
        headers = {"Content-Type": TYPE, "Accept": TYPE}
        answer = line.send(
            http.Call("POST", base + PATH, line.name, headers=headers, body=query.to_wire(), decode=False)
        )
        try:
            message = dns.message.from_wire(answer.body)
        except _BROKEN:
            raise ProtocolError("an answer that is no DNS message") from None
        if message.question != query.question:
            raise ProtocolError("an answer to another question")
        return _read(message, kind)

    return records


def by_system(make: Callable[[], dns.resolver.Resolver] = dns.resolver.Resolver) -> Records:
    """What the machine itself uses. Its configuration is read at the first question."""
    made: list[dns.resolver.Resolver] = []

    def records(name: str, kind: str) -> tuple[str, ...] | None:
        if _query(name, kind) is None:
            return None
        try:
            if not made:
                made.append(make())
            answer = made[0].resolve(name, kind, raise_on_no_answer=False, lifetime=_LIFETIME_S, search=False)
        except dns.resolver.NXDOMAIN:
            return None
        except (dns.resolver.NoResolverConfiguration, dns.resolver.LifetimeTimeout):
            raise TransientError("the resolver does not answer") from None
        except dns.exception.DNSException:
            raise TransientError("no server answers for this name", code=UNANSWERED) from None
        return _read(answer.response, kind)

    return records


def _query(name: str, kind: str) -> Any:
    """The question; None for what cannot be a name. The id is 0, so that answers can be cached (RFC 8484)."""
    try:
        return dns.message.make_query(f"{name.rstrip('.')}.", kind, id=0)
    except _BROKEN:
        return None


def _read(message: dns.message.Message, kind: str) -> tuple[str, ...] | None:
    rcode = message.rcode()
    if rcode == dns.rcode.NXDOMAIN:
        return None
    if rcode == dns.rcode.REFUSED:
        raise AccessError("the resolver refuses our questions")
    if rcode != dns.rcode.NOERROR:
        raise TransientError("no server answers for this name", code=UNANSWERED)
    wanted = dns.rdatatype.from_text(kind)
    rdatas = (rdata for rrset in message.answer if rrset.rdtype == wanted for rdata in rrset)
    return tuple(_text(kind, rdata)[:_LONGEST] for rdata, _ in zip(rdatas, range(_MOST), strict=False))


def _text(kind: str, rdata: Any) -> str:
    if kind == "TXT":
        return b"".join(rdata.strings).decode("utf-8", "replace")
    target: dns.name.Name = rdata.exchange if kind == "MX" else rdata.target
    return target.to_text(omit_final_dot=True).lower()


def patient(records: Records, unanswered: list[str], most: int) -> Callable[[str, str], Iterable[str]]:
    """The same for names beside the main one: no such name and no answer are both nothing; the latter are noted."""

    def asked(name: str, kind: str) -> Iterable[str]:
        if len(unanswered) >= most:
            return ()
        try:
            return records(name, kind) or ()
        except RemoteError as error:
            if error.code != UNANSWERED:
                raise
            unanswered.append(f"{kind} {name}")
            return ()

    return asked
