"""The report of a lookup as a message: ids and events that belong to an id, without anybody's words."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterable, Iterator

from bot.helpdesk import messages
from bot.helpdesk.model.conversation import Rating, Verdict
from bot.helpdesk.model.effects import EffectState
from bot.helpdesk.model.history import DecisionRecord, TimelineEntry
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


def search_report_message(report: SearchReport, link: Link) -> MessagePayload:
    """Renders the report, as far as one message holds it."""
    if not report.looked_up:
        text = render_sentence(messages.agents.no_id(UNDERSTOOD))
        return MessagePayload(text=text, blocks=[section(text)])
    lines = [line for id, found in report.looked_up for line in _looked_up(id, found, link)]
    return MessagePayload(text=excerpt(_summary(report)), blocks=_packed(lines))


def _summary(report: SearchReport) -> str:
    return "; ".join(
        f"{_value(id)}: {', '.join(found.understood_as) if found else 'not known'}" for id, found in report.looked_up
    )


def _packed(lines: Iterable[str]) -> list[Block]:
    """Packs lines into as few sections as they need, and counts those that do not fit."""
    texts, left_out = [""], 0
    for line in lines:
        if len(texts[-1]) + 1 + len(line) <= LONGEST_SECTION and not left_out:
            texts[-1] = f"{texts[-1]}\n{line}".strip()
        elif len(texts) < _MOST_SECTIONS:
            texts.append(line)
        else:
            left_out += 1
    more = context(render_sentence(messages.agents.more_lines(left_out)))
    return [*(section(text) for text in texts), *([more] if left_out else [])]


def _looked_up(id: str, found: Found | None, link: Link) -> Iterator[str]:
    if found is None:
        yield render_sentence(messages.agents.nothing_known(_value(id), UNDERSTOOD))
        return
    yield render_sentence(messages.agents.known_as(_value(id), found.understood_as))
    for one in found.conversations:
        yield from _conversation(one, link)
    yield from _effects(found.effects)
    yield from map(_scheduled_job, found.scheduled)


def _conversation(found: FoundConversation, link: Link) -> Iterator[str]:
    it = found.conversation
    place = f"{it.channel}:{it.thread}"
    yield f"*Conversation* {_code(it.id)} of <@{it.employee}> · thread {_code(place)} · {_time(it.opened_at)}"
    yield f"Owner {it.owner.value} · session {_code(it.session_id)} (number {it.generation})"
    for question in found.questions:
        yield from _question(question)
    for decision in found.decisions:
        yield _decision(decision)
    for handoff in found.handoffs:
        yield from _handoff(handoff, link)
    yield from _effects(found.effects)


def _question(found: FoundQuestion) -> Iterator[str]:
    it = found.question
    place = f"{it.channel}:{it.message}"
    yield f"• Question {_code(it.id)} · {it.state.value} · message {_code(place)} · {_time(it.asked_at)}"
    if (answer := found.answer) is not None:
        score = "" if answer.confidence_score is None else f" ({answer.confidence_score:g})"
        level = escape_mrkdwn(_value(answer.confidence_level or "not given"))
        posted = f"message {_code(answer.posted)}" if answer.posted else "not posted"
        yield (
            f"    Answer {_code(answer.id)} · request {_code(answer.request_id)} · session {_code(answer.session_id)}"
            f" · confidence {level}{score} · {posted} · {_time(answer.answered_at)}"
        )
    yield from map(_verdict, found.verdicts)


def _verdict(it: Verdict) -> str:
    word = "helpful" if it.rating is Rating.GOOD else "not helpful"
    return f"    Verdict {_code(it.id)} · {word}, says <@{it.person}> ({it.role.value}) · {_time(it.given_at)}"


def _decision(it: DecisionRecord) -> str:
    rules = escape_mrkdwn(_value(", ".join(it.rules)))
    return f"• Decision {_code(it.id)} · rules: {rules} · policy {_code(it.fingerprint)} · {_time(it.decided_at)}"


def _handoff(found: FoundHandoff, link: Link) -> Iterator[str]:
    it = found.handoff
    thread = f"<{link(it.channel, it.thread)}|its thread>" if it.thread else "no card yet"
    yield f"• *Handoff {escape_mrkdwn(it.name)}* {_code(it.id)} · {it.spoken_state} · priority {it.priority} · {thread}"
    yield f"    {_ticket(found)}"
    yield from map(_happened, found.timeline)


def _ticket(found: FoundHandoff) -> str:
    it = found.handoff.ticket
    if it.ref is None:
        return messages.agents.TICKET_NOT_THERE if it.wanted else messages.agents.NO_TICKET
    status = f" · {found.local_ticket.status.value}" if found.local_ticket else ""
    address = f" · {escape_mrkdwn(_value(it.ref.url))}" if it.ref.url else ""
    return f"Ticket {_code(it.ref.number)} · id {_code(it.ref.id)} in {it.ref.system}{status}{address}"


def _happened(it: TimelineEntry) -> str:
    by = f" by <@{it.person}>" if it.person else ""
    detail = f" ({escape_mrkdwn(_value(it.detail))})" if it.detail else ""
    return f"    {_time(it.at)} · {it.event.value}{by}{detail}"


def _effects(effects: tuple[FoundEffect, ...]) -> Iterator[str]:
    if not effects:
        return
    states = Counter(effect.state.value for effect in effects)
    yield f"• Effects: {', '.join(f'{count} {state}' for state, count in sorted(states.items()))}"
    for effect in effects:
        if effect.state in (EffectState.PENDING, EffectState.SENDING, EffectState.FAILED):
            error = f" · {escape_mrkdwn(_value(effect.error))}" if effect.error else ""
            yield f"    {effect.kind} {_code(effect.id)} · *{effect.state.value}*{error} · {_time(effect.decided_at)}"


def _scheduled_job(it: ScheduledJob) -> str:
    done = "waits" if it.done_at is None else f"done {_time(it.done_at)}"
    return f"• Scheduled job {_code(it.id)} · {it.kind.value} · {done} · {_time(it.scheduled_at)}"


def _code(value: str) -> str:
    return f"`{escape_mrkdwn(_value(value))}`"


def _value(value: str) -> str:
    """Redacts and shortens an id or a name, which may come from another system or from a person, to one line."""
    return shortened(" ".join(redact(value).replace("`", "'").split()), _LONGEST_VALUE)
