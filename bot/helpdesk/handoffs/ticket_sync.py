"""Changes made in the ticket system: shown on the card and in the thread, and relayed to the employee.

Our own changes never count: the adapter leaves our comments out, and a status that we set is recorded before it is
read.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from bot.helpdesk import messages
from bot.helpdesk.handoffs.card import refresh_card, status_in_words
from bot.helpdesk.handoffs.notify import close_notice, employee_thread, load, log_event, post_to_thread
from bot.helpdesk.handoffs.pending import record_reply
from bot.helpdesk.handoffs.tickets import read_ticket
from bot.helpdesk.handoffs.transitions import resolve_with_ticket
from bot.helpdesk.lanes import Lane
from bot.helpdesk.messages import Message, Translator
from bot.helpdesk.model.content import AgentMessage
from bot.helpdesk.model.conversation import Conversation
from bot.helpdesk.model.effects import PostMessage, SetTicketStatus
from bot.helpdesk.model.handoff import Handoff, HandoffState, TicketChanges, TicketComment, TicketStatus, Transition
from bot.helpdesk.model.history import TimelineEvent
from bot.helpdesk.redaction import SafeText, redact, shorten
from bot.helpdesk.text import legible
from bot.helpdesk.unit_of_work import UnitOfWork

OVERLAP = 600.0
"""Seconds by which each reading overlaps the last one: clocks differ, and a search index may lag."""

_ENDED = (TicketStatus.SOLVED, TicketStatus.CLOSED)
_TO_BE_EXPECTED = (TicketStatus.NEW, TicketStatus.OPEN)
_LONGEST = 10_000
_LONGEST_WORD = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketSnapshot:
    """A reading of a ticket: its result, the time it began, and the status that was known then.

    `by_employee` are the comments that the employee wrote there.
    """

    news: TicketChanges
    began_at: float
    known_status: TicketStatus | None
    by_employee: frozenset[str] = frozenset()


def comments_since(handoff: Handoff) -> float:
    """Returns the time from which comments are to be read, in Unix seconds."""
    return (handoff.ticket.read_at or handoff.opened_at) - OVERLAP


def record_snapshot(uow: UnitOfWork, handoff_id: str, snapshot: TicketSnapshot) -> Handoff | None:
    """Records a reading. Returns the handoff as saved; None if it no longer exists."""
    found = load(uow, handoff_id)
    if found is None:
        return None
    handoff, conversation = found
    for comment in snapshot.news.comments:
        if comment.id not in handoff.ticket.comments:
            _handle_comment(uow, conversation, handoff, comment, by_employee=comment.id in snapshot.by_employee)
            # A relayed comment removes the employee's button; one of theirs may be the reply that was waited for.
            handoff = uow.tx.handoffs.get(handoff_id) or handoff
    handoff = _record_comments(uow, handoff, snapshot)
    if handoff.ticket.status is not snapshot.known_status or uow.tx.effects.is_unsettled(SetTicketStatus, handoff.id):
        # The status was changed meanwhile, by us or by another reading: this one may be outdated.
        read_ticket(uow, handoff)
        return handoff
    return _handle_status(uow, conversation, handoff, snapshot.news)


def record_poll(uow: UnitOfWork, handoff_id: str, snapshot: TicketSnapshot) -> None:
    """Records the reading of a poll if the ticket has a new status or new comments. Otherwise it writes nothing."""
    handoff = uow.tx.handoffs.get(handoff_id)
    if handoff is not None and _has_changes(handoff, snapshot.news):
        record_snapshot(uow, handoff_id, snapshot)


def _has_changes(handoff: Handoff, news: TicketChanges) -> bool:
    if (news.status, _word(news)) != (handoff.ticket.status, handoff.ticket.word):
        return True
    return any(comment.id not in handoff.ticket.comments for comment in news.comments)


def _record_comments(uow: UnitOfWork, handoff: Handoff, snapshot: TicketSnapshot) -> Handoff:
    """Stores which comments were read. A later reading finds only these again, or newer ones."""
    ids = tuple(comment.id for comment in snapshot.news.comments)
    known = handoff.ticket
    if known.read_at is None or snapshot.began_at >= known.read_at:
        ticket = replace(known, read_at=snapshot.began_at, comments=ids)
    else:
        ticket = replace(known, comments=tuple(dict.fromkeys((*known.comments, *ids))))
    handoff = replace(handoff, ticket=ticket)
    uow.tx.handoffs.save(handoff)
    return handoff


# Comments.


class _Route(enum.Enum):
    """The route of a comment. KEPT: the employee may read it, but no agent has the conversation."""

    PRIVATE = enum.auto()
    BY_EMPLOYEE = enum.auto()
    PASSED_ON = enum.auto()
    KEPT = enum.auto()


_INTRODUCTIONS: Mapping[_Route, Callable[[str], Message]] = {
    _Route.PRIVATE: messages.agents.private_comment,
    _Route.BY_EMPLOYEE: messages.agents.comment_of_employee,
    _Route.PASSED_ON: messages.agents.comment_passed_on,
    _Route.KEPT: messages.agents.comment_kept,
}


def _handle_comment(
    uow: UnitOfWork, conversation: Conversation, handoff: Handoff, comment: TicketComment, *, by_employee: bool
) -> None:
    """Shows a comment to the agents and, while one of them has the conversation, relays a public one."""
    key = f"comment:{handoff.id}:{comment.id}"
    if uow.tx.effects.of_key(key) is not None:
        return
    route = _route_of(handoff, comment, by_employee=by_employee)
    introduction = _INTRODUCTIONS[route](_author(uow.agents, comment))
    post_to_thread(uow, handoff, introduction, key=key, words=_shown(uow.agents, comment))
    log_event(uow, handoff, TimelineEvent.TICKET_COMMENT, person=None, detail=comment.id)
    if route is _Route.PASSED_ON:
        _relay_comment(uow, conversation, handoff, comment)
    elif route is _Route.BY_EMPLOYEE:
        record_reply(uow, conversation, handoff)


def _route_of(handoff: Handoff, comment: TicketComment, *, by_employee: bool) -> _Route:
    if not comment.public:
        return _Route.PRIVATE
    if by_employee:
        return _Route.BY_EMPLOYEE
    return _Route.PASSED_ON if handoff.has_agent else _Route.KEPT


def _author(reader: Translator, comment: TicketComment) -> str:
    """Returns the author's name on one line, so that it cannot pose as a sentence of the desk."""
    return " ".join(legible(comment.author or "").split()) or reader(messages.agents.SOMEBODY)


def _shown(reader: Translator, comment: TicketComment) -> SafeText:
    words = redact(legible(comment.text).strip() or reader(messages.agents.NO_WORDS_IN_COMMENT))
    return shorten(words, _LONGEST, reader(messages.agents.REST_ON_TICKET))


def _relay_comment(uow: UnitOfWork, conversation: Conversation, handoff: Handoff, comment: TicketComment) -> None:
    log_event(uow, handoff, TimelineEvent.RELAYED, person=None, detail=comment.id)
    reader = uow.translator_of(conversation)
    words = AgentMessage(
        author="", name=_author(reader, comment), text=_shown(reader, comment), language=reader.language
    )
    uow.effect(
        PostMessage(content=words, to=employee_thread(uow, conversation)),
        key=f"comment_to_employee:{handoff.id}:{comment.id}",
        lane=Lane.TALK.of(conversation.id),
        subject=handoff.id,
    )
    close_notice(uow, handoff)


# The status.


def _handle_status(uow: UnitOfWork, conversation: Conversation, handoff: Handoff, news: TicketChanges) -> Handoff:
    """Shows a new status of the ticket, and applies the policy's transition to the handoff."""
    before = handoff.ticket.status
    word = _word(news)
    if (before, handoff.ticket.word) == (news.status, word):
        return handoff
    handoff = refresh_card(uow, replace(handoff, ticket=replace(handoff.ticket, status=news.status, word=word)))
    if before is news.status or (before is None and news.status in _TO_BE_EXPECTED):
        return handoff
    log_event(uow, handoff, TimelineEvent.TICKET_MOVED, person=None, detail=news.status)
    follows = uow.config.policy.tickets.follow and news.status in _ENDED and handoff.state is not HandoffState.RESOLVED
    _post_status_change(uow, handoff, before, follows=follows)
    return resolve_with_ticket(uow, conversation, handoff, news.status) if follows else handoff


def _post_status_change(uow: UnitOfWork, handoff: Handoff, before: TicketStatus | None, *, follows: bool) -> None:
    assert handoff.ticket.status is not None
    sentence, offers = _sentence_for_move(handoff, before, follows=follows)
    words = sentence(status_in_words(handoff.ticket.status, handoff.ticket.word))
    key = f"ticket_moved:{handoff.id}:{handoff.revision}"
    post_to_thread(uow, handoff, words, key=key, offers=offers)


def _sentence_for_move(
    handoff: Handoff, before: TicketStatus | None, *, follows: bool
) -> tuple[Callable[[str], Message], Transition | None]:
    """Returns the sentence about the ticket's new status, and the transition that is offered with it."""
    ended = handoff.ticket.status in _ENDED
    resolved = handoff.state is HandoffState.RESOLVED
    if follows:
        return messages.agents.ticket_moved_and_resolves, None
    if ended and not resolved:
        return messages.agents.ticket_ended, Transition.RESOLVE
    if before in _ENDED and not ended:
        return messages.agents.ticket_reopened, Transition.REOPEN if resolved else None
    return messages.agents.ticket_moved, None


def _word(news: TicketChanges) -> str | None:
    """Returns the ticket system's own word for the status, where it differs from ours."""
    word = " ".join(legible(news.raw).split())[:_LONGEST_WORD]
    return word if word and word.casefold() != news.status.value else None


def record_set_status(uow: UnitOfWork, handoff_id: str, status: TicketStatus) -> None:
    """Records a status that we have set ourselves, so that it is not taken for a change when it is read."""
    handoff = uow.tx.handoffs.get(handoff_id)
    if handoff is not None and (handoff.ticket.status, handoff.ticket.word) != (status, None):
        refresh_card(uow, replace(handoff, ticket=replace(handoff.ticket, status=status, word=None)))


def record_ticket_gone(uow: UnitOfWork, handoff_id: str) -> None:
    """Tells the agents that the ticket no longer exists in the ticket system."""
    handoff = uow.tx.handoffs.get(handoff_id)
    if handoff is not None:
        post_to_thread(uow, handoff, messages.agents.TICKET_GONE, key=f"ticket_gone:{handoff_id}", once=True)
