"""Alembic's entry: runs the revisions of one schema on the connection that `run.migrate` passes in."""

from alembic import context

connection = context.config.attributes["connection"]
schema = context.config.attributes["schema"]

context.configure(
    connection=connection,
    target_metadata=None,
    version_table="schema_version",
    version_table_schema=schema,
    transactional_ddl=True,
)
context.run_migrations()
