"""Keeps the policy in force that its file holds: at a signal at once, and soon after the file has changed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.errors import PolicyError, PolicyMistake, SettingsError, StorageError
from bot.helpdesk.escalation import Policy
from bot.policy_file import ChatIds, load_policy, policy_text, read_policy_text
from bot.policy_file.problems import mistake_at

log = logging.getLogger(__name__)

INTERVAL = 5.0
"""Seconds between two looks at the file. A change is taken over at the second look that finds it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyUse:
    """Functions of the desk that take a policy. Each raises StorageError, and the watch then tries again.

    `check` raises SettingsError about what keeps a policy from being used here. `use` puts one in force, `refuse` tells
    people of the mistakes of one that cannot be, and `keep` that there are none any more.
    """

    check: Callable[[Policy], Awaitable[None]]
    use: Callable[[Policy], Awaitable[None]]
    refuse: Callable[[Sequence[PolicyMistake]], Awaitable[None]]
    keep: Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """The text of the file, or why it cannot be read."""

    text: str = ""
    mistakes: tuple[PolicyMistake, ...] = ()


class PolicyWatch:
    """Watches one file. `policy` is in force at the beginning.

    The content is compared, not its time: copies keep times, and a file that is mounted may be replaced by another.
    """

    def __init__(self, path: Path, policy: Policy, *, ids: ChatIds, use: PolicyUse, interval: float = INTERVAL) -> None:
        self._path = path
        self._ids = ids
        self._use = use
        self._interval = interval
        self._in_force = policy
        self._seen = _Found(text=policy.text)
        self._refused: _Found | None = None
        self._loaded: tuple[_Found, Policy | PolicyError] = (self._seen, policy)
        self._turn = asyncio.Lock()

    @property
    def in_force(self) -> Policy:
        """The policy that was taken over last."""
        return self._in_force

    async def usable(self, text: str) -> Policy:
        """Returns the policy that would be taken over from a file with this text. Raises PolicyError."""
        policy = await asyncio.to_thread(self._load_text, text)
        await self._check(policy)
        return policy

    def _load_text(self, text: str) -> Policy:
        return load_policy(policy_text(text.encode(), self._path), str(self._path), ids=self._ids)

    async def watch(self) -> None:
        """Looks at the file from time to time. Runs until cancelled."""
        while True:
            await asyncio.sleep(self._interval)
            await self.look()

    async def look(self) -> None:
        """Takes over a changed file that is as it was at the last look: an editor may still be writing it."""
        await self._follow(settled=True)

    async def reload(self) -> None:
        """Takes over the file as it is now."""
        await self._follow(settled=False)

    async def _follow(self, *, settled: bool) -> None:
        async with self._turn:
            found = await asyncio.to_thread(self._read)
            is_settled = found == self._seen
            self._seen = found
            if settled and not is_settled:
                return
            try:
                await self._take(found)
            except StorageError as error:
                log.warning("policy_not_taken_over", extra={"error": type(error).__name__})

    def _read(self) -> _Found:
        try:
            return _Found(text=read_policy_text(self._path))
        except PolicyError as error:
            return _Found(mistakes=error.mistakes)

    async def _take(self, found: _Found) -> None:
        if found == _Found(text=self._in_force.text):
            if self._refused is not None:
                await self._use.keep()
                self._refused = None
            return
        try:
            policy = await self._usable(found)
        except PolicyError as error:
            await self._refuse(found, error.mistakes)
            return
        await self._use.use(policy)
        self._in_force, self._refused = policy, None
        log.info("policy_changed", extra={"fingerprint": policy.fingerprint, "rules": len(policy.rules)})

    async def _usable(self, found: _Found) -> Policy:
        """Returns the policy that was found. Raises PolicyError."""
        if self._loaded[0] != found:
            self._loaded = (found, await asyncio.to_thread(self._load, found))
        policy = self._loaded[1]
        if isinstance(policy, PolicyError):
            raise policy
        await self._check(policy)
        return policy

    async def _check(self, policy: Policy) -> None:
        try:
            await self._use.check(policy)
        except SettingsError as error:
            raise PolicyError([mistake_at(str(self._path), None, each) for each in error.problems]) from error

    def _load(self, found: _Found) -> Policy | PolicyError:
        if found.mistakes:
            return PolicyError(found.mistakes)
        try:
            return load_policy(found.text, str(self._path), ids=self._ids)
        except PolicyError as error:
            return error

    async def _refuse(self, found: _Found, mistakes: Sequence[PolicyMistake]) -> None:
        """Tells of the mistakes. At each look: another process may have ended the alarm, whose own file is right."""
        await self._use.refuse(mistakes)
        if found != self._refused:
            log.error("policy_refused", extra={"line": mistakes[0].line, "mistakes": len(mistakes)})
        self._refused = found
