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
from bot.helpdesk.model.alarm import CHANNEL_SHARED
from bot.helpdesk.model.conversation import QuestionState, new_id
from bot.helpdesk.model.effects import (
    Alarm,
    Body,
    Card,
    ContinueTalk,
    Destination,
    Effect,
    Form,
    LetGo,
    MarkAnswer,
    MarkDraft,
    MarkTold,
    OpenForm,
    OpenThread,
    PostAnswer,
    PostToThread,
    RefreshAlarm,
    RefreshCard,
    RelayToEmployee,
    RewordPost,
    RewordReply,
    SendDraft,
    ShowSign,
    TakeQuestionAway,
    Tell,
    ThreadPost,
    Unsend,
    Whisper,
)
from bot.helpdesk.model.handoff import HandoffState
from bot.helpdesk.model.relay import RelayState, Sign
from bot.helpdesk.outbox.dispatcher import Errand, OvertakenError, Performer, nothing
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
from bot.helpdesk.unit_of_work import House, Turn

Said = TypeVar("Said", bound=Post | Update)

# Seconds before a copy is taken back in which an attempt to post it may have been made: as long as one is repeated.
_LOOK_BACK = 24 * 3600.0
# Seconds for which it is believed that the agent who has claimed is there, and for which the answer is waited for.
_CLAIMER_SECONDS = 300.0
_ASK_SECONDS = 2.0


class SurfaceErrands:
    """Performs what is done on the chat surface."""

    def __init__(self, surface: Surface, directory: Directory, store: Store, house: House, clock: Clock) -> None:
        self._surface = surface
        self._house = house
        self._directory = directory
        self._store = store
        self._clock = clock

    @property
    def performers(self) -> Mapping[type[Body], Performer]:
        """By kind of effect."""
        return {
            PostAnswer: self._to_employee(record=record_posted),
            Tell: self._to_employee(wanted=_has_no_answer),
            ContinueTalk: self._if_active(self._poster(_aim_new_talk, record=record_continued)),
            LetGo: Performer(do=_only_wait, record=_record_let_go, outcome=nothing),
            RelayToEmployee: self._to_employee(record=_record_relayed, fail=_fail_relayed, wanted=_is_not_taken_back),
            RewordReply: self._rewording,
            RewordPost: self._rewording,
            Unsend: self._if_active(
                Performer(do=self._unsend, aim=_aim_copy_if_tried, fail=_fail_talk, outcome=nothing)
            ),
            ShowSign: Performer(do=self._show_sign, outcome=nothing),
            SendDraft: self._to_employee(),
            MarkAnswer: Performer(do=self._update, aim=_aim_mark, instead=nothing_to_mark, outcome=nothing),
            Whisper: Performer(do=self._whisper, fail=_fail_whisper, outcome=nothing),
            TakeQuestionAway: Performer(do=self._take_question_away, outcome=nothing),
            MarkDraft: self._for_agents(
                Performer(do=self._update, aim=_aim_draft, instead=nothing_to_mark, outcome=nothing)
            ),
            MarkTold: Performer(do=self._update, aim=_aim_told, instead=nothing_to_mark, outcome=nothing),
            OpenForm: Performer(do=self._open_form, fail=_fail_form, outcome=nothing),
            OpenThread: self._for_agents(self._poster(_aim_card, record=record_opened, fail=_fail_thread)),
            RefreshCard: self._for_agents(
                Performer(
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
            RefreshAlarm: Performer(
                do=self._update, aim=_aim_alarm_message, wanted=_alarm_is_newest, fail=_fail_refresh, outcome=nothing
            ),
        }

    def _poster(
        self,
        aim: Callable[[Transaction, Any], Destination | None],
        record: Callable[[Turn, Any, Any], None] | None = None,
        fail: Callable[[Turn, Any, OutsideError], None] | None = None,
        wanted: Callable[[Transaction, Any], bool] | None = None,
    ) -> Performer:
        return Performer(
            do=self._post, find=self._find_post, record=record, fail=fail or _fail_talk, aim=aim, wanted=wanted
        )

    def _to_employee(
        self,
        record: Callable[[Turn, Any, Any], None] | None = None,
        fail: Callable[[Turn, Any, OutsideError], None] | None = None,
        wanted: Callable[[Transaction, Any], bool] | None = None,
    ) -> Performer:
        """Posts in the employee's thread, or in the one in which that goes on."""
        poster = self._poster(to_employee, record=record, fail=fail, wanted=wanted)
        return self._if_active(replace(poster, instead=in_new_thread))

    def _if_active(self, performer: Performer) -> Performer:
        """The same, but what cannot reach an employee because their account is deactivated is no trouble of ours."""

        async def do(errand: Errand) -> Any:
            try:
                return await performer.do(errand)
            except (ThreadGoneError, MessageGoneError):
                raise
            except (PermanentError, UnknownRefusalError) as error:
                if await self._is_deactivated(errand.destination.channel):
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
    def _rewording(self) -> Performer:
        """Changes a copy; what cannot be changed because somebody has deleted it is said anew."""
        return self._if_active(
            Performer(
                do=self._update,
                aim=_aim_copy,
                wanted=_says_newest,
                instead=say_change_anew,
                fail=_fail_talk,
                outcome=nothing,
            )
        )

    def _for_agents(self, performer: Performer) -> Performer:
        """The same, but a handoff leaves a channel that another company reads."""

        def fail(turn: Turn, body: Any, error: OutsideError) -> None:
            if isinstance(error, SharedChannelError):
                leave_channel(turn, body, _code(error))
            elif performer.fail is not None:
                performer.fail(turn, body, error)

        return replace(self._unshared(performer), fail=fail)

    def _unshared(self, performer: Performer) -> Performer:
        """The same, but never in a channel that another company reads."""

        async def do(errand: Errand) -> Any:
            if await self._is_shared(errand.destination.channel):
                raise SharedChannelError(system="slack", code=CHANNEL_SHARED)
            return await performer.do(errand)

        return replace(performer, do=do)

    async def _is_shared(self, channel: str) -> bool:
        try:
            return await self._directory.is_shared(channel)
        except PermanentError:
            # A channel that cannot be looked at cannot be posted to either, and the post says why.
            return False

    async def _post(self, errand: Errand) -> str:
        to = errand.destination
        need_thread(to)
        body: Post = errand.effect.body  # type: ignore[assignment]  # the table above pairs it with posts only
        if isinstance(body, PostToThread) and body.kind is ThreadPost.RELAY:
            await self._look_for_claimer(body.handoff_id)
        return await self._surface.post(await self._named(body), to, errand.effect.id)

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
        say_claimer_gone(Turn(tx, self._clock(), self._house), handoff_id, agent)

    async def _find_post(self, errand: Errand) -> str | None:
        since = errand.effect.first_tried_at or errand.effect.decided_at
        return await self._surface.find(errand.destination, errand.effect.id, since)

    async def _update(self, errand: Errand) -> None:
        body: Update = errand.effect.body  # type: ignore[assignment]  # the table above pairs it with updates only
        await self._surface.update(await self._named(body), errand.destination)

    async def _named(self, body: Said) -> Said:
        """With the people named who are mentioned in somebody's words: an id says nothing to whom they are carried."""
        if isinstance(body, RelayToEmployee | RewordReply):
            return replace(body, text=await self._directory.readable(body.text))
        if isinstance(body, PostToThread) and body.words is not None:
            return replace(body, words=redact(await self._directory.readable(body.words)))
        if isinstance(body, PostToThread | RewordPost) and body.text is not None:
            return replace(body, text=redact(await self._directory.readable(body.text)))
        if isinstance(body, OpenThread):
            return replace(body, card=await self._named_card(body.card))
        return body

    async def _named_card(self, card: Card) -> Card:
        return replace(card, question=redact(await self._directory.readable(card.question)))

    async def _refresh_card(self, errand: Errand) -> None:
        card = await self._store.run(read_card, errand.body(RefreshCard).handoff_id, self._clock())
        if card is None:
            raise OvertakenError
        await self._surface.update(await self._named_card(card), errand.destination)

    async def _unsend(self, errand: Errand) -> None:
        """Delete the copy; where its outcome got lost, only after a look for it."""
        to, copy = errand.destination, errand.body(Unsend).copy
        message = to.message or await self._surface.find(to, copy, errand.effect.decided_at - _LOOK_BACK)
        await self._surface.delete(replace(to, message=message), copy)

    async def _show_sign(self, errand: Errand) -> None:
        await self._surface.show_sign(errand.body(ShowSign))

    async def _whisper(self, errand: Errand) -> None:
        await self._surface.whisper(errand.body(Whisper))

    async def _take_question_away(self, errand: Errand) -> None:
        await self._surface.take_question_away(errand.body(TakeQuestionAway))

    async def _open_form(self, errand: Errand) -> None:
        form = errand.body(OpenForm)
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


async def _only_wait(errand: Errand) -> None:
    """Nothing happens outside: the job ran when its time had come."""


def _record_let_go(turn: Turn, body: LetGo, result: None) -> None:
    let_go(turn, body)


def _record_relayed(turn: Turn, body: RelayToEmployee, message: str) -> None:
    record_outcome(turn, body.relay_id, Sign.SENT)


def _fail_relayed(turn: Turn, body: RelayToEmployee, error: OutsideError) -> None:
    record_outcome(turn, body.relay_id, Sign.NOT_SENT)
    _fail_talk(turn, body, error)


def _fail_talk(turn: Turn, body: Any, error: OutsideError) -> None:
    """Nobody need mend anything where the employee's account is deactivated; who looks after them should know it."""
    if not isinstance(error, DeactivatedError):
        alarm(turn, body, error)
    elif isinstance(body, PostAnswer | Tell | RelayToEmployee | SendDraft):
        say_unreachable(turn, body.channel, body.thread)


def _is_not_taken_back(tx: Transaction, body: RelayToEmployee) -> bool:
    relay = tx.relays.get(body.relay_id) if body.relay_id else None
    return relay is None or relay.state is RelayState.SENT


def _says_newest(tx: Transaction, body: RewordReply | RewordPost) -> bool:
    """An older wording need not be shown when a newer one is on its way."""
    relay = tx.relays.get(body.relay_id)
    return relay is not None and relay.revision == body.revision


def _aim_copy(tx: Transaction, body: RewordReply | RewordPost) -> Destination | None:
    """The copy's message. The lane is the copy's own, so it is there by now, or never will be."""
    copy = tx.effects.get(body.copy)
    place = _place_of(tx, copy) if copy is not None and copy.outcome else None
    return replace(place, message=copy.outcome) if place is not None and copy is not None else None


def _aim_copy_if_tried(tx: Transaction, body: Unsend) -> Destination | None:
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


def _fail_thread(turn: Turn, body: OpenThread, error: OutsideError) -> None:
    """Nobody can be reached in Slack: the log must shout it, and the employee must not wait for a person in vain."""
    record_unopened(turn, body.handoff_id, _code(error))


def _record_thread_post(turn: Turn, body: PostToThread, message: str) -> None:
    handoff = turn.tx.handoffs.get(body.handoff_id)
    if handoff is not None:
        heed_post(turn, handoff.channel)


def _fail_thread_post(turn: Turn, body: PostToThread, error: OutsideError) -> None:
    handoff = turn.tx.handoffs.get(body.handoff_id)
    if handoff is None or isinstance(error, BadRequestError | ThreadGoneError):
        alarm(turn, body, error)
    else:
        channel_fails(turn, handoff.channel, _code(error))


def _record_alarm(turn: Turn, body: Alarm, message: str) -> None:
    record_said(turn, body, message)
    heed_post(turn, body.channel)


def _fail_alarm(turn: Turn, body: Alarm, error: OutsideError) -> None:
    record_unsaid(turn, body, _code(error))


def _fail_refresh(turn: Turn, body: RefreshAlarm, error: OutsideError) -> None:
    record_lost(turn, body)


def _code(error: OutsideError) -> str:
    return error.code or type(error).__name__


def _fail_form(turn: Turn, form: OpenForm, error: OutsideError) -> None:
    turn.effect(_too_late(form), key=new_id("whisper"), lane=f"whisper:{form.person}", subject=form.subject)


def _fail_whisper(turn: Turn, body: Whisper, error: OutsideError) -> None:
    """A question that cannot be asked in private must not leave its author in the belief that the message was sent."""
    if body.relay_id is not None:
        tell_unsent(turn, body.relay_id)


def _too_late(form: OpenForm) -> Whisper:
    return Whisper(channel=form.channel, thread=form.thread, person=form.person, text=messages.FORM_TOO_LATE)
