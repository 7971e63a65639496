"""What was imposed on whom: infringements and single sanctions, over all cases."""

from alembic import op

revision = "resolution_0002"
down_revision = "resolution_0001"


def upgrade() -> None:
    # One row a party, locked by whoever judges an infringement of it: two cases at once would both be its first.
    op.execute("CREATE TABLE resolution.sanctioned_party (party text CONSTRAINT sanctioned_party_pk PRIMARY KEY)")
    op.execute("""
        CREATE TABLE resolution.infringement (
            infringement_id uuid CONSTRAINT infringement_pk PRIMARY KEY,
            case_id uuid NOT NULL,
            party text NOT NULL,
            ladder text NOT NULL,
            on_day date NOT NULL,
            serious boolean NOT NULL,
            ground text NOT NULL,
            recorded_at timestamptz NOT NULL,
            reversed_on date
        )""")
    op.execute("CREATE INDEX infringement_of ON resolution.infringement (party, ladder, on_day, recorded_at)")
    op.execute("""
        CREATE TABLE resolution.sanction_entry (
            event_id uuid CONSTRAINT sanction_entry_pk PRIMARY KEY,
            sanction_id uuid NOT NULL,
            case_id uuid NOT NULL,
            party text NOT NULL,
            what text NOT NULL CHECK (what IN ('imposed', 'appealed', 'confirmed', 'reversed')),
            on_day date NOT NULL,
            recorded_at timestamptz NOT NULL,
            kind text,
            ends_on date,
            ground text,
            amount numeric,
            currency text
        )""")
    op.execute("CREATE INDEX sanction_entry_of ON resolution.sanction_entry (party, recorded_at)")
    for table in ("sanctioned_party", "infringement", "sanction_entry"):
        op.execute(f"GRANT SELECT, INSERT, UPDATE ON resolution.{table} TO casework_resolution")
