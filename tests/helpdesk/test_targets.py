"""The message that another effect posted is found where that effect has posted it."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import cast

import pytest

from bot.helpdesk.model.content import EmployeeNotice
from bot.helpdesk.model.conversation import MovedThread
from bot.helpdesk.model.effects import CloseSession, Effect, EffectState, PostMessage
from bot.helpdesk.model.target import Destination, EmployeeThread, SentMessage
from bot.helpdesk.outbox.targets import resolve
from bot.helpdesk.ports import Transaction
from tests.addresses import SURFACE, thread_at

POST = Effect(
    id="eff_1",
    key="1",
    lane="talk",
    subject="con_1",
    body=PostMessage(content=EmployeeNotice(text="Wait."), to=EmployeeThread(thread_at("D1", "1.1"))),
    decided_at=1.0,
)
DONE = replace(POST, state=EffectState.DONE, first_tried_at=1.0, outcome="1.5")
UNCLEAR = replace(POST, state=EffectState.SENDING, first_tried_at=1.0)
THERE = Destination(surface=SURFACE, channel="D1", thread="1.1", key="eff_1")


def transaction(effect: Effect, *moved: MovedThread) -> Transaction:
    """Returns a transaction that reads these rows."""
    effects = {effect.id: effect}
    threads = {thread_at(one.channel, one.thread): one for one in moved}
    return cast(
        "Transaction",
        SimpleNamespace(
            effects=SimpleNamespace(get=effects.get),
            moved_threads=SimpleNamespace(of_thread=threads.get),
        ),
    )


@pytest.mark.parametrize(
    ("effect", "unconfirmed", "destination"),
    [
        pytest.param(DONE, False, replace(THERE, message="1.5"), id="posted"),
        pytest.param(POST, True, None, id="not tried"),
        pytest.param(UNCLEAR, False, None, id="unclear"),
        pytest.param(UNCLEAR, True, THERE, id="unclear, which will do"),
        pytest.param(replace(DONE, body=CloseSession(session_id="s")), False, None, id="no message"),
        pytest.param(replace(DONE, id="eff_2"), False, None, id="no such effect"),
    ],
)
def test_a_sent_message_is_where_its_effect_has_posted_it(
    effect: Effect, unconfirmed: bool, destination: Destination | None
) -> None:
    assert resolve(transaction(effect), SentMessage("eff_1", unconfirmed=unconfirmed)) == destination


def test_a_sent_message_is_in_the_thread_that_replaced_a_deleted_one() -> None:
    moved = MovedThread(
        id="mov_1", owner="con_1", surface=SURFACE, channel="D1", thread="1.1", moved_to="2.2", moved_at=2.0
    )

    found = resolve(transaction(DONE, moved), SentMessage("eff_1"))

    assert found == Destination(surface=SURFACE, channel="D1", thread="2.2", message="1.5", key="eff_1", gone=("1.1",))
