"""Slack's payloads into the desk's inputs. Slack dicts stop here; what is not for us comes out as None.

Payload shapes: docs.slack.dev/reference/events, docs.slack.dev/reference/interaction-payloads.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, get_type_hints

from bot.helpdesk.inputs import (
    KINDS,
    Accepted,
    Button,
    HomeOpened,
    Input,
    Inquired,
    MessageDeleted,
    MessageEdited,
    MessageReceived,
    Pressed,
    ReasonGiven,
    StopPressed,
)
from bot.slack import ids
from bot.slack.text import from_slack, wordless

Payload = Mapping[str, Any]

# What a person wrote; everything else that calls itself a message is a notice of Slack's or of another app.
_WRITTEN = {None, "file_share", "thread_broadcast", "me_message"}
_SYSTEM_USERS = {"USLACK", "USLACKBOT"}

# NUL, which PostgreSQL's text cannot hold, and halves of characters, which no UTF-8 can.
_UNKEEPABLE = re.compile("[\x00\ud800-\udfff]")
_TEXTS = {kind: [name for name, hint in get_type_hints(kind).items() if hint is str] for kind in KINDS.values()}
# Bytes; Slack's ids have some tens. PostgreSQL takes about 2,700 into an index, and some hold two of them.
_LONGEST_ID = 1000


class Inbound:
    """Reads payloads. `bot_user` is our own user; `channels` are those with handoff threads."""

    def __init__(self, *, bot_user: str, channels: frozenset[str]) -> None:
        self._bot_user = bot_user
        self._channels = channels
        self._our_name = re.compile(rf"<@{re.escape(bot_user)}(?:\|[^<>]*)?>")

    def read(self, payload: Payload, now: float) -> Accepted | None:
        """The input a payload stands for, or None where it asks nothing of us. Never raises for a well-formed dict."""
        try:
            return self._read(payload, now)
        except (KeyError, TypeError, AttributeError, ValueError, IndexError):
            # A shape Slack has never documented. Bolt's catch-all acknowledges it; there is nothing in it for us.
            return None

    def _read(self, payload: Payload, now: float) -> Accepted | None:
        match payload.get("type"):
            case "event_callback":
                return self._event(payload, payload["event"])
            case "block_actions" if payload["container"].get("type") == "view":
                return _narrowing(payload, payload["view"], payload["actions"][0])
            case "block_actions":
                return _press(payload, payload["actions"][0], now)
            case "message_action":
                return _shortcut(payload, payload["message"])
            case "view_submission":
                return _form(payload, payload["view"])
        return None

    def _event(self, payload: Payload, event: Payload) -> Accepted | None:
        if event.get("type") == "agent_session_stopped":
            return _stop(payload, event)
        if event.get("type") == "app_home_opened":
            return _home(payload, event) if event.get("tab") == "home" else None
        if event.get("type") == "app_mention":
            return self._mention(payload, event) if self._is_ours(event) else None
        if event.get("type") != "message" or not self._is_ours(event):
            return None
        match event.get("subtype"):
            case "message_changed":
                return self._edited(payload, event)
            case "message_deleted":
                return self._deleted(payload, event)
            case subtype if subtype in _WRITTEN and self._mentions_us(event):
                return self._mention(payload, event)
            case subtype if subtype in _WRITTEN:
                return self._message(payload, event)
        return None

    def _is_ours(self, event: Payload) -> bool:
        """A direct message, or one in a handoff channel."""
        return _direct(event) or event.get("channel") in self._channels

    def _by_person(self, message: Payload) -> bool:
        user = message.get("user")
        return bool(user) and not message.get("bot_id") and user not in {*_SYSTEM_USERS, self._bot_user}

    def _mentions_us(self, event: Payload) -> bool:
        """In a channel; what is said to us alone is a question whatever is in it."""
        return not _direct(event) and self._our_name.search(event.get("text") or "") is not None

    def _mention(self, payload: Payload, event: Payload) -> Accepted | None:
        """Slack tells of one as a message and as a mention: they have one key, and only the first is taken in."""
        if not self._by_person(event):
            return None
        inquired = Inquired(
            workspace=payload["team_id"],
            channel=event["channel"],
            thread=event.get("thread_ts") or event["ts"],
            message=event["ts"],
            person=event["user"],
            text=from_slack(self._our_name.sub(" ", event.get("text") or ""), {}),
            aloud=True,
        )
        return _accepted(_event_key(payload, event, event["ts"], ""), inquired)

    def _message(self, payload: Payload, event: Payload) -> Accepted | None:
        thread = event.get("thread_ts") or event["ts"]
        outside_thread = not _direct(event) and thread == event["ts"]
        if not self._by_person(event) or outside_thread:
            return None
        received = MessageReceived(
            workspace=payload["team_id"],
            channel=event["channel"],
            thread=thread,
            message=event["ts"],
            author=event["user"],
            text=from_slack(event.get("text") or "", {}),
            files=_files(event),
            wordless=wordless(event.get("text") or ""),
            direct=_direct(event),
            external=_external(payload, event),
        )
        key = _event_key(payload, event, event["ts"], "")
        gesture = event.get("client_msg_id")
        return _accepted(key, received, gesture=f"{payload['team_id']}:{gesture}" if gesture else None)

    def _edited(self, payload: Payload, event: Payload) -> Accepted | None:
        message = event["message"]
        unchanged = message.get("text") == (event.get("previous_message") or {}).get("text")
        if unchanged or not self._by_person(message) or message.get("subtype") == "tombstone":
            return None
        edited = MessageEdited(
            workspace=payload["team_id"],
            channel=event["channel"],
            thread=message.get("thread_ts") or message["ts"],
            message=message["ts"],
            author=message["user"],
            text=from_slack(message.get("text") or "", {}),
            direct=_direct(event),
        )
        version = (message.get("edited") or {}).get("ts") or event["ts"]
        return _accepted(_event_key(payload, event, message["ts"], f"edited:{version}"), edited)

    def _deleted(self, payload: Payload, event: Payload) -> Accepted | None:
        before = event.get("previous_message") or {}
        if before and not self._by_person(before):
            return None
        deleted = MessageDeleted(
            workspace=payload["team_id"],
            channel=event["channel"],
            message=event["deleted_ts"],
            direct=_direct(event),
        )
        return _accepted(_event_key(payload, event, event["deleted_ts"], "deleted"), deleted)


def _direct(event: Payload) -> bool:
    return event.get("channel_type") == "im"


def _external(payload: Payload, event: Payload) -> bool:
    """Whether the author belongs to another company's workspace (Slack Connect)."""
    team = event.get("user_team") or event.get("team")
    return bool(payload.get("is_ext_shared_channel")) and team not in (None, payload["team_id"])


def _files(event: Payload) -> tuple[str, ...]:
    return tuple(_text(file.get("name") or file.get("id") or "file") for file in event.get("files") or ())


def _event_key(payload: Payload, event: Payload, ts: str, what: str) -> str:
    # Without the app, which a history does not name: a message read back must have the key of its event.
    return f"{payload['team_id']}:{event['channel']}:{ts}:{what}"


def _accepted(key: str, given: Input, *, gesture: str | None = None, channel: str = "") -> Accepted:
    given = _keepable(given)
    # A DM is one employee's, so its inputs keep their order whatever thread they stand in.
    return Accepted(
        key=_id(key),
        gesture=None if gesture is None else _id(gesture),
        lane=f"in:{channel or _channel(given)}",
        given=given,
    )


def _keepable(given: Input) -> Input:
    """The input as a database can keep it. Raises TypeError or ValueError where Slack cannot have sent it."""
    fields = _TEXTS[type(given)]
    kept: dict[str, Any] = {name: (_text if name == "text" else _id)(getattr(given, name)) for name in fields}
    return replace(given, **kept)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return _UNKEEPABLE.sub("", value)


def _id(value: Any) -> str:
    id = _text(value)
    if len(id.encode()) > _LONGEST_ID:
        raise ValueError
    return id


def _channel(given: Input) -> str:
    if isinstance(given, ReasonGiven | HomeOpened):
        return given.person
    # A handoff channel is shared by all agents: there each thread keeps its own order.
    direct = getattr(given, "direct", not isinstance(given, Inquired))
    thread = getattr(given, "thread", None)
    return given.channel if direct or thread is None else f"{given.channel}:{thread}"


def _stop(payload: Payload, event: Payload) -> Accepted:
    stopped = StopPressed(
        workspace=payload["team_id"], channel=event["channel"], thread=event["thread_ts"], person=event["user"]
    )
    key = f"{payload['team_id']}:{event['channel']}:{event['thread_ts']}:stop:{event['event_ts']}"
    return _accepted(key, stopped)


def _home(payload: Payload, event: Payload) -> Accepted:
    """The view is in the event once one was shown; what its queue was narrowed to still holds."""
    rule, priority = ids.read_filter((event.get("view") or {}).get("private_metadata") or "")
    opened = HomeOpened(workspace=payload["team_id"], person=event["user"], rule=rule, priority=priority)
    return _accepted(f"{payload['team_id']}:{event['user']}:home:{event['event_ts']}", opened)


def _narrowing(payload: Payload, view: Payload, action: Payload) -> Accepted | None:
    """Somebody chose from one of the home's menus."""
    if view.get("callback_id") != ids.HOME or action["action_id"] not in (ids.HOME_RULE, ids.HOME_PRIORITY):
        return None
    rule, priority = ids.read_filter(view.get("private_metadata") or "")
    picked = str(action["selected_option"]["value"])
    picked = "" if picked == ids.EVERYTHING else picked
    opened = HomeOpened(
        workspace=payload["team"]["id"],
        person=payload["user"]["id"],
        rule=picked if action["action_id"] == ids.HOME_RULE else rule,
        priority=picked if action["action_id"] == ids.HOME_PRIORITY else priority,
    )
    key = f"{opened.workspace}:{opened.person}:{action['action_id']}:{action['action_ts']}"
    return _accepted(key, opened)


def _shortcut(payload: Payload, message: Payload) -> Accepted | None:
    if payload.get("callback_id") != ids.SHOW_IDS:
        return None
    ts = message["ts"]
    inquired = Inquired(
        workspace=payload["team"]["id"],
        channel=payload["channel"]["id"],
        thread=message.get("thread_ts") or ts,
        message=ts,
        person=payload["user"]["id"],
        aloud=False,
    )
    return _accepted(f"{inquired.workspace}:{ts}:{inquired.person}:{ids.SHOW_IDS}:{payload['action_ts']}", inquired)


def _press(payload: Payload, action: Payload, now: float) -> Accepted | None:
    pressed = _button(action)
    if pressed is None:
        return None
    button, subject = pressed
    container = payload["container"]
    user = payload["user"]
    channel = container["channel_id"]
    given = Pressed(
        workspace=payload["team"]["id"],
        channel=channel,
        thread=container.get("thread_ts") or container["message_ts"],
        message=container["message_ts"],
        person=user["id"],
        button=button,
        subject=subject,
        trigger=payload.get("trigger_id") or "",
        at=now,
        direct=channel.startswith("D"),
        external=_foreign(payload),
    )
    key = f"{given.workspace}:{given.message}:{given.person}:{action['action_id']}:{action['action_ts']}"
    return _accepted(key, given)


def _button(action: Payload) -> tuple[Button, str] | None:
    if action["action_id"] == ids.ANSWER_FEEDBACK:
        return ids.read_thumb(action["value"])
    button = ids.ACTIONS.get(action["action_id"])
    return None if button is None else (button, str(action.get("value") or ""))


def _foreign(payload: Payload) -> bool:
    team = payload["user"].get("team_id")
    return team not in (None, payload["team"]["id"]) and not payload.get("enterprise")


def _form(payload: Payload, view: Payload) -> Accepted | None:
    if view.get("callback_id") != ids.REASON_FORM:
        return None
    given = ReasonGiven(
        workspace=payload["team"]["id"],
        person=payload["user"]["id"],
        subject=view["private_metadata"],
        text=view["state"]["values"][ids.REASON_BLOCK][ids.REASON_INPUT].get("value") or "",
    )
    return _accepted(f"{given.workspace}:view:{view['id']}:{view.get('hash', '')}", given)
