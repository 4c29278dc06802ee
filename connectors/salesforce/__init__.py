"""Salesforce: REST, Composite, Collections and Bulk 2.0 behind `connectors.base.Remote`.

Imports `connectors` only. `factory` builds a `remote` from the configuration;
`words` holds names and limits, `faults` the table of error codes.
"""

from connectors.salesforce.factory import connect, settings_from
from connectors.salesforce.remote import SalesforceRemote
from connectors.salesforce.settings import SalesforceSettings

__all__ = ["SalesforceRemote", "SalesforceSettings", "connect", "settings_from"]
