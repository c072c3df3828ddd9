"""The queue of gaps as Block Kit: one gap at a time, with what can be done about it."""

from __future__ import annotations

from collections.abc import Iterator

from bot.helpdesk.messages import Message, Translator, gaps, labels, review
from bot.helpdesk.model.events import Button
from bot.helpdesk.model.gap import GapCard, GapState
from bot.helpdesk.redaction import SafeText
from bot.slack import ids
from bot.slack.markdown import excerpt
from bot.slack.views.blocks import Block, MessagePayload, actions, button, context, header, moment, section
from bot.slack.views.rich_text import as_unformatted

_LONGEST_SHOWN = 500


def gap_message(t: Translator, card: GapCard) -> MessagePayload:
    """Renders the gap that the queue shows."""
    gap = card.gap
    title = t(gaps.title(card.position + 1, card.total))
    reasons = " · ".join(t(review.trouble(one.reason, one.number)) for one in gap.reasons)
    return MessagePayload(
        text=f"{title}{t(labels.COLON)} {excerpt(gap.examples[0], 200)}" if gap.examples else title,
        blocks=[
            header(f"🧩 {title}"),
            section(f"*{t(gaps.size(gap.questions, gap.share))}*\n{reasons}"),
            *_quotations(t(gaps.EXAMPLES), gap.examples),
            *_quotations(t(gaps.RESOLUTIONS), gap.resolutions),
            *_decision(t, card),
            *_rows(t, card),
        ],
    )


def _quotations(label: str, texts: tuple[SafeText, ...]) -> Iterator[Block]:
    if texts:
        yield section(f"*{label}*")
    for text in texts:
        yield from as_unformatted(excerpt(text, _LONGEST_SHOWN), quoted=True)


def _decision(t: Translator, card: GapCard) -> Iterator[Block]:
    person = f"<@{card.changed_by}>"
    if card.state is GapState.DISMISSED:
        yield context(t(gaps.dismissed(person)))
    elif card.state is GapState.SNOOZED and card.snoozed_until is not None:
        yield context(t(gaps.snoozed(person, moment(card.snoozed_until))))
    if card.has_article:
        yield context(t(gaps.HAS_ARTICLE))


def _rows(t: Translator, card: GapCard) -> Iterator[Block]:
    value = ids.edition_value(card.queue_id, card.position)

    def press(label: Message, control: Button, style: str | None = None) -> Block:
        return button(t(label), ids.ACTION_OF[control], value, style=style)

    if card.state is GapState.OPEN:
        yield actions(
            press(gaps.WRITE_ARTICLE, Button.WRITE_ARTICLE, "primary"),
            press(gaps.NOT_A_GAP, Button.NOT_A_GAP),
            press(gaps.SNOOZE, Button.SNOOZE_GAP),
        )
    else:
        yield actions(press(gaps.TAKE_BACK, Button.TAKE_BACK_GAP))
    turns = [
        *([press(gaps.PREVIOUS, Button.PREVIOUS_GAP)] if card.position > 0 else ()),
        *([press(gaps.NEXT, Button.NEXT_GAP)] if card.position < card.total - 1 else ()),
    ]
    if turns:
        yield actions(*turns)
