"""Find the conversations of which it is time to look whether they are over."""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_conversations_idle_at"), "conversations", ["idle_at"], unique=False)
