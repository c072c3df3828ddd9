"""What is done on the chat surface: posting, changing, whispering, opening forms."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from bot.errors import OutsideError
from bot.helpdesk import wording
from bot.helpdesk.answering import record_posted
from bot.helpdesk.conversation import new_id
from bot.helpdesk.delivery import Errand, OvertakenError, Performer, nothing
from bot.helpdesk.effects import (
    Alarm,
    Body,
    Destination,
    MarkAnswer,
    OpenReasonForm,
    OpenThread,
    PostAnswer,
    PostToThread,
    RefreshCard,
    RelayToEmployee,
    Tell,
    Whisper,
)
from bot.helpdesk.errands.alarm import alarm
from bot.helpdesk.handing.card import read_card
from bot.helpdesk.handing.opening import record_opened, record_unopened
from bot.helpdesk.ports import Clock, Post, Store, Surface, Transaction
from bot.helpdesk.turn import Turn

log = logging.getLogger(__name__)


class SurfaceErrands:
    """Performs what is done on the chat surface."""

    def __init__(self, surface: Surface, store: Store, clock: Clock) -> None:
        self._surface = surface
        self._store = store
        self._clock = clock

    @property
    def performers(self) -> Mapping[type[Body], Performer]:
        """By kind of effect."""
        return {
            PostAnswer: self._poster(_aim_talk, record=record_posted),
            Tell: self._poster(_aim_talk),
            RelayToEmployee: self._poster(_aim_talk),
            MarkAnswer: Performer(do=self._mark_answer, aim=_aim_mark, outcome=nothing),
            Whisper: Performer(do=self._whisper, outcome=nothing),
            OpenReasonForm: Performer(do=self._open_form, fail=_fail_form, outcome=nothing),
            OpenThread: self._poster(_aim_card, record=record_opened, fail=_fail_thread),
            RefreshCard: Performer(do=self._refresh_card, aim=_aim_card_message, wanted=_is_latest, outcome=nothing),
            PostToThread: self._poster(_aim_thread),
            Alarm: self._poster(_aim_alarm, fail=_fail_alarm),
        }

    def _poster(
        self,
        aim: Callable[[Transaction, Any], Destination | None],
        record: Callable[[Turn, Any, Any], None] | None = None,
        fail: Callable[[Turn, Any, OutsideError], None] | None = None,
    ) -> Performer:
        return Performer(do=self._post, find=self._find_post, record=record, fail=fail or alarm, aim=aim)

    async def _post(self, errand: Errand) -> str:
        to = errand.destination
        body: Post = errand.effect.body  # type: ignore[assignment]  # the table above pairs it with posts only
        return await self._surface.post(body, to, errand.effect.id)

    async def _find_post(self, errand: Errand) -> str | None:
        since = errand.effect.first_tried_at or errand.effect.decided_at
        return await self._surface.find(errand.destination, errand.effect.id, since)

    async def _mark_answer(self, errand: Errand) -> None:
        await self._surface.update(errand.body(MarkAnswer), errand.destination)

    async def _refresh_card(self, errand: Errand) -> None:
        card = await self._store.run(read_card, errand.body(RefreshCard).handoff_id)
        if card is None:
            raise OvertakenError
        await self._surface.update(card, errand.destination)

    async def _whisper(self, errand: Errand) -> None:
        await self._surface.whisper(errand.body(Whisper))

    async def _open_form(self, errand: Errand) -> None:
        form = errand.body(OpenReasonForm)
        if self._clock() > form.expires_at:
            await self._surface.whisper(_too_late(form))
        else:
            await self._surface.open_form(form)


def _aim_talk(tx: Transaction, body: PostAnswer | Tell | RelayToEmployee) -> Destination:
    return Destination(channel=body.channel, thread=body.thread)


def _aim_mark(tx: Transaction, body: MarkAnswer) -> Destination:
    return Destination(channel=body.channel, thread=None, message=body.message)


def _aim_card(tx: Transaction, body: OpenThread) -> Destination | None:
    handoff = tx.handoffs.get(body.handoff_id)
    return None if handoff is None else Destination(channel=handoff.channel, thread=None)


def _aim_card_message(tx: Transaction, body: RefreshCard) -> Destination | None:
    handoff = tx.handoffs.get(body.handoff_id)
    if handoff is None or handoff.thread is None:
        return None
    return Destination(channel=handoff.channel, thread=None, message=handoff.thread)


def _aim_thread(tx: Transaction, body: PostToThread) -> Destination | None:
    handoff = tx.handoffs.get(body.handoff_id)
    if handoff is None or handoff.thread is None:
        return None
    return Destination(channel=handoff.channel, thread=handoff.thread)


def _aim_alarm(tx: Transaction, body: Alarm) -> Destination:
    return Destination(channel=body.channel, thread=None)


def _is_latest(tx: Transaction, body: RefreshCard) -> bool:
    """One that was put back need not be done where another one has come to wait meanwhile."""
    latest = tx.effects.waiting(RefreshCard, body.handoff_id)
    return latest is None or latest.body == body


def _fail_thread(turn: Turn, body: OpenThread, error: OutsideError) -> None:
    """Nobody can be reached in Slack: the log must shout it, and the employee must not wait for a person in vain."""
    log.critical("handoff_channel_unusable", extra={"code": error.code, "system": error.system})
    record_unopened(turn, body.handoff_id)


def _fail_alarm(turn: Turn, body: Alarm, error: OutsideError) -> None:
    log.critical("handoff_channel_unusable", extra={"code": error.code, "system": error.system})


def _fail_form(turn: Turn, form: OpenReasonForm, error: OutsideError) -> None:
    turn.effect(_too_late(form), key=new_id("whisper"), lane=f"whisper:{form.person}", subject=form.answer_id)


def _too_late(form: OpenReasonForm) -> Whisper:
    return Whisper(channel=form.channel, thread=form.thread, person=form.person, text=wording.FORM_TOO_LATE)
