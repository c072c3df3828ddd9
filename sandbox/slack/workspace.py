"""The state of the local stand-in for Slack: people, channels, messages, views, sessions. Knows no HTTP.

Everything is looked up by index: messages of a channel by `ts`, replies by the `ts` of their thread's root.
"""

from __future__ import annotations

import bisect
import enum
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from sandbox.change_feed import ChangeFeed
from sandbox.slack.changes import Change, ChangeKind
from sandbox.slack.wire import Json, RefusedError

TRIGGER_LIFETIME = 3.0
RESPONSE_URL_LIFETIME = 30 * 60.0
RESPONSE_URL_USES = 5
SYSTEM_USER = "USLACKBOT"


class ChannelKind(enum.StrEnum):
    """The kinds of conversation, spelled as `channel_type` of a message event."""

    PUBLIC = "channel"
    PRIVATE = "group"
    DM = "im"
    GROUP_DM = "mpim"


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person or a bot. `team_id` differs from the workspace's for people who come in through Slack Connect.

    `organization` is the one of an Enterprise Grid to which their workspace belongs.
    """

    id: str
    name: str
    team_id: str
    email: str = ""
    locale: str = "en-US"
    tz: str = "Europe/Berlin"
    is_bot: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    is_stranger: bool = False
    organization: str = ""
    deleted: bool = False


@dataclass(slots=True, kw_only=True)
class Channel:
    """A conversation. For a DM `members` are the person and the bot."""

    id: str
    name: str
    kind: ChannelKind
    members: list[str]
    is_ext_shared: bool = False
    is_pending_ext_shared: bool = False
    is_archived: bool = False
    created: float = 0.0

    @property
    def person(self) -> str:
        """Returns the person of a DM; empty for other kinds."""
        return self.members[0] if self.kind is ChannelKind.DM else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file that is shared. The content is served by the stand-in to whoever holds the bot token.

    `external` is the address of one that another service keeps. `size` is told instead of the content's own, so that
    nobody needs to have a large one.
    """

    name: str
    content: bytes = b""
    mimetype: str = "text/plain"
    id: str = ""
    external: str = ""
    size: int | None = None


@dataclass(slots=True, kw_only=True)
class Upload:
    """A file on its way: announced with its name and length, and not shown before it is completed."""

    id: str
    name: str
    length: int
    content: bytes | None = None


@dataclass(slots=True, kw_only=True)
class Message:
    """A stored message. `mentions` are the tokens Slack would have acted on, kept so that tests can forbid them."""

    channel: str
    user: str
    ts: str = ""
    text: str = ""
    thread_ts: str | None = None
    subtype: str | None = None
    bot_id: str | None = None
    client_msg_id: str | None = None
    blocks: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    metadata: Json | None = None
    files: tuple[File, ...] = ()
    mentions: tuple[str, ...] = ()
    edited_by: str = ""
    edited_ts: str = ""
    reactions: dict[str, list[str]] = field(default_factory=dict)
    reply_count: int = 0
    reply_users: list[str] = field(default_factory=list)
    latest_reply: str = ""

    @property
    def is_reply(self) -> bool:
        return self.thread_ts is not None and self.thread_ts != self.ts

    @property
    def root_ts(self) -> str:
        return self.thread_ts or self.ts

    @property
    def is_deleted(self) -> bool:
        """Returns whether the message was deleted and stays only because it has replies."""
        return self.subtype == "tombstone"


@dataclass(slots=True, kw_only=True)
class Ephemeral:
    """A message only one person sees. It is not part of any history."""

    channel: str
    user: str
    ts: str
    text: str
    blocks: list[Json]
    thread_ts: str | None = None
    mentions: tuple[str, ...] = ()


@dataclass(slots=True, kw_only=True)
class View:
    """A modal or a Home tab. `body` is what the app sent: title, blocks, private_metadata and the rest."""

    id: str
    user: str
    body: Json
    hash: str
    root_view_id: str
    previous_view_id: str | None = None
    is_open: bool = True
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def blocks(self) -> list[Json]:
        blocks: list[Json] = self.body["blocks"]
        return blocks

    @property
    def callback_id(self) -> str:
        return str(self.body.get("callback_id", ""))

    @property
    def private_metadata(self) -> str:
        return str(self.body.get("private_metadata", ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusChange:
    """One entry of the status history of a thread.

    `source` is "session" for `agents.sessions.setStatus` and "assistant" for `assistant.threads.setStatus`, where an
    empty status means that nothing is shown (any more).
    """

    channel: str
    thread_ts: str
    source: str
    status: str
    at: float


@dataclass(slots=True, kw_only=True)
class Session:
    """The agent session of a thread."""

    status: str = "active"
    title: str = ""
    assistant_status: str = ""


@dataclass(slots=True)
class _Trigger:
    user: str
    at: float
    used: bool = False


@dataclass(slots=True)
class ResponseUrl:
    """State of a `response_url`."""

    channel: str
    user: str
    message_ts: str
    thread_ts: str | None
    at: float
    uses_left: int = RESPONSE_URL_USES


@dataclass(slots=True)
class _Log:
    """The messages of one channel: all by ts, the ts of those shown in the channel, and of the replies by root."""

    by_ts: dict[str, Message] = field(default_factory=dict)
    shown: list[str] = field(default_factory=list)
    replies: dict[str, list[str]] = field(default_factory=dict)


class Workspace:
    """One workspace with one app in it. Every change is published to `changes`.

    With an `organization`, it is one of several of an Enterprise Grid.

    `now` returns seconds since the epoch; two messages never share a ts, even when the clock stands still.
    """

    def __init__(self, *, team_id: str, team_name: str, now: Callable[[], float], changes: ChangeFeed[Change]) -> None:
        self.team_id = team_id
        self.team_name = team_name
        self.now = now
        self.changes = changes
        self.organization = ""
        self.users: dict[str, User] = {}
        self.channels: dict[str, Channel] = {}
        self.user_groups: dict[str, tuple[str, ...]] = {}
        self.ephemerals: list[Ephemeral] = []
        self.views: dict[str, View] = {}
        self.homes: dict[str, View] = {}
        self.sessions: dict[tuple[str, str], Session] = {}
        self.statuses: list[StatusChange] = []
        self.prompts: dict[str, Json] = {}
        self.files: dict[str, File] = {}
        self.uploads: dict[str, Upload] = {}
        self.response_urls: dict[str, ResponseUrl] = {}
        self._dms: dict[str, str] = {}
        self._logs: dict[str, _Log] = {}
        self._triggers: dict[str, _Trigger] = {}
        self._last_micros = 0
        self._last_id = 0
        self.app_id = self.next_id("A")
        self.bot_id = self.next_id("B")
        self.bot_user = self.add_user(self.next_id("U"), "helpdesk", is_bot=True)

    def clear(self) -> None:
        """Removes what was said, shown and uploaded. People and channels stay."""
        for log in self._logs.values():
            log.by_ts.clear()
            log.shown.clear()
            log.replies.clear()
        for records in (
            self.ephemerals, self.views, self.homes, self.sessions, self.statuses, self.prompts, self.files,
            self.uploads, self.response_urls,
        ):  # fmt: skip
            records.clear()

    # Identifiers and time

    def next_id(self, prefix: str) -> str:
        self._last_id += 1
        return f"{prefix}{self._last_id:09X}"

    def next_ts(self) -> str:
        self._last_micros = max(int(self.now() * 1_000_000), self._last_micros + 1)
        seconds, micros = divmod(self._last_micros, 1_000_000)
        return f"{seconds:010d}.{micros:06d}"

    # People and channels

    def add_user(
        self,
        user_id: str,
        name: str,
        email: str = "",
        *,
        locale: str = "en-US",
        tz: str = "Europe/Berlin",
        team_id: str | None = None,
        is_bot: bool = False,
        is_restricted: bool = False,
        is_ultra_restricted: bool = False,
        is_stranger: bool = False,
        organization: str = "",
        deleted: bool = False,
    ) -> User:
        """Adds a person, or replaces the one with this id."""
        user = User(
            id=user_id,
            name=name,
            email=email,
            locale=locale,
            tz=tz,
            team_id=team_id or self.team_id,
            is_bot=is_bot,
            is_restricted=is_restricted,
            is_ultra_restricted=is_ultra_restricted,
            is_stranger=is_stranger,
            organization=organization,
            deleted=deleted,
        )
        self.users[user_id] = user
        return user

    def is_foreign(self, user: User) -> bool:
        """Returns whether somebody belongs to another company."""
        is_ours = bool(self.organization) and user.organization == self.organization
        return user.team_id != self.team_id and not is_ours

    def set_active(self, user_id: str, active: bool) -> None:
        """Deactivates somebody's account, or activates it again."""
        self.users[user_id] = replace(self.users[user_id], deleted=not active)

    def add_channel(
        self,
        channel_id: str,
        name: str,
        members: Iterable[str] = (),
        *,
        with_bot: bool = True,
        is_private: bool = False,
        is_ext_shared: bool = False,
        is_archived: bool = False,
    ) -> Channel:
        """Adds a channel. The bot is a member unless `with_bot` is false."""
        everybody = dict.fromkeys((*members, *([self.bot_user.id] if with_bot else ())))
        kind = ChannelKind.PRIVATE if is_private else ChannelKind.PUBLIC
        return self._add(
            Channel(
                id=channel_id,
                name=name,
                kind=kind,
                members=list(everybody),
                is_ext_shared=is_ext_shared,
                is_archived=is_archived,
            )
        )

    def dm_of(self, user_id: str) -> str:
        """Returns the id of the DM of this person with the bot. Opens it if there is none; a stranger's is shared."""
        if user_id not in self._dms:
            members = [user_id, self.bot_user.id]
            foreign = user_id in self.users and self.is_foreign(self.users[user_id])
            dm = Channel(
                id=self.next_id("D"),
                name="",
                kind=ChannelKind.DM,
                members=members,
                is_ext_shared=foreign,
                created=self.now(),
            )
            self._add(dm)
            self._dms[user_id] = dm.id
        return self._dms[user_id]

    def group_dm_of(self, user_ids: Sequence[str]) -> str:
        members = sorted({*user_ids, self.bot_user.id})
        name = "mpdm-" + "--".join(self.users[user].name for user in members) + "-1"
        for channel in self.channels.values():
            if channel.name == name:
                return channel.id
        return self._add(Channel(id=self.next_id("C"), name=name, kind=ChannelKind.GROUP_DM, members=members)).id

    def _add(self, channel: Channel) -> Channel:
        self.channels[channel.id] = channel
        self._logs.setdefault(channel.id, _Log())
        return channel

    # Messages

    def message(self, channel: str, ts: str) -> Message | None:
        log = self._logs.get(channel)
        return log.by_ts.get(ts) if log else None

    def messages(self, channel: str, thread_ts: str | None = None) -> list[Message]:
        """Returns the messages of a channel without replies, or of a thread with its root; oldest first."""
        log = self._logs.get(channel, _Log())
        stamps = log.shown if thread_ts is None else [thread_ts, *log.replies.get(thread_ts, ())]
        return [log.by_ts[ts] for ts in stamps if ts in log.by_ts]

    def stamps(self, channel: str, thread_ts: str | None = None) -> Sequence[str]:
        """Returns the ts of the messages of a channel, or of the replies in a thread; ascending."""
        log = self._logs[channel]
        return log.shown if thread_ts is None else log.replies.get(thread_ts, ())

    def count(self, channel: str) -> int:
        """Returns the number of messages in a channel, with replies."""
        return len(self._logs[channel].by_ts)

    def post(self, message: Message, *, broadcast: bool = False) -> Message:
        """Stores a new message and gives it its ts. The channel and the thread's root must exist."""
        log = self._logs[message.channel]
        message.ts = self.next_ts()
        message.blocks = self._with_ids(message.blocks)
        self.files.update((file.id, file) for file in message.files)
        log.by_ts[message.ts] = message
        if message.thread_ts is None or broadcast:
            log.shown.append(message.ts)
        if message.thread_ts is not None:
            self._count_reply(log, message)
        self._publish(ChangeKind.MESSAGE_POSTED, message)
        return message

    def _count_reply(self, log: _Log, reply: Message) -> None:
        root = log.by_ts[reply.root_ts]
        root.thread_ts = root.ts
        root.reply_count += 1
        root.latest_reply = reply.ts
        if reply.user not in root.reply_users:
            root.reply_users.append(reply.user)
        log.replies.setdefault(root.ts, []).append(reply.ts)

    def shares_of(self, file_id: str) -> list[Message]:
        """Returns the messages that show a file."""
        logs = self._logs.values()
        return [one for log in logs for one in log.by_ts.values() if any(file.id == file_id for file in one.files)]

    def remove_file(self, file_id: str) -> list[Message]:
        """Deletes a file; returns the messages that showed it, which stay without it."""
        shown = self.shares_of(file_id)
        del self.files[file_id]
        for message in shown:
            message.files = tuple(file for file in message.files if file.id != file_id)
            self._publish(ChangeKind.MESSAGE_CHANGED, message)
        return shown

    def mark_edited(self, message: Message, by: str) -> None:
        """Records that the message was just changed by somebody. The caller has changed its content."""
        message.blocks = self._with_ids(message.blocks)
        message.edited_by, message.edited_ts = by, self.next_ts()
        self._publish(ChangeKind.MESSAGE_CHANGED, message)

    def remove(self, message: Message) -> bool:
        """Deletes a message. A root with replies stays as a tombstone; returns whether it does."""
        leaves_tombstone = message.reply_count > 0
        if leaves_tombstone:
            self._bury(message)
        else:
            self._forget(message)
        self._publish(ChangeKind.MESSAGE_DELETED, message)
        return leaves_tombstone

    def _bury(self, message: Message) -> None:
        message.subtype, message.user, message.bot_id = "tombstone", SYSTEM_USER, None
        message.text, message.blocks, message.attachments = "This message was deleted.", [], []
        message.files, message.metadata, message.mentions = (), None, ()

    def _forget(self, message: Message) -> None:
        log = self._logs[message.channel]
        del log.by_ts[message.ts]
        if message.is_reply:
            self._uncount_reply(log, message)
        index = bisect.bisect_left(log.shown, message.ts)
        if log.shown[index : index + 1] == [message.ts]:
            del log.shown[index]

    def _uncount_reply(self, log: _Log, reply: Message) -> None:
        stamps = log.replies[reply.root_ts]
        stamps.remove(reply.ts)
        root = log.by_ts[reply.root_ts]
        root.reply_count = len(stamps)
        root.latest_reply = stamps[-1] if stamps else ""
        root.reply_users = list(dict.fromkeys(log.by_ts[ts].user for ts in stamps))

    def _with_ids(self, blocks: list[Json]) -> list[Json]:
        """Gives blocks and interactive elements without an id one, as Slack does."""
        return [self._with_id(block) for block in blocks]

    def _with_id(self, block: Json) -> Json:
        named = block if "block_id" in block else {**block, "block_id": self.next_id("b")}
        if isinstance(named.get("elements"), list) and named["type"] in ("actions", "context_actions"):
            named = {**named, "elements": [self._with_action_id(element) for element in named["elements"]]}
        return named

    def _with_action_id(self, element: Json) -> Json:
        return element if "action_id" in element else {**element, "action_id": self.next_id("a")}

    def add_ephemeral(self, ephemeral: Ephemeral) -> Ephemeral:
        ephemeral.blocks = self._with_ids(ephemeral.blocks)
        self.ephemerals.append(ephemeral)
        self._publish_ephemeral(ChangeKind.EPHEMERAL_POSTED, ephemeral)
        return ephemeral

    def remove_ephemeral(self, ephemeral: Ephemeral) -> None:
        self.ephemerals.remove(ephemeral)
        self._publish_ephemeral(ChangeKind.EPHEMERAL_DELETED, ephemeral)

    def _publish_ephemeral(self, kind: ChangeKind, ephemeral: Ephemeral) -> None:
        self.changes.publish(Change(kind=kind, channel=ephemeral.channel, ts=ephemeral.ts, user=ephemeral.user))

    def ephemeral(self, channel: str, ts: str) -> Ephemeral | None:
        return next((one for one in self.ephemerals if (one.channel, one.ts) == (channel, ts)), None)

    # Reactions

    def react(self, message: Message, user: str, name: str) -> bool:
        """Adds a reaction; returns False if it is there already."""
        people = message.reactions.setdefault(name, [])
        if user in people:
            return False
        people.append(user)
        self._publish(ChangeKind.REACTION_ADDED, message, name)
        return True

    def unreact(self, message: Message, user: str, name: str) -> bool:
        """Removes a reaction; returns False if there is none."""
        people = message.reactions.get(name, [])
        if user not in people:
            return False
        people.remove(user)
        if not people:
            del message.reactions[name]
        self._publish(ChangeKind.REACTION_REMOVED, message, name)
        return True

    # Views

    def new_trigger(self, user: str) -> str:
        """Returns a `trigger_id`, valid for one view within 3 seconds."""
        trigger_id = f"{self.next_id('')}.{self.next_ts()}"
        self._triggers[trigger_id] = _Trigger(user, self.now())
        return trigger_id

    def redeem_trigger(self, trigger_id: str) -> str:
        """Uses up a `trigger_id`; returns its person."""
        trigger = self._triggers.get(trigger_id)
        if trigger is None:
            raise RefusedError("invalid_arguments", ["invalid `trigger_id` [json-pointer:/trigger_id]"])
        if trigger.used:
            raise RefusedError("exchanged_trigger_id")
        if self.now() - trigger.at > TRIGGER_LIFETIME:
            raise RefusedError("expired_trigger_id")
        trigger.used = True
        return trigger.user

    def open_view(self, user: str, body: Json, *, on_top_of: View | None = None) -> View:
        view_id = self.next_id("V")
        view = View(
            id=view_id,
            user=user,
            body=self._view_body(body),
            hash=self.next_ts(),
            root_view_id=on_top_of.root_view_id if on_top_of else view_id,
            previous_view_id=on_top_of.id if on_top_of else None,
        )
        self.views[view.id] = view
        self._publish_view(ChangeKind.VIEW_OPENED, view)
        return view

    def update_view(self, view: View, body: Json) -> View:
        view.body, view.hash, view.errors = self._view_body(body), self.next_ts(), {}
        self._publish_view(ChangeKind.VIEW_CHANGED, view)
        return view

    def close_view(self, view: View) -> None:
        view.is_open = False
        self._publish_view(ChangeKind.VIEW_CLOSED, view)

    def show_view_errors(self, view: View, errors: dict[str, str]) -> None:
        view.errors = errors
        self._publish_view(ChangeKind.VIEW_CHANGED, view)

    def publish_home(self, user: str, body: Json) -> View:
        old = self.homes.get(user)
        view_id = old.id if old else self.next_id("V")
        view = View(id=view_id, user=user, body=self._view_body(body), hash=self.next_ts(), root_view_id=view_id)
        self.homes[user] = self.views[view_id] = view
        self._publish_view(ChangeKind.HOME_PUBLISHED, view)
        return view

    def _view_body(self, body: Json) -> Json:
        return {**body, "blocks": self._with_ids(body["blocks"])}

    # Sessions

    def set_session_status(self, channel: str, thread_ts: str, status: str, *, title: str = "") -> Session:
        session = self.sessions.get((channel, thread_ts)) or Session(title=title)
        session.status, session.assistant_status = status, ""
        self.sessions[channel, thread_ts] = session
        self._record_status(channel, thread_ts, "session", status)
        return session

    def set_assistant_status(self, channel: str, thread_ts: str, status: str) -> None:
        """Sets the status of the session by the older call: any words mean processing, none mean active."""
        session = self.sessions.setdefault((channel, thread_ts), Session())
        session.assistant_status = status
        session.status = "processing" if status else "active"
        self._record_status(channel, thread_ts, "assistant", status)

    def clear_assistant_status(self, channel: str, thread_ts: str) -> None:
        """Clears the status, as Slack does when the app posts into the thread."""
        session = self.sessions.get((channel, thread_ts))
        if session and session.assistant_status:
            self.set_assistant_status(channel, thread_ts, "")

    def rename_session(self, channel: str, thread_ts: str, title: str) -> None:
        self.sessions[channel, thread_ts].title = title
        self.changes.publish(Change(kind=ChangeKind.SESSION_RENAMED, channel=channel, ts=thread_ts, subject=title))

    def set_prompts(self, channel: str, prompts: Json) -> None:
        self.prompts[channel] = prompts
        self.changes.publish(Change(kind=ChangeKind.PROMPTS_SET, channel=channel))

    def _record_status(self, channel: str, thread_ts: str, source: str, status: str) -> None:
        self.statuses.append(
            StatusChange(channel=channel, thread_ts=thread_ts, source=source, status=status, at=self.now())
        )
        self.changes.publish(Change(kind=ChangeKind.STATUS_SET, channel=channel, ts=thread_ts, subject=status))

    # Response URLs

    def new_response_url(self, channel: str, user: str, message_ts: str, thread_ts: str | None) -> str:
        """Returns the secret part of a `response_url`."""
        token = self.next_id("R")
        self.response_urls[token] = ResponseUrl(channel, user, message_ts, thread_ts, self.now())
        return token

    def use_response_url(self, token: str) -> ResponseUrl:
        """Uses a `response_url`, which works 5 times within 30 minutes."""
        url = self.response_urls.get(token)
        if url is None or self.now() - url.at > RESPONSE_URL_LIFETIME:
            raise RefusedError("expired_url")
        if url.uses_left == 0:
            raise RefusedError("used_url")
        url.uses_left -= 1
        return url

    # Publishing

    def _publish(self, kind: ChangeKind, message: Message, subject: str = "") -> None:
        self.changes.publish(
            Change(kind=kind, channel=message.channel, ts=message.ts, user=message.user, subject=subject)
        )

    def _publish_view(self, kind: ChangeKind, view: View) -> None:
        self.changes.publish(Change(kind=kind, user=view.user, subject=view.id))
