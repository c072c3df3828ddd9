"""The desk's chat surface on Slack: posts, updates, private notes, views and indicators.

The write client has no retry handlers. Slack has no idempotency key for posts, so an attempt with an unknown outcome is
looked up by its delivery id (`find`) before it is repeated, and only the outbox decides that.
"""

from __future__ import annotations

import contextlib
import logging
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import aiohttp
from slack_sdk.errors import SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.errors import (
    AmbiguousError,
    BadRequestError,
    MessageGoneError,
    NotFoundError,
    OutsideError,
    PermanentError,
    TemporaryError,
    ThreadGoneError,
)
from bot.helpdesk import messages
from bot.helpdesk.model.effects import (
    Alarm,
    Card,
    ContinueTalk,
    Destination,
    DismissPrompt,
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
    RelayToEmployee,
    SendDraft,
    ShowReceipt,
    Tell,
    ThreadPost,
    UpdateRelay,
    UpdateThreadPost,
)
from bot.helpdesk.model.home import Home
from bot.helpdesk.model.relay import DeliverySign
from bot.helpdesk.model.search_result import SearchReport
from bot.helpdesk.ports import Post, Update
from bot.slack import ids
from bot.slack.errors import FORM_REFUSED, METADATA_REFUSED, SYSTEM, translated
from bot.slack.markdown import neutralise, plain_excerpt, split
from bot.slack.message_forms import (
    IN_ONE,
    IN_PARTS,
    MessageDelivery,
    MessagePart,
    is_part_of,
    last_part_of,
    needs_parts,
)
from bot.slack.rate_limiter import POST, ApiCall, CallPriority, RateLimiter
from bot.slack.views.answer import (
    answer_message,
    notice_message,
    private_note_message,
    relay_message,
    sent_draft_message,
)
from bot.slack.views.blocks import Block, Message
from bot.slack.views.forms import original_view, reason_form, resolution_form
from bot.slack.views.handoff import alarm_message, card_message, reworded_message, thread_message
from bot.slack.views.home import home_view
from bot.slack.views.parts import simple_view
from bot.slack.views.search_report import search_report_message

log = logging.getLogger(__name__)

# Seconds. Our clock may differ from Slack's, by an hour if it has the wrong daylight saving time. A search for a post
# begins this long before it was made; otherwise it could miss the post, which would then be made again.
_CLOCK_SKEW = 2 * 3600.0
# Seconds. Parts of a message are posted one after the other, some of them perhaps only after an outage.
_PARTS_APART = 12 * 3600.0
# A Braille cell without dots counts as a letter in Unicode but is invisible.
_BLANK = "\u2800 "
# The person is not in the channel, or the bot is not.
_NOT_IN_CHANNEL = {"user_not_in_channel", "not_in_channel", "channel_not_found"}
_UNKNOWN_METHOD = {"unknown_method", "not_authorized", "missing_scope", "not_allowed_token_type", "method_deprecated"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _SearchResult:
    """Result of a search for posts, by key. `has_root`: the first message of the thread still exists."""

    found: dict[str, str] = field(default_factory=dict)
    has_root: bool = False


class SlackSurface:
    """The chat surface on Slack's Web API.

    `writer` posts and must not retry by itself; `reader` may. Calls are those of docs.slack.dev/reference/methods.
    Calls that `rate_limiter` holds back wait a little or raise NotYetError.
    """

    system = "slack"

    def __init__(
        self, *, writer: AsyncWebClient, reader: AsyncWebClient, rate_limiter: RateLimiter, workspace_url: str
    ) -> None:
        """`workspace_url` is the address of the workspace in a browser, with a slash at the end."""
        self._writer = writer
        self._reader = reader
        self._limiter = rate_limiter
        self._workspace_url = workspace_url
        self._indicators: list[Callable[[str, str, str, bool], Any]] = [
            self._session_status,
            self._assistant_status,
            self._reaction,
        ]
        self._reacts = True
        # By key, the parts found of a message that was not posted completely.
        self._posted_parts: dict[str, tuple[str, ...]] = {}

    def link(self, channel: str, message: str) -> str:
        """Returns the address of a message in a browser and in Slack."""
        return ids.permalink(self._workspace_url, channel, message)

    def split(self, answer: str) -> tuple[str, ...]:
        """Makes an answer safe for Slack and splits it into parts that each fit into one message.

        An answer without visible text becomes a notice that says so.
        """
        written = neutralise(answer)
        return split(written) if plain_excerpt(written).strip(_BLANK) else (messages.NO_WORDS_IN_ANSWER,)

    async def post(self, body: Post | SearchReport, to: Destination, key: str) -> str:
        """Posts a message and returns its ts, or the ts of its last part if it needs several.

        Falls back to a simpler rendering if Slack refuses one. If a part is posted and a later one fails, it raises
        AmbiguousError: `find` then learns which parts exist, and the next `post` continues after them.

        Slack refuses a reply below a deleted message, or posts it outside of the thread; then it is deleted again.
        """
        call = ApiCall(method=POST, priority=_priority(body), channel=to.channel)
        message = search_report_message(body, self.link) if isinstance(body, SearchReport) else _render(body, key)
        forms = IN_ONE if to.thread is None else IN_PARTS
        delivery = MessageDelivery(message, key, forms, self._posted_parts.pop(key, ()))
        try:
            return await self._deliver(delivery, to, call)
        except TemporaryError as error:
            if not delivery.started or isinstance(error, AmbiguousError):
                raise
            raise AmbiguousError(str(error), system=error.system, code=error.code) from error

    async def _deliver(self, delivery: MessageDelivery, to: Destination, call: ApiCall) -> str:
        while True:
            try:
                return [await self._post(part, to, call) for part in delivery.remaining_parts()][-1]
            except BadRequestError as error:
                if not (_is_about_form(error) and delivery.fall_back()):
                    raise

    async def _post(self, part: MessagePart, to: Destination, call: ApiCall) -> str:
        """Posts one part so that `find` finds it: by its metadata, or by the id of a block if Slack refuses it."""
        for metadata in (_metadata(part.key), _small_metadata(part.key)):
            try:
                return await self._post_with(metadata, part, to, call)
            except BadRequestError as error:
                if error.code not in METADATA_REFUSED:
                    raise
                log.warning("metadata_refused", extra={"code": error.code})
        return await self._post_with(None, part, to, call)

    async def _post_with(
        self, metadata: dict[str, Any] | None, part: MessagePart, to: Destination, call: ApiCall
    ) -> str:
        message = part.message if metadata else _with_key(part.key, part.message)
        async with self._calling(call):
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
            raise ThreadGoneError("Slack has posted it outside of its thread.", system=SYSTEM, code="thread_not_found")
        return str(response["ts"])

    async def _delete_stray(self, channel: str, stray: str) -> None:
        """Deletes a post outside of its thread. Raises AmbiguousError if it may still be there."""
        try:
            await self._delete(channel, stray)
        except TemporaryError as error:
            raise AmbiguousError("It stands outside of its thread.", system=SYSTEM, code=error.code) from error
        except PermanentError as error:
            log.error("stray_not_deleted", extra={"channel": channel, "code": error.code})

    @contextlib.asynccontextmanager
    async def _calling(self, call: ApiCall) -> AsyncIterator[None]:
        """Wraps one call: applies the rate limits and translates Slack's errors."""
        async with self._limiter.limit(call):
            with translated():
                yield

    async def find(self, to: Destination, key: str, since: float) -> str | None:
        """Returns the ts of the message with this delivery id, or of its last part.

        If the first message of its thread is gone, Slack may have posted it outside; such a post is deleted.
        """
        posted = await self._posted(to, key, since)
        if posted and key not in posted:
            self._posted_parts[key] = tuple(posted)
        return posted.get(key)

    async def _posted(self, to: Destination, key: str, since: float) -> dict[str, str]:
        """Returns the ts of each posted part by its key, in the thread or in an earlier one that is gone."""
        if to.thread is None:
            return (await self._search(to.channel, None, key, since)).found
        results = [await self._search(to.channel, thread, key, since) for thread in (to.thread, *to.gone)]
        if not all(result.has_root for result in results):
            for stray in (await self._search(to.channel, None, key, since)).found.values():
                await self._delete_stray(to.channel, stray)
        return {part: ts for result in reversed(results) for part, ts in result.found.items()}

    async def _search(self, channel: str, thread: str | None, key: str, since: float) -> _SearchResult:
        oldest = f"{max(0.0, since - _CLOCK_SKEW):.6f}"
        found: dict[str, str] = {}
        has_root = False
        cursor: str | None = None
        method = "conversations.history" if thread is None else "conversations.replies"
        while True:
            try:
                async with self._calling(ApiCall(method=method, priority=CallPriority.AWAITED)):
                    page = await self._page(channel, thread, oldest, cursor)
            except ThreadGoneError:
                return _SearchResult(found=found)
            for one in page.get("messages") or ():
                has_root |= one.get("ts") == thread and one.get("subtype") != "tombstone"
                if id := _delivery_id(one, key):
                    found[id] = str(one["ts"])
            after = (page.get("response_metadata") or {}).get("next_cursor")
            # A cursor that leads to the same page again would never end.
            if key in found or not after or after == cursor:
                return _SearchResult(found=found, has_root=has_root)
            cursor = after

    async def _page(self, channel: str, thread: str | None, oldest: str, cursor: str | None) -> Any:
        if thread is None:
            return await self._reader.conversations_history(
                channel=channel, oldest=oldest, cursor=cursor, limit=100, include_all_metadata=True
            )
        return await self._reader.conversations_replies(
            channel=channel, ts=thread, oldest=oldest, cursor=cursor, limit=100, include_all_metadata=True
        )

    async def update(self, body: Update, to: Destination) -> None:
        """Updates a message. Falls back to a simpler rendering if Slack refuses one, as far as one message holds it.

        If it is the last of several parts, the others stay; those of a reworded message are deleted.
        """
        message = _render_change(body)
        if isinstance(body, MarkAnswer | MarkDraft | MarkTold) and needs_parts(message):
            message = await self._last_part_of(message, to.channel, to.message or "")
        delivery = MessageDelivery(message, to.message or "", IN_ONE)
        while True:
            try:
                for part in delivery.remaining_parts():
                    await self._change(part.message, to, _priority(body))
                break
            except BadRequestError as error:
                if not (_is_about_form(error) and delivery.fall_back()):
                    raise
        if isinstance(body, UpdateRelay | UpdateThreadPost):
            await self._delete_parts(to, body.copy)

    async def _last_part_of(self, message: Message, channel: str, ts: str) -> Message:
        """Returns the content of the last part of a message that was posted in several, perhaps by another process."""
        since = max(0.0, float(ts) - _PARTS_APART)
        try:
            async with self._calling(ApiCall(method="conversations.replies", priority=CallPriority.AWAITED)):
                page = await self._page(channel, ts, "0", None)
            posted: dict[str, Any] = next((one for one in page.get("messages") or () if one.get("ts") == ts), {})
            key, thread = _written_key(posted), posted.get("thread_ts")
            if key is None or thread is None:
                return message
            return last_part_of(message, key, (await self._search(channel, thread, key, since)).found)
        except PermanentError:
            # It cannot be read, or is gone: then the update itself fails.
            return message

    async def _change(self, message: Message, to: Destination, priority: CallPriority) -> None:
        """Sends both `text` and `blocks`: Slack drops the one that is left out."""
        async with self._calling(ApiCall(method="chat.update", priority=priority)):
            await self._writer.chat_update(
                channel=to.channel, ts=to.message or "", text=message.text, blocks=message.blocks
            )

    async def delete(self, to: Destination, key: str) -> None:
        """Deletes a message of the bot with all its parts; one that is gone already is not an error."""
        await self._delete_parts(to, key)
        if to.message is not None:
            await self._delete(to.channel, to.message)

    async def _delete_parts(self, to: Destination, key: str) -> None:
        since = float(to.message) - _PARTS_APART if to.message is not None else 0.0
        for part, ts in (await self._posted(to, key, since)).items():
            if part != key:
                await self._delete(to.channel, ts)

    async def _delete(self, channel: str, ts: str) -> None:
        with contextlib.suppress(MessageGoneError):
            async with self._calling(ApiCall(method="chat.delete", priority=CallPriority.AWAITED)):
                await self._writer.chat_delete(channel=channel, ts=ts)

    async def show_receipt(self, body: ShowReceipt) -> None:
        """Adds the reaction and removes the one before it. Without the scope for reactions nothing is shown."""
        await self._react(self._writer.reactions_add, "reactions.add", body, body.sign)
        if body.instead_of is not None:
            await self._react(self._writer.reactions_remove, "reactions.remove", body, body.instead_of)

    async def _react(self, call: Callable[..., Any], method: str, body: ShowReceipt, sign: DeliverySign) -> None:
        if not self._reacts:
            return
        try:
            async with self._calling(ApiCall(method=method, priority=CallPriority.INDICATOR)):
                await call(channel=body.channel, timestamp=body.message, name=ids.SIGNS[sign])
        except PermanentError as error:
            # Any other error means that the reaction is there or gone already, or that the message is gone.
            self._reacts = error.code not in _UNKNOWN_METHOD

    async def post_private_note(self, body: PrivateNote) -> None:
        """Posts a message that only one person sees."""
        to = Destination(channel=body.channel, thread=body.thread)
        await self._post_privately(private_note_message(body), to, body.person)

    async def dismiss_prompt(self, body: DismissPrompt) -> None:
        """Deletes a private message (docs.slack.dev/interactivity/handling-user-interaction, "response URLs").

        The address is valid for half an hour and five calls.
        """
        hook = AsyncWebhookClient(
            body.address, session=self._writer.session, proxy=self._writer.proxy, retry_handlers=[]
        )
        # ValueError and LookupError: the response, which is not read, cannot be decoded.
        with contextlib.suppress(aiohttp.ClientError, TimeoutError, SlackClientError, ValueError, LookupError):
            await hook.send_dict({"delete_original": True})

    async def show_search_report(self, report: SearchReport, to: Destination, person: str) -> None:
        """Posts a search report that only one person sees."""
        await self._post_privately(search_report_message(report, self.link), to, person)

    async def _post_privately(self, message: Message, to: Destination, person: str) -> None:
        delivery = MessageDelivery(message, "", IN_PARTS)
        while True:
            try:
                for part in delivery.remaining_parts():
                    await self._post_private_part(part.message, to, person)
                return
            except BadRequestError as error:
                if not (_is_about_form(error) and delivery.fall_back()):
                    raise

    async def _post_private_part(self, message: Message, to: Destination, person: str) -> None:
        try:
            async with self._calling(ApiCall(method="chat.postEphemeral", priority=CallPriority.AWAITED)):
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
            await self._post_privately(message, Destination(channel=to.channel, thread=None), person)
        except NotFoundError as error:
            if error.code not in _NOT_IN_CHANNEL:
                raise
            await self._post_privately_in_dm(message, person)

    async def _post_privately_in_dm(self, message: Message, person: str) -> None:
        """Posts in a direct message, because the person or the bot is not in the channel."""
        async with self._calling(ApiCall(method="conversations.open", priority=CallPriority.AWAITED)):
            opened = await self._writer.conversations_open(users=person)
        channel = str(opened["channel"]["id"])
        async with self._calling(ApiCall(method=POST, priority=CallPriority.AWAITED, channel=channel)):
            await self._writer.chat_postMessage(channel=channel, text=message.text, blocks=message.blocks or None)

    async def open_form(self, body: OpenForm, words: str) -> None:
        """Opens a form for the person who pressed (docs.slack.dev/reference/methods/views.open)."""

        async def show(view: Block) -> None:
            async with self._calling(ApiCall(method="views.open", priority=CallPriority.AWAITED)):
                await self._writer.views_open(trigger_id=body.trigger, view=view)

        await _show_with_fallback(show, _form(body, words))

    async def show_home(self, home: Home, person: str) -> None:
        """Publishes a person's Home tab."""

        async def show(view: Block) -> None:
            async with self._calling(ApiCall(method="views.publish", priority=CallPriority.AWAITED)):
                await self._writer.views_publish(user_id=person, view=view)

        await _show_with_fallback(show, home_view(home, self.link))

    async def working(self, channel: str, thread: str, message: str, busy: bool) -> None:
        """Shows or clears the typing indicator, by the best means that this workspace allows.

        Beyond the rate limits it is not shown; clearing it may wait a little.
        """
        while self._indicators:
            show = self._indicators[0]
            try:
                await show(channel, thread, message, busy)
                return
            except OutsideError as error:
                if error.code not in _UNKNOWN_METHOD:
                    return
                # Not available in this workspace: use the next one from now on.
                with contextlib.suppress(ValueError):
                    self._indicators.remove(show)
            except OSError:
                return

    async def _session_status(self, channel: str, thread: str, message: str, busy: bool) -> None:
        status = "processing" if busy else "active"
        async with self._indicator_call("agents.sessions.setStatus", busy):
            await self._writer.agents_sessions_setStatus(channel_id=channel, thread_ts=thread, status=status)

    async def _assistant_status(self, channel: str, thread: str, message: str, busy: bool) -> None:
        # Slack clears it by itself when the answer is posted.
        if busy:
            async with self._indicator_call("assistant.threads.setStatus", busy):
                await self._writer.assistant_threads_setStatus(
                    channel_id=channel, thread_ts=thread, status="is working on an answer…"
                )

    async def _reaction(self, channel: str, thread: str, message: str, busy: bool) -> None:
        call = self._writer.reactions_add if busy else self._writer.reactions_remove
        async with self._indicator_call("reactions.add" if busy else "reactions.remove", busy):
            await call(channel=channel, timestamp=message, name="eyes")

    def _indicator_call(self, method: str, busy: bool) -> contextlib.AbstractAsyncContextManager[None]:
        priority = CallPriority.INDICATOR if busy else CallPriority.UPDATE
        return self._calling(ApiCall(method=method, priority=priority))


def _priority(body: Post | Update | SearchReport) -> CallPriority:
    """Returns the priority of a post. A new card ranks below messages of conversations under way."""
    match body:
        case OpenThread():
            return CallPriority.NEW_HANDOFF
        case RefreshAlarm() | Card() | PostToThread(kind=ThreadPost.DRAFT | ThreadPost.EVENT):
            return CallPriority.UPDATE
        case _:
            return CallPriority.AWAITED


def _render_change(body: Update) -> Message:
    match body:
        case Card():
            return card_message(body)
        case RefreshAlarm():
            return alarm_message(body.view)
        case MarkTold():
            return notice_message(body.told)
        case MarkDraft():
            return thread_message(body.draft)
        case UpdateRelay():
            return relay_message(body)
        case UpdateThreadPost():
            return reworded_message(body)
        case MarkAnswer():
            return _marked(body)


def _render(body: Post, key: str) -> Message:
    match body:
        case PostAnswer():
            return answer_message(body.view, key)
        case Tell():
            return notice_message(body)
        case ContinueTalk():
            return Message(text=body.text)
        case RelayToEmployee():
            return relay_message(body)
        case SendDraft():
            return sent_draft_message(body)
        case OpenThread():
            return card_message(body.card)
        case PostToThread():
            return thread_message(body)
        case Alarm():
            return alarm_message(body.view)


async def _show_with_fallback(show: Callable[[Block], Awaitable[None]], view: Block) -> None:
    """Shows a view, in a simpler form if Slack refuses it."""
    try:
        await show(view)
    except BadRequestError as error:
        if not _is_about_form(error):
            raise
        await show(simple_view(view))


def _is_about_form(error: BadRequestError) -> bool:
    if error.code in FORM_REFUSED:
        log.warning("form_refused", extra={"code": error.code})
    return error.code in FORM_REFUSED


def _form(body: OpenForm, words: str) -> dict[str, Any]:
    match body.form:
        case Form.RESOLUTION:
            return resolution_form(body.subject, words_required=body.words_required)
        case Form.ORIGINAL:
            return original_view(words)
        case Form.REASON:
            return reason_form(body.subject)


def _marked(body: MarkAnswer) -> Message:
    # Each state gets its own block id: otherwise Slack keeps showing the old one.
    return answer_message(body.view, f"{body.view.answer_id}:{zlib.crc32((body.view.line or '').encode())}")


def _is_outside_threads(posted: Any) -> bool:
    """Tells whether a reply was posted outside of its thread: the message in Slack's response then has no thread.

    See docs.slack.dev/reference/methods/chat.postMessage. A response without the message tells nothing.
    """
    message = posted.get("message")
    return isinstance(message, Mapping) and bool(message) and not message.get("thread_ts")


def _metadata(key: str) -> dict[str, Any]:
    return {"event_type": ids.DELIVERY_EVENT, "event_payload": {"delivery_id": key}}


def _small_metadata(key: str) -> dict[str, Any]:
    return {"event_type": ids.SMALL_DELIVERY_EVENT, "event_payload": {"id": key}}


def _with_key(key: str, message: Message) -> Message:
    """Sets the key as the id of the first block, which histories include."""
    if not message.blocks:
        return message
    first, *others = message.blocks
    return replace(message, blocks=[{**first, "block_id": ids.delivery_block(key)}, *others])


def _delivery_id(message: dict[str, Any], key: str) -> str | None:
    """Returns the key of a posted message if it is this key or that of a part of it."""
    found = _written_key(message)
    if found is None and message.get("client_msg_id") == ids.client_msg_id(key):
        return key
    return found if found is not None and (found == key or is_part_of(found, key)) else None


def _written_key(message: dict[str, Any]) -> str | None:
    metadata = message.get("metadata") or {}
    payload = metadata.get("event_payload") or {}
    match metadata.get("event_type"):
        case ids.DELIVERY_EVENT:
            return payload.get("delivery_id")
        case ids.SMALL_DELIVERY_EVENT:
            return payload.get("id")
    first: dict[str, Any] = next(iter(message.get("blocks") or ()), {})
    return ids.read_delivery_block(str(first.get("block_id") or ""))
