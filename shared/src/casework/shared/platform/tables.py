"""Schema `platform`: owned by the migrator, readable by every service role. Administration alone writes it,
but for `rate_use`, which the services count in, and `access_record`, which they add to.

Invariant: `installation` holds exactly one row, and no row anywhere here holds a usable credential
(`api_key.hash` is a SHA-256 over 256 random bits).
"""

from __future__ import annotations

from sqlalchemy import (
    TIMESTAMP,
    BigInteger,
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

rate_use = Table(
    "rate_use",
    metadata,
    Column("caller", Text, CheckConstraint("length(caller) <= 200", name="caller_is_short"), primary_key=True),
    Column("kind", Text, CheckConstraint("length(kind) <= 40", name="kind_is_short"), primary_key=True),
    Column("minute", BigInteger, nullable=False),
    Column("used", Integer, CheckConstraint("used >= 0", name="used_not_negative"), nullable=False),
    Column("taken", Integer, nullable=False),
    prefixes=["UNLOGGED"],
)
