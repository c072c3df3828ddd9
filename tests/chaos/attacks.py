"""Faults at exact moments: between a commit and what follows it, within a transaction, and in one lane at once.

To find such a moment, a process is frozen when it has committed or posted something or, where that cannot be seen,
every few milliseconds. The rows that it has committed are then compared with what the stand-ins have received. Nothing
here depends on how the bot does its work.
"""

from __future__ import annotations

import asyncio
import contextlib
import enum
import itertools
import json
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field

from sqlalchemy import create_engine, make_url, text
from sqlalchemy.engine import Connection
from sqlalchemy.pool import NullPool

from tests.bot_process import BotProcess, rows
from tests.chaos.ledger import all_messages, delivery_id
from tests.chaos.people import AT_ONCE
from tests.chaos.system import FaultySystem
from tests.cutting import Break, Cut, Moment

# What the ids of events and effects begin with, as bytes of a statement's parameters.
_AN_EVENT = b"evt_"
_AN_EFFECT = b"eff_"
_RUNS_FOR = (0.001, 0.004)
# For the stand-ins, to receive what a frozen process has sent.
_RECEIVED_WITHIN = 0.01
_HELD_FOR = 0.3
_HAPPENS_WITHIN = 2.0
_FOUND_WITHIN = 40.0
_RUSH_AGAIN_AFTER = 4.0
# People who act at once: so many that the desk is behind, and only stores what they write before it is acknowledged.
_FEW, _MANY = 2, 16
# For other processes, to get on with what is theirs.
_OTHERS_ACT_WITHIN = 1.0
_TAKEN_OVER_WITHIN = 60.0


class Stage(enum.StrEnum):
    """The state of an event or effect between two steps of its path."""

    STORED = "stored, not acknowledged"
    UNHANDLED = "stored, not handled"
    UNASKED = "decided, not asked"
    ASKED = "asked, not answered"
    UNPOSTED = "decided, not posted"
    POSTED = "posted, not recorded"


_OF_EVENTS = (Stage.STORED, Stage.UNHANDLED)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sight:
    """An event or effect in a stage. `begun`: a process has claimed it."""

    stage: Stage
    id: str
    attempts: int = 0
    begun: bool = True


@dataclass(slots=True)
class _Lookout:
    """Finds processes in a stage. No event or effect is found twice.

    `only_begun`: an effect that no process has claimed yet is not meant.
    """

    system: FaultySystem
    only_begun: bool = False
    found: set[str] = field(default_factory=set)

    async def catch(self, stage: Stage) -> tuple[BotProcess, _Sight] | None:
        """Lets people rush to the bot, and freezes a process in that stage.

        Of several processes, the one that is frozen need not be the one whose event or effect was found. Returns None,
        with all processes running, if the stage was not seen in time.
        """
        begun = time.monotonic()
        rushes = 0
        while (took := time.monotonic() - begun) < _FOUND_WITHIN:
            if took >= rushes * _RUSH_AGAIN_AFTER:
                rushes += 1
                self.system.rush(_MANY if stage is Stage.UNHANDLED else _FEW)
            async with self._frozen(stage) as process:
                if process is None:
                    continue
                await asyncio.sleep(_RECEIVED_WITHIN)
                new = [one for one in await self.look() if self._is_meant(one, stage) and one.id not in self.found]
            if new:
                self.found.add(new[0].id)
                return process, new[0]
            process.wake()
        return None

    def _is_meant(self, sight: _Sight, stage: Stage) -> bool:
        return sight.stage is stage and (sight.begun or not self.only_begun)

    @contextlib.asynccontextmanager
    async def _frozen(self, stage: Stage) -> AsyncIterator[BotProcess | None]:
        """Freezes a process where it may be in that stage, or provides None. It is still frozen after the block."""
        if stage is Stage.POSTED:
            async with self._frozen_at_a_post() as process:
                yield process
        elif stage is Stage.ASKED:
            async with self._frozen_at_a_question() as process:
                yield process
        elif self.system.to_database is None:
            # SQLite has no connection that could be held.
            process = self.system.chance.choice(self.system.processes)
            await asyncio.sleep(self.system.chance.uniform(*_RUNS_FOR))
            process.freeze()
            yield process
        else:
            async with self._frozen_at_a_commit(_AN_EVENT if stage in _OF_EVENTS else _AN_EFFECT) as process:
                yield process

    @contextlib.asynccontextmanager
    async def _frozen_at_a_question(self) -> AsyncIterator[BotProcess | None]:
        """Freezes a process while Uppzy holds back its answers."""
        uppzy = self.system.uppzy
        process = self.system.chance.choice(self.system.processes)
        uppzy.hold()
        try:
            await uppzy.wait_for(lambda: uppzy.unanswered > 0, timeout=_HAPPENS_WITHIN)
            process.freeze()
            yield process
        except TimeoutError:
            yield None
        finally:
            uppzy.release()

    @contextlib.asynccontextmanager
    async def _frozen_at_a_post(self) -> AsyncIterator[BotProcess | None]:
        """Freezes a process when a message is posted, whose response Slack holds back for a moment."""
        process = self.system.chance.choice(self.system.processes)
        posted = asyncio.Event()

        def freeze(_: object) -> bool:
            process.freeze()
            posted.set()
            return True

        fault = self.system.slack.faults.delayed("chat.postMessage", seconds=_HELD_FOR, after_effect=True, when=freeze)
        happened = await _happens(posted)
        self.system.slack.faults.clear(fault)
        yield process if happened else None

    @contextlib.asynccontextmanager
    async def _frozen_at_a_commit(self, mark: bytes) -> AsyncIterator[BotProcess | None]:
        """Freezes a process that has committed, before it learns that."""
        assert self.system.to_database is not None
        processes = {process.id: process for process in self.system.processes}
        ids: list[int] = []

        def freeze(id: int) -> None:
            processes[id].freeze()
            ids.append(id)

        cut = self.system.to_database.plan(Moment.AFTER_COMMIT, mark, instead=freeze)
        happened = await _happens(cut.happened)
        self.system.to_database.forget_plans()
        try:
            yield processes[ids[0]] if happened else None
        finally:
            cut.release()

    async def look(self) -> list[_Sight]:
        """Returns the stages of all unsettled questions and posts, and of the messages that are not acknowledged."""
        url = self.system.database_url
        effects = await asyncio.to_thread(rows, url, _UNSETTLED)
        messages = await asyncio.to_thread(rows, url, _NEWEST_MESSAGES)
        asked = {(one.session_id, one.message) for one in self.system.uppzy.asked}
        posted = {delivery_id(one) for one in all_messages(self.system.slack)}
        first = {lane: id for id, _, lane, _, _, _ in reversed(effects)}
        sights = []
        for id, kind, lane, body, attempts, state in effects:
            if kind == "Ask":
                question = json.loads(body)
                begun = (question["session_id"], question["text"]) in asked
                stage = Stage.ASKED if begun else Stage.UNASKED
            else:
                stage = Stage.POSTED if id in posted else Stage.UNPOSTED
            if first[lane] == id:
                sights.append(_Sight(stage=stage, id=id, attempts=attempts, begun=state == "sending"))
        acknowledged = {(act.channel, act.ts) for act in self.system.people.acts}
        by_people = [one for one in messages if self._is_by_a_person(one[1], one[2])]
        sights += [_Sight(stage=Stage.UNHANDLED, id=id) for id, _, _, handled_at in by_people if handled_at is None]
        return sights + [
            _Sight(stage=Stage.STORED, id=id)
            for id, channel, message, _ in by_people
            if (channel, message) not in acknowledged
        ]

    def _is_by_a_person(self, channel: str, ts: str) -> bool:
        message = self.system.slack.message(channel, ts)
        return message is not None and not message.bot_id


_UNSETTLED = (
    "SELECT id, kind, lane, body, attempts, state FROM effects"
    " WHERE settled_at IS NULL AND (kind = 'Ask' OR lane LIKE 'talk:%' AND kind LIKE 'PostMessage%') ORDER BY id"
)
_NEWEST_MESSAGES = (
    "SELECT id, channel, message, handled_at FROM events WHERE kind = 'MessageReceived' ORDER BY id DESC LIMIT 20"
)


async def _happens(event: asyncio.Event) -> bool:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_HAPPENS_WITHIN):
            await event.wait()
    return event.is_set()


async def kill_between(system: FaultySystem) -> None:
    """Kills the bot after a commit, before anything has followed from it, or before that is recorded."""
    (process,) = system.processes
    lookout = _Lookout(system)
    until = time.monotonic() + system.extent.seconds
    for stage in itertools.cycle((Stage.STORED, Stage.UNHANDLED, Stage.UNASKED, Stage.UNPOSTED, Stage.POSTED)):
        if stage is Stage.STORED and time.monotonic() > until:
            return
        if await lookout.catch(stage) is None:
            system.remarks.append(f"the bot was not seen to have anything {stage}")
            continue
        await process.kill()
        system.faults[f"killed with something {stage}"] += 1
        await process.start()


async def freeze_the_owner(system: FaultySystem) -> None:
    """Freezes a process with what it has begun until another process has finished that, and wakes it."""
    lookout = _Lookout(system, only_begun=True)
    stages = itertools.cycle((Stage.UNHANDLED, Stage.UNASKED, Stage.ASKED, Stage.UNPOSTED, Stage.POSTED))
    stage = next(stages)
    for pause in system.moments(0.5, 2.0):
        caught = await lookout.catch(stage)
        if caught is None:
            system.remarks.append(f"no process was seen to have anything {stage}")
            continue
        owner, sight = caught
        await asyncio.sleep(_OTHERS_ACT_WITHIN)
        if sight in await lookout.look():
            await _finished_elsewhere(system, sight)
            system.faults[f"frozen with something {stage}"] += 1
            stage = next(stages)
        owner.wake()
        await asyncio.sleep(pause)


async def _finished_elsewhere(system: FaultySystem, sight: _Sight) -> None:
    """Waits until another process has taken an event or an effect over and finished it.

    If its owner were woken before, its post could still be found by the process that looks for it.
    """
    table, end = ("events", "handled_at") if sight.stage in _OF_EVENTS else ("effects", "settled_at")
    finished = f"SELECT 1 FROM {table} WHERE id = '{sight.id}' AND {end} IS NOT NULL"
    until = time.monotonic() + _TAKEN_OVER_WITHIN
    while not await asyncio.to_thread(rows, system.database_url, finished):
        if time.monotonic() > until:
            system.remarks.append(f"not taken over after {_TAKEN_OVER_WITHIN:.0f} s: {sight.id}, {sight.stage}")
            return
        await asyncio.sleep(0.1)


async def crowd_lanes(system: FaultySystem) -> None:
    """Lets people do several things at once that belong into the same lanes. The setting's `Mail` spreads them."""
    for pause in system.moments(5.0, 8.0):
        system.rush(3, (AT_ONCE,))
        system.faults["crowds"] += 1
        await asyncio.sleep(pause)


async def break_transactions(system: FaultySystem) -> None:
    """Cuts connections in transactions, after some statements or at the commit, while several people act at once."""
    assert system.to_database is not None
    planned: list[Break | Cut] = []
    for pause in system.moments(3.0, 6.0):
        system.rush(3)
        planned += [system.to_database.plan_break(system.chance.randint(1, 9)) for _ in range(2)]
        for mark in (_AN_EVENT, _AN_EFFECT):
            planned.append(system.to_database.plan(system.chance.choice(list(Moment)), mark))
        await asyncio.sleep(pause)
    system.to_database.forget_plans()
    for one in planned:
        name = f"cut {one.moment.value}" if isinstance(one, Cut) else "cut in a transaction"
        system.faults[name] += one.happened.is_set()


async def hang(system: FaultySystem) -> None:
    """Makes transactions hang: by locking the rows of a question that is being asked, or by a stalled connection."""
    assert system.to_database is not None
    lookout = _Lookout(system)
    # Shorter and longer than the bot lets a statement run (10 s).
    seconds = itertools.cycle((9.0, 12.0))
    stalls = []
    for pause in system.moments(1.0, 3.0):
        held = next(seconds) if not system.extent.hurried else 1.0
        system.rush(2)
        sight = await _seen(lookout, Stage.ASKED)
        if sight is not None:
            system.faults["rows locked"] += 1
            await _hold_rows(system, sight.id, held)
        stalls.append(system.to_database.plan_break(system.chance.randint(1, 6), stall=min(held, 8.0)))
        await asyncio.sleep(pause + min(held, 8.0))
    system.to_database.forget_plans()
    system.faults["connections stalled"] = sum(stall.happened.is_set() for stall in stalls)


async def _seen(lookout: _Lookout, stage: Stage) -> _Sight | None:
    until = time.monotonic() + _FOUND_WITHIN
    while time.monotonic() < until:
        found = [sight for sight in await lookout.look() if sight.stage is stage]
        if found:
            return found[0]
    return None


_LOCK_EFFECT = "SELECT lane FROM effects WHERE id = :effect FOR UPDATE"
_LOCK_CONVERSATION = "SELECT 1 FROM conversations WHERE id = :conversation FOR UPDATE"
_SETTLED_MEANWHILE = "SELECT count(*) FROM effects WHERE settled_at > :since AND lane NOT LIKE '%:' || :conversation"
# When others begin to act, and until when something must have come of that.
_OTHERS_ACT_AFTER = 3.0
_OTHERS_GO_ON_WITHIN = 6.0


async def _hold_rows(system: FaultySystem, effect: str, seconds: float) -> None:
    """Holds the rows of a question and of its conversation. What other people begin meanwhile must go on."""
    with _connected(system.database_url) as connection:

        def do(statement: str, **values: object) -> object:
            return connection.execute(text(statement), values).scalar()

        lane = await asyncio.to_thread(do, _LOCK_EFFECT, effect=effect)
        conversation = str(lane).partition(":")[2]
        await asyncio.to_thread(do, _LOCK_CONVERSATION, conversation=conversation)
        begun = time.time()
        await asyncio.sleep(min(_OTHERS_ACT_AFTER, seconds))
        since = time.time()
        system.rush(2)
        await asyncio.sleep(min(_OTHERS_GO_ON_WITHIN, seconds))
        settled = await asyncio.to_thread(do, _SETTLED_MEANWHILE, since=since, conversation=conversation)
        await asyncio.sleep(max(0.0, begun + seconds - time.time()))
    if not settled and not system.extent.hurried:
        system.remarks.append(f"nothing else went on while rows of {conversation} were locked for {seconds:.0f} s")


@contextlib.contextmanager
def _connected(url: str) -> Iterator[Connection]:
    address = make_url(url).set(drivername="postgresql+psycopg")
    with create_engine(address, poolclass=NullPool).connect() as connection:
        yield connection


async def restart_under_load(system: FaultySystem) -> None:
    """Restarts the server at once, in order or by a crash, while several people act and a commit is on its way."""
    assert system.postgres is not None
    assert system.to_database is not None
    ways = itertools.cycle(("immediate", "fast"))
    for pause in system.moments(3.0, 8.0):
        how = next(ways)
        moment = system.chance.choice(list(Moment))
        mark = system.chance.choice((_AN_EVENT, _AN_EFFECT))
        cut = system.to_database.plan(moment, mark, instead=lambda _: None)
        system.rush(4)
        await _happens(cut.happened)
        await asyncio.to_thread(system.postgres.stop, how)
        system.to_database.forget_plans()
        system.to_database.cut_all()
        await asyncio.to_thread(system.postgres.start)
        system.faults[f"restarted, {how}, {moment.value}"] += 1
        await asyncio.sleep(pause)
