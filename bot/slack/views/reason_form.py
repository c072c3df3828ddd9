"""The form that asks what was wrong with an answer."""

from __future__ import annotations

from bot.slack import ids
from bot.slack.views.blocks import Block


def reason_form(answer_id: str) -> Block:
    """A modal with one text field; `answer_id` comes back with it."""
    return {
        "type": "modal",
        "callback_id": ids.REASON_FORM,
        "private_metadata": answer_id,
        "title": {"type": "plain_text", "text": "What was wrong?"},
        "submit": {"type": "plain_text", "text": "Send"},
        "close": {"type": "plain_text", "text": "Cancel"},
        "blocks": [
            {
                "type": "input",
                "block_id": ids.REASON_BLOCK,
                "label": {"type": "plain_text", "text": "Tell us what was wrong with the answer"},
                "hint": {"type": "plain_text", "text": "The support team reads it. Please write no passwords here."},
                "element": {
                    "type": "plain_text_input",
                    "action_id": ids.REASON_INPUT,
                    "multiline": True,
                    "max_length": 2000,
                },
            }
        ],
    }
