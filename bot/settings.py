"""Settings: environment variables and a `.env` file as one frozen value.

Only the entry points read the environment and pass it as a mapping. All problems are reported together, each with the
variable and the fix; none repeats a secret.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from dotenv.parser import Binding, parse_stream
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError

from bot.errors import SettingsError
from bot.resources import own_or_shipped_file
from bot.settings_base import TOKENS, BaseAddress, Variables, WebAddress, lower, matching, names_of, sentence, shown
from bot.slack.ids import SlackIds
from bot.teams.ids import TeamsIds, channel_as_copied
from bot.teams.service_hosts import ServiceHosts
from bot.tickets.registry import SYSTEMS

M = TypeVar("M", bound=Variables)

POLICY = "config/escalation.toml"

LOCAL = "local"
TICKET_SYSTEMS = (LOCAL, *SYSTEMS)

# Slack shows these beside the required ones, so people copy them too. They have no effect.
_IGNORED = frozenset({"SLACK_APP_ID", "SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET", "SLACK_VERIFICATION_TOKEN"})
_PREFIXES = ("SLACK_", "TEAMS_", "UPPZY_")


def _token(prefix: str) -> Callable[[SecretStr], SecretStr]:
    def check(token: SecretStr) -> SecretStr:
        value = token.get_secret_value()
        if not value.startswith(prefix):
            found = next((kind for start, kind in TOKENS.items() if value.startswith(start)), "something else")
            raise ValueError(f"must start with {prefix} but holds {found}")
        return token

    return check


def _signing_secret(secret: SecretStr) -> SecretStr:
    for start, kind in TOKENS.items():
        if secret.get_secret_value().startswith(start):
            raise ValueError(f"must be the signing secret but holds {kind}")
    return secret


_IN_SLACK = "in Slack, open the channel's details and copy the id at their end"
_IN_TEAMS = "in Teams, copy the link to the channel, and paste it here"


def _slack_channel(value: str) -> str:
    if SlackIds().channel_problem(value) is None:
        return value
    if TeamsIds().channel_problem(value) is None:
        raise ValueError("must be a channel of Slack: one of Teams belongs into TEAMS_HANDOFF_CHANNEL")
    raise ValueError(f"must be a channel id such as C0123456789, not {shown(value)}: {_IN_SLACK}")


def _teams_channel(value: str) -> str:
    value = channel_as_copied(value)
    if TeamsIds().channel_problem(value) is None:
        return value
    if SlackIds().channel_problem(value) is None:
        raise ValueError("must be a channel of Teams: one of Slack belongs into HANDOFF_CHANNEL")
    raise ValueError(f"must be a channel id such as 19:0123abcd@thread.tacv2, not {shown(value)}: {_IN_TEAMS}")


def _any_channel(value: str) -> str:
    value = channel_as_copied(value)
    if SlackIds().channel_problem(value) is not None and TeamsIds().channel_problem(value) is not None:
        raise ValueError(
            "must be a channel id such as C0123456789 (Slack) or 19:0123abcd@thread.tacv2 (Teams), "
            f"not {shown(value)}: {_IN_SLACK}; {_IN_TEAMS}"
        )
    return value


_GUID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_Guid = Annotated[
    str,
    matching(_GUID.fullmatch, "an id such as 00000000-aaaa-4000-8000-000000000001"),
    AfterValidator(str.lower),
]


def _client_secret(secret: SecretStr) -> SecretStr:
    value = secret.get_secret_value()
    if _GUID.fullmatch(value):
        raise ValueError("must be the value of the client secret but holds its id, which stands beside it")
    for start, kind in TOKENS.items():
        if value.startswith(start):
            raise ValueError(f"must be the value of the client secret but holds {kind}")
    return secret


_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")


def _hosts(value: object) -> object:
    """Splits a list of host names."""
    if not isinstance(value, str):
        return value
    hosts = [host.strip().lower() for host in value.split(",") if host.strip()]
    for host in hosts:
        if not _HOST.fullmatch(host) or host.startswith(tuple(TOKENS)):
            raise ValueError(
                "must be host names with commas between them, such as teams.example.com, without https:// and without "
                f"ports, not {shown(value)}"
            )
    return frozenset(hosts)


def _database_url(value: str) -> str:
    scheme, separator, rest = value.partition("://")
    if scheme == "postgres" or scheme.startswith(("postgresql+", "sqlite+")):
        raise ValueError(f"must start with sqlite:/// or postgresql://, not {scheme}://: the desk picks the driver")
    if not separator or scheme not in {"sqlite", "postgresql"}:
        raise ValueError("must look like sqlite:///desk.db or postgresql://user:password@host/database")
    if scheme == "sqlite" and not (rest.startswith("/") and rest.strip("/")):
        raise ValueError("names no file: write sqlite:///desk.db")
    return value


def _ticket_system(system: str) -> str:
    if system not in TICKET_SYSTEMS:
        raise ValueError(f"must be one of {', '.join(TICKET_SYSTEMS)}, not {shown(system)}")
    return system


def _policy_file(path: Path) -> Path:
    found = own_or_shipped_file(POLICY) if path == Path(POLICY) else path
    if not found.is_file():
        raise ValueError(f"names {shown(str(path))}, and there is no such file in {str(Path.cwd())!r}")
    return found


def _folder(path: Path) -> Path:
    if not path.is_dir():
        raise ValueError(f"names {shown(str(path))}, and there is no such folder in {str(Path.cwd())!r}")
    return path


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackSettings:
    """The settings of Slack, all there."""

    api_url: str
    bot_token: str = field(repr=False)
    app_token: str | None = field(repr=False)
    signing_secret: str | None = field(repr=False)
    handoff_channel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamsSettings:
    """The settings of Teams, all there."""

    app_id: str
    password: str = field(repr=False)
    tenant: str
    handoff_channel: str
    login_url: str
    openid_url: str
    service_hosts: frozenset[str]
    service_url: str
    graph_url: str


class ChatSettings(Variables):
    """The apps of Slack and of Teams, one or both, and the channels where people take over.

    Which ones are used follows from which variables are set.
    """

    slack_bot_token: Annotated[SecretStr, AfterValidator(_token("xoxb-"))] | None = Field(
        default=None, description="the bot token (xoxb-...), in the Slack app's settings under OAuth & Permissions"
    )
    slack_app_token: Annotated[SecretStr, AfterValidator(_token("xapp-"))] | None = None
    slack_signing_secret: Annotated[SecretStr, AfterValidator(_signing_secret)] | None = None
    slack_api_url: BaseAddress = "https://slack.com/api/"
    handoff_channel: Annotated[str, AfterValidator(_slack_channel)] | None = Field(
        default=None,
        description="the id of the channel where people take over (C...), at the end of the channel's details in Slack",
    )
    review_channel: Annotated[str, AfterValidator(_any_channel)] | None = None
    teams_app_id: _Guid | None = Field(
        default=None, description="the application (client) id of the app registration in Microsoft Entra"
    )
    teams_app_password: Annotated[SecretStr, AfterValidator(_client_secret)] | None = Field(
        default=None, description="the value of a client secret of the app registration in Microsoft Entra"
    )
    teams_tenant_id: _Guid | None = Field(
        default=None, description="the directory (tenant) id of your company in Microsoft Entra"
    )
    teams_handoff_channel: Annotated[str, AfterValidator(_teams_channel)] | None = Field(
        default=None, description="the id of the channel where people take over (19:...@thread.tacv2), in its link"
    )
    teams_login_url: WebAddress = "https://login.microsoftonline.com"
    teams_openid_url: WebAddress = "https://login.botframework.com/v1/.well-known/openidconfiguration"
    teams_service_hosts: Annotated[frozenset[str], BeforeValidator(_hosts)] = frozenset()
    teams_service_url: BaseAddress = "https://smba.trafficmanager.net/teams/"
    teams_graph_url: WebAddress = "https://graph.microsoft.com/v1.0"

    @property
    def slack(self) -> SlackSettings | None:
        """The settings of Slack; None if it is not used."""
        if self.slack_bot_token is None or self.handoff_channel is None:
            return None
        app_token, secret = self.slack_app_token, self.slack_signing_secret
        return SlackSettings(
            api_url=self.slack_api_url,
            bot_token=self.slack_bot_token.get_secret_value(),
            app_token=app_token.get_secret_value() if app_token else None,
            signing_secret=secret.get_secret_value() if secret else None,
            handoff_channel=self.handoff_channel,
        )

    @property
    def teams(self) -> TeamsSettings | None:
        """The settings of Teams; None if it is not used."""
        app_id, password, tenant = self.teams_app_id, self.teams_app_password, self.teams_tenant_id
        if app_id is None or password is None or tenant is None or self.teams_handoff_channel is None:
            return None
        return TeamsSettings(
            app_id=app_id,
            password=password.get_secret_value(),
            tenant=tenant,
            handoff_channel=self.teams_handoff_channel,
            login_url=self.teams_login_url,
            openid_url=self.teams_openid_url,
            service_hosts=self.teams_service_hosts,
            service_url=self.teams_service_url,
            graph_url=self.teams_graph_url,
        )


class AssistantSettings(Variables):
    """The Uppzy site that answers, and how it is asked."""

    uppzy_base_url: WebAddress = "https://api.uppzy.com/api/v1"
    uppzy_api_key: SecretStr = Field(description="the API key, from API Access in the Uppzy dashboard")
    uppzy_tenant_id: str = Field(description="the tenant (workspace) id of your Uppzy account")
    uppzy_site_id: str = Field(description="the id of the Uppzy site whose assistant answers")
    uppzy_chat: Annotated[Literal["sync", "async"], BeforeValidator(lower)] = Field(
        default="sync", description="sync or async"
    )
    uppzy_max_concurrent: int = Field(default=0, ge=0, description="a whole number, 0 or more; 0 means no cap")
    uppzy_language: str | None = None
    uppzy_send_email: bool = Field(default=False, description="true or false")


class DatabaseSettings(Variables):
    """The database, whose address may contain a password: `repr` leaves it out."""

    database_url: Annotated[str, AfterValidator(_database_url)] = Field(default="sqlite:///desk.db", repr=False)


# Fields of the last base come first.
class Settings(DatabaseSettings, AssistantSettings, ChatSettings):
    """The operator's settings. Each field is the environment variable of the same name in capitals.

    `repr` masks secrets.
    """

    policy_file: Annotated[Path, AfterValidator(_policy_file)] = Field(default=Path(POLICY), validate_default=True)
    messages_dir: Annotated[Path, AfterValidator(_folder)] | None = None
    retention_days: int = Field(default=90, ge=1, description="a whole number of days, 1 or more")
    audit_retention_days: int = Field(default=730, ge=1, description="a whole number of days, 1 or more")
    tickets: Annotated[str, AfterValidator(_ticket_system), BeforeValidator(lower)] = LOCAL
    tickets_poll_seconds: int = Field(default=120, ge=0, description="a whole number of seconds, 0 or more")
    host: str = "127.0.0.1"
    port: int = Field(default=3000, ge=0, le=65535, description="a whole number from 0 to 65535")
    log_level: Annotated[Literal["debug", "info", "warning", "error", "critical"], BeforeValidator(lower)] = Field(
        default="info", description="one of debug, info, warning, error, critical"
    )
    log_format: Annotated[Literal["console", "json"], BeforeValidator(lower)] = Field(
        default="console", description="console or json"
    )

    ticket_system: Variables | None = None
    """The variables of the ticket system that `tickets` names, None for `local`. Not a variable itself."""

    @property
    def mode(self) -> Literal["socket", "http"]:
        """The way in which Slack delivers events; only the app-level token decides it. Teams always calls the desk."""
        return "socket" if self.slack_app_token else "http"


VARIABLES: tuple[str, ...] = tuple(name for name in names_of(Settings) if name != "TICKET_SYSTEM")
TICKET_VARIABLES: tuple[str, ...] = tuple(name for system in SYSTEMS.values() for name in names_of(system.variables))


def read_settings(environ: Mapping[str, str], env_file: Path | None) -> Settings:
    """Reads the settings from `environ` and, for variables it lacks, from `env_file`, which may be missing.

    Raises SettingsError with one sentence for each problem.
    """
    in_file, problems = _read_env_file(env_file)
    values = _trimmed({**in_file, **environ})
    system = SYSTEMS.get(values.get("TICKETS", LOCAL).lower())
    ticket_system, ticket_problems = (None, []) if system is None else _validated(system.variables, values)
    settings, setting_problems = _validated(Settings, {**values, "TICKET_SYSTEM": ticket_system})
    problems = [
        *_missing_chat(values),
        *setting_problems,
        *ticket_problems,
        *problems,
        *_unknown_names(in_file),
        *_missing_connection(values),
        *(() if settings is None else _foreign_service(settings)),
    ]
    if settings is None or problems:
        raise SettingsError(problems)
    return settings


def read_group(group: type[M], environ: Mapping[str, str], env_file: Path | None) -> M:
    """Reads one group of settings, for a command that needs no others. Raises SettingsError like `read_settings`."""
    in_file, problems = _read_env_file(env_file)
    values = _trimmed({**in_file, **environ})
    settings, setting_problems = _validated(group, values)
    missing = _missing_chat(values) if issubclass(group, ChatSettings) else ()
    problems = [*missing, *setting_problems, *problems]
    if settings is None or problems:
        raise SettingsError(problems)
    return settings


def read_ticket_variables(system: str, environ: Mapping[str, str], env_file: Path | None) -> dict[str, str]:
    """Returns the variables of a ticket system and `TICKETS`; no other settings are read. Raises SettingsError."""
    in_file, problems = _read_env_file(env_file)
    if problems:
        raise SettingsError(problems)
    values = _trimmed({**in_file, **environ})
    return {"TICKETS": system, **{name: value for name, value in values.items() if name in TICKET_VARIABLES}}


def _validated(model: type[M], values: Mapping[str, Any]) -> tuple[M | None, list[str]]:
    """Returns the model filled with its variables, or a sentence for each problem."""
    try:
        return model.model_validate(values), []
    except ValidationError as error:
        errors = error.errors(include_url=False, include_context=False)
        return None, [sentence(details, values, model) for details in errors]


def _trimmed(values: Mapping[str, str]) -> dict[str, str]:
    """Returns the known variables that are not empty, without quotes: some container tools pass those of a file on."""
    names = (*VARIABLES, *TICKET_VARIABLES)
    trimmed = {name: _unquoted(values[name].strip()) for name in names if name in values}
    return {name: value for name, value in trimmed.items() if value}


def _unquoted(value: str) -> str:
    quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
    return value[1:-1].strip() if quoted else value


def _read_env_file(path: Path | None) -> tuple[dict[str, str], list[str]]:
    if path is None or not path.is_file():
        return {}, []
    try:
        with path.open(encoding="utf-8-sig") as stream:
            lines = list(parse_stream(stream))
    except (OSError, UnicodeDecodeError):
        return {}, [f"The file {path} cannot be read: make it a UTF-8 text file that this user may read."]
    return {line.key: line.value or "" for line in lines if line.key}, list(_syntax_errors(lines, path))


def _syntax_errors(lines: Sequence[Binding], path: Path) -> Iterator[str]:
    for line in lines:
        if line.error:
            yield f"Line {line.original.line} of {path} cannot be read: write NAME=value, with both quotes or none."


def _unknown_names(in_file: Mapping[str, str]) -> Iterator[str]:
    """Reports names in the file that look like settings and are none. The environment is shared with other programs."""
    names = (*VARIABLES, *TICKET_VARIABLES)
    for name in in_file:
        if name in names or name in _IGNORED:
            continue
        meant = difflib.get_close_matches(name.upper(), names, n=1, cutoff=0.85)
        if meant:
            yield f"{name} is not a setting: did you mean {meant[0]}?"
        elif name.startswith(_PREFIXES):
            yield f"{name} is not a setting: remove it, or compare its name with .env.example."


_SLACK = ("SLACK_BOT_TOKEN", "HANDOFF_CHANNEL")
_SLACK_CONNECTION = ("SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET")
_TEAMS = ("TEAMS_APP_ID", "TEAMS_APP_PASSWORD", "TEAMS_TENANT_ID", "TEAMS_HANDOFF_CHANNEL")


def _missing_chat(values: Mapping[str, str]) -> Iterator[str]:
    """Reports what is missing of a chat of which something is set, or that there is none."""
    wanted = [names for names, more in ((_SLACK, _SLACK_CONNECTION), (_TEAMS, ())) if values.keys() & {*names, *more}]
    for name in (name for names in wanted for name in names if name not in values):
        yield f"{name} is not set: it is {ChatSettings.model_fields[name.lower()].description}."
    if not wanted:
        yield (
            "SLACK_BOT_TOKEN or TEAMS_APP_ID must be set. For Slack: SLACK_BOT_TOKEN, HANDOFF_CHANNEL, and "
            "SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET (HTTP). For Microsoft Teams: TEAMS_APP_ID, "
            "TEAMS_APP_PASSWORD, TEAMS_TENANT_ID and TEAMS_HANDOFF_CHANNEL. With both, both are used."
        )


def _missing_connection(values: Mapping[str, str]) -> Iterator[str]:
    if values.keys() & {*_SLACK} and not values.keys() & {*_SLACK_CONNECTION}:
        yield (
            "SLACK_APP_TOKEN is not set: give the app-level token (xapp-...) for Socket Mode, "
            "or SLACK_SIGNING_SECRET for HTTP."
        )


def _foreign_service(settings: ChatSettings) -> Iterator[str]:
    """Reports an address to which the desk would never send its token."""
    if not ServiceHosts(settings.teams_service_hosts).allow(settings.teams_service_url):
        yield (
            f"TEAMS_SERVICE_URL is not an address of Microsoft's: {shown(settings.teams_service_url)}. Leave it out, "
            "or add its host to TEAMS_SERVICE_HOSTS."
        )
