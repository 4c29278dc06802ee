"""HubSpot's names and numbers, in one place: objects, properties, association types, batch sizes.

The paths of objects, properties, associations and owners are the client library's own (v3 and v4); those it lacks
are here. All limits are those of the documentation; where practice differs the comment says so.
"""

from __future__ import annotations

from typing import Final

BASE_URL: Final = "https://api.hubapi.com"
TOKEN_PATH: Final = "/oauth/v1/token"  # noqa: S105 - a path
DETAILS_PATH: Final = "/account-info/v3/details"
ME_PATH: Final = "/integrations/v1/me"
FORMS_PATH: Final = "/marketing/v3/forms"
LISTS_PATH: Final = "/crm/v3/lists/"
SUBMISSIONS_PATH: Final = "/form-integrations/v1/submissions/forms/"

WRITABLE: Final = ("contacts", "companies")
READABLE: Final = (*WRITABLE, "calls", "meetings", "notes", "tasks")

KEY_PROPERTY: Final = "syncer_key"
GROUP: Final = "syncer"
GROUP_LABEL: Final = "Syncer"

COMPANY_OF_CONTACT: Final = "associatedcompanyid"  # read as a property, written as the primary association
MERGED_IDS: Final = "hs_merged_object_ids"
MERGED_VIDS: Final = "hs_calculated_merged_vids"  # contacts merged before 2025: "vid:timestamp" pairs

PRIMARY_COMPANY: Final = 1  # association type contact -> company
BATCH: Final = 100  # inputs of an object batch
HISTORY_BATCH: Final = 50  # with property history
ASSOCIATION_BATCH: Final = 1000
LIST_PAGE: Final = 100
SEARCH_PAGE: Final = 200
SEARCH_CEILING: Final = 10_000
OWNER_PAGE: Final = 500
FORM_PAGE: Final = 500
SUBMISSION_PAGE: Final = 50
MEMBER_PAGE: Final = 250  # members of a list
LIST_CHANGE: Final = 10_000  # ids of one change of members; 100,000 are documented
QUERY_CHARACTERS: Final = 12_000  # of property names in a URL; 414 was seen by others above 15,000
IN_VALUES: Final = 100
IN_CHARACTERS: Final = 2_000  # of values in one search: its body is documented to end at 3,000


def modified_property(object_name: str) -> str:
    """The property by which changes are found. Contacts carry a hidden second one that must not be used for them."""
    return "lastmodifieddate" if object_name == "contacts" else "hs_lastmodifieddate"


def merge_properties(object_name: str) -> tuple[str, ...]:
    """What has to be asked for so that a survivor names the records it consumed."""
    if object_name == "contacts":
        return (MERGED_IDS, MERGED_VIDS)
    return (MERGED_IDS,) if object_name == "companies" else ()
