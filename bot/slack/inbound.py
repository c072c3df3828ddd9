"""Slack's payloads into the desk's inputs. Slack dicts stop here; what is not for us comes out as None.

Payload shapes: docs.slack.dev/reference/events, docs.slack.dev/reference/interaction-payloads.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, get_type_hints

from bot.helpdesk import wording
from bot.helpdesk.files import SharedFile
from bot.helpdesk.handoff import Outcome
from bot.helpdesk.inputs import (
    KINDS,
    Accepted,
    Button,
    FromPeople,
    HomeOpened,
    Inquired,
    MessageDeleted,
    MessageEdited,
    MessageReceived,
    Pressed,
    ReasonGiven,
    ResolutionGiven,
    StopPressed,
)
from bot.helpdesk.legible import legible
from bot.slack import ids
from bot.slack.text import from_slack, wordless

Payload = Mapping[str, Any]

# What reading a payload raises whose shape Slack has never documented.
_UNDOCUMENTED = (KeyError, TypeError, AttributeError, ValueError, IndexError)

# What a person wrote; everything else that calls itself a message is a notice of Slack's or of another app.
_WRITTEN = {None, "file_share", "thread_broadcast", "me_message"}
# Files kept elsewhere, deleted, or beyond what a free workspace shows: docs.slack.dev/reference/objects/file-object.
_HOLLOW = {"external", "tombstone", "hidden_by_limit"}
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
        except _UNDOCUMENTED:
            # A shape Slack has never documented. Bolt's catch-all acknowledges it; there is nothing in it for us.
            return None

    def _read(self, payload: Payload, now: float) -> Accepted | None:
        match payload.get("type"):
            case "event_callback":
                return self._event(payload, payload["event"])
            case "block_actions" if payload["container"].get("type") == "view":
                return _narrowing(payload, payload["view"], payload["actions"][0])
            case "block_actions" if self._is_person(payload["user"]["id"]):
                return _press(payload, payload["actions"][0], now)
            case "message_action" if self._is_person(payload["user"]["id"]):
                return _shortcut(payload, payload["message"])
            case "view_submission" if self._is_person(payload["user"]["id"]):
                return _form(payload, payload["view"])
        return None

    def faults(self, payload: Payload) -> dict[str, str]:
        """What is wrong with a form that was sent, by the block it stands in; nothing for whatever else comes."""
        try:
            return _faults(payload["view"]) if payload.get("type") == "view_submission" else {}
        except _UNDOCUMENTED:
            return {}

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
        return bool(user) and not message.get("bot_id") and self._is_person(user)

    def _is_person(self, user: Any) -> bool:
        return user not in {*_SYSTEM_USERS, self._bot_user}

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
        return _accepted(_event_key(event, event["ts"], ""), inquired)

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
            text=from_slack(event.get("text") or "", {}, linked=not _direct(event)),
            attached=_files(event),
            wordless=wordless(event.get("text") or ""),
            direct=_direct(event),
            external=_external(payload, event),
        )
        key = _event_key(event, event["ts"], "")
        gesture = event.get("client_msg_id")
        return _accepted(key, received, gesture=f"{payload['team_id']}:{gesture}" if gesture else None)

    def _edited(self, payload: Payload, event: Payload) -> Accepted | None:
        message = event["message"]
        if message.get("subtype") == "tombstone":
            # So Slack says that the root of a thread was deleted.
            return self._deleted(payload, {**event, "deleted_ts": message["ts"]})
        unchanged = message.get("text") == (event.get("previous_message") or {}).get("text")
        if unchanged or not self._by_person(message):
            return None
        edited = MessageEdited(
            workspace=payload["team_id"],
            channel=event["channel"],
            thread=message.get("thread_ts") or message["ts"],
            message=message["ts"],
            author=message["user"],
            text=from_slack(message.get("text") or "", {}, linked=not _direct(event)),
            attached=_files(message),
            direct=_direct(event),
            external=_external(payload, message),
        )
        version = (message.get("edited") or {}).get("ts") or event["ts"]
        return _accepted(_event_key(event, message["ts"], f"edited:{version}"), edited)

    def _deleted(self, payload: Payload, event: Payload) -> Accepted | None:
        before = event.get("previous_message") or {}
        if before and not self._by_person(before):
            return None
        deleted = MessageDeleted(
            workspace=payload["team_id"],
            channel=event["channel"],
            thread=before.get("thread_ts") or "",
            message=event["deleted_ts"],
            direct=_direct(event),
        )
        return _accepted(_event_key(event, event["deleted_ts"], "deleted"), deleted)


def _direct(event: Payload) -> bool:
    return event.get("channel_type") == "im"


def _external(payload: Payload, message: Payload) -> bool:
    """Whether the author belongs to another company's workspace (Slack Connect)."""
    team = message.get("user_team") or message.get("team")
    return bool(payload.get("is_ext_shared_channel")) and team not in (None, payload["team_id"])


def _files(message: Payload) -> tuple[SharedFile, ...]:
    return tuple(_file(file) for file in message.get("files") or ())


def _file(file: Payload) -> SharedFile:
    """Files of other services and of other companies have no address under which our token gets their content."""
    ours = not file.get("is_external") and file.get("mode") not in _HOLLOW
    url = file.get("url_private_download") if ours else None
    link = file.get("permalink")
    return SharedFile(
        id=_text(file.get("id") or ""),
        name=_text(file.get("name") or file.get("title") or file.get("id") or "file"),
        size=int(file.get("size") or 0),
        url=_text(url) if url else None,
        link=_text(link) if link else None,
    )


def _event_key(event: Payload, ts: str, what: str) -> str:
    # Without the app, which a history does not name: a message read back must have the key of its event. And without
    # the workspace: channel and timestamp are a message, whichever workspace it is delivered for.
    return f"{event['channel']}:{ts}:{what}"


def _accepted(key: str, given: FromPeople, *, gesture: str | None = None, channel: str = "") -> Accepted:
    given = _keepable(given)
    # A DM is one employee's, so its inputs keep their order whatever thread they stand in.
    return Accepted(
        key=_id(key),
        gesture=None if gesture is None else _id(gesture),
        lane=f"in:{channel or _channel(given)}",
        given=given,
    )


def _keepable(given: FromPeople) -> FromPeople:
    """The input as a database can keep it. Raises TypeError or ValueError where Slack cannot have sent it."""
    fields = _TEXTS[type(given)]
    kept: dict[str, Any] = {name: (_text if name == "text" else _id)(getattr(given, name)) for name in fields}
    return replace(given, **kept)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return legible(_UNKEEPABLE.sub("", value))


def _id(value: Any) -> str:
    id = _text(value)
    if len(id.encode()) > _LONGEST_ID:
        raise ValueError
    return id


def _channel(given: FromPeople) -> str:
    if isinstance(given, ReasonGiven | ResolutionGiven):
        # Of two agents who resolve one handoff, one is first.
        return given.subject
    if isinstance(given, HomeOpened):
        return given.person
    # A handoff channel is shared by all agents: there each thread keeps its own order.
    direct = getattr(given, "direct", not isinstance(given, Inquired))
    thread = getattr(given, "thread", None)
    return f"{given.channel}:{thread}" if thread and not direct else given.channel


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
        made=action["action_ts"],
        chosen=_id(action["selected_user"]) if "selected_user" in action else None,
        private=payload.get("response_url") if container.get("is_ephemeral") else None,
    )
    key = f"{given.workspace}:{given.message}:{given.person}:{action['action_id']}:{given.made}"
    return _accepted(key, given)


def _button(action: Payload) -> tuple[Button, str] | None:
    if action["action_id"] == ids.ANSWER_FEEDBACK:
        return ids.read_thumb(action["value"])
    button = ids.ACTIONS.get(action["action_id"])
    if button is Button.ASSIGN:
        return button, ids.read_choice_block(action["block_id"])
    return None if button is None else (button, str(action.get("value") or ""))


def _foreign(payload: Payload) -> bool:
    team = payload["user"].get("team_id")
    return team not in (None, payload["team"]["id"]) and not payload.get("enterprise")


def _form(payload: Payload, view: Payload) -> Accepted | None:
    given = _filled_in(payload, view)
    if given is None:
        return None
    return _accepted(f"{given.workspace}:view:{view['id']}:{view.get('hash', '')}", given)


def _filled_in(payload: Payload, view: Payload) -> ReasonGiven | ResolutionGiven | None:
    common: dict[str, Any] = {
        "workspace": payload["team"]["id"],
        "person": payload["user"]["id"],
        "subject": view["private_metadata"],
        "external": _foreign(payload),
    }
    match view.get("callback_id"):
        case ids.REASON_FORM:
            return ReasonGiven(**common, text=_words(view, ids.REASON_BLOCK))
        case ids.RESOLUTION_FORM:
            outcome = _filled(view, ids.OUTCOME_BLOCK)["selected_option"]["value"]
            return ResolutionGiven(
                **common,
                text=_words(view, ids.RESOLUTION_BLOCK),
                outcome=Outcome(outcome),
                as_reference=_ticked(view, ids.REFERENCE_BLOCK),
            )
    return None


def _filled(view: Payload, block: str) -> Payload:
    """What stands in the only field of a block."""
    (field,) = view["state"]["values"][block].values()
    filled: Payload = field
    return filled


def _words(view: Payload, block: str) -> str:
    return str(_filled(view, block).get("value") or "")


def _ticked(view: Payload, block: str) -> bool:
    return bool(_filled(view, block).get("selected_options"))


def _faults(view: Payload) -> dict[str, str]:
    """Slack lets nobody leave a field empty that must be filled, but takes blanks for words."""
    written = {ids.REASON_FORM: ids.REASON_BLOCK, ids.RESOLUTION_FORM: ids.RESOLUTION_BLOCK}.get(view["callback_id"])
    if written is None or _words(view, written).strip():
        return {}
    optional = any(block.get("optional") for block in view["blocks"] if block.get("block_id") == written)
    if not optional:
        return {written: wording.NO_WORDS_IN_FORM}
    return {written: wording.REFERENCE_NEEDS_WORDS} if _ticked(view, ids.REFERENCE_BLOCK) else {}
