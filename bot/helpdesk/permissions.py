"""Permissions, checked for every message, button, form and shortcut before it has any effect.

The check relies on the chat server's data about a person and on stored data, never on claims in a payload. Bots are
excluded earlier: an event whose author may be a bot is dropped unless the directory lists the author as a person.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot.helpdesk import messages
from bot.helpdesk.config import DeskConfig
from bot.helpdesk.escalation import GUEST
from bot.helpdesk.messages import Message
from bot.helpdesk.model.chat import ChannelAddress
from bot.helpdesk.model.conversation import Conversation, Role
from bot.helpdesk.model.events import (
    AppInstalled,
    ArticleWritten,
    Event,
    HomeOpened,
    LookupRequested,
    MessageEdited,
    MessageMarked,
    MessageReceived,
    Pressed,
    ReasonGiven,
    ResolutionGiven,
    SearchOpened,
    TopicStarted,
)
from bot.helpdesk.model.handoff import Handoff
from bot.helpdesk.ports import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """A person who acts on a surface, to which their id and the channel belong.

    `place` is the channel they act in, None for a form; `member`: they belong to that channel. `external`: they belong
    to another company.
    """

    surface: str
    person: str
    place: str | None = None
    member: bool = False
    external: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """The conversation that an action concerns: its employee, its DM on the employee's surface, and its channels.

    The channels are those of its handoffs. An article or a queue of gaps belongs to nobody, and has the channel of its
    card.
    """

    employee: str
    dm: ChannelAddress
    channels: frozenset[ChannelAddress] = frozenset()

    @classmethod
    def of(cls, conversation: Conversation, handoffs: Iterable[Handoff] = ()) -> Case:
        """Returns the case of a conversation with these handoffs."""
        dm = ChannelAddress(surface=conversation.surface, channel=conversation.channel)
        return cls(employee=conversation.employee, dm=dm, channels=frozenset(handoff.place for handoff in handoffs))

    @classmethod
    def of_channel(cls, place: ChannelAddress) -> Case:
        """Returns the case of an article or a queue of gaps in this channel, whose employee is nobody."""
        return cls(employee="", dm=ChannelAddress(surface="", channel=""), channels=frozenset({place}))

    def is_of(self, actor: Actor) -> bool:
        """Returns whether the actor is its employee."""
        return (actor.surface, actor.person) == (self.dm.surface, self.employee)

    def is_worked_on_in(self, surface: str, channel: str | None) -> bool:
        """Returns whether one of its handoffs is in this channel."""
        return channel is not None and ChannelAddress(surface=surface, channel=channel) in self.channels


def refusal_for(actor: Actor, role: Role, case: Case | None) -> Message | None:
    """Returns the reason why `actor` may not act in `role`, as a message for them; None if they may.

    `case` is None if it is unknown, or deleted by now.
    """
    if actor.external:
        return messages.anyone.EXTERNAL
    if case is None:
        return messages.anyone.GONE
    if role is Role.EMPLOYEE:
        return None if case.is_of(actor) else messages.employee.NOT_YOURS
    if not case.is_worked_on_in(actor.surface, actor.place):
        return messages.anyone.GONE
    return None if actor.member else messages.agents.NOT_AN_AGENT


def refusal_of_message(
    message: MessageReceived, role: Role, conversation: Conversation, handoffs: Iterable[Handoff] = ()
) -> Message | None:
    """Returns the reason why the author of a message may not act in `role` by it; None if they may."""
    # The chat server lets only members write in a channel.
    actor = Actor(
        surface=message.address.surface,
        person=message.author,
        place=message.address.channel,
        member=True,
        external=message.external,
    )
    return refusal_for(actor, role, Case.of(conversation, handoffs))


def case_of(tx: Transaction, id: str) -> Case | None:
    """Returns the case of an article, a queue of gaps, a conversation, or anything in it that a button can be about.

    None where it is gone. The case of a handoff has the handoff's channel only, any other case the channels of all
    handoffs.
    """
    handoff = tx.handoffs.get(id)
    relay = tx.relays.get(id) if handoff is None else None
    if relay is not None:
        handoff = tx.handoffs.get(relay.handoff_id)
    owner = handoff or tx.answers.get(id) or tx.decisions.get(id) or tx.questions.get(id)
    conversation = tx.conversations.get(owner.conversation_id if owner else id)
    if conversation is None:
        shown = tx.articles.get(id) or tx.gap_queues.get(id)
        return None if shown is None else Case.of_channel(shown.place)
    handoffs = [handoff] if handoff else tx.handoffs.all_in(conversation.id)
    return Case.of(conversation, handoffs)


def place_of(tx: Transaction, pressed: Pressed) -> str:
    """Returns the channel in which a press counts.

    Agents who cannot get private notes in their channel are asked in their DM; the press then counts in the channel.
    """
    relay = tx.relays.get(pressed.subject) if pressed.direct else None
    return relay.channel if relay is not None and relay.to_employee else pressed.address.channel


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """A channel membership to verify with the chat server before the event is handled."""

    surface: str
    person: str
    channel: str


def memberships_to_check(tx: Transaction, event: Event) -> tuple[Membership, ...]:
    """Returns the memberships to verify for an event: of the person who acts, and of the person they chose, if any."""
    if isinstance(event, Pressed) and not event.external:
        channel = place_of(tx, event)
        if event.direct and channel == event.address.channel:
            return ()
        people = [event.person, event.chosen] if event.chosen else [event.person]
        surface = event.address.surface
        return tuple(Membership(surface=surface, person=person, channel=channel) for person in people)
    if isinstance(event, ResolutionGiven) and not event.external:
        handoff = tx.handoffs.get(event.subject)
        if handoff is not None:
            return (Membership(surface=event.surface, person=event.person, channel=handoff.channel),)
    if isinstance(event, ArticleWritten) and not event.external:
        article = tx.articles.get(event.subject)
        if article is not None:
            return (Membership(surface=event.surface, person=event.person, channel=article.place.channel),)
    if isinstance(event, MessageMarked):
        return (Membership(surface=event.address.surface, person=event.person, channel=event.address.channel),)
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """The author of an event who may be a bot, to look up in the directory before the event is handled."""

    surface: str
    person: str


def unverified_author(event: Event) -> Author | None:
    """Returns the author of an event if it may be a bot, else None."""
    match event:
        case MessageReceived(unverified=True) | MessageEdited(unverified=True):
            return Author(surface=event.address.surface, person=event.author)
        case LookupRequested(unverified=True) | MessageMarked():
            return Author(surface=event.address.surface, person=event.person)
    return None


def acting_person(event: Event) -> Author | None:
    """Returns the person who acts by an event; None if it names nobody, or takes something away."""
    match event:
        case MessageReceived() | MessageEdited():
            return Author(surface=event.address.surface, person=event.author)
        case Pressed() | MessageMarked() | LookupRequested() | TopicStarted():
            return Author(surface=event.address.surface, person=event.person)
        case AppInstalled():
            return Author(surface=event.place.surface, person=event.person)
        case ReasonGiven() | ResolutionGiven() | ArticleWritten() | HomeOpened() | SearchOpened():
            return Author(surface=event.surface, person=event.person)
        case _:
            return None


def refused_guest(config: DeskConfig, event: Event) -> Author | None:
    """Returns the person who acts, if they are a guest and the policy refuses guests."""
    who = None if config.policy.people.guests else acting_person(event)
    return who if who and GUEST in (config.known_kinds(who.surface, who.person) or ()) else None


def unknown_person(config: DeskConfig, event: Event) -> Author | None:
    """Returns the person who acts, if it depends on who they are and the directory must be asked first."""
    who = acting_person(event)
    decides = isinstance(event, MessageReceived | MessageEdited | Pressed) and event.direct
    depends = not config.policy.people.guests or (config.policy.is_narrowed and decides)
    return who if depends and who and config.known_kinds(who.surface, who.person) is None else None
