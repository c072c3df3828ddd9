"""Handlers of the effects on tickets and contacts: creating, amending, changing the status, writing notes."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import TypeVar

from bot.errors import AmbiguousError, OutsideError, RequesterRefusedError
from bot.helpdesk import messages
from bot.helpdesk.alarms import end_ticket_alarm, raise_ticket_alarm
from bot.helpdesk.handoffs.ticket_sync import record_set_status
from bot.helpdesk.handoffs.tickets import named_subject, record_ticket, record_ticket_trouble
from bot.helpdesk.model.chat import Person
from bot.helpdesk.model.effects import (
    AmendTicket,
    Body,
    CopyNote,
    CreateTicket,
    Effect,
    NotSent,
    PollTicket,
    ReadTicket,
    SendStatus,
    Sent,
    SetTicketStatus,
    WriteContactNote,
)
from bot.helpdesk.model.handoff import Handoff, TicketDraft, TicketRef, TicketStatus
from bot.helpdesk.outbox.handler import (
    Attempt,
    Dependencies,
    EffectHandler,
    HandlerRegistry,
    Postponement,
    SupersededError,
    no_outcome,
)
from bot.helpdesk.outbox.handlers.unclear import UnclearOutcomes
from bot.helpdesk.ports import ChangesInOneStep, HasContacts, Transaction
from bot.helpdesk.redaction import redact
from bot.helpdesk.unit_of_work import UnitOfWork, carried

B = TypeVar("B", bound=Body)

_OfTicket = AmendTicket | SetTicketStatus | CopyNote

_WAITS_FOR_OLDER = "waits for an older ticket"
"""The reason of a ticket that waits for an older one while the ticket system is down."""

# Recorded errors which mean that the ticket system is down, or limits everyone. Tickets decided later then wait.
_DOWN = ("TemporaryError ", "RateLimitedError ", _WAITS_FOR_OLDER)
_DOWN_CODES = (" 502", " 503", " 504")


@dataclass(frozen=True, slots=True)
class _Created:
    """A ticket that was created, with the address of the card in it."""

    ref: TicketRef
    chat_url: str | None


@dataclass(frozen=True, slots=True)
class _Ticketed:
    """A handoff that has a ticket. `perhaps_twice`: a slow search index may have let it be created twice."""

    handoff: Handoff
    perhaps_twice: bool


@dataclass(frozen=True, slots=True)
class _Noted:
    """The handoff with a ticket of a conversation that gets a note; None if there is none."""

    ticketed: _Ticketed | None


@dataclass(frozen=True, slots=True)
class TicketHandlers:
    """Handlers of the effects on tickets and contacts.

    The first attempt to create a ticket completes the draft with the requester and the address of the card. The
    complete draft is stored, so every later attempt sends exactly the same.
    """

    deps: Dependencies
    _unclear: UnclearOutcomes = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_unclear", UnclearOutcomes(self.deps.clock))

    def register(self, registry: HandlerRegistry) -> None:
        """Adds the handlers to the registry."""
        registry.add(
            CreateTicket,
            EffectHandler[CreateTicket, _Created](
                send=self._create,
                find_sent=self._find,
                search_again=self._search_again,
                load=_has_card,
                not_before=self._after_older,
                on_sent=self._on_created,
                on_failed=_on_create_failed,
                on_retry=_on_create_retry,
                outcome=_ticket_id,
                long_retry=True,
            ),
        )
        registry.add(AmendTicket, _writing(self._amend_ticket, self._load_handoff))
        registry.add(
            SetTicketStatus,
            EffectHandler[SetTicketStatus, TicketStatus](
                send=self._set_status,
                on_sent=_on_status_set,
                on_failed=raise_ticket_alarm,
                load=self._load_handoff,
                outcome=no_outcome,
                long_retry=True,
            ),
        )
        registry.add(CopyNote, _writing(self._copy_note, self._load_handoff))
        registry.add(WriteContactNote, _writing(self._write_contact_note, self._load_noted))

    # Creating a ticket.

    async def _create(self, attempt: Attempt[CreateTicket]) -> _Created:
        body = await self._completed(attempt)
        try:
            ref = await self.deps.tickets.create(body.draft, _ticket_key(body.handoff_id))
            return _Created(ref, body.draft.metadata.chat_url)
        except AmbiguousError:
            self._unclear.note(attempt.effect.id)
            raise

    async def _find(self, attempt: Attempt[CreateTicket]) -> SendStatus[_Created]:
        found = await self.deps.tickets.find(_ticket_key(attempt.body.handoff_id))
        if found is None:
            return NotSent()
        self._unclear.forget(attempt.effect.id)
        return Sent(_Created(found, attempt.body.draft.metadata.chat_url))

    def _on_created(self, uow: UnitOfWork, body: CreateTicket, created: _Created) -> None:
        link = self._card_link(uow.tx.handoffs.get(body.handoff_id))
        record_ticket(uow, body.handoff_id, created.ref, has_link=created.chat_url == link)
        end_ticket_alarm(uow)

    async def _search_again(self, attempt: Attempt[CreateTicket]) -> Postponement | None:
        """Postpones a second creation while the first may not be found by its key yet, or an older ticket waits."""
        if (later := await self.deps.store.run(carried(self._behind_older), attempt.effect)) is not None:
            return later
        left = self._unclear.left(attempt.effect.id, self.deps.tickets.settle_seconds)
        return Postponement(seconds=min(left, self.deps.timeouts.ticket_search_interval)) if left > 0 else None

    def _behind_older(self, tx: Transaction, effect: Effect) -> Postponement | None:
        return self._after_older(self.deps.unit_of_work(tx), effect)

    def _after_older(self, uow: UnitOfWork, effect: Effect) -> Postponement | None:
        """Postpones a ticket while an older one waits for the ticket system: they are created in order.

        The card then says that this one waits too.
        """
        if not any(map(_means_down, uow.tx.effects.errors_before(effect))):
            return None
        record_ticket_trouble(uow, effect.subject, messages.agents.TICKET_PENDING)
        return Postponement(seconds=self.deps.timeouts.ticket_queue_poll, reason=_WAITS_FOR_OLDER)

    async def _completed(self, attempt: Attempt[CreateTicket]) -> CreateTicket:
        body = attempt.body
        if body.complete:
            return body
        person, draft, _ = await asyncio.gather(
            self.deps.find_person(body.surface, body.draft.requester),
            self._with_names(body.draft),
            self._wait_for_card(attempt),
        )
        body = replace(body, draft=draft)
        return await self.deps.store.run(self._complete, attempt.effect.id, body, person)

    async def _wait_for_card(self, attempt: Attempt[CreateTicket]) -> None:
        """Waits a moment for the card: a ticket created before it would have to be amended with its address."""
        has_card: bool = attempt.loaded
        if not has_card:
            await self.deps.card_attempts.wait(attempt.body.handoff_id, self.deps.timeouts.card_wait)

    async def _with_names(self, draft: TicketDraft) -> TicketDraft:
        """Replaces mentions by names: a ticket system does not know the ids of the chat."""
        subject = named_subject(await self.deps.readable(draft.subject))
        return replace(draft, subject=subject, body=redact(await self.deps.readable(draft.body)))

    def _complete(self, tx: Transaction, effect_id: str, body: CreateTicket, person: Person | None) -> CreateTicket:
        effect = tx.effects.get(effect_id)
        if effect is None:
            return body
        if isinstance(effect.body, CreateTicket) and effect.body.complete:
            return effect.body
        draft = replace(
            body.draft,
            requester_name=person.name if person else None,
            requester_email=person.email if person else None,
            metadata=replace(body.draft.metadata, chat_url=self._card_link(tx.handoffs.get(body.handoff_id))),
        )
        complete = replace(body, draft=draft, complete=True)
        tx.effects.complete(replace(effect, body=complete))
        return complete

    def _card_link(self, handoff: Handoff | None) -> str | None:
        """Returns the address of the handoff's card, None before it is posted."""
        if handoff is None or handoff.thread is None:
            return None
        return self.deps.surface(handoff.surface).link(handoff.channel, handoff.thread)

    # Changing a ticket.

    async def _amend_ticket(self, attempt: Attempt[AmendTicket]) -> None:
        body = attempt.body
        handoff, ref = await self._ticket_of(attempt)
        link = self._card_link(handoff)
        metadata = replace(body.metadata, chat_url=link)
        chat = self.deps.config.surface(handoff.surface).name
        note = body.note or self.deps.config.agents.safe(messages.tickets.card_address(link, chat))
        tickets, key = self.deps.tickets, attempt.effect.id
        if isinstance(tickets, ChangesInOneStep):
            await tickets.change(ref, metadata=metadata, note=note, key=key)
        else:
            await tickets.amend(ref, metadata)
            await tickets.note(ref, note, public=False, key=key)

    async def _set_status(self, attempt: Attempt[SetTicketStatus]) -> TicketStatus:
        """Sets the status. Returns the one the ticket has then: a system with fewer statuses may show another."""
        body = attempt.body
        _, ref = await self._ticket_of(attempt)
        tickets, key = self.deps.tickets, attempt.effect.id
        if isinstance(tickets, ChangesInOneStep):
            return await tickets.change(ref, status=body.status, note=body.note, key=key)
        await tickets.set_status(ref, body.status)
        await tickets.note(ref, body.note, public=False, key=key)
        return await tickets.status(ref)

    # Notes.

    async def _copy_note(self, attempt: Attempt[CopyNote]) -> None:
        body = attempt.body
        handoff, ref = await self._ticket_of(attempt)
        author = " ".join((await self.deps.directory(handoff.surface).person(body.author)).name.split())
        text = redact(await self.deps.readable(body.text))
        write = messages.tickets.agents_changed_note if body.changed else messages.tickets.agents_note
        note = write(author, text, self.deps.config.surface(handoff.surface).name)
        await self.deps.tickets.note(ref, self.deps.config.agents.safe(note), public=False, key=attempt.effect.id)

    async def _write_contact_note(self, attempt: Attempt[WriteContactNote]) -> None:
        """Writes the note on the employee's contact, else on the ticket. Dropped if there is neither."""
        if await self._is_on_contact(attempt):
            return
        noted: _Noted = attempt.loaded
        if noted.ticketed is None:
            raise SupersededError
        ref = await self._current_ref(noted.ticketed)
        await self.deps.tickets.note(ref, attempt.body.text, public=False, key=attempt.effect.id)

    async def _is_on_contact(self, attempt: Attempt[WriteContactNote]) -> bool:
        """Writes the note on the contact. Returns False if there is none, or it takes no note."""
        body, tickets = attempt.body, self.deps.tickets
        if not isinstance(tickets, HasContacts):
            return False
        email = (await self.deps.directory(body.surface).person(body.employee)).email
        if email is None:
            return False
        try:
            await tickets.contact_note(email, body.text, attempt.effect.id)
        except RequesterRefusedError:
            return False
        return True

    def _load_noted(self, uow: UnitOfWork, body: WriteContactNote) -> _Noted:
        return _Noted(self._load_handoff(uow, body))

    # The ticket of a handoff.

    def _load_handoff(self, uow: UnitOfWork, body: _OfTicket | WriteContactNote) -> _Ticketed | None:
        handoff = load_ticketed(uow, body)
        if handoff is None:
            return None
        create = uow.tx.effects.latest(CreateTicket, handoff.id) if self.deps.tickets.settle_seconds else None
        return _Ticketed(handoff, perhaps_twice=create is not None and create.attempts > 1)

    async def _ticket_of(self, attempt: Attempt[_OfTicket]) -> tuple[Handoff, TicketRef]:
        loaded: _Ticketed = attempt.loaded
        return loaded.handoff, await self._current_ref(loaded)

    async def _current_ref(self, loaded: _Ticketed) -> TicketRef:
        handoff, ref = loaded.handoff, loaded.handoff.ticket.ref
        assert ref is not None
        return await self._deduplicated(handoff.id, ref) if loaded.perhaps_twice else ref

    async def _deduplicated(self, handoff_id: str, known: TicketRef) -> TicketRef:
        """Returns the ticket that remains where a slow search index let the ticket be created twice."""
        kept = await self.deps.tickets.find(_ticket_key(handoff_id)) or known
        if kept.id != known.id:
            await self.deps.store.run(carried(lambda tx: record_ticket(self.deps.unit_of_work(tx), handoff_id, kept)))
        return kept


def _has_card(uow: UnitOfWork, body: CreateTicket) -> bool:
    """Returns whether the card of the handoff is posted."""
    handoff = uow.tx.handoffs.get(body.handoff_id)
    return handoff is not None and handoff.thread is not None


def _ticket_key(handoff_id: str) -> str:
    """Returns the key under which a handoff's ticket is found: lower-case and short, a legal label in every system."""
    return f"sb-{hashlib.sha256(handoff_id.encode()).hexdigest()[:32]}"


def _means_down(error: str) -> bool:
    return error.startswith(_DOWN) or error.endswith(_DOWN_CODES)


def load_ticketed(uow: UnitOfWork, body: _OfTicket | ReadTicket | PollTicket | WriteContactNote) -> Handoff | None:
    """Returns the handoff whose ticket the effect concerns, or None if that was never created."""
    handoff = uow.tx.handoffs.get(body.handoff_id)
    return None if handoff is None or handoff.ticket.ref is None else handoff


def _ticket_id(created: _Created) -> str:
    return created.ref.id


def _writing(
    send: Callable[[Attempt[B]], Awaitable[None]], load: Callable[[UnitOfWork, B], object | None] | None = None
) -> EffectHandler[B, None]:
    """Returns a handler that writes in the ticket system, and learns nothing but that this worked."""
    return EffectHandler[B, None](
        send=send, on_sent=_on_written, on_failed=raise_ticket_alarm, load=load, long_retry=True
    )


def _on_written(uow: UnitOfWork, body: Body, result: None) -> None:
    end_ticket_alarm(uow)


def _on_status_set(uow: UnitOfWork, body: SetTicketStatus, status: TicketStatus) -> None:
    record_set_status(uow, body.handoff_id, status)
    end_ticket_alarm(uow)


def _on_create_retry(uow: UnitOfWork, body: CreateTicket, error: OutsideError, delay: float) -> None:
    record_ticket_trouble(uow, body.handoff_id, messages.agents.TICKET_PENDING)


def _on_create_failed(uow: UnitOfWork, body: CreateTicket, error: OutsideError) -> None:
    record_ticket_trouble(uow, body.handoff_id, messages.agents.ticket_not_created(error.code))
    raise_ticket_alarm(uow, body, error)
