"""Kills the bot at random while agents and employees talk: each message is relayed once, or kept internal."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from itertools import repeat
from pathlib import Path

import pytest

from sandbox.slack import File, LocalSlack, Message
from sandbox.uppzy import LocalUppzy
from sandbox.world import ADA, BEN, HANDOFF_CHANNEL, populate
from tests.bot_process import BotProcess
from tests.whole.scene import UNKNOWN

EMPLOYEES = 6
KILLS = 4
FORM = File(name="form.pdf", content=b"%PDF", mimetype="application/pdf")


@pytest.fixture
async def slack() -> AsyncIterator[LocalSlack]:
    async with LocalSlack(retry_delays=(0.3,) * 2000) as slack:
        populate(slack)
        for number in range(EMPLOYEES):
            slack.add_user(f"U0EMP{number:04}", f"employee{number}", email=f"e{number}@example.com")
        yield slack


def cards(slack: LocalSlack) -> list[Message]:
    return [message for message in slack.messages(HANDOFF_CHANNEL) if message.metadata]


async def talk(slack: LocalSlack, number: int, card: Message, root: str) -> None:
    """Writes in one handoff as agents and employee: replies, edits, deletions, a note, and a file."""
    employee = f"U0EMP{number:04}"
    for text, files in (("Hello", ()), ("The form", (FORM,)), ("note: a secret", ()), ("Wrng", ()), ("Gone", ())):
        said = await slack.say(ADA, HANDOFF_CHANNEL, text, card.ts, files=files)
        assert said.ok
        if text == "Wrng":
            await slack.edit(ADA, HANDOFF_CHANNEL, said.ts, "Right")
        if text == "Gone":
            await asyncio.sleep(number * 0.2)
            await slack.delete(ADA, HANDOFF_CHANNEL, said.ts)
    await slack.say(BEN, HANDOFF_CHANNEL, "a secret of Ben", card.ts)
    thanks = await slack.dm(employee, "Thank you", root)
    more = await slack.dm(employee, "Oops", root)
    await slack.edit(employee, thanks.channel, thanks.ts, "Thanks a lot")
    await slack.delete(employee, more.channel, more.ts)


def heard(slack: LocalSlack, number: int, root: str) -> list[str]:
    """Returns the agents' replies in one employee's thread and the names of the files, sorted."""
    thread = slack.messages(slack.dm_of(f"U0EMP{number:04}"), root)[1:]
    words = [message.text.split(": ", 1)[1] for message in thread if "from the support team" in str(message.blocks)]
    return sorted([*words, *(file.name for message in thread if message.bot_id for file in message.files)])


def passed_on(slack: LocalSlack, card: Message) -> list[str]:
    """Returns the employee's messages in the handoff's thread."""
    thread = slack.messages(HANDOFF_CHANNEL, card.ts)[1:]
    return [message.text.split(">", 1)[1] for message in thread if message.text.startswith("<@U0EMP")]


EMPLOYEE_READS = sorted(["Hello", "Right", "The form", FORM.name])
AGENTS_READ = [": Thanks a lot", " has deleted this message"]


@pytest.mark.parametrize("handoff_rules", ["relay_delay_seconds = 0.5"])
async def test_killed_at_random_every_word_arrives_once_or_stays_where_it_belongs(
    slack: LocalSlack, tmp_path: Path, policy: Path
) -> None:
    chance = random.Random(5)
    async with LocalUppzy() as uppzy:
        process = BotProcess(slack, uppzy, tmp_path, f"sqlite:///{tmp_path / 'desk.db'}", policy=policy)
        slack.events_url = f"http://127.0.0.1:{process.port}/slack/events"
        await process.start()
        try:
            roots = [(await slack.dm(f"U0EMP{number:04}", UNKNOWN)).ts for number in range(EMPLOYEES)]
            await slack.wait_for(lambda: len(cards(slack)) == EMPLOYEES)
            posted = [next(card for card in cards(slack) if name in str(card.blocks)) for name in names()]
            for card in posted:
                assert (await slack.press(ADA, HANDOFF_CHANNEL, card.ts, "handoff_claim")).ok
            talking = asyncio.gather(*map(talk, repeat(slack), range(EMPLOYEES), posted, roots))
            for _ in range(KILLS):
                await asyncio.sleep(chance.uniform(0.2, 1.2))
                await process.kill()
                await process.start()
            await talking
            await slack.wait_for(lambda: all(passed_on(slack, card) == AGENTS_READ for card in posted))
            await slack.wait_for(
                lambda: all(heard(slack, number, root) == EMPLOYEE_READS for number, root in enumerate(roots)),
            )
            assert await process.stop() == 0
        finally:
            if process.alive:
                await process.kill()

    assert [passed_on(slack, card) for card in posted] == [AGENTS_READ] * EMPLOYEES
    assert [heard(slack, number, root) for number, root in enumerate(roots)] == [EMPLOYEE_READS] * EMPLOYEES
    said = str([slack.messages(slack.dm_of(name), root) for name, root in zip(names(), roots, strict=True)])
    assert "secret" not in said
    assert "Gone" not in said


def names() -> list[str]:
    return [f"U0EMP{number:04}" for number in range(EMPLOYEES)]
