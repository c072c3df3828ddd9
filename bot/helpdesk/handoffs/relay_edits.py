"""Edits and deletions of relayed messages, which their copies follow.

An edit may arrive before its message, because chat servers repeat failed deliveries. It is then handled as the message,
which is ignored when it arrives.
"""

from __future__ import annotations

from dataclasses import replace

from bot.helpdesk import messages
from bot.helpdesk.answering.answers import text_asked_with
from bot.helpdesk.handoffs.card import refresh_card
from bot.helpdesk.handoffs.hiding import heed_matter
from bot.helpdesk.handoffs.note_prefixes import is_doubtful, stays
from bot.helpdesk.handoffs.notify import load, post_to_thread
from bot.helpdesk.handoffs.pending import record_reply
from bot.helpdesk.handoffs.relay import handle_agent_message, next_state, settle
from bot.helpdesk.handoffs.relay_copies import (
    copy_stored_files,
    remove_all_files,
    retract,
    store_files,
    update_files,
    update_text,
)
from bot.helpdesk.handoffs.tickets import copy_note
from bot.helpdesk.model.chat import Address
from bot.helpdesk.model.conversation import Question, QuestionState, new_id
from bot.helpdesk.model.events import MessageDeleted, MessageEdited, MessageReceived
from bot.helpdesk.model.handoff import Handoff
from bot.helpdesk.model.relay import Relay, RelayState
from bot.helpdesk.permissions import may_be_agent
from bot.helpdesk.redaction import redact
from bot.helpdesk.unit_of_work import UnitOfWork

# From the agents to the employee.


def handle_agent_edit(uow: UnitOfWork, edit: MessageEdited) -> None:
    """Handles an agent's edit of a message in a handoff's thread."""
    if not may_be_agent(uow.config, edit):
        return
    relay = uow.tx.relays.of_message(edit.address)
    handoff = uow.tx.handoffs.get(relay.handoff_id) if relay else None
    if relay is None:
        handle_agent_message(uow, as_written(edit))
    elif handoff is not None and relay.to_employee and relay.author == edit.author:
        relay = update_files(uow, relay, edit.attached)
        if edit.restored and relay.state is RelayState.WITHDRAWN:
            restored = replace(relay, text=edit.text, revision=relay.revision + 1)
            settle(uow, handoff, replace(restored, state=next_state(uow, handoff, relay.author, edit.text)))
        elif not edit.only_files:
            _apply_edit(uow, handoff, relay, edit.text)


def as_written(edit: MessageEdited) -> MessageReceived:
    """Returns the edited message as a new one, with its current text and files."""
    return MessageReceived(
        workspace=edit.workspace,
        address=edit.address,
        author=edit.author,
        text=edit.text,
        attached=edit.attached,
        sent_at=edit.sent_at,
        direct=edit.direct,
        external=edit.external,
        unverified=edit.unverified,
    )


def _apply_edit(uow: UnitOfWork, handoff: Handoff, relay: Relay, text: str) -> None:
    changed = replace(relay, text=text, revision=relay.revision + 1)
    match relay.state:
        case RelayState.NOTE if not stays(text):
            # It is not a note any more: handled like a new message.
            settle(uow, handoff, replace(changed, state=next_state(uow, handoff, relay.author, text)))
        case RelayState.NOTE:
            copy_note(uow, handoff, changed)
            uow.tx.relays.save(replace(changed, text=""))
        case RelayState.ASKED | RelayState.DELAYED | RelayState.SENT if stays(text):
            _keep_internal(uow, handoff, relay, replace(changed, state=RelayState.NOTE))
        case RelayState.DELAYED | RelayState.SENT if is_doubtful(text) and not is_doubtful(relay.text):
            # If it was in doubt before, its author has already decided to send it.
            _keep_internal(uow, handoff, relay, replace(changed, state=RelayState.ASKED))
        case RelayState.ASKED if is_doubtful(relay.text) and not is_doubtful(text):
            _classify_again(uow, handoff, changed)
        case RelayState.ASKED | RelayState.DELAYED:
            uow.tx.relays.save(changed)
        case RelayState.SENT if text != relay.text:
            update_text(uow, changed)


def _keep_internal(uow: UnitOfWork, handoff: Handoff, before: Relay, changed: Relay) -> None:
    """Keeps a message internal, or retracts it if it was sent, unless its author decides to send it later."""
    if before.state is RelayState.SENT:
        retract(uow, before)
    settle(uow, handoff, changed)


def _classify_again(uow: UnitOfWork, handoff: Handoff, relay: Relay) -> None:
    """Handles a message that is not in doubt any more like a new one."""
    state = next_state(uow, handoff, relay.author, relay.text)
    if state is RelayState.ASKED:
        uow.tx.relays.save(relay)
    else:
        settle(uow, handoff, replace(relay, state=state))


def handle_agent_deletion(uow: UnitOfWork, deletion: MessageDeleted) -> None:
    """Handles a deleted message of an agent: it is not sent, or its copy is retracted."""
    relay = uow.tx.relays.of_message(deletion.address)
    if relay is None:
        _store_deletion(uow, deletion)
    elif relay.to_employee and relay.state is not RelayState.WITHDRAWN:
        relay = remove_all_files(uow, relay)
        if relay.state is RelayState.SENT:
            retract(uow, relay)
        uow.tx.relays.save(replace(relay, state=RelayState.WITHDRAWN, text="", revision=relay.revision + 1))


def _store_deletion(uow: UnitOfWork, deletion: MessageDeleted) -> None:
    handoff = uow.tx.handoffs.of_thread(deletion.address)
    if handoff is not None:
        uow.tx.relays.add(
            Relay(
                id=new_id("rel"),
                conversation_id=handoff.conversation_id,
                handoff_id=handoff.id,
                surface=deletion.address.surface,
                channel=deletion.address.channel,
                message=deletion.address.message,
                author="",
                to_employee=True,
                text="",
                state=RelayState.WITHDRAWN,
                written_at=uow.now,
            )
        )


# From the employee to the agents.


def handle_employee_edit(uow: UnitOfWork, edit: MessageEdited) -> None:
    """Shows the agents an edit of the employee's message."""
    relay = uow.tx.relays.of_message(edit.address)
    question = _question_of(uow, edit.address, relay)
    if relay is None or (question is not None and relay.question_id is None):
        if question is not None and question.text != edit.text:
            _tell_of_question(uow, question, edit.text)
    elif not relay.to_employee and _is_with_agents(uow, relay, edit) and edit.text != relay.text:
        if (handoff := uow.tx.handoffs.get(relay.handoff_id)) is not None:
            heed_matter(uow, handoff, edit.text)
        update_text(uow, replace(relay, text=edit.text, state=RelayState.SENT, revision=relay.revision + 1))
        if question is not None:
            _tell_of_question(uow, question, text_asked_with(uow, relay), copied_in=relay.handoff_id)
        if (found := load(uow, relay.handoff_id)) is not None:
            handoff, conversation = found
            record_reply(uow, conversation, handoff)
            _refresh_matter(uow, relay)


def _is_with_agents(uow: UnitOfWork, relay: Relay, edit: MessageEdited) -> bool:
    """Returns whether the agents have a copy of the message, perhaps one that says it was deleted."""
    if relay.state is RelayState.WITHDRAWN and edit.restored:
        return uow.tx.effects.of_key(relay.copy_key) is not None
    return relay.state is RelayState.SENT


def update_employee_files(uow: UnitOfWork, edit: MessageEdited) -> None:
    """Updates the copies of files after an edit of the employee's message."""
    relay = uow.tx.relays.of_message(edit.address)
    if relay is None:
        _relay_added_files(uow, edit)
    elif not relay.to_employee and relay.state is not RelayState.WITHDRAWN:
        update_files(uow, relay, edit.attached)


def _relay_added_files(uow: UnitOfWork, edit: MessageEdited) -> None:
    """Relays files that were added to a question without files, or stores them until there is a handoff."""
    question = uow.tx.questions.of_message(edit.address)
    conversation = uow.tx.conversations.get(question.conversation_id) if question else None
    if conversation is None or not edit.attached or edit.author != conversation.employee:
        return
    store_files(uow, conversation, as_written(edit))
    handoff = uow.tx.handoffs.open_in(conversation.id)
    if handoff is not None:
        copy_stored_files(uow, handoff)


def handle_employee_deletion(uow: UnitOfWork, deletion: MessageDeleted) -> None:
    """Shows the agents that the employee has deleted a message."""
    relay = uow.tx.relays.of_message(deletion.address)
    question = _question_of(uow, deletion.address, relay)
    if question is not None:
        copied_in = relay.handoff_id if relay is not None and relay.question_id is not None else None
        _tell_of_question(uow, question, None, copied_in=copied_in)
    if relay is not None and not relay.to_employee and relay.state is not RelayState.WITHDRAWN:
        relay = remove_all_files(uow, relay)
        gone = replace(relay, text="", state=RelayState.WITHDRAWN, revision=relay.revision + 1)
        if relay.state is RelayState.SENT:
            update_text(uow, gone)
            _refresh_matter(uow, relay)
        else:
            uow.tx.relays.save(gone)


def _refresh_matter(uow: UnitOfWork, relay: Relay) -> None:
    """Refreshes the card that shows what a message says."""
    handoff = uow.tx.handoffs.get(relay.handoff_id)
    if handoff is not None and handoff.grounds.matter == relay.id:
        refresh_card(uow, handoff)


def _question_of(uow: UnitOfWork, message: Address, relay: Relay | None) -> Question | None:
    """Returns the question that a message was, or is part of since its handoff was handed back."""
    if relay is not None and relay.question_id is not None:
        return uow.tx.questions.get(relay.question_id)
    return uow.tx.questions.of_message(message)


def _tell_of_question(uow: UnitOfWork, question: Question, text: str | None, *, copied_in: str | None = None) -> None:
    """Tells the agents that the question on the card was edited, or deleted (`text` None).

    `copied_in`: the handoff whose thread has a copy of the message, which shows the change there.
    """
    handoff = uow.tx.handoffs.open_in(question.conversation_id)
    if handoff is None or handoff.id == copied_in:
        return
    key = new_id("change")
    if text is None:
        post_to_thread(uow, handoff, messages.agents.MESSAGE_DELETED, key=key)
    elif heed_matter(uow, handoff, text).hidden:
        _tell_of_hidden_question(uow, handoff, question, text, key=key)
    else:
        post_to_thread(uow, handoff, messages.agents.MESSAGE_CHANGED, key=key, words=redact(text))


def _tell_of_hidden_question(uow: UnitOfWork, handoff: Handoff, question: Question, text: str, *, key: str) -> None:
    """Tells the agents that *Reveal* shows other words now. A question that waits gets them when it is asked again."""
    if question.state is not QuestionState.WAITING:
        uow.tx.questions.save(replace(question, text=text, hidden=True))
    if question.id == handoff.question_id:
        post_to_thread(uow, handoff, messages.agents.HIDDEN_MESSAGE_CHANGED, key=key)
