"""Runs the migrations inside the transaction that `syncer.store.migrate` has begun, all of them or none."""

from alembic import context

from syncer.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True)
context.run_migrations()
