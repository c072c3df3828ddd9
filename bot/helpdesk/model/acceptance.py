"""The outcome of accepting what a surface has received, and what the surface answers with its acknowledgement."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FormRefused:
    """Nothing was accepted, and the form stays open. `text` says what is wrong with the words in it."""

    text: str


InlineResponse = FormRefused
"""What a surface may have to answer in the acknowledgement itself, decided in the accepting transaction.

A surface on which a note or a form is the response to a press gets it from here: such a kind is added to this union
together with that surface. It can say only what the database knows, because nothing outside is asked meanwhile.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """The outcome of accepting. `is_new`: something was stored that was not known yet.

    `response` is what the surface answers with its acknowledgement, None if that is all it has to say.
    """

    is_new: bool = False
    response: InlineResponse | None = None
