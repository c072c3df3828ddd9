"""A local stand-in for Microsoft Teams, for tests and for trying the bot without a tenant. It is not Teams.

`LocalTeams` serves on loopback what the bot talks to: the login, the keys of the Bot Framework, the connector, and the
part of Graph that reads channels. It sends signed activities to the bot, and lets a test or the demo act as people of
several tenants. It refuses what Teams refuses where that is documented or was measured; where it knows nothing it says
so next to the code.
"""

from sandbox.teams.changes import TeamsChange, TeamsChangeKind
from sandbox.teams.courier import ActivityDelivery
from sandbox.teams.fault_injection import ConnectorFault, ConnectorFaultKind, ConnectorFaults, RecordedCall
from sandbox.teams.login import RegisteredBot
from sandbox.teams.people import FeedbackShape
from sandbox.teams.roster import ConnectorHabits
from sandbox.teams.server import DEFAULT_BOT, LocalTeams
from sandbox.teams.workspace import (
    GUEST,
    ChannelMembership,
    PersonalChat,
    TeamChannel,
    TeamOfPeople,
    TeamsFile,
    TeamsMessage,
    TeamsUser,
)

__all__ = [
    "DEFAULT_BOT",
    "GUEST",
    "ActivityDelivery",
    "ChannelMembership",
    "ConnectorFault",
    "ConnectorFaultKind",
    "ConnectorFaults",
    "ConnectorHabits",
    "FeedbackShape",
    "LocalTeams",
    "PersonalChat",
    "RecordedCall",
    "RegisteredBot",
    "TeamChannel",
    "TeamOfPeople",
    "TeamsChange",
    "TeamsChangeKind",
    "TeamsFile",
    "TeamsMessage",
    "TeamsUser",
]
