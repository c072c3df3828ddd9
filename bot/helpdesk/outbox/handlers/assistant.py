"""Handlers of the effects on the assistant (questions, verdicts, sessions), and what is shown meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
import time
from collections.abc import Awaitable, Iterator, Mapping
from typing import Any, Protocol, TypeVar

from bot.errors import CredentialError, NotFoundError, OutsideError, PermanentError, PlanError
from bot.helpdesk import messages
from bot.helpdesk.alarms import end_credential_alarm, raise_assistant_alarm, raise_credential_alarm
from bot.helpdesk.answering.answers import (
    record_answer,
    record_collected,
    record_refusal,
    record_submitted,
    record_unavailable,
    tell_delay,
)
from bot.helpdesk.answering.ask_queue import QueueSlot
from bot.helpdesk.answering.verdicts import record_verdict
from bot.helpdesk.model.chat import Person
from bot.helpdesk.model.conversation import NoAnswer, Question, QuestionState, Receipt, Reply, Unanswered
from bot.helpdesk.model.effects import Ask, CloseSession, Collect, Effect, SendVerdict, Submit
from bot.helpdesk.model.target import Destination, Target, WaitingQuestion
from bot.helpdesk.outbox.handler import (
    Attempt,
    BackgroundTasks,
    Dependencies,
    EffectHandler,
    HandlerRegistry,
    Postponement,
    SupersededError,
)
from bot.helpdesk.ports import SurfacePorts, Transaction
from bot.helpdesk.unit_of_work import UnitOfWork, carried

log = logging.getLogger(__name__)

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

# Seconds between two evaluations of the policy for a question that waits in the queue.
_POLICY_INTERVAL = 60.0


class _PutQuestion(Protocol[T_co]):
    """One of the assistant's methods that take a question."""

    def __call__(
        self, *, session_id: str, message: str, email: str | None, language: str | None
    ) -> Awaitable[T_co]: ...


class QuestionsInFlight:
    """The questions of this process that are with the assistant, or in the queue for it."""

    def __init__(self) -> None:
        self._tasks: dict[str, asyncio.Task[Any]] = {}
        self._cancelled: set[str] = set()

    def __len__(self) -> int:
        return len(self._tasks)

    def cancel(self, question_id: str) -> bool:
        """Stops waiting for the answer. Returns False if the question is not in flight here."""
        task = self._tasks.get(question_id)
        if task is None:
            return False
        self._cancelled.add(question_id)
        task.cancel()
        return True

    @contextlib.contextmanager
    def tracking(self, question_id: str) -> Iterator[None]:
        """Tracks a question while the current task runs the block. Raises SupersededError where it was cancelled."""
        task = asyncio.current_task()
        assert task is not None
        self._tasks[question_id] = task
        try:
            yield
        except asyncio.CancelledError:
            if question_id not in self._cancelled:
                raise
            task.uncancel()
            raise SupersededError from None
        finally:
            self._tasks.pop(question_id, None)
            self._cancelled.discard(question_id)


class TypingIndicator:
    """Shows that the assistant works on a question. Decoration: nothing waits for it.

    The calls for one thread are made in order. On a surface that is not configured nothing is shown.
    """

    def __init__(self, surfaces: Mapping[str, SurfacePorts], tasks: BackgroundTasks) -> None:
        self._surfaces = surfaces
        self._tasks = tasks
        self._latest: dict[Destination, asyncio.Task[None]] = {}
        self._timers: dict[Destination, asyncio.TimerHandle] = {}
        self._shown: set[Destination] = set()

    def show_after(self, seconds: float, to: Destination | None) -> None:
        """Shows the indicator after a delay, unless it is hidden before: a quick answer needs none."""
        if to is not None:
            thread = _thread_of(to)
            if (timer := self._timers.pop(thread, None)) is not None:
                timer.cancel()
            # A timer of the event loop and no scheduled job: only this process shows the indicator of its own call.
            self._timers[thread] = asyncio.get_running_loop().call_later(seconds, functools.partial(self.show, to))

    def show(self, to: Destination | None) -> None:
        """Shows the indicator, without waiting for it. Nothing happens outside of threads."""
        if to is None or to.thread is None:
            return
        thread = _thread_of(to)
        if (timer := self._timers.pop(thread, None)) is not None:
            timer.cancel()
        self._shown.add(thread)
        self._start(thread, to, busy=True)

    def hide(self, to: Destination | None) -> None:
        """Hides the indicator, without waiting for it. Nothing happens outside of threads."""
        if to is None or to.thread is None:
            return
        thread = _thread_of(to)
        timer = self._timers.pop(thread, None)
        if timer is not None:
            timer.cancel()
            if thread not in self._shown:
                return
        self._shown.discard(thread)
        self._start(thread, to, busy=False)

    def _start(self, thread: Destination, to: Destination, *, busy: bool) -> None:
        self._latest[thread] = self._tasks.start(self._change, self._latest.get(thread), thread, to, busy)

    async def _change(
        self, previous: asyncio.Task[None] | None, thread: Destination, to: Destination, busy: bool
    ) -> None:
        if previous is not None:
            await asyncio.wait({previous})
        try:
            if (ports := self._surfaces.get(to.surface)) is not None:
                await ports.surface.show_working(to, busy)
        finally:
            if self._latest.get(thread) is asyncio.current_task():
                del self._latest[thread]


class AssistantHandlers:
    """Handlers of the effects on the assistant."""

    def __init__(self, deps: Dependencies) -> None:
        self.deps = deps
        self.in_flight = QuestionsInFlight()
        self._typing = TypingIndicator(deps.surfaces, deps.tasks)

    def register(self, registry: HandlerRegistry) -> None:
        """Adds the handlers to the registry."""
        self._register_questions(registry)
        registry.add(
            SendVerdict,
            EffectHandler[SendVerdict, Receipt](
                send=self._send_verdict,
                on_sent=record_verdict,
                on_failed=raise_credential_alarm,
                outcome=_verdict_outcome,
            ),
        )
        registry.add(
            CloseSession, EffectHandler[CloseSession, None](send=self._close_session, on_failed=raise_credential_alarm)
        )

    def _register_questions(self, registry: HandlerRegistry) -> None:
        registry.add(
            Ask,
            EffectHandler[Ask, Reply](
                send=self._ask,
                on_sent=_on_answered,
                on_failed=_on_question_failed,
                on_retry=self._on_retry,
                target=_question_target,
                outcome=_request_id,
                cleanup=self._hide_typing,
            ),
        )
        registry.add(
            Submit,
            EffectHandler[Submit, str](
                send=self._submit,
                on_sent=_on_submitted,
                on_failed=_on_question_failed,
                on_retry=self._on_retry,
                target=_question_target,
                not_before=self._after_failure,
                cleanup=self._hide_typing,
            ),
        )
        registry.add(
            Collect,
            EffectHandler[Collect, Reply | Unanswered](
                send=self._collect,
                on_sent=record_collected,
                on_failed=_on_question_failed,
                on_retry=self._on_retry,
                target=_question_target,
                not_before=self._after_first_poll,
                read_again=self._read_again,
                on_claim=self._on_collect,
                outcome=_collect_outcome,
                read_only=True,
                cleanup=self._hide_typing,
            ),
        )

    # Questions.

    async def _ask(self, attempt: Attempt[Ask]) -> Reply:
        if attempt.effect.attempts > 1:
            # An earlier attempt may have shown the indicator already, perhaps in a process that is gone.
            self._typing.show(attempt.to)
        else:
            self._typing.show_after(self.deps.timeouts.typing_after, attempt.to)
        reply = await self._put_tracked(attempt, self.deps.assistant.ask)
        self._hide_typing(attempt)
        return reply

    async def _submit(self, attempt: Attempt[Submit]) -> str:
        self._typing.show(attempt.to)
        return await self._put_tracked(attempt, self.deps.assistant.submit)

    def _hide_typing(self, attempt: Attempt[Ask | Submit | Collect]) -> None:
        self._typing.hide(attempt.to)

    async def _put_tracked(self, attempt: Attempt[Ask | Submit], put: _PutQuestion[T]) -> T:
        """Puts the question to the assistant. It can be cancelled, and the employee is told when it takes long."""
        question_id = attempt.body.question_id
        slow_notice = self._schedule_slow_notice(question_id, attempt.effect.decided_at)
        try:
            with self.in_flight.tracking(question_id):
                return await self._put_question(attempt.body, attempt.destination.surface, put)
        except SupersededError:
            self._hide_typing(attempt)
            raise
        finally:
            slow_notice.cancel()

    async def _put_question(self, ask: Ask | Submit, surface: str, put: _PutQuestion[T]) -> T:
        limiter, options = self.deps.limiter, self.deps.config.assistant_options
        # The answer does not wait for a slow directory.
        person = await self.deps.find_person(surface, ask.employee)
        message = self.deps.nameless(ask.text)
        async with limiter.waiting(ask.employee) as slot:
            await self._wait_for_turn(ask.question_id, slot)
            with limiter.within_rate_limit(), self._observed():
                return await put(
                    session_id=ask.session_id,
                    message=message,
                    email=person.email if person and options.send_email else None,
                    language=options.language or _language(person),
                )

    async def _wait_for_turn(self, question_id: str, slot: QueueSlot) -> None:
        seconds = self.deps.timeouts.queue_notice_after
        while not await self.deps.limiter.called(slot, seconds):
            await self.deps.store.run(carried(self._note_queued), question_id, self.deps.limiter.before(slot))
            seconds = _POLICY_INTERVAL

    def _note_queued(self, tx: Transaction, question_id: str, ahead: int) -> None:
        uow = self.deps.unit_of_work(tx)
        record_unavailable(uow, question_id)
        if ahead:
            tell_delay(uow, question_id, messages.employee.in_line(ahead))

    async def _collect(self, attempt: Attempt[Collect]) -> Reply | Unanswered:
        """Returns PENDING while the assistant may still answer, FAILED once that took too long."""
        collect = attempt.body
        result = await self._poll(collect)
        if result is Unanswered.PENDING:
            if self.deps.clock() - attempt.effect.decided_at < self.deps.timeouts.collect_within:
                return result
            result = Unanswered.FAILED
        if result is Unanswered.FAILED:
            log.warning("answer_failed", extra={"question": collect.question_id, "tries": collect.tries})
        self._hide_typing(attempt)
        return result

    async def _poll(self, collect: Collect) -> Reply | Unanswered:
        try:
            with self.deps.limiter.within_rate_limit():
                return await self.deps.assistant.collect(session_id=collect.session_id, request_id=collect.request_id)
        except NotFoundError:
            # The assistant's documentation does not say how long it keeps results.
            return Unanswered.FAILED

    def _after_failure(self, uow: UnitOfWork, effect: Effect) -> Postponement | None:
        """Postpones a question that is submitted again after the assistant failed to answer it."""
        resubmits = isinstance(effect.body, Submit) and effect.body.tries > 1
        return _after(uow, effect, self.deps.timeouts.resubmit_after) if resubmits else None

    def _after_first_poll(self, uow: UnitOfWork, effect: Effect) -> Postponement | None:
        return _after(uow, effect, self.deps.timeouts.first_poll)

    def _read_again(self, result: Reply | Unanswered) -> Postponement | None:
        return Postponement(seconds=self.deps.timeouts.poll_interval) if result is Unanswered.PENDING else None

    def _on_collect(self, uow: UnitOfWork, collect: Collect) -> None:
        question = uow.tx.questions.get(collect.question_id)
        if question is not None and self._will_be_slow(uow, question, self.deps.timeouts.poll_interval):
            record_unavailable(uow, question.id)
            tell_delay(uow, question.id)

    def _on_retry(self, uow: UnitOfWork, ask: Ask | Submit | Collect, error: OutsideError, delay: float) -> None:
        question = uow.tx.questions.get(ask.question_id)
        if question is None:
            return
        record_unavailable(uow, question.id)
        if self._will_be_slow(uow, question, delay):
            tell_delay(uow, question.id)

    def _will_be_slow(self, uow: UnitOfWork, question: Question, delay: float) -> bool:
        return uow.now + delay - question.asked_at >= self.deps.timeouts.slow_notice_after

    def _schedule_slow_notice(self, question_id: str, asked_at: float) -> asyncio.TimerHandle:
        # A timer of the event loop and no scheduled job: it is about the call that is made here and now, and ends with
        # it. A stored job would cost every question a transaction. After a crash the next attempt sets a new one.
        left = max(0.0, self.deps.timeouts.slow_notice_after - (self.deps.clock() - asked_at))
        return asyncio.get_running_loop().call_later(left, self.deps.tasks.start, self._tell_slow, question_id)

    async def _tell_slow(self, question_id: str) -> None:
        await self.deps.store.run(carried(lambda tx: tell_delay(self.deps.unit_of_work(tx), question_id)))

    @contextlib.contextmanager
    def _observed(self) -> Iterator[None]:
        """Reports to the observer how long the assistant took, or its error. A cancelled call is not reported."""
        started = time.perf_counter()
        try:
            yield
        except OutsideError as error:
            self.deps.observer.asked(time.perf_counter() - started, error)
            raise
        self.deps.observer.asked(time.perf_counter() - started, None)

    def cancel(self, question_id: str) -> None:
        """Stops waiting for an answer that is no longer needed: the question was edited, deleted or stopped."""
        if not self.in_flight.cancel(question_id):
            self.deps.tasks.start(self._hide_typing_unless_waiting, question_id)

    async def _hide_typing_unless_waiting(self, question_id: str) -> None:
        """Hides the indicator of a question that is not in flight here. An edited question is still worked on."""
        question = await self.deps.store.run(lambda tx: tx.questions.get(question_id))
        if question is not None and question.state is not QuestionState.WAITING:
            self._typing.hide(Destination.of(question.address))

    # Verdicts and sessions.

    async def _send_verdict(self, attempt: Attempt[SendVerdict]) -> Receipt:
        sent = attempt.body
        with self.deps.limiter.within_rate_limit():
            return await self.deps.assistant.rate(
                session_id=sent.session_id, request_id=sent.request_id, rating=sent.rating
            )

    async def _close_session(self, attempt: Attempt[CloseSession]) -> None:
        with self.deps.limiter.within_rate_limit():
            await self.deps.assistant.close_session(attempt.body.session_id)


def _thread_of(to: Destination) -> Destination:
    return Destination(surface=to.surface, channel=to.channel, thread=to.thread)


def _after(uow: UnitOfWork, effect: Effect, seconds: float) -> Postponement | None:
    """Postpones an effect until `seconds` have passed since it was decided."""
    left = effect.decided_at + seconds - uow.now
    return Postponement(seconds=min(left, seconds)) if left > 0 else None


def _language(person: Person | None) -> str | None:
    """Returns the language of the person's locale ("en" of "en-US")."""
    return person.locale.replace("_", "-").split("-")[0] if person and person.locale else None


def _question_target(ask: Ask | Submit | Collect) -> Target:
    return WaitingQuestion(ask.question_id, ask.revision)


def _request_id(reply: Reply) -> str:
    return reply.request_id


def _collect_outcome(result: Reply | Unanswered) -> str:
    return result.request_id if isinstance(result, Reply) else result.value


def _verdict_outcome(receipt: Receipt) -> str:
    return "taken" if receipt.first else "already rated"


def _on_answered(uow: UnitOfWork, ask: Ask, reply: Reply) -> None:
    record_answer(uow, ask, reply)
    end_credential_alarm(uow)


def _on_submitted(uow: UnitOfWork, submit: Submit, request_id: str) -> None:
    record_submitted(uow, submit, request_id)
    end_credential_alarm(uow)


def _on_question_failed(uow: UnitOfWork, ask: Ask | Submit | Collect, error: OutsideError) -> None:
    record_refusal(uow, ask, _why_no_answer(error))
    raise_assistant_alarm(uow, ask, error)


def _why_no_answer(error: OutsideError) -> NoAnswer:
    if not isinstance(error, PermanentError):
        return NoAnswer.UNREACHABLE
    return NoAnswer.NOT_SET_UP if isinstance(error, CredentialError | PlanError | NotFoundError) else NoAnswer.REFUSED
