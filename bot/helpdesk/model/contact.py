"""Contacts: how a chat surface reaches people and places, where only what came from there tells it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonContact:
    """A person, and how to reach them. What nobody has told is None.

    `handle` is the id by which the surface's server knows them, where that is not the one of the desk. `chat` is their
    conversation with the bot alone, and `service_url` the address of the server for it. `utc_offset` is in seconds.
    `reachable` False: they have removed the bot, or blocked it.
    """

    id: str
    handle: str | None = None
    name: str | None = None
    locale: str | None = None
    utc_offset: int | None = None
    chat: str | None = None
    service_url: str | None = None
    reachable: bool = True
    told_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceContact:
    """A channel that people share, and how to reach it. `team` and `group` are two ids of its team."""

    channel: str
    service_url: str
    team: str | None = None
    group: str | None = None
    shared: bool = False
    told_at: float
