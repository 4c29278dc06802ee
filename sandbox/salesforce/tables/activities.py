"""Task and Event."""

from __future__ import annotations

from sandbox.salesforce.definitions import ObjectDef
from sandbox.salesforce.tables.notation import CREATED, table

_WHO_WHAT = """
WhoId "Name ID" reference ref=Contact|Lead rel=Who cascade
WhatId "Related To ID" reference ref=Account|Campaign|Opportunity rel=What cascade
"""

TASK = table(
    "Task",
    "Task",
    "Tasks",
    "00T",
    'Id "Activity ID" id ! ro',
    _WHO_WHAT,
    """
Subject "Subject" combobox(255) opt=TASK_SUBJECT
ActivityDate "Due Date Only" date
Status "Status" picklist(255) ! opt=TASK_STATUS def=Not~Started
Priority "Priority" picklist(255) ! opt=TASK_PRIORITY def=Normal
IsHighPriority "High Priority" boolean ro
OwnerId "Assigned To ID" reference ! ref=Group|User rel=Owner def=@user
Description "Description" textarea(32000)
IsDeleted "Deleted" boolean ro
AccountId "Account ID" reference ro ref=Account rel=Account
IsClosed "Closed" boolean ro
""",
    CREATED,
    """
IsArchived "Archived" boolean ro
CallDurationInSeconds "Call Duration" int
CallType "Call Type" picklist(255) opt=CALL_TYPE
CallDisposition "Call Result" string(255)
CallObject "Call Object Identifier" string(255)
ReminderDateTime "Reminder Date/Time" datetime
IsReminderSet "Reminder Set" boolean
RecurrenceActivityId "Recurrence Activity ID" reference ro ref=Task rel=RecurrenceActivity
IsRecurrence "Create Recurring Series of Tasks" boolean co
TaskSubtype "Task Subtype" picklist(40) co opt=TASK_SUBTYPE restricted def=Task
CompletedDateTime "Completed Date" datetime ro
""",
)

EVENT = table(
    "Event",
    "Event",
    "Events",
    "00U",
    'Id "Activity ID" id ! ro',
    _WHO_WHAT,
    """
Subject "Subject" combobox(255) opt=EVENT_SUBJECT
Location "Location" string(255)
IsAllDayEvent "All-Day Event" boolean
ActivityDateTime "Due Date Time" datetime
ActivityDate "Due Date Only" date
DurationInMinutes "Duration" int
StartDateTime "Start Date Time" datetime
EndDateTime "End Date Time" datetime
EndDate "End Date" date ro
Description "Description" textarea(32000)
AccountId "Account ID" reference ro ref=Account rel=Account
OwnerId "Assigned To ID" reference ! ref=User rel=Owner def=@user
IsPrivate "Private" boolean
ShowAs "Show Time As" picklist(40) opt=SHOW_AS restricted def=Busy
IsDeleted "Deleted" boolean ro
IsChild "Is Child" boolean ro
""",
    CREATED,
    """
IsArchived "Archived" boolean ro
IsReminderSet "Reminder Set" boolean
ReminderDateTime "Reminder Date/Time" datetime
EventSubtype "Event Subtype" picklist(40) co opt=EVENT_SUBTYPE restricted def=Event
""",
)

ACTIVITIES: tuple[ObjectDef, ...] = (TASK, EVENT)
