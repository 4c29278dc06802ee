"""One Salesforce org as a deterministic model, with its wire API as `SalesforceOrg.handle`.

`org` is the whole; `store`, `records` hold the data and its rules; `tables` the standard objects and fields; `soql`
queries; files named `api_*` the endpoints. Imports `sandbox.kernel` and nothing else of ours.
"""

from sandbox.salesforce.org import SalesforceOrg
from sandbox.salesforce.settings import ClientApp, Condition, DuplicateRule, OrgSettings, ValidationRule

__all__ = ["ClientApp", "Condition", "DuplicateRule", "OrgSettings", "SalesforceOrg", "ValidationRule"]
