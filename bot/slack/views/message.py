"""Messages of the desk as Block Kit: those to the employee and private notes, and `render` for every content."""

from __future__ import annotations

import zlib
from typing import Any

from bot.helpdesk import messages
from bot.helpdesk.handoffs.card_words import way_to_send
from bot.helpdesk.messages import Translator, labels
from bot.helpdesk.model.article import ArticleCard
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
    LinkedPlace,
    PersonalNotice,
    ReviewDigest,
    SentDraft,
)
from bot.helpdesk.model.conversation import Rating
from bot.helpdesk.model.events import Button
from bot.helpdesk.model.gap import GapCard
from bot.helpdesk.model.handoff import Card, Score, Transition
from bot.helpdesk.model.search_result import SearchReport
from bot.slack import ids
from bot.slack.markdown import escape_mrkdwn, excerpt, plain_excerpt, render_sentence
from bot.slack.views.article import article_message
from bot.slack.views.blocks import Block, Link, MessagePayload, actions, button, context, markdown, sources_line
from bot.slack.views.gap import gap_message
from bot.slack.views.handoff import (
    agent_notice_message,
    alarm_message,
    card_message,
    draft_message,
    employee_message,
    full_answer_message,
    transition_button,
)
from bot.slack.views.review import digest_message
from bot.slack.views.rich_text import as_formatted, as_unformatted, sentence_blocks, sentence_text
from bot.slack.views.search_report import search_report_message


def answer_message(t: Translator, part: AnswerPart) -> MessagePayload:
    """Renders a part of an answer; the last one has the buttons."""
    blocks = markdown(part.text)
    if part.last:
        line = t.sentence(messages.employee.DISCLAIMER) if part.line is None else part.line
        buttons = [button(t(labels.TALK_TO_A_PERSON), ids.ACTION_OF[Button.PERSON], part.answer_id)]
        if part.ask_why:
            buttons.append(button(t(labels.TELL_US_WHY), ids.ACTION_OF[Button.WHY], part.answer_id))
        blocks += sources_line(t, part.sources)
        blocks += [_thumbs(t, part.answer_id, line), actions(*buttons), context(render_sentence(line))]
    return MessagePayload(text=plain_excerpt(part.text), blocks=blocks)


def _thumbs(t: Translator, answer_id: str, line: str) -> Block:
    return {
        "type": "context_actions",
        # Each state gets its own id: otherwise Slack keeps showing the old one.
        "block_id": f"thumbs:{answer_id}:{zlib.crc32(line.encode())}",
        "elements": [
            {
                "type": "feedback_buttons",
                "action_id": ids.ANSWER_FEEDBACK,
                "positive_button": _thumb(t(labels.HELPFUL), t(labels.MARK_AS_HELPFUL), Rating.GOOD, answer_id),
                "negative_button": _thumb(t(labels.NOT_HELPFUL), t(labels.MARK_AS_NOT_HELPFUL), Rating.BAD, answer_id),
            }
        ],
    }


def _thumb(text: str, label: str, rating: Rating, answer_id: str) -> dict[str, Any]:
    return {
        "text": {"type": "plain_text", "text": text},
        "accessibility_label": label,
        "value": ids.thumb_value(rating, answer_id),
    }


def notice_message(t: Translator, notice: EmployeeNotice) -> MessagePayload:
    """Renders a text of the bot, with an agent's words inside if there are any."""
    words = None if notice.words is None else as_formatted(notice.words, quoted=True)
    blocks = sentence_blocks(notice.text, person=notice.person, words=words, someone=t(labels.SOMEONE))
    if notice.offer is not None:
        blocks.append(actions(button(t(labels.TALK_TO_A_PERSON), ids.ACTION_OF[Button.PERSON], notice.offer)))
    if notice.asks is not None:
        yes = button(t(labels.SOLVED), ids.ACTION_OF[Button.SOLVED], notice.asks, style="primary")
        blocks.append(actions(yes, button(t(labels.NOT_SOLVED), ids.ACTION_OF[Button.NOT_SOLVED], notice.asks)))
    if notice.scores is not None:
        blocks.append(actions(*(_score_button(t, score, notice) for score in Score)))
    if notice.withdraws is not None:
        blocks.append(actions(transition_button(t, Transition.WITHDRAW, notice.withdraws)))
    if notice.reopens is not None:
        again = button(t(labels.REOPEN), ids.ACTION_OF[Button.REOPEN_MINE], notice.reopens)
        blocks.append(actions(again, button(t(labels.ALL_GOOD), ids.ACTION_OF[Button.ALL_GOOD], notice.reopens)))
    if notice.offers is not None:
        blocks.append(actions(button(t(labels.ASK_A_COLLEAGUE), ids.ACTION_OF[Button.ACCEPT_OFFER], notice.offers)))
    if notice.another is not None:
        blocks.append(actions(button(t(labels.OPEN_ANOTHER), ids.ACTION_OF[Button.OPEN_ANOTHER], notice.another)))
    return MessagePayload(
        text=sentence_text(notice.text, person=notice.person, words=notice.words, someone=t(labels.SOMEONE)),
        blocks=blocks,
    )


def _score_button(t: Translator, score: Score, notice: EmployeeNotice) -> Block:
    """Builds the button for a score; the one that the employee has given stands out."""
    assert notice.scores is not None
    number = button(str(score), ids.ACTION_OF[score], notice.scores, style="primary" if score is notice.score else None)
    return {**number, "accessibility_label": t(labels.score_button(score))}


def relay_message(t: Translator, relayed: AgentMessage) -> MessagePayload:
    """Renders the words of an agent, or of somebody who works in the ticket system."""
    who = f"<@{relayed.author}>" if relayed.name is None else escape_mrkdwn(relayed.name)
    words = as_formatted(relayed.text) if relayed.name is None else as_unformatted(relayed.text)
    return MessagePayload(text=f"{who}: {excerpt(relayed.text)}", blocks=[context(t(labels.from_support(who))), *words])


def sent_draft_message(t: Translator, draft: SentDraft) -> MessagePayload:
    """Renders a draft of the assistant that an agent sends."""
    return MessagePayload(
        text=f"<@{draft.author}>: {plain_excerpt(draft.text)}",
        blocks=[context(t(labels.from_support(f"<@{draft.author}>"))), *markdown(draft.text)],
    )


def personal_notice_message(t: Translator, note: PersonalNotice, link: Link) -> MessagePayload:
    """Renders a notice for one person; with two buttons if it asks whether to send a message."""
    place = t(labels.THE_HANDOFF_CHANNEL) if note.place is None else _linked(note.place, link)
    text = render_sentence(note.text, person=note.person, place=place, someone=t(labels.SOMEONE))
    if note.relay_id is None:
        return MessagePayload(text=text)
    label, pressed = way_to_send(note)
    send = button(t(label), ids.ACTION_OF[pressed], note.relay_id, style="primary")
    keep = button(t(labels.KEEP_INSIDE), ids.ACTION_OF[Button.KEEP_INTERNAL], note.relay_id)
    return MessagePayload(
        text=text,
        blocks=[*sentence_blocks(note.text, person=note.person, someone=t(labels.SOMEONE)), actions(send, keep)],
    )


def _linked(place: LinkedPlace, link: Link) -> str:
    if place.name is None:
        return f"<#{place.channel}>"
    name = f"*{escape_mrkdwn(place.name)}*"
    return f"<{link(place.channel, place.message)}|{name}>" if place.message else name


def render(t: Translator, content: Content | PersonalNotice | SearchReport, link: Link) -> MessagePayload:
    """Renders a content as one message, which may be too large for Slack."""
    match content:
        case AnswerPart():
            return answer_message(t, content)
        case EmployeeNotice():
            return notice_message(t, content)
        case ContinuationNotice():
            return MessagePayload(text=render_sentence(content.text))
        case AgentMessage():
            return relay_message(t, content)
        case SentDraft():
            return sent_draft_message(t, content)
        case PersonalNotice():
            return personal_notice_message(t, content, link)
        case SearchReport():
            return search_report_message(t, content, link)
        case _:
            return _for_agents(t, content)


def _for_agents(t: Translator, content: ForAgents) -> MessagePayload:
    match content:
        case Card():
            return card_message(t, content)
        case AgentNotice():
            return agent_notice_message(t, content)
        case EmployeeMessage():
            return employee_message(t, content)
        case DraftPart():
            return draft_message(t, content)
        case FullAnswer():
            return full_answer_message(t, content)
        case AlarmMessage():
            return alarm_message(t, content)
        case ArticleCard():
            return article_message(t, content)
        case ReviewDigest():
            return digest_message(content)
        case GapCard():
            return gap_message(t, content)
