"""Addresses on the surface that the tests run on."""

from __future__ import annotations

from bot.helpdesk.config import SurfaceConfig
from bot.helpdesk.model.chat import Address, ChannelAddress, ThreadAddress

SURFACE = "slack"
SURFACES = {
    SURFACE: SurfaceConfig(name="the chat", joins_open_conversation=False, split=lambda text: (text,)),
}


def channel_at(channel: str) -> ChannelAddress:
    """Returns the address of a channel."""
    return ChannelAddress(surface=SURFACE, channel=channel)


def thread_at(channel: str, thread: str) -> ThreadAddress:
    """Returns the address of a thread."""
    return ThreadAddress(surface=SURFACE, channel=channel, thread=thread)


def message_at(channel: str, message: str, thread: str = "") -> Address:
    """Returns the address of a message, outside of threads if none is named."""
    return Address(surface=SURFACE, channel=channel, thread=thread or message, message=message)
