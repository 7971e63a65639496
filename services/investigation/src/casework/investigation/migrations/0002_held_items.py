"""What the organisation holds already: papers that can serve again, and records of its own archive, over all cases."""

from alembic import op

revision = "investigation_0002"
down_revision = "investigation_0001"


def upgrade() -> None:
    # One row an item that has a document number or is about an object, written in the transaction of its event. `item`
    # is that event's data; nothing personal is in it.
    op.execute("""
        CREATE TABLE investigation.held_item (
            case_id uuid NOT NULL,
            number int NOT NULL,
            kind text NOT NULL,
            document text,
            about text,
            ruling text,
            item bytea NOT NULL,
            CONSTRAINT held_item_pk PRIMARY KEY (case_id, number)
        )""")
    op.execute("CREATE INDEX held_item_document ON investigation.held_item (document) WHERE document IS NOT NULL")
    op.execute("CREATE INDEX held_item_about ON investigation.held_item (about) WHERE about IS NOT NULL")
    op.execute("GRANT SELECT, INSERT, UPDATE ON investigation.held_item TO casework_investigation")
