"""Names of emoji, as people write them between colons."""

from __future__ import annotations

import functools
import re
from importlib import resources

CODE = re.compile(r"(?<![\w:]):(?P<name>[a-z0-9_+'-]{1,100}):(?:(?P<tone>:skin-tone-[2-6]):)?(?![\w:])")
"""An emoji's code that stands by itself: `10:30:45` and `std::vector` have none."""


@functools.cache
def _standard() -> frozenset[str]:
    return frozenset(resources.files(__package__).joinpath("emoji_names.txt").read_text(encoding="utf-8").split())


def is_standard(name: str) -> bool:
    """Whether every Slack workspace has an emoji of this name."""
    return name in _standard()


def may_be_custom(name: str) -> bool:
    """Whether a workspace has an emoji of this name or could have added one: other numbers are times and ports."""
    return is_standard(name) or any(map(str.isalpha, name))
