"""Replaceable parts and limits of the bot that are no settings; tests and the sandbox give others."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx

from bot.helpdesk.config import CatchUpLimits, Timeouts
from bot.helpdesk.ports import Clock, Store, Tickets
from bot.policy_watch import INTERVAL
from bot.slack.people import PeopleLimits
from bot.slack.rate_limiter import SlackLimits
from bot.slack.socket_mode import SocketTimings
from bot.teams.rate_limiter import TeamsLimits
from bot.tickets.local import DatabaseTickets


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """The parts and limits. `tickets` builds the ticket system of `TICKETS=local`."""

    clock: Clock = time.time
    timeouts: Timeouts = field(default_factory=Timeouts)
    uppzy_transport: httpx.AsyncBaseTransport | None = None
    tickets: Callable[[Store, Clock], Tickets] = DatabaseTickets
    slack_limits: SlackLimits = field(default_factory=SlackLimits)
    teams_limits: TeamsLimits = field(default_factory=TeamsLimits)
    people: PeopleLimits = field(default_factory=PeopleLimits)
    stop_timeout: float = 10.0
    sockets: SocketTimings = field(default_factory=SocketTimings)
    catch_up: CatchUpLimits = field(default_factory=CatchUpLimits)
    policy_interval: float = INTERVAL
