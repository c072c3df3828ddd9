"""An effect is sent by one worker, and only while it is needed."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, get_args

import pytest

from bot.errors import AmbiguousError, BadRequestError, NotYetError, OutsideError, TemporaryError, UnconfirmedError
from bot.helpdesk.config import Timeouts
from bot.helpdesk.model.content import Content
from bot.helpdesk.model.effects import (
    CannotTell,
    CloseSession,
    Effect,
    EffectState,
    NotSent,
    RefreshCard,
    SendStatus,
    Sent,
)
from bot.helpdesk.model.job import Job, JobKind
from bot.helpdesk.model.target import FixedTarget
from bot.helpdesk.outbox.dispatcher import Dispatcher
from bot.helpdesk.outbox.fencing import PauseDetector, assert_claim_is_current
from bot.helpdesk.outbox.handler import Attempt, EffectHandler, HandlerRegistry, Postponement
from bot.helpdesk.outbox.in_doubt import IN_DOUBT, InDoubt
from bot.helpdesk.ports import Store, Transaction
from bot.helpdesk.unit_of_work import UnitOfWork
from storage.sqlite.store import SqliteStore
from tests.addresses import SURFACE


class Silent:
    """An observer that ignores everything."""

    def __getattr__(self, name: str) -> Any:
        return lambda *args, **kwargs: None


class Counting(Silent):
    """An observer that counts how effects end."""

    def __init__(self) -> None:
        self.ends: list[EffectState] = []

    def settled(self, kind: str, state: EffectState, *, found: bool) -> None:
        self.ends.append(state)


class Delays(Silent):
    """An observer that keeps the errors after which effects are tried again."""

    def __init__(self) -> None:
        self.errors: list[OutsideError] = []

    def delayed(self, kind: str, error: OutsideError) -> None:
        self.errors.append(error)


def _dispatcher(
    store: Store, handler: EffectHandler[CloseSession, str], pauses: PauseDetector | None = None, observer: Any = None
) -> Dispatcher:
    handlers = HandlerRegistry()
    handlers.add(CloseSession, handler)
    return Dispatcher(
        store=store,
        ending=store,
        # The rest is unused.
        in_force=SimpleNamespace(now=SimpleNamespace(timeouts=Timeouts(second_search_after=0.0))),  # type: ignore[arg-type]
        clock=lambda: 1000.0,
        handlers=handlers,
        observer=observer or Silent(),
        pauses=pauses,
    )


def _effect() -> Effect:
    return Effect(id="eff_1", key="1", lane="talk", subject="x", body=CloseSession(session_id="s"), decided_at=1.0)


async def test_a_process_that_wakes_up_late_does_not_speak_for_the_one_that_took_over(tmp_path: Path) -> None:
    frozen, woken = asyncio.Event(), asyncio.Event()
    recorded: list[str] = []

    async def freeze(attempt: Attempt[CloseSession]) -> str:
        frozen.set()
        await woken.wait()
        return "late"

    async def quick(attempt: Attempt[CloseSession]) -> str:
        return "in time"

    async def find(attempt: Attempt[CloseSession]) -> SendStatus[str]:
        return NotSent()

    def target(body: CloseSession) -> FixedTarget:
        return FixedTarget(SURFACE, "D", "1")

    def record(uow: UnitOfWork, body: Any, result: str) -> None:
        recorded.append(result)

    async with SqliteStore(tmp_path / "desk.db") as store:
        await store.run(lambda tx: tx.effects.add(_effect()))
        late = asyncio.create_task(
            _dispatcher(
                store, EffectHandler[CloseSession, str](send=freeze, find_sent=find, on_sent=record, target=target)
            ).perform("eff_1")
        )
        await frozen.wait()
        await _dispatcher(
            store, EffectHandler[CloseSession, str](send=quick, find_sent=find, on_sent=record, target=target)
        ).perform("eff_1")
        woken.set()
        await late
        effect = await store.run(lambda tx: tx.effects.get("eff_1"))

    assert recorded == ["in time"]
    assert effect is not None
    assert (effect.state, effect.outcome) == (EffectState.DONE, "in time")


async def test_what_finds_no_room_and_is_not_wanted_any_more_is_not_postponed(tmp_path: Path) -> None:
    wishes = {"wanted": True}

    async def find_no_room(attempt: Attempt[CloseSession]) -> str:
        wishes["wanted"] = False
        raise NotYetError(retry_after=60.0)

    def wanted(tx: Transaction, body: Any) -> bool:
        return wishes["wanted"]

    async with SqliteStore(tmp_path / "desk.db") as store:
        await store.run(lambda tx: tx.effects.add(_effect()))
        again = await _dispatcher(
            store, EffectHandler[CloseSession, str](send=find_no_room, still_needed=wanted)
        ).perform("eff_1")
        effect = await store.run(lambda tx: tx.effects.get("eff_1"))

    assert again is None
    assert effect is not None
    assert effect.state is EffectState.DROPPED


async def test_of_several_effects_the_latest_that_waits_is_found(tmp_path: Path) -> None:
    first, second = (replace(_effect(), id=f"eff_{number}", key=str(number)) for number in (1, 2))
    done = replace(_effect(), id="eff_3", key="3", state=EffectState.DONE)

    async with SqliteStore(tmp_path / "desk.db") as store:
        await store.run(lambda tx: tx.effects.add(first))
        await store.run(lambda tx: tx.effects.add(second))
        await store.run(lambda tx: tx.effects.add(done))
        found = await store.run(
            lambda tx: [tx.effects.waiting(CloseSession, "x"), tx.effects.waiting(RefreshCard, "x")]
        )

    assert found == [second, None]


async def test_a_process_that_was_away_between_its_claim_and_sending_looks_before_it_sends_anything(
    tmp_path: Path,
) -> None:
    sent: list[str] = []
    wall = {"time": 1000.0}
    pauses = PauseDetector((time.monotonic, lambda: wall["time"]))

    async def do(attempt: Attempt[CloseSession]) -> str:
        wall["time"] += 3600.0
        assert_claim_is_current()
        sent.append("again")
        return "mine"

    async def find(attempt: Attempt[CloseSession]) -> SendStatus[str]:
        assert_claim_is_current()
        return Sent("of the one that took over")

    async with SqliteStore(tmp_path / "desk.db") as store:
        await store.run(lambda tx: tx.effects.add(_effect()))
        dispatcher = _dispatcher(store, EffectHandler[CloseSession, str](send=do, find_sent=find), pauses)

        again = await dispatcher.perform("eff_1")
        late = await store.run(lambda tx: tx.effects.get("eff_1"))
        await dispatcher.perform("eff_1")

        effect = await store.run(lambda tx: tx.effects.get("eff_1"))
    assert sent == []
    assert again is not None
    assert late is not None
    assert late.state is EffectState.SENDING
    assert effect is not None
    assert effect.outcome == "of the one that took over"


@pytest.mark.parametrize("trouble", [None, TemporaryError(), BadRequestError()])
async def test_how_an_effect_ended_that_was_taken_over_is_counted_by_the_one_who_took_it(
    tmp_path: Path, trouble: OutsideError | None
) -> None:
    frozen, woken = asyncio.Event(), asyncio.Event()
    late, other = Counting(), Counting()
    cleared: list[Attempt[CloseSession]] = []

    async def freeze(attempt: Attempt[CloseSession]) -> str:
        frozen.set()
        await woken.wait()
        if trouble is not None:
            raise trouble
        return "late"

    async def quick(attempt: Attempt[CloseSession]) -> str:
        return "in time"

    async with SqliteStore(tmp_path / "desk.db") as store:
        await store.run(lambda tx: tx.effects.add(_effect()))
        freezing = EffectHandler[CloseSession, str](send=freeze, cleanup=cleared.append)
        slow = asyncio.create_task(_dispatcher(store, freezing, observer=late).perform("eff_1"))
        await frozen.wait()
        await _dispatcher(store, EffectHandler[CloseSession, str](send=quick), observer=other).perform("eff_1")
        woken.set()

        assert await slow is None
    assert (late.ends, other.ends) == ([], [EffectState.DONE])
    assert cleared == []


@pytest.mark.parametrize(
    ("status", "in_doubt", "state", "lookups", "sent"),
    [
        (Sent("found"), InDoubt.GIVE_UP, EffectState.DONE, 1, []),
        (NotSent(), InDoubt.GIVE_UP, EffectState.DONE, 2, ["sent"]),
        (CannotTell("surface"), InDoubt.REPEAT, EffectState.DONE, 1, ["sent"]),
        (CannotTell("surface"), InDoubt.REPEAT_ONCE, EffectState.DONE, 1, ["sent"]),
        (CannotTell("surface"), InDoubt.GIVE_UP, EffectState.FAILED, 1, []),
    ],
)
async def test_an_effect_with_an_unclear_outcome_is_sent_again_where_that_is_known_or_accepted_to_be_right(
    tmp_path: Path,
    status: SendStatus[str],
    in_doubt: InDoubt,
    state: EffectState,
    lookups: int,
    sent: list[str],
) -> None:
    looked_up: list[str] = []
    made: list[str] = []
    refused: list[OutsideError] = []

    async def find(attempt: Attempt[CloseSession]) -> SendStatus[str]:
        looked_up.append(attempt.effect.id)
        return status

    async def send(attempt: Attempt[CloseSession]) -> str:
        made.append("sent")
        return "sent"

    async with SqliteStore(tmp_path / "desk.db") as store:
        await store.run(lambda tx: tx.effects.add(replace(_effect(), state=EffectState.SENDING)))
        handler = EffectHandler[CloseSession, str](
            send=send,
            find_sent=find,
            on_failed=lambda uow, body, error: refused.append(error),
            in_doubt=in_doubt,
        )
        await _dispatcher(store, handler).perform("eff_1")
        effect = await store.run(lambda tx: tx.effects.get("eff_1"))

    assert effect is not None
    assert (effect.state, len(looked_up), made) == (state, lookups, sent)
    assert [(type(error), error.system) for error in refused] == (
        [(UnconfirmedError, "surface")] if state is EffectState.FAILED else []
    )


@pytest.mark.parametrize(
    ("in_doubt", "state", "sendings"),
    [(InDoubt.REPEAT, EffectState.SENDING, 3), (InDoubt.REPEAT_ONCE, EffectState.FAILED, 2)],
)
async def test_a_repetition_with_an_unclear_outcome_is_the_last_one_where_that_is_said(
    tmp_path: Path, in_doubt: InDoubt, state: EffectState, sendings: int
) -> None:
    made: list[str] = []

    async def cannot_tell(attempt: Attempt[CloseSession]) -> SendStatus[str]:
        return CannotTell("surface")

    async def send(attempt: Attempt[CloseSession]) -> str:
        made.append("sent")
        raise AmbiguousError(system="surface", code="502")

    handler = EffectHandler[CloseSession, str](send=send, find_sent=cannot_tell, in_doubt=in_doubt)
    async with SqliteStore(tmp_path / "desk.db") as store:
        await store.run(lambda tx: tx.effects.add(_effect()))
        dispatcher = _dispatcher(store, handler)
        for _ in range(3):
            await dispatcher.perform("eff_1")
        effect = await store.run(lambda tx: tx.effects.get("eff_1"))

    assert effect is not None
    assert (effect.state, len(made)) == (state, sendings)


async def test_an_unclear_outcome_keeps_the_error_that_caused_it(tmp_path: Path) -> None:
    cut, late = ConnectionResetError(), Delays()

    async def send(attempt: Attempt[CloseSession]) -> str:
        raise AmbiguousError(system="surface", code="502") from cut

    async with SqliteStore(tmp_path / "desk.db") as store:
        await store.run(lambda tx: tx.effects.add(_effect()))
        await _dispatcher(store, EffectHandler[CloseSession, str](send=send), observer=late).perform("eff_1")

    assert [error.__cause__ for error in late.errors] == [cut]


def test_every_message_has_a_row_for_an_unclear_outcome() -> None:
    assert set(IN_DOUBT) == set(get_args(Content))


async def test_an_effect_that_is_too_early_is_neither_claimed_nor_sent(tmp_path: Path) -> None:
    async def send(attempt: Attempt[CloseSession]) -> str:
        raise AssertionError("It is too early.")

    def too_early(uow: UnitOfWork, effect: Effect) -> Postponement | None:
        return Postponement(seconds=30.0, reason="waits for another")

    async with SqliteStore(tmp_path / "desk.db") as store:
        await store.run(lambda tx: tx.effects.add(_effect()))
        again = await _dispatcher(store, EffectHandler[CloseSession, str](send=send, not_before=too_early)).perform(
            "eff_1"
        )
        effect = await store.run(lambda tx: tx.effects.get("eff_1"))

    assert again == 30.0
    assert effect == replace(_effect(), error="waits for another")


async def _decided(
    store: SqliteStore, handler: EffectHandler[CloseSession, str]
) -> tuple[Attempt[Any] | None, Effect | None, list[tuple[Job, bool]]]:
    """Decides an effect that begins at once; returns its attempt, its row and the jobs that were enqueued."""
    enqueued: list[tuple[Job, bool]] = []
    jobs = SimpleNamespace(
        enqueue=lambda job, first=False: enqueued.append((job, first)), has_more_urgent=lambda job: False
    )

    def decide(tx: Transaction) -> tuple[Attempt[Any] | None, Effect | None]:
        effect = _effect().claimed(1000.0)
        tx.effects.add(effect)
        tx.jobs = jobs  # type: ignore[misc]
        attempt = _dispatcher(store, handler).claim_new(tx, effect, _JOB)
        return attempt, tx.effects.get("eff_1")

    return *await store.run(decide), enqueued


_JOB = Job(kind=JobKind.EFFECT, ref="eff_1", lane="talk")


async def test_a_new_effect_is_sent_as_it_was_claimed_with_its_decision(tmp_path: Path) -> None:
    async def send(attempt: Attempt[CloseSession]) -> str:
        assert not attempt.uncertain
        return "sent"

    handler = EffectHandler[CloseSession, str](send=send)
    async with SqliteStore(tmp_path / "desk.db") as store:
        attempt, effect, enqueued = await _decided(store, handler)
        assert (effect, enqueued) == (_effect().claimed(1000.0), [])
        assert attempt is not None
        assert await _dispatcher(store, handler).send(attempt) is None
        effect = await store.run(lambda tx: tx.effects.get("eff_1"))

    assert effect is not None
    assert (effect.state, effect.outcome, effect.attempts) == (EffectState.DONE, "sent", 1)


async def test_a_new_effect_that_is_too_early_waits_in_the_queue_for_its_time(tmp_path: Path) -> None:
    async def send(attempt: Attempt[CloseSession]) -> str:
        raise AssertionError("It is too early.")

    def too_early(uow: UnitOfWork, effect: Effect) -> Postponement | None:
        return Postponement(seconds=30.0, reason="waits for another")

    async with SqliteStore(tmp_path / "desk.db") as store:
        attempt, effect, enqueued = await _decided(
            store, EffectHandler[CloseSession, str](send=send, not_before=too_early)
        )

    assert (attempt, effect) == (None, replace(_effect(), error="waits for another"))
    assert enqueued == [(replace(_JOB, after=30.0), True)]


async def test_a_new_effect_that_the_rest_of_its_transaction_makes_needless_is_dropped(tmp_path: Path) -> None:
    async def send(attempt: Attempt[CloseSession]) -> str:
        raise AssertionError("It is not needed.")

    handler = EffectHandler[CloseSession, str](send=send, still_needed=lambda tx, body: False)
    async with SqliteStore(tmp_path / "desk.db") as store:
        attempt, effect, enqueued = await _decided(store, handler)
        assert attempt is not None
        assert await _dispatcher(store, handler).send(attempt) is None

    assert effect is not None
    assert (effect.state, enqueued) == (EffectState.DROPPED, [])


async def test_an_effect_that_may_not_be_findable_yet_is_searched_for_again_before_it_is_sent_again(
    tmp_path: Path,
) -> None:
    later: list[Postponement | None] = [Postponement(seconds=10.0), None]

    async def send(attempt: Attempt[CloseSession]) -> str:
        return "sent again"

    async def find(attempt: Attempt[CloseSession]) -> SendStatus[str]:
        return NotSent()

    async def search_again(attempt: Attempt[CloseSession]) -> Postponement | None:
        return later.pop(0)

    async with SqliteStore(tmp_path / "desk.db") as store:
        await store.run(lambda tx: tx.effects.add(replace(_effect(), state=EffectState.SENDING, attempts=1)))
        dispatcher = _dispatcher(
            store, EffectHandler[CloseSession, str](send=send, find_sent=find, search_again=search_again)
        )
        again = await dispatcher.perform("eff_1")
        waiting = await store.run(lambda tx: tx.effects.get("eff_1"))
        last = await dispatcher.perform("eff_1")
        effect = await store.run(lambda tx: tx.effects.get("eff_1"))

    assert (again, last) == (10.0, None)
    assert waiting is not None
    assert (waiting.state, waiting.attempts) == (EffectState.SENDING, 1)
    assert effect is not None
    assert effect.outcome == "sent again"


async def test_a_read_without_a_final_result_is_repeated_and_writes_nothing(tmp_path: Path) -> None:
    results = ["pending", "answer"]

    async def read(attempt: Attempt[CloseSession]) -> str:
        return results.pop(0)

    def read_again(result: str) -> Postponement | None:
        return Postponement(seconds=2.5) if result == "pending" else None

    async with SqliteStore(tmp_path / "desk.db") as store:
        await store.run(lambda tx: tx.effects.add(_effect()))
        dispatcher = _dispatcher(
            store, EffectHandler[CloseSession, str](send=read, read_again=read_again, read_only=True)
        )
        again = await dispatcher.perform("eff_1")
        waiting = await store.run(lambda tx: tx.effects.get("eff_1"))
        await dispatcher.perform("eff_1")
        effect = await store.run(lambda tx: tx.effects.get("eff_1"))

    assert again == 2.5
    assert waiting == _effect()
    assert effect is not None
    assert effect.outcome == "answer"
