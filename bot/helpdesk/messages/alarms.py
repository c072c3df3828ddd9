"""Alarms in the handoff channel, for agents and operators."""

from __future__ import annotations

from collections.abc import Sequence

from bot.helpdesk.markdown import Markdown, fill_safely
from bot.helpdesk.redaction import SafeText

FIX_CREDENTIALS = "Check its key or token, then run `uppzy-desk check`."
FIX_PLAN = "Check what the account's plan and role allow, then run `uppzy-desk check`."
FIX_EMPLOYEE_UNREACHABLE = "The direct message with the employee can't be used. Please contact them another way."
FIX_SURFACE = "This desk isn't connected to that chat any more. Connect it again; what was given up isn't sent later."
FIX_IDS = "Check the ids in the settings, then run `uppzy-desk check`."
FIX_UNKNOWN = "The log has the details; `uppzy-desk find` with an id shows what belongs to it."


def given_up(system: str | None, code: str, effect: str, fix: str) -> SafeText:
    """An outside system refused an effect for good. `fix` is one of the sentences above."""
    return fill_safely(
        "**{system}** refused for good ({code}): {effect} was given up. {fix}",
        system=system or "an outside system",
        code=code,
        effect=effect,
        fix=Markdown(fix),
    )


def channel_unusable(channel: str, code: str) -> SafeText:
    """A handoff channel takes no posts."""
    return fill_safely(
        "I cannot post in the channel {channel} ({code}): people may be waiting there unseen. Invite me, or name "
        "another channel in the settings or the policy, then run `uppzy-desk check`.",
        channel=channel,
        code=code,
    )


def channel_shared(channel: str, code: str) -> SafeText:
    """A handoff channel takes no posts, because another company reads it."""
    return fill_safely(
        "I cannot post in the channel {channel} ({code}): people may be waiting there unseen. End the sharing, or name "
        "another channel in the settings or the policy, then run `uppzy-desk check`.",
        channel=channel,
        code=code,
    )


def questions_wait(minutes: int) -> SafeText:
    """Questions have waited too long for the assistant."""
    return fill_safely(
        "Questions wait for the assistant's answer, the oldest for {minutes} minutes. The log line `effect_delayed`"
        " says what is in the way; `uppzy-desk check` asks everybody.",
        minutes=str(minutes),
    )


def overdue(names: Sequence[str], more: int) -> SafeText:
    """Handoffs are past their target; `more` of them are not named."""
    if not more:
        return fill_safely("Past the target, and claimed by nobody: {names}.", names=", ".join(names))
    return fill_safely(
        "Past the target, and claimed by nobody: {names} and {more} more.", names=", ".join(names), more=f"{more}"
    )
