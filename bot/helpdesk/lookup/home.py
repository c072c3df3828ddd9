"""The desk at a glance: an employee's own requests, and for agents the queue and today's figures."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass

from bot.helpdesk.escalation.policy import Priority
from bot.helpdesk.lanes import home_lane
from bot.helpdesk.model.conversation import Conversation, new_id
from bot.helpdesk.model.effects import ShowHome
from bot.helpdesk.model.events import HomeOpened
from bot.helpdesk.model.handoff import Handoff, HandoffState
from bot.helpdesk.unit_of_work import UnitOfWork

MOST_REQUESTS = 15
"""Requests of one person that are shown."""

MOST_QUEUED = 60
"""Handoffs of the queue that are shown; Slack's Home has room for 100 blocks in all."""

MOST_READ = 1_000
"""Handoffs of the queue that are looked at, the oldest first."""

# Seconds; who opened the home has looked elsewhere by then.
_WAITED_FOR = 60.0


class Group(enum.StrEnum):
    """The parts of the queue, in the order an agent should look at them."""

    OVERDUE = "Overdue"
    UNCLAIMED = "Unclaimed"
    MINE = "Yours"
    OTHERS = "With others"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A conversation as its employee sees it. `words` are their own, empty once they are forgotten.

    `answering`: the assistant has a question of it. `thread` is where it was asked.
    """

    conversation: Conversation
    thread: str
    words: str
    answering: bool
    handoff: Handoff | None

    @property
    def open(self) -> bool:
        """Whether somebody still owes the employee something."""
        return self.answering or (self.handoff is not None and self.handoff.state is not HandoffState.RESOLVED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """A handoff that is not resolved, with whose it is."""

    handoff: Handoff
    employee: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What happened today: handoffs opened, resolved and still unclaimed, and questions answered."""

    opened: int
    resolved: int
    waiting: int
    answered: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What the queue is narrowed to; empty is everything."""

    rule: str = ""
    priority: str = ""

    def takes(self, handoff: Handoff) -> bool:
        """Whether the handoff is among what is asked for."""
        return self.rule in ("", *handoff.rules) and self.priority in ("", handoff.priority)


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """The queue as one agent sees it. `left_out` are those for which there was no room; `rules` can be chosen from."""

    groups: tuple[tuple[Group, tuple[Queued, ...]], ...]
    left_out: int
    figures: Figures
    rules: tuple[str, ...]
    chosen: Filter


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """What somebody sees when they open the app. `queue` None: they are no agent.

    `welcome` False: they are of another company, and see a polite sentence and nothing else.
    """

    now: float
    welcome: bool = True
    requests: tuple[Request, ...] = ()
    queue: Queue | None = None


def show_home(uow: UnitOfWork, opened: HomeOpened) -> None:
    """Somebody opened their home, or narrowed its queue: have it shown as things are."""
    uow.effect(
        ShowHome(
            person=opened.person,
            rule=opened.rule,
            priority=opened.priority,
            expires_at=uow.now + _WAITED_FOR,
        ),
        key=new_id("home"),
        lane=home_lane(opened.person),
        subject=opened.person,
    )


def arrange(
    queued: Iterable[Queued], person: str, chosen: Filter, now: float
) -> tuple[tuple[tuple[Group, tuple[Queued, ...]], ...], int]:
    """The queue in the order an agent should look at it, and how many of it are left out for want of room.

    In a group the more urgent go first, then those that wait longer.
    """
    taken = sorted((one for one in queued if chosen.takes(one.handoff)), key=_rank)
    grouped: dict[Group, list[Queued]] = {group: [] for group in Group}
    for one in taken:
        grouped[_group(one.handoff, person, now)].append(one)
    room = MOST_QUEUED
    shown: list[tuple[Group, tuple[Queued, ...]]] = []
    for group, members in grouped.items():
        if members[:room]:
            shown.append((group, tuple(members[:room])))
        room -= len(members[:room])
    return tuple(shown), len(taken) - (MOST_QUEUED - room)


def _rank(one: Queued) -> tuple[int, float]:
    return -Priority(one.handoff.priority).rank, one.handoff.opened_at


def _group(handoff: Handoff, person: str, now: float) -> Group:
    if handoff.state is HandoffState.CLAIMED:
        return Group.MINE if handoff.claimed_by == person else Group.OTHERS
    return Group.OVERDUE if handoff.is_late(now) else Group.UNCLAIMED


def begin_of_day(now: float, utc_offset: int) -> float:
    """Midnight where the clocks are `utc_offset` seconds ahead of UTC."""
    return now - (now + utc_offset) % 86_400
