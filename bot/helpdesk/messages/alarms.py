"""Alarms in the handoff channel, for agents and operators."""

from __future__ import annotations

from collections.abc import Sequence

from bot.helpdesk.messages.text import Message, message, variant

FIX_CREDENTIALS = message("alarm-fix-credentials")
FIX_PLAN = message("alarm-fix-plan")
FIX_EMPLOYEE_UNREACHABLE = message("alarm-fix-employee-unreachable")
FIX_SURFACE = message("alarm-fix-surface")
FIX_IDS = message("alarm-fix-ids")
FIX_UNKNOWN = message("alarm-fix-unknown")
_AN_OUTSIDE_SYSTEM = message("alarm-an-outside-system")


def given_up(system: str | None, code: str, key: str, fix: Message) -> Message:
    """An outside system refused some work for good. `key` is that of the work, `fix` a sentence above."""
    of = variant(system or "")
    name = system or _AN_OUTSIDE_SYSTEM
    if fix is FIX_CREDENTIALS:
        return message("alarm-credentials-rejected", system=of, name=name, code=code, work=work(key), fix=fix)
    return message("alarm-given-up", system=of, name=name, code=code, work=work(key), fix=fix)


def work(key: str) -> Message:
    """The work that could not be done, by its key, as in the sentence above."""
    return message("alarm-work", work=key)


def channel_unusable(channel: str, code: str) -> Message:
    """A handoff channel takes no posts."""
    return message("alarm-channel-unusable", channel=channel, code=code)


def channel_shared(channel: str, code: str) -> Message:
    """A handoff channel takes no posts, because another company reads it."""
    return message("alarm-channel-shared", channel=channel, code=code)


def review_not_posted(channel: str, code: str) -> Message:
    """The weekly review could not be posted."""
    return message("alarm-review-not-posted", channel=channel, code=code)


def questions_wait(minutes: int) -> Message:
    """Questions have waited too long for the assistant."""
    return message("alarm-questions-wait", minutes=minutes)


def policy_refused(mistake: str, more: int) -> Message:
    """A changed policy has mistakes; `more` of them are not shown."""
    if not more:
        return message("alarm-policy-refused", mistake=mistake)
    return message("alarm-policy-refused-and-more", mistake=mistake, more=more)


def overdue(names: Sequence[str], more: int) -> Message:
    """Handoffs are past their target; `more` of them are not named."""
    if not more:
        return message("alarm-overdue", names=", ".join(names))
    return message("alarm-overdue-and-more", names=", ".join(names), more=more)
