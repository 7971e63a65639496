"""The installation's identity and the API keys: written by administration, readable by every service."""

from alembic import op

from casework.shared.contracts.ids import SERVICES
from casework.shared.runtime.database import role_of

revision = "platform_0001"
down_revision = None


def upgrade() -> None:
    op.execute("""
        CREATE TABLE platform.installation (
            id uuid CONSTRAINT installation_pkey PRIMARY KEY,
            shards smallint NOT NULL CONSTRAINT shards_in_range CHECK (shards BETWEEN 1 AND 256),
            created_at timestamptz NOT NULL DEFAULT now()
        )""")
    # An index over a constant: a second row would have the same key as the first.
    op.execute("CREATE UNIQUE INDEX installation_is_one ON platform.installation ((true))")
    op.execute("""
        CREATE TABLE platform.api_key (
            prefix text CONSTRAINT api_key_pkey PRIMARY KEY,
            hash bytea NOT NULL CONSTRAINT hash_is_sha256 CHECK (octet_length(hash) = 32),
            actor text NOT NULL,
            kind text NOT NULL CONSTRAINT kind_is_known CHECK (kind IN ('person', 'integrator', 'service', 'clock')),
            role text NOT NULL,
            rank integer NOT NULL CONSTRAINT rank_not_negative CHECK (rank >= 0),
            scopes text[] NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now(),
            expires_at timestamptz,
            revoked_at timestamptz
        )""")
    for service in SERVICES:
        role = role_of(service)
        op.execute(f"GRANT USAGE ON SCHEMA platform TO {role}")
        op.execute(f"GRANT SELECT ON platform.installation, platform.api_key TO {role}")
