"""A worker's connection to the model of an org, and the line between them, for tests of the whole protocol."""

from __future__ import annotations

from dataclasses import dataclass, replace

from connectors.base import (
    FieldSpec,
    Op,
    OutcomeState,
    Write,
)
from connectors.salesforce import SalesforceRemote, SalesforceSettings, connect
from sandbox.kernel import Ledger, Request, Response, SandboxClock
from sandbox.salesforce.org import SalesforceOrg
from sandbox.salesforce.settings import OrgSettings
from simulation.door import InProcessAdapter

HUMAN = "human:ana"
KEY = FieldSpec("Lead", "Syncer_Key__c", "Syncer key", "text", length=64, unique_key=True)
APPLIED, REJECTED, PRECONDITION = OutcomeState.APPLIED, OutcomeState.REJECTED, OutcomeState.PRECONDITION


@dataclass
class Time:
    """The worker's clock is the org's: waiting moves both."""

    clock: SandboxClock

    def now_ms(self) -> int:
        return self.clock.now_ms()

    def sleep(self, duration_s: float) -> None:
        self.clock.advance(int(duration_s * 1000))


class Halves:
    def token(self) -> str:
        return "ab" * 16

    def uniform(self) -> float:
        return 0.5


class World:
    """An org, a worker's connection to it, and the line between them."""

    def __init__(self, **org: object) -> None:
        self.clock, self.ledger = SandboxClock(), Ledger()
        self.settings = OrgSettings(**org)
        self.org = SalesforceOrg(self.settings, self.clock, self.ledger)
        self.requests: list[Request] = []
        self.lost = ""  # end of the path whose next answer gets lost

    def handle(self, request: Request) -> Response:
        self.requests.append(request)
        response = self.org.handle(request)
        if self.lost and request.path.endswith(self.lost):
            self.lost = ""
            response.drop = True  # done there, never heard of here
        return response

    def connect(self, **more: object) -> SalesforceRemote:
        app = self.settings.apps[0]
        settings = SalesforceSettings(
            login_url=self.settings.instance_url,
            auth="client_credentials",
            client_id=app.client_id,
            client_secret=app.client_secret,
        )
        door = InProcessAdapter(self.handle, self.clock.advance)
        return connect(replace(settings, **more), clock=Time(self.clock), entropy=Halves(), mounts={"https://": door})

    def lead(self, number: int, **more: object) -> str:
        values = {"LastName": f"N{number}", "Company": "Acme", "Email": f"n{number}@acme.example"}
        return self.org.create("Lead", values | more, HUMAN)


def stream(remote: SalesforceRemote, object_name: str, fields: list[str], since_ms: int) -> dict:
    """Everything that changed since then, by id, the newest of each."""
    found, token = {}, None
    until_ms = remote.safe_until_ms(object_name)
    while True:
        page = remote.changes(object_name, fields, since_ms, until_ms, token)
        found |= {record.id: record for record in page.records}
        if (token := page.next_token) is None:
            return found


def scanned(remote: SalesforceRemote, object_name: str, fields: list[str]) -> list:
    records, token = [], None
    while True:
        page = remote.scan(object_name, fields, token)
        records += page.records
        if (token := page.next_token) is None:
            return records


def create(number: int, **more: object) -> Write:
    values = {"LastName": f"N{number}", "Company": "Acme"} | more
    return Write(f"c{number}", Op.CREATE, "Lead", values, key_field="Syncer_Key__c", key=f"k{number}")
