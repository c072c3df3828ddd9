"""The error of acts that the real chat would not let a person do."""

from __future__ import annotations


class ImpossibleError(Exception):
    """A person could not do this in the chat."""
