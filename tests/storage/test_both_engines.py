"""Guarantees of both engines: SQLite with the embedded runner, and PostgreSQL with procrastinate."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable
from dataclasses import replace

import pytest
import time_machine
from sqlalchemy.exc import IntegrityError

from bot.errors import StorageError
from bot.helpdesk.config import DeskConfig
from bot.helpdesk.escalation import Policy
from bot.helpdesk.model.alarm import AlarmRecord
from bot.helpdesk.model.article import ArticleOrigin, ArticleSource
from bot.helpdesk.model.conversation import Conversation
from bot.helpdesk.model.effects import CloseSession, CreateTicket, Effect, EffectState, PollTicket
from bot.helpdesk.model.events import InboxEntry, MessageReceived
from bot.helpdesk.model.handoff import Grounds, Handoff, HandoffState, TicketDraft, TicketMetadata
from bot.helpdesk.model.job import Job, JobKind
from bot.helpdesk.redaction import redact
from bot.helpdesk.retry import Schedule
from bot.helpdesk.unit_of_work import UnitOfWork
from storage.interfaces import Database, Handler, JobRunner
from storage.postgres.jobs import ProcrastinateRunner
from storage.postgres.store import PostgresStore
from storage.repositories import Transaction
from storage.sqlite.jobs import EmbeddedRunner
from storage.sqlite.store import SqliteStore
from tests.addresses import SURFACE, SURFACES, channel_at, message_at
from tests.articles import article
from tests.deadlines import HUNG, HUNG_OFF_LOOP
from tests.storage.conftest import store_at

NewRunner = Callable[[Handler], JobRunner]


class Clock:
    """The clock of the event loop, so that jobs with a later due time become due."""

    def __call__(self) -> float:
        return asyncio.get_running_loop().time()


def _runner(store: Database, handler: Handler, clock: Callable[[], float] | None = None) -> JobRunner:
    handlers = dict.fromkeys(JobKind, handler)
    clock = clock or Clock()
    if isinstance(store, SqliteStore):
        return EmbeddedRunner(store, handlers, clock)
    assert isinstance(store, PostgresStore)
    return ProcrastinateRunner(store, handlers, clock)


def _conversation(id: str, thread: str = "1.1") -> Conversation:
    return Conversation(
        id=id, workspace="T1", surface=SURFACE, channel="D1", thread=thread, employee="U1", session_id="s",
        opened_at=1795400380.25,
        last_at=1795400380.5,
    )  # fmt: skip


def _handoff(id: str, number: int, conversation: str = "con_1") -> Handoff:
    return Handoff(
        id=id, number=number, conversation_id=conversation, question_id=None, answer_id=None, priority="normal",
        grounds=Grounds(rules=("rule",), reasons=("because",), fingerprint="f"),
        place=channel_at("C1"), opened_at=1.0,
    )  # fmt: skip


def _add(tx: Transaction, conversation: Conversation) -> None:
    tx.conversations.add(conversation)


def _enqueue(tx: Transaction, *jobs: Job) -> None:
    for job in jobs:
        tx.jobs.enqueue(job)


def _job(ref: str, lane: str = "lane", urgency: int = 0) -> Job:
    return Job(kind=JobKind.EVENT, ref=ref, lane=lane, urgency=urgency)


async def test_rows_come_back_as_they_were(store: Database) -> None:
    await store.run(_add, _conversation("con_1"))
    await store.run(lambda tx: tx.handoffs.add(_handoff("hof_1", 1)))

    assert await store.run(lambda tx: tx.conversations.get("con_1")) == _conversation("con_1")
    assert await store.run(lambda tx: tx.handoffs.open_in("con_1")) == _handoff("hof_1", 1)


async def test_a_failed_transaction_leaves_neither_rows_nor_jobs(store: Database) -> None:
    def fail(tx: Transaction) -> None:
        tx.conversations.add(_conversation("con_1"))
        tx.jobs.enqueue(_job("never"))
        raise ValueError("on purpose")

    ran: list[str] = []

    async def handle(ref: str) -> None:
        ran.append(ref)

    with pytest.raises(ValueError, match="on purpose"):
        await store.run(fail)
    runner = _runner(store, handle)
    await runner.start()
    await runner.idle()
    await runner.stop(1.0)

    assert await store.run(lambda tx: tx.conversations.get("con_1")) is None
    assert ran == []


async def test_an_exception_undoes_only_its_own_work(store: Database) -> None:
    def fail(tx: Transaction) -> None:
        tx.conversations.add(_conversation("con_bad", "9.9"))
        raise ValueError("on purpose")

    results = await asyncio.gather(
        store.run(_add, _conversation("con_1", "1.1")),
        store.run(fail),
        store.run(_add, _conversation("con_2", "2.2")),
        return_exceptions=True,
    )

    assert [type(result) for result in results] == [type(None), ValueError, type(None)]
    assert await store.run(_known, "con_1", "con_bad", "con_2") == ["con_1", "con_2"]


async def test_a_constraint_violation_fails_only_its_caller(store: Database) -> None:
    results = await asyncio.gather(
        *(store.run(_add, _conversation(f"con_{number}", "1.1")) for number in (1, 2)), return_exceptions=True
    )

    assert results[0] is None
    assert isinstance(results[1], StorageError)
    assert isinstance(results[1].__cause__, IntegrityError)
    assert await store.run(_known, "con_1", "con_2") == ["con_1"]


async def test_a_gap_has_one_article_and_articles_without_a_gap_are_as_many_as_there_are(store: Database) -> None:
    def add(tx: Transaction, id: str, gap_id: str | None) -> None:
        source = ArticleSource(origin=ArticleOrigin.GAP, gap_id=gap_id)
        tx.articles.add(replace(article(id, question="Q", answer="A"), source=source))

    gaps = {"art_1": "gap-1", "art_2": "gap-1", "art_3": "gap-2", "art_4": None, "art_5": None}
    results = await asyncio.gather(*(store.run(add, *one) for one in gaps.items()), return_exceptions=True)

    assert [type(result) for result in results] == [type(None), StorageError, *[type(None)] * 3]


async def test_work_that_ignores_an_error_of_the_database_harms_no_other(store: Database) -> None:
    def ignore(tx: Transaction) -> None:
        with contextlib.suppress(IntegrityError):
            tx.conversations.add(_conversation("con_1", "1.1"))

    await store.run(_add, _conversation("con_1", "1.1"))
    results = await asyncio.gather(
        store.run(_add, _conversation("con_2", "2.2")), store.run(ignore), return_exceptions=True
    )

    assert results[0] is None
    assert await store.run(_known, "con_1", "con_2") == ["con_1", "con_2"]


async def test_a_read_sees_what_is_committed_and_does_not_wait_for_a_transaction(store: Database) -> None:
    begun, release = threading.Event(), threading.Event()

    def hold(tx: Transaction) -> None:
        tx.conversations.add(_conversation("con_2", "2.2"))
        begun.set()
        release.wait(HUNG_OFF_LOOP)

    await store.run(_add, _conversation("con_1", "1.1"))
    held = asyncio.create_task(store.run(hold))
    await asyncio.to_thread(begun.wait, HUNG_OFF_LOOP)

    assert await store.read(_known, "con_1", "con_2") == ["con_1"]
    release.set()
    await held
    assert await store.read(_known, "con_1", "con_2") == ["con_1", "con_2"]


async def test_a_read_cannot_write(store: Database) -> None:
    with pytest.raises(StorageError):
        await store.read(_add, _conversation("con_1"))

    assert await store.read(_known, "con_1") == []


def _known(tx: Transaction, *ids: str) -> list[str]:
    return [id for id in ids if tx.conversations.get(id) is not None]


async def test_an_event_is_stored_once_for_each_of_its_keys(store: Database) -> None:
    def accept(tx: Transaction, key: str, dedup_key: str | None) -> bool:
        given = MessageReceived(
            workspace="T", address=message_at("D", "1"), author="U", text="x", sent_at=1.0, direct=True
        )
        return tx.inbox.add(InboxEntry(key=key, dedup_key=dedup_key, lane="a", event=given), 1.0) is not None

    kept = await asyncio.gather(*(store.run(accept, "one", "click") for _ in range(5)))

    assert sorted(kept) == [False, False, False, False, True]
    assert await store.run(accept, "two", "click") is False
    assert await store.run(accept, "two", None) is True


async def test_a_conversation_cannot_have_two_open_handoffs(store: Database) -> None:
    await store.run(lambda tx: tx.handoffs.add(_handoff("hof_1", 1)))

    with pytest.raises(StorageError):
        await store.run(lambda tx: tx.handoffs.add(_handoff("hof_2", 2)))


async def test_handoffs_opened_concurrently_have_different_numbers(store: Database) -> None:
    def open_one(tx: Transaction, id: int) -> int:
        number = tx.handoffs.next_number()
        tx.handoffs.add(_handoff(f"hof_{id}", number, f"con_{id}"))
        return number

    numbers = await asyncio.gather(*(store.run(open_one, id) for id in range(8)))

    assert sorted(numbers) == list(range(1, 9))


@pytest.mark.parametrize("wrong_by", [3600, -3600])
async def test_a_clock_that_jumps_an_hour_delays_no_retry(store: Database, wrong_by: float) -> None:
    tries: list[str] = []
    done = asyncio.Event()

    with time_machine.travel(time.time(), tick=True) as traveller:

        async def handle(ref: str) -> float | None:
            tries.append(ref)
            if tries == ["first"]:
                traveller.shift(wrong_by)
            if len(tries) < 3:
                return 0.05
            done.set()
            return None

        runner = _runner(store, handle, time.time)
        await runner.start()
        try:
            await store.run(_enqueue, _job("first"))
            async with asyncio.timeout(HUNG):
                await done.wait()
        finally:
            await runner.stop(1.0)


async def test_concurrent_changes_of_a_row_do_not_overwrite_each_other(store: Database) -> None:
    await store.run(_add, _conversation("con_1"))

    def count_up(tx: Transaction) -> None:
        conversation = tx.conversations.get("con_1")
        assert conversation is not None
        tx.conversations.save(conversation.with_new_session())

    await asyncio.gather(*(store.run(count_up) for _ in range(8)))

    conversation = await store.run(lambda tx: tx.conversations.get("con_1"))
    assert conversation is not None
    assert conversation.generation == 9


async def test_a_lane_keeps_its_order_and_lanes_do_not_wait(store: Database) -> None:
    release = asyncio.Event()
    log: list[str] = []

    async def handle(ref: str) -> None:
        if ref == "stuck":
            await release.wait()
        log.append(ref)
        if len(log) == 5:
            release.set()

    runner = _runner(store, handle)
    await store.run(_enqueue, _job("stuck", "a"), _job("behind", "a"), *(_job(f"b{n}", "b") for n in range(5)))
    await runner.start()
    await runner.idle()
    await runner.stop(1.0)

    assert log == ["b0", "b1", "b2", "b3", "b4", "stuck", "behind"]


async def test_an_urgent_job_overtakes_in_its_lane(store: Database) -> None:
    log: list[str] = []

    async def handle(ref: str) -> None:
        log.append(ref)

    await store.run(_enqueue, _job("late"), _job("urgent", urgency=5))
    runner = _runner(store, handle)
    await runner.start()
    await runner.idle()
    await runner.stop(1.0)

    assert log == ["urgent", "late"]


async def test_a_job_that_asks_to_run_again_keeps_its_place(store: Database) -> None:
    log: list[str] = []
    done = asyncio.Event()

    async def handle(ref: str) -> float | None:
        log.append(ref)
        if ref == "second":
            done.set()
        return 0.02 if log.count("first") < 3 else None

    runner = _runner(store, handle)
    await runner.start()
    await store.run(_enqueue, _job("first"), _job("second"))
    await asyncio.wait_for(done.wait(), HUNG)
    await runner.stop(1.0)

    assert log == ["first", "first", "first", "second"]


async def test_a_job_unfinished_at_a_stop_runs_at_the_next_start(database_url: str) -> None:
    begun = asyncio.Event()
    done: list[str] = []

    async def hang(ref: str) -> None:
        begun.set()
        await asyncio.sleep(3600)

    async def finish(ref: str) -> None:
        done.append(ref)

    async with store_at(database_url) as store:
        runner = _runner(store, hang)
        await runner.start()
        await store.run(_enqueue, _job("long", "a"), _job("behind", "a"))
        await begun.wait()
        await runner.stop(0.05)
    async with store_at(database_url) as store:
        runner = _runner(store, finish)
        await runner.start()
        await runner.idle()
        await runner.stop(1.0)

    assert done == ["long", "behind"]


async def test_a_job_with_a_later_due_time_waits_for_it_across_a_restart(database_url: str) -> None:
    done: dict[str, float] = {}
    come = asyncio.Event()

    async def handle(ref: str) -> None:
        assert ref not in done
        done[ref] = time.time()
        come.set()

    # The clock of a PostgreSQL server cannot be moved, so the time is the real one.
    soon = time.time() + 1.0
    jobs = [
        Job(kind=JobKind.EVENT, ref=ref, lane=f"scheduled:{ref}", run_at=at)
        for ref, at in (("soon", soon), ("late", soon + 3600.0))
    ]
    for _ in range(2):
        async with store_at(database_url) as store:
            runner = _runner(store, handle, time.time)
            await store.run(_enqueue, *jobs)
            jobs.clear()
            await runner.start()
            await runner.idle()
            await runner.stop(0.1)
    async with store_at(database_url) as store:
        runner = _runner(store, handle, time.time)
        await runner.start()
        await asyncio.wait_for(come.wait(), HUNG)
        await runner.stop(1.0)

    assert list(done) == ["soon"]
    assert done["soon"] >= soon


async def test_a_delay_in_seconds_is_not_lengthened_by_a_clock_that_was_an_hour_ahead(store: Database) -> None:
    come: asyncio.Queue[str] = asyncio.Queue()

    async def handle(ref: str) -> None:
        come.put_nowait(ref)

    def decide(tx: Transaction) -> None:
        uow = UnitOfWork(tx, time.time() + 3600.0, _config())
        uow.schedule(JobKind.RELEASE_RELAY, "rel_1", after=0.2, lane="relay:hof_1")

    runner = _runner(store, handle, time.time)
    await runner.start()
    await store.run(decide)

    assert await store.run(lambda tx, ref: tx.scheduled_jobs.waiting(ref), await asyncio.wait_for(come.get(), HUNG))
    await runner.stop(1.0)


async def test_a_waiting_job_is_scheduled_once_and_not_taken_for_an_orphan(store: Database) -> None:
    ran: list[str] = []

    async def handle(ref: str) -> None:
        ran.append(ref)

    at = time.time() + 3600

    def schedule(tx: Transaction) -> None:
        UnitOfWork(tx, 1.0, _config()).schedule(JobKind.CLOSE_IDLE, "con_1", at=at)

    await store.run(schedule)
    await store.run(schedule)
    runner = _runner(store, handle, time.time)
    await runner.start()
    if isinstance(runner, ProcrastinateRunner):
        await runner.enqueue_orphaned()
    await runner.idle()
    await runner.stop(1.0)

    assert ran == []
    assert await store.run(_count, "scheduled_jobs") == 1


async def test_a_job_that_has_run_is_scheduled_again_only_if_it_is_due_in_the_future(store: Database) -> None:
    def schedule(tx: Transaction, now: float) -> list[str]:
        UnitOfWork(tx, now, _config(), trace=f"evt_{now:g}").schedule(JobKind.CLOSE_IDLE, "con_1", at=1_000.0)
        return [str(row[0]) for row in tx.connection.exec_driver_sql("SELECT id FROM scheduled_jobs")]

    (first,) = await store.run(schedule, 900.0)
    await store.run(lambda tx: tx.scheduled_jobs.close(first, 1_000.0))

    assert await store.run(schedule, 1_100.0) == [first]
    assert await store.run(lambda tx: tx.scheduled_jobs.waiting(first)) is None
    (again,) = await store.run(schedule, 950.0)
    waiting = await store.run(lambda tx: tx.scheduled_jobs.waiting(again))
    assert waiting is not None
    assert waiting.trace == "evt_950"
    # A repeated run of the first job must not run the second one.
    assert await store.run(lambda tx: tx.scheduled_jobs.waiting(first)) is None


async def test_a_read_is_repeated_in_the_row_of_the_last_one_once_that_is_settled(store: Database) -> None:
    def poll(tx: Transaction, now: float) -> Effect:
        UnitOfWork(tx, now, _config()).repeat_effect(
            PollTicket(handoff_id="hof_1"), key="poll:hof_1", lane="scheduled:ticket:hof_1", subject="hof_1"
        )
        effect = tx.effects.of_key("poll:hof_1")
        assert effect is not None
        return effect

    def settle(tx: Transaction, effect: Effect) -> None:
        tx.effects.save(replace(effect, state=EffectState.FAILED, attempts=7, error="gone", settled_at=150.0))

    first = await store.run(poll, 100.0)
    assert await store.run(poll, 110.0) == first
    await store.run(settle, first)

    assert await store.run(poll, 200.0) == replace(first, decided_at=200.0)
    assert await store.run(_count, "effects") == 1


def _count(tx: Transaction, table: str) -> int:
    return int(tx.connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one())


def _config() -> DeskConfig:
    return DeskConfig(
        policy=Policy.of([]),
        handoff_channels={SURFACE: "C1"},
        surfaces=SURFACES,
    )


async def test_a_cause_has_at_most_one_standing_alarm(store: Database) -> None:
    def alarm(id: str) -> AlarmRecord:
        return AlarmRecord(
            id=id,
            cause="ticket",
            text=redact("Mend it"),
            count=1,
            since=1.0,
            last_at=2.0,
            surface=SURFACE,
            channel="C1",
            unposted=True,
        )

    await store.run(lambda tx: tx.alarms.add(alarm("alm_1")))
    with pytest.raises(StorageError):
        await store.run(lambda tx: tx.alarms.add(alarm("alm_2")))
    assert await store.run(lambda tx: tx.alarms.standing("ticket")) == alarm("alm_1")
    assert await store.run(lambda tx: tx.alarms.unposted()) == [alarm("alm_1")]

    await store.run(lambda tx: tx.alarms.save(replace(alarm("alm_1"), over_at=3.0)))

    assert await store.run(lambda tx: tx.alarms.standing("ticket")) is None
    assert await store.run(lambda tx: tx.alarms.unposted()) == []
    await store.run(lambda tx: tx.alarms.add(alarm("alm_2")))


def _ticket(id: str, decided_at: float, error: str | None = None, settled_at: float | None = None) -> Effect:
    words = redact("x")
    known = TicketMetadata(handoff_id="hof_1", uppzy_session_id="s", uppzy_request_id=None, confidence_level=None)
    draft = TicketDraft(subject=words, body=words, priority="normal", requester="U1", metadata=known)
    body = CreateTicket(surface=SURFACE, handoff_id=id, draft=draft)
    return Effect(
        id=id, key=id, lane=id, subject=id, body=body, decided_at=decided_at, error=error, settled_at=settled_at
    )


async def test_errors_before_an_effect_are_those_of_unsettled_earlier_ones_of_its_kind(store: Database) -> None:
    effects = [
        _ticket("eff_1", 1.0, "done with it", settled_at=5.0),
        _ticket("eff_2", 2.0, "away"),
        _ticket("eff_3", 3.0),
        _ticket("eff_4", 4.0, "in line"),
        replace(_ticket("eff_5", 1.5, "another kind"), body=CloseSession(session_id="s")),
    ]

    def work(tx: Transaction) -> dict[str, list[str]]:
        for effect in effects:
            tx.effects.add(effect)
        return {effect.id: tx.effects.errors_before(effect) for effect in effects}

    before = await store.run(work)

    assert {id: before[id] for id in ("eff_2", "eff_3", "eff_4")} == {"eff_2": [], "eff_3": ["away"], "eff_4": ["away"]}


async def test_completing_an_effect_changes_only_its_body(store: Database) -> None:
    effect = _ticket("eff_1", 1.0, "away")
    assert isinstance(effect.body, CreateTicket)
    whole = replace(effect.body, draft=replace(effect.body.draft, requester_email="mia@example.com"), complete=True)

    def work(tx: Transaction) -> Effect | None:
        tx.effects.add(effect)
        tx.effects.complete(replace(effect, body=whole, error=None))
        return tx.effects.get("eff_1")

    assert await store.run(work) == replace(effect, body=whole)


async def test_handoffs_past_their_target_are_found_the_most_overdue_first(store: Database) -> None:
    def add(tx: Transaction) -> None:
        for number, (answer_by, state) in enumerate(
            [(30.0, "open"), (10.0, "open"), (10.0, "claimed"), (10.0, "resolved"), (99.0, "open"), (None, "open")]
        ):
            handoff = _handoff(f"hof_{number}", number, f"con_{number}")
            tx.handoffs.add(replace(handoff, answer_by=answer_by, state=HandoffState(state)))

    await store.run(add)

    assert [handoff.id for handoff in await store.run(lambda tx: tx.handoffs.past_target(30.0))] == ["hof_1", "hof_0"]


async def test_a_fault_is_retried_and_delays_only_its_own_lane(
    store: Database, caplog: pytest.LogCaptureFixture
) -> None:
    calls: list[str] = []
    sound = asyncio.Event()

    async def handle(ref: str) -> None:
        calls.append(ref)
        if ref == "broken":
            raise ZeroDivisionError
        sound.set()

    runner = _runner(store, handle)
    await runner.start()
    await store.run(_enqueue, _job("broken", "a"), _job("sound", "b"))
    await asyncio.wait_for(sound.wait(), HUNG)
    await runner.stop(1.0)

    assert "broken" in calls
    assert "job_fault" in caplog.text


async def test_a_job_that_has_waited_in_many_attempts_is_soon_run_again_after_its_first_fault(
    store: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    for engine in ("sqlite", "postgres"):
        monkeypatch.setattr(f"storage.{engine}.jobs._FAULT", Schedule(first=0.001, longest=10 * HUNG))
    calls = 0
    ended = asyncio.Event()

    async def handle(_ref: str) -> float | None:
        nonlocal calls
        calls += 1
        if calls <= _WAITED:
            return 0.0
        if calls == _WAITED + 1:
            raise StorageError("The database cannot be reached.")
        ended.set()
        return None

    runner = _runner(store, handle)
    await runner.start()
    await store.run(_enqueue, _job("waits"))
    await asyncio.wait_for(ended.wait(), HUNG)
    await runner.idle()
    await runner.stop(1.0)

    assert calls == _WAITED + 2


_WAITED = 25
