"""The machinery every service has, and the answers kept for Idempotency-Keys."""

from alembic import context, op

from casework.shared.eventstore.machinery_v1 import create_idempotency, create_machinery

revision = "investigation_0001"
down_revision = None


def upgrade() -> None:
    shards = context.config.attributes["shards"]
    for statement in (*create_machinery("investigation", shards), *create_idempotency("investigation")):
        op.execute(statement)
