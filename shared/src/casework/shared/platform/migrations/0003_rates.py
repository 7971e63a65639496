"""How much each caller has asked for in the minute at hand: what the processes share of the limits of rates."""

from alembic import op

from casework.shared.contracts.ids import SERVICES
from casework.shared.runtime.database import role_of

revision = "platform_0003"
down_revision = "platform_0002"


def upgrade() -> None:
    # Unlogged: after a crash everybody may start anew, and counting must not cost a write to disk.
    op.execute("""
        CREATE UNLOGGED TABLE platform.rate_use (
            caller text NOT NULL CONSTRAINT caller_is_short CHECK (length(caller) <= 200),
            kind text NOT NULL CONSTRAINT kind_is_short CHECK (length(kind) <= 40),
            minute bigint NOT NULL,
            used integer NOT NULL CONSTRAINT used_not_negative CHECK (used >= 0),
            taken integer NOT NULL,
            CONSTRAINT rate_use_pkey PRIMARY KEY (caller, kind)
        )""")
    for service in SERVICES:
        op.execute(f"GRANT SELECT, INSERT, UPDATE ON platform.rate_use TO {role_of(service)}")
