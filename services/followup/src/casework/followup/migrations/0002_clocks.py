"""The clocks of every case, for the timer, the worklist and the report; and by when each case is due."""

from alembic import op

revision = "followup_0002"
down_revision = "followup_0001"


def upgrade() -> None:
    # One row a clock, changed in place in the transaction of its events. `fires_at` is when the timer must look at it
    # next: the one index that it reads. No deadline lies more than ten years ahead; what is near by `now()` stays so.
    op.execute("""
        CREATE TABLE followup.clock (
            clock uuid CONSTRAINT clock_pk PRIMARY KEY,
            case_id uuid NOT NULL,
            about uuid,
            policy text NOT NULL,
            policy_version int NOT NULL,
            calendar text NOT NULL,
            calendar_version text NOT NULL,
            kind text NOT NULL,
            purpose text NOT NULL,
            party text NOT NULL,
            phase text NOT NULL,
            corrected text,
            imported boolean NOT NULL,
            provisional boolean NOT NULL,
            started_at timestamptz NOT NULL,
            due_at timestamptz CONSTRAINT clock_due_is_near CHECK (due_at < started_at + interval '10 years'),
            fires_at timestamptz CONSTRAINT clock_fires_is_near CHECK (fires_at < now() + interval '10 years'),
            ended_at timestamptz
        ) WITH (fillfactor = 70)""")
    op.execute("CREATE INDEX clock_fires ON followup.clock (fires_at, clock) WHERE fires_at IS NOT NULL")
    op.execute("CREATE INDEX clock_of_case ON followup.clock (case_id)")
    op.execute("CREATE INDEX clock_provisional ON followup.clock (calendar, clock) WHERE provisional")
    op.execute("GRANT SELECT, INSERT, UPDATE ON followup.clock TO casework_followup")
    op.execute(
        "ALTER TABLE followup.case_status ADD COLUMN due_at timestamptz"
        " CONSTRAINT case_status_due_is_near CHECK (due_at < now() + interval '10 years'),"
        " ADD COLUMN named_holder text NOT NULL DEFAULT ''"
    )
    op.execute("CREATE INDEX case_status_holders ON followup.case_status (named_holder, holder, case_id) WHERE is_open")
    op.execute("DROP INDEX followup.case_status_orphans")
    op.execute(
        "CREATE INDEX case_status_orphans ON followup.case_status (received_at, case_id)"
        " WHERE is_open AND (holder = '' OR owner = '' OR due_at IS NULL)"
    )
    op.execute(
        "CREATE INDEX case_status_worklist ON followup.case_status"
        " (holder, coalesce(due_at, '9999-01-01 00:00:00+00'::timestamptz), case_id) WHERE is_open"
    )
