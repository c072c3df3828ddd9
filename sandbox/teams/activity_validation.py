"""Activity validation: refuses what Teams would refuse, change or ignore in what the bot sends.

Sources: https://learn.microsoft.com/microsoftteams/platform/bots/how-to/format-your-bot-messages,
https://learn.microsoft.com/microsoftteams/platform/bots/how-to/bot-messages-ai-generated-content and
https://learn.microsoft.com/microsoftteams/platform/bots/how-to/conversations/suggested-actions
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from sandbox.teams.card_validation import card_problems, walk
from sandbox.teams.wire import Json
from sandbox.teams.workspace import CARD

LARGEST = 80 * 1024
SUGGESTIONS = 3
CITATION_NAME = 80
CITATION_ABSTRACT = 160
TEXT_FORMATS = ("markdown", "plain", "xml")
AT = re.compile(r"<at>(?:(?!</?at>).)*</at>", re.DOTALL)
_OTHER_ATTACHMENTS = (
    "application/vnd.microsoft.teams.card.file.consent",
    "application/vnd.microsoft.teams.card.file.info",
    "image/",
)
_MESSAGE = "https://schema.org/Message"


def activity_size(activity: Json) -> int:
    """Returns the bytes of an activity as Teams counts them: its JSON in UTF-16."""
    return len(json.dumps(activity, ensure_ascii=False, separators=(",", ":")).encode("utf-16-le", "surrogatepass"))


def activity_problems(activity: Json, *, in_chat: bool, text_with_attachment: bool = False) -> list[str]:
    """Returns the reasons against an activity, as sentences; empty where it is right.

    `in_chat`: it is sent to a personal chat. `text_with_attachment`: let a text stand beside an attachment.
    """
    if activity.get("type") != "message":
        return [f"an activity of type {activity.get('type')!r} cannot be sent"]
    return [
        *_content(activity, text_with_attachment),
        *_size(activity),
        *_attachments(activity),
        *_mentions(activity),
        *_feedback(activity),
        *_label(activity),
        *_suggestions(activity, in_chat),
    ]


def _content(activity: Json, text_with_attachment: bool) -> Iterator[str]:
    text, attachments = activity.get("text"), activity.get("attachments")
    if text is not None and not isinstance(text, str):
        yield "text must be a text"
    if not text and not attachments:
        yield "a message needs a text or an attachment"
    if text and attachments and not text_with_attachment:
        yield "Teams splits a message with a text and an attachment in two and may return no id: send two messages"
    if activity.get("textFormat", "markdown") not in TEXT_FORMATS:
        yield f"textFormat must be one of: {', '.join(TEXT_FORMATS)}"


def _size(activity: Json) -> Iterator[str]:
    size = activity_size(activity)
    if size > LARGEST:
        yield f"the activity has {size} bytes in UTF-16, and should have {LARGEST} at most"


def _attachments(activity: Json) -> Iterator[str]:
    attachments = activity.get("attachments") or []
    if not isinstance(attachments, list) or not all(isinstance(one, dict) for one in attachments):
        yield "attachments must be a list of objects"
        return
    for index, one in enumerate(attachments):
        kind = str(one.get("contentType"))
        if kind == CARD:
            yield from card_problems(one.get("content"), f"attachments/{index}")
        elif not kind.startswith(_OTHER_ATTACHMENTS):
            yield f"attachments/{index} has the type {kind}, which nothing here shows"


# Mentions


def _mentions(activity: Json) -> Iterator[str]:
    text = activity.get("text")
    yield from _matching(_entities(activity.get("entities")), [text] if isinstance(text, str) else [], "the text")
    for card in _cards(activity):
        texts = [str(one.get("text", "")) for one in walk(card) if one["type"] in ("TextBlock", "TextRun")]
        values = [str(one.get("value", "")) for one in _facts(card)]
        extra = card.get("msteams")
        entities = extra.get("entities") if isinstance(extra, dict) else None
        yield from _matching(_entities(entities), [*texts, *values], "the card")


def _matching(entities: list[Json], texts: list[str], where: str) -> Iterator[str]:
    """Yields mentions without their entity, and entities without their mention."""
    spans = {found for text in texts for found in AT.findall(text)}
    stated = set()
    for entity in entities:
        mentioned = entity.get("mentioned")
        text = str(entity.get("text"))
        stated.add(text)
        if not isinstance(mentioned, dict) or not mentioned.get("id") or not mentioned.get("name"):
            yield f"the mention {text!r} names nobody by id and name"
        if text not in spans:
            yield f"{where} does not have the mention {text!r}"
    for missing in sorted(spans - stated):
        yield f"{where} has {missing!r}, and no entity for it"


def _entities(entities: Any) -> list[Json]:
    found = entities if isinstance(entities, list) else []
    return [one for one in found if isinstance(one, dict) and one.get("type") == "mention"]


def _cards(activity: Json) -> Iterator[Json]:
    for one in activity.get("attachments") or []:
        if isinstance(one, dict) and one.get("contentType") == CARD and isinstance(one.get("content"), dict):
            yield one["content"]


def _facts(card: Json) -> Iterator[Json]:
    for one in walk(card):
        if one["type"] == "FactSet":
            yield from (fact for fact in one.get("facts") or [] if isinstance(fact, dict))


# Thumbs, label, suggestions


def _feedback(activity: Json) -> Iterator[str]:
    data = activity.get("channelData") or {}
    if "feedbackLoop" in data and "feedbackLoopEnabled" in data:
        yield "feedbackLoop and feedbackLoopEnabled must not stand side by side"
    loop = data.get("feedbackLoop", {"type": "default"})
    if not isinstance(loop, dict) or loop.get("type") not in ("default", "custom"):
        yield "feedbackLoop needs the type default or custom"


def _label(activity: Json) -> Iterator[str]:
    entities = [one for one in activity.get("entities") or [] if isinstance(one, dict) and one.get("type") == _MESSAGE]
    if len(entities) > 1:
        yield "there must be one entity of the message at most"
    for entity in entities:
        if entity.get("@type") != "Message":
            yield "the entity of the message needs the @type Message"
        yield from _citations(entity.get("citation") or [], str(activity.get("text") or ""))


def _citations(citations: list[Json], text: str) -> Iterator[str]:
    positions = Counter(one.get("position") for one in citations)
    for one in citations:
        position, appearance = one.get("position"), one.get("appearance") or {}
        if one.get("@type") != "Claim" or appearance.get("@type") != "DigitalDocument":
            yield f"citation {position} needs the @types Claim and DigitalDocument"
        if not isinstance(position, int) or positions[position] > 1:
            yield f"citation {position} needs a position of its own"
        if f"[{position}]" not in text:
            yield f"the text does not have [{position}]"
        for name, longest in (("name", CITATION_NAME), ("abstract", CITATION_ABSTRACT)):
            if not 0 < len(str(appearance.get(name) or "")) <= longest:
                yield f"citation {position} needs a {name} of at most {longest} characters"


def _suggestions(activity: Json, in_chat: bool) -> Iterator[str]:
    suggested = activity.get("suggestedActions")
    if suggested is None:
        return
    actions = suggested.get("actions") if isinstance(suggested, dict) else None
    if not isinstance(actions, list) or not actions:
        yield "suggestedActions needs actions"
        return
    if not in_chat:
        yield "suggested actions are shown in a personal chat only"
    if activity.get("attachments"):
        yield "suggested actions are not shown beside an attachment"
    if len(actions) > SUGGESTIONS:
        yield f"Teams shows {SUGGESTIONS} suggested actions"
    for one in actions:
        if one.get("type") not in ("imBack", "Action.Submit") or not one.get("title") or "value" not in one:
            yield "a suggested action needs the type imBack or Action.Submit, a title and a value"
