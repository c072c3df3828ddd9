"""The report of a lookup as a message: ids and events that belong to an id, without anybody's words."""

from __future__ import annotations

from bot.chat_markdown.report_lines import ReportLines, ReportMarkup, summary_of
from bot.helpdesk import messages
from bot.helpdesk.model.search_result import SearchReport
from bot.teams.ids import UNDERSTOOD
from bot.teams.markdown import LONGEST_TEXT, escape_markdown, render_sentence
from bot.teams.views.activity import Activity
from bot.teams.views.cards import utc_moment
from bot.teams.views.handoff import CardView
from bot.teams.views.people import Link

_INDENT = "    "


def search_report_activity(view: CardView, report: SearchReport, link: Link) -> Activity:
    """Renders the report, as far as one message holds it. Each line is an item of a list."""
    t = view.t
    if not report.looked_up:
        said = t.sentence(messages.agents.no_id(UNDERSTOOD))
        return Activity(text=render_sentence(said, {}))
    markup = ReportMarkup(
        text=escape_markdown,
        code=lambda value: f"`{value}`",
        bold=lambda words: f"**{words}**",
        person=view.names.written,
        time=utc_moment,
        link=lambda address, label: f"[{escape_markdown(label)}]({address})",
        sentence=lambda markdown: render_sentence(markdown, {}),
    )
    lines = [_item(line) for line in ReportLines(t, markup, link, UNDERSTOOD).of(report)]
    room = LONGEST_TEXT - 300
    shown: list[str] = []
    for line in lines:
        room -= len(line) + 1
        if room < 0:
            break
        shown.append(line)
    left_out = len(lines) - len(shown)
    more = [render_sentence(t.sentence(messages.agents.more_lines(left_out)), {})] if left_out else []
    return Activity(text="\n\n".join(["\n".join(shown), *more]), summary=summary_of(t, report))


def _item(line: str) -> str:
    """Writes a line as an item of a list. Labels of the report have bullets and blanks of their own."""
    depth = 1 if line.startswith(_INDENT) else 0
    return f"{'  ' * depth}- {line.strip().removeprefix('• ')}"
