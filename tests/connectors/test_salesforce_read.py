"""Reading: pages, dead locators, halved windows, deleted and merged rows, wide lists, quoting."""

from __future__ import annotations

from itertools import pairwise
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest
import requests
import responses

from connectors.base import DataError, Presence, ProtocolError, SchemaError, TransientError
from connectors.salesforce.ids import to18
from connectors.salesforce.soql import literal, select
from connectors.salesforce.stream import parse_token
from connectors.salesforce.times import parse_ms

NOW_MS = 1_767_600_000_000  # 2026-01-05T08:00:00Z
ORG = "https://acme.my.salesforce.com"
ROOT = f"{ORG}/services/data/v66.0"


def lead(number: int, second: int = 0, **more: object) -> dict:
    row = {
        "attributes": {"type": "Lead"},
        "Id": to18(f"00Qxx00000{number:05d}"),
        "SystemModstamp": f"2026-01-05T07:{second // 60:02d}:{second % 60:02d}.000+0000",
        "IsDeleted": False,
        "MasterRecordId": None,
        "IsConverted": False,
        "ConvertedContactId": None,
        "ConvertedAccountId": None,
        "ConvertedOpportunityId": None,
        "Email": f"l{number}@acme.example",
    }
    return row | more


def page(rows: list[dict], following: str | None = None, total: int | None = None) -> dict:
    body = {"totalSize": len(rows) if total is None else total, "done": following is None, "records": rows}
    return body | ({"nextRecordsUrl": following} if following else {})


def soql_of(request: requests.PreparedRequest) -> str:
    return parse_qs(urlsplit(request.url).query)["q"][0]


def drain(remote, since_ms: int, until_ms: int) -> list:
    records, token = [], None
    while True:
        got = remote.changes("Lead", ["Email"], since_ms, until_ms, token)
        records += got.records
        token = got.next_token
        if token is None:
            return records


def test_changes_page_by_page_with_every_kind_of_end(remote, wire) -> None:
    rows = [
        lead(1),
        lead(2, IsDeleted=True),
        lead(3, IsDeleted=True, MasterRecordId="00Qxx0000000001"),
        lead(4, IsConverted=True, ConvertedContactId="003xx000004TmiQ", ConvertedAccountId="001xx000003DGb2"),
    ]
    wire.add(responses.GET, f"{ROOT}/queryAll", json=page(rows[:2], "/services/data/v66.0/query/0r8xx-2000", 4))
    wire.add(responses.GET, f"{ROOT}/query/0r8xx-2000", json=page(rows[2:], total=4))
    records = drain(remote, NOW_MS - 3_600_999, NOW_MS)
    assert [record.presence for record in records] == [
        Presence.LIVE,
        Presence.DELETED,
        Presence.MERGED,
        Presence.CONVERTED,
    ]
    assert records[0].values == {"Email": "l1@acme.example"}
    assert records[0].modified_ms == NOW_MS - 3_600_000
    assert records[0].read_started_ms == NOW_MS
    assert records[2].merged_into == to18("00Qxx0000000001")
    assert records[3].converted_to == {"Contact": "003xx000004TmiQAAS", "Account": "001xx000003DGb2AAG"}
    asked = soql_of(wire.calls[0].request)
    assert "SystemModstamp >= 2026-01-05T06:59:59Z" in asked
    assert "SystemModstamp <= 2026-01-05T08:00:00Z" in asked
    assert asked.endswith("ORDER BY SystemModstamp, Id")
    assert wire.calls[0].request.headers["Sforce-Query-Options"] == "batchSize=2000"


@pytest.mark.parametrize("status", [400, 404])
def test_a_dead_locator_goes_on_behind_the_last_row(remote, wire, status: int) -> None:
    code = {400: "INVALID_QUERY_LOCATOR", 404: "NOT_FOUND"}[status]
    wire.add(responses.GET, f"{ROOT}/queryAll", json=page([lead(1, 60)], "/services/data/v66.0/query/0r8xx-1", 2))
    wire.add(responses.GET, f"{ROOT}/query/0r8xx-1", status=status, json=[{"errorCode": code, "message": "x"}])
    wire.add(responses.GET, f"{ROOT}/queryAll", json=page([lead(2, 60)]))
    records = drain(remote, NOW_MS - 3_600_000, NOW_MS)
    assert [record.id for record in records] == [to18("00Qxx0000000001"), to18("00Qxx0000000002")]
    at = "2026-01-05T07:01:00Z"
    assert f"(SystemModstamp > {at} OR (SystemModstamp = {at} AND Id > '00Qxx0000000001EAA'))" in soql_of(
        wire.calls[2].request
    )


def test_a_query_that_takes_too_long_is_cut_without_a_gap(remote, wire, clock) -> None:
    limit_ms = 900_000
    asked: list[tuple[int, int]] = []

    def answer(request: requests.PreparedRequest) -> tuple[int, dict, str]:
        text = soql_of(request)
        low_ms = parse_ms(text.split("SystemModstamp >= ")[1][:20])
        high_ms = parse_ms(text.split("SystemModstamp <= ")[1][:20])
        if high_ms - low_ms > limit_ms:
            return 400, {}, '[{"errorCode":"QUERY_TIMEOUT","message":"too long"}]'
        asked.append((low_ms, high_ms))
        return 200, {}, orjson.dumps(page([])).decode()

    wire.add_callback(responses.GET, f"{ROOT}/queryAll", answer)
    assert drain(remote, NOW_MS - 3_600_000, NOW_MS) == []
    assert asked[0][0] == NOW_MS - 3_600_000
    assert asked[-1][1] == NOW_MS
    assert all(later[0] == earlier[1] for earlier, later in pairwise(asked))
    assert clock.slept_s == []  # the same query again would only meet the same end


def test_a_query_that_times_out_on_one_second_is_told(remote, wire) -> None:
    wire.add(responses.GET, f"{ROOT}/queryAll", status=400, json=[{"errorCode": "QUERY_TIMEOUT", "message": ""}])
    with pytest.raises(TransientError):
        drain(remote, NOW_MS - 64_000, NOW_MS)
    assert len(wire.calls) < 10


def test_an_empty_window_asks_nothing(remote, wire) -> None:
    assert remote.changes("Lead", ["Email"], NOW_MS, NOW_MS - 5_000, None).records == ()
    assert len(wire.calls) == 0


def test_a_session_that_dies_between_pages_repeats_the_page_not_the_pull(make_remote, wire, clock) -> None:
    wire.add(responses.GET, f"{ROOT}/queryAll", json=page([lead(1)], "/services/data/v66.0/query/0r8xx-1", 2))
    wire.add(responses.GET, f"{ROOT}/query/0r8xx-1", status=503, body="<html>")
    wire.add(responses.GET, f"{ROOT}/query/0r8xx-1", json=page([lead(2)]))
    assert len(drain(make_remote(attempts=2), NOW_MS - 3_600_000, NOW_MS)) == 2


def test_scan_by_id_with_a_token_that_outlives_the_process(make_remote, wire) -> None:
    wire.add(responses.GET, f"{ROOT}/query", json=page([lead(1), lead(2)], "/services/data/v66.0/query/0r8xx-2", 3))
    wire.add(responses.GET, f"{ROOT}/query/0r8xx-2", json=page([lead(3)]))
    first = make_remote(bulk_from=0).scan("Lead", ["Email"], None)
    second = make_remote(bulk_from=0).scan("Lead", ["Email"], first.next_token)
    assert [len(first.records), len(second.records), second.next_token] == [2, 1, None]
    assert soql_of(wire.calls[0].request).endswith("FROM Lead ORDER BY Id")


def test_foreign_tokens_are_refused(remote) -> None:
    for token in ("no json", '{"unknown": 1}', "7"):
        with pytest.raises(ProtocolError):
            parse_token(token)


def test_a_field_missing_from_a_row_is_never_read_as_blank(remote, wire) -> None:
    row = lead(1)
    del row["Email"]
    wire.add(responses.GET, f"{ROOT}/queryAll", json=page([row]))
    with pytest.raises(ProtocolError, match="Email"):
        drain(remote, NOW_MS - 3_600_000, NOW_MS)


def test_names_come_back_as_asked_and_parents_are_followed(remote, wire) -> None:
    row = lead(1, Owner={"attributes": {}, "Email": "o@acme.example"}, ReportsTo=None)
    wire.add(responses.GET, f"{ROOT}/queryAll", json=page([row]))
    fields = ["eMail", "Owner.Email", "ReportsTo.Name", "Id"]
    (record,) = remote.changes("Lead", fields, NOW_MS - 3_600_000, NOW_MS, None).records
    assert record.values == {
        "eMail": "l1@acme.example",
        "Owner.Email": "o@acme.example",
        "ReportsTo.Name": None,
        "Id": record.id,
    }


def test_read_tells_live_merged_and_gone_apart(remote, wire) -> None:
    live, loser, middle, winner, gone, never = (to18(f"00Qxx000000000{n}") for n in range(1, 7))
    rows = {live: lead(1), winner: lead(4)}
    hidden = {
        loser: lead(2, IsDeleted=True, MasterRecordId=middle),
        middle: lead(3, IsDeleted=True, MasterRecordId=winner),
        gone: lead(5, IsDeleted=True),
    }

    def retrieve(request: requests.PreparedRequest) -> tuple[int, dict, str]:
        asked = orjson.loads(request.body)
        assert "Email" in asked["fields"]
        return 200, {}, orjson.dumps([rows.get(record_id) for record_id in asked["ids"]]).decode()

    def query_all(request: requests.PreparedRequest) -> tuple[int, dict, str]:
        text = soql_of(request)
        return 200, {}, orjson.dumps(page([row for record_id, row in hidden.items() if record_id in text])).decode()

    wire.add_callback(responses.POST, f"{ROOT}/composite/sobjects/Lead", retrieve)
    wire.add_callback(responses.GET, f"{ROOT}/queryAll", query_all)
    found = remote.read("Lead", [live[:15], loser, gone, never], ["Email"])
    assert list(found) == [live[:15], loser, gone, never]
    assert found[live[:15]].id == live
    assert found[loser].id == winner
    assert found[gone] is None
    assert found[never] is None


def test_an_archived_task_is_live(remote, wire) -> None:
    row = {
        "Id": "00Txx0000012abcEAA",
        "SystemModstamp": "2026-01-05T07:00:00.000+0000",
        "IsDeleted": False,
        "Subject": "x",
    }
    wire.add(responses.POST, f"{ROOT}/composite/sobjects/Task", json=[None])
    wire.add(responses.GET, f"{ROOT}/queryAll", json=page([row]))
    assert remote.read("Task", [row["Id"]], ["Subject"])[row["Id"]].values == {"Subject": "x"}


def test_what_is_no_id_never_leaves(remote, wire) -> None:
    for text in ("", "..", "00Q", "00Qxx0000012abc?x=1", "00Qxx0000012abcE#", "00Qxx0000012äbc"):
        with pytest.raises(DataError):
            remote.read("Lead", [text], ["Email"])
    assert len(wire.calls) == 0


def test_a_merged_and_an_archived_record_are_told_under_a_field_list_too_long_for_a_url(remote, wire) -> None:
    fields = [f"A_long_custom_field_name_{number}__c" for number in range(600)]
    winner, loser, archived, torn = (to18(f"00Qxx000000000{n}") for n in (1, 2, 3, 4))
    whole = {1: lead(1), 2: lead(2, IsDeleted=True, MasterRecordId=winner), 3: lead(3), 4: lead(4)}
    urls: list[str] = []

    def query_all(request: requests.PreparedRequest) -> tuple[int, dict, bytes]:
        urls.append(request.url)
        asked = [field for field in fields if f"{field}," in soql_of(request) or f"{field} " in soql_of(request)]
        rows = [row | dict.fromkeys(asked, "v") for number, row in whole.items() if number > 1]
        whole.pop(4, None)  # gone before the second part is read: left out, not half told
        return 200, {}, orjson.dumps(page(rows))

    wire.add_callback(responses.GET, f"{ROOT}/queryAll", query_all)
    wire.add(responses.POST, f"{ROOT}/composite/sobjects/Lead", json=[None, None, None])
    wire.add(responses.POST, f"{ROOT}/composite/sobjects/Lead", json=[lead(1) | dict.fromkeys(fields, "w")])
    found = remote.read("Lead", [loser, archived, torn], fields)
    assert (found[loser].id, found[loser].values[fields[-1]]) == (winner, "w")
    assert found[archived].values == dict.fromkeys(fields, "v")
    assert found[torn] is None
    assert len(urls) > 1
    assert max(map(len, urls)) < 16_000


def test_a_value_longer_than_any_key_is_found_nowhere_and_holds_nobody_up(remote, wire) -> None:
    wire.add(responses.GET, f"{ROOT}/query", json=page([lead(1)]))
    found = remote.find("Lead", "Email", ["x" * 4_001, "", "l1@acme.example"], ["Email"])
    assert [record.values for record in found] == [{"Email": "l1@acme.example"}]
    assert soql_of(wire.calls[0].request).endswith("WHERE Email IN ('l1@acme.example')")


def test_find_quotes_cuts_and_follows_pages(remote, wire) -> None:
    values = [f"it's\\ {number}@acme.example" for number in range(600)]
    queries: list[str] = []

    def answer(request: requests.PreparedRequest) -> tuple[int, dict, str]:
        queries.append(request.url)
        return 200, {}, orjson.dumps(page([])).decode()

    wire.add_callback(responses.GET, f"{ROOT}/query", answer)
    assert remote.find("Lead", "Email", values, ["Email"]) == []
    assert max(map(len, queries)) < 16_000
    texts = [parse_qs(urlsplit(url).query)["q"][0] for url in queries]
    assert sum(text.count("@acme.example") for text in texts) == 600
    assert "'it\\'s\\\\ 0@acme.example'" in texts[0]


def test_a_field_list_too_long_for_a_url_is_read_by_id(remote, wire) -> None:
    fields = [f"A_long_custom_field_name_{number}__c" for number in range(400)]
    wire.add(responses.GET, f"{ROOT}/queryAll", json=page([lead(1), lead(2), lead(3, IsDeleted=True)]))
    wire.add(
        responses.POST,
        f"{ROOT}/composite/sobjects/Lead",
        json=[lead(1) | dict.fromkeys(fields, "v"), None],  # the second was deleted meanwhile
    )
    records = remote.changes("Lead", fields, NOW_MS - 3_600_000, NOW_MS, None).records
    assert [(record.id, len(record.values), record.presence) for record in records] == [
        (to18("00Qxx0000000001"), 400, Presence.LIVE),
        (to18("00Qxx0000000003"), 0, Presence.DELETED),
    ]
    assert len(wire.calls[0].request.url) < 16_000


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a'b\\c\n\r\t\b\f", "'a\\'b\\\\c\\n\\r\\t\\b\\f'"),
        ("100%_", "'100%_'"),
        ("nul\0", "'nul'"),
        (None, "null"),
        (True, "true"),
        (7, "7"),
        (1e16, "10000000000000000.000000"),
    ],
)
def test_literals(value: object, text: str) -> None:
    assert literal(value) == text


@pytest.mark.parametrize("value", ["x" * 4001, float("nan"), float("inf")])
def test_literals_that_are_refused(value: object) -> None:
    with pytest.raises(DataError):
        literal(value)


@pytest.mark.parametrize("name", ["Id FROM User--", "a b", "1a", "", "a'b", "é", "a.b.", "Id,Name"])
def test_names_that_are_no_identifiers(name: str) -> None:
    with pytest.raises(SchemaError):
        select((name,), "Lead")


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("001xx000003DGb2", "001xx000003DGb2AAG"),
        ("003xx000004TmiQ", "003xx000004TmiQAAS"),
        ("005xx000001SwiU", "005xx000001SwiUAAS"),
        ("00Dxx0000001gPL", "00Dxx0000001gPLEAY"),
    ],
)
def test_ids_of_15_become_18(short: str, long: str) -> None:
    assert to18(short) == long
    assert to18(long) == long


def test_safe_until_is_the_oldest_open_transaction(remote, wire) -> None:
    date = {"Date": "Mon, 05 Jan 2026 08:00:00 GMT"}
    wire.add(responses.GET, f"{ORG}/services/data", json=[], headers=date)
    url = f"{ROOT}/sobjects/Lead/updated/"
    wire.add(responses.GET, url, json={"ids": [], "latestDateCovered": "2026-01-05T07:58:00.000+0000"}, headers=date)
    wire.add(responses.GET, url, json={"ids": [], "latestDateCovered": "2026-01-05T08:00:00.000+0000"}, headers=date)
    wire.add(
        responses.GET, url, status=400, json=[{"errorCode": "INVALID_REPLICATION_DATE", "message": ""}], headers=date
    )
    assert remote.safe_until_ms("Lead") == NOW_MS - 120_000
    assert remote.safe_until_ms("Lead") == NOW_MS - 2_000
    assert remote.safe_until_ms("Lead") == NOW_MS - 600_000
    assert "start=2026-01-05T07%3A58%3A00%2B00%3A00" in wire.calls[1].request.url


def test_vanished_tells_merged_from_purged(remote, wire) -> None:
    purged, merged, restored = (to18(f"00Qxx000000000{n}") for n in (1, 2, 3))
    entries = [{"id": x, "deletedDate": "2026-01-05T07:30:00.000+0000"} for x in (purged, merged, restored)]
    wire.add(responses.GET, f"{ORG}/services/data", json=[], headers={"Date": "Mon, 05 Jan 2026 08:00:00 GMT"})
    wire.add(responses.GET, f"{ROOT}/sobjects/Lead/deleted/", json={"deletedRecords": entries})
    wire.add(
        responses.GET,
        f"{ROOT}/queryAll",
        json=page([lead(2, IsDeleted=True, MasterRecordId="00Qxx0000000009"), lead(3)]),
    )
    got = remote.vanished("Lead", NOW_MS - 100 * 86_400_000, None)
    assert [(record.id, record.presence) for record in got.records] == [
        (purged, Presence.DELETED),
        (merged, Presence.MERGED),
    ]
    assert "start=2025-12-22" in wire.calls[1].request.url
