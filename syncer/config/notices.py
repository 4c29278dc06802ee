"""From what the hand-off declares to channels that can send: secrets fetched, addresses checked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from connectors.base import Clock, Entropy, ProtocolError
from connectors.notices import Channel, ChannelSettings, open_channel
from syncer.config.secrets import fetch
from syncer.core.hand_off_terms import ChannelPolicy, HandOffPolicy
from syncer.errors import Exit, SyncerError


@contextmanager
def notice_channels(
    policy: HandOffPolicy, folder: Path, clock: Clock, entropy: Entropy
) -> Iterator[dict[str, Channel]]:
    """The channels by name, closed at the end; nothing is sent by opening them.

    Relative paths of secrets and certificates count from `folder`. Raises SecretError, and SyncerError for an address
    that cannot be used.
    """
    with ExitStack() as opened:
        channels: dict[str, Channel] = {}
        for name, declared in policy.channels.items():
            try:
                channel = open_channel(settings_of(declared, folder), clock, entropy)
            except ProtocolError as error:
                raise SyncerError("NoticeAddress", error.message, error.action, Exit.CONFIG) from None
            channels[name] = opened.enter_context(closing(channel))
        yield channels


def settings_of(declared: ChannelPolicy, folder: Path) -> ChannelSettings:
    """The declaration with its secrets fetched. Raises SecretError."""
    secrets = {
        key: fetch(getattr(declared, key), f"[[notice]] {declared.name}, {key}", folder)
        for key in ("url", "secret", "user", "password")
        if getattr(declared, key)
    }
    return ChannelSettings(
        name=declared.name,
        kind=declared.kind,
        host=declared.host,
        port=declared.port,
        tls=declared.tls,
        sender=declared.sender,
        ca_bundle=str(folder / Path(declared.ca_bundle).expanduser()) if declared.ca_bundle else None,
        **secrets,
    )
