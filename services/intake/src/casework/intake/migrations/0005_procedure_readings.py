"""Who confirmed to have read which version of a procedure."""

from alembic import op

revision = "intake_0005"
down_revision = "intake_0004"


def upgrade() -> None:
    # One row a person, version and document, written once and never changed: the role may insert and select.
    op.execute("""
        CREATE TABLE intake.procedure_reading (
            procedure text NOT NULL,
            version bigint NOT NULL,
            person text NOT NULL,
            sha256 text NOT NULL,
            read_at timestamptz NOT NULL,
            CONSTRAINT procedure_reading_pk PRIMARY KEY (procedure, version, sha256, person)
        )""")
    op.execute("GRANT SELECT, INSERT ON intake.procedure_reading TO casework_intake")
