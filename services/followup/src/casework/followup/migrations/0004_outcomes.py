"""How a case ended, as a column: those unresolved, and those that ended in silence, are listed apart."""

from alembic import op

revision = "followup_0004"
down_revision = "followup_0003"


def upgrade() -> None:
    op.execute("ALTER TABLE followup.case_status ADD COLUMN outcome text")
    # What was closed before has it in its document.
    op.execute(
        "UPDATE followup.case_status SET outcome = convert_from(document, 'UTF8')::jsonb ->> 'outcome'"
        " WHERE NOT is_open"
    )
    op.execute(
        "CREATE INDEX case_status_outcomes ON followup.case_status (outcome, received_at, case_id)"
        " WHERE outcome IN ('unresolved', 'silent')"
    )
