"""Policy editor of the demo: checks a text, replays it over the demo's history, and puts it in force."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from bot.app import RunningBot
from bot.chat_ids import AnyIds
from bot.errors import PolicyError, PolicyMistake
from bot.helpdesk.escalation import Policy, Replay, ReplayResult, replayed
from bot.helpdesk.review.period import DAY, Period
from bot.policy_file import stored_policies
from bot.policy_file.doubts import DAYS, doubts_about
from sandbox.demo.simulated_clock import SimulatedClock
from storage.policies import PolicyChange, policy_texts, read_changes
from storage.queries.decided import read_decided
from storage.queries.rules import count_fired


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedText:
    """Mistakes and warnings about a text, as `uppzy-desk rules check` has them."""

    mistakes: tuple[PolicyMistake, ...] = ()
    warnings: tuple[PolicyMistake, ...] = ()


class NotSavedError(Exception):
    """A policy was not put in force; the message says why, as a sentence."""


class PolicyEditor:
    """The demo's own policy file, and the texts that were in force before.

    Policies are read and replayed in a thread, with a connection of its own: the bot goes on meanwhile.
    """

    def __init__(self, *, file: Path, database: Path, bot: RunningBot, clock: SimulatedClock) -> None:
        self._file = file
        self._database = database
        self._bot = bot
        self._clock = clock
        self._tried: set[str] = set()
        self._earlier: list[str] = []
        self._turn = asyncio.Lock()

    @property
    def in_force(self) -> Policy:
        """The policy that the bot follows."""
        return self._bot.policy.in_force

    @property
    def can_undo(self) -> bool:
        """True where a policy was saved, and the one before it can be restored."""
        return bool(self._earlier)

    async def changes(self) -> list[PolicyChange]:
        """Returns every policy that came into force, the first one first."""
        return await asyncio.to_thread(read_changes, self._database)

    async def check(self, text: str) -> CheckedText:
        """Returns every mistake of the text; of one without any, what may not be meant so."""
        try:
            policy = await self._bot.policy.usable(text)
        except PolicyError as error:
            return CheckedText(mistakes=error.mistakes)
        return CheckedText(warnings=await asyncio.to_thread(self._doubts, policy))

    def _doubts(self, policy: Policy) -> tuple[PolicyMistake, ...]:
        now = self._clock()
        fired = count_fired(self._database, Period(since=now - DAYS * DAY, until=now))
        return tuple(doubts_about(policy, str(self._file), fired))

    async def try_out(self, text: str) -> ReplayResult:
        """Returns what the text would have changed about the questions of the demo. Raises PolicyError."""
        policy = await self._bot.policy.usable(text)
        result = await asyncio.to_thread(self._replayed, policy)
        self._tried.add(text)
        return result

    def _replayed(self, policy: Policy) -> ReplayResult:
        before = stored_policies(policy_texts(self._database), AnyIds())
        return replayed(Replay(policy, before), read_decided(self._database, since=0.0))

    async def save(self, text: str) -> None:
        """Puts a text in force that was tried. Raises PolicyError and NotSavedError."""
        if text not in self._tried:
            raise NotSavedError("Try the policy on the history first, then save it.")
        async with self._turn:
            earlier = self.in_force.text
            if text == earlier:
                raise NotSavedError("This policy is in force already.")
            await self._put(text)
            self._earlier.append(earlier)

    async def undo(self) -> None:
        """Restores the policy before the one that was saved last. Raises PolicyError and NotSavedError."""
        async with self._turn:
            if not self._earlier:
                raise NotSavedError("There is nothing to undo: no policy was saved yet.")
            await self._put(self._earlier[-1])
            self._earlier.pop()

    async def _put(self, text: str) -> None:
        """Writes the file and has the bot take it over at once. If it does not, the file is as it was."""
        await self._bot.policy.usable(text)
        earlier = self.in_force.text
        self._write(text)
        await self._bot.policy.reload()
        if self.in_force.text != text:
            self._write(earlier)
            raise NotSavedError("The bot could not take the policy over, so nothing has changed. Try again.")
        self._clock.follow(self.in_force.handoffs.hours)

    def _write(self, text: str) -> None:
        """Replaces the file as a whole: the bot may read it at any time."""
        written = self._file.with_suffix(".new")
        written.write_text(text, encoding="utf-8", newline="\n")
        written.replace(self._file)
