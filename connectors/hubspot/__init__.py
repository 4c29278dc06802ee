"""HubSpot as a `Remote`, on hubspot-api-client for paths and on our own transport for everything else.

`remote` puts the parts together: `auth`, `read` (by id), `changes` (search for ids, then read), `scan` (both listings),
`find`, `write` (with `batches` and `associate`), `schema`, `setup`, `owners`. Below them `api` holds every call,
`library` keeps the client's API objects, `line` knows kinds of calls and limit headers, `errors` is the table of
refusals, `words` the names and numbers. May import `connectors.base` and the transport, nothing of `syncer`, `sandbox`
or `simulation`.
"""

from connectors.hubspot.auth import OAuth
from connectors.hubspot.factory import connect
from connectors.hubspot.remote import HubSpotRemote, HubSpotSettings

__all__ = ["HubSpotRemote", "HubSpotSettings", "OAuth", "connect"]
