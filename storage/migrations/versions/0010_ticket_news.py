"""Keep how a ticket stands in the ticket system, and what was heard from there."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("handoffs", sa.Column("ticket_status", sa.Text(), nullable=True))
    op.add_column("handoffs", sa.Column("ticket_word", sa.Text(), nullable=True))
    op.add_column("handoffs", sa.Column("ticket_heard_at", sa.Float(53), nullable=True))
    op.add_column("handoffs", sa.Column("ticket_comments", sa.Text(), nullable=False, server_default="[]"))
    op.add_column("handoffs", sa.Column("ticket_watch", sa.Integer(), nullable=False, server_default="0"))
