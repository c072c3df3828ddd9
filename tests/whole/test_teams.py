"""The whole desk on Microsoft Teams: signed activities in, calls of the connector, rows and tickets out."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import aiohttp
import pytest
from pydantic import SecretStr

from bot.app import Outside, RunningBot
from bot.call_rates import Rate
from bot.errors import CredentialError, SettingsError
from bot.helpdesk.model.relay import DeliveryReceipt
from bot.teams.outbound import REACTIONS
from bot.teams.rate_limiter import RATES, Budget, TeamsLimits
from sandbox.slack import LocalSlack
from sandbox.teams import GUEST, ChannelMembership, LocalTeams, RecordedCall, TeamsFile, TeamsMessage
from sandbox.uppzy import LocalUppzy
from sandbox.world import ADA as SLACK_ADA
from sandbox.world import (
    HANDOFF_CHANNEL,
    NO_SLACK,
    TEAMS_ADA,
    TEAMS_CHANNEL,
    TEAMS_MIA,
    TEAMS_TEAM,
    TEAMS_TOM,
    LocalWorld,
    local_settings,
    populate,
    populate_teams,
    teams_environment,
)
from sandbox.world import MIA as SLACK_MIA
from tests.deadlines import HUNG
from tests.policies import with_handoff_rules
from tests.whole.conftest import NOBODY_LISTED, QUICK, UNLIMITED
from tests.whole.scene import CONFIDENT, PERSON

pytestmark = pytest.mark.both_engines

MIA, ADA = TEAMS_MIA, TEAMS_ADA
# People in tests do more in a second than Teams allows; the limits have tests of their own.
FAST = Rate(burst=10_000, per_second=10_000.0)
NOT_AN_AGENT = "Only members of the handoff channel can do that."
PARTNER = "00000000-a000-4000-8000-00000000006a"
OTHER_TENANT = "00000000-c000-4000-8000-00000000000b"
GUS = "00000000-a000-4000-8000-00000000005a"


@dataclass(slots=True)
class TeamsScene:
    """A running bot at the local Teams, and what people do and see there."""

    world: LocalWorld
    teams: LocalTeams
    bot: RunningBot

    async def settled(self) -> None:
        """Waits until nothing is due."""
        await self.bot.runner.idle()

    async def ask(self, text: str, *, who: str = MIA) -> str:
        """Sends a message in the personal chat; returns its id once everything that follows is done."""
        delivery = await self.teams.dm(who, text)
        assert delivery.ok, delivery
        await self.settled()
        return delivery.message

    def told(self, who: str = MIA) -> list[TeamsMessage]:
        """Returns the messages of the bot in a personal chat."""
        return [one for one in self.teams.messages(self.teams.chat_of(who)) if not one.sender and not one.is_deleted]

    def texts(self, who: str = MIA) -> str:
        """Returns the texts of the bot in a personal chat, one a line, those on cards included."""
        return "\n".join(one.text or str(one.card) for one in self.told(who))

    @property
    def card(self) -> TeamsMessage:
        """The only card in the handoff channel."""
        (card,) = [one for one in self.teams.messages(TEAMS_CHANNEL) if one.card is not None and not one.is_deleted]
        return card

    def thread(self) -> list[TeamsMessage]:
        """Returns the messages below the card."""
        return self.teams.messages(TEAMS_CHANNEL, self.card.id)[1:]

    def reactions(self, message: str) -> list[str]:
        """Returns the reactions to a message in the handoff channel."""
        found = self.teams.message(TEAMS_CHANNEL, message)
        return [] if found is None else [name for name, people in found.reactions.items() if people]

    def thread_texts(self) -> str:
        return "\n".join(one.text or str(one.card) for one in self.thread())

    async def rows(self, table: str, where: str = "1=1") -> int:
        """Returns the number of rows that match."""
        statement = f"SELECT count(*) FROM {table} WHERE {where}"
        return await self.bot.store.read(lambda tx: int(tx.connection.exec_driver_sql(statement).scalar() or 0))

    async def error_of(self, kind: str) -> str:
        """Returns the error of the only effect of a kind."""
        statement = f"SELECT error FROM effects WHERE kind = '{kind}'"
        return await self.bot.store.read(lambda tx: str(tx.connection.exec_driver_sql(statement).scalar_one()))

    async def until(self, table: str, where: str) -> None:
        """Waits until a row matches. For work that is retried later, which `settled` does not wait for."""
        async with asyncio.timeout(HUNG):
            while not await self.rows(table, where):  # noqa: ASYNC110 - the database raises no event
                await asyncio.sleep(0.01)

    async def ask_only(self, text: str, *, who: str = MIA) -> None:
        """Sends a message without waiting for what follows."""
        assert (await self.teams.dm(who, text)).ok

    async def press_only(self, verb: str, *, who: str = ADA) -> None:
        """Presses a button of the card without waiting for what follows."""
        assert (await self.teams.execute(who, TEAMS_CHANNEL, self.card.id, verb, {})).ok

    async def forge(self, verb: str, *, who: str) -> None:
        """Sends a press that Teams' own clients would not let this person make."""
        card = self.card
        assert card.card is not None
        data = next(one["data"] for one in card.card["actions"] if one.get("verb") == verb)
        action = {"type": "Action.Execute", "id": "", "verb": verb, "data": data}
        invoke = self.teams.writer.invoke(card, who, "adaptiveCard/action", {"action": action, "trigger": "manual"})
        assert (await self.teams.deliver(invoke)).ok
        await self.settled()

    async def press(self, verb: str, *, who: str = ADA, **inputs: str) -> str:
        """Presses a button of the card; returns the note that the person sees."""
        delivery = await self.teams.execute(who, TEAMS_CHANNEL, self.card.id, verb, inputs)
        assert delivery.ok, delivery
        await self.settled()
        return delivery.note

    async def reply(self, text: str, *, who: str = ADA) -> str:
        """Writes below the card; returns the id of the message."""
        delivery = await self.teams.say(who, TEAMS_CHANNEL, text, self.card.id)
        assert delivery.ok, delivery
        await self.settled()
        return delivery.message


@contextlib.asynccontextmanager
async def _teams_world(database_url: str, policy: Path, *, with_slack: bool = False) -> AsyncIterator[LocalWorld]:
    async with LocalTeams() as teams, LocalSlack() as slack, LocalUppzy() as uppzy:
        teams.throttle.is_on = False
        populate_teams(teams)
        populate(slack)
        more = {"POLICY_FILE": str(policy), **teams_environment(teams), **({} if with_slack else NO_SLACK)}
        yield LocalWorld(
            slack=slack,
            uppzy=uppzy,
            settings=local_settings(slack, uppzy, database_url, more),
            outside=Outside(
                timeouts=QUICK,
                slack_limits=UNLIMITED,
                teams_limits=TeamsLimits(rates=dict.fromkeys(Budget, (FAST,)), all=FAST),
                people=NOBODY_LISTED,
                stop_timeout=0.2,
            ),
            teams=teams,
        )


@contextlib.asynccontextmanager
async def _running(world: LocalWorld) -> AsyncIterator[TeamsScene]:
    assert world.teams is not None
    async with world.bot() as bot:
        yield TeamsScene(world, world.teams, bot)


@pytest.fixture
async def at_teams(database_url: str, policy: Path) -> AsyncIterator[LocalWorld]:
    """The stand-ins, and the settings of a bot on Teams alone."""
    async with _teams_world(database_url, policy) as world:
        yield world


async def test_a_question_is_answered_with_the_label_of_an_assistant_and_thumbs(at_teams: LocalWorld) -> None:
    async with _running(at_teams) as scene:
        await scene.ask(CONFIDENT)

        [answer] = scene.told()
        assert answer.is_ai_labelled
        assert answer.has_thumbs
        assert [one["title"] for one in answer.suggestions] == ["Talk to a person"]
        assert [conversation for conversation, _ in scene.teams.workspace.typing] == [scene.teams.chat_of(MIA)]


async def test_a_request_goes_from_a_dislike_to_its_resolution(at_teams: LocalWorld) -> None:
    async with _running(at_teams) as scene:
        await scene.ask(CONFIDENT)
        [answer] = scene.told()

        # One press brings the verdict and its reason, and hands over.
        pressed = await scene.teams.thumbs(MIA, scene.teams.chat_of(MIA), answer.id, "dislike", "too vague")
        assert pressed.ok
        await scene.settled()
        assert await scene.rows("verdicts", "rating = 'bad' AND reason = 'too vague'") == 1
        assert "asked a colleague to take over" in scene.texts()
        assert "not helpful" in str(scene.card.card)

        # The press is acknowledged at once; who may act is asked afterwards.
        assert await scene.press("claim") == "Got it."
        assert "Ada" in scene.texts().rpartition("asked a colleague")[2]
        reply = await scene.reply("Have you tried the other device?")
        assert "Have you tried the other device?" in scene.texts()
        assert scene.reactions(reply) == ["1f4e8_incomingenvelope"]

        note = await scene.reply("note: she has asked twice")
        assert scene.reactions(note) == ["1f512_lock"]
        await scene.ask("I have no other device")
        assert "she has asked twice" not in scene.texts()
        assert "I have no other device" in scene.thread_texts()

        await scene.press("resolve", outcome="solved", words="Bring your phone to the desk.")
        assert "Bring your phone to the desk." in scene.texts()
        assert await scene.rows("handoffs", "state = 'resolved'") == 1
        assert await scene.rows("local_tickets", "status = 'solved'") == 1


@pytest.mark.parametrize("asks", ["in words", "by the suggestion"])
async def test_a_person_can_be_asked_for_in_words_and_by_the_suggestion(at_teams: LocalWorld, asks: str) -> None:
    async with _running(at_teams) as scene:
        await scene.ask(CONFIDENT)
        [answer] = scene.told()

        if asks == "in words":
            await scene.ask(PERSON)
        else:
            assert (await scene.teams.press_suggestion(MIA, answer.id, "Talk to a person")).ok
            await scene.settled()

        assert CONFIDENT in str(scene.card.card)
        assert await scene.rows("handoffs", "surface = 'teams' AND state = 'open'") == 1


async def test_only_those_in_the_team_act_and_a_guest_is_none_of_them(at_teams: LocalWorld) -> None:
    async with _running(at_teams) as scene:
        scene.teams.add_user(GUS, "Gus", "gus@partner.example", role=GUEST)
        scene.teams.workspace.teams[TEAMS_TEAM].members[GUS] = GUEST
        await scene.ask(PERSON)

        for who in (TEAMS_TOM, GUS):
            await scene.forge("claim", who=who)

        assert await scene.rows("handoffs", "state = 'open'") == 1
        assert NOT_AN_AGENT in scene.texts(TEAMS_TOM)
        assert NOT_AN_AGENT in scene.texts(GUS)
        await scene.press("claim")
        assert await scene.rows("handoffs", "state = 'claimed'") == 1


async def test_a_restart_in_the_middle_loses_nothing(at_teams: LocalWorld) -> None:
    async with _running(at_teams) as scene:
        await scene.ask(PERSON)
        await scene.press("claim")

    # What was learnt of people and places is kept.
    async with _running(at_teams) as scene:
        await scene.reply("I am on it.")
        assert "I am on it." in scene.texts()
        await scene.ask("Thank you!")
        await scene.press("resolve", outcome="solved", words="Done.")
        assert await scene.rows("handoffs", "state = 'resolved'") == 1


@pytest.mark.parametrize("gone", ["removed", "blocked"])
async def test_somebody_who_removed_or_blocked_the_app_is_named_as_that_to_the_agents(
    at_teams: LocalWorld, gone: str
) -> None:
    async with _running(at_teams) as scene:
        await scene.ask(PERSON)
        await scene.press("claim")
        if gone == "removed":
            await scene.teams.uninstall(MIA)
        else:
            scene.teams.block(MIA)
        await scene.settled()
        before = len(scene.teams.calls_of("post"))

        await scene.reply("Are you there?")

        assert "has removed or blocked the app in Teams" in scene.thread_texts()
        to_mia = [one for one in scene.teams.calls_of("post")[before:] if one.conversation == scene.teams.chat_of(MIA)]
        assert 1 <= len(to_mia) <= 3
        assert await scene.rows("teams_people", f"id = '{MIA}' AND NOT reachable") == 1


async def test_what_agents_wrote_in_a_thread_while_the_desk_was_off_is_read_back(at_teams: LocalWorld) -> None:
    teams = at_teams.teams
    assert teams is not None
    async with _running(at_teams) as scene:
        await scene.ask(PERSON)
        await scene.press("claim")
        await scene.reply("I am on it.")
        card = scene.card.id
    await teams.say(ADA, TEAMS_CHANNEL, "First, restart it.", card)
    gone = await teams.say(ADA, TEAMS_CHANNEL, "Throw it away.", card)
    await teams.delete(ADA, TEAMS_CHANNEL, gone.message)
    await teams.say(ADA, TEAMS_CHANNEL, "Then, call me.", card)

    async with _running(at_teams) as scene:
        await scene.bot.catch_up()
        await scene.settled()
        # A second round finds nothing new.
        await scene.bot.catch_up()
        await scene.settled()

        said = scene.texts()
        assert said.count("I am on it.") == said.count("First, restart it.") == said.count("Then, call me.") == 1
        assert said.index("First, restart it.") < said.index("Then, call me.")
        assert "Throw it away." not in said


async def test_a_lookup_made_in_the_channel_while_the_desk_was_off_is_answered(at_teams: LocalWorld) -> None:
    teams = at_teams.teams
    assert teams is not None
    async with _running(at_teams) as scene:
        await scene.ask(PERSON)
        await scene.press("claim")
    asked = await teams.say(ADA, TEAMS_CHANNEL, "<at>Help Desk</at> HD-1")

    async with _running(at_teams) as scene:
        await scene.bot.catch_up()
        await scene.settled()

        answers = scene.teams.messages(TEAMS_CHANNEL, asked.message)[1:]
        assert "HD-1" in "".join(one.text or str(one.card) for one in answers)


async def test_without_the_permission_it_is_said_once_and_all_else_works(
    at_teams: LocalWorld, caplog: pytest.LogCaptureFixture
) -> None:
    teams = at_teams.teams
    assert teams is not None
    async with _running(at_teams) as scene:
        await scene.ask(PERSON)
        await scene.press("claim")
        card = scene.card.id
    teams.workspace.teams[TEAMS_TEAM].reads_all = False
    await teams.say(ADA, TEAMS_CHANNEL, "First, restart it.", card)

    async with _running(at_teams) as scene:
        await scene.bot.catch_up()
        await scene.bot.catch_up()
        await scene.reply("<at>Help Desk</at> Then, call me.")

        assert "Then, call me." in scene.texts()
        assert "First, restart it." not in scene.texts()
    assert [one.message for one in caplog.records].count("channel_not_readable") == 1


async def test_words_in_doubt_are_repeated_once_and_no_more(at_teams: LocalWorld) -> None:
    async with _running(at_teams) as scene:
        scene.teams.faults.http_error("post", status=502, after_effect=True, times=None, when=_is_message)

        await scene.ask(CONFIDENT)
        await scene.until("effects", "kind = 'PostMessage:AnswerPart' AND state = 'failed'")

        assert len(scene.told()) == 2
        assert "unconfirmed" in await scene.error_of("PostMessage:AnswerPart")


async def test_a_part_that_is_posted_for_sure_is_not_posted_again(at_teams: LocalWorld) -> None:
    async with _running(at_teams) as scene:
        await scene.ask(PERSON)
        await scene.press("claim")
        before, chat, posted = len(scene.told()), scene.teams.chat_of(MIA), 0

        def is_second(call: RecordedCall) -> bool:
            nonlocal posted
            posted += call.conversation == chat
            return call.conversation == chat and posted == 2

        scene.teams.faults.throttled("post", retry_after=0, when=is_second)
        words = " ".join(f"word-{number}" for number in range(2_800))
        assert (await scene.teams.say(ADA, TEAMS_CHANNEL, words, scene.card.id)).ok
        await scene.until("effects", "kind = 'PostMessage:AgentMessage' AND state = 'done'")

        relayed = " ".join(one.text for one in scene.told()[before:])
        assert len(scene.told()) - before > 1
        assert [relayed.count(f"word-{number} ") for number in (0, 1_400, 2_798)] == [1, 1, 1]


async def test_a_card_in_doubt_is_found_in_the_channel_by_its_key(at_teams: LocalWorld) -> None:
    async with _running(at_teams) as scene:
        # With the first press the channel and its team are known.
        await scene.ask(PERSON, who=TEAMS_TOM)
        await scene.press("claim")
        first = scene.card.id
        scene.teams.faults.http_error("create", status=504, after_effect=True)

        await scene.ask_only(PERSON)
        await scene.until("effects", "kind = 'PostMessage:Card' AND state = 'done' AND attempts > 1")

        _, card = scene.teams.messages(TEAMS_CHANNEL)
        assert card.id != first
        assert await scene.rows("handoffs", f"thread = '{card.id}'") == 1


@pytest.mark.parametrize("pressed", [0, 1])
async def test_a_thumb_counts_under_either_of_two_messages_with_one_answer(at_teams: LocalWorld, pressed: int) -> None:
    async with _running(at_teams) as scene:
        scene.teams.faults.http_error("post", status=502, after_effect=True, when=_is_message)
        await scene.ask_only(CONFIDENT)
        await scene.until("effects", "kind = 'PostMessage:AnswerPart' AND state = 'done'")
        await scene.ask("How do I print?")
        shown = [one for one in scene.told() if one.has_thumbs]
        assert shown[0].text == shown[1].text != shown[2].text

        assert (await scene.teams.thumbs(MIA, scene.teams.chat_of(MIA), shown[pressed].id, "like")).ok
        await scene.settled()

        rated = f"answer_id IN (SELECT id FROM answers WHERE posted = '{shown[1].id}') AND rating = 'good'"
        assert await scene.rows("verdicts", rated) == 1


async def test_agents_learn_of_the_employees_words_that_could_not_be_confirmed(at_teams: LocalWorld) -> None:
    async with _running(at_teams) as scene:
        await scene.ask(PERSON)
        relayed = scene.teams.faults.http_error(
            "post", status=502, times=None, when=lambda call: "It quuxes." in str(call.body)
        )

        await scene.ask_only("It quuxes.")
        await scene.until("effects", "kind = 'PostMessage:EmployeeMessage' AND state = 'failed'")
        scene.teams.faults.clear(relayed)
        await scene.settled()

        roots = scene.teams.messages(TEAMS_CHANNEL)
        assert any("a message didn't reach the team" in f"{one.text}{one.card}" for one in roots)


async def test_one_receipt_takes_the_place_of_another_within_the_limit_of_reactions(
    database_url: str, tmp_path: Path
) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text(with_handoff_rules("relay_delay_seconds = 0.1"), encoding="utf-8")
    async with _teams_world(database_url, policy) as world:
        # As many at once as in production, and the next one soon.
        limits = TeamsLimits(rates={**RATES, Budget.REACTIONS: (Rate(burst=1, per_second=20.0),)})
        world.outside = replace(world.outside, teams_limits=limits)
        async with _running(world) as scene:
            await scene.ask(PERSON)
            await scene.press("claim")

            reply = await scene.reply("Which printer?")
            done = "SELECT count(*) FROM effects WHERE kind = 'ShowReceipt' AND state = 'done'"
            await scene.until("effects", f"({done}) = 2")

            shown = scene.teams.message(TEAMS_CHANNEL, reply)
            assert shown is not None
            assert list(shown.reactions) == [REACTIONS[DeliveryReceipt.SENT]]


async def test_a_card_in_doubt_is_found_by_a_press(at_teams: LocalWorld) -> None:
    async with _running(at_teams) as scene:
        scene.teams.faults.http_error("create", status=504, after_effect=True)
        await scene.ask_only(PERSON)
        await scene.teams.wait_for(lambda: scene.teams.messages(TEAMS_CHANNEL))

        await scene.press_only("claim")
        await scene.until("effects", "kind = 'PostMessage:Card' AND state = 'done'")
        await scene.settled()

        assert "Claimed" in str(scene.card.card)
        assert await scene.rows("handoffs", f"state = 'claimed' AND thread = '{scene.card.id}'") == 1


async def test_the_original_words_are_revealed_in_the_agents_own_chat(at_teams: LocalWorld) -> None:
    async with _running(at_teams) as scene:
        await scene.ask("My password is Vermilion-Otter-77, why does it fail? I want to talk to a person")
        assert "Vermilion-Otter-77" not in str(scene.card.card)

        await scene.press("reveal")

        assert "Vermilion-Otter-77" in scene.texts(ADA)
        assert "Vermilion-Otter-77" not in str(scene.card.card)
        assert await scene.rows("audit", "act = 'revealed'") == 1


async def test_home_shows_an_employee_their_requests_and_an_agent_the_queue(at_teams: LocalWorld) -> None:
    async with _running(at_teams) as scene:
        await scene.ask(PERSON)

        await scene.ask("home")
        await scene.ask("home", who=ADA)

        assert "HD-1" in str(scene.told()[-1].card)
        queue = str(scene.told(ADA)[-1].card)
        assert "Unclaimed" in queue
        assert "· Mia" in queue


async def test_a_mention_with_an_id_alone_is_looked_up_in_the_thread(at_teams: LocalWorld) -> None:
    async with _running(at_teams) as scene:
        await scene.ask(PERSON)

        await scene.reply("<at>Help Desk</at> HD-1")
        assert "HD-1" in scene.thread_texts()
        assert "HD-1" not in scene.texts().rpartition("asked a colleague")[2].partition("HD-1")[2]

        await scene.press("show_ids")
        assert "HD-1" in scene.texts(ADA)


async def test_edits_and_deletions_are_carried_on(at_teams: LocalWorld) -> None:
    async with _running(at_teams) as scene:
        await scene.ask(PERSON)
        await scene.press("claim")
        reply = await scene.reply("Try the red button.")

        assert (await scene.teams.edit(ADA, TEAMS_CHANNEL, reply, "Try the green button.")).ok
        await scene.settled()
        assert "green button" in scene.texts()
        assert "red button" not in scene.texts()

        assert (await scene.teams.delete(ADA, TEAMS_CHANNEL, reply)).ok
        await scene.settled()
        assert "green button" not in scene.texts()


async def test_files_of_an_employee_reach_the_agents_by_link_and_name(at_teams: LocalWorld) -> None:
    async with _running(at_teams) as scene:
        await scene.ask(PERSON)
        files = [TeamsFile(name="log.txt", content=b"a line"), TeamsFile(name="", content=b"i", mimetype="image/png")]

        assert (await scene.teams.dm(MIA, "This is the log.", files=files)).ok
        await scene.settled()

        said = scene.thread_texts()
        assert "This is the log." in said
        assert "/log.txt)" in said
        assert "image.png" in said


async def test_the_installation_is_greeted(at_teams: LocalWorld) -> None:
    async with _running(at_teams) as scene:
        await scene.teams.install(MIA)
        await scene.settled()

        assert len(scene.told()) == 1


async def test_throttled_and_refused_calls_post_nothing_twice(at_teams: LocalWorld) -> None:
    async with _running(at_teams) as scene:
        scene.teams.faults.throttled("post", retry_after=0, when=_is_message)
        scene.teams.faults.refused("post", status=412, when=_is_message)

        await scene.ask_only(CONFIDENT)
        await scene.until("effects", "kind = 'PostMessage:AnswerPart' AND state = 'done'")

        assert len(scene.told()) == 1


async def test_of_two_cards_the_one_that_is_not_recorded_is_deleted_by_a_press(at_teams: LocalWorld) -> None:
    at_teams.outside = replace(at_teams.outside, timeouts=replace(QUICK, card_doubt=0.0))
    async with _running(at_teams) as scene:
        scene.teams.faults.http_error("create", status=502, after_effect=True)
        await scene.ask_only(PERSON)
        await scene.until("effects", "kind = 'PostMessage:Card' AND state = 'done'")
        first, second = scene.teams.messages(TEAMS_CHANNEL)

        assert (await scene.teams.execute(ADA, TEAMS_CHANNEL, first.id, "claim", {})).ok
        await scene.settled()

        assert scene.card.id == second.id
        assert "Claimed" in str(scene.card.card)


async def test_it_is_ready_once_it_has_a_token(at_teams: LocalWorld) -> None:
    assert at_teams.teams is not None
    at_teams.teams.faults.http_error("token", status=503, times=None)
    async with at_teams.bot() as bot:
        before = await _readiness(bot.url)
    at_teams.teams.faults.clear()
    async with at_teams.bot() as bot:
        after = await _readiness(bot.url)

    assert before == (503, {"status": "no access token for Teams"})
    assert after == (200, {"status": "ready"})


async def test_a_channel_that_people_of_another_company_read_is_refused(at_teams: LocalWorld) -> None:
    assert at_teams.teams is not None
    at_teams.teams.add_user(PARTNER, "Pat", "pat@partner.example", tenant_id=OTHER_TENANT)
    at_teams.teams.add_channel(
        TEAMS_CHANNEL, "Handoffs", TEAMS_TEAM, membership=ChannelMembership.SHARED, outsiders=[PARTNER]
    )

    with pytest.raises(SettingsError, match="TEAMS_HANDOFF_CHANNEL"):
        async with at_teams.bot():
            pass


async def test_a_wrong_secret_keeps_the_desk_from_starting(at_teams: LocalWorld) -> None:
    at_teams.settings = at_teams.settings.model_copy(update={"teams_app_password": SecretStr("wrong")})

    with pytest.raises(CredentialError):
        async with at_teams.bot():
            pass


async def _readiness(url: str) -> tuple[int, dict[str, str]]:
    async with aiohttp.ClientSession() as session, session.get(f"{url}/readyz") as response:
        return response.status, await response.json()


@pytest.fixture
async def at_both(database_url: str, policy: Path, tmp_path: Path) -> AsyncIterator[LocalWorld]:
    """The stand-ins, and the settings of a bot on Slack and on Teams."""
    async with _teams_world(database_url, policy, with_slack=True) as world:
        yield world


async def test_each_surface_hands_over_on_its_own_without_a_channel_in_the_rule(at_both: LocalWorld) -> None:
    async with _running(at_both) as scene:
        await scene.ask(PERSON)
        assert (await at_both.slack.dm(SLACK_MIA, PERSON)).ok
        await scene.settled()

        assert len(at_both.cards) == 1
        assert scene.card.card is not None
        assert (
            await scene.rows("handoffs", "surface = 'slack'") == await scene.rows("handoffs", "surface = 'teams'") == 1
        )


async def test_employees_on_teams_are_helped_by_agents_on_slack(database_url: str, tmp_path: Path) -> None:
    policy = _rules_to(HANDOFF_CHANNEL, tmp_path)
    async with _teams_world(database_url, policy, with_slack=True) as world, _running(world) as scene:
        await scene.ask(PERSON)
        [card] = world.cards
        # A mention of somebody from Teams would mean nothing in Slack.
        assert "Mia" in str(card.blocks)
        assert MIA not in str([block for block in card.blocks if block["type"] != "actions"])

        assert (await world.slack.press(SLACK_ADA, HANDOFF_CHANNEL, card.ts, "handoff_claim", None)).ok
        await scene.settled()
        assert (await world.slack.say(SLACK_ADA, HANDOFF_CHANNEL, "Which printer?", card.ts)).ok
        await scene.settled()
        assert "Which printer?" in scene.texts()
        assert "Ada" in scene.texts()
        assert SLACK_ADA not in scene.texts()

        await scene.ask("The one downstairs")
        assert "The one downstairs" in str([one.text for one in world.thread(HANDOFF_CHANNEL, card.ts)])


async def test_employees_on_slack_are_helped_by_agents_on_teams(database_url: str, tmp_path: Path) -> None:
    policy = _rules_to(TEAMS_CHANNEL, tmp_path)
    async with _teams_world(database_url, policy, with_slack=True) as world, _running(world) as scene:
        asked = await world.slack.dm(SLACK_MIA, PERSON)
        await scene.settled()
        assert "Mia" in str(scene.card.card)
        assert SLACK_MIA not in str(scene.card.card)

        await scene.press("claim")
        await scene.reply("Which printer?")
        said = str([one.text for one in world.thread(world.slack.dm_of(SLACK_MIA), asked.ts)])
        assert "Which printer?" in said
        assert "Ada" in said
        assert ADA not in said

        assert (await world.slack.dm(SLACK_MIA, "The one downstairs", asked.ts)).ok
        await scene.settled()
        assert "The one downstairs" in scene.thread_texts()


def _rules_to(channel: str, folder: Path) -> Path:
    """Returns a policy all of whose rules hand over in this channel."""
    path = folder / "everything.toml"
    rules = with_handoff_rules("relay_delay_seconds = 0").replace("[[rule]]", f'[[rule]]\nchannel = "{channel}"')
    path.write_text(rules.replace('# channel = "C0123ABCD"', ""), encoding="utf-8")
    return path


def _is_message(call: RecordedCall) -> bool:
    return call.body.get("type") == "message"


async def test_an_employee_begins_a_new_topic_and_closes_a_request_on_the_home(at_teams: LocalWorld) -> None:
    async with _running(at_teams) as scene:
        await scene.teams.install(MIA)
        await scene.settled()
        assert "I'm the help desk's assistant" in scene.texts()

        await scene.ask(CONFIDENT)
        await scene.ask("new")
        await scene.ask("How do I print?")
        assert await scene.rows("conversations") == 2

        await scene.ask(PERSON)
        await scene.ask("new")
        assert "is still open" in scene.told()[-1].text
        await scene.ask("home")
        home = scene.told()[-1]
        assert PERSON in str(home.card)
        assert (await scene.teams.execute(MIA, scene.teams.chat_of(MIA), home.id, "close_request", {})).ok
        await scene.settled()
        assert await scene.rows("handoffs", "state = 'resolved'") == 1
        assert "Closed by you" in str(scene.told())


async def test_agents_reveal_assign_look_up_and_send_an_edited_draft(at_teams: LocalWorld) -> None:
    async with _running(at_teams) as scene:
        await scene.ask(CONFIDENT)
        await scene.ask(PERSON)

        await scene.press("assign", assignee=ADA)
        assert "Claimed by Ada" in str(scene.card.card)
        await scene.press("reveal")
        assert CONFIDENT in scene.texts(ADA)
        assert CONFIDENT not in scene.thread_texts()

        await scene.reply("ask: how do I print?")
        draft = scene.thread()[-1]
        edited = await scene.teams.execute(ADA, TEAMS_CHANNEL, draft.id, "edit_draft", {"words": "Use **FollowMe**."})
        assert edited.ok
        await scene.settled()
        assert "Use **FollowMe**." in scene.told()[-1].text

        assert (await scene.teams.say(ADA, TEAMS_CHANNEL, "<at>Help Desk</at> HD-1", scene.card.id)).ok
        await scene.settled()
        assert "**Handoff HD-1**" in scene.thread()[-1].text
        assert "HD-1" not in scene.told()[-1].text


async def test_an_undone_deletion_is_carried_on(at_teams: LocalWorld) -> None:
    async with _running(at_teams) as scene:
        chat = scene.teams.chat_of(MIA)
        await scene.ask(CONFIDENT)
        await scene.ask(PERSON)
        await scene.press("claim")

        written = await scene.ask("My laptop is old")
        reply = await scene.reply("Try that")
        copy = scene.thread()[-2]
        await scene.teams.delete(MIA, chat, written)
        await scene.teams.delete(ADA, TEAMS_CHANNEL, reply)
        await scene.settled()
        assert copy.text == "*Mia has deleted this message*"
        assert "Try that" not in scene.texts()

        await scene.teams.undelete(MIA, chat, written)
        await scene.teams.undelete(ADA, TEAMS_CHANNEL, reply)
        await scene.settled()
        assert copy.text == "**Mia (edited)**\n\nMy laptop is old"
        assert "Try that" in scene.told()[-1].text


async def test_a_question_whose_deletion_is_undone_is_asked_again(at_teams: LocalWorld) -> None:
    async with _running(at_teams) as scene:
        chat = scene.teams.chat_of(MIA)
        at_teams.uppzy.hold()
        asked = (await scene.teams.dm(MIA, CONFIDENT)).message
        await scene.teams.delete(MIA, chat, asked)
        await scene.until("questions", "state = 'stopped'")

        at_teams.uppzy.release()
        await scene.teams.undelete(MIA, chat, asked)
        await scene.until("questions", "state = 'answered'")
        await scene.settled()

        assert "You can reset your password" in scene.told()[-1].text


async def test_an_agent_who_writes_before_a_claim_is_asked_in_their_own_chat(at_teams: LocalWorld) -> None:
    async with _running(at_teams) as scene:
        await scene.ask(CONFIDENT)
        await scene.ask(PERSON)

        await scene.reply("Have you tried it?")
        [asked] = scene.told(ADA)
        assert "is unclaimed" in str(asked.card)
        assert (await scene.teams.execute(ADA, scene.teams.chat_of(ADA), asked.id, "claim_and_send", {})).ok
        await scene.settled()

        assert "Have you tried it?" in scene.told()[-1].text
        assert "Claimed by Ada" in str(scene.card.card)
        assert scene.told(ADA) == []
