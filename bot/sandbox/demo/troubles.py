"""What one may have go wrong in the demo, to watch the bot cope."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass

from bot.sandbox.slack import LocalSlack
from bot.sandbox.uppzy import Endpoint, LocalUppzy, replying, slow

SLOW_SECONDS = 25.0
_RETRY_AFTER = 5
_POSTS = ("chat.postMessage", "chat.update")
_OF_UPPZY = (Endpoint.CHAT, Endpoint.FEEDBACK, Endpoint.CLOSE)


class Trouble(enum.StrEnum):
    """A switch on the page."""

    UPPZY_DOWN = "uppzy_down"
    UPPZY_SLOW = "uppzy_slow"
    SLACK_BUSY = "slack_busy"
    SLACK_DROPS = "slack_drops"


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """How the page names a trouble, and what there is to see."""

    label: str
    watch: str


EXPLAINED: dict[Trouble, Explained] = {
    Trouble.UPPZY_DOWN: Explained(
        label="Uppzy is down",
        watch="It answers everything with 503. The employee is told that it takes longer; the bot keeps trying, with "
        "longer and longer pauses, and answers once you switch this off.",
    ),
    Trouble.UPPZY_SLOW: Explained(
        label=f"Uppzy is slow ({SLOW_SECONDS:.0f} seconds)",
        watch="After 18 seconds the employee is told that it takes longer. Stop works meanwhile.",
    ),
    Trouble.SLACK_BUSY: Explained(
        label="Slack answers 429",
        watch=f"Every post is refused with Retry-After: {_RETRY_AFTER}. The bot waits as long as it is told to, and "
        "nothing is lost.",
    ),
    Trouble.SLACK_DROPS: Explained(
        label="Slack drops the connection after posting",
        watch="The message is there, but the bot cannot know. It looks for the message before it posts again, "
        "so nothing appears twice.",
    ),
}


class Troubles:
    """The switches. They own the faults of both stand-ins: what others planned there is forgotten at each switch."""

    def __init__(self, slack: LocalSlack, uppzy: LocalUppzy) -> None:
        self._slack = slack
        self._uppzy = uppzy
        self._on: set[Trouble] = set()
        self._cause: dict[Trouble, Callable[[], None]] = {
            Trouble.UPPZY_DOWN: self._uppzy_down,
            Trouble.UPPZY_SLOW: self._uppzy_slow,
            Trouble.SLACK_BUSY: self._slack_busy,
            Trouble.SLACK_DROPS: self._slack_drops,
        }

    def is_on(self, trouble: Trouble) -> bool:
        return trouble in self._on

    def switch(self, trouble: Trouble, *, on: bool) -> None:
        """Have it go wrong from now on, or no more. Of two that exclude each other the upper one wins."""
        (self._on.add if on else self._on.discard)(trouble)
        self._uppzy.heal()
        self._slack.faults.clear()
        for cause in (self._cause[one] for one in Trouble if one in self._on):
            cause()

    def _uppzy_down(self) -> None:
        for endpoint in _OF_UPPZY:
            self._uppzy.fail(endpoint, replying(503, {"error": "service unavailable"}, times=None))

    def _uppzy_slow(self) -> None:
        self._uppzy.fail(Endpoint.CHAT, slow(SLOW_SECONDS, times=None))

    def _slack_busy(self) -> None:
        for method in _POSTS:
            self._slack.faults.rate_limited(method, retry_after=_RETRY_AFTER, times=None)

    def _slack_drops(self) -> None:
        for method in _POSTS:
            self._slack.faults.dropped_after(method, times=None)
