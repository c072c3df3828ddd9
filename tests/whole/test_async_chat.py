"""Synchronous and asynchronous chat: the same behaviour in both modes, then cases of the asynchronous mode."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import functools
import tempfile
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from bot.app import Outside
from bot.helpdesk.answering.answers import MOST_TRIES
from bot.helpdesk.config import Timeouts
from sandbox.slack import LocalSlack
from sandbox.uppzy import Behaviour, Endpoint, LocalUppzy, UppzyFault, dropped, lacking, rate_limited, replying, slow
from sandbox.uppzy.server import Latency
from sandbox.world import MIA, TOM, LocalWorld, local_settings, populate
from tests.deadlines import HUNG
from tests.policies import with_handoff_rules
from tests.whole.conftest import QUICK, UNLIMITED
from tests.whole.scene import CONFIDENT, PERSON, UNKNOWN, Scene
from tests.whole.shared import SharedScene, in_module_loop, in_own_loop

EAGER = dataclasses.replace(QUICK, first_poll=0.01, poll_interval=0.02, collect_within=5.0, resubmit_after=0.01)
USUAL = Behaviour()
VPN = "How do I connect to the VPN?"

sync_and_async = pytest.mark.parametrize("mode", ["sync", "async"])
# For tests that depend on the order in a lane or on a delayed job, in which the engines could differ.
everywhere = pytest.mark.parametrize("mode", ["sync", "async", "async on postgresql"])
collected = pytest.mark.parametrize("mode", ["async", "async on postgresql"])
once = pytest.mark.parametrize("mode", ["async"])

pytestmark = in_module_loop


@dataclass(slots=True)
class Patiently(Scene):
    """A scene that is not settled while a question waits for its answer, even if the next poll is not due yet."""

    async def settled(self) -> None:
        async with asyncio.timeout(HUNG):
            # Without `super()`, which does not work in a dataclass with slots.
            await Scene.settled(self)
            while await self.count("questions", "state = 'waiting'"):  # noqa: ASYNC110 - the database raises no event
                await asyncio.sleep(0.01)
            await Scene.settled(self)

    async def set_off(self, text: str, *, who: str = MIA) -> tuple[str, str]:
        """Asks without waiting for the answer; returns channel and ts once Uppzy has the question."""
        asked = len(self.world.uppzy.asked)
        delivery = await self.world.slack.dm(who, text)
        await self.world.uppzy.wait_for(lambda: len(self.world.uppzy.asked) > asked)
        return delivery.channel, delivery.ts


def only_first_takes(seconds: float) -> Latency:
    """Returns a latency of so many seconds for the first answer and none for all others."""
    times = iter([seconds])
    return lambda _: next(times, 0.0)


def way_in(mode: str) -> Endpoint:
    """Returns the endpoint that takes questions in this mode."""
    return Endpoint.CHAT if mode == "sync" else Endpoint.SUBMIT


def furnished(
    slack: LocalSlack, uppzy: LocalUppzy, database: Path | str, policy: Path, mode: str, timeouts: Timeouts
) -> LocalWorld:
    populate(slack)
    more = {"UPPZY_CHAT": mode.split()[0], "POLICY_FILE": str(policy)}
    settings = local_settings(slack, uppzy, database, more)
    outside = Outside(timeouts=timeouts, slack_limits=UNLIMITED, stop_timeout=0.2)
    return LocalWorld(slack=slack, uppzy=uppzy, settings=settings, outside=outside)


@pytest.fixture
def behaviour() -> Behaviour:
    return USUAL


@pytest.fixture
def timeouts() -> Timeouts:
    return EAGER


@contextlib.asynccontextmanager
async def open_world(
    mode: str, database: Path | str, behaviour: Behaviour = USUAL, timeouts: Timeouts = EAGER
) -> AsyncIterator[LocalWorld]:
    with tempfile.TemporaryDirectory() as folder:
        policy = Path(folder) / "policy.toml"
        policy.write_text(with_handoff_rules(""), encoding="utf-8")
        async with LocalSlack(retry_delays=(0.0, 0.05, 0.2)) as slack, LocalUppzy(behaviour=behaviour) as uppzy:
            yield furnished(slack, uppzy, database, policy, mode, timeouts)


@pytest.fixture
def database(mode: str, tmp_path: Path, request: pytest.FixtureRequest) -> Path | str:
    on_postgresql = mode.endswith("postgresql")
    return request.getfixturevalue("new_postgres")() if on_postgresql else tmp_path / "desk.db"


@pytest.fixture
async def world(mode: str, database: Path | str, behaviour: Behaviour, timeouts: Timeouts) -> AsyncIterator[LocalWorld]:
    async with open_world(mode, database, behaviour, timeouts) as world:
        yield world


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_by_mode(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[dict[str, SharedScene]]:
    """The scenes that tests of this module share, one for each mode."""

    def new_world(mode: str) -> AbstractAsyncContextManager[LocalWorld]:
        return open_world(mode, tmp_path_factory.mktemp(mode) / "desk.db")

    shared = {mode: SharedScene(functools.partial(new_world, mode)) for mode in ("sync", "async")}
    yield shared
    for scene in shared.values():
        await scene.close()


@pytest_asyncio.fixture(loop_scope="module")
async def scene(
    shared_by_mode: dict[str, SharedScene],
    mode: str,
    database: Path | str,
    behaviour: Behaviour,
    timeouts: Timeouts,
    request: pytest.FixtureRequest,
) -> AsyncIterator[Patiently]:
    """The scene of the mode, shared where the test changes neither Uppzy's behaviour nor the timeouts."""
    if mode in shared_by_mode and behaviour is USUAL and timeouts is EAGER:
        async with shared_by_mode[mode].lent(request.node) as shared:
            yield Patiently(shared.world, shared.bot)
        return
    async with open_world(mode, database, behaviour, timeouts) as world, world.bot() as bot:
        yield Patiently(world, bot)


# Both modes.


@sync_and_async
async def test_a_question_is_answered_once_in_its_own_thread(scene: Patiently) -> None:
    root = await scene.ask(CONFIDENT)

    (answer,) = scene.replies(root)
    assert "password.example.com" in str(answer.blocks)
    assert answer.thread_ts == root
    assert len(scene.world.uppzy.asked) == 1


@sync_and_async
async def test_uppzy_is_told_the_session_the_words_and_the_language_and_no_mail_address(scene: Patiently) -> None:
    root = await scene.ask(CONFIDENT)
    await scene.ask("And how long must it be?", thread=root)

    first, second = scene.world.uppzy.asked
    assert (first.message, first.email, first.language) == (CONFIDENT, None, "en")
    assert first.session_id == second.session_id


@everywhere
async def test_a_follow_up_is_asked_only_after_the_answer_before_it(scene: Patiently) -> None:
    scene.world.uppzy.hold()
    _, root = await scene.set_off(CONFIDENT)
    for question in (VPN, "How do I book a meeting room?"):
        await scene.world.slack.dm(MIA, question, root)
    await scene.world.slack.settled()
    assert len(scene.world.uppzy.asked) == 1
    scene.world.uppzy.release()
    await scene.settled()

    assert [asked.message for asked in scene.world.uppzy.asked[:2]] == [CONFIDENT, VPN]
    assert len(scene.replies(root)) == 3


@sync_and_async
async def test_one_stuck_question_holds_up_nobody_else(scene: Patiently) -> None:
    scene.world.uppzy.latency = only_first_takes(30.0)
    await scene.set_off(CONFIDENT)

    quick = await scene.world.slack.dm(TOM, CONFIDENT)
    await scene.world.slack.wait_for(lambda: scene.replies(quick.ts, who=TOM))


@sync_and_async
@pytest.mark.parametrize("fault", [replying(503), rate_limited(0.02), rate_limited(), dropped(), replying(200, "?")])
async def test_a_fault_where_questions_arrive_passes(scene: Patiently, mode: str, fault: UppzyFault) -> None:
    scene.world.uppzy.fail(way_in(mode), fault)

    root = await scene.ask(CONFIDENT)

    # Beside the answer there may be a notice that it takes longer.
    assert str([reply.blocks for reply in scene.replies(root)]).count("feedback_buttons") == 1


@sync_and_async
async def test_a_refused_key_is_told_to_the_employee_and_to_the_operators(scene: Patiently) -> None:
    scene.world.uppzy.api_key = "rotated"

    root = await scene.ask(CONFIDENT)

    assert "HD-1" in scene.texts(root)
    assert len([m for m in scene.world.slack.messages("C0HANDOFF") if "rejected" in m.text]) == 1


@sync_and_async
@pytest.mark.parametrize("behaviour", [Behaviour(confidence=False)])
async def test_what_an_answer_without_confidence_means_is_the_policy_s_to_say(scene: Patiently) -> None:
    root = await scene.ask(CONFIDENT)

    assert "password.example.com" in str(scene.answer(root).blocks)
    assert "I've asked a colleague in support to check this answer" in scene.texts(root)
    assert "not given" in str(scene.card.blocks)


@sync_and_async
async def test_a_doubtful_answer_is_shown_and_a_person_is_brought_in(scene: Patiently) -> None:
    root = await scene.ask(UNKNOWN)

    assert "could not find anything" in scene.answer(root).text
    assert "HD-1" in scene.texts(root)


@sync_and_async
async def test_the_answer_to_a_wish_for_a_person_is_a_draft_for_the_agents(scene: Patiently) -> None:
    root = await scene.ask(PERSON)

    assert "AI draft" in scene.handoff_thread[0].text
    assert not [reply for reply in scene.replies(root) if "feedback_buttons" in str(reply.blocks)]


@sync_and_async
async def test_a_verdict_goes_to_uppzy_under_the_request_it_belongs_to(scene: Patiently) -> None:
    root = await scene.ask(CONFIDENT)
    await scene.rate(root, "good")

    assert scene.world.uppzy.rating(scene.world.uppzy.asked[0].request_id) == "good"


@sync_and_async
async def test_stop_ends_the_question_and_frees_the_thread(scene: Patiently) -> None:
    scene.world.uppzy.latency = only_first_takes(30.0)
    channel, root = await scene.set_off(CONFIDENT)

    await scene.world.slack.stop_session(MIA, channel, root)
    await scene.settled()
    await scene.ask(VPN, thread=root)

    assert scene.texts(root).startswith("Stopped.")
    assert len(scene.replies(root)) == 2


@sync_and_async
async def test_an_edit_before_the_answer_replaces_the_question(scene: Patiently) -> None:
    scene.world.uppzy.latency = only_first_takes(30.0)
    channel, root = await scene.set_off("How do I reset my pasword?")

    await scene.world.slack.edit(MIA, channel, root, CONFIDENT)
    await scene.settled()

    assert [asked.message for asked in scene.world.uppzy.asked][1:] == [CONFIDENT]
    assert len(scene.replies(root)) == 1


@sync_and_async
async def test_a_deleted_question_is_not_answered(scene: Patiently) -> None:
    scene.world.uppzy.latency = 30.0
    channel, root = await scene.set_off(CONFIDENT)

    await scene.world.slack.delete(MIA, channel, root)
    await scene.settled()

    assert [m for m in scene.world.slack.messages(channel) if m.bot_id] == []


@sync_and_async
@pytest.mark.parametrize("timeouts", [dataclasses.replace(EAGER, slow_notice_after=0.1)])
async def test_a_slow_answer_is_announced_once_and_comes(scene: Patiently) -> None:
    scene.world.uppzy.hold()
    _, root = await scene.set_off(CONFIDENT)
    await scene.world.slack.wait_for(lambda: "taking longer than usual" in scene.texts(root))

    scene.world.uppzy.release()
    await scene.settled()

    assert scene.texts(root).count("taking longer than usual") == 1
    assert "password.example.com" in str(scene.answer(root).blocks)


# The asynchronous mode alone.


@in_own_loop
@collected
async def test_a_restart_while_an_answer_is_awaited_asks_nothing_twice(world: LocalWorld) -> None:
    world.uppzy.latency = 0.3
    async with world.bot() as bot:
        _, root = await Patiently(world, bot).set_off(CONFIDENT)
        await world.uppzy.wait_for(lambda: world.uppzy.calls[Endpoint.STATUS] > 0)

    async with world.bot() as bot:
        scene = Patiently(world, bot)
        await scene.settled()

        assert len(scene.replies(root)) == 1
    assert len(world.uppzy.asked) == 1


@in_own_loop
@once
async def test_what_was_asked_one_way_is_finished_that_way_after_the_setting_was_changed(world: LocalWorld) -> None:
    world.uppzy.latency = 0.3
    async with world.bot() as bot:
        _, root = await Patiently(world, bot).set_off(CONFIDENT)
        await world.uppzy.wait_for(lambda: world.uppzy.calls[Endpoint.STATUS] > 0)

    world.settings = world.settings.model_copy(update={"uppzy_chat": "sync"})
    async with world.bot() as bot:
        scene = Patiently(world, bot)
        await scene.settled()

        assert len(scene.replies(root)) == 1
    assert world.uppzy.calls[Endpoint.CHAT] == 0


@once
@pytest.mark.parametrize("behaviour", [Behaviour(unfinished="thinking about it"), Behaviour(submit_status=200)])
async def test_what_an_unfinished_answer_is_called_does_not_matter(scene: Patiently) -> None:
    scene.world.uppzy.latency = 0.1

    root = await scene.ask(CONFIDENT)

    assert len(scene.replies(root)) == 1
    assert len(scene.world.uppzy.asked) == 1


@once
@pytest.mark.parametrize(
    "fault", [replying(503), rate_limited(0.02), dropped(), lacking("answer"), lacking("status"), replying(200, "?")]
)
async def test_a_fault_while_collecting_asks_nothing_twice(scene: Patiently, fault: UppzyFault) -> None:
    scene.world.uppzy.fail(Endpoint.STATUS, fault)

    root = await scene.ask(CONFIDENT)

    assert len(scene.replies(root)) == 1
    assert len(scene.world.uppzy.asked) == 1


@once
async def test_a_question_that_uppzy_failed_to_answer_is_asked_again(
    scene: Patiently, caplog: pytest.LogCaptureFixture
) -> None:
    scene.world.uppzy.fail(Endpoint.WORK, replying(500, "out of order"))

    root = await scene.ask(CONFIDENT)

    assert len(scene.replies(root)) == 1
    assert len(scene.world.uppzy.asked) == 2
    assert "answer_failed" in caplog.text
    assert "out of order" not in caplog.text


@collected
async def test_a_follow_up_does_not_overtake_a_question_that_is_asked_again(scene: Patiently) -> None:
    scene.world.uppzy.latency = 0.1
    scene.world.uppzy.fail(Endpoint.WORK, replying(500))
    _, root = await scene.set_off(CONFIDENT)
    await scene.world.slack.dm(MIA, VPN, root)
    await scene.settled()

    assert [asked.message for asked in scene.world.uppzy.asked] == [CONFIDENT, CONFIDENT, VPN]


@once
async def test_a_question_that_uppzy_always_fails_to_answer_ends_in_a_person_or_a_stated_reason(
    scene: Patiently,
) -> None:
    scene.world.uppzy.fail(Endpoint.WORK, replying(500, times=None))

    root = await scene.ask(CONFIDENT)

    assert len(scene.world.uppzy.asked) == MOST_TRIES
    assert scene.replies(root)


@once
async def test_an_answer_that_uppzy_does_not_know_any_more_is_asked_for_again(scene: Patiently) -> None:
    scene.world.uppzy.fail(Endpoint.STATUS, replying(404, {"error": "request not found"}))

    root = await scene.ask(CONFIDENT)

    assert len(scene.replies(root)) == 1
    assert len(scene.world.uppzy.asked) == 2


@once
@pytest.mark.parametrize("timeouts", [dataclasses.replace(EAGER, collect_within=0.1)])
async def test_an_answer_that_never_comes_is_asked_for_again(scene: Patiently) -> None:
    scene.world.uppzy.latency = only_first_takes(30.0)
    _, root = await scene.set_off(CONFIDENT)
    await scene.settled()

    assert len(scene.replies(root)) == 1
    assert len(scene.world.uppzy.asked) == 2


@once
async def test_a_question_whose_submission_lost_its_outcome_is_asked_again(scene: Patiently) -> None:
    scene.world.uppzy.fail(Endpoint.SUBMIT, dropped(processed=True))

    root = await scene.ask(CONFIDENT)

    assert len(scene.replies(root)) == 1
    assert len(scene.world.uppzy.asked) == 2


@once
@pytest.mark.parametrize("timeouts", [dataclasses.replace(EAGER, poll_interval=60.0)])
async def test_between_two_looks_a_waiting_question_holds_nothing_and_counts_as_no_failure(scene: Patiently) -> None:
    scene.world.uppzy.latency = 30.0
    await scene.set_off(CONFIDENT)
    await scene.world.uppzy.wait_for(lambda: scene.world.uppzy.calls[Endpoint.STATUS] == 1)
    await scene.bot.runner.idle()

    assert scene.bot.desk.questions_in_flight == 0
    assert await scene.count("effects", "kind = 'Collect' AND state = 'pending' AND attempts = 0") == 1


@in_own_loop
@once
async def test_a_stop_takes_the_working_sign_away_at_once(world: LocalWorld) -> None:
    world.outside = dataclasses.replace(world.outside, timeouts=dataclasses.replace(EAGER, poll_interval=60.0))
    world.uppzy.latency = 30.0
    async with world.bot() as bot:
        channel, root = await Patiently(world, bot).set_off(CONFIDENT)
        await world.uppzy.wait_for(lambda: world.uppzy.calls[Endpoint.STATUS] == 1)

        await world.slack.stop_session(MIA, channel, root)
        await world.slack.wait_for(lambda: [change.status for change in world.slack.statuses][-1:] == ["active"])


@once
async def test_a_submission_that_is_stopped_under_way_is_not_collected(scene: Patiently) -> None:
    scene.world.uppzy.fail(Endpoint.SUBMIT, slow(30.0))
    delivery = await scene.world.slack.dm(MIA, CONFIDENT)
    await scene.world.uppzy.wait_for(lambda: scene.world.uppzy.calls[Endpoint.SUBMIT] == 1)

    await scene.world.slack.stop_session(MIA, delivery.channel, delivery.ts)
    await scene.settled()

    assert len(scene.replies(delivery.ts)) == 1
    assert scene.world.uppzy.calls[Endpoint.STATUS] == 0
