"""Handoffs: card, ticket, and transitions by agents."""

from __future__ import annotations

import pytest

from bot.helpdesk.handoffs.transition_table import TRANSITIONS
from bot.helpdesk.model.conversation import Owner, Role
from bot.helpdesk.model.handoff import Handoff, HandoffState, TicketStatus, Transition
from bot.slack.ids import ACTION_OF
from sandbox.slack import Message
from sandbox.uppzy import Endpoint, replying
from sandbox.world import ADA, BEN, HANDOFF_CHANNEL, MIA, TOM
from tests.addresses import thread_at
from tests.whole.scene import CONFIDENT, NOT_AN_AGENT, PERSON, UNKNOWN, Scene
from tests.whole.shared import in_module_loop, in_own_loop

pytestmark = in_module_loop


@pytest.fixture
def scene(shared_scene: Scene) -> Scene:
    """The scene of a bot that the tests of this module share, but for those with `own_scene` or `world`."""
    return shared_scene


async def test_the_card_says_what_an_agent_needs_to_know(handed_off: tuple[Scene, str]) -> None:
    scene, _ = handed_off

    await scene.press(scene.card, "show_ids", who=ADA)
    shown = str([*scene.card.blocks, *scene.world.slack.ephemerals[-1].blocks])
    (asked,) = scene.world.uppzy.asked
    for part in (
        UNKNOWN,
        "could not find anything",
        "low (0.05)",
        "confidence was low",
        f"<@{MIA}>",
        "HD-1",
        asked.session_id,
        asked.request_id,
    ):
        assert part in shown


async def _handoff_of(scene: Scene, card: Message) -> Handoff:
    handoff = await scene.look(lambda tx: tx.handoffs.of_thread(thread_at(card.channel, card.ts)))
    assert handoff is not None
    return handoff


async def _card_in(scene: Scene, state: HandoffState) -> Message:
    await scene.ask(UNKNOWN)
    card = scene.world.cards[-1]
    if state is not HandoffState.OPEN:
        await scene.press(card, ACTION_OF[Transition.CLAIM], who=BEN)
    if state is HandoffState.PENDING:
        await scene.press(card, ACTION_OF[Transition.WAIT], who=BEN)
    if state is HandoffState.RESOLVED:
        await scene.press(card, ACTION_OF[Transition.HAND_BACK], who=BEN)
    assert (await _handoff_of(scene, card)).state is state
    return scene.world.cards[-1]


@pytest.mark.parametrize("state", HandoffState)
async def test_what_a_card_offers_is_done_and_what_it_does_not_is_refused(scene: Scene, state: HandoffState) -> None:
    card = await _card_in(scene, state)
    handoff = await _handoff_of(scene, card)
    for transition in (one for one, row in TRANSITIONS.items() if row.by is Role.AGENT):
        if handoff.state is not state or (handoff.claim and handoff.claim.joined):
            card = await _card_in(scene, state)
            handoff = await _handoff_of(scene, card)
        before, forms, told = handoff, len(scene.world.slack.views), len(scene.private_notes(ADA))
        action = ACTION_OF[transition]

        if offered := f"'{action}" in str(card.blocks):
            await scene.press(card, action, who=ADA)
        else:
            await scene.forge(card, action, before.id, who=ADA)

        handoff = await _handoff_of(scene, card)
        done = handoff != before or len(scene.world.slack.views) > forms
        assert (transition, done) == (transition, offered)
        assert (transition, len(scene.private_notes(ADA)) > told) == (transition, not offered)


async def test_the_ticket_carries_every_identifier(handed_off: tuple[Scene, str]) -> None:
    scene, _ = handed_off

    ticket = await scene.ticket()
    (asked,) = scene.world.uppzy.asked
    assert ticket.number == "HD-1"
    assert ticket.status is TicketStatus.NEW
    assert ticket.metadata.uppzy_session_id == asked.session_id
    assert ticket.metadata.uppzy_request_id == asked.request_id
    assert ticket.metadata.confidence_level == "low"
    assert ticket.metadata.source == "uppzy_m2m"
    assert ticket.metadata.handoff_id.startswith("hof_")


async def test_a_request_id_that_comes_later_is_added_to_the_ticket(engine_scene: Scene) -> None:
    await _with_ticket(engine_scene)

    engine_scene.world.uppzy.release()
    await engine_scene.settled()

    ticket = await engine_scene.ticket()
    (asked,) = engine_scene.world.uppzy.asked
    assert ticket.metadata.uppzy_request_id == asked.request_id
    # In any of the notes: if the ticket was created before the card, the link to the card is a separate note.
    assert asked.request_id in "".join(ticket.notes)


async def test_secrets_reach_neither_the_card_nor_the_ticket_nor_the_thread(scene: Scene) -> None:
    secret = "xoxb-123456789012-1234567890123-AbCdEfGhIjKlMnOpQrStUvWx"
    root = await scene.ask(f"{PERSON}. My password is hunter2 and the token is {secret}")
    await scene.ask("Also my card 4111 1111 1111 1111 was charged", thread=root)

    ticket = await scene.ticket()
    seen = str(scene.card.blocks) + str([m.text + str(m.blocks) for m in scene.handoff_thread]) + repr(ticket)
    for word in ("hunter2", secret, "4111 1111 1111 1111"):
        assert word not in seen


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (PERSON, "asked for a person"),
        ("There is a mistake in my payslip", "payroll"),
        (UNKNOWN, "confidence was low"),
    ],
)
async def test_the_card_says_which_rule_fired_and_why(scene: Scene, text: str, reason: str) -> None:
    await scene.ask(text)

    assert reason in str(scene.card.blocks).lower()
    assert await scene.count("decisions") == 1


async def test_a_sensitive_question_is_answered_by_people_only(scene: Scene) -> None:
    root = await scene.ask("I want to report harassment by my manager")

    assert not [reply for reply in scene.replies(root) if "feedback_buttons" in str(reply.blocks)]
    assert len(scene.world.cards) == 1


async def test_the_same_question_three_times_brings_in_a_person(engine_scene: Scene) -> None:
    root = await engine_scene.ask(CONFIDENT)
    await engine_scene.ask("How can I reset my password?", thread=root)
    assert engine_scene.world.cards == []

    await engine_scene.ask("how do i reset my password", thread=root)

    assert "3 times" in str(engine_scene.card.blocks)


async def test_a_conversation_has_one_open_handoff_whatever_happens(engine_handed_off: tuple[Scene, str]) -> None:
    scene, root = engine_handed_off

    await scene.rate(root, "bad")
    await scene.press(scene.answer(root), "talk_to_person")

    assert len(scene.world.cards) == 1
    assert await scene.count("handoffs") == 1
    assert "already has this as *HD-1*" in scene.texts(root)
    assert "rated" in str(scene.card.blocks)


async def test_talk_to_a_person_works_under_every_answer(scene: Scene) -> None:
    root = await scene.ask(CONFIDENT)

    await scene.press(scene.answer(root), "talk_to_person")

    assert "HD-1" in scene.texts(root)
    assert CONFIDENT in str(scene.card.blocks)


async def test_who_asks_nothing_but_for_a_person_lets_nobody_wait_for_an_answer(scene: Scene) -> None:
    root = await scene.ask(":wave:")

    await scene.press(scene.replies(root)[-1], "talk_to_person")

    assert "a person was asked for with a button" in str(scene.card.blocks)
    assert "The assistant's answer" not in str(scene.card.blocks)


async def test_the_card_says_where_the_assistant_gave_no_answer(scene: Scene) -> None:
    scene.world.uppzy.api_key = "rotated"

    await scene.ask(PERSON)

    assert "none was given" in str(scene.card.blocks)
    assert "not there yet" not in str(scene.card.blocks)


async def _with_ticket(scene: Scene) -> str:
    """Opens a handoff with a ticket while the assistant's answer is held back. Returns the root of Mia's thread."""
    scene.world.uppzy.hold()
    delivery = await scene.world.slack.dm(MIA, PERSON)
    await scene.world.slack.wait_for(lambda: scene.world.cards and "Being created" not in str(scene.card.blocks))
    return delivery.ts


async def test_the_card_says_so_too_where_the_assistant_fails_when_all_else_is_done(scene: Scene) -> None:
    scene.world.uppzy.fail(Endpoint.CHAT, replying(400, {"error": "no"}, processed=True))
    await _with_ticket(scene)

    scene.world.uppzy.release()
    await scene.settled()

    assert "none was given" in str(scene.card.blocks)


async def test_the_card_of_a_question_that_was_stopped_waits_for_no_answer(scene: Scene) -> None:
    root = await _with_ticket(scene)

    await scene.world.slack.stop_session(MIA, scene.world.slack.dm_of(MIA), root)
    await scene.settled()

    assert "none was given" in str(scene.card.blocks)


async def test_the_card_of_a_question_that_was_deleted_waits_for_no_answer(scene: Scene) -> None:
    root = await _with_ticket(scene)

    await scene.world.slack.delete(MIA, scene.world.slack.dm_of(MIA), root)
    await scene.settled()

    assert "none was given" in str(scene.card.blocks)


async def test_the_card_shows_a_question_in_its_new_words(scene: Scene) -> None:
    root = await _with_ticket(scene)

    await scene.world.slack.edit(MIA, scene.world.slack.dm_of(MIA), root, f"{PERSON} about my badge")
    await scene.world.slack.wait_for(lambda: "about my badge" in str(scene.card.blocks))

    scene.world.uppzy.release()
    await scene.settled()
    assert "about my badge" in str(scene.card.blocks)


async def test_what_was_handed_back_before_the_answer_came_is_answered_by_the_assistant(scene: Scene) -> None:
    root = await _with_ticket(scene)
    await scene.world.slack.press(ADA, HANDOFF_CHANNEL, scene.card.ts, "handoff_hand_back")
    await scene.world.slack.wait_for(lambda: "Handed back" in str(scene.card.blocks))

    scene.world.uppzy.release()
    await scene.settled()

    (asked,) = scene.world.uppzy.asked
    assert "feedback_buttons" in str([reply.blocks for reply in scene.replies(root)])
    assert asked.request_id in "".join((await scene.ticket()).notes)
    assert "the employee has seen it" in str(scene.card.blocks)
    assert scene.world.cards == [scene.card]


async def test_an_answer_stands_on_every_card_of_its_question(engine_scene: Scene) -> None:
    slack = engine_scene.world.slack
    root = await _with_ticket(engine_scene)
    await slack.press(ADA, HANDOFF_CHANNEL, engine_scene.card.ts, "handoff_hand_back")
    await slack.wait_for(lambda: "handed your question back" in engine_scene.texts(root))
    await slack.edit(MIA, slack.dm_of(MIA), root, f"{PERSON} about my badge")
    await slack.wait_for(lambda: len(engine_scene.world.cards) == 2)

    engine_scene.world.uppzy.release()
    await engine_scene.settled()

    assert ["about my badge" in str(card.blocks) for card in engine_scene.world.cards] == [True, True]
    assert ["Confidence" in str(card.blocks) for card in engine_scene.world.cards] == [True, True]


async def test_a_draft_that_is_given_at_a_hand_back_is_seen_on_every_card_of_its_question(scene: Scene) -> None:
    slack = scene.world.slack
    root = await _with_ticket(scene)
    await slack.press(ADA, HANDOFF_CHANNEL, scene.card.ts, "handoff_hand_back")
    await slack.wait_for(lambda: "handed your question back" in scene.texts(root))
    await slack.edit(MIA, slack.dm_of(MIA), root, f"{PERSON} about my badge")
    await slack.wait_for(lambda: len(scene.world.cards) == 2)
    scene.world.uppzy.release()
    await scene.settled()
    assert "the employee has seen it" not in str([card.blocks for card in scene.world.cards])

    await scene.press(scene.world.cards[1], "handoff_hand_back", who=ADA)

    assert ["the employee has seen it" in str(card.blocks) for card in scene.world.cards] == [True, True]


@pytest.mark.parametrize("who", [MIA, ADA])
async def test_a_verdict_stands_on_the_card_of_its_answer_though_there_is_a_later_handoff(
    handed_off: tuple[Scene, str], who: str
) -> None:
    scene, root = handed_off
    before = scene.card
    await scene.press_card("hand_back")
    await scene.ask(PERSON, thread=root)
    assert len(scene.world.cards) == 2

    if who == MIA:
        await scene.rate(root, "good")
    else:
        await scene.press(before, "handoff_helpful", who=ADA)

    assert ": helpful (" in str(before.blocks)
    assert ": helpful (" not in str([card.blocks for card in scene.world.cards if card is not before])


async def test_an_answer_that_comes_after_the_resolution_stands_on_the_card_alone(scene: Scene) -> None:
    root = await _with_ticket(scene)
    slack = scene.world.slack
    await slack.press(ADA, HANDOFF_CHANNEL, scene.card.ts, "handoff_resolve")
    form = await slack.wait_for(lambda: next(iter(slack.views.values()), None))
    assert form is not None
    await slack.submit_view(ADA, form.id, {"resolution_text": "Told them on the phone"})
    await slack.wait_for(lambda: "Resolved" in str(scene.card.blocks))

    scene.world.uppzy.release()
    await scene.settled()

    assert "extension 4357" in str(scene.card.blocks)
    assert not [one for one in scene.replies(root) if "feedback_buttons" in str(one.blocks)]
    assert not [one for one in scene.handoff_thread if "AI draft" in one.text]


async def test_claiming_shows_who_has_it_and_tells_the_employee(engine_claimed: tuple[Scene, str]) -> None:
    scene, root = engine_claimed

    assert f"Claimed by <@{ADA}>" in str(scene.card.blocks)
    assert f"<@{ADA}> is helping you with *HD-1*" in scene.texts(root)
    assert (await scene.ticket()).status is TicketStatus.OPEN


async def test_the_second_to_claim_is_told_who_was_first(claimed: tuple[Scene, str]) -> None:
    scene, _ = claimed

    await scene.forge(scene.card, "handoff_claim", _handoff_id(scene), who=BEN)

    assert (
        scene.world.slack.ephemerals[-1].text
        == f"Too late: <@{ADA}> has already claimed this. Press *Join* to reply too."
    )


async def test_only_members_of_the_handoff_channel_may_press(handed_off: tuple[Scene, str]) -> None:
    scene, _ = handed_off

    await scene.forge(scene.card, "handoff_claim", _handoff_id(scene), who=TOM)

    assert await scene.count("handoffs", "state = 'open'") == 1
    dm = scene.world.slack.messages(scene.world.slack.dm_of(TOM))
    assert [message.text for message in dm] == [NOT_AN_AGENT]


async def test_agent_and_employee_talk_through_the_thread(engine_claimed: tuple[Scene, str]) -> None:
    scene, root = engine_claimed

    await scene.write_in_thread("Hello Mia, which printer is it?", who=ADA)
    await scene.ask("The one on floor 3", thread=root)

    assert "which printer is it?" in scene.replies(root)[-1].text
    assert "The one on floor 3" in scene.handoff_thread[-1].text
    assert len(scene.world.uppzy.asked) == 1


async def test_what_agents_say_before_claiming_or_as_a_note_stays_among_them(handed_off: tuple[Scene, str]) -> None:
    scene, root = handed_off

    await scene.write_in_thread("Oh no, not Mia again", who=ADA)
    await scene.press_card("claim", who=ADA)
    await scene.write_in_thread("note: she asked the same last week", who=BEN)

    assert "not Mia again" not in scene.texts(root)
    assert "last week" not in scene.texts(root)
    assert "*HD-1* is unclaimed, so this was not sent." in scene.world.slack.ephemerals[0].text


async def test_resolving_tells_everybody_and_closes_session_and_ticket(engine_handed_off: tuple[Scene, str]) -> None:
    scene, root = engine_handed_off
    (asked,) = scene.world.uppzy.asked
    await scene.press_card("claim", who=ADA)

    await scene.resolve()

    assert f"Resolved by <@{ADA}>" in str(scene.card.blocks)
    assert "✅ HD-1" in str(scene.card.blocks)
    assert "marked *HD-1* as resolved" in scene.texts(root)
    assert scene.world.uppzy.closed == [asked.session_id]
    assert (await scene.ticket()).status is TicketStatus.SOLVED


@in_own_loop
@pytest.mark.parametrize("handoff_rules", ["reopen_within_minutes = 0"])
async def test_after_resolving_the_next_question_has_a_fresh_session(own_scene: Scene) -> None:
    root = await own_scene.ask(UNKNOWN)
    await own_scene.resolve()

    await own_scene.ask(CONFIDENT, thread=root)

    first, second = own_scene.world.uppzy.asked
    assert second.session_id != first.session_id
    assert "password.example.com" in str(own_scene.replies(root)[-1].blocks)


async def test_reopening_undoes_a_resolve(engine_handed_off: tuple[Scene, str]) -> None:
    scene, root = engine_handed_off
    await scene.resolve()

    await scene.press_card("reopen", who=BEN)

    assert f"Claimed by <@{BEN}>" in str(scene.card.blocks)
    assert "has reopened *HD-1*" in scene.texts(root)
    assert (await scene.ticket()).status is TicketStatus.OPEN


async def test_handing_back_lets_the_assistant_answer_again(handed_off: tuple[Scene, str]) -> None:
    scene, root = handed_off
    await scene.press_card("hand_back", who=ADA)

    await scene.ask(CONFIDENT, thread=root)

    assert "handed the conversation back to me" in scene.texts(root)
    assert len(scene.world.uppzy.asked) == 2


async def test_while_people_have_it_the_assistant_is_silent_and_the_employee_knows(
    handed_off: tuple[Scene, str],
) -> None:
    scene, root = handed_off

    await scene.ask("Are you still there?", thread=root)

    assert len(scene.world.uppzy.asked) == 1
    assert "what you write here goes to the support team" in scene.texts(root)
    owners = await scene.look(lambda tx: tx.conversations.of_thread(thread_at(scene.world.slack.dm_of(MIA), root)))
    assert owners is not None
    assert owners.owner is Owner.WAITING


async def test_agents_see_what_the_employee_changes_and_takes_back(engine_handed_off: tuple[Scene, str]) -> None:
    scene, root = engine_handed_off
    dm = scene.world.slack.dm_of(MIA)
    more = await scene.ask("It is printer 7", thread=root)

    await scene.world.slack.edit(MIA, dm, more, "It is printer 8")
    await scene.settled()
    (changed,) = [message for message in scene.handoff_thread if "printer" in message.text]
    assert "printer 8" in changed.text
    assert "printer 7" not in str(scene.handoff_thread)
    assert "(edited)" in str(changed.blocks)

    await scene.world.slack.delete(MIA, dm, more)
    await scene.settled()
    assert "printer" not in str(scene.handoff_thread)
    assert "has deleted this message" in scene.handoff_thread[-1].text


async def test_agents_see_what_the_employee_changes_of_the_question_and_that_it_is_taken_back(
    handed_off: tuple[Scene, str],
) -> None:
    scene, root = handed_off
    dm = scene.world.slack.dm_of(MIA)

    await scene.world.slack.edit(MIA, dm, root, "Frobnicate the other blorp please")
    await scene.world.slack.delete(MIA, dm, root)
    await scene.settled()

    said = [" ".join(message.text.split()) for message in scene.handoff_thread]
    assert any("It now says: Frobnicate the other blorp please" in text for text in said)
    assert any("deleted a message" in text for text in said)


def _handoff_id(scene: Scene) -> str:
    for block in scene.card.blocks:
        for element in block.get("elements", ()):
            if element.get("action_id") in ("handoff_claim", "handoff_resolve"):
                return str(element["value"])
    raise AssertionError("the card has no button")


CARD_OVER_LINES = "> 4111 1111\n> 1111 1111"


async def test_a_secret_that_is_broken_over_lines_reaches_neither_card_nor_ticket(scene: Scene) -> None:
    await scene.ask(f"{UNKNOWN}\nI was asked to pay with\n{CARD_OVER_LINES}")

    ticket = await scene.ticket()
    for shown in (str(scene.card.blocks), scene.card.text, ticket.subject, ticket.body):
        assert "1111" not in shown
    assert "[redacted: card number]" in ticket.body


async def test_a_name_at_the_place_where_a_subject_is_cut_is_no_half_of_an_id(scene: Scene) -> None:
    slack = scene.world.slack
    lead = f"{UNKNOWN} {'x' * 36} "
    await slack.say(MIA, slack.dm_of(MIA), f"{lead}<@{BEN}>, and <@{BEN}> as well", formatted=True)
    await scene.settled()

    assert (await scene.ticket()).subject == f"{lead}@Ben, and…"


async def test_a_secret_at_the_place_where_a_subject_is_cut_is_in_no_part_of_it(scene: Scene) -> None:
    lead = f"{UNKNOWN} "
    await scene.ask(lead + "x" * (70 - len(lead)) + " 4111 1111 1111 1111")

    ticket = await scene.ticket()
    assert "4111" not in ticket.subject
    assert "4111" not in ticket.body


# Handed back with something unanswered.

REFUSED = "Where do I park my bike?"


async def test_a_question_that_failed_is_asked_again_at_the_hand_back_and_the_ticket_waits_for_the_answer(
    engine_scene: Scene,
) -> None:
    engine_scene.world.uppzy.fail(Endpoint.CHAT, replying(422))
    root = await engine_scene.ask(CONFIDENT)
    engine_scene.world.uppzy.hold()
    await engine_scene.world.slack.press(ADA, HANDOFF_CHANNEL, engine_scene.card.ts, "handoff_hand_back")
    await engine_scene.world.slack.wait_for(lambda: "handed your question back" in engine_scene.texts(root))
    await engine_scene.until_stored("local_tickets", "status = 'open'")

    engine_scene.world.uppzy.release()
    await engine_scene.settled()

    ticket = await engine_scene.ticket()
    assert "password.example.com" in str(engine_scene.replies(root)[-1].blocks)
    assert ticket.status is TicketStatus.SOLVED
    assert ticket.notes[-1] == "The assistant has answered in Slack."
    assert "Handed back to the assistant in Slack. It hasn't answered yet." in ticket.notes
    assert [asked.message for asked in engine_scene.world.uppzy.asked] == [CONFIDENT]


async def test_a_question_that_failed_is_asked_again_at_the_hand_back_although_small_talk_followed(
    scene: Scene,
) -> None:
    scene.world.uppzy.fail(Endpoint.CHAT, replying(422))
    root = await scene.ask(CONFIDENT)
    (notice,) = [reply for reply in scene.replies(root) if "handoff_withdraw" in str(reply.blocks)]
    await scene.press(notice, "handoff_withdraw")
    await scene.ask("hello", thread=root)
    await scene.press(scene.replies(root)[-1], "talk_to_person")

    await scene.press(scene.world.cards[-1], "handoff_hand_back", who=ADA)

    assert len(scene.world.cards) == 2
    assert [asked.message for asked in scene.world.uppzy.asked] == [CONFIDENT]
    assert "password.example.com" in str(scene.replies(root)[-1].blocks)


async def test_the_ticket_waits_for_the_last_of_the_answers_after_a_hand_back(scene: Scene) -> None:
    slack, uppzy = scene.world.slack, scene.world.uppzy
    uppzy.fail(Endpoint.CHAT, replying(422))
    root = await scene.ask(CONFIDENT)
    first = scene.card
    await scene.ask(REFUSED, thread=root)
    uppzy.hold()
    await slack.press(ADA, HANDOFF_CHANNEL, first.ts, "handoff_hand_back")
    await uppzy.wait_for(lambda: len(uppzy.asked) == 1)

    uppzy.fail(Endpoint.CHAT, replying(422))
    uppzy.release()
    await scene.settled()

    assert "password.example.com" in str([reply.blocks for reply in scene.replies(root)])
    assert len(scene.world.cards) == 2
    assert await scene.count("local_tickets", "notes LIKE '%This goes on as HD-2.%'") == 1
    assert await scene.count("local_tickets", "notes LIKE '%The assistant has answered in Slack.%'") == 0


async def test_what_the_employee_wrote_after_the_last_reply_is_asked_at_the_hand_back(
    claimed: tuple[Scene, str],
) -> None:
    scene, root = claimed
    await scene.ask("Is the printer on floor two working?", thread=root)
    await scene.write_in_thread("Yes, it is.")
    await scene.ask(CONFIDENT, thread=root)
    await scene.ask("I forgot it over the holidays", thread=root)

    await scene.press_card("hand_back")

    assert scene.world.uppzy.asked[-1].message == f"{CONFIDENT}\nI forgot it over the holidays"
    assert len(scene.world.uppzy.asked) == 2
    assert "password.example.com" in str(scene.replies(root)[-1].blocks)
    assert (await scene.ticket()).status is TicketStatus.SOLVED


async def test_what_was_asked_at_a_hand_back_is_not_asked_at_the_next(claimed: tuple[Scene, str]) -> None:
    scene, root = claimed
    await scene.ask(CONFIDENT, thread=root)

    await scene.press_card("hand_back")
    await scene.press_card("reopen")
    await scene.press_card("hand_back")

    assert [asked.message for asked in scene.world.uppzy.asked] == [UNKNOWN, CONFIDENT]
    assert "has handed the conversation back" in scene.replies(root)[-1].text


async def test_a_reply_that_its_author_has_deleted_answers_nothing(claimed: tuple[Scene, str]) -> None:
    scene, root = claimed
    await scene.ask(CONFIDENT, thread=root)
    reply = await scene.write_in_thread("Come to room 4.")
    await scene.world.slack.delete(ADA, HANDOFF_CHANNEL, reply)
    await scene.settled()

    await scene.press_card("hand_back")

    assert scene.world.uppzy.asked[-1].message == CONFIDENT


async def _asks_two_at_the_hand_back(scene: Scene, root: str) -> str:
    """Hands two messages back, whose answer the assistant holds. Returns the ts of the second one."""
    await scene.ask(CONFIDENT, thread=root)
    second = await scene.ask("I forgot it in May", thread=root)
    slack = scene.world.slack
    scene.world.uppzy.hold()
    await slack.press(ADA, HANDOFF_CHANNEL, scene.card.ts, "handoff_hand_back")
    await slack.wait_for(lambda: "handed your question back" in scene.texts(root))
    return second


async def test_one_of_several_messages_that_the_assistant_is_asked_is_changed_and_the_others_stay(
    claimed: tuple[Scene, str],
) -> None:
    scene, root = claimed
    slack = scene.world.slack
    second = await _asks_two_at_the_hand_back(scene, root)

    await slack.edit(MIA, slack.dm_of(MIA), second, "I forgot it in June")
    scene.world.uppzy.release()
    await scene.settled()

    assert scene.world.uppzy.asked[-1].message == f"{CONFIDENT}\nI forgot it in June"
    copies = str([message.text for message in scene.handoff_thread])
    assert ("I forgot it in June" in copies, "I forgot it in May" in copies) == (True, False)

    # As when a preview of a link is added.
    await slack.edit(MIA, slack.dm_of(MIA), second, "I forgot it in June")
    await scene.settled()
    assert "edited" not in scene.texts(root)


async def test_one_of_several_messages_that_the_assistant_is_asked_is_deleted_and_the_others_stay(
    claimed: tuple[Scene, str],
) -> None:
    scene, root = claimed
    slack = scene.world.slack
    second = await _asks_two_at_the_hand_back(scene, root)

    await slack.delete(MIA, slack.dm_of(MIA), second)
    scene.world.uppzy.release()
    await scene.settled()

    assert scene.world.uppzy.asked[-1].message == CONFIDENT
    assert "password.example.com" in str([reply.blocks for reply in scene.replies(root)])


async def test_a_question_that_comes_to_people_again_after_the_hand_back_is_said_on_the_ticket(
    claimed: tuple[Scene, str],
) -> None:
    scene, root = claimed
    await scene.ask(PERSON, thread=root)

    await scene.press_card("hand_back")

    first, _ = scene.world.cards
    assert "HD-1 · closed" in str(first.blocks)
    assert await scene.count("local_tickets", "notes LIKE '%This goes on as HD-2.%'") == 1


async def test_a_question_that_is_stopped_after_the_hand_back_closes_the_ticket(scene: Scene) -> None:
    root = await _with_ticket(scene)
    slack = scene.world.slack
    await slack.press(ADA, HANDOFF_CHANNEL, scene.card.ts, "handoff_hand_back")
    await slack.wait_for(lambda: "handed your question back" in scene.texts(root))

    await slack.stop_session(MIA, slack.dm_of(MIA), root)
    scene.world.uppzy.release()
    await scene.settled()

    assert (await scene.ticket()).status is TicketStatus.CLOSED


async def test_an_unanswered_sensitive_matter_stays_with_people(scene: Scene) -> None:
    root = await scene.ask("I want to report harassment by my manager")

    await scene.press_card("hand_back")

    assert scene.private_notes(ADA) == [
        "*HD-1* is sensitive, so the assistant can't answer it. Reply first, or press *Resolve*."
    ]
    assert "Unclaimed" in str(scene.card.blocks)
    assert "handed" not in scene.texts(root)
