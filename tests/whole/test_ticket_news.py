"""Changes in the ticket system show in Slack, through signed webhooks and through polling."""

from __future__ import annotations

import asyncio
import html
import re
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.errors import SettingsError
from bot.helpdesk.model.handoff import Handoff, HandoffState, TicketStatus
from bot.helpdesk.model.history import TimelineEvent
from bot.helpdesk.model.ticket_system import WebhookRequest
from sandbox.slack import Message
from sandbox.world import ADA, HANDOFF_CHANNEL, MIA, LocalWorld, local_settings
from storage.retention import delete_old_text
from storage.sqlite.jobs import EmbeddedRunner
from tests.addresses import SURFACE
from tests.deadlines import HUNG
from tests.tickets.standins.base import AGENT, TicketRecord
from tests.tickets.standins.webhook import Held, StandInWebhook
from tests.whole.day import DAY, HOUR, MINUTE
from tests.whole.fuzzing import no_faults
from tests.whole.scene import CONFIDENT, UNKNOWN, Clock, Scene
from tests.whole.test_observing import scraped

POLL = 120.0


@dataclass(slots=True)
class Desk:
    """A running bot, its external ticket system, and acts of people in that system."""

    scene: Scene
    elsewhere: StandInWebhook
    clock: Clock

    @property
    def ticket(self) -> TicketRecord:
        """The only ticket."""
        (ticket,) = self.elsewhere.tickets.values()
        return ticket

    async def handoff(self) -> Handoff:
        """Returns the only handoff."""
        return await self.scene.handoff()

    async def events(self) -> list[TimelineEvent]:
        """Returns the timeline of the only handoff."""
        return await self.scene.events()

    async def move(self, status: TicketStatus) -> None:
        """Changes the status of the ticket and sends the webhook."""
        await self.elsewhere.move(self.ticket.id, status)
        await self.notify()

    async def comment(self, text: str, *, public: bool) -> None:
        """Comments on the ticket and sends the webhook."""
        await self.elsewhere.comment(self.ticket.id, text, public=public)
        await self.notify()

    async def notify(self) -> None:
        """Sends a webhook about the ticket; returns once everything that follows is done."""
        assert (await self.deliver(self.notice())).json() == {"status": "accepted"}
        await self.scene.settled()

    def notice(self, id: str | None = None) -> WebhookRequest:
        """Returns a webhook about the ticket, signed with the current time."""
        return self.elsewhere.signed(id or self.ticket.id, self.clock())

    async def deliver(self, notice: WebhookRequest, system: str = "webhook") -> httpx.Response:
        """Sends a webhook and returns the response."""
        async with httpx.AsyncClient(trust_env=False) as client:
            url = f"{self.scene.bot.url}/webhooks/tickets/{system}"
            return await client.post(url, content=notice.body, headers=dict(notice.headers))

    async def pass_time(self, seconds: float) -> None:
        """Moves the clock ahead and waits until everything that became due is done."""
        await self.scene.pass_time(self.clock, seconds)

    async def look_meanwhile(self, slow: Held, *, first_look_at: bool = True) -> None:
        """Starts a poll of the ticket while `slow` holds a response: of this poll, or of an earlier request."""
        if not first_look_at:
            await asyncio.wait_for(slow.made.wait(), HUNG)
        self.clock.advance(1.2 * POLL)
        runner = self.scene.bot.runner
        assert isinstance(runner, EmbeddedRunner)
        runner.resync_scheduled_jobs()
        if first_look_at:
            await asyncio.wait_for(slow.made.wait(), HUNG)

    async def until(self, kind: str, count: int) -> None:
        """Waits until so many effects of this kind are done."""
        await self.scene.until_stored("effects", f"kind = '{kind}' AND state = 'done'", rows=count)

    def said(self, words: str) -> list[Message]:
        """Returns the messages in the handoff's thread that contain these words."""
        return [message for message in self.scene.handoff_thread if words in message.text]


@pytest.fixture
def more_rules() -> str:
    """Further tables of the policy."""
    return ""


@pytest.fixture
def handoff_rules(more_rules: str) -> str:
    """The policy's [handoff] table, and the tables after it."""
    return f"relay_delay_seconds = 0\nidle_minutes = 60\n{more_rules}"


@pytest.fixture
async def elsewhere(clock: Clock) -> AsyncIterator[StandInWebhook]:
    """The ticket system."""
    async with StandInWebhook() as elsewhere:
        elsewhere.now = clock
        yield elsewhere


@pytest.fixture
async def house_with_tickets(world: LocalWorld, elsewhere: StandInWebhook, clock: Clock, policy: Path) -> LocalWorld:
    """The local world with an external ticket system."""
    variables = {**elsewhere.variables(), "TICKETS": "webhook", "POLICY_FILE": str(policy)}
    world.settings = local_settings(world.slack, world.uppzy, world.settings.database_url, variables)
    world.outside = replace(world.outside, clock=clock)
    return world


@pytest.fixture
async def desk(house_with_tickets: LocalWorld, elsewhere: StandInWebhook, clock: Clock) -> AsyncIterator[Desk]:
    """A running bot with an external ticket system."""
    async with house_with_tickets.bot() as bot:
        yield Desk(Scene(house_with_tickets, bot), elsewhere, clock)


# The status.


async def test_a_ticket_that_is_solved_shows_so_on_the_card_and_once_in_the_thread_and_resolves_nothing(
    desk: Desk,
) -> None:
    await desk.scene.ask(UNKNOWN)
    await desk.scene.press_card("claim")

    await desk.move(TicketStatus.SOLVED)
    await desk.notify()
    await desk.pass_time(10 * POLL)

    (line,) = desk.said("solved now in the ticket system")
    assert "T-1> · solved" in str(desk.scene.card.blocks)
    assert (await desk.handoff()).state is HandoffState.CLAIMED
    assert (await desk.events()).count(TimelineEvent.TICKET_MOVED) == 1
    await desk.scene.press(line, "handoff_resolve", who=ADA)
    form = next(view for view in desk.scene.world.slack.views.values() if view.user == ADA and view.is_open)
    await desk.scene.send_form(form)
    assert (await desk.handoff()).state is HandoffState.RESOLVED


async def test_every_move_of_the_ticket_is_said_with_its_word(desk: Desk) -> None:
    await desk.scene.ask(UNKNOWN)

    for status in (TicketStatus.OPEN, TicketStatus.PENDING, TicketStatus.CLOSED, TicketStatus.OPEN):
        await desk.move(status)

    lines = [message.text for message in desk.scene.handoff_thread]
    assert [line for line in lines if "in the ticket system" in line] == [
        "The ticket is pending now in the ticket system.",
        "The ticket is closed now in the ticket system. Is this resolved?",
        "The ticket was opened again in the ticket system: it is open now.",
    ]


@pytest.mark.parametrize("more_rules", ["[tickets]\nfollow = true"])
async def test_where_the_policy_follows_the_ticket_it_resolves_the_handoff_and_is_left_as_it_is(desk: Desk) -> None:
    root = await desk.scene.ask(UNKNOWN)
    await desk.scene.press_card("claim")
    moved = len([call for call in desk.elsewhere.calls if call.body["type"] == "ticket.move"])

    await desk.move(TicketStatus.SOLVED)

    handoff = await desk.handoff()
    assert (handoff.state, handoff.resolution.by) == (HandoffState.RESOLVED, None)
    assert "Resolved in the ticket system" in str(desk.scene.card.blocks)
    told = desk.scene.replies(root)[-1]
    assert told.text.startswith("The support team has resolved *T-1*.")
    assert len([call for call in desk.elsewhere.calls if call.body["type"] == "ticket.move"]) == moved
    await desk.scene.press(told, "handoff_not_solved", who=MIA)
    assert (await desk.handoff()).state is HandoffState.OPEN
    assert desk.ticket.status is TicketStatus.OPEN


async def test_a_ticket_that_is_opened_again_offers_to_reopen_its_handoff(desk: Desk) -> None:
    await desk.scene.ask(UNKNOWN)
    await desk.scene.press_card("claim")
    await desk.scene.resolve()
    assert desk.ticket.status is TicketStatus.SOLVED

    await desk.move(TicketStatus.OPEN)

    (line,) = desk.said("opened again")
    await desk.scene.press(line, "handoff_reopen", who=ADA)
    assert (await desk.handoff()).state is HandoffState.CLAIMED


async def test_what_we_do_ourselves_comes_back_as_no_news(desk: Desk) -> None:
    root = await desk.scene.ask(UNKNOWN)
    for action in ("claim", "hand_back", "reopen"):
        await desk.scene.press_card(action)
        await desk.notify()
        await desk.pass_time(2 * POLL)
    await desk.scene.write_in_thread("Please try again.")
    await desk.scene.resolve("It works again.")
    await desk.notify()
    await desk.pass_time(2 * POLL)

    assert desk.ticket.status is TicketStatus.SOLVED
    assert desk.said("ticket system") == desk.said("wrote on the ticket") == desk.said("note on the ticket") == []
    assert desk.scene.texts(root).count("It works again.") == 1
    assert {TimelineEvent.TICKET_MOVED, TimelineEvent.TICKET_COMMENT}.isdisjoint(await desk.events())
    assert "T-1> · solved" in str(desk.scene.card.blocks)


async def test_what_was_read_before_we_moved_the_ticket_is_not_taken_for_a_change(desk: Desk) -> None:
    await desk.scene.ask(UNKNOWN)
    await desk.scene.press_card("claim")
    form = await desk.scene.open_form("resolve")
    await desk.elsewhere.move(desk.ticket.id, TicketStatus.PENDING)
    slow = desk.elsewhere.hold("ticket.read")
    await desk.look_meanwhile(slow)

    await desk.scene.world.slack.submit_view(ADA, form.id, {})
    await desk.until("SetTicketStatus", 2)
    slow.released.set()
    await desk.scene.settled()

    assert desk.said("ticket system") == []
    assert (await desk.handoff()).ticket.status is TicketStatus.SOLVED


async def test_what_is_read_while_we_move_the_ticket_is_not_taken_for_a_change(desk: Desk) -> None:
    await desk.scene.ask(UNKNOWN)
    await desk.scene.press_card("claim")
    form = await desk.scene.open_form("resolve")
    await desk.pass_time(1.2 * POLL)
    slow = desk.elsewhere.hold("ticket.move")

    await desk.scene.world.slack.submit_view(ADA, form.id, {})
    await desk.look_meanwhile(slow, first_look_at=False)
    await desk.scene.until_stored("effects", f"kind = 'PollTicket' AND settled_at >= {desk.clock()}")
    slow.released.set()
    await desk.scene.settled()

    assert desk.ticket.status is TicketStatus.SOLVED
    assert desk.said("ticket system") == []
    assert (await desk.handoff()).ticket.status is TicketStatus.SOLVED


# Comments.


async def test_a_public_comment_reaches_the_employee_of_a_claimed_handoff_under_its_authors_name(desk: Desk) -> None:
    root = await desk.scene.ask(UNKNOWN)
    await desk.scene.press_card("claim")

    await desk.comment("Have you tried <!channel> the other port?", public=True)
    await desk.notify()
    await desk.pass_time(5 * POLL)

    (relayed,) = [message for message in desk.scene.replies(root) if "the other port" in message.text]
    assert relayed.text.startswith(f"{AGENT}: ")
    assert f"{AGENT} from the support team" in str(relayed.blocks)
    (shown,) = desk.said("the other port")
    assert "sent it to the employee" in shown.text
    assert "<!channel>" not in shown.text
    assert (await desk.events()).count(TimelineEvent.TICKET_COMMENT) == 1


async def test_a_public_comment_that_reached_the_employee_is_a_reply_at_the_hand_back(desk: Desk) -> None:
    root = await desk.scene.ask(UNKNOWN)
    await desk.scene.press_card("claim")
    await desk.scene.ask(CONFIDENT, thread=root)
    await desk.comment("I have reset it for you.", public=True)
    await desk.notify()

    await desk.scene.press_card("hand_back")

    assert len(desk.scene.world.uppzy.asked) == 1


async def test_a_private_comment_is_no_reply_at_the_hand_back(desk: Desk) -> None:
    root = await desk.scene.ask(UNKNOWN)
    await desk.scene.press_card("claim")
    await desk.scene.ask(CONFIDENT, thread=root)
    await desk.comment("I do not know how to reset it.", public=False)
    await desk.notify()

    await desk.scene.press_card("hand_back")

    assert len(desk.scene.world.uppzy.asked) == 2


async def test_a_public_comment_stays_in_the_thread_while_nobody_has_claimed_the_handoff(desk: Desk) -> None:
    root = await desk.scene.ask(UNKNOWN)

    await desk.comment("Have you tried the other port?", public=True)
    await desk.scene.press_card("claim")
    await desk.notify()

    assert "the other port" not in desk.scene.texts(root)
    (shown,) = desk.said("the other port")
    assert "Not sent to the employee, because this is unclaimed" in shown.text


async def test_a_private_comment_is_for_the_agents_alone_and_without_secrets(desk: Desk) -> None:
    root = await desk.scene.ask(UNKNOWN)
    await desk.scene.press_card("claim")

    await desk.comment("Her password is: hunter2secret", public=False)

    assert "password" not in desk.scene.texts(root)
    (shown,) = desk.said("note on the ticket")
    assert "hunter2secret" not in shown.text
    assert "[redacted: password]" in shown.text


async def test_what_the_employee_writes_on_the_ticket_is_not_sent_back_to_them(desk: Desk) -> None:
    root = await desk.scene.ask(UNKNOWN)
    await desk.scene.press_card("claim")

    desk.elsewhere.add_comment(desk.ticket, "It still fails.", public=True, author="mia@example.com", ours=False)
    await desk.notify()

    assert "It still fails." not in desk.scene.texts(root)
    assert len(desk.said("the employee, wrote on the ticket")) == 1


async def test_what_the_employee_writes_on_the_ticket_ends_the_waiting_for_them(desk: Desk) -> None:
    await desk.scene.ask(UNKNOWN)
    await desk.scene.press_card("claim")
    await desk.scene.press_card("wait")
    assert desk.ticket.status == "pending"

    desk.elsewhere.add_comment(desk.ticket, "It is the blue one.", public=True, author="mia@example.com", ours=False)
    await desk.notify()

    assert (await desk.handoff()).state is HandoffState.CLAIMED
    assert desk.ticket.status is TicketStatus.OPEN
    assert len(desk.said("the employee replied")) == 1


async def test_a_comment_is_heard_once_however_many_notices_come_at_once(desk: Desk) -> None:
    root = await desk.scene.ask(UNKNOWN)
    await desk.scene.press_card("claim")
    await desk.elsewhere.comment(desk.ticket.id, "One moment, please.", public=True)

    await asyncio.gather(*(desk.deliver(desk.notice()) for _ in range(10)), desk.pass_time(2 * POLL))
    await desk.scene.settled()

    assert desk.scene.texts(root).count("One moment, please.") == 1
    assert len(desk.said("One moment, please.")) == 1


async def test_a_comment_is_heard_once_though_what_it_led_to_is_forgotten(desk: Desk) -> None:
    root = await desk.scene.ask(UNKNOWN)
    await desk.scene.press_card("claim")
    await desk.comment("One moment, please.", public=True)

    await delete_old_text(desk.scene.bot.store, desk.clock() + 1)
    await desk.notify()
    await desk.pass_time(2 * POLL)

    assert desk.scene.texts(root).count("One moment, please.") == 1
    assert len(desk.said("One moment, please.")) == 1


# Webhooks that must be rejected.


async def test_a_webhook_that_is_not_to_be_believed_is_refused_counted_and_changes_nothing(desk: Desk) -> None:
    await desk.scene.ask(UNKNOWN)
    await desk.elsewhere.move(desk.ticket.id, TicketStatus.SOLVED)
    calls, rows = len(desk.elsewhere.calls), await desk.scene.count("events")
    notice = desk.notice()
    signature = notice.headers["webhook-signature"]
    forgeries = {
        "body": replace(notice, body=notice.body.replace(b"}}", b"} }")),
        "signature": replace(notice, headers={**notice.headers, "webhook-signature": f"{signature[:-4]}AAA="}),
        "other id": replace(notice, headers={**notice.headers, "webhook-id": "another"}),
        "no headers": replace(notice, headers={}),
        "old": desk.elsewhere.signed(desk.ticket.id, desk.clock() - 301),
        "from the future": desk.elsewhere.signed(desk.ticket.id, desk.clock() + 360),
        "time": replace(notice, headers={**notice.headers, "webhook-timestamp": "soon"}),
    }

    refused = {name: (await desk.deliver(forged)).status_code for name, forged in forgeries.items()}
    unknown = await desk.deliver(desk.notice("4711"))
    elsewhere = await desk.deliver(notice, system="zendesk")
    await desk.scene.settled()

    assert refused == dict.fromkeys(forgeries, 401)
    assert (unknown.status_code, unknown.json()) == (200, {"status": "unknown_ticket"})
    assert elsewhere.status_code == 404
    assert (len(desk.elsewhere.calls), await desk.scene.count("events")) == (calls, rows)
    assert await webhooks(desk) == {"forged": 7.0, "unknown_ticket": 1.0}


async def test_a_webhook_that_comes_again_is_taken_once(desk: Desk) -> None:
    await desk.scene.ask(UNKNOWN)
    notice = desk.notice()

    first, again = await desk.deliver(notice), await desk.deliver(notice)
    await desk.scene.settled()

    assert [first.json(), again.json()] == [{"status": "accepted"}, {"status": "known"}]
    assert await desk.scene.count("effects", "kind = 'ReadTicket'") == 1
    assert await webhooks(desk) == {"accepted": 1.0, "known": 1.0}


async def test_a_signed_webhook_that_cannot_be_read_is_refused(desk: Desk) -> None:
    await desk.scene.ask(UNKNOWN)
    unreadable = desk.elsewhere.signed_body("no JSON", desk.clock())

    answer = await desk.deliver(unreadable)

    assert answer.status_code == 400
    assert await webhooks(desk) == {"unreadable": 1.0}


async def test_a_webhook_that_cannot_be_decompressed_is_refused(desk: Desk) -> None:
    notice = desk.notice("1")
    compressed = {**notice.headers, "content-encoding": "gzip"}

    answer = await desk.deliver(replace(notice, body=b"\0\0", headers=compressed))

    assert answer.status_code == 400
    assert await webhooks(desk) == {"unreadable": 1.0}


async def test_headers_and_ids_that_nothing_can_hold_are_no_fault(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    await desk.scene.ask(UNKNOWN)
    notice = desk.notice()
    for header in notice.headers:
        async with httpx.AsyncClient(trust_env=False) as client:
            headers = {name.encode(): value.encode() for name, value in notice.headers.items()}
            headers[header.encode()] = b"\xff\xfe"
            url = f"{desk.scene.bot.url}/webhooks/tickets/webhook"
            assert (await client.post(url, content=notice.body, headers=headers)).status_code == 401
    for id in ("\\u0000", "\\ud800", "", "7" * 5000):
        answer = await desk.deliver(desk.elsewhere.signed_body(f'{{"data": {{"id": "{id}"}}}}', desk.clock()))
        assert answer.json() == {"status": "unknown_ticket"}

    no_faults(caplog)


async def test_what_a_webhook_says_of_the_status_is_not_believed(desk: Desk) -> None:
    await desk.scene.ask(UNKNOWN)
    body = f'{{"type": "ticket.changed", "data": {{"id": "{desk.ticket.id}", "status": "closed"}}}}'

    await desk.deliver(desk.elsewhere.signed_body(body, desk.clock()))
    await desk.scene.settled()

    assert desk.said("closed") == []
    assert (await desk.handoff()).ticket.status is TicketStatus.NEW


async def webhooks(desk: Desk) -> dict[str, float]:
    """Returns the number of webhooks by outcome, without outcomes that have none."""
    lines = (await scraped(desk.scene)).splitlines()
    counted = [line.split() for line in lines if line.startswith("uppzy_desk_webhooks_total{")]
    found = {name.split('"')[1]: float(count) for name, count in counted}
    return {outcome: count for outcome, count in found.items() if count}


# Polling.


async def test_what_no_webhook_told_is_found_by_looking(desk: Desk) -> None:
    root = await desk.scene.ask(UNKNOWN)
    await desk.scene.press_card("claim")
    await desk.elsewhere.move(desk.ticket.id, TicketStatus.PENDING)
    await desk.elsewhere.comment(desk.ticket.id, "We wait for the vendor.", public=True)

    await desk.pass_time(1.2 * POLL)
    assert len(desk.said("pending now in the ticket system")) == 1
    assert desk.scene.texts(root).count("We wait for the vendor.") == 1
    await desk.elsewhere.move(desk.ticket.id, TicketStatus.SOLVED)
    await desk.pass_time(1.2 * POLL)

    assert len(desk.said("solved now in the ticket system")) == 1


async def test_looking_leaves_nothing_behind_and_ends_with_the_time_for_reopening(desk: Desk) -> None:
    await desk.scene.ask(UNKNOWN)
    await desk.pass_time(1.2 * POLL)
    looks, rows = reads(desk), await all_rows(desk)
    for _ in range(10):
        await desk.pass_time(1.2 * POLL)

    assert reads(desk) == looks + 10
    assert await all_rows(desk) == rows
    assert desk.scene.bot.runner.unfinished == 0
    await desk.scene.press_card("claim")
    await desk.scene.resolve()
    await desk.pass_time(1.2 * POLL)
    await desk.pass_time(2 * DAY)
    looks = reads(desk)
    await desk.pass_time(2 * DAY)
    assert reads(desk) == looks
    await desk.scene.press_card("reopen")
    await desk.pass_time(1.2 * POLL)
    assert reads(desk) > looks + 1


def reads(desk: Desk) -> int:
    """Returns the number of times the ticket was read."""
    return sum(call.body["type"] == "ticket.read" for call in desk.elsewhere.calls)


async def all_rows(desk: Desk) -> int:
    """Returns the number of rows in the tables that grow with every act."""
    return sum([await desk.scene.count(table) for table in ("events", "effects", "timeline")])


@pytest.mark.both_engines
async def test_what_people_do_there_is_seen_by_the_clock_on_the_wall_on_both_engines(
    house_with_tickets: LocalWorld, elsewhere: StandInWebhook
) -> None:
    world = house_with_tickets
    world.settings = world.settings.model_copy(update={"tickets_poll_seconds": 1})
    world.outside = replace(world.outside, clock=time.time)
    elsewhere.now = time.time
    async with world.bot() as bot:
        scene = Scene(world, bot)
        root = await scene.ask(UNKNOWN)
        await scene.press_card("claim")
        (ticket,) = elsewhere.tickets.values()
        await elsewhere.move(ticket.id, TicketStatus.PENDING)
        await world.slack.wait_for(lambda: "pending now" in str(scene.handoff_thread))
        await elsewhere.comment(ticket.id, "It was the firewall.", public=True)
        await world.slack.wait_for(lambda: "firewall" in scene.texts(root))

    assert str([message.text for message in scene.handoff_thread]).count("pending now") == 1
    assert scene.texts(root).count("It was the firewall.") == 1


async def test_with_looking_switched_off_nobody_looks(
    house_with_tickets: LocalWorld, elsewhere: StandInWebhook, clock: Clock
) -> None:
    world = house_with_tickets
    world.settings = world.settings.model_copy(update={"tickets_poll_seconds": 0})
    async with world.bot() as bot:
        desk = Desk(Scene(world, bot), elsewhere, clock)
        await desk.scene.ask(UNKNOWN)
        await desk.pass_time(HOUR)
        assert reads(desk) == 0
        await desk.move(TicketStatus.SOLVED)

        assert len(desk.said("solved now in the ticket system")) == 1


async def test_a_ticket_that_was_deleted_is_said_once_and_not_looked_at_again(desk: Desk) -> None:
    await desk.scene.ask(UNKNOWN)
    desk.elsewhere.tickets.clear()

    await desk.pass_time(1.2 * POLL)
    looks = reads(desk)
    await desk.pass_time(10 * POLL)

    assert len(desk.said("no longer in the ticket system")) == 1
    assert reads(desk) == looks


async def test_a_ticket_system_that_refuses_us_is_one_alarm_until_it_takes_us_again(desk: Desk) -> None:
    await desk.scene.ask(UNKNOWN)
    for _ in range(3):
        desk.elsewhere.fail(status=401)
        await desk.pass_time(20 * MINUTE)
    (alarm,) = alarms(desk)
    assert alarm.text.startswith("🚨")
    assert "in all" not in str(alarm.blocks)

    await desk.elsewhere.move(desk.ticket.id, TicketStatus.SOLVED)
    await desk.pass_time(20 * MINUTE)

    (alarm,) = alarms(desk)
    assert alarm.text.startswith("✅ Over")
    assert len(desk.said("solved now in the ticket system")) == 1


def alarms(desk: Desk) -> list[Message]:
    messages = desk.scene.world.slack.messages(HANDOFF_CHANNEL)
    return [message for message in messages if message.text.startswith(("🚨", "✅ Over"))]


# A restart in the middle.


async def test_what_was_told_before_a_restart_is_read_after_it_and_said_once(
    house_with_tickets: LocalWorld, elsewhere: StandInWebhook, clock: Clock
) -> None:
    async with house_with_tickets.bot() as bot:
        desk = Desk(Scene(house_with_tickets, bot), elsewhere, clock)
        root = await desk.scene.ask(UNKNOWN)
        await desk.scene.press_card("claim")
        await elsewhere.move(desk.ticket.id, TicketStatus.PENDING)
        await elsewhere.comment(desk.ticket.id, "One moment, please.", public=True)
        notice = desk.notice()
        await elsewhere.go_down()
        assert (await desk.deliver(notice)).json() == {"status": "accepted"}
    await elsewhere.come_back()
    async with house_with_tickets.bot() as bot:
        desk.scene.bot = bot
        await desk.scene.settled()
        assert (await desk.deliver(notice)).json() == {"status": "known"}
        await desk.pass_time(5 * POLL)

        assert len(desk.said("pending now in the ticket system")) == 1
        assert desk.scene.texts(root).count("One moment, please.") == 1


async def test_what_happened_while_the_desk_was_off_is_found_when_it_is_back(
    house_with_tickets: LocalWorld, elsewhere: StandInWebhook, clock: Clock
) -> None:
    async with house_with_tickets.bot() as bot:
        desk = Desk(Scene(house_with_tickets, bot), elsewhere, clock)
        root = await desk.scene.ask(UNKNOWN)
        await desk.scene.press_card("claim")
    await elsewhere.comment(desk.ticket.id, "It was the firewall.", public=True)
    await elsewhere.move(desk.ticket.id, TicketStatus.SOLVED)
    clock.advance(5 * HOUR)
    async with house_with_tickets.bot() as bot:
        desk.scene.bot = bot
        await desk.scene.settled()

        assert len(desk.said("solved now in the ticket system")) == 1
        assert desk.scene.texts(root).count("It was the firewall.") == 1


# Notes of agents.

COPIED = pytest.mark.parametrize("more_rules", ["[tickets]\ncopy_notes = true"])


@COPIED
async def test_notes_go_onto_the_ticket_in_private_where_the_policy_wants_it(desk: Desk) -> None:
    await desk.scene.ask(UNKNOWN)
    await desk.scene.press_card("claim")

    note = await desk.scene.write_in_thread(f"note: ask @{MIA} tomorrow, her password is: hunter2secret")
    await desk.scene.write_in_thread("ask: what is the policy?")
    await desk.scene.write_in_thread("This goes to the employee.")
    await desk.scene.world.slack.edit(ADA, HANDOFF_CHANNEL, note, "// she called meanwhile")
    await desk.scene.settled()
    await desk.notify()

    copies = [said for said in desk.ticket.comments if "in Slack" in said.text and "Claimed" not in said.text]
    assert [said.text for said in copies] == [
        "Ada noted in Slack:\nask @Mia tomorrow, her password is: [redacted: password]",
        "Ada changed a note in Slack, which now says:\nshe called meanwhile",
    ]
    assert not any(said.public for said in desk.ticket.comments)
    assert desk.said("on the ticket") == []


async def test_notes_stay_in_slack_where_the_policy_does_not_say_otherwise(desk: Desk) -> None:
    await desk.scene.ask(UNKNOWN)
    await desk.scene.write_in_thread("note: ask her tomorrow")

    assert "tomorrow" not in str(desk.ticket.comments)


# The note on the employee's contact.

NOTED = pytest.mark.parametrize("more_rules", ['[note]\nwhen = "without_handoff"'])


@NOTED
async def test_after_a_conversation_without_people_a_note_says_how_it_went_and_no_words_of_it(desk: Desk) -> None:
    root = await desk.scene.ask(CONFIDENT)
    await desk.scene.rate(root, "good")
    (asked,) = desk.scene.world.uppzy.asked
    assert desk.elsewhere.contact_notes == []

    await desk.pass_time(2 * HOUR)
    await desk.pass_time(2 * DAY)

    ((email, text),) = desk.elsewhere.contact_notes
    assert email == "mia@example.com"
    assert "answered by the assistant, without a person" in text
    assert "Verdicts: 1 helpful (employee)" in text
    assert f"uppzy_session_id: {asked.session_id}" in text
    assert "source: uppzy_m2m" in text
    assert "password" not in text


@NOTED
async def test_notes_on_the_conversations_of_one_employee_are_written_one_after_the_other(desk: Desk) -> None:
    await desk.scene.ask(CONFIDENT)
    await desk.scene.ask(CONFIDENT)

    await desk.pass_time(2 * HOUR)

    assert len(desk.elsewhere.contact_notes) == 2
    lane = f"note:{SURFACE}:{MIA}"
    assert await desk.scene.count("effects", f"kind = 'WriteContactNote' AND lane = '{lane}'") == 2


@NOTED
async def test_after_a_conversation_that_people_had_there_is_no_such_note(desk: Desk) -> None:
    await desk.scene.ask(UNKNOWN)
    await desk.scene.press_card("hand_back")

    await desk.pass_time(5 * DAY)

    assert len(desk.scene.world.uppzy.closed) == 1
    assert desk.elsewhere.contact_notes == []


@NOTED
async def test_the_next_session_of_a_conversation_that_people_had_is_noted_again(desk: Desk) -> None:
    root = await desk.scene.ask(UNKNOWN)
    await desk.scene.resolve()
    await desk.pass_time(2 * DAY)
    await desk.scene.ask(CONFIDENT, thread=root)

    await desk.pass_time(2 * HOUR)

    ((_, text),) = desk.elsewhere.contact_notes
    assert "without a person" in text


@pytest.mark.parametrize("more_rules", ['[note]\nwhen = "always"'])
async def test_where_the_policy_wants_it_always_a_resolution_is_noted_with_its_outcome(desk: Desk) -> None:
    await desk.scene.ask(UNKNOWN)
    await desk.scene.press_card("claim")

    await desk.scene.resolve("It was the firewall.")

    ((_, text),) = desk.elsewhere.contact_notes
    assert "T-1 resolved by people as solved" in text
    assert "firewall" not in text


@pytest.mark.parametrize("more_rules", ['[note]\nwhen = "without_handoff"\ntranscript = true'])
async def test_a_transcript_is_noted_where_the_policy_wants_it_without_secrets(desk: Desk) -> None:
    await desk.scene.ask(f"{CONFIDENT} My password is: hunter2secret")

    await desk.pass_time(2 * HOUR)

    ((_, text),) = desk.elsewhere.contact_notes
    assert f"Employee: {CONFIDENT}" in text
    assert "Assistant: " in text
    assert "hunter2secret" not in text


@pytest.mark.parametrize("more_rules", ['[note]\nwhen = "always"\ntranscript = true'])
async def test_a_transcript_leaves_hidden_questions_out(desk: Desk) -> None:
    root = await desk.scene.ask(CONFIDENT)
    await desk.scene.ask("There is a mistake of Rudolf in my payslip", thread=root)
    await desk.scene.resolve("Rudolf has been spoken to")

    ((_, text),) = desk.elsewhere.contact_notes
    assert f"Employee: {CONFIDENT}" in text
    assert "Rudolf" not in text
    assert "Rudolf" not in str(desk.ticket)


@NOTED
async def test_a_note_on_somebody_who_is_not_known_there_is_dropped_without_an_alarm(desk: Desk) -> None:
    await desk.scene.ask(CONFIDENT)
    desk.elsewhere.fail(lambda call: call.body["type"] == "contact.note", status=404)

    await desk.pass_time(2 * HOUR)

    assert desk.elsewhere.contact_notes == []
    assert await desk.scene.count("alarms") == 0
    assert await desk.scene.count("effects", "kind = 'WriteContactNote' AND state = 'dropped'") == 1


ALWAYS_NOTED = pytest.mark.parametrize("more_rules", ['[note]\nwhen = "always"'])


@ALWAYS_NOTED
async def test_a_note_on_somebody_who_is_not_known_there_is_written_on_the_ticket_of_their_handoff(desk: Desk) -> None:
    await desk.scene.ask(UNKNOWN)
    desk.elsewhere.fail(lambda call: call.body["type"] == "contact.note", status=404)

    await desk.scene.resolve("It was the firewall.")

    (note,) = [one for one in desk.ticket.comments if "source: uppzy_m2m" in one.text]
    assert "T-1 resolved by people as solved" in note.text
    assert not note.public
    assert "firewall" not in note.text
    assert desk.elsewhere.contact_notes == []
    assert await desk.scene.count("alarms") == 0


@ALWAYS_NOTED
async def test_a_note_waits_for_its_ticket_and_is_written_on_it_once(desk: Desk) -> None:
    desk.elsewhere.fail(lambda call: call.body["type"] == "ticket.create", status=503)
    desk.elsewhere.fail(lambda call: call.body["type"] == "contact.note", status=404)
    desk.elsewhere.fail(
        lambda call: call.body["type"] == "ticket.note" and "uppzy_m2m" in call.body["data"]["text"], processed=True
    )
    await desk.scene.ask(UNKNOWN)
    desk.elsewhere.fail(lambda call: call.body["type"] == "contact.note", status=404)

    await desk.scene.resolve("It was the firewall.")
    await desk.pass_time(HOUR)

    assert [one.text.count("source: uppzy_m2m") for one in desk.ticket.comments].count(1) == 1
    assert desk.elsewhere.contact_notes == []


@NOTED
async def test_a_note_whose_answer_was_lost_is_written_once(desk: Desk) -> None:
    await desk.scene.ask(CONFIDENT)
    desk.elsewhere.fail(lambda call: call.body["type"] == "contact.note", processed=True)

    await desk.pass_time(2 * HOUR)
    await desk.pass_time(2 * HOUR)

    assert len(desk.elsewhere.contact_notes) == 1


@NOTED
async def test_notes_that_nobody_can_take_are_refused_at_the_start(world: LocalWorld) -> None:
    with pytest.raises(SettingsError, match="TICKETS=local keeps no contacts"):
        async with world.bot():
            pass


HOSTILE_COMMENT = (
    "<!channel> <!here> <@U0ADMIN00> <#C0GENERAL> <!subteam^S1> &lt;!channel&gt; <https://evil.test|https://bank.test> "
    r"<script>x</script> {{ticket.id}} [code]x[/code] \\srv01\public http://ok.test/a_b"
)


def parts(value: Any) -> Iterator[dict[str, Any]]:
    """Yields every object in a message's blocks."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for member in value:
            yield from parts(member)


def inert(message: Message) -> bool:
    """True if a message mentions nobody and no link has a text other than its URL."""
    elements = list(parts(message.blocks))
    markup = [message.text, *(one["text"] for one in elements if one.get("type") == "mrkdwn")]
    mentions = [one for one in elements if one.get("type") in ("user", "usergroup", "channel", "broadcast")]
    links = [one for one in elements if one.get("type") == "link" and one.get("text", one["url"]) != one["url"]]
    return not mentions and not links and not any(re.search(r"<[!@#]|<https?:[^>]*\|", text) for text in markup)


@pytest.mark.parametrize("public", [True, False])
async def test_a_comment_mentions_nobody_in_slack_and_can_be_read(desk: Desk, public: bool) -> None:
    root = await desk.scene.ask(UNKNOWN)
    await desk.scene.press_card("claim")
    answers = len(desk.scene.replies(root))

    await desk.comment(HOSTILE_COMMENT, public=public)

    shown = [desk.scene.handoff_thread[-1], *desk.scene.replies(root)[answers:]]
    assert len(shown) == 1 + public
    for message in shown:
        assert inert(message)
        words = html.unescape(html.unescape(f"{message.text} {[one.get('text') for one in parts(message.blocks)]}"))
        for word in ("!channel", "evil.test", "bank.test", "script", "srv01", "ok.test/a_b"):
            assert word in words


async def test_a_secret_at_the_place_where_a_long_comment_is_cut_is_not_shown_in_half(desk: Desk) -> None:
    await desk.scene.ask(UNKNOWN)

    await desk.comment("It is slow. " * 832 + "Card 4111 1111 1111 1111" + " and so on" * 50, public=False)

    assert desk.said("note on the ticket")
    assert not desk.said("4111")
