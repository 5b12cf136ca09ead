"""Alembic's hook: run the migrations on the connection that researchfleet_hub.state.migrate holds."""

from alembic import context

from researchfleet_hub.state.tables import metadata

# The caller owns the transaction, so that a half-done migration is undone with it.
context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
