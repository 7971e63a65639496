"""Erasures, who was erased, which cases have ended, and how far the inbox topic was trimmed."""

from alembic import op

from casework.shared.privacy.purging import create_purge

revision = "intake_0008"
down_revision = "intake_0007"


def upgrade() -> None:
    for statement in create_purge("intake", "casework_intake"):
        op.execute(statement)
    # One row an erasure; all of it is in the events, from which it is made anew after a restore.
    op.execute("""
        CREATE TABLE intake.erasure (
            erasure_id uuid CONSTRAINT erasure_pk PRIMARY KEY,
            reason text NOT NULL,
            reference text,
            requested_by text NOT NULL,
            erased_at timestamptz NOT NULL
        )""")
    # The second fence: a key store that was set back brings nobody back.
    op.execute("""
        CREATE TABLE intake.erased_person (
            person uuid CONSTRAINT erased_person_pk PRIMARY KEY,
            erasure_id uuid NOT NULL,
            erased_at timestamptz NOT NULL
        )""")
    # Cases that are closed, and since when; the row goes when the case is reopened.
    op.execute("""
        CREATE TABLE intake.case_end (
            case_id uuid CONSTRAINT case_end_pk PRIMARY KEY,
            ended_at timestamptz NOT NULL,
            disposed_at timestamptz
        )""")
    op.execute("CREATE INDEX case_end_kept ON intake.case_end (ended_at) WHERE disposed_at IS NULL")
    op.execute("""
        CREATE TABLE intake.inbox_trim (
            topic text NOT NULL,
            partition integer NOT NULL,
            trimmed_to bigint NOT NULL,
            looked_at timestamptz NOT NULL,
            CONSTRAINT inbox_trim_pk PRIMARY KEY (topic, partition)
        )""")
    op.execute("GRANT SELECT, INSERT ON intake.erasure, intake.erased_person TO casework_intake")
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON intake.case_end, intake.inbox_trim TO casework_intake")
    # What was refused, as it came, is emptied; that it was refused, and why, stays.
    op.execute("GRANT UPDATE (original) ON intake.rejection TO casework_intake")
    op.execute("CREATE INDEX rejection_rejected_at ON intake.rejection (rejected_at)")
    op.execute("CREATE INDEX reference_person ON intake.reference (person) WHERE person IS NOT NULL")
