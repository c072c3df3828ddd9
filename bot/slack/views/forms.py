"""Modals: the reason for a bad verdict, the resolution of a handoff, and the original text of a question."""

from __future__ import annotations

from bot.helpdesk.model.handoff import Outcome
from bot.slack import ids
from bot.slack.views import labels
from bot.slack.views.blocks import Block, context, entry, modal, option, text_input
from bot.slack.views.rich_text import verbatim


def reason_form(answer_id: str) -> Block:
    """Builds the form for the reason of a bad verdict; it returns `answer_id`."""
    reason = entry(ids.REASON_BLOCK, labels.REASON, labels.REASON_HINT, text_input(ids.REASON_INPUT))
    return modal(ids.REASON_FORM, answer_id, labels.REASON_TITLE, reason)


def resolution_form(handoff_id: str, *, words_required: bool) -> Block:
    """Builds the form for resolution, outcome and reference article; it returns `handoff_id`."""
    return modal(
        ids.RESOLUTION_FORM,
        handoff_id,
        labels.RESOLUTION_TITLE,
        entry(
            ids.RESOLUTION_BLOCK,
            labels.RESOLUTION,
            labels.RESOLUTION_HINT,
            text_input(ids.RESOLUTION_INPUT),
            optional=not words_required,
        ),
        entry(
            ids.OUTCOME_BLOCK,
            labels.OUTCOME,
            labels.OUTCOME_HINT,
            {
                "type": "radio_buttons",
                "action_id": ids.OUTCOME_INPUT,
                "options": [option(text, outcome.value) for outcome, text in labels.OUTCOMES.items()],
                "initial_option": option(labels.OUTCOMES[Outcome.SOLVED], Outcome.SOLVED.value),
            },
        ),
        entry(
            ids.REFERENCE_BLOCK,
            labels.REFERENCE,
            labels.REFERENCE_HINT,
            {
                "type": "checkboxes",
                "action_id": ids.REFERENCE_INPUT,
                "options": [option(labels.MAKE_REFERENCE, ids.REFERENCE_INPUT)],
            },
            optional=True,
        ),
    )


def original_view(text: str) -> Block:
    """Builds a view of a question character by character, without mentions and links."""
    return {
        "type": "modal",
        "callback_id": ids.ORIGINAL_VIEW,
        "title": {"type": "plain_text", "text": labels.ORIGINAL_TITLE},
        "close": {"type": "plain_text", "text": "Close"},
        "blocks": [
            *verbatim(text),
            context(labels.ORIGINAL_NOTE),
        ],
    }
