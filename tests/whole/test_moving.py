"""A desk moves from SQLite to PostgreSQL with `db copy`: nothing is lost and nothing is doubled."""

from __future__ import annotations

import asyncio
import filecmp
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from sandbox.slack import LocalSlack, Message
from sandbox.uppzy import LocalUppzy
from sandbox.world import HANDOFF_CHANNEL, LocalWorld, populate
from tests.bench.history import multiply
from tests.bot_process import BotProcess, jobs_left, rows
from tests.chaos.bot import COMMAND
from tests.whole.commands import Command, as_json, command
from tests.whole.scene import CONFIDENT, UNKNOWN, Scene

EMPLOYEES = 18


@pytest.fixture
def target(empty_postgres: Callable[[], str]) -> str:
    """The URL of a database without tables."""
    return empty_postgres()


@pytest.fixture
def run(database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """The command line, on the SQLite file of the test."""
    return command(database_url, monkeypatch, capsys)


@pytest.fixture
async def stand_ins() -> AsyncIterator[tuple[LocalSlack, LocalUppzy]]:
    async with LocalSlack(retry_delays=(0.3,) * 2000) as slack, LocalUppzy() as uppzy:
        populate(slack)
        for number in range(EMPLOYEES):
            slack.add_user(f"U0EMP{number:04}", f"employee{number}", email=f"e{number}@example.com")
        yield slack, uppzy


@asynccontextmanager
async def _started(process: BotProcess) -> AsyncIterator[BotProcess]:
    try:
        await process.start()
        yield process
    finally:
        if process.alive:
            await process.kill()


def _answers(slack: LocalSlack, channel: str, root: str) -> list[str]:
    thread = slack.messages(channel, root)[1:]
    return [message.ts for message in thread if "feedback_buttons" in str(message.blocks)]


def _cards(slack: LocalSlack) -> list[Message]:
    return [one for one in slack.messages(HANDOFF_CHANNEL) if one.metadata and "HD-" in one.text]


async def test_a_desk_that_is_killed_at_work_goes_on_on_the_other_engine(
    stand_ins: tuple[LocalSlack, LocalUppzy], tmp_path: Path, database_url: str, target: str, run: Command
) -> None:
    slack, uppzy = stand_ins
    uppzy.hold()
    old = BotProcess(slack, uppzy, tmp_path, database_url, command=COMMAND)
    slack.events_url = old.events_url
    async with _started(old):
        answered = await slack.dm("U0EMP0001", CONFIDENT)
        uppzy.release()
        await slack.wait_for(lambda: _answers(slack, answered.channel, answered.ts))
        slack.faults.delayed("chat.postMessage", seconds=0.6, after_effect=True, when=lambda args: True)
        uppzy.latency = 0.3
        asked = await asyncio.gather(
            *(slack.dm(f"U0EMP{number:04}", CONFIDENT if number % 6 else UNKNOWN) for number in range(EMPLOYEES))
        )
        await uppzy.wait_for(lambda: len(uppzy.asked) > EMPLOYEES // 2)
        await old.kill()
    uppzy.latency = 0.05
    assert jobs_left(database_url) > 0
    unsettled = rows(database_url, "SELECT count(*) FROM effects WHERE settled_at IS NULL")

    status, said, refused = await run("db", "copy", "--to", target)

    assert (status, refused) == (0, "")
    assert "effects" in said
    assert rows(target, "SELECT count(*) FROM effects WHERE settled_at IS NULL") == unsettled
    new = BotProcess(slack, uppzy, tmp_path, target, command=COMMAND)
    slack.events_url = new.events_url
    async with _started(new):
        deliveries = [answered, *asked]
        await slack.wait_for(lambda: all(_answers(slack, each.channel, each.ts) for each in deliveries))
        handed_over = [d for number, d in enumerate(asked) if number % 6 == 0]
        await slack.wait_for(lambda: all("HD-" in str(slack.messages(d.channel, d.ts)[1:]) for d in handed_over))
        await slack.wait_for(lambda: len([card for card in _cards(slack) if card.edited_ts]) == len(handed_over))
        again = await slack.dm("U0EMP0001", CONFIDENT, answered.ts)
        await slack.wait_for(lambda: len(_answers(slack, again.channel, answered.ts)) == 2)
        assert await new.stop() == 0

    assert Counter(len(_answers(slack, each.channel, each.ts)) for each in asked) == {1: EMPLOYEES}
    assert len(_cards(slack)) == len(handed_over)
    assert rows(target, "SELECT count(*) FROM local_tickets") == [(len(handed_over),)]
    assert jobs_left(target) == 0
    assert rows(target, "SELECT DISTINCT state FROM effects WHERE state NOT IN ('done', 'dropped')") == []


async def test_the_command_refuses_a_running_desk_and_says_what_it_did(
    world: LocalWorld, run: Command, target: str
) -> None:
    async with world.bot() as bot:
        await Scene(world, bot).ask(UNKNOWN)
        status, _, refused = await run("db", "copy", "--to", target)
        assert (status, refused.endswith("stop it first.\n")) == (1, True)

    made = await as_json(run, "db", "copy", "--to", target)
    again = await as_json(run, "db", "copy", "--to", target)

    assert (made["made_now"], made["audit_whole"]) == (True, True)
    assert {table["name"]: table["rows"] for table in made["tables"]}["conversations"] == 1
    assert again == made | {"made_now": False}
    status, said, _ = await run("db", "copy", "--to", target)
    assert (status, "Nothing was changed" in said) == (0, True)


@pytest.mark.parametrize("to", ["sqlite:///other.db", "desk"])
async def test_only_postgresql_is_copied_to(run: Command, to: str) -> None:
    status, _, refused = await run("db", "copy", "--to", to)

    assert (status, "--to names no PostgreSQL database" in refused) == (2, True)


@pytest.mark.deep
async def test_a_hundred_thousand_conversations_are_moved(
    world: LocalWorld, run: Command, target: str, database_url: str, tmp_path: Path
) -> None:
    async with world.bot() as bot:
        await Scene(world, bot).ask(CONFIDENT)
    file = Path(database_url.removeprefix("sqlite:///"))
    await asyncio.to_thread(multiply, file, 100_000)
    kept = Path(shutil.copy(file, tmp_path / "kept.db"))

    made = await as_json(run, "db", "copy", "--to", target)

    assert {table["name"]: table["rows"] for table in made["tables"]}["conversations"] == 100_001
    assert await asyncio.to_thread(filecmp.cmp, file, kept, shallow=False)
    world.settings = world.settings.model_copy(update={"database_url": target})
    async with world.bot() as bot:
        scene = Scene(world, bot)
        await scene.ask(CONFIDENT)
        assert await scene.count("questions") == 100_002
