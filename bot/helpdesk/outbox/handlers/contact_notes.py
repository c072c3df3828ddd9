"""Handlers of the notes in the ticket system: agents' notes on tickets, and conversation summaries on contacts."""

from __future__ import annotations

from dataclasses import dataclass

from bot.errors import NotFoundError, RequesterRefusedError
from bot.helpdesk import messages
from bot.helpdesk.model.effects import Body, CopyNote, WriteContactNote
from bot.helpdesk.outbox.handler import Attempt, Dependencies, EffectHandler, HandlerRegistry, SupersededError
from bot.helpdesk.outbox.handlers.alarms import end_ticket_alarm, raise_ticket_alarm
from bot.helpdesk.outbox.handlers.tickets import has_ticket
from bot.helpdesk.ports import HasContacts
from bot.helpdesk.redaction import redact
from bot.helpdesk.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class ContactNoteHandlers:
    """Handlers of the notes on tickets and on contacts."""

    deps: Dependencies

    def register(self, registry: HandlerRegistry) -> None:
        """Adds the handlers to the registry."""
        registry.add(
            CopyNote,
            EffectHandler[CopyNote, None](
                send=self._copy_note,
                on_sent=_on_written,
                on_failed=raise_ticket_alarm,
                still_needed=has_ticket,
                long_retry=True,
            ),
        )
        registry.add(
            WriteContactNote,
            EffectHandler[WriteContactNote, None](
                send=self._write_contact_note, on_sent=_on_written, on_failed=raise_ticket_alarm, long_retry=True
            ),
        )

    async def _copy_note(self, attempt: Attempt[CopyNote]) -> None:
        body = attempt.body
        handoff = await self.deps.store.run(lambda tx: tx.handoffs.get(body.handoff_id))
        if handoff is None or handoff.ticket.ref is None:
            raise NotFoundError("The handoff has no ticket.", system="tickets")
        author = " ".join((await self.deps.directory(handoff.surface).person(body.author)).name.split())
        text = redact(await self.deps.readable(body.text))
        write = messages.tickets.agents_changed_note if body.changed else messages.tickets.agents_note
        note = write(author, text, self.deps.config.surface(handoff.surface).name)
        await self.deps.tickets.note(handoff.ticket.ref, note, public=False, key=attempt.effect.id)

    async def _write_contact_note(self, attempt: Attempt[WriteContactNote]) -> None:
        """Writes the note. Dropped if the ticket system keeps no contacts, or cannot use the employee's address."""
        body = attempt.body
        if not isinstance(self.deps.tickets, HasContacts):
            raise SupersededError
        email = (await self.deps.directory(body.surface).person(body.employee)).email
        if email is None:
            raise SupersededError
        try:
            await self.deps.tickets.contact_note(email, body.text, attempt.effect.id)
        except RequesterRefusedError as error:
            raise SupersededError from error


def _on_written(uow: UnitOfWork, body: Body, result: None) -> None:
    end_ticket_alarm(uow)
