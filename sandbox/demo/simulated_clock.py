"""Time in the demo: it begins when people work and passes faster where asked to; and a policy in which that matters."""

from __future__ import annotations

import time
import tomllib
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.helpdesk.escalation.hours import Hours
from bot.helpdesk.ports import Clock
from bot.resources import own_or_shipped_file
from sandbox.demo.fixtures import ON_CALL
from storage.sqlite.jobs import EmbeddedRunner

_ZONE = "Europe/Berlin"
_TARGETS = f"""
[handoff]
on_call = "{ON_CALL}"

[handoff.minutes_to_reply]
urgent = 15
high = 30
normal = 60
"""
_HOURS = f"""
[handoff.hours]
time_zone = "{_ZONE}"
monday = ["08:00-18:00"]
tuesday = ["08:00-18:00"]
wednesday = ["08:00-18:00"]
thursday = ["08:00-18:00"]
friday = ["08:00-18:00"]
"""
_MINUTE = 60.0
_WEEK = 7 * 24 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """What the clock shows: `now` in seconds since the epoch, in which time `zone`, and whether people work.

    `until` is the moment at which they stop or begin, None where that is more than a week away.
    """

    now: float
    zone: str
    at_work: bool
    until: float | None


class Passing:
    """The clock of the bot and of the local Slack, in seconds since the epoch."""

    def __init__(self, hours: Hours, now: Clock = time.time) -> None:
        """Where people do not work now, it begins when they do: nobody is to find the house empty at first."""
        started = now()
        self._hours = hours
        self._now = now
        self._skipped = hours.opening(started) - started

    def __call__(self) -> float:
        return self._now() + self._skipped

    def skip(self, seconds: float, runner: EmbeddedRunner) -> None:
        """Let so much time pass at once; the bot's timers are looked at."""
        self._skipped += seconds
        runner.resync_timers()

    def shift(self) -> Shift:
        """What the clock shows now."""
        now = self()
        return Shift(
            now=now, zone=str(self._hours.zone), at_work=self._hours.is_open(now), until=_change(self._hours, now)
        )


def _change(hours: Hours, now: float) -> float | None:
    """When people stop working where they do, and begin where they do not. Hours are in whole minutes."""
    if hours == Hours():
        return None
    if not hours.is_open(now):
        return hours.opening(now)
    this_minute = now // _MINUTE
    coming = ((this_minute + minutes) * _MINUTE for minutes in range(1, _WEEK))
    return next((moment for moment in coming if not hours.is_open(moment)), None)


def policy_with_targets(folder: Path) -> Path:
    """The policy at hand; where it says nothing of how people work, a copy in `folder` with targets and hours."""
    policy = own_or_shipped_file("config/escalation.toml")
    if _says_how_people_work(policy):
        return policy
    copy = folder / "escalation.toml"
    hours = _HOURS if _knows_the_zone() else ""
    copy.write_text(f"{policy.read_text(encoding='utf-8')}{_TARGETS}{hours}", encoding="utf-8")
    return copy


def _says_how_people_work(policy: Path) -> bool:
    try:
        return "handoff" in tomllib.loads(policy.read_text(encoding="utf-8"))
    except ValueError:
        return True  # The bot says better what is wrong with it.


def _knows_the_zone() -> bool:
    """Not every system has time zones; then people of the demo work always."""
    try:
        return ZoneInfo(_ZONE).key == _ZONE
    except (ZoneInfoNotFoundError, OSError):
        return False
