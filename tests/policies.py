"""Policies of tests: the shipped one, with which handoffs open at once and without a limit.

Most tests begin with a handoff that they are not about. `tests/whole/test_offers.py` is about the shipped policy.
"""

from __future__ import annotations

from bot.resources import shipped_file

_OFFERS = 'handoff = "offer"'
_CHANNEL = '# channel = "C0123ABCD"'


def shipped_policy() -> str:
    """Returns the text of the shipped policy."""
    return shipped_file("config/escalation.toml").read_text(encoding="utf-8")


def policy_at_once() -> str:
    """Returns the text of the shipped policy, with which every handoff opens at once."""
    shipped = shipped_policy()
    assert _OFFERS in shipped
    return shipped.replace(_OFFERS, 'handoff = "at once"')


def with_own_channels(channel: str) -> str:
    """Returns the text of `policy_at_once`, with this channel as that of its confidential rules."""
    policy = policy_at_once()
    assert _CHANNEL in policy
    return policy.replace(_CHANNEL, f'channel = "{channel}"')


def with_handoff_rules(rules: str) -> str:
    """Returns the text of `policy_at_once` with these lines as its [handoff] table, and any number of open handoffs."""
    return f"{policy_at_once()}\n[handoff]\nmost_open_per_day = 0\n{rules}\n"
