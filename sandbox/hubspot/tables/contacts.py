"""Standard properties of contacts."""

# ruff: noqa: E501 - one property a line

TABLE = """
email | Email | string.text | contactinformation
firstname | First Name | string.text | contactinformation
lastname | Last Name | string.text | contactinformation
salutation | Salutation | string.text | contactinformation
phone | Phone Number | string.phonenumber | contactinformation
mobilephone | Mobile Phone Number | string.phonenumber | contactinformation
fax | Fax Number | string.text | contactinformation
hs_whatsapp_phone_number | WhatsApp Phone Number | string.phonenumber | contactinformation
jobtitle | Job Title | string.text | contactinformation
job_function | Job function | string.text | contactinformation
seniority | Seniority | string.text | contactinformation
company | Company Name | string.text | contactinformation
company_size | Company size | string.text | contactinformation
website | Website URL | string.text | contactinformation
industry | Industry | string.text | contactinformation
numemployees | Number of Employees | enumeration.select | contactinformation | open | 1-5, 5-25, 25-50, 50-100, 100-500, 500-1000, 1000+
annualrevenue | Annual Revenue | string.text | contactinformation
address | Street Address | string.text | contactinformation
city | City | string.text | contactinformation
state | State/Region | string.text | contactinformation
zip | Postal Code | string.text | contactinformation
country | Country/Region | string.text | contactinformation
hs_language | Preferred language | enumeration.select | contactinformation | | language
hs_timezone | Time Zone | enumeration.select | contactinformation | | timezone
date_of_birth | Date of birth | string.text | contactinformation
gender | Gender | string.text | contactinformation
marital_status | Marital Status | string.text | contactinformation
degree | Degree | string.text | contactinformation
field_of_study | Field of study | string.text | contactinformation
start_date | Start date | string.text | contactinformation
message | Message | string.textarea | contactinformation
twitterhandle | Twitter Username | string.text | socialmediainformation
hs_linkedin_url | LinkedIn URL | string.text | contactinformation
lifecyclestage | Lifecycle Stage | enumeration.radio | contactinformation | open | lifecycle
hs_lead_status | Lead Status | enumeration.radio | sales_properties | open | lead_status
hs_buying_role | Buying Role | enumeration.checkbox | sales_properties | | buying_role
hs_persona | Persona | enumeration.select | contactinformation | open | persona
hs_seniority | Employment Seniority | enumeration.select | contactinformation | | seniority
hs_role | Employment Role | enumeration.select | contactinformation | | role
hubspot_owner_id | Contact owner | enumeration.select | sales_properties | owner
hubspot_owner_assigneddate | Owner Assigned Date | datetime.date | sales_properties | ro
hubspot_team_id | HubSpot Team | enumeration.select | sales_properties | ro
associatedcompanyid | Primary Associated Company ID | number.number | contactinformation
closedate | Close Date | datetime.date | contactinformation
notes_last_contacted | Last Contacted | datetime.date | sales_properties | ro
notes_last_updated | Last Activity Date | datetime.date | sales_properties | ro
num_notes | Number of Sales Activities | number.number | sales_properties | ro
num_contacted_notes | Number of times contacted | number.number | sales_properties | ro
num_associated_deals | Number of Associated Deals | number.number | deal_information | calc
first_conversion_date | First Conversion Date | datetime.date | conversioninformation | ro
first_conversion_event_name | First Conversion | string.text | conversioninformation | ro
recent_conversion_date | Recent Conversion Date | datetime.date | conversioninformation | ro
recent_conversion_event_name | Recent Conversion | string.text | conversioninformation | ro
num_conversion_events | Number of Form Submissions | number.number | conversioninformation | ro
num_unique_conversion_events | Number of Unique Forms Submitted | number.number | conversioninformation | ro
hs_analytics_source | Original Source | enumeration.select | analyticsinformation | | source
hs_analytics_source_data_1 | Original Source Drill-Down 1 | string.text | analyticsinformation
hs_analytics_source_data_2 | Original Source Drill-Down 2 | string.text | analyticsinformation
hs_latest_source | Latest Source | enumeration.select | analyticsinformation | ro | source
hs_analytics_num_page_views | Number of Pageviews | number.number | analyticsinformation | ro
hs_analytics_last_timestamp | Time of Last Session | datetime.date | analyticsinformation | ro
hs_email_optout | Unsubscribed from all email | bool.booleancheckbox | emailinformation | ro
hs_email_bounce | Marketing emails bounced | number.number | emailinformation | ro
hs_email_quarantined | Email Address Quarantined | bool.booleancheckbox | emailinformation | ro
hs_legal_basis | Legal basis for processing contact's data | enumeration.checkbox | contactinformation | | legal_basis
hs_marketable_status | Marketing contact status | enumeration.radio | contactinformation | ro | true=Marketing contact, false=Non-marketing contact
hs_email_domain | Email Domain | string.text | contactinformation | calc
hs_additional_emails | Additional email addresses | enumeration.checkbox | contactinformation | ro
hs_all_contact_vids | All vids for a contact | enumeration.checkbox | contactinformation | calc
hs_calculated_merged_vids | Merged vids with timestamps of a contact | enumeration.checkbox | contactinformation | calc
hs_merged_object_ids | Merged record IDs | enumeration.checkbox | contactinformation | ro
hs_searchable_calculated_phone_number | Calculated Phone Number without country code | string.text | contactinformation | calc hidden
hs_full_name_or_email | Full name or email | string.text | contactinformation | calc
hs_is_contact | Is a contact | bool.calculation_equation | contactinformation | calc
hs_is_unworked | Contact unworked | bool.calculation_equation | contactinformation | calc
hs_pipeline | Pipeline | enumeration.select | contactinformation | ro | contacts-lifecycle-pipeline=Lifecycle stage pipeline
hs_lifecyclestage_lead_date | Became a Lead Date | datetime.date | contactinformation | ro
hs_lifecyclestage_marketingqualifiedlead_date | Became a Marketing Qualified Lead Date | datetime.date | contactinformation | ro
hs_lifecyclestage_salesqualifiedlead_date | Became a Sales Qualified Lead Date | datetime.date | contactinformation | ro
hs_lifecyclestage_opportunity_date | Became an Opportunity Date | datetime.date | contactinformation | ro
hs_lifecyclestage_customer_date | Became a Customer Date | datetime.date | contactinformation | ro
hs_last_sales_activity_timestamp | Last Engagement Date | datetime.date | sales_properties | ro
hs_sequences_is_enrolled | Currently in Sequence | bool.booleancheckbox | sales_properties | ro
hs_object_source | Record creation source | string.text | contactinformation | ro
hs_object_source_id | Record creation source ID | string.text | contactinformation | ro
hs_object_source_label | Record source | enumeration.select | contactinformation | ro | object_source
hs_created_by_user_id | Created by user ID | number.number | contactinformation | ro
hs_updated_by_user_id | Updated by user ID | number.number | contactinformation | ro
hs_object_id | Record ID | number.number | contactinformation | ro
createdate | Create Date | datetime.date | contactinformation | ro
lastmodifieddate | Last Modified Date | datetime.date | contactinformation | ro
hs_lastmodifieddate | Object last modified date/time | datetime.date | contactinformation | ro hidden
hs_createdate | Object create date/time | datetime.date | contactinformation | ro hidden
"""
