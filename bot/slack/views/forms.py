"""The forms: what was wrong with an answer, how a handoff ended; and a question to be read as it was written."""

from __future__ import annotations

from bot.helpdesk.model.handoff import Outcome
from bot.slack import ids
from bot.slack.views.blocks import Block, context, entry, modal, option, words
from bot.slack.views.quoted_text import verbatim

_OUTCOMES = {
    Outcome.SOLVED: "Solved",
    Outcome.NOT_SOLVABLE: "Not solvable",
    Outcome.DUPLICATE: "Duplicate of another request",
}


def reason_form(answer_id: str) -> Block:
    """A modal with one text field; `answer_id` comes back with it."""
    label = "Tell us what was wrong with the answer"
    hint = "The support team reads it. Please write no passwords here."
    reason = entry(ids.REASON_BLOCK, label, hint, words(ids.REASON_INPUT))
    return modal(ids.REASON_FORM, answer_id, "What was wrong?", reason)


def resolution_form(handoff_id: str, *, words_required: bool) -> Block:
    """A modal that asks for the resolution in words, the outcome, and whether to keep it; `handoff_id` comes back."""
    return modal(
        ids.RESOLUTION_FORM,
        handoff_id,
        "How was it resolved?",
        entry(
            ids.RESOLUTION_BLOCK,
            "The resolution in your words",
            "The employee reads it. It also goes onto the card and into the ticket, without secrets.",
            words(ids.RESOLUTION_INPUT),
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
    """A question in its author's own words, character by character: no mention and no link is read from it."""
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
