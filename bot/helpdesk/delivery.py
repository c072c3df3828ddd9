"""Performing effects: each at least once, and never twice where the outside system can tell us.

One mechanism for all: an effect is claimed (`pending` becomes `sending`), done, and recorded with what follows from it.
One that is found `sending` was under way when its outcome got lost: it is looked up before it is done again.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.errors import AmbiguousError, OutsideError, PermanentError, RateLimitedError, TemporaryError
from bot.helpdesk.effects import Body, Destination, Effect, EffectState
from bot.helpdesk.ports import Clock, Store, Transaction
from bot.helpdesk.retry import Schedule, next_delay
from bot.helpdesk.turn import House, Turn

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """A claimed effect on its way: what to do, where, and whether an earlier attempt may have done it."""

    effect: Effect
    to: Destination | None
    uncertain: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Performer:
    """How one kind of effect is performed and what follows.

    `do` has the effect happen; `find` looks whether it has (None: doing it twice is harmless). `record`, `fail` and
    `delay` run in the transaction that keeps the outcome: when it is done, given up, or will be tried again. `aim`
    resolves the destination, None drops the effect; `wanted` says whether it is still to be done; `outcome` is what the
    effect's row keeps of the result.
    """

    do: Callable[[Errand], Awaitable[Any]]
    find: Callable[[Errand], Awaitable[Any]] | None = None
    record: Callable[[Turn, Any, Any], None] | None = None
    fail: Callable[[Turn, Any, OutsideError], None] | None = None
    delay: Callable[[Turn, Any, OutsideError, float], None] | None = None
    aim: Callable[[Transaction, Any], Destination | None] | None = None
    wanted: Callable[[Transaction, Any], bool] | None = None
    outcome: Callable[[Any], str] = str


class OvertakenError(Exception):
    """The effect is not wanted any more while it was under way."""


class Delivery:
    """Performs effects through the performer of their kind, and keeps every outcome."""

    def __init__(
        self,
        *,
        store: Store,
        house: House,
        clock: Clock,
        performers: Mapping[type[Body], Performer],
        schedule: Schedule,
        look_again: float,
    ) -> None:
        self._store = store
        self._house = house
        self._clock = clock
        self._performers = performers
        self._schedule = schedule
        self._look_again = look_again

    async def perform(self, effect_id: str) -> float | None:
        """Perform an effect. Returns the seconds after which to try again, or None when there is nothing left to do."""
        errand = await self._store.run(self._claim, effect_id)
        if errand is None:
            return None
        performer = self._performers[type(errand.effect.body)]
        try:
            result = await self._do_once(performer, errand)
        except OvertakenError:
            await self._store.run(self._drop, errand.effect)
            return None
        except PermanentError as error:
            await self._store.run(self._give_up, errand.effect, error)
            return None
        except TemporaryError as error:
            return await self._store.run(self._postpone, errand.effect, error)
        await self._store.run(self._record, errand.effect, result)
        return None

    def _claim(self, tx: Transaction, effect_id: str) -> Errand | None:
        effect = tx.effects.get(effect_id)
        if effect is None or effect.state not in (EffectState.PENDING, EffectState.SENDING):
            return None
        performer = self._performers[type(effect.body)]
        to = performer.aim(tx, effect.body) if performer.aim else None
        unwanted = performer.wanted is not None and not performer.wanted(tx, effect.body)
        if unwanted or (performer.aim is not None and to is None):
            self._drop(tx, effect)
            return None
        claimed = replace(
            effect,
            state=EffectState.SENDING,
            attempts=effect.attempts + 1,
            first_tried_at=effect.first_tried_at or self._clock(),
        )
        tx.effects.save(claimed)
        return Errand(effect=claimed, to=to, uncertain=effect.state is EffectState.SENDING)

    def _drop(self, tx: Transaction, effect: Effect) -> None:
        tx.effects.save(replace(effect, state=EffectState.DROPPED, settled_at=self._clock()))

    async def _do_once(self, performer: Performer, errand: Errand) -> Any:
        if errand.uncertain and performer.find is not None:
            found = await performer.find(errand)
            if found is None:
                # What has just been posted may not be readable at once.
                await asyncio.sleep(self._look_again)
                found = await performer.find(errand)
            if found is not None:
                log.info("effect_found", extra={"effect": errand.effect.id, "kind": type(errand.effect.body).__name__})
                return found
        return await performer.do(errand)

    def _record(self, tx: Transaction, effect: Effect, result: Any) -> None:
        performer = self._performers[type(effect.body)]
        now = self._clock()
        outcome = performer.outcome(result)
        tx.effects.save(replace(effect, state=EffectState.DONE, outcome=outcome, error=None, settled_at=now))
        if performer.record is not None:
            performer.record(self._turn(tx, now), effect.body, result)

    def _postpone(self, tx: Transaction, effect: Effect, error: TemporaryError) -> float | None:
        now = self._clock()
        delay = next_delay(
            self._schedule,
            attempts=effect.attempts,
            elapsed=now - (effect.first_tried_at or now),
            chance=random.random(),
            told=error.retry_after if isinstance(error, RateLimitedError) else None,
        )
        if delay is None:
            self._give_up(tx, effect, error)
            return None
        # After a clear refusal nothing can have happened; otherwise it stays `sending`, to be looked up first.
        state = EffectState.SENDING if isinstance(error, AmbiguousError) else EffectState.PENDING
        tx.effects.save(replace(effect, state=state, error=_brief(error)))
        log.warning("effect_delayed", extra={"again_in": round(delay, 1), **_fields(effect, error)})
        performer = self._performers[type(effect.body)]
        if performer.delay is not None:
            performer.delay(self._turn(tx, now), effect.body, error, delay)
        return delay

    def _give_up(self, tx: Transaction, effect: Effect, error: OutsideError) -> None:
        now = self._clock()
        tx.effects.save(replace(effect, state=EffectState.FAILED, error=_brief(error), settled_at=now))
        log.error("effect_failed", extra=_fields(effect, error))
        performer = self._performers[type(effect.body)]
        if performer.fail is not None:
            performer.fail(self._turn(tx, now), effect.body, error)

    def _turn(self, tx: Transaction, now: float) -> Turn:
        return Turn(tx, now, self._house)


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
