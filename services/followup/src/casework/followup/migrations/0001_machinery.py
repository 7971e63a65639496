"""The machinery every service has, and the status of every case with its change numbers."""

from alembic import context, op

from casework.shared.eventstore.machinery_v1 import create_idempotency, create_machinery

revision = "followup_0001"
down_revision = None


def upgrade() -> None:
    shards = context.config.attributes["shards"]
    for statement in (*create_machinery("followup", shards), *create_idempotency("followup")):
        op.execute(statement)
    # One row a case, changed in place. `change` is taken from the shard's counter at each change, so that the
    # relay finds what changed by one index, in the order of commits.
    op.execute("""
        CREATE TABLE followup.case_status (
            case_id uuid CONSTRAINT case_status_pk PRIMARY KEY,
            shard smallint NOT NULL,
            change bigint NOT NULL,
            statusversion bigint NOT NULL,
            stage text NOT NULL,
            owner text NOT NULL,
            holder text NOT NULL,
            is_open boolean NOT NULL,
            received_at timestamptz NOT NULL,
            progress bytea NOT NULL,
            document bytea NOT NULL
        ) WITH (fillfactor = 70)""")
    op.execute("CREATE UNIQUE INDEX case_status_change ON followup.case_status (shard, change)")
    op.execute("CREATE INDEX case_status_listing ON followup.case_status (received_at, case_id)")
    op.execute("CREATE INDEX case_status_orphans ON followup.case_status (case_id) WHERE is_open AND holder = ''")
    op.execute("""
        CREATE TABLE followup.status_head (
            shard smallint CONSTRAINT status_head_pk PRIMARY KEY,
            next bigint NOT NULL DEFAULT 0
        ) WITH (fillfactor = 10)""")
    op.execute(f"INSERT INTO followup.status_head (shard) SELECT generate_series(0, {shards - 1})")
    op.execute("GRANT SELECT, INSERT, UPDATE ON followup.case_status TO casework_followup")
    op.execute("GRANT SELECT, UPDATE ON followup.status_head TO casework_followup")
