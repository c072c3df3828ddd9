"""Ports of the weekly review: the figures of a period, and a picture of them."""

from __future__ import annotations

from typing import Protocol

from bot.helpdesk.messages import Translator
from bot.helpdesk.model.gap import ContentGap
from bot.helpdesk.model.review import Picture, ReviewCharts
from bot.helpdesk.review.period import Period
from bot.helpdesk.review.report import Review


class Reviews(Protocol):
    """The figures of the stored conversations. Raises StorageError."""

    async def review(self, period: Period) -> Review:
        """Reads the review of a period. Takes seconds where there were many questions."""

    async def gaps(self, period: Period) -> list[ContentGap]:
        """Reads the gaps of a period, the largest first. Takes seconds where there were many questions."""


class Charts(Protocol):
    """Draws the charts of a review."""

    def picture(self, t: Translator, shown: ReviewCharts) -> Picture:
        """Draws both charts as one picture. Takes seconds: call it in a thread."""
