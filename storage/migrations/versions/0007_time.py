"""Keep alarms until they are over, by when a handoff is to be taken up, and when a conversation may be over."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("conversations", sa.Column("idle_at", sa.Float(53), nullable=True))
    op.add_column("handoffs", sa.Column("answer_by", sa.Float(53), nullable=True))
    op.create_table(
        "alarms",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("since", sa.Float(53), nullable=False),
        sa.Column("last_at", sa.Float(53), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("unsaid", sa.Boolean(), nullable=False),
        sa.Column("fades", sa.Boolean(), nullable=False),
        sa.Column("over_at", sa.Float(53), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alarms")),
    )
    op.create_index(op.f("ix_alarms_over_at"), "alarms", ["over_at"], unique=False)
    op.create_index(
        "uq_alarms_one_standing",
        "alarms",
        ["cause"],
        unique=True,
        sqlite_where=sa.text("over_at IS NULL"),
        postgresql_where=sa.text("over_at IS NULL"),
    )
