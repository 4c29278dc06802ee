"""Option values and labels that several standard properties share."""

# ruff: noqa: E501 - one property a line

_INDUSTRIES = """
ACCOUNTING AIRLINES_AVIATION ALTERNATIVE_DISPUTE_RESOLUTION ALTERNATIVE_MEDICINE ANIMATION APPAREL_FASHION
ARCHITECTURE_PLANNING ARTS_AND_CRAFTS AUTOMOTIVE AVIATION_AEROSPACE BANKING BIOTECHNOLOGY BROADCAST_MEDIA
BUILDING_MATERIALS BUSINESS_SUPPLIES_AND_EQUIPMENT CAPITAL_MARKETS CHEMICALS CIVIC_SOCIAL_ORGANIZATION
CIVIL_ENGINEERING COMMERCIAL_REAL_ESTATE COMPUTER_NETWORK_SECURITY COMPUTER_GAMES COMPUTER_HARDWARE
COMPUTER_NETWORKING COMPUTER_SOFTWARE INTERNET CONSTRUCTION CONSUMER_ELECTRONICS CONSUMER_GOODS CONSUMER_SERVICES
COSMETICS DAIRY DEFENSE_SPACE DESIGN EDUCATION_MANAGEMENT E_LEARNING ELECTRICAL_ELECTRONIC_MANUFACTURING
ENTERTAINMENT ENVIRONMENTAL_SERVICES EVENTS_SERVICES EXECUTIVE_OFFICE FACILITIES_SERVICES FARMING FINANCIAL_SERVICES
FINE_ART FISHERY FOOD_BEVERAGES FOOD_PRODUCTION FUND_RAISING FURNITURE GAMBLING_CASINOS GLASS_CERAMICS_CONCRETE
GOVERNMENT_ADMINISTRATION GOVERNMENT_RELATIONS GRAPHIC_DESIGN HEALTH_WELLNESS_AND_FITNESS HIGHER_EDUCATION
HOSPITAL_HEALTH_CARE HOSPITALITY HUMAN_RESOURCES IMPORT_AND_EXPORT INDIVIDUAL_FAMILY_SERVICES INDUSTRIAL_AUTOMATION
INFORMATION_SERVICES INFORMATION_TECHNOLOGY_AND_SERVICES INSURANCE INTERNATIONAL_AFFAIRS
INTERNATIONAL_TRADE_AND_DEVELOPMENT INVESTMENT_BANKING INVESTMENT_MANAGEMENT JUDICIARY LAW_ENFORCEMENT LAW_PRACTICE
LEGAL_SERVICES LEGISLATIVE_OFFICE LEISURE_TRAVEL_TOURISM LIBRARIES LOGISTICS_AND_SUPPLY_CHAIN LUXURY_GOODS_JEWELRY
MACHINERY MANAGEMENT_CONSULTING MARITIME MARKET_RESEARCH MARKETING_AND_ADVERTISING
MECHANICAL_OR_INDUSTRIAL_ENGINEERING MEDIA_PRODUCTION MEDICAL_DEVICES MEDICAL_PRACTICE MENTAL_HEALTH_CARE MILITARY
MINING_METALS MOTION_PICTURES_AND_FILM MUSEUMS_AND_INSTITUTIONS MUSIC NANOTECHNOLOGY NEWSPAPERS
NON_PROFIT_ORGANIZATION_MANAGEMENT OIL_ENERGY ONLINE_MEDIA OUTSOURCING_OFFSHORING PACKAGE_FREIGHT_DELIVERY
PACKAGING_AND_CONTAINERS PAPER_FOREST_PRODUCTS PERFORMING_ARTS PHARMACEUTICALS PHILANTHROPY PHOTOGRAPHY PLASTICS
POLITICAL_ORGANIZATION PRIMARY_SECONDARY_EDUCATION PRINTING PROFESSIONAL_TRAINING_COACHING PROGRAM_DEVELOPMENT
PUBLIC_POLICY PUBLIC_RELATIONS_AND_COMMUNICATIONS PUBLIC_SAFETY PUBLISHING RAILROAD_MANUFACTURE RANCHING REAL_ESTATE
RECREATIONAL_FACILITIES_AND_SERVICES RELIGIOUS_INSTITUTIONS RENEWABLES_ENVIRONMENT RESEARCH RESTAURANTS RETAIL
SECURITY_AND_INVESTIGATIONS SEMICONDUCTORS SHIPBUILDING SPORTING_GOODS SPORTS STAFFING_AND_RECRUITING SUPERMARKETS
TELECOMMUNICATIONS TEXTILES THINK_TANKS TOBACCO TRANSLATION_AND_LOCALIZATION TRANSPORTATION_TRUCKING_RAILROAD
UTILITIES VENTURE_CAPITAL_PRIVATE_EQUITY VETERINARY WAREHOUSING WHOLESALE WINE_AND_SPIRITS WIRELESS
WRITING_AND_EDITING
"""

_INDUSTRY_LABELS = {
    "AIRLINES_AVIATION": "Airlines/Aviation",
    "COMPUTER_NETWORK_SECURITY": "Computer & Network Security",
    "E_LEARNING": "E-Learning",
    "OIL_ENERGY": "Oil & Energy",
    "NON_PROFIT_ORGANIZATION_MANAGEMENT": "Non-Profit Organization Management",
    "OUTSOURCING_OFFSHORING": "Outsourcing/Offshoring",
}


def _industries() -> str:
    named = ((name, _INDUSTRY_LABELS.get(name) or name.replace("_", " ").title()) for name in _INDUSTRIES.split())
    return ", ".join(f"{name}={label.replace(' And ', ' and ')}" for name, label in named)


def _same(*values: str) -> str:
    return ", ".join(values)


OPTIONS: dict[str, str] = {
    "lifecycle": (
        "subscriber=Subscriber, lead=Lead, marketingqualifiedlead=Marketing Qualified Lead, "
        "salesqualifiedlead=Sales Qualified Lead, opportunity=Opportunity, customer=Customer, "
        "evangelist=Evangelist, other=Other"
    ),
    "lead_status": (
        "NEW=New, OPEN=Open, IN_PROGRESS=In Progress, OPEN_DEAL=Open Deal, UNQUALIFIED=Unqualified, "
        "ATTEMPTED_TO_CONTACT=Attempted to Contact, CONNECTED=Connected, BAD_TIMING=Bad Timing"
    ),
    "source": (
        "ORGANIC_SEARCH=Organic Search, PAID_SEARCH=Paid Search, EMAIL_MARKETING=Email Marketing, "
        "SOCIAL_MEDIA=Organic Social, REFERRALS=Referrals, OTHER_CAMPAIGNS=Other Campaigns, "
        "DIRECT_TRAFFIC=Direct Traffic, OFFLINE=Offline Sources, PAID_SOCIAL=Paid Social, AI_REFERRALS=AI Referrals"
    ),
    "legal_basis": (
        "Legitimate interest – prospect/lead=Legitimate interest - prospect/lead, "
        "Legitimate interest – existing customer=Legitimate interest - existing customer, "
        "Legitimate interest - other, Performance of a contract, Freely given consent from contact, Not applicable"
    ),
    "object_source": _same(
        "API",
        "AUTOMATION_PLATFORM",
        "CRM_UI",
        "CONTACTS",
        "COMPANY_INSIGHTS",
        "EMAIL",
        "FORM",
        "IMPORT",
        "INTEGRATION",
        "MERGE_OBJECTS",
    ),
    "buying_role": (
        "BLOCKER=Blocker, BUDGET_HOLDER=Budget Holder, CHAMPION=Champion, DECISION_MAKER=Decision Maker, "
        "END_USER=End User, EXECUTIVE_SPONSOR=Executive Sponsor, INFLUENCER=Influencer, "
        "LEGAL_AND_COMPLIANCE=Legal & Compliance, OTHER=Other"
    ),
    "persona": "persona_1=Security Sam, persona_2=Operations Olga, persona_3=Executive Eve",
    "language": "de=German, en=English, en-gb=English - United Kingdom, en-us=English - United States, es=Spanish, fr=French, ja=Japanese, pt-br=Portuguese - Brazil",
    "timezone": "america_slash_new_york=America/New_York, america_slash_los_angeles=America/Los_Angeles, europe_slash_berlin=Europe/Berlin, europe_slash_london=Europe/London, utc=UTC",
    "seniority": "vp=VP, director=Director, entry=Entry, executive=Executive, manager=Manager, owner=Owner, partner=Partner, senior=Senior, employee=Employee",
    "role": (
        "accounting=Accounting, administrative=Administrative, business_development=Business Development, "
        "consulting=Consulting, customer_success=Customer Success, engineering=Engineering, finance=Finance, "
        "human_resources=Human Resources, information_technology=Information Technology, legal=Legal, "
        "marketing=Marketing, operations=Operations, sales=Sales, support=Support"
    ),
    "marital": "Married, Single, Widowed, Divorced, Separated",
    "company_type": "PROSPECT=Prospect, PARTNER=Partner, RESELLER=Reseller, VENDOR=Vendor, OTHER=Other",
    "industry": _industries(),
    "web_technologies": (
        "salesforce=Salesforce, hubspot=HubSpot, marketo=Marketo, pardot=Pardot, google_analytics=Google Analytics, "
        "wordpress=WordPress, zendesk=Zendesk, intercom=Intercom, drift=Drift, cloudflare=Cloudflare, okta=Okta, "
        "amazon_web_services=Amazon Web Services, microsoft_azure=Microsoft Azure, qualtrics=Qualtrics, medallia=Medallia"
    ),
    "target_tier": "tier_1=Tier 1, tier_2=Tier 2, tier_3=Tier 3",
    "currency": "USD=US Dollar, EUR=Euro, GBP=Pound Sterling, JPY=Japanese Yen, CAD=Canadian Dollar, AUD=Australian Dollar",
    "employee_range": _same("1", "2-10", "11-50", "51-200", "201-500", "501-1000", "1001-5000", "5001-10000", "10001+"),
    "deal_type": "newbusiness=New Business, existingbusiness=Existing Business",
    "priority": "low=Low, medium=Medium, high=High",
    "deal_stages": (
        "appointmentscheduled=Appointment Scheduled, qualifiedtobuy=Qualified To Buy, "
        "presentationscheduled=Presentation Scheduled, decisionmakerboughtin=Decision Maker Bought-In, "
        "contractsent=Contract Sent, closedwon=Closed Won, closedlost=Closed Lost"
    ),
    "deal_pipelines": "default=Sales Pipeline",
    "ticket_stages": "1=New, 2=Waiting on contact, 3=Waiting on us, 4=Closed",
    "ticket_pipelines": "0=Support Pipeline",
    "lead_stages": (
        "new-stage-id=New, attempting-stage-id=Attempting, connected-stage-id=Connected, "
        "qualified-stage-id=Qualified, unqualified-stage-id=Disqualified"
    ),
    "lead_pipelines": "lead-pipeline-id=Lead pipeline",
    "lead_stage_category": "NEW=New, IN_PROGRESS=In progress, QUALIFIED=Qualified, UNQUALIFIED=Unqualified",
    "call_status": (
        "BUSY=Busy, CALLING_CRM_USER=Calling CRM User, CANCELED=Canceled, COMPLETED=Completed, "
        "CONNECTING=Connecting, FAILED=Failed, IN_PROGRESS=In Progress, MISSED=Missed, NO_ANSWER=No Answer, "
        "QUEUED=Queued, RINGING=Ringing"
    ),
    "dispositions": (
        "9d9162e7-6cf3-4944-bf63-4dff82258764=Busy, f240bbac-87c9-4f6e-bf70-924b57d47db7=Connected, "
        "a4c4c377-d246-4b32-a13b-75a56a4cd0ff=Left live message, b2cf5968-551e-4856-9783-52b3da59a7d0=Left voicemail, "
        "73a0d17f-1163-4015-bdd5-ec830791da20=No answer, 17b47fee-58de-441e-a44c-c6300d46f273=Wrong number"
    ),
    "meeting_outcome": "SCHEDULED=Scheduled, COMPLETED=Completed, RESCHEDULED=Rescheduled, NO_SHOW=No show, CANCELED=Canceled",
    "task_status": "NOT_STARTED=Not started, IN_PROGRESS=In progress, COMPLETED=Completed, DEFERRED=Deferred, WAITING=Waiting",
    "task_priority": "NONE=None, LOW=Low, MEDIUM=Medium, HIGH=High",
    "email_direction": "EMAIL=Email, INCOMING_EMAIL=Incoming email, FORWARDED_EMAIL=Forwarded email",
    "email_status": "BOUNCED=Bounced, FAILED=Failed, SCHEDULED=Scheduled, SENDING=Sending, SENT=Sent",
    "ticket_category": "PRODUCT_ISSUE=Product Issue, BILLING_ISSUE=Billing Issue, FEATURE_REQUEST=Feature Request, GENERAL_INQUIRY=General Inquiry",
}
