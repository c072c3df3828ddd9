"""Inspector: tickets, stored identifiers, effects and requests to the local Uppzy, as HTML."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.helpdesk.model.conversation import Answer, Question, Verdict
from bot.helpdesk.model.effects import Effect, kind_of
from bot.helpdesk.model.handoff import Handoff
from bot.helpdesk.model.history import DecisionRecord
from bot.helpdesk.model.job import ScheduledJob
from bot.helpdesk.model.ticket_system import LocalTicket
from sandbox.demo.html import NOTHING, Html, element, join
from sandbox.demo.mrkdwn_html import Names
from sandbox.uppzy import LocalUppzy
from storage.queries.overview import Overview, WholeConversation

_ABOUT_EFFECTS = (
    "Everything the bot does outside is a job of its own, looked for before it is tried again. Newest first."
)

_ABOUT_SCHEDULED = "What the bot does later, unless it is no longer needed by then. The next first."

Pairs = Iterable[tuple[str, str | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectorPanels:
    """Panels of the inspector, as HTML."""

    tickets: str
    identifiers: str
    uppzy: str
    effects: str


def render_inspector(overview: Overview, uppzy: LocalUppzy, names: Names) -> InspectorPanels:
    """Renders the stored rows and the requests to the local Uppzy."""
    return InspectorPanels(
        tickets=_list((_ticket(ticket, names) for ticket in overview.tickets), "No ticket yet. Ask for a person."),
        identifiers=_list((_conversation(one, names) for one in overview.conversations), "Nobody has asked yet."),
        uppzy=_uppzy(uppzy),
        effects=join(
            [
                element("p", _ABOUT_EFFECTS, class_="about"),
                _list((_effect(effect) for effect in overview.effects), "Nothing to be done yet."),
                element("p", _ABOUT_SCHEDULED, class_="about"),
                _list((_scheduled_job(job) for job in overview.scheduled), "Nothing is scheduled."),
            ]
        ),
    )


def _list(entries: Iterable[Html], otherwise: str) -> Html:
    return join(entries) or element("p", otherwise, class_="nothing")


def _pairs(pairs: Pairs) -> Html:
    """Renders names and values; empty values are left out."""
    return element("dl", *(_pair(name, value) for name, value in pairs if value), class_="pairs")


def _pair(name: str, value: str) -> Html:
    return element("div", element("dt", name), element("dd", value))


def _code(value: str | None) -> Html | None:
    return element("code", value) if value else None


def _chip(word: str) -> Html:
    return element("span", word, class_=f"chip is-{word}")


def _folded(key: str, title: Html, *content: str) -> Html:
    return element("details", element("summary", title), *content, class_="entry", data_key=key)


# Tickets


def _ticket(ticket: LocalTicket, names: Names) -> Html:
    title = join([element("strong", ticket.number), _chip(ticket.status.value), element("span", ticket.subject)])
    return _folded(
        f"ticket-{ticket.id}",
        title,
        _pairs([("priority", ticket.priority), ("requester", names.person(ticket.requester)), *_metadata(ticket)]),
        element("h5", "Body"),
        element("pre", ticket.body),
        element("h5", "Notes"),
        element("ol", *(element("li", note) for note in ticket.notes)) if ticket.notes else element("p", "none"),
    )


def _metadata(ticket: LocalTicket) -> Pairs:
    about = ticket.metadata
    return [
        ("uppzy_session_id", _code(about.uppzy_session_id)),
        ("uppzy_request_id", _code(about.uppzy_request_id)),
        ("confidence_level", about.confidence_level),
        ("source", _code(about.source)),
        ("handoff", _code(about.handoff_id)),
        ("key", _code(ticket.key)),
    ]


# Identifiers


def _conversation(whole: WholeConversation, names: Names) -> Html:
    conversation = whole.conversation
    asked = whole.questions[0].text if whole.questions else "(no question)"
    title = join([element("span", asked, class_="asked"), _chip(conversation.owner.value)])
    sessions = dict.fromkeys([*(answer.session_id for answer in whole.answers), conversation.session_id])
    return _folded(
        f"conversation-{conversation.id}",
        title,
        _pairs(
            [
                ("conversation", _code(conversation.id)),
                ("employee", f"{names.person(conversation.employee)} ({conversation.employee})"),
                ("Slack channel", _code(conversation.channel)),
                ("Slack thread", _code(conversation.thread)),
                *(("Uppzy session", _code(session)) for session in sessions),
            ]
        ),
        *(_question(question, whole, names) for question in whole.questions),
        *(_decision(decision) for decision in whole.decisions),
        *(_handoff(handoff, names) for handoff in whole.handoffs),
    )


def _question(question: Question, whole: WholeConversation, names: Names) -> Html:
    answer = next((answer for answer in whole.answers if answer.question_id == question.id), None)
    return element(
        "section",
        element("h5", "Question ", _chip(question.state.value)),
        element("p", question.text, class_="words"),
        _pairs([("question", _code(question.id)), ("Slack message", _code(question.message)), *_answer(answer)]),
        *(_verdict(one, names) for one in whole.verdicts if answer and one.answer_id == answer.id),
    )


def _answer(answer: Answer | None) -> Pairs:
    if answer is None:
        return []
    score = "" if answer.confidence_score is None else f" ({answer.confidence_score:.2f})"
    return [
        ("answer", _code(answer.id)),
        ("Uppzy request", _code(answer.request_id)),
        ("confidence", f"{answer.confidence_level or 'not given'}{score}"),
        ("posted as", _code(answer.posted)),
    ]


def _verdict(verdict: Verdict, names: Names) -> Html:
    return _pairs(
        [
            ("verdict", join([_chip(verdict.rating.value), f" by {names.person(verdict.person)} ({verdict.role})"])),
            ("given", "once" if verdict.changes == 1 else f"{verdict.changes} times"),
            ("reason", verdict.reason),
            ("Uppzy's receipt", verdict.receipt or "none yet"),
        ]
    )


def _decision(decision: DecisionRecord) -> Html:
    return element(
        "section",
        element("h5", "Decision"),
        _pairs(
            [
                *(("rule", rule) for rule in decision.rules),
                *(("because", reason) for reason in decision.reasons),
                ("policy", _code(decision.fingerprint)),
                ("decision", _code(decision.id)),
            ]
        ),
    )


def _handoff(handoff: Handoff, names: Names) -> Html:
    ref = handoff.ticket.ref
    return element(
        "section",
        element("h5", f"Handoff {handoff.name} ", _chip(handoff.state.value)),
        _pairs(
            [
                ("handoff", _code(handoff.id)),
                ("Slack channel", _code(handoff.channel)),
                ("Slack thread", _code(handoff.thread)),
                ("claimed by", handoff.claimed_by and names.person(handoff.claimed_by)),
                ("resolved by", handoff.resolution.by and names.person(handoff.resolution.by)),
                ("ticket", ref.number if ref else None),
                ("ticket id", _code(ref.id if ref else None)),
                ("trouble", handoff.ticket.trouble),
            ]
        ),
    )


# Effects


def _effect(effect: Effect) -> Html:
    attempts = f"{effect.attempts} attempts" if effect.attempts > 1 else ""
    return element(
        "p",
        _chip(effect.state.value),
        element("strong", kind_of(effect.body)),
        element("span", ", ".join(filter(None, [attempts, effect.error]))) if attempts or effect.error else NOTHING,
        element("code", effect.outcome) if effect.outcome else NOTHING,
        class_="effect",
    )


def _scheduled_job(job: ScheduledJob) -> Html:
    due = "soon" if job.due_at is None else f"{datetime.fromtimestamp(job.due_at, UTC):%a %H:%M} UTC"
    return element(
        "p", element("strong", job.kind.value), element("span", due), element("code", job.subject), class_="effect"
    )


# The local Uppzy


def _uppzy(uppzy: LocalUppzy) -> Html:
    return join(
        [
            element("h5", "Questions it was asked"),
            _list((_asked(uppzy, number) for number in reversed(range(len(uppzy.asked)))), "None yet."),
            element("h5", "Feedback it received"),
            _list((_feedback(uppzy, number) for number in reversed(range(len(uppzy.feedback)))), "None yet."),
            element("h5", "Sessions that were closed"),
            _list((element("p", element("code", session)) for session in reversed(uppzy.closed)), "None yet."),
        ]
    )


def _asked(uppzy: LocalUppzy, number: int) -> Html:
    asked = uppzy.asked[number]
    return _folded(
        f"asked-{asked.request_id}",
        join([element("span", asked.message, class_="asked"), _chip(asked.answer.level)]),
        _pairs(
            [
                ("session_id", _code(asked.session_id)),
                ("request_id", _code(asked.request_id)),
                ("confidence", f"{asked.answer.level} ({asked.answer.score:.2f})"),
                ("email", asked.email),
                ("response_language", asked.language),
            ]
        ),
    )


def _feedback(uppzy: LocalUppzy, number: int) -> Html:
    received = uppzy.feedback[number]
    return _folded(
        f"feedback-{number}",
        join([_chip(received.feedback), element("code", received.request_id)]),
        _pairs(
            [
                ("session_id", _code(received.session_id)),
                ("submitted_at", received.submitted_at or "it was rated before"),
            ]
        ),
    )
