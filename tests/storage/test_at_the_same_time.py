"""Two transactions at once on PostgreSQL, each reading what the other is about to change: neither is left out."""

from __future__ import annotations

import asyncio
import concurrent.futures
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace

import pytest

from bot.helpdesk.answering.questions import record_answer, record_refusal
from bot.helpdesk.config import DeskConfig
from bot.helpdesk.escalation import Facts, Policy
from bot.helpdesk.handoffs.card import read_card, refresh_card
from bot.helpdesk.handoffs.opening import escalate, record_opened
from bot.helpdesk.handoffs.tickets import record_ticket
from bot.helpdesk.model.conversation import Conversation, Question, Reply
from bot.helpdesk.model.effects import (
    AmendTicket,
    Ask,
    Card,
    CreateTicket,
    Effect,
    EffectState,
    OpenThread,
    RefreshCard,
)
from bot.helpdesk.model.handoff import Handoff, TicketDraft, TicketMetadata, TicketRef
from bot.helpdesk.redaction import redact
from bot.helpdesk.unit_of_work import UnitOfWork
from storage.postgres.store import PostgresStore
from storage.repositories import Transaction

Work = Callable[[Transaction], object]

_WAITS = 0.3


@dataclass(slots=True)
class Meanwhile:
    """A store, and what another process does to it once a transaction here has begun to read."""

    store: PostgresStore
    loop: asyncio.AbstractEventLoop
    _other: Work | None = field(default=None, init=False)

    async def run(self, work: Work, other: Work) -> None:
        """Run `work`, which calls `happens` somewhere; there `other` is begun and committed, the first time."""
        self._other = other
        await self.store.run(work)
        assert self._other is None

    def happens(self) -> None:
        """The other's transaction, from beginning to end."""
        if (other := self._taken()) is not None:
            self.begin(other).result(10.0)

    def _taken(self) -> Work | None:
        other, self._other = self._other, None
        return other

    def begin(self, other: Work) -> concurrent.futures.Future[object]:
        """The other's transaction, which may have to wait for the one here."""
        return asyncio.run_coroutine_threadsafe(self.store.run(other), self.loop)


@pytest.fixture
async def meanwhile(new_postgres: Callable[[], str]) -> AsyncIterator[Meanwhile]:
    async with PostgresStore(new_postgres()) as store:
        yield Meanwhile(store, asyncio.get_running_loop())


def _turn(tx: Transaction, split: Callable[[str], tuple[str, ...]] = lambda text: (text,)) -> UnitOfWork:
    return UnitOfWork(
        tx,
        5.0,
        DeskConfig(policy=Policy.of([]), handoff_channel="C1", joins_open_conversation=False, split=split),
        trace=None,
    )


CONVERSATION = Conversation(
    id="con_1", workspace="T1", channel="D1", thread="1.1", employee="U1", session_id="s", opened_at=1.0, last_at=1.0
)
QUESTION = Question(
    id="que_1",
    conversation_id="con_1",
    channel="D1",
    thread="1.1",
    message="1.1",
    employee="U1",
    text="Why?",
    asked_at=1.0,
)
HANDOFF = Handoff(
    id="hof_1", number=1, conversation_id="con_1", question_id="que_1", answer_id=None, priority="normal",
    reasons=("because",), rules=("rule",), fingerprint="f", channel="C1", opened_at=1.0, with_ticket=True,
)  # fmt: skip
POSTED = replace(HANDOFF, thread="9.9")
ASK = Ask(question_id="que_1", revision=1, session_id="s", text="Why?", employee="U1")
WISH = Facts(now=5.0, text="", asked_for_person=True)
REPLY = Reply(session_id="s", request_id="r", answer="So.", confidence_level="high")
WORDS = redact("x")
KNOWN = TicketMetadata(handoff_id="hof_1", uppzy_session_id="s", uppzy_request_id=None, confidence_level=None)
DRAFT = TicketDraft(subject=WORDS, body=WORDS, priority="normal", requester="U1", metadata=KNOWN)
CREATE = CreateTicket(handoff_id="hof_1", draft=DRAFT)


def _asked(tx: Transaction) -> None:
    tx.conversations.add(CONVERSATION)
    tx.questions.add(QUESTION)


async def _card(meanwhile: Meanwhile) -> Card:
    card = await meanwhile.store.run(read_card, "hof_1", 6.0)
    assert card is not None
    return card


# The card.


def _with_a_refresh_on_its_way(tx: Transaction) -> None:
    _asked(tx)
    tx.handoffs.add(POSTED)
    refresh_card(_turn(tx), POSTED)


def _claim(tx: Transaction) -> None:
    waiting = tx.effects.waiting(RefreshCard, "hof_1")
    assert waiting is not None
    tx.effects.save(replace(waiting, state=EffectState.SENDING, attempts=1))


async def test_what_changes_while_the_card_is_being_read_is_shown_by_the_next_refresh(meanwhile: Meanwhile) -> None:
    await meanwhile.store.run(_with_a_refresh_on_its_way)

    def change(tx: Transaction) -> None:
        handoff = tx.handoffs.get("hof_1")
        assert handoff is not None
        meanwhile.happens()
        refresh_card(_turn(tx), replace(handoff, revealed_by="U2"))

    await meanwhile.run(change, _claim)

    assert await meanwhile.store.run(lambda tx: tx.effects.waiting(RefreshCard, "hof_1")) is not None


async def test_a_card_is_not_read_before_what_relies_on_its_refresh_is_there(meanwhile: Meanwhile) -> None:
    await meanwhile.store.run(_with_a_refresh_on_its_way)
    claims: list[concurrent.futures.Future[object]] = []

    def change(tx: Transaction) -> None:
        refresh_card(_turn(tx), replace(POSTED, revealed_by="U2"))
        claims.append(meanwhile.begin(_claim))
        with pytest.raises(TimeoutError):
            claims[0].result(_WAITS)

    await meanwhile.store.run(change)
    await asyncio.wrap_future(claims[0])

    assert (await _card(meanwhile)).revealed_by == "U2"


# The answer.


async def _asked_for_a_person(meanwhile: Meanwhile, recorded: Callable[[UnitOfWork], None]) -> None:
    """Somebody asks for a person while what became of their question is recorded."""
    await meanwhile.store.run(_asked)

    def record(tx: Transaction) -> None:
        tx.handoffs.open_in("con_1")
        meanwhile.happens()
        recorded(_turn(tx))

    await meanwhile.run(record, lambda tx: escalate(_turn(tx), CONVERSATION, WISH, question=QUESTION))


async def test_an_answer_that_comes_while_a_handoff_is_opened_stands_on_its_card(meanwhile: Meanwhile) -> None:
    await _asked_for_a_person(meanwhile, lambda uow: record_answer(uow, ASK, REPLY))

    (handoff,) = await meanwhile.store.run(lambda tx: tx.handoffs.all_in("con_1"))
    assert handoff.answer_id is not None


async def test_a_refusal_that_comes_while_a_handoff_is_opened_stands_on_its_card(meanwhile: Meanwhile) -> None:
    await _asked_for_a_person(meanwhile, lambda uow: record_refusal(uow, ASK, "no"))

    (handoff,) = await meanwhile.store.run(lambda tx: tx.handoffs.all_in("con_1"))
    assert handoff.revision > HANDOFF.revision


# The ticket.


async def test_a_ticket_learns_where_the_card_is_that_was_posted_while_it_was_prepared(meanwhile: Meanwhile) -> None:
    def decided(tx: Transaction) -> Effect:
        _asked(tx)
        tx.handoffs.add(HANDOFF)
        return _turn(tx).effect(CREATE, key="ticket", lane="ticket", subject="hof_1")

    create = await meanwhile.store.run(decided)

    def prepare(tx: Transaction) -> None:
        assert tx.handoffs.get("hof_1") == HANDOFF
        meanwhile.happens()
        tx.effects.complete(replace(create, body=replace(CREATE, complete=True)))

    def post(tx: Transaction) -> None:
        card = read_card(tx, "hof_1", 6.0)
        assert card is not None
        record_opened(_turn(tx), OpenThread(handoff_id="hof_1", card=card), "9.9")

    await meanwhile.run(prepare, post)
    created = TicketRef(system="local", id="tic_1", number="HD-1")
    await meanwhile.store.run(lambda tx: record_ticket(_turn(tx), "hof_1", created))

    link = await meanwhile.store.run(lambda tx: tx.effects.latest(AmendTicket, "hof_1"))
    assert link is not None
