"""The lines of a search report, the same on every chat surface, which writes them in its own markup."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bot.chat_markdown.splitting import shortened
from bot.helpdesk import messages
from bot.helpdesk.messages import Message, Translator, labels
from bot.helpdesk.model.conversation import Answer, Verdict
from bot.helpdesk.model.effects import EffectState
from bot.helpdesk.model.history import DecisionRecord, TimelineEntry, TimelineEvent
from bot.helpdesk.model.job import ScheduledJob
from bot.helpdesk.model.search_result import (
    Found,
    FoundConversation,
    FoundEffect,
    FoundHandoff,
    FoundQuestion,
    SearchReport,
)
from bot.helpdesk.redaction import redact

_LONGEST_VALUE = 150


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportMarkup:
    """The markup of a surface. `text` and `code` write a value; the others take what is written already.

    `person` names a person by id, `time` writes a time to the second, `link` takes an address and a label, and
    `sentence` a sentence of the desk.
    """

    text: Callable[[str], str]
    code: Callable[[str], str]
    bold: Callable[[str], str]
    person: Callable[[str], str]
    time: Callable[[float], str]
    link: Callable[[str, str], str]
    sentence: Callable[[str], str]


def one_value(value: str) -> str:
    """Redacts and shortens an id or a name, which may come from another system or from a person, to one line."""
    return shortened(" ".join(redact(value).replace("`", "'").split()), _LONGEST_VALUE)


def summary_of(t: Translator, report: SearchReport) -> str:
    """Returns what was looked up, and as which kinds of ids it is known."""
    return "; ".join(
        f"{one_value(id)}: {', '.join(found.understood_as) if found else t(labels.NOT_KNOWN)}"
        for id, found in report.looked_up
    )


class ReportLines:
    """Writes the lines. `link` returns the address of a message, `understood` lists the ids that can be looked up."""

    def __init__(
        self, t: Translator, markup: ReportMarkup, link: Callable[[str, str], str], understood: Message
    ) -> None:
        self._t = t
        self._markup = markup
        self._link = link
        self._understood = understood

    def of(self, report: SearchReport) -> Iterator[str]:
        """Yields the lines of a report, indented below what they belong to."""
        for id, found in report.looked_up:
            yield from self._looked_up(id, found)

    def _code(self, value: str) -> str:
        return self._markup.code(one_value(value))

    def _looked_up(self, id: str, found: Found | None) -> Iterator[str]:
        if found is None:
            yield self._markup.sentence(
                self._t.sentence(messages.agents.nothing_known(one_value(id), self._understood))
            )
            return
        yield self._markup.sentence(self._t.sentence(messages.agents.known_as(one_value(id), found.understood_as)))
        for one in found.conversations:
            yield from self._conversation(one)
        yield from self._effects(found.effects)
        yield from (self._scheduled_job(job) for job in found.scheduled)

    def _conversation(self, found: FoundConversation) -> Iterator[str]:
        it = found.conversation
        title, place = self._markup.bold(self._t(labels.CONVERSATION)), self._code(f"{it.channel}:{it.thread}")
        employee, opened = self._markup.person(it.employee), self._markup.time(it.opened_at)
        yield self._t(labels.conversation_line(title, self._code(it.id), employee=employee, place=place, moment=opened))
        yield self._t(labels.owner_line(it.owner.value, self._code(it.session_id), it.generation))
        for question in found.questions:
            yield from self._question(question)
        for decision in found.decisions:
            yield self._decision(decision)
        for handoff in found.handoffs:
            yield from self._handoff(handoff)
        yield from self._effects(found.effects)

    def _question(self, found: FoundQuestion) -> Iterator[str]:
        it = found.question
        place = self._code(f"{it.channel}:{it.message}")
        yield self._t(labels.question_line(self._code(it.id), it.state.value, place, self._markup.time(it.asked_at)))
        if found.answer is not None:
            yield f"    {self._answer(found.answer)}"
        yield from (f"    {self._verdict(verdict)}" for verdict in found.verdicts)

    def _answer(self, it: Answer) -> str:
        score = "" if it.confidence_score is None else f" ({it.confidence_score:g})"
        level = self._markup.text(one_value(it.confidence_level or self._t(labels.CONFIDENCE_NOT_GIVEN)))
        line = labels.answer_line(
            self._code(it.id),
            request=self._code(it.request_id),
            session=self._code(it.session_id),
            confidence=level + score,
            posted=labels.posted_as(self._code(it.posted)) if it.posted else labels.NOT_POSTED,
            moment=self._markup.time(it.answered_at),
        )
        return self._t(line)

    def _verdict(self, it: Verdict) -> str:
        return self._t(
            labels.verdict_line(
                self._code(it.id), it.rating, it.role, self._markup.person(it.person), self._markup.time(it.given_at)
            )
        )

    def _decision(self, it: DecisionRecord) -> str:
        rules = self._markup.text(one_value(", ".join(it.rules)))
        return self._t(
            labels.decision_line(self._code(it.id), rules, self._code(it.fingerprint), self._markup.time(it.decided_at))
        )

    def _handoff(self, found: FoundHandoff) -> Iterator[str]:
        it = found.handoff
        thread = (
            self._markup.link(self._link(it.channel, it.thread), self._t(labels.THREAD))
            if it.thread
            else labels.NO_CARD
        )
        title, state = self._markup.bold(self._t(labels.handoff_title(self._markup.text(it.name)))), it.state_name
        yield self._t(labels.handoff_line(title, self._code(it.id), state=state, priority=it.priority, thread=thread))
        yield f"    {self._ticket(found)}"
        yield from (self._happened(entry) for entry in found.timeline)

    def _ticket(self, found: FoundHandoff) -> str:
        it = found.handoff.ticket
        if it.ref is None:
            return self._t(labels.TICKET_NOT_THERE if it.wanted else labels.NO_TICKET)
        status = f" · {found.local_ticket.status.value}" if found.local_ticket else ""
        address = f" · {self._markup.text(one_value(it.ref.url))}" if it.ref.url else ""
        return (
            self._t(labels.ticket_line(self._code(it.ref.number), self._code(it.ref.id), it.ref.system))
            + status
            + address
        )

    def _happened(self, it: TimelineEntry) -> str:
        event = self._t(labels.event_line(it.event.name, self._markup.person(it.person) if it.person else None))
        return f"    {self._markup.time(it.at)} · {event}{self._detail(it)}"

    def _detail(self, it: TimelineEntry) -> str:
        if not it.detail:
            return ""
        return (
            f" ({self._markup.person(it.detail)})"
            if it.event is TimelineEvent.ASSIGNED
            else f" ({self._markup.text(one_value(it.detail))})"
        )

    def _effects(self, effects: tuple[FoundEffect, ...]) -> Iterator[str]:
        if not effects:
            return
        states = Counter(effect.state.value for effect in effects)
        yield self._t(labels.effects_line(", ".join(f"{count} {state}" for state, count in sorted(states.items()))))
        for effect in effects:
            if effect.state in (EffectState.PENDING, EffectState.SENDING, EffectState.FAILED):
                yield self._unfinished(effect)

    def _unfinished(self, effect: FoundEffect) -> str:
        error = f" · {self._markup.text(one_value(effect.error))}" if effect.error else ""
        state, decided = self._markup.bold(effect.state.value), self._markup.time(effect.decided_at)
        return f"    {effect.kind} {self._code(effect.id)} · {state}{error} · {decided}"

    def _scheduled_job(self, it: ScheduledJob) -> str:
        progress = labels.JOB_WAITS if it.done_at is None else labels.job_done(self._markup.time(it.done_at))
        return self._t(
            labels.scheduled_line(self._code(it.id), it.kind.value, progress, self._markup.time(it.scheduled_at))
        )
