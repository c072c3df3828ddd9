"""Turns Slack's payloads into inbox entries. No payload passes beyond this module.

Payload shapes: docs.slack.dev/reference/events, docs.slack.dev/reference/interaction-payloads.
"""

from __future__ import annotations

import hashlib
import logging
import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, TypeVar

from bot.helpdesk.inbox.entries import inbox_entry, storable_id, storable_text
from bot.helpdesk.inbox.lookups import ids_in
from bot.helpdesk.model.article import ArticleTransition
from bot.helpdesk.model.chat import Address
from bot.helpdesk.model.events import (
    ArticleWritten,
    Button,
    CalledInGroup,
    Control,
    FileDeleted,
    HomeOpened,
    InboxEntry,
    LookupRequested,
    MessageDeleted,
    MessageEdited,
    MessageMarked,
    MessageReceived,
    Pressed,
    ReasonGiven,
    ResolutionGiven,
    SearchOpened,
    StopPressed,
)
from bot.helpdesk.model.handoff import Outcome, Transition
from bot.helpdesk.model.home import LONGEST_SEARCH, Filter
from bot.json_reading import dicts, mapping, string
from bot.slack import ids
from bot.slack.errors import SYSTEM
from bot.slack.ids import identifier_of, read_identifier
from bot.slack.received import (
    Authorship,
    ReceivedContent,
    authorship,
    is_person,
    is_unknown,
    message_content,
)
from bot.slack.views.article import join_answer

log = logging.getLogger(__name__)

Payload = Mapping[str, Any]
_Written = TypeVar("_Written", MessageReceived, MessageEdited)

# Exceptions from reading a payload of an undocumented shape.
_UNDOCUMENTED = (KeyError, TypeError, AttributeError, ValueError, IndexError)

# Subtypes of messages that tell of another message.
_CHANGES = ("message_changed", "message_deleted")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Origin:
    """Knowledge of a payload about a person: of another company, or only the directory can tell who they are."""

    external: bool
    unverified: bool


class Inbound:
    """Reads payloads. `bot_user` is the bot's own user; `channels` are those with handoff threads.

    `company` holds the ids of our own workspace and organization.
    """

    def __init__(self, *, bot_user: str, channels: frozenset[str], company: frozenset[str] = frozenset()) -> None:
        self._company = company
        self._bot_user = bot_user
        self._channels = channels
        self._our_name = re.compile(rf"<@{re.escape(bot_user)}(?:\|[^<>]*)?>")
        self._our_id = re.compile(rf"@{re.escape(bot_user)}(?!\w)")

    def add_channels(self, channels: frozenset[str]) -> None:
        """Reads these channels, too: a changed policy names them. Open handoffs keep those of before."""
        self._channels |= channels

    def read(self, payload: Payload, now: float) -> tuple[InboxEntry, ...]:
        """Returns the inbox entries of a payload, none if it asks nothing of the desk. Never raises for a dict."""
        try:
            entry = self._read(payload, now)
        except _UNDOCUMENTED as error:
            # An undocumented shape does not tell who wrote it, or where. It is acknowledged and ignored.
            log.warning("payload_not_understood", extra={"error": type(error).__name__})
            return ()
        return () if entry is None else (entry,)

    def _read(self, payload: Payload, now: float) -> InboxEntry | None:
        match payload.get("type"):
            case "event_callback":
                return self._event(payload, payload["event"])
            case "block_actions" if payload["container"].get("type") == "view":
                return self._on_home(payload, payload["view"], payload["actions"][0], now)
            case "block_actions" if self._is_person(payload["user"]["id"]):
                return _press(payload, payload["actions"][0], now)
            case "message_action" if self._is_person(payload["user"]["id"]):
                return _shortcut(payload, payload["message"])
            case "view_submission" if self._is_person(payload["user"]["id"]):
                return _form(payload, payload["view"], now)
        return None

    def _on_home(self, payload: Payload, view: Payload, action: Payload, now: float) -> InboxEntry | None:
        if view.get("callback_id") != ids.HOME or not self._is_person(payload["user"]["id"]):
            return None
        if action["action_id"] in ids.HOME_BUTTONS:
            return _home_press(payload, view, action, now)
        if action["action_id"] == ids.HOME_SEARCH:
            return _search(payload, view, action, now)
        return _filter(payload, view, action)

    def is_noise(self, payload: Payload) -> bool:
        """Returns whether a payload is a new message of the bot's own, or of somebody whose messages are not read.

        They are half of all events, since Slack sends the bot's answers back to it.
        """
        try:
            event = payload["event"]
            is_new = event["type"] == "message" and event.get("subtype") not in _CHANGES
            return is_new and authorship(event, self._bot_user) is Authorship.NOBODY
        except _UNDOCUMENTED:
            return False

    def listing(self, payload: Payload) -> InboxEntry | None:
        """Returns an edit that only lists the files of a message; None if it is not a person's.

        For messages read from a history, which does not tell that a file was removed.
        """
        try:
            return self._listing(payload, payload["event"])
        except _UNDOCUMENTED:
            return None

    def _event(self, payload: Payload, event: Payload) -> InboxEntry | None:
        match event.get("type"):
            case "agent_session_stopped":
                return _stop(payload, event)
            case "app_home_opened":
                return _home(payload, event) if event.get("tab") == "home" else None
            case "reaction_added":
                return self._mark(payload, event)
            case "file_deleted":
                # Slack names neither the person nor the conversations.
                deleted = FileDeleted(workspace=payload["team_id"], surface=SYSTEM, file=event["file_id"])
                return inbox_entry(f"file:{event['file_id']}:deleted", deleted)
            case "message" | "app_mention" if _direct(event) or event.get("channel") in self._channels:
                return self._message(payload, event)
            case "message" if event.get("channel_type") == "mpim" and event.get("subtype") not in _CHANGES:
                return self._called_in_group(payload, event)
        return None

    def _called_in_group(self, payload: Payload, event: Payload) -> InboxEntry | None:
        """Reads a message that mentions the bot in a group message, without its words."""
        author = authorship(event, self._bot_user)
        if author is Authorship.NOBODY or not self._mentions_us(event, _content(event, event)):
            return None
        origin = self._origin(payload, event, author)
        called = CalledInGroup(
            workspace=payload["team_id"],
            address=_address(event["channel"], event),
            person=event["user"],
            external=origin.external,
            unverified=origin.unverified,
        )
        return inbox_entry(_event_key(event, event["ts"], ""), called)

    def _mark(self, payload: Payload, event: Payload) -> InboxEntry | None:
        """Reads a reaction. Its event names no thread (docs.slack.dev/reference/events/reaction_added)."""
        item = event["item"]
        is_mark = event["reaction"] == ids.MARK and item["type"] == "message" and item["channel"] in self._channels
        if not is_mark or not self._is_person(event["user"]):
            return None
        marked = MessageMarked(
            workspace=payload["team_id"], address=_place(item["channel"], item["ts"], item["ts"]), person=event["user"]
        )
        return inbox_entry(f"{item['channel']}:{item['ts']}:{ids.MARK}:{event['user']}", marked)

    def _message(self, payload: Payload, event: Payload) -> InboxEntry | None:
        """Reads a direct message, or one in a handoff channel."""
        match event["type"], event.get("subtype"):
            case "message", "message_changed":
                return self._edited(payload, event)
            case "message", "message_deleted":
                return self._deleted(payload, event)
        author = authorship(event, self._bot_user)
        # Most messages in a handoff channel are our own. Their content is not read.
        if author is Authorship.NOBODY:
            return None
        if event["type"] == "app_mention":
            return self._mention(payload, event, author)
        content = _content(event, event)
        if not _direct(event) and self._mentions_us(event, content):
            return self._mention(payload, event, author)
        return self._received(payload, event, author, content)

    def _is_person(self, user: Any) -> bool:
        return is_person(user, self._bot_user)

    def _mentions_us(self, event: Payload, content: ReceivedContent) -> bool:
        """Tells whether a message mentions the bot. A forwarded mention does not count."""
        named = self._our_name.search(string(event.get("text"))) is not None
        return named or self._our_id.search(content.own) is not None

    def _mention(self, payload: Payload, event: Payload, author: Authorship) -> InboxEntry | None:
        """Reads a mention. Slack sends it as a message too, with the same key: the first one counts."""
        origin = self._origin(payload, event, author)
        inquired = LookupRequested(
            workspace=payload["team_id"],
            address=_address(event["channel"], event),
            person=event["user"],
            identifiers=tuple(map(read_identifier, ids_in(storable_text(self._without_our_name(event))))),
            sent_at=_time_of(event["ts"]),
            public=True,
            external=origin.external,
            unverified=origin.unverified,
        )
        return inbox_entry(_event_key(event, event["ts"], ""), inquired)

    def _without_our_name(self, event: Payload) -> str:
        """Returns the words of a mention. Blocks hold the bot's id, the text may hold its name as well."""
        renamed = self._our_name.sub(f"<@{self._bot_user}>", string(event.get("text")))
        return self._our_id.sub(" ", message_content({**event, "text": renamed}).words)

    def _received(
        self, payload: Payload, event: Payload, author: Authorship, content: ReceivedContent
    ) -> InboxEntry | None:
        received = self._written(MessageReceived, payload, event, event, author, content, wordless=content.wordless)
        if received.address.is_root and not received.direct:
            return None
        if is_unknown(event) and not (content.words or content.files):
            return None
        key = _event_key(event, event["ts"], "")
        dedup_key = string(event.get("client_msg_id"))
        return inbox_entry(key, received, dedup_key=f"{payload['team_id']}:{dedup_key}" if dedup_key else None)

    def _edited(self, payload: Payload, event: Payload) -> InboxEntry | None:
        message = event["message"]
        if message.get("subtype") == "tombstone":
            # This is how Slack reports that the first message of a thread was deleted.
            return self._deleted(payload, {**event, "deleted_ts": message["ts"]})
        author = authorship(message, self._bot_user)
        if author is Authorship.NOBODY:
            return None
        previous = mapping(event.get("previous_message"))
        message = _without_previews(message, previous)
        now, before = _content(event, message), _content(event, previous) if previous else None
        # Slack itself changes messages too: it adds a preview of a link, or a mark of its own.
        is_reworded = before is None or now.has_other_words(before)
        if not is_reworded and (before is None or not now.has_other_files(before)):
            return None
        was_wordless = is_reworded and before is not None and before.wordless and not now.wordless
        edited = self._written(
            MessageEdited, payload, event, message, author, now, only_files=not is_reworded, was_wordless=was_wordless
        )
        version = _version(event, message, previous)
        return inbox_entry(_event_key(event, message["ts"], f"edited:{version}"), edited)

    def _listing(self, payload: Payload, event: Payload) -> InboxEntry | None:
        author = authorship(event, self._bot_user)
        if author is Authorship.NOBODY:
            return None
        edited = self._written(MessageEdited, payload, event, event, author, _content(event, event), only_files=True)
        listed = hashlib.sha256(" ".join(sorted(file.id for file in edited.attached)).encode()).hexdigest()
        key = _event_key(event, event["ts"], f"files:{listed[:16]}")
        return inbox_entry(key, edited)

    def _deleted(self, payload: Payload, event: Payload) -> InboxEntry | None:
        before = mapping(event.get("previous_message"))
        ours = before.get("user") == self._bot_user and not _direct(event)
        if before and not ours and authorship(before, self._bot_user) is Authorship.NOBODY:
            return None
        if ours and before.get("thread_ts") not in (None, event["deleted_ts"]):
            # Handoffs depend on their cards only, which are outside of threads.
            return None
        deleted = MessageDeleted(
            workspace=payload["team_id"],
            address=_place(event["channel"], string(before.get("thread_ts")), event["deleted_ts"]),
            direct=_direct(event),
            ours=ours,
        )
        return inbox_entry(_event_key(event, event["deleted_ts"], "deleted"), deleted)

    def _written(
        self,
        kind: type[_Written],
        payload: Payload,
        event: Payload,
        message: Payload,
        author: Authorship,
        content: ReceivedContent,
        **marks: bool,
    ) -> _Written:
        """Builds the event of a message, new or edited; `marks` are the fields that only one of them has."""
        origin = self._origin(payload, message, author)
        return kind(
            workspace=payload["team_id"],
            address=_address(event["channel"], message),
            author=message["user"],
            text=content.words,
            attached=content.files,
            sent_at=_time_of(message["ts"]),
            direct=_direct(event),
            external=origin.external,
            unverified=origin.unverified,
            **marks,
        )

    def _origin(self, payload: Payload, message: Payload, author: Authorship) -> _Origin:
        """Tells where the author of a message belongs.

        In a conversation of Slack Connect the payload names the workspace of another company; elsewhere the one that it
        names may also be of our organization.
        """
        team = message.get("user_team") or message.get("team")
        is_elsewhere = team not in (None, payload["team_id"])
        external = is_elsewhere and bool(payload.get("is_ext_shared_channel")) and team not in self._company
        doubtful = author is Authorship.UNVERIFIED or (is_elsewhere and not external)
        return _Origin(external=external, unverified=doubtful)


def _address(channel: Any, message: Payload) -> Address:
    """Returns the address of a message. One outside of threads is the root of its own."""
    return _place(channel, string(message.get("thread_ts")) or message["ts"], message["ts"])


def _place(channel: Any, thread: Any, ts: Any) -> Address:
    return Address(surface=SYSTEM, channel=storable_id(channel), thread=storable_id(thread), message=storable_id(ts))


def _time_of(ts: str) -> float:
    """Returns the time in one of Slack's timestamps. Raises ValueError for anything else."""
    seconds = float(ts)
    if not math.isfinite(seconds):
        raise ValueError
    return seconds


def _direct(event: Payload) -> bool:
    return event.get("channel_type") == "im"


def _content(event: Payload, message: Payload) -> ReceivedContent:
    """Reads the content of a message. Links of agents become links again for the employee."""
    return message_content(message, linked=not _direct(event))


def _without_previews(message: Payload, previous: Payload) -> Payload:
    """Removes attachments that were added without an edit: previews of any kind."""
    if not previous or _edited_at(message) != _edited_at(previous):
        return message
    known = [one.get("id", one) for one in dicts(previous.get("attachments"))]
    kept = [one for one in dicts(message.get("attachments")) if one.get("id", one) in known]
    return {**message, "attachments": kept}


def _edited_at(message: Payload) -> str:
    return string(mapping(message.get("edited")).get("ts"))


def _version(event: Payload, message: Payload, previous: Payload) -> str:
    """Returns the time of the author's edit, which histories have too; for any other change that of the event."""
    edited = _edited_at(message)
    is_new = edited != _edited_at(previous)
    return edited if edited and is_new else str(event["ts"])


def _event_key(event: Payload, ts: str, what: str) -> str:
    # Without the app, which a history does not name: a message read from it must get the key of its event. And without
    # the workspace: channel and timestamp identify a message, whichever workspace it is delivered for.
    return f"{event['channel']}:{ts}:{what}"


def _stop(payload: Payload, event: Payload) -> InboxEntry:
    stopped = StopPressed(
        workspace=payload["team_id"],
        thread=_place(event["channel"], event["thread_ts"], event["thread_ts"]).in_thread,
        person=event["user"],
    )
    key = f"{payload['team_id']}:{event['channel']}:{event['thread_ts']}:stop:{event['event_ts']}"
    return inbox_entry(key, stopped)


def _home(payload: Payload, event: Payload) -> InboxEntry:
    """Reads the opening of the Home tab. The event holds its last view, and so the filter of the queue."""
    chosen = _filter_of(event.get("view") or {})
    opened = HomeOpened(workspace=payload["team_id"], surface=SYSTEM, person=event["user"], filter=chosen)
    return inbox_entry(f"{payload['team_id']}:{event['user']}:home:{event['event_ts']}", opened)


def _filter(payload: Payload, view: Payload, action: Payload) -> InboxEntry | None:
    """Reads a choice in a filter menu of the Home tab, or the end of a search."""
    chosen = ids.HOME_MENUS.get(action["action_id"])
    if chosen is not None:
        picked = storable_id(action["selected_option"]["value"])
        filter = replace(_filter_of(view), **{chosen: "" if picked == ids.EVERYTHING else picked})
    elif action["action_id"] == ids.HOME_CLEAR_SEARCH:
        filter = _filter_of(view).without_search()
    else:
        return None
    opened = _home_with(payload, filter)
    key = f"{opened.workspace}:{opened.person}:{action['action_id']}:{action['action_ts']}"
    return inbox_entry(key, opened)


def _home_with(payload: Payload, filter: Filter) -> HomeOpened:
    origin = _origin_of_user(payload)
    return HomeOpened(
        workspace=payload["team"]["id"],
        surface=SYSTEM,
        person=payload["user"]["id"],
        filter=filter,
        external=origin.external,
        unverified=origin.unverified,
    )


def _filter_of(view: Payload) -> Filter:
    """Returns the filter that a view of the Home tab was published with. Whatever is in it can be stored."""
    chosen = ids.read_filter(view.get("private_metadata") or "")
    return Filter(**{name: storable_id(value) for name, value in asdict(chosen).items()})


def _search(payload: Payload, view: Payload, action: Payload, now: float) -> InboxEntry:
    origin = _origin_of_user(payload)
    opened = SearchOpened(
        workspace=payload["team"]["id"],
        surface=SYSTEM,
        person=payload["user"]["id"],
        trigger=payload.get("trigger_id") or "",
        at=now,
        filter=_filter_of(view),
        external=origin.external,
        unverified=origin.unverified,
    )
    return inbox_entry(f"{opened.workspace}:{opened.person}:{action['action_id']}:{action['action_ts']}", opened)


def _home_press(payload: Payload, view: Payload, action: Payload, now: float) -> InboxEntry | None:
    """Reads a press of a button below a request, as if it was made in the request's thread."""
    subject, channel, thread = ids.read_assignment(action["value"])
    origin = _origin_of_user(payload)
    pressed = Pressed(
        workspace=payload["team"]["id"],
        address=_place(channel, thread, thread),
        person=payload["user"]["id"],
        button=ids.ACTIONS[action["action_id"]],
        subject=storable_id(subject),
        trigger=payload.get("trigger_id") or "",
        at=now,
        direct=channel.startswith("D"),
        external=origin.external,
        unverified=origin.unverified,
        pressed_at=_time_of(action["action_ts"]),
        home=_filter_of(view),
    )
    key = f"{pressed.workspace}:{pressed.person}:{action['action_id']}:{action['action_ts']}"
    return inbox_entry(key, pressed)


def _shortcut(payload: Payload, message: Payload) -> InboxEntry | None:
    if payload.get("callback_id") != ids.SHOW_IDS:
        return None
    return _lookup(payload, _address(payload["channel"]["id"], message), payload["action_ts"])


def _lookup(payload: Payload, address: Address, action_ts: Any) -> InboxEntry:
    """Builds the request to see the ids of a message, made by a shortcut or on a card."""
    origin = _origin_of_user(payload)
    inquired = LookupRequested(
        workspace=payload["team"]["id"],
        address=address,
        person=payload["user"]["id"],
        identifiers=tuple(
            identifier_of(address.channel, ts) for ts in dict.fromkeys((address.message, address.thread))
        ),
        sent_at=_time_of(address.message),
        public=False,
        external=origin.external,
        unverified=origin.unverified,
    )
    ts = address.message
    return inbox_entry(f"{inquired.workspace}:{ts}:{inquired.person}:{ids.SHOW_IDS}:{action_ts}", inquired)


def _press(payload: Payload, action: Payload, now: float) -> InboxEntry | None:
    action = _unpacked(action)
    container = payload["container"]
    user = payload["user"]
    channel = container["channel_id"]
    address = _place(channel, string(container.get("thread_ts")) or container["message_ts"], container["message_ts"])
    if action["action_id"] == ids.SHOW_IDS:
        return _lookup(payload, address, action["action_ts"])
    pressed = _control(action)
    if pressed is None:
        return None
    control, subject = pressed
    edition = None
    if isinstance(control, ArticleTransition) or control in (Button.SHOW_ARTICLE, *ids.GAP_BUTTONS):
        subject, edition = ids.read_edition(subject)
    origin = _origin_of_user(payload)
    given = Pressed(
        workspace=payload["team"]["id"],
        address=address,
        person=user["id"],
        button=control,
        subject=subject,
        trigger=payload.get("trigger_id") or "",
        at=now,
        direct=channel.startswith("D"),
        external=origin.external,
        unverified=origin.unverified,
        pressed_at=_time_of(action["action_ts"]),
        edition=edition,
        private=payload.get("response_url") if container.get("is_ephemeral") else None,
    )
    key = f"{given.workspace}:{given.address.message}:{given.person}:{action['action_id']}:{action['action_ts']}"
    return inbox_entry(key, given)


def _unpacked(action: Payload) -> Payload:
    """Returns the action that a chosen entry of an overflow menu stands for; any other action as it is."""
    if action["action_id"] not in ids.MENUS:
        return action
    action_id, value = ids.read_menu_value(action["selected_option"]["value"])
    return {**action, "action_id": action_id, "value": value}


def _control(action: Payload) -> tuple[Control, str] | None:
    if action["action_id"] == ids.ANSWER_FEEDBACK:
        return ids.read_thumb(action["value"])
    control = ids.ACTIONS.get(action["action_id"])
    return None if control is None else (control, str(action.get("value") or ""))


def _origin_of_user(payload: Payload) -> _Origin:
    """Tells where the user of an interaction belongs. In an organization their workspace may be another one of it."""
    team = payload["user"].get("team_id")
    is_elsewhere = team not in (None, payload["team"]["id"])
    in_organization = bool(payload.get("enterprise"))
    return _Origin(external=is_elsewhere and not in_organization, unverified=is_elsewhere and in_organization)


def _form(payload: Payload, view: Payload, now: float) -> InboxEntry | None:
    given = _filled_in(payload, view, now)
    if given is None:
        return None
    return inbox_entry(f"{given.workspace}:view:{view['id']}:{view.get('hash', '')}", given)


def _filled_in(
    payload: Payload, view: Payload, now: float
) -> ReasonGiven | ResolutionGiven | ArticleWritten | Pressed | HomeOpened | None:
    match view.get("callback_id"):
        case ids.ASSIGNEE_FORM:
            return _assigned(payload, view, now)
        case ids.DRAFT_FORM:
            return _edited(payload, view, now)
        case ids.SEARCH_FORM:
            return _searched(payload, view)
    origin = _origin_of_user(payload)
    common: dict[str, Any] = {
        "workspace": payload["team"]["id"],
        "surface": SYSTEM,
        "person": payload["user"]["id"],
        "subject": view["private_metadata"],
        "external": origin.external,
        "unverified": origin.unverified,
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
                as_reference=bool(_filled(view, ids.REFERENCE_BLOCK).get("selected_options")),
            )
        case ids.ARTICLE_FORM:
            article_id, edition, cuts = ids.read_article_edition(view["private_metadata"])
            return ArticleWritten(
                **{**common, "subject": article_id},
                title=_words(view, ids.ARTICLE_TITLE),
                question=_words(view, ids.ARTICLE_QUESTION),
                text=join_answer([_words(view, ids.article_answer(number)) for number in range(len(cuts) + 1)], cuts),
                category=_words(view, ids.ARTICLE_CATEGORY),
                edition=edition,
            )
    return None


def _searched(payload: Payload, view: Payload) -> HomeOpened:
    """Reads the form of a search, in which everything may be empty."""
    words = " ".join(_words(view, ids.SEARCH_BLOCK).split())[:LONGEST_SEARCH]
    employee = _filled(view, ids.EMPLOYEE_BLOCK).get("selected_user") or ""
    return _home_with(payload, replace(_filter_of(view), words=storable_id(words), employee=storable_id(employee)))


def _assigned(payload: Payload, view: Payload, now: float) -> Pressed:
    """Reads the choice of an assignee as if it was made on the card."""
    subject, channel, message = ids.read_assignment(view["private_metadata"])
    field = _filled(view, ids.ASSIGNEE_BLOCK)
    pressed = _pressed_in_form(payload, now, Transition.ASSIGN, subject, _place(channel, message, message))
    return replace(
        pressed,
        chosen=storable_id(field["selected_user"] if "selected_user" in field else field["selected_option"]["value"]),
    )


def _edited(payload: Payload, view: Payload, now: float) -> Pressed:
    """Reads the form with a draft as if its text was written on the draft. A form without a text is a mistake."""
    subject, channel, thread, message = ids.read_place_of_draft(view["private_metadata"])
    pressed = _pressed_in_form(payload, now, Button.EDIT_DRAFT, subject, _place(channel, thread, message))
    return replace(pressed, text=_words(view, ids.DRAFT_BLOCK) or " ")


def _pressed_in_form(payload: Payload, now: float, control: Control, subject: str, address: Address) -> Pressed:
    origin = _origin_of_user(payload)
    return Pressed(
        workspace=payload["team"]["id"],
        address=address,
        person=payload["user"]["id"],
        button=control,
        subject=subject,
        trigger=payload.get("trigger_id") or "",
        at=now,
        direct=address.channel.startswith("D"),
        external=origin.external,
        unverified=origin.unverified,
        pressed_at=now,
    )


def _filled(view: Payload, block: str) -> Payload:
    """Returns the state of the only field of a block."""
    (field,) = view["state"]["values"][block].values()
    filled: Payload = field
    return filled


def _words(view: Payload, block: str) -> str:
    return str(_filled(view, block).get("value") or "")
