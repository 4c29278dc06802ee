"""A new org: the organization, the integration user with its profile and permission set, and the setup rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from sandbox.kernel import Ledger, SandboxClock
from sandbox.salesforce.custom_fields import add_field, grant
from sandbox.salesforce.definitions import ObjectDef
from sandbox.salesforce.settings import OrgSettings
from sandbox.salesforce.state import OrgState
from sandbox.salesforce.store import Rows
from sandbox.salesforce.tables import standard_objects
from sandbox.salesforce.times import stamp

_METADATA_TYPES: Final = {
    "picklist": "Text",
    "combobox": "Text",
    "string": "Text",
    "textarea": "LongTextArea",
    "currency": "Currency",
    "double": "Number",
    "int": "Number",
    "percent": "Percent",
    "date": "Date",
    "datetime": "DateTime",
}


def born(settings: OrgSettings, clock: SandboxClock, ledger: Ledger) -> OrgState:
    """An org with the integration user and an administrator, and without records."""
    objects = standard_objects()
    state = OrgState(settings, clock, ledger, objects, {name: Rows(made) for name, made in objects.items()})
    state.born_s = state.schema_s = clock.now_ms() // 1000
    now = stamp(clock.now_ms())

    def enter(name: str, **values: Any) -> str:
        rows = state.rows[name.lower()]
        record_id = rows.next_id()
        audit = {"CreatedDate": now, "CreatedById": state.user_id, "LastModifiedDate": now}
        audit |= {"LastModifiedById": state.user_id, "SystemModstamp": now}
        kept = {field: value for field, value in audit.items() if field.lower() in rows.definition.fields}
        rows.insert({"Id": record_id, **{k: v for k, v in values.items() if v is not None}, **kept})
        return record_id

    state.user_id = _first_user(state)
    profile = enter("Profile", Name="Integration")
    _describe_user(state, profile, now)
    state.admin_id = enter(
        "User",
        Username=f"admin+{state.settings.username}",
        Email=f"admin+{state.settings.username}",
        LastName="Admin",
        FirstName="Org",
        Name="Org Admin",
        Alias="admin",
        CommunityNickname="admin",
        IsActive=True,
        TimeZoneSidKey="GMT",
        LocaleSidKey="en_US",
        EmailEncodingKey="UTF-8",
        LanguageLocaleKey="en_US",
        ProfileId=profile,
        UserType="Standard",
    )
    state.org_id = enter(
        "Organization",
        Name=settings.name,
        InstanceName="SBX1",
        IsSandbox=settings.is_sandbox,
        OrganizationType=settings.edition,
        TimeZoneSidKey="GMT",
        DefaultLocaleSidKey="en_US",
        LanguageLocaleKey="en_US",
    )
    state.permission_set_id = enter(
        "PermissionSet",
        Name=f"X{profile}",
        Label="Integration",
        ProfileId=profile,
        IsOwnedByProfile=True,
        IsCustom=False,
    )
    _enter_statuses(objects, enter)
    _formulas(state)
    state.schema_s = state.born_s
    return state


def _enter_statuses(objects: dict[str, ObjectDef], enter: Callable[..., str]) -> None:
    """The rows behind the status picklists, and one per describable object."""
    for place, option in enumerate(objects["lead"].fields["status"].options, 1):
        converted = option.value == "Closed - Converted"
        enter("LeadStatus", MasterLabel=option.label, ApiName=option.value, SortOrder=place, IsDefault=option.default,
              IsConverted=converted)  # fmt: skip
    for place, option in enumerate(objects["task"].fields["status"].options, 1):
        closed = option.value == "Completed"
        enter("TaskStatus", MasterLabel=option.label, ApiName=option.value, SortOrder=place, IsDefault=option.default,
              IsClosed=closed)  # fmt: skip
    for made in objects.values():
        if not made.tooling:
            enter("EntityDefinition", DurableId=made.name, QualifiedApiName=made.name, DeveloperName=made.name,
                  Label=made.label, PluralLabel=made.plural, KeyPrefix=made.key_prefix,
                  IsCustomizable=made.layoutable, IsQueryable=True)  # fmt: skip


def _first_user(state: OrgState) -> str:
    rows = state.rows["user"]
    record_id = rows.next_id()
    rows.insert({"Id": record_id, "Username": state.settings.username})
    return record_id


def _describe_user(state: OrgState, profile: str, now: str) -> None:
    rows = state.rows["user"]
    user = rows.get(state.user_id)
    if user is None:
        raise RuntimeError("the integration user was not stored")
    rows.change(
        user,
        {
            "LastName": "Integration",
            "FirstName": "Sync",
            "Name": "Sync Integration",
            "Email": state.settings.username,
            "Alias": "sync",
            "CommunityNickname": "sync",
            "IsActive": True,
            "TimeZoneSidKey": "GMT",
            "LocaleSidKey": "en_US",
            "EmailEncodingKey": "UTF-8",
            "LanguageLocaleKey": "en_US",
            "ProfileId": profile,
            "UserType": "Standard",
            "CreatedDate": now,
            "CreatedById": state.user_id,
            "LastModifiedDate": now,
            "LastModifiedById": state.user_id,
            "SystemModstamp": now,
        },
    )


def _formulas(state: OrgState) -> None:
    """The admin's formula fields: read-only, never stored, without effect on any stamp."""
    for full, formula in state.settings.formulas.items():
        object_name, _, name = full.partition(".")
        label = name.removesuffix("__c").replace("_", " ")
        metadata: dict[str, Any] = {"label": label, "formula": formula, "type": "Text", "length": 255}
        if formula.startswith("COUNT("):
            metadata |= {"type": "Number", "precision": 18, "scale": 0}
        elif "." not in formula and (source := state.objects[object_name.lower()].field(formula)) is not None:
            metadata["type"] = _METADATA_TYPES.get(source.type, "Text")
        if metadata["type"] == "LongTextArea":
            metadata["length"] = 32_000
        add_field(state, object_name, name, metadata, user_id=state.user_id)
        grant(state, object_name, name, edit=False)
