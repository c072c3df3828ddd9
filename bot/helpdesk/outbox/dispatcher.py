"""Performing effects: each at least once, and never twice where the outside system can tell us.

One mechanism for all: an effect is claimed (`pending` becomes `sending`), done, and recorded with what follows from it.
One that is found `sending` was under way when its outcome got lost: it is looked up before it is done again.
"""

from __future__ import annotations

import asyncio
import enum
import logging
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from bot.errors import (
    AmbiguousError,
    NotYetError,
    OutsideError,
    PermanentError,
    RateLimitedError,
    TemporaryError,
    UnknownRefusalError,
)
from bot.helpdesk.config import DeskConfig
from bot.helpdesk.correlation import carried, following
from bot.helpdesk.model.effects import Body, Destination, Effect, EffectState
from bot.helpdesk.model.job import Job, JobKind
from bot.helpdesk.outbox.fencing import PauseDetector
from bot.helpdesk.ports import Clock, Observer, Store, Transaction
from bot.helpdesk.retry import Schedule, next_delay
from bot.helpdesk.unit_of_work import NEW_THREAD_FIRST, UnitOfWork

log = logging.getLogger(__name__)

B = TypeVar("B")


class Redirection(enum.Enum):
    """What becomes of an effect that was refused for good, other than being given up.

    AGAIN: it comes once more, aimed anew, behind what was decided for it in its lane. DROP: something else does it.
    """

    AGAIN = enum.auto()
    DROP = enum.auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A claimed effect on its way: what to do, where, and whether an earlier attempt may have done it.

    `claimed_at` is by the clock that never jumps and never stops.
    One that is not wanted any more comes out of the claim with its effect `dropped`.
    """

    effect: Effect
    to: Destination | None
    uncertain: bool
    claimed_at: float = field(default_factory=time.monotonic)

    def body(self, kind: type[B]) -> B:
        """What it carries; the tables of performers pair each kind with those who know it."""
        body: Any = self.effect.body
        assert isinstance(body, kind)
        return body

    @property
    def destination(self) -> Destination:
        """Where it goes, for kinds that are aimed."""
        assert self.to is not None
        return self.to

    @property
    def kind(self) -> str:
        """What kind of effect it is, for logs and metrics."""
        return type(self.effect.body).__name__


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectHandler:
    """How one kind of effect is performed and what follows.

    `do` has the effect happen; `find` looks whether it has (None: doing it twice is harmless). `record`, `fail` and
    `delay` run in the transaction that keeps the outcome: when it is done, given up, or will be tried again. `aim`
    resolves the destination, None drops the effect; `wanted` says whether it is still to be done; `attend` runs in the
    transaction that claims it; `outcome` is what the effect's row keeps of the result. `instead` runs in the
    transaction that would give it up, and may decide on something better: it gets the effect and where it was meant
    for. `reads`: it only looks at the outside, so that nothing need be written before it, and coming again costs next
    to nothing. `stubborn`: nobody waits for it, and it is still worth doing after days. `given_up` clears away what
    showed that it was being worked on.
    """

    do: Callable[[Attempt], Awaitable[Any]]
    find: Callable[[Attempt], Awaitable[Any]] | None = None
    record: Callable[[UnitOfWork, Any, Any], None] | None = None
    fail: Callable[[UnitOfWork, Any, OutsideError], None] | None = None
    delay: Callable[[UnitOfWork, Any, OutsideError, float], None] | None = None
    instead: Callable[[UnitOfWork, Effect, Destination | None, OutsideError], Redirection | None] | None = None
    aim: Callable[[Transaction, Any], Destination | None] | None = None
    wanted: Callable[[Transaction, Any], bool] | None = None
    attend: Callable[[UnitOfWork, Any], None] | None = None
    outcome: Callable[[Any], str] = str
    reads: bool = False
    stubborn: bool = False
    given_up: Callable[[Attempt], None] | None = None


class SupersededError(Exception):
    """The effect is not wanted any more while it was under way."""


class _TakenOverError(Exception):
    """Somebody else claimed the effect meanwhile, and says what became of it."""


class Dispatcher:
    """Performs effects through the performer of their kind, and keeps every outcome.

    `ending` is the same store for what is kept of an effect that was under way: it goes before new work.
    """

    def __init__(
        self,
        *,
        store: Store,
        ending: Store,
        config: DeskConfig,
        clock: Clock,
        performers: Mapping[type[Body], EffectHandler],
        schedule: Schedule,
        look_again: float,
        observer: Observer,
        pauses: PauseDetector | None = None,
    ) -> None:
        self._store = store
        self._ending = ending
        self._config = config
        self._clock = clock
        self._performers = performers
        self._schedule = schedule
        self._look_again = look_again
        self._observer = observer
        self.pauses = pauses or PauseDetector()

    async def perform(self, effect_id: str) -> float | None:
        """Perform an effect. Returns the seconds after which to try again, or None when there is nothing left to do."""
        attempt = await self._store.run(self._claim, effect_id)
        if attempt is None:
            return None
        with following(attempt.effect.trace), self.pauses.over(attempt.claimed_at):
            try:
                return await self._carry_out(attempt)
            except _TakenOverError:
                log.warning("effect_taken_over", extra={"effect": effect_id, "kind": attempt.kind})
                return None

    async def _carry_out(self, attempt: Attempt) -> float | None:
        if attempt.effect.state is EffectState.DROPPED:
            self._settled(attempt, EffectState.DROPPED)
            return None
        try:
            result, found = await self._do_once(self._performers[type(attempt.effect.body)], attempt)
        except SupersededError:
            await self._ending.run(carried(self._drop), attempt.effect)
            self._settled(attempt, EffectState.DROPPED)
        except PermanentError as error:
            await self._refused(attempt, error)
        except NotYetError as error:
            return await self._put_back(attempt, error)
        except TemporaryError as error:
            return await self._try_later(attempt, error)
        else:
            await self._ending.run(carried(self._record), attempt.effect, result)
            self._settled(attempt, EffectState.DONE, found=found)
        return None

    async def _refused(self, attempt: Attempt, error: PermanentError) -> None:
        instead = await self._ending.run(carried(self._end_refused), attempt, error)
        if instead is Redirection.AGAIN:
            self._observer.delayed(attempt.kind, error)
        else:
            self._settled(attempt, EffectState.FAILED if instead is None else EffectState.DROPPED)

    async def _put_back(self, attempt: Attempt, error: NotYetError) -> float | None:
        if self._performers[type(attempt.effect.body)].reads or await self._ending.run(self._release, attempt, error):
            return error.retry_after
        self._settled(attempt, EffectState.DROPPED)
        return None

    async def _try_later(self, attempt: Attempt, error: TemporaryError) -> float | None:
        delay = await self._ending.run(carried(self._postpone), attempt, error)
        if delay is None:
            self._settled(attempt, EffectState.FAILED)
        else:
            self._observer.delayed(attempt.kind, error)
        return delay

    def _settled(self, attempt: Attempt, state: EffectState, *, found: bool = False) -> None:
        """Say that nothing is left to do. At debug level, because it would be most of the lines."""
        log.debug("effect_settled", extra={"effect": attempt.effect.id, "kind": attempt.kind, "state": state.value})
        self._observer.settled(attempt.kind, state, found=found)
        given_up = self._performers[type(attempt.effect.body)].given_up
        if state is EffectState.FAILED and given_up is not None:
            given_up(attempt)

    def _claim(self, tx: Transaction, effect_id: str) -> Attempt | None:
        effect = tx.effects.get(effect_id)
        if effect is None or effect.state not in (EffectState.PENDING, EffectState.SENDING):
            return None
        performer = self._performers[type(effect.body)]
        wanted, to = self._aimed(tx, effect)
        if not wanted:
            return Attempt(effect=self._drop(tx, effect), to=None, uncertain=False)
        claimed = replace(
            effect,
            state=EffectState.SENDING,
            attempts=effect.attempts + 1,
            first_tried_at=effect.first_tried_at or self._clock(),
        )
        if performer.attend is not None:
            performer.attend(UnitOfWork(tx, self._clock(), self._config, effect.trace), effect.body)
        if not performer.reads:
            tx.effects.save(claimed)
        return Attempt(effect=claimed, to=to, uncertain=effect.state is EffectState.SENDING)

    def _aimed(self, tx: Transaction, effect: Effect) -> tuple[bool, Destination | None]:
        """Whether it is still to be done, and where."""
        performer = self._performers[type(effect.body)]
        to = performer.aim(tx, effect.body) if performer.aim else None
        if performer.aim is not None and to is None:
            return False, None
        return performer.wanted is None or performer.wanted(tx, effect.body), to

    def _release(self, tx: Transaction, attempt: Attempt, error: NotYetError) -> bool:
        """Make it as it was before the claim: it has not been tried. False where nobody wants it any more.

        Where the error has a code, that is kept for others to see.
        """
        effect = attempt.effect
        if not self._is_ours(tx, effect):
            return True
        if not attempt.uncertain and not self._aimed(tx, effect)[0]:
            self._drop(tx, effect)
            return False
        tx.effects.save(
            replace(
                effect,
                state=EffectState.SENDING if attempt.uncertain else EffectState.PENDING,
                attempts=effect.attempts - 1,
                error=_brief(error) if error.code else effect.error,
                first_tried_at=effect.first_tried_at if effect.attempts > 1 else None,
            )
        )
        return True

    def _drop(self, tx: Transaction, effect: Effect) -> Effect:
        dropped = replace(effect, state=EffectState.DROPPED, settled_at=self._clock())
        tx.effects.save(dropped)
        return dropped

    async def _do_once(self, performer: EffectHandler, attempt: Attempt) -> tuple[Any, bool]:
        """What came of it, and whether it was found done."""
        if attempt.uncertain and performer.find is not None:
            found = await performer.find(attempt)
            if found is None:
                # What has just been posted may not be readable at once.
                await asyncio.sleep(self._look_again)
                found = await performer.find(attempt)
            if found is not None:
                log.info("effect_found", extra={"effect": attempt.effect.id, "kind": attempt.kind})
                return found, True
        return await performer.do(attempt), False

    def _is_ours(self, tx: Transaction, effect: Effect) -> bool:
        """Whether nobody has claimed the effect since: one that was thought dead must not speak for another."""
        current = tx.effects.get(effect.id)
        if current is None or current.state not in (EffectState.PENDING, EffectState.SENDING):
            return False
        return current.attempts == effect.attempts or self._performers[type(effect.body)].reads

    def _record(self, tx: Transaction, effect: Effect, result: Any) -> None:
        performer = self._performers[type(effect.body)]
        now = self._clock()
        outcome = performer.outcome(result)
        done = replace(effect, state=EffectState.DONE, outcome=outcome, error=None, settled_at=now)
        if not tx.effects.end(done, claim=None if performer.reads else effect.attempts):
            raise _TakenOverError
        if performer.record is not None:
            performer.record(self._turn(tx, now), effect.body, result)

    def _postpone(self, tx: Transaction, attempt: Attempt, error: TemporaryError) -> float | None:
        effect = attempt.effect
        if not self._is_ours(tx, effect):
            raise _TakenOverError
        now = self._clock()
        if isinstance(error, UnknownRefusalError) and effect.error == _brief(error):
            self._give_up(tx, effect, error.for_good())
            return None
        delay = next_delay(
            self._schedule,
            attempts=effect.attempts,
            elapsed=now - (effect.first_tried_at or now),
            chance=random.random(),
            told=error.retry_after if isinstance(error, RateLimitedError) else None,
            stubborn=self._performers[type(effect.body)].stubborn,
        )
        if delay is None:
            self._give_up(tx, effect, error)
            return None
        # After a clear refusal nothing can have happened, unless an earlier attempt did it and only the looking
        # up was refused. What is unclear stays `sending`, to be looked up first.
        unclear = attempt.uncertain or isinstance(error, AmbiguousError)
        state = EffectState.SENDING if unclear else EffectState.PENDING
        tx.effects.save(replace(effect, state=state, error=_brief(error)))
        log.warning("effect_delayed", extra={"again_in": round(delay, 1), **_fields(effect, error)})
        performer = self._performers[type(effect.body)]
        if performer.delay is not None:
            performer.delay(self._turn(tx, now), effect.body, error, delay)
        return delay

    def _end_refused(self, tx: Transaction, attempt: Attempt, error: OutsideError) -> Redirection | None:
        """Give the effect up, unless there is something better to do, which is returned."""
        effect = attempt.effect
        if not self._is_ours(tx, effect):
            raise _TakenOverError
        performer = self._performers[type(effect.body)]
        uow = self._turn(tx, self._clock())
        instead = performer.instead(uow, effect, attempt.to, error) if performer.instead else None
        match instead:
            case Redirection.AGAIN:
                self._come_again(tx, attempt, error)
            case Redirection.DROP:
                self._drop(tx, effect)
            case None:
                self._give_up(tx, effect, error)
        return instead

    def _come_again(self, tx: Transaction, attempt: Attempt, error: OutsideError) -> None:
        """Have it performed once more behind what was decided just now; the job under way is over."""
        effect = attempt.effect
        state = EffectState.SENDING if attempt.uncertain else EffectState.PENDING
        tx.effects.save(replace(effect, state=state, error=_brief(error)))
        tx.jobs.enqueue(Job(kind=JobKind.EFFECT, ref=effect.id, lane=effect.lane, urgency=NEW_THREAD_FIRST))
        log.warning("effect_redirected", extra=_fields(effect, error))

    def _give_up(self, tx: Transaction, effect: Effect, error: OutsideError) -> None:
        if not self._is_ours(tx, effect):
            raise _TakenOverError
        now = self._clock()
        tx.effects.save(replace(effect, state=EffectState.FAILED, error=_brief(error), settled_at=now))
        log.error("effect_failed", extra=_fields(effect, error))
        performer = self._performers[type(effect.body)]
        if performer.fail is not None:
            performer.fail(self._turn(tx, now), effect.body, error)

    def _turn(self, tx: Transaction, now: float) -> UnitOfWork:
        return UnitOfWork(tx, now, self._config)


def _brief(error: OutsideError) -> str:
    return f"{type(error).__name__} {error.system} {error.code}".strip()


def _fields(effect: Effect, error: OutsideError) -> dict[str, Any]:
    return {
        "effect": effect.id,
        "kind": type(effect.body).__name__,
        "subject": effect.subject,
        "attempts": effect.attempts,
        "error": type(error).__name__,
        "system": error.system,
        "code": error.code,
    }


def nothing(result: object) -> str:
    """The outcome of what leaves nothing worth keeping."""
    return ""
