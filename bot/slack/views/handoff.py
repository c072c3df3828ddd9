"""A handoff's card and what is posted in its thread, as Block Kit."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.helpdesk.effects import AlarmView, Card, PostToThread, ThreadPost
from bot.helpdesk.handoff import HandoffState, Move, moves_from
from bot.helpdesk.inputs import Button
from bot.slack import ids
from bot.slack.text import escape_mrkdwn, mrkdwn, neutralise, plain, split
from bot.slack.views.blocks import Block, Message, actions, button, context, fields, header, section, sections

_BUTTONS: dict[Move, tuple[str, Button, str | None]] = {
    Move.CLAIM: ("Claim", Button.CLAIM, "primary"),
    Move.RESOLVE: ("Resolve", Button.RESOLVE, None),
    Move.HAND_BACK: ("Hand back to the assistant", Button.HAND_BACK, None),
    Move.REOPEN: ("Reopen", Button.REOPEN, None),
}
_SIGNS = {HandoffState.OPEN: "🟠", HandoffState.CLAIMED: "🔵", HandoffState.RESOLVED: "✅"}
# Characters; quoting may double them, and a section takes 3,000.
_QUESTION_SHOWN = 1200
_ANSWER_SHOWN = 1400


def card_message(card: Card) -> Message:
    """The card, which always shows the state."""
    return Message(text=_summary(card), blocks=[*_head(card), *_middle(card), *_foot(card)])


def _summary(card: Card) -> str:
    return f"{card.name} ({card.state.value}): {plain(card.question, 200)}"


def _head(card: Card) -> list[Block]:
    return [
        header(f"{_SIGNS[card.state]} {card.name} · {_state(card)}"),
        fields(
            f"*Asked by*\n<@{card.employee}>",
            f"*Priority*\n{escape_mrkdwn(card.priority)}",
            f"*Ticket*\n{_ticket(card)}",
            f"*State*\n{_who(card)}",
            *_target(card),
        ),
        section("*Question*\n" + _quote(mrkdwn(card.question, _QUESTION_SHOWN))),
    ]


def _state(card: Card) -> str:
    return "handed back" if card.handed_back else card.state.value


def _who(card: Card) -> str:
    match card.state:
        case HandoffState.CLAIMED:
            return f"claimed by <@{card.claimed_by}>"
        case HandoffState.RESOLVED:
            return f"{_state(card)} by <@{card.resolved_by}>"
    return "open, nobody has claimed it"


def _target(card: Card) -> list[str]:
    """By when somebody is to claim it, as long as nobody has."""
    if card.answer_by is None or card.state is not HandoffState.OPEN:
        return []
    return [f"*{'⏰ Should have been claimed by' if card.late else 'To be claimed by'}*\n{_moment(card.answer_by)}"]


def _moment(at: float) -> str:
    """A moment that Slack shows in each reader's own time zone (docs.slack.dev/messaging/formatting-message-text)."""
    fallback = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")
    return f"<!date^{int(at)}^{{date_short_pretty}}, {{time}}|{fallback}>"


def _ticket(card: Card) -> str:
    if card.ticket_number is not None:
        number = escape_mrkdwn(card.ticket_number)
        return f"<{card.ticket_url}|{number}>" if card.ticket_url else number
    if card.ticket_trouble is not None:
        return escape_mrkdwn(card.ticket_trouble)
    return "being created" if card.ticket_expected else "none (the rule asks for none)"


def _quote(text: str) -> str:
    """As a quotation, but for code: inside a fence the mark would be taken for a part of it."""
    quoted: list[str] = []
    in_code = False
    for line in text.splitlines():
        fence = line.startswith("```")
        quoted.append(line if in_code or fence else f">{line}")
        in_code ^= fence
    return "\n".join(quoted) or ">"


def _middle(card: Card) -> list[Block]:
    reasons = "\n".join(f"• {escape_mrkdwn(reason)}" for reason in card.reasons)
    return [*_answer(card), section(f"*Why a person is needed*\n{reasons}")]


def _answer(card: Card) -> list[Block]:
    if card.answer is None:
        return [section("*The assistant's answer*\n_not there yet_")]
    seen = "the employee has seen it" if card.shown_to_employee else "a draft, the employee does not see it"
    confidence = escape_mrkdwn(card.confidence or "not given")
    return [
        section(f"*The assistant's answer* ({seen})\n" + _quote(mrkdwn(card.answer, _ANSWER_SHOWN))),
        context(f"Confidence: *{confidence}*" + "".join(f" · {_verdict(verdict)}" for verdict in card.verdicts)),
    ]


def _verdict(verdict: str) -> str:
    role, rating, person = verdict.split(":", 2)
    word = "helpful" if rating == "good" else "not helpful"
    return f"{word}, says <@{person}> ({role})"


def _foot(card: Card) -> list[Block]:
    identifiers = [f"session `{card.session_id}`"]
    if card.request_id is not None:
        identifiers.append(f"request `{escape_mrkdwn(card.request_id)}`")
    identifiers += [f"handoff `{card.handoff_id}`", f"policy `{card.fingerprint}`"]
    return [actions(*_buttons(card)), context(" · ".join(identifiers))]


def _buttons(card: Card) -> list[Block]:
    moves = [_BUTTONS[move] for move in moves_from(card.state)]
    shown = [button(text, ids.ACTION_OF[pressed], card.handoff_id, style=style) for text, pressed, style in moves]
    if card.answer_id is not None:
        shown.append(button("Helpful", ids.ACTION_OF[Button.HELPFUL], card.answer_id))
        shown.append(button("Not helpful", ids.ACTION_OF[Button.NOT_HELPFUL], card.answer_id))
    return shown


def thread_message(post: PostToThread) -> Message:
    """Something put before the agents in the thread."""
    if post.kind is ThreadPost.DRAFT:
        head = "*Draft by the assistant.* The employee does not see it; use what is good."
        return Message(
            text=f"Draft by the assistant: {plain(post.text)}",
            blocks=[section(head), {"type": "markdown", "text": split(neutralise(post.text))[0]}],
        )
    if post.kind is ThreadPost.RELAY and post.author is not None:
        return Message(
            text=f"<@{post.author}>: {plain(post.text)}",
            blocks=[context(f"<@{post.author}> writes"), *sections(escape_mrkdwn(post.text))],
        )
    called = f"<!subteam^{post.on_call}> " if post.on_call else ""
    return Message(text=called + plain(post.text), blocks=sections(called + escape_mrkdwn(post.text)))


def alarm_message(alarm: AlarmView) -> Message:
    """What people must mend, since when, and that it is over. The codes and names in it come from other systems."""
    in_all = f" · {alarm.count} in all" if alarm.count > 1 else ""
    if alarm.over_at is None:
        head, small = "🚨 ", f"Since {_moment(alarm.since)}{in_all}"
    else:
        head, small = "✅ Over: ", f"From {_moment(alarm.since)} to {_moment(alarm.over_at)}{in_all}"
    return Message(text=head + plain(alarm.text), blocks=[section(head + escape_mrkdwn(alarm.text)), context(small)])
