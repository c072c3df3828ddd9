"""One transaction's worth of work: the transaction, the time, and what holds in this house."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from bot.helpdesk import correlation, messages
from bot.helpdesk.escalation import Policy
from bot.helpdesk.model.conversation import new_id
from bot.helpdesk.model.effects import Body, Effect
from bot.helpdesk.model.events import InboxEntry, Timer, TimerFired
from bot.helpdesk.ports import TIMER_LANES, Job, JobKind, Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskConfig:
    """What does not change while the desk runs.

    `joins_open_conversation`: without agent view, a top-level message continues the conversation until `idle_seconds`
    have passed. `split` cuts an answer into what fits into one message each. `submits`: questions are left with the
    assistant and their answers collected, instead of waited for. A ticket of `ticket_system` is looked at every
    `look_every` seconds, None: never.
    """

    policy: Policy
    handoff_channel: str
    joins_open_conversation: bool
    split: Callable[[str], tuple[str, ...]]
    idle_seconds: float = 4 * 3600.0
    submits: bool = False
    ticket_system: str = "local"
    look_every: float | None = None

    @property
    def channels(self) -> frozenset[str]:
        """Every channel in which people take over."""
        return self.policy.channels | {self.handoff_channel}

    def has_words(self, answer: str) -> bool:
        """Whether anybody could read something of the answer."""
        return self.split(answer) != (messages.NO_WORDS_IN_ANSWER,)


@dataclass(frozen=True, slots=True)
class UnitOfWork:
    """The transaction under way. What follows from it is decided with `effect`.

    `trace` is the id of the input that all of it follows from.
    """

    tx: Transaction
    now: float
    house: DeskConfig
    trace: str | None = field(default_factory=correlation.current)

    def effect(self, body: Body, *, key: str, lane: str, subject: str, urgency: int = 0, after: float = 0.0) -> Effect:
        """Decide on an outside effect: its row and its job are committed with everything else or not at all.

        `subject` is the id of what it belongs to, for finding it again. It is not performed before `after` seconds
        have passed, and what stands behind it in its lane waits with it.
        """
        effect = Effect(
            id=new_id("eff"), key=key, lane=lane, subject=subject, body=body, decided_at=self.now, trace=self.trace
        )
        self.tx.effects.add(effect)
        run_at = self.now + after if after else 0.0
        self.tx.jobs.enqueue(
            Job(kind=JobKind.EFFECT, ref=effect.id, lane=lane, urgency=urgency, run_at=run_at, after=after)
        )
        return effect

    def effect_once(self, body: Body, *, key: str, lane: str, subject: str) -> None:
        """The same, unless it was decided before."""
        if self.tx.effects.of_key(key) is None:
            self.effect(body, key=key, lane=lane, subject=subject)

    def set_timer(self, timer: Timer, subject: str, *, at: float, target: float | None = None) -> None:
        """Have the desk look at `subject` again at that time, in Unix seconds; the same one twice is set once.

        It comes as an input of its own, in a lane of its own, also when the desk was off at that time. One that has
        come already is set again where its time lies ahead once more, because the clock was set back.
        """
        came = TimerFired(timer=timer, subject=subject, at=at, target=target)
        lane = timer_lane(timer, subject, at)
        accepted = InboxEntry(key=lane, lane=lane, given=came)
        id = self.tx.inputs.add(accepted, self.now)
        if id is None and at > self.now:
            id = self.tx.inputs.add_again(accepted, self.now)
        if id is not None:
            self.tx.jobs.enqueue(Job(kind=JobKind.INPUT, ref=id, lane=lane, run_at=at))


NEW_THREAD_FIRST = 2
"""The urgency of a message that begins a thread: whatever is urgent in it, there is no thread before its root.

What was meant for a thread that is gone comes with the same, and so right behind the new one."""


# Lanes. One per place and outside system, so that an outage of one never holds up the others.


def ask_lane(conversation_id: str) -> str:
    """Questions of one conversation, one after the other."""
    return f"ask:{conversation_id}"


def talk_lane(conversation_id: str) -> str:
    """What is said to the employee."""
    return f"talk:{conversation_id}"


def thread_lane(handoff_id: str) -> str:
    """What happens in a handoff's thread."""
    return f"thread:{handoff_id}"


def leave_lane(handoff_id: str) -> str:
    """What agents have written and can still take back, in the order they wrote it."""
    return f"leave:{handoff_id}"


def sign_lane(relay_id: str) -> str:
    """The signs on one message, the latest last."""
    return f"sign:{relay_id}"


def file_lane(handoff_id: str) -> str:
    """Copying files, which may take long and holds up no words."""
    return f"file:{handoff_id}"


def ticket_lane(handoff_id: str) -> str:
    """What happens to a ticket."""
    return f"ticket:{handoff_id}"


def watch_lane(handoff_id: str) -> str:
    """Looking at a ticket from time to time: as with a timer, what waits there is no work left undone."""
    return f"{TIMER_LANES}ticket:{handoff_id}"


def alarm_lane(alarm_id: str) -> str:
    """What is said of one alarm."""
    return f"alarm:{alarm_id}"


def timer_lane(timer: Timer, subject: str, at: float) -> str:
    """One time that was set, and nothing else: what waits for its time holds nothing up."""
    return f"timer:{timer}:{subject}:{at!r}"


def verdict_lane(answer_id: str) -> str:
    """Verdicts on one answer, in the order they were given."""
    return f"verdict:{answer_id}"
