"""The digests of the review, for `uppzy-desk review --post`, which runs beside a desk."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import bindparam, exists, or_, select, update

from bot.helpdesk.model.effects import EffectState
from bot.helpdesk.model.gap import GapQueue, GapRecord
from bot.helpdesk.model.review import DigestRecord
from storage import models
from storage.inspection import DatabaseLocation, reading, refuse_unreadable
from storage.repositories import Digests, GapQueues, Gaps
from storage.writing import writing

_digests, _effects, _queues = models.digests.c, models.effects.c, models.gap_queues.c
_of_week = Digests.mapper.where(_digests.week == bindparam("week"))
_at_work = select(
    exists().where(
        _effects.subject == bindparam("id"),
        _effects.state.in_([EffectState.PENDING.value, EffectState.SENDING.value]),
    )
)


class StoredDigests:
    """The digests of one database. Raises StorageError, also where there is none, or one of another version."""

    def __init__(self, location: DatabaseLocation) -> None:
        refuse_unreadable(location)
        self._location = location

    def claim(self, new: DigestRecord) -> DigestRecord:
        """Stores the digest of a week, unless there is one, and returns the one that is stored."""
        with writing(self._location) as connection:
            row = connection.execute(_of_week, {"week": new.week}).first()
            if row is not None:
                return Digests.mapper.decode(row)
            connection.execute(Digests.mapper.insert, Digests.mapper.encode(new))
            return new

    def claim_queue(self, new: GapQueue, digest_id: str, records: Sequence[GapRecord]) -> bool:
        """Stores the queue of gaps that follows a digest, and its gaps, unless a desk has begun with it."""
        with writing(self._location) as connection:
            begun = select(
                or_(exists().where(_queues.id == new.id), exists().where(_effects.key == f"gaps:{digest_id}"))
            )
            if connection.execute(begun).scalar_one():
                return False
            known = set(connection.scalars(select(models.gaps.c.id)))
            for record in records:
                if record.id not in known:
                    connection.execute(Gaps.mapper.insert, Gaps.mapper.encode(record))
            connection.execute(GapQueues.mapper.insert, GapQueues.mapper.encode(new))
            return True

    def save_queue_message(self, queue_id: str, message: str) -> None:
        """Stores where a queue was posted. Somebody may have pressed on it already."""
        with writing(self._location) as connection:
            connection.execute(update(models.gap_queues).where(_queues.id == queue_id).values(message=message))

    def is_at_work(self, digest_id: str) -> bool:
        """Returns whether a desk has begun to post this digest, and has not ended."""
        with reading(self._location) as connection:
            return bool(connection.execute(_at_work, {"id": digest_id}).scalar_one())

    def save(self, record: DigestRecord) -> None:
        """Stores what became of a digest."""
        with writing(self._location) as connection:
            values = Digests.mapper.encode(record)
            connection.execute(update(models.digests).where(_digests.id == record.id).values(values))
