"""Every kind of effect has exactly one handler."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from bot.helpdesk.model.content import AnswerPart
from bot.helpdesk.model.effects import BODIES, CloseSession, PostMessage, UpdateMessage
from bot.helpdesk.outbox.handler import Attempt, EffectHandler, HandlerRegistry
from bot.helpdesk.outbox.handlers import build_registry


async def send(attempt: Attempt[Any]) -> str:
    return ""


def test_every_kind_of_effect_has_a_handler() -> None:
    registry = build_registry(cast("Any", SimpleNamespace()))

    assert registry.kinds == set(BODIES)


def test_a_second_handler_for_a_kind_of_effect_is_refused() -> None:
    registry = HandlerRegistry()
    registry.add(CloseSession, EffectHandler[CloseSession, str](send=send))

    with pytest.raises(AssertionError, match="CloseSession"):
        registry.add(CloseSession, EffectHandler[CloseSession, str](send=send))


def test_a_second_handler_for_a_content_is_refused_unless_the_other_one_is_for_updates() -> None:
    registry = HandlerRegistry()
    registry.add_post(AnswerPart, EffectHandler[PostMessage[AnswerPart], str](send=send))
    registry.add_update(AnswerPart, EffectHandler[UpdateMessage[AnswerPart], str](send=send))

    with pytest.raises(AssertionError, match="PostMessage:AnswerPart"):
        registry.add_post(AnswerPart, EffectHandler[PostMessage[AnswerPart], str](send=send))
