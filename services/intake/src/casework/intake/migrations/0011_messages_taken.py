"""Which messages of a reference were taken, so that one that comes again has no effect and gets its answer again."""

from alembic import op

revision = "intake_0011"
down_revision = "intake_0010"


def upgrade() -> None:
    # Keyed hashes with their outcomes, of one width, the oldest first (`intake/referencing.py`).
    op.execute("ALTER TABLE intake.reference ADD COLUMN taken bytea")
