"""Standard properties of deals, tickets and leads, and those that they share."""

# ruff: noqa: E501 - one property a line

COMMON = """
hubspot_owner_id | Owner | enumeration.select | information | owner
hubspot_owner_assigneddate | Owner Assigned Date | datetime.date | information | ro
hubspot_team_id | HubSpot Team | enumeration.select | information | ro
notes_last_contacted | Last Contacted | datetime.date | information | ro
notes_last_updated | Last Activity Date | datetime.date | information | ro
num_notes | Number of Sales Activities | number.number | information | ro
num_contacted_notes | Number of times contacted | number.number | information | ro
hs_merged_object_ids | Merged record IDs | enumeration.checkbox | information | ro
hs_object_source | Record creation source | string.text | information | ro
hs_object_source_id | Record creation source ID | string.text | information | ro
hs_object_source_label | Record source | enumeration.select | information | ro | object_source
hs_created_by_user_id | Created by user ID | number.number | information | ro
hs_updated_by_user_id | Updated by user ID | number.number | information | ro
hs_object_id | Record ID | number.number | information | ro
createdate | Create Date | datetime.date | information | ro
hs_createdate | Object create date/time | datetime.date | information | ro hidden
hs_lastmodifieddate | Last Modified Date | datetime.date | information | ro
"""

DEALS = """
dealname | Deal Name | string.text | dealinformation
dealstage | Deal Stage | enumeration.radio | dealinformation | open | deal_stages
pipeline | Pipeline | enumeration.select | dealinformation | open | deal_pipelines
amount | Amount | number.number | dealinformation
amount_in_home_currency | Amount in company currency | number.calculation_equation | dealinformation | calc
deal_currency_code | Currency | enumeration.select | dealinformation | | currency
closedate | Close Date | datetime.date | dealinformation
dealtype | Deal Type | enumeration.radio | dealinformation | open | deal_type
description | Deal Description | string.textarea | dealinformation
hs_priority | Priority | enumeration.select | dealinformation | open | priority
hs_deal_stage_probability | Deal probability | number.number | dealinformation | ro
hs_is_closed | Is Deal Closed? | bool.calculation_equation | dealinformation | calc
hs_is_closed_won | Is Closed Won | bool.calculation_equation | dealinformation | calc
closed_lost_reason | Closed Lost Reason | string.textarea | dealinformation
closed_won_reason | Closed Won Reason | string.textarea | dealinformation
hs_next_step | Next step | string.text | dealinformation
num_associated_contacts | Number of Associated Contacts | number.number | dealinformation | calc
days_to_close | Days to close | number.number | dealinformation | calc
hs_forecast_amount | Forecast amount | number.number | dealinformation
hs_analytics_source | Original Traffic Source | enumeration.select | analyticsinformation | ro | source
"""

TICKETS = """
subject | Ticket name | string.text | ticketinformation
content | Ticket description | string.textarea | ticketinformation
hs_pipeline | Pipeline | enumeration.select | ticketinformation | open | ticket_pipelines
hs_pipeline_stage | Ticket status | enumeration.select | ticketinformation | open | ticket_stages
hs_ticket_priority | Priority | enumeration.select | ticketinformation | open | LOW=Low, MEDIUM=Medium, HIGH=High, URGENT=Urgent
hs_ticket_category | Category | enumeration.checkbox | ticketinformation | open | ticket_category
closed_date | Close date | datetime.date | ticketinformation
"""

LEADS = """
hs_lead_name | Lead Name | string.text | leadinformation
hs_lead_type | Lead Type | enumeration.select | leadinformation | open | NEW_BUSINESS=New business, UPSELL=Upsell, RE_ATTEMPTING=Re-attempting
hs_lead_label | Lead Label | enumeration.select | leadinformation | open | HOT=Hot, WARM=Warm, COLD=Cold
hs_pipeline | Pipeline | enumeration.select | leadinformation | open | lead_pipelines
hs_pipeline_stage | Pipeline Stage | enumeration.select | leadinformation | open | lead_stages
hs_pipeline_stage_category | Pipeline Stage Category | enumeration.select | leadinformation | ro | lead_stage_category
hs_lead_disqualification_reason | Disqualification Reason | enumeration.select | leadinformation | open | NO_BUDGET=No budget, WRONG_FIT=Wrong fit, UNRESPONSIVE=Unresponsive, TIMING=Bad timing, OTHER=Other
hs_lead_disqualification_note | Disqualification Note | string.textarea | leadinformation
hs_associated_contact_email | Associated Contact Email | string.text | leadinformation | calc
hs_associated_contact_firstname | Associated Contact First Name | string.text | leadinformation | calc
hs_associated_contact_lastname | Associated Contact Last Name | string.text | leadinformation | calc
hs_associated_company_name | Associated Company Name | string.text | leadinformation | calc
hs_associated_company_domain | Associated Company Domain | string.text | leadinformation | calc
hs_primary_contact_id | Primary Contact ID | number.number | leadinformation | calc
hs_primary_company_id | Primary Company ID | number.number | leadinformation | calc
hs_lead_source | Lead Source | enumeration.select | leadinformation | calc | source
hs_lead_source_lifecycle_stage | Lead Source Lifecycle Stage | string.text | leadinformation | calc
"""
