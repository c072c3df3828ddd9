"""The report of a lookup as a message: ids and events that belong to an id, without anybody's words."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterable, Iterator

from bot.helpdesk import messages
from bot.helpdesk.messages import Translator, labels
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
from bot.slack.ids import UNDERSTOOD
from bot.slack.markdown import escape_mrkdwn, excerpt, render_sentence, shortened
from bot.slack.views.blocks import LONGEST_SECTION, Block, Link, MessagePayload, context, moment, section

# Sections of up to 3,000 characters; Slack takes about 13,000 in one message.
_MOST_SECTIONS = 4
_LONGEST_VALUE = 150

_time = functools.partial(moment, seconds=True)


def search_report_message(t: Translator, report: SearchReport, link: Link) -> MessagePayload:
    """Renders the report, as far as one message holds it."""
    if not report.looked_up:
        text = render_sentence(t.sentence(messages.agents.no_id(UNDERSTOOD)))
        return MessagePayload(text=text, blocks=[section(text)])
    lines = [line for id, found in report.looked_up for line in _looked_up(t, id, found, link)]
    return MessagePayload(text=excerpt(_summary(t, report)), blocks=_packed(t, lines))


def _summary(t: Translator, report: SearchReport) -> str:
    return "; ".join(
        f"{_value(id)}: {', '.join(found.understood_as) if found else t(labels.NOT_KNOWN)}"
        for id, found in report.looked_up
    )


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


def _looked_up(t: Translator, id: str, found: Found | None, link: Link) -> Iterator[str]:
    if found is None:
        yield render_sentence(t.sentence(messages.agents.nothing_known(_value(id), UNDERSTOOD)))
        return
    yield render_sentence(t.sentence(messages.agents.known_as(_value(id), found.understood_as)))
    for one in found.conversations:
        yield from _conversation(t, one, link)
    yield from _effects(t, found.effects)
    yield from (_scheduled_job(t, job) for job in found.scheduled)


def _conversation(t: Translator, found: FoundConversation, link: Link) -> Iterator[str]:
    it = found.conversation
    title, place = f"*{t(labels.CONVERSATION)}*", _code(f"{it.channel}:{it.thread}")
    employee, opened = f"<@{it.employee}>", _time(it.opened_at)
    yield t(labels.conversation_line(title, _code(it.id), employee=employee, place=place, moment=opened))
    yield t(labels.owner_line(it.owner.value, _code(it.session_id), it.generation))
    for question in found.questions:
        yield from _question(t, question)
    for decision in found.decisions:
        yield _decision(t, decision)
    for handoff in found.handoffs:
        yield from _handoff(t, handoff, link)
    yield from _effects(t, found.effects)


def _question(t: Translator, found: FoundQuestion) -> Iterator[str]:
    it = found.question
    place = _code(f"{it.channel}:{it.message}")
    yield t(labels.question_line(_code(it.id), it.state.value, place, _time(it.asked_at)))
    if found.answer is not None:
        yield f"    {_answer(t, found.answer)}"
    yield from (f"    {_verdict(t, verdict)}" for verdict in found.verdicts)


def _answer(t: Translator, it: Answer) -> str:
    score = "" if it.confidence_score is None else f" ({it.confidence_score:g})"
    level = escape_mrkdwn(_value(it.confidence_level or t(labels.CONFIDENCE_NOT_GIVEN)))
    line = labels.answer_line(
        _code(it.id),
        request=_code(it.request_id),
        session=_code(it.session_id),
        confidence=level + score,
        posted=labels.posted_as(_code(it.posted)) if it.posted else labels.NOT_POSTED,
        moment=_time(it.answered_at),
    )
    return t(line)


def _verdict(t: Translator, it: Verdict) -> str:
    return t(labels.verdict_line(_code(it.id), it.rating, it.role, f"<@{it.person}>", _time(it.given_at)))


def _decision(t: Translator, it: DecisionRecord) -> str:
    rules = escape_mrkdwn(_value(", ".join(it.rules)))
    return t(labels.decision_line(_code(it.id), rules, _code(it.fingerprint), _time(it.decided_at)))


def _handoff(t: Translator, found: FoundHandoff, link: Link) -> Iterator[str]:
    it = found.handoff
    thread = f"<{link(it.channel, it.thread)}|{t(labels.THREAD)}>" if it.thread else labels.NO_CARD
    title, state = f"*{t(labels.handoff_title(escape_mrkdwn(it.name)))}*", it.state_name
    yield t(labels.handoff_line(title, _code(it.id), state=state, priority=it.priority, thread=thread))
    yield f"    {_ticket(t, found)}"
    yield from (_happened(t, entry) for entry in found.timeline)


def _ticket(t: Translator, found: FoundHandoff) -> str:
    it = found.handoff.ticket
    if it.ref is None:
        return t(labels.TICKET_NOT_THERE if it.wanted else labels.NO_TICKET)
    status = f" · {found.local_ticket.status.value}" if found.local_ticket else ""
    address = f" · {escape_mrkdwn(_value(it.ref.url))}" if it.ref.url else ""
    return t(labels.ticket_line(_code(it.ref.number), _code(it.ref.id), it.ref.system)) + status + address


def _happened(t: Translator, it: TimelineEntry) -> str:
    event = t(labels.event_line(it.event.name, f"<@{it.person}>" if it.person else None))
    return f"    {_time(it.at)} · {event}{_detail(it)}"


def _detail(it: TimelineEntry) -> str:
    if not it.detail:
        return ""
    return f" (<@{it.detail}>)" if it.event is TimelineEvent.ASSIGNED else f" ({escape_mrkdwn(_value(it.detail))})"


def _effects(t: Translator, effects: tuple[FoundEffect, ...]) -> Iterator[str]:
    if not effects:
        return
    states = Counter(effect.state.value for effect in effects)
    yield t(labels.effects_line(", ".join(f"{count} {state}" for state, count in sorted(states.items()))))
    for effect in effects:
        if effect.state in (EffectState.PENDING, EffectState.SENDING, EffectState.FAILED):
            error = f" · {escape_mrkdwn(_value(effect.error))}" if effect.error else ""
            yield f"    {effect.kind} {_code(effect.id)} · *{effect.state.value}*{error} · {_time(effect.decided_at)}"


def _scheduled_job(t: Translator, it: ScheduledJob) -> str:
    progress = labels.JOB_WAITS if it.done_at is None else labels.job_done(_time(it.done_at))
    return t(labels.scheduled_line(_code(it.id), it.kind.value, progress, _time(it.scheduled_at)))


def _code(value: str) -> str:
    return f"`{escape_mrkdwn(_value(value))}`"


def _value(value: str) -> str:
    """Redacts and shortens an id or a name, which may come from another system or from a person, to one line."""
    return shortened(" ".join(redact(value).replace("`", "'").split()), _LONGEST_VALUE)
