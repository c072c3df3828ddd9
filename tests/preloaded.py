"""Modules and data that the bot loads when it starts, loaded once for all its processes in a test run.

The standard library's fork server imports this module, and then forks a process for each start of the bot, which takes
half a second instead of four on a small machine. `tests/test_cli.py` also starts it as in production.
"""

from __future__ import annotations

import gc

import sqlalchemy.dialects.postgresql.psycopg
import sqlalchemy.dialects.sqlite.pysqlite
import uvloop

import bot.app
import bot.cli.commands
import bot.logs
import storage.postgres.jobs
import tests.chaos.bot
from bot.helpdesk.language import shipped_language

__all__ = ["bot", "sqlalchemy", "storage", "tests", "uvloop"]

shipped_language()
gc.freeze()
