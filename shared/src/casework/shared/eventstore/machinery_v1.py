"""The first version of the tables every service has, in SQL. Frozen: a later change is a new migration.

Invariant: the event table can only grow, only densely and only in order, whoever writes. The service's
role may INSERT and SELECT; triggers refuse everything else to everyone, and refuse version n+1 without n
and a shard position that does not continue its shard's chain.
"""

from __future__ import annotations

from casework.shared.contracts.ids import ServiceName
from casework.shared.runtime.database import role_of


def create_machinery(service: ServiceName, shards: int) -> list[str]:
    """The statements, in order, that create the machinery of `service` in its own schema."""
    s, role = service, role_of(service)
    return [
        f"""
        CREATE TABLE {s}.event (
            shard smallint NOT NULL,
            position bigint NOT NULL,
            case_id uuid NOT NULL,
            version integer NOT NULL,
            event_id uuid NOT NULL,
            type text NOT NULL,
            envelope bytea NOT NULL,
            hash bytea NOT NULL,
            shardprev bytea,
            recorded_at timestamptz NOT NULL,
            CONSTRAINT event_position PRIMARY KEY (shard, position),
            CONSTRAINT event_stream UNIQUE (case_id, version),
            CONSTRAINT event_id UNIQUE (event_id),
            CONSTRAINT event_version_counts_from_one CHECK (version > 0),
            CONSTRAINT event_envelope_size CHECK (octet_length(envelope) <= 262144),
            CONSTRAINT event_hash_is_of_envelope CHECK (hash = sha256('\\x00'::bytea || envelope)),
            CONSTRAINT event_first_has_no_previous CHECK ((position = 0) = (shardprev IS NULL))
        )""",
        # The checks of one statement's rows against the rows before them. A plan made while the table was
        # small would scan it for ever after: the settings leave only the index look-ups.
        f"""
        CREATE FUNCTION {s}.event_continues() RETURNS trigger LANGUAGE plpgsql
            SET search_path = {s} SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
        AS $$
        BEGIN
            IF EXISTS (SELECT FROM added a WHERE a.version > 1 AND NOT EXISTS
                (SELECT FROM event e WHERE e.case_id = a.case_id AND e.version = a.version - 1)) THEN
                RAISE EXCEPTION 'an event needs the version before it' USING ERRCODE = 'integrity_constraint_violation';
            END IF;
            IF EXISTS (SELECT FROM added a WHERE a.position <> 0 AND NOT EXISTS
                (SELECT FROM event e WHERE e.shard = a.shard AND e.position = a.position - 1
                    AND e.hash = a.shardprev)) THEN
                RAISE EXCEPTION 'an event must continue its shard' USING ERRCODE = 'integrity_constraint_violation';
            END IF;
            RETURN NULL;
        END $$""",
        f"""
        CREATE TRIGGER event_continues AFTER INSERT ON {s}.event
            REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION {s}.event_continues()""",
        f"""
        CREATE FUNCTION {s}.event_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'events are never changed or removed' USING ERRCODE = 'insufficient_privilege';
        END $$""",
        f"""
        CREATE TRIGGER event_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {s}.event
            FOR EACH STATEMENT EXECUTE FUNCTION {s}.event_is_append_only()""",
        # One row a shard, updated by every append: room on the page keeps the update heap-only.
        f"""
        CREATE TABLE {s}.log_head (
            shard smallint CONSTRAINT log_head_pk PRIMARY KEY,
            next bigint NOT NULL DEFAULT 0,
            hash bytea,
            previous bytea
        ) WITH (fillfactor = 10)""",
        f"INSERT INTO {s}.log_head (shard) SELECT generate_series(0, {shards - 1})",
        f"""
        CREATE TABLE {s}.case_state (
            case_id uuid CONSTRAINT case_state_pk PRIMARY KEY,
            version integer NOT NULL,
            hash bytea NOT NULL,
            time timestamptz NOT NULL,
            correlation uuid NOT NULL,
            state bytea NOT NULL,
            state_version integer NOT NULL
        ) WITH (fillfactor = 80)""",
        f"""
        CREATE TABLE {s}.relay_cursor (
            topic text NOT NULL,
            shard smallint NOT NULL,
            position bigint NOT NULL DEFAULT -1,
            epoch bigint NOT NULL DEFAULT 0,
            holder text,
            record_offset bigint,
            record_hash bytea,
            CONSTRAINT relay_cursor_pk PRIMARY KEY (topic, shard)
        ) WITH (fillfactor = 10)""",
        f"""
        CREATE TABLE {s}.relay_member (
            topic text NOT NULL,
            replica text NOT NULL,
            seen_at timestamptz NOT NULL,
            CONSTRAINT relay_member_pk PRIMARY KEY (topic, replica)
        )""",
        f"""
        CREATE TABLE {s}.guard (
            consumer text NOT NULL,
            shard smallint NOT NULL,
            source text NOT NULL,
            position bigint NOT NULL DEFAULT -1,
            hash bytea,
            CONSTRAINT guard_pk PRIMARY KEY (consumer, shard, source)
        ) WITH (fillfactor = 10)""",
        f"""
        CREATE TABLE {s}.parked_case (
            consumer text NOT NULL,
            case_id uuid NOT NULL,
            shard smallint NOT NULL,
            reason text NOT NULL,
            unknown_type text,
            parked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
            CONSTRAINT parked_case_pk PRIMARY KEY (consumer, case_id)
        )""",
        f"""
        CREATE TABLE {s}.parked_event (
            consumer text NOT NULL,
            source text NOT NULL,
            shard smallint NOT NULL,
            position bigint NOT NULL,
            case_id uuid NOT NULL,
            arrival bigint GENERATED ALWAYS AS IDENTITY,
            envelope bytea NOT NULL,
            CONSTRAINT parked_event_pk PRIMARY KEY (consumer, source, shard, position),
            CONSTRAINT parked_event_of_case FOREIGN KEY (consumer, case_id)
                REFERENCES {s}.parked_case (consumer, case_id)
        )""",
        f"CREATE INDEX parked_event_in_order ON {s}.parked_event (consumer, case_id, arrival)",
        f"GRANT USAGE ON SCHEMA {s} TO {role}",
        f"GRANT SELECT, INSERT ON {s}.event TO {role}",
        f"GRANT SELECT, UPDATE ON {s}.log_head TO {role}",
        f"GRANT SELECT, INSERT, UPDATE ON {s}.case_state, {s}.relay_cursor, {s}.guard TO {role}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON {s}.relay_member TO {role}",
        f"GRANT SELECT, INSERT, DELETE ON {s}.parked_case, {s}.parked_event TO {role}",
    ]


def create_idempotency(service: ServiceName) -> list[str]:
    """The statements that create the table of answers kept for Idempotency-Keys."""
    s, role = service, role_of(service)
    return [
        f"""
        CREATE TABLE {s}.idempotency (
            principal text NOT NULL,
            key text NOT NULL,
            request_hash bytea NOT NULL CHECK (octet_length(request_hash) = 32),
            status smallint NOT NULL,
            body bytea NOT NULL,
            location text,
            etag text,
            created_at timestamptz NOT NULL DEFAULT now(),
            CONSTRAINT idempotency_pkey PRIMARY KEY (principal, key)
        )""",
        f"CREATE INDEX idempotency_created_at ON {s}.idempotency (created_at)",
        f"GRANT SELECT, INSERT, DELETE ON {s}.idempotency TO {role}",
    ]
