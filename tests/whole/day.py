"""A day at the desk: what stories about time and troubles share."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.helpdesk.model.handoff import Handoff
from sandbox.slack import Message
from sandbox.world import HANDOFF_CHANNEL
from tests.whole.scene import Clock, Scene

MINUTE = 60.0
HOUR = 3600.0
DAY = 24 * HOUR
TUESDAY_MORNING = "2026-11-24T10:00"
CALLED = "<!subteam^S0ONCALL>"
POLICY = """
[handoff]
idle_minutes = 1440
remind_before_minutes = 10
on_call = "S0ONCALL"
on_call_after_minutes = 15

[handoff.minutes_to_reply]
high = 60
normal = 60

[handoff.hours]
time_zone = "Europe/Berlin"
monday = ["09:00-17:00"]
tuesday = ["09:00-17:00"]
wednesday = ["09:00-17:00"]
thursday = ["09:00-17:00"]
friday = ["09:00-17:00"]
holidays = ["2026-12-25"]
"""


def shipped_policy() -> str:
    """The rules that come with the desk."""
    return (Path(__file__).parents[2] / "config" / "escalation.toml").read_text(encoding="utf-8")


def moment(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Berlin")).timestamp()


def from_then_on(start: str) -> Callable[[], float]:
    """A clock that goes on from a moment as time passes."""
    ahead = moment(start) - time.monotonic()
    return lambda: time.monotonic() + ahead


@dataclass(slots=True)
class Day:
    """A day at the desk. Where it `restarts`, the desk is off whenever time passes, and learns of it at its start."""

    scene: Scene
    clock: Clock
    restarts: bool
    at_work: contextlib.AsyncExitStack

    async def pass_time(self, seconds: float) -> None:
        """So much time goes by, and everything that became due is done."""
        if self.restarts:
            await self.restart(seconds)
        else:
            await self.scene.pass_time(self.clock, seconds)

    async def restart(self, seconds: float = 0.0) -> None:
        """The desk is off for so long, and has then done everything that became due."""
        await self.at_work.aclose()
        self.clock.advance(seconds)
        self.scene.bot = await self.at_work.enter_async_context(self.scene.house.bot())
        await self.scene.settled()

    async def handoff(self) -> Handoff:
        """The only handoff."""
        found = await self.scene.look(lambda tx: tx.handoffs.of_thread(HANDOFF_CHANNEL, self.scene.card.ts))
        assert found is not None
        return found

    def reminders(self) -> list[Message]:
        """What the thread of the only card says about its target."""
        return [message for message in self.scene.handoff_thread if "claimed" in message.text]

    def alarms(self, about: str = "") -> list[Message]:
        """The alarms in the handoff channel, as they read now."""
        messages = self.scene.house.slack.messages(HANDOFF_CHANNEL)
        return [one for one in messages if one.text.startswith(("🚨", "✅ Over")) and about in one.text]
