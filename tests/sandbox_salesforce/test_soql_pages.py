"""Pages of a query over the wire: sizes, locators, their death, and what changes between two pages."""

from __future__ import annotations

import pytest

from tests.sandbox_salesforce.soql_door import DATA, Caller

DAY_MS = 86_400_000


@pytest.fixture
def caller() -> Caller:
    caller = Caller()
    for number in range(450):
        caller.org.seed("Lead", {"LastName": f"L{number:03d}", "Company": "C", "Status": "New", "AnnualRevenue": 10})
    return caller


def test_a_result_comes_in_pages_of_the_asked_size_and_the_last_names_no_further_one(caller: Caller) -> None:
    first = caller.query("SELECT LastName FROM Lead ORDER BY Id", sforce_query_options="batchSize=200").json()
    assert (first["totalSize"], first["done"], len(first["records"])) == (450, False, 200)
    assert first["nextRecordsUrl"].startswith(f"{DATA}/query/0r8") and first["nextRecordsUrl"].endswith("-200")
    names = [record["LastName"] for record in first["records"]]
    page = first
    while not page["done"]:
        page = caller.send("GET", page["nextRecordsUrl"], sforce_query_options="batchSize=200").json()
        assert page["totalSize"] == 450
        names += [record["LastName"] for record in page["records"]]
    assert "nextRecordsUrl" not in page
    assert names == [f"L{number:03d}" for number in range(450)]


@pytest.mark.parametrize(("asked", "size"), [("1", 200), ("9999", 450), ("300", 300), ("many", 450)])
def test_a_page_size_out_of_bounds_is_brought_within(caller: Caller, asked: str, size: int) -> None:
    page = caller.query("SELECT Id FROM Lead", sforce_query_options=f"batchSize={asked}").json()
    assert len(page["records"]) == size


def test_a_locator_answers_again_under_both_paths_until_it_dies(caller: Caller) -> None:
    first = caller.query("SELECT Id FROM Lead ORDER BY Id", "queryAll", sforce_query_options="batchSize=200").json()
    locator = first["nextRecordsUrl"].rsplit("/", 1)[1]
    pages = [caller.send("GET", f"{path}/{locator}").json()["records"] for path in ("query", "queryAll", "query")]
    assert len(pages[0]) == 250 and pages[0] == pages[1] == pages[2]
    caller.clock.advance(2 * DAY_MS)
    caller.log_in()
    dead = caller.send("GET", f"query/{locator}")
    assert (dead.status, dead.json()) == (
        400,
        [{"message": "invalid query locator", "errorCode": "INVALID_QUERY_LOCATOR"}],
    )


@pytest.mark.parametrize("locator", ["nonsense", "0r8000000000000AAA-200", "{}-0", "{}-450", "{}-x", "{}"])
def test_a_garbled_locator_is_refused(caller: Caller, locator: str) -> None:
    first = caller.query("SELECT Id FROM Lead", sforce_query_options="batchSize=200").json()
    known = first["nextRecordsUrl"].rsplit("/", 1)[1].partition("-")[0]
    answer = caller.send("GET", "query/" + locator.replace("{}", known))
    assert (answer.status, answer.json()[0]["errorCode"]) == (400, "INVALID_QUERY_LOCATOR")


def test_a_row_deleted_between_two_pages_is_missing_and_a_changed_one_shows_its_new_value(caller: Caller) -> None:
    first = caller.query("SELECT Id, LastName FROM Lead ORDER BY Id", sforce_query_options="batchSize=200").json()
    records = list(caller.org.records("Lead"))
    caller.org.delete("Lead", records[300]["Id"], "human:ann")
    caller.org.update("Lead", records[301]["Id"], {"LastName": "New"}, "human:ann")
    second = caller.send("GET", first["nextRecordsUrl"]).json()
    assert second["totalSize"] == 450
    names = [record["LastName"] for record in second["records"]]
    assert len(names) == 249 and "L300" not in names and names[100] == "New"


def test_a_count_has_no_records_and_groups_no_urls(caller: Caller) -> None:
    assert caller.query("SELECT COUNT() FROM Lead").json() == {"totalSize": 450, "done": True, "records": []}
    answer = caller.query("SELECT Status, COUNT(Id) n FROM Lead GROUP BY Status").json()
    assert answer == {
        "totalSize": 1,
        "done": True,
        "records": [{"attributes": {"type": "AggregateResult"}, "Status": "New", "n": 450}],
    }


def test_a_record_carries_its_url_and_values_as_the_api_spells_them(caller: Caller) -> None:
    record_id = next(iter(caller.org.records("Lead")))["Id"]
    text = f"SELECT id, lastname, annualrevenue, email, isdeleted, createddate FROM Lead WHERE Id = '{record_id[:15]}'"
    assert caller.query(text).json()["records"] == [
        {
            "attributes": {"type": "Lead", "url": f"{DATA}/sobjects/Lead/{record_id}"},
            "Id": record_id,
            "LastName": "L000",
            "AnnualRevenue": 10.0,
            "Email": None,
            "IsDeleted": False,
            "CreatedDate": "2026-01-01T00:00:00.000+0000",
        }
    ]


def test_a_refused_query_is_an_array_of_one(caller: Caller) -> None:
    answer = caller.query("SELECT Id FRM Lead")
    message = "\nSELECT Id FRM Lead\n          ^\nERROR at Row:1:Column:11\nunexpected token: 'FRM'"
    assert (answer.status, answer.json()) == (400, [{"message": message, "errorCode": "MALFORMED_QUERY"}])


def test_explain_tells_index_from_table_scan(caller: Caller) -> None:
    record_id = next(iter(caller.org.records("Lead")))["Id"]
    keyed = caller.send("GET", f"query?explain=SELECT+Id+FROM+Lead+WHERE+Id='{record_id}'").json()["plans"][0]
    scan = caller.send("GET", "query?explain=SELECT+Id+FROM+Lead+WHERE+Status='New'").json()["plans"][0]
    assert (keyed["leadingOperationType"], keyed["cardinality"], keyed["sobjectCardinality"]) == ("Index", 1, 450)
    assert (scan["leadingOperationType"], scan["cardinality"]) == ("TableScan", 450)


def test_deleted_and_merged_rows_come_through_query_all_only(caller: Caller) -> None:
    winner, loser, gone = [record["Id"] for record in list(caller.org.records("Lead"))[:3]]
    caller.org.merge("Lead", winner, [loser], "human:ann")
    caller.org.delete("Lead", gone, "human:ann")
    text = "SELECT Id, MasterRecordId FROM Lead WHERE IsDeleted = true ORDER BY Id"
    assert caller.query(text).json()["totalSize"] == 0
    found = [(one["Id"], one["MasterRecordId"]) for one in caller.query(text, "queryAll").json()["records"]]
    assert found == [(loser, winner), (gone, None)]


def test_tooling_objects_are_queried_under_tooling_only(caller: Caller) -> None:
    text = "SELECT DeveloperName FROM CustomField WHERE DeveloperName = 'HubSpot_Id'"
    assert caller.query(text).json()[0]["errorCode"] == "INVALID_TYPE"
    assert caller.query(text, "tooling/query").json()["totalSize"] == 1
