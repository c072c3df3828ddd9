"""Find the message that lists a file by the file."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    table = op.create_table(
        "relay_files",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("relay_id", sa.Text(), nullable=False),
        sa.Column("written_at", sa.Float(53), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_relay_files")),
    )
    op.create_index(op.f("ix_relay_files_file"), "relay_files", ["file"], unique=False)
    op.create_index(op.f("ix_relay_files_written_at"), "relay_files", ["written_at"], unique=False)
    relays = sa.table("relays", sa.column("id"), sa.column("files"), sa.column("written_at"))
    for id, files, written_at in op.get_bind().execute(sa.select(relays).where(relays.c.files != "[]")).all():
        rows = [
            {"id": f"{id}:{number}", "file": file["id"], "relay_id": id, "written_at": written_at}
            for number, file in enumerate(json.loads(files), start=1)
        ]
        op.bulk_insert(table, rows)
