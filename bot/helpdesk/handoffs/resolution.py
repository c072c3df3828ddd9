"""The end of a handoff: resolved by an agent, confirmed by the employee, or withdrawn or closed by them.

The employee can withdraw until an agent has written to them. They get the assistant's answers, past and pending, unless
a rule about a sensitive matter withholds them: withdrawing does not make an automatic answer acceptable.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bot.helpdesk import messages
from bot.helpdesk.answering.answers import post_answer, save_and_show
from bot.helpdesk.escalation import Sensitive
from bot.helpdesk.handoffs.card import refresh_card
from bot.helpdesk.handoffs.notify import (
    close_notice,
    load,
    load_pressed,
    log_event,
    place_of_handoff,
    pressed_message,
    retell,
    send_private_note,
    send_private_note_to,
    tell,
)
from bot.helpdesk.handoffs.transition_table import after, resolution_notice
from bot.helpdesk.handoffs.transitions import apply
from bot.helpdesk.messages import Text, in_a_row
from bot.helpdesk.model.article import ArticleOrigin
from bot.helpdesk.model.conversation import Conversation, Question, QuestionState, new_id
from bot.helpdesk.model.events import Button, Pressed, ResolutionGiven
from bot.helpdesk.model.handoff import Handoff, HandoffState, Score, SolvedQuestion, Transition
from bot.helpdesk.model.history import TimelineEvent
from bot.helpdesk.model.target import FixedTarget, SentMessage
from bot.helpdesk.review.articles import draft_from_handoff
from bot.helpdesk.unit_of_work import UnitOfWork

_SAID: Mapping[bool | None, TimelineEvent] = {
    True: TimelineEvent.SAID_SOLVED,
    None: TimelineEvent.SAID_PARTLY_SOLVED,
    False: TimelineEvent.SAID_NOT_SOLVED,
}


def handle_resolution(uow: UnitOfWork, given: ResolutionGiven) -> None:
    """Handles the resolution form. Of two agents who send it, the second is told who was first."""
    found = load(uow, given.subject)
    if found is None:
        return
    handoff, conversation = found
    words = given.text.strip()
    if after(handoff.state, Transition.RESOLVE) is None:
        _explain_too_late(uow, given, handoff)
    else:
        ending = replace(handoff.resolution, outcome=given.outcome, text=words or None)
        handoff = replace(handoff, resolution=ending)
        handoff = apply(uow, given.person, conversation, handoff, Transition.RESOLVE)
        if given.as_reference and words:
            draft_from_handoff(uow, handoff, words, given.person, ArticleOrigin.RESOLUTION)


def _explain_too_late(uow: UnitOfWork, given: ResolutionGiven, handoff: Handoff) -> None:
    first = None if handoff.resolution.ended_by_employee else handoff.resolution.by
    text = messages.agents.ALREADY_RESOLVED if first else messages.agents.not_possible(handoff.state_name)
    # Outside of threads, because the form was opened from the card.
    channel = FixedTarget(handoff.surface, handoff.channel)
    place = place_of_handoff(handoff)
    send_private_note_to(uow, given.person, channel, text, subject=handoff.id, about=first, place=place)


def handle_feedback(uow: UnitOfWork, pressed: Pressed) -> None:
    """Handles the employee's answer whether it is solved. It counts once; *no* opens the handoff again."""
    found = load_pressed(uow, pressed)
    if found is None:
        return
    handoff, conversation = found
    if handoff.resolution.is_answered:
        send_private_note(uow, pressed, messages.anyone.SAID_ALREADY)
    elif handoff.state is not HandoffState.RESOLVED:
        send_private_note(uow, pressed, messages.anyone.already_handed_over(handoff.name))
    else:
        _record_feedback(uow, pressed, conversation, handoff)


def _record_feedback(uow: UnitOfWork, pressed: Pressed, conversation: Conversation, handoff: Handoff) -> None:
    solved = pressed.button is Button.SOLVED
    log_event(uow, handoff, _SAID[solved], person=pressed.person)
    answer: Text = messages.employee.YOU_SAID_NOT_SOLVED
    if solved:
        answer = in_a_row(messages.employee.YOU_SAID_SOLVED, messages.employee.WRITE_AGAIN)
    _show_feedback(uow, conversation, handoff, answer, pressed_message(pressed))
    handoff = _with_final_answer(handoff, solved=solved)
    if solved:
        _thank(uow, conversation, refresh_card(uow, handoff))
    else:
        _come_back(uow, conversation, handoff)


def handle_score(uow: UnitOfWork, pressed: Pressed, score: Score) -> None:
    """Handles the employee's answer how well it is solved, which another number changes while the question stands."""
    found = load_pressed(uow, pressed)
    if found is None:
        return
    handoff, conversation = found
    ending = handoff.resolution
    if ending.score is score or (ending.is_answered and ending.question is None):
        send_private_note(uow, pressed, messages.anyone.SAID_ALREADY)
    elif handoff.state is not HandoffState.RESOLVED:
        send_private_note(uow, pressed, messages.anyone.already_handed_over(handoff.name))
    elif ending.question is not SolvedQuestion.SCORE:
        send_private_note(uow, pressed, messages.anyone.GONE)
    else:
        record_score(uow, conversation, handoff, score, at=pressed.pressed_at, shown=pressed_message(pressed))


def record_score(
    uow: UnitOfWork,
    conversation: Conversation,
    handoff: Handoff,
    score: Score,
    *,
    at: float,
    shown: FixedTarget | SentMessage,
) -> None:
    """Records a score, given `at` this time by the surface's clock, and shows it on the notice `shown` that asked.

    One and two count as *no*, four and five as *yes*, three as neither. A score that arrives after a later one is
    ignored.
    """
    if handoff.resolution.scored_at is not None and at < handoff.resolution.scored_at:
        return
    log_event(uow, handoff, _SAID[score.solved], person=conversation.employee, detail=f"{score}/{max(Score)}")
    handoff = replace(handoff, resolution=replace(handoff.resolution, score=score, scored_at=at, solved=score.solved))
    if score.solved is False:
        _show_feedback(uow, conversation, handoff, messages.employee.you_scored(score), shown)
        _come_back(uow, conversation, _with_final_answer(handoff, solved=False))
        return
    answer = in_a_row(messages.employee.you_scored(score), messages.employee.WRITE_AGAIN)
    _show_feedback(uow, conversation, handoff, answer, shown)
    handoff = refresh_card(uow, handoff)
    if score.solved:
        _thank(uow, conversation, handoff)


def _with_final_answer(handoff: Handoff, *, solved: bool) -> Handoff:
    """Returns the handoff with the employee's answer, of which the notice has no more buttons."""
    return replace(
        handoff,
        resolution=replace(handoff.resolution, solved=solved, question=None),
        notices=replace(handoff.notices, current=None),
    )


def _thank(uow: UnitOfWork, conversation: Conversation, handoff: Handoff) -> None:
    """Thanks the employee for the answer, once however often they change their score."""
    key = f"solved:{handoff.id}"
    if uow.tx.effects.of_key(key) is None:
        tell(uow, conversation, messages.employee.THANKS_SOLVED, key=key)


def _come_back(uow: UnitOfWork, conversation: Conversation, handoff: Handoff) -> None:
    """Opens the handoff again, unless the conversation has another open one."""
    other = uow.tx.handoffs.open_in(conversation.id)
    if other is None:
        apply(uow, conversation.employee, conversation, handoff, Transition.COME_BACK)
        return
    refresh_card(uow, handoff)
    tell(uow, conversation, messages.anyone.already_handed_over(other.name), key=f"not_solved:{handoff.id}")


def record_as_solved(uow: UnitOfWork, conversation: Conversation, handoff: Handoff) -> None:
    """Records the employee's thanks for the resolution as if they had pressed the button."""
    log_event(uow, handoff, _SAID[True], person=conversation.employee)
    handoff = close_notice(uow, handoff, messages.employee.TAKEN_AS_SOLVED)
    handoff = refresh_card(uow, _with_final_answer(handoff, solved=True))
    tell(uow, conversation, messages.employee.THANKS_SOLVED, key=f"thanked:{handoff.id}:{handoff.revision}")


def _show_feedback(
    uow: UnitOfWork, conversation: Conversation, handoff: Handoff, answer: Text, to: FixedTarget | SentMessage
) -> None:
    """Shows the employee's answer below the question on the notice that asked them.

    The buttons stay where it can be changed.
    """
    ending = handoff.resolution
    can_change = ending.question is SolvedQuestion.SCORE and ending.solved is not False
    retell(
        uow,
        conversation,
        to,
        in_a_row(resolution_notice(handoff), answer, separator="\n"),
        key=new_id("feedback"),
        subject=handoff.id,
        person=ending.by,
        words=ending.text,
        scores=handoff.id if can_change else None,
        score=ending.score if can_change else None,
    )


def withdraw(uow: UnitOfWork, pressed: Pressed) -> None:
    """Handles the employee's button press that they need no person."""
    found = load_pressed(uow, pressed)
    if found is None:
        return
    handoff, conversation = found
    if handoff.state is HandoffState.RESOLVED:
        send_private_note(uow, pressed, messages.employee.withdrawn_already(handoff.name))
    elif handoff.notices.current is None:
        send_private_note(uow, pressed, messages.employee.ANSWERED_MEANWHILE)
    else:
        handoff = apply(uow, pressed.person, conversation, handoff, Transition.WITHDRAW)
        _let_assistant_answer(uow, conversation, handoff)


def close_request(uow: UnitOfWork, pressed: Pressed) -> None:
    """Resolves an open handoff because the employee wants no more help with it, whoever has it."""
    found = load_pressed(uow, pressed)
    if found is None:
        return
    handoff, conversation = found
    if handoff.state is HandoffState.RESOLVED:
        send_private_note(uow, pressed, messages.employee.withdrawn_already(handoff.name))
    else:
        apply(uow, pressed.person, conversation, handoff, Transition.CLOSE_REQUEST)


def _let_assistant_answer(uow: UnitOfWork, conversation: Conversation, handoff: Handoff) -> None:
    held_back = is_sensitive(uow, handoff)
    question = uow.tx.questions.get(handoff.question_id)
    kept = question is not None and question.state is QuestionState.KEPT
    if kept or (question is not None and question.withheld and held_back):
        tell(uow, conversation, messages.employee.ANSWER_WITHHELD, key=f"withheld:{handoff.id}:{handoff.revision}")
    if held_back:
        return
    for waiting in uow.tx.questions.waiting_in(conversation.id):
        uow.tx.questions.save(replace(waiting, withheld=False))
    if question is not None and question.withheld:
        give_answer(uow, question)


def give_answer(uow: UnitOfWork, question: Question) -> None:
    """Posts the answer that was a draft in the thread to the employee; every card that shows it says so."""
    answer = uow.tx.answers.of_question(question.id)
    if answer is None or not answer.text or answer.sent_by is not None:
        return
    question = replace(question, withheld=False)
    save_and_show(uow, question)
    post_answer(uow, question, answer)


def is_sensitive(uow: UnitOfWork, handoff: Handoff) -> bool:
    """Returns whether a rule about a sensitive matter withholds the answer. A deleted rule may have been one."""
    rules = {rule.name: rule for rule in uow.config.policy.rules}
    fired = [rules.get(name) for name in handoff.grounds.rules]
    return any(rule is None or (isinstance(rule.condition, Sensitive) and not rule.show_answer) for rule in fired)
