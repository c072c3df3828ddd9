"""The forms in which a message is offered to Slack, from what it is meant to be to its words alone. Pure.

Where Slack refuses a form, what is not posted yet is said in the next one. A form may need several messages. Each has a
key of its own, so that after an unclear outcome it is known which of them are there: the last one has the key of the
whole, the others one that says their form and number. So where the key of the whole is found, all of it is there.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from bot.slack.views.blocks import Message
from bot.slack.views.parts import bare_in_one, bare_parts, in_one, joined, parts, simple_in_one, simple_parts

# Slack takes 40,000 characters of text without blocks, and recommends far less.
_MOST_BARE = 12_000


@dataclass(frozen=True, slots=True)
class Form:
    """One way to say a message, in one message or more."""

    mark: str
    cut: Callable[[Message], tuple[Message, ...]]

    def key(self, whole: str, number: int) -> str:
        """The key of one of the messages but the last."""
        return f"{whole}/{self.mark}{number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One message of a form, and the key it is posted under."""

    key: str
    message: Message


IN_PARTS = (Form("m", parts), Form("s", simple_parts), Form("t", bare_parts))
"""For what stands in a thread: nothing is left out."""
IN_ONE = (
    Form("m", lambda message: (in_one(message),)),
    Form("s", lambda message: (simple_in_one(message),)),
    Form("t", lambda message: (bare_in_one(message, _MOST_BARE),)),
    Form("u", lambda message: (bare_in_one(message),)),
)
"""For what must be one message: the root of a thread, and what is changed."""


def is_part_of(key: str, whole: str) -> bool:
    """Whether this is the key of a message of the whole that is not its last."""
    return key.startswith(f"{whole}/")


def needs_parts(message: Message) -> bool:
    """Whether there is a form in which the message is more than one."""
    return any(len(form.cut(message)) > 1 for form in IN_PARTS)


def end_of(message: Message, key: str, there: Collection[str]) -> Message:
    """What of a message stands in its last part. `there` are the keys of all its parts."""
    return Saying(message, key, IN_PARTS, there).end


class Saying:
    """A message on its way through its forms. `there` are the keys of its messages that are posted already."""

    def __init__(self, message: Message, key: str, forms: tuple[Form, ...], there: Collection[str] = ()) -> None:
        self._key = key
        self._forms = list(forms)
        self._left = message
        self._there = there
        self.begun = bool(there)
        while any(self._count(form) for form in self._forms[1:]):
            self._go_on()

    def pieces(self) -> Iterator[Piece]:
        """What is still to be posted in the present form. Ask anew after `simplify`."""
        messages = self._cut()
        for number in range(self._count(self._forms[0]) + 1, len(messages) + 1):
            key = self._key if number == len(messages) else self._forms[0].key(self._key, number)
            yield Piece(key=key, message=messages[number - 1])
            self._there = [*self._there, key]
            self.begun = True

    @property
    def end(self) -> Message:
        """The last of the messages in the present form."""
        return self._cut()[-1]

    def simplify(self) -> bool:
        """Say what is not posted yet in the next form. False where there is none."""
        if len(self._forms) == 1:
            return False
        self._go_on()
        return True

    def _go_on(self) -> None:
        self._left = joined(self._cut()[self._count(self._forms[0]) :])
        self._forms.pop(0)

    def _cut(self) -> tuple[Message, ...]:
        return self._forms[0].cut(self._left)

    def _count(self, form: Form) -> int:
        """How many messages of a form are there."""
        prefix = form.key(self._key, 0)[:-1]
        return sum(key.startswith(prefix) for key in self._there)
