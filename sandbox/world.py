"""Local world for tests, story and demo: a local Slack or Teams, a local Uppzy and the real bot between them.

The stand-ins are not Slack, not Teams and not Uppzy; the bot is the production one, over signed HTTP and a SQLite file.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bot.app import Outside, RunningBot, running
from bot.helpdesk.model.chat import ENGLISH
from bot.settings import Settings, read_settings
from sandbox.slack import LocalSlack, Message
from sandbox.teams import LocalTeams
from sandbox.uppzy import LocalUppzy

HANDOFF_CHANNEL = "C0HANDOFF"
REVIEW_CHANNEL = "C0REVIEW0"
MIA = "U0MIA0000"
TOM = "U0TOM0000"
ADA = "U0ADA0000"
BEN = "U0BEN0000"
LEA = "U0LEA0000"

TEAMS_CHANNEL = "19:handoffs@thread.tacv2"
TEAMS_TEAM = "19:support@thread.tacv2"
TEAMS_MIA = "00000000-a000-4000-8000-00000000001a"
TEAMS_TOM = "00000000-a000-4000-8000-00000000002a"
TEAMS_ADA = "00000000-a000-4000-8000-00000000003a"
TEAMS_BEN = "00000000-a000-4000-8000-00000000004a"

NO_SLACK = {"SLACK_BOT_TOKEN": "", "SLACK_SIGNING_SECRET": "", "SLACK_API_URL": "", "HANDOFF_CHANNEL": ""}
"""Settings that leave Slack out."""


def populate(slack: LocalSlack, language: str = ENGLISH) -> None:
    """Adds the people of every story: Mia and Tom ask, Ada and Ben are members of the handoff channel.

    Their Slack is in `language`.
    """
    locale = _locale(language)
    slack.add_user(MIA, "Mia", email="mia@example.com", locale=locale)
    slack.add_user(TOM, "Tom", email="tom@example.com", locale="en-GB" if language == ENGLISH else locale)
    slack.add_user(ADA, "Ada", email="ada@example.com", locale=locale)
    slack.add_user(BEN, "Ben", email="ben@example.com", locale=locale)
    slack.add_channel(HANDOFF_CHANNEL, "support-handoff", members=[ADA, BEN, slack.bot_user_id])


def populate_teams(teams: LocalTeams, language: str = ENGLISH) -> None:
    """Adds the same people on Teams: Mia and Tom ask, Ada and Ben are in the team with the handoff channel."""
    locale = _locale(language)
    teams.add_user(TEAMS_MIA, "Mia", "mia@example.com", locale=locale)
    teams.add_user(TEAMS_TOM, "Tom", "tom@example.com", locale="en-GB" if language == ENGLISH else locale)
    teams.add_user(TEAMS_ADA, "Ada", "ada@example.com", locale=locale)
    teams.add_user(TEAMS_BEN, "Ben", "ben@example.com", locale=locale)
    teams.add_team(TEAMS_TEAM, "Support", [TEAMS_ADA, TEAMS_BEN])
    teams.add_channel(TEAMS_CHANNEL, "Handoffs", TEAMS_TEAM)


def teams_environment(teams: LocalTeams) -> dict[str, str]:
    """Returns the settings that connect a bot to the local Teams."""
    return {**teams.environment(), "TEAMS_HANDOFF_CHANNEL": TEAMS_CHANNEL}


def add_review(slack: LocalSlack, language: str = ENGLISH) -> None:
    """Adds Lea, the lead of the agents, and the channel in which she and the agents read the weekly review."""
    slack.add_user(LEA, "Lea", email="lea@example.com", locale=_locale(language))
    slack.workspace.channels[HANDOFF_CHANNEL].members.append(LEA)
    slack.add_channel(REVIEW_CHANNEL, "support-review", members=[LEA, ADA, BEN, slack.bot_user_id])


def _locale(language: str) -> str:
    return "en-US" if language == ENGLISH else f"{language}-{language.upper()}"


def local_settings(
    slack: LocalSlack, uppzy: LocalUppzy, database: Path | str, more: Mapping[str, str] | None = None
) -> Settings:
    """Returns settings for a bot between the stand-ins on a free port. `database` is a SQLite file or an address;
    in `more`, an empty value unsets a variable.
    """
    values = {
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_SIGNING_SECRET": slack.signing_secret,
        "SLACK_API_URL": slack.api_url,
        "HANDOFF_CHANNEL": HANDOFF_CHANNEL,
        "UPPZY_BASE_URL": uppzy.base_url,
        "UPPZY_API_KEY": uppzy.api_key,
        "UPPZY_TENANT_ID": uppzy.tenant_id,
        "UPPZY_SITE_ID": uppzy.site_id,
        "DATABASE_URL": database if isinstance(database, str) else f"sqlite:///{database}",
        "PORT": "0",
    }
    return read_settings({**values, **(more or {})}, None)


@dataclass(slots=True)
class LocalWorld:
    """The stand-ins, and the settings to run the bot between them, also several times on the same database.

    `teams` None: there is no local Teams.
    """

    slack: LocalSlack
    uppzy: LocalUppzy
    settings: Settings
    outside: Outside = field(default_factory=Outside)
    teams: LocalTeams | None = None

    @contextlib.asynccontextmanager
    async def bot(self) -> AsyncIterator[RunningBot]:
        """Runs the bot and connects the local Slack and the local Teams to it."""
        async with running(self.settings, self.outside) as bot:
            self.slack.events_url = f"{bot.url}/slack/events" if self.settings.mode == "http" else None
            if self.teams is not None:
                self.teams.messages_url = f"{bot.url}/teams/messages"
            yield bot

    def thread(self, channel: str, root: str) -> list[Message]:
        """Returns the messages of a thread after its root."""
        return self.slack.messages(channel, root)[1:]

    @property
    def cards(self) -> list[Message]:
        """Returns the cards in the handoff channel, oldest first."""
        messages = self.slack.messages(HANDOFF_CHANNEL)
        # Alarms are posts of ours as well, but only cards have the moves of a handoff under them.
        return [message for message in messages if message.metadata and "handoff_" in str(message.blocks)]
