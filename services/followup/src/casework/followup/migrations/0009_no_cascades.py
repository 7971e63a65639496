"""No foreign key cascades: what goes is named by the statement that removes it."""

from alembic import op

revision = "followup_0009"
down_revision = "followup_0008"


def upgrade() -> None:
    for table, column, to in (
        ("webhook_secret", "webhook_id", "webhook"),
        ("webhook_attempt", "delivery_id", "webhook_delivery"),
    ):
        name = f"{table}_{column}_fkey"
        op.execute(f"ALTER TABLE followup.{table} DROP CONSTRAINT {name}")
        op.execute(
            f"ALTER TABLE followup.{table} ADD CONSTRAINT {name} FOREIGN KEY ({column}) REFERENCES followup.{to} (id)"
        )
