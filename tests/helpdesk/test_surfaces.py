"""An employee and the agents may be on two surfaces: each effect reaches the surface that its address names."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC
from pathlib import Path
from typing import Any, cast

import pytest

from bot.helpdesk.config import DeskConfig, SurfaceConfig
from bot.helpdesk.desk import Adapters, Desk
from bot.helpdesk.handoffs.notify import open_form
from bot.helpdesk.model.chat import Address, Identifier, SharedFile, ThreadAddress
from bot.helpdesk.model.content import AgentMessage, AlarmMessage, AnswerPart, EmployeeNotice, PersonalNotice
from bot.helpdesk.model.conversation import Rating, Receipt, Reply
from bot.helpdesk.model.effects import (
    Body,
    DeleteFile,
    DismissPrompt,
    EffectState,
    Form,
    OpenForm,
    PostMessage,
    PrivateNote,
    ShowHome,
    ShowReceipt,
    ShowSearchReport,
    UpdateMessage,
)
from bot.helpdesk.model.events import Button, Event, InboxEntry, LookupRequested, MessageReceived, Pressed
from bot.helpdesk.model.handoff import Card, Handoff, Transition
from bot.helpdesk.model.home import Filter
from bot.helpdesk.model.relay import DeliveryReceipt
from bot.helpdesk.model.target import EmployeeThread, FixedTarget
from bot.helpdesk.ports import Capabilities
from bot.helpdesk.unit_of_work import UnitOfWork
from bot.metrics import Metrics
from bot.policy_file import read_policy
from bot.resources import shipped_file
from bot.slack.ids import SlackIds
from bot.tickets.local import DatabaseTickets
from storage.engines import choose_engine
from storage.interfaces import Database, JobRunner, NewEffects
from storage.queries.home import StoredRecords
from storage.queries.review import StoredReviews
from tests.addresses import SURFACE, SURFACES
from tests.english import messages
from tests.helpdesk.recording_surface import RecordingSurface

SECOND = "second"
CHANNEL = "C1"
MIA, BEN = "U_MIA", "U_BEN"
NOTE = PersonalNotice(text="Hello")


class Assistant:
    """An assistant that knows the answer."""

    async def ask(self, *, session_id: str, message: str, email: str | None, language: str | None) -> Reply:
        return Reply(session_id=session_id, request_id="r", answer="Like|this.", confidence_level="high")

    async def rate(self, *, session_id: str, request_id: str, rating: Rating) -> Receipt:
        return Receipt(first=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoSurfaces:
    """A desk whose agents are on one surface, and its employees on another."""

    store: Database
    runner: JobRunner
    desk: Desk
    config: DeskConfig
    agents: RecordingSurface
    employees: RecordingSurface

    async def receive(self, event: Event) -> None:
        """Accepts an event, and waits until everything that follows from it is done."""
        await self.desk.accept(InboxEntry(key=f"event-{next(_numbers)}", lane="in", event=event))
        await self.runner.idle()

    async def perform(self, body: Body) -> EffectState:
        """Performs an effect, and returns its state."""

        def decide(tx: Any) -> str:
            number = next(_numbers)
            return UnitOfWork(tx, 1.0, self.config).effect(body, key=f"key-{number}", lane="x", subject="x").id

        id = await self.store.run(decide)
        await self.runner.idle()
        effect = await self.store.run(lambda tx: tx.effects.get(id))
        assert effect is not None
        return effect.state


_numbers = itertools.count(1)


@asynccontextmanager
async def desk_on(
    folder: Path, *, employees: RecordingSurface, agents: RecordingSurface | None = None, configured: bool = True
) -> AsyncIterator[TwoSurfaces]:
    """Runs a desk. The employees' surface is left out unless it is `configured`."""
    agents = agents or RecordingSurface(SURFACE)
    policy = read_policy(Path(str(shipped_file("config/escalation.toml"))), SlackIds())
    config = DeskConfig(
        policy=replace(policy, handoffs=replace(policy.handoffs, relay_delay=0.0)),
        handoff_channels={SURFACE: CHANNEL},
        surfaces={
            **SURFACES,
            SECOND: SurfaceConfig(
                name="Second", joins_open_conversation=False, split=lambda text: tuple(text.split("|"))
            ),
        },
    )
    store, new_runner = choose_engine(folder / "desk.db")
    async with store:
        surfaces = {SURFACE: agents.ports} | ({SECOND: employees.ports} if configured else {})
        adapters = Adapters(
            store=store,
            surfaces=surfaces,
            assistant=cast("Any", Assistant()),
            tickets=DatabaseTickets(store, lambda: 1.0),
            records=StoredRecords(store),
            reviews=StoredReviews(folder / "desk.db", policy.handoffs, UTC),
            observer=Metrics(),
            clock=lambda: 1.0,
        )
        desk = Desk(adapters, config)
        runner = new_runner(
            desk.handlers,
            lambda: 1.0,
            NewEffects(claim=desk.dispatcher.claim_new, perform=desk.dispatcher.send),
        )
        await runner.start()
        try:
            yield TwoSurfaces(store=store, runner=runner, desk=desk, config=config, agents=agents, employees=employees)
        finally:
            await runner.stop(0.0)
            await desk.close()


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[TwoSurfaces]:
    """A desk on two surfaces."""
    async with desk_on(tmp_path, employees=RecordingSurface(SECOND)) as running:
        yield running


def at(surface: str, channel: str, message: str, thread: str = "") -> Address:
    return Address(surface=surface, channel=channel, thread=thread or message, message=message)


PLACE = FixedTarget(SECOND, "D1", "t1", "m1")
OPEN_FORM = OpenForm(form=Form.REASON, trigger="t", subject="x", to=PLACE, person=MIA, expires_at=2.0)
LOOKUP = ShowSearchReport(
    address=at(SECOND, "D1", "m1"), person=MIA, identifiers=(Identifier(text="x", id="x"),), private=True
)


async def test_each_effect_reaches_the_surface_that_it_names_and_no_other(desk: TwoSurfaces) -> None:
    thread = EmployeeThread(ThreadAddress(surface=SECOND, channel="D1", thread="t1"))
    notice = EmployeeNotice(text="Hello")
    expected: list[tuple[Body, str]] = [
        (PostMessage(content=notice, to=thread), "post"),
        (UpdateMessage(content=notice, to=PLACE), "update"),
        (PrivateNote(content=NOTE, to=PLACE, person=MIA), "post_privately"),
        (OPEN_FORM, "open_form"),
        (DismissPrompt(surface=SECOND, prompt="p"), "dismiss_prompt"),
        (ShowReceipt(to=PLACE, receipt=DeliveryReceipt.SENT), "show_receipt"),
        (ShowHome(surface=SECOND, person=MIA, filter=Filter(), expires_at=2.0), "show_home"),
        (LOOKUP, "post_privately"),
        (DeleteFile(surface=SECOND, copy="c"), "delete"),
    ]

    for body, method in expected:
        assert await desk.perform(body) is EffectState.DONE
        assert desk.employees.calls.pop()[0] == method

    assert desk.employees.calls == desk.agents.calls == []


def message(address: Address, author: str, text: str, *files: SharedFile) -> MessageReceived:
    return MessageReceived(
        workspace="W",
        address=address,
        author=author,
        text=text,
        attached=files,
        sent_at=1.0,
        direct=address.channel == "D1",
    )


async def test_the_same_ids_on_two_surfaces_are_two_messages(desk: TwoSurfaces) -> None:
    for surface in (SURFACE, SECOND):
        await desk.receive(
            LookupRequested(
                workspace="W",
                address=at(surface, CHANNEL, "m1"),
                person=BEN,
                identifiers=LOOKUP.identifiers,
                sent_at=1.0,
                public=True,
            )
        )

    assert [method for method, _ in desk.agents.calls] == ["post"]
    # Nobody is an agent there.
    assert desk.employees.calls == [("post_privately", PersonalNotice(text=messages.agents.NOT_FOR_YOU))]


def claim(handoff: Handoff) -> Pressed:
    return Pressed(
        workspace="W",
        address=at(SURFACE, CHANNEL, handoff.thread or ""),
        person=BEN,
        button=Transition.CLAIM,
        subject=handoff.id,
        trigger="t",
        at=1.0,
        direct=False,
        pressed_at=1.0,
    )


async def test_an_employee_on_one_surface_is_helped_by_agents_on_another(desk: TwoSurfaces) -> None:
    file = SharedFile(id="F1", name="screen.png", url="https://second.example/F1")

    await desk.receive(message(at(SECOND, "D1", "m1"), MIA, "How do I print?"))
    # Split as this surface splits, not as the agents' does.
    assert [content.text for _, content in desk.employees.calls if isinstance(content, AnswerPart)] == ["Like", "this."]
    assert desk.agents.calls == []

    await desk.receive(message(at(SECOND, "D1", "m2", "m1"), MIA, "I want to talk to a human", file))
    [handoff] = await desk.store.run(_handoffs)
    assert (handoff.surface, handoff.thread) == (SURFACE, "slack-1")
    assert [content.employee for _, content in desk.agents.calls if isinstance(content, Card)][:1] == [MIA]
    # A file is not copied from one surface to another: both sides are told its name.
    assert all(any(file.name in text for text in _texts(side)) for side in (desk.agents, desk.employees))

    await desk.receive(claim(handoff))
    await desk.receive(message(at(SURFACE, CHANNEL, "m3", "slack-1"), BEN, "Have you tried the other printer?"))
    relayed = [content.text for _, content in desk.employees.calls if isinstance(content, AgentMessage)]
    assert relayed == ["Have you tried the other printer?"]
    assert ("show_receipt", DeliveryReceipt.SENT) in desk.agents.calls


def _handoffs(tx: Any) -> list[Handoff]:
    ids = tx.connection.exec_driver_sql("SELECT id FROM handoffs").scalars()
    return [tx.handoffs.get(id) for id in ids]


def _texts(surface: RecordingSurface) -> list[str]:
    return [str(getattr(content, "text", "")) for _, content in surface.calls]


async def test_an_effect_for_a_surface_that_is_not_configured_is_given_up_with_an_alarm(tmp_path: Path) -> None:
    employees = RecordingSurface(SECOND)
    async with desk_on(tmp_path, employees=employees, configured=False) as desk:
        thread = EmployeeThread(ThreadAddress(surface=SECOND, channel="D1", thread="t1"))

        state = await desk.perform(PostMessage(content=EmployeeNotice(text="Hello"), to=thread))

        [(_, alarm)] = desk.agents.calls
    assert state is EffectState.FAILED
    assert employees.calls == []
    assert alarm.text.startswith("**second** rejected a request (not\\_configured): a message didn't reach an employee")
    assert "Connect it again" in alarm.text


async def test_what_a_surface_cannot_do_is_done_otherwise_or_left_out(tmp_path: Path) -> None:
    nothing = Capabilities(private_notes=False, forms=False, reactions=False)
    async with desk_on(tmp_path, employees=RecordingSurface(SECOND, nothing)) as desk:
        note = await desk.perform(PrivateNote(content=NOTE, to=PLACE, person=MIA))
        form = await desk.perform(OPEN_FORM)
        receipt = await desk.perform(ShowReceipt(to=PLACE, receipt=DeliveryReceipt.SENT))

        assert (note, form, receipt) == (EffectState.DONE, EffectState.DONE, EffectState.DROPPED)
        no_forms = PersonalNotice(text=messages.anyone.NO_FORMS)
        assert desk.employees.calls == [("post", NOTE), ("post", no_forms)]


async def test_a_private_report_is_not_shown_where_others_would_read_it(tmp_path: Path) -> None:
    nothing = Capabilities(private_notes=False, forms=False, reactions=False)
    agents = RecordingSurface(SURFACE, nothing)
    async with desk_on(tmp_path, employees=RecordingSurface(SECOND), agents=agents) as desk:
        state = await desk.perform(replace(LOOKUP, address=at(SURFACE, CHANNEL, "m1")))

        [(_, alarm)] = desk.agents.calls
    assert state is EffectState.FAILED
    assert isinstance(alarm, AlarmMessage)


@pytest.mark.parametrize(("form_seconds", "opens"), [(2.5, False), (600.0, True)])
async def test_a_form_opens_for_as_long_after_a_press_as_the_surface_says(
    desk: TwoSurfaces, form_seconds: float, opens: bool
) -> None:
    surfaces = {**desk.config.surfaces, SECOND: replace(desk.config.surfaces[SECOND], form_seconds=form_seconds)}
    config = replace(desk.config, surfaces=surfaces)
    # Half a minute has passed since the press.
    pressed = Pressed(
        workspace="W", address=at(SECOND, "D1", "m1"), person=MIA, button=Button.WHY, subject="ans_1", trigger="t",
        at=-30.0, direct=True, pressed_at=-30.0,
    )  # fmt: skip

    await desk.store.run(lambda tx: open_form(UnitOfWork(tx, 1.0, config), pressed, Form.REASON))
    await desk.runner.idle()

    too_late = ("post_privately", PersonalNotice(text=messages.anyone.FORM_TOO_LATE))
    assert desk.employees.calls == [("open_form", Form.REASON) if opens else too_late]
