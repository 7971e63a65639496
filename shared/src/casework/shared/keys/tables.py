"""Schema `vault`: the person keys. Only intake's role reaches it, and backups of the events never hold it.

Invariant: a person has one row for good. Erasing empties it and leaves it: the row that stays is the fence
over which no later message can bring a key back.
"""

from __future__ import annotations

from sqlalchemy import TIMESTAMP, CheckConstraint, Column, LargeBinary, MetaData, Table, Text, Uuid, func

SCHEMA = "vault"
metadata = MetaData(schema=SCHEMA)

person_key = Table(
    "person_key",
    metadata,
    Column("person", Uuid, primary_key=True),
    Column("wrapped_key", LargeBinary),
    Column("kek_id", Text, nullable=False),
    Column("created_at", TIMESTAMP(timezone=True), server_default=func.clock_timestamp(), nullable=False),
    Column("erased_at", TIMESTAMP(timezone=True)),
    CheckConstraint("(wrapped_key is null) = (erased_at is not null)", name="erased_or_kept"),
)

erased_person = Table(
    "erased_person",
    MetaData(schema="intake"),
    Column("person", Uuid, primary_key=True),
    Column("erasure_id", Uuid, nullable=False),
    Column("erased_at", TIMESTAMP(timezone=True), nullable=False),
)
"""The second fence, beside intake's events and made from them: it stands where the key store is set back."""

FENCE = (
    """
    create function vault.keep_fence() returns trigger language plpgsql as $$
    begin
        if tg_op = 'DELETE' or old.erased_at is not null or new.person <> old.person then
            raise exception 'the row of a person key stays, and an erased one stays erased';
        end if;
        return new;
    end $$
    """,
    """
    create trigger person_key_fence before update or delete on vault.person_key
    for each row execute function vault.keep_fence()
    """,
)
"""Run after the table is made: the fence holds against every role. Intake needs SELECT, INSERT and UPDATE."""
