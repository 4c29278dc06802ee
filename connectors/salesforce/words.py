"""Salesforce's names and numbers, in one place: objects, system fields, batch sizes, endpoints.

Limits are those of the REST, Composite and Bulk 2.0 guides for v66.0.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

API_VERSION: Final = "66.0"

WRITABLE: Final = ("Lead", "Contact", "Account")
READABLE: Final = (*WRITABLE, "Task", "Event", "User")
CAMPAIGN: Final = "Campaign"
MEMBER: Final = "CampaignMember"
HOME_OF_FIELDS: Final[Mapping[str, str]] = {"Task": "Activity"}  # custom fields of Task are made there

DAY_BUDGET: Final = "sf.day"
BURST_BUDGET: Final = "sf.burst"
ONE_CALL: Final[Mapping[str, int]] = {DAY_BUDGET: 1, BURST_BUDGET: 1}

QUERY_PAGE: Final = 2000
RETRIEVE_IDS: Final = 2000
COLLECTION: Final = 200
COMPOSITE: Final = 25
BULK_PAGE: Final = 2500  # rows of one results page: bounds memory
QUERY_BYTES: Final = 12_000  # of encoded SOQL in a URL; request line and headers together may have 16,384

_MODSTAMP: Final = ("Id", "SystemModstamp", "IsDeleted")
CONVERSION: Final[Mapping[str, str]] = {
    "ConvertedContactId": "Contact",
    "ConvertedAccountId": "Account",
    "ConvertedOpportunityId": "Opportunity",
}

# What every read of an object asks for, so that its life can be told. Users are never deleted.
SYSTEM_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "Lead": (*_MODSTAMP, "MasterRecordId", "IsConverted", *CONVERSION),
    "Contact": (*_MODSTAMP, "MasterRecordId"),
    "Account": (*_MODSTAMP, "MasterRecordId"),
    "Task": _MODSTAMP,
    "Event": _MODSTAMP,
    "User": ("Id", "SystemModstamp"),
}

WRITE_HEADERS: Final[Mapping[str, str]] = {"Sforce-Auto-Assign": "FALSE"}  # assignment rules would change OwnerId
PERMISSION_SET: Final = "Syncer"
