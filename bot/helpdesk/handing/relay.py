"""Talking through the handoff: what people write is carried between its thread and that of the employee."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from bot.helpdesk import wording
from bot.helpdesk.authority import Act, Actor, Matter, may
from bot.helpdesk.conversation import Conversation, Role, new_id
from bot.helpdesk.effects import RelayToEmployee, ThreadPost, Whisper
from bot.helpdesk.handing.telling import post_to_thread, tell, thread_of
from bot.helpdesk.handoff import HandoffState
from bot.helpdesk.inputs import MessageReceived
from bot.helpdesk.redaction import SafeText, compose, redact
from bot.helpdesk.turn import Turn, talk_lane

# What an agent writes after one of these stays among the agents.
NOTE_MARKS = ("note:", "//")


def pass_on(turn: Turn, conversation: Conversation, message: MessageReceived) -> None:
    """The employee writes while people have the conversation: it goes into the handoff's thread."""
    handoff = turn.tx.handoffs.open_in(conversation.id)
    if handoff is None:
        return
    post_to_thread(
        turn,
        handoff,
        ThreadPost.RELAY,
        redact(_with_files(message.text, message.files)),
        key=f"relay:{message.channel}:{message.message}",
        author=message.author,
    )
    if not handoff.relay_told and handoff.state is HandoffState.OPEN:
        turn.tx.handoffs.save(replace(handoff, relay_told=True))
        tell(turn, conversation, wording.passed_on(handoff.name), key=f"passed_on:{handoff.id}")


def _with_files(text: str, files: Iterable[str]) -> str:
    lines = [text] if text.strip() else []
    return "\n".join([*lines, *(f"(file: {name})" for name in files)])


def pass_on_change(turn: Turn, conversation: Conversation, text: str | None) -> None:
    """The employee changed a message (`text` is what it says now) or took one back (None) that people may have read."""
    handoff = turn.tx.handoffs.open_in(conversation.id)
    if handoff is None:
        return
    words = (
        compose("The employee has deleted a message.")
        if text is None
        else compose("The employee has changed a message. It now says:\n{text}", text=redact(text))
    )
    post_to_thread(turn, handoff, ThreadPost.EVENT, words, key=new_id("change"))


def take_agent_message(turn: Turn, message: MessageReceived) -> None:
    """Somebody wrote in a handoff's thread: to the employee once it is claimed, unless it is marked as a note."""
    handoff = turn.tx.handoffs.of_thread(message.channel, message.thread)
    conversation = turn.tx.conversations.get(handoff.conversation_id) if handoff else None
    if handoff is None or conversation is None or message.message == message.thread:
        return
    # Who writes in a channel belongs to it: the surface lets nobody else.
    actor = Actor(person=message.author, place=message.channel, member=True, external=message.external)
    if may(actor, Act.SPEAK, Matter.of(conversation, [handoff])) is not None:
        return
    if message.text.lstrip().lower().startswith(NOTE_MARKS):
        return
    if handoff.state is HandoffState.CLAIMED:
        turn.effect(
            RelayToEmployee(
                channel=conversation.channel,
                thread=thread_of(turn, conversation),
                author=message.author,
                text=_with_files(message.text, message.files),
            ),
            key=f"relay:{message.channel}:{message.message}",
            lane=talk_lane(conversation.id),
            subject=handoff.id,
        )
    elif handoff.state is HandoffState.OPEN:
        turn.effect_once(
            Whisper(channel=message.channel, thread=message.thread, person=message.author, text=wording.CLAIM_FIRST),
            key=f"claim_first:{handoff.id}:{message.author}",
            lane=f"whisper:{message.author}",
            subject=handoff.id,
        )


def verdict_reason_to_thread(turn: Turn, conversation_id: str, role: Role, reason: SafeText) -> None:
    """Somebody said what was wrong with the answer: the agents who have the conversation should know."""
    handoff = turn.tx.handoffs.open_in(conversation_id)
    if handoff is not None:
        words = compose("What was wrong with the answer ({role}):\n{reason}", role=redact(role.value), reason=reason)
        post_to_thread(turn, handoff, ThreadPost.EVENT, words, key=new_id("reason"))
