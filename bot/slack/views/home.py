"""The Home tab: an employee's own requests, and for agents the queue and today's figures, as Block Kit.

A view has at most 100 blocks (docs.slack.dev/reference/views); the lists are bounded so that they fit.
"""

from __future__ import annotations

from collections.abc import Iterable

from bot.helpdesk import messages
from bot.helpdesk.escalation.policy import Priority
from bot.helpdesk.model.handoff import Handoff, HandoffState
from bot.helpdesk.model.home import MOST_REQUESTS, EmployeeRequest, Figures, Filter, Home, Queue, Queued, RequestState
from bot.slack import ids
from bot.slack.markdown import escape_mrkdwn, render_sentence, shortened
from bot.slack.views import labels
from bot.slack.views.blocks import STATE_EMOJI, Block, Link, actions, context, header, option, section
from bot.slack.views.rich_text import leaf, line_of, quote, rich_text_block

_WORDS_SHOWN = 160
_MOST_OPTIONS = 100
_LONGEST_OPTION_VALUE = 150


def home_view(home: Home, link: Link) -> Block:
    """Renders the view for `views.publish`."""
    chosen = home.queue.chosen if home.queue else Filter()
    return {
        "type": "home",
        "callback_id": ids.HOME,
        "private_metadata": ids.filter_text(chosen.rule, chosen.priority),
        "blocks": _blocks(home, link),
    }


def _blocks(home: Home, link: Link) -> list[Block]:
    if not home.welcome:
        return [section(render_sentence(messages.anyone.EXTERNAL))]
    queue = _queue(home.queue, home.now, link) if home.queue else []
    return [*queue, *_requests(home.requests, home.now, link)]


# For an employee.


def _requests(requests: tuple[EmployeeRequest, ...], now: float, link: Link) -> list[Block]:
    if not requests:
        return [header(labels.REQUESTS), section(render_sentence(messages.employee.NOTHING_ASKED))]
    still_open = [one for one in requests if one.open][:MOST_REQUESTS]
    past = [one for one in requests if not one.open][:MOST_REQUESTS]
    return [*_listed(labels.OPEN_REQUESTS, still_open, now, link), *_listed(labels.PAST_REQUESTS, past, now, link)]


def _listed(title: str, requests: Iterable[EmployeeRequest], now: float, link: Link) -> list[Block]:
    rows = [_request(one, now, link) for one in requests]
    return [header(title), *rows] if rows else []


def _request(one: EmployeeRequest, now: float, link: Link) -> Block:
    """Shows a request: the employee's words, and below them its state and a link to its thread."""
    number = one.handoff.name if one.handoff and one.handoff.ticket.ref else None
    numbered = [leaf(" · "), leaf(number, bold=True)] if number else []
    there = {"type": "link", "url": link(one.conversation.channel, one.thread), "text": labels.OPEN_THREAD}
    line = [*_stage(one), *numbered, leaf(f" · {_age(now - one.conversation.last_at)} ago · "), there]
    words = shortened(" ".join((one.words or "").split()), _WORDS_SHOWN)
    missing = labels.NO_QUESTION if one.words is None else labels.WORDS_FORGOTTEN
    above = quote(words) if words else line_of(leaf(missing, italic=True))
    return rich_text_block(above, line_of(*line))


def _stage(one: EmployeeRequest) -> list[Block]:
    if one.state is not RequestState.WITH_SUPPORT:
        return [leaf(labels.REQUEST_STATES[one.state])]
    agent = one.handoff.claimed_by if one.handoff else None
    return [leaf("🔵 with "), {"type": "user", "user_id": agent} if agent else leaf(labels.SUPPORT_TEAM)]


# For an agent.


def _queue(queue: Queue, now: float, link: Link) -> list[Block]:
    rows = [
        block
        for group, members in queue.groups
        for block in (context(f"*{group.value}*"), *(section(_queued(one, now, link)) for one in members))
    ]
    left_out = [context(f"and {queue.left_out:,} more; choose a rule or a priority to see them")]
    return [
        header(labels.QUEUE),
        section(_figures(queue.figures)),
        actions(_rule_menu(queue), _priority_menu(queue.chosen)),
        *(rows or [section(render_sentence(messages.agents.NOBODY_WAITS))]),
        *(left_out if queue.left_out else []),
    ]


def _figures(it: Figures) -> str:
    figures = messages.agents.figures(opened=it.opened, resolved=it.resolved, answered=it.answered, waiting=it.waiting)
    return render_sentence(figures)


def _queued(one: Queued, now: float, link: Link) -> str:
    it = one.handoff
    name = escape_mrkdwn(it.name)
    linked = f"<{link(it.channel, it.thread)}|{name}>" if it.thread else name
    rules = escape_mrkdwn(shortened(", ".join(it.grounds.rules), _WORDS_SHOWN))
    return f"{STATE_EMOJI[it.state]} *{linked}* · {it.priority} · {_state(it, now)} · <@{one.employee}>\n{rules}"


def _state(it: Handoff, now: float) -> str:
    age = _age(now - it.opened_at)
    if it.state is HandoffState.OPEN:
        return f"waiting for {age}"
    agent = f"<@{it.claimed_by}>" if it.claimed_by else labels.SUPPORT_TEAM
    return f"with {agent}, opened {age} ago"


def _age(seconds: float) -> str:
    minutes = int(max(0.0, seconds) // 60)
    if minutes < 60:
        return f"{minutes} min"
    hours = minutes // 60
    return f"{hours} h" if hours < 48 else f"{hours // 24} days"


def _rule_menu(queue: Queue) -> Block:
    names = [name for name in dict.fromkeys([*queue.rules, queue.chosen.rule]) if name]
    fitting = [name for name in names if len(name) <= _LONGEST_OPTION_VALUE]
    return _menu(ids.HOME_RULE, labels.EVERY_RULE, fitting, queue.chosen.rule)


def _priority_menu(chosen: Filter) -> Block:
    names = [priority.value for priority in reversed(Priority)]
    return _menu(ids.HOME_PRIORITY, labels.EVERY_PRIORITY, names, chosen.priority)


def _menu(action_id: str, everything: str, names: Iterable[str], chosen: str) -> Block:
    options = [option(everything, ids.EVERYTHING), *(option(name, name) for name in names)][:_MOST_OPTIONS]
    initial = next((one for one in options if one["value"] == chosen), options[0])
    return {"type": "static_select", "action_id": action_id, "options": options, "initial_option": initial}
