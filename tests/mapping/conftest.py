"""Live schemas as the two sandbox systems would show them to an integration user."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from connectors.base import FieldSchema, ObjectSchema
from connectors.hubspot.schema import object_schema
from sandbox.hubspot.tables import standard_properties
from sandbox.salesforce.definitions import CHOICES, NUMERIC, TEXTUAL, FieldDef
from sandbox.salesforce.tables import standard_objects


def salesforce_field(made: FieldDef) -> FieldSchema:
    return FieldSchema(
        name=made.name,
        label=made.label,
        type=made.type,
        createable=made.createable,
        updateable=made.updateable,
        required=made.createable and not made.nillable and made.default is None and made.type != "boolean",
        unique=made.unique,
        max_length=made.length or None if made.type in TEXTUAL else None,
        options=tuple((option.value, option.label) for option in made.options) if made.type in CHOICES else None,
        restricted=made.restricted,
        calculated=made.calculated,
        reference_to=made.reference_to,
        scale=made.scale if made.type in NUMERIC and made.type != "int" else None,
    )


@pytest.fixture(scope="session")
def schemas() -> Mapping[tuple[str, str], ObjectSchema]:
    found = {}
    for name in ("Lead", "Contact", "Account"):
        made = standard_objects()[name.lower()]
        fields = {field.name: salesforce_field(field) for field in made.fields.values()}
        found["left", name] = ObjectSchema(name, made.label, fields, createable=True, updateable=True)
    for name in ("contacts", "companies"):
        definitions = [definition.wire() for definition in standard_properties()[name].values()]
        found["right", name] = object_schema(name, definitions)
    return found
