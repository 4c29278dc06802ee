"""Standard properties of companies."""

# ruff: noqa: E501 - one property a line

TABLE = """
name | Company name | string.text | companyinformation
domain | Company Domain Name | string.text | companyinformation
website | Website URL | string.text | companyinformation
phone | Phone Number | string.phonenumber | companyinformation
address | Street Address | string.text | companyinformation
address2 | Street Address 2 | string.text | companyinformation
city | City | string.text | companyinformation
state | State/Region | string.text | companyinformation
zip | Postal Code | string.text | companyinformation
country | Country/Region | string.text | companyinformation
hs_country_code | Country/Region Code | string.text | companyinformation
timezone | Time Zone | string.text | companyinformation
industry | Industry | enumeration.select | companyinformation | open | industry
numberofemployees | Number of Employees | number.number | companyinformation
hs_employee_range | Employee range | enumeration.select | companyinformation | ro | employee_range
annualrevenue | Annual Revenue | number.number | companyinformation
hs_annual_revenue_currency_code | Annual Revenue Currency Code | string.text | companyinformation
total_money_raised | Total Money Raised | string.text | companyinformation
founded_year | Year Founded | string.text | companyinformation
is_public | Is Public | bool.booleancheckbox | companyinformation
description | Description | string.textarea | companyinformation
about_us | About Us | string.textarea | companyinformation
type | Type | enumeration.select | companyinformation | open | company_type
lifecyclestage | Lifecycle Stage | enumeration.radio | companyinformation | open | lifecycle
hs_lead_status | Lead Status | enumeration.radio | companyinformation | open | lead_status
hubspot_owner_id | Company owner | enumeration.select | companyinformation | owner
hubspot_owner_assigneddate | Owner Assigned Date | datetime.date | companyinformation | ro
hubspot_team_id | HubSpot Team | enumeration.select | companyinformation | ro
web_technologies | Web Technologies | enumeration.checkbox | companyinformation | open | web_technologies
linkedin_company_page | LinkedIn Company Page | string.text | socialmediainformation
linkedinbio | LinkedIn Bio | string.text | socialmediainformation
twitterhandle | Twitter Handle | string.text | socialmediainformation
twitterbio | Twitter Bio | string.text | socialmediainformation
twitterfollowers | Twitter Followers | number.number | socialmediainformation
facebook_company_page | Facebook Company Page | string.text | socialmediainformation
facebookfans | Number of Facebook Fans | number.number | socialmediainformation
hs_target_account | Target Account | enumeration.select | target_accounts | | target_tier
hs_is_target_account | Target account | bool.booleancheckbox | target_accounts
hs_ideal_customer_profile | Ideal Customer Profile Tier | enumeration.select | target_accounts | | target_tier
hs_parent_company_id | Parent Company | number.number | companyinformation | calc
hs_num_child_companies | Number of child companies | number.number | companyinformation | calc
num_associated_contacts | Number of Associated Contacts | number.number | companyinformation | calc
num_associated_deals | Number of Associated Deals | number.number | companyinformation | calc
hs_num_open_deals | Number of open deals | number.number | companyinformation | calc
hs_total_deal_value | Total open deal value | number.number | companyinformation | calc
total_revenue | Total Revenue | number.number | companyinformation | ro
recent_deal_amount | Recent Deal Amount | number.number | companyinformation | ro
recent_deal_close_date | Recent Deal Close Date | datetime.date | companyinformation | ro
closedate | Close Date | datetime.date | companyinformation
days_to_close | Days to Close | number.number | companyinformation | ro
first_contact_createdate | First Contact Create Date | datetime.date | companyinformation | ro
notes_last_contacted | Last Contacted | datetime.date | companyinformation | ro
notes_last_updated | Last Activity Date | datetime.date | companyinformation | ro
num_notes | Number of Sales Activities | number.number | companyinformation | ro
num_contacted_notes | Number of times contacted | number.number | companyinformation | ro
hs_last_sales_activity_timestamp | Last Engagement Date | datetime.date | companyinformation | ro
hs_analytics_source | Original Traffic Source | enumeration.select | analyticsinformation | | source
hs_analytics_source_data_1 | Original Traffic Source Drill-Down 1 | string.text | analyticsinformation
hs_analytics_source_data_2 | Original Traffic Source Drill-Down 2 | string.text | analyticsinformation
hs_additional_domains | Additional Domains | enumeration.checkbox | companyinformation | ro
hs_merged_object_ids | Merged record IDs | enumeration.checkbox | companyinformation | ro
hs_pipeline | Pipeline | enumeration.select | companyinformation | ro | companies-lifecycle-pipeline=Lifecycle stage pipeline
hs_logo_url | Logo URL | string.text | companyinformation
hs_object_source | Record creation source | string.text | companyinformation | ro
hs_object_source_id | Record creation source ID | string.text | companyinformation | ro
hs_object_source_label | Record source | enumeration.select | companyinformation | ro | object_source
hs_created_by_user_id | Created by user ID | number.number | companyinformation | ro
hs_updated_by_user_id | Updated by user ID | number.number | companyinformation | ro
hs_object_id | Record ID | number.number | companyinformation | ro
createdate | Create Date | datetime.date | companyinformation | ro
hs_createdate | Object create date/time | datetime.date | companyinformation | ro hidden
hs_lastmodifieddate | Last Modified Date | datetime.date | companyinformation | ro
"""
