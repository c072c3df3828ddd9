"""The system under test on a bad day: stand-ins, the bot's processes, the database, and the wires between them."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler

from sandbox.slack import LocalSlack
from sandbox.teams import LocalTeams
from sandbox.uppzy import Behaviour, LocalUppzy
from sandbox.world import NO_SLACK, populate, populate_teams, teams_environment
from tests.bot_process import RUN, BotProcess, jobs_left, rows
from tests.chaos import bot
from tests.chaos.people import STORIES, People, Story, live
from tests.chaos.teams_people import TeamsPeople
from tests.chaos.wires import Fates, Mail, Wire
from tests.cutting import CuttableWire
from tests.postgres import Postgres

# Slack retries an event after one and five minutes; this one retries soon, and until it is acknowledged.
_REPEATS = (0.25,) * 2_000
# After so many seconds without a reply, people on Teams ask again: later than words in doubt are repeated.
_PATIENCE, _HURRIED_PATIENCE = 40.0, 5.0
_OPEN = "SELECT count(*) FROM effects WHERE settled_at IS NULL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """Duration of the faults, number of conversations, and timeout of people and of settling; times in seconds.

    `hurried`: the bot retries and reminds within fractions of a second instead of as in production.
    """

    seconds: float
    conversations: int
    timeout: float
    hurried: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """Setup of the system: number of processes, transport of events, and the parts that a day can disturb.

    `mail` is what may happen to the chat's requests on their way. `on_teams`: people are on Teams, not Slack.
    `one_at_a_time`: it is a breach if two questions of one session are at Uppzy at the same time.
    """

    cuttable_database: bool = False
    processes: int = 1
    sockets: bool = False
    mail: Fates | None = None
    own_clock: bool = False
    one_at_a_time: bool = False
    on_teams: bool = False


class WatchedUppzy(LocalUppzy):
    """A local Uppzy that counts, by session, how often a question arrived while another one was being answered."""

    overlaps: Counter[str]
    _asking: Counter[str]

    def application(self) -> web.Application:
        """Builds the HTTP application with the watch in front."""
        self.overlaps = Counter()
        self._asking = Counter()
        application = super().application()
        application.middlewares.append(self._watch)
        return application

    @web.middleware
    async def _watch(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if not request.path.endswith("/chat"):
            return await handler(request)
        session = str((await request.json())["session_id"])
        self.overlaps[session] += self._asking[session] > 0
        self._asking[session] += 1
        try:
            return await handler(request)
        finally:
            self._asking[session] -= 1


@dataclass(slots=True, kw_only=True)
class FaultySystem:
    """The running system on a bad day. `on_teams` are the people if they are on Teams.

    `faults` counts injected faults, `remarks` lists unexpected behaviour.
    """

    slack: LocalSlack
    teams: LocalTeams
    uppzy: WatchedUppzy
    to_uppzy: Wire
    to_database: CuttableWire | None
    people: People
    on_teams: TeamsPeople | None
    database_url: str
    postgres: Postgres | None
    folder: Path
    room: Path
    processes: list[BotProcess]
    chance: random.Random
    extent: Extent
    faults: Counter[str] = field(default_factory=Counter)
    remarks: list[str] = field(default_factory=list)
    crowds: list[asyncio.Task[None]] = field(default_factory=list)

    def rush(self, conversations: int, stories: Sequence[Story] = STORIES) -> None:
        """Starts so many further conversations at the same moment, of different kinds where there are several."""
        shuffled = self.chance.sample(stories, len(stories))
        crowd = live(self.people, random.Random(self.chance.random()), conversations, 0.0, shuffled)
        self.crowds.append(asyncio.create_task(crowd))

    def moments(self, shortest: float, longest: float) -> Iterator[float]:
        """Yields random pauses (seconds) until the day's time is over; a tenth as long if hurried."""
        end = time.monotonic() + self.extent.seconds
        scale = 0.1 if self.extent.hurried else 1.0
        while (left := end - time.monotonic()) > 0:
            yield min(left, self.chance.uniform(shortest, longest) * scale)

    async def settled(self) -> None:
        """Waits until no job or effect is left; after the timeout it adds a remark instead."""
        try:
            async with asyncio.timeout(self.extent.timeout):
                quiet = 0
                while quiet < 3:
                    quiet = quiet + 1 if await asyncio.to_thread(self._is_quiet) else 0
                    await asyncio.sleep(0.05)
                await self.slack.settled()
        except TimeoutError:
            self.remarks.append(f"not at rest after {self.extent.timeout:.0f} s")

    def _is_quiet(self) -> bool:
        return jobs_left(self.database_url) == 0 and rows(self.database_url, _OPEN) == [(0,)]

    async def stop(self) -> None:
        """Stops every process by SIGTERM, as an operator does."""
        for number, process in enumerate(self.processes, start=1):
            if not process.alive:
                self.remarks.append(f"process {number} had ended by itself")
            elif (status := await process.stop()) != 0:
                self.remarks.append(f"process {number} ended with status {status}")


@contextlib.asynccontextmanager
async def faulty_system(
    setting: Setting, extent: Extent, folder: Path, room: Path, postgres: Postgres | None, chance: random.Random
) -> AsyncIterator[FaultySystem]:
    """Starts the system, and stops it when the block is left. A SQLite database is created in `room`."""
    faults: Counter[str] = Counter()
    slack = LocalSlack(retry_delays=_REPEATS, keep_calls=0)
    latency = random.Random(chance.random())
    # This Uppzy overwrites ratings, so that the last rating received can be compared with the last one given.
    uppzy = WatchedUppzy(
        latency=lambda _: latency.uniform(0.05, 0.4), randomness=latency, behaviour=Behaviour(feedback_overwrites=True)
    )
    teams = LocalTeams(keep_calls=0)
    async with slack, teams, uppzy, contextlib.AsyncExitStack() as stack:
        populate(slack)
        populate_teams(teams)
        teams.throttle.is_on = not extent.hurried
        wire = Wire(urlsplit(uppzy.base_url).port or 0)
        await wire.lay()
        stack.push_async_callback(wire.take_away)
        url = postgres.new_database() if postgres else f"sqlite:///{room / 'desk.db'}"
        cuttable = setting.cuttable_database and postgres is not None
        to_database = await stack.enter_async_context(CuttableWire(url)) if cuttable else None
        way = to_database.url if to_database else url
        places = [folder / str(number) for number in range(setting.processes)]
        processes = [_process(slack, teams, uppzy, wire, place, way, setting, extent) for place in places]
        await stack.enter_async_context(_delivered(slack, teams, processes, setting, chance, faults))
        stack.push_async_callback(_end, processes)
        await asyncio.gather(*(process.start() for process in processes))
        yield FaultySystem(
            slack=slack,
            teams=teams,
            uppzy=uppzy,
            to_uppzy=wire,
            to_database=to_database,
            people=People(slack, extent.timeout),
            on_teams=_people_on(teams, extent, chance) if setting.on_teams else None,
            database_url=url,
            postgres=postgres,
            folder=folder,
            room=room,
            processes=processes,
            chance=chance,
            extent=extent,
            faults=faults,
        )


@contextlib.asynccontextmanager
async def _delivered(
    slack: LocalSlack,
    teams: LocalTeams,
    processes: Sequence[BotProcess],
    setting: Setting,
    chance: random.Random,
    faults: Counter[str],
) -> AsyncIterator[None]:
    """Has requests of Slack and Teams delivered to the bot, on their way through the setting's `Mail` if any."""
    slack.events_url = None if setting.sockets else processes[0].events_url
    teams.messages_url = processes[0].activities_url
    if setting.mail is None:
        yield
        return
    targets = [one.activities_url if setting.on_teams else one.events_url for one in processes]
    mail = Mail(targets, setting.mail, random.Random(chance.random()), faults)
    async with mail.carried():
        if setting.on_teams:
            teams.messages_url = mail.url
        else:
            slack.events_url = mail.url
        yield


def _people_on(teams: LocalTeams, extent: Extent, chance: random.Random) -> TeamsPeople:
    patience = _HURRIED_PATIENCE if extent.hurried else _PATIENCE
    return TeamsPeople(teams, extent.timeout, patience, random.Random(chance.random()))


def _process(
    slack: LocalSlack,
    teams: LocalTeams,
    uppzy: LocalUppzy,
    wire: Wire,
    folder: Path,
    url: str,
    setting: Setting,
    extent: Extent,
) -> BotProcess:
    folder.mkdir()
    address = uppzy.base_url.replace(f":{urlsplit(uppzy.base_url).port}/", f":{wire.port}/")
    command = bot.COMMAND if extent.hurried or setting.own_clock else RUN
    options = itertools.chain(
        ("--hurried",) if extent.hurried else (),
        ("--clock", str(folder / CLOCK)) if setting.own_clock else (),
    )
    return BotProcess(
        slack,
        uppzy,
        folder,
        url,
        sockets=setting.sockets,
        policy=bot.hurried_policy(folder) if extent.hurried else None,
        more={"UPPZY_BASE_URL": address, **(teams_environment(teams) | NO_SLACK if setting.on_teams else {})},
        command=(*command, *options),
    )


CLOCK = "clock"
"""The file in a process's folder that says by how many seconds its clock is wrong."""


async def _end(processes: list[BotProcess]) -> None:
    for process in processes:
        if process.alive:
            process.wake()
            await process.kill()
