"""Turns activities of Teams into inbox entries and contacts. No activity passes beyond this package.

Shapes: learn.microsoft.com/microsoftteams/platform/bots/how-to/conversations. Clients differ from each other and from
the documentation, so every shape that was seen is read.
"""

from __future__ import annotations

import enum
import hashlib
import logging
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bot.helpdesk.inbox.lookups import ids_in
from bot.helpdesk.messages import Catalog, Message, labels
from bot.helpdesk.model.chat import ChannelAddress
from bot.helpdesk.model.events import (
    AppInstalled,
    Button,
    CalledInGroup,
    FromPeople,
    HomeOpened,
    InboxEntry,
    LookupRequested,
    MessageDeleted,
    MessageEdited,
    MessageMarked,
    MessageReceived,
    TopicStarted,
)
from bot.helpdesk.model.home import Filter
from bot.json_reading import dicts, mapping, string
from bot.teams.errors import SYSTEM
from bot.teams.ids import read_identifier
from bot.teams.presses import given_on_card, pressed_on, rated
from bot.teams.received.activity import ReceivedActivity, contact_in, read_activity
from bot.teams.received.contact import Contact, PlaceKind
from bot.teams.received.content import WrittenMessage, written_message

log = logging.getLogger(__name__)

Json = Mapping[str, Any]

# Exceptions from reading an activity of an undocumented shape.
_UNDOCUMENTED = (KeyError, TypeError, AttributeError, ValueError, IndexError, OverflowError)

NEW_TOPIC_COMMANDS = frozenset({"new", "/new"})
"""Words that begin a new topic, alone in a personal chat."""

HOME_COMMANDS = frozenset({"home", "help", "/home", "/help"})
"""Words that show the home, alone in a personal chat."""

SUGGESTED: Mapping[Button, Message] = {
    Button.PERSON: labels.TALK_TO_A_PERSON,
    Button.ACCEPT_OFFER: labels.ASK_A_COLLEAGUE,
}
"""The suggested actions. Whoever chooses one writes its label."""

_LONGEST_LABEL = 80
# The reaction by which an agent marks a message as the beginning of an article: a brain.
_MARK = re.compile(r"1f9e0(_\w*)?|brain|\U0001f9e0", re.IGNORECASE)
_CARD_ACTION = "adaptiveCard/action"
_FEEDBACK = "message/submitAction"
_FEEDBACK_FORM = "message/fetchTask"


class Invoke(enum.Enum):
    """The kinds of activities that are answered with a body: a press on a card, a verdict, or anything else."""

    CARD_ACTION = enum.auto()
    FEEDBACK = enum.auto()
    OTHER = enum.auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """The content of an activity. `invoke` None: it is answered without a body.

    `understood` False: its kind or its shape is not known here, so it is acknowledged and ignored.
    """

    entries: tuple[InboxEntry, ...] = ()
    contact: Contact | None = None
    invoke: Invoke | None = None
    understood: bool = True


class Inbound:
    """Reads activities. `bot_id` is the id of the bot's app; `channels` are those with handoff threads.

    `catalog` has the labels of the suggested actions.
    """

    def __init__(self, *, bot_id: str, channels: frozenset[str], catalog: Catalog | None = None) -> None:
        self._ours = frozenset({bot_id, f"28:{bot_id.removeprefix('28:')}"})
        self._channels = channels
        self._catalog = catalog or Catalog()

    def add_channels(self, channels: frozenset[str]) -> None:
        """Reads these channels, too: a changed policy names them. Open handoffs keep those of before."""
        self._channels |= channels

    def read(self, activity: Json, now: float) -> Received:
        """Returns the content of an authentic activity. Never raises for a JSON object."""
        invoke = _invoke_of(activity)
        contact = None
        try:
            it = read_activity(activity, now)
            contact = contact_in(it)
            entries = self._entries(it)
        except _UNDOCUMENTED as error:
            # An undocumented shape does not tell what was meant.
            log.warning("activity_not_understood", extra={"error": type(error).__name__})
            return Received(contact=contact, invoke=invoke, understood=False)
        if entries is None:
            return Received(contact=contact, invoke=invoke, understood=False)
        return Received(entries=tuple(entries), contact=contact, invoke=invoke)

    def _entries(self, it: ReceivedActivity) -> list[InboxEntry] | None:
        """Returns the entries of an activity; None if its kind is not known."""
        match it.body.get("type"):
            case "message":
                return list(self._message(it))
            case "messageUpdate":
                return list(self._edited(it))
            case "messageDelete":
                return list(self._deleted(it))
            case "messageReaction":
                return list(self._marked(it))
            case "installationUpdate":
                return list(_installed(it))
            case "invoke":
                return _invoked(it)
            case "conversationUpdate" | "typing" | "endOfConversation":
                return []
        return None

    def _is_read(self, it: ReceivedActivity) -> bool:
        """Returns whether messages of this place are read: personal ones, and those in handoff channels."""
        return it.direct or (it.kind is PlaceKind.CHANNEL and it.channel in self._channels)

    def _message(self, it: ReceivedActivity) -> Iterator[InboxEntry]:
        if not it.by_person or not it.person:
            return
        if it.kind is PlaceKind.GROUP:
            yield from self._called_in_group(it)
        elif self._is_read(it):
            yield from self._said(it)

    def _called_in_group(self, it: ReceivedActivity) -> Iterator[InboxEntry]:
        """Reads a message that mentions the bot in a group chat, without its words."""
        if written_message(it.body, self._our_ids(it), linked=True).mentions_us:
            yield it.entry(
                CalledInGroup(workspace=it.tenant, address=it.address, person=it.person, external=it.external)
            )

    def _said(self, it: ReceivedActivity) -> Iterator[InboxEntry]:
        written = written_message(it.body, self._our_ids(it), linked=not it.direct)
        if it.direct:
            yield it.entry(self._personal(it, written))
        elif written.mentions_us and (it.address.is_root or _is_lookup(written.words)):
            yield it.entry(_lookup(it, written))
        elif not it.address.is_root:
            yield it.entry(_received(it, written))

    def _our_ids(self, it: ReceivedActivity) -> frozenset[str]:
        return self._ours | {string(mapping(it.body.get("recipient")).get("id"))} - {""}

    def _personal(self, it: ReceivedActivity, written: WrittenMessage) -> FromPeople:
        """Reads a personal message: a command, a suggested action, or words."""
        said = written.words
        if written.files or not said or len(said) > _LONGEST_LABEL:
            return _received(it, written)
        if said.lower() in NEW_TOPIC_COMMANDS:
            return TopicStarted(
                workspace=it.tenant, address=it.address, person=it.person, sent_at=it.at, external=it.external
            )
        if said.lower() in HOME_COMMANDS:
            return HomeOpened(
                workspace=it.tenant, surface=SYSTEM, person=it.person, filter=Filter(), external=it.external
            )
        chosen = next((button for button, label in SUGGESTED.items() if self._catalog.is_said(said, label)), None)
        return _received(it, written) if chosen is None else pressed_on(it, it.address, chosen)

    def _edited(self, it: ReceivedActivity) -> Iterator[InboxEntry]:
        """Reads an edit, or the words of a message whose deletion was undone."""
        if not it.by_person or not it.person or not self._is_read(it) or (it.address.is_root and not it.direct):
            return
        written = written_message(it.body, self._our_ids(it), linked=not it.direct)
        change = string(mapping(it.body.get("channelData")).get("eventType"))
        edited = MessageEdited(
            workspace=it.tenant,
            address=it.address,
            author=it.person,
            text=written.words,
            attached=written.files,
            sent_at=it.at,
            direct=it.direct,
            external=it.external,
            restored=change == "undeleteMessage",
        )
        words = hashlib.sha256(written.words.encode("utf-8", "replace")).hexdigest()[:16]
        yield it.entry(edited, part=f"{change}:{string(it.body.get('timestamp'))}:{words}")

    def _deleted(self, it: ReceivedActivity) -> Iterator[InboxEntry]:
        """Reads a deletion. Whose message it was is not told: the root of a thread may have been a card."""
        if self._is_read(it):
            ours = it.address.is_root and not it.direct
            yield it.entry(
                MessageDeleted(workspace=it.tenant, address=it.address, direct=it.direct, ours=ours),
                part=string(it.body.get("timestamp")),
            )

    def _marked(self, it: ReceivedActivity) -> Iterator[InboxEntry]:
        added = (string(one.get("type")) for one in dicts(it.body.get("reactionsAdded")))
        about = it.pressed_on
        if not it.by_person or it.direct or not self._is_read(it) or not about.message:
            return
        if any(map(_MARK.fullmatch, added)):
            yield it.entry(MessageMarked(workspace=it.tenant, address=about, person=it.person), part=about.message)


def _invoke_of(activity: Json) -> Invoke | None:
    if activity.get("type") != "invoke":
        return None
    name = activity.get("name")
    if name == _CARD_ACTION:
        return Invoke.CARD_ACTION
    return Invoke.FEEDBACK if name in (_FEEDBACK, _FEEDBACK_FORM) else Invoke.OTHER


def _received(it: ReceivedActivity, written: WrittenMessage) -> MessageReceived:
    return MessageReceived(
        workspace=it.tenant,
        address=it.address,
        author=it.person,
        text=written.words,
        attached=written.files,
        wordless=written.wordless,
        sent_at=it.at,
        direct=it.direct,
        external=it.external,
    )


def _is_lookup(words: str) -> bool:
    """Returns whether a mention in a thread asks for ids alone. With other words it is a reply."""
    said = words.split()
    return len(ids_in(words)) == len(set(said)) and all(_may_be_id(word) for word in said)


def _may_be_id(word: str) -> bool:
    return any(letter.isdigit() for letter in word) or "://" in word


def _lookup(it: ReceivedActivity, written: WrittenMessage) -> LookupRequested:
    return LookupRequested(
        workspace=it.tenant,
        address=it.address,
        person=it.person,
        identifiers=tuple(map(read_identifier, ids_in(written.words))),
        sent_at=it.at,
        public=True,
        external=it.external,
    )


def _installed(it: ReceivedActivity) -> Iterator[InboxEntry]:
    """Reads that a person was given the app. A new version of it is no occasion to greet them."""
    if it.body.get("action") == "add" and it.direct and it.by_person and it.person:
        place = ChannelAddress(surface=SYSTEM, channel=it.channel)
        yield it.entry(AppInstalled(workspace=it.tenant, place=place, person=it.person, external=it.external))


def _invoked(it: ReceivedActivity) -> list[InboxEntry] | None:
    """Returns the entries of a press; None for an invoke, or a button, that is not known."""
    name, value = it.body.get("name"), mapping(it.body.get("value"))
    if name not in (_CARD_ACTION, _FEEDBACK, _FEEDBACK_FORM):
        return None
    if not it.by_person or not it.person:
        return []
    if name == _CARD_ACTION:
        action = mapping(value.get("action"))
        data = mapping(action.get("data"))
        return list(given_on_card(it, string(action.get("verb")) or string(data.get("verb")), data)) or None
    return (list(rated(it, value)) or None) if name == _FEEDBACK else []
