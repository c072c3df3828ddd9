"""Ids in Slack: those of the desk's buttons, forms and posts, and Slack's own as people write them. Pure."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

from bot.helpdesk import messages
from bot.helpdesk.handoffs.transition_table import TRANSITIONS
from bot.helpdesk.model.article import ArticleTransition
from bot.helpdesk.model.chat import Identifier
from bot.helpdesk.model.conversation import Rating
from bot.helpdesk.model.events import Button, Control
from bot.helpdesk.model.handoff import Score, Transition
from bot.helpdesk.model.home import Filter
from bot.helpdesk.model.relay import DeliveryReceipt
from bot.helpdesk.review.article_transitions import ARTICLE_TRANSITIONS

ANSWER_FEEDBACK = "answer_feedback"
"""Shared by both thumbs; only the value differs."""

GAP_BUTTONS = (
    Button.NEXT_GAP,
    Button.PREVIOUS_GAP,
    Button.WRITE_ARTICLE,
    Button.NOT_A_GAP,
    Button.SNOOZE_GAP,
    Button.TAKE_BACK_GAP,
)
"""The buttons of a queue of gaps. Each carries the queue and the position of the gap shown, as an `edition_value`."""

_OTHER_ACTIONS: Mapping[Control, str] = {
    Rating.GOOD: "handoff_helpful",
    Rating.BAD: "handoff_not_helpful",
    Button.PERSON: "talk_to_person",
    Button.ASK_AGAIN: "home_ask_again",
    Transition.CLOSE_REQUEST: "home_close",
    Button.ACCEPT_OFFER: "ask_a_colleague",
    Button.OPEN_ANOTHER: "open_another",
    Button.WHY: "why_not_helpful",
    Button.CLAIM_AND_SEND: "relay_claim_and_send",
    Button.SEND: "relay_send",
    Button.REOPEN_AND_SEND: "relay_reopen_and_send",
    Button.KEEP_INTERNAL: "relay_keep_internal",
    Button.SHOW_ARTICLE: "article_show",
    **{button: f"gap_{button.value}" for button in GAP_BUTTONS},
    **{score: f"handoff_score_{score}" for score in Score},
    **{one: one.value for one in ArticleTransition},
}
CARD_MENU = "handoff_menu"
TRANSITION_MENU = "handoff_transition_menu"
ANSWER_MENU = "handoff_answer_menu"
MENUS = frozenset({CARD_MENU, TRANSITION_MENU, ANSWER_MENU})
"""The overflow menus of a card. The value of an entry names the action and its subject, see `menu_value`."""

_PRESSABLE = (
    *(transition for transition, row in TRANSITIONS.items() if row.label),
    *(transition for transition, row in ARTICLE_TRANSITIONS.items() if row.label),
    *Button,
    *Rating,
    *Score,
)

ACTION_OF: Mapping[Control, str] = {
    control: _OTHER_ACTIONS.get(control, f"handoff_{control.value}") for control in _PRESSABLE
}
"""The action id of everything that can be pressed."""

ACTIONS: Mapping[str, Control] = {action: control for control, action in ACTION_OF.items()}

REASON_FORM = "answer_reason"
REASON_BLOCK = "reason"
REASON_INPUT = "reason_text"

RESOLUTION_FORM = "handoff_resolution"
RESOLUTION_BLOCK = "resolution"
RESOLUTION_INPUT = "resolution_text"
OUTCOME_BLOCK = "outcome"
OUTCOME_INPUT = "outcome_choice"
REFERENCE_BLOCK = "reference"
REFERENCE_INPUT = "reference_tick"

SEARCH_FORM = "home_search_form"
SEARCH_BLOCK = "search"
SEARCH_INPUT = "search_words"
EMPLOYEE_BLOCK = "employee"
EMPLOYEE_INPUT = "search_employee"

ASSIGNEE_FORM = "handoff_assignee"
ASSIGNEE_BLOCK = "assignee"
ASSIGNEE_INPUT = "assignee_choice"

DRAFT_FORM = "handoff_draft"
DRAFT_BLOCK = "draft"
DRAFT_INPUT = "draft_text"

ARTICLE_FORM = "article_form"
ARTICLE_TITLE = "article_title"
ARTICLE_QUESTION = "article_question"
ARTICLE_CATEGORY = "article_category"
"""Names of fields of the form, and of the blocks in which they stand."""

_ARTICLE_ANSWER = "article_answer_"

MARK = "brain"
"""The reaction by which an agent marks a message as the beginning of an article."""

WORDS_BLOCKS: Mapping[str, str] = {
    REASON_FORM: REASON_BLOCK,
    RESOLUTION_FORM: RESOLUTION_BLOCK,
    DRAFT_FORM: DRAFT_BLOCK,
    ARTICLE_FORM: ARTICLE_TITLE,
}
"""The block of each form that holds the words."""

ORIGINAL_VIEW = "handoff_original"
WHOLE_CARD_VIEW = "handoff_whole_card"
WHOLE_ARTICLE_VIEW = "article_whole"
RECEIPTS: dict[DeliveryReceipt, str] = {
    DeliveryReceipt.CONSULTATION: "speech_balloon",
    DeliveryReceipt.DELAYED: "hourglass_flowing_sand",
    DeliveryReceipt.INTERNAL: "lock",
    DeliveryReceipt.SENT: "incoming_envelope",
    DeliveryReceipt.NOT_SENT: "warning",
}
"""Reactions that show agents the delivery of their message."""
SHOW_IDS = "show_ids"
"""The shortcut on a message."""

HOME = "home"
HOME_BUTTONS = frozenset({ACTION_OF[Button.ASK_AGAIN], ACTION_OF[Transition.CLOSE_REQUEST]})
"""The buttons below an employee's requests. The value of one is an `assignment`."""
HOME_SHOW = "home_show"
HOME_RULE = "home_rule"
HOME_PRIORITY = "home_priority"
HOME_SEARCH = "home_search"
HOME_CLEAR_SEARCH = "home_clear_search"
HOME_MENUS: Mapping[str, str] = {HOME_SHOW: "show", HOME_RULE: "rule", HOME_PRIORITY: "priority"}
"""The field of the filter that each menu chooses."""

EVERYTHING = "*"
"""The option of a filter menu that matches everything."""

DELIVERY_EVENT = "uppzy_desk_delivery"
"""The metadata event type of every post; its payload holds only the delivery id."""

SMALL_DELIVERY_EVENT = "uppzy_desk"
"""A shorter one for posts whose metadata Slack refuses; its payload has the delivery id as `id`."""

_KEY_BLOCK = "delivery:"

_NAMESPACE = uuid.UUID("8f2d3f1e-5a1c-5c57-9a3b-6f0f3f5f2c11")


def thumb_value(rating: Rating, answer_id: str) -> str:
    """Encodes the value of a thumb."""
    return f"{rating.value}:{answer_id}"


def read_thumb(value: str) -> tuple[Rating, str] | None:
    """Returns the verdict and the answer's id, or None for a value that is not ours."""
    rating, _, answer_id = value.partition(":")
    return (Rating(rating), answer_id) if rating in set(Rating) and answer_id else None


def menu_value(action: str, subject: str) -> str:
    """Encodes the value of an entry in an overflow menu: the action id and the value of the button it stands for."""
    return f"{action}:{subject}"


def read_menu_value(value: str) -> tuple[str, str]:
    """Decodes the action id and the value of the button that an entry stands for."""
    action, _, subject = value.partition(":")
    return action, subject


def assignment(subject: str, channel: str, message: str) -> str:
    """Encodes a subject with a message, where Slack names none.

    In the form in which an assignee is chosen, it is the card that it was opened on; on the Home tab, the root of the
    thread that a button is about.
    """
    return f"{channel}:{message}:{subject}"


def read_assignment(text: str) -> tuple[str, str, str]:
    """Decodes the subject, the channel and the message. Raises ValueError for anything else."""
    channel, message, subject = text.split(":", 2)
    return subject, channel, message


def place_of_draft(subject: str, channel: str, thread: str, message: str) -> str:
    """Encodes the answer whose draft a form edits, with the draft's message."""
    return f"{channel}:{thread}:{message}:{subject}"


def read_place_of_draft(text: str) -> tuple[str, str, str, str]:
    """Decodes the answer, the channel, the thread and the message. Raises ValueError for anything else."""
    channel, thread, message, subject = text.split(":", 3)
    return subject, channel, thread, message


def edition_value(article_id: str, edition: int) -> str:
    """Encodes the value of a button on the card of an article, or on a queue of gaps with the position of the gap."""
    return f"{article_id}:{edition}"


def read_edition(value: str) -> tuple[str, int]:
    """Decodes the article and its edition. Raises ValueError for anything else."""
    article_id, edition = value.rsplit(":", 1)
    return article_id, int(edition)


def article_edition(article_id: str, edition: int, cuts: str) -> str:
    """Encodes the edition of an article on which its form is opened, with the cuts of its answer."""
    return f"{article_id}:{edition}:{cuts}"


def read_article_edition(text: str) -> tuple[str, int, str]:
    """Decodes the article, its edition and the cuts. Raises ValueError for anything else."""
    article_id, edition, cuts = text.split(":", 2)
    return article_id, int(edition), cuts


def article_answer(number: int) -> str:
    """Returns the name of one of the fields that hold the answer, counted from 0."""
    return f"{_ARTICLE_ANSWER}{number}"


def filter_text(chosen: Filter) -> str:
    """Encodes the filter of the Home tab's queue for the metadata of its view."""
    return json.dumps(asdict(chosen))


def read_filter(text: str) -> Filter:
    """Decodes the filter, which is empty for another app's view. It grants no access."""
    try:
        kept: Any = json.loads(text or "{}")
    except ValueError:
        return Filter()
    if not isinstance(kept, dict):
        return Filter()
    return Filter(**{field.name: str(kept.get(field.name) or "") for field in fields(Filter)})


def permalink(workspace_url: str, channel: str, ts: str) -> str:
    """Builds the address of a message (docs.slack.dev/reference/methods/chat.getPermalink)."""
    return f"{workspace_url}archives/{channel}/p{ts.replace('.', '')}"


# Keys of posts. A key is kept in the metadata of the message. If Slack refuses that, it is the id of the first block,
# which histories include. It always determines the `client_msg_id`.


def metadata_choices(key: str) -> tuple[dict[str, Any], ...]:
    """Returns the metadata to try one after the other."""
    return (
        {"event_type": DELIVERY_EVENT, "event_payload": {"delivery_id": key}},
        {"event_type": SMALL_DELIVERY_EVENT, "event_payload": {"id": key}},
    )


def client_msg_id(delivery_id: str) -> str:
    """Returns the same id for every attempt at a delivery. Its effect is undocumented, so nothing relies on it."""
    return str(uuid.uuid5(_NAMESPACE, delivery_id))


def key_block(key: str) -> str:
    """Encodes the key of a post as the id of a block."""
    return f"{_KEY_BLOCK}{key}"


def part_key(whole: str, rendering: str, number: int | str = "") -> str:
    """Returns the key of any part of a message but the last one, which has the key of the whole message.

    Without a number it is what the keys of all parts in this rendering begin with.
    """
    return f"{whole}/{rendering}{number}"


def key_of(message: Mapping[str, Any]) -> str | None:
    """Returns the key of a message of a history, None if it carries none."""
    metadata = message.get("metadata") or {}
    payload = metadata.get("event_payload") or {}
    if metadata.get("event_type") == DELIVERY_EVENT:
        return payload.get("delivery_id")
    if metadata.get("event_type") == SMALL_DELIVERY_EVENT:
        return payload.get("id")
    first: dict[str, Any] = next(iter(message.get("blocks") or ()), {})
    block_id = str(first.get("block_id") or "")
    return block_id.removeprefix(_KEY_BLOCK) if block_id.startswith(_KEY_BLOCK) else None


def matching_key(message: Mapping[str, Any], key: str) -> str | None:
    """Returns the key of a message if it is this one or that of a part of it."""
    found = key_of(message)
    if found is None:
        return key if message.get("client_msg_id") == client_msg_id(key) else None
    return found if found == key or found.startswith(part_key(key, "")) else None


# Slack's own ids, as people write them in the settings, in the policy file, and to look something up.

UNDERSTOOD = messages.agents.understood(messages.message("agents-ids-of-slack"))
"""The ids that `read_identifier` understands, as a text for people."""

_CHANNEL = re.compile(r"[CG][A-Z0-9]{2,}")
_USER = re.compile(r"[UW][A-Z0-9]{2,}")
_USER_GROUP = re.compile(r"S[A-Z0-9]{2,}")

_LINK = re.compile(r"/archives/(?P<channel>[A-Z0-9]+)/p(?P<seconds>\d{10})(?P<micros>\d{6})")
_MESSAGE = re.compile(r"(?:(?P<channel>[CDG][A-Z0-9]{2,})[:/ ,]\s*)?(?P<ts>\d{9,11}\.\d{6})")
_MENTION = re.compile(r"<[@#](?P<id>[A-Z0-9]+)(?:\|[^>]*)?>")


def is_user(id: str) -> bool:
    """Returns whether it is the id of a user."""
    return _USER.fullmatch(id) is not None


class SlackIds:
    """The forms of Slack's ids. Each check returns what is wrong with an id and how to fix it, or None."""

    def channel_problem(self, id: str) -> str | None:
        """Checks the id of a channel that people can share: not of a direct message."""
        return None if _CHANNEL.fullmatch(id) else "must be the channel's id, as in C0123ABCD, not its name"

    def group_problem(self, id: str) -> str | None:
        """Checks the id of a user group."""
        return None if _USER_GROUP.fullmatch(id) else "must be the id of a user group, as in S0123ABCD, not its name"

    def are_of(self, id: str) -> bool:
        """Returns whether it is the id of a channel or a person in Slack."""
        return _CHANNEL.fullmatch(id) is not None or is_user(id)


def read_identifier(text: str) -> Identifier:
    """Reads a link, a message's timestamp with or without its channel, a mention, or any other id."""
    id = text.strip().strip("`\"'").removeprefix("#")
    if mention := _MENTION.fullmatch(id):
        return Identifier(text=text, id=mention["id"])
    if link := _LINK.search(id):
        return Identifier(text=text, channel=link["channel"], message=f"{link['seconds']}.{link['micros']}")
    if message := _MESSAGE.fullmatch(id):
        return Identifier(text=text, channel=message["channel"], message=message["ts"])
    return Identifier(text=text, id=id)


def identifier_of(channel: str, ts: str) -> Identifier:
    """Returns the reference to a message, written as `read_identifier` would understand it."""
    return Identifier(text=f"{channel}:{ts}", channel=channel, message=ts)
