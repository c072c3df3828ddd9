"""The policies that were in force: each text once, and their order."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import insert, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from bot.helpdesk.escalation import Policy
from bot.helpdesk.model.audit import AuditAct, AuditEntry
from storage import models
from storage.inspection import DatabaseLocation, reading, refuse_unreadable
from storage.repositories import Transaction

_texts, _changes = models.policies.c, models.policy_changes.c
_all = (
    select(_changes.number, _changes.at, _texts.fingerprint, _changes.digest, _texts.text)
    .join(models.policies, _texts.digest == _changes.digest)
    .order_by(_changes.number)
)
_last = select(_changes.number, _changes.digest).order_by(_changes.number.desc()).limit(1)
_add_change = insert(models.policy_changes)
_ADD_TEXT = {
    "sqlite": sqlite_insert(models.policies).on_conflict_do_nothing(),
    "postgresql": postgresql_insert(models.policies).on_conflict_do_nothing(),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyChange:
    """A policy that came into force: when, what its rules mean (`fingerprint`), and its text with a hash of it."""

    number: int
    at: float
    fingerprint: str
    digest: str
    text: str


def record_change(tx: Transaction, policy: Policy, now: float) -> None:
    """Stores that a policy comes into force, unless it is that of the last change: several processes read one file.

    Of two that store it at once, the second finds the number taken, runs again, and finds it stored.
    """
    digest = hashlib.sha256(policy.text.encode()).hexdigest()
    last = tx.connection.execute(_last, {}).first()
    if last is not None and last[1] == digest:
        return
    new_text = {"digest": digest, "fingerprint": policy.fingerprint, "text": policy.text}
    tx.connection.execute(_ADD_TEXT[tx.connection.dialect.name], new_text)
    tx.connection.execute(_add_change, {"number": last[0] + 1 if last else 1, "at": now, "digest": digest})
    entry = AuditEntry(act=AuditAct.POLICY_CHANGED, subject=policy.fingerprint, detail=digest)
    tx.audit.append(entry, now)


def read_changes(location: DatabaseLocation) -> list[PolicyChange]:
    """Returns every change, the first one first.

    Raises StorageError where there is no such database, or its version is not the one this code works with.
    """
    refuse_unreadable(location)
    with reading(location) as connection:
        return [PolicyChange(**row._mapping) for row in connection.execute(_all)]


def policy_texts(location: DatabaseLocation) -> Mapping[str, str]:
    """Returns a text for each fingerprint that was in force, the first one. Raises StorageError as `read_changes`."""
    return {change.fingerprint: change.text for change in reversed(read_changes(location))}


def diff_between(before: PolicyChange, after: PolicyChange) -> str:
    """Returns what changed in the text, as a unified diff."""
    # Only line feeds end lines of the file; `splitlines` would know others.
    old, new = ([f"{line}\n" for line in each.text.removesuffix("\n").split("\n")] for each in (before, after))
    return "".join(difflib.unified_diff(old, new, _title(before), _title(after)))


def _title(change: PolicyChange) -> str:
    return f"policy {change.number} ({change.fingerprint})"
