"""Deadline of everything a test waits for."""

from __future__ import annotations

HUNG = 300.0
"""Seconds after which a test counts as hung. No test judges by speed: a busy machine takes many times as long."""
