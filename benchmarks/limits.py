"""The least that can do the same to the wire: urllib3 and orjson, or csv for Bulk; nothing is stored or compared.

Same server, same TLS, same pages, same fields, same batch sizes as the worker's.
"""

from __future__ import annotations

import csv
import io
import json
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import orjson
import urllib3

Found = dict[str, Any]
Steps = Iterator[Any]
_VERSION = "/services/data/v66.0"


class _Raw:
    """One kept connection to each system of the sandbox."""

    def __init__(self, folder: Path) -> None:
        self._card = json.loads((folder / "sandbox.json").read_text("utf-8"))
        self._pool = urllib3.PoolManager(ca_certs=self._card["ca_bundle"])

    def ask(self, system: str, method: str, path: str, body: Any = None, accept: str = "application/json") -> Any:
        """The answer, its status checked. Raises ValueError for a refusal."""
        headers = {
            "Authorization": f"Bearer {self._card[f'{system}_access_token']}",
            "Accept": accept,
            "Accept-Encoding": "gzip",
            "Content-Type": "application/json",
        }
        sent = None if body is None else orjson.dumps(body)
        answer = self._pool.request(method, self._card[f"{system}_url"] + path, body=sent, headers=headers)
        if answer.status >= 300:
            raise ValueError(f"{method} {path[:80]}: {answer.status} {answer.data[:300]!r}")
        return answer


def contacts(folder: Path, fields: Sequence[str]) -> Steps:
    """All contacts, a hundred a page."""
    raw = _Raw(folder)
    yield 0
    yield {"records": _contacts(raw, fields)}


def _contacts(raw: _Raw, fields: Sequence[str]) -> int:
    base = f"/crm/v3/objects/contacts?limit=100&archived=false&properties={','.join(fields)}"
    path, count = base, 0
    while True:
        page = orjson.loads(raw.ask("hubspot", "GET", path).data)
        count += len(page["results"])
        if "paging" not in page:
            return count
        path = f"{base}&after={page['paging']['next']['after']}"


def leads(folder: Path, fields: Sequence[str]) -> Steps:
    """All leads by REST, two thousand a page."""
    raw = _Raw(folder)
    yield 0
    yield {"records": _leads(raw, fields)}


def _leads(raw: _Raw, fields: Sequence[str]) -> int:
    soql = f"SELECT {', '.join(fields)} FROM Lead ORDER BY Id"  # noqa: S608 - names of our own mapping
    path, count = f"{_VERSION}/query?{urlencode({'q': soql})}", 0
    while path:
        page = orjson.loads(raw.ask("salesforce", "GET", path).data)
        count += len(page["records"])
        path = page.get("nextRecordsUrl")
    return count


def leads_in_bulk(folder: Path, fields: Sequence[str], page_size: int) -> Steps:
    """All leads by one Bulk 2.0 query, `page_size` rows a page, rows as dictionaries like REST's, cells as text."""
    raw = _Raw(folder)
    yield 0
    jobs, count, locator = f"{_VERSION}/jobs/query", 0, ""
    soql = f"SELECT {', '.join(fields)} FROM Lead ORDER BY Id"  # noqa: S608 - names of our own mapping
    job = orjson.loads(raw.ask("salesforce", "POST", jobs, {"operation": "query", "query": soql}).data)["id"]
    while orjson.loads(raw.ask("salesforce", "GET", f"{jobs}/{job}").data)["state"] != "JobComplete":
        time.sleep(1)
    while locator != "null":
        further = f"&locator={quote(locator)}" if locator else ""
        path = f"{jobs}/{job}/results?maxRecords={page_size}{further}"
        page = raw.ask("salesforce", "GET", path, accept="text/csv")
        count += len(list(csv.DictReader(io.StringIO(page.data.decode(), newline=""))))
        locator = page.headers.get("Sforce-Locator") or "null"
    raw.ask("salesforce", "DELETE", f"{jobs}/{job}")
    yield {"records": count}


def first_sync(folder: Path, intents: str, contact_fields: Sequence[str], lead_fields: Sequence[str]) -> Steps:
    """All pages of both sides, then the writes that the worker made on a world like this one, in its batch sizes."""
    raw, owed = _Raw(folder), _owed(intents)
    yield 0
    _contacts(raw, contact_fields)
    _leads(raw, lead_fields)
    written = 0
    for (side, op), rows in owed.items():
        size, send = _SENDERS[side, op]
        for start in range(0, len(rows), size):
            send(raw, rows[start : start + size])
            written += len(rows[start : start + size])
    yield {"written": written}


def _owed(intents: str) -> dict[tuple[str, str], list[Found]]:
    """What the worker sent, by side and operation: key or id, and values by remote field."""
    with sqlite3.connect(intents) as state:
        rows = state.execute(
            "SELECT side, op, remote_id, key, fields FROM intent WHERE state = 'settled' ORDER BY intent_id"
        ).fetchall()
    found: dict[tuple[str, str], list[Found]] = {}
    for side, op, remote_id, key, fields in rows:
        values = {cell["field"]: cell["new"] for cell in json.loads(fields).values()}
        found.setdefault((side, op), []).append({"id": remote_id, "key": key, "values": values})
    return dict(sorted(found.items()))


def _create_leads(raw: _Raw, rows: Sequence[Found]) -> None:
    records = [{"attributes": {"type": "Lead"}, "Syncer_Key__c": row["key"], **row["values"]} for row in rows]
    path = f"{_VERSION}/composite/sobjects/Lead/Syncer_Key__c"
    _all_good(orjson.loads(raw.ask("salesforce", "PATCH", path, {"allOrNone": False, "records": records}).data))


def _update_leads(raw: _Raw, rows: Sequence[Found]) -> None:
    parts = [
        {
            "method": "PATCH",
            "url": f"{_VERSION}/sobjects/Lead/{row['id']}",
            "referenceId": f"r{place}",
            "body": row["values"],
        }
        for place, row in enumerate(rows)
    ]
    body = {"allOrNone": False, "compositeRequest": parts}
    answers = orjson.loads(raw.ask("salesforce", "POST", f"{_VERSION}/composite", body).data)["compositeResponse"]
    _all_good([{"success": part["httpStatusCode"] < 300, **part} for part in answers])


def _create_contacts(raw: _Raw, rows: Sequence[Found]) -> None:
    inputs = [
        {"idProperty": "syncer_key", "id": row["key"], "properties": {"syncer_key": row["key"], **row["values"]}}
        for row in rows
    ]
    orjson.loads(raw.ask("hubspot", "POST", "/crm/v3/objects/contacts/batch/upsert", {"inputs": inputs}).data)


def _update_contacts(raw: _Raw, rows: Sequence[Found]) -> None:
    inputs = [{"id": row["id"], "properties": row["values"]} for row in rows]
    orjson.loads(raw.ask("hubspot", "POST", "/crm/v3/objects/contacts/batch/update", {"inputs": inputs}).data)


def _all_good(answers: Sequence[Mapping[str, Any]]) -> None:
    """Raises ValueError for the first row that was refused."""
    bad = next((answer for answer in answers if not answer["success"]), None)
    if bad is not None:
        raise ValueError(f"a write was refused: {bad}")


_SENDERS: Mapping[tuple[str, str], tuple[int, Callable[[_Raw, Sequence[Found]], None]]] = {
    ("left", "create"): (200, _create_leads),
    ("left", "update"): (25, _update_leads),
    ("right", "create"): (100, _create_contacts),
    ("right", "update"): (100, _update_contacts),
}
