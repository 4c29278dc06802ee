"""Names that setup gives to the fields of our own on both sides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from syncer.core.fields import SideName

OUR_FIELDS: Final[Mapping[SideName, str]] = {"left": "Syncer_Key__c", "right": "syncer_key"}
CROSS_REFERENCE: Final = "HubSpot_Id__c"


def vendor(side: SideName) -> str:
    return "Salesforce" if side == "left" else "HubSpot"


def creatable(side: SideName, name: str) -> bool:
    """Whether setup can make a field of that name: in Salesforce only custom ones can be made."""
    return side == "right" or name.endswith("__c")
