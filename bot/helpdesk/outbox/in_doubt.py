"""The table of what follows, for each message, where the chat cannot tell whether it was posted.

A chat without a history and without keys of its own answers `CannotTell` after a lost connection. Words to people are
repeated once: a lost answer is worse than a doubled one. A card is repeated only if nobody has pressed it by then, for
whoever presses shows that it is there. An alarm is not repeated: agents read it next time it changes, or in the log.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from types import MappingProxyType

from bot.helpdesk.model.article import ArticleCard
from bot.helpdesk.model.content import (
    AgentMessage,
    AgentNotice,
    AlarmMessage,
    AnswerPart,
    ContinuationNotice,
    DraftPart,
    EmployeeMessage,
    EmployeeNotice,
    FullAnswer,
    ReviewDigest,
    SentDraft,
)
from bot.helpdesk.model.gap import GapCard
from bot.helpdesk.model.handoff import Card


class InDoubt(enum.Enum):
    """The consequence where the outside system cannot tell whether an earlier attempt has sent an effect.

    GIVE_UP: a second one would do harm. REPEAT: twice does none. REPEAT_ONCE: never is worse than twice, but no more
    than twice in all. REPEAT_UNLESS_PRESSED: the same, after a while in which somebody may show that it is there.
    """

    GIVE_UP = enum.auto()
    REPEAT = enum.auto()
    REPEAT_ONCE = enum.auto()
    REPEAT_UNLESS_PRESSED = enum.auto()

    @property
    def is_limited(self) -> bool:
        """Returns whether a repetition with an unclear outcome is the last one."""
        return self in (InDoubt.REPEAT_ONCE, InDoubt.REPEAT_UNLESS_PRESSED)


IN_DOUBT: Mapping[type, InDoubt] = MappingProxyType(
    {
        AnswerPart: InDoubt.REPEAT_ONCE,
        EmployeeNotice: InDoubt.REPEAT_ONCE,
        ContinuationNotice: InDoubt.REPEAT_ONCE,
        AgentMessage: InDoubt.REPEAT_ONCE,
        SentDraft: InDoubt.REPEAT_ONCE,
        AgentNotice: InDoubt.REPEAT_ONCE,
        EmployeeMessage: InDoubt.REPEAT_ONCE,
        DraftPart: InDoubt.REPEAT_ONCE,
        FullAnswer: InDoubt.REPEAT_ONCE,
        ReviewDigest: InDoubt.REPEAT_ONCE,
        GapCard: InDoubt.REPEAT_ONCE,
        ArticleCard: InDoubt.REPEAT_ONCE,
        Card: InDoubt.REPEAT_UNLESS_PRESSED,
        AlarmMessage: InDoubt.GIVE_UP,
    }
)
"""What follows for each content of a message that is posted."""
