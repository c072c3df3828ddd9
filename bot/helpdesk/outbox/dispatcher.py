"""Dispatches effects: each is sent at least once, and never twice where the outside system can tell.

All effects take the same path: an effect is claimed (`pending` becomes `sending`), sent by the handler of its type, and
recorded together with its consequences. An effect that can begin at once is claimed in the transaction that decides it.
The outcome of an effect that is already `sending` when it is claimed is unknown: it is looked up in the outside system
before it is sent again.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

from bot.errors import (
    AmbiguousError,
    NotYetError,
    OutsideError,
    PermanentError,
    RateLimitedError,
    TemporaryError,
    UnconfirmedError,
    UnknownRefusalError,
)
from bot.helpdesk.config import ConfigInForce
from bot.helpdesk.lanes import LANE_TAKEN_SECONDS
from bot.helpdesk.model.effects import CannotTell, Effect, EffectState, NotSent, SendStatus, Sent
from bot.helpdesk.model.job import Job, JobKind
from bot.helpdesk.outbox.fencing import PauseDetector
from bot.helpdesk.outbox.handler import (
    Attempt,
    EffectHandler,
    HandlerRegistry,
    Postponement,
    Redirection,
    SupersededError,
)
from bot.helpdesk.outbox.in_doubt import InDoubt
from bot.helpdesk.outbox.targets import resolve
from bot.helpdesk.ports import Clock, Observer, Store, Transaction
from bot.helpdesk.retry import next_delay
from bot.helpdesk.unit_of_work import NEW_THREAD_FIRST, UnitOfWork, carried, following_trace

log = logging.getLogger(__name__)

FindSent = Callable[[Attempt[Any]], Awaitable[SendStatus[Any]]]


class _TakenOverError(Exception):
    """Another worker has claimed the effect meanwhile, and records its outcome."""


@dataclass(frozen=True, slots=True)
class _Outcome:
    """The result of an effect. `found`: an earlier attempt had sent it."""

    result: Any
    found: bool


class Dispatcher:
    """Sends effects through the handlers of their types, and records every outcome.

    `ending` is the same store with priority over new work: outcomes are recorded through it.
    """

    def __init__(
        self,
        *,
        store: Store,
        ending: Store,
        in_force: ConfigInForce,
        clock: Clock,
        handlers: HandlerRegistry,
        observer: Observer,
        pauses: PauseDetector | None = None,
    ) -> None:
        self._store = store
        self._ending = ending
        self._in_force = in_force
        self._clock = clock
        self._handlers = handlers
        self._timeouts = in_force.now.timeouts
        self._observer = observer
        self.pauses = pauses or PauseDetector()

    async def perform(self, effect_id: str) -> float | None:
        """Makes one attempt to send an effect.

        Returns the seconds after which to try again, or None when nothing is left to do.
        """
        attempt = await self._store.run(self._claim, effect_id)
        if attempt is None:
            return None
        if isinstance(attempt, Postponement):
            return attempt.seconds
        return await self.send(attempt)

    async def send(self, attempt: Attempt[Any]) -> float | None:
        """Sends a claimed effect.

        Returns the seconds after which to try again, or None when nothing is left to do.
        """
        with following_trace(attempt.effect.trace), self.pauses.guard(attempt.claimed_at):
            try:
                return await self._attempt(attempt)
            except _TakenOverError:
                log.warning("effect_taken_over", extra={"effect": attempt.effect.id, "kind": attempt.kind})
                return None
            finally:
                if (on_end := self._handlers.of(attempt.effect).on_end) is not None:
                    on_end(attempt)

    async def _attempt(self, attempt: Attempt[Any]) -> float | None:
        if attempt.effect.state is EffectState.DROPPED:
            self._report(attempt, EffectState.DROPPED)
            return None
        try:
            outcome = await self._send_once(attempt)
        except SupersededError:
            await self._ending.run(carried(self._drop), attempt.effect)
            self._report(attempt, EffectState.DROPPED)
            return None
        except PermanentError as error:
            await self._handle_refusal(attempt, error)
            return None
        except NotYetError as error:
            return await self._postpone(attempt, Postponement(seconds=error.retry_after))
        except TemporaryError as error:
            return await self._retry_later(attempt, error)
        if isinstance(outcome, Postponement):
            return await self._postpone(attempt, outcome)
        await self._ending.run(carried(self._record), attempt.effect, outcome.result)
        self._report(attempt, EffectState.DONE, found=outcome.found)
        return None

    async def _send_once(self, attempt: Attempt[Any]) -> _Outcome | Postponement:
        """Sends the effect, unless an earlier attempt did or the handler postpones it."""
        handler = self._handlers.of(attempt.effect)
        is_last = False
        if attempt.uncertain and handler.find_sent is not None:
            match await self._look_up(handler.find_sent, attempt):
                case Sent(result):
                    log.info("effect_found", extra={"effect": attempt.effect.id, "kind": attempt.kind})
                    return _Outcome(result, found=True)
                case CannotTell(system) if handler.in_doubt is InDoubt.GIVE_UP:
                    raise _unconfirmed(system)
                case CannotTell():
                    is_last = handler.in_doubt.is_limited
            if handler.search_again is not None and (later := await handler.search_again(attempt)) is not None:
                return later
        try:
            result = await handler.send(attempt)
        except AmbiguousError as error:
            if is_last:
                raise _unconfirmed(error.system) from error
            raise
        later = handler.read_again(result) if handler.read_again is not None else None
        return later or _Outcome(result, found=False)

    async def _look_up(self, find_sent: FindSent, attempt: Attempt[Any]) -> SendStatus[Any]:
        found = await find_sent(attempt)
        if isinstance(found, NotSent):
            # A message may not be readable for a moment after it was posted.
            await asyncio.sleep(self._timeouts.second_search_after)
            found = await find_sent(attempt)
        return found

    async def _handle_refusal(self, attempt: Attempt[Any], error: PermanentError) -> None:
        redirection = await self._ending.run(carried(self._record_refusal), attempt, error)
        if redirection is Redirection.AGAIN:
            self._observer.delayed(attempt.kind, error)
        else:
            self._report(attempt, EffectState.FAILED if redirection is None else EffectState.DROPPED)

    async def _postpone(self, attempt: Attempt[Any], later: Postponement) -> float | None:
        if self._handlers.of(attempt.effect).read_only or await self._ending.run(self._release, attempt, later):
            return later.seconds
        self._report(attempt, EffectState.DROPPED)
        return None

    async def _retry_later(self, attempt: Attempt[Any], error: TemporaryError) -> float | None:
        delay = await self._ending.run(carried(self._record_retry), attempt, error)
        if delay is None:
            self._report(attempt, EffectState.FAILED)
        else:
            self._observer.delayed(attempt.kind, error)
        return delay

    def _report(self, attempt: Attempt[Any], state: EffectState, *, found: bool = False) -> None:
        """Reports the final state of an effect. At debug level, because it would be most of the log lines."""
        log.debug("effect_settled", extra={"effect": attempt.effect.id, "kind": attempt.kind, "state": state.value})
        self._observer.settled(attempt.kind, state, found=found)
        cleanup = self._handlers.of(attempt.effect).cleanup
        if state is EffectState.FAILED and cleanup is not None:
            cleanup(attempt)

    # Transactions.

    def _claim(self, tx: Transaction, effect_id: str) -> Attempt[Any] | Postponement | None:
        effect, is_next = tx.effects.to_claim(effect_id)
        if effect is None or effect.state not in (EffectState.PENDING, EffectState.SENDING):
            return None
        if not is_next:
            return Postponement(seconds=LANE_TAKEN_SECONDS)
        handler = self._handlers.of(effect)
        uow = UnitOfWork(tx, self._clock(), self._in_force.now, effect.trace)
        uncertain = effect.state is EffectState.SENDING
        attempt = _attempt_of(uow, handler, effect, uncertain=uncertain)
        if attempt is None:
            return Attempt(effect=self._drop(tx, effect), to=None, uncertain=False)
        if handler.not_before is not None and not uncertain and (later := handler.not_before(uow, effect)) is not None:
            _keep_reason(tx, effect, later)
            return later
        claimed = effect.claimed(uow.now)
        if handler.on_claim is not None:
            handler.on_claim(uow, effect.body)
        if not handler.read_only:
            tx.effects.claim(claimed)
        return replace(attempt, effect=claimed)

    def claim_new(self, tx: Transaction, effect: Effect, job: Job) -> Attempt[Any] | None:
        """Completes the claim of an effect that was decided in this transaction, at its end.

        Returns None if the effect must wait after all: for its time, or for a more urgent one of this transaction.
        """
        handler = self._handlers.of(effect)
        uow = UnitOfWork(tx, self._clock(), self._in_force.now, effect.trace)
        attempt = _attempt_of(uow, handler, effect)
        if attempt is None:
            return Attempt(effect=self._drop(tx, effect), to=None, uncertain=False)
        later = handler.not_before(uow, effect) if handler.not_before is not None else None
        if later is not None or tx.jobs.has_more_urgent(job):
            tx.effects.release(replace(effect.released(), error=later.reason if later else None))
            tx.jobs.enqueue(replace(job, after=later.seconds if later else 0.0), first=True)
            return None
        if handler.on_claim is not None:
            handler.on_claim(uow, effect.body)
        return attempt

    def _release(self, tx: Transaction, attempt: Attempt[Any], later: Postponement) -> bool:
        """Undoes the claim: nothing was tried. Returns False if the effect is no longer needed and was dropped."""
        effect = attempt.effect
        if not self._is_ours(tx, effect):
            return True
        uow = UnitOfWork(tx, self._clock(), self._in_force.now, effect.trace)
        if not attempt.uncertain and _attempt_of(uow, self._handlers.of(effect), effect) is None:
            self._drop(tx, effect)
            return False
        released = replace(effect.released(), error=later.reason or effect.error)
        tx.effects.save(replace(released, state=EffectState.SENDING) if attempt.uncertain else released)
        return True

    def _drop(self, tx: Transaction, effect: Effect) -> Effect:
        dropped = replace(effect, state=EffectState.DROPPED, settled_at=self._clock())
        tx.effects.save(dropped)
        return dropped

    def _is_ours(self, tx: Transaction, effect: Effect) -> bool:
        """Returns whether the claim still holds. A worker that was presumed dead must not record outcomes."""
        current = tx.effects.get(effect.id)
        if current is None or current.state not in (EffectState.PENDING, EffectState.SENDING):
            return False
        return current.attempts == effect.attempts or self._handlers.of(effect).read_only

    def _require_claim(self, tx: Transaction, effect: Effect) -> None:
        if not self._is_ours(tx, effect):
            raise _TakenOverError

    def _record(self, tx: Transaction, effect: Effect, result: Any) -> None:
        handler = self._handlers.of(effect)
        now = self._clock()
        outcome = handler.outcome(result)
        done = replace(effect, state=EffectState.DONE, outcome=outcome, error=None, settled_at=now)
        if not tx.effects.end(done, claim=None if handler.read_only else effect.attempts):
            raise _TakenOverError
        if handler.on_sent is not None:
            handler.on_sent(UnitOfWork(tx, now, self._in_force.now), effect.body, result)

    def _record_retry(self, tx: Transaction, attempt: Attempt[Any], error: TemporaryError) -> float | None:
        """Records that the effect is tried again. Returns the seconds until then, or None if it is given up."""
        effect = attempt.effect
        self._require_claim(tx, effect)
        handler = self._handlers.of(effect)
        now = self._clock()
        if isinstance(error, UnknownRefusalError) and effect.error == _summary(error):
            self._give_up(tx, effect, error.as_permanent())
            return None
        delay = next_delay(
            self._timeouts.retry,
            attempts=effect.attempts,
            elapsed=now - (effect.first_tried_at or now),
            chance=random.random(),
            retry_after=error.retry_after if isinstance(error, RateLimitedError) else None,
            long_retry=handler.long_retry,
        )
        if delay is None:
            self._give_up(tx, effect, error)
            return None
        # A clear refusal proves that this attempt did nothing. It says nothing about an uncertain attempt before it:
        # perhaps only the search was refused. An effect that may have been sent stays `sending`, so it is looked up.
        unclear = attempt.uncertain or isinstance(error, AmbiguousError)
        state = EffectState.SENDING if unclear else EffectState.PENDING
        tx.effects.save(replace(effect, state=state, error=_summary(error)))
        log.warning("effect_delayed", extra={"again_in": round(delay, 1), **_log_fields(effect, error)})
        if handler.on_retry is not None:
            handler.on_retry(UnitOfWork(tx, now, self._in_force.now), effect.body, error, delay)
        return delay

    def _record_refusal(self, tx: Transaction, attempt: Attempt[Any], error: OutsideError) -> Redirection | None:
        """Gives the effect up, unless its handler has an alternative, which is returned."""
        effect = attempt.effect
        self._require_claim(tx, effect)
        handler = self._handlers.of(effect)
        uow = UnitOfWork(tx, self._clock(), self._in_force.now)
        redirection = handler.redirect(uow, effect, attempt.to, error) if handler.redirect else None
        match redirection:
            case Redirection.AGAIN:
                self._requeue(tx, attempt, error)
            case Redirection.DROP:
                self._drop(tx, effect)
            case None:
                self._give_up(tx, effect, error)
        return redirection

    def _requeue(self, tx: Transaction, attempt: Attempt[Any], error: OutsideError) -> None:
        """Enqueues the effect anew, after what was decided in this transaction. The current job ends."""
        effect = attempt.effect
        state = EffectState.SENDING if attempt.uncertain else EffectState.PENDING
        tx.effects.release(replace(effect, state=state, error=_summary(error)))
        tx.jobs.enqueue(Job(kind=JobKind.EFFECT, ref=effect.id, lane=effect.lane, urgency=NEW_THREAD_FIRST))
        log.warning("effect_redirected", extra=_log_fields(effect, error))

    def _give_up(self, tx: Transaction, effect: Effect, error: OutsideError) -> None:
        self._require_claim(tx, effect)
        now = self._clock()
        tx.effects.save(replace(effect, state=EffectState.FAILED, error=_summary(error), settled_at=now))
        log.error("effect_failed", extra=_log_fields(effect, error))
        handler = self._handlers.of(effect)
        if handler.on_failed is not None:
            handler.on_failed(UnitOfWork(tx, now, self._in_force.now), effect.body, error)


def _unconfirmed(system: str) -> UnconfirmedError:
    return UnconfirmedError("It may have been sent already.", system=system, code="unconfirmed")


def _keep_reason(tx: Transaction, effect: Effect, later: Postponement) -> None:
    if later.reason is not None and later.reason != effect.error:
        tx.effects.save(replace(effect, error=later.reason))


def _attempt_of(
    uow: UnitOfWork, handler: EffectHandler[Any, Any], effect: Effect, *, uncertain: bool = False
) -> Attempt[Any] | None:
    """Returns an attempt with everything that sending needs, or None if the effect is no longer needed."""
    to = resolve(uow.tx, handler.target(effect.body)) if handler.target else None
    if handler.target is not None and to is None:
        return None
    if handler.still_needed is not None and not handler.still_needed(uow.tx, effect.body):
        return None
    loaded = handler.load(uow, effect.body) if handler.load else None
    if handler.load is not None and loaded is None:
        return None
    return Attempt(effect=effect, to=to, uncertain=uncertain, loaded=loaded)


def _summary(error: OutsideError) -> str:
    return f"{type(error).__name__} {error.system} {error.code}".strip()


def _log_fields(effect: Effect, error: OutsideError) -> dict[str, Any]:
    return {
        "effect": effect.id,
        "kind": effect.kind,
        "subject": effect.subject,
        "attempts": effect.attempts,
        "error": type(error).__name__,
        "system": error.system,
        "code": error.code,
    }
