"""Use cases of a question: received, asked, answered, refused, edited, stopped."""

from __future__ import annotations

import functools
from dataclasses import replace

from bot.helpdesk import messages
from bot.helpdesk.alarms import schedule_wait_check
from bot.helpdesk.answering.consultation import consult, reconsider, show_to_agents, tell_agents
from bot.helpdesk.escalation import Facts, asks_again
from bot.helpdesk.handoffs.card import refresh_cards_showing
from bot.helpdesk.handoffs.drafts import draft_for_agents
from bot.helpdesk.handoffs.note_prefixes import is_question
from bot.helpdesk.handoffs.notify import tell
from bot.helpdesk.handoffs.opening import add_answer, escalate
from bot.helpdesk.handoffs.relay import relay_to_agents
from bot.helpdesk.handoffs.relay_edits import as_written, handle_agent_edit
from bot.helpdesk.handoffs.relay_files import store_files
from bot.helpdesk.handoffs.reopening import handle_after_resolution
from bot.helpdesk.handoffs.thanks import Remark, remark_of
from bot.helpdesk.lanes import ask_lane, talk_lane
from bot.helpdesk.model.content import AnswerPart
from bot.helpdesk.model.conversation import (
    Answer,
    Conversation,
    NoAnswer,
    Question,
    QuestionState,
    Reply,
    Role,
    Unanswered,
    new_id,
    session_name,
)
from bot.helpdesk.model.effects import Ask, Collect, PostMessage, Submit
from bot.helpdesk.model.events import MessageDeleted, MessageEdited, MessageReceived, StopPressed
from bot.helpdesk.model.handoff import HandoffState
from bot.helpdesk.model.relay import RelayState
from bot.helpdesk.model.target import EmployeeThread
from bot.helpdesk.permissions import Actor, Case, refusal_for
from bot.helpdesk.plain_text import legible
from bot.helpdesk.reasoning import without_reasoning
from bot.helpdesk.sessions import schedule_idle_close
from bot.helpdesk.unit_of_work import UnitOfWork

# Longer than any sensible window of an `unresolved` rule.
_LOOKBACK = 7 * 24 * 3600.0

# Characters at the end of an answer in which a question mark means that the assistant asks back.
_ENDING = 200

MOST_TRIES = 3
"""Attempts to submit a question that the assistant accepts and then fails to answer."""


def handle_consultation(uow: UnitOfWork, message: MessageReceived) -> None:
    """Handles a question to the assistant that an agent wrote below a card."""
    consulted = consult(uow, message)
    if consulted is not None:
        put_to_assistant(uow, *consulted)


def handle_consultation_edit(uow: UnitOfWork, edit: MessageEdited, question: Question) -> tuple[str, ...]:
    """Handles an agent's edit of a question to the assistant. Returns the questions it supersedes.

    An edit of an answered question is ignored. An edit that removes the mark is handled like a new message.
    """
    if question.state is not QuestionState.WAITING or edit.author != question.employee:
        return ()
    if not is_question(edit.text):
        uow.tx.questions.save(replace(question, state=QuestionState.STOPPED))
        handle_agent_edit(uow, edit)
    elif (again := reconsider(uow, question, edit.text)) is not None:
        put_to_assistant(uow, *again)
    return (question.id,)


def handle_message(uow: UnitOfWork, message: MessageReceived) -> None:
    """Handles a message of an employee: passes it to people or to the assistant, or replies why not."""
    earlier = _conversation_of(uow, message)
    if earlier is None:
        _begin_conversation(uow, message)
    else:
        _continue_conversation(uow, replace(earlier, last_at=uow.now), message)


def _begin_conversation(uow: UnitOfWork, message: MessageReceived) -> None:
    """Begins a conversation, which has no handoff and no earlier questions yet."""
    conversation = _new_conversation(uow, message)
    refusal = _refusal(conversation, message)
    if refusal is None and _unanswerable(message) is None:
        conversation = schedule_idle_close(uow, conversation)
    uow.tx.conversations.add(conversation)
    _process(uow, conversation, message, refusal, first=True)


def _continue_conversation(uow: UnitOfWork, conversation: Conversation, message: MessageReceived) -> None:
    uow.tx.conversations.save(conversation)
    refusal = _refusal(conversation, message)
    if refusal is not None or not _pass_to_people(uow, conversation, message):
        _process(uow, conversation, message, refusal, first=False)


def _refusal(conversation: Conversation, message: MessageReceived) -> str | None:
    """Returns the reason why the author may not ask, or None."""
    actor = Actor(person=message.author, place=message.address.channel, external=message.external)
    return refusal_for(actor, Role.EMPLOYEE, Case.of(conversation))


def _process(
    uow: UnitOfWork, conversation: Conversation, message: MessageReceived, refusal: str | None, *, first: bool
) -> None:
    if refusal is not None:
        tell(uow, conversation, refusal, key=new_id("told"), thread=message.address.thread)
        return
    if message.attached:
        store_files(uow, conversation, message)
    elif (reply := _reply_to_remark(uow, conversation, message, first=first)) is not None:
        _reply_without_assistant(uow, conversation, message, reply)
        return
    if (problem := _unanswerable(message)) is not None:
        tell(uow, conversation, problem, key=new_id("told"), thread=message.address.thread, offers_person=True)
    else:
        _ask(uow, _keep_open(uow, conversation), message, first=first)


def _reply_to_remark(
    uow: UnitOfWork, conversation: Conversation, message: MessageReceived, *, first: bool
) -> tuple[str, bool] | None:
    """Returns the reply to thanks or a thumb, and whether it offers a person. None where the message is a question.

    After a question of the assistant, any message may be an answer to it.
    """
    remark = remark_of(message.text)
    if remark is not Remark.THANKS and not (remark is Remark.NO and message.wordless):
        return None
    if first:
        return None if message.wordless else (messages.employee.YOU_ARE_WELCOME, False)
    if uow.tx.questions.waiting_in(conversation.id):
        return messages.employee.STILL_ANSWERING, False
    if _assistant_asks(uow, conversation):
        return None
    return (
        (messages.employee.YOU_ARE_WELCOME, False)
        if remark is Remark.THANKS
        else (messages.employee.SORRY_NOT_HELPFUL, True)
    )


def _assistant_asks(uow: UnitOfWork, conversation: Conversation) -> bool:
    """Returns whether the assistant's last answer ends with a question."""
    asked = uow.tx.questions.recent_in(conversation.id, conversation.opened_at)
    answers = (uow.tx.answers.of_question(question.id) for question in reversed(asked) if question.handoff_id is None)
    last = next((answer for answer in answers if answer is not None), None)
    return last is not None and "?" in last.text.strip()[-_ENDING:]


def _reply_without_assistant(
    uow: UnitOfWork, conversation: Conversation, message: MessageReceived, reply: tuple[str, bool]
) -> None:
    """Replies without the assistant. Stores the message as a stopped question, because it may still be edited."""
    uow.tx.questions.add(replace(_question_of(uow, conversation, message), state=QuestionState.STOPPED))
    text, offers_person = reply
    key = f"tell:{conversation.id}:{message.address.message}"
    tell(uow, conversation, text, key=key, thread=message.address.thread, offers_person=offers_person)


def _keep_open(uow: UnitOfWork, conversation: Conversation) -> Conversation:
    kept_open = schedule_idle_close(uow, conversation)
    if kept_open != conversation:
        uow.tx.conversations.save(kept_open)
    return kept_open


def _pass_to_people(uow: UnitOfWork, conversation: Conversation, message: MessageReceived) -> bool:
    """Handles the message as part of an open or resolved handoff. Returns False if it is for the assistant."""
    handoff = uow.tx.handoffs.current_in(conversation.id)
    if handoff is None:
        return False
    if handoff.state is HandoffState.RESOLVED:
        return handle_after_resolution(uow, conversation, handoff, message)
    relay_to_agents(uow, conversation, handoff, message)
    return True


def _conversation_of(uow: UnitOfWork, message: MessageReceived) -> Conversation | None:
    found = uow.tx.conversations.of_thread(message.address)
    if found is None and uow.config.joins_open_conversation and message.address.is_root:
        latest = uow.tx.conversations.latest_in(message.address.surface, message.address.channel)
        found = latest if latest and uow.now - latest.last_at < uow.config.idle_seconds else None
    return found


def _new_conversation(uow: UnitOfWork, message: MessageReceived) -> Conversation:
    id = new_id("con")
    return Conversation(
        id=id,
        workspace=message.workspace,
        surface=message.address.surface,
        channel=message.address.channel,
        thread=message.address.thread,
        employee=message.author,
        session_id=session_name(id, 1),
        root_sent_at=message.sent_at if message.address.is_root else None,
        opened_at=uow.now,
        last_at=uow.now,
    )


def _unanswerable(message: MessageReceived) -> str | None:
    """Returns the reason why the assistant cannot be asked this, or None."""
    if message.wordless or not message.text.strip():
        return messages.employee.ONLY_FILES if message.attached else messages.employee.NO_WORDS
    if len(message.text) > messages.anyone.LONGEST_QUESTION:
        return messages.anyone.too_long(len(message.text))
    return None


def _ask(uow: UnitOfWork, conversation: Conversation, message: MessageReceived, *, first: bool) -> None:
    question = _question_of(uow, conversation, message)
    question = replace(question, unresolved=not first and _mark_repeats(uow, question))

    def settle(withheld: bool) -> Question:
        settled = replace(question, withheld=withheld)
        uow.tx.questions.add(settled)
        if message.attached:
            tell(uow, conversation, messages.employee.FILES_UNREAD, key=new_id("told"), thread=message.address.thread)
        return settled

    escalate(uow, conversation, _facts(uow, question), question=question, settle=settle)
    put_to_assistant(uow, question, conversation.session_id)


def _question_of(uow: UnitOfWork, conversation: Conversation, message: MessageReceived) -> Question:
    return Question(
        id=new_id("que"),
        conversation_id=conversation.id,
        surface=message.address.surface,
        channel=message.address.channel,
        thread=message.address.thread,
        message=message.address.message,
        employee=message.author,
        text=message.text,
        sent_at=message.sent_at,
        asked_at=uow.now,
    )


def put_to_assistant(uow: UnitOfWork, question: Question, session_id: str) -> None:
    """Decides to ask the assistant. Questions of one session are asked in order."""
    schedule_wait_check(uow)
    kind = Submit if uow.config.submits_questions else Ask
    uow.effect(
        kind(
            question_id=question.id,
            revision=question.revision,
            session_id=session_id,
            text=question.text,
            employee=question.employee,
        ),
        key=f"ask:{question.id}:{question.revision}",
        lane=_lane(question),
        subject=question.id,
    )


def _lane(question: Question) -> str:
    """Returns the lane of a question. Questions of agents do not wait for those of the employee."""
    return ask_lane(question.handoff_id or question.conversation_id)


def _mark_repeats(uow: UnitOfWork, question: Question) -> bool:
    """Marks the earlier questions that this one repeats as unresolved. Returns whether there are any."""
    earlier = uow.tx.questions.recent_in(question.conversation_id, uow.now - _LOOKBACK)
    repeated = [other for other in earlier if asks_again(other.text, question.text)]
    for other in repeated:
        if not other.unresolved:
            uow.tx.questions.save(replace(other, unresolved=True))
    return bool(repeated)


def _facts(uow: UnitOfWork, question: Question) -> Facts:
    """Returns the facts about a question that is not answered."""
    return Facts(now=uow.now, text=question.text, unresolved_at=unresolved_at(uow, question))


def unresolved_at(uow: UnitOfWork, question: Question) -> tuple[float, ...]:
    """Returns the times of the unresolved questions up to this one; none if this one is not unresolved."""
    if not question.unresolved:
        return ()
    others = uow.tx.questions.recent_in(question.conversation_id, uow.now - _LOOKBACK)
    times = [other.asked_at for other in others if other.unresolved and other.id != question.id]
    return (*times, question.asked_at)


def _facts_of_answer(uow: UnitOfWork, question: Question, answer: Answer) -> Facts:
    """Returns the facts about an answered question. Its text was evaluated when it was asked."""
    return replace(
        _facts(uow, question),
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
    tries = collect.tries + 1
    uow.effect(
        Submit(
            question_id=question.id,
            revision=collect.revision,
            session_id=collect.session_id,
            text=question.text,
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
        show_to_agents(uow, question, answer)
        return
    poor = answer.confidence_level == "low" or not uow.config.has_words(answer.text)
    question = replace(question, state=QuestionState.ANSWERED, unresolved=question.unresolved or poor)
    current = uow.tx.handoffs.current_in(conversation.id)

    def settle(withheld: bool) -> Question:
        settled = replace(question, withheld=question.withheld or withheld)
        uow.tx.questions.save(settled)
        if not settled.withheld:
            post_answer(uow, settled, answer)
        return settled

    escalation = escalate(
        uow,
        conversation,
        _facts_of_answer(uow, question, answer),
        question=question,
        answer=answer,
        settle=settle,
        unless_shown=current is not None and _has_withdrawn(uow, question),
    )
    handoff = escalation.handoff or current
    if handoff is not None:
        add_answer(uow, conversation, question, answer)
        if (question.withheld or escalation.withheld) and handoff.state is not HandoffState.RESOLVED:
            draft_for_agents(uow, handoff, answer)


def _store_answer(uow: UnitOfWork, question: Question, reply: Reply) -> Answer:
    answer = Answer(
        id=new_id("ans"),
        question_id=question.id,
        conversation_id=question.conversation_id,
        session_id=reply.session_id,
        request_id=reply.request_id,
        text=_legible_text(uow, reply),
        confidence_level=reply.confidence_level,
        confidence_score=reply.confidence_score,
        answered_at=uow.now,
    )
    uow.tx.answers.add(answer)
    return answer


def _legible_text(uow: UnitOfWork, reply: Reply) -> str:
    """Returns the text of an answer for people: legible and without reasoning, or a notice that it has no words."""
    words = legible(without_reasoning(reply.answer))
    return words if uow.config.has_words(words) else messages.anyone.NO_WORDS_IN_ANSWER


def post_answer(uow: UnitOfWork, question: Question, answer: Answer) -> None:
    """Posts an answer to the employee, split into messages of the permitted length."""
    parts = uow.config.split(answer.text)
    for number, text in enumerate(parts, start=1):
        part = AnswerPart(answer_id=answer.id, text=text, part=number, parts=len(parts))
        uow.effect(
            PostMessage(content=part, to=EmployeeThread(question.address.in_thread)),
            key=f"answer:{answer.id}:{number}",
            lane=talk_lane(question.conversation_id),
            subject=answer.id,
        )


def record_posted(uow: UnitOfWork, part: AnswerPart, message: str) -> None:
    """Records the message of an answer's last part, which has the buttons for a verdict."""
    if part.last:
        uow.tx.answers.mark_posted(part.answer_id, message)


def tell_delay(uow: UnitOfWork, question_id: str, text: str = messages.employee.TAKES_LONGER) -> None:
    """Tells the person who asked, once, that the answer takes longer."""
    question = uow.tx.questions.get(question_id)
    if question is None or question.state is not QuestionState.WAITING or question.slow_told:
        return
    uow.tx.questions.save(replace(question, slow_told=True))
    if question.handoff_id is not None:
        tell_agents(uow, question, messages.agents.answer_late, key=f"slow:{question.id}")
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


def record_unavailable(uow: UnitOfWork, question_id: str) -> None:
    """Lets the policy decide on a question that the assistant has been unable to answer for a while."""
    question = uow.tx.questions.get(question_id)
    if question is None or question.state is not QuestionState.WAITING or question.handoff_id is not None:
        return
    conversation = uow.tx.conversations.get(question.conversation_id)
    if conversation is not None:
        facts = replace(_facts(uow, question), text="", unavailable_for=uow.now - question.asked_at)
        _escalate_unanswered(uow, conversation, question, facts)


def record_refusal(uow: UnitOfWork, ask: Ask | Submit | Collect, reason: NoAnswer) -> None:
    """Records that there will be no answer."""
    question = _still_wanted(uow, ask)
    if question is None:
        return
    question = replace(question, state=QuestionState.FAILED, unresolved=question.handoff_id is None)
    _save_and_show(uow, question)
    if question.handoff_id is not None:
        notice = functools.partial(messages.agents.no_answer, reason)
        tell_agents(uow, question, notice, key=f"refused:{question.id}")
        return
    facts = replace(_facts(uow, question), text="", unavailable_for=uow.now - question.asked_at, refused=True)
    conversation = uow.tx.conversations.get(question.conversation_id)
    if conversation is not None and not _escalate_unanswered(uow, conversation, question, facts):
        text = messages.employee.no_answer(reason)
        tell(uow, conversation, text, key=f"refused:{question.id}", thread=question.thread, offers_person=True)


def _escalate_unanswered(uow: UnitOfWork, conversation: Conversation, question: Question, facts: Facts) -> bool:
    """Lets the policy decide. Returns whether the conversation has an open handoff now."""
    if not _has_withdrawn(uow, question):
        escalate(uow, conversation, facts, question=question)
    return uow.tx.handoffs.open_in(conversation.id) is not None


def _has_withdrawn(uow: UnitOfWork, question: Question) -> bool:
    """Returns whether the employee has withdrawn a handoff of this question."""
    handoffs = uow.tx.handoffs.all_in(question.conversation_id)
    return any(handoff.resolution.withdrawn and handoff.question_id == question.id for handoff in handoffs)


def stop(uow: UnitOfWork, pressed: StopPressed) -> tuple[str, ...]:
    """Stops the employee's questions in a thread and returns their ids. A handoff continues."""
    conversation = uow.tx.conversations.of_thread(pressed.thread)
    if (
        conversation is None
        or refusal_for(Actor(person=pressed.person), Role.EMPLOYEE, Case.of(conversation)) is not None
    ):
        return ()
    waiting = [q for q in uow.tx.questions.waiting_in(conversation.id) if q.thread == pressed.thread.thread]
    for question in waiting:
        _save_and_show(uow, replace(question, state=QuestionState.STOPPED))
    text = messages.employee.STOPPED if waiting else messages.employee.NOTHING_TO_STOP
    tell(uow, conversation, text, key=new_id("stop"), thread=pressed.thread.thread)
    return tuple(question.id for question in waiting)


def handle_edit(uow: UnitOfWork, edit: MessageEdited) -> tuple[str, ...]:
    """Handles an employee's edit. Asks an unanswered question again. Returns the ids of superseded questions."""
    question = uow.tx.questions.of_message(edit.address)
    if question is None:
        _handle_added_text(uow, edit)
        return ()
    conversation = uow.tx.conversations.get(question.conversation_id)
    if conversation is None or question.text == edit.text:
        return ()
    if refusal_for(Actor(person=edit.author), Role.EMPLOYEE, Case.of(conversation)) is not None:
        return ()
    if question.state is not QuestionState.WAITING:
        tell(uow, conversation, messages.employee.EDITED_TOO_LATE, key=new_id("edit"), thread=question.thread)
        return ()
    if len(edit.text) > messages.anyone.LONGEST_QUESTION or not edit.text.strip():
        _save_and_show(uow, replace(question, state=QuestionState.STOPPED))
        problem = messages.anyone.too_long(len(edit.text)) if edit.text.strip() else messages.employee.NO_WORDS
        tell(uow, conversation, problem, key=new_id("edit"), thread=question.thread, offers_person=True)
        return (question.id,)
    _ask_again(uow, conversation, replace(question, text=edit.text, revision=question.revision + 1))
    return (question.id,)


def _handle_added_text(uow: UnitOfWork, edit: MessageEdited) -> None:
    """Handles an edit that adds the first text to a message like a new message, unless it was relayed already."""
    relay = uow.tx.relays.of_message(edit.address)
    is_relayed = relay is not None and relay.state is not RelayState.KEPT
    if edit.was_wordless and not is_relayed and uow.tx.conversations.of_thread(edit.address):
        handle_message(uow, as_written(edit))


def _ask_again(uow: UnitOfWork, conversation: Conversation, question: Question) -> None:
    def settle(withheld: bool) -> Question:
        settled = replace(question, withheld=question.withheld or withheld)
        _save_and_show(uow, settled)
        return settled

    escalate(uow, conversation, _facts(uow, question), question=question, settle=settle)
    put_to_assistant(uow, question, conversation.session_id)


def handle_deletion(uow: UnitOfWork, deletion: MessageDeleted) -> tuple[str, ...]:
    """Handles a deleted message: stops an unanswered question. Returns the ids of stopped questions."""
    question = uow.tx.questions.of_message(deletion.address)
    if question is None or question.state is not QuestionState.WAITING:
        return ()
    _save_and_show(uow, replace(question, state=QuestionState.STOPPED))
    return (question.id,)


def _save_and_show(uow: UnitOfWork, question: Question) -> None:
    """Saves a question and refreshes the cards that show it."""
    uow.tx.questions.save(question)
    refresh_cards_showing(uow, question.conversation_id, question.id)
