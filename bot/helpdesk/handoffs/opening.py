"""Bringing a conversation before people: the handoff, its card and its ticket are decided together."""

from __future__ import annotations

from dataclasses import replace

from bot.helpdesk.alarms import channel_fails, channel_works
from bot.helpdesk.escalation import Decision
from bot.helpdesk.handoffs.card import card_of, current_card, decide_refresh, post_card, refresh_card
from bot.helpdesk.handoffs.full_text import show_whole
from bot.helpdesk.handoffs.notify import find, note_event, tell_handed_over, tell_nobody_reached
from bot.helpdesk.handoffs.relay import post_missed
from bot.helpdesk.handoffs.relay_files import carry_kept_files
from bot.helpdesk.handoffs.replacement import record_replaced, replace_card
from bot.helpdesk.handoffs.sla import promise
from bot.helpdesk.handoffs.tickets import amend_ticket, create_ticket, link_ticket
from bot.helpdesk.model.conversation import Answer, Conversation, Question, QuestionState, new_id
from bot.helpdesk.model.effects import OpenThread
from bot.helpdesk.model.handoff import OWNER_IN, Handoff, HandoffState
from bot.helpdesk.model.timeline import Event
from bot.helpdesk.ports import DecisionRecord
from bot.helpdesk.unit_of_work import Turn


def hand_over(
    turn: Turn,
    conversation: Conversation,
    decision: Decision,
    *,
    question: Question | None,
    answer: Answer | None = None,
) -> Handoff:
    """Bring the conversation before people, or add the new reasons where it is before them already."""
    handoff = turn.tx.handoffs.open_in(conversation.id)
    if handoff is None:
        handoff = _open(turn, conversation, decision, question, answer)
    elif set(decision.reasons) <= set(handoff.reasons):
        return handoff
    else:
        handoff = _add_reasons(turn, handoff, decision)
    _keep_decision(turn, conversation, handoff, decision, question)
    return handoff


def _open(
    turn: Turn, conversation: Conversation, decision: Decision, question: Question | None, answer: Answer | None
) -> Handoff:
    handoff = Handoff(
        id=new_id("hof"),
        number=turn.tx.handoffs.next_number(),
        conversation_id=conversation.id,
        question_id=question.id if question else None,
        answer_id=answer.id if answer else None,
        priority=decision.priority.value,
        reasons=decision.reasons,
        rules=_rules(decision),
        fingerprint=decision.fingerprint,
        channel=decision.channel or turn.house.handoff_channel,
        tell=decision.tell,
        with_ticket=decision.ticket,
        opened_at=turn.now,
    )
    handoff = promise(turn, handoff)
    turn.tx.handoffs.add(handoff)
    if question is not None and question.state is QuestionState.WAITING:
        # Written though it is as it was: what becomes of it at this very moment has to see the handoff, or is seen.
        turn.tx.questions.save(question)
    note_event(turn, handoff, Event.OPENED, person=None, detail=", ".join(handoff.rules))
    turn.tx.conversations.save(replace(conversation, owner=OWNER_IN[handoff.state]))
    card = card_of(turn.tx, conversation, handoff, question, answer, turn.now)
    post_card(turn, card, key=f"thread:{handoff.id}")
    carry_kept_files(turn, handoff)
    if decision.ticket:
        create_ticket(turn, conversation, handoff, question, answer)
        return handoff
    return tell_handed_over(turn, conversation, handoff)


def _rules(decision: Decision) -> tuple[str, ...]:
    return tuple(fired.rule for fired in decision.fired)


def _keep_decision(
    turn: Turn, conversation: Conversation, handoff: Handoff, decision: Decision, question: Question | None
) -> None:
    turn.tx.decisions.add(
        DecisionRecord(
            id=new_id("dec"),
            conversation_id=conversation.id,
            question_id=question.id if question else None,
            handoff_id=handoff.id,
            rules=_rules(decision),
            reasons=decision.reasons,
            fingerprint=decision.fingerprint,
            decided_at=turn.now,
        )
    )


def _add_reasons(turn: Turn, handoff: Handoff, decision: Decision) -> Handoff:
    fresh = tuple(reason for reason in decision.reasons if reason not in handoff.reasons)
    rules = handoff.rules + tuple(rule for rule in _rules(decision) if rule not in handoff.rules)
    return refresh_card(turn, replace(handoff, reasons=handoff.reasons + fresh, rules=rules))


def record_opened(turn: Turn, post: OpenThread, message: str) -> None:
    """The card is in the channel: its message is the root of the handoff's thread."""
    handoff = turn.tx.handoffs.get(post.handoff_id)
    if handoff is None:
        return
    # Somebody may have pressed its button before its post was found: then its thread is known, and it is up to date.
    if handoff.thread is None:
        handoff = replace(handoff, thread=message)
        turn.tx.handoffs.save(handoff)
        if handoff.revision > post.card.revision:
            decide_refresh(turn, handoff)
    if handoff.thread == message and turn.tx.moved_threads.of_thread(handoff.channel, message) is not None:
        # Somebody has deleted it before it was known as a card.
        replace_card(turn, handoff, message)
        return
    record_replaced(turn, handoff)
    show_whole(turn, handoff)
    post_missed(turn, handoff)
    link_ticket(turn, handoff)
    heed_post(turn, handoff.channel)


def heed_post(turn: Turn, channel: str) -> None:
    """Something was posted in a channel where people work: cards that could not be are posted now."""
    if not channel_works(turn, channel):
        return
    for handoff in turn.tx.handoffs.unposted(channel):
        conversation = turn.tx.conversations.get(handoff.conversation_id)
        if conversation is not None:
            post_card(turn, current_card(turn.tx, conversation, handoff, turn.now), key=new_id("thread"))


def record_unopened(turn: Turn, handoff_id: str, code: str) -> None:
    """The card could not be posted: nobody sees the handoff in Slack, and the employee is told so."""
    found = find(turn, handoff_id)
    if found is not None:
        handoff, conversation = found
        tell_nobody_reached(turn, conversation, handoff)
        channel_fails(turn, handoff.channel, code)


def add_answer(turn: Turn, conversation: Conversation, question: Question, answer: Answer) -> None:
    """The assistant's answer came after a handoff was opened: show it there, and complete the ticket."""
    for handoff in turn.tx.handoffs.all_in(conversation.id):
        if _waits_for(handoff, question):
            handoff = replace(handoff, answer_id=answer.id, question_id=question.id)
            show_whole(turn, refresh_card(turn, handoff))
            if handoff.with_ticket:
                amend_ticket(turn, conversation, handoff, answer)


def _waits_for(handoff: Handoff, question: Question) -> bool:
    """Whether the answer belongs on its card. Once resolved, only that to what it was opened for is of interest."""
    if handoff.answer_id is not None:
        return False
    takes_any = handoff.question_id is None and handoff.state is not HandoffState.RESOLVED
    return takes_any or handoff.question_id == question.id
