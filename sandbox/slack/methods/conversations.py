"""The `conversations.*`, `users.*` and `team.*` methods of the local stand-in for Slack."""

from __future__ import annotations

import base64
import binascii
import bisect
from collections.abc import Sequence

from sandbox.slack.methods import SCOPE_PREFIXES, Method, MethodContext
from sandbox.slack.wire import Arguments, Json, RefusedError
from sandbox.slack.workspace import Channel, ChannelKind

_KINDS = {
    "public_channel": ChannelKind.PUBLIC,
    "private_channel": ChannelKind.PRIVATE,
    "im": ChannelKind.DM,
    "mpim": ChannelKind.GROUP_DM,
}
_END_OF_TIME = "9" * 10 + ".999999"


class ConversationMethods:
    """Reading conversations and people."""

    def __init__(self, context: MethodContext) -> None:
        self._context = context
        self._access = context.access
        self._workspace = context.workspace

    def table(self) -> dict[str, Method]:
        return {
            "conversations.info": Method(run=self.info),
            "conversations.list": Method(run=self.channels),
            "conversations.members": Method(run=self.members),
            "conversations.history": Method(run=self.history),
            "conversations.replies": Method(run=self.replies),
            "conversations.open": Method(run=self.open, scopes=("im:write", "mpim:write")),
            "users.info": Method(run=self.user, scopes=("users:read",)),
            "users.list": Method(run=self.users, scopes=("users:read",)),
            "usergroups.users.list": Method(run=self.group, scopes=("usergroups:read",)),
            "bots.info": Method(run=self.bot, scopes=("users:read",)),
            "team.info": Method(run=self.team, scopes=("team:read",)),
        }

    def info(self, args: Arguments) -> Json:
        channel = self._access.channel(args.required("channel"), scope="read")
        answer = self._context.renderer.channel(channel)
        if args.flag("include_num_members"):
            answer["num_members"] = len(channel.members)
        if args.flag("include_locale"):
            answer["locale"] = "en-US"
        return {"ok": True, "channel": answer}

    def channels(self, args: Arguments) -> Json:
        """Lists public channels, and conversations that the app is a member of, page by page.

        Source: https://docs.slack.dev/reference/methods/conversations.list
        """
        kinds = [_KINDS[name] for name in _names(args.values.get("types") or "public_channel") if name in _KINDS]
        for kind in kinds:
            self._access.need(f"{SCOPE_PREFIXES[kind]}:read")
        listed = {
            channel.id: channel
            for channel in self._workspace.channels.values()
            if channel.kind in kinds and (channel.kind is ChannelKind.PUBLIC or self._access.is_member(channel))
        }
        page, cursor = _page(list(listed), args, default=100)
        found = [self._context.renderer.channel(listed[id]) for id in page]
        return {"ok": True, "channels": found, "response_metadata": {"next_cursor": cursor}}

    def members(self, args: Arguments) -> Json:
        channel = self._access.channel(args.required("channel"), scope="read")
        page, cursor = _page(channel.members, args, default=100)
        return {"ok": True, "members": list(page), "response_metadata": {"next_cursor": cursor}}

    def history(self, args: Arguments) -> Json:
        """Lists messages, the newest first, without the replies in threads."""
        channel = self._access.joined(args.required("channel"), scope="history")
        stamps = _between(self._workspace.stamps(channel.id), args)
        page, cursor = _page(stamps[::-1], args, default=100)
        return self._messages(channel, page, cursor, args)

    def replies(self, args: Arguments) -> Json:
        """Lists the root and its replies, oldest first. The root is on the first page, whatever `oldest` says.

        Others report that later pages leave it out; Slack's page does not say. Asked for the ts of a reply, Slack gives
        that one message.
        """
        channel = self._access.joined(args.required("channel"), scope="history")
        named = self._workspace.message(channel.id, args.required("ts"))
        if named is None:
            raise RefusedError("thread_not_found")
        if named.is_reply:
            return self._messages(channel, [named.ts], "", args)
        stamps = [named.ts, *_between(self._workspace.stamps(channel.id, named.ts), args)]
        page, cursor = _page(stamps, args, default=1_000)
        return self._messages(channel, page, cursor, args)

    def _messages(self, channel: Channel, stamps: Sequence[str], cursor: str, args: Arguments) -> Json:
        with_metadata = args.flag("include_all_metadata")
        found = [self._access.message(channel, ts) for ts in stamps]
        return {
            "ok": True,
            "messages": [self._context.renderer.message(one, with_metadata=with_metadata) for one in found],
            "has_more": bool(cursor),
            "pin_count": 0,
            "response_metadata": {"next_cursor": cursor},
        }

    def open(self, args: Arguments) -> Json:
        channel = self._workspace.channels[self._opened(args)]
        answer = self._context.renderer.channel(channel) if args.flag("return_im") else {"id": channel.id}
        return {"ok": True, "channel": answer}

    def _opened(self, args: Arguments) -> str:
        if args.has("channel"):
            return self._access.joined(args.text("channel")).id
        users = _names(args.values.get("users"))
        if not users:
            raise RefusedError("users_list_not_supplied")
        dms = [self._access.dm(user) for user in users]
        return dms[0] if len(dms) == 1 else self._workspace.group_dm_of(users)

    def user(self, args: Arguments) -> Json:
        user = self._workspace.users.get(args.required("user"))
        if user is None:
            raise RefusedError("user_not_found")
        with_email = "users:read.email" in self._access.scopes
        with_locale = args.flag("include_locale")
        return {
            "ok": True,
            "user": self._context.renderer.user(user, with_email=with_email, with_locale=with_locale),
        }

    def users(self, args: Arguments) -> Json:
        """Lists everybody, page by page. Source: https://docs.slack.dev/reference/methods/users.list"""
        users = self._workspace.users
        page, cursor = _page(list(users), args, default=1_000)
        with_email = "users:read.email" in self._access.scopes
        with_locale = args.flag("include_locale")
        render = self._context.renderer.user
        members = [render(users[id], with_email=with_email, with_locale=with_locale) for id in page]
        return {"ok": True, "members": members, "response_metadata": {"next_cursor": cursor}}

    def group(self, args: Arguments) -> Json:
        """Lists a user group. Source: https://docs.slack.dev/reference/methods/usergroups.users.list"""
        members = self._workspace.user_groups.get(args.required("usergroup"))
        if members is None:
            raise RefusedError("no_such_subteam")
        return {"ok": True, "users": list(members)}

    def bot(self, args: Arguments) -> Json:
        """Returns the app's own bot user, by its bot id. Source: https://docs.slack.dev/reference/methods/bots.info"""
        workspace = self._workspace
        if args.required("bot") != workspace.bot_id:
            raise RefusedError("bot_not_found")
        who = {"id": workspace.bot_id, "app_id": workspace.app_id, "user_id": workspace.bot_user.id}
        return {
            "ok": True,
            "bot": {**who, "name": workspace.bot_user.name, "deleted": False, "updated": 0, "icons": {}},
        }

    def team(self, _args: Arguments) -> Json:
        workspace = self._workspace
        return {
            "ok": True,
            "team": {"id": workspace.team_id, "name": workspace.team_name, "domain": "local-stand-in", "icon": {}},
        }


def _names(value: object) -> list[str]:
    names = value if isinstance(value, list) else str(value or "").split(",")
    return [str(name).strip() for name in names if str(name).strip()]


def _between(stamps: Sequence[str], args: Arguments) -> Sequence[str]:
    """Returns the part of an ascending list between `oldest` and `latest`, which belong to it if `inclusive`."""
    oldest, latest = _stamp(args, "oldest", ""), _stamp(args, "latest", _END_OF_TIME)
    if args.flag("inclusive"):
        return stamps[bisect.bisect_left(stamps, oldest) : bisect.bisect_right(stamps, latest)]
    return stamps[bisect.bisect_right(stamps, oldest) : bisect.bisect_left(stamps, latest)]


def _stamp(args: Arguments, name: str, default: str) -> str:
    """Returns a ts argument in the form of stored messages, which compare as text like times."""
    if not args.has(name) or args.text(name) == "":
        return default
    seconds, _, micros = args.text(name).partition(".")
    if not seconds.isdigit() or not (micros or "0").isdigit():
        raise RefusedError(f"invalid_ts_{name}")
    return f"{int(seconds):010d}.{micros[:6]:0<6}"


def _page(items: Sequence[str], args: Arguments, *, default: int) -> tuple[Sequence[str], str]:
    """Returns one page, and the cursor of the next one; empty if there is none.

    A cursor names the item the next page starts with, so that items added meanwhile shift nothing.
    """
    limit = args.number("limit", default=default, highest=1_000)
    start = _position(items, args.text("cursor"))
    end = start + limit
    return items[start:end], _cursor(items[end]) if end < len(items) else ""


def _cursor(item: str) -> str:
    return base64.b64encode(f"next:{item}".encode()).decode()


def _position(items: Sequence[str], cursor: str) -> int:
    if not cursor:
        return 0
    try:
        return items.index(base64.b64decode(cursor, validate=True).decode().removeprefix("next:"))
    except (binascii.Error, UnicodeDecodeError, ValueError) as error:
        raise RefusedError("invalid_cursor") from error
