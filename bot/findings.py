"""Findings of the check of an installation: what one check found, and how an error becomes a finding."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass

from bot.errors import DeskError, OutsideError, TemporaryError
from bot.helpdesk.escalation import Policy
from bot.policy_file import ChatIds
from bot.settings import ChatSettings

CHECK_TIMEOUT = 15.0
"""Seconds for one check. Shorter than the desk's own timeouts: somebody is waiting."""

REVIEW_CHANNEL = "REVIEW_CHANNEL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The result of one check. `ok` None is a warning: the desk runs all the same."""

    name: str
    ok: bool | None
    message: str
    fix: str = ""

    @property
    def line(self) -> str:
        """The check, its result and the fix, in one line."""
        return " ".join(f"{self.name}: {self.message} {self.fix}".split())


async def run_check(
    name: str, one: Callable[[], Awaitable[Finding]], fixes: Mapping[type[OutsideError], str]
) -> Finding:
    """Runs one check and turns an error into a finding, with the fix for its class."""
    try:
        async with asyncio.timeout(CHECK_TIMEOUT):
            return await one()
    except OutsideError as error:
        fix = next((fixes[kind] for kind in type(error).__mro__ if kind in fixes), "")
        return Finding(name=name, ok=False, message=str(error).rstrip(".") + ".", fix=fix)
    except TimeoutError:
        message = f"no answer within {CHECK_TIMEOUT:.0f} seconds."
        return Finding(name=name, ok=False, message=message, fix=fixes.get(TemporaryError, ""))
    except DeskError as error:
        return Finding(name=name, ok=False, message=str(error))


def channels_of_chat(
    variable: str, handoff_channel: str, ids: ChatIds, settings: ChatSettings, policy: Policy | None
) -> Iterator[tuple[str, str]]:
    """Yields the channels of one chat that the desk posts in, each once, with the setting or rule that names it.

    `variable` names the handoff channel, and `ids` tell which channels are of this chat.
    """
    yield handoff_channel, variable
    review_channel = settings.review_channel
    if review_channel and review_channel != handoff_channel and ids.channel_problem(review_channel) is None:
        yield review_channel, REVIEW_CHANNEL
    rules = policy.rules if policy is not None else ()
    rule_channels = {rule.channel: rule.name for rule in reversed(rules) if rule.channel}
    for channel, rule in rule_channels.items():
        if channel not in {handoff_channel, review_channel} and ids.channel_problem(channel) is None:
            yield channel, f"rule “{rule}”"
