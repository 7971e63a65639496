"""Outgoing webhooks: who is told, what, and what became of each try. Settled notices may be purged from here on."""

from alembic import op

revision = "followup_0006"
down_revision = "followup_0005"


def upgrade() -> None:
    # `starts` is where each shard of each service's log stood when the webhook began: what lies before is not told.
    op.execute("""
        CREATE TABLE followup.webhook (
            id uuid CONSTRAINT webhook_pk PRIMARY KEY,
            url text NOT NULL,
            description text NOT NULL,
            filters text NOT NULL,
            state text NOT NULL CHECK (state IN ('active', 'paused', 'disabled', 'gone', 'deleted')),
            starts text NOT NULL,
            created_at timestamptz NOT NULL,
            changed_at timestamptz NOT NULL,
            stopped_at timestamptz,
            last_success_at timestamptz,
            revision integer NOT NULL DEFAULT 1
        ) WITH (fillfactor = 80)""")
    op.execute("""
        CREATE TABLE followup.webhook_secret (
            webhook_id uuid NOT NULL REFERENCES followup.webhook (id) ON DELETE CASCADE,
            number integer NOT NULL,
            box bytea NOT NULL,
            key_id text NOT NULL,
            live_until timestamptz,
            CONSTRAINT webhook_secret_pk PRIMARY KEY (webhook_id, number)
        )""")
    # One row a delivery. `line` is what keeps an order: the case, or of a ping itself. `seq` is the order within a
    # line: whoever adds to a case's line holds the guard rows of its shard.
    op.execute("""
        CREATE TABLE followup.webhook_delivery (
            id uuid CONSTRAINT webhook_delivery_pk PRIMARY KEY,
            webhook_id uuid NOT NULL REFERENCES followup.webhook (id),
            line uuid NOT NULL,
            seq bigint GENERATED ALWAYS AS IDENTITY,
            event_id uuid,
            type text NOT NULL,
            body bytea NOT NULL,
            state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'delivered', 'failed')),
            made_at timestamptz NOT NULL,
            tries smallint NOT NULL DEFAULT 0,
            tried_since timestamptz,
            attempts integer NOT NULL DEFAULT 0,
            settled_at timestamptz,
            CHECK ((state = 'waiting') = (settled_at IS NULL))
        ) WITH (fillfactor = 80)""")
    op.execute(
        "CREATE INDEX webhook_delivery_waiting ON followup.webhook_delivery (webhook_id, line, seq)"
        " WHERE state = 'waiting'"
    )
    op.execute("CREATE INDEX webhook_delivery_listing ON followup.webhook_delivery (webhook_id, seq)")
    op.execute("CREATE INDEX webhook_delivery_settled ON followup.webhook_delivery (settled_at)")
    # A line is here while something in it waits. A claim moves `next_at` ahead, so that a line whose sender died comes
    # up again by itself; `claim` tells whoever comes back late that somebody else has taken it.
    op.execute("""
        CREATE TABLE followup.webhook_line (
            webhook_id uuid NOT NULL REFERENCES followup.webhook (id),
            line uuid NOT NULL,
            ping boolean NOT NULL,
            next_at timestamptz NOT NULL,
            claim bigint NOT NULL DEFAULT 0,
            claimed_by text,
            CONSTRAINT webhook_line_pk PRIMARY KEY (webhook_id, line)
        ) WITH (fillfactor = 70)""")
    op.execute("CREATE INDEX webhook_line_due ON followup.webhook_line (webhook_id, next_at)")
    op.execute("CREATE INDEX webhook_line_pings ON followup.webhook_line (webhook_id) WHERE ping")
    # What the other side wrote is not kept: it could be anything.
    op.execute("""
        CREATE TABLE followup.webhook_attempt (
            delivery_id uuid NOT NULL REFERENCES followup.webhook_delivery (id) ON DELETE CASCADE,
            number integer NOT NULL,
            at timestamptz NOT NULL,
            status smallint,
            reason text NOT NULL,
            milliseconds integer NOT NULL,
            CONSTRAINT webhook_attempt_pk PRIMARY KEY (delivery_id, number)
        )""")
    for table in ("webhook", "webhook_secret", "webhook_delivery", "webhook_line", "webhook_attempt"):
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON followup.{table} TO casework_followup")
    op.execute("CREATE INDEX notice_settled ON followup.notice (settled_at) WHERE settled_at IS NOT NULL")
    op.execute("GRANT DELETE ON followup.notice TO casework_followup")
