"""The rendering of every content that can be posted."""

from __future__ import annotations

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
    ForEmployee,
    FullAnswer,
    SentDraft,
)
from bot.helpdesk.model.handoff import Card
from bot.helpdesk.model.search_result import SearchReport
from bot.slack.views.answer import answer_message, notice_message, relay_message, sent_draft_message
from bot.slack.views.blocks import Link, MessagePayload
from bot.slack.views.handoff import (
    agent_notice_message,
    alarm_message,
    card_message,
    draft_message,
    employee_message,
    full_answer_message,
)
from bot.slack.views.search_report import search_report_message
from bot.slack.views.sentences import render_sentence


def render(content: Content | SearchReport, link: Link) -> MessagePayload:
    """Renders a content as one message, which may be too large for Slack."""
    if isinstance(content, SearchReport):
        return search_report_message(content, link)
    return _for_employee(content) if isinstance(content, ForEmployee) else _for_agents(content)


def _for_employee(content: ForEmployee) -> MessagePayload:
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
