"""Contents of messages, frozen when they are decided. One class for each appearance on the chat surface.

Texts are rendered in the reader's `language` already; the surface adds its buttons in the same one. What agents read is
in the language of the policy.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.helpdesk.model.article import ArticleCard
from bot.helpdesk.model.chat import ENGLISH
from bot.helpdesk.model.conversation import Source
from bot.helpdesk.model.gap import GapCard
from bot.helpdesk.model.handoff import Card, Score, Transition
from bot.helpdesk.model.review import ReviewCharts
from bot.helpdesk.redaction import SafeText

# For employees.


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerPart:
    """One message of an answer. The last part shows the sources, and has the buttons and the `line` below them."""

    answer_id: str
    text: str
    part: int
    parts: int
    line: str | None = None
    sources: tuple[Source, ...] = ()
    ask_why: bool = False
    language: str = ENGLISH

    @property
    def last(self) -> bool:
        """Returns whether this part ends the answer."""
        return self.part == self.parts


@dataclass(frozen=True, slots=True, kw_only=True)
class EmployeeNotice:
    """A text of the bot for the employee.

    `person` replaces `{person}` in the text, and an agent's `words` replace `{words}`, on a line of their own.

    Buttons: `offer` is the conversation for which the employee can request a person; `asks` the handoff of which they
    can say whether it is solved; `scores` the one of which they can say how well it is solved, with the `score` that
    they have given it; `withdraws` the handoff that they can withdraw; `reopens` their message for which they can
    reopen the handoff; `offers` and `another` the decision that they can confirm. The notice is posted only while the
    question `while_waiting` has no answer.
    """

    text: str
    person: str | None = None
    words: str | None = None
    offer: str | None = None
    asks: str | None = None
    scores: str | None = None
    score: Score | None = None
    withdraws: str | None = None
    reopens: str | None = None
    offers: str | None = None
    another: str | None = None
    while_waiting: str | None = None
    language: str = ENGLISH


@dataclass(frozen=True, slots=True, kw_only=True)
class ContinuationNotice:
    """The first message of a conversation's new thread, which replaces the thread `gone`."""

    conversation_id: str
    gone: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentMessage:
    """The words of an agent, relayed to the employee. `author` is the agent's id on the chat surface.

    The author of a ticket comment has no such id and no relay, only a `name` to show. `revision` is that of the relay.
    """

    author: str
    text: str
    relay_id: str | None = None
    revision: int = 1
    name: str | None = None
    language: str = ENGLISH


@dataclass(frozen=True, slots=True, kw_only=True)
class SentDraft:
    """One part of a draft that an agent sends to the employee under their own name."""

    author: str
    text: str
    language: str = ENGLISH


# For one person.


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedPlace:
    """A channel, or the handoff of this `name` in it, whose card is `message`; None while it has no card."""

    channel: str
    name: str | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonalNotice:
    """A text of the bot for one person alone. `person` replaces `{person}` in it, and a link to `place` `{place}`.

    `relay_id` is a message that the reader can relay to the employee or keep internal, with buttons. `claims`: relaying
    it claims its handoff. `reopens`: relaying it reopens its handoff.
    """

    text: str
    person: str | None = None
    place: LinkedPlace | None = None
    relay_id: str | None = None
    claims: bool = True
    reopens: bool = False
    language: str = ENGLISH


# For agents.


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentNotice:
    """A text of the bot in a handoff's thread.

    `person` replaces `{person}` in the text and is notified; the name of `by`, who is not notified, replaces `{by}`;
    `words` replace `{words}`. `on_call` is the policy's id of a group that is notified. `offers` is the transition that
    a button offers, if it is still allowed when pressed.
    """

    handoff_id: str
    text: SafeText
    person: str | None = None
    by: str | None = None
    words: SafeText | None = None
    on_call: str | None = None
    offers: Transition | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EmployeeMessage:
    """The words of the employee in a handoff's thread. `text` is None once they have deleted the message.

    `hidden`: agents read the words through *Reveal*; `text` is empty.
    """

    relay_id: str
    revision: int
    author: str
    text: SafeText | None
    edited: bool = False
    hidden: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftFoot:
    """The lines below a draft: its answer, the confidence, the sources, the verdicts, and who sent it.

    `sent_edited`: an edited version was sent.
    """

    answer_id: str
    confidence: str
    sources: tuple[Source, ...] = ()
    verdicts: tuple[str, ...] = ()
    sent_by: str | None = None
    sent_edited: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftPart:
    """One message of a draft, which only agents see. The last part has a `foot`."""

    text: SafeText
    asked_by: str | None = None
    foot: DraftFoot | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FullAnswer:
    """One message of an answer that the employee has, and that is too long for the card."""

    text: SafeText


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmMessage:
    """A problem that people must fix, as an alarm's message shows it. `over_at` is when its cause was gone."""

    alarm_id: str
    revision: int
    text: SafeText
    count: int
    since: float
    over_at: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestFigure:
    """A figure of the review: its lines, and its definition in small print."""

    label: SafeText
    lines: tuple[SafeText, ...]
    definition: SafeText


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewDigest:
    """The weekly review in its channel. A picture of the `charts` follows, where they can be drawn."""

    digest_id: str
    title: SafeText
    figures: tuple[DigestFigure, ...]
    gaps: DigestFigure
    changes: DigestFigure
    charts: ReviewCharts | None = None


ForEmployee = AnswerPart | EmployeeNotice | ContinuationNotice | AgentMessage | SentDraft
"""Contents that the employee reads."""

ForAgents = (
    Card | AgentNotice | EmployeeMessage | DraftPart | FullAnswer | AlarmMessage | ArticleCard | ReviewDigest | GapCard
)
"""Contents that agents read in a handoff channel, or in that of the review."""

Content = ForEmployee | ForAgents
"""Everything that can be posted."""

Updatable = AnswerPart | EmployeeNotice | AgentMessage | EmployeeMessage | DraftPart | AlarmMessage
"""Contents that replace those of a posted message.

Cards are updated by `RefreshCard`, `RefreshArticle` and `RefreshGapQueue`, with what is current then."""
