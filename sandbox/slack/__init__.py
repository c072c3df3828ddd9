"""A local stand-in for Slack, for tests and for trying the bot without an account. It is not Slack.

`LocalSlack` serves the part of Slack's Web API this bot uses on loopback, sends events and interactions to the app over
HTTP or Socket Mode, and lets a test or the demo act as the people of the workspace. It refuses what Slack refuses where
that is documented or was measured; where it knows nothing it says so in the docstring next to the code.
"""

from sandbox.impossible import ImpossibleError
from sandbox.slack.changes import Change, ChangeKind
from sandbox.slack.courier import Delivery, sign
from sandbox.slack.fault_injection import DeletedParent, Fault, FaultKind, Faults, OddBody
from sandbox.slack.server import (
    APP_TOKEN,
    BOT_TOKEN,
    DEFAULT_SCOPES,
    DEFAULT_SUBSCRIPTIONS,
    SIGNING_SECRET,
    InstalledApp,
    LocalSlack,
    RecordedCall,
)
from sandbox.slack.workspace import Channel, Ephemeral, File, Message, Session, StatusChange, User, View

__all__ = [
    "APP_TOKEN",
    "BOT_TOKEN",
    "DEFAULT_SCOPES",
    "DEFAULT_SUBSCRIPTIONS",
    "SIGNING_SECRET",
    "Change",
    "ChangeKind",
    "Channel",
    "DeletedParent",
    "Delivery",
    "Ephemeral",
    "Fault",
    "FaultKind",
    "Faults",
    "File",
    "ImpossibleError",
    "InstalledApp",
    "LocalSlack",
    "Message",
    "OddBody",
    "RecordedCall",
    "Session",
    "StatusChange",
    "User",
    "View",
    "sign",
]
