"""Alembic environment: runs the migrations on the connection, and in the transaction, of `storage.migrate`."""

from __future__ import annotations

from alembic import context

from storage import models

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=models.metadata,
    transactional_ddl=False,
)
context.run_migrations()
