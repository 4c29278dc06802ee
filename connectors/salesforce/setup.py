"""Creates the missing fields and makes them visible: Tooling CustomField, permission set, field and object permissions.

A field made by API is invisible to everyone, its maker included, until a permission set grants it. Every step looks
first and creates only what is missing, so that a second run after a crash completes the first; the end is read back.
The caller needs Customize Application and Manage Profiles and Permission Sets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from connectors.base import (
    AccessError,
    FieldSpec,
    IdentityConflictError,
    ProtocolError,
    RemoteError,
    SchemaError,
    UnknownOutcomeError,
)
from connectors.policy import Effect
from connectors.salesforce.read import query_rows
from connectors.salesforce.schema import Schemas
from connectors.salesforce.soql import literal, name, select, within
from connectors.salesforce.wire import Wire
from connectors.salesforce.words import HOME_OF_FIELDS, PERMISSION_SET, WRITABLE
from connectors.shortcomings import not_offered

_LONGEST_TEXT: Final = 255
_SHORTEST_LONG: Final = 256
_LONGEST_LONG: Final = 131_072
_READABLE_AND_EDITABLE: Final[Mapping[str, bool]] = {"PermissionsRead": True, "PermissionsEdit": True}
_OBJECT_RIGHTS: Final[Mapping[str, bool]] = {
    "PermissionsRead": True,
    "PermissionsCreate": True,
    "PermissionsEdit": True,
    "PermissionsDelete": False,
    "PermissionsViewAllRecords": True,  # without it sharing rules hide rows silently
    "PermissionsModifyAllRecords": False,
}

# neutral type -> Tooling metadata
_TYPES: Final[Mapping[str, Mapping[str, Any]]] = {
    "text": {"type": "Text"},
    "long_text": {"type": "LongTextArea", "visibleLines": 3},
    "number": {"type": "Number", "precision": 18, "scale": 4},
    "money": {"type": "Currency", "precision": 18, "scale": 2},
    "boolean": {"type": "Checkbox", "defaultValue": False},
    "date": {"type": "Date"},
    "datetime": {"type": "DateTime"},
    "choice": {"type": "Picklist"},
    "choices": {"type": "MultiselectPicklist", "visibleLines": 4},
    "url": {"type": "Url"},
}


class Setup:
    """One run of `create`; `user_id` is the integration user, who is given the permission set."""

    def __init__(self, wire: Wire, schemas: Schemas, user_id: str | None) -> None:
        self._wire, self._schemas, self._user_id = wire, schemas, user_id

    def create(self, specs: Sequence[FieldSpec]) -> list[str]:
        """`Object.Field` of those created now. Raises AccessError naming fields that stay invisible."""
        for spec in specs:
            if spec.object not in (*WRITABLE, *HOME_OF_FIELDS) or not spec.name.endswith("__c"):
                raise SchemaError(f"{spec.object}.{spec.name} is no custom field of ours", side="left")
            metadata(spec)  # what cannot be made is refused before anything is made
        objects = sorted({spec.object for spec in specs})
        if not objects:
            return []
        try:
            existing = self._existing(objects)
        except RemoteError as error:
            raise (_by_hand(specs, error) if not_offered(error) else error) from None
        created = [full for spec in specs if (full := f"{spec.object}.{spec.name}").lower() not in existing]
        for spec in specs:
            if f"{spec.object}.{spec.name}".lower() not in existing:
                self._create_field(spec)
        refused = self._granted(objects, specs)
        self._schemas.forget()
        try:
            self._check(specs)
        except AccessError as error:
            raise (refused or error) from None
        return created

    def _granted(self, objects: Sequence[str], specs: Sequence[FieldSpec]) -> RemoteError | None:
        """Grants what is needed; where that cannot be asked for, why not: the fields may be visible all the same."""
        try:
            self._grant(objects, specs)
        except RemoteError as error:
            if not not_offered(error):
                raise
            return error
        return None

    def _existing(self, objects: Sequence[str]) -> set[str]:
        """Custom fields there are, visible or not, in lower case."""
        asked: dict[str, list[str]] = {}
        for object_name in objects:
            asked.setdefault(HOME_OF_FIELDS.get(object_name, object_name), []).append(object_name)
        soql = select(("DeveloperName", "TableEnumOrId"), "CustomField", (within("TableEnumOrId", list(asked)),))
        rows = [row for row, _ in query_rows(self._wire, soql, tooling=True)]
        hidden = {
            f"{object_name}.{row['DeveloperName']}__c".lower()
            for row in rows
            for object_name in asked.get(row["TableEnumOrId"], ())
        }
        visible = {
            f"{object_name}.{field}".lower()
            for object_name in objects
            for field in self._schemas.get(object_name).fields
        }
        return hidden | visible

    def _create_field(self, spec: FieldSpec) -> None:
        home = HOME_OF_FIELDS.get(spec.object, spec.object)
        body = {"FullName": f"{home}.{spec.name}", "Metadata": metadata(spec)}
        try:
            self._post("tooling/sobjects/CustomField", body)
        except IdentityConflictError:
            return
        except UnknownOutcomeError:
            if f"{spec.object}.{spec.name}".lower() not in self._existing([spec.object]):
                raise

    def _grant(self, objects: Sequence[str], specs: Sequence[FieldSpec]) -> None:
        wanted = {"Name": PERMISSION_SET, "Label": PERMISSION_SET}
        parent = self._ensure("PermissionSet", {"Name": PERMISSION_SET}, wanted, {})
        for object_name in objects:
            if object_name in HOME_OF_FIELDS:
                continue  # who may work with tasks is no right to an object
            key = {"ParentId": parent, "SobjectType": object_name}
            self._ensure("ObjectPermissions", key, key, _OBJECT_RIGHTS)
        for spec in specs:
            key = {"ParentId": parent, "SobjectType": spec.object, "Field": f"{spec.object}.{spec.name}"}
            self._ensure("FieldPermissions", key, key, _READABLE_AND_EDITABLE)
        if self._user_id is not None:
            key = {"AssigneeId": self._user_id, "PermissionSetId": parent}
            self._ensure("PermissionSetAssignment", key, key, {})

    def _ensure(
        self, object_name: str, key: Mapping[str, str], values: Mapping[str, str], rights: Mapping[str, bool]
    ) -> str:
        """The id of the row with this key, made where it is missing, its rights raised where they are too low."""
        row = self._look_up(object_name, key, rights)
        if row is None:
            try:
                return self._post(f"sobjects/{object_name}/", {**values, **rights})
            except (IdentityConflictError, UnknownOutcomeError) as error:
                row = self._look_up(object_name, key, rights)
                if row is None:
                    raise error from None
        lacking = {right: True for right, wanted in rights.items() if wanted and not row.get(right)}
        if lacking:
            path = f"sobjects/{object_name}/{row['Id']}"
            self._wire.ask("PATCH", path, "setup", json=lacking, effect=Effect.KEYED_WRITE)
        return str(row["Id"])

    def _look_up(self, object_name: str, key: Mapping[str, str], rights: Mapping[str, bool]) -> dict[str, Any] | None:
        where = [f"{name(field)} = {literal(value)}" for field, value in key.items()]
        return next((row for row, _ in query_rows(self._wire, select(("Id", *rights), object_name, where))), None)

    def _post(self, path: str, body: Mapping[str, Any]) -> str:
        try:
            made = self._wire.ask("POST", path, "setup", json=body, effect=Effect.UNKEYED_WRITE).value
        except AccessError as error:
            error.action = "Run setup as a user with Customize Application and Manage Profiles and Permission Sets."
            raise
        if not isinstance(made, Mapping) or not made.get("id"):
            raise ProtocolError("a create without an id", side="left")
        return str(made["id"])

    def _check(self, specs: Sequence[FieldSpec]) -> None:
        schemas = {object_name: self._schemas.get(object_name) for object_name in {spec.object for spec in specs}}
        hidden = [
            f"{spec.object}.{spec.name}"
            for spec in specs
            if spec.name.lower() not in {field.lower() for field in schemas[spec.object].fields}
        ]
        if hidden:
            raise AccessError(
                f"created but not visible: {', '.join(hidden)}",
                side="left",
                fields=hidden,
                action=f"Assign the permission set {PERMISSION_SET} to the integration user.",
            )
        for spec in specs:
            found = {field.lower(): made for field, made in schemas[spec.object].fields.items()}[spec.name.lower()]
            if spec.unique_key and not found.unique:
                raise SchemaError(
                    f"{spec.object}.{spec.name} is there but not unique: two runs could create a record twice",
                    side="left",
                    fields=(spec.name,),
                    action=f"A Salesforce administrator: make {spec.name} an external id with unique values.",
                )


def _by_hand(specs: Sequence[FieldSpec], error: RemoteError) -> AccessError:
    wanted = ", ".join(f"{spec.object}.{spec.name}" for spec in specs)
    return AccessError(
        f"{len(specs)} fields are missing and cannot be created from here ({error.message}): {wanted}",
        side="left",
        code=error.code,
        status=error.status,
        fields=[spec.name for spec in specs],
        action="A Salesforce administrator: create these fields in Setup and make them visible and editable for the "
        "integration user, or give that user Customize Application and API access to the Tooling API.",
    )


def metadata(spec: FieldSpec) -> dict[str, Any]:
    """Tooling `Metadata` of a field. Raises SchemaError for a combination Salesforce cannot make."""
    made: dict[str, Any] = {"label": spec.label, "description": spec.description or None, **_TYPES[spec.type]}
    if spec.type == "text":
        made["length"] = min(spec.length, _LONGEST_TEXT)
    elif spec.type == "long_text":
        made["length"] = min(max(spec.length, _SHORTEST_LONG), _LONGEST_LONG)
    elif spec.type in ("choice", "choices"):
        made["valueSet"] = _value_set(spec.options)
    if spec.unique_key:
        if spec.type != "text":
            raise SchemaError(f"{spec.name}: only a text can be the key", side="left", fields=(spec.name,))
        made |= {"externalId": True, "unique": True, "caseSensitive": False}
    if spec.type != "boolean":
        made["required"] = False
    return made


def _value_set(options: Sequence[tuple[str, str]]) -> dict[str, Any]:
    values = [{"valueName": value, "label": label, "default": False} for value, label in options]
    return {"restricted": True, "valueSetDefinition": {"sorted": False, "value": values}}
