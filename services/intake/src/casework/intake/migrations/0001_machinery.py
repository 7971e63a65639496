"""The machinery every service has, and what is intake's own: references, rejections, the key store."""

from alembic import context, op

from casework.shared.eventstore.machinery_v1 import create_idempotency, create_machinery

revision = "intake_0001"
down_revision = None


def upgrade() -> None:
    shards = context.config.attributes["shards"]
    for statement in (*create_machinery("intake", shards), *create_idempotency("intake")):
        op.execute(statement)
    # How senders know their complaints. `words_mac` tells changed words from repeated ones without keeping them.
    op.execute("""
        CREATE TABLE intake.reference (
            source text NOT NULL,
            source_reference text NOT NULL,
            case_id uuid NOT NULL CONSTRAINT reference_case UNIQUE,
            person uuid,
            post_id text NOT NULL,
            words_mac bytea,
            CONSTRAINT reference_pk PRIMARY KEY (source, source_reference)
        )""")
    # What can never be accepted, with the bytes as they came: they may hold personal data, so purging covers them.
    op.execute("""
        CREATE TABLE intake.rejection (
            topic text NOT NULL,
            partition integer NOT NULL,
            "offset" bigint NOT NULL,
            sha256 bytea NOT NULL,
            problem jsonb NOT NULL,
            original bytea NOT NULL,
            rejected_at timestamptz NOT NULL DEFAULT now(),
            CONSTRAINT rejection_pk PRIMARY KEY (topic, partition, "offset", sha256)
        )""")
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON intake.reference TO casework_intake")
    op.execute("GRANT SELECT, INSERT ON intake.rejection TO casework_intake")
    # Apart from the events and their backups: who has this schema can read what people wrote.
    op.execute("CREATE SCHEMA vault")
    op.execute("""
        CREATE TABLE vault.person_key (
            person uuid CONSTRAINT person_key_pkey PRIMARY KEY,
            wrapped_key bytea,
            kek_id text NOT NULL,
            created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
            erased_at timestamptz,
            CONSTRAINT erased_or_kept CHECK ((wrapped_key IS NULL) = (erased_at IS NOT NULL))
        )""")
    # The row that stays after an erasure is the fence: no later message can bring the key back.
    op.execute("""
        CREATE FUNCTION vault.keep_fence() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF tg_op = 'DELETE' OR old.erased_at IS NOT NULL OR new.person <> old.person THEN
                RAISE EXCEPTION 'the row of a person key stays, and an erased one stays erased';
            END IF;
            RETURN new;
        END $$""")
    op.execute("""
        CREATE TRIGGER person_key_fence BEFORE UPDATE OR DELETE ON vault.person_key
            FOR EACH ROW EXECUTE FUNCTION vault.keep_fence()""")
    op.execute("GRANT USAGE ON SCHEMA vault TO casework_intake")
    op.execute("GRANT SELECT, INSERT, UPDATE ON vault.person_key TO casework_intake")
