"""Writes in batches of a hundred, one outcome for each.

HubSpot has no conditional write, so nothing here is guarded. A write that was carried out in part (the company of a
contact, but not its properties) is UNKNOWN: the caller reads what is there, and plans the rest anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.base import (
    AuthError,
    Op,
    Outcome,
    OutcomeState,
    QuotaError,
    Raw,
    RemoteError,
    UnknownOutcomeError,
    Write,
)
from connectors.hubspot.api import Api
from connectors.hubspot.associate import set_companies
from connectors.hubspot.batches import Item, Result, calls_of, matched, send
from connectors.hubspot.read import Reader
from connectors.hubspot.words import COMPANY_OF_CONTACT


class Writer:
    """Sends writes; remembers nothing."""

    def __init__(self, api: Api, reader: Reader) -> None:
        self._api = api
        self._reader = reader
        self._send_by_op = {Op.CREATE: self._create, Op.UPDATE: self._update, Op.ARCHIVE: self._archive}

    def write(self, writes: Sequence[Write]) -> list[Outcome]:
        """One outcome for each write, in the order given. Sends no more once log-in or allowance gave out."""
        outcomes: dict[str, Outcome] = {}
        groups: dict[tuple[str, Op], list[Write]] = {}
        for write in writes:
            groups.setdefault((write.object, write.op), []).append(write)
        stopped_by: RemoteError | None = None
        for (object_name, op), group in groups.items():
            by_id = {write.write_id: write for write in group}
            for call in calls_of([_item(write) for write in group]):
                batch = [by_id[item.trace] for item in call]
                if stopped_by is not None:
                    outcomes |= {write.write_id: _outcome(write, stopped_by) for write in batch}
                    continue
                sent = self._send_by_op[op](object_name, batch)
                outcomes |= sent
                errors = (outcome.error for outcome in sent.values())
                stopped_by = next((error for error in errors if isinstance(error, (AuthError, QuotaError))), None)
        return [outcomes[write.write_id] for write in writes]

    def _create(self, object_name: str, writes: Sequence[Write]) -> dict[str, Outcome]:
        """Upsert by our key, then the company: the association needs the id."""
        results = send([_item(write) for write in writes], lambda items: self._upsert(object_name, items))
        outcomes = {write.write_id: _outcome(write, results[write.write_id]) for write in writes}
        wanted = {
            str(outcome.id): company
            for write in writes
            if (outcome := outcomes[write.write_id]).state is OutcomeState.APPLIED
            and (company := _company(write)) is not None
        }
        linked = set_companies(self._api, wanted) if wanted else {}
        return {
            write_id: _in_part(outcome, error) if (error := linked.get(str(outcome.id))) else outcome
            for write_id, outcome in outcomes.items()
        }

    def _upsert(self, object_name: str, items: Sequence[Item]) -> Mapping[str, Result]:
        id_property = items[0].body["idProperty"]
        answer = self._api.batch_upsert(object_name, [dict(item.body) for item in items])

        def keys(result: Mapping[str, Any]) -> Sequence[str]:
            return [str((result.get("properties") or {}).get(id_property) or "")]

        found = matched(items, answer, keys)
        unpaired = [item for item in items if item.trace not in found]
        if unpaired and answer.get("results"):
            # The answer of an upsert that updated holds only what it changed, perhaps without key and trace id.
            records = self._reader.batch(
                object_name, [item.subject for item in unpaired], [id_property], id_property=id_property
            )
            answered = {str(result.get("id")): result for result in answer["results"]}
            ids = {str(record.values[id_property]).lower(): record.id for record in records}
            for item in unpaired:
                record_id = ids.get(item.subject.lower())
                if record_id in answered:
                    found[item.trace] = answered[record_id]
        return found

    def _update(self, object_name: str, writes: Sequence[Write]) -> dict[str, Outcome]:
        """The company first: where HubSpot refuses it, nothing was applied and the outcome can say so."""
        wanted = {
            str(write.id): _text(write.values[COMPANY_OF_CONTACT]) or None for write in writes if _has_company(write)
        }
        linked = set_companies(self._api, wanted) if wanted else {}
        outcomes = {write.write_id: _outcome(write, error) for write in writes if (error := linked.get(str(write.id)))}
        ready = [write for write in writes if write.write_id not in outcomes]
        items = [item for write in ready if (item := _item(write)).names]
        results = send(items, lambda batch: self._batch_update(object_name, batch))
        for write in ready:
            outcome = _outcome(write, results.get(write.write_id, {}))
            if outcome.error is not None and str(write.id) in linked:
                outcome = _in_part(outcome, outcome.error)
            outcomes[write.write_id] = outcome
        return outcomes

    def _batch_update(self, object_name: str, items: Sequence[Item]) -> Mapping[str, Result]:
        answer = self._api.batch_update(object_name, [dict(item.body) for item in items])
        return matched(items, answer, lambda result: [str(result.get("id") or "")])

    def _archive(self, object_name: str, writes: Sequence[Write]) -> dict[str, Outcome]:
        def archive(items: Sequence[Item]) -> Mapping[str, Result]:
            answer = self._api.batch_archive(object_name, [item.subject for item in items])
            refused = matched(items, answer, lambda result: [str(result.get("id") or "")])
            return {item.trace: refused.get(item.trace, {}) for item in items}  # 204 has no body

        results = send([_item(write) for write in writes], archive)
        return {write.write_id: _outcome(write, results[write.write_id]) for write in writes}


def _item(write: Write) -> Item:
    """The write as an input. A create leaves blanks out: should it meet its own record, it must not clear anything."""
    values = {name: value for name, value in write.values.items() if not _is_company(write, name)}
    if write.op is Op.CREATE:
        if write.key is None or write.key_field is None:
            raise ValueError("a create needs key_field and key")
        properties = {name: _text(value) for name, value in values.items() if value is not None}
        body = {"id": write.key, "idProperty": write.key_field, "objectWriteTraceId": write.write_id}
        return Item(
            write.write_id, write.key, body | {"properties": {**properties, write.key_field: write.key}}, values
        )
    if write.id is None:
        raise ValueError(f"an {write.op} needs an id")
    body = {"id": write.id, "objectWriteTraceId": write.write_id}
    return Item(write.write_id, write.id, body | {"properties": {name: _text(v) for name, v in values.items()}}, values)


def _text(value: Raw) -> str:
    """HubSpot's own form: everything is text, and the empty text clears (`null` is said to be ignored)."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _is_company(write: Write, name: str) -> bool:
    return write.object == "contacts" and name == COMPANY_OF_CONTACT


def _has_company(write: Write) -> bool:
    return write.object == "contacts" and COMPANY_OF_CONTACT in write.values


def _company(write: Write) -> str | None:
    return (_text(write.values[COMPANY_OF_CONTACT]) or None) if _has_company(write) else None


def _outcome(write: Write, result: Result) -> Outcome:
    if isinstance(result, UnknownOutcomeError):
        return Outcome(write.write_id, OutcomeState.UNKNOWN, id=write.id, error=result)
    if isinstance(result, RemoteError):
        return Outcome(write.write_id, OutcomeState.REJECTED, id=write.id, error=result)
    created = bool(result["new"]) if "new" in result else None
    return Outcome(write.write_id, OutcomeState.APPLIED, id=str(result.get("id") or write.id), created=created)


def _in_part(outcome: Outcome, error: RemoteError) -> Outcome:
    return Outcome(outcome.write_id, OutcomeState.UNKNOWN, id=outcome.id, created=outcome.created, error=error)
