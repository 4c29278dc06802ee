"""Lead and Contact, with the standard fields of an org without add-ons."""

from __future__ import annotations

from sandbox.salesforce.definitions import ObjectDef
from sandbox.salesforce.tables.notation import CREATED, VIEWED, address, table

_NAME = """
LastName "Last Name" string(80) ! in=Name
FirstName "First Name" string(40) in=Name
Salutation "Salutation" picklist(40) in=Name opt=SALUTATION
Name "Full Name" string(121) ! ro name
"""
_MAIL = """
EmailBouncedReason "Email Bounced Reason" string(255)
EmailBouncedDate "Email Bounced Date" datetime
"""

LEAD = table(
    "Lead",
    "Lead",
    "Leads",
    "00Q",
    """
Id "Lead ID" id ! ro
IsDeleted "Deleted" boolean ro
MasterRecordId "Master Record ID" reference ro ref=Lead rel=MasterRecord
""",
    _NAME,
    """
Title "Title" string(128)
Company "Company" string(255) !
""",
    address("", ""),
    """
Phone "Phone" phone(40)
MobilePhone "Mobile Phone" phone(40)
Fax "Fax" phone(40)
Email "Email" email(80) lookup
Website "Website" url(255)
PhotoUrl "Photo URL" url(255) ro
Description "Description" textarea(32000)
LeadSource "Lead Source" picklist(255) opt=LEAD_SOURCE
Status "Status" picklist(255) ! opt=LEAD_STATUS def=Open~-~Not~Contacted
Industry "Industry" picklist(255) opt=INDUSTRY
Rating "Rating" picklist(255) opt=RATING
AnnualRevenue "Annual Revenue" currency(18,0)
NumberOfEmployees "Employees" int(8)
OwnerId "Owner ID" reference ! ref=Group|User rel=Owner def=@user
HasOptedOutOfEmail "Email Opt Out" boolean
IsConverted "Converted" boolean ro
ConvertedDate "Converted Date" date ro
ConvertedAccountId "Converted Account ID" reference ro ref=Account rel=ConvertedAccount
ConvertedContactId "Converted Contact ID" reference ro ref=Contact rel=ConvertedContact
ConvertedOpportunityId "Converted Opportunity ID" reference ro ref=Opportunity rel=ConvertedOpportunity
IsUnreadByOwner "Unread By Owner" boolean def=true
""",
    CREATED,
    """
LastActivityDate "Last Activity" date ro
DoNotCall "Do Not Call" boolean
HasOptedOutOfFax "Fax Opt Out" boolean
""",
    VIEWED,
    """
LastTransferDate "Last Transfer Date" date ro
Jigsaw "Data.com Key" string(20)
JigsawContactId "Jigsaw Contact ID" string(20) ro
CleanStatus "Clean Status" picklist(40) opt=CLEAN restricted
IndividualId "Individual ID" reference ref=Individual rel=Individual
""",
    _MAIL,
    mergeable=True,
)

CONTACT = table(
    "Contact",
    "Contact",
    "Contacts",
    "003",
    """
Id "Contact ID" id ! ro
IsDeleted "Deleted" boolean ro
MasterRecordId "Master Record ID" reference ro ref=Contact rel=MasterRecord
AccountId "Account ID" reference ref=Account rel=Account cascade
""",
    _NAME,
    address("Other", "Other"),
    address("Mailing", "Mailing"),
    """
Phone "Business Phone" phone(40)
Fax "Business Fax" phone(40)
MobilePhone "Mobile Phone" phone(40)
HomePhone "Home Phone" phone(40)
OtherPhone "Other Phone" phone(40)
AssistantPhone "Asst. Phone" phone(40)
ReportsToId "Reports To ID" reference ref=Contact rel=ReportsTo
Email "Email" email(80) lookup
Title "Title" string(128)
Department "Department" string(80)
AssistantName "Assistant's Name" string(40)
LeadSource "Lead Source" picklist(255) opt=LEAD_SOURCE
Birthdate "Birthdate" date
Description "Contact Description" textarea(32000)
OwnerId "Owner ID" reference ! ref=User rel=Owner def=@user
HasOptedOutOfEmail "Email Opt Out" boolean
HasOptedOutOfFax "Fax Opt Out" boolean
DoNotCall "Do Not Call" boolean
""",
    CREATED,
    """
LastActivityDate "Last Activity" date ro
LastCURequestDate "Last Stay-in-Touch Request Date" datetime ro
LastCUUpdateDate "Last Stay-in-Touch Save Date" datetime ro
""",
    VIEWED,
    _MAIL,
    """
IsEmailBounced "Is Email Bounced" boolean ro
PhotoUrl "Photo URL" url(255) ro
Jigsaw "Data.com Key" string(20)
JigsawContactId "Jigsaw Contact ID" string(20) ro
CleanStatus "Clean Status" picklist(40) opt=CLEAN restricted
IndividualId "Individual ID" reference ref=Individual rel=Individual
""",
    mergeable=True,
)

PEOPLE: tuple[ObjectDef, ...] = (LEAD, CONTACT)
