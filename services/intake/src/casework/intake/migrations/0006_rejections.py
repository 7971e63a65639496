"""Rejections of both doors, each with an id to read on from, and with who may read it."""

from alembic import op

revision = "intake_0006"
down_revision = "intake_0005"


def upgrade() -> None:
    # What came over HTTP lies on no topic. Ids are given in the order of commits: see `keep_rejected`.
    op.execute("ALTER TABLE intake.rejection DROP CONSTRAINT rejection_pk")
    for column in ("topic", "partition", '"offset"'):
        op.execute(f"ALTER TABLE intake.rejection ALTER COLUMN {column} DROP NOT NULL")
    op.execute("""
        ALTER TABLE intake.rejection
            ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT rejection_pk PRIMARY KEY,
            ADD COLUMN posted_by text NOT NULL DEFAULT 'inbox',
            ADD COLUMN source_sha256 bytea CHECK (octet_length(source_sha256) = 32),
            ADD CONSTRAINT rejection_place
                CHECK (num_nulls(topic, partition, "offset") IN (0, 3))""")
    op.execute("""
        CREATE UNIQUE INDEX rejection_of_record ON intake.rejection (topic, partition, "offset", sha256)
            WHERE topic IS NOT NULL""")
    op.execute("""
        CREATE UNIQUE INDEX rejection_over_http ON intake.rejection (posted_by, sha256) WHERE topic IS NULL""")
    op.execute("CREATE INDEX rejection_of_sender ON intake.rejection (posted_by, id)")
    op.execute("CREATE INDEX rejection_of_source ON intake.rejection (source_sha256, id)")
    # Who opened what people had written, and what for: a refused post belongs to no case that could record it.
    op.execute("""
        CREATE TABLE intake.rejection_reading (
            rejection bigint NOT NULL,
            reader text NOT NULL,
            purpose text NOT NULL,
            read_at timestamptz NOT NULL DEFAULT now()
        )""")
    op.execute("GRANT SELECT, INSERT ON intake.rejection_reading TO casework_intake")
