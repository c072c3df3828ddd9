"""Find the oldest waiting question quickly, and know of every effect which input it followed from."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("effects", sa.Column("trace", sa.Text(), nullable=True))
    op.create_index(
        "ix_questions_waiting",
        "questions",
        ["asked_at"],
        unique=False,
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )
