"""The Home tab: an employee's own requests, and for agents the queue and today's figures, as Block Kit.

A view has at most 100 blocks (docs.slack.dev/reference/views); the lists are bounded so that they fit.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.helpdesk import messages
from bot.helpdesk.escalation.policy import Priority
from bot.helpdesk.handoffs.card_words import state_emoji
from bot.helpdesk.messages import Message, Translator, labels
from bot.helpdesk.model.events import Button
from bot.helpdesk.model.handoff import Handoff, HandoffState, Transition
from bot.helpdesk.model.home import (
    MOST_READ,
    MOST_REQUESTS,
    EmployeeRequest,
    Figures,
    Filter,
    Home,
    Queue,
    Queued,
    RequestState,
    Show,
)
from bot.slack import ids
from bot.slack.markdown import escape_mrkdwn, render_sentence, shortened
from bot.slack.views.blocks import Block, Link, actions, button, context, header, option, section
from bot.slack.views.rich_text import leaf, line_of, moment_leaf, quote, rich_text_block

_WORDS_SHOWN = 160
_MOST_OPTIONS = 100
# The place of an agent's mention in a label.
_AGENT = "{agent}"
_LONGEST_OPTION_VALUE = 150


def home_view(t: Translator, home: Home, link: Link) -> Block:
    """Renders the view for `views.publish`."""
    return {
        "type": "home",
        "callback_id": ids.HOME,
        "private_metadata": ids.filter_text(home.queue.chosen if home.queue else Filter()),
        "blocks": _blocks(t, home, link),
    }


def _blocks(t: Translator, home: Home, link: Link) -> list[Block]:
    if home.refused is not None:
        return [section(render_sentence(t.sentence(messages.anyone.refused(home.refused))))]
    queue = _queue(t, home.queue, home.now, link) if home.queue else []
    return [*queue, *_requests(t, home.requests, home.now, link)]


# For an employee.


def _requests(t: Translator, requests: tuple[EmployeeRequest, ...], now: float, link: Link) -> list[Block]:
    if not requests:
        return [header(t(labels.REQUESTS)), section(render_sentence(t.sentence(messages.employee.NOTHING_ASKED)))]
    return [
        *_listed(t, labels.OPEN_REQUESTS, [one for one in requests if one.open], now, link),
        *_listed(t, labels.PAST_REQUESTS, [one for one in requests if not one.open], now, link),
    ]


def _listed(t: Translator, title: Message, requests: list[EmployeeRequest], now: float, link: Link) -> list[Block]:
    shown = requests[:MOST_REQUESTS]
    rows = [block for one in shown for block in (_request(t, one, now, link), *_request_buttons(t, one))]
    return [header(t(title)), *rows] if rows else []


def _request(t: Translator, one: EmployeeRequest, now: float, link: Link) -> Block:
    """Shows a request: the employee's words, and below them its state and a link to its thread."""
    number = one.handoff.name if one.handoff and one.handoff.ticket.ref else None
    numbered = [leaf(" · "), leaf(number, bold=True)] if number else []
    there = {"type": "link", "url": link(one.conversation.channel, one.thread), "text": t(labels.OPEN_THREAD)}
    line = [leaf(_stage(t, one)), *numbered, leaf(f" · {t(labels.ago(now - one.conversation.last_at))} · "), there]
    words = shortened(" ".join((one.words or "").split()), _WORDS_SHOWN)
    missing = labels.NO_REQUEST_WORDS if one.words is None else labels.WORDS_FORGOTTEN
    above = quote(words) if words else line_of(leaf(t(missing), italic=True))
    return rich_text_block(above, line_of(*line))


def _stage(t: Translator, one: EmployeeRequest) -> str:
    if one.state is RequestState.WITH_SUPPORT and one.agent:
        return t(labels.agent_is_on_it(one.agent))
    return t(labels.request_state(one.state.name))


def _request_buttons(t: Translator, one: EmployeeRequest) -> list[Block]:
    """Builds the row of what the employee can do about a request, if there is anything."""
    about = (one.conversation.channel, one.thread)
    if one.closable is not None:
        value = ids.assignment(one.closable.id, *about)
        return [actions(button(t(labels.CLOSE), ids.ACTION_OF[Transition.CLOSE_REQUEST], value))]
    if one.repeatable is not None:
        value = ids.assignment(one.repeatable, *about)
        return [actions(button(t(labels.ASK_AGAIN), ids.ACTION_OF[Button.ASK_AGAIN], value))]
    return []


# For an agent.


def _queue(t: Translator, queue: Queue, now: float, link: Link) -> list[Block]:
    if queue.found is not None:
        return _results(t, queue, queue.found, now, link)
    rows = [
        block
        for group, members in queue.groups
        for block in (
            context(f"*{t(labels.group(group.name.lower()))}*"),
            *(_queued(t, one, now, link) for one in members),
        )
    ]
    left_out = [context(t(labels.queue_left_out(queue.left_out)))]
    return [
        header(t(labels.QUEUE)),
        section(_figures(t, queue.figures)),
        actions(_show_menu(t, queue.chosen), _rule_menu(t, queue), _priority_menu(t, queue.chosen), _search_button(t)),
        *(rows or [section(render_sentence(t.sentence(_empty(queue))))]),
        *(left_out if queue.left_out else []),
    ]


def _results(t: Translator, queue: Queue, found: Sequence[Queued], now: float, link: Link) -> list[Block]:
    """Shows the results of a search in place of the queue."""
    chosen = queue.chosen
    terms = [
        *([f"“{escape_mrkdwn(chosen.words)}”"] if chosen.words else ()),
        *([f"<@{escape_mrkdwn(chosen.employee)}>"] if chosen.employee else ()),
    ]
    return [
        header(t(labels.QUEUE)),
        section(_figures(t, queue.figures)),
        actions(_search_button(t), button(t(labels.CLEAR_SEARCH), ids.HOME_CLEAR_SEARCH, ids.EVERYTHING)),
        context(t(labels.searched(" · ".join(terms)))),
        *(
            [_queued(t, one, now, link) for one in found]
            or [section(render_sentence(t.sentence(messages.agents.nothing_found(MOST_READ))))]
        ),
        *([context(t(labels.MORE_FOUND))] if queue.left_out else []),
    ]


def _search_button(t: Translator) -> Block:
    return button(t(labels.SEARCH), ids.HOME_SEARCH, ids.EVERYTHING)


def _figures(t: Translator, it: Figures) -> str:
    figures = messages.agents.figures(opened=it.opened, resolved=it.resolved, answered=it.answered, waiting=it.waiting)
    return render_sentence(t.sentence(figures))


def _empty(queue: Queue) -> Message:
    return messages.agents.NOBODY_WAITS if queue.chosen == Filter() else messages.agents.NOTHING_MATCHES


def _queued(t: Translator, one: Queued, now: float, link: Link) -> Block:
    """Shows a handoff with a link to its thread, its state and when it is due, and its question or else its rules."""
    it = one.handoff
    name = shortened(it.name, _WORDS_SHOWN)
    linked = {"type": "link", "url": link(it.channel, it.thread), "text": name} if it.thread else leaf(name)
    line = [
        leaf(f"{state_emoji(it.state, it.resolution)} "),
        {**linked, "style": {"bold": True}},
        leaf(f" · {t(labels.priority(it.priority))} · "),
        *_state(t, it, now),
        leaf(" · "),
        _mention(one.employee),
    ]
    lock = "🔒 " if it.hidden else ""
    rules = leaf(lock + shortened(", ".join(it.grounds.rules), _WORDS_SHOWN) or " ", italic=True)
    return rich_text_block(line_of(*line), quote(one.question) if one.question else line_of(rules))


def _state(t: Translator, it: Handoff, now: float) -> list[Block]:
    """Shows for how long an open handoff has waited and when it is due, who has a claimed one, or how one ended."""
    if it.state is HandoffState.OPEN:
        waiting = leaf(t(labels.queued_waiting(now - it.opened_at)))
        if it.due is None:
            return [waiting]
        return [waiting, leaf(f" · {t(labels.OVERDUE if it.is_late(now) else labels.TARGET)} "), moment_leaf(it.due)]
    if it.state is HandoffState.RESOLVED:
        ended = t(labels.ago(now - (it.resolution.at or it.opened_at)))
        return [leaf(f"{t(labels.state(it.state_name))} · {ended}")]
    agent = _AGENT if it.claimed_by else labels.SUPPORT_TEAM
    before, found, after = t(labels.queued_with(agent, now - it.opened_at)).partition(_AGENT)
    return [leaf(before), _mention(it.claimed_by or ""), leaf(after)] if found else [leaf(before)]


def _mention(person: str) -> Block:
    return {"type": "user", "user_id": person}


def _show_menu(t: Translator, chosen: Filter) -> Block:
    named = [(t(labels.shown_part(part.value)), part.value) for part in Show]
    return _menu(ids.HOME_SHOW, t(labels.EVERY_HANDOFF), named, chosen.show)


def _rule_menu(t: Translator, queue: Queue) -> Block:
    names = [name for name in dict.fromkeys([*queue.rules, queue.chosen.rule]) if name]
    fitting = [name for name in names if len(name) <= _LONGEST_OPTION_VALUE]
    return _menu(ids.HOME_RULE, t(labels.EVERY_RULE), [(name, name) for name in fitting], queue.chosen.rule)


def _priority_menu(t: Translator, chosen: Filter) -> Block:
    named = [(t(labels.priority(priority)), priority.value) for priority in reversed(Priority)]
    return _menu(ids.HOME_PRIORITY, t(labels.EVERY_PRIORITY), named, chosen.priority)


def _menu(action_id: str, everything: str, named: Iterable[tuple[str, str]], chosen: str) -> Block:
    options = [option(everything, ids.EVERYTHING), *(option(name, value) for name, value in named)][:_MOST_OPTIONS]
    initial = next((one for one in options if one["value"] == chosen), options[0])
    return {"type": "static_select", "action_id": action_id, "options": options, "initial_option": initial}
