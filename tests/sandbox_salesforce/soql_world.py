"""A small org for query tests: rows put in directly, so that queries are tried without the rest of the model."""

from __future__ import annotations

from typing import Any

from sandbox.kernel import START_MS, Ledger, SandboxClock
from sandbox.salesforce.querying import OrgWorld
from sandbox.salesforce.settings import OrgSettings
from sandbox.salesforce.soql import bind, records_of, run
from sandbox.salesforce.state import OrgState
from sandbox.salesforce.store import Rows
from sandbox.salesforce.tables import standard_objects
from sandbox.salesforce.times import stamp

BASE = "/services/data/v66.0/sobjects"


class SmallOrg:
    def __init__(self, now_ms: int = START_MS) -> None:
        objects = standard_objects()
        rows = {name: Rows(definition) for name, definition in objects.items()}
        self.state = OrgState(OrgSettings(), SandboxClock(now_ms), Ledger(), objects, rows)

    def put(self, object_name: str, **values: Any) -> str:
        """Inserts a row with the system fields that are always there; a minute lies between two rows."""
        rows = self.state.rows[object_name.lower()]
        record_id = rows.next_id()
        at = stamp(START_MS - 86_400_000 + 60_000 * len(rows))
        row = {"Id": record_id, "IsDeleted": False, "CreatedDate": at, "LastModifiedDate": at, "SystemModstamp": at}
        rows.insert(row | {name: value for name, value in values.items() if value is not None})
        return record_id

    def records(self, text: str, *, deleted_too: bool = False) -> list[dict[str, Any]]:
        bound = bind(OrgWorld(self.state), text, deleted_too=deleted_too)
        answer = run(bound)
        return list(answer.aggregates) or records_of(bound, answer.ids, BASE)

    def total(self, text: str, *, deleted_too: bool = False) -> int:
        return run(bind(OrgWorld(self.state), text, deleted_too=deleted_too)).total
