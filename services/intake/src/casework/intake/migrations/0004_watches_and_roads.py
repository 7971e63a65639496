"""Watch notes, found by a keyed hash of a number or name; and the roads by which each complaint came."""

from alembic import op

revision = "intake_0004"
down_revision = "intake_0003"


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
    # One row for each road by which a case came, for the counts; and a case may be known by several references.
    op.execute("ALTER TABLE intake.reference DROP CONSTRAINT reference_case")
    op.execute("CREATE INDEX reference_case ON intake.reference (case_id)")
    op.execute("""
        CREATE TABLE intake.road (
            case_id uuid NOT NULL,
            source text NOT NULL,
            source_reference text NOT NULL,
            origin text NOT NULL,
            received_at timestamptz NOT NULL,
            CONSTRAINT road_pk PRIMARY KEY (source, source_reference)
        )""")
    op.execute("CREATE INDEX road_received ON intake.road (received_at, origin, case_id)")
    op.execute("GRANT SELECT, INSERT ON intake.road TO casework_intake")
    op.execute("""
        INSERT INTO intake.road SELECT case_id, data ->> 'source', data ->> 'source_reference', 'direct',
            (data ->> 'received_at')::timestamptz
        FROM (SELECT case_id, convert_from(envelope, 'UTF8')::jsonb -> 'data' AS data FROM intake.event
              WHERE type = 'casework.intake.complaint-received.v1') AS received""")
