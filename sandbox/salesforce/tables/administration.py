"""Users, the organization, permissions, and what only the Tooling API shows."""

from __future__ import annotations

from sandbox.salesforce.definitions import ObjectDef
from sandbox.salesforce.tables.notation import CREATED, address, table

_FIXED = {"createable": False, "updateable": False, "deletable": False, "undeletable": False}

USER = table(
    "User",
    "User",
    "Users",
    "005",
    """
Id "User ID" id ! ro
Username "Username" string(80) ! lookup unique
LastName "Last Name" string(80) ! in=Name
FirstName "First Name" string(40) in=Name
Name "Full Name" string(121) ! ro name
CompanyName "Company Name" string(80)
Division "Division" string(80)
Department "Department" string(80)
Title "Title" string(80)
""",
    address("", ""),
    """
Email "Email" email(128) ! lookup
Phone "Phone" phone(40)
Fax "Fax" phone(40)
MobilePhone "Mobile" phone(40)
Alias "Alias" string(8) !
CommunityNickname "Nickname" string(40) !
IsActive "Active" boolean def=true
TimeZoneSidKey "Time Zone" picklist(40) ! opt=TIME_ZONE restricted def=GMT
LocaleSidKey "Locale" picklist(40) ! opt=LOCALE restricted def=en_US
EmailEncodingKey "Email Encoding" picklist(40) ! opt=EMAIL_CODE restricted def=UTF-8
LanguageLocaleKey "Language" picklist(40) ! opt=LANGUAGE restricted def=en_US
ProfileId "Profile ID" reference ! ref=Profile rel=Profile
UserType "User Type" picklist(40) ro opt=USER_TYPE def=Standard
ManagerId "Manager ID" reference ref=User rel=Manager
FederationIdentifier "SAML Federation ID" string(512)
LastLoginDate "Last Login" datetime ro
""",
    CREATED,
    deletable=False,
    undeletable=False,
)

ORGANIZATION = table(
    "Organization",
    "Organization",
    "Organization",
    "00D",
    """
Id "Organization ID" id ! ro
Name "Name" string(80) ! name
PrimaryContact "Primary Contact" string(80)
DefaultLocaleSidKey "Locale" picklist(40) opt=LOCALE
TimeZoneSidKey "Time Zone" picklist(40) opt=TIME_ZONE
LanguageLocaleKey "Language" picklist(40) opt=LANGUAGE
InstanceName "Instance Name" string(5) ro
IsSandbox "Is Sandbox" boolean ro
NamespacePrefix "Namespace Prefix" string(15) ro
OrganizationType "Edition" picklist(40) ro opt=ORG_TYPE
TrialExpirationDate "Trial Expiration Date" datetime ro
""",
    CREATED,
    replicateable=False,
    **_FIXED,
)

PROFILE = table(
    "Profile", "Profile", "Profile", "00e", 'Id "Profile ID" id ! ro\nName "Name" string(255) ! name', CREATED, **_FIXED
)
GROUP = table(
    "Group",
    "Group",
    "Group",
    "00G",
    """
Id "Group ID" id ! ro
Name "Name" string(40) ! name
DeveloperName "Developer Name" string(80)
Type "Type" picklist(40) co opt=GROUP_TYPE
""",
    CREATED,
    undeletable=False,
)
RECORD_TYPE = table(
    "RecordType",
    "Record Type",
    "Record Types",
    "012",
    """
Id "Record Type ID" id ! ro
Name "Name" string(80) ! name
DeveloperName "Record Type Name" string(80) !
SobjectType "SObject Type Name" picklist(40) !
IsActive "Active" boolean def=true
Description "Description" string(255)
""",
    CREATED,
    **_FIXED,
)
LEAD_STATUS = table(
    "LeadStatus",
    "Lead Status Value",
    "Lead Status Value",
    "01J",
    """
Id "Lead Status ID" id ! ro
MasterLabel "Master Label" string(255) name
ApiName "API Name" string(255)
SortOrder "Sort Order" int
IsDefault "Is Default" boolean
IsConverted "Is Converted" boolean
""",
    CREATED,
    **_FIXED,
)
TASK_STATUS = table(
    "TaskStatus",
    "Task Status Value",
    "Task Status Value",
    "01T",
    """
Id "Task Status ID" id ! ro
MasterLabel "Master Label" string(255) name
ApiName "API Name" string(255)
SortOrder "Sort Order" int
IsDefault "Is Default" boolean
IsClosed "Is Closed" boolean
""",
    CREATED,
    **_FIXED,
)
PERMISSION_SET = table(
    "PermissionSet",
    "Permission Set",
    "Permission Sets",
    "0PS",
    """
Id "Permission Set ID" id ! ro
Name "Permission Set Name" string(80) ! name unique
Label "Permission Set Label" string(80) !
Description "Description" string(255)
ProfileId "Profile ID" reference ro ref=Profile rel=Profile
IsOwnedByProfile "Is Owned By Profile" boolean ro
IsCustom "Is Custom" boolean ro def=true
""",
    CREATED,
    undeletable=False,
)
FIELD_PERMISSIONS = table(
    "FieldPermissions",
    "Field Permissions",
    "Field Permissions",
    "01k",
    """
Id "Field Permissions ID" id ! ro
ParentId "Parent ID" reference ! co ref=PermissionSet rel=Parent cascade
SobjectType "SObject Type Name" string(255) ! co
Field "Field Name" string(255) ! co
PermissionsRead "Read Field" boolean
PermissionsEdit "Edit Field" boolean
""",
    CREATED,
    undeletable=False,
)
OBJECT_PERMISSIONS = table(
    "ObjectPermissions",
    "Object Permissions",
    "Object Permissions",
    "110",
    """
Id "ObjectPermissions ID" id ! ro
ParentId "Parent ID" reference ! co ref=PermissionSet rel=Parent cascade
SobjectType "SObject Type Name" string(255) ! co
PermissionsRead "Read Records" boolean
PermissionsCreate "Create Records" boolean
PermissionsEdit "Edit Records" boolean
PermissionsDelete "Delete Records" boolean
PermissionsViewAllRecords "Read All Records" boolean
PermissionsModifyAllRecords "Edit All Records" boolean
""",
    CREATED,
    undeletable=False,
)
ASSIGNMENT = table(
    "PermissionSetAssignment",
    "Permission Set Assignment",
    "Permission Set Assignments",
    "0Pa",
    """
Id "PermissionSetAssignment ID" id ! ro
PermissionSetId "PermissionSet ID" reference ! co ref=PermissionSet rel=PermissionSet cascade
AssigneeId "Assignee ID" reference ! co ref=User rel=Assignee
IsActive "Is Active" boolean ro def=true
""",
    'SystemModstamp "System Modstamp" datetime ! ro',
    updateable=False,
    undeletable=False,
)
CUSTOM_FIELD = table(
    "CustomField",
    "Custom Field",
    "Custom Fields",
    "00N",
    """
Id "Custom Field Definition ID" id ! ro
TableEnumOrId "Table Enum Or Id" string(40)
DeveloperName "Developer Name" string(80)
Description "Description" textarea(1000)
NamespacePrefix "Namespace Prefix" string(15)
ManageableState "Manageable State" string(40)
Length "Length" int
Precision "Precision" int
Scale "Scale" int
""",
    CREATED,
    tooling=True,
)
CUSTOM_OBJECT = table(
    "CustomObject",
    "Custom Object",
    "Custom Objects",
    "01I",
    """
Id "Custom Object Definition ID" id ! ro
DeveloperName "Developer Name" string(80)
Description "Description" textarea(1000)
NamespacePrefix "Namespace Prefix" string(15)
ManageableState "Manageable State" string(40)
""",
    CREATED,
    tooling=True,
    **_FIXED,
)
ENTITY_DEFINITION = table(
    "EntityDefinition",
    "Entity Definition",
    "Entity Definitions",
    "4ie",
    """
Id "Entity Definition ID" id ! ro
DurableId "Durable ID" string(255)
QualifiedApiName "Qualified API Name" string(70)
DeveloperName "Developer Name" string(40)
Label "Label" string(255)
PluralLabel "Plural Label" string(255)
KeyPrefix "Key Prefix" string(3)
IsCustomizable "Is Customizable" boolean
IsQueryable "Is Queryable" boolean
""",
    tooling=True,
    **_FIXED,
)

ADMINISTRATION: tuple[ObjectDef, ...] = (
    USER,
    ORGANIZATION,
    PROFILE,
    GROUP,
    RECORD_TYPE,
    LEAD_STATUS,
    TASK_STATUS,
    PERMISSION_SET,
    FIELD_PERMISSIONS,
    OBJECT_PERMISSIONS,
    ASSIGNMENT,
    CUSTOM_FIELD,
    CUSTOM_OBJECT,
    ENTITY_DEFINITION,
)
