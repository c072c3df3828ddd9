"""Database work of a turn, counted at the driver: no busy machine blurs it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from sandbox.world import MIA, LocalWorld
from tests.statements import Recorded, recorded_statements
from tests.whole.scene import CONFIDENT, PERSON, Scene

# Of somebody who has asked before, in a new conversation; what the desk schedules each minute is known by then.
MOST_IN_PLAIN_TURN = 15
MOST_TRANSACTIONS_IN_PLAIN_TURN = 3
# The assistant's answer, which agents get as a draft, comes after the ticket: it takes seconds.
MOST_IN_HANDOFF_WITH_TICKET = 60
MOST_TRANSACTIONS_IN_HANDOFF_WITH_TICKET = 12


@pytest.fixture
async def recorded(world: LocalWorld, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Scene, Recorded]]:
    """A running bot that has answered before, and the statements from then on; its retention does nothing."""
    monkeypatch.setattr("bot.app.run_retention", _no_retention)
    with recorded_statements() as statements:
        async with world.bot() as bot:
            scene = Scene(world, bot)
            for _ in range(2):
                await scene.ask(CONFIDENT)
            await scene.no_work_left()
            statements.clear()
            yield scene, statements


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_plain_turn_takes_three_transactions_of_few_statements(recorded: tuple[Scene, Recorded]) -> None:
    scene, statements = recorded
    await scene.ask(CONFIDENT)

    assert _transactions(statements) == MOST_TRANSACTIONS_IN_PLAIN_TURN
    assert len(_inside(statements)) <= MOST_IN_PLAIN_TURN


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_handoff_with_a_ticket_and_a_draft_takes_twelve_transactions(
    recorded: tuple[Scene, Recorded],
) -> None:
    scene, statements = recorded
    slack, uppzy = scene.world.slack, scene.world.uppzy
    uppzy.hold()
    root = (await slack.dm(MIA, PERSON)).ts
    await slack.wait_for(lambda: scene.replies(root) and slack.calls_of("chat.update"))
    uppzy.release()
    await scene.settled()

    assert _transactions(statements) <= MOST_TRANSACTIONS_IN_HANDOFF_WITH_TICKET
    assert len(_inside(statements)) <= MOST_IN_HANDOFF_WITH_TICKET
    assert len(scene.handoff_thread) == 1


async def _no_retention(*arguments: object) -> None:
    """Deletes nothing."""


def _transactions(statements: Recorded) -> int:
    return sum(statement.startswith("BEGIN") for statement, _ in statements)


def _inside(statements: Recorded) -> list[str]:
    """Returns the statements but for those that begin and end transactions."""
    return [statement for statement, _ in statements if not statement.startswith(("BEGIN", "COMMIT"))]
