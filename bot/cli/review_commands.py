"""The command `review`: the figures of a period as a table, JSON, CSV or an HTML page."""

from __future__ import annotations

import contextlib
import enum
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.options import DatabaseFile, EnvFile, chat_settings, database_location, one_setting, policy_file
from bot.cli.terminal import write_utf8
from bot.errors import SettingsError

# Imported inside the functions, so that `--help` is fast.
if TYPE_CHECKING:
    from bot.helpdesk.review.report import Review


class Format(enum.StrEnum):
    """The formats of the output."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    HTML = "html"


def review(
    since: Annotated[
        str | None,
        typer.Option(metavar="WHEN", help="The first day, as in 2026-11-01, or days ago; without it, 7d."),
    ] = None,
    until: Annotated[
        str | None, typer.Option(metavar="WHEN", help="The day after the last one, likewise; without it, now.")
    ] = None,
    output: Annotated[Format, typer.Option("--format", help="How it is written.")] = Format.TABLE,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write it into this file.")] = None,
    post: Annotated[
        bool, typer.Option("--post", help="Post the digest of the last full week now, unless it is posted already.")
    ] = False,
    database: DatabaseFile = None,
    env_file: EnvFile = None,
) -> None:
    """Show what was asked, how well answered, and what changed.

    Each number has its definition printed under it. Days begin at midnight in the time zone of the policy's [review].
    May be run while the desk runs; reads the database and the policy, and needs no other setting. --post also needs the
    settings of Slack.
    """
    if post:
        if since is not None or until is not None or out is not None or output is not Format.TABLE:
            raise SettingsError(["--post posts the last full week in the chat: leave out the other options."])
        typer.echo(_post(database, env_file))
        return
    text = _rendered(_read(since or "7d", until, database, env_file), output, out)
    if out is None:
        sys.stdout.write(text)
        return
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise SettingsError([f"--out names {str(out)!r}, which cannot be written: {error.strerror}."]) from error


def _read(since: str, until: str | None, database: Path | None, env_file: Path | None) -> Review:
    from bot.chat_ids import AnyIds
    from bot.helpdesk.review.period import read_period
    from bot.policy_file import read_policy
    from storage.queries.review import read_review_of

    policy = read_policy(policy_file(env_file), AnyIds())
    period = read_period(since, until, zone=policy.review.zone, now=time.time())
    location = database_location(database, env_file)
    with _progress("Reading the database …"):
        return read_review_of(location, period, policy.handoffs, policy.review.zone)


def _post(database: Path | None, env_file: Path | None) -> str:
    """Posts the digest of the last full week and the queue of gaps; returns what became of it."""
    from bot.chat_ids import AnyIds
    from bot.cli.process import run_loop
    from bot.cli.review_post import post_digest_of
    from bot.helpdesk.review.gap_queue import MOST_QUEUED, queue_period
    from bot.helpdesk.review.weeks import last_full_week
    from bot.logs import configure_logging
    from bot.policy_file import read_policy
    from storage.digests import StoredDigests
    from storage.queries.gaps import read_queued_gaps_of
    from storage.queries.review import read_review_of

    settings = chat_settings(env_file)
    configure_logging("error", secrets=settings.secrets)
    policy = read_policy(policy_file(env_file), AnyIds())
    location = database_location(database, env_file)
    stored = StoredDigests(location)
    week = last_full_week(time.time(), policy.review.zone)
    with _progress("Reading the database …"):
        found = read_review_of(location, week, policy.handoffs, policy.review.zone)
        gaps = read_queued_gaps_of(location, queue_period(time.time()), MOST_QUEUED)
    own = one_setting("MESSAGES_DIR", env_file)
    with _progress("Posting the review …"):
        return run_loop(post_digest_of(found, gaps, stored, settings, policy, Path(own) if own else None))


@contextlib.contextmanager
def _progress(doing: str) -> Iterator[None]:
    """Shows on a terminal that something takes its time."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(doing):
        yield


def _rendered(found: Review, output: Format, out: Path | None) -> str:
    from bot.cli import review_report
    from bot.cli.review_page import page_of

    if output is Format.TABLE:
        return review_report.as_table(found, is_terminal=out is None and sys.stdout.isatty())
    write_utf8()
    render = {Format.JSON: review_report.as_json, Format.CSV: review_report.as_csv, Format.HTML: page_of}
    return render[output](found)
