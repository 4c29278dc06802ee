"""Queries that the server refuses, with the exact words and the place they point at."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.kernel import Refusal
from tests.sandbox_salesforce.soql_world import SmallOrg

_COLUMN = (
    ". If you are attempting to use a custom field, be sure to append the '__c' after the custom field name. "
    "Please reference your WSDL or the describe call for the appropriate names."
)
_TYPE = (
    ". If you are attempting to use a custom object, be sure to append the '__c' after the entity name. "
    "Please reference your WSDL or the describe call for the appropriate names."
)


@pytest.fixture(scope="module")
def org() -> SmallOrg:
    return SmallOrg()


def _refusal(org: SmallOrg, text: str) -> Refusal:
    with pytest.raises(Refusal) as caught:
        org.records(text)
    return caught.value


WHOLE = [
    (
        "SELECT Id FRM Lead",
        "MALFORMED_QUERY",
        "\nSELECT Id FRM Lead\n          ^\nERROR at Row:1:Column:11\nunexpected token: 'FRM'",
    ),
    (
        "SELECT Id, Foo FROM Lead",
        "INVALID_FIELD",
        "\nSELECT Id, Foo FROM Lead\n           ^\nERROR at Row:1:Column:12\nNo such column 'Foo' on entity 'Lead'"
        + _COLUMN,
    ),
    (
        "SELECT Id FROM Foo",
        "INVALID_TYPE",
        "\nSELECT Id FROM Foo\n               ^\nERROR at Row:1:Column:16\nsObject type 'Foo' is not supported" + _TYPE,
    ),
    (
        "SELECT Id\nFROM Lead\nWHERE Foo = 1",
        "INVALID_FIELD",
        "\nWHERE Foo = 1\n      ^\nERROR at Row:3:Column:7\nNo such column 'Foo' on entity 'Lead'" + _COLUMN,
    ),
]


@pytest.mark.parametrize(("text", "code", "message"), WHOLE)
def test_the_whole_body_points_at_the_token(org: SmallOrg, text: str, code: str, message: str) -> None:
    refusal = _refusal(org, text)
    assert (refusal.status, refusal.code, refusal.message) == (400, code, message)


ENDS = [
    ("", "MALFORMED_QUERY", "unexpected token: '<EOF>'"),
    ("SELECT Id FROM Lead WHERE", "MALFORMED_QUERY", "Row:1:Column:26\nunexpected token: '<EOF>'"),
    ("SELECT FROM Lead", "MALFORMED_QUERY", "Row:1:Column:8\nunexpected token: 'FROM'"),
    (
        "SELECT Id FROM Lead WHERE City='a' AND City='b' OR City='c'",
        "MALFORMED_QUERY",
        "Column:49\nunexpected token: 'OR'",
    ),
    (
        "SELECT Id FROM Lead WHERE City='a' OR City='b' AND City='c'",
        "MALFORMED_QUERY",
        "Column:48\nunexpected token: 'AND'",
    ),
    ("SELECT Id FROM Lead WHERE City IN ()", "MALFORMED_QUERY", "unexpected token: ')'"),
    ("SELECT Id FROM Lead WHERE City = 'a\\qb'", "MALFORMED_QUERY", "unexpected token: '\\q'"),
    ("SELECT Id FROM Lead WHERE City = 'open", "MALFORMED_QUERY", "unexpected token: '''"),
    ("SELECT Id FROM Lead WHERE City = :city", "MALFORMED_QUERY", "unexpected token: ':'"),
    ("SELECT Id FROM Lead WHERE CreatedDate = 2026-02-30", "MALFORMED_QUERY", "unexpected token: '2026-02-30'"),
    ("SELECT Id FROM Lead WHERE CreatedDate = LAST_N_MOONS:3", "MALFORMED_QUERY", "unexpected token: 'LAST_N_MOONS:3'"),
    ("SELECT Id FROM Lead LIMIT 1.5", "MALFORMED_QUERY", "unexpected token: '1.5'"),
    ("DELETE FROM Lead", "MALFORMED_QUERY", "Row:1:Column:1\nunexpected token: 'DELETE'"),
    ("SELECT Id n FROM Lead", "MALFORMED_QUERY", "only aggregate expressions use field aliasing"),
    ("SELECT Id, id FROM Lead", "INVALID_FIELD", "Column:12\nduplicate field selected: Id"),
    ("SELECT Foo__r.Name FROM Lead", "INVALID_FIELD", None),
    ("SELECT Id, (SELECT Id FROM Foos) FROM Lead", "INVALID_TYPE", None),
    (
        "SELECT Id FROM Lead WHERE CreatedDate > '2026-01-01T00:00:00Z'",
        "INVALID_FIELD",
        "field 'CreatedDate' must be of type dateTime and should not be enclosed in quotes",
    ),
    (
        "SELECT Id FROM Lead WHERE CreatedDate > 2026-01-01",
        "INVALID_FIELD",
        "field 'CreatedDate' must be of type dateTime and should not be enclosed in quotes",
    ),
    (
        "SELECT Id FROM Lead WHERE Email = 5",
        "INVALID_FIELD",
        "value of filter criterion for field 'Email' must be of type string and should be enclosed in quotes",
    ),
    ("SELECT Id FROM Lead WHERE Description = 'x'", "INVALID_FIELD", "can not be filtered in a query call"),
    ("SELECT Id FROM Lead ORDER BY Description", "INVALID_FIELD", "can not be sorted in a query call"),
    ("SELECT Id FROM Lead WHERE Id = 'nope'", "INVALID_QUERY_FILTER_OPERATOR", "invalid ID field: nope"),
    ("SELECT Id FROM Lead WHERE OwnerId LIKE '005%'", "INVALID_QUERY_FILTER_OPERATOR", None),
    ("SELECT Id FROM Lead WHERE IsConverted > false", "INVALID_QUERY_FILTER_OPERATOR", None),
    ("SELECT Id FROM Lead WHERE Status INCLUDES ('a')", "INVALID_QUERY_FILTER_OPERATOR", None),
    ("SELECT Id FROM Lead ORDER BY Id LIMIT 5 OFFSET 2001", "NUMBER_OUTSIDE_VALID_RANGE", None),
    ("SELECT Status, COUNT(Id) FROM Lead", "MALFORMED_QUERY", "Field must be grouped or aggregated: Status"),
    ("SELECT SUM(Company) FROM Lead", "INVALID_FIELD", "field Company does not support aggregate operator SUM"),
    (
        "SELECT FIELDS(ALL) FROM Lead",
        "MALFORMED_QUERY",
        "The SOQL FIELDS function is not supported with an unbounded set of fields in this API.",
    ),
    (
        "SELECT FIELDS(CUSTOM) FROM Lead LIMIT 201",
        "MALFORMED_QUERY",
        "The SOQL FIELDS function is not supported with an unbounded set of fields in this API.",
    ),
    ("SELECT Id, FIELDS(STANDARD) FROM Lead", "INVALID_FIELD", "duplicate field selected: Id"),
    ("SELECT Id FROM FieldDefinition", "INVALID_TYPE", None),
]


@pytest.mark.parametrize(("text", "code", "end"), ENDS)
def test_a_query_is_refused_by_name(org: SmallOrg, text: str, code: str, end: str | None) -> None:
    refusal = _refusal(org, text)
    assert (refusal.status, refusal.code) == (400, code)
    assert refusal.message.endswith(end or refusal.message[-1:])


def test_a_hidden_field_is_refused_like_one_that_does_not_exist(org: SmallOrg) -> None:
    org.state.denied["lead", "phone"] = (False, False)
    org.state.schema_changed()
    hidden = _refusal(org, "SELECT Phone FROM Lead")
    absent = _refusal(org, "SELECT Phune FROM Lead")
    assert hidden.message.replace("Phone", "Phune") == absent.message
    assert _refusal(org, "SELECT Id FROM Lead WHERE Phone = null").code == "INVALID_FIELD"
    assert org.records("SELECT FIELDS(STANDARD) FROM Lead") == []


ACCEPTED = [
    "select id from LEAD limit 0",
    "SELECT Id FROM Lead FOR VIEW",
    "SELECT Id FROM Lead USING SCOPE mine WHERE Name LIKE 'A%' WITH SECURITY_ENFORCED LIMIT 5 FOR REFERENCE",
    "SELECT toLabel(Status), FORMAT(CreatedDate), convertCurrency(AnnualRevenue) FROM Lead WITH USER_MODE",
    "SELECT Id FROM Group",
    "SELECT Lead.Id, Lead.Owner.Name FROM Lead",
    "SELECT Id FROM Lead WHERE SystemModstamp >= 2026-01-01T00:00:00.000+00:00 AND CreatedDate < 2026-01-31T00:00:00Z",
    "SELECT Id\n\tFROM Lead\r\n WHERE ( Status = 'a' AND ( City = 'b' OR City = 'c' ) )",
    "SELECT Id FROM Lead WHERE (NOT (Status = 'a')) AND AnnualRevenue >= -1.5e3",
    "SELECT Name, InstanceName, IsSandbox, TrialExpirationDate, NamespacePrefix, OrganizationType FROM Organization",
]


_WORDS = (
    *("SELECT", "FROM", "WHERE", "AND", "OR", "NOT", "IN", "LIKE", "NULL", "ORDER", "BY", "GROUP", "HAVING", "LIMIT"),
    *(
        "OFFSET",
        "Id",
        "Name",
        "Lead",
        "Owner.Name",
        "Status",
        "COUNT",
        "FIELDS",
        "ALL",
        "TODAY",
        "LAST_N_DAYS:3",
        "x.y",
    ),
    *("(", ")", ",", "=", "!=", ">", "'x'", "''", "5", "-1.5", "2026-01-01", "2026-01-01T00:00:00Z", "ASC", "NULLS"),
)


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=60), st.lists(st.sampled_from(_WORDS), max_size=14).map(" ".join)))
def test_any_text_is_answered_or_refused(text: str) -> None:
    org = SmallOrg()
    for sent in (text, f"SELECT Id FROM Lead WHERE {text}"):
        try:
            answered = org.records(sent)
        except Refusal as refusal:
            told = (refusal.status, bool(refusal.message))
        else:
            told = (200, answered == [] or "COUNT" in sent)
        assert told in ((200, True), (400, True))


def test_a_condition_that_nests_without_end_is_too_complicated(org: SmallOrg) -> None:
    assert _refusal(org, f"SELECT Id FROM Lead WHERE {'NOT ' * 5_000} Id = null").code == "QUERY_TOO_COMPLICATED"
    assert _refusal(org, "SELECT Id FROM Lead WHERE Name = '" + "x" * 4_001 + "'").code == "MALFORMED_QUERY"


@pytest.mark.parametrize("text", ACCEPTED)
def test_what_clients_send_is_understood(org: SmallOrg, text: str) -> None:
    assert org.records(text) == []
