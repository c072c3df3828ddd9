"""Database work of a turn, counted at the driver: no busy machine blurs it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace

import pytest

from sandbox.world import MIA, LocalWorld
from storage.postgres.jobs import _BUSY
from tests.statements import Recorded, recorded_statements
from tests.whole.conftest import QUICK
from tests.whole.scene import CONFIDENT, PERSON, Scene

# Of somebody who has asked before, in a new conversation; what the desk schedules each minute is known by then.
MOST_IN_PLAIN_TURN = 15
MOST_TRANSACTIONS_IN_PLAIN_TURN = 3
# The assistant's answer, which agents get as a draft, comes after the ticket: it takes seconds.
MOST_IN_HANDOFF_WITH_TICKET = 60
MOST_TRANSACTIONS_IN_HANDOFF_WITH_TICKET = 12
# Of what an agent does, each with what follows for the employee, the card and the ticket. Presses take up to four more
# for the audit trail.
MOST_IN_ACTS = {"claim": (53, 12), "reply": (40, 10), "resolve": (65, 18)}


@pytest.fixture
async def recorded(world: LocalWorld, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Scene, Recorded]]:
    """A running bot that has answered before, and the statements from then on.

    What it does from time to time, it does not do meanwhile: retention, and the search for what dead processes left.
    Nor does it give up waiting, however slow the machine is.
    """
    world.outside = replace(world.outside, timeouts=replace(QUICK, slow_notice_after=3600.0, card_wait=3600.0))
    monkeypatch.setattr("bot.app.run_retention", _no_retention)
    for name in ("_RECOVER_EVERY_SECONDS", "_FIND_ORPHANED_EVERY_SECONDS"):
        monkeypatch.setattr(f"storage.postgres.jobs.{name}", 3600.0)
    with recorded_statements() as statements:
        async with world.bot() as bot:
            scene = Scene(world, bot)
            for _ in range(2):
                await scene.ask(CONFIDENT)
            await scene.no_work_left()
            statements.clear()
            yield scene, statements


@pytest.mark.both_engines
async def test_a_plain_turn_takes_three_transactions_of_few_statements(recorded: tuple[Scene, Recorded]) -> None:
    scene, statements = recorded
    await scene.ask(CONFIDENT)

    transactions = _transactions(statements)
    assert len(transactions) == MOST_TRANSACTIONS_IN_PLAIN_TURN
    assert sum(map(len, transactions)) <= MOST_IN_PLAIN_TURN


@pytest.mark.both_engines
async def test_a_handoff_with_a_ticket_and_a_draft_takes_twelve_transactions(
    recorded: tuple[Scene, Recorded],
) -> None:
    scene, statements = recorded
    slack, uppzy = scene.world.slack, scene.world.uppzy
    uppzy.hold()
    root = (await slack.dm(MIA, PERSON)).ts
    await slack.wait_for(lambda: scene.replies(root) and slack.calls_of("chat.update"))
    while scene.bot.runner.unfinished > 1:  # noqa: ASYNC110 - all but the question
        await asyncio.sleep(0.01)
    uppzy.release()
    await scene.settled()

    transactions = _transactions(statements)
    assert len(transactions) <= MOST_TRANSACTIONS_IN_HANDOFF_WITH_TICKET
    assert sum(map(len, transactions)) <= MOST_IN_HANDOFF_WITH_TICKET
    assert len(scene.handoff_thread) == 1


@pytest.mark.both_engines
async def test_what_an_agent_does_takes_few_statements_and_transactions(recorded: tuple[Scene, Recorded]) -> None:
    scene, statements = recorded
    await scene.ask(PERSON)
    acts: dict[str, Callable[[], Awaitable[object]]] = {
        "claim": lambda: scene.press_card("claim"),
        "reply": lambda: scene.write_in_thread("It is the blue one."),
        "resolve": lambda: scene.resolve("The blue one"),
    }
    for name, act in acts.items():
        await scene.no_work_left()
        statements.clear()
        await act()
        transactions = _transactions(statements)
        most, most_transactions = MOST_IN_ACTS[name]
        assert sum(map(len, transactions)) <= most, name
        assert len(transactions) <= most_transactions, name


async def _no_retention(*arguments: object) -> None:
    """Deletes nothing."""


def _transactions(statements: Recorded) -> list[list[str]]:
    """Returns the statements by transaction, but for those in which the test asks whether the bot is idle."""
    transactions: list[list[str]] = []
    for statement, _ in statements:
        if statement.startswith("BEGIN"):
            transactions.append([])
        elif statement != "COMMIT":
            transactions[-1].append(statement)
    return [one for one in transactions if one != [str(_BUSY)]]
