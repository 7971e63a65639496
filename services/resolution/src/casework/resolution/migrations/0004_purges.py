"""What was purged for which erasure."""

from alembic import op

from casework.shared.privacy.purging import create_purge

revision = "resolution_0004"
down_revision = "resolution_0003"


def upgrade() -> None:
    for statement in create_purge("resolution", "casework_resolution"):
        op.execute(statement)
