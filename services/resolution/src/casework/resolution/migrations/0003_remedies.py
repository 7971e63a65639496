"""What is counted over cases: what was given for goodwill, and what became of ready answers."""

from alembic import op

revision = "resolution_0003"
down_revision = "resolution_0002"


def upgrade() -> None:
    # One row for each remedy, and for each event, so that taking in an event again changes nothing.
    op.execute("""
        CREATE TABLE resolution.goodwill (
            case_id uuid NOT NULL,
            remedy bigint NOT NULL,
            quarter text NOT NULL,
            currency text NOT NULL,
            amount numeric NOT NULL,
            free boolean NOT NULL DEFAULT false,
            CONSTRAINT goodwill_pk PRIMARY KEY (case_id, remedy)
        )""")
    op.execute(
        "CREATE INDEX goodwill_quarter ON resolution.goodwill (quarter, currency) INCLUDE (amount) WHERE NOT free"
    )
    op.execute("""
        CREATE TABLE resolution.ready_answer (
            case_id uuid NOT NULL,
            version integer NOT NULL,
            name text NOT NULL,
            answer_version bigint NOT NULL,
            what text NOT NULL CHECK (what IN ('offered', 'taken', 'left')),
            CONSTRAINT ready_answer_pk PRIMARY KEY (case_id, version)
        )""")
    op.execute("CREATE INDEX ready_answer_name ON resolution.ready_answer (name, answer_version, what)")
    op.execute("GRANT SELECT, INSERT, UPDATE ON resolution.goodwill TO casework_resolution")
    op.execute("GRANT SELECT, INSERT ON resolution.ready_answer TO casework_resolution")
