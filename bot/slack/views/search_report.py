"""The report of a lookup as a message: ids and events that belong to an id, without anybody's words."""

from __future__ import annotations

import functools
from collections.abc import Iterable

from bot.chat_markdown.report_lines import ReportLines, ReportMarkup, summary_of
from bot.helpdesk import messages
from bot.helpdesk.messages import Translator
from bot.helpdesk.model.search_result import SearchReport
from bot.slack.ids import UNDERSTOOD
from bot.slack.markdown import escape_mrkdwn, excerpt, render_sentence
from bot.slack.views.blocks import LONGEST_SECTION, Block, Link, MessagePayload, context, moment, section

# Sections of up to 3,000 characters; Slack takes about 13,000 in one message.
_MOST_SECTIONS = 4

_MRKDWN = ReportMarkup(
    text=escape_mrkdwn,
    code=lambda value: f"`{escape_mrkdwn(value)}`",
    bold=lambda words: f"*{words}*",
    person=lambda person: f"<@{person}>",
    time=functools.partial(moment, seconds=True),
    link=lambda address, label: f"<{address}|{label}>",
    sentence=render_sentence,
)


def search_report_message(t: Translator, report: SearchReport, link: Link) -> MessagePayload:
    """Renders the report, as far as one message holds it."""
    if not report.looked_up:
        text = render_sentence(t.sentence(messages.agents.no_id(UNDERSTOOD)))
        return MessagePayload(text=text, blocks=[section(text)])
    lines = ReportLines(t, _MRKDWN, link, UNDERSTOOD).of(report)
    return MessagePayload(text=excerpt(summary_of(t, report)), blocks=_packed(t, lines))


def _packed(t: Translator, lines: Iterable[str]) -> list[Block]:
    """Packs lines into as few sections as they need, and counts those that do not fit."""
    texts, left_out = [""], 0
    for line in lines:
        if len(texts[-1]) + 1 + len(line) <= LONGEST_SECTION and not left_out:
            texts[-1] = f"{texts[-1]}\n{line}".strip()
        elif len(texts) < _MOST_SECTIONS:
            texts.append(line)
        else:
            left_out += 1
    more = context(render_sentence(t.sentence(messages.agents.more_lines(left_out))))
    return [*(section(text) for text in texts), *([more] if left_out else [])]
