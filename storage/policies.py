"""The texts of all policies that were ever in force, by the fingerprint that decisions name, and their order."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.engine import Connection

from bot.helpdesk.escalation import Policy
from bot.helpdesk.model.audit import AuditAct, AuditEntry
from storage import models
from storage.inspection import DatabaseLocation, reading, refuse_unreadable
from storage.repositories import Transaction

_policies = models.policies.c


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyText:
    """The text of a policy as it was when a policy of this fingerprint was first in force, and when that was."""

    fingerprint: str
    text: str
    first_used_at: float


_ADD = {
    "sqlite": sqlite_insert(models.policies).on_conflict_do_nothing(),
    "postgresql": postgresql_insert(models.policies).on_conflict_do_nothing(),
}


def record_policy(tx: Transaction, policy: Policy, now: float) -> None:
    """Stores the text of a policy that comes into force, unless one of its fingerprint is stored."""
    values = {"fingerprint": policy.fingerprint, "text": policy.text, "first_used_at": now}
    tx.connection.execute(_ADD[tx.connection.dialect.name], values)


def policy_texts(connection: Connection) -> Mapping[str, PolicyText]:
    """Returns all stored policies by fingerprint, the first in force first."""
    rows = connection.execute(select(models.policies).order_by(_policies.first_used_at, _policies.fingerprint))
    return {row.fingerprint: PolicyText(**row._mapping) for row in rows}


def stored_policies(location: DatabaseLocation) -> Mapping[str, PolicyText]:
    """Returns the same for the database at `location`. Raises StorageError where it cannot be read."""
    refuse_unreadable(location)
    with reading(location) as connection:
        return policy_texts(connection)


# Changes of the policy in force.

_changes = models.policy_changes.c
_all = select(models.policy_changes).order_by(_changes.number)
_last = select(_changes.number, _changes.digest).order_by(_changes.number.desc()).limit(1)
_ADD_CHANGE = {
    "sqlite": sqlite_insert(models.policy_changes).on_conflict_do_nothing(),
    "postgresql": postgresql_insert(models.policy_changes).on_conflict_do_nothing(),
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
    """Stores that a policy comes into force, unless it is that of the last change: several processes read one file."""
    record_policy(tx, policy, now)
    digest = hashlib.sha256(policy.text.encode()).hexdigest()
    values = {"at": now, "fingerprint": policy.fingerprint, "digest": digest, "text": policy.text}
    while True:
        last = tx.connection.execute(_last).first()
        if last is not None and last.digest == digest:
            return
        number = last.number + 1 if last else 1
        # Another process may have taken the number a moment ago.
        if tx.connection.execute(_ADD_CHANGE[tx.connection.dialect.name], {"number": number, **values}).rowcount == 1:
            entry = AuditEntry(act=AuditAct.POLICY_CHANGED, subject=policy.fingerprint, detail=digest)
            tx.audit.append(entry, now)
            return


def read_changes(location: DatabaseLocation) -> list[PolicyChange]:
    """Returns every change, the first one first.

    Raises StorageError where there is no such database, or its version is not the one this code works with.
    """
    refuse_unreadable(location)
    with reading(location) as connection:
        return [PolicyChange(**row._mapping) for row in connection.execute(_all)]
