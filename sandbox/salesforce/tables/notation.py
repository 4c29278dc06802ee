"""One line a field: `Name "Label" type(length or precision,scale) words…`, read into `FieldDef`.

Words: `!` never null · `ro` read-only · `co` create only · `calc` calculated · `in=Name` part of a compound ·
`ref=A|B` and `rel=Name` for references · `opt=SET` options · `restricted` · `def=value` (`~` for a blank) · `lookup`
idLookup · `unique` · `ext` external id · `cs` case sensitive · `cascade` a child that goes with its parent · `name`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from sys import intern
from typing import Any

from sandbox.salesforce.definitions import FieldDef, ObjectDef
from sandbox.salesforce.tables.options import OPTIONS

_LINE = re.compile(r'(?P<name>\w+) "(?P<label>[^"]*)" (?P<type>\w+)(?:\((?P<size>[\d,]+)\))?(?P<words>.*)')
_LENGTHS = {"id": 18, "reference": 18, "email": 80, "phone": 40, "url": 255, "picklist": 255, "combobox": 255}

CREATED = """
CreatedDate "Created Date" datetime ! ro
CreatedById "Created By ID" reference ! ro ref=User rel=CreatedBy
LastModifiedDate "Last Modified Date" datetime ! ro
LastModifiedById "Last Modified By ID" reference ! ro ref=User rel=LastModifiedBy
SystemModstamp "System Modstamp" datetime ! ro
"""
VIEWED = """
LastViewedDate "Last Viewed Date" datetime ro
LastReferencedDate "Last Referenced Date" datetime ro
"""


def fields(text: str) -> dict[str, FieldDef]:
    """Raises ValueError for a line that is no field."""
    found = (_field(line) for line in text.strip().splitlines() if line.strip())
    return {made.name.lower(): made for made in found}


def _field(line: str) -> FieldDef:
    match = _LINE.fullmatch(line.strip())
    if match is None:
        raise ValueError(f"no field: {line}")
    kind = match["type"]
    words = dict(word.partition("=")[::2] for word in match["words"].split())
    size = [int(part) for part in (match["size"] or "").split(",") if part]
    numbers = kind in ("double", "currency", "percent")
    given = words.get("def")
    return FieldDef(
        name=intern(match["name"]),
        label=match["label"],
        type=kind,
        length=0 if numbers else (size[0] if size else _LENGTHS.get(kind, 0)),
        precision=(size[0] if size else 18) if numbers else 0,
        scale=(size[1] if len(size) > 1 else 0) if numbers else 0,
        nillable="!" not in words and kind != "boolean",
        createable="ro" not in words and "calc" not in words,
        updateable="ro" not in words and "co" not in words and "calc" not in words,
        unique="unique" in words,
        external_id="ext" in words,
        case_sensitive="cs" in words,
        restricted="restricted" in words,
        options=OPTIONS[words["opt"]] if "opt" in words else (),
        reference_to=tuple(words["ref"].split("|")) if "ref" in words else (),
        relationship_name=words.get("rel"),
        calculated="calc" in words,
        default=_default(kind, given),
        id_lookup="lookup" in words or kind == "id",
        compound=words.get("in"),
        name_field="name" in words,
        cascade_delete="cascade" in words,
    )


def _default(kind: str, given: str | None) -> Any:
    if kind == "boolean":
        return given == "true"
    if kind == "int" and given is not None:
        return int(given)
    return None if given is None else given.replace("~", " ")


def address(prefix: str, label: str) -> str:
    """The eight parts of an address and the compound that they make."""
    compound = f"{prefix}Address"
    title = f"{label} " if label else ""
    return f"""
{prefix}Street "{title}Street" textarea(255) in={compound}
{prefix}City "{title}City" string(40) in={compound}
{prefix}State "{title}State/Province" string(80) in={compound}
{prefix}PostalCode "{title}Zip/Postal Code" string(20) in={compound}
{prefix}Country "{title}Country" string(80) in={compound}
{prefix}Latitude "{title}Latitude" double(18,15) in={compound}
{prefix}Longitude "{title}Longitude" double(18,15) in={compound}
{prefix}GeocodeAccuracy "{title}Geocode Accuracy" picklist(40) in={compound} opt=GEOCODE restricted
{compound} "{label or "Address"}{" Address" if label else ""}" address ro
"""


def table(name: str, label: str, plural: str, prefix: str, *lines: str, **capabilities: bool) -> ObjectDef:
    return ObjectDef(name, label, plural, prefix, fields("\n".join(lines)), **capabilities)


def names(objects: Iterable[ObjectDef]) -> dict[str, ObjectDef]:
    return {made.name.lower(): made for made in objects}
