"""A handoff: a conversation brought before people, with its ticket and its card, which is the root of its thread."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from bot.helpdesk.model.chat import ChannelAddress, ThreadAddress
from bot.helpdesk.model.conversation import Owner
from bot.helpdesk.redaction import SafeText


class HandoffState(enum.StrEnum):
    """The states of a handoff. PENDING: it is claimed, and waits for the employee."""

    OPEN = "open"
    CLAIMED = "claimed"
    PENDING = "pending"
    RESOLVED = "resolved"


class Transition(enum.StrEnum):
    """A move from one state to another; `transition_table` has a row for each.

    RELEASE: an agent gives it back to the queue. WAIT: an agent waits for the employee. RESUME: they no longer wait.
    REPLY: the employee has replied. TIME_OUT: they have not. COME_BACK: they say that it is not solved. WRITE_AGAIN:
    they simply write. WITHDRAW: they need no person. CLOSE_REQUEST: they need no more help.
    """

    CLAIM = "claim"
    JOIN = "join"
    RESOLVE = "resolve"
    HAND_BACK = "hand_back"
    REOPEN = "reopen"
    ASSIGN = "assign"
    RELEASE = "release"
    WAIT = "wait"
    RESUME = "resume"
    REPLY = "reply"
    TIME_OUT = "time_out"
    WITHDRAW = "withdraw"
    CLOSE_REQUEST = "close_request"
    COME_BACK = "come_back"
    WRITE_AGAIN = "write_again"


OWNER_IN: dict[HandoffState, Owner] = {
    HandoffState.OPEN: Owner.WAITING,
    HandoffState.CLAIMED: Owner.HUMAN,
    HandoffState.PENDING: Owner.HUMAN,
    HandoffState.RESOLVED: Owner.BOT,
}


class TicketStatus(enum.StrEnum):
    """The status of a ticket, in one vocabulary for every ticket system."""

    NEW = "new"
    OPEN = "open"
    PENDING = "pending"
    SOLVED = "solved"
    CLOSED = "closed"


class Outcome(enum.StrEnum):
    """Result of a handoff, according to the agent who resolved it."""

    SOLVED = "solved"
    NOT_SOLVABLE = "not_solvable"
    DUPLICATE = "duplicate"


class SolvedQuestion(enum.StrEnum):
    """The question to the employee about a resolution. SCORE: how well it has solved the problem."""

    YES_OR_NO = "yes or no"
    SCORE = "score"
    NEVER = "never"


class Score(enum.IntEnum):
    """The employee's score of a resolution, from not at all solved to completely solved."""

    ONE = 1
    TWO = 2
    THREE = 3
    FOUR = 4
    FIVE = 5

    @property
    def solved(self) -> bool | None:
        """The answer *yes* or *no* that the score amounts to; None: neither."""
        return None if self is Score.THREE else self > Score.THREE


STATUS_AFTER: dict[Outcome, TicketStatus] = {
    Outcome.SOLVED: TicketStatus.SOLVED,
    Outcome.NOT_SOLVABLE: TicketStatus.CLOSED,
    Outcome.DUPLICATE: TicketStatus.CLOSED,
}
"""The outcome in the tickets' vocabulary, which has no word for why a ticket was closed; a note on it says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketRef:
    """A reference to a ticket: the system's own id, the number people use, and a link where there is one."""

    system: str
    id: str
    number: str
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketMetadata:
    """The identifiers that every ticket carries, so that one can get from it to everything else."""

    handoff_id: str
    uppzy_session_id: str
    uppzy_request_id: str | None
    confidence_level: str | None
    source: str = "uppzy_m2m"
    chat_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketDraft:
    """A ticket to be created. It can only hold redacted text.

    `requester` is the employee's id on the chat surface; name and address are set where the surface could be asked.
    """

    subject: SafeText
    body: SafeText
    priority: str
    requester: str
    metadata: TicketMetadata
    requester_name: str | None = None
    requester_email: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketComment:
    """A comment on a ticket: `author` is a display name, `at` is in Unix seconds."""

    id: str
    author: str
    text: str
    public: bool
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketChanges:
    """A ticket's status, with the vendor's own word for it in `raw`, and its comments, oldest first."""

    status: TicketStatus
    raw: str
    comments: tuple[TicketComment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """The reasons for a handoff: the rules that fired, their reasons, and the policy's fingerprint.

    `hidden`: the question is hidden. Nothing that the employee or the assistant writes is shown in the channel or on
    the ticket; *Reveal* opens the employee's words. `matter`: the id of the message, an earlier question or a relay,
    that says what it is about, where the employee has only asked for a person.
    """

    rules: tuple[str, ...]
    reasons: tuple[str, ...]
    fingerprint: str
    hidden: bool = False
    matter: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoffTicket:
    """The ticket of a handoff, as far as it is known. `wanted`: the rule asks for one.

    `ref` is None until it is created; then `trouble` may tell agents why. `linked` is the thread whose address it
    has, or gets by an effect that is decided. `status` is the last known status, None until then, and `word` the ticket
    system's own word for it, where it gave one. `read_at` is the time of the last reading, `comments` are the ids of
    the comments that were read then. `polls` counts how often polling was started or stopped; only what was scheduled
    last is in force.
    """

    wanted: bool = True
    ref: TicketRef | None = None
    linked: str | None = None
    trouble: str | None = None
    status: TicketStatus | None = None
    word: str | None = None
    read_at: float | None = None
    comments: tuple[str, ...] = ()
    polls: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class EmployeeNotices:
    """The notices to the employee. `text` is the policy's own sentence about the handover, if it has one.

    `handover_told`: they know that a person was brought in. `relay_told`: they know that their messages are relayed.
    `unreached`: they were told to contact the agents another way, because the handoff channel cannot be used.
    `current` is the effect that posted the notice with the buttons they have now: that they need no person or, once it
    is resolved, whether or how well that solved it. `matter_asked`: the notice about the handover asks them what it is
    about.
    """

    text: str | None = None
    matter_asked: bool = False
    handover_told: bool = False
    relay_told: bool = False
    unreached: bool = False
    current: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The agent who owns a handoff. Those who have `joined` talk to the employee as well.

    While it waits for the employee, `waits_until` is the time of the reminder to them or, once they are `reminded`, of
    its end; None: they get none, or it never ends.
    """

    by: str
    at: float
    joined: tuple[str, ...] = ()
    waits_until: float | None = None
    reminded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """The end of a handoff. `by` None: it has not ended, or not by a person here. `text`: the agent's words.

    `withdrawn`: the employee needs no person. `timed_out`: they have not replied. `unanswered`: it was handed back
    while the employee waited for an answer, which the assistant has not given yet.

    `question` is what the employee can answer now; None: nothing was asked, or the answer is final. `solved` is their
    answer whether it is solved; None: they have not said, or neither. `score` is their score, pressed or written at
    `scored_at` by the surface's clock. Both outlast a reopening.
    """

    by: str | None = None
    at: float | None = None
    outcome: Outcome | None = None
    handed_back: bool = False
    withdrawn: bool = False
    timed_out: bool = False
    unanswered: bool = False
    question: SolvedQuestion | None = None
    solved: bool | None = None
    score: Score | None = None
    scored_at: float | None = None
    text: str | None = None

    @property
    def is_answered(self) -> bool:
        """Returns whether the employee has said if, or how well, it is solved."""
        return self.solved is not None or self.score is not None

    @property
    def closed_by_employee(self) -> bool:
        """True if the employee has closed it: an agent who resolves it always names an outcome."""
        return self.by is not None and self.at is not None and self.outcome is None and not self.handed_back

    @property
    def ended_by_employee(self) -> bool:
        """Returns whether the employee has withdrawn or closed it."""
        return self.withdrawn or self.closed_by_employee

    def state_name(self, state: HandoffState) -> str:
        """Returns the name of the handoff's state, which says more than the state about how it has ended."""
        if self.withdrawn:
            return "withdrawn"
        if self.timed_out:
            return "timed_out"
        if state is HandoffState.RESOLVED and self.closed_by_employee:
            return "closed"
        return "handed_back" if self.handed_back else state.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Reveal:
    """The agent who last saw the question as it was before redaction, and when."""

    by: str
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Handoff:
    """A conversation before people. `thread` is the card's message in the handoff channel, once it is posted.

    `lost_card`: a card of it was deleted; the threads of such cards are in `moved_threads`. An open one with a
    `resolution.by` was resolved before the employee wrote again. `agent_session` is the assistant's session for
    questions of agents, while there is one. `answer_by` is the reply target, where the policy has one for the priority.
    """

    id: str
    number: int
    conversation_id: str
    question_id: str | None
    answer_id: str | None
    state: HandoffState = HandoffState.OPEN
    priority: str
    grounds: Grounds
    place: ChannelAddress
    thread: str | None = None
    lost_card: bool = False
    ticket: HandoffTicket = HandoffTicket()
    notices: EmployeeNotices = EmployeeNotices()
    claim: Claim | None = None
    resolution: Resolution = Resolution()
    reveal: Reveal | None = None
    agent_session: str | None = None
    revision: int = 1
    opened_at: float
    answer_by: float | None = None

    @property
    def surface(self) -> str:
        """The surface on which people take it over."""
        return self.place.surface

    @property
    def channel(self) -> str:
        """The handoff channel in which it is."""
        return self.place.channel

    def thread_address(self, root: str) -> ThreadAddress:
        """Returns the address of the thread below a card of it, with the id of the card's message."""
        return ThreadAddress(surface=self.surface, channel=self.channel, thread=root)

    @property
    def name(self) -> str:
        """The name of the handoff: its ticket's number, or its own as long as there is none."""
        number = self.ticket.ref.number if self.ticket.ref else ""
        return number or f"HD-{self.number}"

    @property
    def hidden(self) -> bool:
        """True where its question is hidden, as described at `Grounds`."""
        return self.grounds.hidden

    @property
    def state_name(self) -> str:
        """The name of its state, as `Resolution.state_name` has it."""
        return self.resolution.state_name(self.state)

    @property
    def claimed_by(self) -> str | None:
        """The agent who owns it, or who owned it when it was resolved."""
        return self.claim.by if self.claim else None

    @property
    def has_agent(self) -> bool:
        """Returns whether an agent has it, perhaps one who waits for the employee."""
        return self.state in (HandoffState.CLAIMED, HandoffState.PENDING)

    def is_worked_by(self, person: str) -> bool:
        """Returns whether this person has claimed or joined the handoff."""
        if not self.has_agent or self.claim is None:
            return False
        return person == self.claim.by or person in self.claim.joined

    @property
    def due(self) -> float | None:
        """The time by which it is to be claimed; None if it is, or if there is no target."""
        return self.answer_by if self.state is HandoffState.OPEN else None

    def is_late(self, now: float) -> bool:
        """Returns whether it is unclaimed past its reply target."""
        return self.state is HandoffState.OPEN and self.answer_by is not None and self.answer_by <= now


LONGEST_ON_CARD = 300
"""Characters of a question, an answer or a resolution on a card; *Show all* opens the rest."""

LONGEST_UNPOSTED = 2_500
"""Characters. A longer question or answer is also posted in full in the card's thread, where retention spares it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CardAnswer:
    """The assistant's answer on a card. `drafted`: it is a draft in the thread. A verdict is `role:rating:person`."""

    id: str
    text: SafeText
    shown_to_employee: bool
    drafted: bool = False
    confidence: str
    request_id: str
    verdicts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CardTicket:
    """The ticket on a card, as in `HandoffTicket`. `given_up`: it is not created, and creating it is not retried."""

    wanted: bool
    ref: TicketRef | None = None
    trouble: str | None = None
    given_up: bool = False
    status: SafeText | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """The content of a handoff's card.

    `answer_awaited`: the question has no answer yet. `revealable`: there is a question, whose words before redaction
    an agent may see. `late`: it is unclaimed past `answer_by`, its reply target. `replaces_deleted`: the card before
    it was deleted. A hidden one has nobody's words in it.
    """

    handoff_id: str
    name: str
    revision: int
    state: HandoffState
    priority: str
    employee: str
    session_id: str
    question: SafeText
    revealable: bool = False
    answer: CardAnswer | None
    answer_awaited: bool = True
    grounds: Grounds
    ticket: CardTicket
    claim: Claim | None
    resolution: Resolution
    resolution_text: SafeText | None = None
    reveal: Reveal | None = None
    answer_by: float | None = None
    late: bool = False
    replaces_deleted: bool = False

    @property
    def hidden(self) -> bool:
        """True where the question is hidden, as described at `Grounds`."""
        return self.grounds.hidden

    @property
    def has_long_text(self) -> bool:
        """Returns whether the question or the answer is posted in full in the card's thread."""
        answer = self.answer.text if self.answer else ""
        return max(len(self.question), len(answer)) > LONGEST_UNPOSTED
