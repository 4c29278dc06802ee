"""A logged-in caller of a whole org, in process."""

from __future__ import annotations

import csv
import io
from typing import Any
from urllib.parse import quote

import orjson

from sandbox.kernel import START_MS, Ledger, Request, Response, SandboxClock
from sandbox.salesforce import OrgSettings, SalesforceOrg

DATA = "/services/data/v66.0"


class Caller:
    """`org` and its clock and ledger, with a token of the integration user."""

    def __init__(self, **settings: Any) -> None:
        self.clock, self.ledger = SandboxClock(START_MS), Ledger()
        self.org = SalesforceOrg(OrgSettings(**settings), self.clock, self.ledger)
        self.org.add_field("Lead", {"name": "HubSpot_Id__c", "type": "Text", "length": 255, "externalId": True,
                                    "unique": True})  # fmt: skip
        self.log_in()

    def log_in(self) -> None:
        app = self.org.settings.apps[0]
        form = f"grant_type=client_credentials&client_id={app.client_id}&client_secret={app.client_secret}"
        answer = self.org.handle(Request("POST", "/services/oauth2/token", "", {
            "content-type": "application/x-www-form-urlencoded"}, form.encode()))  # fmt: skip
        assert answer.status == 200, answer.body
        self.token = answer.json()["access_token"]

    def send(self, method: str, url: str, body: Any = None, **headers: str) -> Response:
        path, _, query = (url if url.startswith("/") else f"{DATA}/{url}").partition("?")
        sent = {"authorization": f"Bearer {self.token}"}
        sent |= {name.replace("_", "-").lower(): value for name, value in headers.items()}
        if body is not None and not isinstance(body, bytes):
            body = orjson.dumps(body)
            sent.setdefault("content-type", "application/json")
        return self.org.handle(Request(method, path, query, sent, body or b""))

    def query(self, soql: str, resource: str = "query", **headers: str) -> Response:
        return self.send("GET", f"{resource}?q={quote(soql)}", **headers)


def rows_of(answer: Response, delimiter: str = ",") -> list[dict[str, str]]:
    assert answer.status == 200, answer.body
    return list(csv.DictReader(io.StringIO(answer.body.decode(), newline=""), delimiter=delimiter))
