"""What was purged for which erasure."""

from alembic import op

from casework.shared.privacy.purging import create_purge

revision = "followup_0008"
down_revision = "followup_0007"


def upgrade() -> None:
    for statement in create_purge("followup", "casework_followup"):
        op.execute(statement)
