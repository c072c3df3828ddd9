"""What the desk says, posted to Slack through the write client.

The write client has no retry handlers: Slack has no idempotency key for posts, so an attempt whose outcome is not known
is looked up by its delivery id (`find`) before it is made again, and only `delivery` decides that.
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
from bot.slack.message_forms import IN_ONE, IN_PARTS, Piece, Saying, end_of, is_part_of, needs_parts
from bot.slack.rate_limiter import POST, ApiCall, CallPriority, RateLimiter
from bot.slack.views.answer import (
    answer_message,
    notice_message,
    relay_message,
    sent_draft_message,
)
from bot.slack.views.blocks import Block, Message
from bot.slack.views.forms import original_view, reason_form, resolution_form
from bot.slack.views.handoff import alarm_message, card_message, reworded_message, thread_message
from bot.slack.views.home import home_view
from bot.slack.views.private_note import whisper_message
from bot.slack.views.search_report import trail_message
from bot.slack.views.simple import simple_view

log = logging.getLogger(__name__)

# Slack's clock and ours need not agree: ours may be wrong by an hour, as when summer time is taken for winter time. A
# post is looked for from so many seconds before we made it, or it would not be found and be made again.
_CLOCK_SKEW = 2 * 3600.0
# Seconds. Parts of one message are posted one after the other, some perhaps only after an outage.
_PARTS_APART = 12 * 3600.0
# A Braille cell without dots, which is a letter to Unicode and nothing to the eye.
_BLANK = "\u2800 "
# They are not in the channel, or we are not.
_NOT_HERE = {"user_not_in_channel", "not_in_channel", "channel_not_found"}
_UNKNOWN_METHOD = {"unknown_method", "not_authorized", "missing_scope", "not_allowed_token_type", "method_deprecated"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """What a look for a message came to. `has_root`: the message that the thread began with is still there."""

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
        """`workspace_url` is where the workspace is in a browser, with a slash at the end."""
        self._writer = writer
        self._reader = reader
        self._limiter = rate_limiter
        self._workspace_url = workspace_url
        self._signs: list[Callable[[str, str, str, bool], Any]] = [
            self._session_status,
            self._assistant_status,
            self._reaction,
        ]
        self._reacts = True
        # Which parts of a message were found, when not all of it was.
        self._there: dict[str, tuple[str, ...]] = {}

    def link(self, channel: str, message: str) -> str:
        """Where the message is in a browser and in Slack."""
        return ids.permalink(self._workspace_url, channel, message)

    def split(self, answer: str) -> tuple[str, ...]:
        """Parts that each fit into one message. What Slack would read more into is made harmless before it is cut.

        Where nothing is left then, that is said: nobody is to wait for an answer that is there.
        """
        written = neutralise(answer)
        return split(written) if plain_excerpt(written).strip(_BLANK) else (messages.NO_WORDS_IN_ANSWER,)

    async def post(self, body: Post | SearchReport, to: Destination, key: str) -> str:
        """Post and return the ts of the message, of its last part where it needs several.

        A form that Slack refuses is said more simply, until everything is said. Where a part is posted and a later one
        is not, the outcome is unclear: `find` learns which parts are there, and the next `post` goes on behind them.

        Below a message that was deleted Slack refuses a reply, or posts it outside of threads: then it is taken away.
        """
        call = ApiCall(method=POST, priority=_priority(body), channel=to.channel)
        message = trail_message(body, self.link) if isinstance(body, SearchReport) else _render(body, key)
        forms = IN_ONE if to.thread is None else IN_PARTS
        saying = Saying(message, key, forms, self._there.pop(key, ()))
        try:
            return await self._said(saying, to, call)
        except TemporaryError as error:
            if not saying.begun or isinstance(error, AmbiguousError):
                raise
            raise AmbiguousError(str(error), system=error.system, code=error.code) from error

    async def _said(self, saying: Saying, to: Destination, call: ApiCall) -> str:
        while True:
            try:
                return [await self._post(piece, to, call) for piece in saying.pieces()][-1]
            except BadRequestError as error:
                if not (_is_about_form(error) and saying.simplify()):
                    raise

    async def _post(self, piece: Piece, to: Destination, call: ApiCall) -> str:
        """Post one message so that it can be found: by its metadata or, where Slack takes none, by other marks."""
        for metadata in (_metadata(piece.key), _small_metadata(piece.key)):
            try:
                return await self._post_with(metadata, piece, to, call)
            except BadRequestError as error:
                if error.code not in METADATA_REFUSED:
                    raise
                log.warning("metadata_refused", extra={"code": error.code})
        return await self._post_with(None, piece, to, call)

    async def _post_with(self, metadata: dict[str, Any] | None, piece: Piece, to: Destination, call: ApiCall) -> str:
        message = piece.message if metadata else _marked_with(piece.key, piece.message)
        async with self._calling(call):
            response = await self._writer.chat_postMessage(
                channel=to.channel,
                thread_ts=to.thread,
                text=message.text,
                blocks=message.blocks or None,
                metadata=metadata,
                client_msg_id=ids.client_msg_id(piece.key),
                unfurl_links=False,
                unfurl_media=False,
            )
        if to.thread is not None and _is_outside_threads(response):
            log.warning("posted_outside_thread", extra={"channel": to.channel})
            await self._take_away(to.channel, str(response["ts"]))
            raise ThreadGoneError("Slack has posted it outside of its thread.", system=SYSTEM, code="thread_not_found")
        return str(response["ts"])

    async def _take_away(self, channel: str, stray: str) -> None:
        """Delete what must not stand where it stands. Raises AmbiguousError where it may still do: to be looked for."""
        try:
            await self._delete(channel, stray)
        except TemporaryError as error:
            raise AmbiguousError("It stands outside of its thread.", system=SYSTEM, code=error.code) from error
        except PermanentError as error:
            log.error("stray_not_deleted", extra={"channel": channel, "code": error.code})

    @contextlib.asynccontextmanager
    async def _calling(self, call: ApiCall) -> AsyncIterator[None]:
        """Around one call: within the budget, and with Slack's errors as ours."""
        async with self._limiter.limit(call):
            with translated():
                yield

    async def find(self, to: Destination, key: str, since: float) -> str | None:
        """The ts of the message with this delivery id, of its last part where it has several.

        Where the root of its thread is gone, Slack may have posted it outside of threads, where it cannot stay.
        """
        there = await self._posted(to, key, since)
        if there and key not in there:
            self._there[key] = tuple(there)
        return there.get(key)

    async def _posted(self, to: Destination, key: str, since: float) -> dict[str, str]:
        """The ts of every part of a delivery that is posted, in its thread or one that is gone by now, by its key."""
        if to.thread is None:
            return (await self._look_for(to.channel, None, key, since)).found
        looks = [await self._look_for(to.channel, thread, key, since) for thread in (to.thread, *to.gone)]
        if not all(look.has_root for look in looks):
            for stray in (await self._look_for(to.channel, None, key, since)).found.values():
                await self._take_away(to.channel, stray)
        return {part: ts for look in reversed(looks) for part, ts in look.found.items()}

    async def _look_for(self, channel: str, thread: str | None, key: str, since: float) -> _Look:
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
                return _Look(found=found)
            for one in page.get("messages") or ():
                has_root |= one.get("ts") == thread and one.get("subtype") != "tombstone"
                if id := _delivery_id(one, key):
                    found[id] = str(one["ts"])
            after = (page.get("response_metadata") or {}).get("next_cursor")
            # A history that leads to the same page again has an end all the same.
            if key in found or not after or after == cursor:
                return _Look(found=found, has_root=has_root)
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
        """Change a message. A form that Slack refuses is said more simply, as far as one message holds it.

        Where it is the last of several parts, the others stay as they are; but of a reworded message they are taken
        away with the old words.
        """
        message = _render_change(body)
        if isinstance(body, MarkAnswer | MarkDraft | MarkTold) and needs_parts(message):
            message = await self._end_of(message, to.channel, to.message or "")
        saying = Saying(message, to.message or "", IN_ONE)
        while True:
            try:
                for piece in saying.pieces():
                    await self._change(piece.message, to, _priority(body))
                break
            except BadRequestError as error:
                if not (_is_about_form(error) and saying.simplify()):
                    raise
        if isinstance(body, UpdateRelay | UpdateThreadPost):
            await self._delete_parts(to, body.copy)

    async def _end_of(self, message: Message, channel: str, ts: str) -> Message:
        """What of a message stands in its last part, where it was posted in several: perhaps not by this process."""
        since = max(0.0, float(ts) - _PARTS_APART)
        try:
            async with self._calling(ApiCall(method="conversations.replies", priority=CallPriority.AWAITED)):
                page = await self._page(channel, ts, "0", None)
            posted: dict[str, Any] = next((one for one in page.get("messages") or () if one.get("ts") == ts), {})
            key, thread = _written_key(posted), posted.get("thread_ts")
            if key is None or thread is None:
                return message
            return end_of(message, key, (await self._look_for(channel, thread, key, since)).found)
        except PermanentError:
            # It cannot be looked at, or is gone, which the change itself will show.
            return message

    async def _change(self, message: Message, to: Destination, priority: CallPriority) -> None:
        """`text` and `blocks` both: one without the other would drop the rest."""
        async with self._calling(ApiCall(method="chat.update", priority=priority)):
            await self._writer.chat_update(
                channel=to.channel, ts=to.message or "", text=message.text, blocks=message.blocks
            )

    async def delete(self, to: Destination, key: str) -> None:
        """Take a message of ours away with all its parts; what is gone already is fine."""
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

    async def show_sign(self, body: ShowReceipt) -> None:
        """React with the sign, and take the one before it away. Without the scope for reactions nothing is shown."""
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
            # Otherwise it is there already, gone already, or its message is: as good as done.
            self._reacts = error.code not in _UNKNOWN_METHOD

    async def whisper(self, body: PrivateNote) -> None:
        """Say something that only one person sees."""
        await self._whisper(whisper_message(body), Destination(channel=body.channel, thread=body.thread), body.person)

    async def take_question_away(self, body: DismissPrompt) -> None:
        """Delete what only one person sees (docs.slack.dev/interactivity/handling-user-interaction, "response URLs").

        The address answers for half an hour, and five times.
        """
        hook = AsyncWebhookClient(
            body.address, session=self._writer.session, proxy=self._writer.proxy, retry_handlers=[]
        )
        # ValueError and LookupError: an answer in no charset, which nobody reads.
        with contextlib.suppress(aiohttp.ClientError, TimeoutError, SlackClientError, ValueError, LookupError):
            await hook.send_dict({"delete_original": True})

    async def show_trail(self, trail: SearchReport, to: Destination, person: str) -> None:
        """Show what an id leads to so that only one person sees it."""
        await self._whisper(trail_message(trail, self.link), to, person)

    async def _whisper(self, message: Message, to: Destination, person: str) -> None:
        saying = Saying(message, "", IN_PARTS)
        while True:
            try:
                for piece in saying.pieces():
                    await self._whisper_piece(piece.message, to, person)
                return
            except BadRequestError as error:
                if not (_is_about_form(error) and saying.simplify()):
                    raise

    async def _whisper_piece(self, message: Message, to: Destination, person: str) -> None:
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
            await self._whisper(message, Destination(channel=to.channel, thread=None), person)
        except NotFoundError as error:
            if error.code not in _NOT_HERE:
                raise
            await self._whisper_in_dm(message, person)

    async def _whisper_in_dm(self, message: Message, person: str) -> None:
        """For a channel where nobody can be whispered to: the person is not in it, or we are not."""
        async with self._calling(ApiCall(method="conversations.open", priority=CallPriority.AWAITED)):
            opened = await self._writer.conversations_open(users=person)
        channel = str(opened["channel"]["id"])
        async with self._calling(ApiCall(method=POST, priority=CallPriority.AWAITED, channel=channel)):
            await self._writer.chat_postMessage(channel=channel, text=message.text, blocks=message.blocks or None)

    async def open_form(self, body: OpenForm, words: str) -> None:
        """Open a form for whoever pressed (docs.slack.dev/reference/methods/views.open)."""

        async def show(view: Block) -> None:
            async with self._calling(ApiCall(method="views.open", priority=CallPriority.AWAITED)):
                await self._writer.views_open(trigger_id=body.trigger, view=view)

        await _shown(show, _form(body, words))

    async def show_home(self, home: Home, person: str) -> None:
        """Publish somebody's Home tab."""

        async def show(view: Block) -> None:
            async with self._calling(ApiCall(method="views.publish", priority=CallPriority.AWAITED)):
                await self._writer.views_publish(user_id=person, view=view)

        await _shown(show, home_view(home, self.link))

    async def working(self, channel: str, thread: str, message: str, busy: bool) -> None:
        """Show or take away the working sign, by the best means this workspace allows.

        Where the budget has no room it is not shown; taking away what is shown may wait a little.
        """
        while self._signs:
            sign = self._signs[0]
            try:
                await sign(channel, thread, message, busy)
                return
            except OutsideError as error:
                if error.code not in _UNKNOWN_METHOD:
                    return
                # Not to be had in this workspace: the next one is, from now on.
                with contextlib.suppress(ValueError):
                    self._signs.remove(sign)
            except OSError:
                return

    async def _session_status(self, channel: str, thread: str, message: str, busy: bool) -> None:
        status = "processing" if busy else "active"
        async with self._signing("agents.sessions.setStatus", busy):
            await self._writer.agents_sessions_setStatus(channel_id=channel, thread_ts=thread, status=status)

    async def _assistant_status(self, channel: str, thread: str, message: str, busy: bool) -> None:
        # Slack clears it by itself when the answer is posted.
        if busy:
            async with self._signing("assistant.threads.setStatus", busy):
                await self._writer.assistant_threads_setStatus(
                    channel_id=channel, thread_ts=thread, status="is working on an answer…"
                )

    async def _reaction(self, channel: str, thread: str, message: str, busy: bool) -> None:
        call = self._writer.reactions_add if busy else self._writer.reactions_remove
        async with self._signing("reactions.add" if busy else "reactions.remove", busy):
            await call(channel=channel, timestamp=message, name="eyes")

    def _signing(self, method: str, busy: bool) -> contextlib.AbstractAsyncContextManager[None]:
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


async def _shown(show: Callable[[Block], Awaitable[None]], view: Block) -> None:
    """Show a view, more simply where Slack refuses its form."""
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
    # A block id of its own per state: Slack would otherwise keep showing what it has.
    return answer_message(body.view, f"{body.view.answer_id}:{zlib.crc32((body.view.line or '').encode())}")


def _is_outside_threads(posted: Any) -> bool:
    """Whether a reply was not posted as one. Slack's answer then has the message, and no thread in it.

    Every reply names its thread (docs.slack.dev/reference/methods/chat.postMessage); an answer without the message
    says nothing.
    """
    message = posted.get("message")
    return isinstance(message, Mapping) and bool(message) and not message.get("thread_ts")


def _metadata(key: str) -> dict[str, Any]:
    return {"event_type": ids.DELIVERY_EVENT, "event_payload": {"delivery_id": key}}


def _small_metadata(key: str) -> dict[str, Any]:
    return {"event_type": ids.SMALL_DELIVERY_EVENT, "event_payload": {"id": key}}


def _marked_with(key: str, message: Message) -> Message:
    """With its key as the id of its first block, which a history shows too."""
    if not message.blocks:
        return message
    first, *others = message.blocks
    return replace(message, blocks=[{**first, "block_id": ids.delivery_block(key)}, *others])


def _delivery_id(message: dict[str, Any], key: str) -> str | None:
    """The key under which a message was posted, where it is this one or that of a part of it."""
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
