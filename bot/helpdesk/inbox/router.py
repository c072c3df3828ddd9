"""What each kind of input sets off, once `authority` has said that its person may set it off."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace

from bot.helpdesk import messages
from bot.helpdesk.answering.questions import (
    stop,
    take_consultation,
    take_consultation_change,
    take_deletion,
    take_edit,
    take_message,
)
from bot.helpdesk.answering.verdicts import rate, take_reason
from bot.helpdesk.escalation import Facts, decide
from bot.helpdesk.handoffs.drafts import mark_draft, send_draft
from bot.helpdesk.handoffs.note_prefixes import is_question
from bot.helpdesk.handoffs.notify import tell, whisper, whisper_to
from bot.helpdesk.handoffs.opening import hand_over
from bot.helpdesk.handoffs.relay import take_agent_message
from bot.helpdesk.handoffs.relay_choice import take_choice
from bot.helpdesk.handoffs.relay_edits import (
    as_written,
    take_agent_deletion,
    take_agent_edit,
    take_employee_deletion,
    take_employee_edit,
    take_employee_listing,
)
from bot.helpdesk.handoffs.relay_files import take_file_deletion
from bot.helpdesk.handoffs.reopening import take_change_after_resolution, take_reopen_choice
from bot.helpdesk.handoffs.replacement import take_card_deletion
from bot.helpdesk.handoffs.resolution import take_resolution, take_say
from bot.helpdesk.handoffs.reveal import reveal
from bot.helpdesk.handoffs.ticket_polling import take_ticket_change
from bot.helpdesk.handoffs.tickets import retry_ticket
from bot.helpdesk.handoffs.transitions import move
from bot.helpdesk.handoffs.withdrawal import withdraw
from bot.helpdesk.inbox.timers import take_time
from bot.helpdesk.lookup.home import show_home
from bot.helpdesk.lookup.request import take_inquiry
from bot.helpdesk.model.conversation import Answer, Rating, Role, new_id
from bot.helpdesk.model.effects import Form
from bot.helpdesk.model.events import (
    Button,
    FileDeleted,
    HomeOpened,
    Input,
    Inquired,
    MessageDeleted,
    MessageEdited,
    MessageReceived,
    Pressed,
    ReasonGiven,
    ResolutionGiven,
    StopPressed,
    TicketChanged,
    TimeCame,
)
from bot.helpdesk.model.handoff import Move
from bot.helpdesk.outbox.form_window import open_form
from bot.helpdesk.permissions import Act, Actor, Matter, matter_of, may, place_of
from bot.helpdesk.unit_of_work import Turn

_MOVES = {
    Button.CLAIM: Move.CLAIM,
    Button.RESOLVE: Move.RESOLVE,
    Button.REOPEN: Move.REOPEN,
    Button.HAND_BACK: Move.HAND_BACK,
    Button.JOIN: Move.JOIN,
    Button.ASSIGN: Move.ASSIGN,
}
_ACTS = {
    Button.PERSON: Act.ASK_FOR_PERSON,
    Button.WHY: Act.SAY_WHY,
    Button.SOLVED: Act.SAY_SOLVED,
    Button.NOT_SOLVED: Act.SAY_SOLVED,
    Button.REOPEN_MINE: Act.REOPEN_MINE,
    Button.ALL_GOOD: Act.REOPEN_MINE,
    Button.WITHDRAW: Act.WITHDRAW,
    Button.SEND_DRAFT: Act.SEND_DRAFT,
    Button.REVEAL: Act.REVEAL,
    Button.RETRY_TICKET: Act.RETRY_TICKET,
    Button.CLAIM_AND_SEND: Act.SPEAK,
    Button.SEND: Act.SPEAK,
    Button.KEEP_INTERNAL: Act.SPEAK,
}
_PRESSES: Mapping[Act, Callable[[Turn, Pressed], None]] = {
    Act.SPEAK: take_choice,
    Act.SAY_SOLVED: take_say,
    Act.REOPEN_MINE: take_reopen_choice,
    Act.WITHDRAW: withdraw,
    Act.REVEAL: reveal,
    Act.RETRY_TICKET: retry_ticket,
}
_RATINGS = {Button.HELPFUL: Rating.GOOD, Button.NOT_HELPFUL: Rating.BAD}


def take_in(turn: Turn, given: Input, agents: Collection[str]) -> tuple[str, ...]:
    """Do what follows from an input. `agents`: who in it is a member of the handoff channel, as the server says.

    Returns the questions that need no answer any more, or not in the words they were asked in.
    """
    match given:
        case MessageReceived() | MessageEdited() | MessageDeleted():
            return _take_words(turn, given) if given.direct else _take_words_in_channel(turn, given)
        case FileDeleted():
            take_file_deletion(turn, given)
        case Pressed():
            _press(turn, given, agents)
        case ReasonGiven():
            _take_reason(turn, given)
        case ResolutionGiven():
            _take_resolution(turn, given, given.person in agents)
        case StopPressed():
            return stop(turn, given)
        case TimeCame():
            take_time(turn, given)
        case TicketChanged():
            take_ticket_change(turn, given)
        case Inquired() | HomeOpened():
            _look_up(turn, given)
    return ()


def _look_up(turn: Turn, given: Inquired | HomeOpened) -> None:
    if isinstance(given, Inquired):
        take_inquiry(turn, given)
    else:
        show_home(turn, given)


def _take_words(turn: Turn, given: MessageReceived | MessageEdited | MessageDeleted) -> tuple[str, ...]:
    """An employee wrote to the bot, or changed or deleted what they wrote."""
    match given:
        case MessageReceived():
            take_message(turn, given)
            return ()
        case MessageEdited():
            take_employee_listing(turn, given)
            if given.only_files or take_change_after_resolution(turn, given):
                return ()
            take_employee_edit(turn, given)
            return take_edit(turn, given)
        case MessageDeleted():
            take_employee_deletion(turn, given)
            return take_deletion(turn, given)


def _take_words_in_channel(turn: Turn, given: MessageReceived | MessageEdited | MessageDeleted) -> tuple[str, ...]:
    """Of a handoff channel: of agents or, where somebody has deleted it, a message of ours."""
    if isinstance(given, MessageDeleted) and given.ours:
        take_card_deletion(turn, given)
        return ()
    return _take_words_of_agent(turn, given)


def _take_words_of_agent(turn: Turn, given: MessageReceived | MessageEdited | MessageDeleted) -> tuple[str, ...]:
    """The same in a handoff's thread."""
    known = turn.tx.relays.of_message(given.channel, given.message) is not None
    asked = None if known else turn.tx.questions.of_message(given.channel, given.message)
    match given:
        case MessageReceived() if is_question(given.text):
            take_consultation(turn, given)
        case MessageReceived():
            take_agent_message(turn, given)
        case MessageEdited(only_files=True) if asked is not None or is_question(given.text):
            # The assistant reads no files.
            return ()
        case MessageEdited() if asked is not None:
            return take_consultation_change(turn, given, asked)
        case MessageEdited() if is_question(given.text) and not known:
            take_consultation(turn, as_written(given))
        case MessageEdited():
            take_agent_edit(turn, given)
        case MessageDeleted() if asked is not None:
            return take_deletion(turn, given)
        case MessageDeleted():
            take_agent_deletion(turn, given)
    return ()


def _press(turn: Turn, pressed: Pressed, agents: Collection[str]) -> None:
    matter = matter_of(turn.tx, pressed.subject)
    act = _act(pressed, matter)
    place = place_of(turn.tx, pressed)
    actor = Actor(person=pressed.person, place=place, member=pressed.person in agents, external=pressed.external)
    refusal = may(actor, act, matter)
    if refusal is not None:
        whisper(turn, pressed, refusal)
    elif pressed.chosen is not None and pressed.chosen not in agents:
        whisper(turn, pressed, messages.NOT_TO_ASSIGN)
    elif act is Act.MOVE:
        move(turn, pressed, _MOVES[pressed.button])
    elif act in _PRESSES:
        _PRESSES[act](turn, pressed)
    else:
        _press_answer(turn, pressed, act)


def _act(pressed: Pressed, matter: Matter | None) -> Act:
    """What the button is for. In the DM a verdict is the asker's, anywhere else an agent's."""
    if pressed.button in _MOVES:
        return Act.MOVE
    if pressed.button in _RATINGS:
        return Act.RATE if matter is not None and pressed.channel == matter.dm else Act.RATE_AS_AGENT
    return _ACTS[pressed.button]


def _press_answer(turn: Turn, pressed: Pressed, act: Act) -> None:
    """A button under an answer, or under a notice, which can only ask for a person."""
    answer = turn.tx.answers.get(pressed.subject)
    if act is Act.ASK_FOR_PERSON:
        _ask_for_person(turn, pressed, answer)
    elif answer is None:
        whisper(turn, pressed, messages.GONE)
    elif act is Act.SAY_WHY:
        open_form(turn, pressed, Form.REASON)
    elif act is Act.SEND_DRAFT:
        send_draft(turn, pressed, answer)
    elif act is Act.RATE_AS_AGENT:
        _rate_as_agent(turn, pressed, answer)
    else:
        rate(turn, _seen(turn, answer, pressed), pressed, Role.EMPLOYEE, _RATINGS[pressed.button])


def _rate_as_agent(turn: Turn, pressed: Pressed, answer: Answer) -> None:
    """On the card, or on a draft below it, which shows it as the card does."""
    rate(turn, answer, pressed, Role.AGENT, _RATINGS[pressed.button])
    handoff = turn.tx.handoffs.of_thread(pressed.channel, pressed.thread)
    if handoff is not None and pressed.message != handoff.thread:
        mark_draft(turn, pressed, handoff, answer)


def _take_reason(turn: Turn, given: ReasonGiven) -> None:
    matter = matter_of(turn.tx, given.subject)
    actor = Actor(person=given.person, external=given.external)
    refusal = may(actor, Act.SAY_WHY, matter)
    if refusal is None:
        take_reason(turn, given)
    elif matter is not None:
        whisper_to(turn, given.person, matter.dm, None, refusal, subject=given.subject)


def _take_resolution(turn: Turn, given: ResolutionGiven, by_agent: bool) -> None:
    handoff = turn.tx.handoffs.get(given.subject)
    if handoff is None:
        return
    actor = Actor(person=given.person, place=handoff.channel, member=by_agent, external=given.external)
    refusal = may(actor, Act.MOVE, matter_of(turn.tx, handoff.id))
    if refusal is None:
        take_resolution(turn, given)
    else:
        whisper_to(turn, given.person, handoff.channel, None, refusal, subject=handoff.id)


def _seen(turn: Turn, answer: Answer, pressed: Pressed) -> Answer:
    """The answer with its message, which a quick press may name before the post's outcome is recorded."""
    if answer.posted is not None:
        return answer
    answer = replace(answer, posted=pressed.message)
    turn.tx.answers.save(answer)
    return answer


def _ask_for_person(turn: Turn, pressed: Pressed, answer: Answer | None) -> None:
    conversation = turn.tx.conversations.get(answer.conversation_id if answer else pressed.subject)
    if conversation is None:
        whisper(turn, pressed, messages.GONE)
        return
    handoff = turn.tx.handoffs.open_in(conversation.id)
    if handoff is not None:
        text = messages.already_handed_over(handoff.name)
        tell(turn, conversation, text, key=f"already:{new_id('press')}")
        return
    decision = decide(turn.house.policy, Facts(now=turn.now, text="", asked_for_person=True))
    if answer is not None:
        question = turn.tx.questions.get(answer.question_id)
    else:
        recent = turn.tx.questions.recent_in(conversation.id, conversation.opened_at)
        question = recent[-1] if recent else None
    hand_over(turn, conversation, decision, question=question, answer=answer)
