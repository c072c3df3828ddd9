"""Probes: pins good answers, asks for them again in sessions of their own, and compares.

Nothing of a probe is a question of an employee: no figure of the review counts it.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Protocol

from bot.errors import (
    AmbiguousError,
    CredentialError,
    NotFoundError,
    OutsideError,
    PermanentError,
    PlanError,
    RateLimitedError,
    TemporaryError,
)
from bot.helpdesk.answering.ask_queue import AskLimiter
from bot.helpdesk.config import AskLimits
from bot.helpdesk.model.conversation import Reply, new_id
from bot.helpdesk.model.probe import PinnableAnswer, Probe, ProbeResult
from bot.helpdesk.ports import Assistant
from bot.helpdesk.redaction import redact
from bot.helpdesk.review.answer_words import meaningful_words
from bot.helpdesk.text import legible, without_reasoning

# Probes asked at once where the settings have no lower limit: the desk goes on asking beside them.
_MOST_AT_ONCE = 4
_TRIES = 3
# Refusals because of the rate limit that one probe outlasts.
_MOST_PAUSES = 10
_LONGEST_PAUSE = 60.0
_REFUSES_ALL = (CredentialError, PlanError, NotFoundError)
_LEVELS = ("low", "medium", "high")
# A score varies by itself; a fall of this much within a level is one of confidence.
_FALL_OF_SCORE = 0.2


def pin(answered: PinnableAnswer, now: float) -> Probe:
    """Returns the probe of an answer, with its words redacted."""
    question, answer = answered.question, answered.answer
    return Probe(
        id=new_id("prb"),
        request_id=answer.request_id,
        question_id=question.id,
        question=redact(question.text),
        answer=redact(answer.text),
        confidence_level=answer.confidence_level,
        confidence_score=answer.confidence_score,
        language=answered.locale.replace("_", "-").split("-")[0] if answered.locale else None,
        pinned_at=now,
    )


def compare(probe: Probe, reply: Reply) -> ProbeResult:
    """Returns whether the answer lost confidence, or has other words that carry its meaning."""
    answer = redact(legible(without_reasoning(reply.answer)))
    reasons = [*_lost_confidence(probe, reply), *_changed_words(probe.answer, answer)]
    return ProbeResult(probe=probe, answer=answer, reason="; ".join(reasons) or None)


def _lost_confidence(probe: Probe, reply: Reply) -> Iterable[str]:
    before, after = probe.confidence_level, reply.confidence_level
    if _rank(after) < _rank(before):
        yield f"confidence fell from {before} to {after or 'none'}"
    elif before == after and _fall(probe.confidence_score, reply.confidence_score) >= _FALL_OF_SCORE:
        yield f"confidence fell from {probe.confidence_score:g} to {reply.confidence_score:g}"


def _rank(level: str | None) -> float:
    """Returns the order of a level. One that no documentation names is as good as any: it is not lower."""
    if level is None:
        return -1
    return _LEVELS.index(level) if level in _LEVELS else len(_LEVELS)


def _fall(before: float | None, after: float | None) -> float:
    return 0.0 if before is None or after is None else round(before - after, 6)


def _changed_words(before: str, after: str) -> Iterable[str]:
    old, new = meaningful_words(before), meaningful_words(after)
    if old == new:
        return
    gone, added = Counter(old) - Counter(new), Counter(new) - Counter(old)
    if gone or added:
        yield f"words changed: {gone.total()} gone, {added.total()} new"
    else:
        yield "words changed their order"


class ProbeSessions(Protocol):
    """The assistant's sessions of probes that are not closed yet, so that an interrupted run leaves none open."""

    async def open(self, session_id: str) -> None:
        """Records a session before its question is asked."""

    async def closed(self, session_id: str) -> None:
        """Forgets a session."""

    async def left_open(self) -> Sequence[str]:
        """Returns the recorded sessions."""


class ProbeRunner:
    """Asks probes again. Each is asked in a session of its own, which is closed whatever comes of it.

    `most_at_once` is the limit of questions that are with the assistant at once; None: there is none. `language` goes
    before that of the person who asked.
    """

    def __init__(
        self, assistant: Assistant, sessions: ProbeSessions, *, most_at_once: int | None, language: str | None
    ) -> None:
        self._assistant = assistant
        self._sessions = sessions
        self._language = language
        most = min(most_at_once or _MOST_AT_ONCE, _MOST_AT_ONCE)
        self._limiter = AskLimiter(AskLimits(of_all=most, of_one=most))

    async def close_left_open(self) -> None:
        """Closes the sessions that a run which was killed has left."""
        for session_id in await self._sessions.left_open():
            await self._close(session_id)

    async def run(self, probes: Iterable[Probe], checked: Callable[[ProbeResult], None]) -> None:
        """Asks all of them, and calls `checked` with each result.

        Raises CredentialError, PlanError or NotFoundError where the assistant refuses every question.
        """
        try:
            async with asyncio.TaskGroup() as group:
                for probe in probes:
                    group.create_task(self._check(probe, checked))
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from None

    async def _check(self, probe: Probe, checked: Callable[[ProbeResult], None]) -> None:
        async with self._limiter.waiting(probe.id) as slot:
            while not await self._limiter.called(slot, _LONGEST_PAUSE):
                continue
            try:
                result = compare(probe, await self._ask_patiently(probe))
            except _REFUSES_ALL:
                raise
            except OutsideError as error:
                result = ProbeResult(probe=probe, answer=None, reason=f"no answer: {error}")
        checked(result)

    async def _ask_patiently(self, probe: Probe) -> Reply:
        """Asks until there is an answer. A session that may have seen the question is not used again."""
        failures = pauses = 0
        while True:
            try:
                with self._limiter.within_rate_limit():
                    async with self._session() as session_id:
                        return await self._ask(probe, session_id)
            except RateLimitedError as error:
                pauses += 1
                if pauses > _MOST_PAUSES:
                    raise
                await asyncio.sleep(_pause(pauses) if error.retry_after is None else error.retry_after)
            except TemporaryError:
                failures += 1
                if failures == _TRIES:
                    raise
                await asyncio.sleep(_pause(failures))

    async def _ask(self, probe: Probe, session_id: str) -> Reply:
        language = self._language or probe.language
        return await self._assistant.ask(session_id=session_id, message=probe.question, email=None, language=language)

    @asynccontextmanager
    async def _session(self) -> AsyncIterator[str]:
        """Names a session for one question. It is closed unless the question certainly had no effect."""
        session_id = f"desk-{new_id('probe').replace('_', '-')}"
        await self._sessions.open(session_id)
        is_unused = False
        try:
            yield session_id
        except OutsideError as error:
            is_unused = not isinstance(error, AmbiguousError)
            raise
        finally:
            await (self._sessions.closed(session_id) if is_unused else self._close(session_id))

    async def _close(self, session_id: str) -> None:
        """Closes a session. One that cannot be closed now stays recorded, and the next run closes it."""
        for attempt in range(1, _TRIES + 1):
            try:
                await self._assistant.close_session(session_id)
            except TemporaryError as error:
                wait = error.retry_after if isinstance(error, RateLimitedError) else None
                if attempt < _TRIES:
                    await asyncio.sleep(min(_LONGEST_PAUSE, _pause(attempt) if wait is None else wait))
            except PermanentError:
                return
            else:
                await self._sessions.closed(session_id)
                return


def _pause(attempt: int) -> float:
    return min(_LONGEST_PAUSE, float(2 ** (attempt - 1)))
