"""Every kind of effect has exactly one handler; what handlers do that no whole test reaches, or none in a moment."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from bot.errors import UnconfirmedError
from bot.helpdesk.alarms import work_of
from bot.helpdesk.messages.catalog import shipped_text
from bot.helpdesk.model.content import AnswerPart
from bot.helpdesk.model.effects import (
    BODIES,
    CannotTell,
    CloseSession,
    CopyNote,
    Effect,
    PostMessage,
    RetractMessage,
    SendStatus,
    UpdateMessage,
)
from bot.helpdesk.model.handoff import TicketRef
from bot.helpdesk.model.target import Destination, SentMessage
from bot.helpdesk.outbox.handler import Attempt, EffectHandler, HandlerRegistry
from bot.helpdesk.outbox.handlers import build_registry
from bot.helpdesk.outbox.handlers.assistant import AssistantHandlers
from bot.helpdesk.redaction import SafeText, redact
from bot.helpdesk.unit_of_work import UnitOfWork
from tests.addresses import SURFACE, SURFACES
from tests.english import ENGLISH
from tests.helpdesk.recording_surface import RecordingSurface


async def send(attempt: Attempt[Any]) -> str:
    return ""


def _clock() -> float:
    return 2.0


def _registry(deps: Any) -> HandlerRegistry:
    return build_registry(deps, AssistantHandlers(deps))


def test_every_kind_of_effect_has_a_handler() -> None:
    registry = _registry(SimpleNamespace(surfaces={}, tasks=None, clock=_clock))

    assert registry.kinds == set(BODIES)


def test_a_second_handler_for_a_kind_of_effect_is_refused() -> None:
    registry = HandlerRegistry()
    registry.add(CloseSession, EffectHandler[CloseSession, str](send=send))

    with pytest.raises(AssertionError, match="CloseSession"):
        registry.add(CloseSession, EffectHandler[CloseSession, str](send=send))


def test_a_second_handler_for_a_content_is_refused_unless_the_other_one_is_for_updates() -> None:
    registry = HandlerRegistry()
    registry.add_post(AnswerPart, EffectHandler[PostMessage[AnswerPart], str](send=send))
    registry.add_update(AnswerPart, EffectHandler[UpdateMessage[AnswerPart], str](send=send))

    with pytest.raises(AssertionError, match="PostMessage:AnswerPart"):
        registry.add_post(AnswerPart, EffectHandler[PostMessage[AnswerPart], str](send=send))


class Surface:
    """A chat surface that cannot tell whether a message was posted."""

    async def find(self, to: Destination, key: str, since: float) -> SendStatus[str]:
        return CannotTell(to.surface)


class Store:
    """A store without conversations."""

    async def run(self, work: Any) -> None:
        return None


async def test_a_retraction_is_given_up_with_an_alarm_where_the_message_may_have_been_posted_unseen() -> None:
    deps = SimpleNamespace(surfaces={}, tasks=None, clock=_clock, surface=lambda name: Surface(), store=Store())
    registry = _registry(deps)
    body = RetractMessage(to=SentMessage("eff_1", unconfirmed=True))
    effect = Effect(id="eff_2", key="2", lane="talk", subject="hof_1", body=body, decided_at=1.0)
    attempt: Attempt[RetractMessage] = Attempt(
        effect=effect, to=Destination(surface=SURFACE, channel="D", thread="1", key="eff_1"), uncertain=False
    )

    with pytest.raises(UnconfirmedError):
        await registry.of(effect).send(attempt)


FIRST, SECOND = [TicketRef(system="github", id=id, number=f"#{id}") for id in "12"]


class Tickets:
    """A ticket system that finds the first of two tickets late. `noted` are the ids of those with a note."""

    settle_seconds = 15.0

    def __init__(self) -> None:
        self.noted: list[str] = []

    async def find(self, key: str) -> TicketRef:
        return FIRST

    async def note(self, ref: TicketRef, text: SafeText, *, public: bool, key: str) -> None:
        self.noted.append(ref.id)


def _twins() -> Any:
    """Returns the rows of one handoff, whose ticket took several attempts."""
    handoff = SimpleNamespace(id="hof_1", surface=SURFACE, ticket=SimpleNamespace(ref=SECOND))
    return SimpleNamespace(
        handoffs=SimpleNamespace(get=lambda id: handoff),
        effects=SimpleNamespace(latest=lambda body, subject: SimpleNamespace(attempts=2)),
    )


async def test_a_note_is_written_on_the_ticket_that_remains_of_two() -> None:
    tickets = Tickets()
    deps = SimpleNamespace(
        surfaces={},
        tasks=None,
        clock=_clock,
        store=Store(),
        tickets=tickets,
        directory=lambda name: RecordingSurface(name),
        readable=RecordingSurface(SURFACE).readable,
        config=SimpleNamespace(surface=SURFACES.get, agents=ENGLISH),
    )
    note = CopyNote(handoff_id="hof_1", author="U", text=redact("She is new."))
    effect = Effect(id="eff_1", key="1", lane="ticket", subject="hof_1", body=note, decided_at=1.0)

    handler = _registry(deps).of(effect)
    assert handler.load is not None
    uow = UnitOfWork(_twins(), 2.0, deps.config)

    await handler.send(Attempt(effect=effect, to=None, uncertain=False, loaded=handler.load(uow, note)))

    assert tickets.noted == [FIRST.id]


@pytest.mark.parametrize("kind", BODIES)
def test_an_alarm_says_in_words_what_was_not_done(kind: str) -> None:
    known = shipped_text("en").partition("alarm-work =")[2].partition("\n}")[0]

    assert f"[{work_of(kind)}]" in known
