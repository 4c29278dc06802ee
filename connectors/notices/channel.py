"""The protocol of a channel, and its data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from connectors.policy import RetryPolicy


@dataclass(frozen=True, slots=True)
class Notice:
    """One message in plain text. `notice_id` is the same whenever it is sent: receivers can tell a second copy."""

    notice_id: str
    subject: str  # one line
    lines: Sequence[str]
    facts: Mapping[str, str | int] = field(default_factory=dict)  # the same for programs
    link: str = ""  # where a person can look


@dataclass(frozen=True, slots=True)
class ChannelSettings:
    """Where to send, secrets fetched. `timeout_s`: of connecting, and of each answer."""

    name: str
    kind: Literal["slack", "webhook", "smtp"]
    url: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)  # webhook: signs the body
    host: str = ""
    port: int = 0
    tls: Literal["starttls", "implicit", "none"] = "starttls"
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    sender: str = ""
    ca_bundle: str | None = None
    policy: RetryPolicy = field(default_factory=lambda: RetryPolicy(attempts=3, total_wait_s=20.0, timeout_s=(5, 20)))


class Channel(Protocol):
    """One way to tell people. Safe for one thread at a time; `close` gives back what it holds."""

    name: str
    keyed: bool  # the receiver can tell a second copy: an unknown outcome may be sent again

    def send(self, notice: Notice, to: Sequence[str]) -> Sequence[str]:
        """Sends it; the addressees that were refused while others were not (mail alone has any).

        Raises TransientError (nothing was done), UnknownOutcomeError (it may have arrived), AuthError, AccessError,
        GoneError, DataError or ProtocolError (it will not arrive until somebody acts).
        """

    def close(self) -> None: ...
