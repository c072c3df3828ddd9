"""Targets: where an effect goes.

A thread may move after the effect was decided, and a message that is to be updated may only be posted later. So a
target names the place by what it belongs to, and is resolved to a destination whenever the effect is claimed.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.helpdesk.model.chat import Address, ThreadAddress


@dataclass(frozen=True, slots=True)
class FixedTarget:
    """A place that never moves: a channel, a thread in it, or a message to update."""

    surface: str
    channel: str
    thread: str | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True)
class EmployeeThread:
    """An employee's thread, or the one in which the conversation continues."""

    address: ThreadAddress
    employee: str = ""


@dataclass(frozen=True, slots=True)
class HandoffThread:
    """The thread below a handoff's card."""

    handoff_id: str


@dataclass(frozen=True, slots=True)
class HandoffChannel:
    """The channel of a handoff: for a new card, or for a message in it to update."""

    handoff_id: str
    message: str | None = None


@dataclass(frozen=True, slots=True)
class HandoffCard:
    """A handoff's card, to update it."""

    handoff_id: str


@dataclass(frozen=True, slots=True)
class AlarmPost:
    """The message of an alarm, to update it."""

    alarm_id: str


@dataclass(frozen=True, slots=True)
class ArticleChannel:
    """The channel of an article: for a new card or, if `card`, for the card that is there, to update it."""

    article_id: str
    card: bool = False


@dataclass(frozen=True, slots=True)
class SentMessage:
    """The message that another effect posted, to update or retract it.

    Both effects are in the same lane: the message is posted by now, or never will be. `unconfirmed`: it may also be one
    that was sent without a known outcome; the destination has no message then.
    """

    effect_id: str
    unconfirmed: bool = False


@dataclass(frozen=True, slots=True)
class WaitingQuestion:
    """A question's message, while this revision of the question waits for an answer."""

    question_id: str
    revision: int


Target = (
    FixedTarget
    | EmployeeThread
    | HandoffThread
    | HandoffChannel
    | HandoffCard
    | AlarmPost
    | ArticleChannel
    | SentMessage
    | WaitingQuestion
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """A resolved target. `thread` None: outside of threads.

    `message` is set if an existing message is changed, and `key` is the one it was posted under, where that is known.
    `gone` are threads that no longer exist, in which an earlier attempt may have posted it. `closed`: `thread` is gone
    too, so it is searched but nothing is posted there. `employee` is set in an employee's thread.
    """

    surface: str
    channel: str
    thread: str | None
    message: str | None = None
    key: str | None = None
    gone: tuple[str, ...] = ()
    closed: bool = False
    employee: str = ""

    @classmethod
    def of(cls, address: Address) -> Destination:
        """Returns the destination of a message that is there."""
        return cls(surface=address.surface, channel=address.channel, thread=address.thread, message=address.message)
