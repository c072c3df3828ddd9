"""What each kind of input sets off, and who may set it off."""

from __future__ import annotations

from dataclasses import replace

from bot.helpdesk import wording
from bot.helpdesk.answering import stop, take_deletion, take_edit, take_message
from bot.helpdesk.conversation import Answer, Conversation, Rating, Role, new_id
from bot.helpdesk.effects import OpenReasonForm
from bot.helpdesk.escalation import Facts, decide
from bot.helpdesk.handing.moves import move
from bot.helpdesk.handing.opening import hand_over
from bot.helpdesk.handing.relay import pass_on_change, take_agent_message
from bot.helpdesk.handing.telling import tell, whisper
from bot.helpdesk.handoff import Move
from bot.helpdesk.inputs import (
    Button,
    HomeOpened,
    Input,
    Inquired,
    MessageDeleted,
    MessageEdited,
    MessageReceived,
    Pressed,
    ReasonGiven,
    StopPressed,
)
from bot.helpdesk.rating import rate, take_reason
from bot.helpdesk.triage.home import show_home
from bot.helpdesk.triage.inquiry import take_inquiry
from bot.helpdesk.turn import Turn

# Slack lets a form be opened for three seconds after the press; the call itself needs some of them.
_FORM_SECONDS = 2.5

_MOVES = {
    Button.CLAIM: Move.CLAIM,
    Button.RESOLVE: Move.RESOLVE,
    Button.REOPEN: Move.REOPEN,
    Button.HAND_BACK: Move.HAND_BACK,
}
_RATINGS = {Button.HELPFUL: Rating.GOOD, Button.NOT_HELPFUL: Rating.BAD}


def take_in(turn: Turn, given: Input, by_agent: bool) -> tuple[str, ...]:
    """Do what follows from an input. `by_agent`: the person is a member of the handoff channel, as the server says.

    Returns the questions that need no answer any more, or not in the words they were asked in.
    """
    match given:
        case MessageReceived(direct=True):
            take_message(turn, given)
        case MessageReceived():
            take_agent_message(turn, given)
        case MessageEdited(direct=True):
            _tell_people_of_change(turn, given.channel, given.message, given.text)
            return take_edit(turn, given)
        case MessageDeleted(direct=True):
            _tell_people_of_change(turn, given.channel, given.message, None)
            return take_deletion(turn, given)
        case Pressed():
            _press(turn, given, by_agent)
        case ReasonGiven():
            take_reason(turn, given)
        case StopPressed():
            return stop(turn, given)
        case Inquired() | HomeOpened():
            _look_up(turn, given)
        case MessageEdited() | MessageDeleted():
            pass
    return ()


def _look_up(turn: Turn, given: Inquired | HomeOpened) -> None:
    if isinstance(given, Inquired):
        take_inquiry(turn, given)
    else:
        show_home(turn, given)


def _tell_people_of_change(turn: Turn, channel: str, message: str, text: str | None) -> None:
    question = turn.tx.questions.of_message(channel, message)
    relayed = turn.tx.effects.of_key(f"relay:{channel}:{message}")
    conversation_id = question.conversation_id if question else None
    if relayed is not None and (handoff := turn.tx.handoffs.get(relayed.subject)) is not None:
        conversation_id = handoff.conversation_id
    conversation = turn.tx.conversations.get(conversation_id) if conversation_id else None
    if conversation is not None and (question is None or question.text != text):
        pass_on_change(turn, conversation, text)


def _press(turn: Turn, pressed: Pressed, by_agent: bool) -> None:
    if pressed.external:
        whisper(turn, pressed, wording.EXTERNAL)
    elif pressed.button in _MOVES:
        _press_move(turn, pressed, by_agent)
    else:
        _press_answer(turn, pressed, by_agent)


def _press_move(turn: Turn, pressed: Pressed, by_agent: bool) -> None:
    if by_agent:
        move(turn, pressed, _MOVES[pressed.button])
    else:
        whisper(turn, pressed, wording.NOT_AN_AGENT)


def _press_answer(turn: Turn, pressed: Pressed, by_agent: bool) -> None:
    """A button under an answer or a notice. In the DM it is the asker's, in the handoff thread an agent's."""
    conversation, answer = _subject(turn, pressed.subject)
    if conversation is None:
        whisper(turn, pressed, wording.GONE)
    elif pressed.channel != conversation.channel:
        _press_as_agent(turn, pressed, answer, by_agent)
    elif pressed.person != conversation.employee:
        whisper(turn, pressed, wording.NOT_YOURS)
    else:
        _press_as_employee(turn, pressed, conversation, answer)


def _subject(turn: Turn, id: str) -> tuple[Conversation | None, Answer | None]:
    answer = turn.tx.answers.get(id)
    return turn.tx.conversations.get(answer.conversation_id if answer else id), answer


def _press_as_agent(turn: Turn, pressed: Pressed, answer: Answer | None, by_agent: bool) -> None:
    if not by_agent:
        whisper(turn, pressed, wording.NOT_AN_AGENT)
    elif answer is not None and pressed.button in _RATINGS:
        rate(turn, answer, pressed.person, Role.AGENT, _RATINGS[pressed.button])


def _press_as_employee(turn: Turn, pressed: Pressed, conversation: Conversation, answer: Answer | None) -> None:
    if pressed.button is Button.PERSON:
        _ask_for_person(turn, pressed, conversation, answer)
    elif answer is None:
        whisper(turn, pressed, wording.GONE)
    elif pressed.button is Button.WHY:
        _open_form(turn, pressed, answer)
    else:
        rate(turn, _seen(turn, answer, pressed), pressed.person, Role.EMPLOYEE, _RATINGS[pressed.button])


def _seen(turn: Turn, answer: Answer, pressed: Pressed) -> Answer:
    """The answer with its message, which a quick press may name before the post's outcome is recorded."""
    if answer.posted is not None:
        return answer
    answer = replace(answer, posted=pressed.message)
    turn.tx.answers.save(answer)
    return answer


def _ask_for_person(turn: Turn, pressed: Pressed, conversation: Conversation, answer: Answer | None) -> None:
    handoff = turn.tx.handoffs.open_in(conversation.id)
    if handoff is not None:
        text = wording.already_handed_over(handoff.name)
        tell(turn, conversation, text, key=f"already:{new_id('press')}")
        return
    decision = decide(turn.house.policy, Facts(now=turn.now, text="", asked_for_person=True))
    if answer is not None:
        question = turn.tx.questions.get(answer.question_id)
    else:
        recent = turn.tx.questions.recent_in(conversation.id, conversation.opened_at)
        question = recent[-1] if recent else None
    hand_over(turn, conversation, decision, question=question, answer=answer)


def _open_form(turn: Turn, pressed: Pressed, answer: Answer) -> None:
    form = OpenReasonForm(
        trigger=pressed.trigger,
        answer_id=answer.id,
        channel=pressed.channel,
        thread=pressed.thread,
        person=pressed.person,
        expires_at=pressed.at + _FORM_SECONDS,
    )
    turn.effect(form, key=f"form:{pressed.trigger}", lane=f"form:{pressed.trigger}", subject=answer.id)
