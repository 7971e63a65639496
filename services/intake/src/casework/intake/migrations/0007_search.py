"""The blind index that callers are found by, which key files it was made with, and who searched."""

from alembic import op

revision = "intake_0007"
down_revision = "intake_0006"


def upgrade() -> None:
    # Neither number nor address is here: `mac` is an HMAC under a key that the database never sees.
    op.execute("""
        CREATE TABLE intake.search_key (
            mac bytea NOT NULL CHECK (length(mac) = 16),
            case_id uuid NOT NULL,
            kind text NOT NULL,
            person uuid,
            key_id text NOT NULL,
            at timestamptz NOT NULL,
            CONSTRAINT search_key_pk PRIMARY KEY (mac, case_id)
        )""")
    op.execute("CREATE INDEX search_key_person ON intake.search_key (person) WHERE person IS NOT NULL")
    op.execute("GRANT SELECT, INSERT, DELETE ON intake.search_key TO casework_intake")
    op.execute("""
        CREATE TABLE intake.search_index (
            key_id text CONSTRAINT search_index_pk PRIMARY KEY,
            made_at timestamptz NOT NULL DEFAULT clock_timestamp()
        )""")
    op.execute("GRANT SELECT, INSERT, DELETE ON intake.search_index TO casework_intake")
    # Who searched by what kind of thing, never for what; it is only ever added to.
    op.execute("""
        CREATE TABLE intake.search_access (
            search_id uuid CONSTRAINT search_access_pk PRIMARY KEY,
            at timestamptz NOT NULL,
            actor text NOT NULL,
            actor_kind text NOT NULL,
            kinds text[] NOT NULL,
            hits integer NOT NULL,
            cases uuid[] NOT NULL
        )""")
    op.execute("CREATE INDEX search_access_at ON intake.search_access (at, search_id)")
    op.execute("GRANT SELECT, INSERT ON intake.search_access TO casework_intake")
