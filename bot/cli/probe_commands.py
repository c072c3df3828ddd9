"""The commands `probe add`, `list`, `remove` and `run`."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from bot.cli.options import DatabaseFile, EnvFile, TableOrJson, assistant_settings, database_location
from bot.cli.process import run_loop, run_until_signal
from bot.cli.terminal import progress_bar

# Imported inside the functions, so that `--help` is fast.
if TYPE_CHECKING:
    from rich.console import Console

    from bot.helpdesk.model.probe import Probe, ProbeResult
    from bot.settings import AssistantSettings
    from storage.probes import StoredProbes

probe_commands = typer.Typer(
    help="Ask for good answers again, to see whether they got worse.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

# Columns of a report that is no terminal's.
_WIDTH = 160
_INTERRUPTED = 130


Format = Annotated[TableOrJson, typer.Option("--format", help="For people or for programs.")]
RequestId = Annotated[
    str, typer.Argument(metavar="REQUEST_ID", help="Uppzy's id of the answer, as `uppzy-desk find` shows it.")
]


@probe_commands.callback()
def _probe_commands() -> None:
    """Ask for good answers again, to see whether they got worse."""


@probe_commands.command()
def add(request_id: RequestId, database: DatabaseFile = None, env_file: EnvFile = None) -> None:
    """Pin an answer that is good, with its question.

    Both are kept without secrets until the probe is removed. Exit status 1 if there is no such answer, if it is
    confidential, or if its words were deleted after RETENTION_DAYS.
    """
    from bot.helpdesk.review.probes import pin

    probes = _stored(database, env_file)
    answered = probes.answered(request_id)
    if answered is None:
        _refuse(f"No answer has the request id {request_id!r}. `uppzy-desk find` shows those of a conversation.")
    if answered.question.hidden:
        _refuse(f"The question of {request_id} is confidential, so it is not pinned.")
    if not (answered.question.text and answered.answer.text):
        _refuse(f"The words of {request_id} were deleted after RETENTION_DAYS. Pin a newer answer.")
    added = probes.add(pin(answered, time.time()))
    level = answered.answer.confidence_level or "none"
    typer.echo(f"Pinned {request_id}, confidence {level}." if added else f"{request_id} is pinned already.")
    if answered.follows:
        typer.echo("It followed another question, and will be asked without that: its answer may differ.", err=True)


@probe_commands.command("list")
def list_probes(format: Format = TableOrJson.TABLE, database: DatabaseFile = None, env_file: EnvFile = None) -> None:
    """List the pinned answers, and how their last check ended."""
    from bot.cli.probe_report import probes_as_json, probes_as_table

    probes = _stored(database, env_file).all()
    if format is TableOrJson.JSON:
        typer.echo(probes_as_json(probes))
    elif probes:
        _console().print(probes_as_table(probes))
    else:
        _say_none()


@probe_commands.command()
def remove(request_id: RequestId, database: DatabaseFile = None, env_file: EnvFile = None) -> None:
    """Remove a probe, and its words. Exit status 1 if there is none of this answer."""
    if not _stored(database, env_file).remove(request_id):
        _refuse(f"{request_id!r} is not pinned. `uppzy-desk probe list` shows what is.")
    typer.echo(f"Removed {request_id}.")


@probe_commands.command()
def run(format: Format = TableOrJson.TABLE, database: DatabaseFile = None, env_file: EnvFile = None) -> None:
    """Ask all pinned questions again, and compare the answers.

    Each is asked in a session of its own, which is closed afterwards. An answer got worse if its confidence fell, if
    other words carry its meaning, or if there is none; another layout is no change. Exit status 1 if any got worse,
    2 if the settings are wrong or Uppzy refuses the key.
    """
    from bot.cli.probe_report import results_as_json, results_as_text
    from bot.logs import configure_logging

    settings = assistant_settings(env_file)
    configure_logging("error", secrets=settings.secrets)
    stored = _stored(database, env_file)
    probes = stored.all()
    results = _ask_again(settings, stored, probes)
    if format is TableOrJson.JSON:
        typer.echo(results_as_json(results))
    elif results:
        for part in results_as_text(results):
            _console().print(part)
    else:
        _say_none()
    raise typer.Exit(1 if any(one.worse for one in results) else 0)


def _ask_again(settings: AssistantSettings, stored: StoredProbes, probes: Sequence[Probe]) -> list[ProbeResult]:
    """Asks the probes, with a progress bar on a terminal. Returns the results in the order of the probes."""
    results: dict[str, ProbeResult] = {}
    with progress_bar("Asking") as progress:
        task = progress.add_task("", total=len(probes))

        def checked(result: ProbeResult) -> None:
            stored.note_checked(result.probe, worse=result.worse)
            results[result.probe.id] = result
            progress.advance(task)

        run_loop(run_until_signal(lambda stop: _run_until(stop, _run(settings, stored, probes, checked))))
    if len(results) < len(probes):
        typer.echo(f"Interrupted after {len(results)} of {len(probes)}.", err=True)
        raise typer.Exit(_INTERRUPTED)
    return [results[probe.id] for probe in probes]


async def _run_until(stop: asyncio.Event, work: Coroutine[Any, Any, None]) -> None:
    """Runs `work`, which is cancelled when `stop` is set, and may then still close what it has opened."""
    run, stopped = asyncio.create_task(work), asyncio.create_task(stop.wait())
    await asyncio.wait({run, stopped}, return_when=asyncio.FIRST_COMPLETED)
    if not run.done():
        run.cancel()
    stopped.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await run


async def _run(
    settings: AssistantSettings, stored: StoredProbes, probes: Sequence[Probe], checked: Callable[[ProbeResult], None]
) -> None:
    from bot.app import build_uppzy
    from bot.helpdesk.review.probes import ProbeRunner

    async with build_uppzy(settings) as assistant:
        runner = ProbeRunner(
            assistant,
            stored,
            most_at_once=settings.uppzy_max_concurrent or None,
            language=settings.uppzy_language,
        )
        await runner.close_left_open()
        try:
            await runner.run(probes, checked)
        finally:
            if left := await stored.left_open():
                typer.echo(f"Sessions that could not be closed: {len(left)}. The next run closes them.", err=True)


def _stored(database: Path | None, env_file: Path | None) -> StoredProbes:
    from storage.probes import StoredProbes

    return StoredProbes(database_location(database, env_file), time.time)


def _refuse(problem: str) -> NoReturn:
    typer.echo(problem, err=True)
    raise typer.Exit(1)


def _say_none() -> None:
    typer.echo("Nothing is pinned. Pin a good answer with `uppzy-desk probe add REQUEST_ID`.", err=True)


def _console() -> Console:
    from rich.console import Console

    return Console(highlight=False, width=None if sys.stdout.isatty() else _WIDTH)
