"""Reading the policy file's [handoff] table: how people work what the rules bring about."""

from __future__ import annotations

import re
from collections.abc import Mapping

from bot.helpdesk.escalation.hours_table import read_hours
from bot.helpdesk.escalation.policy import HandoffRules, Priority, Speakers
from bot.helpdesk.escalation.policy_table import LONGEST_NAME, Table

_MOST_SECONDS_OF_DELAY = 60
_MINUTES_OF_A_MONTH = 43_200
_KEYS = frozenset(
    {
        "relay",
        "relay_delay_seconds",
        "reopen_within_minutes",
        "resolution_required",
        "idle_minutes",
        "minutes_to_reply",
        "hours",
        "remind_before_minutes",
        "on_call",
        "on_call_after_minutes",
    }
)
_GROUP_ID = re.compile("S[A-Z0-9]{2,}")
_DEFAULT = HandoffRules()


def read_handoff_rules(table: Table) -> HandoffRules:
    """What the table says; what it leaves out is as in `HandoffRules`."""
    table.refuse_unknown(_KEYS, "[handoff] has")
    return HandoffRules(
        relay=Speakers(table.choice("relay", tuple(Speakers)) or _DEFAULT.relay),
        relay_delay=table.seconds("relay_delay_seconds", most=_MOST_SECONDS_OF_DELAY, default=_DEFAULT.relay_delay),
        reopen_within=_seconds(table, "reopen_within_minutes", _DEFAULT.reopen_within, zero=True),
        resolution_required=table.flag("resolution_required", default=_DEFAULT.resolution_required),
        idle=_seconds(table, "idle_minutes", _DEFAULT.idle, zero=False),
        reply_within=_targets(_inside(table, "minutes_to_reply")),
        hours=read_hours(_inside(table, "hours")),
        remind_before=_seconds(table, "remind_before_minutes", _DEFAULT.remind_before, zero=True),
        on_call=_on_call(table),
        on_call_after=_seconds(table, "on_call_after_minutes", _DEFAULT.on_call_after, zero=True),
    )


def _inside(table: Table, key: str) -> Table:
    return table.table(key, label=f"[handoff.{key}]", example=f"[handoff.{key}]")


def _targets(table: Table) -> Mapping[Priority, float]:
    table.refuse_unknown(tuple(Priority), "[handoff.minutes_to_reply] has")
    named = [priority for priority in Priority if table.raw(priority) is not None]
    return {priority: _seconds(table, priority, 0.0, zero=False) for priority in named}


def _on_call(table: Table) -> str | None:
    group = table.text("on_call", most=LONGEST_NAME)
    if group and not _GROUP_ID.fullmatch(group):
        table.problem("“on_call” must be the id of a user group, as in S0123ABCD, not its name.", "on_call")
    if group and not table.raw("minutes_to_reply"):
        table.problem("“on_call” is never called without a target. Write [handoff.minutes_to_reply].", "on_call")
    return group


def _seconds(table: Table, key: str, default: float, *, zero: bool) -> float:
    return table.minutes(key, most=_MINUTES_OF_A_MONTH, zero=zero, default=default / 60) * 60
