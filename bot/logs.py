"""Logging: one line for each record, for people or for machines, without secrets and without what people wrote.

The code logs an event name with fields (`log.warning("effect_delayed", extra={...})`); structlog writes the line. Of a
library's record only what stands in its source is written: the rest may be anything that passed through it. Errors that
nobody caught, and warnings, become lines like all others.
"""

from __future__ import annotations

import functools
import logging
import re
import sys
import threading
import traceback
import warnings
from collections.abc import Iterable, Iterator, Mapping, MutableMapping, Sequence
from pathlib import Path
from typing import Any, Literal, TextIO

import structlog
from structlog.typing import Processor

from bot.errors import DeskError
from bot.helpdesk.redaction import redact
from bot.helpdesk.unit_of_work import current_trace

OURS = ("bot", "storage")

log = logging.getLogger(__name__)

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
    handler = _Handler(stream)
    handler.setFormatter(_formatter(log_format, frozenset(secrets), colors=stream.isatty()))
    wanted = logging.getLevelNamesMapping()[level.upper()]
    logging.basicConfig(handlers=[handler], level=max(wanted, logging.WARNING), force=True)
    for name in OURS:
        logging.getLogger(name).setLevel(wanted)


def catch_uncaught() -> None:
    """Has errors that nobody catches, and warnings, logged from now on: Python would print what they say.

    An event loop logs those of its tasks and callbacks by itself.
    """
    sys.excepthook = lambda kind, error, trace: log_uncaught(error)
    threading.excepthook = lambda args: log_uncaught(args.exc_value)
    sys.unraisablehook = lambda unraisable: log_uncaught(unraisable.exc_value)
    warnings.showwarning = _log_warning


def log_uncaught(error: BaseException | None) -> None:
    """Logs an error that nobody caught."""
    log.critical("error_not_caught", exc_info=error, extra={"error": type(error).__name__})


def _log_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """Logs a warning without its words, in place of `warnings.showwarning`."""
    log.warning("python_warning", extra={"category": category.__name__, "where": f"{Path(filename).name}:{lineno}"})


class _Handler(logging.StreamHandler[TextIO]):
    """Writes lines. One that cannot be made is named by where it was logged: Python would print what it holds."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the name that logging calls
        error = sys.exc_info()[0]
        try:
            self.stream.write(f"log_line_lost {_place(record)} {error.__name__ if error else ''}\n")
            self.flush()
        except (OSError, ValueError):
            # Standard error is closed: there is nowhere to say it.
            return


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
            _keep_words_of_source,
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            _describe_exception,
            _Redaction(secrets),
            renderer,
        ],
    )


# What a line of a library keeps, beside its message.
_KEPT = frozenset({"_record", "_from_structlog", "level", "logger", "timestamp", "trace", "exc_info"})


def _keep_words_of_source(logger: Any, method: str, line: _Line) -> _Line:
    """Writes the message of a library as it stands in its source, without values; else where it was logged."""
    record: logging.LogRecord = line["_record"]
    if record.name.partition(".")[0] in OURS:
        return line
    kept: _Line = {name: value for name, value in line.items() if name in _KEPT}
    message = record.msg
    if isinstance(message, str) and _stands_in(record.pathname, message):
        return {"event": message, **kept}
    return {"event": "library_message", "where": _place(record), **kept}


def _place(record: logging.LogRecord) -> str:
    return f"{Path(record.pathname).name}:{record.lineno}"


def _stands_in(path: str, message: str) -> bool:
    """Returns True for a message that is a literal in the source file."""
    return any(f"{quote}{message}{quote}" in _source(path) for quote in "\"'")


@functools.lru_cache(maxsize=64)
def _source(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, ValueError):
        return ""


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
