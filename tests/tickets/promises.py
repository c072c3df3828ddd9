"""The promises of every ticket system, in the words of the table in docs/tickets.md."""

from __future__ import annotations

import enum


class Promise(enum.StrEnum):
    """A column of the table."""

    CREATE = "create"
    ONCE = "idempotent create"
    FIND = "find"
    PRIVATE = "note private"
    STATUS = "status both ways"
    COMMENTS = "comments read"
    WEBHOOK = "webhook verified"
    AGE = "old webhook refused"
    CHECK = "check"
