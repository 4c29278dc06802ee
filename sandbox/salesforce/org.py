"""One Salesforce org: its wire API as `handle`, and the doors that people and tests use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from email.utils import formatdate
from typing import Any, Final

from sandbox.kernel import Ledger, Refusal, Request, Response, SandboxClock
from sandbox.salesforce import (
    api_bulk_ingest,
    api_bulk_one,
    api_bulk_query,
    api_collections,
    api_composite,
    api_query,
    api_replication,
    api_rows,
    api_search,
    api_service,
    api_tooling,
    auth,
    custom_fields,
    ids,
    records,
    removal,
    soap,
)
from sandbox.salesforce.birth import born
from sandbox.salesforce.convert import convert
from sandbox.salesforce.definitions import ObjectDef
from sandbox.salesforce.derived import derived
from sandbox.salesforce.errors import rest
from sandbox.salesforce.router import Router
from sandbox.salesforce.sessions import caller
from sandbox.salesforce.settings import OrgSettings
from sandbox.salesforce.state import Author, Automation, OrgState
from sandbox.salesforce.store import Row
from sandbox.salesforce.times import stamp
from sandbox.salesforce.values import stored
from sandbox.salesforce.view import found, record

_DAY_MS: Final = 86_400_000
_LONGEST_URI: Final = 16_384

ROUTES: Final = [
    *api_query.ROUTES,
    *api_search.ROUTES,
    *api_bulk_query.ROUTES,
    *api_bulk_ingest.ROUTES,
    *api_bulk_one.ROUTES,
    *auth.ROUTES,
    *soap.ROUTES,
    *api_service.ROUTES,
    *api_replication.ROUTES,
    *api_rows.ROUTES,
    *api_collections.ROUTES,
    *api_composite.ROUTES,
    *api_tooling.ROUTES,
]


class SalesforceOrg:
    """Deterministic and single-threaded: the clock moves it, nothing else does."""

    def __init__(self, settings: OrgSettings, clock: SandboxClock, ledger: Ledger) -> None:
        self.settings, self.clock, self.ledger = settings, clock, ledger
        self.state: OrgState = born(settings, clock, ledger)
        self._router = Router(ROUTES)
        self._requests = 0

    # -- the wire

    def handle(self, request: Request) -> Response:
        """Answers any request; what Salesforce would refuse becomes its error body."""
        self._requests += 1
        response = self._answer(request, f"{self._requests:016x}")
        response.headers.setdefault("Date", formatdate(self.clock.now_ms() // 1000, usegmt=True))
        return response

    def _answer(self, request: Request, request_id: str) -> Response:
        if len(request.path) + len(request.query) > _LONGEST_URI:
            return Response(414, {"Content-Type": "text/html;charset=UTF-8"}, b"<h1>URI Too Long</h1>")
        try:
            method = (request.param("_HttpMethod") or "").upper() or request.method
            route, _ = self._router.find(method, request.path)
        except Refusal as refusal:
            return self._metered(rest(refusal), None)
        if route.open:
            return self._router.run(self.state, request, None, request_id)
        try:
            session = caller(self.state, request)
            self._count()
        except Refusal as refusal:
            return self._metered(route.refuse(refusal, request), refusal)
        return self._metered(self._router.run(self.state, request, session, request_id), None)

    def _count(self) -> None:
        """One call of the rolling day. Raises Refusal 403; a refused call costs nothing."""
        now_ms, calls = self.clock.now_ms(), self.state.calls
        if calls and calls[0] <= now_ms - _DAY_MS:
            self.state.calls = calls = [at_ms for at_ms in calls if at_ms > now_ms - _DAY_MS]
        if len(calls) >= self.settings.daily_limit:
            raise Refusal(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
        calls.append(now_ms)

    def _metered(self, response: Response, refusal: Refusal | None) -> Response:
        if refusal is None or refusal.status != 401:
            used = f"api-usage={len(self.state.calls)}/{self.settings.daily_limit}"
            response.headers.setdefault("Sforce-Limit-Info", used)
        return response

    # -- people's and tests' door

    @property
    def automation(self) -> Automation | None:
        return self.state.automation

    @automation.setter
    def automation(self, answer: Automation | None) -> None:
        self.state.automation = answer

    def _definition(self, object: str) -> ObjectDef:
        """Raises KeyError for an object the org does not have."""
        return self.state.objects[object.lower()]

    def _author(self, actor: str) -> Author:
        return Author(actor, self.state.human(actor), limited=actor.startswith("engine:"))

    def _live(self, object: str, id: str) -> Row:
        return found(self.state.table(object).get(id))

    def seed(self, object: str, values: Mapping[str, Any], *, created_ms: int | None = None) -> str:
        """Bulk filling: types are checked, rules are not; no ledger entry. Raises Refusal, KeyError for no field."""
        state, definition = self.state, self._definition(object)
        rows = state.rows[object.lower()]
        row = records.blank(state, definition, state.user_id)
        for name, value in values.items():
            field = definition.fields[name.lower()]
            row[field.name] = ids.to18(value) if field.reference_to else stored(state, field, value)
        row |= derived(state, definition, row, row)
        now = stamp(self.clock.now_ms() if created_ms is None else created_ms)
        audit = {"CreatedDate": now, "CreatedById": state.user_id, "LastModifiedDate": now}
        audit |= {"LastModifiedById": state.user_id, "SystemModstamp": now}
        made = {"Id": rows.next_id(), **{k: v for k, v in row.items() if v is not None}}
        made |= {k: v for k, v in audit.items() if k.lower() in definition.fields and k not in made}
        rows.insert(made)
        return made["Id"]

    def create(self, object: str, values: Mapping[str, Any], actor: str) -> str:
        return records.create(self.state, self._definition(object), values, self._author(actor))

    def update(self, object: str, id: str, values: Mapping[str, Any], actor: str) -> None:
        records.update(self.state, self._definition(object), self._live(object, id), values, self._author(actor))

    def delete(self, object: str, id: str, actor: str) -> None:
        removal.delete(self.state, self._definition(object), self._live(object, id), self._author(actor))

    def restore(self, object: str, id: str, actor: str) -> None:
        """From the recycle bin."""
        row = self.state.table(object).get(id)
        if row is None:
            found(row)
            return
        removal.undelete(self.state, self._definition(object), row, self._author(actor))

    def purge(self, object: str, id: str) -> None:
        """Hard delete: gone from queryAll and from the delete log. Raises Refusal 404."""
        row = self.state.table(object).get(id)
        if row is None:
            found(row)
            return
        self.state.table(object).purge(row["Id"])

    def empty_bin(self) -> None:
        """Purges what the recycle bin has held for longer than `recycle_bin_days`."""
        removal.empty_bin(self.state)

    def merge(self, object: str, winner_id: str, loser_ids: Sequence[str], actor: str) -> str:
        winner = self._live(object, winner_id)
        return removal.merge(self.state, self._definition(object), winner, loser_ids, self._author(actor))

    def convert(
        self, lead_id: str, actor: str, *, contact_id: str | None = None, account_id: str | None = None
    ) -> dict[str, str]:
        """`{"Contact": id, "Account": id}`."""
        lead = self._live("Lead", lead_id)
        return convert(self.state, lead, self._author(actor), contact_id=contact_id, account_id=account_id)

    def record(self, object: str, id: str) -> Mapping[str, Any] | None:
        """Stored values, nulls included, whoever may see them; None if not live."""
        row = self.state.row(object, id)
        return None if row is None else record(self.state, self._definition(object), row)

    def records(self, object: str) -> Iterator[Mapping[str, Any]]:
        definition = self._definition(object)
        return (
            record(self.state, definition, row) for row in self.state.table(object).stored() if not row.get("IsDeleted")
        )

    def add_field(self, object: str, spec: Mapping[str, Any], *, visible: bool = True) -> str:
        """`spec` is Tooling metadata with a `name` (`formula` makes it calculated); the CustomField's id.

        `visible=False` leaves it hidden from the integration user, as a field made by API is.
        """
        metadata = {key: value for key, value in spec.items() if key != "name"}
        metadata.setdefault("label", spec["name"].removesuffix("__c").replace("_", " "))
        if metadata.get("type") == "Checkbox":
            metadata.setdefault("defaultValue", False)
        made = custom_fields.add_field(self.state, object, spec["name"], metadata, user_id=self.state.user_id)
        if visible and not metadata.get("required"):
            custom_fields.grant(self.state, object, spec["name"], edit="formula" not in metadata)
        return made

    def remove_field(self, object: str, name: str) -> None:
        custom_fields.remove_field(self.state, object, name)

    def change_field(self, object: str, name: str, **changes: Any) -> None:
        """Attributes of `FieldDef`, or `required=`, `options=` as values or (value, label) pairs."""
        custom_fields.change_field(self.state, object, name, **changes)

    def deny_field(self, object: str, name: str, read: bool | None = None, edit: bool | None = None) -> None:
        """Takes rights on a field from the integration user (`read=False`), or gives them back (`read=True`)."""
        key = (object.lower(), name.lower())
        old_read, old_edit = self.state.denied.get(key, (True, True))
        rights = (old_read if read is None else read, old_edit if edit is None else edit)
        self.state.denied[key] = (rights[0], rights[0] and rights[1])
        if rights == (True, True):
            del self.state.denied[key]
        self.state.schema_changed()

    def deny_record(self, object: str, id: str, *, edit: bool = False) -> None:
        """Shares a row read-only with API callers; `edit=True` takes it back."""
        record_id = self._live(object, id)["Id"]
        (self.state.locked.discard if edit else self.state.locked.add)(record_id)
