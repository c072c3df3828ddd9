"""A day at the help desk: shared by tests of reminders, alarms and other effects of time."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.helpdesk.model.handoff import Handoff
from sandbox.demo import simulated_clock
from sandbox.slack import Message
from sandbox.world import HANDOFF_CHANNEL
from tests.policies import policy_at_once
from tests.whole.scene import Clock, Scene

MINUTE = 60.0
HOUR = 3600.0
DAY = 24 * HOUR
TUESDAY_MORNING = "2026-11-24T10:00"
CALLED = "<!subteam^S0ONCALL>"
REMINDERS = ("is unclaimed. Due:", "is overdue and unclaimed")
POLICY = """
[handoff]
most_open_per_day = 0
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

# For tests in which a restart would change nothing: no time passes, or they restart the bot themselves.
at_work = pytest.mark.parametrize("day", [False], ids=["at work"], indirect=True)


def hurry_handoffs_of_demo(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Gives the demo a policy with which handoffs open at once, and runs it in `folder`.

    Shortens the delay before replies are relayed, too; the demo's clock cannot skip that one.
    """
    hurried = simulated_clock._TARGETS.replace(
        "[handoff]", "[handoff]\nmost_open_per_day = 0\nrelay_delay_seconds = 0.2", 1
    )
    monkeypatch.setattr(simulated_clock, "_TARGETS", hurried)
    (folder / "config").mkdir(parents=True)
    (folder / "config" / "escalation.toml").write_text(policy_at_once(), encoding="utf-8")
    monkeypatch.chdir(folder)


def moment(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Berlin")).timestamp()


@dataclass(slots=True)
class Day:
    """A day at the help desk. If it `restarts`, the bot is stopped while time passes, and started afterwards."""

    scene: Scene
    clock: Clock
    restarts: bool
    at_work: contextlib.AsyncExitStack

    async def pass_time(self, seconds: float) -> None:
        """Moves the clock ahead and waits until everything that became due is done."""
        if self.restarts:
            await self.restart(seconds)
        else:
            await self.scene.pass_time(self.clock, seconds)

    async def restart(self, seconds: float = 0.0) -> None:
        """Stops the bot for so many seconds, starts it, and waits until everything that became due is done."""
        await self.at_work.aclose()
        self.clock.advance(seconds)
        self.scene.bot = await self.at_work.enter_async_context(self.scene.world.bot())
        await self.scene.settled()

    async def handoff(self) -> Handoff:
        """Returns the only handoff."""
        return await self.scene.handoff()

    def reminders(self) -> list[Message]:
        """Returns the messages in the only handoff's thread that remind of a claim."""
        return [one for one in self.scene.handoff_thread if any(words in one.text for words in REMINDERS)]

    def alarms(self, about: str = "") -> list[Message]:
        """Returns the alarms in the handoff channel that contain `about`, active and resolved."""
        messages = self.scene.world.slack.messages(HANDOFF_CHANNEL)
        return [one for one in messages if one.text.startswith(("🚨", "✅ Over")) and about in one.text]
