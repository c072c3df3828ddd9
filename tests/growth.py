"""A check that the time of a function grows in proportion to the length of its input."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable

_TIMES_LONGER = 8
_ATTEMPTS = 5
_TIMES_SHORT = 3


def grows_with_the_length_only(
    work: Callable[[str], object], text_of: Callable[[int], str], size: int, *, most_times_slower: float = 16.0
) -> bool:
    """Returns True if `work` takes about eight times as long for a text of `size` as for one of `size // 8`.

    With the square of the length it would take 64 times as long. Both are measured right after each other, in
    processor time of this thread, so the speed of the machine does not matter. A disturbance of the long text may spoil
    an attempt, and there are several. One of the short text would hide growth, so its shortest time counts. Each text
    lacks one more of its first characters than the one before, so that no result kept in memory is measured.
    """
    skipped = itertools.count()

    def seconds(size: int) -> float:
        return _seconds(work, text_of(size)[next(skipped) :])

    seconds(size // _TIMES_LONGER)  # fills caches, such as that of compiled patterns
    for _ in range(_ATTEMPTS):
        shortest = min(seconds(size // _TIMES_LONGER) for _ in range(_TIMES_SHORT))
        if seconds(size) < most_times_slower * shortest:
            return True
    return False


def _seconds(work: Callable[[str], object], text: str) -> float:
    began = time.thread_time()
    work(text)
    return time.thread_time() - began
