"""Which cases have a file of staff, under which key, and whether its time is over."""

from alembic import op

revision = "intake_0010"
down_revision = "intake_0009"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE intake.staff_file (
            case_id uuid CONSTRAINT staff_file_pk PRIMARY KEY,
            person uuid NOT NULL,
            disposed_at timestamptz
        )""")
    op.execute("CREATE INDEX staff_file_kept ON intake.staff_file (case_id) WHERE disposed_at IS NULL")
    op.execute("GRANT SELECT, INSERT, UPDATE ON intake.staff_file TO casework_intake")
