"""Options of every connection to PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

# A connection whose server or network died without closing it is noticed within half a minute instead of hours. In
# seconds; the last one in milliseconds.
KEEP_ALIVE: Mapping[str, Any] = MappingProxyType(
    {
        "keepalives": 1,
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 25_000,
    }
)
PLANNER = "-c enable_seqscan=off -c jit=off"
"""For the tables of the queue, of which the server usually takes its statistics while they are nearly empty.

A plan that reads a whole table all the same counts as so dear that the server would compile it first.
"""
