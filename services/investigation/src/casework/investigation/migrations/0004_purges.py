"""What was purged for which erasure."""

from alembic import op

from casework.shared.privacy.purging import create_purge

revision = "investigation_0004"
down_revision = "investigation_0003"


def upgrade() -> None:
    for statement in create_purge("investigation", "casework_investigation"):
        op.execute(statement)
