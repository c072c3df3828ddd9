"""Messages of an employee to the assistant: received, edited, stopped or deleted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.helpdesk import messages
from bot.helpdesk.answering.answers import (
    LOOKBACK,
    decide_and_note,
    facts_about,
    new_question,
    put_to_assistant,
    save_and_show,
    text_asked_with,
)
from bot.helpdesk.answering.keeping import decide_on_question
from bot.helpdesk.answering.secrets import tell_of_secret
from bot.helpdesk.escalation import Moment, asks_again, complains_about, decide
from bot.helpdesk.handoffs.notify import send_private_note, tell
from bot.helpdesk.handoffs.opening import escalate
from bot.helpdesk.handoffs.relay import relay_to_agents
from bot.helpdesk.handoffs.relay_copies import store_files
from bot.helpdesk.handoffs.relay_edits import as_written
from bot.helpdesk.handoffs.reopening import handle_after_resolution
from bot.helpdesk.handoffs.replacement import current_thread
from bot.helpdesk.handoffs.thanks import Remark, remark_of
from bot.helpdesk.handoffs.tickets import Handed, settle_handed_back
from bot.helpdesk.language import SmallTalk, parse_utterance, small_talk_in
from bot.helpdesk.messages import Message, Text
from bot.helpdesk.model.chat import Address
from bot.helpdesk.model.conversation import (
    Conversation,
    Question,
    QuestionState,
    Role,
    new_id,
    session_name,
)
from bot.helpdesk.model.events import MessageDeleted, MessageEdited, MessageReceived, Pressed, StopPressed
from bot.helpdesk.model.handoff import HandoffState
from bot.helpdesk.model.relay import RelayState
from bot.helpdesk.permissions import Actor, Case, refusal_of_message
from bot.helpdesk.sessions import schedule_idle_close
from bot.helpdesk.text import truncated
from bot.helpdesk.unit_of_work import UnitOfWork

# Characters at the end of an answer in which a question mark means that the assistant asks back.
_ENDING = 200
# Characters of a repeated question that are shown above its answer.
_REPEATED_LENGTH = 300


def handle_message(uow: UnitOfWork, message: MessageReceived, *, repeated: bool = False) -> None:
    """Handles a message of an employee: passes it to people or to the assistant, or replies why not.

    `repeated`: the employee wrote its words before, and was told then of a secret in them.
    """
    earlier = _conversation_of(uow, message)
    conversation = _begin(uow, message) if earlier is None else replace(earlier, last_at=uow.now)
    refusal = refusal_of_message(uow.config, message, Role.EMPLOYEE, conversation)
    if earlier is not None:
        uow.tx.conversations.save(conversation)
    else:
        if refusal is None and _unanswerable(message) is None:
            conversation = schedule_idle_close(uow, conversation)
        uow.tx.conversations.add(conversation)
    if refusal is not None:
        tell(uow, conversation, refusal, key=new_id("told"), thread=message.address.thread)
        return
    if not repeated:
        tell_of_secret(uow, conversation, message.address, message.text)
    if earlier is None or not _pass_to_people(uow, conversation, message):
        _pass_to_assistant(uow, conversation, message, first=earlier is None)


def repeat_question(uow: UnitOfWork, pressed: Pressed) -> None:
    """Handles the words of a question once more, as if the employee had written them again in its thread.

    Does nothing while its conversation waits for an answer or for people: the home did not show that yet.
    """
    question = uow.tx.questions.get(pressed.subject)
    conversation = uow.tx.conversations.get(question.conversation_id) if question else None
    if question is None or conversation is None or not question.text or question.handoff_id is not None:
        send_private_note(uow, pressed, messages.anyone.GONE)
        return
    if uow.tx.questions.waiting_in(conversation.id) or uow.tx.handoffs.open_in(conversation.id):
        return
    thread, _ = current_thread(uow.tx, question.address.in_thread)
    repetition = new_id("again")
    tell(
        uow,
        conversation,
        messages.employee.ASKED_AGAIN,
        key=f"again:{repetition}",
        thread=thread.thread,
        words=truncated(question.text, _REPEATED_LENGTH),
    )
    handle_message(
        uow,
        MessageReceived(
            workspace=pressed.workspace,
            # No message of the employee's has this id.
            address=Address(surface=thread.surface, channel=thread.channel, thread=thread.thread, message=repetition),
            author=pressed.person,
            text=question.text,
            # By the surface's clock: a later time would hide what was written before and has not been received.
            sent_at=question.sent_at,
            direct=True,
        ),
        repeated=True,
    )


def _pass_to_assistant(uow: UnitOfWork, conversation: Conversation, message: MessageReceived, *, first: bool) -> None:
    """Asks the assistant, or replies to what is no question. `first`: the conversation begins with this message."""
    if message.attached:
        store_files(uow, conversation, message)
    elif (reply := _reply_to_no_question(uow, conversation, message, first=first)) is not None:
        _reply_without_assistant(uow, conversation, message, reply)
        return
    if (problem := _unanswerable(message)) is not None:
        tell(uow, conversation, problem, key=new_id("told"), thread=message.address.thread, offers_person=True)
        return
    if (kept_open := schedule_idle_close(uow, conversation)) != conversation:
        uow.tx.conversations.save(kept_open)
    _ask(uow, kept_open, message, first=first)


def _reply_to_no_question(
    uow: UnitOfWork, conversation: Conversation, message: MessageReceived, *, first: bool
) -> tuple[Text, bool] | None:
    """Returns the reply to thanks, a thumb or small talk, and whether it offers a person. None to a question.

    After a question of the assistant, any message may be an answer to it, except for a greeting.
    """
    utterance = parse_utterance(message.text)
    kind = None if message.wordless else small_talk_in(utterance)
    if not (first and kind is SmallTalk.GREETING):
        remark = remark_of(message.text)
        if remark is Remark.THANKS or (remark is Remark.NO and message.wordless):
            return _reply_to_remark(uow, conversation, message, remark, first=first)
    facts = uow.facts_on(message.address.surface, message.author, message.text)
    if kind is None or decide(uow.config.policy, facts).escalate:
        return None
    return _reply_to_small_talk(uow, conversation, kind, first=first)


def _reply_to_small_talk(
    uow: UnitOfWork, conversation: Conversation, kind: SmallTalk, *, first: bool
) -> tuple[Text, bool] | None:
    if not first:
        if uow.tx.questions.waiting_in(conversation.id):
            return messages.employee.STILL_ANSWERING, False
        if kind is not SmallTalk.GREETING and _assistant_asks(uow, conversation):
            return None
        if kind is SmallTalk.ACKNOWLEDGEMENT:
            return messages.employee.ANYTHING_ELSE, False
    return uow.config.policy.small_talk.tell or messages.employee.SMALL_TALK, True


def _reply_to_remark(
    uow: UnitOfWork, conversation: Conversation, message: MessageReceived, remark: Remark, *, first: bool
) -> tuple[Text, bool] | None:
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
    answers = (uow.tx.answers.of_question(question.id) for question in reversed(asked))
    last = next((answer for answer in answers if answer is not None), None)
    return last is not None and "?" in last.text.strip()[-_ENDING:]


def _reply_without_assistant(
    uow: UnitOfWork, conversation: Conversation, message: MessageReceived, reply: tuple[Text, bool]
) -> None:
    """Replies without the assistant. Stores the message as a question, not asked, because it may still be edited."""
    question = replace(new_question(uow, message, conversation.id), state=QuestionState.NOT_ASKED)
    decision, decided = decide_and_note(uow, question, Moment.ASKED, facts_about(uow, question))
    # Thanks are none of the policy's business, and what it would say of them was not followed.
    uow.tx.questions.add(question if decision.escalate else decided)
    text, offers_person = reply
    key = f"tell:{conversation.id}:{message.address.message}"
    tell(uow, conversation, text, key=key, thread=message.address.thread, offers_person=offers_person)


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
    joins = uow.config.surface(message.address.surface).joins_open_conversation
    if found is None and joins and message.address.is_root:
        latest = uow.tx.conversations.latest_in(message.address.surface, message.address.channel)
        found = latest if latest and uow.now - latest.last_at < uow.config.idle_seconds else None
    return found


def _begin(uow: UnitOfWork, message: MessageReceived) -> Conversation:
    return new_conversation(
        uow,
        workspace=message.workspace,
        address=message.address,
        employee=message.author,
        sent_at=message.sent_at if message.address.is_root else None,
    )


def new_conversation(
    uow: UnitOfWork, *, workspace: str, address: Address, employee: str, sent_at: float | None
) -> Conversation:
    """Returns a new conversation in the thread of this message. `sent_at` is when its root was sent."""
    id = new_id("con")
    return Conversation(
        id=id,
        workspace=workspace,
        surface=address.surface,
        channel=address.channel,
        thread=address.thread,
        employee=employee,
        session_id=session_name(id, 1),
        root_sent_at=sent_at,
        opened_at=uow.now,
        last_at=uow.now,
    )


def _unanswerable(message: MessageReceived) -> Message | None:
    """Returns the reason why the assistant cannot be asked this, or None."""
    if message.wordless or not message.text.strip():
        return messages.employee.ONLY_FILES if message.attached else messages.employee.NO_WORDS
    if len(message.text) > messages.anyone.LONGEST_QUESTION:
        return messages.anyone.too_long(len(message.text))
    return None


def _ask(uow: UnitOfWork, conversation: Conversation, message: MessageReceived, *, first: bool) -> None:
    question = new_question(uow, message, conversation.id)
    earlier = [] if first else uow.tx.questions.recent_in(conversation.id, uow.now - LOOKBACK)
    complains = _mark_complained_about(uow, earlier, question.text)
    # A complaint counts once, for the question before it.
    question = replace(question, unresolved=not complains and _mark_repeats(uow, earlier, question.text))
    conversation, question, decision = decide_on_question(uow, conversation, question, complains=complains)
    uow.tx.questions.add(question)
    if message.attached and question.state is QuestionState.WAITING:
        tell(uow, conversation, messages.employee.FILES_UNREAD, key=new_id("told"), thread=message.address.thread)
    escalate(uow, conversation, decision, question=question)
    if question.state is QuestionState.WAITING:
        put_to_assistant(uow, question, conversation.session_id)


def _mark_complained_about(uow: UnitOfWork, earlier: Sequence[Question], text: str) -> bool:
    """Marks the answered question that the text complains about as unresolved. Returns whether there is one."""
    last = next((other for other in reversed(earlier) if other.state is not QuestionState.NOT_ASKED), None)
    if last is None or last.state is not QuestionState.ANSWERED or not complains_about(last.text, text):
        return False
    _mark_unresolved(uow, last)
    return True


def _mark_repeats(uow: UnitOfWork, earlier: Sequence[Question], text: str) -> bool:
    """Marks the earlier questions that the text repeats as unresolved. Returns whether there are any."""
    repeated = [other for other in earlier if asks_again(other.text, text)]
    for other in repeated:
        _mark_unresolved(uow, other)
    return bool(repeated)


def _mark_unresolved(uow: UnitOfWork, question: Question) -> None:
    if not question.unresolved:
        uow.tx.questions.save(replace(question, unresolved=True))


def stop(uow: UnitOfWork, pressed: StopPressed) -> tuple[str, ...]:
    """Stops the employee's questions in a thread and returns their ids. A handoff continues."""
    conversation = uow.tx.conversations.of_thread(pressed.thread)
    actor = Actor(surface=pressed.thread.surface, person=pressed.person)
    if conversation is None or not Case.of(conversation).is_of(actor):
        return ()
    waiting = [q for q in uow.tx.questions.waiting_in(conversation.id) if q.thread == pressed.thread.thread]
    for question in waiting:
        _stop(uow, question)
    text = messages.employee.STOPPED if waiting else messages.employee.NOTHING_TO_STOP
    tell(uow, conversation, text, key=new_id("stop"), thread=pressed.thread.thread)
    return tuple(question.id for question in waiting)


def _stop(uow: UnitOfWork, question: Question) -> None:
    save_and_show(uow, replace(question, state=QuestionState.STOPPED))
    settle_handed_back(uow, uow.tx.handoffs.current_in(question.conversation_id), Handed.STOPPED)


def handle_edit(uow: UnitOfWork, edit: MessageEdited) -> tuple[str, ...]:
    """Handles an employee's edit. Asks an unanswered question again. Returns the ids of superseded questions."""
    found = _question_about(uow, edit.address, edit.text)
    if found is None:
        _handle_added_text(uow, edit)
        return ()
    question, text = found
    conversation = uow.tx.conversations.get(question.conversation_id)
    if conversation is None or (question.text == text and not edit.restored):
        return ()
    if not Case.of(conversation).is_of(Actor(surface=edit.address.surface, person=edit.author)):
        return ()
    if edit.restored:
        return _ask_restored(uow, conversation, question, text)
    tell_of_secret(uow, conversation, edit.address, edit.text)
    if question.state not in (QuestionState.WAITING, QuestionState.KEPT):
        tell(uow, conversation, messages.employee.EDITED_TOO_LATE, key=new_id("edit"), thread=question.thread)
        return ()
    if len(text) > messages.anyone.LONGEST_QUESTION or not text.strip():
        _stop(uow, question)
        problem = messages.anyone.too_long(len(text)) if text.strip() else messages.employee.NO_WORDS
        tell(uow, conversation, problem, key=new_id("edit"), thread=question.thread, offers_person=True)
        return (question.id,)
    _ask_again(uow, conversation, question, text)
    return (question.id,)


def _ask_restored(uow: UnitOfWork, conversation: Conversation, question: Question, text: str) -> tuple[str, ...]:
    """Asks a question again that was stopped because its message was deleted. An answered one needs no more."""
    if question.state is not QuestionState.STOPPED or not text.strip():
        return ()
    _ask_again(uow, conversation, replace(question, state=QuestionState.WAITING), text)
    return (question.id,)


def _question_about(uow: UnitOfWork, message: Address, text: str) -> tuple[Question, str] | None:
    """Returns the question that a message is part of, and what the question says now that the message says `text`.

    A message that was relayed to people may be one of several that the assistant was asked together.
    """
    relay = uow.tx.relays.of_message(message)
    if relay is None or relay.question_id is None:
        question = uow.tx.questions.of_message(message)
        return None if question is None else (question, text)
    question = uow.tx.questions.get(relay.question_id)
    return None if question is None else (question, text_asked_with(uow, relay))


def _handle_added_text(uow: UnitOfWork, edit: MessageEdited) -> None:
    """Handles an edit that adds the first text to a message like a new message, unless it was relayed already."""
    relay = uow.tx.relays.of_message(edit.address)
    is_relayed = relay is not None and relay.state is not RelayState.KEPT
    if edit.was_wordless and not is_relayed and uow.tx.conversations.of_thread(edit.address):
        handle_message(uow, as_written(edit))


def _ask_again(uow: UnitOfWork, conversation: Conversation, question: Question, text: str) -> None:
    question = replace(question, text=text, revision=question.revision + 1)
    handoff = uow.tx.handoffs.open_in(conversation.id)
    conversation, question, decision = decide_on_question(uow, conversation, question, handoff)
    save_and_show(uow, question)
    before = uow.tx.handoffs.current_in(conversation.id)
    if escalate(uow, conversation, decision, question=question) is not None:
        settle_handed_back(uow, before, Handed.NOT_ANSWERED)
    if question.state is QuestionState.WAITING:
        put_to_assistant(uow, question, conversation.session_id)


def handle_deletion(uow: UnitOfWork, deletion: MessageDeleted) -> tuple[str, ...]:
    """Handles a deleted message: stops an unanswered question, or asks it again if other messages are part of it.

    Returns the ids of stopped and superseded questions.
    """
    found = _question_about(uow, deletion.address, "")
    if found is None or found[0].state is not QuestionState.WAITING:
        return ()
    question, rest = found
    if rest == question.text:
        return ()
    conversation = uow.tx.conversations.get(question.conversation_id)
    if conversation is not None and rest.strip():
        _ask_again(uow, conversation, question, rest)
    else:
        _stop(uow, question)
    return (question.id,)
