"""Time, which passes faster in the demo where somebody asks for it, and a policy in which that matters."""

from __future__ import annotations

import time
import tomllib
from pathlib import Path

from bot.sandbox.demo.cast import ON_CALL
from bot.shipped import own_or_shipped_file
from storage.jobs import EmbeddedRunner

_TARGETS = f"""
[handoff]
on_call = "{ON_CALL}"

[handoff.minutes_to_reply]
urgent = 15
high = 30
normal = 60
"""


class Passing:
    """The clock of the bot and of the local Slack, in seconds since the epoch."""

    def __init__(self) -> None:
        self._skipped = 0.0

    def __call__(self) -> float:
        return time.time() + self._skipped

    def skip(self, seconds: float, runner: EmbeddedRunner) -> None:
        """Let so much time pass at once; the bot's timers are looked at."""
        self._skipped += seconds
        runner.heed_clock()


def policy_with_targets(folder: Path) -> Path:
    """The policy at hand; where it says nothing of how people work, a copy in `folder` that sets targets."""
    policy = own_or_shipped_file("config/escalation.toml")
    if _says_how_people_work(policy):
        return policy
    copy = folder / "escalation.toml"
    copy.write_text(f"{policy.read_text(encoding='utf-8')}{_TARGETS}", encoding="utf-8")
    return copy


def _says_how_people_work(policy: Path) -> bool:
    try:
        return "handoff" in tomllib.loads(policy.read_text(encoding="utf-8"))
    except ValueError:
        return True  # The bot says better what is wrong with it.
