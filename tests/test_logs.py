"""Log lines are readable for people or machines, and contain no secrets."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import AmbiguousError
from bot.logs import LogFormat, configure_logging

TOKEN = "xoxb-" + "1234567890-abcdefghijkl"
OPAQUE = "no-pattern-knows-me"

log = logging.getLogger("bot.somewhere")


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    root, ours = logging.getLogger(), [logging.getLogger(name) for name in ("bot", "storage")]
    before = [(logger, logger.level) for logger in (root, *ours)]
    handlers = root.handlers[:]
    yield
    root.handlers[:] = handlers
    for logger, level in before:
        logger.setLevel(level)


def listening(level: str = "info", log_format: LogFormat = "json", **more: Any) -> io.StringIO:
    stream = io.StringIO()
    configure_logging(level, log_format, stream=stream, **more)
    return stream


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().split("\n") if line]


def raised(error: Exception, cause: Exception | None = None) -> Exception:
    try:
        raise error from cause
    except Exception as caught:  # noqa: BLE001 - the traceback is what is wanted
        return caught


def test_an_event_is_one_line_of_json_with_its_fields_as_keys() -> None:
    stream = listening()

    log.warning("effect_delayed", extra={"effect": "eff_1", "attempts": 3, "again_in": 2.5})

    (line,) = lines(stream)
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "effect_delayed",
        "level": "warning",
        "logger": "bot.somewhere",
        "effect": "eff_1",
        "attempts": 3,
        "again_in": 2.5,
    }


def test_on_a_console_an_event_reads_as_words() -> None:
    stream = listening(log_format="console")

    log.info("ready", extra={"mode": "socket"})

    assert "ready" in stream.getvalue()
    assert "mode=socket" in stream.getvalue()
    assert "\x1b" not in stream.getvalue()


@pytest.mark.parametrize("log_format", ["console", "json"])
def test_a_token_in_a_field_does_not_come_out(log_format: LogFormat) -> None:
    stream = listening(log_format=log_format)

    log.info("called", extra={"detail": f"with {TOKEN}", "nested": {"all": [TOKEN]}})

    assert "called" in stream.getvalue()
    assert TOKEN not in stream.getvalue()


@pytest.mark.parametrize("log_format", ["console", "json"])
@pytest.mark.parametrize("kind", [AmbiguousError, ValueError])
def test_a_token_in_the_message_of_an_exception_does_not_come_out(log_format: LogFormat, kind: type[Exception]) -> None:
    stream = listening(log_format=log_format)

    log.error("job_fault", exc_info=raised(kind(f"refused {TOKEN}"), ValueError(f"before: {TOKEN}")))

    assert kind.__name__ in stream.getvalue()
    assert TOKEN not in stream.getvalue()


def test_a_token_in_the_message_itself_does_not_come_out() -> None:
    stream = listening()

    logging.getLogger("slack_sdk").error("Failed to send a request with %s", TOKEN)

    assert lines(stream)[0]["event"] == "Failed to send a request with [redacted: token]"


def test_a_configured_key_does_not_come_out_whatever_it_looks_like() -> None:
    stream = listening(secrets=[OPAQUE, OPAQUE[:8], ""])

    log.error("event %s", OPAQUE, extra={"url": f"https://example.com/{OPAQUE}?x"})

    (line,) = lines(stream)
    assert line["url"] == "https://example.com/[redacted: secret]?x"
    assert OPAQUE not in stream.getvalue()


def test_a_field_that_is_named_after_a_secret_is_hidden() -> None:
    stream = listening()

    log.info("odd", extra={"signing_secret": "plain words", "api_key": None, "keyboard": "qwertz"})

    (line,) = lines(stream)
    assert (line["signing_secret"], line["api_key"], line["keyboard"]) == ("[redacted: secret]", None, "qwertz")


def test_what_somebody_wrote_does_not_come_out_with_a_foreign_exception() -> None:
    stream = listening()

    log.error("job_fault", exc_info=raised(KeyError("my private words")))

    (line,) = lines(stream)
    assert "builtins.KeyError" in line["exception"]
    assert "test_logs.py" in line["exception"]
    assert "my private words" not in line["exception"].replace('KeyError("my private words")', "")


def test_our_own_errors_keep_their_message_and_their_cause() -> None:
    stream = listening()

    log.error("job_fault", exc_info=raised(AmbiguousError("Slack did not answer."), TimeoutError()))

    exception = lines(stream)[0]["exception"]
    assert exception.endswith("bot.errors.AmbiguousError: Slack did not answer.")
    assert "builtins.TimeoutError" in exception


@pytest.mark.parametrize("foreign", ["slack_bolt", "slack_sdk.web", "aiohttp.server", "httpx", "alembic", "asyncio"])
def test_libraries_are_not_heard_below_a_warning_even_when_debugging(foreign: str) -> None:
    stream = listening("debug")

    logging.getLogger(foreign).info("the body of a request")
    logging.getLogger(foreign).warning("heard")
    log.debug("heard too")

    assert [line["event"] for line in lines(stream)] == ["heard", "heard too"]


def test_a_higher_level_holds_for_everybody() -> None:
    stream = listening("error")

    log.warning("not heard")
    logging.getLogger("httpx").warning("not heard")
    log.error("heard")

    assert [line["event"] for line in lines(stream)] == ["heard"]


def test_configuring_twice_does_not_say_everything_twice() -> None:
    listening()
    stream = listening()

    log.info("once")

    assert len(lines(stream)) == 1


@given(st.text(), st.dictionaries(st.sampled_from(["a", "b"]), st.text() | st.integers() | st.none()))
def test_whatever_is_logged_stays_one_line(event: str, fields: dict[str, Any]) -> None:
    stream = listening()

    log.info("%s", event, extra=fields)

    assert stream.getvalue().count("\n") == 1
    assert lines(stream)[0].keys() >= fields.keys()
