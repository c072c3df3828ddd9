"""Permissions, checked for every message, button, form and shortcut before it has any effect.

The check relies on the chat server's data about a person and on stored data, never on claims in a payload. Who may use
the bot at all is decided first, by the kinds of people and the policy; then who may do what.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from bot.helpdesk import messages
from bot.helpdesk.config import DeskConfig
from bot.helpdesk.messages import Message
from bot.helpdesk.model.chat import NO_AGENTS, ChannelAddress, PersonKind
from bot.helpdesk.model.conversation import Conversation, Role
from bot.helpdesk.model.events import (
    AppInstalled,
    ArticleWritten,
    CalledInGroup,
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

    `place` is the channel they act in, None for a form; `member`: they belong to that channel, and may be an agent.
    """

    surface: str
    person: str
    place: str | None = None
    member: bool = False


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
    if case is None:
        return messages.anyone.GONE
    if role is Role.EMPLOYEE:
        return None if case.is_of(actor) else messages.employee.NOT_YOURS
    if not case.is_worked_on_in(actor.surface, actor.place):
        return messages.anyone.GONE
    return None if actor.member else messages.agents.NOT_AN_AGENT


def refusal_of_message(
    config: DeskConfig,
    message: MessageReceived,
    role: Role,
    conversation: Conversation,
    handoffs: Iterable[Handoff] = (),
) -> Message | None:
    """Returns the reason why the author of a message may not act in `role` by it; None if they may."""
    # The chat server lets only members write in a channel.
    actor = Actor(
        surface=message.address.surface,
        person=message.author,
        place=message.address.channel,
        member=may_be_agent(config, message),
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
class ActingPerson:
    """The person who acts by an event. `external` and `unverified`: what the event says of them, as for a message."""

    surface: str
    person: str
    external: bool = False
    unverified: bool = False


def acting_person(event: Event) -> ActingPerson | None:
    """Returns the person who acts by an event; None if it names nobody, or takes something away."""
    match event:
        case MessageReceived() | MessageEdited():
            return _author(event)
        case Pressed() | LookupRequested() | TopicStarted() | CalledInGroup():
            surface, person = event.address.surface, event.person
        case AppInstalled():
            surface, person = event.place.surface, event.person
        case MessageMarked():
            return ActingPerson(surface=event.address.surface, person=event.person, unverified=True)
        case ReasonGiven() | ResolutionGiven() | ArticleWritten() | HomeOpened() | SearchOpened():
            surface, person = event.surface, event.person
        case _:
            return None
    return ActingPerson(surface=surface, person=person, external=event.external, unverified=event.unverified)


def _author(message: MessageReceived | MessageEdited) -> ActingPerson:
    return ActingPerson(
        surface=message.address.surface,
        person=message.author,
        external=message.external,
        unverified=message.unverified,
    )


def kinds_of(config: DeskConfig, who: ActingPerson) -> frozenset[str]:
    """Returns the kinds of somebody who acts, as far as they are known. An unverified one is an app until then."""
    known = config.known_kinds(who.surface, who.person)
    if known is None:
        known = frozenset({PersonKind.APP} if who.unverified else ())
    return known | {PersonKind.OTHER_COMPANY} if who.external else known


def may_be_agent(config: DeskConfig, who: Membership | MessageReceived | MessageEdited) -> bool:
    """Returns whether a member of a channel can be an agent. In a shared channel some are of another company."""
    acting = ActingPerson(surface=who.surface, person=who.person) if isinstance(who, Membership) else _author(who)
    return NO_AGENTS.isdisjoint(kinds_of(config, acting))


def person_to_look_up(config: DeskConfig, event: Event) -> ActingPerson | None:
    """Returns the person who acts, if it depends on who they are and the directory must be asked first.

    Somebody whose account is said to be deactivated and who acts may be back.
    """
    who = acting_person(event)
    if who is None or who.unverified:
        return who
    kinds = config.known_kinds(who.surface, who.person)
    if kinds is not None:
        return who if PersonKind.DEACTIVATED in kinds else None
    decides = isinstance(event, MessageReceived | MessageEdited | Pressed) and event.direct
    return who if not config.policy.people.guests or (config.policy.is_narrowed and decides) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """The refusal of somebody who may not use the bot. `said` None: in silence."""

    who: ActingPerson
    kind: str
    said: Message | None


GROUP = "group"
"""The kind of refusal of those who may use the bot, but not in a conversation of several people."""

# Two bots could answer each other for ever, and nobody reads what is sent to a deactivated account.
_IN_SILENCE = frozenset({PersonKind.APP, PersonKind.DEACTIVATED})


def refusal_of(config: DeskConfig, event: Event) -> Refusal | None:
    """Returns the refusal of the person who acts, if the policy does not let them use the bot."""
    who = acting_person(event)
    if who is None:
        return None
    kinds = kinds_of(config, who)
    kind = config.policy.people.refused(kinds) or (PersonKind.APP if _is_app_elsewhere(kinds, event) else None)
    if kind is None:
        return Refusal(who=who, kind=GROUP, said=messages.anyone.IN_GROUP) if isinstance(event, CalledInGroup) else None
    # Whoever marks a message asks nothing.
    silent = kind in _IN_SILENCE or isinstance(event, MessageMarked)
    return Refusal(who=who, kind=kind, said=None if silent else messages.anyone.refused(kind))


def _is_app_elsewhere(kinds: Collection[str], event: Event) -> bool:
    """Returns whether an app acts otherwise than by writing to the bot directly: apps are no agents."""
    return PersonKind.APP in kinds and not (isinstance(event, MessageReceived | MessageEdited) and event.direct)
