"""The desk's sentences in English, as people read them: `messages.employee.STOPPED` is a text here."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from bot.helpdesk import messages as of_the_desk
from bot.helpdesk.messages import Message, OwnWords, Sentences, english

ENGLISH = english()


class _Said:
    """A module of messages, whose constants are texts and whose functions return them."""

    def __init__(self, module: ModuleType) -> None:
        self._module = module

    def __getattr__(self, name: str) -> Any:
        return _said(getattr(self._module, name))


def _said(found: Any) -> Any:
    if isinstance(found, Message | Sentences | OwnWords):
        return ENGLISH.sentence(found)
    return (lambda *args, **kwargs: _said(found(*args, **kwargs))) if callable(found) else found


class messages:  # noqa: N801 - stands in for the package of this name
    """The package of the messages, said in English."""

    agents = _Said(of_the_desk.agents)
    alarms = _Said(of_the_desk.alarms)
    anyone = _Said(of_the_desk.anyone)
    articles = _Said(of_the_desk.articles)
    employee = _Said(of_the_desk.employee)
    labels = _Said(of_the_desk.labels)
    reasons = _Said(of_the_desk.reasons)
    tickets = _Said(of_the_desk.tickets)
