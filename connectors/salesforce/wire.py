"""Every REST request to Salesforce: simple-salesforce builds path and headers, our transport decides the rest.

The client gets a session that is no `requests.Session` but a doorway to `Transport`, and no way to log in: its own
retry after a 401 would drop the caller's headers, and with them `If-Unmodified-Since`. Only `_call_salesforce` of it is
used; its paging, bulk, quoting and JSON paths lose rows, precision or errors and are ours here.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from simple_salesforce import Salesforce

from connectors.base import GoneError, ProtocolError, RemoteError, SchemaError, SideName, TransientError
from connectors.budget import Budgets
from connectors.http import Answer, Call, Transport
from connectors.policy import Effect
from connectors.salesforce.faults import from_body, renewable
from connectors.salesforce.limits import usage_of_header
from connectors.salesforce.words import BURST_BUDGET, ONE_CALL
from connectors.shortcomings import Shortcomings

_NO_ADDRESS: Final = (
    "Correct the object's name in the mapping, or have an administrator give the integration user access to the object."
)
_PLACEHOLDER: Final = "https://instance.invalid"  # the transport puts the granted address in its place


class SalesforceVendor:
    """How Salesforce refuses, and where it reports the use of the day and of the moment."""

    side: SideName = "left"

    def __init__(self, budgets: Budgets) -> None:
        self._budgets = budgets

    def error(self, answer: Answer) -> RemoteError | None:
        return from_body(answer.status, answer.value)

    def renewable(self, answer: Answer) -> bool:
        return renewable(answer.body)

    def heard(self, answer: Answer, call: Call) -> None:
        header = answer.headers.get("Sforce-Limit-Info")
        for usage in usage_of_header(header or ""):
            if usage.name == BURST_BUDGET:
                self._budgets.heard_window(usage.name, usage.limit - usage.used, usage.limit)
            else:
                self._budgets.heard_usage(usage)
        if answer.status == 429 or (answer.status == 403 and isinstance(self.error(answer), TransientError)):
            self._budgets.refused(BURST_BUDGET)


@dataclass(frozen=True, slots=True)
class _Reply:
    """The little that simple-salesforce looks at, and our answer."""

    answer: Answer
    status_code: int = 200  # refusals were raised before
    headers: Mapping[str, str] = field(default_factory=dict)


class _Doorway:
    """Stands where simple-salesforce expects a session."""

    proxies: Final[Mapping[str, str]] = {}

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def request(self, method: str, url: str, headers: Mapping[str, str], **shape: Any) -> _Reply:
        kept = {name: value for name, value in headers.items() if name not in ("Authorization", "X-PrettyPrint")}
        call = Call(method, url.removeprefix(_PLACEHOLDER), headers=kept, spends=ONE_CALL, **shape)
        return _Reply(self._transport.send(call))


class Wire:
    """`ask` is the one request every other part makes."""

    def __init__(self, transport: Transport, api_version: str) -> None:
        self.transport = transport
        self.shortcomings = Shortcomings()
        self.known_fields: Callable[[str], Container[str]] = lambda object_name: ()
        self._client = Salesforce(
            session=_Doorway(transport),  # type: ignore[arg-type]
            session_id="held by the transport",
            instance_url=_PLACEHOLDER,
            version=api_version,
            object_pairs_hook=dict,
        )
        self.root = urlsplit(self._client.base_url).path.rstrip("/")  # /services/data/v66.0

    def ask(
        self,
        method: str,
        path: str,
        endpoint: str,
        *,
        params: Mapping[str, str] | None = None,
        json: object = None,
        headers: Mapping[str, str] | None = None,
        effect: Effect = Effect.READ,
        accepts: frozenset[int] = frozenset(),
        decode: bool = True,
        expires: bool = False,
    ) -> Answer:
        """One call. `path` is under the version, or starts with a slash when the server gave it.

        Raises the typed error of a refusal; nothing above sees a status. An address that is not there is a SchemaError,
        since it says nothing of a record; GoneError only for what `expires`: locators and jobs.
        """
        if "://" in path:  # an absolute address in an answer: only its path and query count
            parts = urlsplit(path)
            path = parts.path + (f"?{parts.query}" if parts.query else "")
        url = _PLACEHOLDER + path if path.startswith("/") else self._client.base_url + path
        shape = {"params": params or {}, "json": json, "headers": headers or {}}
        try:
            reply: Any = self._client._call_salesforce(
                method, url, endpoint=endpoint, effect=effect, accepts=accepts, decode=decode, **shape
            )
        except GoneError as error:
            if expires:
                raise
            text = f"{path.split('?')[0]}: {error.message}"
            raise SchemaError(text, side="left", code=error.code, status=error.status, action=_NO_ADDRESS) from None
        answer: Answer = reply.answer
        return answer

    def get(self, path: str, endpoint: str, **params: str) -> Any:
        """The decoded body of a plain GET."""
        return self.ask("GET", path, endpoint, params=params).value

    def rows(self, value: Any) -> list[dict[str, Any]]:
        """The rows of a query answer. Raises ProtocolError for another shape."""
        if not isinstance(value, Mapping) or not isinstance(value.get("records"), list):
            raise ProtocolError("a query answer without records", side="left")
        return value["records"]
