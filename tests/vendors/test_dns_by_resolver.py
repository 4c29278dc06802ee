"""DNS by a plain resolver, on a real socket: answers, names that are not there, and servers that will not."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator

import dns.message
import dns.rcode
import dns.resolver
import pytest

from connectors.base import TransientError
from connectors.enrichment.dns import look
from connectors.enrichment.dns_lookup import UNANSWERED, Records, by_system
from connectors.enrichment.provider import Question
from sandbox.kernel import Request, SandboxClock
from sandbox.population.world import World
from sandbox.vendors import VENDORS
from sandbox.vendors.state import VendorState


class Server(socketserver.BaseRequestHandler):
    """The sandbox's zones over UDP, with two names of its own that fail."""

    zones = VENDORS["dns"](VendorState("dns", World(1, 40, 0), SandboxClock()))

    def handle(self) -> None:
        query, socket = self.request
        name = dns.message.from_wire(query).question[0].name.to_text()
        if name.startswith(("fails.", "refused.")):
            answer = dns.message.make_response(dns.message.from_wire(query))
            answer.set_rcode(dns.rcode.SERVFAIL if name.startswith("fails.") else dns.rcode.REFUSED)
            socket.sendto(answer.to_wire(), self.client_address)
        else:
            wire = Server.zones(Request("POST", "/dns-query", body=query)).body
            socket.sendto(wire, self.client_address)


@pytest.fixture(scope="module")
def records() -> Iterator[Records]:
    with socketserver.ThreadingUDPServer(("127.0.0.1", 0), Server) as server:
        serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        serving.start()

        def make() -> dns.resolver.Resolver:
            made = dns.resolver.Resolver(configure=False)
            made.nameservers, made.port = ["127.0.0.1"], server.server_address[1]
            return made

        yield by_system(make)
        server.shutdown()
        serving.join()


def test_a_domain_is_read_by_the_resolver_as_it_is_over_https(records: Records) -> None:
    company = World(1, 40, 0).company(18)
    found = look(records, Question("q", "account", (), domain=company.domain)).found
    tools = {tool for one in found if one.field == "technologies" for tool in one.value}
    assert {"Google Search Console"} < tools
    assert tools & set(company.technologies)


@pytest.mark.parametrize("name", ["nobody.example", "a..b", "x" * 70 + ".example", "", "bad name.example"])
def test_what_is_no_name_and_what_does_not_exist_are_nothing(records: Records, name: str) -> None:
    assert records(name, "MX") is None


def test_a_server_that_fails_for_one_name_is_no_word_on_the_others(records: Records) -> None:
    with pytest.raises(TransientError) as failed:
        records("fails.example", "MX")
    assert failed.value.code == UNANSWERED
    with pytest.raises(TransientError):
        records("refused.example", "MX")
