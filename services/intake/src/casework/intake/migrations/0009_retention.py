"""Rejected posts may be purged: they hold what somebody wrote, and nothing looks at them after two weeks."""

from alembic import op

revision = "intake_0009"
down_revision = "intake_0008"


def upgrade() -> None:
    op.execute("GRANT DELETE ON intake.rejection TO casework_intake")
