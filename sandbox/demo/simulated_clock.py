"""Simulated clock of the demo: starts in working hours, can skip time; and a policy with reply targets and hours."""

from __future__ import annotations

import time
import tomllib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.helpdesk.escalation.hours import Hours
from bot.helpdesk.model.chat import ENGLISH
from bot.helpdesk.ports import Clock
from sandbox.demo.fixtures import ON_CALL
from storage.sqlite.jobs import EmbeddedRunner

_ZONE = "Europe/Berlin"
_TARGETS = f"""
[handoff]
on_call = "{ON_CALL}"
language = "{{language}}"

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
class ClockState:
    """State of the clock: `now` in Unix seconds, the time `zone`, and `at_work` for working hours.

    `until` is the time at which working hours end or begin, None where that is more than a week away.
    """

    now: float
    zone: str
    at_work: bool
    until: float | None


def from_then_on(start: str) -> Clock:
    """Returns a clock that runs from this moment on, a time in the demo's zone."""
    ahead = datetime.fromisoformat(start).replace(tzinfo=ZoneInfo(_ZONE)).timestamp() - time.monotonic()
    return lambda: time.monotonic() + ahead


class SimulatedClock:
    """Clock of the bot and of the local Slack, in Unix seconds."""

    def __init__(self, hours: Hours, now: Clock = time.time) -> None:
        """Starts now, or at the next opening outside of working hours, so that agents are at work at first."""
        started = now()
        self._hours = hours
        self._now = now
        self._skipped = hours.opening(started) - started

    def __call__(self) -> float:
        return self._now() + self._skipped

    def follow(self, hours: Hours) -> None:
        """Takes over the working hours of a changed policy."""
        self._hours = hours

    def skip(self, seconds: float, runner: EmbeddedRunner) -> None:
        """Advances the clock, also for the jobs that the bot has scheduled."""
        self._skipped += seconds
        runner.resync_scheduled_jobs()

    def state(self) -> ClockState:
        """Returns the current state."""
        now = self()
        return ClockState(
            now=now, zone=str(self._hours.zone), at_work=self._hours.is_open(now), until=_next_change(self._hours, now)
        )


def _next_change(hours: Hours, now: float) -> float | None:
    """Returns the end of the current working hours, or the next beginning. Hours are in whole minutes."""
    if hours == Hours():
        return None
    if not hours.is_open(now):
        return hours.opening(now)
    this_minute = now // _MINUTE
    coming = ((this_minute + minutes) * _MINUTE for minutes in range(1, _WEEK))
    return next((moment for moment in coming if not hours.is_open(moment)), None)


def own_policy(folder: Path, text: str, language: str = ENGLISH) -> Path:
    """Writes the policy of the demo, which may change it, into `folder`; returns the file.

    Where `text` has no [handoff] table, it has one: with reply targets, hours, and the `language` of the agents.
    """
    file = folder / "escalation.toml"
    hours = _HOURS if _has_time_zones() else ""
    more = "" if _has_handoff_table(text) else f"{_TARGETS.format(language=language)}{hours}"
    file.write_text(f"{text}{more}", encoding="utf-8", newline="\n")
    return file


def _has_handoff_table(text: str) -> bool:
    try:
        return "handoff" in tomllib.loads(text)
    except (ValueError, RecursionError):
        return True  # Reading the policy reports what is wrong with it.


def _has_time_zones() -> bool:
    """Returns whether the system has time zones; without them, agents of the demo are always at work."""
    try:
        return ZoneInfo(_ZONE).key == _ZONE
    except (ZoneInfoNotFoundError, OSError):
        return False
