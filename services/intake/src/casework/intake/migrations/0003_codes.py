"""By which codes cases are sorted, so that they can be counted."""

from alembic import op

revision = "intake_0003"
down_revision = "intake_0002"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE intake.complaint_code (
            case_id uuid NOT NULL,
            list text NOT NULL,
            version integer NOT NULL,
            code text NOT NULL,
            CONSTRAINT complaint_code_pk PRIMARY KEY (case_id, list)
        )""")
    op.execute("GRANT SELECT, INSERT, UPDATE ON intake.complaint_code TO casework_intake")
