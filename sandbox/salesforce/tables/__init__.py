"""Standard objects and fields, in a notation of one line a field. `standard_objects` makes a fresh set for one org.

Imports `sandbox.salesforce.definitions` only.
"""

from __future__ import annotations

from dataclasses import replace

from sandbox.salesforce.definitions import ChildRelationship, ObjectDef
from sandbox.salesforce.tables.accounts import ACCOUNTS
from sandbox.salesforce.tables.activities import ACTIVITIES
from sandbox.salesforce.tables.administration import ADMINISTRATION
from sandbox.salesforce.tables.people import PEOPLE

_CHILD_NAMES = {
    ("Contact", "ReportsToId"): "DirectReports",
    ("Account", "ParentId"): "ChildAccounts",
    ("Campaign", "ParentId"): "ChildCampaigns",
    ("PermissionSetAssignment", "PermissionSetId"): "Assignments",
    ("FieldPermissions", "ParentId"): "FieldPerms",
    ("ObjectPermissions", "ParentId"): "ObjectPerms",
}
_UNNAMED = ("CreatedById", "LastModifiedById", "OwnerId", "MasterRecordId", "ManagerId", "RecurrenceActivityId")


def standard_objects() -> dict[str, ObjectDef]:
    """Every object by lower-case name; the dictionaries of fields are this org's own."""
    objects = {
        made.name.lower(): replace(made, fields=dict(made.fields), children=[])
        for made in (*PEOPLE, *ACCOUNTS, *ACTIVITIES, *ADMINISTRATION)
    }
    relate(objects)
    return objects


def relate(objects: dict[str, ObjectDef]) -> None:
    """Fills every object's child relationships from the references that point to it."""
    for parent in objects.values():
        parent.children = [
            ChildRelationship(child.name, field.name, _child_name(child, field.name), field.cascade_delete)
            for child in objects.values()
            for field in child.fields.values()
            if parent.name in field.reference_to
        ]


def _child_name(child: ObjectDef, field_name: str) -> str | None:
    if field_name in _UNNAMED or field_name.startswith("Converted"):
        return None
    named = _CHILD_NAMES.get((child.name, field_name))
    return named or child.plural.replace(" ", "")
