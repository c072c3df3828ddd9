"""The desk: takes inputs in, and knows for each kind of effect how it is performed and what follows from it."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from bot.errors import (
    CredentialError,
    NotFoundError,
    NotYetError,
    OutsideError,
    PermanentError,
    PlanError,
    TemporaryError,
)
from bot.helpdesk import wording
from bot.helpdesk.answering import (
    note_unavailable,
    record_answer,
    record_collected,
    record_posted,
    record_refusal,
    record_submitted,
    tell_slow,
)
from bot.helpdesk.asking import Limits, Place, Turnstile
from bot.helpdesk.conversation import Question, QuestionState, Receipt, Reply, Unanswered, new_id
from bot.helpdesk.delivery import Delivery, Errand, OvertakenError, Performer
from bot.helpdesk.effects import (
    Alarm,
    AmendTicket,
    Ask,
    Body,
    CloseSession,
    Collect,
    CreateTicket,
    Destination,
    Effect,
    MarkAnswer,
    OpenReasonForm,
    OpenThread,
    PostAnswer,
    PostToThread,
    RefreshCard,
    RelayToEmployee,
    SendVerdict,
    SetTicketStatus,
    Submit,
    Tell,
    Whisper,
)
from bot.helpdesk.handing import record_opened, record_ticket, record_ticket_trouble, record_unopened
from bot.helpdesk.handoff import TicketRef
from bot.helpdesk.inputs import Accepted, Input, Pressed
from bot.helpdesk.intake import take_in
from bot.helpdesk.ports import (
    Assistant,
    Clock,
    Directory,
    Job,
    JobKind,
    Observer,
    Person,
    Post,
    Store,
    Surface,
    Tickets,
    Transaction,
    Update,
)
from bot.helpdesk.rating import record_verdict
from bot.helpdesk.redaction import compose, redact
from bot.helpdesk.retry import Schedule
from bot.helpdesk.trace import carried, following
from bot.helpdesk.turn import House, Turn, talk_lane

log = logging.getLogger(__name__)

Handler = Callable[[str], Awaitable[float | None]]

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

# How often the policy is asked about a question that waits in the line.
_NOTE_LINE = 60.0


class _Put(Protocol[T_co]):
    """One of the ways to put a question to the assistant."""

    def __call__(
        self, *, session_id: str, message: str, email: str | None, language: str | None
    ) -> Awaitable[T_co]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long things may take, in seconds. `tell_after`: from when on an employee is told that it takes longer.

    `look_again`: after which a post that was not found is looked for once more before it is made again. `tell_place`:
    after which an employee in a long line is told their place. A submitted question is looked at first after
    `first_look` and then every `poll`; where there is nothing after `collect`, or it failed, it is submitted again,
    `submit_again` later.
    """

    tell_after: float = 18.0
    tell_place: float = 5.0
    first_look: float = 1.0
    poll: float = 2.5
    collect: float = 300.0
    submit_again: float = 5.0
    look_up_person: float = 3.0
    look_again: float = 1.5
    retry: Schedule = field(default_factory=Schedule)


@dataclass(frozen=True, slots=True, kw_only=True)
class Courtesy:
    """What the assistant is told of the employee. `language` None: the employee's own, where the surface knows it."""

    send_email: bool = True
    language: str | None = None


class Desk:
    """The help desk between a chat surface, an assistant and a ticket system.

    It keeps everything in `store`; nothing is lost when it stops at any moment, and `accept` is all that stands between
    an input and its acknowledgement.
    """

    def __init__(
        self,
        *,
        store: Store,
        surface: Surface,
        directory: Directory,
        assistant: Assistant,
        tickets: Tickets,
        house: House,
        clock: Clock,
        patience: Patience,
        courtesy: Courtesy,
        observer: Observer,
        limits: Limits,
    ) -> None:
        self._store = store
        self._surface = surface
        self._directory = directory
        self._assistant = assistant
        self._tickets = tickets
        self._house = house
        self._clock = clock
        self._patience = patience
        self._courtesy = courtesy
        self._observer = observer
        self._turnstile = Turnstile(limits)
        self._asking: dict[str, asyncio.Task[Any]] = {}
        self._overtaken: set[str] = set()
        self._aside: set[asyncio.Task[None]] = set()
        self._signs: dict[Destination, asyncio.Task[None]] = {}
        self._delivery = Delivery(
            store=store,
            house=house,
            clock=clock,
            performers=self._performers(),
            schedule=patience.retry,
            look_again=patience.look_again,
            observer=observer,
        )

    @property
    def handlers(self) -> Mapping[JobKind, Handler]:
        """What does the jobs of each kind."""
        return {JobKind.INPUT: self.take_in, JobKind.EFFECT: self._delivery.perform}

    @property
    def asking(self) -> int:
        """How many questions are with the assistant now."""
        return len(self._asking)

    async def close(self) -> None:
        """Let go of what is decoration; call it once no job runs any more."""
        for task in self._aside:
            task.cancel()
        await asyncio.gather(*self._aside, return_exceptions=True)

    # Inputs.

    async def accept(self, accepted: Accepted) -> bool:
        """Keep an input and have it taken in; False where it is known already. Once this returns it cannot be lost."""
        id = await self._store.run(_accept, accepted, self._clock())
        kind = type(accepted.given).__name__
        self._observer.accepted(kind, known=id is None)
        if id is not None:
            log.debug("input_accepted", extra={"trace": id, "kind": kind})
        return id is not None

    async def take_in(self, input_id: str) -> float | None:
        """Do what follows from an accepted input. Its id is the trace of all of it."""
        with following(input_id):
            return await self._follow(input_id)

    async def _follow(self, input_id: str) -> float | None:
        given = await self._store.run(_open, input_id)
        if given is None:
            return None
        try:
            by_agent = await self._is_by_agent(given)
        except TemporaryError:
            log.warning("membership_unknown", extra={"input": input_id})
            return self._patience.retry.first
        overtaken = await self._store.run(carried(self._take_in), input_id, given, by_agent)
        log.debug("input_taken_in", extra={"kind": type(given).__name__})
        for question_id in overtaken:
            self._overtake(question_id)
        return None

    async def _is_by_agent(self, given: Input) -> bool:
        """Asked of the server, and only where it matters: for what is pressed outside the employee's own thread."""
        if not isinstance(given, Pressed) or given.direct or given.external:
            return False
        try:
            return await self._directory.is_member(given.person, given.channel)
        except PermanentError:
            return False

    def _take_in(self, tx: Transaction, input_id: str, given: Input, by_agent: bool) -> tuple[str, ...]:
        now = self._clock()
        # Another process may have been quicker; what is closed is not taken in again.
        if tx.inputs.open(input_id) is None:
            return ()
        tx.inputs.close(input_id, now)
        return take_in(Turn(tx, now, self._house), given, by_agent)

    def _overtake(self, question_id: str) -> None:
        """Stop waiting for an answer that nobody wants any more."""
        task = self._asking.get(question_id)
        if task is not None:
            self._overtaken.add(question_id)
            task.cancel()
        else:
            self._do_aside(self._take_sign_away, question_id)

    # Effects.

    def _performers(self) -> dict[type[Body], Performer]:
        return {
            Ask: Performer(
                do=self._ask,
                record=record_answer,
                fail=_fail_ask,
                delay=self._delay_ask,
                aim=_aim_ask,
                wanted=_ask_is_wanted,
                outcome=_request_id,
            ),
            Submit: Performer(
                do=self._submit,
                record=record_submitted,
                fail=_fail_ask,
                delay=self._delay_ask,
                aim=_aim_ask,
                wanted=_ask_is_wanted,
            ),
            Collect: Performer(
                do=self._collect,
                record=record_collected,
                fail=_fail_ask,
                delay=self._delay_ask,
                aim=_aim_ask,
                wanted=_ask_is_wanted,
                attend=self._attend,
                outcome=_found,
                reads=True,
            ),
            SendVerdict: Performer(do=self._rate, record=record_verdict, outcome=_receipt),
            CloseSession: Performer(do=self._close_session, outcome=_nothing),
            PostAnswer: self._poster(_aim_talk, record=record_posted),
            Tell: self._poster(_aim_talk),
            RelayToEmployee: self._poster(_aim_talk),
            MarkAnswer: Performer(do=self._update, aim=_aim_mark, outcome=_nothing),
            Whisper: Performer(do=self._whisper, outcome=_nothing),
            OpenReasonForm: Performer(do=self._open_form, fail=_fail_form, outcome=_nothing),
            OpenThread: self._poster(_aim_card, record=record_opened, fail=_fail_thread),
            RefreshCard: Performer(do=self._update, aim=_aim_card_message, wanted=_card_is_newest, outcome=_nothing),
            PostToThread: self._poster(_aim_thread),
            Alarm: self._poster(_aim_alarm, fail=_fail_alarm),
            CreateTicket: Performer(
                do=self._create_ticket,
                find=self._find_ticket,
                record=_record_ticket,
                fail=_fail_ticket,
                delay=_delay_ticket,
                outcome=_ticket_id,
            ),
            AmendTicket: Performer(do=self._amend_ticket, wanted=_ticket_is_there, fail=_alarm, outcome=_nothing),
            SetTicketStatus: Performer(do=self._set_status, wanted=_ticket_is_there, fail=_alarm, outcome=_nothing),
        }

    def _poster(
        self,
        aim: Callable[[Transaction, Any], Destination | None],
        record: Callable[[Turn, Any, Any], None] | None = None,
        fail: Callable[[Turn, Any, OutsideError], None] | None = None,
    ) -> Performer:
        return Performer(do=self._post, find=self._find_post, record=record, fail=fail or _alarm, aim=aim)

    # The assistant.

    async def _ask(self, errand: Errand) -> Reply:
        reply = await self._attended(errand, self._assistant.ask)
        self._sign(errand.to, busy=False)
        return reply

    async def _submit(self, errand: Errand) -> str:
        if _body(errand, Submit).tries > 1:
            self._wait_since(errand.effect, self._patience.submit_again)
        return await self._attended(errand, self._assistant.submit)

    async def _attended(self, errand: Errand, put: _Put[T]) -> T:
        """Put the question to the assistant, with the working sign on, ready to be overtaken."""
        ask: Ask | Submit = errand.effect.body  # type: ignore[assignment]  # the table above pairs it with these
        task = asyncio.current_task()
        assert task is not None
        self._asking[ask.question_id] = task
        self._sign(errand.to, busy=True)
        reminder = self._remind(ask, errand.effect.decided_at)
        try:
            return await self._put_question(ask, put)
        except PermanentError:
            self._sign(errand.to, busy=False)
            raise
        except asyncio.CancelledError:
            if ask.question_id not in self._overtaken:
                raise
            task.uncancel()
            self._sign(errand.to, busy=False)
            raise OvertakenError from None
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
                    email=person.email if person and self._courtesy.send_email else None,
                    language=self._courtesy.language or _language(person),
                )

    async def _wait_in_line(self, question_id: str, place: Place) -> None:
        patience = self._patience.tell_place
        while not await self._turnstile.called(place, patience):
            await self._store.run(carried(self._note_line), question_id, self._turnstile.before(place))
            patience = _NOTE_LINE

    def _note_line(self, tx: Transaction, question_id: str, before: int) -> None:
        turn = Turn(tx, self._clock(), self._house)
        note_unavailable(turn, question_id)
        if before:
            tell_slow(turn, question_id, wording.in_line(before))

    # Answers that are collected.

    async def _collect(self, errand: Errand) -> Reply | Unanswered:
        collect = _body(errand, Collect)
        self._wait_since(errand.effect, self._patience.first_look)
        found = await self._look(collect)
        if found is Unanswered.PENDING:
            if self._clock() - errand.effect.decided_at < self._patience.collect:
                raise NotYetError(retry_after=self._patience.poll)
            found = Unanswered.FAILED
        if found is Unanswered.FAILED:
            log.warning("answer_failed", extra={"question": collect.question_id, "tries": collect.tries})
        self._sign(errand.to, busy=False)
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

    def _attend(self, turn: Turn, collect: Collect) -> None:
        """What an employee hears while the answer is collected, in the transaction of every look."""
        question = turn.tx.questions.get(collect.question_id)
        if question is not None and self._will_be_slow(turn, question, self._patience.poll):
            note_unavailable(turn, question.id)
            tell_slow(turn, question.id)

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
        try:
            async with asyncio.timeout(self._patience.look_up_person):
                return await self._directory.person(id)
        except (OutsideError, TimeoutError):
            log.info("person_unknown")
            return None

    def _remind(self, ask: Ask | Submit, asked_at: float) -> asyncio.TimerHandle:
        left = max(0.0, self._patience.tell_after - (self._clock() - asked_at))
        return asyncio.get_running_loop().call_later(left, self._do_aside, self._tell_slow, ask.question_id)

    async def _tell_slow(self, question_id: str) -> None:
        await self._store.run(carried(lambda tx: tell_slow(Turn(tx, self._clock(), self._house), question_id)))

    def _delay_ask(self, turn: Turn, ask: Ask | Submit | Collect, error: OutsideError, delay: float) -> None:
        question = turn.tx.questions.get(ask.question_id)
        if question is None:
            return
        note_unavailable(turn, question.id)
        if self._will_be_slow(turn, question, delay):
            tell_slow(turn, question.id)

    def _will_be_slow(self, turn: Turn, question: Question, delay: float) -> bool:
        return turn.now + delay - question.asked_at >= self._patience.tell_after

    async def _rate(self, errand: Errand) -> Receipt:
        sent = _body(errand, SendVerdict)
        with self._turnstile.heeding():
            return await self._assistant.rate(
                session_id=sent.session_id, request_id=sent.request_id, rating=sent.rating
            )

    async def _close_session(self, errand: Errand) -> None:
        with self._turnstile.heeding():
            await self._assistant.close_session(_body(errand, CloseSession).session_id)

    # The surface.

    async def _post(self, errand: Errand) -> str:
        to = _destination(errand)
        body: Post = errand.effect.body  # type: ignore[assignment]  # the table above pairs it with posts only
        return await self._surface.post(body, to, errand.effect.id)

    async def _find_post(self, errand: Errand) -> str | None:
        since = errand.effect.first_tried_at or errand.effect.decided_at
        return await self._surface.find(_destination(errand), errand.effect.id, since)

    async def _update(self, errand: Errand) -> None:
        body: Update = errand.effect.body  # type: ignore[assignment]  # the table above pairs it with updates only
        await self._surface.update(body, _destination(errand))

    async def _whisper(self, errand: Errand) -> None:
        await self._surface.whisper(_body(errand, Whisper))

    async def _open_form(self, errand: Errand) -> None:
        form = _body(errand, OpenReasonForm)
        if self._clock() > form.expires_at:
            await self._surface.whisper(_too_late(form))
        else:
            await self._surface.open_form(form)

    def _sign(self, to: Destination | None, *, busy: bool) -> None:
        """Show or take away the working sign, without waiting for it; one thread's signs keep their order."""
        if to is None or to.thread is None:
            return
        place = Destination(channel=to.channel, thread=to.thread)
        self._signs[place] = self._do_aside(self._change_sign, self._signs.get(place), place, to.message, busy)

    async def _change_sign(
        self, before: asyncio.Task[None] | None, place: Destination, message: str | None, busy: bool
    ) -> None:
        if before is not None:
            await asyncio.wait({before})
        thread = place.thread or ""
        try:
            await self._surface.working(place.channel, thread, message or thread, busy)
        finally:
            if self._signs.get(place) is asyncio.current_task():
                del self._signs[place]

    async def _take_sign_away(self, question_id: str) -> None:
        """After a Stop or a deletion while nothing was under way; an edited question is still worked on."""
        question = await self._store.run(lambda tx: tx.questions.get(question_id))
        if question is not None and question.state is not QuestionState.WAITING:
            place = Destination(channel=question.channel, thread=question.thread, message=question.message)
            self._sign(place, busy=False)

    def _do_aside(self, work: Callable[..., Coroutine[Any, Any, None]], *args: Any) -> asyncio.Task[None]:
        """Start something that nothing waits for."""
        task = asyncio.get_running_loop().create_task(work(*args))
        self._aside.add(task)
        task.add_done_callback(self._aside.discard)
        return task

    # Tickets.

    async def _create_ticket(self, errand: Errand) -> TicketRef:
        body = _body(errand, CreateTicket)
        return await self._tickets.create(body.draft, ticket_key(body.handoff_id))

    async def _find_ticket(self, errand: Errand) -> TicketRef | None:
        return await self._tickets.find(ticket_key(_body(errand, CreateTicket).handoff_id))

    async def _amend_ticket(self, errand: Errand) -> None:
        body = _body(errand, AmendTicket)
        ref = await self._ticket_of(body.handoff_id)
        await self._tickets.amend(ref, body.metadata)
        await self._tickets.note(ref, body.note, public=False, key=errand.effect.id)

    async def _set_status(self, errand: Errand) -> None:
        body = _body(errand, SetTicketStatus)
        ref = await self._ticket_of(body.handoff_id)
        await self._tickets.set_status(ref, body.status)
        await self._tickets.note(ref, body.note, public=False, key=errand.effect.id)

    async def _ticket_of(self, handoff_id: str) -> TicketRef:
        handoff = await self._store.run(lambda tx: tx.handoffs.get(handoff_id))
        if handoff is None or handoff.ticket is None:
            raise NotFoundError("The handoff has no ticket.", system="tickets")
        return handoff.ticket


def ticket_key(handoff_id: str) -> str:
    """The key under which a handoff's ticket is found again: lower-case and short, legal as a label in every system."""
    return f"sb-{hashlib.sha256(handoff_id.encode()).hexdigest()[:32]}"


def _accept(tx: Transaction, accepted: Accepted, now: float) -> str | None:
    id = tx.inputs.add(accepted, now)
    if id is None:
        return None
    tx.jobs.enqueue(Job(kind=JobKind.INPUT, ref=id, lane=accepted.lane))
    return id


def _open(tx: Transaction, input_id: str) -> Input | None:
    return tx.inputs.open(input_id)


def _body(errand: Errand, kind: type[Any]) -> Any:
    assert isinstance(errand.effect.body, kind)
    return errand.effect.body


def _destination(errand: Errand) -> Destination:
    assert errand.to is not None
    return errand.to


def _language(person: Person | None) -> str | None:
    """The language of the person's locale ("en" of "en-US")."""
    return person.locale.replace("_", "-").split("-")[0] if person and person.locale else None


# Where effects go.


def _aim_ask(tx: Transaction, ask: Ask | Submit | Collect) -> Destination | None:
    question = tx.questions.get(ask.question_id)
    if question is None:
        return None
    return Destination(channel=question.channel, thread=question.thread, message=question.message)


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


# Whether they are still wanted.


def _ask_is_wanted(tx: Transaction, ask: Ask | Submit | Collect) -> bool:
    question = tx.questions.get(ask.question_id)
    return question is not None and question.state is QuestionState.WAITING and question.revision == ask.revision


def _card_is_newest(tx: Transaction, body: RefreshCard) -> bool:
    """An older state of the card need not be shown when a newer one is on its way."""
    handoff = tx.handoffs.get(body.handoff_id)
    return handoff is not None and handoff.revision == body.card.revision


def _ticket_is_there(tx: Transaction, body: AmendTicket | SetTicketStatus) -> bool:
    handoff = tx.handoffs.get(body.handoff_id)
    return handoff is not None and handoff.ticket is not None


# What is kept of their outcome.


def _request_id(reply: Reply) -> str:
    return reply.request_id


def _found(found: Reply | Unanswered) -> str:
    return found.request_id if isinstance(found, Reply) else found.value


def _receipt(receipt: Receipt) -> str:
    return "taken" if receipt.first else "already rated"


def _ticket_id(ref: TicketRef) -> str:
    return ref.id


def _nothing(result: object) -> str:
    return ""


def _record_ticket(turn: Turn, body: CreateTicket, ref: TicketRef) -> None:
    record_ticket(turn, body.handoff_id, ref)


# What follows when they fail.


def _fail_ask(turn: Turn, ask: Ask | Submit | Collect, error: OutsideError) -> None:
    record_refusal(turn, ask, _plain(error) if isinstance(error, PermanentError) else None)
    _alarm(turn, ask, error)


def _plain(error: OutsideError) -> str:
    """A cause the employee can understand; the details are for the operator."""
    if isinstance(error, CredentialError | PlanError | NotFoundError):
        return "the assistant is not set up correctly, and its operators have been told"
    return "the assistant could not work with this question"


def _delay_ticket(turn: Turn, body: CreateTicket, error: OutsideError, delay: float) -> None:
    record_ticket_trouble(turn, body.handoff_id, "The ticket system is not reachable; I keep trying.")


def _fail_ticket(turn: Turn, body: CreateTicket, error: OutsideError) -> None:
    reason = error.code or "no reason given"
    record_ticket_trouble(turn, body.handoff_id, f"The ticket could not be created ({reason}).")
    _alarm(turn, body, error)


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


def _alarm(turn: Turn, body: Body, error: OutsideError) -> None:
    """Tell the handoff channel what people must mend: each trouble once an hour."""
    system = error.system or "an outside system"
    text = compose(
        "*{system}* refused for good ({code}): {kind} was given up. {mend}",
        system=redact(system),
        code=redact(error.code or type(error).__name__),
        kind=redact(type(body).__name__),
        mend=redact(_mend(error)),
    )
    hour = int(turn.now // 3600)
    turn.effect_once(
        Alarm(channel=turn.house.handoff_channel, text=text),
        key=f"alarm:{system}:{error.code}:{type(body).__name__}:{hour}",
        lane=talk_lane("alarms"),
        subject="alarms",
    )


def _mend(error: OutsideError) -> str:
    if isinstance(error, CredentialError):
        return "Check its key or token, then run `uppzy-desk check`."
    if isinstance(error, PlanError):
        return "Check what the account's plan and role allow, then run `uppzy-desk check`."
    if isinstance(error, NotFoundError):
        return "Check the ids in the settings, then run `uppzy-desk check`."
    return "The log has the details; `uppzy-desk find` with an id shows what belongs to it."
