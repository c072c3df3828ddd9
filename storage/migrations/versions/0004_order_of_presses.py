"""Know of every verdict when the press was made that gave it, so that one that was held up overrides no later one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("verdicts", sa.Column("made", sa.Text(), nullable=True))
