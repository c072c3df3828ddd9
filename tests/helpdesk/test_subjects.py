"""Presses that carry no id of the desk's: thumbs and suggested replies of the chat itself, and what begins a chat."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pytest

from bot.helpdesk.answering.questions import new_conversation
from bot.helpdesk.config import DeskConfig
from bot.helpdesk.inbox.router import handle
from bot.helpdesk.model.chat import Address, ChannelAddress, PersonKind
from bot.helpdesk.model.content import EmployeeNotice, PersonalNotice
from bot.helpdesk.model.conversation import Answer, Conversation, Question, QuestionState, Rating, new_id
from bot.helpdesk.model.events import (
    AppInstalled,
    Button,
    Control,
    Event,
    MessageReceived,
    Pressed,
    ReasonGiven,
    TopicStarted,
)
from bot.helpdesk.model.handoff import Grounds, Handoff
from bot.helpdesk.ports import Transaction
from bot.helpdesk.unit_of_work import UnitOfWork
from bot.policy_file import read_policy
from bot.resources import shipped_file
from bot.slack.ids import SlackIds
from storage.row_mapper import decode_json, encode_json
from storage.sqlite.store import SqliteStore
from tests.addresses import SURFACE, SURFACES, channel_at, message_at
from tests.english import messages

T = TypeVar("T")

NOW = 10_000.0
CHAT = "D1"
MIA = "U_MIA"
CONFIG = DeskConfig(
    policy=read_policy(Path(str(shipped_file("config/escalation.toml"))), SlackIds()),
    handoff_channels={SURFACE: "C1"},
    surfaces={SURFACE: replace(SURFACES[SURFACE], joins_open_conversation=True)},
)


class Desk:
    """The use cases of a desk on one surface, with a real database."""

    def __init__(self, store: SqliteStore) -> None:
        self._store = store

    async def run(self, work: Callable[[UnitOfWork], T]) -> T:
        return await self._store.run(lambda tx: work(UnitOfWork(tx, NOW, CONFIG)))

    async def receive(self, *events: Event) -> None:
        for event in events:
            await self.run(lambda uow, event=event: handle(uow, event, frozenset()))  # type: ignore[misc]

    async def ask(self, message: str, *, posted: str | None = None, withheld: bool = False, at: float = NOW) -> Answer:
        """Stores a question in the chat, and its answer."""
        return await self.run(lambda uow: _asked(uow, message, posted=posted, withheld=withheld, at=at))

    async def told(self) -> list[str]:
        """Returns what the employee was told, oldest first."""
        return await self._store.run(_told)

    async def verdicts(self) -> dict[str, tuple[Rating, str | None]]:
        """Returns the verdict on each answer, with its reason."""
        return await self._store.run(_verdicts)

    async def conversations(self) -> int:
        return await self._store.run(lambda tx: len(_rows(tx, "SELECT id FROM conversations")))


def _asked(uow: UnitOfWork, message: str, *, posted: str | None, withheld: bool, at: float) -> Answer:
    conversation = uow.tx.conversations.latest_in(SURFACE, CHAT) or _begun(uow, message)
    question = Question(
        id=new_id("que"),
        conversation_id=conversation.id,
        surface=SURFACE,
        channel=CHAT,
        thread=message,
        message=message,
        employee=MIA,
        text="How?",
        state=QuestionState.ANSWERED,
        withheld=withheld,
        sent_at=at,
        asked_at=at,
    )
    answer = Answer(
        id=new_id("ans"),
        question_id=question.id,
        conversation_id=conversation.id,
        session_id=conversation.session_id,
        request_id="r",
        text="So.",
        confidence_level="high",
        confidence_score=0.9,
        posted=posted,
        answered_at=at,
    )
    uow.tx.questions.add(question)
    uow.tx.answers.add(answer)
    return answer


def _begun(uow: UnitOfWork, message: str) -> Conversation:
    address = message_at(CHAT, message)
    conversation = new_conversation(uow, workspace="W", address=address, employee=MIA, sent_at=1.0)
    conversation = replace(conversation, opened_at=NOW - 100)
    uow.tx.conversations.add(conversation)
    return conversation


def _rows(tx: Any, sql: str) -> list[Any]:
    return list(tx.connection.exec_driver_sql(sql))


def _told(tx: Transaction) -> list[str]:
    kinds = "('PostMessage:EmployeeNotice', 'PrivateNote')"
    ids = _rows(tx, f"SELECT id FROM effects WHERE kind IN {kinds} ORDER BY id")
    contents = [getattr(getattr(tx.effects.get(id), "body", None), "content", None) for (id,) in ids]
    return [content.text for content in contents if isinstance(content, EmployeeNotice | PersonalNotice)]


def _verdicts(tx: Transaction) -> dict[str, tuple[Rating, str | None]]:
    return {
        answer: (Rating(rating), reason)
        for answer, rating, reason in _rows(tx, "SELECT answer_id, rating, reason FROM verdicts")
    }


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with SqliteStore(tmp_path / "desk.db") as store:
        yield Desk(store)


def at(message: str) -> Address:
    return message_at(CHAT, message)


def pressed(button: Control, message: str, *, person: str = MIA) -> Pressed:
    return Pressed(
        workspace="W",
        address=at(message),
        person=person,
        button=button,
        subject="",
        trigger="t",
        at=NOW,
        direct=True,
        pressed_at=NOW,
    )


def reason(message: str) -> ReasonGiven:
    return ReasonGiven(workspace="W", surface=SURFACE, person=MIA, subject="", text="Too vague", address=at(message))


async def test_a_thumb_of_the_chat_is_about_the_answer_that_its_message_shows(desk: Desk) -> None:
    first = await desk.ask("1", posted="11", at=NOW - 2)
    await desk.ask("2", posted="12", at=NOW - 1)

    await desk.receive(pressed(Rating.BAD, "11"), reason("11"))

    assert await desk.verdicts() == {first.id: (Rating.BAD, "Too vague")}


@pytest.mark.parametrize("message", ["", "12"], ids=["not told", "not recorded yet"])
async def test_a_thumb_on_an_unknown_message_is_about_the_latest_answer(desk: Desk, message: str) -> None:
    await desk.ask("1", posted="11", at=NOW - 3)
    latest = await desk.ask("2", posted=None if message else "12", at=NOW - 2)
    await desk.ask("3", withheld=True, at=NOW - 1)

    await desk.receive(pressed(Rating.GOOD, message))

    assert await desk.verdicts() == {latest.id: (Rating.GOOD, None)}


@pytest.mark.parametrize("message", ["", "11", "99"])
async def test_a_thumb_about_nothing_that_is_known_is_said_to_be_too_late(desk: Desk, message: str) -> None:
    if message == "99":
        await desk.ask("1", posted="11")

    await desk.receive(pressed(Rating.GOOD, message))

    assert await desk.verdicts() == {}


async def test_nobody_rates_the_answer_of_somebody_else(desk: Desk) -> None:
    await desk.ask("1", posted="11")

    await desk.receive(pressed(Rating.GOOD, "11", person="U_BEN"))

    assert await desk.verdicts() == {}


@pytest.mark.parametrize("withheld", [False, True])
async def test_the_suggested_wish_for_a_person_is_about_the_answer_that_was_given_last(
    desk: Desk, withheld: bool
) -> None:
    await desk.ask("1", posted="11")
    answer = await desk.ask("2", posted=None if withheld else "12", withheld=withheld, at=NOW + 1)

    await desk.receive(pressed(Button.PERSON, "3"))

    handoff = await desk.run(lambda uow: uow.tx.handoffs.open_in(answer.conversation_id))
    assert handoff is not None
    assert (handoff.question_id, handoff.answer_id) == (answer.question_id, None if withheld else answer.id)


async def test_a_conversation_may_begin_with_the_suggested_wish_for_a_person(desk: Desk) -> None:
    await desk.receive(pressed(Button.PERSON, "1"))

    conversation = await desk.run(lambda uow: uow.tx.conversations.latest_in(SURFACE, CHAT))
    assert conversation is not None
    assert await desk.run(lambda uow: uow.tx.handoffs.open_in(conversation.id)) is not None


# The beginning of a chat.

INSTALLED = AppInstalled(workspace="W", place=channel_at(CHAT), person=MIA)
STARTED = TopicStarted(workspace="W", address=at("5"), person=MIA, sent_at=5.0)


def test_they_are_stored_as_json() -> None:
    events: list[Event] = [INSTALLED, STARTED, reason("11")]

    assert [decode_json(type(event), encode_json(type(event), event)) for event in events] == events


async def test_whoever_was_given_the_app_is_greeted(desk: Desk) -> None:
    await desk.receive(INSTALLED)

    assert await desk.told() == [messages.employee.GREETING]


async def test_an_external_is_told_so_once(desk: Desk) -> None:
    await desk.receive(replace(INSTALLED, external=True), replace(STARTED, external=True))

    assert await desk.told() == [messages.anyone.refused(PersonKind.OTHER_COMPANY)]
    assert await desk.conversations() == 0


async def test_a_new_topic_begins_a_conversation_that_what_follows_joins(desk: Desk) -> None:
    await desk.ask("1", posted="11")
    follow_up = MessageReceived(
        workspace="W", address=at("6"), author=MIA, text="How do I print?", sent_at=6.0, direct=True
    )

    await desk.receive(STARTED, follow_up)

    assert await desk.told() == [messages.employee.NEW_TOPIC]
    assert await desk.conversations() == 2
    question = await desk.run(lambda uow: uow.tx.questions.of_message(at("6")))
    begun = await desk.run(lambda uow: uow.tx.conversations.of_thread(at("5")))
    assert question is not None
    assert begun is not None
    assert question.conversation_id == begun.id


async def test_a_new_topic_waits_while_people_have_the_conversation(desk: Desk) -> None:
    answer = await desk.ask("1", posted="11")
    await desk.run(lambda uow: uow.tx.handoffs.add(_handoff(answer.conversation_id)))

    await desk.receive(STARTED)

    assert await desk.told() == [messages.employee.topic_must_wait("HD-1")]
    assert await desk.conversations() == 1


def _handoff(conversation_id: str) -> Handoff:
    return Handoff(
        id="hof_1",
        number=1,
        conversation_id=conversation_id,
        question_id=None,
        answer_id=None,
        priority="normal",
        grounds=Grounds(rules=("r",), reasons=(), fingerprint="f"),
        place=ChannelAddress(surface=SURFACE, channel="C1"),
        opened_at=NOW,
    )
