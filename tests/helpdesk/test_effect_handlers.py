"""Every type of effect has exactly one handler."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast, get_args

import pytest

from bot.helpdesk.model.effects import Body, Tell
from bot.helpdesk.outbox.handler import Attempt, EffectHandler, HandlerRegistry
from bot.helpdesk.outbox.handlers import build_registry


def test_every_type_of_effect_has_a_handler() -> None:
    registry = build_registry(cast("Any", SimpleNamespace()))

    assert registry.kinds == set(get_args(Body))


def test_a_second_handler_for_a_type_of_effect_is_refused() -> None:
    async def send(attempt: Attempt[Tell]) -> str:
        return ""

    registry = HandlerRegistry()
    registry.add(Tell, EffectHandler[Tell, str](send=send))

    with pytest.raises(AssertionError, match="Tell"):
        registry.add(Tell, EffectHandler[Tell, str](send=send))
