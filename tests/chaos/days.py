"""The bad days: the faults of each, its extent, and its setting."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import create_engine, make_url
from sqlalchemy.pool import NullPool

from sandbox.slack import DeletedParent, Fault, FaultKind, Message, OddBody
from sandbox.slack.socket_mode import SocketHealth
from sandbox.teams import ConnectorFault, ConnectorFaultKind, RecordedCall
from sandbox.uppzy import Endpoint, replying
from sandbox.world import HANDOFF_CHANNEL
from tests.bot_process import engine_tables, lock_tables, rows
from tests.chaos import attacks
from tests.chaos.bot import SQLITE_BUSY_SECONDS
from tests.chaos.people import Deed, handoff_on
from tests.chaos.system import CLOCK, Extent, FaultySystem, Setting
from tests.chaos.wires import BAD_MAIL, OFTEN_TWICE
from tests.cutting import Cut, Moment
from tests.english import messages

SQLITE = "SQLite"
POSTGRES = "PostgreSQL"

InjectFaults = Callable[[FaultySystem], Awaitable[None]]

_MEGABYTES = 8
_HOUR = 3600.0
_BUSY_SECONDS = 6.5
"""Longer than SQLite's statements wait for another process (5 s, unless hurried)."""


_ONE_PROCESS = Setting()


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A day with one kind of fault. `what` completes the sentence "On this day …".

    `room` provides the folder for a SQLite database. `why_not` returns why this machine cannot run the day, or None.
    `refuses`: the faults must cause refused deliveries, or they had no effect. Tests use only the first database, and
    leave a day that is `only_long` to `make chaos`: smaller tests do the same.
    """

    name: str
    what: str
    inject: InjectFaults
    long: Extent
    short: Extent
    databases: Sequence[str] = (SQLITE, POSTGRES)
    setting: Setting = _ONE_PROCESS
    room: Callable[[Path], contextlib.AbstractContextManager[Path]] = contextlib.nullcontext
    why_not: Callable[[], str | None] = lambda: None
    restarts_postgres: bool = False
    refuses: bool = False
    only_long: bool = False


# The faults.


async def _kill_at_random(system: FaultySystem) -> None:
    (process,) = system.processes
    for pause in system.moments(1.0, 6.0):
        await asyncio.sleep(pause)
        await process.kill()
        system.faults["killed"] += 1
        await process.start()


async def _kill_one_and_freeze_one(system: FaultySystem) -> None:
    for pause in system.moments(15.0, 25.0):
        dead, frozen = system.chance.sample(system.processes, 2)
        await dead.kill()
        frozen.freeze()
        system.faults["killed"] += 1
        system.faults["frozen"] += 1
        await asyncio.sleep(pause)
        frozen.wake()
        await dead.start()


async def _fail_at_slack(system: FaultySystem) -> None:
    faults = [
        system.slack.faults.add(replace(fault, when=_now_and_then(system, name)))
        for name, fault in {
            "429": Fault(kind=FaultKind.RATE_LIMITED, times=None),
            "500": Fault(kind=FaultKind.HTTP_ERROR, times=None, status=500),
            "500 after the effect": Fault(kind=FaultKind.HTTP_ERROR, times=None, status=500, after_effect=True),
            "dropped": Fault(kind=FaultKind.DROPPED, times=None),
            "dropped after the effect": Fault(kind=FaultKind.DROPPED, times=None, after_effect=True),
        }.items()
    ]
    await asyncio.sleep(system.extent.seconds)
    for fault in faults:
        system.slack.faults.clear(fault)


_CHANGING = ("post", "create", "update", "delete")


async def _fail_at_teams(system: FaultySystem) -> None:
    refused, dropped = ConnectorFaultKind.REFUSED, ConnectorFaultKind.DROPPED
    planned = {
        "429": ConnectorFault(kind=refused, times=None, status=429, code="Throttled", retry_after=1),
        "412": ConnectorFault(kind=refused, times=None, status=412, code="PreconditionFailed"),
        "500": ConnectorFault(kind=refused, times=None, status=500),
        "500 after the effect": ConnectorFault(kind=refused, times=None, status=500, after_effect=True),
        "502": ConnectorFault(kind=refused, times=None, status=502),
        "502 after the effect": ConnectorFault(kind=refused, times=None, status=502, after_effect=True),
        "dropped": ConnectorFault(kind=dropped, times=None),
        "dropped after the effect": ConnectorFault(kind=dropped, times=None, after_effect=True),
    }
    for name, fault in planned.items():
        fault.when = _at_a_message(_now_and_then(system, name, 0.035))
        system.teams.faults.add(fault)
    await asyncio.sleep(system.extent.seconds)
    for fault in planned.values():
        system.teams.faults.clear(fault)


def _at_a_message(happens: Callable[[object], bool]) -> Callable[[RecordedCall], bool]:
    return lambda call: call.operation in _CHANGING and happens(call)


async def _garble_slacks_answers(system: FaultySystem) -> None:
    faults = [
        system.slack.faults.add(
            Fault(
                kind=FaultKind.ODD_BODY,
                times=None,
                body=body,
                after_effect=after_effect,
                when=_now_and_then(system, f"{body.value}{' after the effect' if after_effect else ''}", 0.008),
            )
        )
        for body in OddBody
        for after_effect in (False, True)
    ]
    await asyncio.sleep(system.extent.seconds)
    for fault in faults:
        system.slack.faults.clear(fault)


def _now_and_then(system: FaultySystem, name: str, probability: float = 0.06) -> Callable[[object], bool]:
    chance = random.Random(system.chance.random())

    def decide(_: object) -> bool:
        # The first call fails for certain, so that a short day on a busy machine is a bad one, too.
        happens = chance.random() < probability or not any(system.faults.values())
        system.faults[name] += happens
        return happens

    return decide


async def _take_uppzy_away(system: FaultySystem) -> None:
    """Makes Uppzy answer 503 for a third of the time, then refuse connections."""
    await asyncio.sleep(0.3)
    for endpoint in Endpoint:
        system.uppzy.fail(endpoint, replying(503, times=None))
    begun = time.time()
    await asyncio.sleep(system.extent.seconds / 3)
    await system.to_uppzy.take_away()
    await asyncio.sleep(system.extent.seconds * 2 / 3)
    _must_know_that_it_takes_longer(system, begun, 3.0 if system.extent.hurried else 25.0)
    system.faults["seconds without Uppzy"] += round(time.time() - begun)
    system.uppzy.heal()
    await system.to_uppzy.lay()


def _must_know_that_it_takes_longer(system: FaultySystem, begun: float, within: float) -> None:
    """Notes employees who asked during the outage and were not told about it in time. The ledger finds doubles."""
    for act in system.people.acts:
        waited = begun < float(act.ts or 0) < time.time() - within
        if act.deed is Deed.WROTE and act.accepted and waited and not act.for_people:
            thread = system.slack.messages(act.channel, act.thread)
            if not any(message.text == messages.employee.TAKES_LONGER for message in thread):
                system.remarks.append(f"the employee was not told that it takes longer: {act.channel} {act.ts}")


async def _restart_postgres(system: FaultySystem) -> None:
    assert system.postgres is not None
    ways = iter(("immediate", "fast", "immediate"))
    for pause in system.moments(8.0, 12.0):
        await asyncio.sleep(pause)
        await asyncio.to_thread(system.postgres.stop, next(ways, "fast"))
        await asyncio.sleep(min(pause, 5.0))
        await asyncio.to_thread(system.postgres.start)
        system.faults["restarted"] += 1


_STATES = (
    "state = 'active'",
    "state = 'idle'",
    "state LIKE 'idle in transaction%'",
    "wait_event_type = 'Lock'",
    "query LIKE 'LISTEN%'",
    "true",
)
_CUT = (
    "SELECT count(*) FROM (SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid() AND {state}) AS cut"
)


async def _cut_the_database(system: FaultySystem) -> None:
    """Has the server end connections in any state, and the network cut some at a commit."""
    assert system.to_database is not None
    planned: list[Cut] = []
    for pause in system.moments(0.3, 2.0):
        await asyncio.sleep(pause)
        match system.chance.randrange(3):
            case 0:
                planned.append(system.to_database.plan(system.chance.choice(list(Moment))))
            case 1:
                system.to_database.cut_all()
                system.faults["all cut"] += 1
            case _:
                state = system.chance.choice(_STATES)
                ended = (await asyncio.to_thread(rows, system.database_url, _CUT.format(state=state)))[0][0]
                system.faults["ended by the server"] += ended
    system.to_database.forget_plans()
    for cut in planned:
        system.faults[f"cut {cut.moment.value}"] += cut.happened.is_set()


async def _fill_the_disk(system: FaultySystem) -> None:
    ballast = system.room / "ballast"
    for pause in system.moments(10.0, 15.0):
        await asyncio.sleep(min(pause, 1.0))
        system.faults["times full"] += 1
        with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))
        await asyncio.sleep(max(pause, 1.5))
        ballast.unlink()


@contextlib.contextmanager
def _small_disk(folder: Path) -> Iterator[Path]:
    """Mounts a file system of a few megabytes in memory and always unmounts it."""
    room = folder / "small"
    room.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={_MEGABYTES}m", "tmpfs", str(room)], check=True)
    try:
        yield room
    finally:
        subprocess.run(["umount", str(room)], check=True)


def _why_no_small_disk() -> str | None:
    if os.geteuid() != 0:
        return "only root may mount a small file system; `sudo make chaos`, or `unshare -rm make chaos`"
    return None


async def _lock_the_database(system: FaultySystem) -> None:
    """Locks the whole SQLite database. On PostgreSQL locks in turn the desk's tables, and those of the job engine."""
    postgres = system.postgres is not None
    engine = await asyncio.to_thread(engine_tables, system.database_url) if postgres else []
    tables = itertools.cycle([_NEEDED_TABLES, ("effects",), *([engine] if engine else [])])
    for pause in system.moments(8.0, 12.0):
        await asyncio.sleep(min(pause, 2.0))
        system.faults["locked"] += 1
        if system.postgres is None:
            busy = 1.3 * SQLITE_BUSY_SECONDS if system.extent.hurried else _BUSY_SECONDS
            await _lock_file(system.room / "desk.db", max(pause, busy))
        else:
            await asyncio.to_thread(_lock_tables, system.database_url, next(tables), max(pause, 3.0))


# Needed by every transaction.
_NEEDED_TABLES = ("events", "effects", "questions")


_HOLD = """
import sqlite3, sys, time
held = sqlite3.connect(sys.argv[1], timeout=30)
held.execute("BEGIN EXCLUSIVE")
time.sleep(float(sys.argv[2]))
"""


async def _lock_file(path: Path, seconds: float) -> None:
    holder = await asyncio.create_subprocess_exec(sys.executable, "-c", _HOLD, str(path), str(seconds))
    await holder.wait()


def _lock_tables(url: str, tables: Sequence[str], seconds: float) -> None:
    """Locks tables for so long."""
    address = make_url(url).set(drivername="postgresql+psycopg")
    with create_engine(address, poolclass=NullPool).connect() as connection:
        lock_tables(connection, tables)
        time.sleep(seconds)


async def _set_the_clock(system: FaultySystem) -> None:
    """Moves the clock an hour ahead, back, an hour behind, and back, while failures keep retries scheduled."""
    fail = asyncio.create_task(_fail_at_slack(system))
    for wrong_by in (_HOUR, 0.0, -_HOUR, 0.0):
        system.uppzy.fail(Endpoint.CHAT, replying(503, times=3))
        await asyncio.sleep(system.extent.seconds / 5)
        for number, process in enumerate(system.processes):
            (system.folder / str(number) / CLOCK).write_text(str(wrong_by))
            process.send(signal.SIGUSR1)
        system.faults["clock set"] += 1
    await fail


async def _mangle(system: FaultySystem) -> None:
    """Waits: the setting's `Mail` mangles deliveries by itself for the whole day."""
    await asyncio.sleep(system.extent.seconds)


async def _delete_beginnings(system: FaultySystem) -> None:
    """Deletes cards and root messages of employees' threads, each once, some with an event."""
    deleted: set[str] = set()
    for pause in system.moments(1.0, 4.0):
        await asyncio.sleep(pause)
        system.slack.faults.deleted_parent = system.chance.choice(list(DeletedParent))
        found = [one for one in _beginnings(system) if handoff_on(one) not in deleted and one.ts not in deleted]
        if not found:
            continue
        one = system.chance.choice(found)
        handoff = handoff_on(one)
        deleted |= {handoff or one.ts}
        system.people.deleted_cards |= {handoff} if handoff else set()
        system.faults["card deleted" if handoff else "thread's first message deleted"] += 1
        # An event for an employee's message would mean that they withdrew it.
        told = bool(handoff) and system.chance.random() < 0.5
        employee = system.people.employee_on(one) if handoff and not told else None
        await system.slack.delete_for_all(one.channel, one.ts, told=told)
        if employee is not None:
            system.people.unheard[handoff] = employee


def _beginnings(system: FaultySystem) -> list[Message]:
    """Returns the cards with handoff buttons, and the messages of employees that have replies."""
    slack = system.slack
    cards = [one for one in slack.messages(HANDOFF_CHANNEL) if "handoff_resolve" in str(one.blocks) and handoff_on(one)]
    roots = [
        one
        for channel in slack.workspace.channels.values()
        if channel.person
        for one in slack.messages(channel.id)
        if one.reply_count and not one.bot_id and not one.is_deleted
    ]
    return [*cards, *roots]


async def _cut_sockets(system: FaultySystem) -> None:
    sockets = system.slack.sockets
    for pause in system.moments(1.0, 8.0):
        await asyncio.sleep(pause)
        match system.chance.randrange(4):
            case 0:
                sockets.go(SocketHealth.DEAF, at_most=1)
                system.faults["unresponsive"] += 1
            case 1:
                await system.slack.disconnect_sockets("refresh_requested", close=True)
                system.faults["asked to reconnect"] += 1
            case _:
                await sockets.drop()
                system.faults["cut"] += 1


def _long(seconds: float, conversations: int) -> Extent:
    return Extent(seconds=seconds, conversations=conversations, timeout=300.0)


def _short(seconds: float, conversations: int = 8) -> Extent:
    return Extent(seconds=seconds, conversations=conversations, timeout=300.0, hurried=True)


DAYS = (
    Day(
        name="killed",
        what="the bot is killed (SIGKILL) every few seconds and started again",
        inject=_kill_at_random,
        long=_long(120.0, 60),
        short=_short(2.5),
    ),
    Day(
        name="three",
        what="of three processes one is killed and one is frozen and woken, again and again",
        inject=_kill_one_and_freeze_one,
        databases=(POSTGRES,),
        setting=Setting(processes=3, sockets=True),
        long=_long(80.0, 60),
        short=_short(2.0),
    ),
    Day(
        name="slack",
        what="Slack answers 429 and 500 and drops connections, before and after the effect, at about one call in four",
        inject=_fail_at_slack,
        databases=(POSTGRES, SQLITE),
        long=_long(60.0, 40),
        short=_short(2.0),
    ),
    Day(
        name="teams",
        what="the connector of Teams answers 429, 412, 500 and 502 and drops connections, before and after the effect, "
        "at about one message in four, and activities and presses arrive late, out of order, twice, not at all, or "
        "their acknowledgement is lost",
        inject=_fail_at_teams,
        setting=Setting(on_teams=True, mail=BAD_MAIL),
        long=_long(60.0, 40),
        short=_short(2.0),
    ),
    Day(
        name="teams killed",
        what="the bot of people on Teams is killed (SIGKILL) every few seconds and started again",
        inject=_kill_at_random,
        databases=(POSTGRES, SQLITE),
        setting=Setting(on_teams=True),
        long=_long(120.0, 60),
        short=_short(2.5),
    ),
    Day(
        name="garbled",
        what="other things come in place of Slack's answers: nothing, HTML, redirects, half of an answer, a bare yes "
        "or no, before and after the effect, at about one call in four",
        inject=_garble_slacks_answers,
        databases=(SQLITE, POSTGRES),
        long=_long(60.0, 40),
        short=_short(2.0),
    ),
    Day(
        name="uppzy",
        what="Uppzy answers 503, and then nothing listens there",
        inject=_take_uppzy_away,
        long=_long(120.0, 40),
        short=_short(4.0),
    ),
    Day(
        name="postgres",
        what="the PostgreSQL server crashes and is restarted",
        inject=_restart_postgres,
        databases=(POSTGRES,),
        restarts_postgres=True,
        long=_long(60.0, 40),
        short=_short(2.0),
    ),
    Day(
        name="cut",
        what="connections to PostgreSQL are cut: by the server in every state, and by the network before and after a "
        "commit",
        inject=_cut_the_database,
        databases=(POSTGRES,),
        setting=Setting(processes=2, sockets=True, cuttable_database=True),
        long=_long(60.0, 60),
        short=_short(2.0, 12),
    ),
    Day(
        name="disk",
        what=f"the disk, of {_MEGABYTES} MB, is full",
        inject=_fill_the_disk,
        databases=(SQLITE,),
        room=_small_disk,
        why_not=_why_no_small_disk,
        refuses=True,
        long=_long(40.0, 40),
        short=_short(2.5),
    ),
    Day(
        name="locked",
        what="another program locks the database for longer than the bot waits for it",
        inject=_lock_the_database,
        long=_long(45.0, 40),
        short=_short(2.0),
    ),
    Day(
        name="clock",
        what="the clock jumps an hour forward, back, an hour back and forward again, while Slack and Uppzy fail",
        inject=_set_the_clock,
        setting=Setting(sockets=True, own_clock=True),
        long=_long(50.0, 40),
        short=_short(3.0),
    ),
    Day(
        name="mail",
        what="events and presses arrive late, out of order, twice, not at all, or their acknowledgement is lost",
        inject=_mangle,
        setting=Setting(mail=BAD_MAIL),
        databases=(POSTGRES, SQLITE),
        long=_long(40.0, 60),
        short=_short(2.0),
    ),
    Day(
        name="deleted",
        what="cards and the first messages of threads are deleted, with and without an event, and Slack takes replies"
        " to them, refuses them, or posts them outside of threads",
        inject=_delete_beginnings,
        long=_long(60.0, 60),
        short=_short(2.5, 12),
    ),
    Day(
        name="sockets",
        what="the connections of Socket Mode are cut, asked to reconnect, or become unresponsive",
        inject=_cut_sockets,
        setting=Setting(sockets=True),
        long=_long(60.0, 40),
        short=_short(2.0),
    ),
    Day(
        name="between",
        what="the bot is killed between a commit and what follows it: with something stored and not acknowledged "
        "or not handled, decided and not begun, or done and not recorded",
        inject=attacks.kill_between,
        setting=Setting(cuttable_database=True),
        only_long=True,
        long=_long(45.0, 20),
        short=_short(2.0, 2),
    ),
    Day(
        name="owner",
        what="of two processes one is frozen with an event or an effect that it has begun, until the other has taken "
        "it over and finished it, and then woken",
        inject=attacks.freeze_the_owner,
        databases=(POSTGRES,),
        setting=Setting(processes=2, sockets=True, cuttable_database=True),
        only_long=True,
        long=_long(75.0, 20),
        short=_short(5.0, 2),
    ),
    Day(
        name="lanes",
        what="three processes get what belongs into one lane at the same moment, and half of it twice",
        inject=attacks.crowd_lanes,
        databases=(POSTGRES,),
        setting=Setting(processes=3, mail=OFTEN_TWICE, one_at_a_time=True),
        only_long=True,
        long=_long(50.0, 20),
        short=_short(1.0, 2),
    ),
    Day(
        name="halves",
        what="connections to PostgreSQL are cut in the middle of transactions and at their commits, while several "
        "people act at once",
        inject=attacks.break_transactions,
        databases=(POSTGRES,),
        setting=Setting(processes=2, sockets=True, cuttable_database=True),
        only_long=True,
        long=_long(45.0, 15),
        short=_short(2.0, 2),
    ),
    Day(
        name="hung",
        what="transactions hang, because another program holds the rows of one conversation, or because their "
        "connection is stalled",
        inject=attacks.hang,
        databases=(POSTGRES,),
        setting=Setting(cuttable_database=True),
        only_long=True,
        long=_long(45.0, 15),
        short=_short(2.0, 2),
    ),
    Day(
        name="restarts",
        what="the PostgreSQL server is restarted, in order or after a crash, while several people act and a commit is "
        "on its way",
        inject=attacks.restart_under_load,
        databases=(POSTGRES,),
        setting=Setting(cuttable_database=True),
        restarts_postgres=True,
        only_long=True,
        long=_long(45.0, 15),
        short=_short(2.0, 2),
    ),
)
