"""Refusals of those who may not use the bot: told once a day on every path, and none of their words are kept."""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.helpdesk.escalation import APPS_PER_HOUR, PeopleRules
from bot.helpdesk.model.chat import PersonKind
from sandbox.slack import File
from sandbox.world import ADA, HANDOFF_CHANNEL, MIA, TOM, LocalWorld
from storage.repositories import Transaction
from tests.english import messages
from tests.policies import with_handoff_rules
from tests.whole.scene import CONFIDENT, NOT_AN_AGENT, UNKNOWN, Clock, Scene
from tests.whole.shared import in_own_loop

pytestmark = in_own_loop

GUS, EVE, WILMA, ROBOT = "U0GUEST00", "U0EVE0000", "U0WILMA00", "U0ROBOT00"
ORGANIZATION = "E0ORG"
WORD = "Xanadu"
DAY = 24 * 3600.0
SAID = {
    GUS: messages.anyone.refused(PersonKind.GUEST),
    EVE: messages.anyone.refused(PersonKind.OTHER_COMPANY),
    WILMA: messages.anyone.refused(PersonKind.OTHER_WORKSPACE),
}
"""The people whom the policy of these tests refuses, and what they are told."""

ONCE = {who: [said] for who, said in SAID.items()}
NEVER: dict[str, list[str]] = {who: [] for who in SAID}


@pytest.fixture
async def clock(world: LocalWorld) -> Clock:
    clock = Clock(time.time())
    world.outside = replace(world.outside, clock=clock)
    return clock


@pytest.fixture
def refusing(world: LocalWorld, clock: Clock, tmp_path: Path) -> LocalWorld:
    """A world with these people, whose policy refuses guests as well."""
    policy = tmp_path / "policy.toml"
    policy.write_text(f"{with_handoff_rules('relay_delay_seconds = 0')}[people]\nguests = false\n", encoding="utf-8")
    world.settings = world.settings.model_copy(update={"policy_file": policy})
    slack = world.slack
    slack.workspace.organization = ORGANIZATION
    slack.add_user(GUS, "Gus", email="gus@example.com", is_restricted=True)
    slack.add_user(EVE, "Eve", team_id="T0OTHER00", is_stranger=True)
    slack.add_user(WILMA, "Wilma", team_id="T0SECOND0", organization=ORGANIZATION)
    slack.add_user(ROBOT, "Robot", is_bot=True)
    return world


@pytest.fixture
async def scene(refusing: LocalWorld) -> AsyncIterator[Scene]:
    async with refusing.bot() as bot:
        yield Scene(refusing, bot)


def notes(scene: Scene) -> dict[str, list[str]]:
    return {who: scene.private_notes(who) for who in SAID}


async def admit(scene: Scene, **switches: bool) -> None:
    """Puts a policy with these switches of `[people]` in force."""
    desk = scene.bot.desk
    await desk.use_policy(replace(desk.config.policy, people=PeopleRules(**switches)))


async def _stored(scene: Scene) -> str:
    """Returns everything in the tables that people's words reach."""

    def read(tx: Transaction) -> str:
        tables = ("events", "questions", "conversations", "relays", "relay_files", "effects", "local_tickets")
        return str([tuple(row) for name in tables for row in tx.connection.exec_driver_sql(f"SELECT * FROM {name}")])

    return await scene.bot.store.read(read)


# Those whom the policy refuses.


@pytest.mark.both_engines
async def test_who_is_refused_is_told_once_and_none_of_their_words_and_files_are_kept(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    slack = scene.world.slack
    for who in SAID:
        root = await scene.ask(f"What about {WORD}?", who=who)
        await slack.edit(who, slack.dm_of(who), root, f"And {WORD} again?")
        await slack.dm(who, WORD, root, files=[File(name=f"{WORD}.txt", content=b"x")])
        await scene.settled()

    assert notes(scene) == ONCE
    assert scene.world.uppzy.asked == []
    assert await scene.count("conversations") == 0
    assert WORD not in await _stored(scene)
    assert WORD not in caplog.text


async def test_who_is_refused_is_told_again_the_next_day(scene: Scene, clock: Clock) -> None:
    await scene.ask(CONFIDENT, who=EVE)
    clock.advance(DAY)

    await scene.ask(CONFIDENT, who=EVE)

    assert notes(scene)[EVE] == [SAID[EVE]] * 2


async def test_what_who_is_refused_wrote_while_nothing_arrived_is_refused_when_it_is_read_back(
    refusing: LocalWorld, clock: Clock
) -> None:
    slack = refusing.slack
    async with refusing.bot() as bot:
        await Scene(refusing, bot).ask(CONFIDENT)
    slack.events_url = None
    for who in SAID:
        await slack.dm(who, f"What about {WORD}?")
    clock.advance(3600.0)

    async with refusing.bot() as bot:
        scene = Scene(refusing, bot)
        await slack.wait_for(lambda: all(notes(scene).values()))
        await scene.settled()

        assert notes(scene) == ONCE
        assert len(refusing.uppzy.asked) == 1
        assert WORD not in await _stored(scene)


async def test_buttons_of_who_is_refused_do_nothing(scene: Scene) -> None:
    root = await scene.ask(CONFIDENT)
    await scene.rate(root, "bad")
    handoffs = await scene.count("handoffs")

    for who in SAID:
        await scene.press(scene.answer(root), "answer_feedback", who=who, value=f"good:{await _first_answer(scene)}")

    assert notes(scene) == ONCE
    assert await scene.count("handoffs") == handoffs
    assert await scene.count("verdicts", "rating = 'good'") == 0


async def test_forms_of_who_is_refused_change_nothing(scene: Scene) -> None:
    await scene.ask(UNKNOWN)
    for who in SAID:
        form = await scene.open_form("resolve", who=ADA)
        form.user = who
        await scene.world.slack.submit_view(who, form.id, {"resolution_text": WORD})
        await scene.settled()

    assert notes(scene) == ONCE
    assert await scene.count("handoffs", "state = 'resolved'") == 0
    assert WORD not in await _stored(scene)


async def test_mentions_and_shortcuts_of_who_is_refused_show_nothing(scene: Scene) -> None:
    await scene.ask(UNKNOWN)
    slack = scene.world.slack
    for who in SAID:
        slack.workspace.channels[HANDOFF_CHANNEL].members.append(who)
        await slack.say(who, HANDOFF_CHANNEL, f"<@{slack.bot_user_id}> {WORD}1", formatted=True)
        await slack.use_shortcut(who, HANDOFF_CHANNEL, scene.card.ts, "show_ids")
    await scene.settled()

    assert notes(scene) == ONCE
    assert WORD not in await _stored(scene)
    assert await scene.count("effects", "kind = 'ShowSearchReport'") == 0


async def test_marks_of_who_is_refused_mean_nothing_and_nobody_is_told(scene: Scene) -> None:
    await scene.ask(UNKNOWN)
    slack = scene.world.slack
    for who in SAID:
        slack.workspace.channels[HANDOFF_CHANNEL].members.append(who)
        await slack.react(who, HANDOFF_CHANNEL, scene.card.ts, "brain")
    await scene.settled()

    assert notes(scene) == NEVER
    assert await scene.count("articles") == 0


async def test_what_who_is_refused_writes_below_a_card_stays_there(scene: Scene) -> None:
    root = await scene.ask(UNKNOWN)
    await scene.press_card("claim")
    before = scene.texts(root)
    for who in SAID:
        scene.world.slack.workspace.channels[HANDOFF_CHANNEL].members.append(who)
        await scene.write_in_thread(f"ask: {WORD}", who=who)
        await scene.write_in_thread(f"Hello, {WORD}", who=who)

    assert scene.texts(root) == before
    assert notes(scene) == ONCE
    assert WORD not in await _stored(scene)


async def test_the_home_of_who_is_refused_says_only_that(scene: Scene) -> None:
    slack = scene.world.slack
    await slack.open_home(ADA, "home")
    await scene.settled()
    of_agent = slack.workspace.homes[ADA]

    for who, said in SAID.items():
        await slack.open_home(who, "home")
        await scene.settled()
        (block,) = slack.workspace.homes[who].blocks
        assert block["text"]["text"] == said
        of_agent.user = who
        await slack.press_in_view(who, of_agent.id, "home_search")
        await scene.settled()

    assert [view for view in slack.views.values() if view.callback_id == "search"] == []
    assert notes(scene) == NEVER


# Those whom a changed policy lets use it.


async def test_a_member_of_another_company_is_helped_where_the_policy_says_so_but_is_no_agent(scene: Scene) -> None:
    await admit(scene, other_companies=True)
    slack = scene.world.slack
    slack.workspace.channels[HANDOFF_CHANNEL].members.append(EVE)

    root = await scene.ask(UNKNOWN, who=EVE)
    await scene.press_card("claim", who=EVE)
    await scene.write_in_thread("This is for me", who=EVE)

    assert notes(scene)[EVE] == [NOT_AN_AGENT]
    await scene.press_card("claim", who=ADA)
    await scene.write_in_thread("Have you tried the other one?", who=ADA)
    assert "the other one" in scene.texts(root, who=EVE)
    assert "for me" not in scene.texts(root, who=EVE)


async def test_a_person_of_another_workspace_is_like_anybody_where_the_policy_says_so(scene: Scene) -> None:
    await admit(scene, other_workspaces=True)
    scene.world.slack.workspace.channels[HANDOFF_CHANNEL].members.append(WILMA)
    root = await scene.ask(UNKNOWN)

    await scene.press_card("claim", who=WILMA)
    await scene.write_in_thread("Have you tried the other one?", who=WILMA)

    assert "the other one" in scene.texts(root)
    await scene.ask(CONFIDENT, who=WILMA)
    assert len(scene.world.uppzy.asked) == 2


async def test_a_changed_policy_counts_at_once(scene: Scene) -> None:
    await scene.ask(CONFIDENT, who=GUS)
    await admit(scene, guests=True)
    await scene.ask(CONFIDENT, who=GUS)
    await admit(scene, guests=False)
    await scene.ask(CONFIDENT, who=GUS)

    assert len(scene.world.uppzy.asked) == 1


async def test_whom_slack_describes_only_after_trouble_is_refused_then(scene: Scene) -> None:
    slack = scene.world.slack
    slack.faults.refused("users.info", error="internal_error", times=2)

    await scene.ask(CONFIDENT, who=WILMA)
    await slack.wait_for(lambda: notes(scene)[WILMA])

    assert notes(scene)[WILMA] == [SAID[WILMA]]
    assert scene.world.uppzy.asked == []


# Apps.


async def test_an_app_gets_no_answer(scene: Scene) -> None:
    slack = scene.world.slack

    await slack.say(ROBOT, slack.dm_of(ROBOT), CONFIDENT, through="B0OTHER00")
    await scene.settled()

    assert scene.world.uppzy.asked == []
    assert [one for one in slack.messages(slack.dm_of(ROBOT)) if one.user != ROBOT] == []


async def test_an_app_that_the_policy_lets_ask_is_answered_until_its_budget_is_used_up(scene: Scene) -> None:
    await admit(scene, apps=True)
    slack = scene.world.slack
    dm = slack.dm_of(ROBOT)

    for _ in range(APPS_PER_HOUR + 2):
        await slack.say(ROBOT, dm, "Hi!", through="B0OTHER00")
        await scene.settled()

    roots = [one.ts for one in slack.messages(dm) if one.user == ROBOT]
    assert [len(scene.replies(root, who=ROBOT)) for root in roots] == [1] * APPS_PER_HOUR + [0, 0]


async def test_an_app_is_never_an_agent(scene: Scene) -> None:
    await admit(scene, apps=True)
    slack = scene.world.slack
    slack.workspace.channels[HANDOFF_CHANNEL].members.append(ROBOT)
    root = await scene.ask(UNKNOWN)
    await scene.press_card("claim")
    before = scene.texts(root), len(scene.handoff_thread)

    await slack.say(ROBOT, HANDOFF_CHANNEL, "ask: Deployed?", scene.card.ts, through="B0OTHER00")
    await slack.say(ROBOT, HANDOFF_CHANNEL, f"<@{slack.bot_user_id}> HD-1", formatted=True, through="B0OTHER00")
    await slack.react(ROBOT, HANDOFF_CHANNEL, scene.card.ts, "brain")
    await scene.settled()

    assert (scene.texts(root), len(scene.handoff_thread) - 1) == before
    assert scene.private_notes(ROBOT) == []
    assert await scene.count("articles") == 0


# Group messages.


async def test_who_mentions_the_bot_in_a_group_message_is_asked_to_write_to_it_directly(scene: Scene) -> None:
    slack = scene.world.slack
    group = slack.workspace.group_dm_of([MIA, TOM])

    for _ in range(2):
        await slack.say(MIA, group, f"<@{slack.bot_user_id}> what about {WORD}?", formatted=True)
    await slack.say(TOM, group, f"No idea what {WORD} is")
    await scene.settled()

    assert scene.private_notes(MIA) == [messages.anyone.IN_GROUP]
    assert scene.private_notes(TOM) == []
    assert [one for one in slack.messages(group) if one.bot_id] == []
    assert WORD not in await _stored(scene)


async def test_whoever_is_refused_is_so_in_a_group_message_too_and_apps_in_silence(scene: Scene) -> None:
    slack = scene.world.slack
    group = slack.workspace.group_dm_of([GUS, ROBOT])

    for who, through in ((GUS, None), (ROBOT, "B0OTHER00")):
        await slack.say(who, group, f"<@{slack.bot_user_id}> {WORD}", formatted=True, through=through)
    await scene.settled()

    assert scene.private_notes(GUS) == [SAID[GUS]]
    assert scene.private_notes(ROBOT) == []


# Deactivated accounts that Slack has told of.


async def test_what_comes_late_from_a_deactivated_account_is_not_answered(scene: Scene) -> None:
    slack = scene.world.slack
    await slack.change_profile(MIA, deleted=True)

    await scene.ask(CONFIDENT)
    await scene.settled()

    assert scene.world.uppzy.asked == []
    assert await scene.count("conversations") == 0
    assert slack.calls_of("chat.postMessage") == slack.calls_of("chat.postEphemeral") == []


async def test_nothing_is_sent_to_a_deactivated_account_and_the_agents_are_told(scene: Scene) -> None:
    slack = scene.world.slack
    await scene.ask(UNKNOWN)
    await scene.press_card("claim")
    before = _posts_to(scene, MIA)
    await slack.change_profile(MIA, deleted=True)

    await scene.write_in_thread("Have you tried the other one?")
    files = [File(name="form.pdf", content=b"%PDF")]
    await slack.say(ADA, HANDOFF_CHANNEL, "The form", scene.card.ts, files=files)
    await scene.settled()

    assert _posts_to(scene, MIA) == before
    assert len([one for one in scene.handoff_thread if "deactivated" in one.text]) == 1
    assert await scene.count("alarms") == 0


async def test_who_is_back_is_helped_though_nothing_told_of_it(scene: Scene) -> None:
    await scene.world.slack.change_profile(MIA, deleted=True)
    scene.world.slack.workspace.set_active(MIA, active=True)

    root = await scene.ask(CONFIDENT)

    assert "password.example.com" in str(scene.answer(root).blocks)


def _posts_to(scene: Scene, who: str) -> int:
    dm = scene.world.slack.dm_of(who)
    methods = ("chat.postMessage", "chat.update", "files.completeUploadExternal")
    calls = [call for method in methods for call in scene.world.slack.calls_of(method)]
    return len([call for call in calls if dm in (call.args.get("channel"), call.args.get("channel_id"))])


async def _first_answer(scene: Scene) -> str:
    def read(tx: Transaction) -> str:
        return str(tx.connection.exec_driver_sql("SELECT id FROM answers").scalar_one())

    return await scene.bot.store.read(read)
