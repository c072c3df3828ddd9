"""The stored probes, for the commands. They run beside a desk, which neither reads nor writes these tables."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from sqlalchemy import bindparam, delete, exists, insert, select, update

from bot.helpdesk.model.probe import PinnableAnswer, Probe
from bot.helpdesk.ports import Clock
from storage import models
from storage.inspection import DatabaseLocation, reading, refuse_unreadable
from storage.repositories import Answers, Questions
from storage.row_mapper import RowMapper
from storage.writing import writing

_mapper = RowMapper(models.probes, Probe)
_probes, _sessions = models.probes.c, models.probe_sessions.c
_answers, _earlier = models.answers.c, models.answers.alias("earlier").c

_answer = Answers.mapper.where(_answers.request_id == bindparam("request_id")).order_by(_answers.id.desc()).limit(1)
_follows = select(
    exists().where(_earlier.session_id == bindparam("session_id"), _earlier.answered_at < bindparam("answered_at"))
)
_locale = select(models.people.c.locale).where(
    models.people.c.surface == bindparam("surface"), models.people.c.id == bindparam("employee")
)
_all = _mapper.where().order_by(_probes.id)
_known = _mapper.where(_probes.request_id == bindparam("request_id"))


class StoredProbes:
    """The probes of one database, and their open sessions.

    Every method raises StorageError, the constructor also where there is no such database, or one of another version.
    """

    def __init__(self, location: DatabaseLocation, clock: Clock) -> None:
        refuse_unreadable(location)
        self._location = location
        self._clock = clock

    def answered(self, request_id: str) -> PinnableAnswer | None:
        """Returns the answer with that id of the assistant's, with its question; None if there is none."""
        with reading(self._location) as connection:
            row = connection.execute(_answer, {"request_id": request_id}).first()
            if row is None:
                return None
            answer = Answers.mapper.decode(row)
            question = Questions.mapper.decode(
                connection.execute(Questions.mapper.by_id, {"id": answer.question_id}).one()
            )
            of_session = {"session_id": answer.session_id, "answered_at": answer.answered_at}
            of_person = {"surface": question.surface, "employee": question.employee}
            return PinnableAnswer(
                question=question,
                answer=answer,
                locale=connection.execute(_locale, of_person).scalar(),
                follows=connection.execute(_follows, of_session).scalar_one(),
            )

    def all(self) -> list[Probe]:
        """Returns the probes, oldest first."""
        with reading(self._location) as connection:
            return [_mapper.decode(row) for row in connection.execute(_all)]

    def add(self, probe: Probe) -> bool:
        """Stores a probe. Returns False if its answer is pinned already."""
        with writing(self._location) as connection:
            if connection.execute(_known, {"request_id": probe.request_id}).first() is not None:
                return False
            connection.execute(_mapper.insert, _mapper.encode(probe))
            return True

    def remove(self, request_id: str) -> bool:
        """Removes a probe. Returns False if there is none of that answer."""
        with writing(self._location) as connection:
            return connection.execute(delete(models.probes).where(_probes.request_id == request_id)).rowcount == 1

    def note_checked(self, probe: Probe, *, worse: bool) -> None:
        """Stores the result of the latest check."""
        with writing(self._location) as connection:
            changed = {"checked_at": self._clock(), "worse": worse}
            connection.execute(update(models.probes).where(_probes.id == probe.id).values(changed))

    # Sessions, as `ProbeSessions` describes them.

    async def open(self, session_id: str) -> None:
        await asyncio.to_thread(self._open, session_id)

    async def closed(self, session_id: str) -> None:
        await asyncio.to_thread(self._closed, session_id)

    async def left_open(self) -> Sequence[str]:
        return await asyncio.to_thread(self._left_open)

    def _open(self, session_id: str) -> None:
        with writing(self._location) as connection:
            connection.execute(insert(models.probe_sessions), {"id": session_id, "opened_at": self._clock()})

    def _closed(self, session_id: str) -> None:
        with writing(self._location) as connection:
            connection.execute(delete(models.probe_sessions).where(_sessions.id == session_id))

    def _left_open(self) -> list[str]:
        with reading(self._location) as connection:
            return list(connection.execute(select(_sessions.id).order_by(_sessions.opened_at)).scalars())
