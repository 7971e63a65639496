"""Schema `platform`: owned by the migrator, readable by every service role, written by administration only.

Invariant: `installation` holds exactly one row, and no row anywhere here holds a usable credential
(`api_key.hash` is a SHA-256 over 256 random bits).
"""

from __future__ import annotations

from sqlalchemy import (
    TIMESTAMP,
    CheckConstraint,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

SCHEMA = "platform"
metadata = MetaData(schema=SCHEMA)

installation = Table(
    "installation",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("shards", SmallInteger, CheckConstraint("shards between 1 and 256", name="shards_in_range"), nullable=False),
    Column("created_at", TIMESTAMP(timezone=True), server_default=func.now(), nullable=False),
    # An index over a constant: a second row would have the same key as the first.
    Index("installation_is_one", text("(true)"), unique=True),
)

api_key = Table(
    "api_key",
    metadata,
    Column("prefix", Text, primary_key=True),
    Column("hash", LargeBinary, CheckConstraint("octet_length(hash) = 32", name="hash_is_sha256"), nullable=False),
    Column("actor", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("rank", Integer, CheckConstraint("rank >= 0", name="rank_not_negative"), nullable=False),
    Column("scopes", ARRAY(Text), nullable=False),
    Column("created_at", TIMESTAMP(timezone=True), server_default=func.now(), nullable=False),
    Column("expires_at", TIMESTAMP(timezone=True)),
    Column("revoked_at", TIMESTAMP(timezone=True)),
    CheckConstraint("kind in ('person', 'integrator', 'service', 'clock')", name="kind_is_known"),
)
