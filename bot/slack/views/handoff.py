"""The card of a handoff and the posts in its thread, as Block Kit."""

from __future__ import annotations

from bot.chat_markdown.beginnings import beginning_of
from bot.helpdesk import messages
from bot.helpdesk.handoffs.card_words import (
    RATINGS,
    all_reasons,
    capitalised,
    confidence_words,
    feedback_on,
    offered_to_agents,
    question_on_card,
    state_emoji,
    verdict_words,
    who_has_it,
)
from bot.helpdesk.handoffs.transition_table import TRANSITIONS
from bot.helpdesk.messages import Message, Translator, labels
from bot.helpdesk.model.content import AgentNotice, AlarmMessage, DraftFoot, DraftPart, EmployeeMessage, FullAnswer
from bot.helpdesk.model.events import Button, Control
from bot.helpdesk.model.handoff import Card, HandoffState, Transition
from bot.slack import ids
from bot.slack.markdown import (
    escape_mrkdwn,
    escaped_size,
    excerpt,
    mrkdwn_parts,
    plain_excerpt,
    render_sentence,
    safe_target,
    shortened,
)
from bot.slack.views.blocks import (
    LONGEST_SECTION,
    MOST_ENTRIES,
    Block,
    MessagePayload,
    actions,
    button,
    context,
    fields,
    header,
    markdown,
    moment,
    option,
    overflow,
    section,
    sources_line,
)
from bot.slack.views.rich_text import as_formatted, as_unformatted, sentence_blocks

_BUTTONS = frozenset({Transition.CLAIM, Transition.JOIN, Transition.RESOLVE, Transition.REOPEN})
# Characters after escaping.
_REASONS_SHOWN = 300


def card_message(t: Translator, card: Card) -> MessagePayload:
    """Renders the card, which fits one screen: long texts are cut short, and rare controls stand in overflow menus."""
    return MessagePayload(
        text=f"{card.name} ({t(labels.state(card.state.value))}): {excerpt(question_on_card(t, card), 200)}",
        blocks=[
            *_head(t, card),
            *_question(t, card),
            *_answer(t, card),
            section(f"*{t(labels.REASONS)}*\n{_reasons(card)}"),
            *_resolution(t, card),
            actions(*_controls(t, card)),
            *_small_print(t, card),
        ],
    )


def _head(t: Translator, card: Card) -> list[Block]:
    return [
        header(f"{state_emoji(card.state, card.resolution)} {card.name}"),
        fields(
            f"*{t(labels.ASKED_BY)}*: <@{card.employee}>",
            f"*{t(labels.STATE)}*: {capitalised(who_has_it(t, card, _mention))}",
            f"*{t(labels.PRIORITY)}*: {capitalised(escape_mrkdwn(t(labels.priority(card.priority))))}",
            *_target(t, card),
            _ticket(t, card),
        ),
    ]


def _mention(person: str) -> str:
    return f"<@{person}>"


def _question(t: Translator, card: Card) -> list[Block]:
    """Shows the question without secrets; *Reveal* shows the original."""
    asked = beginning_of(question_on_card(t, card))
    return [section(f"*{t(labels.QUESTION)}*"), *as_unformatted(f"{asked.text}{asked.rest}", quoted=True)]


def _reasons(card: Card) -> str:
    return escape_mrkdwn(shortened(all_reasons(card), _REASONS_SHOWN, cost=escaped_size))


def _target(t: Translator, card: Card) -> list[str]:
    """Shows until when an open handoff should be claimed."""
    if card.answer_by is None or card.state is not HandoffState.OPEN:
        return []
    return [f"*{t(labels.OVERDUE if card.late else labels.TARGET)}*: {moment(card.answer_by)}"]


def _ticket(t: Translator, card: Card) -> str:
    """Shows the ticket's number and status, or why there is no ticket."""
    ticket = card.ticket
    if ticket.ref is None and ticket.trouble is not None:
        return f"⚠️ {render_sentence(ticket.trouble)}"
    shown = capitalised(t(labels.TICKET_AWAITED if ticket.wanted else labels.NO_TICKET))
    if ticket.ref is not None:
        number = escape_mrkdwn(" ".join(ticket.ref.number.split()))
        address = safe_target(ticket.ref.url or "")
        linked = f"<{escape_mrkdwn(address)}|{number}>" if address else number
        shown = linked if ticket.status is None else f"{linked} · {escape_mrkdwn(ticket.status)}"
    return f"*{t(labels.TICKET)}*: {shown}"


def _resolution(t: Translator, card: Card) -> list[Block]:
    ending = card.resolution
    if ending.outcome is None and not ending.is_answered:
        return []
    words = beginning_of(card.resolution_text or "")
    shown = [
        section(f"*{t(labels.RESOLUTION_SHOWN)}*"),
        *as_formatted(f"{words.text}{words.rest}", quoted=True),
    ]
    if ending.outcome:
        outcome = f"{t(labels.OUTCOME)}{t(labels.COLON)} *{t(labels.outcome_name(ending.outcome))}*"
    else:
        outcome = t(labels.RESOLVED_BEFORE)
    return [*(shown if words.text else ()), context(" · ".join((outcome, *map(t, feedback_on(ending)))))]


def _answer(t: Translator, card: Card) -> list[Block]:
    """Shows the beginning of the answer, with its ratings. A draft stands in the thread and has its buttons there."""
    answer = card.answer
    if card.hidden:
        return []
    title = f"*{t(messages.agents.ANSWER)}*"
    if answer is None:
        missing = labels.ANSWER_AWAITED if card.answer_awaited else labels.NO_ANSWER
        # Where there is nothing to reveal, nothing was asked.
        return [section(f"{title}{t(labels.COLON)} _{t(missing)}_")] if card.revealable else []
    confidence = _confidence(t, answer.confidence)
    if answer.drafted:
        return [section(f"{title}{t(labels.COLON)} _{t(messages.agents.DRAFT_BELOW)}_ · {confidence}")]
    seen = labels.ANSWER_SEEN if answer.shown_to_employee else labels.ANSWER_UNSEEN
    menu = overflow(ids.ANSWER_MENU, *(_entry(t, label, rating, answer.id) for label, rating in RATINGS))
    shown = beginning_of(answer.text)
    quoted = quote_mrkdwn("".join(mrkdwn_parts(shown.text, LONGEST_SECTION)[:1]) + shown.rest)
    return [
        {**section(f"{title} ({t(seen)}) · {confidence}"), "accessory": menu},
        section(quoted),
        *([context(" · ".join(verdict_words(t, one, _mention) for one in answer.verdicts))] if answer.verdicts else ()),
    ]


def _confidence(t: Translator, confidence: str) -> str:
    """Shows the assistant's confidence, its level in the language of the agents."""
    return f"{t(labels.CONFIDENCE)}{t(labels.COLON)} *{escape_mrkdwn(confidence_words(t, confidence))}*"


def quote_mrkdwn(text: str) -> str:
    """Quotes a text except for code, where the mark would be part of the code."""
    quoted: list[str] = []
    in_code = False
    for line in text.split("\n"):
        fence = line.startswith("```")
        quoted.append(line if in_code or fence else f">{line}")
        in_code ^= fence
    return "\n".join(quoted)


def _small_print(t: Translator, card: Card) -> list[Block]:
    reveal = card.reveal
    notes = [
        *([t(labels.last_revealed(f"<@{reveal.by}>", moment(reveal.at)))] if reveal is not None else ()),
        *([t(messages.agents.CARD_REPLACED)] if card.replaces_deleted else ()),
        *([t(messages.agents.FULL_TEXT_BELOW)] if card.has_long_text else ()),
    ]
    return [context(*notes)] if notes else []


def _controls(t: Translator, card: Card) -> list[Block]:
    """Builds the only row: the buttons that are pressed most, and one or two menus with the others."""
    allowed = offered_to_agents(card.state)
    row = [transition_button(t, transition, card.handoff_id) for transition in allowed if transition in _BUTTONS]
    if card.hidden:
        row.append(button(t(labels.REVEAL), ids.ACTION_OF[Button.REVEAL], card.handoff_id))
    if _is_cut(t, card):
        row.append(button(t(labels.SHOW_ALL), ids.ACTION_OF[Button.SHOW_ALL], card.handoff_id))
    return [*row, *_menus(t, card, allowed)]


def _is_cut(t: Translator, card: Card) -> bool:
    """Returns whether *Show all* has more than the card shows."""
    texts = [question_on_card(t, card), card.resolution_text or "", card.answer.text if card.answer else ""]
    is_draft = card.answer is not None and card.answer.drafted
    cut_reasons = escaped_size(all_reasons(card)) > _REASONS_SHOWN
    return is_draft or cut_reasons or any(beginning_of(text).rest for text in texts)


def _menus(t: Translator, card: Card, allowed: list[Transition]) -> list[Block]:
    """Builds one menu of all entries or, if they are too many, one of transitions and one of the others."""
    moves = [
        _entry(t, label, transition, card.handoff_id)
        for transition in allowed
        if transition not in _BUTTONS and (label := TRANSITIONS[transition].label) is not None
    ]
    others = _other_entries(t, card)
    if len(moves) + len(others) <= MOST_ENTRIES:
        return [overflow(ids.CARD_MENU, *moves, *others)]
    return [overflow(ids.TRANSITION_MENU, *moves), overflow(ids.CARD_MENU, *others)]


def _other_entries(t: Translator, card: Card) -> list[Block]:
    entries = [
        *([_entry(t, labels.REVEAL, Button.REVEAL, card.handoff_id)] if card.revealable and not card.hidden else ()),
        *([_entry(t, labels.RETRY_TICKET, Button.RETRY_TICKET, card.handoff_id)] if card.ticket.given_up else ()),
    ]
    entries.append(_entry(t, labels.EXPLAIN, Button.EXPLAIN, card.handoff_id))
    return [*entries, option(t(labels.SHOW_IDS), ids.menu_value(ids.SHOW_IDS, card.handoff_id))]


def _entry(t: Translator, label: Message, control: Control, subject: str) -> Block:
    return option(t(label), ids.menu_value(ids.ACTION_OF[control], subject))


def transition_button(t: Translator, transition: Transition, handoff_id: str) -> Block:
    """Builds the button for a transition, wherever it is offered."""
    row = TRANSITIONS[transition]
    assert row.label is not None
    return button(t(row.label), ids.ACTION_OF[transition], handoff_id, style="primary" if row.primary else None)


def agent_notice_message(t: Translator, notice: AgentNotice) -> MessagePayload:
    """Renders a text of the desk for agents, with somebody's words inside if there are any."""
    text = notice.text if notice.on_call is None else f"{{on_call}} {notice.text}"
    words = None if notice.words is None else as_unformatted(notice.words, quoted=True)
    blocks = sentence_blocks(text, person=notice.person, on_call=notice.on_call, words=words, someone=t(labels.SOMEONE))
    if notice.person is not None:
        return MessagePayload(text=render_sentence(text, person=notice.person), blocks=blocks)
    called = f"<!subteam^{notice.on_call}> " if notice.on_call else ""
    notification = called + _notification_text(notice.text, notice.words)
    return MessagePayload(text=notification, blocks=[*blocks, *_offered(t, notice)])


def _notification_text(text: str, words: str | None) -> str:
    """Returns the text for notifications: the desk's words without formatting, those of others unchanged."""
    if words is None:
        return plain_excerpt(text)
    before, _, after = text.partition("{words}")
    return "\n".join(part for part in (plain_excerpt(before), excerpt(words), plain_excerpt(after)) if part)


def _offered(t: Translator, notice: AgentNotice) -> list[Block]:
    """Renders the button that is offered with a notice."""
    if notice.offers is None:
        return []
    return [actions(transition_button(t, notice.offers, notice.handoff_id))]


def employee_message(t: Translator, written: EmployeeMessage) -> MessagePayload:
    """Renders the employee's words in the thread, also after an edit or a deletion."""
    if written.text is None:
        gone = t(labels.message_deleted(f"<@{written.author}>"))
        return MessagePayload(text=gone, blocks=[context(gone)])
    head = t(labels.writes(f"<@{written.author}>", edited=written.edited))
    if written.hidden:
        hidden = t(messages.agents.HIDDEN_MESSAGE)
        return MessagePayload(text=f"<@{written.author}>: {hidden}", blocks=[context(head), section(f"_{hidden}_")])
    return MessagePayload(
        text=f"<@{written.author}>: {excerpt(written.text)}",
        blocks=[context(head), *as_unformatted(written.text)],
    )


def full_answer_message(t: Translator, answer: FullAnswer) -> MessagePayload:
    """Renders an answer that is too long for the card."""
    return MessagePayload(
        text=f"{t(messages.agents.ANSWER)}{t(labels.COLON)} {plain_excerpt(answer.text)}",
        blocks=[section(render_sentence(t.sentence(messages.agents.WHOLE_ANSWER))), *markdown(answer.text)],
    )


def draft_message(t: Translator, draft: DraftPart) -> MessagePayload:
    """Renders a draft of the assistant, which only agents see."""
    sent = draft.foot is not None and draft.foot.sent_by is not None
    introduction = messages.agents.draft(asked=draft.asked_by is not None, sent=sent)
    return MessagePayload(
        text=f"{t(messages.agents.DRAFT)}{t(labels.COLON)} {plain_excerpt(draft.text)}",
        blocks=[
            section(render_sentence(t.sentence(introduction), person=draft.asked_by)),
            *markdown(draft.text),
            *(_draft_foot(t, draft.foot) if draft.foot else ()),
        ],
    )


def _draft_foot(t: Translator, foot: DraftFoot) -> list[Block]:
    sent = t(labels.draft_sent_by(f"<@{foot.sent_by}>", edited=foot.sent_edited)) if foot.sent_by else None
    notes = [
        _confidence(t, foot.confidence),
        *(verdict_words(t, verdict, _mention) for verdict in foot.verdicts),
        *([sent] if sent else ()),
    ]
    send = [
        button(t(labels.SEND_DRAFT), ids.ACTION_OF[Button.SEND_DRAFT], foot.answer_id, style="primary"),
        button(t(labels.EDIT_DRAFT), ids.ACTION_OF[Button.EDIT_DRAFT], foot.answer_id),
    ]
    foot_line = context(" · ".join(notes))
    return [*sources_line(t, foot.sources), actions(*(() if sent else send), *_thumbs(t, foot.answer_id)), foot_line]


def _thumbs(t: Translator, answer_id: str) -> list[Block]:
    return [button(t(label), ids.ACTION_OF[rating], answer_id) for label, rating in RATINGS]


def alarm_message(t: Translator, alarm: AlarmMessage) -> MessagePayload:
    """Renders an alarm and its duration. It may hold codes and names of other systems."""
    in_all = f" · {t(labels.in_all(alarm.count))}" if alarm.count > 1 else ""
    if alarm.over_at is None:
        head, small = "🚨", t(labels.since(moment(alarm.since)))
    else:
        head, small = f"✅ {t(labels.OVER)}", t(labels.lasted(moment(alarm.since), moment(alarm.over_at)))
    text = f"{head} {alarm.text}"
    return MessagePayload(text=render_sentence(text), blocks=[*sentence_blocks(text), context(small + in_all)])
