"""Reading the policy file's [handoff] table: how people work what the rules bring about."""

from __future__ import annotations

from bot.helpdesk.escalation.policy import HandoffRules, Speakers
from bot.helpdesk.escalation.policy_table import Table

_MOST_SECONDS_OF_DELAY = 60
_MINUTES_OF_A_MONTH = 43_200
_KEYS = frozenset({"relay", "relay_delay_seconds", "reopen_within_minutes", "resolution_required", "idle_minutes"})
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
    )


def _seconds(table: Table, key: str, default: float, *, zero: bool) -> float:
    return table.minutes(key, most=_MINUTES_OF_A_MONTH, zero=zero, default=default / 60) * 60
