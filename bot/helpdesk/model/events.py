"""Inbox events: everything that comes in from a chat surface or a ticket system, and the outcome of accepting it.

`sent_at` is the time of a message by the surface's clock, in Unix seconds. Ids of messages have no order.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import get_args

from bot.helpdesk.model.article import ArticleTransition
from bot.helpdesk.model.chat import Address, ChannelAddress, Identifier, SharedFile, ThreadAddress
from bot.helpdesk.model.conversation import Rating
from bot.helpdesk.model.handoff import Outcome, Score, Transition
from bot.helpdesk.model.home import Filter


class Button(enum.StrEnum):
    """A button that is neither a transition of a handoff nor a verdict."""

    PERSON = "person"
    ASK_AGAIN = "ask_again"
    ACCEPT_OFFER = "ask_a_colleague"
    OPEN_ANOTHER = "open_another"
    WHY = "why"
    SOLVED = "solved"
    NOT_SOLVED = "not_solved"
    REOPEN_MINE = "reopen_mine"
    ALL_GOOD = "all_good"
    SEND_DRAFT = "send_draft"
    EDIT_DRAFT = "edit_draft"
    REVEAL = "reveal"
    EXPLAIN = "explain"
    SHOW_ALL = "show_all"
    CLAIM_AND_SEND = "claim_and_send"
    SEND = "send"
    REOPEN_AND_SEND = "reopen_and_send"
    KEEP_INTERNAL = "keep_internal"
    RETRY_TICKET = "retry_ticket"
    SHOW_ARTICLE = "show_article"
    NEXT_GAP = "next_gap"
    PREVIOUS_GAP = "previous_gap"
    WRITE_ARTICLE = "write_article"
    NOT_A_GAP = "not_a_gap"
    SNOOZE_GAP = "snooze_gap"
    TAKE_BACK_GAP = "take_back_gap"


Control = Button | Transition | Rating | Score | ArticleTransition
"""Everything that can be pressed. A rating is about the answer; who presses decides whose verdict it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageReceived:
    """A message was written. `direct`: to the bot alone; otherwise in a thread of a channel the bot is in.

    `wordless`: nothing in `text` reads as a question (only emoji, say), though a person may understand it.
    `after_resolution`: it was written below a resolved handoff, and stays there even if that is open again by now.
    `external`: the author is of another company. `unverified`: they may be an app, or of elsewhere, which only the
    directory can tell. Whatever a person does is marked so.
    """

    workspace: str
    address: Address
    author: str
    text: str
    attached: tuple[SharedFile, ...] = ()
    wordless: bool = False
    sent_at: float
    direct: bool
    external: bool = False
    after_resolution: bool = False
    unverified: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageEdited:
    """A message was edited: `text` is its new text, `attached` are the files it lists now. `sent_at` is its own time.

    `only_files`: the text is unchanged. `was_wordless`: before the edit, nothing in it read as a question.
    `restored`: it was deleted, and is there again.
    """

    workspace: str
    address: Address
    author: str
    text: str
    attached: tuple[SharedFile, ...] = ()
    sent_at: float
    direct: bool
    external: bool = False
    only_files: bool = False
    was_wordless: bool = False
    restored: bool = False
    unverified: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FileDeleted:
    """A file was deleted, wherever it was shown. `file` is its id on the surface."""

    workspace: str
    surface: str
    file: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageDeleted:
    """A message was deleted. The thread of its address is empty where it is unknown.

    `ours`: it was a message of the bot, which somebody else has deleted.
    """

    workspace: str
    address: Address
    direct: bool
    ours: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed:
    """A button was pressed. `subject` is the opaque id it carries; `trigger` allows one form for a short time.

    A button that the surface itself shows carries none: an empty subject is found by the address, whose message is
    empty if the surface does not tell it.

    `pressed_at` is the time of the press by the surface's clock: it orders two presses however late one of them
    arrives. `chosen` is the person picked from a menu of people, `text` what was written, in the form that an earlier
    press has opened. `edition` is that of the article whose card it was pressed on, or the position of the gap that the
    queue showed. `private`: the message is visible
    to this person only, and this is the address at which it can be removed for a short time. `home`: it was pressed on
    the home, which has this filter; `address` is then the root of the thread that it is about.
    """

    workspace: str
    address: Address
    person: str
    button: Control
    subject: str
    trigger: str
    at: float
    direct: bool
    external: bool = False
    unverified: bool = False
    pressed_at: float
    chosen: str | None = None
    text: str = ""
    edition: int | None = None
    private: str | None = None
    home: Filter | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonGiven:
    """The form about what was wrong with an answer was sent. `subject` is the answer's id.

    `address` is the message that shows the answer, where the form is the surface's own and `subject` is empty.
    """

    workspace: str
    surface: str
    person: str
    subject: str
    text: str
    external: bool = False
    unverified: bool = False
    address: Address | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolutionGiven:
    """The resolution form was sent. `subject` is the handoff's id; `text` may be empty."""

    workspace: str
    surface: str
    person: str
    subject: str
    text: str
    outcome: Outcome
    as_reference: bool
    external: bool = False
    unverified: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleWritten:
    """The form of an article was sent. `subject` is the article's id, `text` the answer.

    `edition` is the one on which the form was opened.
    """

    workspace: str
    surface: str
    person: str
    subject: str
    title: str
    question: str
    text: str
    category: str
    edition: int
    external: bool = False
    unverified: bool = False

    @property
    def is_complete(self) -> bool:
        """Returns whether nothing is missing but the category."""
        return all(words.strip() for words in (self.title, self.question, self.text))


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageMarked:
    """A person marked a message as the beginning of an article. The thread of its address is not known.

    Whoever marks may be a bot.
    """

    workspace: str
    address: Address
    person: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CalledInGroup:
    """A person called the bot in a conversation of several people, which it does not join.

    Nothing of what they wrote is kept.
    """

    workspace: str
    address: Address
    person: str
    external: bool = False
    unverified: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StopPressed:
    """The employee pressed the surface's own Stop button while the assistant was working."""

    workspace: str
    thread: ThreadAddress
    person: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LookupRequested:
    """A person asked what belongs to `identifiers`, which the surface has read.

    `public`: the bot was mentioned, and they are in the text. Otherwise it is a private lookup of `message`, and they
    are those of that message and its thread.
    """

    workspace: str
    address: Address
    person: str
    identifiers: tuple[Identifier, ...]
    sent_at: float
    public: bool
    external: bool = False
    unverified: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeOpened:
    """A person opened the home, chose a filter of its queue, or searched on it."""

    workspace: str
    surface: str
    person: str
    filter: Filter
    external: bool = False
    unverified: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchOpened:
    """A person pressed *Search* on the home, which has this filter. `trigger` allows one form for a short time."""

    workspace: str
    surface: str
    person: str
    trigger: str
    at: float
    filter: Filter
    external: bool = False
    unverified: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AppInstalled:
    """A person was given the app. `place` is their direct message with it, in which nobody has written yet."""

    workspace: str
    place: ChannelAddress
    person: str
    external: bool = False
    unverified: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicStarted:
    """An employee begins a new topic, by a command, in a direct message that has no threads."""

    workspace: str
    address: Address
    person: str
    sent_at: float
    external: bool = False
    unverified: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketChanged:
    """The ticket system reported a change of a ticket. The change itself is read from the ticket system."""

    system: str
    ticket: str


FromPeople = (
    MessageReceived
    | MessageEdited
    | MessageDeleted
    | FileDeleted
    | Pressed
    | ReasonGiven
    | ResolutionGiven
    | ArticleWritten
    | MessageMarked
    | CalledInGroup
    | StopPressed
    | LookupRequested
    | HomeOpened
    | SearchOpened
    | AppInstalled
    | TopicStarted
)
Event = FromPeople | TicketChanged

KINDS: dict[str, type[Event]] = {kind.__name__: kind for kind in get_args(Event)}


def address_of(event: Event) -> Address | None:
    """Returns the message that an event is about; None if it is about none."""
    match event:
        case MessageReceived() | MessageEdited() | MessageDeleted() | Pressed() | LookupRequested() | MessageMarked():
            return event.address
        case TopicStarted() | CalledInGroup():
            return event.address
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxEntry:
    """An event on its way into the store.

    `key` is the event's identity. `dedup_key`, where the surface gives one, is a second one: one act of a person may
    arrive under two keys. `lane` orders the events of one place.
    """

    key: str
    dedup_key: str | None = None
    lane: str
    event: Event


@dataclass(frozen=True, slots=True)
class FormRefused:
    """Nothing was accepted, and the form stays open. `text` says what is wrong with the words in it."""

    text: str


InlineResponse = FormRefused
"""What a surface may have to answer in the acknowledgement itself, decided in the accepting transaction.

A surface on which a note or a form is the response to a press gets it from here: such a kind is added to this union
together with that surface. It can say only what the database knows, because nothing outside is asked meanwhile.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """The outcome of accepting. `is_new`: something was stored that was not known yet.

    `response` is what the surface answers with its acknowledgement, None if that is all it has to say.
    """

    is_new: bool = False
    response: InlineResponse | None = None
