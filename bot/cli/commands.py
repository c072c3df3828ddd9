"""The command line.

The desk's own errors end as a message on standard error and exit status 2, never as a traceback.
"""

from __future__ import annotations

import asyncio
import io
import logging
import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.articles_commands import articles_commands
from bot.cli.audit_commands import audit_commands
from bot.cli.backup_commands import back_up_database, copy_database, restore_database
from bot.cli.decision_commands import explain_question, replay_rules
from bot.cli.export_commands import export
from bot.cli.gap_commands import gaps
from bot.cli.options import (
    PROGRAM,
    DatabaseFile,
    EnvFile,
    env_path,
    one_setting,
    policy_file,
    read_all_settings,
)
from bot.cli.person_commands import export_person, forget
from bot.cli.probe_commands import probe_commands
from bot.cli.process import (
    ignore_hang_up,
    raise_open_file_limit,
    refuse_console_libraries,
    run_bot,
    run_loop,
    run_until_signal,
)
from bot.cli.review_commands import review
from bot.cli.rules_check import check_rules
from bot.cli.rules_history import rules_history
from bot.cli.terminal import report_console, write_utf8
from bot.errors import DeskError, PolicyError, SettingsError

# Everything else is imported inside the commands: all imports together take 0.9 s, those above 0.1 s, and `--help`
# should be fast.
if TYPE_CHECKING:
    from bot.findings import Finding
    from bot.settings import Settings
    from storage.inspection import DatabaseLocation


# Pretty tracebacks would print local variables, and tokens with them.
application = typer.Typer(
    name=PROGRAM,
    help="A help desk inside Slack and Microsoft Teams: answers from Uppzy, and a person when one is needed.",
    epilog="Something is wrong right now? Start with: uppzy-desk check",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the command in `arguments` (default: those of the process) and exits."""
    _replace_unprintable()
    sys.excepthook = _report_uncaught
    try:
        application(args=arguments, prog_name=PROGRAM)
    except DeskError as error:
        _print_error(error)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)


def _report_uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Prints where an error came from, without its words, which may be anybody's."""
    from bot.logs import configure_logging, log_uncaught

    if not logging.getLogger().handlers:
        configure_logging()
    log_uncaught(error)


def _replace_unprintable() -> None:
    """Makes the output escape characters that the terminal's encoding lacks, instead of raising an error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _print_error(error: DeskError) -> None:
    problems = error.problems if isinstance(error, SettingsError | PolicyError) else (str(error),)
    if len(problems) == 1:
        typer.echo(f"{PROGRAM}: {problems[0]}", err=True)
        return
    typer.echo(f"{PROGRAM}: {len(problems)} problems to fix first:", err=True)
    for problem in problems:
        typer.echo(f"- {problem}", err=True)


def _print_version(wanted: bool) -> None:
    if not wanted:
        return
    try:
        typer.echo(f"{PROGRAM} {version(PROGRAM)}")
    except PackageNotFoundError:
        typer.echo(f"{PROGRAM}, run from its source without being installed")
    raise typer.Exit


@application.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Options before a command."""


def _location(database: Path | None, env_file: Path | None) -> DatabaseLocation:
    """Returns the file of --database, else the database of the settings."""
    if database is not None:
        return database
    from storage.engines import location_of

    return location_of(read_all_settings(env_file).database_url)


# Running.


@application.command()
def run(env_file: EnvFile = None) -> None:
    """Run the desk until Ctrl-C or SIGTERM.

    Running work is then finished or kept for the next start. A second signal ends the program at once; no acknowledged
    event is lost. The log goes to standard error; "ready" means that it works. SIGHUP makes it read the policy again.
    """
    ignore_hang_up()
    refuse_console_libraries()
    from bot.logs import catch_uncaught, configure_logging

    settings = read_all_settings(env_file)
    configure_logging(settings.log_level, settings.log_format, secrets=settings.secrets)
    catch_uncaught()
    raise_open_file_limit()
    run_loop(run_until_signal(lambda stop: run_bot(stop, settings)))


@application.command()
def demo(
    host: Annotated[str, typer.Option(help="Where the page is served.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="On which port; 0 takes a free one.")] = 3000,
    database: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Keep everything in this file; without it all is forgotten.")
    ] = None,
    story: Annotated[bool, typer.Option("--story", help="Play the whole story here, and end.")] = False,
    pictures: Annotated[
        Path | None,
        typer.Option("--record", metavar="DIR", help="Photograph every state of the page into this folder, and end."),
    ] = None,
    tickets: Annotated[
        str,
        typer.Option(metavar="SYSTEM", help="Keep tickets there; its variables from the environment and .env."),
    ] = "local",
    language: Annotated[
        str, typer.Option(metavar="CODE", help="The bot's language: de, en, es or fr. The story is in English.")
    ] = "en",
    teams: Annotated[
        bool, typer.Option("--teams", help="Show a local Microsoft Teams, too, on a page of its own.")
    ] = False,
    env_file: EnvFile = None,
) -> None:
    """Try the desk in your browser, without any accounts.

    The page shows a local Slack and a local Uppzy, which are not the real ones, with the real bot between them. With
    --teams people write to the same desk in a local Microsoft Teams as well. With --story the bot plays every scene by
    itself, says what happened, and checks it: exit status 1 if something was not as it must be. --record needs Chromium
    and the Python package playwright. With --tickets the tickets go into a real ticket system.
    """
    from bot.logs import configure_logging

    configure_logging("warning")
    _bypass_proxies()
    if (story or pictures) and tickets != "local":
        option = "--story" if story else "--record"
        raise SettingsError([f"{option} looks at the tickets in its own database: leave out {option}, or --tickets."])
    if (story or pictures) and teams:
        raise SettingsError(["--story and --record show Slack alone: leave them out, or --teams."])
    _check_spoken(language)
    if story:
        from sandbox.story.script import tell_story

        raise typer.Exit(run_loop(tell_story(typer.echo)))
    if pictures:
        raise typer.Exit(_record(pictures, language))
    variables = _ticket_variables(tickets, env_file)
    run_loop(run_until_signal(lambda stop: _demo(stop, host, port, database, variables, language, teams=teams)))


def _check_spoken(language: str) -> None:
    from bot.helpdesk.messages.catalog import shipped_languages

    if language not in (spoken := shipped_languages()):
        raise SettingsError([f"The bot does not speak “{language}”: --language takes {', '.join(sorted(spoken))}."])


def _record(folder: Path, language: str) -> int:
    from bot.logs import configure_logging

    try:
        from sandbox.recording.recorder import record
    except ModuleNotFoundError as error:
        raise SettingsError([f"--record needs the Python package {error.name}: pip install {error.name}."]) from error
    configure_logging("critical")  # The scenes of faults would log them.
    return run_loop(record(folder, typer.echo, language=language))


def _ticket_variables(tickets: str, env_file: Path | None) -> dict[str, str]:
    from bot.settings import read_ticket_variables

    return read_ticket_variables(tickets, os.environ, env_path(env_file))


def _bypass_proxies() -> None:
    """Removes proxies from the environment: slack_sdk would use them even for this machine's servers."""
    for name in list(os.environ):
        if name.lower() in {"http_proxy", "https_proxy", "all_proxy"}:
            del os.environ[name]


async def _demo(
    stop: asyncio.Event,
    host: str,
    port: int,
    database: Path | None,
    variables: Mapping[str, str],
    language: str,
    *,
    teams: bool,
) -> None:
    from sandbox.demo import demo as serve

    def ready(url: str) -> None:
        pages = f"{url} for Slack and {url}teams for Teams" if teams else url
        typer.echo(f"The demo is ready: open {pages} in your browser. Ctrl-C ends it.")

    await serve(
        host=host,
        port=port,
        database=database,
        ready=ready,
        stop=stop,
        variables=variables,
        language=language,
        with_teams=teams,
    )


# Reading.


@application.command()
def check(env_file: EnvFile = None) -> None:
    """Check all that the desk needs, and say how to fix it.

    Looks at the settings, the policy, the database, Slack (token, scopes, handoff channels) and Uppzy. Posts nothing
    and asks Uppzy no question; may be run while the desk runs. Exit status: 0 all is well (warnings are allowed),
    1 a check failed, 2 the settings cannot be read.
    """
    from bot.logs import configure_logging

    settings = read_all_settings(env_file)
    configure_logging("error", secrets=settings.secrets)
    failed = run_loop(_check(settings))
    raise typer.Exit(1 if failed else 0)


async def _check(settings: Settings) -> int:
    """Prints every finding as it comes. Returns the number of failures."""
    from bot.preflight import check as findings

    total = failed = 0
    async for finding in findings(settings):
        typer.echo(_symbol(finding) + f" {finding.line}")
        total += 1
        failed += finding.ok is False
    typer.echo(f"\n{failed} of {total} checks failed." if failed else "\nThe desk can run.")
    return failed


def _symbol(finding: Finding) -> str:
    symbol, color = {True: ("✓", "green"), False: ("✗", "red"), None: ("!", "yellow")}[finding.ok]
    return typer.style(symbol, fg=color, bold=True)


@application.command()
def find(
    id: Annotated[str, typer.Argument(metavar="ID", help="Any identifier or the link of a Slack message.")],
    text: Annotated[bool, typer.Option("--text", help="Show what was written, too, without secrets.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, for programs; times are Unix seconds.")] = False,
    database: DatabaseFile = None,
    env_file: EnvFile = None,
) -> None:
    """Show everything that belongs to any one identifier.

    That is: conversation, questions, answers, verdicts, decisions, handoffs, tickets, and what became of every effect.
    ID may be a Slack message (ts, channel:ts or link), an Uppzy session or request id, a ticket number (HD-12), an
    employee's Slack id, or any id from the log or from a card. May be run while the desk runs. Exit status 1 when
    nothing is known of it.
    """
    from bot.chat_ids import read_any_identifier
    from bot.cli.find_report import found_as_json, found_as_tree
    from bot.helpdesk.messages import english
    from bot.slack.ids import UNDERSTOOD
    from storage.queries.search import find as look_up

    found = look_up(_location(database, env_file), read_any_identifier(id))
    if found is None:
        typer.echo(f"Nothing is known of {id!r}. What can be looked up: {english()(UNDERSTOOD)}.", err=True)
        raise typer.Exit(1)
    if as_json:
        typer.echo(found_as_json(found, with_text=text))
        return
    report_console().print(found_as_tree(found, with_text=text))


rules_commands = typer.Typer(
    invoke_without_command=True, rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False
)
application.add_typer(rules_commands, name="rules")

PolicyFile = Annotated[
    Path | None, typer.Option("--check", metavar="FILE", help="Read this policy instead of the one in use.")
]


@rules_commands.callback()
def rules(context: typer.Context, file: PolicyFile = None, env_file: EnvFile = None) -> None:
    """Read the escalation policy back in sentences.

    Or say what is wrong with it, where, and how to fix it. The policy in use is the file that POLICY_FILE names; try a
    changed one with --check before it replaces that. `rules try` shows which rules fire on a sentence.
    """
    if context.invoked_subcommand is not None:
        context.obj = (file, env_file)
        return
    from bot.chat_ids import AnyIds
    from bot.helpdesk.escalation import (
        describe,
        describe_handoffs,
        describe_missing_channels,
        describe_people,
        describe_privacy,
        describe_records,
        describe_review,
        describe_small_talk,
    )
    from bot.policy_file import read_policy

    path = file or policy_file(env_file)
    policy = read_policy(path, AnyIds())
    for number, sentence in enumerate(describe(policy), start=1):
        typer.echo(f"{number}. {sentence}")
    typer.echo()
    settings = (
        *describe_handoffs(policy.handoffs),
        *describe_records(policy.tickets, policy.notes),
        describe_small_talk(policy.small_talk),
        describe_review(policy.review),
        describe_privacy(policy.privacy),
        *describe_people(policy.people),
    )
    for sentence in settings:
        typer.echo(sentence)
    for warning in describe_missing_channels(policy):
        typer.echo(f"\nWarning: {warning}")
    typer.echo(f"\n{path}: {len(policy.rules)} rules, fingerprint {policy.fingerprint}.")


rules_commands.command("check")(check_rules)
rules_commands.command("history")(rules_history)


@rules_commands.command("try")
def try_rules(
    context: typer.Context,
    sentence: Annotated[str | None, typer.Argument(metavar="[SENTENCE]", help="What an employee might write.")] = None,
    sentences: Annotated[
        str | None,
        typer.Option("--file", metavar="FILE", help="A UTF-8 file with a sentence a line; - is the standard input."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, one line for each sentence.")] = False,
    file: PolicyFile = None,
    env_file: EnvFile = None,
) -> None:
    """Show which rules would fire on a sentence, by its words alone, and why.

    Lines of FILE without words are passed over. With --json: {"text": ..., "fired": ["name", ...]}, with the names of
    the rules as in the policy. Needs no settings but the policy, and sends nothing anywhere.
    """
    from bot.chat_ids import AnyIds
    from bot.cli.redact_report import read_text
    from bot.cli.rules_report import rule_lines, sentences_in
    from bot.policy_file import read_policy

    if (sentence is None) == (sentences is None):
        raise SettingsError(["Say what to try: a sentence in quotes, or --file with a file of sentences."])
    earlier_file, earlier_env_file = context.obj
    policy = read_policy(file or earlier_file or policy_file(env_file or earlier_env_file), AnyIds())
    given = (sentence,) if sentence is not None else sentences_in(read_text(sentences or ""))
    write_utf8()
    for line in rule_lines(policy, given, as_json=as_json):
        sys.stdout.write(line)


@application.command()
def manifest(
    classic: Annotated[
        bool, typer.Option("--classic", help="An ordinary bot without Slack's agent view; guests can use it too.")
    ] = False,
    http: Annotated[
        str | None,
        typer.Option("--http", metavar="URL", help="Slack calls this public https address (no Socket Mode)."),
    ] = None,
    teams: Annotated[bool, typer.Option("--teams", help="The manifest of the Teams app, for TEAMS_APP_ID.")] = False,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="With --teams: write the package that Teams takes, a zip."),
    ] = None,
    website: Annotated[
        str | None,
        typer.Option("--website", metavar="URL", help="With --teams: your page about the help desk and its privacy."),
    ] = None,
    env_file: EnvFile = None,
) -> None:
    """Print the manifest to create the app from.

    Slack: paste it at https://api.slack.com/apps: Create New App, From a manifest. Teams: upload the package of --out
    in the admin center, under Manage apps.
    """
    if teams:
        _refuse_options("only Slack has", classic=classic, http=http is not None)
        _write_teams_manifest(out, website, env_file)
        return
    _refuse_options("only --teams has", out=out is not None, website=website is not None)
    from bot.manifest import read_manifest, to_yaml, variant

    typer.echo(to_yaml(variant(read_manifest(), classic=classic, url=http)), nl=False)


def _refuse_options(who: str, **given: bool) -> None:
    wrong = [name for name, is_given in given.items() if is_given]
    if wrong:
        raise SettingsError([f"--{name} is an option that {who}." for name in wrong])


def _write_teams_manifest(out: Path | None, website: str | None, env_file: Path | None) -> None:
    from bot.teams_manifest import WEBSITE, app_package, manifest_json, teams_manifest

    made = teams_manifest(one_setting("TEAMS_APP_ID", env_file), _version(), website or WEBSITE)
    if out is None:
        typer.echo(manifest_json(made), nl=False)
        return
    try:
        out.write_bytes(app_package(made))
    except OSError as error:
        raise SettingsError([f"--out: {out} cannot be written ({error.strerror})."]) from error
    typer.echo(f"Written: {out}")


def _version() -> str:
    """Returns the version of the program; that of an app in Teams must rise with each change of its manifest."""
    try:
        return version(PROGRAM)
    except PackageNotFoundError:
        return "0.0.1"


@application.command()
def redact(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A text in UTF-8; - is the standard input.")] = "-",
    lines: Annotated[
        bool, typer.Option("--lines", help=r"Each line is a text for itself; \n in it is a line break, \\ a backslash.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="As JSON, with the kind and the place of what was found.")
    ] = False,
) -> None:
    """Show a text as a ticket would get it: without secrets.

    A mark such as [redacted: password] stands in the place of each. With --json: {"text": ..., "found": [{"kind": ...,
    "start": ..., "end": ...}]}, where start and end count the characters of the text that was given. Needs no settings
    and sends nothing anywhere.
    """
    from bot.cli.redact_report import read_text, redacted_lines

    text = read_text(file)
    write_utf8()
    for line in redacted_lines(text, lines=lines, as_json=as_json):
        sys.stdout.write(line)


rules_commands.command("explain")(explain_question)
rules_commands.command("replay")(replay_rules)
application.command()(review)
application.command()(export)
application.command()(gaps)
application.command("export-person")(export_person)
application.command()(forget)
application.add_typer(probe_commands, name="probe")
application.add_typer(articles_commands, name="articles")
application.add_typer(audit_commands, name="audit")


# Database.


@application.command()
def migrate(database: DatabaseFile = None, env_file: EnvFile = None) -> None:
    """Bring the database up to date.

    `run` does the same when it starts; this is for doing it beforehand. Stop the desk first, and keep a copy of the
    file: there is no way back to an older version.
    """
    from storage.inspection import display_name, inspect

    location = _location(database, env_file)
    before = inspect(location)
    run_loop(_migrate(location))
    if before.version == before.wanted:
        typer.echo(f"{display_name(location)} is at version {before.wanted} already.")
    else:
        typer.echo(f"{display_name(location)} was brought from version {before.version or 'none'} to {before.wanted}.")


async def _migrate(location: DatabaseLocation) -> None:
    from storage.engines import choose_engine

    database, _ = choose_engine(location)
    async with database:
        # Opening it runs the migrations.
        return


database_commands = typer.Typer(
    help="Look at the database, copy it, and move it.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
application.add_typer(database_commands, name="db")


@database_commands.callback()
def _database_commands() -> None:
    """Look at the database, copy it, and move it."""


database_commands.command("backup")(back_up_database)
database_commands.command("restore")(restore_database)
database_commands.command("copy")(copy_database)


@database_commands.command()
def stats(
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, for programs; times are Unix seconds.")] = False,
    database: DatabaseFile = None,
    env_file: EnvFile = None,
) -> None:
    """Show how large the database is and what waits in it.

    That is: engine, version, size, rows of every table, the oldest question that is not answered, jobs and effects that
    are not done, and how old the oldest text is that is still kept. May be run while the desk runs; changes nothing.
    """
    from bot.cli.stats_report import stats_as_json, stats_as_lines
    from storage.queries.stats import read_stats

    days = _retention_days(env_file)
    read, now = read_stats(_location(database, env_file)), time.time()
    if as_json:
        typer.echo(stats_as_json(read, now=now, retention_days=days))
        return
    for line in stats_as_lines(read, now=now, retention_days=days):
        typer.echo(line)


def _retention_days(env_file: Path | None) -> int:
    """Returns RETENTION_DAYS. Reads no other setting, because --database may be used without them."""
    from bot.settings import Settings

    given = one_setting("RETENTION_DAYS", env_file)
    if given is None:
        return int(Settings.model_fields["retention_days"].default)
    try:
        return int(given)
    except ValueError:
        raise SettingsError([f"RETENTION_DAYS must be a whole number of days, 1 or more, not {given!r}."]) from None
