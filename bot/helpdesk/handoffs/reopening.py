"""Messages of an employee after the resolution: recorded as thanks, reopening the handoff, or asked about.

| message | consequence | reason |
|---|---|---|
| thanks, or that it works | recorded as solved, like the button | no agent is needed |
| *yes*, after the question whether it is solved | recorded as solved | it answers the question |
| *no* or a thumb down, after that question | the handoff is reopened | it answers the question |
| a number from 1 to 5, after the question how well it is solved | recorded, like the button | it answers the question |
| *yes* or *no*, without that question | the employee is asked | it may mean either |
| nothing clear: "ok", "hm", "?", a face | the employee is asked | it may be a complaint |
| a file without a problem in words | the employee is asked | it may show the next error |
| thanks with a few other words, none about a problem | the employee is asked | it may be a new matter |
| anything else, also thanks with *but*, *still* or a question | the handoff is reopened | people have to read it |
"""

from __future__ import annotations

from dataclasses import replace

from bot.helpdesk import messages
from bot.helpdesk.handoffs.hiding import heed_matter
from bot.helpdesk.handoffs.notify import load, pressed_message, retell, send_private_note, tell
from bot.helpdesk.handoffs.relay import relay_to_agents
from bot.helpdesk.handoffs.relay_copies import new_relay, post_copies
from bot.helpdesk.handoffs.resolution import record_as_solved, record_score
from bot.helpdesk.handoffs.thanks import Remark, remark_of, score_in
from bot.helpdesk.handoffs.transitions import is_reopenable, reopen_for_employee
from bot.helpdesk.messages import Message, in_a_row
from bot.helpdesk.model.conversation import Conversation, new_id
from bot.helpdesk.model.events import Button, MessageEdited, MessageReceived, Pressed
from bot.helpdesk.model.handoff import Handoff, HandoffState, Outcome, Score, SolvedQuestion
from bot.helpdesk.model.relay import Relay, RelayState
from bot.helpdesk.model.target import SentMessage
from bot.helpdesk.unit_of_work import UnitOfWork


def handle_after_resolution(
    uow: UnitOfWork, conversation: Conversation, handoff: Handoff, message: MessageReceived
) -> bool:
    """Handles a message of the employee after the resolution. Returns False if it is for the assistant."""
    if handoff.resolution.handed_back:
        return False
    remark = _classify(handoff, message.text, with_files=bool(message.attached))
    if remark is Remark.THANKS:
        uow.tx.relays.add(new_relay(uow, message, conversation.id, handoff.id))
        _record_thanks(uow, conversation, handoff)
        return True
    if not is_reopenable(uow, handoff):
        return False
    if isinstance(remark, Score):
        uow.tx.relays.add(new_relay(uow, message, conversation.id, handoff.id))
        _record_written_score(uow, conversation, handoff, remark, at=message.sent_at)
    elif remark is Remark.UNCLEAR:
        _hold_and_ask(uow, conversation, handoff, message)
    else:
        handoff = _reopen(uow, conversation, handoff)
        relay_to_agents(uow, conversation, handoff, message)
    return True


def _classify(handoff: Handoff, text: str, *, with_files: bool) -> Remark | Score:
    """Returns THANKS, UNCLEAR or WORDS: the remark that a message makes about this handoff. Or its score."""
    remark, question = remark_of(text), handoff.resolution.question
    if with_files:
        return Remark.WORDS if remark is Remark.WORDS and text.strip() else Remark.UNCLEAR
    if question is SolvedQuestion.SCORE and (score := score_in(text)) is not None:
        return score
    if remark not in (Remark.YES, Remark.NO):
        return remark
    if question is not SolvedQuestion.YES_OR_NO:
        return Remark.UNCLEAR
    return Remark.THANKS if remark is Remark.YES else Remark.WORDS


def _record_thanks(uow: UnitOfWork, conversation: Conversation, handoff: Handoff) -> None:
    """Records the handoff as solved, unless that is known, or the agent resolved it without a solution."""
    if handoff.resolution.outcome is Outcome.SOLVED and handoff.resolution.solved is not True:
        record_as_solved(uow, conversation, handoff)


def _record_written_score(
    uow: UnitOfWork, conversation: Conversation, handoff: Handoff, score: Score, *, at: float
) -> None:
    """Records a score that the employee has written `at` this time as if they had pressed its button."""
    notice = handoff.notices.current
    if notice is not None and handoff.resolution.score is not score:
        record_score(uow, conversation, handoff, score, at=at, shown=SentMessage(notice))


def _hold_and_ask(uow: UnitOfWork, conversation: Conversation, handoff: Handoff, message: MessageReceived) -> None:
    """Holds a message and asks whether to reopen the handoff, once for all messages until the employee answers."""
    is_asked = bool(uow.tx.relays.asked_of_employee_in(handoff.id))
    relay = replace(new_relay(uow, message, conversation.id, handoff.id), state=RelayState.ASKED)
    uow.tx.relays.add(relay)
    if not is_asked:
        _post_reopen_prompt(uow, conversation, handoff, relay)


def _post_reopen_prompt(uow: UnitOfWork, conversation: Conversation, handoff: Handoff, relay: Relay) -> None:
    text = messages.employee.shall_reopen(handoff.name)
    tell(uow, conversation, text, key=f"reopen:{relay.id}:{relay.revision}", reopens=relay.id)


def _reopen(uow: UnitOfWork, conversation: Conversation, handoff: Handoff) -> Handoff:
    """Reopens the handoff, unless the conversation has an open one, and relays the held messages there."""
    held = uow.tx.relays.asked_of_employee_in(handoff.id)
    current = uow.tx.handoffs.open_in(conversation.id) or reopen_for_employee(uow, conversation, handoff)
    for relay in held:
        current = heed_matter(uow, current, relay.text)
        post_copies(uow, replace(relay, handoff_id=current.id))
    return current


# Buttons.


def handle_reopen_choice(uow: UnitOfWork, pressed: Pressed) -> None:
    """Handles the employee's choice whether their message reopens the handoff."""
    relay = uow.tx.relays.get(pressed.subject)
    found = load(uow, relay.handoff_id) if relay else None
    if relay is None or relay.to_employee or found is None:
        send_private_note(uow, pressed, messages.anyone.GONE)
        return
    handoff, conversation = found
    is_undecided = relay.state is RelayState.ASKED or bool(uow.tx.relays.asked_of_employee_in(handoff.id))
    if not is_undecided and (pressed.button is Button.ALL_GOOD or handoff.state is not HandoffState.RESOLVED):
        send_private_note(uow, pressed, messages.anyone.SAID_ALREADY)
    elif pressed.button is Button.ALL_GOOD:
        _show_choice(uow, pressed, conversation, handoff, messages.employee.YOU_SAID_ALL_GOOD)
        for held in uow.tx.relays.asked_of_employee_in(handoff.id):
            uow.tx.relays.save(replace(held, state=RelayState.INTERNAL))
        _record_thanks(uow, conversation, handoff)
    elif handoff.resolution.handed_back:
        send_private_note(uow, pressed, messages.employee.withdrawn_already(handoff.name))
    else:
        _show_choice(uow, pressed, conversation, handoff, messages.employee.REOPENED_BY_YOU)
        _reopen(uow, conversation, handoff)


def _show_choice(
    uow: UnitOfWork, pressed: Pressed, conversation: Conversation, handoff: Handoff, choice: Message
) -> None:
    text = in_a_row(messages.employee.shall_reopen(handoff.name), choice, separator="\n")
    retell(uow, conversation, pressed_message(pressed), text, key=new_id("chosen"), subject=handoff.id)


# Edits.


def handle_edit_after_resolution(uow: UnitOfWork, edit: MessageEdited) -> bool:
    """Handles an edit of a message that was recorded or held after the resolution instead of being relayed.

    Returns False for an edit of any other message.
    """
    relay = uow.tx.relays.of_message(edit.address)
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
    match _classify(handoff, edit.text, with_files=bool(relay.files)):
        case Remark.THANKS:
            uow.tx.relays.save(replace(changed, state=RelayState.INTERNAL))
            if handoff.state is HandoffState.RESOLVED:
                _record_thanks(uow, conversation, handoff)
        case Score() as score:
            uow.tx.relays.save(replace(changed, state=RelayState.INTERNAL))
            _record_written_score(uow, conversation, handoff, score, at=edit.sent_at)
        case Remark.UNCLEAR if handoff.state is HandoffState.RESOLVED:
            uow.tx.relays.save(replace(changed, state=RelayState.ASKED))
            if relay.state is not RelayState.ASKED:
                _post_reopen_prompt(uow, conversation, handoff, changed)
        case _:
            _reopen_after_edit(uow, conversation, handoff, changed)
    return True


def _reopen_after_edit(uow: UnitOfWork, conversation: Conversation, handoff: Handoff, relay: Relay) -> None:
    if uow.tx.handoffs.open_in(conversation.id) is None and not is_reopenable(uow, handoff):
        uow.tx.relays.save(relay)
        tell(uow, conversation, messages.employee.EDITED_TOO_LATE, key=new_id("edit"))
        return
    uow.tx.relays.save(replace(relay, state=RelayState.ASKED))
    _reopen(uow, conversation, handoff)
