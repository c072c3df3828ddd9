"""The home as a card: an employee's own requests and, for agents, the queue with today's figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.chat_markdown.splitting import shortened
from bot.helpdesk import messages
from bot.helpdesk.escalation import Priority
from bot.helpdesk.handoffs.card_words import state_emoji
from bot.helpdesk.messages import Message, Translator, labels
from bot.helpdesk.model.events import Button
from bot.helpdesk.model.handoff import Handoff, HandoffState, Transition
from bot.helpdesk.model.home import (
    LONGEST_SEARCH,
    MOST_READ,
    MOST_REQUESTS,
    EmployeeRequest,
    Filter,
    Home,
    Queue,
    Queued,
    RequestState,
    Show,
)
from bot.teams import actions
from bot.teams.markdown import escape_markdown, render_sentence
from bot.teams.views.activity import Activity
from bot.teams.views.cards import (
    Json,
    action_set,
    adaptive_card,
    choice_input,
    form_button,
    heading,
    literal_lines,
    moment,
    press,
    small_print,
    text_block,
    text_input,
    verb_button,
)
from bot.teams.views.people import Link, Lookup, PeopleNames

_WORDS_SHOWN = 160
# Handoffs of the queue on a card, which is smaller than a tab.
_MOST_QUEUED = 15
_MOST_CHOICES = 50
_LONGEST_CHOICE = 150


@dataclass(frozen=True, slots=True, kw_only=True)
class _View:
    t: Translator
    names: PeopleNames
    link: Link
    now: float
    chosen: Filter


def home_activity(t: Translator, home: Home, link: Link, people: Lookup) -> Activity:
    """Renders a person's home."""
    chosen = home.queue.chosen if home.queue else Filter()
    view = _View(t=t, names=PeopleNames(people, t(labels.SOMEONE)), link=link, now=home.now, chosen=chosen)
    if home.refused is not None:
        body = [text_block(render_sentence(t.sentence(messages.anyone.refused(home.refused)), {}))]
        return Activity(card=adaptive_card(body))
    queue = _queue(view, home.queue) if home.queue else []
    card = adaptive_card([*queue, *_requests(view, home.requests)], _buttons(view, home), wide=True)
    return Activity(card=card, summary=t(labels.QUEUE if home.queue else labels.REQUESTS))


def _buttons(view: _View, home: Home) -> list[Json]:
    """Builds what shows the home anew: refreshed, and for agents filtered or searched."""
    t, kept = view.t, actions.filter_data(view.chosen)
    if home.queue is None:
        return [verb_button(t(labels.REFRESH), actions.SHOW_HOME, {})]
    refresh = verb_button(t(labels.REFRESH), actions.SHOW_HOME, dict(kept))
    if view.chosen.searches:
        kept = actions.filter_data(view.chosen.without_search())
        return [refresh, verb_button(t(labels.CLEAR_SEARCH), actions.SHOW_HOME, dict(kept))]
    submit = verb_button(t(labels.SEARCH), actions.SHOW_HOME, {}, primary=True)
    return [refresh, form_button(t(labels.SEARCH), _form(view, home.queue), submit)]


def _form(view: _View, queue: Queue) -> list[Json]:
    t, chosen = view.t, view.chosen
    rules = [name for name in dict.fromkeys([*queue.rules, chosen.rule]) if name and len(name) <= _LONGEST_CHOICE]
    return [
        _menu(
            "show", t(labels.EVERY_HANDOFF), [(t(labels.shown_part(one.value)), one.value) for one in Show], chosen.show
        ),
        _menu("rule", t(labels.EVERY_RULE), [(name, name) for name in rules[:_MOST_CHOICES]], chosen.rule),
        _menu(
            "priority",
            t(labels.EVERY_PRIORITY),
            [(t(labels.priority(one)), one.value) for one in reversed(Priority)],
            chosen.priority,
        ),
        text_input("words", t(labels.SEARCH_WORDS), lines=False, most=LONGEST_SEARCH),
    ]


def _menu(id: str, everything: str, named: Sequence[tuple[str, str]], chosen: str) -> Json:
    return choice_input(id, everything, [(everything, actions.EVERYTHING), *named], value=chosen or actions.EVERYTHING)


# For an employee.


def _requests(view: _View, requests: Sequence[EmployeeRequest]) -> list[Json]:
    t = view.t
    if not requests:
        nothing = render_sentence(t.sentence(messages.employee.NOTHING_ASKED), {})
        return [heading(t(labels.REQUESTS)), text_block(nothing)]
    return [
        *_listed(view, labels.OPEN_REQUESTS, [one for one in requests if one.open]),
        *_listed(view, labels.PAST_REQUESTS, [one for one in requests if not one.open]),
    ]


def _listed(view: _View, name: Message, requests: Sequence[EmployeeRequest]) -> list[Json]:
    rows = [block for one in requests[:MOST_REQUESTS] for block in _request(view, one)]
    return [heading(view.t(name)), *rows] if rows else []


def _request(view: _View, one: EmployeeRequest) -> list[Json]:
    """Shows a request: the employee's words, its state below them, and what they can do about it."""
    t = view.t
    number = one.handoff.name if one.handoff and one.handoff.ticket.ref else None
    parts = [_stage(t, one), *([number] if number else []), t(labels.ago(view.now - one.conversation.last_at))]
    missing = t(labels.NO_REQUEST_WORDS if one.words is None else labels.WORDS_FORGOTTEN)
    words = shortened(" ".join((one.words or "").split()), _WORDS_SHOWN) or missing
    buttons = _request_buttons(view, one)
    return [
        {**literal_lines(words)[0], "spacing": "Medium"},
        small_print(escape_markdown(" · ".join(parts))),
        *([action_set(buttons)] if buttons else []),
    ]


def _stage(t: Translator, one: EmployeeRequest) -> str:
    if one.state is RequestState.WITH_SUPPORT and one.agent:
        return t(labels.agent_is_on_it(one.agent))
    return t(labels.request_state(one.state.name))


def _request_buttons(view: _View, one: EmployeeRequest) -> list[Json]:
    t = view.t
    about: Json = {
        actions.PLACE: actions.place_data(one.conversation.channel, one.thread),
        actions.HOME: actions.filter_data(view.chosen),
    }
    if one.closable is not None:
        return [press(t(labels.CLOSE), Transition.CLOSE_REQUEST, one.closable.id, **about)]
    if one.repeatable is not None:
        return [press(t(labels.ASK_AGAIN), Button.ASK_AGAIN, one.repeatable, **about)]
    return []


# For an agent.


def _queue(view: _View, queue: Queue) -> list[Json]:
    t, it = view.t, queue.figures
    figures = messages.agents.figures(opened=it.opened, resolved=it.resolved, answered=it.answered, waiting=it.waiting)
    head = [heading(t(labels.QUEUE)), text_block(render_sentence(t.sentence(figures), {}))]
    if queue.found is not None:
        return [*head, *_results(view, queue, queue.found)]
    rows: list[Json] = []
    left = _MOST_QUEUED
    for group, members in queue.groups:
        shown = members[: max(0, left)]
        left -= len(shown)
        if shown:
            rows.append(small_print(f"**{escape_markdown(t(labels.group(group.name.lower())))}**"))
            rows += [block for one in shown for block in _queued(view, one)]
    left_out = queue.left_out + sum(len(members) for _, members in queue.groups) - (_MOST_QUEUED - left)
    more = [small_print(escape_markdown(t(labels.queue_left_out(left_out))))] if left_out else []
    empty = messages.agents.NOBODY_WAITS if queue.chosen == Filter() else messages.agents.NOTHING_MATCHES
    return [*head, *(rows or [text_block(render_sentence(t.sentence(empty), {}))]), *more]


def _results(view: _View, queue: Queue, found: Sequence[Queued]) -> list[Json]:
    """Shows the results of a search in place of the queue."""
    t = view.t
    shown = found[:_MOST_QUEUED]
    nothing = render_sentence(t.sentence(messages.agents.nothing_found(MOST_READ)), {})
    rows = [block for one in shown for block in _queued(view, one)] or [text_block(nothing)]
    is_more = queue.left_out or len(found) > len(shown)
    return [
        small_print(escape_markdown(t(labels.searched(f"“{view.chosen.words}”")))),
        *rows,
        *([small_print(escape_markdown(t(labels.MORE_FOUND)))] if is_more else []),
    ]


def _queued(view: _View, one: Queued) -> list[Json]:
    """Shows a handoff with a link to its thread, its state and when it is due, and its question or else its rules."""
    t, it = view.t, one.handoff
    name = escape_markdown(shortened(it.name, _WORDS_SHOWN))
    linked = f"[{name}]({view.link(it.channel, it.thread)})" if it.thread else name
    parts = [escape_markdown(t(labels.priority(it.priority))), *_state(view, it), view.names.written(one.employee)]
    lock = "🔒 " if it.hidden else ""
    words = one.question or lock + shortened(", ".join(it.grounds.rules), _WORDS_SHOWN)
    return [
        text_block(f"{state_emoji(it.state, it.resolution)} **{linked}** · {' · '.join(parts)}", spacing="Medium"),
        {**literal_lines(" ".join(words.split()) or " ")[0], "spacing": "None"},
    ]


def _state(view: _View, it: Handoff) -> list[str]:
    """Shows for how long an open handoff has waited and when it is due, who has a claimed one, or how one ended."""
    t = view.t
    if it.state is HandoffState.OPEN:
        waiting = escape_markdown(t(labels.queued_waiting(view.now - it.opened_at)))
        if it.due is None:
            return [waiting]
        return [
            waiting,
            f"{escape_markdown(t(labels.OVERDUE if it.is_late(view.now) else labels.TARGET))} {moment(it.due)}",
        ]
    if it.state is HandoffState.RESOLVED:
        ended = t(labels.ago(view.now - (it.resolution.at or it.opened_at)))
        return [escape_markdown(t(labels.state(it.state_name))), escape_markdown(ended)]
    agent = view.names.plain(it.claimed_by) if it.claimed_by else t(labels.SUPPORT_TEAM)
    return [escape_markdown(t(labels.queued_with(agent, view.now - it.opened_at)))]
