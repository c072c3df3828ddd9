"""The ids of all chat surfaces: whose they are by their form, and what people write to look something up. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Protocol

from bot.helpdesk.model.chat import Identifier
from bot.slack import ids as slack
from bot.slack.errors import SYSTEM as SLACK
from bot.teams import ids as teams
from bot.teams.errors import SYSTEM as TEAMS


class OwnIds(Protocol):
    """The forms of a surface's ids, which no other surface has. The checks are those of a policy."""

    def channel_problem(self, id: str) -> str | None: ...

    def group_problem(self, id: str) -> str | None: ...

    def are_of(self, id: str) -> bool:
        """Returns whether it is the id of a channel or a person on this surface."""


_FORMS: Mapping[str, OwnIds] = MappingProxyType({SLACK: slack.SlackIds(), TEAMS: teams.TeamsIds()})


class AnyIds:
    """The forms of the ids of several surfaces; without names, of all of them. An id of any of them is right."""

    def __init__(self, surfaces: Iterable[str] = tuple(_FORMS)) -> None:
        self._forms = [_FORMS[name] for name in surfaces]

    def channel_problem(self, id: str) -> str | None:
        """Checks the id of a channel. Returns what the first surface says of one that none of them has."""
        return _problem(ids.channel_problem(id) for ids in self._forms)

    def group_problem(self, id: str) -> str | None:
        """Checks the id of a user group, in the same way."""
        return _problem(ids.group_problem(id) for ids in self._forms)


def _problem(found: Iterable[str | None]) -> str | None:
    problems = list(found)
    return None if None in problems else next(iter(problems), None)


def surface_of(id: str) -> str | None:
    """Returns the surface to which the id of a channel or a person belongs, by its form; None if none has such ids."""
    return next((name for name, ids in _FORMS.items() if ids.are_of(id)), None)


def read_any_identifier(text: str) -> Identifier:
    """Reads what was written to look something up, as the surface does that understands it."""
    read = slack.read_identifier(text)
    return read if read.message or slack.SlackIds().are_of(read.id) else teams.read_identifier(text)
