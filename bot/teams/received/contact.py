"""Contacts: how to reach people and places, as an activity tells it."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class PlaceKind(enum.StrEnum):
    """The kinds of conversations."""

    PERSONAL = "personal"
    CHANNEL = "channel"
    GROUP = "groupChat"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A person, a place, or a person in a place. What the activity does not tell is None.

    `person` is the id by which the desk knows them, `mri` the one by which Teams reaches them. `conversation` is the
    id without a thread. `team` is the id of the team in Teams, `group` that in Entra. `shared`: the channel is
    one that is shared with other companies. `reachable` False: the app was removed from the conversation.
    """

    kind: PlaceKind
    conversation: str
    service_url: str
    tenant: str
    person: str | None = None
    mri: str | None = None
    name: str | None = None
    locale: str | None = None
    utc_offset: int | None = None
    team: str | None = None
    group: str | None = None
    shared: bool | None = None
    reachable: bool = True
