"""Handlers of what only one person sees, and of receipts: private notes, prompts, forms and reactions."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

from bot.errors import OutsideError
from bot.helpdesk import messages
from bot.helpdesk.handoffs.card import original, read_card
from bot.helpdesk.handoffs.drafts import draft_text
from bot.helpdesk.handoffs.notify import personal_notice
from bot.helpdesk.handoffs.relay import tell_not_sent
from bot.helpdesk.lanes import Lane
from bot.helpdesk.messages import Translator
from bot.helpdesk.model.conversation import new_id
from bot.helpdesk.model.effects import DismissPrompt, Form, OpenForm, PrivateNote, ShowReceipt
from bot.helpdesk.outbox.handler import Attempt, Dependencies, EffectHandler, HandlerRegistry, SupersededError
from bot.helpdesk.ports import FormContent
from bot.helpdesk.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class PersonalHandlers:
    """Handlers of private notes, prompts, forms and receipts."""

    deps: Dependencies

    def register(self, registry: HandlerRegistry) -> None:
        """Adds the handlers to the registry."""
        registry.add(
            PrivateNote,
            EffectHandler[PrivateNote, None](
                send=self._send_private_note, on_failed=_on_private_note_failed, target=lambda note: note.to
            ),
        )
        registry.add(DismissPrompt, EffectHandler[DismissPrompt, None](send=self._dismiss_prompt))
        registry.add(
            OpenForm,
            EffectHandler[OpenForm, None](send=self._open_form, on_failed=_on_form_failed, target=lambda form: form.to),
        )
        registry.add(
            ShowReceipt,
            EffectHandler[ShowReceipt, None](send=self._show_receipt, target=lambda shown: shown.to),
        )

    async def _send_private_note(self, attempt: Attempt[PrivateNote]) -> None:
        note, to = attempt.body, attempt.destination
        await self.deps.post_privately(note.content, to, note.person, attempt.effect.id)

    async def _dismiss_prompt(self, attempt: Attempt[DismissPrompt]) -> None:
        await self.deps.surface(attempt.body.surface).dismiss_prompt(attempt.body.prompt)

    async def _open_form(self, attempt: Attempt[OpenForm]) -> None:
        body, to = attempt.body, attempt.destination
        reader = self.deps.config.catalog.in_language(body.language)
        surface = self.deps.surface(to.surface)
        late = self.deps.clock() > body.expires_at
        if late or not surface.capabilities.forms:
            notice = personal_notice(reader, messages.anyone.FORM_TOO_LATE if late else messages.anyone.NO_FORMS)
            await self.deps.post_privately(notice, to, body.person, attempt.effect.id)
            return
        await surface.open_form(
            body.form,
            body.trigger,
            body.subject,
            to,
            person=body.person,
            words_required=body.words_required,
            shown=await self._shown(body, reader),
            language=body.language,
        )

    async def _shown(self, body: OpenForm, reader: Translator) -> FormContent:
        """Returns what the form shows. It is read only now, so that no copy of it is stored."""
        match body.form:
            case Form.ORIGINAL:
                words = await self.deps.store.run(original, body.subject)
                return words or reader(messages.agents.NOTHING_TO_REVEAL)
            case Form.WHOLE_CARD:
                card = await self.deps.store.run(read_card, body.subject, self.deps.clock())
                return card or reader(messages.anyone.GONE)
            case Form.ARTICLE | Form.WHOLE_ARTICLE:
                article = await self.deps.store.run(lambda tx: tx.articles.get(body.subject))
                return article or reader(messages.anyone.GONE)
            case Form.DRAFT:
                return await self.deps.store.run(draft_text, body.subject)
            case Form.SEARCH:
                return body.filter
            case Form.ASSIGNEE:
                with contextlib.suppress(OutsideError):
                    return await self.deps.directory(body.to.surface).members(body.to.channel)
        return None

    async def _show_receipt(self, attempt: Attempt[ShowReceipt]) -> None:
        shown, to = attempt.body, attempt.destination
        surface = self.deps.surface(to.surface)
        if not surface.capabilities.reactions:
            raise SupersededError
        await surface.show_receipt(to, shown.receipt, shown.instead_of)


def _on_form_failed(uow: UnitOfWork, form: OpenForm, error: OutsideError) -> None:
    reader = uow.config.catalog.in_language(form.language)
    note = PrivateNote(content=personal_notice(reader, messages.anyone.FORM_TOO_LATE), to=form.to, person=form.person)
    uow.effect(note, key=new_id("private"), lane=Lane.PRIVATE.of(form.person), subject=form.subject)


def _on_private_note_failed(uow: UnitOfWork, body: PrivateNote, error: OutsideError) -> None:
    """Tells the author of an unsent message in the thread, if the private question about it cannot be asked."""
    if body.content.relay_id is not None:
        tell_not_sent(uow, body.content.relay_id)
