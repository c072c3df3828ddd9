"""The queue of gaps: one gap at a time, with what can be done about it."""

from __future__ import annotations

from collections.abc import Iterator

from bot.helpdesk.messages import Message, gaps, labels, review
from bot.helpdesk.model.events import Button
from bot.helpdesk.model.gap import GapCard, GapState
from bot.helpdesk.redaction import SafeText
from bot.teams.markdown import escape_markdown, excerpt
from bot.teams.views.activity import Activity
from bot.teams.views.cards import Json, adaptive_card, heading, moment, press, quotation, small_print, text_block, title
from bot.teams.views.handoff import CardView

_LONGEST_SHOWN = 500


def gap_activity(view: CardView, card: GapCard) -> Activity:
    """Renders the gap that the queue shows."""
    t, gap = view.t, card.gap
    name = t(gaps.title(card.position + 1, card.total))
    reasons = " · ".join(t(review.trouble(one.reason, one.number)) for one in gap.reasons)
    body = [
        title(f"🧩 {name}"),
        text_block(f"**{escape_markdown(t(gaps.size(gap.questions, gap.share)))}**"),
        *([text_block(escape_markdown(reasons), spacing="None")] if reasons else ()),
        *_quotations(t(gaps.EXAMPLES), gap.examples),
        *_quotations(t(gaps.RESOLUTIONS), gap.resolutions),
        *_decision(view, card),
    ]
    summary = f"{name}{t(labels.COLON)} {excerpt(gap.examples[0])}" if gap.examples else name
    return Activity(card=adaptive_card(body, list(_buttons(view, card)), wide=True), summary=summary)


def _quotations(label: str, texts: tuple[SafeText, ...]) -> Iterator[Json]:
    if texts:
        yield heading(label)
    for text in texts:
        yield quotation(excerpt(text, _LONGEST_SHOWN))


def _decision(view: CardView, card: GapCard) -> Iterator[Json]:
    t = view.t
    person = view.names.written(card.changed_by or "")
    if card.state is GapState.DISMISSED:
        yield small_print(t(gaps.dismissed(person)))
    elif card.state is GapState.SNOOZED and card.snoozed_until is not None:
        yield small_print(t(gaps.snoozed(person, moment(card.snoozed_until))))
    if card.has_article:
        yield small_print(escape_markdown(t(gaps.HAS_ARTICLE)))


def _buttons(view: CardView, card: GapCard) -> Iterator[Json]:
    def button(label: Message, control: Button, *, primary: bool = False) -> Json:
        return press(view.t(label), control, card.queue_id, view.key, primary=primary, edition=card.position)

    if card.state is GapState.OPEN:
        yield button(gaps.WRITE_ARTICLE, Button.WRITE_ARTICLE, primary=True)
        yield button(gaps.NOT_A_GAP, Button.NOT_A_GAP)
        yield button(gaps.SNOOZE, Button.SNOOZE_GAP)
    else:
        yield button(gaps.TAKE_BACK, Button.TAKE_BACK_GAP)
    if card.position > 0:
        yield button(gaps.PREVIOUS, Button.PREVIOUS_GAP)
    if card.position < card.total - 1:
        yield button(gaps.NEXT, Button.NEXT_GAP)
