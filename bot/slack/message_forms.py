"""The renderings of a message, from the intended one down to plain text, and the delivery of a message in them. Pure.

If Slack refuses a rendering, the rest of the message is delivered in the next one. A rendering may need several parts.
Each has a key, so that the posted parts are known after an unclear outcome: the last one has the key of the whole
message, the others a key with their rendering and number. If the key of the whole is found, all parts are posted.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from bot.slack.views.blocks import MessagePayload
from bot.slack.views.parts import bare_in_one, bare_parts, in_one, join_messages, parts, simple_in_one, simple_parts

# Slack accepts 40,000 characters of text without blocks, and recommends far fewer.
_MOST_BARE = 12_000


@dataclass(frozen=True, slots=True)
class Rendering:
    """A way to render a message as one part or more. `mark` names it in keys."""

    mark: str
    cut: Callable[[MessagePayload], tuple[MessagePayload, ...]]

    def key(self, whole: str, number: int) -> str:
        """Returns the key of any part but the last."""
        return f"{whole}/{self.mark}{number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagePart:
    """A part of a message, and the key it is posted under."""

    key: str
    message: MessagePayload


IN_PARTS = (Rendering("m", parts), Rendering("s", simple_parts), Rendering("t", bare_parts))
"""Renderings for replies in a thread: nothing is left out."""
IN_ONE = (
    Rendering("m", lambda message: (in_one(message),)),
    Rendering("s", lambda message: (simple_in_one(message),)),
    Rendering("t", lambda message: (bare_in_one(message, _MOST_BARE),)),
    Rendering("u", lambda message: (bare_in_one(message),)),
)
"""Renderings for one message: the root of a thread, or an update."""


def is_part_of(key: str, whole: str) -> bool:
    """Returns whether this is the key of a part other than the last."""
    return key.startswith(f"{whole}/")


def needs_parts(message: MessagePayload) -> bool:
    """Returns whether any rendering needs more than one part."""
    return any(len(rendering.cut(message)) > 1 for rendering in IN_PARTS)


def last_part_of(message: MessagePayload, key: str, posted: Collection[str]) -> MessagePayload:
    """Returns the content of the last part of a message, given the keys of all its posted parts."""
    return MessageDelivery(message, key, IN_PARTS, posted).last_part


class MessageDelivery:
    """The delivery of one message through its renderings. `posted` are the keys of parts that are posted already."""

    def __init__(
        self, message: MessagePayload, key: str, renderings: tuple[Rendering, ...], posted: Collection[str] = ()
    ) -> None:
        self._key = key
        self._renderings = list(renderings)
        self._remaining = message
        self._posted = posted
        self.started = bool(posted)
        while any(self._count_posted(rendering) for rendering in self._renderings[1:]):
            self._next_rendering()

    def remaining_parts(self) -> Iterator[MessagePart]:
        """Yields the parts to post in the current rendering. Call it again after `fall_back`."""
        messages = self._cut()
        for number in range(self._count_posted(self._renderings[0]) + 1, len(messages) + 1):
            key = self._key if number == len(messages) else self._renderings[0].key(self._key, number)
            yield MessagePart(key=key, message=messages[number - 1])
            self._posted = [*self._posted, key]
            self.started = True

    @property
    def last_part(self) -> MessagePayload:
        """The last part in the current rendering."""
        return self._cut()[-1]

    def fall_back(self) -> bool:
        """Continues with the next rendering. False if there is none."""
        if len(self._renderings) == 1:
            return False
        self._next_rendering()
        return True

    def _next_rendering(self) -> None:
        self._remaining = join_messages(self._cut()[self._count_posted(self._renderings[0]) :])
        self._renderings.pop(0)

    def _cut(self) -> tuple[MessagePayload, ...]:
        return self._renderings[0].cut(self._remaining)

    def _count_posted(self, rendering: Rendering) -> int:
        prefix = rendering.key(self._key, 0)[:-1]
        return sum(key.startswith(prefix) for key in self._posted)
