"""Output of commands, to a terminal, a file or another program."""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

# Imported inside the functions, so that `--help` is fast.
if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress

# Columns; for output that is no terminal.
_UNLIMITED_WIDTH = 1_000_000


def write_utf8(*, newline: str | None = None) -> None:
    """Has standard output take every character. With `newline`, line ends are written as they are given or as this."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", newline=newline)


def report_console(*, markup: bool = True) -> Console:
    """Returns the console for a report. A file or a program gets unbroken lines."""
    from rich.console import Console

    return Console(highlight=False, markup=markup, width=None if sys.stdout.isatty() else _UNLIMITED_WIDTH)


def progress_bar(doing: str) -> Progress:
    """Returns a progress bar on standard error, which is shown if that is a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = TextColumn(doing), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    return Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty())


@contextlib.contextmanager
def counted_progress(doing: str) -> Iterator[Callable[[int, int], None]]:
    """Shows a progress bar until the block is left. Yields what takes the number that is done, and that of all."""
    with progress_bar(doing) as progress:
        task = progress.add_task("", total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


def iso_time(seconds: float) -> str:
    """Returns a Unix time as ISO 8601, in UTC."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
