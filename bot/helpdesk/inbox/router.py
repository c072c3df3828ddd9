"""The way of an event: stored before it is acknowledged, then routed to its use case once `permissions` allows it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.helpdesk import messages
from bot.helpdesk.answering.consultation import handle_consultation, handle_consultation_edit
from bot.helpdesk.answering.questions import (
    handle_deletion,
    handle_edit,
    handle_message,
    repeat_question,
    stop,
)
from bot.helpdesk.answering.topics import begin_topic, greet
from bot.helpdesk.answering.verdicts import rate, record_reason
from bot.helpdesk.handoffs.card import reveal, show_all
from bot.helpdesk.handoffs.drafts import edit_draft, mark_draft, send_draft
from bot.helpdesk.handoffs.explaining import explain_handoff
from bot.helpdesk.handoffs.handback import hand_back
from bot.helpdesk.handoffs.note_prefixes import is_question
from bot.helpdesk.handoffs.notify import open_form, send_private_note, send_private_note_to
from bot.helpdesk.handoffs.pending import wait_for_employee
from bot.helpdesk.handoffs.person_requests import accept_offer, ask_for_person
from bot.helpdesk.handoffs.relay import handle_agent_message, handle_relay_choice
from bot.helpdesk.handoffs.relay_copies import handle_file_deletion
from bot.helpdesk.handoffs.relay_edits import (
    as_written,
    handle_agent_deletion,
    handle_agent_edit,
    handle_employee_deletion,
    handle_employee_edit,
    update_employee_files,
)
from bot.helpdesk.handoffs.reopening import handle_edit_after_resolution, handle_reopen_choice
from bot.helpdesk.handoffs.replacement import handle_card_deletion
from bot.helpdesk.handoffs.resolution import close_request, handle_feedback, handle_resolution, handle_score, withdraw
from bot.helpdesk.handoffs.tickets import handle_ticket_change, retry_ticket
from bot.helpdesk.handoffs.transition_table import TRANSITIONS
from bot.helpdesk.handoffs.transitions import move
from bot.helpdesk.inbox.lookups import handle_lookup, open_search, show_home
from bot.helpdesk.inbox.refusals import refuse
from bot.helpdesk.inbox.subjects import with_subject
from bot.helpdesk.messages import Message
from bot.helpdesk.model.article import ArticleTransition
from bot.helpdesk.model.audit import AuditAct, AuditedPerson, AuditEntry
from bot.helpdesk.model.content import LinkedPlace
from bot.helpdesk.model.conversation import Answer, Rating, Role
from bot.helpdesk.model.effects import Form
from bot.helpdesk.model.events import (
    Acceptance,
    AppInstalled,
    ArticleWritten,
    Button,
    Event,
    FileDeleted,
    FormRefused,
    HomeOpened,
    InboxEntry,
    InlineResponse,
    LookupRequested,
    MessageDeleted,
    MessageEdited,
    MessageMarked,
    MessageReceived,
    Pressed,
    ReasonGiven,
    ResolutionGiven,
    SearchOpened,
    StopPressed,
    TicketChanged,
    TopicStarted,
)
from bot.helpdesk.model.handoff import Score, Transition
from bot.helpdesk.model.job import Job, JobKind
from bot.helpdesk.model.target import FixedTarget
from bot.helpdesk.permissions import Actor, Case, case_of, place_of, refusal_for, refusal_of
from bot.helpdesk.review.articles import (
    handle_article_press,
    handle_article_written,
    handle_mark,
    is_current,
    show_article,
)
from bot.helpdesk.review.gap_queue import decide_gap, turn_queue, write_article_for_gap
from bot.helpdesk.unit_of_work import UnitOfWork


def accept(uow: UnitOfWork, entries: Sequence[InboxEntry]) -> tuple[Acceptance, list[str | None]]:
    """Stores the entries of one payload and schedules their handling. Stores nothing of a refused form.

    Returns with the outcome the id of each entry, None for one that was known.
    """
    for entry in entries:
        if (response := _response_to(uow, entry.event)) is not None:
            return Acceptance(response=response), []
    ids = [_begin_or_enqueue(uow, entry) for entry in entries]
    return Acceptance(is_new=any(id is not None for id in ids)), ids


def _begin_or_enqueue(uow: UnitOfWork, entry: InboxEntry) -> str | None:
    if (begun := uow.tx.inbox.begin(entry, uow.now, alone=_may_join(uow, entry.event))) is not None:
        return begun
    if (added := uow.tx.inbox.add(entry, uow.now)) is not None:
        uow.tx.jobs.enqueue(Job(kind=JobKind.EVENT, ref=added, lane=entry.lane))
    return added


def accept_and_handle(uow: UnitOfWork, entry: InboxEntry, event: MessageReceived) -> str | None:
    """Stores a message and handles it in the same transaction, if nothing waits that comes before it.

    Returns the id of the entry; None if nothing was stored, because it waits or is known.
    """
    id = uow.tx.inbox.add_handled(entry, uow.now, alone=_may_join(uow, event))
    if id is not None:
        handle(replace(uow, trace=id), event, frozenset())
    return id


def _may_join(uow: UnitOfWork, event: Event) -> bool:
    """Returns whether a message may join the open conversation of its channel.

    Two of them handled at the same moment would begin two conversations instead of one.
    """
    if not isinstance(event, MessageReceived) or not event.direct or not event.address.is_root:
        return False
    return uow.config.surface(event.address.surface).joins_open_conversation


def _response_to(uow: UnitOfWork, event: Event) -> InlineResponse | None:
    """Returns what must be answered at once: a form without the words it needs is refused."""
    match event:
        case Pressed(text=text) if text and not text.strip():
            return FormRefused(uow.agents(messages.anyone.NO_WORDS_IN_FORM))
        case ReasonGiven(text=text) if not text.strip():
            return FormRefused(uow.translator_for(event.surface, event.person)(messages.anyone.NO_WORDS_IN_FORM))
        case ResolutionGiven(text=text, as_reference=as_reference) if not text.strip():
            if uow.config.policy.handoffs.resolution_required:
                return FormRefused(uow.agents(messages.anyone.NO_WORDS_IN_FORM))
            return FormRefused(uow.agents(messages.agents.REFERENCE_NEEDS_WORDS)) if as_reference else None
        case ArticleWritten() if not event.is_complete:
            return FormRefused(uow.agents(messages.articles.NEEDS_WORDS))
        case ArticleWritten() if not is_current(uow.tx, event):
            return FormRefused(uow.agents(messages.articles.CHANGED_MEANWHILE))
    return None


def handle(uow: UnitOfWork, event: Event, agents: Collection[str]) -> tuple[str, ...]:
    """Handles an event. `agents` are the people in it whom the server confirms as members of the handoff channel.

    Returns the ids of questions whose calls are no longer needed: stopped, or superseded by an edit.
    """
    if (refusal := refusal_of(uow.config, event)) is not None:
        refuse(uow, event, refusal)
        return ()
    return _handle_admitted(uow, event, agents)


def _handle_admitted(uow: UnitOfWork, event: Event, agents: Collection[str]) -> tuple[str, ...]:
    match event:
        case MessageReceived() | MessageEdited() | MessageDeleted():
            return _handle_message(uow, event)
        case FileDeleted():
            handle_file_deletion(uow, event)
        case Pressed():
            _handle_press(uow, event, agents)
        case ReasonGiven():
            _handle_reason(uow, with_subject(uow, event))
        case ResolutionGiven():
            _handle_resolution(uow, event, event.person in agents)
        case ArticleWritten() | MessageMarked():
            _handle_article(uow, event, event.person in agents)
        case StopPressed():
            return stop(uow, event)
        case TicketChanged():
            handle_ticket_change(uow, event)
        case LookupRequested() | HomeOpened() | SearchOpened() | AppInstalled() | TopicStarted():
            _respond(uow, event)
    return ()


def _respond(uow: UnitOfWork, event: LookupRequested | HomeOpened | SearchOpened | AppInstalled | TopicStarted) -> None:
    """Handles what is answered without a look at a conversation, except for one that a new topic ends."""
    match event:
        case LookupRequested():
            handle_lookup(uow, event)
        case HomeOpened():
            show_home(uow, event.surface, event.person, event.filter)
        case SearchOpened():
            open_search(uow, event)
        case AppInstalled():
            greet(uow, event)
        case TopicStarted():
            begin_topic(uow, event)


def _handle_message(uow: UnitOfWork, event: MessageReceived | MessageEdited | MessageDeleted) -> tuple[str, ...]:
    """Handles a message of an employee or an agent or, if somebody has deleted it, one of the bot."""
    if event.direct:
        return _handle_direct_message(uow, event)
    if isinstance(event, MessageDeleted) and event.ours:
        handle_card_deletion(uow, event)
        return ()
    return _handle_thread_message(uow, event)


def _handle_direct_message(uow: UnitOfWork, event: MessageReceived | MessageEdited | MessageDeleted) -> tuple[str, ...]:
    """Handles a message of an employee in their DM, its edit or its deletion."""
    match event:
        case MessageReceived():
            handle_message(uow, event)
            return ()
        case MessageEdited():
            update_employee_files(uow, event)
            if event.only_files or handle_edit_after_resolution(uow, event):
                return ()
            handle_employee_edit(uow, event)
            return handle_edit(uow, event)
        case MessageDeleted():
            handle_employee_deletion(uow, event)
            return handle_deletion(uow, event)


def _handle_thread_message(uow: UnitOfWork, event: MessageReceived | MessageEdited | MessageDeleted) -> tuple[str, ...]:
    """Handles a message of an agent in a handoff's thread, its edit or its deletion."""
    if isinstance(event, MessageReceived) and is_question(event.text):
        handle_consultation(uow, event)
        return ()
    known = uow.tx.relays.of_message(event.address) is not None
    if isinstance(event, MessageReceived):
        # An edit or a deletion of the message may have come first, and supersedes it.
        if not known:
            handle_agent_message(uow, event)
        return ()
    asked = None if known else uow.tx.questions.of_message(event.address)
    match event:
        case MessageEdited(only_files=True) if asked is not None or is_question(event.text):
            # The assistant reads no files.
            return ()
        case MessageEdited() if asked is not None:
            return handle_consultation_edit(uow, event, asked)
        case MessageEdited() if is_question(event.text) and not known:
            handle_consultation(uow, as_written(event))
        case MessageEdited():
            handle_agent_edit(uow, event)
        case MessageDeleted() if asked is not None:
            return handle_deletion(uow, event)
        case MessageDeleted():
            handle_agent_deletion(uow, event)
    return ()


def _handle_press(uow: UnitOfWork, pressed: Pressed, agents: Collection[str]) -> None:
    _press(uow, pressed, agents)
    if pressed.home is not None:
        show_home(uow, pressed.address.surface, pressed.person, pressed.home)


def _press(uow: UnitOfWork, pressed: Pressed, agents: Collection[str]) -> None:
    pressed = with_subject(uow, pressed)
    if pressed.button is Button.PERSON and not pressed.subject:
        _ask_for_person_in_words(uow, pressed)
        return
    case = case_of(uow.tx, pressed.subject)
    role = role_for(pressed, case)
    place = place_of(uow.tx, pressed)
    actor = Actor(
        surface=pressed.address.surface,
        person=pressed.person,
        place=place,
        member=pressed.person in agents,
    )
    refusal = refusal_for(actor, role, case)
    if refusal is not None:
        send_private_note(uow, pressed, refusal)
        return
    if pressed.chosen is not None and pressed.chosen not in agents:
        send_private_note(uow, pressed, messages.agents.NOT_TO_ASSIGN)
        return
    if role is Role.AGENT and pressed.button not in _TURNS:
        act = AuditAct.REVEALED if pressed.button is Button.REVEAL else AuditAct.PRESSED
        _account_for(uow, pressed, str(pressed.button.value), act=act, chosen=pressed.chosen)
    _handle_permitted_press(uow, pressed, role)


def _ask_for_person_in_words(uow: UnitOfWork, pressed: Pressed) -> None:
    """Handles a wish for a person, with which a conversation begins, as the message that it is for the employee."""
    text = uow.translator_for(pressed.address.surface, pressed.person)(messages.labels.TALK_TO_A_PERSON)
    message = MessageReceived(
        workspace=pressed.workspace,
        address=pressed.address,
        author=pressed.person,
        text=text,
        sent_at=pressed.pressed_at,
        direct=pressed.direct,
        external=pressed.external,
        unverified=pressed.unverified,
    )
    handle_message(uow, message)


def _account_for(
    uow: UnitOfWork,
    event: Pressed | ResolutionGiven | ArticleWritten,
    detail: str,
    *,
    act: AuditAct = AuditAct.PRESSED,
    chosen: str | None = None,
) -> None:
    """Adds an agent's press, or the form that an agent sent, to the audit trail."""
    surface = event.address.surface if isinstance(event, Pressed) else event.surface
    uow.tx.audit.append(
        AuditEntry(
            act=act,
            by=AuditedPerson(surface=surface, id=event.person),
            person=None if chosen is None else AuditedPerson(surface=surface, id=chosen),
            subject=event.subject,
            detail=detail,
        ),
        uow.now,
    )


def _handle_permitted_press(uow: UnitOfWork, pressed: Pressed, role: Role) -> None:
    match pressed.button:
        case Transition() if pressed.button in _TRANSITIONS:
            _TRANSITIONS[pressed.button](uow, pressed)
        case Transition():
            move(uow, pressed, pressed.button)
        case ArticleTransition():
            handle_article_press(uow, pressed, pressed.button)
        case Rating():
            _rate(uow, pressed, role, pressed.button)
        case Score():
            handle_score(uow, pressed, pressed.button)
        case Button():
            _PRESSES[pressed.button].handle(uow, pressed)


def role_for(pressed: Pressed, case: Case | None) -> Role:
    """Returns the role that a press requires. A verdict is the employee's in their DM, elsewhere an agent's."""
    match pressed.button:
        case Transition():
            return TRANSITIONS[pressed.button].by
        case ArticleTransition():
            return Role.AGENT
        case Rating():
            return Role.EMPLOYEE if case is not None and pressed.address.in_channel == case.dm else Role.AGENT
        case Score():
            return Role.EMPLOYEE
        case Button():
            return _PRESSES[pressed.button].by


def _rate(uow: UnitOfWork, pressed: Pressed, role: Role, rating: Rating) -> None:
    answer = _answer_pressed_on(uow, pressed)
    if answer is None:
        return
    if role is Role.EMPLOYEE:
        rate(uow, _seen(uow, answer, pressed), pressed, role, rating)
        return
    # On the card, or on a draft below it, which shows the verdict as the card does.
    rate(uow, answer, pressed, role, rating)
    handoff = uow.tx.handoffs.of_thread(pressed.address)
    if handoff is not None and pressed.address.message != handoff.thread:
        mark_draft(uow, pressed, handoff, answer)


def _answer_pressed_on(uow: UnitOfWork, pressed: Pressed) -> Answer | None:
    answer = uow.tx.answers.get(pressed.subject)
    if answer is None:
        send_private_note(uow, pressed, messages.anyone.GONE)
    return answer


def _seen(uow: UnitOfWork, answer: Answer, pressed: Pressed) -> Answer:
    """Returns the answer with its message: a quick press may come before the outcome of the post is recorded."""
    if answer.posted is not None or not pressed.address.message:
        return answer
    answer = replace(answer, posted=pressed.address.message)
    uow.tx.answers.save(answer)
    return answer


def _open_reason_form(uow: UnitOfWork, pressed: Pressed) -> None:
    if _answer_pressed_on(uow, pressed) is not None:
        open_form(uow, pressed, Form.REASON)


def _send_draft(uow: UnitOfWork, pressed: Pressed) -> None:
    answer = _answer_pressed_on(uow, pressed)
    if answer is not None:
        send_draft(uow, pressed, answer)


def _edit_draft(uow: UnitOfWork, pressed: Pressed) -> None:
    answer = _answer_pressed_on(uow, pressed)
    if answer is not None:
        edit_draft(uow, pressed, answer)


def _handle_reason(uow: UnitOfWork, event: ReasonGiven) -> None:
    case = case_of(uow.tx, event.subject)
    actor = Actor(surface=event.surface, person=event.person)
    refusal = refusal_for(actor, Role.EMPLOYEE, case)
    if refusal is None:
        record_reason(uow, event)
    elif case is not None:
        send_private_note_to(
            uow, event.person, FixedTarget(case.dm.surface, case.dm.channel), refusal, subject=event.subject
        )


def _handle_resolution(uow: UnitOfWork, event: ResolutionGiven, by_agent: bool) -> None:
    handoff = uow.tx.handoffs.get(event.subject)
    if handoff is None:
        return
    actor = Actor(surface=event.surface, person=event.person, place=handoff.channel, member=by_agent)
    refusal = refusal_for(actor, Role.AGENT, case_of(uow.tx, handoff.id))
    if refusal is None:
        _account_for(uow, event, "resolution form")
        handle_resolution(uow, event)
    else:
        _refuse_form(uow, event, FixedTarget(handoff.surface, handoff.channel), refusal)


def _handle_article(uow: UnitOfWork, event: ArticleWritten | MessageMarked, by_agent: bool) -> None:
    """Handles the form of an article, or a mark on a message. A mark of somebody who is no agent means nothing."""
    if isinstance(event, MessageMarked):
        if by_agent:
            handle_mark(uow, event)
        return
    article = uow.tx.articles.get(event.subject)
    if article is None:
        return
    place = article.place
    actor = Actor(surface=event.surface, person=event.person, place=place.channel, member=by_agent)
    refusal = refusal_for(actor, Role.AGENT, case_of(uow.tx, article.id))
    if refusal is None:
        _account_for(uow, event, "article form")
        handle_article_written(uow, event)
    else:
        _refuse_form(uow, event, FixedTarget(place.surface, place.channel), refusal)


def _refuse_form(
    uow: UnitOfWork, event: ResolutionGiven | ArticleWritten, channel: FixedTarget, refusal: Message
) -> None:
    """Tells the person who sent a form why it changes nothing, and names the channel whose members may send it."""
    place = LinkedPlace(channel=channel.channel)
    send_private_note_to(uow, event.person, channel, refusal, subject=event.subject, place=place)


# The use cases of transitions that are more than the row of their table; `move` makes all others.
_TRANSITIONS: Mapping[Transition, Callable[[UnitOfWork, Pressed], None]] = {
    Transition.WITHDRAW: withdraw,
    Transition.CLOSE_REQUEST: close_request,
    Transition.HAND_BACK: hand_back,
    Transition.WAIT: wait_for_employee,
}


@dataclass(frozen=True, slots=True)
class _Press:
    """The role that a button requires, and its use case."""

    by: Role
    handle: Callable[[UnitOfWork, Pressed], None]


# These only show something else, and change nothing.
_TURNS = frozenset({Button.NEXT_GAP, Button.PREVIOUS_GAP})

_PRESSES: Mapping[Button, _Press] = {
    Button.PERSON: _Press(Role.EMPLOYEE, ask_for_person),
    Button.ASK_AGAIN: _Press(Role.EMPLOYEE, repeat_question),
    Button.ACCEPT_OFFER: _Press(Role.EMPLOYEE, accept_offer),
    Button.OPEN_ANOTHER: _Press(Role.EMPLOYEE, accept_offer),
    Button.WHY: _Press(Role.EMPLOYEE, _open_reason_form),
    Button.SOLVED: _Press(Role.EMPLOYEE, handle_feedback),
    Button.NOT_SOLVED: _Press(Role.EMPLOYEE, handle_feedback),
    Button.REOPEN_MINE: _Press(Role.EMPLOYEE, handle_reopen_choice),
    Button.ALL_GOOD: _Press(Role.EMPLOYEE, handle_reopen_choice),
    Button.SEND_DRAFT: _Press(Role.AGENT, _send_draft),
    Button.EDIT_DRAFT: _Press(Role.AGENT, _edit_draft),
    Button.REVEAL: _Press(Role.AGENT, reveal),
    Button.EXPLAIN: _Press(Role.AGENT, explain_handoff),
    Button.SHOW_ALL: _Press(Role.AGENT, show_all),
    Button.CLAIM_AND_SEND: _Press(Role.AGENT, handle_relay_choice),
    Button.SEND: _Press(Role.AGENT, handle_relay_choice),
    Button.REOPEN_AND_SEND: _Press(Role.AGENT, handle_relay_choice),
    Button.KEEP_INTERNAL: _Press(Role.AGENT, handle_relay_choice),
    Button.RETRY_TICKET: _Press(Role.AGENT, retry_ticket),
    Button.SHOW_ARTICLE: _Press(Role.AGENT, show_article),
    Button.NEXT_GAP: _Press(Role.AGENT, turn_queue),
    Button.PREVIOUS_GAP: _Press(Role.AGENT, turn_queue),
    Button.WRITE_ARTICLE: _Press(Role.AGENT, write_article_for_gap),
    Button.NOT_A_GAP: _Press(Role.AGENT, decide_gap),
    Button.SNOOZE_GAP: _Press(Role.AGENT, decide_gap),
    Button.TAKE_BACK_GAP: _Press(Role.AGENT, decide_gap),
}
