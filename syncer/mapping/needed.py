"""What setup has to create on each side, in neutral words: our own fields, and mapped ones with `create = true`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from connectors.base import FieldSchema, FieldSpec, ObjectSchema
from syncer.core.fields import SIDES, FieldMap, FieldType, KindMap, Rule, SideName, other
from syncer.mapping.load import Mappings
from syncer.mapping.words import CROSS_REFERENCE, OUR_FIELDS, creatable

Schemas = Mapping[tuple[SideName, str], ObjectSchema]

_SPEC_TYPES: Final = {
    FieldType.TEXT: "text",
    FieldType.INTEGER: "number",
    FieldType.NUMBER: "number",
    FieldType.MONEY: "money",
    FieldType.BOOLEAN: "boolean",
    FieldType.YES_NO: "boolean",
    FieldType.DATE: "date",
    FieldType.DATETIME: "datetime",
    FieldType.CHOICE: "choice",
    FieldType.CHOICES: "choices",
    FieldType.EMAIL: "text",
    FieldType.PHONE: "text",
    FieldType.URL: "url",
    FieldType.DOMAIN: "text",
}
_TEXT_MAX: Final = 255
_LONG_TEXT: Final = 32_000
_HUBSPOT_LONGEST: Final = 65_536  # what every HubSpot string may hold: says nothing about this one


def needed_fields(kinds: Mappings | tuple[KindMap, ...], schemas: Schemas) -> dict[SideName, list[FieldSpec]]:
    """The fields that are missing, by side; an object that `schemas` does not know counts as lacking all of them."""
    needed: dict[SideName, list[FieldSpec]] = {"left": [], "right": []}
    for kind in kinds:
        for side in SIDES:
            for object_name in kind.objects(side):
                schema = schemas.get((side, object_name))
                present = {name.lower() for name in schema.fields} if schema else set()
                wanted = [*_ours(side, object_name), *_mapped(kind, side, object_name, schemas)]
                needed[side] += [spec for spec in wanted if spec.name.lower() not in present]
    return needed


def _ours(side: SideName, object_name: str) -> list[FieldSpec]:
    key = FieldSpec(
        object_name,
        OUR_FIELDS[side],
        "Syncer Key",
        "text",
        length=40,
        unique_key=True,
        description="Written by syncer: the same key stands on the counterpart in the other system. Do not edit.",
    )
    if side == "right":
        return [key]
    said = "Written by syncer: the record id of the counterpart in HubSpot."
    return [key, FieldSpec(object_name, CROSS_REFERENCE, "HubSpot Id", "text", length=40, description=said)]


def _mapped(kind: KindMap, side: SideName, object_name: str, schemas: Schemas) -> list[FieldSpec]:
    specs = []
    for field in kind.fields:
        name = field.on(side, object_name)
        if field.create and name is not None and creatable(side, name):
            specs.append(_spec(field, side, object_name, name, _source(kind, field, other(side), schemas)))
    return specs


def _source(kind: KindMap, field: FieldMap, side: SideName, schemas: Schemas) -> FieldSchema | None:
    """The counterpart with the most room, which the new field has to hold."""
    found = [
        schema.fields[name]
        for object_name in kind.objects(side)
        if (schema := schemas.get((side, object_name))) and (name := field.on(side, object_name)) in schema.fields
    ]
    return max(found, key=lambda item: item.max_length or 0, default=None)


def _spec(field: FieldMap, side: SideName, object_name: str, name: str, source: FieldSchema | None) -> FieldSpec:
    kind, length = _SPEC_TYPES[field.type], _TEXT_MAX
    if field.type is FieldType.YES_NO and side == "left":
        kind = "choice"
    room = source.max_length if source else None
    if kind == "text" and room and _TEXT_MAX < room < _HUBSPOT_LONGEST:
        kind, length = "long_text", min(room, _LONG_TEXT)
    elif kind == "text" and room and room <= _TEXT_MAX:
        length = room
    if kind == "text" and field.length:
        kind, length = ("long_text" if field.length > _TEXT_MAX else "text"), field.length
    return FieldSpec(
        object_name,
        name,
        field.label,
        kind,
        length=length,
        options=_options(field, side),
        description=_described(field),
    )


def _described(field: FieldMap) -> str:
    if field.rule is Rule.ALWAYS_SYNCER:
        return f"Written by syncer (field {field.name}). Edits are replaced."
    return f"Kept in step by syncer (field {field.name}, rule {field.rule})."


def _options(field: FieldMap, side: SideName) -> tuple[tuple[str, str], ...]:
    """The mapped options; a HubSpot option is labelled as Salesforce calls it, a Salesforce one is its own label."""
    if field.type is FieldType.YES_NO:
        return (("Yes", "Yes"), ("No", "No")) if side == "left" else ()
    if side == "left":
        return tuple((label, label) for label in field.choices)
    labels: dict[str, str] = {}
    for label, value in field.choices.items():
        labels.setdefault(value, label)
    return tuple(labels.items())
