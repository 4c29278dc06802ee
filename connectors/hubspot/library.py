"""hubspot-api-client on our transport: the library names the paths, we send the bytes and read the answers.

Why this shape: a property chain of the library opens a new connection pool at every access, its models cost fifty
times what the JSON costs, it knows no time limit, repeats calls by itself and tells a write from a read only by verb.
So its API objects are made once, their REST client is replaced through the official `api_factory` hook, bodies go in as
bytes, and answers come out raw.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from hubspot import HubSpot

Send = Callable[[str, str, bytes | None], Any]  # method, path with query, body


class _RestClient:
    """Stands in for the library's urllib3 pool; its method names and arguments are the library's."""

    def __init__(self, send: Send) -> None:
        self._send = send

    def _call(self, method: str, url: str, query: Sequence[tuple[str, Any]] | None, body: bytes | None) -> Any:
        # A comma stays a comma: lists of property names are the longest part of a URL.
        path = f"{url}?{urlencode(query, safe=',')}" if query else url
        return self._send(method, path, body)

    def GET(self, url: str, query_params: Any = None, **ignored: Any) -> Any:
        return self._call("GET", url, query_params, None)

    def POST(self, url: str, query_params: Any = None, body: Any = None, **ignored: Any) -> Any:
        return self._call("POST", url, query_params, body)


class Library:
    """The kept API objects. Every method of theirs is called with `_preload_content=False` and a body of bytes."""

    def __init__(self, send: Send) -> None:
        rest = _RestClient(send)

        def make(package: Any, api_name: str, config: Mapping[str, Any]) -> Any:
            # The host stays empty, so that the transport sees the path and adds host and token itself.
            client = package.ApiClient(configuration=package.Configuration(host=""))
            client.rest_client = rest
            return getattr(package, api_name)(api_client=client)

        urllib3_log = logging.getLogger("urllib3")
        level = urllib3_log.level
        crm = HubSpot(api_factory=make).crm
        self.records = crm.objects.basic_api
        self.batches = crm.objects.batch_api
        self.searches = crm.objects.search_api
        self.properties = crm.properties.core_api
        self.groups = crm.properties.groups_api
        self.owners = crm.owners.owners_api
        self.associations = crm.associations.v4.batch_api
        urllib3_log.setLevel(level)  # the library's Configuration lowers the whole process's logger
