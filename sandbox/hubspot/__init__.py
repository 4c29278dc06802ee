"""One HubSpot portal as a deterministic model, with its wire API as `HubSpotPortal.handle`.

`portal` is the whole; `store`, `records`, `index` hold the data and its rules; `tables` the standard properties;
files named `api_*` the endpoints. Imports `sandbox.kernel` and nothing else of ours.
"""

from sandbox.hubspot.portal import HubSpotPortal
from sandbox.hubspot.settings import PortalSettings

__all__ = ["HubSpotPortal", "PortalSettings"]
