"""Who is put through to whom when they call: watch notes, found by a keyed hash of the number or name."""

from alembic import op

revision = "intake_0002"
down_revision = "intake_0001"


def upgrade() -> None:
    # Neither number nor name is here: `mac` is an HMAC under a key that the database never sees, `note` is sealed.
    op.execute("""
        CREATE TABLE intake.watch (
            watch_id uuid CONSTRAINT watch_pk PRIMARY KEY,
            case_id uuid NOT NULL,
            mac bytea NOT NULL,
            until timestamptz NOT NULL,
            note text NOT NULL
        )""")
    op.execute("CREATE INDEX watch_mac ON intake.watch (mac, until)")
    op.execute("CREATE INDEX watch_until ON intake.watch (until)")
    op.execute("GRANT SELECT, INSERT, DELETE ON intake.watch TO casework_intake")
