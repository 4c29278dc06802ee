"""An org and a caller who is logged in: what the tests of the org's endpoints share."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from sandbox.kernel import Ledger, Request, Response, SandboxClock
from sandbox.salesforce import OrgSettings, SalesforceOrg

DATA = "/services/data/v66.0"
SECRET = b"grant_type=client_credentials&client_id=3MVG9syncer&client_secret=sandbox-secret"


class Caller:
    """The org, its clock and ledger, and the integration user's session."""

    def __init__(self, **settings: Any) -> None:
        self.clock, self.ledger = SandboxClock(), Ledger()
        self.org = SalesforceOrg(OrgSettings(**settings), self.clock, self.ledger)
        self.token = self.raw("POST", "/services/oauth2/token", body=SECRET).json()["access_token"]

    def raw(self, method: str, target: str, body: bytes = b"", **headers: str) -> Response:
        path, _, query = target.partition("?")
        return self.org.handle(Request(method, path, query, headers, body))

    def __call__(self, method: str, target: str, body: Any = None, headers: dict[str, str] | None = None) -> Response:
        """A call under /services/data/v66.0 (or an absolute one) with the session."""
        sent = b"" if body is None else json.dumps(body).encode()
        url = target if target.startswith("/services") else DATA + target
        path, _, query = url.partition("?")
        given = {"authorization": f"Bearer {self.token}"}
        given |= {name.lower(): value for name, value in (headers or {}).items()}
        return self.org.handle(Request(method, path, query, given, sent))

    def refused(self, method: str, target: str, body: Any = None, headers: dict[str, str] | None = None) -> tuple:
        """(status, body) of a call."""
        response = self(method, target, body, headers)
        return response.status, response.json() if response.body else None

    def lead(self, **values: Any) -> str:
        return self.org.create("Lead", {"LastName": "Roe", "Company": "Acme", **values}, "human:ana")

    def names(self, object_name: str) -> set[str]:
        return {field["name"] for field in self("GET", f"/sobjects/{object_name}/describe").json()["fields"]}

    def query(self, soql: str, path: str = "query") -> list[dict[str, Any]]:
        return self("GET", f"/{path}?q={quote(soql)}").json()["records"]


def error(code: str, message: str, *fields: str, bare: bool = False) -> list[dict[str, Any]]:
    """The array of one error; `bare` for those that name no fields."""
    entry: dict[str, Any] = {"message": message, "errorCode": code}
    return [entry if bare else {**entry, "fields": list(fields)}]


KEY = {"name": "Syncer_Key__c", "type": "Text", "length": 64, "externalId": True, "unique": True}
LOOSE_KEY = {"name": "Erp__c", "type": "Text", "length": 64, "externalId": True}
