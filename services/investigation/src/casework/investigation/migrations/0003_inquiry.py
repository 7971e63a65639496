"""What is looked for across cases: the scorecards of suppliers, like cases, and quality reports by their number."""

from alembic import op

revision = "investigation_0003"
down_revision = "investigation_0002"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE investigation.supplier_share (
            case_id uuid NOT NULL,
            supplier text NOT NULL,
            percent smallint NOT NULL,
            amount numeric NOT NULL,
            currency text NOT NULL,
            denied boolean NOT NULL,
            CONSTRAINT supplier_share_pk PRIMARY KEY (case_id, supplier)
        )""")
    op.execute("CREATE INDEX supplier_share_by ON investigation.supplier_share (supplier)")
    # The case base: what a problem is counted in. Cases that were opened before this table are read from the log.
    op.execute("""
        CREATE TABLE investigation.case_base (
            case_id uuid CONSTRAINT case_base_pk PRIMARY KEY,
            category text NOT NULL,
            opened_at timestamptz NOT NULL
        )""")
    op.execute("""
        INSERT INTO investigation.case_base (case_id, category, opened_at)
        SELECT DISTINCT ON (case_id) case_id, convert_from(envelope, 'UTF8')::jsonb -> 'data' ->> 'category',
            recorded_at
        FROM investigation.event WHERE type = 'casework.investigation.investigation-opened.v1'
        ORDER BY case_id, version""")
    op.execute("CREATE INDEX case_base_like ON investigation.case_base (category, opened_at)")
    op.execute("""
        CREATE TABLE investigation.report (
            number text CONSTRAINT report_pk PRIMARY KEY,
            case_id uuid NOT NULL CONSTRAINT report_of_case UNIQUE
        )""")
    op.execute("""
        CREATE TABLE investigation.report_case (
            number text NOT NULL,
            case_id uuid NOT NULL,
            CONSTRAINT report_case_pk PRIMARY KEY (number, case_id)
        )""")
    for table in ("supplier_share", "case_base", "report", "report_case"):
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON investigation.{table} TO casework_investigation")
