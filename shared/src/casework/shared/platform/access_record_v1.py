"""The first version of the table of access records, in SQL. Frozen: a later change is a new migration.

Invariant: the table can only grow, one record after the other, each naming the hash of the one before, whoever writes.
"""

from __future__ import annotations

from casework.shared.contracts.ids import SERVICES
from casework.shared.runtime.database import role_of


def create_access_records() -> list[str]:
    """The statements, in order, that create the table in schema `platform`, without rights."""
    return [
        """
        CREATE TABLE platform.access_record (
            position bigint CONSTRAINT access_record_pk PRIMARY KEY,
            record bytea NOT NULL CONSTRAINT access_record_size CHECK (octet_length(record) <= 65536),
            hash bytea NOT NULL,
            CONSTRAINT access_record_hash_is_of_record CHECK (hash = sha256('\\x00'::bytea || record))
        )""",
        """
        CREATE FUNCTION platform.access_record_continues() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF NEW.position <> (SELECT coalesce(max(position), -1) + 1 FROM platform.access_record)
                OR convert_from(NEW.record, 'UTF8')::jsonb ->> 'prevhash' IS DISTINCT FROM (
                    SELECT encode(hash, 'hex') FROM platform.access_record WHERE position = NEW.position - 1) THEN
                RAISE EXCEPTION 'an access record must continue those before it'
                    USING ERRCODE = 'integrity_constraint_violation';
            END IF;
            RETURN NEW;
        END $$""",
        """
        CREATE TRIGGER access_record_continues BEFORE INSERT ON platform.access_record
            FOR EACH ROW EXECUTE FUNCTION platform.access_record_continues()""",
        """
        CREATE FUNCTION platform.access_record_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'access records are never changed or removed' USING ERRCODE = 'insufficient_privilege';
        END $$""",
        """
        CREATE TRIGGER access_record_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON platform.access_record
            FOR EACH STATEMENT EXECUTE FUNCTION platform.access_record_is_append_only()""",
    ]


def grant_access_records() -> list[str]:
    """The statements that let every service append, and read."""
    return [f"GRANT SELECT, INSERT ON platform.access_record TO {role_of(service)}" for service in SERVICES]
