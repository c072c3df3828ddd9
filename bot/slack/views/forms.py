"""Modals: the reason for a bad verdict, the resolution of a handoff, and the original text of a question."""

from __future__ import annotations

from bot.helpdesk.model.handoff import Outcome
from bot.slack import ids
from bot.slack.views.blocks import Block, context, entry, modal, option, text_input
from bot.slack.views.rich_text import verbatim

_OUTCOMES = {
    Outcome.SOLVED: "Solved",
    Outcome.NOT_SOLVABLE: "Not solvable",
    Outcome.DUPLICATE: "Duplicate of another request",
}


def reason_form(answer_id: str) -> Block:
    """Builds the form for the reason of a bad verdict; it returns `answer_id`."""
    label = "Tell us what was wrong with the answer"
    hint = "The support team reads it. Please write no passwords here."
    reason = entry(ids.REASON_BLOCK, label, hint, text_input(ids.REASON_INPUT))
    return modal(ids.REASON_FORM, answer_id, "What was wrong?", reason)


def resolution_form(handoff_id: str, *, words_required: bool) -> Block:
    """Builds the form for resolution, outcome and reference article; it returns `handoff_id`."""
    return modal(
        ids.RESOLUTION_FORM,
        handoff_id,
        "How was it resolved?",
        entry(
            ids.RESOLUTION_BLOCK,
            "The resolution in your words",
            "The employee reads it. It also goes onto the card and into the ticket, without secrets.",
            text_input(ids.RESOLUTION_INPUT),
            optional=not words_required,
        ),
        entry(
            ids.OUTCOME_BLOCK,
            "Outcome",
            "What the ticket says.",
            {
                "type": "radio_buttons",
                "action_id": ids.OUTCOME_INPUT,
                "options": [option(text, outcome.value) for outcome, text in _OUTCOMES.items()],
                "initial_option": option(_OUTCOMES[Outcome.SOLVED], Outcome.SOLVED.value),
            },
        ),
        entry(
            ids.REFERENCE_BLOCK,
            "For next time",
            "Keeps the question with your words as a draft, without secrets. Nothing is published.",
            {
                "type": "checkboxes",
                "action_id": ids.REFERENCE_INPUT,
                "options": [option("Make this a reference article", ids.REFERENCE_INPUT)],
            },
            optional=True,
        ),
    )


def original_view(text: str) -> Block:
    """Builds a view of a question character by character, without mentions and links."""
    return {
        "type": "modal",
        "callback_id": ids.ORIGINAL_VIEW,
        "title": {"type": "plain_text", "text": "As it was written"},
        "close": {"type": "plain_text", "text": "Close"},
        "blocks": [
            *verbatim(text),
            context("Only you see this, and it is noted that you did. Do not copy it into the thread."),
        ],
    }
