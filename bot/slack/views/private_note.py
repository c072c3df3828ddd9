"""What only one person sees, as Block Kit."""

from __future__ import annotations

from bot.helpdesk.model.effects import PrivateNote
from bot.helpdesk.model.events import Button
from bot.slack import ids
from bot.slack.markdown import escape_mrkdwn
from bot.slack.views.blocks import Message, actions, button, section


def whisper_message(whisper: PrivateNote) -> Message:
    """A private sentence; with two buttons where it asks whether a message is to be sent."""
    text = escape_mrkdwn(whisper.text).replace("{person}", f"<@{whisper.about}>" if whisper.about else "someone")
    if whisper.relay_id is None:
        return Message(text=text)
    label, pressed = ("Claim and send", Button.CLAIM_AND_SEND) if whisper.claims else ("Send", Button.SEND)
    send = button(label, ids.ACTION_OF[pressed], whisper.relay_id, style="primary")
    keep = button("Keep inside", ids.ACTION_OF[Button.KEEP_INTERNAL], whisper.relay_id)
    return Message(text=text, blocks=[section(text), actions(send, keep)])
