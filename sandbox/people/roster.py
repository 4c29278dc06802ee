"""Who can be edited: the live records of both systems, paired by e-mail address or domain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from sandbox.hubspot import HubSpotPortal
    from sandbox.salesforce import SalesforceOrg


@dataclass(slots=True)
class Roster:
    """Ids only; a record may be gone by the time it is picked, and is then passed over."""

    leads: list[str] = field(default_factory=list)
    left_contacts: list[str] = field(default_factory=list)
    accounts: list[str] = field(default_factory=list)
    right_contacts: list[str] = field(default_factory=list)
    companies: list[str] = field(default_factory=list)
    people_pairs: list[tuple[str, str, str]] = field(default_factory=list)  # Salesforce object, its id, HubSpot id
    account_pairs: list[tuple[str, str, str]] = field(default_factory=list)
    doubles: list[tuple[str, str, str]] = field(default_factory=list)  # object, id, id of the same address
    contact_of_email: dict[str, str] = field(default_factory=dict)

    def __len__(self) -> int:
        lists = (self.leads, self.left_contacts, self.accounts, self.right_contacts, self.companies)
        return sum(map(len, lists))

    @classmethod
    def of(cls, org: SalesforceOrg, portal: HubSpotPortal) -> Roster:
        made = cls()
        by_email: dict[str, str] = {}
        by_domain: dict[str, str] = {}
        for object_name, ids, key, index in (
            ("contacts", made.right_contacts, "email", by_email),
            ("companies", made.companies, "domain", by_domain),
        ):
            for record in portal.records(object_name):
                ids.append(record["id"])
                if record.get(key):
                    index[record[key]] = record["id"]
        seen: dict[tuple[str, str], str] = {}
        for object_name, ids in (("Contact", made.left_contacts), ("Lead", made.leads)):
            for record in org.records(object_name):
                if record.get("IsConverted"):
                    continue
                ids.append(record["Id"])
                made._enter(object_name, record, by_email, seen)
        for record in org.records("Account"):
            made.accounts.append(record["Id"])
            company_id = by_domain.get(host(record.get("Website")))
            if company_id is not None:
                made.account_pairs.append(("Account", record["Id"], company_id))
        return made

    def _enter(
        self, object_name: str, record: Mapping[str, Any], by_email: dict[str, str], seen: dict[tuple[str, str], str]
    ) -> None:
        email = str(record.get("Email") or "").lower()
        if not email:
            return
        if email in by_email:
            self.people_pairs.append((object_name, record["Id"], by_email[email]))
        if (object_name, email) in seen:
            self.doubles.append((object_name, seen[object_name, email], record["Id"]))
        seen[object_name, email] = record["Id"]
        if object_name == "Contact":
            self.contact_of_email[email] = record["Id"]


def host(website: str | None) -> str:
    """The bare host of a web address, as HubSpot keeps domains."""
    text = (website or "").strip().lower()
    return (urlsplit(text if "://" in text else f"https://{text}").hostname or "").removeprefix("www.")
