"""The desk's chat surface on Teams: posts, updates, notes in a person's own chat, reactions and the typing sign.

The connector has no idempotency key and lists no messages, so after an unclear outcome nobody can tell whether a
message was posted. What follows is decided for each kind of message by the outbox.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable

from bot.call_rates import CallPriority
from bot.errors import (
    BadRequestError,
    DeactivatedError,
    MessageGoneError,
    NotFoundError,
    OutsideError,
    PermanentError,
    StorageError,
    ThreadGoneError,
)
from bot.helpdesk.messages.readers import Readers
from bot.helpdesk.model.article import ArticleCard
from bot.helpdesk.model.content import AlarmMessage, Content, PersonalNotice
from bot.helpdesk.model.effects import CannotTell, Form, SendStatus, Sent
from bot.helpdesk.model.gap import GapCard
from bot.helpdesk.model.handoff import Card
from bot.helpdesk.model.home import Home
from bot.helpdesk.model.relay import DeliveryReceipt
from bot.helpdesk.model.search_result import SearchReport
from bot.helpdesk.model.target import Destination
from bot.helpdesk.ports import Capabilities, FormContent, ReadMessage
from bot.teams.address_book import AddressBook
from bot.teams.client import TeamsClient
from bot.teams.directory import TeamsDirectory
from bot.teams.errors import SYSTEM
from bot.teams.ids import chat_link, conversation_of, is_channel, message_link, read_prompt
from bot.teams.markdown import split_answer
from bot.teams.rate_limiter import Budget, ConnectorCall, RateLimiter
from bot.teams.views.activity import Activity, in_one, parts_of
from bot.teams.views.forms import form_activity
from bot.teams.views.home import home_activity
from bot.teams.views.message import Rendering, render
from bot.teams.views.people import NamedPerson

log = logging.getLogger(__name__)

REACTIONS = {
    DeliveryReceipt.CONSULTATION: "1f4ac_thoughtballoon",
    DeliveryReceipt.DELAYED: "23f3_hourglassflowingsand",
    DeliveryReceipt.INTERNAL: "1f512_lock",
    DeliveryReceipt.SENT: "1f4e8_incomingenvelope",
    DeliveryReceipt.NOT_SENT: "26a0_warning",
}
"""The reactions that show agents the delivery of their message."""

# Codes of Teams for a message or a conversation that does not exist.
_GONE = frozenset({"ActivityNotFoundInConversation", "ConversationNotFound"})
# Messages of which some parts are posted, and the rest is not yet.
_MOST_BEGUN = 1_000


class TeamsSurface:
    """The chat surface on the connector. Calls that `limiter` holds back wait a little or raise NotYetError."""

    name = "Teams"
    capabilities = Capabilities(private_notes=True, forms=True, reactions=True)

    def __init__(
        self,
        client: TeamsClient,
        book: AddressBook,
        directory: TeamsDirectory,
        limiter: RateLimiter,
        *,
        readers: Readers,
        tenant: str,
        app_id: str,
    ) -> None:
        self._client = client
        self._book = book
        self._directory = directory
        self._limiter = limiter
        self._readers = readers
        self._tenant = tenant
        self._app_id = app_id
        self._reacts = True
        self._card_with: Callable[[str, str | None, str], Awaitable[str | None]] | None = None
        self._name_of_stranger: Callable[[str], str | None] = lambda id: None
        # By key, how many parts of a message are posted for sure.
        self._begun: dict[str, int] = {}

    def speak_to(self, readers: Readers) -> None:
        """Renders for these readers from now on."""
        self._readers = readers

    def call_strangers(self, name_of: Callable[[str], str | None]) -> None:
        """Sets how people of another surface are named."""
        self._name_of_stranger = name_of

    def split(self, answer: str) -> tuple[str, ...]:
        """Splits an answer into parts that each fit into one message."""
        return split_answer(answer)

    def link(self, channel: str, message: str) -> str:
        """Returns the address of a message; that of the chat with the bot, where a message has none."""
        if not is_channel(channel):
            return chat_link(self._app_id)
        place = self._book.place(channel)
        return message_link(channel, message, tenant=self._tenant, group=place.group if place else None)

    # Rendering.

    async def _rendered(self, content: Content | PersonalNotice | SearchReport, to: Destination, key: str) -> Activity:
        members = await self._directory.known_members(to.channel) if isinstance(content, Card) else ()
        rendering = Rendering(people=self._named, link=self.link, key=key, members=members)
        return render(self._readers.of(content), content, rendering)

    def _named(self, id: str) -> NamedPerson | None:
        contact, name = self._book.person(id), self._directory.known_name(id)
        if contact is None and name is None:
            stranger = self._name_of_stranger(id)
            return NamedPerson(name=stranger) if stranger else None
        return NamedPerson(name=name or "", mri=contact.handle if contact else None)

    # Messages.

    async def post(self, content: Content | PersonalNotice | SearchReport, to: Destination, key: str) -> str:
        """Posts a message and returns the id of its last part. Parts that are posted for sure are not posted again."""
        parts = parts_of(await self._rendered(content, to, key))
        first = min(self._begun.get(key, 0), len(parts) - 1)
        posted: list[str] = []
        for part in parts[first:]:
            posted.append(await self._post(part, to, _priority_of(content)))
            self._note_begun(key, first + len(posted), len(parts))
        return posted[-1]

    def _note_begun(self, key: str, posted: int, parts: int) -> None:
        if posted == parts:
            self._begun.pop(key, None)
            return
        if len(self._begun) >= _MOST_BEGUN:
            self._begun.pop(next(iter(self._begun)))
        self._begun[key] = posted

    async def _post(self, part: Activity, to: Destination, priority: CallPriority) -> str:
        service_url = await self._book.service_url(to.channel)
        if is_channel(to.channel) and to.thread is None:
            async with self._limit(Budget.NEW_THREAD, to.channel, priority):
                _, message = await self._client.create_thread(service_url, to.channel, part.payload())
            return message
        conversation = conversation_of(to.channel, to.thread)
        contact = None if is_channel(to.channel) else await self._book.find_person_of_chat(to.channel)
        payload = part.payload(contact.handle if contact else None)
        async with self._limit(Budget.THREAD, conversation, priority), self._translated(to):
            return await self._client.post_activity(service_url, conversation, payload)

    @contextlib.asynccontextmanager
    async def _limit(self, budget: Budget, place: str, priority: CallPriority) -> AsyncIterator[None]:
        async with self._limiter.limit(ConnectorCall(budget=budget, place=place, priority=priority)):
            yield

    @contextlib.asynccontextmanager
    async def _translated(self, to: Destination) -> AsyncIterator[None]:
        """Notes whoever cannot be reached, and says which part of a place is gone."""
        try:
            yield
        except DeactivatedError:
            with contextlib.suppress(StorageError):
                await self._book.mark_unreachable(to.channel)
            raise
        except MessageGoneError as error:
            if to.thread is None:
                raise
            raise ThreadGoneError(str(error), system=SYSTEM, code=error.code) from error

    async def find(self, to: Destination, key: str, since: float) -> SendStatus[str]:
        """Finds a card in a channel that Graph shows. Cannot tell otherwise: the connector lists no messages."""
        if self._card_with is not None and is_channel(to.channel):
            message = await self._card_with(to.channel, to.thread, key)
            return CannotTell(SYSTEM) if message is None else Sent(message)
        return CannotTell(SYSTEM)

    def find_cards(self, card_with: Callable[[str, str | None, str], Awaitable[str | None]]) -> None:
        """Sets what finds a card by the key on its buttons."""
        self._card_with = card_with

    async def read(self, to: Destination) -> ReadMessage:
        """Raises NotFoundError: the connector shows no messages."""
        raise NotFoundError("A bot cannot read back messages of Teams.", system=SYSTEM, code="no_history")

    async def update(self, content: Content, to: Destination) -> None:
        """Updates a message. What does not fit into one is left out, with a note."""
        activity = in_one(self._readers.of(content), await self._rendered(content, to, to.key or to.message or ""))
        conversation, service_url = await self._conversation(to)
        async with self._limit(Budget.THREAD, conversation, _priority_of(content)):
            await self._client.update_activity(service_url, conversation, to.message or "", activity.payload())

    async def delete(self, to: Destination) -> None:
        """Deletes a message of the bot; one that is gone already is not an error. Its earlier parts stay."""
        if to.message is None:
            return
        conversation, service_url = await self._conversation(to)
        async with self._limit(Budget.THREAD, conversation, CallPriority.AWAITED):
            await self._client.delete_activity(service_url, conversation, to.message)

    async def _conversation(self, to: Destination) -> tuple[str, str]:
        return conversation_of(to.channel, to.thread), await self._book.service_url(to.channel)

    # Decoration.

    async def show_receipt(
        self, to: Destination, receipt: DeliveryReceipt | None, instead_of: DeliveryReceipt | None
    ) -> None:
        """Adds the reaction and removes the one before it. Where Teams knows no reactions of bots, nothing is shown."""
        conversation, service_url = await self._conversation(to)
        # The removal waits for its turn. If it were put off, both would begin anew, and again meet the limit.
        calls = (
            (self._client.react, receipt, CallPriority.INDICATOR),
            (self._client.unreact, instead_of, CallPriority.UPDATE),
        )
        for call, shown, priority in calls:
            if shown is None or not self._reacts:
                continue
            try:
                async with self._limit(Budget.REACTIONS, "", priority):
                    await call(service_url, conversation, to.message or "", REACTIONS[shown])
            except PermanentError as error:
                # Any other refusal is about this message or conversation alone.
                if isinstance(error, NotFoundError | BadRequestError) and error.code not in _GONE:
                    self._reacts = False

    async def show_working(self, to: Destination, busy: bool) -> None:
        """Shows the typing sign, which goes away by itself."""
        if not busy:
            return
        conversation = conversation_of(to.channel, to.thread)
        with contextlib.suppress(OutsideError):
            async with self._limit(Budget.THREAD, conversation, CallPriority.INDICATOR):
                await self._client.typing(await self._book.service_url(to.channel), conversation)

    # What one person sees: in their own chat with the bot.

    async def post_privately(self, content: PersonalNotice | SearchReport, to: Destination, person: str) -> None:
        """Posts a message in a person's own chat, which is opened if there is none yet."""
        chat = await self._chat_of(person, to)
        for part in parts_of(await self._rendered(content, chat, "")):
            await self._post(part, chat, CallPriority.AWAITED)

    async def _chat_of(self, person: str, to: Destination) -> Destination:
        contact = await self._book.find_person(person)
        if contact is not None and contact.chat is not None:
            return Destination(surface=SYSTEM, channel=contact.chat, thread=None)
        handle = contact.handle if contact is not None else None
        if handle is None:
            raise NotFoundError("Nothing is known of this person.", system=SYSTEM, code="member")
        service_url = await self._book.service_url(to.channel)
        async with self._limit(Budget.NEW_CHAT, person, CallPriority.AWAITED):
            chat = await self._client.open_chat(service_url, handle)
        await self._book.keep_chat(person, chat, service_url)
        return Destination(surface=SYSTEM, channel=chat, thread=None)

    async def dismiss_prompt(self, prompt: str) -> None:
        """Deletes a question in a person's own chat that was answered."""
        chat, message = read_prompt(prompt)
        with contextlib.suppress(OutsideError):
            await self.delete(Destination(surface=SYSTEM, channel=chat, thread=None, message=message))

    async def show_home(self, home: Home, person: str) -> None:
        """Posts the home in a person's own chat."""
        translator = self._readers.catalog.in_language(home.language)
        activity = home_activity(translator, home, self.link, self._named)
        contact = await self._book.find_person(person)
        to = Destination(surface=SYSTEM, channel=contact.chat if contact and contact.chat else "", thread=None)
        await self._post(activity, await self._chat_of(person, to), CallPriority.AWAITED)

    async def open_form(
        self,
        form: Form,
        trigger: str,
        subject: str,
        to: Destination,
        *,
        person: str,
        words_required: bool,
        shown: FormContent,
        language: str,
    ) -> None:
        """Shows a form without a card in the person's own chat. All others are on the cards."""
        shown_form = form_activity(self._readers.catalog.in_language(language), form, shown)
        if shown_form is None:
            raise BadRequestError("The form is on the card.", system=SYSTEM, code="no_form")
        chat = await self._chat_of(person, to)
        for part in parts_of(shown_form):
            await self._post(part, chat, CallPriority.AWAITED)


def _priority_of(content: Content | PersonalNotice | SearchReport) -> CallPriority:
    return (
        CallPriority.UPDATE
        if isinstance(content, Card | ArticleCard | GapCard | AlarmMessage)
        else CallPriority.AWAITED
    )
