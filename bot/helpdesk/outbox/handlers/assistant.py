"""What is done with the assistant: asking, collecting, rating, closing."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Iterator, Mapping
from typing import Any, Protocol, TypeVar

from bot.errors import CredentialError, NotFoundError, NotYetError, OutsideError, PermanentError, PlanError
from bot.helpdesk import messages
from bot.helpdesk.answering.ask_queue import AskLimiter, QueueSlot
from bot.helpdesk.answering.questions import (
    note_unavailable,
    record_answer,
    record_collected,
    record_refusal,
    record_submitted,
    tell_slow,
)
from bot.helpdesk.answering.verdicts import record_verdict
from bot.helpdesk.config import AskLimits, AssistantOptions, DeskConfig, Timeouts
from bot.helpdesk.correlation import carried
from bot.helpdesk.model.conversation import Question, QuestionState, Receipt, Reply, Unanswered
from bot.helpdesk.model.effects import Ask, Body, CloseSession, Collect, Destination, Effect, SendVerdict, Submit
from bot.helpdesk.model.person import Person
from bot.helpdesk.outbox.dispatcher import Attempt, EffectHandler, SupersededError, nothing
from bot.helpdesk.outbox.handlers.alarms import alarm_of_assistant, alarm_of_key, assistant_answers
from bot.helpdesk.outbox.handlers.people import person_quickly
from bot.helpdesk.outbox.handlers.typing_indicator import BackgroundTasks, TypingIndicator
from bot.helpdesk.ports import Assistant, Clock, Directory, Observer, Store, Transaction
from bot.helpdesk.unit_of_work import UnitOfWork

log = logging.getLogger(__name__)

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

# How often the policy is asked about a question that waits in the line.
_NOTE_LINE = 60.0


class _Put(Protocol[T_co]):
    """One of the ways to put a question to the assistant."""

    def __call__(
        self, *, session_id: str, message: str, email: str | None, language: str | None
    ) -> Awaitable[T_co]: ...


class AssistantHandlers:
    """Performs what is done with the assistant, and lets a question be overtaken while it is there."""

    def __init__(
        self,
        *,
        store: Store,
        assistant: Assistant,
        directory: Directory,
        signs: TypingIndicator,
        aside: BackgroundTasks,
        config: DeskConfig,
        clock: Clock,
        timeouts: Timeouts,
        assistant_options: AssistantOptions,
        observer: Observer,
        limits: AskLimits,
    ) -> None:
        self._store = store
        self._assistant = assistant
        self._directory = directory
        self._signs = signs
        self._aside = aside
        self._config = config
        self._clock = clock
        self._timeouts = timeouts
        self._assistant_options = assistant_options
        self._observer = observer
        self._turnstile = AskLimiter(limits)
        self._asking: dict[str, asyncio.Task[Any]] = {}
        self._overtaken: set[str] = set()

    @property
    def asking(self) -> int:
        """How many questions are with the assistant, or in the line for it."""
        return len(self._asking)

    @property
    def performers(self) -> Mapping[type[Body], EffectHandler]:
        """By kind of effect."""
        return {
            Ask: EffectHandler(
                do=self._ask,
                record=_record_answer,
                fail=_fail_ask,
                given_up=self._clear_sign,
                delay=self._delay_ask,
                aim=_aim_ask,
                outcome=_request_id,
            ),
            Submit: EffectHandler(
                do=self._submit,
                record=_record_submitted,
                fail=_fail_ask,
                given_up=self._clear_sign,
                delay=self._delay_ask,
                aim=_aim_ask,
            ),
            Collect: EffectHandler(
                do=self._collect,
                record=record_collected,
                fail=_fail_ask,
                given_up=self._clear_sign,
                delay=self._delay_ask,
                aim=_aim_ask,
                attend=self._attend,
                outcome=_found,
                reads=True,
            ),
            SendVerdict: EffectHandler(do=self._rate, record=record_verdict, fail=alarm_of_key, outcome=_receipt),
            CloseSession: EffectHandler(do=self._close_session, fail=alarm_of_key, outcome=nothing),
        }

    def overtake(self, question_id: str) -> None:
        """Stop waiting for an answer that nobody wants any more."""
        task = self._asking.get(question_id)
        if task is not None:
            self._overtaken.add(question_id)
            task.cancel()
        else:
            self._aside.start(self._take_sign_away, question_id)

    async def _ask(self, attempt: Attempt) -> Reply:
        if attempt.effect.attempts > 1:
            # An earlier attempt may have shown it, also one of a process that is gone.
            self._signs.show(attempt.to, busy=True)
        else:
            self._signs.show_soon(attempt.to, self._timeouts.typing_after)
        reply = await self._attended(attempt, self._assistant.ask)
        self._clear_sign(attempt)
        return reply

    def _clear_sign(self, attempt: Attempt) -> None:
        self._signs.show(attempt.to, busy=False)

    async def _submit(self, attempt: Attempt) -> str:
        if attempt.body(Submit).tries > 1:
            self._wait_since(attempt.effect, self._timeouts.resubmit_after)
        self._signs.show(attempt.to, busy=True)
        return await self._attended(attempt, self._assistant.submit)

    async def _attended(self, attempt: Attempt, put: _Put[T]) -> T:
        """Put the question to the assistant, ready to be overtaken."""
        ask: Ask | Submit = attempt.effect.body  # type: ignore[assignment]  # the table above pairs it with these
        task = asyncio.current_task()
        assert task is not None
        self._asking[ask.question_id] = task
        reminder = self._remind(ask, attempt.effect.decided_at)
        try:
            return await self._put_question(ask, put)
        except asyncio.CancelledError:
            if ask.question_id not in self._overtaken:
                raise
            task.uncancel()
            self._clear_sign(attempt)
            raise SupersededError from None
        finally:
            reminder.cancel()
            self._asking.pop(ask.question_id, None)
            self._overtaken.discard(ask.question_id)

    async def _put_question(self, ask: Ask | Submit, put: _Put[T]) -> T:
        person = await self._person(ask.employee)
        message = await self._directory.readable(ask.text)
        async with self._turnstile.waiting(ask.employee) as place:
            await self._wait_in_line(ask.question_id, place)
            with self._turnstile.heeding(), self._timing():
                return await put(
                    session_id=ask.session_id,
                    message=message,
                    email=person.email if person and self._assistant_options.send_email else None,
                    language=self._assistant_options.language or _language(person),
                )

    async def _wait_in_line(self, question_id: str, place: QueueSlot) -> None:
        timeouts = self._timeouts.queue_notice_after
        while not await self._turnstile.called(place, timeouts):
            await self._store.run(carried(self._note_line), question_id, self._turnstile.before(place))
            timeouts = _NOTE_LINE

    def _note_line(self, tx: Transaction, question_id: str, before: int) -> None:
        uow = UnitOfWork(tx, self._clock(), self._config)
        note_unavailable(uow, question_id)
        if before:
            tell_slow(uow, question_id, messages.in_line(before))

    async def _collect(self, attempt: Attempt) -> Reply | Unanswered:
        collect = attempt.body(Collect)
        self._wait_since(attempt.effect, self._timeouts.first_poll)
        found = await self._look(collect)
        if found is Unanswered.PENDING:
            if self._clock() - attempt.effect.decided_at < self._timeouts.collect_within:
                raise NotYetError(retry_after=self._timeouts.poll_interval)
            found = Unanswered.FAILED
        if found is Unanswered.FAILED:
            log.warning("answer_failed", extra={"question": collect.question_id, "tries": collect.tries})
        self._clear_sign(attempt)
        return found

    async def _look(self, collect: Collect) -> Reply | Unanswered:
        try:
            with self._turnstile.heeding():
                return await self._assistant.collect(session_id=collect.session_id, request_id=collect.request_id)
        except NotFoundError:
            # How long results are kept is not documented.
            return Unanswered.FAILED

    def _wait_since(self, effect: Effect, seconds: float) -> None:
        """Raises NotYetError until so many seconds have passed since the effect was decided."""
        left = effect.decided_at + seconds - self._clock()
        if left > 0:
            raise NotYetError(retry_after=min(left, seconds))

    def _attend(self, uow: UnitOfWork, collect: Collect) -> None:
        """What an employee hears while the answer is collected, in the transaction of every look."""
        question = uow.tx.questions.get(collect.question_id)
        if question is not None and self._will_be_slow(uow, question, self._timeouts.poll_interval):
            note_unavailable(uow, question.id)
            tell_slow(uow, question.id)

    @contextlib.contextmanager
    def _timing(self) -> Iterator[None]:
        """Tell the observer how the assistant fared; being overtaken says nothing of it."""
        begun = time.perf_counter()
        try:
            yield
        except OutsideError as error:
            self._observer.asked(time.perf_counter() - begun, error)
            raise
        self._observer.asked(time.perf_counter() - begun, None)

    async def _person(self, id: str) -> Person | None:
        """Who asks, as far as the directory says so quickly: an answer does not wait for it."""
        return await person_quickly(self._directory, id, self._timeouts.person_lookup)

    def _remind(self, ask: Ask | Submit, asked_at: float) -> asyncio.TimerHandle:
        left = max(0.0, self._timeouts.slow_notice_after - (self._clock() - asked_at))
        return asyncio.get_running_loop().call_later(left, self._aside.start, self._tell_slow, ask.question_id)

    async def _tell_slow(self, question_id: str) -> None:
        await self._store.run(carried(lambda tx: tell_slow(UnitOfWork(tx, self._clock(), self._config), question_id)))

    def _delay_ask(self, uow: UnitOfWork, ask: Ask | Submit | Collect, error: OutsideError, delay: float) -> None:
        question = uow.tx.questions.get(ask.question_id)
        if question is None:
            return
        note_unavailable(uow, question.id)
        if self._will_be_slow(uow, question, delay):
            tell_slow(uow, question.id)

    def _will_be_slow(self, uow: UnitOfWork, question: Question, delay: float) -> bool:
        return uow.now + delay - question.asked_at >= self._timeouts.slow_notice_after

    async def _rate(self, attempt: Attempt) -> Receipt:
        sent = attempt.body(SendVerdict)
        with self._turnstile.heeding():
            return await self._assistant.rate(
                session_id=sent.session_id, request_id=sent.request_id, rating=sent.rating
            )

    async def _close_session(self, attempt: Attempt) -> None:
        with self._turnstile.heeding():
            await self._assistant.close_session(attempt.body(CloseSession).session_id)

    async def _take_sign_away(self, question_id: str) -> None:
        """After a Stop or a deletion while nothing was under way; an edited question is still worked on."""
        question = await self._store.run(lambda tx: tx.questions.get(question_id))
        if question is not None and question.state is not QuestionState.WAITING:
            place = Destination(channel=question.channel, thread=question.thread, message=question.message)
            self._signs.show(place, busy=False)


def _language(person: Person | None) -> str | None:
    """The language of the person's locale ("en" of "en-US")."""
    return person.locale.replace("_", "-").split("-")[0] if person and person.locale else None


def _aim_ask(tx: Transaction, ask: Ask | Submit | Collect) -> Destination | None:
    question = tx.questions.get(ask.question_id)
    if question is None or question.state is not QuestionState.WAITING or question.revision != ask.revision:
        return None
    # Where agents ask, no working sign is shown: in a channel it would be another than in a DM.
    thread = question.thread if question.handoff_id is None else None
    return Destination(channel=question.channel, thread=thread, message=question.message)


def _request_id(reply: Reply) -> str:
    return reply.request_id


def _record_answer(uow: UnitOfWork, ask: Ask, reply: Reply) -> None:
    record_answer(uow, ask, reply)
    assistant_answers(uow)


def _record_submitted(uow: UnitOfWork, submit: Submit, request_id: str) -> None:
    record_submitted(uow, submit, request_id)
    assistant_answers(uow)


def _found(found: Reply | Unanswered) -> str:
    return found.request_id if isinstance(found, Reply) else found.value


def _receipt(receipt: Receipt) -> str:
    return "taken" if receipt.first else "already rated"


def _fail_ask(uow: UnitOfWork, ask: Ask | Submit | Collect, error: OutsideError) -> None:
    record_refusal(uow, ask, _plain(error) if isinstance(error, PermanentError) else None)
    alarm_of_assistant(uow, ask, error)


def _plain(error: OutsideError) -> str:
    """A cause the employee can understand; the details are for the operator."""
    if isinstance(error, CredentialError | PlanError | NotFoundError):
        return "the assistant is not set up correctly, and its operators have been told"
    return "the assistant could not work with this question"
