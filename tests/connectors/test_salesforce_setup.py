"""Setup: fields are made once, made visible, and read back; a second run or a run after a crash does the rest."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest
import requests
import responses

from connectors.base import AccessError, FieldSpec, SchemaError, UnknownOutcomeError
from connectors.salesforce.setup import metadata

ORG = "https://acme.my.salesforce.com"
ROOT = f"{ORG}/services/data/v66.0"
USER = "005xx000001SwiUAAS"
KEY = FieldSpec("Lead", "Syncer_Key__c", "Syncer key", "text", length=64, unique_key=True, description="Set by syncer")
FIT = FieldSpec("Lead", "Fit__c", "Fit", "choice", options=(("a", "A"), ("b", "B")))


class Org:
    """The setup part of an org as a test needs it: rows by object, made by POST, found by equality."""

    def __init__(self, wire: responses.RequestsMock) -> None:
        self.rows: dict[str, list[dict]] = {}
        self.posts: list[tuple[str, dict]] = []
        self.patches: list[tuple[str, dict]] = []
        self.fails: dict[str, tuple[int, object, bool]] = {}  # object -> status, body, whether it was done all the same
        self.unique = self.shows = True
        wire.add_callback("GET", re.compile(f"{ROOT}/(tooling/)?query"), self.query)
        wire.add_callback("GET", re.compile(f"{ROOT}/sobjects/Lead/describe"), self.describe)
        wire.add_callback("POST", re.compile(f"{ROOT}/(tooling/)?sobjects/.*"), self.make)
        wire.add_callback("PATCH", re.compile(f"{ROOT}/sobjects/.*"), self.change)
        wire.add(responses.GET, f"{ORG}/services/oauth2/userinfo", json={"user_id": USER})

    def query(self, request: requests.PreparedRequest) -> tuple[int, dict, bytes]:
        soql = parse_qs(urlsplit(request.url).query)["q"][0]
        name = re.search(r"FROM (\w+)", soql).group(1)
        wanted = dict(re.findall(r"(\w+) = '([^']*)'", soql))
        rows = [row for row in self.rows.get(name, ()) if all(row.get(key) == value for key, value in wanted.items())]
        return 200, {}, orjson.dumps({"totalSize": len(rows), "done": True, "records": rows})

    def describe(self, request: requests.PreparedRequest) -> tuple[int, dict, bytes]:
        rows = self.rows.get("FieldPermissions", ()) if self.shows else ()
        granted = {row["Field"].split(".")[1] for row in rows if row["PermissionsRead"]}
        fields = [{"name": field, "type": "string", "unique": self.unique} for field in sorted(granted)]
        return 200, {}, orjson.dumps({"name": "Lead", "fields": [{"name": "Id", "type": "id"}, *fields]})

    def make(self, request: requests.PreparedRequest) -> tuple[int, dict, bytes]:
        name = urlsplit(request.url).path.rstrip("/").rsplit("/", 1)[1]
        body = orjson.loads(request.body)
        self.posts.append((name, body))
        status, answer, done = self.fails.pop(name, (201, None, True))
        if done:
            row = {"Id": f"{name[:3]}{len(self.posts)}", **body}
            if name == "CustomField":
                object_name, field = body["FullName"].split(".")
                row |= {"TableEnumOrId": object_name, "DeveloperName": field.removesuffix("__c")}
            self.rows.setdefault(name, []).append(row)
            answer = answer or {"id": row["Id"], "success": True, "errors": []}
        return status, {}, orjson.dumps(answer)

    def change(self, request: requests.PreparedRequest) -> tuple[int, dict, bytes]:
        _, name, record_id = urlsplit(request.url).path.rsplit("/", 2)
        body = orjson.loads(request.body)
        self.patches.append((name, body))
        next(row for row in self.rows[name] if row["Id"] == record_id).update(body)
        return 204, {}, b""


@pytest.fixture
def org(wire) -> Org:
    return Org(wire)


def test_fields_are_made_granted_and_assigned_and_a_second_run_makes_nothing(remote, org) -> None:
    assert remote.create_fields([KEY, FIT]) == ["Lead.Syncer_Key__c", "Lead.Fit__c"]
    made = [name for name, _ in org.posts]
    assert made == [
        *["CustomField"] * 2,
        "PermissionSet",
        "ObjectPermissions",
        *["FieldPermissions"] * 2,
        "PermissionSetAssignment",
    ]
    parent = org.rows["PermissionSet"][0]["Id"]
    assert org.posts[3][1] == {
        "ParentId": parent,
        "SobjectType": "Lead",
        "PermissionsRead": True,
        "PermissionsCreate": True,
        "PermissionsEdit": True,
        "PermissionsDelete": False,
        "PermissionsViewAllRecords": True,
        "PermissionsModifyAllRecords": False,
    }
    assert org.posts[4][1] == {
        "ParentId": parent,
        "SobjectType": "Lead",
        "Field": "Lead.Syncer_Key__c",
        "PermissionsRead": True,
        "PermissionsEdit": True,
    }
    assert org.posts[6][1] == {"AssigneeId": USER, "PermissionSetId": parent}
    assert remote.create_fields([KEY, FIT]) == []
    assert len(org.posts) == 7
    assert org.patches == []


def test_a_field_that_nobody_sees_is_granted_and_a_right_that_was_taken_is_given_back(remote, org) -> None:
    remote.create_fields([KEY])
    org.rows["FieldPermissions"][0]["PermissionsEdit"] = False
    org.rows["PermissionSetAssignment"].clear()
    org.posts.clear()
    assert remote.create_fields([KEY]) == []
    assert org.patches == [("FieldPermissions", {"PermissionsEdit": True})]
    assert [name for name, _ in org.posts] == ["PermissionSetAssignment"]


@pytest.mark.parametrize("name", ["CustomField", "PermissionSet", "FieldPermissions", "PermissionSetAssignment"])
def test_a_lost_answer_is_settled_by_looking(make_remote, org, name: str) -> None:
    org.fails[name] = (502, "<html>", True)
    assert make_remote(attempts=5).create_fields([KEY]) == ["Lead.Syncer_Key__c"]
    assert [made for made, _ in org.posts].count(name) == 1


def test_a_create_that_was_lost_and_not_done_is_told_not_repeated(make_remote, org) -> None:
    org.fails["CustomField"] = (502, "<html>", False)
    with pytest.raises(UnknownOutcomeError):
        make_remote(attempts=5).create_fields([KEY])
    assert len(org.posts) == 1


def test_a_name_that_another_run_took_meanwhile_is_no_error(remote, org) -> None:
    taken = [{"errorCode": "DUPLICATE_DEVELOPER_NAME", "message": "There is already a field named Syncer_Key"}]
    org.fails["CustomField"] = (400, taken, True)
    assert remote.create_fields([KEY]) == ["Lead.Syncer_Key__c"]


def test_a_user_who_may_not_is_told_which_permission(remote, org) -> None:
    org.fails["CustomField"] = (403, [{"errorCode": "INSUFFICIENT_ACCESS", "message": "insufficient"}], False)
    with pytest.raises(AccessError) as caught:
        remote.create_fields([KEY])
    assert "Customize Application" in caught.value.action


def test_a_key_field_that_is_not_unique_stops_the_setup(remote, org) -> None:
    org.unique = False
    with pytest.raises(SchemaError) as caught:
        remote.create_fields([KEY])
    assert caught.value.fields == ("Syncer_Key__c",)
    assert "unique" in caught.value.action


def test_a_field_that_stays_invisible_names_whom_to_ask(remote, org) -> None:
    org.shows = False
    with pytest.raises(AccessError) as caught:
        remote.create_fields([KEY])
    assert caught.value.fields == ("Lead.Syncer_Key__c",)
    assert "permission set" in caught.value.action


@pytest.mark.parametrize(
    "spec",
    [
        FieldSpec("Event", "X__c", "X", "text"),
        FieldSpec("Lead", "Title", "Title", "text"),
        FieldSpec("Lead", "Key__c", "Key", "number", unique_key=True),
    ],
    ids=["object", "standard field", "key of numbers"],
)
def test_what_setup_may_not_make_is_refused_before_anything_is_made(remote, org, spec: FieldSpec) -> None:
    with pytest.raises(SchemaError):
        remote.create_fields([KEY, spec])
    assert org.posts == []


NONE: dict = {}
TYPES = [
    ("text", NONE, {"type": "Text", "length": 255, "required": False}),
    ("long_text", {"length": 40}, {"type": "LongTextArea", "length": 256, "visibleLines": 3, "required": False}),
    ("number", NONE, {"type": "Number", "precision": 18, "scale": 4, "required": False}),
    ("money", NONE, {"type": "Currency", "precision": 18, "scale": 2, "required": False}),
    ("boolean", NONE, {"type": "Checkbox", "defaultValue": False}),
    ("date", NONE, {"type": "Date", "required": False}),
    ("datetime", NONE, {"type": "DateTime", "required": False}),
    ("url", NONE, {"type": "Url", "required": False}),
]


@pytest.mark.parametrize(("kind", "more", "expected"), TYPES, ids=[case[0] for case in TYPES])
def test_neutral_types_become_tooling_metadata(kind: str, more: dict, expected: dict) -> None:
    assert metadata(FieldSpec("Lead", "F__c", "F", kind, **more)) == {"label": "F", "description": None, **expected}


def test_keys_and_choices_carry_what_makes_them_so() -> None:
    assert metadata(KEY) == {
        "label": "Syncer key",
        "description": "Set by syncer",
        "type": "Text",
        "length": 64,
        "externalId": True,
        "unique": True,
        "caseSensitive": False,
        "required": False,
    }
    values = [{"valueName": "a", "label": "A", "default": False}, {"valueName": "b", "label": "B", "default": False}]
    definition = {"restricted": True, "valueSetDefinition": {"sorted": False, "value": values}}
    assert metadata(FIT)["valueSet"] == definition
    assert metadata(FieldSpec("Lead", "M__c", "M", "choices", options=FIT.options))["visibleLines"] == 4
