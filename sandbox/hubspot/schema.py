"""Changes of the schema: properties come, go and are renamed, options too. Values stay where they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sandbox.hubspot.definitions import BOOLEANS, Definition, Option, parse_options
from sandbox.hubspot.errors import no_property
from sandbox.hubspot.store import ObjectStore

GROUP_LABELS = {
    "contactinformation": "Contact information",
    "companyinformation": "Company information",
    "dealinformation": "Deal information",
    "sales_properties": "Sales properties",
    "analyticsinformation": "Web analytics history",
    "emailinformation": "Email information",
    "conversioninformation": "Conversion information",
    "socialmediainformation": "Social media information",
}


def label_of(group: str) -> str:
    return GROUP_LABELS.get(group) or group.replace("_", " ").capitalize()


def defined(store: ObjectStore, name: str) -> Definition:
    """Raises PortalRefusal 404."""
    definition = store.definitions.get(name)
    if definition is None:
        raise no_property(name)
    return definition


def define(store: ObjectStore, definition: Definition) -> None:
    """Adds a property; a property of that name that was archived comes back with its old values."""
    store.definitions[definition.name] = definition
    store.groups.setdefault(definition.group, label_of(definition.group))
    if definition.unique:
        index = store.unique.setdefault(definition.name, {})
        for number in store.live_ids:
            value = store.records[number].values.get(definition.name)
            if value:
                index[value.lower()] = number
    store.redefined()


def archive_property(store: ObjectStore, name: str) -> None:
    """Takes a property away; its values rest in the records."""
    defined(store, name).archived = True
    if name != "email":
        store.unique.pop(name, None)
    store.redefined()


_PLAIN = ("label", "type", "field_type", "max_length", "required", "read_only", "hidden")


def change_property(store: ObjectStore, name: str, changes: Mapping[str, Any]) -> None:
    """What an administrator changes by hand; records keep their values, new writes meet the new rules.

    `options` are values, (value, label) pairs, or dicts with both. Raises ValueError for a change that is not known.
    """
    unknown = changes.keys() - {*_PLAIN, "options", "archived", "new_name"}
    if unknown:
        raise ValueError(f"a property has no {', '.join(sorted(unknown))} to change")
    definition = defined(store, name)
    for key in _PLAIN:
        if key in changes:
            setattr(definition, key, changes[key])
    if "options" in changes:
        definition.options = [_option(each) for each in changes["options"]]
        definition.refresh()
    if changes.get("archived") is True:
        archive_property(store, name)
    elif changes.get("archived") is False:
        definition.archived = False
        define(store, definition)
    if "new_name" in changes:
        _rename(store, definition, changes["new_name"])
    store.redefined()


def _option(given: str | tuple[str, str] | Mapping[str, Any]) -> Option:
    if isinstance(given, str):
        return Option(given, given)
    if isinstance(given, tuple):
        return Option(*given)
    return Option(str(given["value"]), str(given["label"]), bool(given.get("hidden")))


def _rename(store: ObjectStore, old: Definition, new_name: str) -> None:
    """Names never change: a new property with the same values takes the old one's place, which is archived."""
    options = [replace(option) for option in old.options]
    made = replace(old, name=new_name, options=options, hubspot_defined=False)
    for record in store.records.values():
        if old.name in record.values:
            record.values[new_name] = record.values[old.name]
    archive_property(store, old.name)
    define(store, made)


def opt_out_property(subscription_id: int, name: str) -> Definition:
    """The read-only mirror of one subscription on contacts."""
    return Definition(
        f"hs_email_optout_{subscription_id}",
        f"Opted out of email: {name}",
        "bool",
        "booleancheckbox",
        "emailinformation",
        parse_options(BOOLEANS),
        read_only=True,
        hubspot_defined=True,
        read_only_options=True,
    )


def regroup(store: ObjectStore, group: str) -> None:
    """Removes a group; its properties move to the object's first one."""
    del store.groups[group]
    refuge = next(iter(store.groups), group)
    for definition in store.definitions.values():
        if definition.group == group:
            definition.group = refuge
    store.groups.setdefault(refuge, label_of(refuge))
