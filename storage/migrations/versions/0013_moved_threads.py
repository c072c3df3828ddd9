"""Keep the threads that are not there any more, and where what belonged to them goes on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "moved_threads",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("thread", sa.Text(), nullable=False),
        sa.Column("moved_to", sa.Text(), nullable=True),
        sa.Column("moved_at", sa.Float(53), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_moved_threads"),
        sa.UniqueConstraint("channel", "thread", name="uq_moved_threads_channel_thread"),
    )
    op.create_index("ix_moved_threads_owner", "moved_threads", ["owner"])
    op.create_index("ix_moved_threads_thread", "moved_threads", ["thread"])
    op.create_index("ix_moved_threads_moved_to", "moved_threads", ["moved_to"])
    op.create_index("ix_moved_threads_moved_at", "moved_threads", ["moved_at"])
