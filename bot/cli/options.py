"""Options that several commands share, and the settings behind them."""

from __future__ import annotations

import enum
import os
from collections.abc import Mapping
from datetime import tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.errors import SettingsError

# Imported inside the functions, so that `--help` is fast.
if TYPE_CHECKING:
    from bot.settings import AssistantSettings, ChatSettings, Settings
    from storage.inspection import DatabaseLocation

PROGRAM = "uppzy-desk"


class ListFormat(enum.StrEnum):
    """The formats of a list: for people, and for programs."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


class TableOrJson(enum.StrEnum):
    """The formats of a list that is no table of plain values."""

    TABLE = "table"
    JSON = "json"


EnvFile = Annotated[
    Path | None,
    typer.Option(
        "--env-file",
        metavar="FILE",
        help="Read settings from this file instead of .env. Environment variables win over either.",
    ),
]
DatabaseFile = Annotated[
    Path | None,
    typer.Option("--database", metavar="FILE", help="Use this SQLite file instead of DATABASE_URL."),
]


def env_path(env_file: Path | None) -> Path:
    """Returns the file with settings, which may be missing unless --env-file named it."""
    if env_file is not None and not env_file.is_file():
        raise SettingsError([f"--env-file names {str(env_file)!r}, and there is no such file."])
    return env_file or Path(".env")


def read_all_settings(env_file: Path | None) -> Settings:
    """Returns all settings. Raises SettingsError with every problem."""
    from bot.settings import read_settings

    return read_settings(os.environ, env_path(env_file))


def one_setting(name: str, env_file: Path | None) -> str | None:
    """Returns one variable as it is written; None where it is not set."""
    from dotenv import dotenv_values

    path = env_path(env_file)
    try:
        return os.environ.get(name) or dotenv_values(path).get(name)
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError([f"The file {path} cannot be read: make it a UTF-8 text file."]) from error


def database_location(database: Path | None, env_file: Path | None) -> DatabaseLocation:
    """Returns the file of --database, else the database of DATABASE_URL. Reads no other setting."""
    if database is not None:
        return database
    from bot.settings import DatabaseSettings, read_group
    from storage.engines import location_of

    return location_of(read_group(DatabaseSettings, os.environ, env_path(env_file)).database_url)


def own_environment() -> Mapping[str, str]:
    """Returns the environment of this process, for programs that it runs."""
    return os.environ


def assistant_settings(env_file: Path | None) -> AssistantSettings:
    """Returns the settings of Uppzy. Reads no others."""
    from bot.settings import AssistantSettings, read_group

    return read_group(AssistantSettings, os.environ, env_path(env_file))


def chat_settings(env_file: Path | None) -> ChatSettings:
    """Returns the settings of Slack. Reads no others."""
    from bot.settings import ChatSettings, read_group

    return read_group(ChatSettings, os.environ, env_path(env_file))


def policy_file(env_file: Path | None) -> Path:
    """Returns the policy file in use. Reads no other setting: a lead may run this on a machine without tokens."""
    from bot.resources import own_or_shipped_file
    from bot.settings import POLICY

    named = one_setting("POLICY_FILE", env_file)
    return Path(named) if named and named != POLICY else own_or_shipped_file(POLICY)


def review_zone(env_file: Path | None) -> tzinfo:
    """Returns the time zone of the review, in which people give dates. Reads the policy, and no other setting."""
    from bot.chat_ids import AnyIds
    from bot.policy_file import read_policy

    return read_policy(policy_file(env_file), AnyIds()).review.zone
