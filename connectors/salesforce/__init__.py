"""Salesforce: REST, Composite, Collections and Bulk 2.0 behind `connectors.base.Remote`.

Imports `connectors` only. `remote` is the door; `words` holds names and limits, `faults` the table of error codes.
"""

from connectors.salesforce.remote import SalesforceRemote
from connectors.salesforce.settings import SalesforceSettings

__all__ = ["SalesforceRemote", "SalesforceSettings"]
