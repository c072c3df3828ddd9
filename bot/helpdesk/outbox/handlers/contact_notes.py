"""Writing notes in the ticket system: what agents noted in Slack, and how conversations went."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.errors import NotFoundError, RequesterRefusedError
from bot.helpdesk.model.effects import Body, CopyNote, WriteContactNote
from bot.helpdesk.outbox.dispatcher import Attempt, EffectHandler, SupersededError, nothing
from bot.helpdesk.outbox.handlers.alarms import alarm_of_tickets, tickets_work
from bot.helpdesk.ports import Directory, KeepsContacts, Store, Tickets, Transaction
from bot.helpdesk.redaction import compose, redact
from bot.helpdesk.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactNoteHandlers:
    """Performs what is noted on tickets and on contacts."""

    tickets: Tickets
    store: Store
    directory: Directory

    @property
    def performers(self) -> Mapping[type[Body], EffectHandler]:
        """By kind of effect."""
        return {
            CopyNote: EffectHandler(
                do=self._copy_note,
                record=_record,
                fail=alarm_of_tickets,
                wanted=_has_ticket,
                outcome=nothing,
                stubborn=True,
            ),
            WriteContactNote: EffectHandler(
                do=self._write_contact_note, record=_record, fail=alarm_of_tickets, outcome=nothing, stubborn=True
            ),
        }

    async def _copy_note(self, attempt: Attempt) -> None:
        body = attempt.body(CopyNote)
        handoff = await self.store.run(lambda tx: tx.handoffs.get(body.handoff_id))
        if handoff is None or handoff.ticket is None:
            raise NotFoundError("The handoff has no ticket.", system="tickets")
        author = " ".join((await self.directory.person(body.author)).name.split())
        text = redact(await self.directory.readable(body.text))
        how = compose("changed a note in Slack, which now says") if body.changed else compose("noted in Slack")
        note = compose("{author} {how}:\n{text}", author=redact(author), how=how, text=text)
        await self.tickets.note(handoff.ticket, note, public=False, key=attempt.effect.id)

    async def _write_contact_note(self, attempt: Attempt) -> None:
        """None for somebody whose address is not known or not taken, or where no contacts are kept any more."""
        body = attempt.body(WriteContactNote)
        if not isinstance(self.tickets, KeepsContacts):
            raise SupersededError
        email = (await self.directory.person(body.employee)).email
        if email is None:
            raise SupersededError
        try:
            await self.tickets.conversation_note(email, body.text, attempt.effect.id)
        except RequesterRefusedError as error:
            raise SupersededError from error


def _has_ticket(tx: Transaction, body: CopyNote) -> bool:
    handoff = tx.handoffs.get(body.handoff_id)
    return handoff is not None and handoff.ticket is not None


def _record(uow: UnitOfWork, body: Any, result: None) -> None:
    tickets_work(uow)
