"""Copies files from one conversation in Slack to another, streamed and never held in memory.

As in docs.slack.dev/messaging/working-with-files: `files.getUploadURLExternal` returns an address and the id of the
copy, the content goes there, and `files.completeUploadExternal` shows the copy. Until then nobody sees it.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import AmbiguousError, BadRequestError, NotFoundError, PlanError, RateLimitedError, ThreadGoneError
from bot.helpdesk.model.chat import LARGEST_FILE, NOT_VISIBLE, SharedFile
from bot.helpdesk.model.effects import NotSent, SendStatus, Sent
from bot.helpdesk.model.review import Picture
from bot.helpdesk.model.target import Destination
from bot.slack.errors import SYSTEM, retry_after_of, translated
from bot.slack.markdown import escape_mrkdwn, shortened
from bot.slack.rate_limiter import POST, RateLimiter

# Seconds: a large file may take long as a whole, but a stalled transfer is given up.
_CONTENT_SECONDS = aiohttp.ClientTimeout(total=900.0, connect=5.0, sock_read=30.0)
_CHUNK = 64 * 1024
# Characters (docs.slack.dev/reference/methods/files.getUploadURLExternal).
_LONGEST_DESCRIPTION = 1000
# Slack redirects to its sign-in page, or refuses.
_NO_ACCESS = (301, 302, 303, 307, 401, 403)
# About the network or this moment; not a refusal of the file.
_TRANSIENT = (407, 408, 425)


class SlackFiles:
    """Relays files. `writer` must not retry by itself, `reader` may; `session` transfers the content.

    Raises OutsideError. Calls that `rate_limiter` holds back wait a little or raise NotYetError.
    """

    def __init__(
        self,
        *,
        writer: AsyncWebClient,
        reader: AsyncWebClient,
        session: aiohttp.ClientSession,
        rate_limiter: RateLimiter,
    ) -> None:
        self._writer = writer
        self._reader = reader
        self._session = session
        self._limiter = rate_limiter

    async def upload(self, file: SharedFile) -> str:
        """Copies the content; returns the copy's id."""
        async with self._content(file) as content:
            size = content.content_length or file.size
            # Slack takes up to 1 GB (slack.com/help/articles/201330736-Add-files-to-Slack).
            if size > LARGEST_FILE:
                raise BadRequestError("The file is larger than announced.", system=SYSTEM, code="too_large")
            async with self._limiter.calling("files.getUploadURLExternal"):
                ticket = await self._writer.files_getUploadURLExternal(filename=file.name, length=size)
            await self._send(content.content.iter_chunked(_CHUNK), size, str(ticket["upload_url"]))
        return str(ticket["file_id"])

    @contextlib.asynccontextmanager
    async def _content(self, file: SharedFile) -> AsyncIterator[aiohttp.ClientResponse]:
        """Opens a download. The token is sent to Slack only, whatever the address is."""
        url = file.url or ""
        if not self._is_slack(url):
            raise BadRequestError("The file is not stored by Slack.", system=SYSTEM, code="foreign_address")
        # Compressed, it would have another length than the announced one.
        headers = {"Authorization": f"Bearer {self._writer.token}", "Accept-Encoding": "identity"}
        with translated():
            # Without the scope Slack redirects to its sign-in page instead of refusing.
            async with self._session.get(
                url, headers=headers, allow_redirects=False, timeout=_CONTENT_SECONDS, proxy=self._writer.proxy
            ) as response:
                _refuse_forwarded(file, response.status)
                _refuse(response)
                _refuse_page(response, file)
                yield response

    def _is_slack(self, url: str) -> bool:
        asked, api = urlsplit(url), urlsplit(self._writer.base_url)
        by_name = asked.scheme == "https" and (asked.hostname or "").endswith((".slack.com", ".slack-gov.com"))
        return by_name or (asked.scheme, asked.netloc) == (api.scheme, api.netloc)

    async def upload_picture(self, name: str, picture: Picture) -> str:
        """Uploads a picture with its description; returns its id."""
        async with self._limiter.calling("files.getUploadURLExternal"):
            ticket = await self._writer.files_getUploadURLExternal(
                filename=name, length=len(picture.content), alt_txt=shortened(picture.words, _LONGEST_DESCRIPTION)
            )
        with translated():
            await self._send(picture.content, len(picture.content), str(ticket["upload_url"]))
        return str(ticket["file_id"])

    async def _send(self, content: bytes | AsyncIterator[bytes], size: int, address: str) -> None:
        # Without a length the transfer would be chunked, which not every server accepts.
        headers = {"Content-Type": "application/octet-stream", "Content-Length": str(size)}
        async with self._session.post(
            address,
            data=content,
            headers=headers,
            allow_redirects=False,
            timeout=_CONTENT_SECONDS,
            proxy=self._writer.proxy,
        ) as response:
            _refuse(response)

    async def share(self, copy: str, name: str, author: str, to: Destination) -> str:
        """Shows the copy below a line that names its sender. It counts as a post in its channel.

        The response does not say where it was posted, and a copy can be shown only once: the thread is checked first.
        """
        await self._share(copy, name, f"<@{author}> sent this file", to)
        return copy

    async def share_picture(self, copy: str, title: str, to: Destination) -> str:
        """Shows an uploaded picture below its title."""
        await self._share(copy, title, escape_mrkdwn(title), to)
        return copy

    async def _share(self, copy: str, name: str, comment: str, to: Destination) -> None:
        if to.thread is not None:
            await self._require_root(to.channel, to.thread)
        async with self._limiter.calling(POST, channel=to.channel):
            await self._writer.files_completeUploadExternal(
                files=[{"id": copy, "title": name}],
                channel_id=to.channel,
                thread_ts=to.thread,
                initial_comment=comment,
            )

    async def _require_root(self, channel: str, thread: str) -> None:
        """Raises ThreadGoneError unless the first message of the thread still exists."""
        async with self._limiter.calling("conversations.replies"):
            page: Any = await self._reader.conversations_replies(channel=channel, ts=thread, limit=1)
        if not any(one.get("ts") == thread and one.get("subtype") != "tombstone" for one in page.get("messages") or ()):
            raise ThreadGoneError(
                "The first message of the thread was deleted.", system=SYSTEM, code="thread_not_found"
            )

    async def find(self, copy: str, to: Destination) -> SendStatus[str]:
        """Looks up whether the copy is shown in its thread. Shown elsewhere it is deleted: it cannot be moved."""
        try:
            async with self._limiter.calling("files.info"):
                found = await self._reader.files_info(file=copy)
        except NotFoundError:
            return NotSent()
        threads = [share.thread for share in _shares(found["file"]) if share.channel == to.channel]
        if to.thread is not None and threads and not set(threads) & {to.thread, *to.gone}:
            await self.delete(copy)
            raise NotFoundError("The file was shared outside of its thread.", system=SYSTEM, code="file_not_found")
        return Sent(copy) if threads else NotSent()

    async def delete(self, copy: str) -> None:
        """Deletes the copy with the messages that show it; one that is gone already is not an error."""
        with contextlib.suppress(NotFoundError):
            async with self._limiter.calling("files.info"):
                found = await self._reader.files_info(file=copy)
            async with self._limiter.calling("files.delete"):
                await self._writer.files_delete(file=copy)
            for share in _shares(found["file"]):
                async with self._limiter.calling("chat.delete"):
                    await self._writer.chat_delete(channel=share.channel, ts=share.message)


def _refuse_forwarded(file: SharedFile, status: int) -> None:
    """Raises BadRequestError for a forwarded file of a conversation that the app is not in."""
    if file.forwarded and status in _NO_ACCESS:
        raise BadRequestError("The file is in a conversation that the app is not in.", system=SYSTEM, code=NOT_VISIBLE)


def _refuse(response: aiohttp.ClientResponse) -> None:
    """Raises the error for the status of a download or an upload, if it is one."""
    status = response.status
    if status == 200:
        return
    if status in _NO_ACCESS:
        raise PlanError("Slack refused access to the file.", system=SYSTEM, code="missing_scope")
    if status in (404, 410):
        raise NotFoundError("The file is gone.", system=SYSTEM, code="file_not_found")
    if status == 429:
        wait = retry_after_of(response.headers)
        raise RateLimitedError(
            "Slack limits the transfer of files.", system=SYSTEM, code="ratelimited", retry_after=wait
        )
    if not 400 <= status < 500 or status in _TRANSIENT:
        raise AmbiguousError("Slack failed to transfer the file.", system=SYSTEM, code=str(status))
    raise BadRequestError("Slack refused the file.", system=SYSTEM, code=str(status))


def _refuse_page(response: aiohttp.ClientResponse, file: SharedFile) -> None:
    """Raises AmbiguousError for an HTML page that a proxy sends in place of a file."""
    if response.content_type == "text/html" and response.content_length != file.size:
        raise AmbiguousError("An HTML page was returned instead of the file.", system=SYSTEM, code="unreadable")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Share:
    """A message that shows a file, and its thread."""

    channel: str
    message: str
    thread: str | None


def _shares(file: Any) -> list[_Share]:
    """Returns every message that shows the file."""
    shares = file.get("shares") or {}
    by_channel = [one for kind in ("public", "private") for one in (shares.get(kind) or {}).items()]
    return [
        _Share(channel=channel, message=str(message["ts"]), thread=message.get("thread_ts"))
        for channel, messages in by_channel
        for message in messages
    ]
