"""From settings to a channel."""

from __future__ import annotations

from connectors.base import Clock, Entropy
from connectors.notices.channel import Channel, ChannelSettings
from connectors.notices.mail import MailChannel
from connectors.notices.webhook import WebhookChannel, signed_body, slack_body


def open_channel(settings: ChannelSettings, clock: Clock, entropy: Entropy) -> Channel:
    """The channel of these settings; nothing is sent yet. Raises ProtocolError for an address that cannot be used."""
    if settings.kind == "smtp":
        return MailChannel(settings, clock)
    slack = settings.kind == "slack"
    return WebhookChannel(settings, clock, entropy, slack_body if slack else signed_body, keyed=not slack)
