"""Retention: deletes what people wrote after the retention time; identifiers stay.

Each step works in small batches, each in a transaction of its own, so that no question waits behind a large deletion.
"""

from __future__ import annotations

import asyncio
import logging

from sqlalchemy import CursorResult, Delete, Table, Update, bindparam, delete, select, text, update

from bot.errors import StorageError
from bot.helpdesk.ports import Clock
from storage import models
from storage.audit import prune_audit
from storage.interfaces import Database
from storage.repositories import Transaction

log = logging.getLogger(__name__)

DAY = 86_400.0
_BATCH = 200
_PAUSE_SECONDS = 0.05
_ROUND_SECONDS = 3600.0


def _blank(table: Table, column: str, time: str, empty: str | None, *, only: str = "", **more: str) -> Update:
    """Returns the statement that empties a column of old rows; `only` is a further condition, as in its index."""
    # Spelled exactly as in the partial indexes of the models, or SQLite would not use them.
    not_empty = text((f"{column} IS NOT NULL" if empty is None else f"{column} != ''") + only)
    old = select(table.c.id).where(table.c[time] < bindparam("cutoff"), not_empty).limit(_BATCH)
    return update(table).where(table.c.id.in_(old)).values({column: empty, **more})


def _delete(table: Table, time: str) -> Delete:
    old = select(table.c.id).where(table.c[time] < bindparam("cutoff")).limit(_BATCH)
    return delete(table).where(table.c.id.in_(old))


# The bodies of effects repeat what people wrote, and a settled effect is no longer needed. Events hold no text any
# more, only the keys that identify a redelivery; a surface redelivers for minutes. Scheduled jobs hold no text at all.
_STEPS = (
    _blank(models.questions, "text", "asked_at", ""),
    _blank(models.answers, "text", "answered_at", "", sources="[]"),
    _blank(models.verdicts, "reason", "given_at", None),
    _blank(models.handoffs, "resolution_text", "resolution_at", None),
    _blank(
        models.articles,
        "answer",
        "written_at",
        "",
        only=" AND approved_at IS NULL AND document_edition IS NULL",
        title="",
        question="",
        category="",
    ),
    # They quote questions and resolutions.
    _delete(models.gap_queues, "made_at"),
    _delete(models.relay_files, "written_at"),
    _delete(models.relays, "written_at"),
    _delete(models.effects, "settled_at"),
    _delete(models.events, "handled_at"),
    _delete(models.scheduled_jobs, "done_at"),
    _delete(models.alarms, "over_at"),
    _delete(models.people, "read_at"),
    _delete(models.teams_people, "told_at"),
)


async def delete_old_text(store: Database, before: float) -> int:
    """Deletes what people wrote before that time; returns how many rows were changed or deleted."""
    total = 0
    for step in _STEPS:
        while count := await store.run(_run, step, before):
            total += count
            await asyncio.sleep(_PAUSE_SECONDS)
    return total


def _run(tx: Transaction, step: Update | Delete, before: float) -> int:
    result = tx.connection.execute(step, {"cutoff": before})
    assert isinstance(result, CursorResult)
    return result.rowcount


async def prune_old_audit(store: Database, before: float) -> int:
    """Deletes rows of the audit trail from before that time; returns how many."""
    total = 0
    while count := await store.run(_prune, before):
        total += count
        await asyncio.sleep(_PAUSE_SECONDS)
    return total


def _prune(tx: Transaction, before: float) -> int:
    return prune_audit(tx.connection, before)


async def run_retention(store: Database, clock: Clock, days: int, audit_days: int) -> None:
    """Deletes old text every hour until cancelled. Where the database fails, the next hour tries again."""
    retention = Retention(store, clock, days, audit_days)
    while True:
        try:
            await retention.keep()
        except StorageError:
            log.warning("old_text_not_deleted")
        await asyncio.sleep(_ROUND_SECONDS)


class Retention:
    """Deletes old text of a database. What was deleted is overwritten at most once a day.

    To overwrite it, SQLite writes the whole file anew, and other work waits meanwhile.
    """

    def __init__(self, store: Database, clock: Clock, days: int, audit_days: int) -> None:
        self._store = store
        self._clock = clock
        self._days = days
        self._audit_days = audit_days
        self._is_overwritten = True
        self._overwritten_at = 0.0

    async def keep(self) -> None:
        """Deletes what is too old now. Raises StorageError."""
        now = self._clock()
        await prune_old_audit(self._store, now - self._audit_days * DAY)
        if count := await delete_old_text(self._store, now - self._days * DAY):
            self._is_overwritten = False
            log.info("old_text_deleted", extra={"rows": count, "days": self._days})
        if not self._is_overwritten and now - self._overwritten_at >= DAY:
            await self._store.overwrite_deleted()
            self._is_overwritten, self._overwritten_at = True, now
