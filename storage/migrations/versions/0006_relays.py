"""Keep what people write to each other while a conversation is theirs, and who has joined whoever owns it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("handoffs", sa.Column("joined", sa.Text(), nullable=False, server_default="[]"))
    op.create_table(
        "relays",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("conversation_id", sa.Text(), nullable=False),
        sa.Column("handoff_id", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("to_employee", sa.Boolean(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("files", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("sign", sa.Text(), nullable=True),
        sa.Column("sending", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("written_at", sa.Float(53), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_relays")),
        sa.UniqueConstraint("channel", "message", name=op.f("uq_relays_channel_message")),
    )
    op.create_index(op.f("ix_relays_conversation_id"), "relays", ["conversation_id"], unique=False)
    op.create_index(op.f("ix_relays_handoff_id"), "relays", ["handoff_id"], unique=False)
    op.create_index(op.f("ix_relays_written_at"), "relays", ["written_at"], unique=False)
