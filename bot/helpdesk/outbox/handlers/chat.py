"""What is done on the chat surface: posting, changing, whispering, opening forms."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from bot.errors import (
    BadRequestError,
    DeactivatedError,
    MessageGoneError,
    OutsideError,
    PermanentError,
    SharedChannelError,
    ThreadGoneError,
    UnknownRefusalError,
)
from bot.helpdesk import messages
from bot.helpdesk.alarms import channel_fails, record_lost, record_said, record_unsaid
from bot.helpdesk.answering.questions import record_posted
from bot.helpdesk.config import DeskConfig
from bot.helpdesk.correlation import carried
from bot.helpdesk.handoffs.card import read_card
from bot.helpdesk.handoffs.deactivated_accounts import say_claimer_gone, say_unreachable
from bot.helpdesk.handoffs.opening import heed_post, record_opened, record_unopened
from bot.helpdesk.handoffs.relay import tell_unsent
from bot.helpdesk.handoffs.relay_receipts import record_outcome
from bot.helpdesk.handoffs.relay_sending import let_go
from bot.helpdesk.handoffs.replacement import record_continued
from bot.helpdesk.handoffs.reveal import original
from bot.helpdesk.handoffs.shared_channel import leave_channel
from bot.helpdesk.lanes import private_note_lane
from bot.helpdesk.model.alarm import CHANNEL_SHARED
from bot.helpdesk.model.conversation import QuestionState, new_id
from bot.helpdesk.model.effects import (
    Alarm,
    Body,
    Card,
    ContinueTalk,
    Destination,
    DismissPrompt,
    Effect,
    Form,
    MarkAnswer,
    MarkDraft,
    MarkTold,
    OpenForm,
    OpenThread,
    PostAnswer,
    PostToThread,
    PrivateNote,
    RefreshAlarm,
    RefreshCard,
    RelayToEmployee,
    ReleaseRelay,
    RetractRelay,
    SendDraft,
    ShowReceipt,
    Tell,
    ThreadPost,
    UpdateRelay,
    UpdateThreadPost,
)
from bot.helpdesk.model.handoff import HandoffState
from bot.helpdesk.model.relay import DeliverySign, RelayState
from bot.helpdesk.outbox.dispatcher import Attempt, EffectHandler, SupersededError, nothing
from bot.helpdesk.outbox.handlers.alarms import alarm
from bot.helpdesk.outbox.handlers.redirection import (
    below_new_card,
    below_new_card_if_missed,
    in_new_thread,
    need_thread,
    nothing_to_mark,
    say_change_anew,
    to_agents,
    to_employee,
)
from bot.helpdesk.ports import Clock, Directory, Post, Store, Surface, Transaction, Update
from bot.helpdesk.redaction import redact
from bot.helpdesk.unit_of_work import UnitOfWork

Said = TypeVar("Said", bound=Post | Update)

# Seconds before a copy is taken back in which an attempt to post it may have been made: as long as one is repeated.
_LOOK_BACK = 24 * 3600.0
# Seconds for which it is believed that the agent who has claimed is there, and for which the answer is waited for.
_CLAIMER_SECONDS = 300.0
_ASK_SECONDS = 2.0


class ChatHandlers:
    """Performs what is done on the chat surface."""

    def __init__(self, surface: Surface, directory: Directory, store: Store, config: DeskConfig, clock: Clock) -> None:
        self._surface = surface
        self._config = config
        self._directory = directory
        self._store = store
        self._clock = clock

    @property
    def performers(self) -> Mapping[type[Body], EffectHandler]:
        """By kind of effect."""
        return {
            PostAnswer: self._to_employee(record=record_posted),
            Tell: self._to_employee(wanted=_has_no_answer),
            ContinueTalk: self._if_active(self._poster(_aim_new_talk, record=record_continued)),
            ReleaseRelay: EffectHandler(do=_only_wait, record=_record_let_go, outcome=nothing),
            RelayToEmployee: self._to_employee(record=_record_relayed, fail=_fail_relayed, wanted=_is_not_taken_back),
            UpdateRelay: self._rewording,
            UpdateThreadPost: self._rewording,
            RetractRelay: self._if_active(
                EffectHandler(do=self._unsend, aim=_aim_copy_if_tried, fail=_fail_talk, outcome=nothing)
            ),
            ShowReceipt: EffectHandler(do=self._show_sign, outcome=nothing),
            SendDraft: self._to_employee(),
            MarkAnswer: EffectHandler(do=self._update, aim=_aim_mark, instead=nothing_to_mark, outcome=nothing),
            PrivateNote: EffectHandler(do=self._whisper, fail=_fail_whisper, outcome=nothing),
            DismissPrompt: EffectHandler(do=self._take_question_away, outcome=nothing),
            MarkDraft: self._for_agents(
                EffectHandler(do=self._update, aim=_aim_draft, instead=nothing_to_mark, outcome=nothing)
            ),
            MarkTold: EffectHandler(do=self._update, aim=_aim_told, instead=nothing_to_mark, outcome=nothing),
            OpenForm: EffectHandler(do=self._open_form, fail=_fail_form, outcome=nothing),
            OpenThread: self._for_agents(self._poster(_aim_card, record=record_opened, fail=_fail_thread)),
            RefreshCard: self._for_agents(
                EffectHandler(
                    do=self._refresh_card,
                    aim=_aim_card_message,
                    wanted=_is_latest,
                    instead=below_new_card_if_missed,
                    outcome=nothing,
                )
            ),
            PostToThread: self._for_agents(
                replace(
                    self._poster(to_agents, record=_record_thread_post, fail=_fail_thread_post),
                    instead=below_new_card,
                )
            ),
            Alarm: self._unshared(self._poster(_aim_alarm, record=_record_alarm, fail=_fail_alarm)),
            RefreshAlarm: EffectHandler(
                do=self._update, aim=_aim_alarm_message, wanted=_alarm_is_newest, fail=_fail_refresh, outcome=nothing
            ),
        }

    def _poster(
        self,
        aim: Callable[[Transaction, Any], Destination | None],
        record: Callable[[UnitOfWork, Any, Any], None] | None = None,
        fail: Callable[[UnitOfWork, Any, OutsideError], None] | None = None,
        wanted: Callable[[Transaction, Any], bool] | None = None,
    ) -> EffectHandler:
        return EffectHandler(
            do=self._post, find=self._find_post, record=record, fail=fail or _fail_talk, aim=aim, wanted=wanted
        )

    def _to_employee(
        self,
        record: Callable[[UnitOfWork, Any, Any], None] | None = None,
        fail: Callable[[UnitOfWork, Any, OutsideError], None] | None = None,
        wanted: Callable[[Transaction, Any], bool] | None = None,
    ) -> EffectHandler:
        """Posts in the employee's thread, or in the one in which that goes on."""
        poster = self._poster(to_employee, record=record, fail=fail, wanted=wanted)
        return self._if_active(replace(poster, instead=in_new_thread))

    def _if_active(self, performer: EffectHandler) -> EffectHandler:
        """The same, but what cannot reach an employee because their account is deactivated is no trouble of ours."""

        async def do(attempt: Attempt) -> Any:
            try:
                return await performer.do(attempt)
            except (ThreadGoneError, MessageGoneError):
                raise
            except (PermanentError, UnknownRefusalError) as error:
                if await self._is_deactivated(attempt.destination.channel):
                    raise DeactivatedError(system=error.system, code=error.code) from error
                raise

        return replace(performer, do=do)

    async def _is_deactivated(self, channel: str) -> bool:
        """Whether the DM is with somebody whose account is deactivated. Asked only once something was refused there."""
        conversation = await self._store.run(lambda tx: tx.conversations.latest_in(channel))
        if conversation is None:
            return False
        try:
            return not await self._directory.is_active(conversation.employee)
        except OutsideError:
            return False

    @property
    def _rewording(self) -> EffectHandler:
        """Changes a copy; what cannot be changed because somebody has deleted it is said anew."""
        return self._if_active(
            EffectHandler(
                do=self._update,
                aim=_aim_copy,
                wanted=_says_newest,
                instead=say_change_anew,
                fail=_fail_talk,
                outcome=nothing,
            )
        )

    def _for_agents(self, performer: EffectHandler) -> EffectHandler:
        """The same, but a handoff leaves a channel that another company reads."""

        def fail(uow: UnitOfWork, body: Any, error: OutsideError) -> None:
            if isinstance(error, SharedChannelError):
                leave_channel(uow, body, _code(error))
            elif performer.fail is not None:
                performer.fail(uow, body, error)

        return replace(self._unshared(performer), fail=fail)

    def _unshared(self, performer: EffectHandler) -> EffectHandler:
        """The same, but never in a channel that another company reads."""

        async def do(attempt: Attempt) -> Any:
            if await self._is_shared(attempt.destination.channel):
                raise SharedChannelError(system="slack", code=CHANNEL_SHARED)
            return await performer.do(attempt)

        return replace(performer, do=do)

    async def _is_shared(self, channel: str) -> bool:
        try:
            return await self._directory.is_shared(channel)
        except PermanentError:
            # A channel that cannot be looked at cannot be posted to either, and the post says why.
            return False

    async def _post(self, attempt: Attempt) -> str:
        to = attempt.destination
        need_thread(to)
        body: Post = attempt.effect.body  # type: ignore[assignment]  # the table above pairs it with posts only
        if isinstance(body, PostToThread) and body.kind is ThreadPost.RELAY:
            await self._look_for_claimer(body.handoff_id)
        return await self._surface.post(await self._named(body), to, attempt.effect.id)

    async def _look_for_claimer(self, handoff_id: str) -> None:
        """Have it said where nobody reads for whom the employee's words are, because their account is deactivated."""
        handoff = await self._store.run(lambda tx: tx.handoffs.get(handoff_id))
        agent = handoff.claimed_by if handoff is not None and handoff.state is HandoffState.CLAIMED else None
        if agent is None:
            return
        try:
            async with asyncio.timeout(_ASK_SECONDS):
                active = await self._directory.is_active(agent, _CLAIMER_SECONDS)
        except (OutsideError, TimeoutError):
            return
        if not active:
            await self._store.run(carried(self._say_claimer_gone), handoff_id, agent)

    def _say_claimer_gone(self, tx: Transaction, handoff_id: str, agent: str) -> None:
        say_claimer_gone(UnitOfWork(tx, self._clock(), self._config), handoff_id, agent)

    async def _find_post(self, attempt: Attempt) -> str | None:
        since = attempt.effect.first_tried_at or attempt.effect.decided_at
        return await self._surface.find(attempt.destination, attempt.effect.id, since)

    async def _update(self, attempt: Attempt) -> None:
        body: Update = attempt.effect.body  # type: ignore[assignment]  # the table above pairs it with updates only
        await self._surface.update(await self._named(body), attempt.destination)

    async def _named(self, body: Said) -> Said:
        """With the people named who are mentioned in somebody's words: an id says nothing to whom they are carried."""
        if isinstance(body, RelayToEmployee | UpdateRelay):
            return replace(body, text=await self._directory.readable(body.text))
        if isinstance(body, PostToThread) and body.words is not None:
            return replace(body, words=redact(await self._directory.readable(body.words)))
        if isinstance(body, PostToThread | UpdateThreadPost) and body.text is not None:
            return replace(body, text=redact(await self._directory.readable(body.text)))
        if isinstance(body, OpenThread):
            return replace(body, card=await self._named_card(body.card))
        return body

    async def _named_card(self, card: Card) -> Card:
        return replace(card, question=redact(await self._directory.readable(card.question)))

    async def _refresh_card(self, attempt: Attempt) -> None:
        card = await self._store.run(read_card, attempt.body(RefreshCard).handoff_id, self._clock())
        if card is None:
            raise SupersededError
        await self._surface.update(await self._named_card(card), attempt.destination)

    async def _unsend(self, attempt: Attempt) -> None:
        """Delete the copy; where its outcome got lost, only after a look for it."""
        to, copy = attempt.destination, attempt.body(RetractRelay).copy
        message = to.message or await self._surface.find(to, copy, attempt.effect.decided_at - _LOOK_BACK)
        await self._surface.delete(replace(to, message=message), copy)

    async def _show_sign(self, attempt: Attempt) -> None:
        await self._surface.show_sign(attempt.body(ShowReceipt))

    async def _whisper(self, attempt: Attempt) -> None:
        await self._surface.whisper(attempt.body(PrivateNote))

    async def _take_question_away(self, attempt: Attempt) -> None:
        await self._surface.take_question_away(attempt.body(DismissPrompt))

    async def _open_form(self, attempt: Attempt) -> None:
        form = attempt.body(OpenForm)
        if self._clock() > form.expires_at:
            await self._surface.whisper(_too_late(form))
        elif form.form is Form.ORIGINAL:
            await self._show_original(form)
        else:
            await self._surface.open_form(form, "")

    async def _show_original(self, form: OpenForm) -> None:
        """The words are read only now: they are to be kept nowhere but with the question."""
        words = await self._store.run(original, form.subject)
        await self._surface.open_form(form, words or messages.NOTHING_TO_REVEAL)


def _has_no_answer(tx: Transaction, body: Tell) -> bool:
    question = tx.questions.get(body.while_waiting) if body.while_waiting else None
    return question is None or question.state is QuestionState.WAITING


def _aim_new_talk(tx: Transaction, body: ContinueTalk) -> Destination:
    return Destination(channel=body.channel, thread=None)


async def _only_wait(attempt: Attempt) -> None:
    """Nothing happens outside: the job ran when its time had come."""


def _record_let_go(uow: UnitOfWork, body: ReleaseRelay, result: None) -> None:
    let_go(uow, body)


def _record_relayed(uow: UnitOfWork, body: RelayToEmployee, message: str) -> None:
    record_outcome(uow, body.relay_id, DeliverySign.SENT)


def _fail_relayed(uow: UnitOfWork, body: RelayToEmployee, error: OutsideError) -> None:
    record_outcome(uow, body.relay_id, DeliverySign.NOT_SENT)
    _fail_talk(uow, body, error)


def _fail_talk(uow: UnitOfWork, body: Any, error: OutsideError) -> None:
    """Nobody need mend anything where the employee's account is deactivated; who looks after them should know it."""
    if not isinstance(error, DeactivatedError):
        alarm(uow, body, error)
    elif isinstance(body, PostAnswer | Tell | RelayToEmployee | SendDraft):
        say_unreachable(uow, body.channel, body.thread)


def _is_not_taken_back(tx: Transaction, body: RelayToEmployee) -> bool:
    relay = tx.relays.get(body.relay_id) if body.relay_id else None
    return relay is None or relay.state is RelayState.SENT


def _says_newest(tx: Transaction, body: UpdateRelay | UpdateThreadPost) -> bool:
    """An older wording need not be shown when a newer one is on its way."""
    relay = tx.relays.get(body.relay_id)
    return relay is not None and relay.revision == body.revision


def _aim_copy(tx: Transaction, body: UpdateRelay | UpdateThreadPost) -> Destination | None:
    """The copy's message. The lane is the copy's own, so it is there by now, or never will be."""
    copy = tx.effects.get(body.copy)
    place = _place_of(tx, copy) if copy is not None and copy.outcome else None
    return replace(place, message=copy.outcome) if place is not None and copy is not None else None


def _aim_copy_if_tried(tx: Transaction, body: RetractRelay) -> Destination | None:
    copy = tx.effects.get(body.copy)
    if copy is None or copy.first_tried_at is None:
        return None
    place = _place_of(tx, copy)
    return replace(place, message=copy.outcome) if place is not None else None


def _place_of(tx: Transaction, copy: Effect) -> Destination | None:
    match copy.body:
        case RelayToEmployee():
            return to_employee(tx, copy.body)
        case PostToThread():
            return to_agents(tx, copy.body)
    return None


def _aim_mark(tx: Transaction, body: MarkAnswer) -> Destination:
    return Destination(channel=body.channel, thread=None, message=body.message)


def _aim_draft(tx: Transaction, body: MarkDraft) -> Destination | None:
    handoff = tx.handoffs.get(body.draft.handoff_id)
    return None if handoff is None else Destination(channel=handoff.channel, thread=None, message=body.message)


def _aim_told(tx: Transaction, body: MarkTold) -> Destination | None:
    """The notice. It is in the lane of what changes it, so it is there by now, or never will be."""
    notice = tx.effects.get(body.notice) if body.notice else None
    message = body.message or (notice.outcome if notice is not None else None)
    return Destination(channel=body.told.channel, thread=None, message=message) if message else None


def _aim_card(tx: Transaction, body: OpenThread) -> Destination | None:
    handoff = tx.handoffs.get(body.handoff_id)
    return None if handoff is None else Destination(channel=handoff.channel, thread=None)


def _aim_card_message(tx: Transaction, body: RefreshCard) -> Destination | None:
    handoff = tx.handoffs.get(body.handoff_id)
    if handoff is None or handoff.thread is None:
        return None
    return Destination(channel=handoff.channel, thread=None, message=handoff.thread)


def _aim_alarm(tx: Transaction, body: Alarm) -> Destination:
    return Destination(channel=body.channel, thread=None)


def _aim_alarm_message(tx: Transaction, body: RefreshAlarm) -> Destination | None:
    alarm = tx.alarms.get(body.alarm_id)
    if alarm is None or alarm.message is None:
        return None
    return Destination(channel=alarm.channel, thread=None, message=alarm.message)


def _alarm_is_newest(tx: Transaction, body: RefreshAlarm) -> bool:
    alarm = tx.alarms.get(body.alarm_id)
    return alarm is not None and alarm.revision == body.revision


def _is_latest(tx: Transaction, body: RefreshCard) -> bool:
    """One that was put back need not be done where another one has come to wait meanwhile."""
    latest = tx.effects.waiting(RefreshCard, body.handoff_id)
    return latest is None or latest.body == body


def _fail_thread(uow: UnitOfWork, body: OpenThread, error: OutsideError) -> None:
    """Nobody can be reached in Slack: the log must shout it, and the employee must not wait for a person in vain."""
    record_unopened(uow, body.handoff_id, _code(error))


def _record_thread_post(uow: UnitOfWork, body: PostToThread, message: str) -> None:
    handoff = uow.tx.handoffs.get(body.handoff_id)
    if handoff is not None:
        heed_post(uow, handoff.channel)


def _fail_thread_post(uow: UnitOfWork, body: PostToThread, error: OutsideError) -> None:
    handoff = uow.tx.handoffs.get(body.handoff_id)
    if handoff is None or isinstance(error, BadRequestError | ThreadGoneError):
        alarm(uow, body, error)
    else:
        channel_fails(uow, handoff.channel, _code(error))


def _record_alarm(uow: UnitOfWork, body: Alarm, message: str) -> None:
    record_said(uow, body, message)
    heed_post(uow, body.channel)


def _fail_alarm(uow: UnitOfWork, body: Alarm, error: OutsideError) -> None:
    record_unsaid(uow, body, _code(error))


def _fail_refresh(uow: UnitOfWork, body: RefreshAlarm, error: OutsideError) -> None:
    record_lost(uow, body)


def _code(error: OutsideError) -> str:
    return error.code or type(error).__name__


def _fail_form(uow: UnitOfWork, form: OpenForm, error: OutsideError) -> None:
    uow.effect(_too_late(form), key=new_id("whisper"), lane=private_note_lane(form.person), subject=form.subject)


def _fail_whisper(uow: UnitOfWork, body: PrivateNote, error: OutsideError) -> None:
    """A question that cannot be asked in private must not leave its author in the belief that the message was sent."""
    if body.relay_id is not None:
        tell_unsent(uow, body.relay_id)


def _too_late(form: OpenForm) -> PrivateNote:
    return PrivateNote(channel=form.channel, thread=form.thread, person=form.person, text=messages.FORM_TOO_LATE)
