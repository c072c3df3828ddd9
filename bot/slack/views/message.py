"""Messages of the desk as Block Kit: those to the employee and private notes, and `render` for every content."""

from __future__ import annotations

import zlib
from typing import Any

from bot.helpdesk import messages
from bot.helpdesk.model.content import (
    AgentMessage,
    AgentNotice,
    AlarmMessage,
    AnswerPart,
    Content,
    ContinuationNotice,
    DraftPart,
    EmployeeMessage,
    EmployeeNotice,
    ForAgents,
    FullAnswer,
    PersonalNotice,
    SentDraft,
)
from bot.helpdesk.model.conversation import Rating
from bot.helpdesk.model.events import Button
from bot.helpdesk.model.handoff import Card, Transition
from bot.helpdesk.model.search_result import SearchReport
from bot.slack import ids
from bot.slack.markdown import escape_mrkdwn, excerpt, plain_excerpt, render_sentence
from bot.slack.views import labels
from bot.slack.views.blocks import Block, Link, MessagePayload, actions, button, context, markdown
from bot.slack.views.handoff import (
    agent_notice_message,
    alarm_message,
    card_message,
    draft_message,
    employee_message,
    full_answer_message,
    transition_button,
)
from bot.slack.views.rich_text import as_formatted, as_unformatted, sentence_blocks, sentence_text
from bot.slack.views.search_report import search_report_message


def answer_message(part: AnswerPart) -> MessagePayload:
    """Renders a part of an answer; the last one has the buttons."""
    blocks = markdown(part.text)
    if part.last:
        line = messages.employee.DISCLAIMER if part.line is None else part.line
        buttons = [button(labels.TALK_TO_A_PERSON, ids.ACTION_OF[Button.PERSON], part.answer_id)]
        if part.ask_why:
            buttons.append(button(labels.TELL_US_WHY, ids.ACTION_OF[Button.WHY], part.answer_id))
        blocks += [_thumbs(part.answer_id, line), actions(*buttons), context(render_sentence(line))]
    return MessagePayload(text=plain_excerpt(part.text), blocks=blocks)


def _thumbs(answer_id: str, line: str) -> Block:
    return {
        "type": "context_actions",
        # Each state gets its own id: otherwise Slack keeps showing the old one.
        "block_id": f"thumbs:{answer_id}:{zlib.crc32(line.encode())}",
        "elements": [
            {
                "type": "feedback_buttons",
                "action_id": ids.ANSWER_FEEDBACK,
                "positive_button": _thumb(labels.HELPFUL, labels.MARK_AS_HELPFUL, Rating.GOOD, answer_id),
                "negative_button": _thumb(labels.NOT_HELPFUL, labels.MARK_AS_NOT_HELPFUL, Rating.BAD, answer_id),
            }
        ],
    }


def _thumb(text: str, label: str, rating: Rating, answer_id: str) -> dict[str, Any]:
    return {
        "text": {"type": "plain_text", "text": text},
        "accessibility_label": label,
        "value": ids.thumb_value(rating, answer_id),
    }


def notice_message(notice: EmployeeNotice) -> MessagePayload:
    """Renders a text of the bot, with an agent's words inside if there are any."""
    words = None if notice.words is None else as_formatted(notice.words, quoted=True)
    blocks = sentence_blocks(notice.text, person=notice.person, words=words)
    if notice.offer is not None:
        blocks.append(actions(button(labels.TALK_TO_A_PERSON, ids.ACTION_OF[Button.PERSON], notice.offer)))
    if notice.asks is not None:
        yes = button(labels.SOLVED, ids.ACTION_OF[Button.SOLVED], notice.asks, style="primary")
        blocks.append(actions(yes, button(labels.NOT_SOLVED, ids.ACTION_OF[Button.NOT_SOLVED], notice.asks)))
    if notice.withdraws is not None:
        blocks.append(actions(transition_button(Transition.WITHDRAW, notice.withdraws)))
    if notice.reopens is not None:
        again = button(labels.REOPEN, ids.ACTION_OF[Button.REOPEN_MINE], notice.reopens)
        blocks.append(actions(again, button(labels.ALL_GOOD, ids.ACTION_OF[Button.ALL_GOOD], notice.reopens)))
    return MessagePayload(text=sentence_text(notice.text, person=notice.person, words=notice.words), blocks=blocks)


def relay_message(relayed: AgentMessage) -> MessagePayload:
    """Renders the words of an agent, or of somebody who works in the ticket system."""
    who = f"<@{relayed.author}>" if relayed.name is None else escape_mrkdwn(relayed.name)
    words = as_formatted(relayed.text) if relayed.name is None else as_unformatted(relayed.text)
    return MessagePayload(
        text=f"{who}: {excerpt(relayed.text)}", blocks=[context(f"{who} from the support team"), *words]
    )


def sent_draft_message(draft: SentDraft) -> MessagePayload:
    """Renders a draft of the assistant that an agent sends."""
    return MessagePayload(
        text=f"<@{draft.author}>: {plain_excerpt(draft.text)}",
        blocks=[context(f"<@{draft.author}> from the support team"), *markdown(draft.text)],
    )


def personal_notice_message(note: PersonalNotice) -> MessagePayload:
    """Renders a notice for one person; with two buttons if it asks whether to send a message."""
    text = render_sentence(note.text, person=note.person)
    if note.relay_id is None:
        return MessagePayload(text=text)
    label, pressed = (labels.CLAIM_AND_SEND, Button.CLAIM_AND_SEND) if note.claims else (labels.SEND, Button.SEND)
    send = button(label, ids.ACTION_OF[pressed], note.relay_id, style="primary")
    keep = button(labels.KEEP_INSIDE, ids.ACTION_OF[Button.KEEP_INTERNAL], note.relay_id)
    return MessagePayload(text=text, blocks=[*sentence_blocks(note.text, person=note.person), actions(send, keep)])


def render(content: Content | PersonalNotice | SearchReport, link: Link) -> MessagePayload:
    """Renders a content as one message, which may be too large for Slack."""
    match content:
        case AnswerPart():
            return answer_message(content)
        case EmployeeNotice():
            return notice_message(content)
        case ContinuationNotice():
            return MessagePayload(text=render_sentence(content.text))
        case AgentMessage():
            return relay_message(content)
        case SentDraft():
            return sent_draft_message(content)
        case PersonalNotice():
            return personal_notice_message(content)
        case SearchReport():
            return search_report_message(content, link)
        case _:
            return _for_agents(content)


def _for_agents(content: ForAgents) -> MessagePayload:
    match content:
        case Card():
            return card_message(content)
        case AgentNotice():
            return agent_notice_message(content)
        case EmployeeMessage():
            return employee_message(content)
        case DraftPart():
            return draft_message(content)
        case FullAnswer():
            return full_answer_message(content)
        case AlarmMessage():
            return alarm_message(content)
