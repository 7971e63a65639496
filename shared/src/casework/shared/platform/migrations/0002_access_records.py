"""Who took what out of the record, and what for: exports, replays of periods, keys that were handed out."""

from alembic import op

from casework.shared.platform.access_record_v1 import create_access_records, grant_access_records

revision = "platform_0002"
down_revision = "platform_0001"


def upgrade() -> None:
    for statement in (*create_access_records(), *grant_access_records()):
        op.execute(statement)
