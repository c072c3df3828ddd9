"""What an employee writes after the resolution: thanks, a matter that people have to see, or what may be either.

What follows from it, and why:

| they write | what happens |
|---|---|
| thanks, or that it works | it is taken as solved, as if they had said so with the button; nobody is called for it |
| *yes*, where they were asked whether it is solved | the same: it answers the question |
| *no* or a thumb down, where they were asked | it comes before people again: it answers the question |
| *yes* or *no* where nothing was asked | they are asked: it could mean both |
| nothing clear: "ok", "hm", "?", a face | they are asked: nobody need be called for it, but it may be a complaint |
| a file without a matter in words | they are asked: it may show the next error |
| thanks with a few other words, of which none says that something is wrong | they are asked: it may be a new matter |
| anything else, thanks with *but*, *still* or a question among it | it comes before people again |
"""

from __future__ import annotations

from dataclasses import replace

from bot.helpdesk import messages
from bot.helpdesk.handoffs.notify import load, retell, send_private_note, tell
from bot.helpdesk.handoffs.relay import new_relay, post_words, relay_to_agents
from bot.helpdesk.handoffs.relay_files import copy_files
from bot.helpdesk.handoffs.resolution import record_as_solved
from bot.helpdesk.handoffs.thanks import Remark, remark_of
from bot.helpdesk.handoffs.transitions import is_reopenable, reopen_for_employee
from bot.helpdesk.model.conversation import Conversation, new_id
from bot.helpdesk.model.events import Button, MessageEdited, MessageReceived, Pressed
from bot.helpdesk.model.handoff import Handoff, HandoffState, Outcome
from bot.helpdesk.model.relay import Relay, RelayState
from bot.helpdesk.unit_of_work import UnitOfWork


def handle_after_resolution(
    uow: UnitOfWork, conversation: Conversation, handoff: Handoff, message: MessageReceived
) -> bool:
    """Handles what an employee writes after the resolution. Returns False where it is for the assistant."""
    if handoff.handed_back:
        return False
    remark = _meant(handoff, message.text, with_files=bool(message.attached))
    if remark is Remark.THANKS:
        uow.tx.relays.add(_of_employee(uow, handoff, message, RelayState.INTERNAL))
        _take_thanks(uow, conversation, handoff)
        return True
    if not is_reopenable(uow, handoff):
        return False
    if remark is Remark.UNCLEAR:
        _ask(uow, conversation, handoff, _of_employee(uow, handoff, message, RelayState.ASKED))
    else:
        handoff = _bring_before_people(uow, conversation, handoff)
        relay_to_agents(uow, conversation, handoff, message)
    return True


def _meant(handoff: Handoff, text: str, *, with_files: bool) -> Remark:
    """Returns the meaning of a message to this handoff: thanks, unclear, or a matter for people."""
    remark = remark_of(text)
    if with_files:
        return Remark.WORDS if remark is Remark.WORDS and text.strip() else Remark.UNCLEAR
    if remark not in (Remark.YES, Remark.NO):
        return remark
    if handoff.outcome is not Outcome.SOLVED or handoff.solved is not None:
        return Remark.UNCLEAR
    return Remark.THANKS if remark is Remark.YES else Remark.WORDS


def _of_employee(uow: UnitOfWork, handoff: Handoff, message: MessageReceived, state: RelayState) -> Relay:
    return replace(new_relay(uow, handoff, message), to_employee=False, state=state)


def _take_thanks(uow: UnitOfWork, conversation: Conversation, handoff: Handoff) -> None:
    """Records thanks. There is no reply to repeated thanks, or where nothing was solved."""
    if handoff.outcome is Outcome.SOLVED and handoff.solved is not True:
        record_as_solved(uow, conversation, handoff)


def _ask(uow: UnitOfWork, conversation: Conversation, handoff: Handoff, relay: Relay) -> None:
    """Asks whether to open the handoff again; once, whatever else the employee writes before they answer."""
    asked_already = bool(uow.tx.relays.asked_of_employee_in(handoff.id))
    uow.tx.relays.add(relay)
    if not asked_already:
        _put_question(uow, conversation, handoff, relay)


def _put_question(uow: UnitOfWork, conversation: Conversation, handoff: Handoff, relay: Relay) -> None:
    text = messages.shall_reopen(handoff.name)
    tell(uow, conversation, text, key=f"reopen:{relay.id}:{relay.revision}", reopens=relay.id)


def _bring_before_people(uow: UnitOfWork, conversation: Conversation, handoff: Handoff) -> Handoff:
    """Opens the handoff again, or takes the one that is open, and relays the messages that wait."""
    waiting = uow.tx.relays.asked_of_employee_in(handoff.id)
    current = uow.tx.handoffs.open_in(conversation.id) or reopen_for_employee(uow, conversation, handoff)
    for relay in waiting:
        _relay_late(uow, current, relay)
    return current


def _relay_late(uow: UnitOfWork, handoff: Handoff, relay: Relay) -> None:
    relay = replace(relay, handoff_id=handoff.id, state=RelayState.SENT, sending=relay.sending + 1)
    uow.tx.relays.save(relay)
    if relay.text.strip():
        post_words(uow, relay)
    copy_files(uow, relay)


# Pressed.


def handle_reopen_choice(uow: UnitOfWork, pressed: Pressed) -> None:
    """Handles the employee's answer whether their message opens the handoff again."""
    relay = uow.tx.relays.get(pressed.subject)
    found = load(uow, relay.handoff_id) if relay else None
    if relay is None or relay.to_employee or found is None:
        send_private_note(uow, pressed, messages.GONE)
        return
    handoff, conversation = found
    waits = relay.state is RelayState.ASKED or bool(uow.tx.relays.asked_of_employee_in(handoff.id))
    if not waits and (pressed.button is Button.ALL_GOOD or handoff.state is not HandoffState.RESOLVED):
        send_private_note(uow, pressed, messages.SAID_ALREADY)
    elif pressed.button is Button.ALL_GOOD:
        _show_choice(uow, pressed, conversation, handoff, messages.YOU_SAID_SOLVED)
        _keep_internal(uow, handoff)
        _take_thanks(uow, conversation, handoff)
    elif handoff.handed_back:
        send_private_note(uow, pressed, messages.withdrawn_already(handoff.name))
    else:
        _show_choice(uow, pressed, conversation, handoff, messages.REOPENED_BY_YOU)
        _bring_before_people(uow, conversation, handoff)


def _keep_internal(uow: UnitOfWork, handoff: Handoff) -> None:
    for relay in uow.tx.relays.asked_of_employee_in(handoff.id):
        uow.tx.relays.save(replace(relay, state=RelayState.INTERNAL))


def _show_choice(uow: UnitOfWork, pressed: Pressed, conversation: Conversation, handoff: Handoff, said: str) -> None:
    text = f"{messages.shall_reopen(handoff.name)}\n{said}"
    retell(uow, conversation, pressed.message, text, key=new_id("chosen"), subject=handoff.id)


# Changed or deleted afterwards.


def handle_edit_after_resolution(uow: UnitOfWork, edit: MessageEdited) -> bool:
    """Handles an edit of a message that was not relayed when it was written, but may have to be now.

    Returns False where the edit is of any other message.
    """
    relay = uow.tx.relays.of_message(edit.channel, edit.message)
    found = load(uow, relay.handoff_id) if relay else None
    if (
        relay is None
        or found is None
        or relay.to_employee
        or relay.state not in (RelayState.INTERNAL, RelayState.ASKED)
    ):
        return False
    if edit.author != relay.author or edit.text == relay.text:
        return True
    handoff, conversation = found
    changed = replace(relay, text=edit.text, revision=relay.revision + 1)
    match _meant(handoff, edit.text, with_files=bool(relay.files)):
        case Remark.THANKS:
            uow.tx.relays.save(replace(changed, state=RelayState.INTERNAL))
            if handoff.state is HandoffState.RESOLVED:
                _take_thanks(uow, conversation, handoff)
        case Remark.UNCLEAR if handoff.state is HandoffState.RESOLVED:
            uow.tx.relays.save(replace(changed, state=RelayState.ASKED))
            if relay.state is not RelayState.ASKED:
                _put_question(uow, conversation, handoff, changed)
        case _:
            _take_as_matter(uow, conversation, handoff, changed)
    return True


def _take_as_matter(uow: UnitOfWork, conversation: Conversation, handoff: Handoff, relay: Relay) -> None:
    if uow.tx.handoffs.open_in(conversation.id) is None and not is_reopenable(uow, handoff):
        uow.tx.relays.save(relay)
        tell(uow, conversation, messages.EDITED_TOO_LATE, key=new_id("edit"))
        return
    uow.tx.relays.save(replace(relay, state=RelayState.ASKED))
    _bring_before_people(uow, conversation, handoff)
