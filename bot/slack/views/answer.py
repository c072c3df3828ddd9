"""Messages to the employee (answers, notices, agents' words) and private notes, as Block Kit."""

from __future__ import annotations

from typing import Any

from bot.helpdesk.model.conversation import Rating
from bot.helpdesk.model.effects import AnswerView, PrivateNote, RelayToEmployee, SendDraft, Tell, UpdateRelay
from bot.helpdesk.model.events import Button
from bot.helpdesk.model.handoff import Transition
from bot.slack import ids
from bot.slack.markdown import escape_mrkdwn, excerpt, plain_excerpt
from bot.slack.views.blocks import Block, Message, actions, button, context, markdown, section, sections
from bot.slack.views.handoff import transition_button
from bot.slack.views.rich_text import as_formatted, as_unformatted, insert_words

DISCLAIMER = "Answered by an AI assistant. Please check what matters."


def answer_message(view: AnswerView, revision: str) -> Message:
    """Renders a part of an answer; the last one has the buttons. A new `revision` gives an update new block ids."""
    return Message(text=plain_excerpt(view.text), blocks=[*markdown(view.text), *_foot(view, revision)])


def _foot(view: AnswerView, revision: str) -> list[Block]:
    if not view.last:
        return []
    buttons = [button("Talk to a person", ids.ACTION_OF[Button.PERSON], view.answer_id)]
    if view.ask_why:
        buttons.append(button("Tell us why", ids.ACTION_OF[Button.WHY], view.answer_id))
    line = DISCLAIMER if view.line is None else view.line
    return [_thumbs(view.answer_id, revision), actions(*buttons), context(line)]


def _thumbs(answer_id: str, revision: str) -> Block:
    return {
        "type": "context_actions",
        "block_id": f"thumbs:{revision}",
        "elements": [
            {
                "type": "feedback_buttons",
                "action_id": ids.ANSWER_FEEDBACK,
                "positive_button": _thumb("Helpful", "Mark this answer as helpful", Rating.GOOD, answer_id),
                "negative_button": _thumb("Not helpful", "Mark this answer as not helpful", Rating.BAD, answer_id),
            }
        ],
    }


def _thumb(text: str, label: str, rating: Rating, answer_id: str) -> dict[str, Any]:
    return {
        "text": {"type": "plain_text", "text": text},
        "accessibility_label": label,
        "value": ids.thumb_value(rating, answer_id),
    }


def notice_message(tell: Tell) -> Message:
    """Renders a text of the bot, with an agent's words inside if there are any."""
    text = escape_mrkdwn(tell.text).replace("{person}", f"<@{tell.person}>" if tell.person else "someone")
    blocks = sections(text) if tell.words is None else insert_words(text, as_formatted(tell.words, quoted=True))
    if tell.offer is not None:
        blocks.append(actions(button("Talk to a person", ids.ACTION_OF[Button.PERSON], tell.offer)))
    if tell.asks is not None:
        yes = button("Yes, solved", ids.ACTION_OF[Button.SOLVED], tell.asks, style="primary")
        blocks.append(actions(yes, button("No, not yet", ids.ACTION_OF[Button.NOT_SOLVED], tell.asks)))
    if tell.withdraws is not None:
        blocks.append(actions(transition_button(Transition.WITHDRAW, tell.withdraws)))
    if tell.reopens is not None:
        again = button("Reopen", ids.ACTION_OF[Button.REOPEN_MINE], tell.reopens)
        blocks.append(actions(again, button("No, all good", ids.ACTION_OF[Button.ALL_GOOD], tell.reopens)))
    return Message(text=text if tell.words is None else text.replace("{words}", excerpt(tell.words)), blocks=blocks)


def relay_message(relay: RelayToEmployee | UpdateRelay) -> Message:
    """Renders the words of an agent, or of somebody who works in the ticket system."""
    name = relay.name if isinstance(relay, RelayToEmployee) else None
    who = f"<@{relay.author}>" if name is None else escape_mrkdwn(name)
    words = as_formatted(relay.text) if name is None else as_unformatted(relay.text)
    return Message(text=f"{who}: {excerpt(relay.text)}", blocks=[context(f"{who} from the support team"), *words])


def sent_draft_message(draft: SendDraft) -> Message:
    """Renders a draft of the assistant that an agent sends."""
    return Message(
        text=f"<@{draft.author}>: {plain_excerpt(draft.text)}",
        blocks=[context(f"<@{draft.author}> from the support team"), *markdown(draft.text)],
    )


def private_note_message(note: PrivateNote) -> Message:
    """Renders a private note; with two buttons if it asks whether to send a message."""
    text = escape_mrkdwn(note.text).replace("{person}", f"<@{note.about}>" if note.about else "someone")
    if note.relay_id is None:
        return Message(text=text)
    label, pressed = ("Claim and send", Button.CLAIM_AND_SEND) if note.claims else ("Send", Button.SEND)
    send = button(label, ids.ACTION_OF[pressed], note.relay_id, style="primary")
    keep = button("Keep inside", ids.ACTION_OF[Button.KEEP_INTERNAL], note.relay_id)
    return Message(text=text, blocks=[section(text), actions(send, keep)])
