"""What names in the DNS give away: mail exchangers, verification tokens, senders and aliases, and who is behind them.

All of them are public facts of the vendors' own set-up guides. A rule fits the end of a host name at a dot, or the
beginning of a text; `mail` marks who keeps the mail boxes, `gateway` who stands in front of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple


class Rule(NamedTuple):
    technology: str
    needle: str
    mail: bool = False
    gateway: bool = False


def _rules(listed: str, **more: bool) -> tuple[Rule, ...]:
    """Lines of `technology = needle needle`."""
    pairs = (line.partition(" = ") for line in listed.strip().splitlines())
    return tuple(Rule(name.strip(), needle, **more) for name, _, needles in pairs for needle in needles.split())


_MAILBOXES: Final = """
Google Workspace = google.com googlemail.com
Microsoft 365 = mail.protection.outlook.com mx.microsoft
Zoho Mail = zoho.com zoho.eu
Fastmail = messagingengine.com
Proton Mail = protonmail.ch
Amazon WorkMail = awsapps.com amazonaws.com
Rackspace Email = emailsrvr.com
IONOS Mail = kundenserver.de ionos.com ionos.de
Yandex 360 = yandex.net
iCloud Mail = mail.icloud.com
"""
_GATEWAYS: Final = """
Proofpoint = pphosted.com ppe-hosted.com gpphosted.com
Mimecast = mimecast.com mimecast-offshore.com
Barracuda = barracudanetworks.com
Cisco Secure Email = iphmx.com
Symantec Email Security = messagelabs.com
Trend Micro Email Security = trendmicro.com trendmicro.eu
Hornetsecurity = hornetsecurity.com antispameurope.com
Sophos Email = hydra.sophos.com
Cloudflare Email Routing = mx.cloudflare.net
"""
_SENDERS: Final = """
Salesforce = _spf.salesforce.com
Pardot = et._spf.pardot.com aspmx.pardot.com
Salesforce Marketing Cloud = cust-spf.exacttarget.com
HubSpot = hubspotemail.net _spf.hubspot.com
Marketo = mktomail.com
Oracle Eloqua = spf_c.oraclecloud.com elqtrk.com
Zendesk = mail.zendesk.com
Freshdesk = email.freshdesk.com
Intercom = spf.intercom.io
Help Scout = helpscoutemail.com
Amazon Web Services = amazonses.com
SendGrid = sendgrid.net
Mailgun = mailgun.org
Mailchimp = servers.mcsv.net
Mandrill = spf.mandrillapp.com
Postmark = spf.mtasv.net
SparkPost = sparkpostmail.com
Klaviyo = klaviyomail.com
Qualtrics = _spf.qualtrics.com
Medallia = spf.medallia.com
SurveyMonkey = surveymonkey.com
ServiceNow = service-now.com
Workday = myworkday.com
NetSuite = sent-via.netsuite.com
Zuora = zuora.com
KnowBe4 = _spf.psm.knowbe4.com
Atlassian = _spf.atlassian.net
Greenhouse = mg-spf.greenhouse.io
Outreach = outreach.io
Brevo = spf.brevo.com spf.sendinblue.com
ActiveCampaign = emsd1.com
Customer.io = customeriomail.com
"""
_SENDING_BOXES: Final = """
Google Workspace = _spf.google.com
Microsoft 365 = spf.protection.outlook.com
Zoho Mail = zoho.com zohomail.com zoho.eu
"""
_SENDING_GATEWAYS: Final = """
Proofpoint = pphosted.com ppe-hosted.com
Mimecast = _netblocks.mimecast.com mimecast.com
Barracuda = barracudanetworks.com
"""
_TOKENS: Final = """
Microsoft 365 = MS=ms
Google Search Console = google-site-verification=
Atlassian = atlassian-domain-verification= atlassian-sending-domain-verification=
DocuSign = docusign=
Adobe = adobe-idp-site-verification= adobe-sign-verification=
Stripe = stripe-verification=
Slack = slack-domain-verification=
OneTrust = onetrust-domain-verification=
OpenAI = openai-domain-verification=
Anthropic = anthropic-domain-verification
Zoom = ZOOM_verify_ zoom-domain-verification=
Webex = cisco-ci-domain-verification= webexdomainverification.
Okta = okta-verification=
Pardot = pardot
Salesforce = salesforce-domain-verification=
HubSpot = hubspot-developer-verification= hubspot-domain-verification=
Marketo = marketo-domain-verification=
Facebook Business = facebook-domain-verification=
LinkedIn = linkedin-domain-verification= linkedin-site-verification=
Pinterest = pinterest-site-verification=
Apple Business Manager = apple-domain-verification=
Dropbox = dropbox-domain-verification=
Box = box-domain-verification=
Miro = miro-verification=
Notion = notion-domain-verification= notion_verify_
Asana = asana-domain-verification=
Airtable = airtable-verification=
Canva = canva-site-verification=
Calendly = calendly-site-verification=
Loom = loom-site-verification= loom-verification=
Figma = figma-domain-verification=
Smartsheet = smartsheet-site-validation=
Teamviewer = teamviewer-sso-verification=
1Password = 1password-site-verification=
LastPass = lastpass-verification-code=
Citrix = citrix-verification-code= citrix.mobile.ads.otp=
Duo Security = duo_sso_verification=
JumpCloud = jumpcloud-domain-verification=
Cloudflare = cloudflare_dashboard_sso= cloudflare-verify
Fastly = fastly-domain-delegation-
Globalsign = globalsign-domain-verification=
DigiCert = digicert-domain-verification=
Jamf = jamf-site-verification=
MongoDB Atlas = mongodb-site-verification=
GitLab = gitlab-domain-verification=
Postman = postman-domain-verification=
Drift = drift-domain-verification= drift-verification=
Intercom = intercom-domain-verification=
Klaviyo = klaviyo-site-verification=
Autodesk = autodesk-domain-verification=
Segment = segment-site-verification=
SAP = sap-domain-verification=
ServiceNow = servicenow-domain-verification=
Workplace = workplace-domain-verification=
Zapier = zapier-domain-verification=
Zoho = zoho-verification=
Shopify = shopify-verification-code=
Status.io = status-page-domain-verification=
Wiz = wiz-domain-verification=
Whimsical = whimsical=
KnowBe4 = knowbe4-site-verification=
Dynatrace = dynatrace-site-verification=
New Relic = new-relic-domain-verification=
Datadog = datadog-domain-verification=
Uber for Business = uber-domain-verification=
"""
_ALIASES: Final = """
Zendesk = zendesk.com
Freshdesk = freshdesk.com
Intercom = custom.intercom.help
Help Scout = helpscoutdocs.com
HubSpot = sites.hubspot.net hubspot.net hs-sites.com hubspotpagebuilder.com
Marketo = mktoweb.com mktossl.com
Pardot = go.pardot.com pi.pardot.com
Oracle Eloqua = en25.com eloqua.com
Salesforce = force.com siteforce.com salesforce.com my.site.com live.siteforce.com
Salesforce Marketing Cloud = exacttarget.com
Okta = okta.com customdomains.okta.com okta-emea.com
Auth0 = auth0.com edge.tenants.auth0.com
OneLogin = onelogin.com
Microsoft Azure = azurewebsites.net azurefd.net azureedge.net cloudapp.azure.com trafficmanager.net
Amazon Web Services = cloudfront.net elasticbeanstalk.com elb.amazonaws.com s3.amazonaws.com amazonaws.com
Google Cloud = c.storage.googleapis.com ghs.googlehosted.com run.app
Cloudflare = cdn.cloudflare.net
Fastly = fastly.net fastlylb.net
Akamai = edgekey.net edgesuite.net akamaiedge.net
Heroku = herokudns.com herokuapp.com
Netlify = netlify.app netlify.com
Vercel = vercel-dns.com vercel.app
GitHub Pages = github.io
WP Engine = wpengine.com wpeproxy.com
Webflow = proxy.webflow.com proxy-ssl.webflow.com
Squarespace = ext-cust.squarespace.com
Shopify = myshopify.com shops.myshopify.com
Unbounce = unbouncepages.com
Instapage = secure.pageserve.co
Atlassian Statuspage = stspg-customer.com statuspage.io
Qualtrics = qualtrics.com
Medallia = medallia.com
ReadMe = readmessl.com
GitBook = gitbook.io hosting.gitbook.io
"""
_NAME_SERVERS: Final = """
Cloudflare = ns.cloudflare.com
Akamai = akam.net
NS1 = nsone.net
Amazon Web Services = awsdns.com awsdns.net awsdns.org awsdns.co.uk
Google Cloud = googledomains.com
Microsoft Azure = azure-dns.com azure-dns.net azure-dns.org azure-dns.info
"""
_REPORTS: Final = """
Dmarcian = dmarcian.com dmarcian.eu
Valimail = vali.email
Agari = agari.com
Proofpoint = emaildefense.proofpoint.com
Mimecast = dmarcanalyzer.com
EasyDMARC = easydmarc.com easydmarc.eu
Red Sift = ondmarc.com
PowerDMARC = powerdmarc.com
"""

MX: Final = _rules(_MAILBOXES, mail=True) + _rules(_GATEWAYS, gateway=True)
SPF: Final = _rules(_SENDERS) + _rules(_SENDING_BOXES, mail=True) + _rules(_SENDING_GATEWAYS, gateway=True)
TXT: Final = _rules(_TOKENS)
CNAME: Final = _rules(_ALIASES)
NS: Final = _rules(_NAME_SERVERS)
DMARC: Final = _rules(_REPORTS)
HOSTS: Final = ("www", "support", "help", "go", "info", "pages", "status", "sso", "login", "survey")
SURENESS: Final[Mapping[str, float]] = {
    "MX": 0.9,
    "SPF include": 0.75,
    "CNAME": 0.8,
    "NS": 0.8,
    "DMARC": 0.7,
    "TXT": 0.6,  # somebody verified the domain once; whether the tool is in use today is another matter
}


def of_host(rules: tuple[Rule, ...], host: str) -> Rule | None:
    """The rule with the longest needle that the host name is, or ends with after a dot."""
    fitting = [rule for rule in rules if host == rule.needle or host.endswith(f".{rule.needle}")]
    return max(fitting, key=lambda rule: len(rule.needle), default=None)


def of_token(text: str) -> Rule | None:
    """The rule whose needle begins the text, whatever the case."""
    low = text.lower()
    return max(
        (rule for rule in TXT if low.startswith(rule.needle.lower())), key=lambda rule: len(rule.needle), default=None
    )
