"""Values of the standard picklists, as a new org ships them; the first default is marked with an asterisk."""

from __future__ import annotations

from typing import Final

from sandbox.salesforce.definitions import Option


def _options(text: str) -> tuple[Option, ...]:
    values = [value.strip() for value in text.split("|")]
    return tuple(Option(bare := value.removeprefix("*"), bare, True, value.startswith("*")) for value in values)


INDUSTRY: Final = (
    "Agriculture|Apparel|Banking|Biotechnology|Chemicals|Communications|Construction|Consulting|Education|Electronics"
    "|Energy|Engineering|Entertainment|Environmental|Finance|Food & Beverage|Government|Healthcare|Hospitality"
    "|Insurance|Machinery|Manufacturing|Media|Not For Profit|Recreation|Retail|Shipping|Technology"
    "|Telecommunications|Transportation|Utilities|Other"
)

OPTIONS: Final[dict[str, tuple[Option, ...]]] = {
    name: _options(text)
    for name, text in {
        "LEAD_STATUS": "*Open - Not Contacted|Working - Contacted|Closed - Converted|Closed - Not Converted",
        "LEAD_SOURCE": "Web|Phone Inquiry|Partner Referral|Purchased List|Other",
        "RATING": "Hot|Warm|Cold",
        "SALUTATION": "Mr.|Ms.|Mrs.|Dr.|Prof.|Mx.",
        "INDUSTRY": INDUSTRY,
        "GEOCODE": "Address|NearAddress|Block|Street|ExtendedZip|Zip|Neighborhood|City|County|State|Unknown",
        "CLEAN": "Matched|Different|Acknowledged|NotFound|Inactive|Pending|SelectMatch|Skipped",
        "ACCOUNT_TYPE": "Prospect|Customer - Direct|Customer - Channel|Channel Partner / Reseller"
        "|Installation Partner|Technology Partner|Other",
        "OWNERSHIP": "Public|Private|Subsidiary|Other",
        "STAGE": "Prospecting|Qualification|Needs Analysis|Value Proposition|Id. Decision Makers|Perception Analysis"
        "|Proposal/Price Quote|Negotiation/Review|Closed Won|Closed Lost",
        "OPPORTUNITY_TYPE": "Existing Customer - Upgrade|Existing Customer - Replacement"
        "|Existing Customer - Downgrade|New Customer",
        "FORECAST": "Omitted|Pipeline|Best Case|Commit|Closed",
        "TASK_STATUS": "*Not Started|In Progress|Completed|Waiting on someone else|Deferred",
        "TASK_PRIORITY": "High|*Normal|Low",
        "TASK_SUBJECT": "Call|Email|Send Letter|Send Quote|Other",
        "TASK_SUBTYPE": "*Task|Email|ListEmail|Cadence|Call|LinkedIn",
        "CALL_TYPE": "Internal|Inbound|Outbound",
        "EVENT_SUBJECT": "Call|Email|Meeting|Send Letter/Quote|Other",
        "EVENT_SUBTYPE": "*Event",
        "SHOW_AS": "*Busy|OutOfOffice|Free",
        "CAMPAIGN_STATUS": "*Planned|In Progress|Completed|Aborted",
        "CAMPAIGN_TYPE": "Conference|Webinar|Trade Show|Public Relations|Partners|Referral Program|Advertisement"
        "|Banner Ads|Direct Mail|Email|Telemarketing|Other",
        "MEMBER_STATUS": "*Sent|Responded",
        "USER_TYPE": "*Standard|PowerPartner|CSPLitePortal|CustomerSuccess|PowerCustomerSuccess|CsnOnly|Guest",
        "TIME_ZONE": "Pacific/Kiritimati|Asia/Tokyo|Asia/Kolkata|Europe/Berlin|Europe/Paris|Europe/London|GMT"
        "|America/New_York|America/Chicago|America/Denver|America/Los_Angeles",
        "LOCALE": "*en_US|en_GB|de_DE|fr_FR",
        "LANGUAGE": "*en_US|de|fr|es",
        "EMAIL_CODE": "*UTF-8|ISO-8859-1",
        "GROUP_TYPE": "Regular|Role|Queue|Organization",
        "ORG_TYPE": "Developer Edition|Enterprise Edition|Unlimited Edition|Professional Edition",
    }.items()
}
