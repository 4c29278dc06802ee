"""Account, Opportunity, Campaign and CampaignMember."""

from __future__ import annotations

from sandbox.salesforce.definitions import ObjectDef
from sandbox.salesforce.tables.notation import CREATED, VIEWED, address, table

ACCOUNT = table(
    "Account",
    "Account",
    "Accounts",
    "001",
    """
Id "Account ID" id ! ro
IsDeleted "Deleted" boolean ro
MasterRecordId "Master Record ID" reference ro ref=Account rel=MasterRecord
Name "Account Name" string(255) ! name
Type "Account Type" picklist(255) opt=ACCOUNT_TYPE
ParentId "Parent Account ID" reference ref=Account rel=Parent
""",
    address("Billing", "Billing"),
    address("Shipping", "Shipping"),
    """
Phone "Account Phone" phone(40)
Fax "Account Fax" phone(40)
AccountNumber "Account Number" string(40)
Website "Website" url(255)
PhotoUrl "Photo URL" url(255) ro
Sic "SIC Code" string(20)
Industry "Industry" picklist(255) opt=INDUSTRY
AnnualRevenue "Annual Revenue" currency(18,0)
NumberOfEmployees "Employees" int(8)
Ownership "Ownership" picklist(255) opt=OWNERSHIP
TickerSymbol "Ticker Symbol" string(20)
Description "Account Description" textarea(32000)
Rating "Account Rating" picklist(255) opt=RATING
Site "Account Site" string(80)
OwnerId "Owner ID" reference ! ref=User rel=Owner def=@user
""",
    CREATED,
    'LastActivityDate "Last Activity" date ro',
    VIEWED,
    """
Jigsaw "Data.com Key" string(20)
JigsawCompanyId "Jigsaw Company ID" string(20) ro
CleanStatus "Clean Status" picklist(40) opt=CLEAN restricted
AccountSource "Account Source" picklist(255) opt=LEAD_SOURCE
DunsNumber "D-U-N-S Number" string(9)
Tradestyle "Tradestyle" string(255)
NaicsCode "NAICS Code" string(8)
NaicsDesc "NAICS Description" string(120)
YearStarted "Year Started" string(4)
SicDesc "SIC Description" string(80)
""",
    mergeable=True,
)

OPPORTUNITY = table(
    "Opportunity",
    "Opportunity",
    "Opportunities",
    "006",
    """
Id "Opportunity ID" id ! ro
IsDeleted "Deleted" boolean ro
AccountId "Account ID" reference ref=Account rel=Account cascade
ContactId "Contact ID" reference co ref=Contact rel=Contact
CampaignId "Campaign ID" reference ref=Campaign rel=Campaign
Name "Name" string(120) ! name
Description "Description" textarea(32000)
StageName "Stage" picklist(255) ! opt=STAGE
Amount "Amount" currency(18,2)
Probability "Probability (%)" percent(3,0)
ExpectedRevenue "Expected Amount" currency(18,2) ro
CloseDate "Close Date" date !
Type "Opportunity Type" picklist(255) opt=OPPORTUNITY_TYPE
NextStep "Next Step" string(255)
LeadSource "Lead Source" picklist(255) opt=LEAD_SOURCE
IsClosed "Closed" boolean ro
IsWon "Won" boolean ro
ForecastCategoryName "Forecast Category" picklist(40) opt=FORECAST
OwnerId "Owner ID" reference ! ref=User rel=Owner def=@user
""",
    CREATED,
    'LastActivityDate "Last Activity" date ro',
    VIEWED,
)

CAMPAIGN = table(
    "Campaign",
    "Campaign",
    "Campaigns",
    "701",
    """
Id "Campaign ID" id ! ro
IsDeleted "Deleted" boolean ro
Name "Name" string(80) ! name
ParentId "Parent Campaign ID" reference ref=Campaign rel=Parent
Type "Type" picklist(255) opt=CAMPAIGN_TYPE
Status "Status" picklist(255) opt=CAMPAIGN_STATUS
StartDate "Start Date" date
EndDate "End Date" date
ExpectedRevenue "Expected Revenue" currency(18,0)
BudgetedCost "Budgeted Cost" currency(18,0)
ActualCost "Actual Cost" currency(18,0)
IsActive "Active" boolean
Description "Description" textarea(32000)
OwnerId "Owner ID" reference ! ref=User rel=Owner def=@user
""",
    CREATED,
    VIEWED,
)

CAMPAIGN_MEMBER = table(
    "CampaignMember",
    "Campaign Member",
    "Campaign Members",
    "00v",
    """
Id "Campaign Member ID" id ! ro
IsDeleted "Deleted" boolean ro
CampaignId "Campaign ID" reference ! co ref=Campaign rel=Campaign cascade
LeadId "Lead ID" reference co ref=Lead rel=Lead cascade
ContactId "Contact ID" reference co ref=Contact rel=Contact cascade
Status "Status" picklist(40) opt=MEMBER_STATUS def=Sent
HasResponded "Responded" boolean ro
FirstRespondedDate "First Responded Date" date ro
""",
    CREATED,
    undeletable=False,
)

ACCOUNTS: tuple[ObjectDef, ...] = (ACCOUNT, OPPORTUNITY, CAMPAIGN, CAMPAIGN_MEMBER)
