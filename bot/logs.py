"""Logging: the standard library's records as lines for people or for machines, with nothing secret in them.

All code logs an event name and its fields (`log.warning("effect_delayed", extra={...})`); structlog writes the line.
"""

from __future__ import annotations

import logging
import re
import sys
import traceback
from collections.abc import Iterable, Iterator, Mapping, MutableMapping, Sequence
from typing import Any, Literal, TextIO

import structlog
from structlog.typing import Processor

from bot.errors import DeskError
from bot.helpdesk import correlation
from bot.helpdesk.redaction import redact

OURS = ("bot", "storage")

LogFormat = Literal["console", "json"]

_Line = MutableMapping[str, Any]

# A field of such a name holds a secret whatever it looks like.
_SECRET_NAME = re.compile(r"(?:^|_)(?:password|token|secret|api_?key|authorization|cookie)s?$", re.IGNORECASE)
_HIDDEN = "[redacted: secret]"
# Shorter ones would be found in ordinary words.
_SHORTEST_SECRET = 6


def configure_logging(
    level: str = "info",
    log_format: LogFormat = "console",
    *,
    secrets: Iterable[str] = (),
    stream: TextIO | None = None,
) -> None:
    """Write log lines to `stream` (the standard error stream by default), in place of what was set up before.

    `secrets` are the configured keys and tokens: they never appear, however they got into a line. Loggers of others
    are heard from WARNING on, whatever `level` says, because below it they print the bodies of requests.
    """
    stream = stream or sys.stderr
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_formatter(log_format, frozenset(secrets), colors=stream.isatty()))
    wanted = logging.getLevelNamesMapping()[level.upper()]
    logging.basicConfig(handlers=[handler], level=max(wanted, logging.WARNING), force=True)
    for name in OURS:
        logging.getLogger(name).setLevel(wanted)


def _formatter(log_format: LogFormat, secrets: frozenset[str], *, colors: bool) -> logging.Formatter:
    renderer: Processor = structlog.processors.JSONRenderer()
    if log_format == "console":
        renderer = structlog.dev.ConsoleRenderer(colors=colors)
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.stdlib.ExtraAdder(),
            _add_trace,
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
        ],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            _describe_exception,
            _Redaction(secrets),
            renderer,
        ],
    )


def _add_trace(logger: Any, method: str, line: _Line) -> _Line:
    """Every line that is written while something is done for an input carries that input's id."""
    followed = correlation.current()
    if followed is not None:
        line.setdefault("trace", followed)
    return line


class _Redaction:
    """Takes what is secret out of every value of a line."""

    def __init__(self, secrets: frozenset[str]) -> None:
        # The longest first: one may be the beginning of another.
        known = sorted((secret for secret in secrets if len(secret) >= _SHORTEST_SECRET), key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, known))) if known else None

    def __call__(self, logger: Any, method: str, line: _Line) -> _Line:
        for name, value in line.items():
            line[name] = _HIDDEN if _SECRET_NAME.search(name) and value else self._safe(value)
        return line

    def _safe(self, value: Any) -> Any:
        if value is None or isinstance(value, bool | int | float):
            return value
        if isinstance(value, Mapping):
            return {str(name): self._safe(item) for name, item in value.items()}
        if isinstance(value, Sequence | set | frozenset) and not isinstance(value, str | bytes):
            return [self._safe(item) for item in value]
        text = str(value)
        return str(redact(self._known.sub(_HIDDEN, text) if self._known else text))


def _describe_exception(logger: Any, method: str, line: _Line) -> _Line:
    found = line.pop("exc_info", None)
    error = found[1] if isinstance(found, tuple) else found
    if isinstance(error, BaseException):
        line["exception"] = "".join(_chain(error)).rstrip()
    return line


def _chain(error: BaseException) -> Iterator[str]:
    """Where an exception comes from, causes first.

    The message is shown of our own errors alone: that of another may quote what somebody wrote.
    """
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None:
        yield from _chain(cause)
    yield from traceback.format_tb(error.__traceback__)
    kind = type(error)
    yield f"{kind.__module__}.{kind.__qualname__}" + (f": {error}\n" if isinstance(error, DeskError) else "\n")
