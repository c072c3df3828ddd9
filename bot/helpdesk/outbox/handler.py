"""Effect handlers: how each kind of effect is sent, what its outcome leads to, and what all handlers need."""

from __future__ import annotations

import asyncio
import contextlib
import enum
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar, cast

from bot.errors import BadRequestError, NoSurfaceError, OutsideError, PermanentError
from bot.helpdesk.answering.ask_queue import AskLimiter
from bot.helpdesk.config import ConfigInForce, DeskConfig, Timeouts
from bot.helpdesk.model.chat import Person
from bot.helpdesk.model.content import Content, PersonalNotice, Updatable
from bot.helpdesk.model.effects import Body, Effect, PostMessage, SendStatus, UpdateMessage, kind_name
from bot.helpdesk.model.target import Destination, Target
from bot.helpdesk.outbox.in_doubt import IN_DOUBT, InDoubt
from bot.helpdesk.ports import (
    Assistant,
    Charts,
    Clock,
    Directory,
    Files,
    Observer,
    Records,
    Reviews,
    Store,
    Surface,
    SurfacePorts,
    Tickets,
    Transaction,
)
from bot.helpdesk.unit_of_work import UnitOfWork

log = logging.getLogger(__name__)

B = TypeVar("B", bound=Body)
B_co = TypeVar("B_co", covariant=True)
B_contra = TypeVar("B_contra", contravariant=True)
C = TypeVar("C", bound=Content)
U = TypeVar("U", bound=Updatable)
R = TypeVar("R")


class Redirection(enum.Enum):
    """An alternative to giving up an effect that was refused for good.

    AGAIN: the same effect is sent once more, to a newly resolved target, after what was decided for it in its lane.
    DROP: another effect takes its place.
    """

    AGAIN = enum.auto()
    DROP = enum.auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Postponement:
    """An attempt that is made later, in so many `seconds`, without having failed.

    `reason` replaces the error in the effect's row; without one the row keeps the error it has.
    """

    seconds: float
    reason: str | None = None


class SupersededError(Exception):
    """The effect is no longer needed. Raised while it is being sent; the effect is dropped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt(Generic[B_co]):
    """One attempt to send a claimed effect.

    `uncertain`: an earlier attempt may have sent it. `loaded` is what the handler's `load` returned. `claimed_at` is in
    seconds of the monotonic clock. An effect that was no longer needed when it was claimed is in the state DROPPED, and
    is not sent.
    """

    effect: Effect
    to: Destination | None
    uncertain: bool
    loaded: Any = None
    claimed_at: float = field(default_factory=time.monotonic)

    @property
    def body(self) -> B_co:
        """The content of the effect."""
        return cast("B_co", self.effect.body)

    @property
    def destination(self) -> Destination:
        """The resolved target, for effects that have one."""
        assert self.to is not None
        return self.to

    @property
    def kind(self) -> str:
        """The kind of the effect, for logs and metrics."""
        return self.effect.kind


def no_outcome(result: object) -> str:
    """The outcome of a result that is not worth keeping."""
    return ""


def _as_text(result: object) -> str:
    return "" if result is None else str(result)


Redirect = Callable[[UnitOfWork, Effect, Destination | None, OutsideError], Redirection | None]


# Without slots: a frozen dataclass with slots cannot be created through an alias such as EffectHandler[Ask, str]
# (github.com/python/cpython/issues/116669).
@dataclass(frozen=True, kw_only=True)
class EffectHandler(Generic[B_contra, R]):
    """Functions that send one kind of effect, and decide what follows.

    Outside any transaction:
    - `send` makes the effect happen.
    - `find_sent` looks up what became of an earlier attempt with an unclear outcome. Effects without it are simply sent
      again, so repeating them must be harmless.
    - `search_again` may postpone the effect after it was not found: the outside system may not show it yet.
    - `read_again` may postpone a read whose result is not final; it is then repeated.
    - `cleanup` removes traces of work in progress once the effect has failed.
    - `on_end` is called when an attempt has ended, well or not, and its outcome is stored.

    In the transaction that claims the effect:
    - `target` returns where the effect goes. The effect is dropped if that resolves to no destination.
    - `still_needed` returns False to drop the effect.
    - `load` returns what `send` needs of the store, so that it opens no transaction of its own. None drops the effect.
    - `not_before` may postpone the attempt, and the effect is not claimed. It is not asked after an unclear outcome.
    - `on_claim` records that an attempt begins.

    In the transaction that keeps the outcome:
    - `on_sent` decides what follows from the result; `outcome` is the text that the effect's row keeps of it.
    - `on_retry` is called when the effect will be tried again, in so many seconds.
    - `on_failed` is called when the effect is given up.
    - `redirect` may offer an alternative before that.

    `in_doubt`: what follows if the outside system cannot tell what became of an earlier attempt; posts have it from a
    table. `read_only`: sending only reads from the outside system, so the claim is not written. `long_retry`: keep
    retrying for days; no one is waiting for it.

    Always give the type parameters, as in `EffectHandler[Ask, str](…)`: mypy checks every function against them.
    """

    send: Callable[[Attempt[B_contra]], Awaitable[R]]
    find_sent: Callable[[Attempt[B_contra]], Awaitable[SendStatus[R]]] | None = None
    search_again: Callable[[Attempt[B_contra]], Awaitable[Postponement | None]] | None = None
    read_again: Callable[[R], Postponement | None] | None = None
    on_sent: Callable[[UnitOfWork, B_contra, R], None] | None = None
    on_failed: Callable[[UnitOfWork, B_contra, OutsideError], None] | None = None
    on_retry: Callable[[UnitOfWork, B_contra, OutsideError, float], None] | None = None
    redirect: Redirect | None = None
    target: Callable[[B_contra], Target] | None = None
    still_needed: Callable[[Transaction, B_contra], bool] | None = None
    load: Callable[[UnitOfWork, B_contra], object | None] | None = None
    not_before: Callable[[UnitOfWork, Effect], Postponement | None] | None = None
    on_claim: Callable[[UnitOfWork, B_contra], None] | None = None
    outcome: Callable[[R], str] = _as_text
    in_doubt: InDoubt = InDoubt.GIVE_UP
    read_only: bool = False
    long_retry: bool = False
    cleanup: Callable[[Attempt[B_contra]], None] | None = None
    on_end: Callable[[Attempt[B_contra]], None] | None = None


class HandlerRegistry:
    """The handler of every kind of effect. Messages have one for each type of content."""

    def __init__(self) -> None:
        self._handlers: dict[str, EffectHandler[Any, Any]] = {}

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of effect that have a handler."""
        return frozenset(self._handlers)

    def add(self, body: type[B], handler: EffectHandler[B, R]) -> None:
        """Registers the handler of one type of effect. Each kind has exactly one."""
        self._add(kind_name(body), handler)

    def add_post(self, content: type[C], handler: EffectHandler[PostMessage[C], R]) -> None:
        """Registers the handler of posts with one type of content."""
        self._add(kind_name(PostMessage, content), replace(handler, in_doubt=IN_DOUBT[content]))

    def add_update(self, content: type[U], handler: EffectHandler[UpdateMessage[U], R]) -> None:
        """Registers the handler of updates with one type of content."""
        self._add(kind_name(UpdateMessage, content), handler)

    def of(self, effect: Effect) -> EffectHandler[Any, Any]:
        """Returns the handler of this effect."""
        return self._handlers[effect.kind]

    def _add(self, kind: str, handler: EffectHandler[Any, Any]) -> None:
        assert kind not in self._handlers, f"{kind} has a handler already"
        self._handlers[kind] = handler


class CardAttempts:
    """Attempts to post the cards of new handoffs, for what is better done after them.

    Known in this process only, and to those who wait already: so whoever waits sets a limit, and does without the card.
    """

    def __init__(self) -> None:
        self._waiting: dict[str, asyncio.Event] = {}

    async def wait(self, handoff_id: str, seconds: float) -> None:
        """Waits until an attempt to post the card has ended, well or not, but at most so many seconds."""
        ended = self._waiting.setdefault(handoff_id, asyncio.Event())
        try:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(ended.wait(), seconds)
        finally:
            self._waiting.pop(handoff_id, None)

    def end(self, handoff_id: str) -> None:
        """Ends the wait for the card of a handoff, if there is one."""
        if (ended := self._waiting.get(handoff_id)) is not None:
            ended.set()


class BackgroundTasks:
    """Tasks that nothing waits for. They are cancelled on shutdown."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, work: Callable[..., Coroutine[Any, Any, None]], *args: Any) -> asyncio.Task[None]:
        """Starts a task. A reference is kept until it is done, so that it is not garbage-collected."""
        task = asyncio.get_running_loop().create_task(work(*args))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def close(self) -> None:
        """Cancels all tasks that are not done."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependencies:
    """The ports, the configuration and the shared state of all effect handlers. `surfaces` are known by their names.

    `charts` None: nothing can be drawn here.
    """

    store: Store
    surfaces: Mapping[str, SurfacePorts]
    assistant: Assistant
    tickets: Tickets
    records: Records
    reviews: Reviews
    charts: Charts | None
    observer: Observer
    clock: Clock
    in_force: ConfigInForce
    limiter: AskLimiter
    tasks: BackgroundTasks
    card_attempts: CardAttempts = field(default_factory=CardAttempts)

    @property
    def config(self) -> DeskConfig:
        """The configuration of this moment."""
        return self.in_force.now

    @property
    def timeouts(self) -> Timeouts:
        """The timeouts of the configuration."""
        return self.config.timeouts

    def surface(self, name: str) -> Surface:
        """Returns the surface with this name. Raises NoSurfaceError."""
        return self._ports(name).surface

    def directory(self, surface: str) -> Directory:
        """Returns the people of a surface. Raises NoSurfaceError."""
        return self._ports(surface).directory

    def files(self, surface: str) -> Files:
        """Returns the files of a surface. Raises NoSurfaceError, or BadRequestError where no file can be copied."""
        files = self._ports(surface).files
        if files is None:
            raise BadRequestError("The surface takes no files.", system=surface, code="no_files")
        return files

    def _ports(self, surface: str) -> SurfacePorts:
        ports = self.surfaces.get(surface)
        if ports is None:
            raise NoSurfaceError(surface)
        return ports

    async def find_person(self, surface: str, id: str) -> Person | None:
        """Looks up a person. Returns None if the directory fails or is slow: no effect waits for a name."""
        try:
            async with asyncio.timeout(self.timeouts.person_lookup):
                return await self.directory(surface).person(id)
        except (OutsideError, TimeoutError):
            log.info("person_unknown")
            return None

    async def is_member(self, surface: str, person: str, channel: str) -> bool:
        """Returns whether a person belongs to a channel; False if the surface refuses to tell, or is not configured."""
        try:
            return await self.directory(surface).is_member(person, channel)
        except PermanentError:
            return False

    async def post_privately(self, content: PersonalNotice, to: Destination, person: str, key: str) -> None:
        """Posts a notice that only `person` sees; all do on a surface without private notes."""
        surface = self.surface(to.surface)
        if surface.capabilities.private_notes:
            await surface.post_privately(content, to, person)
        else:
            await surface.post(content, to, key)

    async def readable(self, text: str) -> str:
        """Replaces mentions in `text` by names. Words of several surfaces may be in it. Raises nothing."""
        for ports in self.surfaces.values():
            text = await ports.directory.readable(text)
        return text

    def nameless(self, text: str) -> str:
        """Replaces mentions in `text` by a word for anybody. Words of several surfaces may be in it."""
        for ports in self.surfaces.values():
            text = ports.directory.nameless(text)
        return text

    def unit_of_work(self, tx: Transaction) -> UnitOfWork:
        """Returns the unit of work of a transaction that a handler opened itself."""
        return UnitOfWork(tx, self.clock(), self.config)
