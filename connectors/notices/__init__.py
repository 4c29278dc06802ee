"""Notices to people: a Slack-compatible webhook, a generic signed webhook, and mail. They tell, and decide nothing.

Each sends one notice at a time, through the one policy where it is HTTP, and raises a typed RemoteError. Nothing here
may import the worker; secrets come fetched, in `ChannelSettings`, and show in no log and no error.
"""

from connectors.notices.channel import Channel, ChannelSettings, Notice
from connectors.notices.factory import open_channel

__all__ = ["Channel", "ChannelSettings", "Notice", "open_channel"]
