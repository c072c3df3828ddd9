"""The beginnings of long texts, for cards that fit one screen."""

from __future__ import annotations

from dataclasses import dataclass

from bot.chat_markdown.splitting import pieces
from bot.helpdesk.model.handoff import LONGEST_ON_CARD

_LINES_SHOWN = 8


@dataclass(frozen=True, slots=True)
class ShownBeginning:
    """The part of a text that a card shows, and the ellipsis for the `rest`, if there is one."""

    text: str
    rest: str

    def __str__(self) -> str:
        return f"{self.text}{self.rest}"


def beginning_of(text: str) -> ShownBeginning:
    """Returns as much of a text as a card shows: characters and lines are limited."""
    start = text if len(text) <= LONGEST_ON_CARD else pieces(text, LONGEST_ON_CARD)[0]
    shown = "\n".join(start.split("\n")[:_LINES_SHOWN])
    return ShownBeginning(shown, "" if len(shown) == len(text) else " …")
