"""The outbox of notices: one row for each event, recipient and channel."""

from alembic import op

revision = "followup_0003"
down_revision = "followup_0002"


def upgrade() -> None:
    # `reached` is the member a notice was claimed for: two recipients who turn out to be one person (the holder and
    # the owner, both covered by the duty) are told once. Nothing is deleted: a row is what keeps its event from being
    # told again.
    op.execute("""
        CREATE TABLE followup.notice (
            event_id uuid NOT NULL,
            recipient text NOT NULL,
            channel text NOT NULL,
            case_id uuid NOT NULL,
            notice bytea NOT NULL,
            state text NOT NULL DEFAULT 'waiting' CHECK (state IN
                ('waiting', 'claimed', 'sent', 'refused', 'uncertain', 'too-late', 'doubled')),
            next_at timestamptz NOT NULL,
            attempts smallint NOT NULL DEFAULT 0,
            reason text,
            reached text,
            claimed_at timestamptz,
            settled_at timestamptz,
            CONSTRAINT notice_pk PRIMARY KEY (event_id, recipient, channel),
            CHECK ((state = 'waiting') = (claimed_at IS NULL AND settled_at IS NULL))
        ) WITH (fillfactor = 80)""")
    op.execute("CREATE INDEX notice_due ON followup.notice (next_at) WHERE state = 'waiting'")
    op.execute("CREATE INDEX notice_claimed ON followup.notice (claimed_at) WHERE state = 'claimed'")
    op.execute("CREATE UNIQUE INDEX notice_reached ON followup.notice (event_id, channel, reached)")
    op.execute("GRANT SELECT, INSERT, UPDATE ON followup.notice TO casework_followup")
