"""Questions at the assistant: asked, answered, delayed or refused, and the answer posted."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from dataclasses import replace

from bot.helpdesk import messages
from bot.helpdesk.alarms import schedule_wait_check
from bot.helpdesk.answering.secrets import words_for_assistant
from bot.helpdesk.escalation import Decision, Facts, Moment, decide, noted, read_stages
from bot.helpdesk.handoffs.card import refresh_cards_showing
from bot.helpdesk.handoffs.drafts import draft_for_agents
from bot.helpdesk.handoffs.notify import post_to_thread, tell
from bot.helpdesk.handoffs.opening import add_answer, escalate
from bot.helpdesk.handoffs.tickets import Handed, settle_handed_back
from bot.helpdesk.lanes import Lane
from bot.helpdesk.messages import Message, Text
from bot.helpdesk.model.content import AnswerPart
from bot.helpdesk.model.conversation import (
    Answer,
    Conversation,
    NoAnswer,
    Question,
    QuestionState,
    Reply,
    Unanswered,
    new_id,
)
from bot.helpdesk.model.effects import Ask, Collect, PostMessage, Submit
from bot.helpdesk.model.events import MessageReceived
from bot.helpdesk.model.handoff import HandoffState
from bot.helpdesk.model.relay import Relay
from bot.helpdesk.model.target import EmployeeThread
from bot.helpdesk.redaction.safe_text import SafeText, redact, shorten
from bot.helpdesk.text import legible, truncated, without_reasoning
from bot.helpdesk.unit_of_work import UnitOfWork

LOOKBACK = 7 * 24 * 3600.0
"""Seconds for which earlier questions are considered: longer than any sensible window of an `unresolved` rule."""

# Characters of the question in a notice about it.
_QUOTED_LENGTH = 200

MOST_TRIES = 3
"""Attempts to submit a question that the assistant accepts and then fails to answer."""


def new_question(uow: UnitOfWork, message: MessageReceived, conversation_id: str) -> Question:
    """Returns a new question, which is the whole message."""
    return Question(
        id=new_id("que"),
        conversation_id=conversation_id,
        surface=message.address.surface,
        channel=message.address.channel,
        thread=message.address.thread,
        message=message.address.message,
        employee=message.author,
        text=message.text,
        sent_at=message.sent_at,
        asked_at=uow.now,
    )


def text_of_relays(relays: Iterable[Relay]) -> str:
    """Returns messages that were relayed to people as the text of one question."""
    return truncated("\n".join(relay.text for relay in relays), messages.anyone.LONGEST_QUESTION)


def text_asked_with(uow: UnitOfWork, relay: Relay) -> str:
    """Returns the current text of the question that a relayed message is part of."""
    relays = uow.tx.relays.of_employee_in(relay.handoff_id)
    return text_of_relays(other for other in relays if other.question_id == relay.question_id)


def put_to_assistant(uow: UnitOfWork, question: Question, session_id: str) -> None:
    """Decides to ask the assistant, if the policy lets it have the words. A session's questions are asked in order."""
    words = words_for_assistant(uow, question.text)
    if words is None:
        record_kept_back(uow, question)
        return
    schedule_wait_check(uow)
    kind = Submit if uow.config.submits_questions else Ask
    uow.effect(
        kind(
            question_id=question.id,
            revision=question.revision,
            session_id=session_id,
            text=words,
            employee=question.employee,
        ),
        key=f"ask:{question.id}:{question.revision}",
        lane=_lane(question),
        subject=question.id,
    )


def _lane(question: Question) -> str:
    """Returns the lane of a question. Questions of agents do not wait for those of the employee."""
    return Lane.ASK.of(question.handoff_id or question.conversation_id)


def decide_and_note(uow: UnitOfWork, question: Question, moment: Moment, facts: Facts) -> tuple[Decision, Question]:
    """Returns the policy's decision on these facts, and the question with it, which is not saved."""
    decision = decide(uow.config.policy, facts)
    return decision, replace(question, decisions=noted(question.decisions, moment, facts, decision))


def facts_about(uow: UnitOfWork, question: Question, *, complains: bool = False) -> Facts:
    """Returns the facts about a question that is not answered. `complains`: about the answer to the one before."""
    facts = uow.facts_on(question.surface, question.employee, question.text)
    return replace(facts, unresolved_at=unresolved_at(uow, question, complains=complains))


def unresolved_at(uow: UnitOfWork, question: Question, *, complains: bool = False) -> tuple[float, ...]:
    """Returns the times of the unresolved questions up to this one; none if it neither is one nor complains."""
    if not question.unresolved and not complains:
        return ()
    others = uow.tx.questions.recent_in(question.conversation_id, uow.now - LOOKBACK)
    times = [other.asked_at for other in others if other.unresolved and other.id != question.id]
    return (*times, question.asked_at) if question.unresolved else tuple(times)


def _facts_of_answer(uow: UnitOfWork, question: Question, answer: Answer) -> Facts:
    """Returns the facts about an answered question. Its text was evaluated when it was asked."""
    return replace(
        facts_about(uow, question),
        text="",
        answered=True,
        confidence_level=answer.confidence_level,
        confidence_score=answer.confidence_score,
    )


def record_submitted(uow: UnitOfWork, submit: Submit, request_id: str) -> None:
    """Records that the assistant has accepted a question, and decides to collect its answer.

    Collecting is first in its lane: a follow-up question waits for this answer.
    """
    question = _still_wanted(uow, submit)
    if question is None:
        return
    uow.effect(
        Collect(
            question_id=question.id,
            revision=submit.revision,
            session_id=submit.session_id,
            request_id=request_id,
            tries=submit.tries,
        ),
        key=f"collect:{question.id}:{submit.revision}:{submit.tries}",
        lane=_lane(question),
        subject=question.id,
        urgency=1,
    )


def record_collected(uow: UnitOfWork, collect: Collect, found: Reply | Unanswered) -> None:
    """Records the answer to a submitted question, or the assistant's failure to answer it."""
    if isinstance(found, Reply):
        record_answer(uow, collect, found)
    elif collect.tries >= MOST_TRIES:
        record_refusal(uow, collect, NoAnswer.FAILED)
    else:
        _submit_again(uow, collect)


def _submit_again(uow: UnitOfWork, collect: Collect) -> None:
    question = _still_wanted(uow, collect)
    if question is None:
        return
    words = words_for_assistant(uow, question.text)
    if words is None:
        record_kept_back(uow, question)
        return
    tries = collect.tries + 1
    uow.effect(
        Submit(
            question_id=question.id,
            revision=collect.revision,
            session_id=collect.session_id,
            text=words,
            employee=question.employee,
            tries=tries,
        ),
        key=f"ask:{question.id}:{collect.revision}:{tries}",
        lane=_lane(question),
        subject=question.id,
        urgency=1,
    )


def _still_wanted(uow: UnitOfWork, ask: Ask | Submit | Collect) -> Question | None:
    """Returns the question, or None if it was answered, stopped or edited since it was asked."""
    question = uow.tx.questions.get(ask.question_id)
    if question is None or question.state is not QuestionState.WAITING or question.revision != ask.revision:
        return None
    return question


def record_answer(uow: UnitOfWork, ask: Ask | Collect, reply: Reply) -> None:
    """Records the assistant's answer, lets the policy decide, and posts it or drafts it for the agents."""
    question = _still_wanted(uow, ask)
    if question is None:
        return
    conversation = uow.tx.conversations.get(question.conversation_id)
    if conversation is None:
        return
    answer = _store_answer(uow, question, reply)
    if question.handoff_id is not None:
        uow.tx.questions.save(replace(question, state=QuestionState.ANSWERED))
        handoff = uow.tx.handoffs.get(question.handoff_id)
        if handoff is not None:
            draft_for_agents(uow, handoff, answer, asked_by=question.employee)
        return
    poor = answer.confidence_level == "low" or not uow.config.has_words(question.surface, answer.text)
    question = replace(question, state=QuestionState.ANSWERED, unresolved=question.unresolved or poor)
    decision, question = decide_and_note(uow, question, Moment.ANSWERED, _facts_of_answer(uow, question, answer))
    question = replace(question, withheld=question.withheld or not decision.show_answer)
    uow.tx.questions.save(question)
    if not question.withheld:
        post_answer(uow, question, answer)
    handoff = before = uow.tx.handoffs.current_in(conversation.id)
    # A conversation that the employee has withdrawn is not handed over again for an answer that they get.
    if handoff is None or not decision.show_answer or not _has_withdrawn(uow, question):
        handoff = escalate(uow, conversation, decision, question=question, answer=answer) or handoff
    if handoff is not None:
        add_answer(uow, conversation, question, answer)
        if question.withheld and handoff.state is not HandoffState.RESOLVED:
            draft_for_agents(uow, handoff, answer)
    settle_handed_back(uow, before, Handed.NOT_ANSWERED if question.withheld else Handed.ANSWERED)


def _store_answer(uow: UnitOfWork, question: Question, reply: Reply) -> Answer:
    """Stores the answer for people: legible and without reasoning, or with a notice that it has no words."""
    words = legible(without_reasoning(reply.answer))
    wordless = not uow.config.surface(question.surface).has_words(words)
    if wordless:
        words = uow.translator_for(question.surface, question.employee)(messages.anyone.NO_WORDS_IN_ANSWER)
    answer = Answer(
        id=new_id("ans"),
        question_id=question.id,
        conversation_id=question.conversation_id,
        session_id=reply.session_id,
        request_id=reply.request_id,
        text=words,
        confidence_level=reply.confidence_level,
        confidence_score=reply.confidence_score,
        sources=reply.sources,
        wordless=wordless,
        answered_at=uow.now,
    )
    uow.tx.answers.add(answer)
    return answer


def post_answer(uow: UnitOfWork, question: Question, answer: Answer) -> None:
    """Posts an answer to the employee, split into messages of the permitted length."""
    parts = uow.config.surface(question.surface).split(answer.text)
    language = uow.translator_for(question.surface, question.employee).language
    for number, text in enumerate(parts, start=1):
        part = AnswerPart(
            answer_id=answer.id,
            text=text,
            part=number,
            parts=len(parts),
            sources=answer.sources,
            language=language,
        )
        uow.effect(
            PostMessage(content=part, to=EmployeeThread(question.address.in_thread, question.employee)),
            key=key_of_part(answer, number),
            lane=Lane.TALK.of(question.conversation_id),
            subject=answer.id,
        )


def key_of_part(answer: Answer, number: int) -> str:
    """Returns the key of the effect that posts a part of an answer, counted from 1."""
    return f"answer:{answer.id}:{number}"


def record_posted(uow: UnitOfWork, post: PostMessage[AnswerPart], message: str) -> None:
    """Records the message of an answer's last part, which has the buttons for a verdict."""
    if post.content.last:
        uow.tx.answers.mark_posted(post.content.answer_id, message)


def tell_delay(uow: UnitOfWork, question_id: str, text: Message = messages.employee.TAKES_LONGER) -> None:
    """Tells the person who asked, once, that the answer takes longer."""
    question = uow.tx.questions.get(question_id)
    if question is None or question.state is not QuestionState.WAITING or question.slow_told:
        return
    uow.tx.questions.save(replace(question, slow_told=True))
    if question.handoff_id is not None:
        _tell_agents(uow, question, messages.agents.answer_late, key=f"slow:{question.id}")
        return
    conversation = uow.tx.conversations.get(question.conversation_id)
    if conversation is not None and not question.withheld:
        # After all other messages that are still to be sent: they matter more than a notice of a delay.
        tell(
            uow,
            conversation,
            text,
            key=f"slow:{question.id}",
            thread=question.thread,
            while_waiting=question.id,
            urgency=-1,
        )


def _tell_agents(uow: UnitOfWork, question: Question, sentence: Callable[[SafeText], Text], *, key: str) -> None:
    """Posts a sentence about an agent's question into the thread: why there is no answer yet, or will be none."""
    handoff = uow.tx.handoffs.get(question.handoff_id)
    if handoff is not None:
        asked = shorten(redact(question.text), _QUOTED_LENGTH)
        post_to_thread(uow, handoff, sentence(asked), key=key)


def record_unavailable(uow: UnitOfWork, question_id: str) -> None:
    """Lets the policy decide on a question that the assistant has been unable to answer for a while."""
    question = uow.tx.questions.get(question_id)
    if question is None or question.state is not QuestionState.WAITING or question.handoff_id is not None:
        return
    conversation = uow.tx.conversations.get(question.conversation_id)
    if conversation is None:
        return
    facts = replace(facts_about(uow, question), text="", unavailable_for=uow.now - question.asked_at)
    decision, decided = decide_and_note(uow, question, Moment.UNANSWERED, facts)
    known = (stage.fired for stage in read_stages(question.decisions) if stage.moment is Moment.UNANSWERED)
    if decision.escalate and decision.rules not in known:
        # Once, not at every check: each would be a statement for every question that waits.
        uow.tx.questions.save(decided)
    _escalate_unanswered(uow, conversation, decided, decision)


def record_refusal(uow: UnitOfWork, ask: Ask | Submit | Collect, reason: NoAnswer) -> None:
    """Records that there will be no answer."""
    question = _still_wanted(uow, ask)
    if question is None:
        return
    question = replace(question, state=QuestionState.FAILED, unresolved=question.handoff_id is None)
    if question.handoff_id is not None:
        save_and_show(uow, question)
        notice = functools.partial(messages.agents.no_answer, reason)
        _tell_agents(uow, question, notice, key=f"refused:{question.id}")
        return
    facts = replace(
        facts_about(uow, question),
        text="",
        unavailable_for=uow.now - question.asked_at,
        refused=True,
        refuses_all=reason is NoAnswer.NOT_SET_UP,
    )
    decision, question = decide_and_note(uow, question, Moment.UNANSWERED, facts)
    save_and_show(uow, question)
    conversation = uow.tx.conversations.get(question.conversation_id)
    before = uow.tx.handoffs.current_in(question.conversation_id)
    if conversation is not None and not _escalate_unanswered(uow, conversation, question, decision, refused=True):
        text = messages.employee.no_answer(reason)
        tell(uow, conversation, text, key=f"refused:{question.id}", thread=question.thread, offers_person=True)
    settle_handed_back(uow, before, Handed.NOT_ANSWERED)


def record_kept_back(uow: UnitOfWork, question: Question) -> None:
    """Records that the policy keeps a question from the assistant, and says so unless people have it already."""
    save_and_show(uow, replace(question, state=QuestionState.FAILED))
    key = f"kept_back:{question.id}:{question.revision}"
    if question.handoff_id is not None:
        _tell_agents(uow, question, functools.partial(messages.agents.no_answer, NoAnswer.SECRET), key=key)
        return
    conversation = uow.tx.conversations.get(question.conversation_id)
    handoff = uow.tx.handoffs.current_in(question.conversation_id)
    if conversation is not None and uow.tx.handoffs.open_in(conversation.id) is None:
        text = messages.employee.no_answer(NoAnswer.SECRET)
        tell(uow, conversation, text, key=key, thread=question.thread, offers_person=True)
    settle_handed_back(uow, handoff, Handed.NOT_ANSWERED)


def _escalate_unanswered(
    uow: UnitOfWork, conversation: Conversation, question: Question, decision: Decision, *, refused: bool = False
) -> bool:
    """Follows the decision. Returns whether the conversation has an open handoff now."""
    # The notice that there will be no answer offers a person anyway.
    is_offered = refused and decision.only_offers
    if not is_offered and not _has_withdrawn(uow, question):
        escalate(uow, conversation, decision, question=question)
    return uow.tx.handoffs.open_in(conversation.id) is not None


def _has_withdrawn(uow: UnitOfWork, question: Question) -> bool:
    """Returns whether the employee has withdrawn a handoff of this question."""
    handoffs = uow.tx.handoffs.all_in(question.conversation_id)
    return any(handoff.resolution.withdrawn and handoff.question_id == question.id for handoff in handoffs)


def save_and_show(uow: UnitOfWork, question: Question) -> None:
    """Saves a question and refreshes the cards that show it."""
    uow.tx.questions.save(question)
    refresh_cards_showing(uow, question.conversation_id, question.id)
