"""Addresses on a chat surface. All parts are opaque: they are stored and compared for equality, and never read."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelAddress:
    """The address of a channel in which people talk, on the surface with this name."""

    surface: str
    channel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadAddress(ChannelAddress):
    """The address of a thread, which is named after its root."""

    thread: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Address(ThreadAddress):
    """The address of a message. A root is in its own thread."""

    message: str

    @property
    def is_root(self) -> bool:
        """Returns whether the message is the root of its thread, or outside of threads."""
        return self.thread == self.message

    @property
    def in_thread(self) -> ThreadAddress:
        """The thread in which the message is."""
        return ThreadAddress(surface=self.surface, channel=self.channel, thread=self.thread)

    @property
    def begun(self) -> ThreadAddress:
        """The thread of which this message is the root."""
        return ThreadAddress(surface=self.surface, channel=self.channel, thread=self.message)
