"""How alembic reaches the database: over the connection that `storage.migrate` hands it, inside its transaction."""

from __future__ import annotations

from alembic import context

from storage import models

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=models.metadata,
    transactional_ddl=False,
)
context.run_migrations()
