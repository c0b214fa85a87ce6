"""What Alembic runs: the steps, on the connection and in the transaction that ingest.database.migration gives."""

from alembic import context

from ingest.database.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=False,  # the caller's transaction is the one that counts
)
context.run_migrations()
