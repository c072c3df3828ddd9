"""The card of a handoff and the posts in its thread, as Block Kit."""

from __future__ import annotations

from bot.helpdesk import messages
from bot.helpdesk.handoffs.transition_table import TRANSITIONS, transitions_from
from bot.helpdesk.model.content import AgentNotice, AlarmMessage, DraftFoot, DraftPart, EmployeeMessage, FullAnswer
from bot.helpdesk.model.conversation import Rating, Role
from bot.helpdesk.model.events import Button
from bot.helpdesk.model.handoff import LONGEST_ON_CARD, Card, HandoffState, Transition
from bot.slack import ids
from bot.slack.markdown import (
    escape_mrkdwn,
    escaped_size,
    excerpt,
    mrkdwn_parts,
    pieces,
    plain_excerpt,
    render_sentence,
    safe_target,
    shortened,
)
from bot.slack.views import labels
from bot.slack.views.blocks import (
    STATE_EMOJI,
    Block,
    MessagePayload,
    actions,
    button,
    context,
    fields,
    header,
    markdown,
    moment,
    people_menu,
    section,
    sections,
)
from bot.slack.views.rich_text import as_formatted, as_unformatted, sentence_blocks

# Characters after escaping. An answer that needs more has LONGEST_ON_CARD characters, or mostly angle brackets.
_ANSWER_SHOWN = 2 * LONGEST_ON_CARD
_REASONS_SHOWN = 2_000


def card_message(card: Card) -> MessagePayload:
    """Renders the card."""
    reasons = shortened("\n".join(f"• {reason}" for reason in card.grounds.reasons), _REASONS_SHOWN, cost=escaped_size)
    return MessagePayload(
        text=f"{card.name} ({card.state.value}): {excerpt(card.question, 200)}",
        blocks=[
            *_head(card),
            *_answer(card),
            section(f"*{labels.REASONS}*\n{escape_mrkdwn(reasons)}"),
            *_resolution(card),
            *_foot(card),
        ],
    )


def _head(card: Card) -> list[Block]:
    reveal = card.reveal
    return [
        header(f"{STATE_EMOJI[card.state]} {card.name} · {card.resolution.spoken(card.state)}"),
        fields(
            f"*{labels.ASKED_BY}*\n<@{card.employee}>",
            f"*{labels.PRIORITY}*\n{escape_mrkdwn(card.priority)}",
            f"*{labels.TICKET}*\n{_ticket(card)}",
            f"*{labels.STATE}*\n{_who(card)}",
            *_target(card),
        ),
        *_question(card),
        *([context(f"Last revealed to <@{reveal.by}>, {moment(reveal.at)}")] if reveal is not None else ()),
        *([context(messages.agents.CARD_REPLACED)] if card.replaces_deleted else ()),
    ]


def _question(card: Card) -> list[Block]:
    """Shows the question without secrets; *Reveal* shows the original."""
    head = section(f"*{labels.QUESTION}*")
    if card.revealable:
        head = {**head, "accessory": button(labels.REVEAL, ids.ACTION_OF[Button.REVEAL], card.handoff_id)}
    return [head, *as_unformatted(_beginning(card.question), quoted=True)]


def _beginning(text: str) -> str:
    """Returns as much of a text as a card shows."""
    return text if len(text) <= LONGEST_ON_CARD else pieces(text, LONGEST_ON_CARD)[0]


def _who(card: Card) -> str:
    ended_by = card.resolution.by
    if card.state is HandoffState.RESOLVED:
        state = card.resolution.spoken(card.state)
        return f"{state} {f'by <@{ended_by}>' if ended_by else 'in the ticket system'}"
    if card.state is HandoffState.CLAIMED and card.claim is not None:
        others = "".join(f", with <@{person}>" for person in card.claim.joined)
        return f"claimed by <@{card.claim.by}>{others}"
    if ended_by is not None:
        return f"open again: the employee wrote after <@{ended_by}> had resolved it. Nobody has claimed it"
    return "open, nobody has claimed it"


def _target(card: Card) -> list[str]:
    """Shows until when an open handoff should be claimed."""
    if card.answer_by is None or card.state is not HandoffState.OPEN:
        return []
    return [f"*{labels.OVERDUE if card.late else labels.TARGET}*\n{moment(card.answer_by)}"]


def _ticket(card: Card) -> str:
    ticket = card.ticket
    if ticket.ref is not None:
        number = escape_mrkdwn(" ".join(ticket.ref.number.split()))
        address = safe_target(ticket.ref.url or "")
        linked = f"<{escape_mrkdwn(address)}|{number}>" if address else number
        return linked if ticket.status is None else f"{linked} · {escape_mrkdwn(ticket.status)}"
    if ticket.trouble is not None:
        return render_sentence(ticket.trouble)
    return labels.TICKET_AWAITED if ticket.wanted else labels.NO_TICKET


def _resolution(card: Card) -> list[Block]:
    ending = card.resolution
    if ending.outcome is None and ending.solved is None:
        return []
    words = as_formatted(_beginning(card.resolution_text), quoted=True) if card.resolution_text else []
    shown = [section(f"*{labels.RESOLUTION_SHOWN}*"), *words] if words else []
    outcome = f"{labels.OUTCOME}: *{ending.outcome.spoken}*" if ending.outcome else labels.RESOLVED_BEFORE
    return [*shown, context(f"{outcome} · {labels.IS_SOLVED[ending.solved]}")]


def _answer(card: Card) -> list[Block]:
    answer = card.answer
    if answer is None:
        missing = labels.ANSWER_AWAITED if card.answer_awaited else labels.NO_ANSWER
        # Where there is nothing to reveal, nothing was asked.
        return [section(f"*{messages.agents.ANSWER}*\n_{missing}_")] if card.revealable else []
    seen = labels.ANSWER_SEEN if answer.shown_to_employee else labels.ANSWER_UNSEEN
    verdicts = "".join(f" · {_verdict(verdict)}" for verdict in answer.verdicts)
    (shown, *_) = mrkdwn_parts(_beginning(answer.text), _ANSWER_SHOWN) or (" ",)
    return [
        section(f"*{messages.agents.ANSWER}* ({seen})"),
        *sections(_quote(shown)),
        context(f"{labels.CONFIDENCE}: *{escape_mrkdwn(answer.confidence)}*{verdicts}"),
    ]


def _quote(text: str) -> str:
    """Quotes a text except for code, where the mark would be part of the code."""
    quoted: list[str] = []
    in_code = False
    for line in text.split("\n"):
        fence = line.startswith("```")
        quoted.append(line if in_code or fence else f">{line}")
        in_code ^= fence
    return "\n".join(quoted)


def _left_out(card: Card) -> list[Block]:
    """Names the text that the card leaves out."""
    given = card.answer.text if card.answer else ""
    question, answer = (len(text) - len(_beginning(text)) for text in (card.question, given))
    return [context(messages.agents.left_out(question, answer))] if question or answer else []


def _verdict(verdict: str) -> str:
    role, rating, person = verdict.split(":", 2)
    word = "helpful" if rating == "good" else "not helpful"
    return f"{word}, says <@{person}> ({role})"


def _foot(card: Card) -> list[Block]:
    identifiers = [f"session `{card.session_id}`"]
    if card.answer is not None:
        identifiers.append(f"request `{escape_mrkdwn(card.answer.request_id)}`")
    identifiers += [f"handoff `{card.handoff_id}`", f"policy `{card.grounds.fingerprint}`"]
    return [actions(*_buttons(card)), *_people_menus(card), context(" · ".join(identifiers)), *_left_out(card)]


def _buttons(card: Card) -> list[Block]:
    allowed = [
        transition for transition in _offered_to_agents(card.state) if not TRANSITIONS[transition].chooses_person
    ]
    shown = [transition_button(transition, card.handoff_id) for transition in allowed]
    if card.answer is not None:
        shown += _thumbs(card.answer.id)
    if card.ticket.given_up:
        shown.append(button(labels.RETRY_TICKET, ids.ACTION_OF[Button.RETRY_TICKET], card.handoff_id))
    return shown


def _offered_to_agents(state: HandoffState) -> list[Transition]:
    rows = ((transition, TRANSITIONS[transition]) for transition in transitions_from(state))
    return [transition for transition, row in rows if row.by is Role.AGENT and row.label]


def transition_button(transition: Transition, handoff_id: str) -> Block:
    """Builds the button for a transition, wherever it is offered."""
    row = TRANSITIONS[transition]
    return button(row.label, ids.ACTION_OF[transition], handoff_id, style="primary" if row.primary else None)


def _people_menus(card: Card) -> list[Block]:
    """Builds the menus of the transitions for which a person is chosen."""
    chosen = [transition for transition in _offered_to_agents(card.state) if TRANSITIONS[transition].chooses_person]
    menus = [people_menu(TRANSITIONS[transition].label, ids.ACTION_OF[transition]) for transition in chosen]
    return [{**actions(menu), "block_id": ids.choice_block(card.handoff_id, card.revision)} for menu in menus]


def agent_notice_message(notice: AgentNotice) -> MessagePayload:
    """Renders a text of the desk for agents, with somebody's words inside if there are any."""
    text = notice.text if notice.on_call is None else f"{{on_call}} {notice.text}"
    words = None if notice.words is None else as_unformatted(notice.words, quoted=True)
    blocks = sentence_blocks(text, person=notice.person, on_call=notice.on_call, words=words)
    if notice.person is not None:
        return MessagePayload(text=render_sentence(text, person=notice.person), blocks=blocks)
    called = f"<!subteam^{notice.on_call}> " if notice.on_call else ""
    notification = called + _notification_text(notice.text, notice.words)
    return MessagePayload(text=notification, blocks=[*blocks, *_offered(notice)])


def _notification_text(text: str, words: str | None) -> str:
    """Returns the text for notifications: the desk's words without formatting, those of others unchanged."""
    if words is None:
        return plain_excerpt(text)
    before, _, after = text.partition("{words}")
    return "\n".join(part for part in (plain_excerpt(before), excerpt(words), plain_excerpt(after)) if part)


def _offered(notice: AgentNotice) -> list[Block]:
    """Renders the button that is offered with a notice."""
    if notice.offers is None:
        return []
    return [actions(transition_button(notice.offers, notice.handoff_id))]


def employee_message(written: EmployeeMessage) -> MessagePayload:
    """Renders the employee's words in the thread, also after an edit or a deletion."""
    if written.text is None:
        gone = f"<@{written.author}> has deleted this message"
        return MessagePayload(text=gone, blocks=[context(gone)])
    changed = " (changed by the employee)" if written.edited else ""
    return MessagePayload(
        text=f"<@{written.author}>: {excerpt(written.text)}",
        blocks=[context(f"<@{written.author}> writes{changed}"), *as_unformatted(written.text)],
    )


def full_answer_message(answer: FullAnswer) -> MessagePayload:
    """Renders an answer that is too long for the card."""
    return MessagePayload(
        text=f"{messages.agents.ANSWER}: {plain_excerpt(answer.text)}",
        blocks=[section(render_sentence(messages.agents.WHOLE_ANSWER)), *markdown(answer.text)],
    )


def draft_message(draft: DraftPart) -> MessagePayload:
    """Renders a draft of the assistant, which only agents see."""
    sent = draft.foot is not None and draft.foot.sent_by is not None
    introduction = messages.agents.draft(asked=draft.asked_by is not None, sent=sent)
    return MessagePayload(
        text=f"{messages.agents.DRAFT}: {plain_excerpt(draft.text)}",
        blocks=[
            section(render_sentence(introduction, person=draft.asked_by)),
            *markdown(draft.text),
            *(_draft_foot(draft.foot) if draft.foot else ()),
        ],
    )


def _draft_foot(foot: DraftFoot) -> list[Block]:
    sent = f"sent to the employee by <@{foot.sent_by}>" if foot.sent_by else None
    notes = [
        f"{labels.CONFIDENCE}: *{escape_mrkdwn(foot.confidence)}*",
        *map(_verdict, foot.verdicts),
        *([sent] if sent else ()),
    ]
    send = button(labels.SEND_DRAFT, ids.ACTION_OF[Button.SEND_DRAFT], foot.answer_id, style="primary")
    return [actions(*(() if sent else (send,)), *_thumbs(foot.answer_id)), context(" · ".join(notes))]


def _thumbs(answer_id: str) -> list[Block]:
    return [
        button(labels.HELPFUL, ids.ACTION_OF[Rating.GOOD], answer_id),
        button(labels.NOT_HELPFUL, ids.ACTION_OF[Rating.BAD], answer_id),
    ]


def alarm_message(alarm: AlarmMessage) -> MessagePayload:
    """Renders an alarm and its duration. It may hold codes and names of other systems."""
    in_all = f" · {alarm.count} in all" if alarm.count > 1 else ""
    if alarm.over_at is None:
        head, small = "🚨 ", f"Since {moment(alarm.since)}{in_all}"
    else:
        head, small = "✅ Over: ", f"From {moment(alarm.since)} to {moment(alarm.over_at)}{in_all}"
    text = head + alarm.text
    return MessagePayload(text=render_sentence(text), blocks=[*sentence_blocks(text), context(small)])
