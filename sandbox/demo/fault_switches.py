"""Fault switches of the demo, to watch how the bot handles faults."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sandbox.demo.fixtures import ZOE
from sandbox.demo.ticket_faults import FailingTickets
from sandbox.slack import LocalSlack, OddBody
from sandbox.uppzy import Endpoint, LocalUppzy, replying, slow
from sandbox.world import HANDOFF_CHANNEL

SLOW_SECONDS = 25.0
_RETRY_AFTER = 5
_POSTS = ("chat.postMessage", "chat.update")
_OF_UPPZY = (Endpoint.CHAT, Endpoint.FEEDBACK, Endpoint.CLOSE)


class DemoFault(enum.StrEnum):
    """A fault that can be switched on from the page."""

    UPPZY_DOWN = "uppzy_down"
    UPPZY_REFUSES = "uppzy_refuses"
    UPPZY_SLOW = "uppzy_slow"
    TICKETS_DOWN = "tickets_down"
    TICKETS_REFUSED = "tickets_refused"
    CHANNEL_SHARED = "channel_shared"
    BOT_REMOVED = "bot_removed"
    SLACK_BUSY = "slack_busy"
    SLACK_DROPS = "slack_drops"
    SLACK_GARBLED = "slack_garbled"


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultDescription:
    """Texts about a fault on the page. `minutes` is the time to skip when it is switched, so that the bot
    notices it."""

    label: str
    watch: str
    minutes: int = 0


DESCRIPTIONS: dict[DemoFault, FaultDescription] = {
    DemoFault.UPPZY_DOWN: FaultDescription(
        label="Uppzy is down",
        watch="It answers everything with 503. The employee is told that it takes longer; the bot keeps trying, with "
        "longer and longer pauses, and answers once you switch this off. Let 10 minutes pass meanwhile, and an alarm "
        "says in the channel that questions wait; some minutes after the answer it is over.",
    ),
    DemoFault.UPPZY_REFUSES: FaultDescription(
        label="Uppzy refuses the key",
        watch="It answers 401, as if the key had been changed. A person is brought in at once, and an alarm says in "
        "the channel what to fix. Switch this off and ask again: the alarm is over.",
    ),
    DemoFault.UPPZY_SLOW: FaultDescription(
        label=f"Uppzy is slow ({SLOW_SECONDS:.0f} seconds)",
        watch="After 18 seconds the employee is told that it takes longer. Stop works meanwhile.",
    ),
    DemoFault.TICKETS_DOWN: FaultDescription(
        label="The ticket system is down",
        watch="Ask for a person: the handoff opens at once, and its card says that the ticket is pending. Switch this "
        "off, and it is created. (The pauses between attempts grow; letting time pass shortens them.)",
    ),
    DemoFault.TICKETS_REFUSED: FaultDescription(
        label="The ticket system refuses tickets",
        watch="It answers 422, as where a field is missing. The card says so, with a button to try again, and there is "
        "an alarm, which is over once a ticket is created.",
    ),
    DemoFault.CHANNEL_SHARED: FaultDescription(
        label="The handoff channel is shared with another company",
        watch="Zoe, who works there, has joined and reads along: be her on the right. The bot posts nothing more of "
        "what employees write, and tells who asks for a person to contact the team another way. Switch this off and "
        "ask once more: what is missing is posted. (The bot asks Slack about this once a minute, so a minute passes at "
        "the switch.)",
        minutes=1,
    ),
    DemoFault.BOT_REMOVED: FaultDescription(
        label="The bot is removed from the handoff channel",
        watch="It cannot post there. Ask for a person: the employee is told to contact the team another way. Invite "
        "the bot again by switching this off, and ask once more: the missing card is posted, the employee is told, and "
        "the alarm says that it is over.",
    ),
    DemoFault.SLACK_BUSY: FaultDescription(
        label="Slack answers 429",
        watch=f"Every post is refused with Retry-After: {_RETRY_AFTER}. The bot waits as long as it is told to, and "
        "nothing is lost. Cards lag behind meanwhile: let Ada and then Ben claim the same one.",
    ),
    DemoFault.SLACK_DROPS: FaultDescription(
        label="Slack drops the connection after posting",
        watch="The message is there, but the bot cannot know. It looks for the message before it posts again, "
        "so nothing appears twice.",
    ),
    DemoFault.SLACK_GARBLED: FaultDescription(
        label="A proxy answers in Slack's place",
        watch="The message is posted, but a web page comes back instead of Slack's answer. The bot takes that for "
        "neither a yes nor a refusal: it looks for the message, and nothing is lost or appears twice.",
    ),
}


class FaultSwitches:
    """State of the switches. Each change replaces all faults of the stand-ins, also those set elsewhere."""

    def __init__(self, slack: LocalSlack, uppzy: LocalUppzy, tickets: FailingTickets | None) -> None:
        """`tickets` is None where the demo uses a real ticket system, which cannot be made to fail."""
        self._slack = slack
        self._uppzy = uppzy
        self._tickets = tickets
        self._on: set[DemoFault] = set()
        self._actions: Mapping[DemoFault, Callable[[], None]] = {
            DemoFault.UPPZY_DOWN: self._uppzy_down,
            DemoFault.UPPZY_REFUSES: self._uppzy_refuses,
            DemoFault.UPPZY_SLOW: self._uppzy_slow,
            DemoFault.CHANNEL_SHARED: self._channel_shared,
            DemoFault.BOT_REMOVED: self._bot_removed,
            DemoFault.SLACK_BUSY: self._slack_busy,
            DemoFault.SLACK_DROPS: self._slack_drops,
            DemoFault.SLACK_GARBLED: self._slack_garbled,
            **(
                {}
                if tickets is None
                else {DemoFault.TICKETS_DOWN: tickets.shut, DemoFault.TICKETS_REFUSED: tickets.refuse}
            ),
        }

    @property
    def offered(self) -> list[DemoFault]:
        """The faults that can be switched in this demo."""
        return [fault for fault in DemoFault if fault in self._actions]

    def is_on(self, fault: DemoFault) -> bool:
        return fault in self._on

    def switch(self, fault: DemoFault, *, on: bool) -> None:
        """Switches a fault on or off. Of two that exclude each other, the first in `DemoFault` wins."""
        (self._on.add if on else self._on.discard)(fault)
        self._reset()
        for active in self.offered:
            if active in self._on:
                self._actions[active]()

    def _reset(self) -> None:
        """Removes all faults."""
        self._uppzy.heal()
        self._slack.faults.clear()
        if self._tickets is not None:
            self._tickets.open()
        channel = self._slack.workspace.channels[HANDOFF_CHANNEL]
        channel.is_ext_shared = False
        people = [member for member in channel.members if member not in (ZOE, self._slack.bot_user_id)]
        channel.members = [*people, self._slack.bot_user_id]

    def _uppzy_down(self) -> None:
        for endpoint in _OF_UPPZY:
            self._uppzy.fail(endpoint, replying(503, {"error": "service unavailable"}, times=None))

    def _uppzy_refuses(self) -> None:
        for endpoint in _OF_UPPZY:
            self._uppzy.fail(endpoint, replying(401, {"error": "unauthorized"}, times=None))

    def _uppzy_slow(self) -> None:
        self._uppzy.fail(Endpoint.CHAT, slow(SLOW_SECONDS, times=None))

    def _channel_shared(self) -> None:
        self._slack.add_user(ZOE, "Zoe", email="zoe@neighbour.example", team_id="T0NEIGHBOUR", is_stranger=True)
        channel = self._slack.workspace.channels[HANDOFF_CHANNEL]
        channel.is_ext_shared = True
        channel.members.append(ZOE)

    def _bot_removed(self) -> None:
        self._slack.workspace.channels[HANDOFF_CHANNEL].members.remove(self._slack.bot_user_id)

    def _slack_busy(self) -> None:
        for method in _POSTS:
            self._slack.faults.rate_limited(method, retry_after=_RETRY_AFTER, times=None)

    def _slack_drops(self) -> None:
        for method in _POSTS:
            self._slack.faults.dropped_after(method, times=None)

    def _slack_garbled(self) -> None:
        for method in _POSTS:
            self._slack.faults.odd_body(method, body=OddBody.HTML, times=None, after_effect=True)
