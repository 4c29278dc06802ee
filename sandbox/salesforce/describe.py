"""Describe and Describe Global, with every key that clients read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sandbox.salesforce.definitions import CHOICES, TEXTUAL, FieldDef, ObjectDef

_SOAP: Final = {
    "id": "tns:ID",
    "reference": "tns:ID",
    "boolean": "xsd:boolean",
    "int": "xsd:int",
    "double": "xsd:double",
    "currency": "xsd:double",
    "percent": "xsd:double",
    "date": "xsd:date",
    "datetime": "xsd:dateTime",
    "address": "urn:address",
}
_MASTER_TYPE: Final = "012000000000000AAA"


def entry(made: ObjectDef, base: str) -> dict[str, Any]:
    """One object of Describe Global."""
    path = f"{base}/sobjects/{made.name}"
    urls = {"rowTemplate": f"{path}/{{ID}}", "describe": f"{path}/describe", "sobject": path}
    if made.layoutable:
        urls["layouts"] = f"{path}/describe/layouts"
    return {
        "activateable": False,
        "associateEntityType": None,
        "associateParentEntity": None,
        "createable": made.createable,
        "custom": made.custom,
        "customSetting": False,
        "deepCloneable": False,
        "deletable": made.deletable,
        "feedEnabled": made.mergeable,
        "hasSubtypes": False,
        "isInterface": False,
        "isSubtype": False,
        "keyPrefix": made.key_prefix,
        "label": made.label,
        "labelPlural": made.plural,
        "layoutable": made.layoutable,
        "mergeable": made.mergeable,
        "mruEnabled": made.layoutable,
        "name": made.name,
        "queryable": True,
        "replicateable": made.replicateable,
        "retrieveable": True,
        "searchable": made.searchable,
        "triggerable": made.createable,
        "undeletable": made.undeletable,
        "updateable": made.updateable,
        "urls": urls,
    }


def described(made: ObjectDef, base: str) -> dict[str, Any]:
    """The whole describe of an object as its viewer sees it."""
    path = f"{base}/sobjects/{made.name}"
    return entry(made, base) | {
        "actionOverrides": [],
        "childRelationships": [
            {
                "cascadeDelete": link.cascade_delete,
                "childSObject": link.child,
                "deprecatedAndHidden": False,
                "field": link.field,
                "junctionIdListNames": [],
                "junctionReferenceTo": [],
                "relationshipName": link.name,
                "restrictedDelete": False,
            }
            for link in made.children
        ],
        "compactLayoutable": made.layoutable,
        "defaultImplementation": None,
        "extendedBy": None,
        "extendsInterfaces": None,
        "fields": [field(one) for one in made.fields.values()],
        "implementedBy": None,
        "implementsInterfaces": None,
        "listviewable": None,
        "lookupLayoutable": None,
        "namedLayoutInfos": [],
        "networkScopeFieldName": None,
        "recordTypeInfos": [
            {
                "active": True,
                "available": True,
                "defaultRecordTypeMapping": True,
                "developerName": "Master",
                "master": True,
                "name": "Master",
                "recordTypeId": _MASTER_TYPE,
                "urls": {"layout": f"{path}/describe/layouts/{_MASTER_TYPE}"},
            }
        ],
        "searchLayoutable": made.searchable,
        "sobjectDescribeOption": "FULL",
        "supportedScopes": [{"label": f"All {made.plural}", "name": "everything"}, {"label": "Mine", "name": "mine"}],
    }


_NEVER: Final[Mapping[str, Any]] = dict.fromkeys(
    (
        "aiPredictionField",
        "autoNumber",
        "dependentPicklist",
        "deprecatedAndHidden",
        "formulaTreatNullNumberAsZero",
        "highScaleNumber",
        "htmlFormatted",
        "restrictedDelete",
        "searchPrefilterable",
        "writeRequiresMasterRead",
    ),
    False,
) | dict.fromkeys(
    (
        "controllerName",
        "defaultValueFormula",
        "filteredLookupInfo",
        "mask",
        "maskType",
        "referenceTargetField",
        "relationshipOrder",
    )
)
"""What no field of this org is or has; clients expect the keys all the same."""


def field(made: FieldDef) -> dict[str, Any]:
    text = made.type in TEXTUAL
    return _NEVER | {
        "aggregatable": made.sortable and made.type != "boolean",
        "byteLength": made.length * 3 if text else made.length,
        "calculated": made.calculated,
        "calculatedFormula": made.formula,
        "cascadeDelete": made.cascade_delete,
        "caseSensitive": made.case_sensitive,
        "compoundFieldName": made.compound,
        "createable": made.createable,
        "custom": made.custom,
        "defaultValue": made.default if made.type == "boolean" else None,
        "defaultedOnCreate": made.defaulted or (not made.createable and not made.nillable),
        "deprecatedAndHidden": False,
        "digits": (made.length or 10) if made.type == "int" else 0,
        "displayLocationInDecimal": made.type == "address",
        "encrypted": made.type == "encryptedstring",
        "externalId": made.external_id,
        "extraTypeInfo": _extra(made),
        "filterable": made.filterable,
        "groupable": made.groupable,
        "idLookup": made.id_lookup,
        "inlineHelpText": made.help,
        "label": made.label,
        "length": 0 if made.type == "int" else made.length,
        "name": made.name,
        "nameField": made.name_field,
        "namePointing": len(made.reference_to) > 1,
        "nillable": made.nillable,
        "permissionable": made.nillable and (made.createable or made.calculated),
        "picklistValues": _picklist(made),
        "polymorphicForeignKey": len(made.reference_to) > 1,
        "precision": made.precision,
        "queryByDistance": made.type == "address",
        "referenceTo": list(made.reference_to),
        "relationshipName": made.relationship_name,
        "restrictedPicklist": made.restricted,
        "scale": made.scale,
        "soapType": _SOAP.get(made.type, "xsd:string"),
        "sortable": made.sortable,
        "type": made.type,
        "unique": made.unique,
        "updateable": made.updateable,
    }


def _picklist(made: FieldDef) -> list[dict[str, Any]]:
    if made.type not in CHOICES:
        return []
    return [
        {
            "active": option.active,
            "defaultValue": option.default,
            "label": option.label,
            "validFor": None,
            "value": option.value,
        }
        for option in made.options
    ]


def _extra(made: FieldDef) -> str | None:
    if made.name_field and made.name == "Name" and made.length == 121:
        return "personname"
    return "plaintextarea" if made.type == "textarea" else None
