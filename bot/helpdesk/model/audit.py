"""The audit trail: who did what that must be accounted for, in a chain of rows.

Each row carries a hash over its content and the hash of the row before it, so that a row cannot be changed, removed or
inserted without a trace. Nobody is named: a person is a pseudonym, made with a key of their own. Without the key, which
is destroyed when the person is forgotten, it leads to nobody, and the chain stays as it is.
"""

from __future__ import annotations

import enum
import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable
from dataclasses import astuple, dataclass

BEGINNING = ""
"""The hash before the first row."""

_LENGTH_OF_PSEUDONYM = 24


class AuditAct(enum.StrEnum):
    """The acts that are accounted for."""

    PRESSED = "pressed"
    REVEALED = "revealed"
    EXPORTED = "exported a person"
    FORGOTTEN = "forgot a person"
    POLICY_CHANGED = "policy changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditedPerson:
    """A person by their id on a surface, whom the trail knows by a pseudonym."""

    surface: str
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """An act to be added. `by` did it, or else `operator`, a user of the machine; neither: the desk itself.

    `person` is the one it was done to. `subject` and `detail` are ids and names of ours, never words or ids of people.
    """

    act: AuditAct
    by: AuditedPerson | None = None
    operator: str | None = None
    person: AuditedPerson | None = None
    subject: str | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRow:
    """A row without its hash. `by` and `person` are pseudonyms."""

    number: int
    at: float
    act: str
    by: str | None
    operator: str | None
    person: str | None
    subject: str | None
    detail: str | None

    def hash_after(self, before: str) -> str:
        """Returns the hash of the row behind a row with the hash `before`."""
        content = json.dumps([before, *astuple(self)], ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(content.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditHead:
    """The number and the hash of the last row, and those of the last one that retention has deleted."""

    number: int = 0
    hash: str = BEGINNING
    pruned_number: int = 0
    pruned_hash: str = BEGINNING


def new_key() -> str:
    """Returns the key of a person."""
    return secrets.token_hex(32)


def pseudonym(key: str, person: AuditedPerson) -> str:
    """Returns the pseudonym of a person, which leads to them only together with their key."""
    digest = hmac.new(bytes.fromhex(key), f"{person.surface}:{person.id}".encode(), hashlib.sha256).hexdigest()
    return f"per_{digest[:_LENGTH_OF_PSEUDONYM]}"


class Tampering(enum.StrEnum):
    """The ways in which a row may be wrong."""

    CHANGED = "changed"
    REMOVED = "removed"
    INSERTED = "inserted"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditBreak:
    """The first row that is wrong."""

    row: int
    by: Tampering


def find_break(rows: Iterable[tuple[AuditRow, str]], head: AuditHead) -> AuditBreak | None:
    """Returns the first row that is wrong; None if the chain is whole. `rows` are in order, each with its hash."""
    last, before = head.pruned_number, head.pruned_hash
    for row, stored in rows:
        if not last < row.number <= head.number:
            return AuditBreak(row=row.number, by=Tampering.INSERTED)
        if row.number != last + 1:
            return AuditBreak(row=last + 1, by=Tampering.REMOVED)
        if row.hash_after(before) != stored:
            return AuditBreak(row=row.number, by=Tampering.CHANGED)
        last, before = row.number, stored
    if last != head.number:
        return AuditBreak(row=last + 1, by=Tampering.REMOVED)
    return None if before == head.hash else AuditBreak(row=last, by=Tampering.CHANGED)
