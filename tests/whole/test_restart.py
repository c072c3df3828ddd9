"""The bot is killed at random and started again: nothing is lost and nothing is doubled."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from sandbox.slack import LocalSlack, Message
from sandbox.uppzy import LocalUppzy
from sandbox.world import HANDOFF_CHANNEL, populate
from tests.bot_process import BotProcess, bring_jobs_forward, jobs_left, rows
from tests.chaos.bot import COMMAND, constants
from tests.policies import with_handoff_rules
from tests.whole.scene import CONFIDENT, UNKNOWN

pytestmark = pytest.mark.both_engines

EMPLOYEES = 30
KILLS = 4
TWO_HOURS = 7200.0
# Processes notice soon that another one is gone.
_VIGILANT = (
    *COMMAND,
    *constants(
        {
            "storage.postgres.jobs._HEARTBEAT_SECONDS": 0.3,
            "storage.postgres.jobs._GONE_AFTER_SECONDS": 1.0,
            "storage.postgres.jobs._RECOVER_EVERY_SECONDS": 0.3,
        }
    ),
)


def _some_time(chance: random.Random) -> float:
    return chance.uniform(0.05, 1.0)


@pytest.fixture
async def stand_ins() -> AsyncIterator[tuple[LocalSlack, LocalUppzy]]:
    chance = random.Random(7)
    slack = LocalSlack(retry_delays=(0.3,) * 2000)
    uppzy = LocalUppzy(latency=_some_time, randomness=chance)
    async with slack, uppzy:
        populate(slack)
        for number in range(EMPLOYEES):
            slack.add_user(f"U0EMP{number:04}", f"employee{number}", email=f"e{number}@example.com")
        yield slack, uppzy


@asynccontextmanager
async def _bot(slack: LocalSlack, uppzy: LocalUppzy, folder: Path, database_url: str) -> AsyncIterator[BotProcess]:
    process = BotProcess(slack, uppzy, folder, database_url, command=_VIGILANT)
    slack.events_url = process.events_url
    async with _started(process):
        yield process


@asynccontextmanager
async def _started(*processes: BotProcess) -> AsyncIterator[None]:
    """Starts the processes, and kills those that are left at the end of the block."""
    try:
        await asyncio.gather(*(process.start() for process in processes))
        yield
    finally:
        for process in processes:
            if process.alive:
                await process.kill()


async def _kill_at_random(process: BotProcess, chance: random.Random) -> None:
    for _ in range(KILLS):
        await asyncio.sleep(chance.uniform(0.1, 0.9))
        await process.kill()
        await process.start()


def _answers(slack: LocalSlack, channel: str, root: str) -> list[str]:
    thread = slack.messages(channel, root)[1:]
    return [message.ts for message in thread if "feedback_buttons" in str(message.blocks)]


def _cards(slack: LocalSlack) -> list[Message]:
    # Not alarms: the machine may pause for so long that questions wait.
    return [message for message in slack.messages(HANDOFF_CHANNEL) if message.metadata and "HD-" in message.text]


def _finished_cards(slack: LocalSlack) -> int:
    return len([card for card in _cards(slack) if card.edited_ts])


async def test_killed_at_random_every_question_is_answered_once(
    stand_ins: tuple[LocalSlack, LocalUppzy], tmp_path: Path, database_url: str
) -> None:
    slack, uppzy = stand_ins
    chance = random.Random(11)
    async with _bot(slack, uppzy, tmp_path, database_url) as process:
        asked = asyncio.gather(
            *(slack.dm(f"U0EMP{number:04}", CONFIDENT if number % 6 else UNKNOWN) for number in range(EMPLOYEES))
        )
        await _kill_at_random(process, chance)
        deliveries = await asked
        assert all(delivery.ok for delivery in deliveries)

        await slack.wait_for(lambda: all(_answers(slack, each.channel, each.ts) for each in deliveries))
        handed_over = [d for number, d in enumerate(deliveries) if number % 6 == 0]
        await slack.wait_for(lambda: all("HD-" in str(slack.messages(d.channel, d.ts)[1:]) for d in handed_over))
        # Cards are posted at the rate limit of one channel, and refreshed with the ticket afterwards.
        await slack.wait_for(lambda: _finished_cards(slack) == len(handed_over))
        assert await process.stop() == 0

    assert Counter(len(_answers(slack, each.channel, each.ts)) for each in deliveries) == {1: EMPLOYEES}
    assert len(_cards(slack)) == len(handed_over)
    assert rows(database_url, "SELECT count(*) FROM local_tickets") == [(len(handed_over),)]
    assert jobs_left(database_url) == 0
    assert rows(database_url, "SELECT DISTINCT state FROM effects WHERE state NOT IN ('done', 'dropped')") == []


async def test_a_scheduled_job_survives_a_kill(
    stand_ins: tuple[LocalSlack, LocalUppzy], tmp_path: Path, database_url: str
) -> None:
    slack, uppzy = stand_ins
    clock, policy = tmp_path / "clock", tmp_path / "policy.toml"
    policy.write_text(with_handoff_rules("idle_minutes = 60"), encoding="utf-8")
    # By sockets: Slack's signed requests are refused by a bot whose clock is wrong.
    process = BotProcess(
        slack,
        uppzy,
        tmp_path,
        database_url,
        sockets=True,
        policy=policy,
        command=(*_VIGILANT, "--clock", str(clock)),
    )
    async with _started(process):
        delivery = await slack.dm("U0EMP0001", CONFIDENT)
        await slack.wait_for(lambda: _answers(slack, delivery.channel, delivery.ts))
        await process.kill()
        assert uppzy.closed == []
        clock.write_text(str(TWO_HOURS), encoding="utf-8")
        if database_url.startswith("postgresql"):
            bring_jobs_forward(database_url, TWO_HOURS)
        await process.start()

        await uppzy.wait_for(lambda: bool(uppzy.closed))
        await slack.dm("U0EMP0001", CONFIDENT, delivery.ts)
        await slack.wait_for(lambda: len(_answers(slack, delivery.channel, delivery.ts)) == 2)
        assert await process.stop() == 0

    first, last = uppzy.asked[0].session_id, uppzy.asked[-1].session_id
    assert uppzy.closed[0] == first
    assert (first[-2:], last[-2:]) == ("-1", "-2")


async def test_a_stop_ends_what_can_end_and_keeps_the_rest_for_the_next_start(
    stand_ins: tuple[LocalSlack, LocalUppzy], tmp_path: Path, database_url: str
) -> None:
    slack, uppzy = stand_ins
    uppzy.latency = 60.0
    async with _bot(slack, uppzy, tmp_path, database_url) as process:
        delivery = await slack.dm("U0EMP0001", CONFIDENT)
        await uppzy.wait_for(lambda: bool(uppzy.calls))
        uppzy.latency = 0.05

        assert await process.stop() == 0
        assert _answers(slack, delivery.channel, delivery.ts) == []
        await process.start()

        await slack.wait_for(lambda: _answers(slack, delivery.channel, delivery.ts))
        assert await process.stop() == 0

    assert len(_answers(slack, delivery.channel, delivery.ts)) == 1


async def test_a_second_process_on_the_same_database_is_refused_with_a_reason(
    stand_ins: tuple[LocalSlack, LocalUppzy], tmp_path: Path
) -> None:
    slack, uppzy = stand_ins
    database = f"sqlite:///{tmp_path / 'desk.db'}"
    async with _bot(slack, uppzy, tmp_path, database):
        second = BotProcess(slack, uppzy, tmp_path, database)
        with pytest.raises(AssertionError, match="Another process works on"):
            await second.start()


async def test_what_a_killed_process_was_asking_another_asks_before_its_heartbeat_is_old(
    stand_ins: tuple[LocalSlack, LocalUppzy], tmp_path: Path, new_postgres: Callable[[], str]
) -> None:
    slack, uppzy = stand_ins
    database_url = new_postgres()
    command = (*_VIGILANT, *constants({"storage.postgres.jobs._DEAD_AFTER_SECONDS": 3600.0}))
    dead, other = (BotProcess(slack, uppzy, tmp_path, database_url, sockets=True, command=command) for _ in range(2))
    async with _started(dead):
        await slack.wait_for(lambda: slack.sockets.count == 2)
        uppzy.hold()
        delivery = await slack.dm("U0EMP0000", CONFIDENT)
        await uppzy.wait_for(lambda: len(uppzy.asked) == 1)
        async with _started(other):
            await dead.kill()

            await uppzy.wait_for(lambda: len(uppzy.asked) == 2)
            uppzy.release()
            await slack.wait_for(lambda: _answers(slack, delivery.channel, delivery.ts))
            assert await other.stop() == 0

    assert len(_answers(slack, delivery.channel, delivery.ts)) == 1


async def test_of_three_processes_one_may_die_and_one_may_freeze_and_wake(
    stand_ins: tuple[LocalSlack, LocalUppzy], tmp_path: Path, new_postgres: Callable[[], str]
) -> None:
    slack, uppzy = stand_ins
    database_url = new_postgres()
    command = (*_VIGILANT, *constants({"storage.postgres.jobs._DEAD_AFTER_SECONDS": 3.0}))
    processes = [BotProcess(slack, uppzy, tmp_path, database_url, sockets=True, command=command) for _ in range(3)]
    async with _started(*processes):
        await slack.wait_for(lambda: slack.sockets.count == 2 * len(processes))
        asked = asyncio.gather(*(slack.dm(f"U0EMP{number:04}", CONFIDENT) for number in range(EMPLOYEES)))
        await uppzy.wait_for(lambda: len(uppzy.asked) > EMPLOYEES // 4)
        dead, frozen, alive = processes
        await dead.kill()
        frozen.freeze()

        deliveries = await asked
        await slack.wait_for(lambda: all(_answers(slack, each.channel, each.ts) for each in deliveries))
        frozen.wake()
        # It answers with the others, after what it was doing when it froze.
        again = await asyncio.gather(*(slack.dm(f"U0EMP{number:04}", CONFIDENT) for number in range(EMPLOYEES // 4)))
        await slack.wait_for(lambda: all(_answers(slack, each.channel, each.ts) for each in again))

        assert await frozen.stop() == 0
        assert await alive.stop() == 0

    everything = [*deliveries, *again]
    assert Counter(len(_answers(slack, each.channel, each.ts)) for each in everything) == {1: len(everything)}
    assert rows(database_url, "SELECT DISTINCT state FROM effects WHERE state NOT IN ('done', 'dropped')") == []
