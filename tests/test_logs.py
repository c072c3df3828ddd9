"""Log lines are readable for people or machines, and contain no secrets."""

from __future__ import annotations

import io
import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import AmbiguousError
from bot.logs import LogFormat, configure_logging

TOKEN = "xoxb-" + "1234567890-abcdefghijkl"
OPAQUE = "no-pattern-knows-me"
WORDS = "about my parental leave"

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

    log.error("Failed to send a request with %s", TOKEN)

    assert lines(stream)[0]["event"] == "Failed to send a request with [redacted: token]"


@pytest.mark.parametrize("log_format", ["console", "json"])
def test_what_a_library_says_comes_out_as_it_stands_in_its_source(log_format: LogFormat) -> None:
    stream = listening(log_format=log_format)
    library = logging.getLogger("slack_sdk")

    library.error("Failed to send %s", WORDS, extra={"body": WORDS})
    library.error(f"Failed to send {WORDS}", exc_info=raised(ValueError(WORDS)))
    library.error(ValueError(WORDS))

    assert "Failed to send %s" in stream.getvalue()
    assert stream.getvalue().count("library_message") == 2
    assert "where" in stream.getvalue()
    assert WORDS not in stream.getvalue().replace("{WORDS}", "")


def test_a_line_that_cannot_be_written_is_named_by_its_place() -> None:
    stream = listening()

    class Odd:
        def __str__(self) -> str:
            raise ValueError(WORDS)

    log.error("odd", extra={"what": Odd()})

    assert stream.getvalue().startswith("log_line_lost test_logs.py:")
    assert stream.getvalue().endswith("ValueError\n")
    assert WORDS not in stream.getvalue()


UNCAUGHT = f"""
import asyncio, sys, threading, warnings
from bot.logs import catch_uncaught, configure_logging

configure_logging("debug", sys.argv[1])
catch_uncaught()

class Odd:
    def __del__(self):
        fail()

def fail():
    raise ValueError({WORDS!r})

async def fail_later():
    fail()

async def main():
    await asyncio.wait([asyncio.create_task(fail_later())])
    asyncio.get_running_loop().call_soon(fail)
    await asyncio.sleep(0)

warnings.warn({WORDS!r})
Odd()
thread = threading.Thread(target=fail)
thread.start()
thread.join()
asyncio.run(main())
fail()
"""


@pytest.mark.parametrize("log_format", ["console", "json"])
def test_what_nobody_catches_is_logged_without_its_words(log_format: LogFormat) -> None:
    ended = subprocess.run([sys.executable, "-c", UNCAUGHT, log_format], capture_output=True, text=True)

    assert ended.returncode == 1
    assert ended.stderr.count("error_not_caught") == 3
    assert ended.stderr.count("Task exception was never retrieved") + ended.stderr.count("library_message") == 2
    assert ended.stderr.count("python_warning") == 1
    assert WORDS not in ended.stderr + ended.stdout


def test_a_command_that_fails_in_a_way_of_its_own_prints_no_words() -> None:
    code = f"""
import bot.cli.commands as commands
def fail(*arguments, **options):
    raise ValueError({WORDS!r})
commands.application = fail
commands.main()
"""

    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

    assert ended.returncode == 1
    assert "builtins.ValueError" in ended.stderr
    assert WORDS not in ended.stderr + ended.stdout


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
