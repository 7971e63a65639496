"""How a database is brought to the shape this release needs: one Alembic environment for all schemas."""
