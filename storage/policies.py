"""The texts of all policies that were ever in force, by the fingerprint that decisions name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.engine import Connection

from bot.helpdesk.escalation import Policy
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
