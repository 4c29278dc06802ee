"""The mappings that ship: what an admin gets before any edit."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from connectors.base import ObjectSchema
from connectors.hubspot.setup import definition
from connectors.salesforce.setup import metadata
from syncer.core.fields import FieldType, Rule
from syncer.mapping import check_against_schemas, load_mappings, needed_fields

ROOT = Path(__file__).parents[2]
MAPPINGS = load_mappings(ROOT / "mappings")


def test_accounts_come_first_and_each_kind_has_25_fields_or_more_that_exist_on_both_sides(
    schemas: Mapping[tuple[str, str], ObjectSchema],
) -> None:
    assert [kind.kind for kind in MAPPINGS] == ["account", "person"]
    for kind in MAPPINGS:
        assert len(kind.fields) >= 25
        for side in ("left", "right"):
            names = {(name, field.on(side, name)) for name in kind.objects(side) for field in kind.fields}
            real = {field for name, field in names if field in schemas[side, name].fields}
            assert len(real) >= 18, side


def test_every_field_of_both_sandbox_systems_fits_its_type_its_rule_and_its_options(
    schemas: Mapping[tuple[str, str], ObjectSchema],
) -> None:
    problems = check_against_schemas(MAPPINGS, schemas)
    assert [str(problem) for problem in problems if problem.severity == "error"] == []
    assert {problem.name for problem in problems} <= {"NotSetUp", "NarrowerField", "UnmappedOption"}


def test_after_setup_nothing_is_missing_and_both_systems_can_make_what_was(
    schemas: Mapping[tuple[str, str], ObjectSchema],
) -> None:
    needed = needed_fields(MAPPINGS, schemas)
    keys = {(spec.object, spec.name) for side in needed.values() for spec in side if spec.unique_key}
    assert keys == {
        *((name, "Syncer_Key__c") for name in ("Lead", "Contact", "Account")),
        *((name, "syncer_key") for name in ("contacts", "companies")),
    }
    assert {spec.object for spec in needed["left"] if spec.name == "HubSpot_Id__c"} == {"Lead", "Contact", "Account"}
    assert all(metadata(spec)["label"] for spec in needed["left"])
    assert all(definition(spec)["label"] for spec in needed["right"])
    unmade = [p.wrong for p in check_against_schemas(MAPPINGS, schemas) if p.name == "NotSetUp"]
    assert set(unmade) <= {spec.name for side in needed.values() for spec in side}


@pytest.mark.parametrize("name", ["email_opt_out", "do_not_call", "fax_opt_out"])
def test_consent_moves_one_way_only(name: str) -> None:
    field = MAPPINGS.kind("person").field_named(name)
    assert (field.rule, field.order, field.type) == (Rule.FORWARD_ONLY, ("false", "true"), FieldType.BOOLEAN)


def test_people_are_matched_by_address_and_accounts_by_domain() -> None:
    assert MAPPINGS.kind("person").match == ("email",)
    assert MAPPINGS.kind("account").match == ("domain",)
    assert MAPPINGS.kind("account").field_named("domain").type is FieldType.DOMAIN
