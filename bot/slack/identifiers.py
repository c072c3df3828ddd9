"""Slack's ids as people write them: in the settings, in the policy file, and to look something up."""

from __future__ import annotations

import re

_CHANNEL = re.compile(r"[CG][A-Z0-9]{2,}")
_USER_GROUP = re.compile(r"S[A-Z0-9]{2,}")


class SlackIds:
    """The forms of Slack's ids. Each check returns what is wrong with an id and how to fix it, or None."""

    def channel_problem(self, id: str) -> str | None:
        """Checks the id of a channel that people can share: not of a direct message."""
        return None if _CHANNEL.fullmatch(id) else "must be the channel's id, as in C0123ABCD, not its name"

    def group_problem(self, id: str) -> str | None:
        """Checks the id of a user group."""
        return None if _USER_GROUP.fullmatch(id) else "must be the id of a user group, as in S0123ABCD, not its name"
