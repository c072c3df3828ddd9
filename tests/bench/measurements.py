"""The measurements: each drives one process and comes back with figures."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Sequence
from dataclasses import dataclass

from tests.bench.figures import Aim, Figure, percentile
from tests.bench.load import Sender
from tests.bench.processes import Child
from tests.bench.stage import Question, Stage, Tally

_PATIENCE = 60.0
_SETTLE = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """How much is measured. Times in seconds, rates per second."""

    rate: float = 100.0
    rate_seconds: float = 20.0
    answer_takes: float = 5.0
    warm_up: int = 200
    in_flight: int = 2_000
    hold: float = 30.0
    idle_seconds: float = 10.0
    added_rate: float = 20.0
    added_seconds: float = 10.0
    turns: int = 1_500
    turns_at_once: int = 40

    @property
    def questions(self) -> int:
        """The most that one process is asked."""
        acknowledged = int(self.rate * self.rate_seconds)
        added = int(self.added_rate * self.added_seconds)
        return self.warm_up + max(acknowledged, self.in_flight, added + self.turns)


QUICK = Extent(
    rate_seconds=4.0, answer_takes=2.0, in_flight=300, hold=6.0, idle_seconds=3.0, added_seconds=3.0, turns=300
)


async def acknowledgement(stage: Stage, extent: Extent) -> list[Figure]:
    """How long Slack waits for an acknowledgement while the assistant takes its time."""
    warming, questions = _shares(stage.questions, extent.warm_up, int(extent.rate * extent.rate_seconds))
    async with stage.bare() as (_, url):
        sender = Sender(stage.http, url)
        await sender.in_turn(warming, at_once=4)
        bare = await _acknowledged(sender, questions, extent.rate)
    async with stage.bot("acknowledgement") as (_, url), stage.tally() as tally:
        sender = Sender(stage.http, url)
        await _warm_up(stage, sender, warming, tally)
        await stage.set_latency(extent.answer_takes)
        took = await _acknowledged(sender, questions, extent.rate)
        await tally.answers_to(questions, extent.answer_takes + _PATIENCE)
        failed = _failed(questions, tally, sender)
    name = f"acknowledgement at {extent.rate:g} events/s"
    p99 = percentile(took, 99)
    return [
        Figure(name=f"{name}, p50", unit="ms", value=percentile(took, 50), bare=percentile(bare, 50)),
        Figure(name=f"{name}, p99", unit="ms", value=p99, bare=percentile(bare, 99), aim=Aim(below=100)),
        Figure(name=f"{name}, longest", unit="ms", value=max(took), bare=max(bare)),
        failed,
    ]


async def _acknowledged(sender: Sender, questions: Sequence[Question], rate: float) -> list[float]:
    return [seconds * 1000 for seconds in await sender.at_rate(questions, rate)]


def _failed(questions: Sequence[Question], tally: Tally, sender: Sender) -> Figure:
    """How many of them did not end as they should: each acknowledged, and answered once."""
    failed = len(sender.refused) + tally.lost(questions) + tally.doubled(questions)
    return Figure(
        name=f"of these {len(questions):,}, refused, lost or answered twice", value=failed, aim=Aim(at_most=0)
    )


async def in_flight(stage: Stage, extent: Extent) -> list[Figure]:
    """What doing nothing costs, and what each question costs whose answer is still awaited."""
    warming, questions = _shares(stage.questions, extent.warm_up, extent.in_flight)
    async with stage.bot("in-flight") as (bot, url), stage.tally() as tally:
        sender = Sender(stage.http, url)
        await _warm_up(stage, sender, warming, tally)
        idle = await _idle(bot, extent.idle_seconds)
        before = bot.rss_kb
        await stage.set_latency(extent.hold)
        await sender.in_turn(questions, at_once=50)
        most = await _all_held(stage, extent)
        each = (bot.rss_kb - before) / max(1, most)
        await tally.answers_to(questions, extent.hold + _PATIENCE)
        return [
            Figure(name="questions in flight at once", value=most, aim=Aim(at_least=extent.in_flight)),
            Figure(name="memory for each of them", unit="KB", value=each, aim=Aim(below=40)),
            _failed(questions, tally, sender),
            Figure(name="idle, of one core", unit="%", value=idle),
            Figure(name=f"idle after {len(warming)} turns, resident memory", unit="MB", value=before / 1024),
        ]


def _shares(questions: Sequence[Question], first: int, second: int) -> tuple[Sequence[Question], Sequence[Question]]:
    return questions[:first], questions[first : first + second]


async def _warm_up(stage: Stage, sender: Sender, questions: Sequence[Question], tally: Tally) -> None:
    """Have some questions answered, few at a time, so that neither imports nor caches count."""
    await stage.set_latency(0.0)
    await sender.in_turn(questions, at_once=4, answers=tally)
    await asyncio.sleep(_SETTLE)


async def _idle(bot: Child, seconds: float) -> float:
    before = bot.cpu_seconds
    await asyncio.sleep(seconds)
    return (bot.cpu_seconds - before) / seconds * 100


async def _all_held(stage: Stage, extent: Extent) -> int:
    """The most questions the local Uppzy had at once, waited for until answers must begin to leave."""
    most = 0
    until = time.monotonic() + extent.hold
    while time.monotonic() < until:
        now = await stage.waiting()
        most = max(most, now)
        if now >= extent.in_flight or now < most:
            break
        await asyncio.sleep(0.25)
    return most


async def speed(stage: Stage, extent: Extent) -> list[Figure]:
    """What the bot adds to the assistant's own time, and how many whole turns it manages."""
    added_count = int(extent.added_rate * extent.added_seconds)
    warming, rest = _shares(stage.questions, extent.warm_up, added_count + extent.turns)
    async with stage.bot("speed") as (bot, url), stage.tally() as tally:
        sender = Sender(stage.http, url)
        await _warm_up(stage, sender, warming, tally)
        added = await _added(stage, sender, rest[:added_count], tally, extent)
        turns = rest[added_count:]
        per_second, each = await _turns(stage, sender, turns, tally, extent, bot)
    name = f"from Uppzy's answer to the post at {extent.added_rate:g} questions/s"
    return [
        Figure(name=f"{name}, p50", unit="ms", value=percentile(added, 50)),
        Figure(name=f"{name}, p99", unit="ms", value=percentile(added, 99), aim=Aim(below=50)),
        Figure(name="whole turns per second", value=per_second, aim=Aim(at_least=150, later=True)),
        Figure(name="processor time of the bot for each", unit="ms", value=each),
        _failed(rest, tally, sender),
    ]


async def _added(
    stage: Stage, sender: Sender, questions: Sequence[Question], tally: Tally, extent: Extent
) -> list[float]:
    await stage.set_latency(1.0)
    await sender.at_rate(questions, extent.added_rate)
    await tally.answers_to(questions, _PATIENCE)
    left = await stage.answered_at()
    arrived = ((question, tally.times[question.thread][0]) for question in questions if question.thread in tally.times)
    return [(time - left[question.text]) * 1000 for question, time in arrived]


async def _turns(
    stage: Stage, sender: Sender, questions: Sequence[Question], tally: Tally, extent: Extent, bot: Child
) -> tuple[float, float]:
    """Turns per second, and the milliseconds of processor time that each took the bot."""
    await stage.set_latency(0.0)
    began, cpu = time.perf_counter(), bot.cpu_seconds
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_PATIENCE):
            await sender.in_turn(questions, at_once=extent.turns_at_once, answers=tally)
    took = time.perf_counter() - began
    answered = max(1, len(questions) - tally.lost(questions))
    return answered / took, (bot.cpu_seconds - cpu) / answered * 1000
