"""The benchmark's large database is as after as many real turns."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from bot.helpdesk.coding import from_json
from bot.helpdesk.effects import BODIES
from storage import models
from tests.bench.history import multiply
