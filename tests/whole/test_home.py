"""The Home tab: an employee's own requests with what they can do about them, and an agent's queue."""

from __future__ import annotations

import dataclasses
import re
import time
from typing import Any

import pytest

from bot.helpdesk.model.handoff import HandoffState, TicketStatus
from bot.helpdesk.ports import Transaction
from bot.helpdesk.retry import Schedule
from bot.slack.views.rich_text import as_mrkdwn
from sandbox.slack import File
from sandbox.slack.block_validation import view_problems
from sandbox.uppzy import Endpoint, refused_by_plan, slow
from sandbox.world import ADA, BEN, HANDOFF_CHANNEL, MIA, TOM, LocalWorld
from tests.addresses import channel_at, message_at
from tests.english import messages
from tests.whole.conftest import QUICK
from tests.whole.scene import CONFIDENT, PERSON, UNKNOWN, Clock, Scene
from tests.whole.shared import in_module_loop, in_own_loop

TRUST = "I want to report harassment by my manager"
OUTSIDER = "U0EVE0000"

NOTHING = "Nothing in the queue matches this filter."

pytestmark = in_module_loop


@pytest.fixture
def scene(shared_scene: Scene) -> Scene:
    """The scene of a bot that the tests of this module share, but for those with `own_scene` or `world`."""
    return shared_scene


async def open_home(scene: Scene, who: str) -> str:
    """Opens a person's Home tab; returns its text."""
    assert (await scene.world.slack.open_home(who, "home")).ok
    await scene.settled()
    return home_of(scene, who)


def home_of(scene: Scene, who: str) -> str:
    home = scene.world.slack.home(who)
    assert home is not None
    assert view_problems(home.body) == []
    return "\n".join(line for block in home.body["blocks"] for line in _lines(block))


def _lines(block: Any) -> list[str]:
    """Returns the texts of a block, each line of rich text as mrkdwn to include links and mentions."""
    if block["type"] != "rich_text":
        return _texts(block)
    return [as_mrkdwn(element["elements"]) for element in block["elements"]]


def _texts(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["text"]] if isinstance(node.get("text"), str) else []
        return own + [text for value in node.values() for text in _texts(value)]
    return [text for item in node for text in _texts(item)] if isinstance(node, list) else []


async def press_at_home(scene: Scene, who: str, action: str, value: str | None = None) -> str:
    """Presses a button of a person's Home tab; returns its text once everything that follows is done."""
    return await choose(scene, who, action, value)


async def choose(scene: Scene, who: str, menu: str, value: str | None) -> str:
    """Chooses from a menu of a person's Home tab; returns its text."""
    home = scene.world.slack.home(who)
    assert home is not None
    assert (await scene.world.slack.press_in_view(who, home.id, menu, value)).ok
    await scene.settled()
    return home_of(scene, who)


async def test_an_employee_sees_their_own_requests_open_ones_first(engine_scene: Scene) -> None:
    answered = await engine_scene.ask(CONFIDENT)
    waiting = await engine_scene.ask(UNKNOWN)
    await engine_scene.ask("Where is the canteen of Tom?", who=TOM)

    home = await open_home(engine_scene, MIA)

    dm = engine_scene.world.slack.dm_of(MIA)
    assert home.index("Your open requests") < home.index(UNKNOWN) < home.index("Your past requests")
    assert home.index("Your past requests") < home.index(CONFIDENT)
    assert "Waiting for a colleague · *HD-1*" in home
    assert "Answered by the assistant" in home
    assert f"{engine_scene.link(dm, waiting)}|" in home
    assert f"{engine_scene.link(dm, answered)}|" in home
    assert "canteen" not in home
    assert "Queue" not in home


async def test_an_employee_reads_the_names_of_those_they_mentioned(scene: Scene) -> None:
    slack = scene.world.slack
    await slack.say(MIA, slack.dm_of(MIA), f"{UNKNOWN}, says <@{BEN}>", formatted=True)
    await scene.settled()

    await slack.open_home(MIA, "home")
    await scene.settled()

    home = slack.home(MIA)
    assert home is not None
    assert f"{UNKNOWN}, says @Ben" in str(home.body["blocks"])


async def test_somebody_who_is_not_known_takes_no_other_name_away(scene: Scene) -> None:
    slack = scene.world.slack
    await slack.say(MIA, slack.dm_of(MIA), f"{UNKNOWN}, say <@{BEN}> and <@U0NOBODY99> of @W3C", formatted=True)
    await scene.settled()

    assert f"{UNKNOWN}, say @Ben and @someone of @W3C" in await open_home(scene, MIA)


async def test_home_is_refreshed_when_it_is_opened_again(handed_off: tuple[Scene, str]) -> None:
    scene, _ = handed_off
    await open_home(scene, MIA)
    await scene.press_card("claim", who=ADA)
    claimed = await open_home(scene, MIA)
    await scene.resolve(who=ADA)

    resolved = await open_home(scene, MIA)

    assert "Ada is on it" in claimed
    assert "✅ Solved" in resolved
    assert "Your open requests" not in resolved


async def test_home_says_of_a_request_without_an_answer_why_there_is_none(scene: Scene) -> None:
    slack, uppzy = scene.world.slack, scene.world.uppzy
    uppzy.fail(Endpoint.CHAT, slow(30.0))
    stopped = await slack.dm(MIA, CONFIDENT)
    await uppzy.wait_for(lambda: uppzy.calls[Endpoint.CHAT] == 1)
    await slack.stop_session(MIA, stopped.channel, stopped.ts)
    await scene.settled()
    uppzy.fail(Endpoint.CHAT, refused_by_plan())
    refused = await scene.ask("Where is the canteen?", who=TOM)
    notice = next(reply for reply in scene.replies(refused, who=TOM) if "handoff_withdraw" in str(reply.blocks))
    await scene.press(notice, "handoff_withdraw", who=TOM)
    await slack.dm(BEN, "", files=[File(name="screen.png", content=b"png", mimetype="image/png")])
    await scene.settled()

    assert "⏹️ Stopped" in await open_home(scene, MIA)
    assert "⚠️ Not answered" in await open_home(scene, TOM)
    lone_file = await open_home(scene, BEN)
    assert "⚪ No question asked" in lone_file
    assert "deleted" not in lone_file


async def test_home_still_says_that_a_request_was_answered_after_thanks(scene: Scene) -> None:
    root = await scene.ask(CONFIDENT)
    await scene.ask("thanks!", thread=root)

    assert "✅ Answered by the assistant" in await open_home(scene, MIA)


async def test_home_tells_a_request_that_was_closed_from_a_resolved_one(claimed: tuple[Scene, str]) -> None:
    scene, _ = claimed
    await scene.resolve("We cannot", outcome_choice="not_solvable")

    assert "⚪ Closed by the support team" in await open_home(scene, MIA)


async def test_an_employee_asks_again_in_the_same_thread(engine_scene: Scene) -> None:
    scene = engine_scene
    root = await scene.ask(CONFIDENT)
    await open_home(scene, MIA)

    home = await press_at_home(scene, MIA, "home_ask_again")

    assert [asked.message for asked in scene.world.uppzy.asked] == [CONFIDENT, CONFIDENT]
    assert len({asked.session_id for asked in scene.world.uppzy.asked}) == 1
    said, answers = scene.texts(root), [one for one in scene.replies(root) if "feedback_buttons" in str(one.blocks)]
    assert said.index("You asked again:") < said.rindex(CONFIDENT) < said.rindex(answers[1].text)
    assert len(answers) == 2
    assert home.count(CONFIDENT) == 1
    assert len(scene.world.slack.messages(scene.world.slack.dm_of(MIA))) == 1


async def test_asking_again_after_the_resolution_reopens_as_if_it_was_written(claimed: tuple[Scene, str]) -> None:
    scene, root = claimed
    await scene.resolve("Turn it off.", who=ADA)
    await open_home(scene, MIA)

    home = await press_at_home(scene, MIA, "home_ask_again")

    assert "I've reopened *HD-1*" in scene.texts(root)
    assert UNKNOWN in "\n".join(one.text for one in scene.handoff_thread[-2:])
    assert "Waiting for a colleague" in home
    assert len(scene.world.uppzy.asked) == 1


async def test_what_is_open_is_not_asked_again(scene: Scene) -> None:
    await scene.ask(CONFIDENT)
    await open_home(scene, MIA)
    scene.world.uppzy.fail(Endpoint.CHAT, slow(0.2))
    home = scene.world.slack.home(MIA)
    assert home is not None
    press = scene.world.slack.press_in_view

    await press(MIA, home.id, "home_ask_again")
    await scene.world.uppzy.wait_for(lambda: scene.world.uppzy.calls[Endpoint.CHAT] == 2)
    await press(MIA, home.id, "home_ask_again")
    await scene.settled()

    assert await scene.count("questions") == 2


async def test_words_that_are_not_kept_cannot_be_asked_again(scene: Scene) -> None:
    root = await scene.ask(CONFIDENT)
    await open_home(scene, MIA)
    home = scene.world.slack.home(MIA)
    assert home is not None
    await scene.bot.store.run(lambda tx: forget_words(tx, root, scene))

    pressed = await press_at_home(scene, MIA, "home_ask_again")

    assert "your words have been deleted by now" in pressed
    assert "home_ask_again" not in str(scene.world.slack.home(MIA))
    assert len(scene.world.uppzy.asked) == 1
    assert scene.private_notes(MIA)[-1] == messages.anyone.GONE


def forget_words(tx: Transaction, root: str, scene: Scene) -> None:
    """Deletes the words of a question as retention does."""
    question = tx.questions.of_message(message_at(scene.world.slack.dm_of(MIA), root))
    assert question is not None
    tx.questions.save(dataclasses.replace(question, text=""))


async def test_what_was_never_asked_has_nothing_to_ask_again(scene: Scene) -> None:
    await scene.ask("hello!")

    assert "No question asked" in await open_home(scene, MIA)
    assert "home_ask_again" not in str(scene.world.slack.home(MIA))


async def test_an_employee_closes_their_request(engine_handed_off: tuple[Scene, str]) -> None:
    scene, root = engine_handed_off
    await scene.press_card("claim", who=ADA)
    await scene.write_in_thread("Which printer is it?")
    assert "Ada is on it" in await open_home(scene, MIA)

    home = await press_at_home(scene, MIA, "home_close")

    assert "Closed by you" in home
    assert "Your open requests" not in home
    assert scene.texts(root).endswith("I've closed *HD-1* and told the support team. Still need help? Just reply here.")
    assert scene.handoff_thread[-1].text == f"<@{ADA}>: The employee has closed this. No more help is needed."
    handoff = await scene.handoff()
    assert handoff.state is HandoffState.RESOLVED
    assert handoff.ticket.ref is not None
    ticket_id = handoff.ticket.ref.id
    ticket = await scene.look(lambda tx: tx.local_tickets.get(ticket_id))
    assert ticket is not None
    assert ticket.status is TicketStatus.SOLVED
    assert "Closed in Slack: the employee needs no more help." in str(ticket)
    assert f"Closed by <@{MIA}>" in str(scene.card.blocks)
    assert "⚪ HD-1" in str(scene.card.blocks)


async def test_who_writes_after_closing_reopens_it_and_is_not_called_an_agent(handed_off: tuple[Scene, str]) -> None:
    scene, root = handed_off
    await open_home(scene, MIA)
    await press_at_home(scene, MIA, "home_close")

    await scene.ask("It is broken once more, please help", thread=root)

    assert "I've reopened *HD-1*" in scene.texts(root)
    assert [one.text for one in scene.handoff_thread if f"<@{MIA}>, the employee" in one.text] == []
    assert "Waiting for a colleague" in await open_home(scene, MIA)


async def test_closing_what_is_closed_changes_nothing_and_shows_it(handed_off: tuple[Scene, str]) -> None:
    scene, _ = handed_off
    await open_home(scene, MIA)
    await scene.resolve(who=ADA)

    home = await press_at_home(scene, MIA, "home_close")

    assert "✅ Solved" in home
    assert scene.private_notes(MIA)[-1] == "*HD-1* is already closed. Ask me anything."
    assert (await scene.handoff()).resolution.by == ADA


async def test_nobody_closes_or_repeats_what_others_asked(handed_off: tuple[Scene, str]) -> None:
    scene, root = handed_off
    await scene.ask(CONFIDENT, who=TOM)
    await open_home(scene, TOM)
    handoff, home = await scene.handoff(), scene.world.slack.home(TOM)
    assert home is not None
    value = f"{scene.world.slack.dm_of(MIA)}:{root}:"
    button = next(one for block in home.blocks for one in block.get("elements", ()) if "action_id" in one)

    for action, subject in (("home_close", handoff.id), ("home_ask_again", handoff.question_id)):
        button |= {"action_id": action, "value": f"{value}{subject}"}
        await press_at_home(scene, TOM, action)
        home = scene.world.slack.home(TOM)
        assert home is not None
        button = next(one for block in home.blocks for one in block.get("elements", ()) if "action_id" in one)

    assert scene.private_notes(TOM) == [messages.employee.NOT_YOURS] * 2
    assert (await scene.handoff()).state is HandoffState.OPEN
    assert len(scene.world.uppzy.asked) == 2


async def test_a_press_at_home_keeps_the_filter_of_the_queue(handed_off: tuple[Scene, str]) -> None:
    scene, _ = handed_off
    await scene.ask(UNKNOWN, who=ADA)
    await open_home(scene, ADA)
    assert NOTHING in await choose(scene, ADA, "home_priority", "urgent")

    home = await press_at_home(scene, ADA, "home_close")

    assert "Closed by you" in home
    assert NOTHING in home


async def test_who_has_asked_nothing_is_told_where_to_write(scene: Scene) -> None:
    assert "No requests yet" in await open_home(scene, MIA)


async def test_an_agent_sees_the_queue_with_theirs_before_the_unclaimed_and_urgent_first(
    engine_handed_off: tuple[Scene, str],
) -> None:
    scene, _ = engine_handed_off
    first = scene.card
    await scene.press_card("claim", who=ADA)
    await scene.ask(PERSON, who=TOM)
    await scene.ask(TRUST, who=MIA)

    home = await open_home(scene, ADA)

    assert "*3* opened" in home
    assert "*2* unclaimed" in home
    assert "*3* questions answered" in home
    rows = home[home.index("Yours") :]
    assert rows.index("HD-1") < rows.index("Unclaimed") < rows.index("HD-3") < rows.index("HD-2")
    assert f"<{scene.link(HANDOFF_CHANNEL, first.ts)}|HD-1>" in home
    assert f"<@{TOM}>" in home
    assert "With others" in await open_home(scene, BEN)


@in_own_loop
@pytest.mark.parametrize("handoff_rules", ["[handoff.minutes_to_reply]\nlow = 60\nnormal = 60"])
async def test_an_agent_reads_what_waits_without_its_secrets_and_when_it_is_due(
    world: LocalWorld, clock: Clock
) -> None:
    world.outside = dataclasses.replace(world.outside, clock=clock)
    async with world.bot() as bot:
        scene = Scene(world, bot)
        await scene.ask(f"{UNKNOWN}, my password is hunter2hunter2, *and* it is not there {'at all ' * 9}")
        await scene.ask(PERSON, who=TOM)
        await scene.press(scene.world.cards[1], "handoff_claim", who=ADA)

        home = await open_home(scene, ADA)

        assert f"{UNKNOWN}, my password is [redacted: password], " in home
        assert home.index("HD-2") < home.index("HD-1")
        assert max(len(one) for one in home.splitlines() if one.startswith(UNKNOWN)) <= 80
        assert "Due <!date^" in home
        await scene.pass_time(clock, 2 * 3600)
        late = await open_home(scene, ADA)
        assert "⏰ Overdue since <!date^" in late
        assert late.index("*Yours*") < late.index("*Overdue*") < late.rindex("HD-1")


async def test_an_agent_sees_a_part_of_the_queue_alone(handed_off: tuple[Scene, str]) -> None:
    scene, _ = handed_off
    await scene.press_card("claim", who=ADA)
    await scene.ask(UNKNOWN, who=TOM)
    await open_home(scene, ADA)

    mine = await choose(scene, ADA, "home_show", "mine")
    unclaimed = await choose(scene, ADA, "home_show", "unclaimed")
    overdue = await choose(scene, ADA, "home_show", "overdue")
    everything = await choose(scene, ADA, "home_show", "*")

    assert ("HD-1" in mine, "HD-2" in mine) == (True, False)
    assert ("HD-1" in unclaimed, "HD-2" in unclaimed) == (False, True)
    assert NOTHING in overdue
    assert ("HD-1" in everything, "HD-2" in everything) == (True, True)


async def test_the_queue_names_only_the_topic_of_a_hidden_question(scene: Scene) -> None:
    await scene.ask(TRUST)

    home = await open_home(scene, ADA)

    assert "_🔒 matter of trust" in home
    assert "harassment" not in home


async def test_an_employee_is_told_that_their_reply_is_needed(claimed: tuple[Scene, str]) -> None:
    scene, _ = claimed
    await scene.press_card("wait")

    assert "Waiting for your reply" in await open_home(scene, MIA)


async def test_the_queue_names_the_rules_of_what_has_no_question(scene: Scene) -> None:
    root = await scene.ask(CONFIDENT)
    await scene.press(scene.answer(root), "talk_to_person")
    await scene.bot.store.run(lambda tx: forget_words(tx, root, scene))

    assert "_asks for a person_" in await open_home(scene, ADA)


async def test_an_agent_narrows_the_queue_and_finds_it_so_again(handed_off: tuple[Scene, str]) -> None:
    scene, _ = handed_off
    await scene.ask(TRUST, who=TOM)
    await open_home(scene, ADA)

    urgent = await choose(scene, ADA, "home_priority", "urgent")
    nothing = await choose(scene, ADA, "home_rule", "asks for a person")
    again = await open_home(scene, ADA)
    trust = await choose(scene, ADA, "home_rule", "matter of trust")
    everything = [await choose(scene, ADA, menu, "*") for menu in ("home_rule", "home_priority")][-1]

    assert ("HD-1" in urgent, "HD-2" in urgent) == (False, True)
    assert NOTHING in nothing
    assert NOTHING in again
    assert ("HD-1" in trust, "HD-2" in trust) == (False, True)
    assert ("HD-1" in everything, "HD-2" in everything) == (True, True)


@in_own_loop
async def test_what_an_agent_chose_is_theirs_alone_and_survives_a_restart(world: LocalWorld) -> None:
    async with world.bot() as bot:
        scene = Scene(world, bot)
        await scene.ask(UNKNOWN)
        await open_home(scene, ADA)
        await choose(scene, ADA, "home_priority", "urgent")

    async with world.bot() as bot:
        scene = Scene(world, bot)

        assert NOTHING in await open_home(scene, ADA)
        assert "HD-1" in await open_home(scene, BEN)


async def search(scene: Scene, who: str, **values: object) -> str:
    """Opens the form of a search on a person's Home tab and submits it; returns the text of their Home tab."""
    home = scene.world.slack.home(who)
    assert home is not None
    assert (await scene.world.slack.press_in_view(who, home.id, "home_search")).ok
    await scene.settled()
    form = next(one for one in reversed(scene.world.slack.views.values()) if one.user == who and one.is_open)
    assert view_problems(form.body) == []
    await scene.send_form(form, **values)
    return home_of(scene, who)


async def test_an_agent_searches_by_number_person_and_words(engine_scene: Scene) -> None:
    scene = engine_scene
    await scene.ask("Please frobnicate the GRÜNE Lampe in Paris", who=MIA)
    await scene.resolve("Done", who=ADA)
    await scene.ask(PERSON, who=TOM)
    await scene.ask("Frobnicate my blorp, and my password is hunter2hunter2", who=TOM)
    await open_home(scene, ADA)

    by_number = await search(scene, ADA, search_words="hd-1")
    by_bare_number = await search(scene, ADA, search_words="2")
    by_person = await search(scene, ADA, search_words="", search_employee=TOM)
    by_words = await search(scene, ADA, search_words="grüne  FROBNICATE", search_employee=None)
    by_both = await search(scene, ADA, search_words="frobnicate", search_employee=TOM)
    secret = await search(scene, ADA, search_words="hunter2hunter2")
    again = await open_home(scene, ADA)
    cleared = await press_at_home(scene, ADA, "home_clear_search")

    assert [names_in(one) for one in (by_number, by_bare_number, by_person)] == [{1}, {2}, {2, 3}]
    assert [names_in(one) for one in (by_words, by_both, secret)] == [{1}, {3}, set()]
    assert "Results for “hd-1”" in by_number
    assert "✅ " in by_number
    assert "resolved · just now" in by_number
    assert f"Results for “frobnicate” · <@{TOM}>" in by_both
    assert "Nothing found in the latest 1,000 requests" in secret
    assert names_in(again) == set()
    assert names_in(cleared) == {2, 3}


def names_in(home: str) -> set[int]:
    """Returns the numbers of the handoffs that a Home tab links to."""
    return {int(number) for number in re.findall(r"\|HD-(\d+)>", home)}


async def test_a_search_finds_only_what_the_agent_may_see(handed_off: tuple[Scene, str]) -> None:
    scene, _ = handed_off
    handoff = await scene.handoff()
    await open_home(scene, ADA)
    assert names_in(await search(scene, ADA, search_words="1")) == {1}
    await scene.bot.store.run(lambda tx: tx.handoffs.save(dataclasses.replace(handoff, place=channel_at("C0PEOPLE0"))))

    for terms in ({"search_words": "1"}, {"search_words": "blorp"}, {"search_employee": MIA, "search_words": ""}):
        assert names_in(await search(scene, ADA, **terms)) == set()


async def test_a_search_does_not_read_hidden_questions(scene: Scene) -> None:
    await scene.ask(TRUST)
    await open_home(scene, ADA)

    assert names_in(await search(scene, ADA, search_words="harassment")) == set()
    assert "_🔒 matter of trust" in await search(scene, ADA, search_words="HD-1")


async def test_who_is_no_agent_finds_nothing(handed_off: tuple[Scene, str]) -> None:
    scene, _ = handed_off
    await open_home(scene, TOM)
    home = scene.world.slack.home(TOM)
    assert home is not None
    home.body["private_metadata"] = '{"words": "1"}'

    assert "HD-1" not in await open_home(scene, TOM)


async def test_a_search_form_that_comes_too_late_says_so_in_the_direct_messages(scene: Scene) -> None:
    await open_home(scene, ADA)
    scene.world.slack.faults.refused("views.open", error="expired_trigger_id")

    await press_at_home(scene, ADA, "home_search")

    assert scene.private_notes(ADA) == [messages.anyone.FORM_TOO_LATE]


async def test_the_home_of_somebody_of_another_company_refuses_politely(scene: Scene) -> None:
    scene.world.slack.add_user(OUTSIDER, "Eve", team_id="T0OTHER00")

    assert await open_home(scene, OUTSIDER) == "Sorry, I can only help people in this company."


async def test_the_messages_tab_is_no_home(scene: Scene) -> None:
    await scene.world.slack.open_home(MIA, "messages")
    await scene.settled()

    assert scene.world.slack.home(MIA) is None


async def test_a_home_of_two_hundred_handoffs_keeps_within_what_slack_takes(handed_off: tuple[Scene, str]) -> None:
    scene, _ = handed_off
    handoff = await scene.handoff()

    def open_many(tx: Transaction) -> None:
        conversation = tx.conversations.get(handoff.conversation_id)
        assert conversation is not None
        for number in range(2, 201):
            id = f"con_many{number}"
            tx.conversations.add(dataclasses.replace(conversation, id=id, thread=f"17000000{number:02}.000100"))
            another = dataclasses.replace(handoff, id=f"hof_many{number}", conversation_id=id)
            assert another.ticket.ref is not None
            ref = dataclasses.replace(another.ticket.ref, number=f"HD-{number}")
            ticket = dataclasses.replace(another.ticket, ref=ref)
            tx.handoffs.add(dataclasses.replace(another, number=number, ticket=ticket))

    await scene.bot.store.run(open_many)

    agents, employees = await open_home(scene, ADA), await open_home(scene, MIA)

    assert "and 160 more" in agents
    assert "*200* unclaimed" in agents
    assert len(scene.world.slack.views) == 2
    assert all(len(view.blocks) <= 100 for view in scene.world.slack.views.values())
    assert employees.count("open the thread") == 10
    found = await search(scene, ADA, search_words="blorp")
    assert "There are more; narrow the search to see them" in found
    assert len(names_in(found)) == 40


@in_own_loop
async def test_a_home_that_cannot_be_published_is_given_up_soon(world: LocalWorld) -> None:
    began = time.time()
    timeouts = dataclasses.replace(QUICK, retry=Schedule(first=1.0, longest=5.0, give_up=6 * 3600.0))
    first_attempt: list[float] = []

    def attempts() -> int:
        return sum(call.method == "views.publish" for call in world.slack.calls)

    def clock() -> float:
        # Once it was tried, a minute passes in half a second.
        if not first_attempt and attempts():
            first_attempt.append(time.time())
        return began + ((time.time() - first_attempt[0]) * 120 if first_attempt else 0.0)

    world.outside = dataclasses.replace(world.outside, clock=clock, timeouts=timeouts)
    world.slack.faults.http_error("views.publish", times=None)
    async with world.bot() as bot:
        scene = Scene(world, bot)
        await world.slack.open_home(MIA, "home")
        await scene.until_stored("effects", "kind = 'ShowHome' AND state = 'dropped'")
    assert attempts() >= 1
