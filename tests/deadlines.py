"""The deadline of everything that a test waits for."""

from __future__ import annotations

HUNG = 300.0
"""Seconds after which a test counts as hung: generous, because a busy machine is many times slower than an idle one."""
