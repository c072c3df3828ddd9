"""The beginning of a chat: a greeting for whoever was given the app, and a new topic where there are no threads."""

from __future__ import annotations

from bot.helpdesk import messages
from bot.helpdesk.answering.questions import new_conversation
from bot.helpdesk.handoffs.notify import tell
from bot.helpdesk.lanes import Lane
from bot.helpdesk.messages import Message
from bot.helpdesk.model.chat import ChannelAddress
from bot.helpdesk.model.content import EmployeeNotice
from bot.helpdesk.model.conversation import new_id
from bot.helpdesk.model.effects import PostMessage
from bot.helpdesk.model.events import AppInstalled, TopicStarted
from bot.helpdesk.model.target import FixedTarget
from bot.helpdesk.sessions import close_session
from bot.helpdesk.unit_of_work import UnitOfWork


def greet(uow: UnitOfWork, installed: AppInstalled) -> None:
    """Tells a person who was given the app what it is for."""
    _say(uow, installed.place, installed.person, messages.employee.GREETING)


def begin_topic(uow: UnitOfWork, started: TopicStarted) -> None:
    """Ends the employee's conversation, so that what they write next begins another.

    Not while people have it: what the employee writes must reach them.
    """
    address = started.address
    latest = uow.tx.conversations.latest_in(address.surface, address.channel)
    handoff = uow.tx.handoffs.open_in(latest.id) if latest else None
    if latest is not None and handoff is not None:
        tell(uow, latest, messages.employee.topic_must_wait(handoff.name), key=new_id("topic"), thread=address.thread)
        return
    if latest is not None and latest.idle_at is not None and not uow.tx.questions.waiting_in(latest.id):
        uow.tx.conversations.save(close_session(uow, latest))
    conversation = new_conversation(
        uow, workspace=started.workspace, address=address, employee=started.person, sent_at=started.sent_at
    )
    uow.tx.conversations.add(conversation)
    tell(uow, conversation, messages.employee.NEW_TOPIC, key=new_id("topic"), thread=address.thread)


def _say(uow: UnitOfWork, place: ChannelAddress, person: str, said: Message) -> None:
    """Posts a text in a direct message in which there may be no conversation yet."""
    translator = uow.translator_for(place.surface, person)
    uow.effect(
        PostMessage(
            content=EmployeeNotice(text=translator.sentence(said), language=translator.language),
            to=FixedTarget(place.surface, place.channel),
        ),
        key=new_id("greeting"),
        lane=Lane.TALK.of(f"{place.surface}:{place.channel}"),
        subject=person,
    )
