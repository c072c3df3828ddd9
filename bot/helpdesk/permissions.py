"""Who may do what: the one question that every message, button, form and shortcut passes before anything follows.

It is answered from what the surface's server says of a person and from what is stored, never from what a payload says
about either. Bots do not get this far: an input whose author may be one is dropped unless the directory knows a person.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot.helpdesk import messages
from bot.helpdesk.model.conversation import Conversation, Role
from bot.helpdesk.model.events import Input, LookupRequested, MessageEdited, MessageReceived, Pressed, ResolutionGiven
from bot.helpdesk.model.handoff import Handoff
from bot.helpdesk.ports import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Somebody who wants something. `place` is the channel they act in, and `member` whether they belong to it.

    A form stands in no channel. `external`: of another company.
    """

    person: str
    place: str | None = None
    member: bool = False
    external: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What an act is about: whose conversation, where it is had, and the channels in which people have it."""

    employee: str
    dm: str
    channels: frozenset[str] = frozenset()

    @classmethod
    def of(cls, conversation: Conversation, handoffs: Iterable[Handoff] = ()) -> Case:
        """The matter of a conversation that people have, or have had, in these handoffs."""
        channels = frozenset(handoff.channel for handoff in handoffs)
        return cls(employee=conversation.employee, dm=conversation.channel, channels=channels)


def refusal_for(actor: Actor, role: Role, case: Case | None) -> str | None:
    """Returns why `actor` may not do what only a person in `role` may, in words for them, or None where they may.

    `case` None: it is unknown, or deleted by now.
    """
    if actor.external:
        return messages.EXTERNAL
    if case is None:
        return messages.GONE
    if role is Role.EMPLOYEE:
        return None if actor.person == case.employee else messages.NOT_YOURS
    if actor.place not in case.channels:
        return messages.GONE
    return None if actor.member else messages.NOT_AN_AGENT


def case_of(tx: Transaction, id: str) -> Case | None:
    """The matter that the id of a conversation, an answer, a relay or a handoff belongs to; None where it is gone.

    People have a handoff in its own channel; what belongs to the conversation as a whole, wherever they have had it.
    """
    answer, relay = tx.answers.get(id), tx.relays.get(id)
    handoff = tx.handoffs.get(relay.handoff_id if relay else id)
    owner = answer or handoff
    conversation = tx.conversations.get(owner.conversation_id if owner else id)
    if conversation is None:
        return None
    handoffs = [handoff] if handoff else tx.handoffs.all_in(conversation.id)
    return Case.of(conversation, handoffs)


def place_of(tx: Transaction, pressed: Pressed) -> str:
    """The channel somebody acts in with a press.

    What agents cannot be asked privately in their channel they are asked in their own DM; it is about the channel.
    """
    relay = tx.relays.get(pressed.subject) if pressed.direct else None
    return relay.channel if relay is not None and relay.to_employee else pressed.channel


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """That a person belongs to a channel: so far only a question, which its server answers."""

    person: str
    channel: str


def memberships_to_check(tx: Transaction, given: Input) -> tuple[Membership, ...]:
    """The memberships that decide over an input: of who acts, and of whom they chose. None where nothing helps it."""
    if isinstance(given, Pressed) and not given.external:
        channel = place_of(tx, given)
        if given.direct and channel == given.channel:
            return ()
        people = [given.person, given.chosen] if given.chosen else [given.person]
        return tuple(Membership(person=person, channel=channel) for person in people)
    if isinstance(given, ResolutionGiven) and not given.external:
        handoff = tx.handoffs.get(given.subject)
        return (Membership(person=given.person, channel=handoff.channel),) if handoff else ()
    return ()


def unverified_author(given: Input) -> str | None:
    """Whoever is named as the author of an input and may be a bot: a question, which the directory answers."""
    match given:
        case MessageReceived(author=author, unverified=True) | MessageEdited(author=author, unverified=True):
            return author
        case LookupRequested(person=person, unverified=True):
            return person
    return None
