"""Fixtures for tests that drive the whole bot through signed requests."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import AsyncIterator, Generator
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from bot.app import Outside
from bot.call_rates import Rate
from bot.helpdesk.config import Timeouts
from bot.helpdesk.retry import Schedule
from bot.slack.people import PeopleLimits
from bot.slack.rate_limiter import SlackLimits
from sandbox.slack import DEFAULT_SCOPES, InstalledApp, LocalSlack
from sandbox.uppzy import LocalUppzy
from sandbox.world import LocalWorld, local_settings, populate
from tests.conftest import NewDatabase
from tests.policies import policy_at_once, with_handoff_rules
from tests.whole.day import POLICY, Day, moment
from tests.whole.scene import Clock, Scene, claim_a_handoff, hand_off
from tests.whole.shared import SharedScene, note_failure

# Hundredths of the delays of production; the time to give up is long enough for a slow machine.
QUICK = Timeouts(
    typing_after=0.0,
    slow_notice_after=5.0,
    person_lookup=1.0,
    card_wait=0.2,
    second_search_after=0.05,
    document_settle=0.1,
    retry=Schedule(first=0.01, longest=0.05, give_up=60.0),
)

# People in tests write more in a second than a channel may take. Tests of the limits set some.
# A call in the background, which comes at any time, would disturb what tests say about calls.
NOBODY_LISTED = PeopleLimits(lists=False)
UNLIMITED = SlackLimits(channel=Rate(burst=10_000, per_second=10_000.0), methods={})


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Runs tests on SQLite alone, the quicker engine, unless they are marked `both_engines`."""
    test = metafunc.definition
    chosen = any("database_url" in mark.args[0] for mark in test.iter_markers("parametrize"))
    on_both = test.get_closest_marker("both_engines")
    shares = "shared_by_module" in metafunc.fixturenames
    assert not (shares and on_both), f"{test.nodeid} shares a bot on one engine"
    loop = test.get_closest_marker("asyncio")
    in_module_loop = loop is not None and loop.kwargs.get("loop_scope") == "module"
    assert in_module_loop or not shares, f"{test.nodeid} has to be marked in_module_loop"
    assert not (in_module_loop and "world" in metafunc.fixturenames), f"{test.nodeid} has to be marked in_own_loop"
    if "database_url" in metafunc.fixturenames and not chosen and not on_both:
        # A mark overrides the parameters of the fixture; `metafunc.parametrize` would be a second parametrization.
        test.add_marker(pytest.mark.parametrize("database_url", ["sqlite"], indirect=True))


# Replies are relayed without the grace period for taking them back.
_HANDOFF_RULES = "relay_delay_seconds = 0"


@pytest.fixture
def handoff_rules() -> str:
    """The policy's [handoff] table."""
    return _HANDOFF_RULES


@pytest.fixture
def policy(handoff_rules: str, tmp_path: Path) -> Path:
    """The file of the shipped policy with `handoff_rules` as its [handoff] table."""
    return _policy_with(handoff_rules, tmp_path)


def _policy_with(handoff_rules: str, folder: Path) -> Path:
    path = folder / "policy.toml"
    path.write_text(with_handoff_rules(handoff_rules), encoding="utf-8")
    return path


@pytest.fixture
def scopes() -> frozenset[str]:
    """The scopes of the bot token."""
    return DEFAULT_SCOPES


@contextlib.asynccontextmanager
async def _open_world(database_url: str, policy: Path, scopes: frozenset[str]) -> AsyncIterator[LocalWorld]:
    slack = LocalSlack(app=InstalledApp(scopes=scopes), retry_delays=(0.0, 0.05, 0.2))
    async with slack, LocalUppzy() as uppzy:
        populate(slack)
        settings = local_settings(slack, uppzy, database_url, {"POLICY_FILE": str(policy)})
        outside = Outside(timeouts=QUICK, slack_limits=UNLIMITED, people=NOBODY_LISTED, stop_timeout=0.2)
        yield LocalWorld(slack=slack, uppzy=uppzy, settings=settings, outside=outside)


@pytest.fixture
async def world(database_url: str, policy: Path, scopes: frozenset[str]) -> AsyncIterator[LocalWorld]:
    """The populated stand-ins, and the settings of a bot that uses them."""
    async with _open_world(database_url, policy, scopes) as world:
        yield world


@pytest.fixture
async def own_scene(world: LocalWorld) -> AsyncIterator[Scene]:
    """A running bot between the stand-ins, for this test alone."""
    async with world.bot() as bot:
        yield Scene(world, bot)


@pytest.fixture
async def own_claimed(own_scene: Scene) -> tuple[Scene, str]:
    """A bot for this test alone, with a handoff of Mia's that Ada has claimed, and the root of Mia's thread."""
    return own_scene, await claim_a_handoff(own_scene)


@pytest.fixture
def scene(own_scene: Scene) -> Scene:
    """The scene of a test. A module in which most tests may share a bot overrides it with `shared_scene`."""
    return own_scene


@pytest.fixture(scope="module")
def shared_rules() -> str:
    """The [handoff] table of the policy of the bot that a module shares."""
    return _HANDOFF_RULES


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_by_module(
    migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory, shared_rules: str
) -> AsyncIterator[SharedScene]:
    """The scene that cases of a module share, for tests in the module's event loop. It is not emptied by itself."""

    def new_world() -> AbstractAsyncContextManager[LocalWorld]:
        folder = tmp_path_factory.mktemp("shared")
        database = f"sqlite:///{shutil.copy(migrated_sqlite, folder)}"
        return _open_world(database, _policy_with(shared_rules, folder), DEFAULT_SCOPES)

    shared = SharedScene(new_world)
    yield shared
    await shared.close()


@pytest_asyncio.fixture(loop_scope="module")
async def shared_scene(shared_by_module: SharedScene, request: pytest.FixtureRequest) -> AsyncIterator[Scene]:
    """An empty scene with a bot that other cases of the module used before. A failed case leaves them another one."""
    async with shared_by_module.lent(request.node) as scene:
        yield scene


@pytest_asyncio.fixture(loop_scope="module")
async def handed_off(shared_by_module: SharedScene, shared_scene: Scene) -> tuple[Scene, str]:
    """The shared scene with a handoff of Mia's, and the root of Mia's thread."""
    return shared_scene, await shared_by_module.begun(hand_off, shared_scene)


@pytest_asyncio.fixture(loop_scope="module")
async def claimed(shared_by_module: SharedScene, shared_scene: Scene) -> tuple[Scene, str]:
    """The shared scene with a handoff of Mia's that Ada has claimed, and the root of Mia's thread."""
    return shared_scene, await shared_by_module.begun(claim_a_handoff, shared_scene)


@pytest_asyncio.fixture(loop_scope="module", params=["sqlite", "postgresql"])
async def engine_scene(
    shared_by_module: SharedScene, shared_rules: str, tmp_path: Path, request: pytest.FixtureRequest
) -> AsyncIterator[Scene]:
    """An empty scene on each engine: the shared one on SQLite, one of a bot for this test alone on PostgreSQL."""
    if request.param == "sqlite":
        async with shared_by_module.lent(request.node) as scene:
            yield scene
        return
    database: NewDatabase = request.getfixturevalue("new_postgres")
    policy = _policy_with(shared_rules, tmp_path)
    async with _open_world(database(), policy, DEFAULT_SCOPES) as world, world.bot() as bot:
        yield Scene(world, bot)


@pytest_asyncio.fixture(loop_scope="module")
async def engine_handed_off(shared_by_module: SharedScene, engine_scene: Scene) -> tuple[Scene, str]:
    """The same as `handed_off`, on each engine."""
    return engine_scene, await shared_by_module.begun(hand_off, engine_scene)


@pytest_asyncio.fixture(loop_scope="module")
async def engine_claimed(shared_by_module: SharedScene, engine_scene: Scene) -> tuple[Scene, str]:
    """The same as `claimed`, on each engine."""
    return engine_scene, await shared_by_module.begun(claim_a_handoff, engine_scene)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Notes failures on the item, for fixtures that share something."""
    report = yield
    if report.failed:
        note_failure(item)
    return report


@pytest.fixture
def clock() -> Clock:
    """A clock that a test can move ahead. It starts on a Wednesday at 10:00 in Berlin."""
    return Clock(moment("2026-11-25 10:00"))


@pytest.fixture(params=[False, True], ids=["at work", "restarted"])
async def day(world: LocalWorld, clock: Clock, tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Day]:
    """A running bot with targets, support hours and a movable clock, once kept running and once restarted."""
    policy = tmp_path / "policy.toml"
    policy.write_text(policy_at_once() + POLICY, encoding="utf-8")
    world.settings = world.settings.model_copy(update={"policy_file": policy})
    world.outside = replace(world.outside, clock=clock)
    async with contextlib.AsyncExitStack() as at_work:
        bot = await at_work.enter_async_context(world.bot())
        yield Day(Scene(world, bot), clock, request.param, at_work)
