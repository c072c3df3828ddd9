"""Telling people what they must mend, when an errand is given up."""

from __future__ import annotations

from bot.errors import CredentialError, NotFoundError, OutsideError, PlanError
from bot.helpdesk.effects import Alarm, Body
from bot.helpdesk.redaction import compose, redact
from bot.helpdesk.turn import Turn, talk_lane


def alarm(turn: Turn, body: Body, error: OutsideError) -> None:
    """Tell the handoff channel what people must mend: each trouble once an hour."""
    system = error.system or "an outside system"
    text = compose(
        "*{system}* refused for good ({code}): {kind} was given up. {mend}",
        system=redact(system),
        code=redact(error.code or type(error).__name__),
        kind=redact(type(body).__name__),
        mend=redact(_mend(error)),
    )
    hour = int(turn.now // 3600)
    turn.effect_once(
        Alarm(channel=turn.house.handoff_channel, text=text),
        key=f"alarm:{system}:{error.code}:{type(body).__name__}:{hour}",
        lane=talk_lane("alarms"),
        subject="alarms",
    )


def _mend(error: OutsideError) -> str:
    if isinstance(error, CredentialError):
        return "Check its key or token, then run `uppzy-desk check`."
    if isinstance(error, PlanError):
        return "Check what the account's plan and role allow, then run `uppzy-desk check`."
    if isinstance(error, NotFoundError):
        return "Check the ids in the settings, then run `uppzy-desk check`."
    return "The log has the details; `uppzy-desk find` with an id shows what belongs to it."
