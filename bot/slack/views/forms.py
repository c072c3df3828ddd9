"""Modals: the reason for a bad verdict, the resolution of a handoff, and the original text of a question."""

from __future__ import annotations

from bot.helpdesk.messages import Translator, labels
from bot.helpdesk.model.handoff import Outcome
from bot.slack import ids
from bot.slack.views.blocks import Block, context, entry, modal, option, text_input
from bot.slack.views.rich_text import verbatim


def reason_form(t: Translator, answer_id: str) -> Block:
    """Builds the form for the reason of a bad verdict; it returns `answer_id`."""
    reason = entry(ids.REASON_BLOCK, t(labels.REASON), t(labels.REASON_HINT), text_input(ids.REASON_INPUT))
    return modal(t, ids.REASON_FORM, answer_id, labels.REASON_TITLE, reason)


def resolution_form(t: Translator, handoff_id: str, *, words_required: bool) -> Block:
    """Builds the form for resolution, outcome and reference article; it returns `handoff_id`."""
    return modal(
        t,
        ids.RESOLUTION_FORM,
        handoff_id,
        labels.RESOLUTION_TITLE,
        entry(
            ids.RESOLUTION_BLOCK,
            t(labels.RESOLUTION),
            t(labels.RESOLUTION_HINT),
            text_input(ids.RESOLUTION_INPUT),
            optional=not words_required,
        ),
        entry(
            ids.OUTCOME_BLOCK,
            t(labels.OUTCOME),
            t(labels.OUTCOME_HINT),
            {
                "type": "radio_buttons",
                "action_id": ids.OUTCOME_INPUT,
                "options": [option(t(labels.outcome_option(outcome)), outcome.value) for outcome in Outcome],
                "initial_option": option(t(labels.outcome_option(Outcome.SOLVED)), Outcome.SOLVED.value),
            },
        ),
        entry(
            ids.REFERENCE_BLOCK,
            t(labels.REFERENCE),
            t(labels.REFERENCE_HINT),
            {
                "type": "checkboxes",
                "action_id": ids.REFERENCE_INPUT,
                "options": [option(t(labels.MAKE_REFERENCE), ids.REFERENCE_INPUT)],
            },
            optional=True,
        ),
    )


def original_view(t: Translator, text: str) -> Block:
    """Builds a view of a question character by character, without mentions and links."""
    return {
        "type": "modal",
        "callback_id": ids.ORIGINAL_VIEW,
        "title": {"type": "plain_text", "text": t(labels.ORIGINAL_TITLE)},
        "close": {"type": "plain_text", "text": t(labels.CLOSE)},
        "blocks": [
            *verbatim(text),
            context(t(labels.ORIGINAL_NOTE)),
        ],
    }
