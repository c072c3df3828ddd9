"""The stories of a handoff once more, with the bot killed in the middle of each and started again.

The real bot runs in its own process and is ended by SIGKILL while it handles somebody's act. The stories share one
database, one after the other.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pytest_asyncio

from bot.helpdesk.model.history import TimelineEvent
from sandbox.slack import File, LocalSlack, Message
from sandbox.uppzy import Endpoint, LocalUppzy, dropped, slow
from sandbox.world import ADA, BEN, HANDOFF_CHANNEL, MIA, TOM, LocalWorld, local_settings, populate
from tests.bot_process import BotProcess, jobs_left, rows
from tests.chaos.bot import COMMAND
from tests.deadlines import HUNG
from tests.english import messages
from tests.policies import with_handoff_rules
from tests.whole.scene import CONFIDENT, NOT_AN_AGENT, UNKNOWN, Stage

pytestmark = pytest.mark.asyncio(loop_scope="module")

AT_ONCE = "relay_delay_seconds = 0"
UNDO = "relay_delay_seconds = 60"
TARGETS = f"{AT_ONCE}\nremind_before_minutes = 0\n[handoff.minutes_to_reply]\nnormal = 1\nhigh = 1\n"
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
PAPER = File(name="invoice.pdf", content=b"%PDF-1.7", mimetype="application/pdf")


@dataclass(slots=True)
class Killed(Stage):
    """A stage whose bot is a process that can be killed. Each story is about the latest card."""

    process: BotProcess
    database_url: str
    policy: Path
    clock: Path
    ahead: float = field(default=0.0, init=False)

    async def kill(self, *, later: float = 0.0) -> None:
        """Kills the bot (SIGKILL) and starts it again, by its clock so many seconds later.

        In all it may not be five minutes ahead: it would refuse Slack's requests as too old.
        """
        await self.process.kill()
        self.ahead += later
        self.clock.write_text(str(self.ahead), encoding="utf-8")
        await self.process.start()

    async def follow(self, handoff_rules: str) -> None:
        """Restarts the bot with another [handoff] table in its policy."""
        _write_policy(self.policy, handoff_rules)
        await self.kill()

    async def settled(self) -> None:
        # First what Slack still delivers again: an event that is not stored yet leaves no job.
        await self.world.slack.settled()
        async with asyncio.timeout(HUNG):
            while await asyncio.to_thread(jobs_left, self.database_url):
                assert self.process.alive
                await asyncio.sleep(0.05)
        await self.world.slack.settled()

    @property
    def card(self) -> Message:
        return self.world.cards[-1]

    async def claimed(self) -> str:
        """Opens a handoff of Mia's and claims it as Ada; returns the root of Mia's thread."""
        root = await self.ask(UNKNOWN)
        await self.press_card("claim")
        return root

    async def presses(self, action: str, who: str) -> None:
        """Presses a button of the card without waiting for what follows."""
        delivery = await self.world.slack.press(who, HANDOFF_CHANNEL, self.card.ts, f"handoff_{action}")
        assert delivery.ok

    async def says(self, text: str, *files: File, who: str = ADA) -> str:
        """Writes in the handoff's thread without waiting for what follows; returns the ts."""
        delivery = await self.world.slack.say(who, HANDOFF_CHANNEL, text, self.card.ts, files=files)
        assert delivery.ok
        return delivery.ts

    async def writes(self, text: str, root: str | None = None) -> str:
        """Writes as Mia without waiting for what follows; returns the ts."""
        delivery = await self.world.slack.dm(MIA, text, root)
        assert delivery.ok
        return delivery.ts

    def signs(self, ts: str) -> list[str]:
        """Returns the reactions on a message in the handoff's thread."""
        message = self.world.slack.message(HANDOFF_CHANNEL, ts)
        assert message is not None
        return list(message.reactions)

    def heard(self, root: str) -> list[str]:
        """Returns the current texts of the agents' replies in the employee's thread."""
        replies = [reply for reply in self.replies(root) if "from the support team" in str(reply.blocks)]
        return [reply.text.split(": ", 1)[1] for reply in replies]

    def stored(self, column: str) -> object:
        """Returns a column of the latest handoff."""
        return rows(self.database_url, f"SELECT {column} FROM handoffs ORDER BY number DESC LIMIT 1")[0][0]


def _write_policy(path: Path, handoff_rules: str) -> None:
    path.write_text(with_handoff_rules(handoff_rules), encoding="utf-8")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Killed]:
    folder = tmp_path_factory.mktemp("killed")
    database_url, policy, clock = f"sqlite:///{folder / 'desk.db'}", folder / "policy.toml", folder / "clock"
    _write_policy(policy, AT_ONCE)
    async with LocalSlack(retry_delays=(0.3,) * 2000) as slack, LocalUppzy() as uppzy:
        populate(slack)
        process = BotProcess(
            slack, uppzy, folder, database_url, policy=policy, command=(*COMMAND, "--clock", str(clock))
        )
        slack.events_url = process.events_url
        world = LocalWorld(slack=slack, uppzy=uppzy, settings=local_settings(slack, uppzy, database_url))
        await process.start()
        try:
            yield Killed(world, process, database_url, policy, clock)
        finally:
            if process.alive:
                await process.kill()


@pytest_asyncio.fixture(loop_scope="module")
async def killed(desk: Killed) -> Killed:
    """The running bot, once all work of the story before is done."""
    if not desk.process.alive:
        await desk.process.start()
    await desk.settled()
    return desk


# Claims.


async def test_of_two_who_claim_one_has_it_and_the_other_is_told_who(killed: Killed) -> None:
    root = await killed.ask(UNKNOWN)

    await asyncio.gather(killed.presses("claim", ADA), killed.presses("claim", BEN))
    await killed.kill()
    await killed.settled()

    first, second = (ADA, BEN) if killed.stored("claim_by") == ADA else (BEN, ADA)
    assert f"Claimed by <@{first}>" in str(killed.card.blocks)
    assert (
        killed.private_notes(second)[-1] == f"Too late: <@{first}> has already claimed this. Press *Join* to reply too."
    )
    assert killed.texts(root).count("is helping you with") == 1


async def test_a_foreign_click_changes_nothing_and_is_explained(killed: Killed) -> None:
    await killed.ask(UNKNOWN)

    await killed.slip_in(killed.card, "handoff_claim", str(killed.stored("id")), who=TOM)
    await killed.kill()
    await killed.settled()

    assert killed.private_notes(TOM)[-1] == NOT_AN_AGENT
    assert (killed.stored("state"), killed.stored("claim_by")) == ("open", None)


async def test_what_is_handed_back_is_answered_by_the_assistant_again(killed: Killed) -> None:
    root = await killed.claimed()

    await killed.presses("hand_back", ADA)
    await killed.kill()
    await killed.settled()
    await killed.ask(CONFIDENT, thread=root)

    assert killed.texts(root).count("back to me, the assistant") == 1
    assert "password.example.com" in str(killed.replies(root)[-1].blocks)
    assert "Handed back" in str(killed.card.blocks)


async def test_who_writes_after_the_resolution_is_before_people_again(killed: Killed) -> None:
    root = await killed.claimed()
    await killed.resolve("Look behind the printer.")

    await killed.writes("It is not there", root)
    await killed.kill()
    await killed.settled()

    assert (killed.stored("state"), killed.stored("claim_by")) == ("open", None)
    assert sum("It is not there" in message.text for message in killed.handoff_thread) == 1
    assert sum(f"<@{ADA}>, the employee replied" in one.text for one in killed.handoff_thread) == 1
    assert killed.texts(root).count("The support team has your message") == 1


# Relayed messages.


async def test_an_internal_note_never_leaves(killed: Killed) -> None:
    root = await killed.claimed()

    notes = [await killed.says(text) for text in ("note: a secret", "// a secret")]
    notes.append(await killed.says("a secret of Ben", who=BEN))
    await killed.kill()
    await killed.says("Hello Mia")
    await killed.settled()

    assert killed.heard(root) == ["Hello Mia"]
    assert [killed.signs(note) for note in notes] == [["lock"]] * 3
    assert "secret" not in str(killed.world.slack.messages(killed.world.slack.dm_of(MIA)))


async def test_what_is_deleted_in_time_never_leaves_and_the_rest_does_once(killed: Killed) -> None:
    await killed.follow(UNDO)
    root = await killed.claimed()

    await killed.says("Hello Mia")
    oops = await killed.says("Oops")
    await killed.world.slack.delete(ADA, HANDOFF_CHANNEL, oops)
    await killed.kill(later=60.0)
    await killed.settled()

    assert killed.heard(root) == ["Hello Mia"]
    posts = [str(call.args) for call in killed.world.slack.calls_of("chat.postMessage")]
    assert [post for post in posts if "Oops" in post] == []
    await killed.follow(AT_ONCE)


async def test_a_reply_that_is_deleted_later_is_taken_back(killed: Killed) -> None:
    root = await killed.claimed()
    said = await killed.says("Wrong employee")
    await killed.settled()
    assert killed.heard(root) == ["Wrong employee"]

    # Slack performs the call, but the bot is killed before the response arrives.
    killed.world.slack.faults.delayed("chat.delete", seconds=5.0, after_effect=True)
    await killed.world.slack.delete(ADA, HANDOFF_CHANNEL, said)
    await killed.world.slack.wait_for(lambda: killed.heard(root) == [])
    await killed.kill()
    await killed.settled()

    assert killed.heard(root) == []
    assert _alarms(killed) == 0


async def test_a_reply_that_is_changed_reads_as_it_was_changed(killed: Killed) -> None:
    root = await killed.claimed()
    said = await killed.says("Press the rde button")
    await killed.settled()

    await killed.world.slack.edit(ADA, HANDOFF_CHANNEL, said, "Press the red button")
    await killed.kill()
    await killed.settled()

    assert killed.heard(root) == ["Press the red button"]


async def test_a_file_arrives_once_on_either_side(killed: Killed) -> None:
    root = await killed.claimed()

    await killed.says("", PAPER)
    await killed.world.slack.dm(MIA, "", root, files=[PAPER])
    await killed.kill()
    await killed.settled()

    shown = killed.replies(root), [message for message in killed.handoff_thread if message.bot_id]
    assert [[file.name for message in side for file in message.files] for side in shown] == [[PAPER.name]] * 2


async def test_a_reply_whose_post_slack_took_before_the_bot_died_is_not_sent_twice(killed: Killed) -> None:
    root = await killed.claimed()

    killed.world.slack.faults.delayed(
        "chat.postMessage", seconds=5.0, after_effect=True, when=lambda args: "Only once" in str(args)
    )
    said = await killed.says("Only once")
    await killed.world.slack.wait_for(lambda: killed.heard(root) == ["Only once"])
    await killed.kill()
    await killed.settled()

    assert killed.heard(root) == ["Only once"]
    assert killed.signs(said) == ["incoming_envelope"]


# Effects that wait for the card.


async def test_a_reveal_is_on_record_whatever_becomes_of_its_window(killed: Killed) -> None:
    await killed.ask(f"{UNKNOWN} My password is hunter2")
    handoff, windows = killed.stored("id"), len(killed.world.slack.views)

    await killed.presses("reveal", BEN)
    await killed.kill()
    await killed.settled()

    on_record = f"SELECT count(*) FROM timeline WHERE handoff_id = '{handoff}' AND event = '{TimelineEvent.REVEALED}'"
    assert rows(killed.database_url, on_record) == [(1,)]
    assert f"Last revealed to <@{BEN}>" in str(killed.card.blocks)
    assert len(killed.world.slack.views) > windows or killed.private_notes(BEN)[-1] == messages.anyone.FORM_TOO_LATE
    assert "hunter2" not in str(killed.world.slack.messages(HANDOFF_CHANNEL))


# Time.


async def test_a_reminder_comes_once(killed: Killed) -> None:
    await killed.follow(TARGETS)
    before = len(killed.world.cards)
    await killed.writes(UNKNOWN)
    await killed.world.slack.wait_for(lambda: len(killed.world.cards) > before and killed.stored("thread") is not None)

    await killed.kill(later=60.0)
    await killed.world.slack.wait_for(lambda: "overdue and unclaimed" in str(killed.handoff_thread))
    await killed.kill()
    await killed.settled()

    assert sum("overdue and unclaimed" in message.text for message in killed.handoff_thread) == 1
    assert "Overdue since" in str(killed.card.blocks)
    await killed.press_card("claim")
    await killed.follow(AT_ONCE)


async def test_out_of_hours_the_employee_is_told_once_when_to_expect_a_person(killed: Killed) -> None:
    in_three_days = WEEKDAYS[(time.gmtime().tm_wday + 3) % 7]
    await killed.follow(f'{AT_ONCE}\n[handoff.hours]\ntime_zone = "UTC"\n{in_three_days} = ["09:00-17:00"]\n')

    root = await killed.writes(UNKNOWN)
    await killed.kill()
    await killed.settled()

    assert killed.texts(root).count(f"Someone will reply from {in_three_days.capitalize()}") == 1
    await killed.follow(AT_ONCE)


def _alarms(killed: Killed) -> int:
    return int(rows(killed.database_url, "SELECT count(*) FROM alarms WHERE cause NOT LIKE 'overdue%'")[0][0])


# Articles.


def _article_cards(killed: Killed) -> list[Message]:
    return [one for one in killed.world.slack.messages(HANDOFF_CHANNEL) if "article_" in str(one.blocks)]


MOMENTS = {
    "before it is created": (Endpoint.CREATE_DOCUMENT, slow(5.0)),
    "after it is created": (Endpoint.CREATE_DOCUMENT, dropped(processed=True)),
    "before it is activated": (Endpoint.CHANGE_DOCUMENT, slow(5.0)),
    "after it is activated": (Endpoint.CHANGE_DOCUMENT, dropped(processed=True)),
}


@pytest.mark.parametrize("moment", MOMENTS)
async def test_an_article_is_neither_lost_nor_doubled(killed: Killed, moment: str) -> None:
    endpoint, fault = MOMENTS[moment]
    uppzy = killed.world.uppzy
    # The article of an earlier case would answer the question.
    uppzy.clear()
    await killed.claimed()
    await killed.resolve("Twice.", reference_tick=["reference_tick"])
    card = _article_cards(killed)[-1]
    await killed.press(card, "article_edit", who=ADA)
    form = next(view for view in reversed(killed.world.slack.views.values()) if view.user == ADA and view.is_open)
    await killed.send_form(form)
    uppzy.fail(endpoint, fault)

    delivery = await killed.world.slack.press(BEN, HANDOFF_CHANNEL, card.ts, "article_approve")
    assert delivery.ok
    await uppzy.wait_for(lambda: uppzy.calls[endpoint] > 0)
    await killed.kill()
    await killed.settled()

    assert rows(killed.database_url, "SELECT state FROM articles ORDER BY id DESC LIMIT 1") == [("ready",)]
    assert [one.active for one in uppzy.documents] == [True]
    assert len([one for one in _article_cards(killed) if one.ts >= card.ts]) == 1
