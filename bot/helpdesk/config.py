"""How long things may take, and what the assistant is told of the employee."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.helpdesk.retry import Schedule


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """How long things may take, in seconds.

    `show_sign`: after which the working sign is shown. `tell_after`: after which an employee is told that it takes
    longer; `tell_place`: after which one in a long line is told their place. A submitted question is looked at first
    after `first_look` and then every `poll`; where there is nothing after `collect`, or it failed, it is submitted
    again, `submit_again` later. `look_again`: after which a post that was not found is looked for once more.
    `line_up`: after which a ticket looks whether older ones still wait for the ticket system; `look_for_ticket`: after
    which one that may be there already is looked for again.
    """

    show_sign: float = 0.4
    tell_after: float = 18.0
    tell_place: float = 5.0
    first_look: float = 1.0
    poll: float = 2.5
    collect: float = 300.0
    submit_again: float = 5.0
    look_up_person: float = 3.0
    look_again: float = 1.5
    line_up: float = 5.0
    look_for_ticket: float = 10.0
    retry: Schedule = field(default_factory=Schedule)


@dataclass(frozen=True, slots=True, kw_only=True)
class AssistantOptions:
    """What the assistant is told of the employee. `language` None: the employee's own, where the surface knows it."""

    send_email: bool = True
    language: str | None = None
