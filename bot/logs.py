"""Logging: one line for each record, for people or for machines, without secrets.

The code logs an event name with fields (`log.warning("effect_delayed", extra={...})`); structlog writes the line.
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
from bot.helpdesk.redaction import redact
from bot.helpdesk.unit_of_work import current_trace

OURS = ("bot", "storage")

LogFormat = Literal["console", "json"]

_Line = MutableMapping[str, Any]

# A field with such a name holds a secret, whatever its value looks like.
_SECRET_NAME = re.compile(r"(?:^|_)(?:password|token|secret|api_?key|authorization|cookie)s?$", re.IGNORECASE)
_MASK = "[redacted: secret]"
# Shorter ones could be part of ordinary words.
_SHORTEST_SECRET = 6


def configure_logging(
    level: str = "info",
    log_format: LogFormat = "console",
    *,
    secrets: Iterable[str] = (),
    stream: TextIO | None = None,
) -> None:
    """Writes log lines to `stream` (by default standard error), replacing any earlier configuration.

    `secrets` are the configured keys and tokens; they are masked wherever they occur. Loggers of libraries are limited
    to WARNING, whatever `level` is, because below it they log the bodies of requests.
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
    """Adds the id of the event that is being handled."""
    trace = current_trace()
    if trace is not None:
        line.setdefault("trace", trace)
    return line


class _Redaction:
    """Masks secrets in every value of a line."""

    def __init__(self, secrets: frozenset[str]) -> None:
        # The longest first: one may be a prefix of another.
        known = sorted((secret for secret in secrets if len(secret) >= _SHORTEST_SECRET), key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, known))) if known else None

    def __call__(self, logger: Any, method: str, line: _Line) -> _Line:
        for name, value in line.items():
            line[name] = _MASK if _SECRET_NAME.search(name) and value else self._safe(value)
        return line

    def _safe(self, value: Any) -> Any:
        if value is None or isinstance(value, bool | int | float):
            return value
        if isinstance(value, Mapping):
            return {str(name): self._safe(item) for name, item in value.items()}
        if isinstance(value, Sequence | set | frozenset) and not isinstance(value, str | bytes):
            return [self._safe(item) for item in value]
        text = str(value)
        return str(redact(self._known.sub(_MASK, text) if self._known else text))


def _describe_exception(logger: Any, method: str, line: _Line) -> _Line:
    exc_info = line.pop("exc_info", None)
    error = exc_info[1] if isinstance(exc_info, tuple) else exc_info
    if isinstance(error, BaseException):
        line["exception"] = "".join(_chain(error)).rstrip()
    return line


def _chain(error: BaseException) -> Iterator[str]:
    """Yields the traceback of an exception, causes first.

    Messages are included for the desk's own errors only: others may quote what somebody wrote.
    """
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None:
        yield from _chain(cause)
    yield from traceback.format_tb(error.__traceback__)
    kind = type(error)
    yield f"{kind.__module__}.{kind.__qualname__}" + (f": {error}\n" if isinstance(error, DeskError) else "\n")
