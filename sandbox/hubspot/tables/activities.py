"""Standard properties of calls, meetings, notes, tasks, e-mails and users, and those that they share."""

# ruff: noqa: E501 - one property a line

COMMON = """
hs_timestamp | Activity date | datetime.date | activity
hubspot_owner_id | Activity assigned to | enumeration.select | activity | owner
hubspot_owner_assigneddate | Owner assigned date | datetime.date | activity | ro
hubspot_team_id | HubSpot Team | enumeration.select | activity | ro
hs_activity_type | Call and meeting type | enumeration.select | activity | open | DISCOVERY=Discovery, DEMO=Demo, FOLLOW_UP=Follow-up, NEGOTIATION=Negotiation
hs_attachment_ids | Attached file IDs | enumeration.checkbox | activity
hs_body_preview | Body preview | string.text | activity | calc
hs_body_preview_html | Body preview HTML | string.html | activity | calc
hs_created_by | Created by | number.number | activity | ro
hs_unique_id | Unique ID | string.text | activity | hidden
hs_engagement_source | Engagement Source | string.text | activity | ro
hs_object_source | Record creation source | string.text | activity | ro
hs_object_source_id | Record creation source ID | string.text | activity | ro
hs_object_source_label | Record source | enumeration.select | activity | ro | object_source
hs_created_by_user_id | Created by user ID | number.number | activity | ro
hs_updated_by_user_id | Updated by user ID | number.number | activity | ro
hs_merged_object_ids | Merged record IDs | enumeration.checkbox | activity | ro
hs_object_id | Record ID | number.number | activity | ro
hs_createdate | Create date | datetime.date | activity | ro
hs_lastmodifieddate | Last modified date | datetime.date | activity | ro
"""

CALLS = """
hs_call_title | Call Title | string.text | call
hs_call_body | Call notes | string.html | call
hs_call_direction | Call direction | enumeration.select | call | | INBOUND=Inbound, OUTBOUND=Outbound
hs_call_duration | Call duration | number.number | call
hs_call_status | Call status | enumeration.select | call | | call_status
hs_call_disposition | Call outcome | enumeration.select | call | open | dispositions
hs_call_from_number | From Number | string.text | call
hs_call_to_number | To Number | string.text | call
hs_call_recording_url | Recording URL | string.text | call
hs_call_source | Call Source | enumeration.select | call | | INTEGRATIONS_PLATFORM=Integrations Platform
hs_call_app_id | Call App ID | number.number | call
hs_call_external_id | Call External ID | string.text | call
hs_call_external_account_id | Call External Account ID | string.text | call
hs_call_callee_object_id | Callee object id | number.number | call
hs_call_callee_object_type_id | Callee object type id | string.text | call
hs_call_has_voicemail | Has Voicemail | bool.booleancheckbox | call
hs_call_has_transcript | Has Transcript | bool.booleancheckbox | call | ro
hs_call_summary | Call Summary | string.textarea | call
"""

MEETINGS = """
hs_meeting_title | Meeting name | string.text | meeting
hs_meeting_body | Meeting description | string.html | meeting
hs_internal_meeting_notes | Internal meeting notes | string.html | meeting
hs_meeting_start_time | Start time | datetime.date | meeting
hs_meeting_end_time | End time | datetime.date | meeting
hs_meeting_location | Location | string.text | meeting
hs_meeting_location_type | Location type | enumeration.select | meeting | | PHONE=Phone, ADDRESS=Address, CUSTOM=Custom
hs_meeting_external_url | External URL | string.text | meeting
hs_meeting_outcome | Meeting outcome | enumeration.select | meeting | open | meeting_outcome
hs_meeting_source | Meeting source | enumeration.select | meeting | | CRM_UI=CRM UI, MEETINGS_PUBLIC=Meetings page, INTEGRATIONS_PLATFORM=Integrations Platform
hs_guest_emails | Guest emails | string.textarea | meeting
"""

NOTES = """
hs_note_body | Note body | string.html | note
"""

TASKS = """
hs_task_subject | Task Title | string.text | task
hs_task_body | Task Notes | string.html | task
hs_task_status | Task Status | enumeration.select | task | | task_status
hs_task_priority | Priority | enumeration.select | task | | task_priority
hs_task_type | Task Type | enumeration.select | task | | TODO=To-do, CALL=Call, EMAIL=Email
hs_task_reminders | Reminders | string.text | task
hs_task_completion_date | Completed at | datetime.date | task | ro
hs_task_is_completed | Is Completed | number.calculation_equation | task | calc
"""

EMAILS = """
hs_email_subject | Email subject | string.text | email
hs_email_html | Email body HTML | string.html | email
hs_email_text | Email body | string.textarea | email
hs_email_direction | Email direction | enumeration.select | email | | email_direction
hs_email_status | Email send status | enumeration.select | email | | email_status
hs_email_headers | Email headers | string.textarea | email
hs_email_from_email | Email from address | string.text | email | ro
hs_email_to_email | Email to address | string.text | email | ro
"""

USERS = """
hs_email | Email | string.text | user | ro
hs_given_name | First name | string.text | user | ro
hs_family_name | Last name | string.text | user | ro
hs_job_title | Job title | string.text | user
hs_internal_user_id | User ID | number.number | user | ro
hs_standard_time_zone | Time zone | string.text | user
hs_deactivated | Deactivated | bool.booleancheckbox | user | ro
"""
