"""Which tools a text names, by their proper names: case counts, and names that are everyday words do not."""

from __future__ import annotations

import re
from functools import lru_cache
from html import unescape
from typing import Final

LONGEST: Final = 200_000  # characters of one text that are read
_MARKUP: Final = re.compile(r"<[^<>]{0,2000}>")
_ALSO: Final = {
    "AWS": "Amazon Web Services",
    "Azure": "Microsoft Azure",
    "GCP": "Google Cloud",
    "SFDC": "Salesforce",
    "Entra ID": "Microsoft Entra ID",
    "Azure AD": "Microsoft Entra ID",
}
_TOOLS: Final = [
    "Salesforce",
    "HubSpot",
    "Marketo",
    "Pardot",
    "Eloqua",
    "Google Analytics",
    "WordPress",
    "Zendesk",
    "Intercom",
    "Cloudflare",
    "Okta",
    "Auth0",
    "Amazon Web Services",
    "Microsoft Azure",
    "Google Cloud",
    "Qualtrics",
    "Medallia",
    "SurveyMonkey",
    "Gainsight",
    "ServiceNow",
    "Workday",
    "NetSuite",
    "Snowflake",
    "Databricks",
    "Tableau",
    "Looker",
    "Power BI",
    "Splunk",
    "Datadog",
    "CrowdStrike",
    "SentinelOne",
    "Palo Alto Networks",
    "Zscaler",
    "Proofpoint",
    "Mimecast",
    "Duo Security",
    "CyberArk",
    "SailPoint",
    "Tenable",
    "Qualys",
    "Rapid7",
    "Jira",
    "Confluence",
    "GitHub",
    "GitLab",
    "Kubernetes",
    "Terraform",
    "Slack",
    "Zoom",
    "DocuSign",
    "Asana",
    "Airtable",
    "Salesloft",
    "ZoomInfo",
    "6sense",
    "Demandbase",
    "Klaviyo",
    "Mailchimp",
    "SendGrid",
    "Twilio",
    "Stripe",
    "Shopify",
    "Freshdesk",
    "Dynamics 365",
    "SAP",
    "OneTrust",
    "Optimizely",
    "Contentful",
    "Hotjar",
    "FullStory",
    "Mixpanel",
    "New Relic",
    "PagerDuty",
    "Microsoft Entra ID",
    "Google Workspace",
    "Microsoft 365",
]


def plain(html: str) -> str:
    """The text of a posting: some boards escape their HTML once more."""
    text = html[:LONGEST]
    if "<" not in text and "&lt;" in text:
        text = unescape(text)
    return " ".join(unescape(_MARKUP.sub(" ", text)).split())


def tools_in(text: str) -> set[str]:
    """`AWS` is Amazon Web Services; `intercom` in small letters is a thing on a wall."""
    return {_ALSO.get(found, found) for found in _pattern().findall(text[:LONGEST])}


@lru_cache(maxsize=1)
def _pattern() -> re.Pattern[str]:
    every = sorted((*_TOOLS, *_ALSO), key=len, reverse=True)
    return re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, every))})(?![\w-])")
