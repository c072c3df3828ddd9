"""Find whatever an id leads to, a person's conversations and what happened today without reading whole tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_INDEXES = (
    ("conversations", "employee", "last_at"),
    ("conversations", "thread"),
    ("questions", "message"),
    ("questions", "thread"),
    ("answers", "conversation_id", "answered_at"),
    ("handoffs", "ticket_url"),
    ("handoffs", "thread"),
    ("handoffs", "channel", "opened_at"),
    ("handoffs", "channel", "resolved_at"),
)


def upgrade() -> None:
    for table, *columns in _INDEXES:
        op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, columns, unique=False)
    op.create_index(
        "ix_handoffs_queue",
        "handoffs",
        ["channel", "opened_at"],
        unique=False,
        sqlite_where=sa.text("state != 'resolved'"),
        postgresql_where=sa.text("state != 'resolved'"),
    )
