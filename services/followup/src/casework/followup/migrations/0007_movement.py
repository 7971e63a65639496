"""When something was last recorded in each case: what has stood still for long is an alarm."""

from alembic import op

revision = "followup_0007"
down_revision = "followup_0006"


def upgrade() -> None:
    op.execute("ALTER TABLE followup.case_status ADD COLUMN changed_at timestamptz")
    op.execute(
        "UPDATE followup.case_status"
        " SET changed_at = (convert_from(document, 'UTF8')::jsonb ->> 'changed_at')::timestamptz"
    )
    op.execute("ALTER TABLE followup.case_status ALTER COLUMN changed_at SET NOT NULL")
    op.execute("CREATE INDEX case_status_movement ON followup.case_status (changed_at) WHERE is_open")
