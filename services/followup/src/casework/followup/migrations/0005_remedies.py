"""What became of remedies, over cases: how many were sent, arrived, and did not put it right."""

from alembic import op

revision = "followup_0005"
down_revision = "followup_0004"


def upgrade() -> None:
    # One row for each event of resolution, so that taking in an event again changes nothing.
    op.execute("""
        CREATE TABLE followup.remedy_step (
            case_id uuid NOT NULL,
            version integer NOT NULL,
            remedy bigint NOT NULL,
            what text NOT NULL CHECK (what IN ('sent', 'received', 'failed')),
            kind text,
            CONSTRAINT remedy_step_pk PRIMARY KEY (case_id, version)
        )""")
    op.execute("GRANT SELECT, INSERT ON followup.remedy_step TO casework_followup")
