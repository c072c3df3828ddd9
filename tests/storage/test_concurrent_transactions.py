"""Pairs of concurrent transactions on PostgreSQL, each reading rows that the other changes: no change is lost."""

from __future__ import annotations

import asyncio
import concurrent.futures
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace

import pytest

from bot.helpdesk.answering.answers import record_answer, record_refusal
from bot.helpdesk.config import DeskConfig, SurfaceConfig
from bot.helpdesk.escalation import Facts, Policy, decide
from bot.helpdesk.handoffs.card import read_card, refresh_card
from bot.helpdesk.handoffs.opening import escalate, record_opened
from bot.helpdesk.handoffs.tickets import record_ticket
from bot.helpdesk.model.conversation import Conversation, NoAnswer, Question, Reply
from bot.helpdesk.model.effects import (
    AmendTicket,
    Ask,
    CreateTicket,
    Effect,
    PostMessage,
    RefreshCard,
)
from bot.helpdesk.model.handoff import Card, Grounds, Handoff, Reveal, TicketDraft, TicketMetadata, TicketRef
from bot.helpdesk.model.target import HandoffChannel
from bot.helpdesk.outbox.handlers.message_hooks import load_card
from bot.helpdesk.redaction import redact
from bot.helpdesk.unit_of_work import UnitOfWork
from storage.postgres.store import PostgresStore
from storage.repositories import Transaction
from tests.addresses import SURFACE, channel_at

Work = Callable[[Transaction], object]

_WAITS = 0.3


@dataclass(slots=True)
class Interleaving:
    """A store, and a transaction of another process that runs once one here has begun to read."""

    store: PostgresStore
    other_process: PostgresStore
    loop: asyncio.AbstractEventLoop
    _other: Work | None = field(default=None, init=False)

    async def run(self, work: Work, other: Work) -> None:
        """Runs `work`. The first time it calls `run_other`, `other` is begun and committed."""
        self._other = other
        await self.store.run(work)
        assert self._other is None

    def run_other(self) -> None:
        """Runs the other transaction from beginning to end."""
        if (other := self._take_other()) is not None:
            self.begin(other).result(10.0)

    def _take_other(self) -> Work | None:
        other, self._other = self._other, None
        return other

    def begin(self, other: Work) -> concurrent.futures.Future[object]:
        """Begins the other transaction, which may have to wait for the one here."""
        return asyncio.run_coroutine_threadsafe(self.other_process.run(other), self.loop)


@pytest.fixture
async def interleaving(new_postgres: Callable[[], str]) -> AsyncIterator[Interleaving]:
    url = new_postgres()
    async with PostgresStore(url) as store, PostgresStore(url) as other:
        yield Interleaving(store, other, asyncio.get_running_loop())


def _unit_of_work(tx: Transaction, split: Callable[[str], tuple[str, ...]] = lambda text: (text,)) -> UnitOfWork:
    return UnitOfWork(
        tx,
        5.0,
        DeskConfig(
            policy=Policy.of([]),
            handoff_channels={SURFACE: "C1"},
            surfaces={SURFACE: SurfaceConfig(name="the chat", joins_open_conversation=False, split=split)},
        ),
        trace=None,
    )


CONVERSATION = Conversation(
    id="con_1",
    workspace="T1",
    surface=SURFACE,
    channel="D1",
    thread="1.1",
    employee="U1",
    session_id="s",
    opened_at=1.0,
    last_at=1.0,
)
QUESTION = Question(
    id="que_1",
    conversation_id="con_1",
    surface=SURFACE,
    channel="D1",
    thread="1.1",
    message="1.1",
    employee="U1",
    text="Why?",
    sent_at=1.0,
    asked_at=1.0,
)
HANDOFF = Handoff(
    id="hof_1", number=1, conversation_id="con_1", question_id="que_1", answer_id=None, priority="normal",
    grounds=Grounds(rules=("rule",), reasons=("because",), fingerprint="f"),
    place=channel_at("C1"), opened_at=1.0,
)  # fmt: skip
POSTED = replace(HANDOFF, thread="9.9")
ASK = Ask(question_id="que_1", revision=1, session_id="s", text="Why?", employee="U1")
WISH = decide(Policy.of([]), Facts(now=5.0, text="", asked_for_person=True))
REPLY = Reply(session_id="s", request_id="r", answer="So.", confidence_level="high")
WORDS = redact("x")
KNOWN = TicketMetadata(handoff_id="hof_1", uppzy_session_id="s", uppzy_request_id=None, confidence_level=None)
DRAFT = TicketDraft(subject=WORDS, body=WORDS, priority="normal", requester="U1", metadata=KNOWN)
CREATE = CreateTicket(surface=SURFACE, handoff_id="hof_1", draft=DRAFT)


def _add_question(tx: Transaction) -> None:
    tx.conversations.add(CONVERSATION)
    tx.questions.add(QUESTION)


# The card.


def _add_handoff_with_pending_refresh(tx: Transaction) -> None:
    _add_question(tx)
    tx.handoffs.add(POSTED)
    refresh_card(_unit_of_work(tx), POSTED)


def _claim(tx: Transaction) -> Card | None:
    """Claims the refresh as the outbox does, and returns the card that it shows."""
    refresh = tx.effects.latest(RefreshCard, "hof_1")
    assert refresh is not None
    assert isinstance(refresh.body, RefreshCard)
    card = load_card(_unit_of_work(tx), refresh.body)
    tx.effects.save(refresh.claimed(6.0))
    return card


async def test_a_change_while_the_card_is_being_read_is_shown_by_the_next_refresh(interleaving: Interleaving) -> None:
    await interleaving.store.run(_add_handoff_with_pending_refresh)

    def change(tx: Transaction) -> None:
        handoff = tx.handoffs.get("hof_1")
        assert handoff is not None
        interleaving.run_other()
        refresh_card(_unit_of_work(tx), replace(handoff, reveal=Reveal(by="U2", at=6.0)))

    await interleaving.run(change, _claim)

    assert await interleaving.store.run(lambda tx: tx.effects.waiting(RefreshCard, "hof_1")) is not None


async def test_a_card_is_not_read_before_a_change_that_relies_on_its_refresh_is_committed(
    interleaving: Interleaving,
) -> None:
    await interleaving.store.run(_add_handoff_with_pending_refresh)
    claims: list[concurrent.futures.Future[object]] = []

    def change(tx: Transaction) -> None:
        refresh_card(_unit_of_work(tx), replace(POSTED, reveal=Reveal(by="U2", at=6.0)))
        claims.append(interleaving.begin(_claim))
        with pytest.raises(TimeoutError):
            claims[0].result(_WAITS)

    await interleaving.store.run(change)
    card = await asyncio.wrap_future(claims[0])

    assert isinstance(card, Card)
    assert card.reveal == Reveal(by="U2", at=6.0)


# The answer.


async def _ask_for_a_person_while(interleaving: Interleaving, record_outcome: Callable[[UnitOfWork], None]) -> None:
    """An employee asks for a person while the outcome of their question is recorded."""
    await interleaving.store.run(_add_question)

    def record(tx: Transaction) -> None:
        tx.handoffs.open_in("con_1")
        interleaving.run_other()
        record_outcome(_unit_of_work(tx))

    await interleaving.run(record, lambda tx: escalate(_unit_of_work(tx), CONVERSATION, WISH, question=QUESTION))


async def test_an_answer_recorded_while_a_handoff_is_opened_is_on_its_card(interleaving: Interleaving) -> None:
    await _ask_for_a_person_while(interleaving, lambda uow: record_answer(uow, ASK, REPLY))

    (handoff,) = await interleaving.store.run(lambda tx: tx.handoffs.all_in("con_1"))
    assert handoff.answer_id is not None


async def test_a_refusal_recorded_while_a_handoff_is_opened_is_on_its_card(interleaving: Interleaving) -> None:
    await _ask_for_a_person_while(interleaving, lambda uow: record_refusal(uow, ASK, NoAnswer.REFUSED))

    (handoff,) = await interleaving.store.run(lambda tx: tx.handoffs.all_in("con_1"))
    assert handoff.revision > HANDOFF.revision


# The ticket.


async def test_a_ticket_prepared_while_the_card_is_posted_gets_its_link(interleaving: Interleaving) -> None:
    def decided(tx: Transaction) -> Effect:
        _add_question(tx)
        tx.handoffs.add(HANDOFF)
        return _unit_of_work(tx).effect(CREATE, key="ticket", lane="ticket", subject="hof_1")

    create = await interleaving.store.run(decided)

    def prepare(tx: Transaction) -> None:
        assert tx.handoffs.get("hof_1") == HANDOFF
        interleaving.run_other()
        tx.effects.complete(replace(create, body=replace(CREATE, complete=True)))

    def post(tx: Transaction) -> None:
        card = read_card(tx, "hof_1", 6.0)
        assert card is not None
        record_opened(_unit_of_work(tx), PostMessage(content=card, to=HandoffChannel("hof_1")), "9.9")

    await interleaving.run(prepare, post)
    created = TicketRef(system="local", id="tic_1", number="HD-1")
    await interleaving.store.run(lambda tx: record_ticket(_unit_of_work(tx), "hof_1", created))

    link = await interleaving.store.run(lambda tx: tx.effects.latest(AmendTicket, "hof_1"))
    assert link is not None
