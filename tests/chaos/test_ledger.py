"""The ledger finds whatever is lost, doubled or left undone, here after tampering with a good day."""

from __future__ import annotations

import copy
import random
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import pytest_asyncio

from sandbox.slack import LocalSlack, Message
from sandbox.uppzy import Behaviour, LocalUppzy
from sandbox.world import HANDOFF_CHANNEL, LocalWorld, local_settings, populate
from storage.sqlite.store import open_engine
from tests.chaos.bot import HURRIED, hurried_policy
from tests.chaos.ledger import Balance, Books, balance, seen_in_slack
from tests.chaos.people import STORIES, Deed, People, handoff_on, live
from tests.english import messages


@dataclass(frozen=True, slots=True, kw_only=True)
class GoodDay:
    """A day without faults, with every story once."""

    system: LocalWorld
    people: People
    path: Path

    def balance(self) -> Balance:
        """Returns the balance of the day."""
        return balance(
            self.people.acts, Books(seen_in_slack(self.system.slack), self.system.uppzy, f"sqlite:///{self.path}")
        )

    def balance_after(self, statement: str) -> Balance:
        """Returns the balance after a statement has changed the database, and restores the database."""
        kept = self.path.read_bytes()
        with open_engine(self.path).connect() as connection:
            assert connection.exec_driver_sql(statement).rowcount > 0
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        try:
            return self.balance()
        finally:
            self.path.write_bytes(kept)

    def messages(self, is_meant: Callable[[Message], bool]) -> list[Message]:
        """Returns the matching messages of all channels and threads, at least one."""
        slack = self.system.slack
        roots = [root for channel in slack.workspace.channels for root in slack.messages(channel)]
        threads = [reply for root in roots for reply in slack.messages(root.channel, root.ts)[1:]]
        found = [one for one in (*roots, *threads) if is_meant(one)]
        assert found
        return found

    def say_again(self, message: Message) -> None:
        """Posts the message a second time."""
        thread = message.thread_ts if message.is_reply else None
        self.system.slack.workspace.post(replace(message, ts="", thread_ts=thread, reply_count=0))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def good_day(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[GoodDay]:
    path = tmp_path_factory.mktemp("good day") / "desk.db"
    async with LocalSlack() as slack, LocalUppzy(behaviour=Behaviour(feedback_overwrites=True)) as uppzy:
        populate(slack)
        settings = local_settings(slack, uppzy, path, {"POLICY_FILE": str(hurried_policy(path.parent))})
        system = LocalWorld(slack=slack, uppzy=uppzy, settings=settings, outside=HURRIED)
        people = People(slack, timeout=60.0)
        async with system.bot() as bot:
            await live(people, random.Random(1), conversations=len(STORIES), seconds=0.0)
            await bot.runner.idle()
            await slack.settled()
            await bot.runner.idle()
        assert people.disappointed == []
        yield GoodDay(system=system, people=people, path=path)


@pytest.fixture
def day(good_day: GoodDay, monkeypatch: pytest.MonkeyPatch) -> Iterator[GoodDay]:
    """Provides the good day with a workspace and feedback that a test may tamper with."""
    slack, feedback = good_day.system.slack, good_day.system.uppzy.feedback
    feed = slack.workspace.changes
    monkeypatch.setattr(slack, "workspace", copy.deepcopy(slack.workspace, {id(feed): feed}))
    received = list(feedback)
    yield good_day
    feedback[:] = received


def _is_answer(message: Message) -> bool:
    return "feedback_buttons" in str(message.blocks) and message.channel != HANDOFF_CHANNEL


def _is_card(message: Message) -> bool:
    return message.channel == HANDOFF_CHANNEL and not message.is_reply and bool(handoff_on(message))


def test_a_good_day_has_nothing_to_tell_and_every_deed_in_it(day: GoodDay) -> None:
    result = day.balance()

    assert result.breaches == []
    assert {act.deed for act in day.people.acts} == set(Deed) - {Deed.PRESSED}
    assert result.actions == len(day.people.acts)
    assert result.answered + result.handed_over + result.told + result.done == result.actions


def test_an_answer_that_is_not_in_slack_is_lost(day: GoodDay) -> None:
    day.system.slack.workspace.remove(day.messages(_is_answer)[0])

    assert day.balance().lost == 1


def test_a_wish_for_a_person_without_a_card_is_lost(day: GoodDay) -> None:
    cards = day.messages(_is_card)
    for card in cards:
        day.system.slack.workspace.remove(card)

    result = day.balance()

    assert result.lost >= 2
    assert len([breach for breach in result.breaches if breach.startswith("no card")]) == len(cards)


def test_what_an_agent_wrote_and_the_employee_never_read_is_lost(day: GoodDay) -> None:
    (relayed,) = day.messages(lambda message: "the other blorp" in message.text and message.bot_id is not None)
    day.system.slack.workspace.remove(relayed)

    assert day.balance().lost == 1


def test_what_the_database_forgot_is_lost(day: GoodDay) -> None:
    forgotten = {
        "UPDATE handoffs SET claim_by = NULL WHERE claim_by IS NOT NULL": 1,
        "UPDATE handoffs SET state = 'claimed' WHERE state = 'resolved'": 1,
        # Three presses on one answer end in one verdict, here not in the last one given.
        "UPDATE verdicts SET rating = 'bad' WHERE changes = 3": 3,
    }

    assert {statement: day.balance_after(statement).lost for statement in forgotten} == forgotten


def test_a_verdict_that_did_not_reach_uppzy_is_lost(day: GoodDay) -> None:
    day.system.uppzy.feedback.clear()

    assert day.balance().lost == len([act for act in day.people.acts if act.deed is Deed.RATED])


def test_a_verdict_that_took_effect_twice_is_doubled_and_a_mere_repetition_is_not(day: GoodDay) -> None:
    last = day.system.uppzy.feedback[-1]
    day.system.uppzy.feedback.append(last)
    assert day.balance().doubled_verdicts == 0

    other = "bad" if last.feedback == "good" else "good"
    day.system.uppzy.feedback.extend([replace(last, feedback=other), last])
    assert day.balance().doubled_verdicts == 2


def test_an_answer_that_stands_twice_is_doubled(day: GoodDay) -> None:
    answer = day.messages(_is_answer)[0]
    day.say_again(answer)
    # The same answer is doubled even if the second post has another delivery id.
    day.say_again(replace(answer, metadata=None))

    assert day.balance().doubled_posts == 1 + 2


def test_a_card_that_stands_twice_is_doubled(day: GoodDay) -> None:
    day.say_again(replace(day.messages(_is_card)[0], metadata=None))

    assert day.balance().doubled_cards == 1


def test_being_told_twice_that_it_takes_longer_is_once_too_often(day: GoodDay) -> None:
    answer = day.messages(_is_answer)[0]
    for _ in range(4):
        day.say_again(replace(answer, text=messages.employee.TAKES_LONGER, blocks=[], metadata=None))

    assert day.balance().doubled_posts > 0


def test_what_is_left_undone_is_named(day: GoodDay) -> None:
    undone = {
        "INSERT INTO jobs VALUES (9999, 'effect', 'eff', 'lane', 0, 0, 0)": "1 jobs are left",
        "UPDATE effects SET state = 'sending' WHERE kind = 'CreateTicket'": "neither done nor given up: CreateTicket",
        "UPDATE effects SET state = 'failed' WHERE kind = 'OpenForm'": "given up without a word: OpenForm",
        "UPDATE effects SET state = 'failed' WHERE kind = 'PostMessage:AgentMessage'": "given up without a word",
        "DELETE FROM local_tickets": "no ticket for handoff",
    }

    for statement, breach in undone.items():
        assert any(breach in one for one in day.balance_after(statement).breaches), statement


def test_two_tickets_for_a_handoff_are_one_too_many(day: GoodDay) -> None:
    second = (
        "INSERT INTO local_tickets SELECT id || 'x', number || 'x', key || 'x', subject, body, priority, requester,"
        " status, metadata, notes, note_keys, opened_at, changed_at FROM local_tickets LIMIT 1"
    )

    assert day.balance_after(second).doubled_tickets == 1


def test_a_form_that_could_not_be_opened_is_told_to_whoever_pressed_for_it(day: GoodDay) -> None:
    told = (
        "UPDATE effects SET state = CASE kind WHEN 'OpenForm' THEN 'failed' ELSE state END,"
        " kind = CASE kind WHEN 'SetTicketStatus' THEN 'PrivateNote' ELSE kind END"
        " WHERE kind IN ('OpenForm', 'SetTicketStatus')"
    )

    assert not any("OpenForm" in breach for breach in day.balance_after(told).breaches)
