"""Activities that the desk posts: a text with its entities, or a card. Never both, which Teams would part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.chat_markdown.splitting import split
from bot.helpdesk.messages import Translator, anyone
from bot.helpdesk.model.conversation import Source
from bot.teams.markdown import LONGEST_TEXT, plain_text, teams_markdown
from bot.teams.views.people import Mention

Json = dict[str, Any]

_CARD = "application/vnd.microsoft.card.adaptive"
_LONGEST_SUMMARY = 200
_LONGEST_TITLE = 80
_MOST_CITATIONS = 20
# Room for the note that something is missing.
_LONGEST_NOTE = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """A message. `text` is Markdown as Teams shows it; a `card` stands in place of it.

    `summary` is for notifications. `suggested` are the labels of actions below the message, in a personal chat only.
    `ai_generated`: Teams labels it so, and lists the `sources`. `rateable`: Teams shows its thumbs.
    """

    text: str = ""
    card: Json | None = None
    summary: str = ""
    mentions: tuple[Mention, ...] = ()
    suggested: tuple[str, ...] = ()
    ai_generated: bool = False
    sources: tuple[Source, ...] = ()
    rateable: bool = False

    def payload(self, reader: str | None = None) -> Json:
        """Returns the JSON of the activity. `reader` is the id by which Teams knows the person in a personal chat."""
        payload: Json = {"type": "message"}
        if self.summary:
            payload["summary"] = self.summary[:_LONGEST_SUMMARY]
        if self.card is not None:
            return {**payload, "attachments": [{"contentType": _CARD, "content": self.card}]}
        payload |= {"textFormat": "markdown", "text": self.text}
        if entities := [*self._label(), *(mention.entity for mention in self.mentions)]:
            payload["entities"] = entities
        if self.rateable:
            payload["channelData"] = {"feedbackLoop": {"type": "default"}}
        if self.suggested:
            actions = [{"type": "imBack", "title": label, "value": label} for label in self.suggested]
            payload["suggestedActions"] = {**({"to": [reader]} if reader else {}), "actions": actions}
        return payload

    def _label(self) -> list[Json]:
        if not self.ai_generated:
            return []
        label: Json = {
            "type": "https://schema.org/Message",
            "@type": "Message",
            "@context": "https://schema.org",
            "additionalType": ["AIGeneratedContent"],
        }
        if self.sources:
            label["citation"] = [_citation(number, one) for number, one in enumerate(self.sources, start=1)]
        return [label]


def cited(sources: Sequence[Source]) -> tuple[Source, ...]:
    """Returns the sources that Teams lists below an answer: it takes twenty, each with a name."""
    return tuple(source for source in sources if source.title.strip())[:_MOST_CITATIONS]


def _citation(position: int, source: Source) -> Json:
    document: Json = {
        "@type": "DigitalDocument",
        "name": source.title[:_LONGEST_TITLE],
        "abstract": source.title[:160],
    }
    if source.url and source.url.lower().startswith(("https://", "http://")):
        document["url"] = source.url
    return {"@type": "Claim", "position": position, "appearance": document}


def parts_of(activity: Activity) -> tuple[Activity, ...]:
    """Returns a message as as many as its text needs. What stands below the text is below the last one."""
    texts = split(activity.text, LONGEST_TEXT) if activity.card is None else ()
    if len(texts) <= 1:
        return (activity,)
    plain = replace(activity, suggested=(), sources=(), rateable=False)
    return (
        *(_with_text(plain, text) for text in texts[:-1]),
        _with_text(activity, texts[-1]),
    )


def _with_text(activity: Activity, text: str) -> Activity:
    return replace(activity, text=text, mentions=tuple(one for one in activity.mentions if one.text in text))


def in_one(t: Translator, activity: Activity) -> Activity:
    """Returns a message whose text fits into one activity; a note says how much is left out."""
    if activity.card is not None or len(activity.text) <= LONGEST_TEXT:
        return activity
    first, *others = split(activity.text, LONGEST_TEXT - _LONGEST_NOTE)
    note = teams_markdown(t.sentence(anyone.no_room(sum(len(plain_text(one)) for one in others))))
    return _with_text(activity, f"{first}\n\n{note}")
