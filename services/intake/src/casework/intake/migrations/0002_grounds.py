"""On what ground cases rest, so that like ones can be shown together."""

from alembic import op

revision = "intake_0002"
down_revision = "intake_0001"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE intake.ground (
            case_id uuid CONSTRAINT ground_pk PRIMARY KEY,
            ground text NOT NULL,
            organisation text,
            received_at timestamptz NOT NULL
        )""")
    op.execute("CREATE INDEX ground_by_day ON intake.ground (ground, received_at)")
    op.execute("GRANT SELECT, INSERT, UPDATE ON intake.ground TO casework_intake")
