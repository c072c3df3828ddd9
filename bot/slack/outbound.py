"""The desk's chat surface on Slack: posts, updates, private notes, views and indicators.

The write client has no retry handlers. Slack has no idempotency key for posts, so an attempt with an unknown outcome is
looked up by its delivery id (`find`) before it is repeated, and only the outbox decides that.
"""

from __future__ import annotations

import contextlib
import functools
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

import aiohttp
from slack_sdk.errors import SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.call_rates import CallPriority
from bot.errors import (
    AmbiguousError,
    BadRequestError,
    MessageGoneError,
    NotFoundError,
    PermanentError,
    TemporaryError,
    ThreadGoneError,
)
from bot.helpdesk.messages import Translator, labels
from bot.helpdesk.messages.readers import Readers
from bot.helpdesk.model.article import Article, ArticleCard
from bot.helpdesk.model.content import (
    AgentMessage,
    AgentNotice,
    AlarmMessage,
    AnswerPart,
    Content,
    DraftPart,
    EmployeeMessage,
    EmployeeNotice,
    PersonalNotice,
)
from bot.helpdesk.model.effects import Form, NotSent, SendStatus, Sent
from bot.helpdesk.model.gap import GapCard
from bot.helpdesk.model.handoff import Card
from bot.helpdesk.model.home import Filter, Home
from bot.helpdesk.model.relay import DeliveryReceipt
from bot.helpdesk.model.search_result import SearchReport
from bot.helpdesk.model.target import Destination
from bot.helpdesk.ports import Capabilities, FormContent, ReadMessage
from bot.slack import ids
from bot.slack.errors import FORM_REFUSED, METADATA_REFUSED, SYSTEM, UNKNOWN_METHOD
from bot.slack.history import PostSearch, begin_of_parts
from bot.slack.ids import metadata_choices
from bot.slack.markdown import neutralise, plain_excerpt, split
from bot.slack.rate_limiter import POST, RateLimiter
from bot.slack.views.article import article_form, whole_article_view
from bot.slack.views.blocks import Block, MessagePayload
from bot.slack.views.forms import (
    assignee_form,
    draft_form,
    original_view,
    reason_form,
    resolution_form,
    search_form,
    whole_card_view,
)
from bot.slack.views.home import home_view
from bot.slack.views.message import render
from bot.slack.views.renderings import (
    IN_ONE,
    IN_PARTS,
    MessageDelivery,
    MessagePart,
    last_part_of,
    needs_parts,
    simple_view,
    with_key,
)
from bot.slack.views.strangers import with_named_strangers
from bot.slack.working_indicator import WorkingIndicator

log = logging.getLogger(__name__)

# A Braille cell without dots counts as a letter in Unicode but is invisible.
_BLANK = "\u2800 "
# The parts of an answer are needed when it is recorded, again when it is posted, and when agents get it.
_MOST_ANSWERS_REMEMBERED = 32
# The person is not in the channel, or the bot is not.
_NOT_IN_CHANNEL = {"user_not_in_channel", "not_in_channel", "channel_not_found"}


@functools.lru_cache(maxsize=_MOST_ANSWERS_REMEMBERED)
def _safe_parts(answer: str) -> tuple[str, ...]:
    written = neutralise(answer)
    return split(written) if plain_excerpt(written).strip(_BLANK) else ()


class SlackSurface:
    """The chat surface on Slack's Web API.

    `writer` posts and must not retry by itself; `reader` may. Calls are those of docs.slack.dev/reference/methods.
    Calls that `rate_limiter` holds back wait a little or raise NotYetError.
    """

    name = "Slack"
    capabilities = Capabilities(private_notes=True, forms=True, reactions=True)

    def __init__(
        self,
        *,
        writer: AsyncWebClient,
        reader: AsyncWebClient,
        rate_limiter: RateLimiter,
        workspace_url: str,
        readers: Readers | None = None,
    ) -> None:
        """`workspace_url` is the address of the workspace in a browser, with a slash at the end."""
        self._readers = readers or Readers()
        self._writer = writer
        self._limiter = rate_limiter
        self._workspace_url = workspace_url
        self._search = PostSearch(reader, rate_limiter)
        self._working = WorkingIndicator(writer, rate_limiter)
        self._reacts = True
        # By key, the parts found of a message that was not posted completely.
        self._posted_parts: dict[str, tuple[str, ...]] = {}
        self._name_of_stranger: Callable[[str], str | None] | None = None

    def call_strangers(self, name_of: Callable[[str], str | None]) -> None:
        """Sets how people of another chat are named; nobody else is in a message until then."""
        self._name_of_stranger = name_of

    def _named(self, t: Translator, shown: Any) -> Any:
        """Returns what is shown with the names of people of another chat."""
        if (name_of := self._name_of_stranger) is None:
            return shown
        return with_named_strangers(shown, lambda id: name_of(id) or t(labels.SOMEONE))

    def speak_to(self, readers: Readers) -> None:
        """Renders for these readers from now on."""
        self._readers = readers

    def link(self, channel: str, message: str) -> str:
        """Returns the address of a message in a browser and in Slack."""
        return ids.permalink(self._workspace_url, channel, message)

    def split(self, answer: str) -> tuple[str, ...]:
        """Makes an answer safe for Slack and splits it into parts that each fit into one message.

        An answer without visible text has no parts.
        """
        return _safe_parts(answer)

    def _render(self, content: Content | PersonalNotice | SearchReport) -> MessagePayload:
        translator = self._readers.of(content)
        message = render(translator, content, self.link)
        text, blocks = self._named(translator, message.text), self._named(translator, message.blocks)
        return replace(message, text=text, blocks=blocks, translator=translator)

    # Messages.

    async def post(self, content: Content | PersonalNotice | SearchReport, to: Destination, key: str) -> str:
        """Posts a message and returns its ts, or the ts of its last part if it needs several.

        Falls back to a simpler rendering if Slack refuses one. If a part is posted and a later one fails, it raises
        AmbiguousError: `find` then learns which parts exist, and the next `post` continues after them.

        Slack refuses a reply below a deleted message, or posts it outside of the thread; then it is deleted again.
        """
        forms = IN_ONE if to.thread is None else IN_PARTS
        delivery = MessageDelivery(self._render(content), key, forms, self._posted_parts.pop(key, ()))
        posted: list[str] = []

        async def post_part(part: MessagePart) -> None:
            posted.append(await self._post(part, to, _priority_of_post(content)))

        try:
            await _deliver(delivery, post_part)
        except TemporaryError as error:
            if not delivery.started or isinstance(error, AmbiguousError):
                raise
            raise AmbiguousError(str(error), system=error.system, code=error.code) from error
        return posted[-1]

    async def _post(self, part: MessagePart, to: Destination, priority: CallPriority) -> str:
        """Posts one part so that `find` finds it: by its metadata, or by the id of a block if Slack refuses it."""
        for metadata in metadata_choices(part.key):
            try:
                return await self._post_with(metadata, part, to, priority)
            except BadRequestError as error:
                if error.code not in METADATA_REFUSED:
                    raise
                log.warning("metadata_refused", extra={"code": error.code})
        return await self._post_with(None, part, to, priority)

    async def _post_with(
        self, metadata: dict[str, Any] | None, part: MessagePart, to: Destination, priority: CallPriority
    ) -> str:
        message = part.message if metadata else with_key(part.key, part.message)
        async with self._limiter.calling(POST, priority, channel=to.channel):
            response = await self._writer.chat_postMessage(
                channel=to.channel,
                thread_ts=to.thread,
                text=message.text,
                blocks=message.blocks or None,
                metadata=metadata,
                client_msg_id=ids.client_msg_id(part.key),
                unfurl_links=False,
                unfurl_media=False,
            )
        if to.thread is not None and _is_outside_threads(response):
            log.warning("posted_outside_thread", extra={"channel": to.channel})
            await self._delete_stray(to.channel, str(response["ts"]))
            raise ThreadGoneError("Slack posted it outside of its thread.", system=SYSTEM, code="thread_not_found")
        return str(response["ts"])

    async def _delete_stray(self, channel: str, stray: str) -> None:
        """Deletes a post outside of its thread. Raises AmbiguousError if it may still be there."""
        try:
            await self._delete(channel, stray)
        except TemporaryError as error:
            raise AmbiguousError(
                "The post may still be outside of its thread.", system=SYSTEM, code=error.code
            ) from error
        except PermanentError as error:
            log.error("stray_not_deleted", extra={"channel": channel, "code": error.code})

    async def find(self, to: Destination, key: str, since: float) -> SendStatus[str]:
        """Looks up the message with this delivery id. The result is its ts, or that of its last part.

        If the first message of its thread is gone, Slack may have posted it outside; such a post is deleted.
        """
        posted = await self._find_parts(to, key, since)
        if posted and key not in posted:
            self._posted_parts[key] = tuple(posted)
        return Sent(posted[key]) if key in posted else NotSent()

    async def _find_parts(self, to: Destination, key: str, since: float) -> dict[str, str]:
        found = await self._search.find(to, key, since)
        for stray in found.strays:
            await self._delete_stray(to.channel, stray)
        return found.parts

    async def read(self, to: Destination) -> ReadMessage:
        """Reads a message in a channel (docs.slack.dev/reference/methods/conversations.replies)."""
        return await self._search.read(to.channel, to.message or "")

    async def update(self, content: Content, to: Destination) -> None:
        """Updates a message. Falls back to a simpler rendering if Slack refuses one, as far as one message holds it.

        If it is the last of several parts, the others stay; those of people's words are deleted.
        """
        ts, priority = to.message or "", _priority_of_update(content)
        message = self._render(content)
        if isinstance(content, AnswerPart | DraftPart | EmployeeNotice) and needs_parts(message):
            message = await self._last_part_of(message, to.channel, ts)

        async def update(part: MessagePart) -> None:
            """Sends both `text` and `blocks`: Slack drops the one that is left out."""
            async with self._limiter.calling("chat.update", priority):
                await self._writer.chat_update(
                    channel=to.channel, ts=ts, text=part.message.text, blocks=part.message.blocks
                )

        await _deliver(MessageDelivery(message, ts, IN_ONE), update)
        if isinstance(content, AgentMessage | EmployeeMessage):
            await self._delete_parts(to)

    async def _last_part_of(self, message: MessagePayload, channel: str, ts: str) -> MessagePayload:
        """Returns the content of the last part of a message that was posted in several, perhaps by another process."""
        try:
            posted = await self._search.parts_with(channel, ts)
        except PermanentError:
            # It cannot be read, or is gone: then the update itself fails.
            return message
        return message if posted is None else last_part_of(message, *posted)

    async def delete(self, to: Destination) -> None:
        """Deletes a message of the bot with all its parts; one that is gone already is not an error."""
        await self._delete_parts(to)
        if to.message is not None:
            await self._delete(to.channel, to.message)

    async def _delete_parts(self, to: Destination) -> None:
        """Deletes the parts of a message except the last one."""
        if to.key is None:
            return
        since = begin_of_parts(to.message) if to.message is not None else 0.0
        for part, ts in (await self._find_parts(to, to.key, since)).items():
            if part != to.key:
                await self._delete(to.channel, ts)

    async def _delete(self, channel: str, ts: str) -> None:
        with contextlib.suppress(MessageGoneError):
            async with self._limiter.calling("chat.delete"):
                await self._writer.chat_delete(channel=channel, ts=ts)

    async def show_receipt(
        self, to: Destination, receipt: DeliveryReceipt | None, instead_of: DeliveryReceipt | None
    ) -> None:
        """Adds the reaction and removes the one before it. Without the scope for reactions nothing is shown."""
        if receipt is not None:
            await self._react(self._writer.reactions_add, "reactions.add", to, receipt)
        if instead_of is not None:
            await self._react(self._writer.reactions_remove, "reactions.remove", to, instead_of)

    async def _react(self, call: Callable[..., Any], method: str, to: Destination, receipt: DeliveryReceipt) -> None:
        if not self._reacts:
            return
        try:
            async with self._limiter.calling(method, CallPriority.INDICATOR):
                await call(channel=to.channel, timestamp=to.message, name=ids.RECEIPTS[receipt])
        except PermanentError as error:
            # Any other error means that the reaction is there or gone already, or that the message is gone.
            self._reacts = error.code not in UNKNOWN_METHOD

    async def post_privately(self, content: PersonalNotice | SearchReport, to: Destination, person: str) -> None:
        """Posts a message that only one person sees."""
        await self._post_privately(self._render(content), to, person)

    async def dismiss_prompt(self, prompt: str) -> None:
        """Deletes a private message (docs.slack.dev/interactivity/handling-user-interaction, "response URLs").

        The address is valid for half an hour and five calls.
        """
        hook = AsyncWebhookClient(prompt, session=self._writer.session, proxy=self._writer.proxy, retry_handlers=[])
        # ValueError and LookupError: the response, which is not read, cannot be decoded.
        with contextlib.suppress(aiohttp.ClientError, TimeoutError, SlackClientError, ValueError, LookupError):
            await hook.send_dict({"delete_original": True})

    async def _post_privately(self, message: MessagePayload, to: Destination, person: str) -> None:
        async def post_part(part: MessagePart) -> None:
            await self._post_private_part(part.message, to, person)

        await _deliver(MessageDelivery(message, "", IN_PARTS), post_part)

    async def _post_private_part(self, message: MessagePayload, to: Destination, person: str) -> None:
        try:
            async with self._limiter.calling("chat.postEphemeral"):
                await self._writer.chat_postEphemeral(
                    channel=to.channel,
                    user=person,
                    text=message.text,
                    blocks=message.blocks or None,
                    thread_ts=to.thread,
                )
        except ThreadGoneError:
            if to.thread is None:
                raise
            await self._post_privately(message, replace(to, thread=None), person)
        except NotFoundError as error:
            if error.code not in _NOT_IN_CHANNEL:
                raise
            await self._post_privately_in_dm(message, person)

    async def _post_privately_in_dm(self, message: MessagePayload, person: str) -> None:
        """Posts in a direct message, because the person or the bot is not in the channel."""
        async with self._limiter.calling("conversations.open"):
            opened = await self._writer.conversations_open(users=person)
        channel = str(opened["channel"]["id"])
        async with self._limiter.calling(POST, channel=channel):
            await self._writer.chat_postMessage(channel=channel, text=message.text, blocks=message.blocks or None)

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
        """Opens a form for the person who pressed (docs.slack.dev/reference/methods/views.open)."""

        async def show(view: Block) -> None:
            async with self._limiter.calling("views.open"):
                await self._writer.views_open(trigger_id=trigger, view=view)

        t = self._readers.catalog.in_language(language)
        await _show_with_fallback(t, show, self._named(t, _view_of(t, form, subject, to, words_required, shown)))

    async def show_home(self, home: Home, person: str) -> None:
        """Publishes a person's Home tab."""

        async def show(view: Block) -> None:
            async with self._limiter.calling("views.publish"):
                await self._writer.views_publish(user_id=person, view=view)

        t = self._readers.catalog.in_language(home.language)
        await _show_with_fallback(t, show, self._named(t, home_view(t, home, self.link)))

    async def show_working(self, to: Destination, busy: bool) -> None:
        """Shows or clears the typing indicator."""
        if to.thread is not None:
            await self._working.set(to.channel, to.thread, to.message or to.thread, busy)


def _priority_of_post(content: Content | PersonalNotice | SearchReport) -> CallPriority:
    """Returns the priority of a post. A new card ranks below messages of conversations under way."""
    match content:
        case Card():
            return CallPriority.NEW_HANDOFF
        case AgentNotice() | DraftPart() | ArticleCard() | GapCard():
            return CallPriority.UPDATE
        case _:
            return CallPriority.AWAITED


def _priority_of_update(content: Content) -> CallPriority:
    return (
        CallPriority.UPDATE
        if isinstance(content, Card | ArticleCard | GapCard | AlarmMessage)
        else CallPriority.AWAITED
    )


async def _deliver(delivery: MessageDelivery, send: Callable[[MessagePart], Awaitable[None]]) -> None:
    """Sends the parts of a message, in a simpler rendering if Slack refuses one."""
    while True:
        try:
            for part in delivery.remaining_parts():
                await send(part)
            return
        except BadRequestError as error:
            if not (_is_about_form(error) and delivery.fall_back()):
                raise


async def _show_with_fallback(t: Translator, show: Callable[[Block], Awaitable[None]], view: Block) -> None:
    """Shows a view, in a simpler form if Slack refuses it."""
    try:
        await show(view)
    except BadRequestError as error:
        if not _is_about_form(error):
            raise
        await show(simple_view(t, view))


def _is_about_form(error: BadRequestError) -> bool:
    if error.code in FORM_REFUSED:
        log.warning("form_refused", extra={"code": error.code})
    return error.code in FORM_REFUSED


def _view_of(
    t: Translator, form: Form, subject: str, to: Destination, words_required: bool, shown: FormContent
) -> Block:
    match form, shown:
        case Form.RESOLUTION, _:
            return resolution_form(t, subject, words_required=words_required)
        case Form.REASON, _:
            return reason_form(t, subject)
        case Form.DRAFT, _:
            pressed_on = ids.place_of_draft(subject, to.channel, to.thread or "", to.message or "")
            return draft_form(t, pressed_on, str(shown or ""))
        case Form.ASSIGNEE, _:
            pressed_on = ids.assignment(subject, to.channel, to.message or "")
            return assignee_form(t, pressed_on, shown if isinstance(shown, tuple) else ())
        case Form.ARTICLE, Article():
            return article_form(t, shown)
        case _, Article():
            return whole_article_view(t, shown)
        case _, Filter():
            return search_form(t, shown)
        case _, Card():
            return whole_card_view(t, shown)
        case _:
            return original_view(t, str(shown or ""))


def _is_outside_threads(posted: Any) -> bool:
    """Returns whether a reply was posted outside of its thread: the message in Slack's response then has no thread.

    See docs.slack.dev/reference/methods/chat.postMessage. Returns False if the response has no message.
    """
    message = posted.get("message")
    return isinstance(message, Mapping) and bool(message) and not message.get("thread_ts")
