"""What the org knows about its objects and fields: the source of describe, of checks and of SOQL's names."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

TEXTUAL: Final = frozenset(
    {"string", "textarea", "email", "phone", "url", "picklist", "multipicklist", "combobox", "encryptedstring"}
)
NUMERIC: Final = frozenset({"int", "double", "currency", "percent"})
CHOICES: Final = frozenset({"picklist", "multipicklist", "combobox"})
LONG_TEXT: Final = 255


class Option(NamedTuple):
    value: str
    label: str
    active: bool = True
    default: bool = False


@dataclass(frozen=True, slots=True)
class FieldDef:
    """One field; `type` is the vendor's word in describe."""

    name: str
    label: str
    type: str
    length: int = 0  # characters; digits of an int
    precision: int = 0
    scale: int = 0
    nillable: bool = True
    createable: bool = True
    updateable: bool = True
    unique: bool = False
    external_id: bool = False
    case_sensitive: bool = False
    restricted: bool = False
    options: tuple[Option, ...] = ()
    reference_to: tuple[str, ...] = ()
    relationship_name: str | None = None
    calculated: bool = False
    formula: str | None = None  # a path such as `Account.Industry`, or `COUNT(Contact.AccountId)`: never stored
    default: Any = None  # value a create takes where none is given
    id_lookup: bool = False
    compound: str | None = None  # the field that this one is a part of
    name_field: bool = False
    custom: bool = False
    cascade_delete: bool = False
    can_filter: bool = True
    help: str | None = None

    @property
    def filterable(self) -> bool:
        return self.can_filter and not (self.type == "textarea" and self.length > LONG_TEXT)

    @property
    def sortable(self) -> bool:
        return self.filterable and self.type not in ("multipicklist", "address")

    @property
    def groupable(self) -> bool:
        return self.sortable and self.type not in ("double", "currency", "percent", "datetime")

    @property
    def defaulted(self) -> bool:
        """True where a create fills the field by itself."""
        return self.type == "boolean" or self.default is not None

    @property
    def required(self) -> bool:
        return self.createable and not self.nillable and not self.defaulted


@dataclass(frozen=True, slots=True)
class ChildRelationship:
    child: str
    field: str
    name: str | None
    cascade_delete: bool = False


@dataclass(slots=True)
class ObjectDef:
    """One object; `fields` by lower-case name, in describe's order."""

    name: str
    label: str
    plural: str
    key_prefix: str
    fields: dict[str, FieldDef]
    children: list[ChildRelationship] = field(default_factory=list)
    createable: bool = True
    updateable: bool = True
    deletable: bool = True
    undeletable: bool = True
    mergeable: bool = False
    replicateable: bool = True
    searchable: bool = True
    layoutable: bool = True
    custom: bool = False
    tooling: bool = False  # only behind /tooling

    def field(self, name: str) -> FieldDef | None:
        return self.fields.get(name.lower())
