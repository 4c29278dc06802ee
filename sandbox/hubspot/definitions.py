"""Property definitions: what a portal knows of each property, its wire form, and the parser of the standard tables.

A table is text, one property a line: `name | label | type.fieldType | group | flags | options`. Flags: `ro` the value
is read-only, `calc` it is calculated (and read-only), `unique` hasUniqueValue, `hidden`, `open` options may be edited,
`owner` it refers to an owner. Options name an entry of the option table given beside it, or are spelled
`value=Label, value=Label`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

STANDARD_SINCE = "2019-08-06T02:41:08.029Z"  # one moment for all standard definitions


@dataclass(slots=True)
class Option:
    value: str
    label: str
    hidden: bool = False
    description: str = ""

    def wire(self, order: int) -> dict[str, Any]:
        return {
            "label": self.label,
            "value": self.value,
            "displayOrder": order,
            "hidden": self.hidden,
            "description": self.description,
        }


@dataclass(slots=True)
class Definition:
    """One property of one object type; changed in place by administrators."""

    name: str
    label: str
    type: str
    field_type: str
    group: str
    options: list[Option] = field(default_factory=list)
    description: str = ""
    calculated: bool = False
    read_only: bool = False
    unique: bool = False
    hidden: bool = False
    owner: bool = False
    form_field: bool = False
    hubspot_defined: bool = False
    archived: bool = False
    display_order: int = -1
    read_only_options: bool = False
    formula: str | None = None
    max_length: int = 65_536  # characters; less where an administrator's rule says so
    required: bool = False  # an administrator's rule for creating records; the API enforces it from 2026-09 on
    app_reads: bool = True  # what the integration user may do with it
    app_edits: bool = True
    created: str = STANDARD_SINCE
    updated: str = STANDARD_SINCE
    values: frozenset[str] = frozenset()  # the option values, kept by `refresh`

    def __post_init__(self) -> None:
        self.refresh()

    def refresh(self) -> None:
        """Recomputes the set of allowed values; call after `options` changed."""
        self.values = frozenset(option.value for option in self.options)

    @property
    def visible(self) -> bool:
        """Whether an app finds it."""
        return not self.archived and self.app_reads

    @property
    def multiple(self) -> bool:
        return self.type == "enumeration" and self.field_type == "checkbox"

    def wire(self) -> dict[str, Any]:
        """The definition as the properties API sends it; keys that HubSpot omits when empty are omitted."""
        sent: dict[str, Any] = {
            "updatedAt": self.updated,
            "createdAt": self.created,
            "name": self.name,
            "label": self.label,
            "type": self.type,
            "fieldType": self.field_type,
            "description": self.description,
            "groupName": self.group,
            "options": [option.wire(order) for order, option in enumerate(self.options)],
            "displayOrder": self.display_order,
            "calculated": self.calculated,
            "externalOptions": self.owner,
            "archived": self.archived,
            "hasUniqueValue": self.unique,
            "hidden": self.hidden,
            "showCurrencySymbol": False,
            "dataSensitivity": "non_sensitive",
            "formField": self.form_field,
            "modificationMetadata": {
                "archivable": not self.hubspot_defined,
                "readOnlyDefinition": self.hubspot_defined,
                "readOnlyOptions": self.read_only_options,
                "readOnlyValue": self.read_only,
            },
        }
        if self.hubspot_defined:
            sent["hubspotDefined"] = True
        if self.owner:
            sent["referencedObjectType"] = "OWNER"
        if self.formula is not None:
            sent["calculationFormula"] = self.formula
        return sent


BOOLEANS = "true=Yes, false=No"


def parse_options(text: str) -> list[Option]:
    """Options from `value=Label, value=Label`; a bare value is its own label."""
    found = []
    for part in filter(None, (piece.strip() for piece in text.split(", "))):
        value, _, label = part.partition("=")
        found.append(Option(value, label or value))
    return found


def parse_table(text: str, option_tables: Mapping[str, str]) -> dict[str, Definition]:
    """Definitions from a standard table, in its order."""
    parsed: dict[str, Definition] = {}
    for line in filter(None, (raw.strip() for raw in text.splitlines())):
        cells = [cell.strip() for cell in line.split("|")]
        name, label, kind, group = cells[:4]
        flags = set(cells[4].split()) if len(cells) > 4 else set()
        options = cells[5] if len(cells) > 5 else ""
        value_type, _, field_type = kind.partition(".")
        spelled = option_tables.get(options, options) or (BOOLEANS if value_type == "bool" else "")
        parsed[name] = Definition(
            name=name,
            label=label,
            type=value_type,
            field_type=field_type,
            group=group,
            options=parse_options(spelled),
            calculated="calc" in flags,
            read_only=bool(flags & {"ro", "calc"}),
            unique="unique" in flags,
            hidden="hidden" in flags,
            owner="owner" in flags,
            form_field=value_type == "string" and not flags & {"ro", "calc", "hidden"},
            hubspot_defined=True,
            read_only_options="open" not in flags and value_type in ("enumeration", "bool"),
            display_order=len(parsed),
        )
    return parsed
