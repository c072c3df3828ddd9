"""Keep how a handoff ended, what agents asked, sent and had revealed, and drafts of reference articles."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for column in ("outcome", "resolution", "agent_session", "revealed_by"):
        op.add_column("handoffs", sa.Column(column, sa.Text(), nullable=True))
    op.add_column("handoffs", sa.Column("solved", sa.Boolean(), nullable=True))
    op.add_column("handoffs", sa.Column("revealed_at", sa.Float(53), nullable=True))
    op.add_column("questions", sa.Column("handoff_id", sa.Text(), nullable=True))
    op.add_column("answers", sa.Column("sent_by", sa.Text(), nullable=True))
    op.create_table(
        "reference_drafts",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("handoff_id", sa.Text(), nullable=False),
        sa.Column("conversation_id", sa.Text(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("drafted_at", sa.Float(53), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reference_drafts")),
    )
    op.create_index(op.f("ix_reference_drafts_handoff_id"), "reference_drafts", ["handoff_id"], unique=False)
    _index_to_forget("handoffs", "resolved_at", "resolution IS NOT NULL")
    _index_to_forget("reference_drafts", "drafted_at", "answer != ''")
    # Forms have a class of their own no more. One that was not opened within seconds never will be.
    op.execute("DELETE FROM effects WHERE kind = 'OpenReasonForm'")


def _index_to_forget(table: str, column: str, kept: str) -> None:
    op.create_index(
        f"ix_{table}_to_forget",
        table,
        [column],
        unique=False,
        sqlite_where=sa.text(kept),
        postgresql_where=sa.text(kept),
    )
