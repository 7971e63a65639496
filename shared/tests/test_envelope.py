"""An event is one byte string: it reads back as it was written, to us and to CloudEvents' own SDK."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import orjson
import pytest
import rfc8785
from cloudevents.core.bindings.kafka import KafkaMessage, from_kafka_event
from hypothesis import example, given, settings
from hypothesis import strategies as st

from casework.shared.contracts.actors import Actor
from casework.shared.contracts.canonical import MAX_SAFE_INTEGER
from casework.shared.contracts.envelope import (
    CONTENT_TYPE,
    CausePoint,
    CommandCause,
    Envelope,
    open_envelope,
    seal_envelope,
)
from casework.shared.contracts.ids import SERVICES
from casework.shared.contracts.inbox import COMPLAINT_POSTED, read_message
from casework.shared.contracts.registry import EVENT_TYPES, dataschema, type_name
from casework.shared.contracts.types import parse_rfc3339, rfc3339
from casework.shared.errors import InvalidMessage
from casework.shared.testing.samples import SAMPLES

SEEDED = settings(derandomize=True, deadline=None, max_examples=200)

TEXT = st.text(st.characters(codec="utf-8"))
WHOLE = st.integers(-MAX_SAFE_INTEGER, MAX_SAFE_INTEGER)
DATA = st.dictionaries(
    st.text(st.characters(max_codepoint=127)),
    st.recursive(st.none() | st.booleans() | WHOLE | TEXT, lambda inner: st.lists(inner), max_leaves=5),
)
ZONES = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
INSTANTS = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=ZONES)
CAUSES = st.builds(CausePoint, st.uuids(), st.sampled_from(SERVICES), st.integers(0, MAX_SAFE_INTEGER)) | st.builds(
    CommandCause, st.uuids()
)
ENVELOPES = st.builds(
    Envelope,
    id=st.uuids(),
    source=st.sampled_from(SERVICES),
    type=st.sampled_from(sorted(EVENT_TYPES)),
    case_id=st.uuids(),
    version=st.integers(1, 2**31 - 1),
    time=INSTANTS.map(lambda at: at.astimezone(UTC)),
    prevhash=st.none() | st.binary(min_size=32, max_size=32),
    correlation=st.uuids(),
    cause=CAUSES,
    actor=st.builds(Actor, TEXT, st.sampled_from(("person", "integrator", "service", "clock"))),
    occurred_at=st.none() | INSTANTS.map(lambda at: at.astimezone(UTC)),
    traceparent=st.none() | TEXT,
    data=DATA,
)
FULL = Envelope(
    id=UUID("0192f3a1-5c1e-7a40-9b1d-2f6f4c1d7e01"),
    source="investigation",
    type=type_name(type(SAMPLES[0])),
    case_id=UUID("0192f3a1-0000-7a40-9b1d-2f6f4c1d7e01"),
    version=2,
    time=datetime(2026, 3, 2, 9, 10, tzinfo=UTC),
    prevhash=bytes(range(32)),
    correlation=UUID("0192f3a1-1111-7a40-9b1d-2f6f4c1d7e01"),
    cause=CausePoint(UUID("0192f3a1-2222-7a40-9b1d-2f6f4c1d7e01"), "intake", 7),
    actor=Actor("casework-investigation", "service"),
    occurred_at=datetime(2020, 2, 29, 23, 59, 59, 999_999, tzinfo=UTC),
    traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    data={"reason": "年费被重复扣取"},
)


@SEEDED
@given(ENVELOPES)
def test_what_is_sealed_opens_as_it_was(envelope: Envelope) -> None:
    document = seal_envelope(envelope, "/schemas/any/1.json")
    assert open_envelope(document) == envelope
    read = orjson.loads(document)
    assert document == rfc8785.dumps(read)
    # Absent means absent: never null, never empty.
    written = set(read) - {"data"}
    assert None not in [read[name] for name in written]
    assert ("prevhash" in written) == (envelope.prevhash is not None)
    assert ("occurredat" in written) == (envelope.occurred_at is not None)
    assert ("traceparent" in written) == (envelope.traceparent is not None)
    caused = isinstance(envelope.cause, CausePoint)
    assert ("causesource" in written, "causeposition" in written) == (caused, caused)


def test_the_attributes_by_name() -> None:
    """The attributes of an event, written out: names that integrators and auditors read."""
    assert orjson.loads(seal_envelope(FULL, dataschema(FULL.type))) == {
        "specversion": "1.0",
        "id": "0192f3a1-5c1e-7a40-9b1d-2f6f4c1d7e01",
        "source": "/casework/investigation",
        "type": "casework.intake.complaint-received.v1",
        "subject": "0192f3a1-0000-7a40-9b1d-2f6f4c1d7e01",
        "time": "2026-03-02T09:10:00.000000Z",
        "datacontenttype": "application/json",
        "dataschema": "/schemas/casework.intake.complaint-received/1.json",
        "data": {"reason": "年费被重复扣取"},
        "streamversion": 2,
        "prevhash": "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
        "correlationid": "0192f3a1-1111-7a40-9b1d-2f6f4c1d7e01",
        "causationid": "0192f3a1-2222-7a40-9b1d-2f6f4c1d7e01",
        "causesource": "/casework/intake",
        "causeposition": 7,
        "actor": "casework-investigation",
        "actorkind": "service",
        "occurredat": "2020-02-29T23:59:59.999999Z",
        "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    }


@SEEDED
@given(ENVELOPES)
def test_the_cloudevents_sdk_reads_our_bytes(envelope: Envelope) -> None:
    document = seal_envelope(envelope, dataschema(envelope.type))
    event = from_kafka_event(
        KafkaMessage(headers={"content-type": CONTENT_TYPE.encode()}, key=str(envelope.case_id), value=document)
    )
    assert event.get_specversion() == "1.0"
    assert event.get_id() == str(envelope.id)
    assert event.get_source() == f"/casework/{envelope.source}"
    assert event.get_type() == envelope.type
    assert event.get_subject() == str(envelope.case_id)
    assert event.get_time() == envelope.time
    assert event.get_datacontenttype() == "application/json"
    assert event.get_dataschema() == dataschema(envelope.type)
    assert event.get_data() == envelope.data
    assert event.get_extension("streamversion") == envelope.version
    assert event.get_extension("actorkind") == envelope.actor.kind


ATTRIBUTES = sorted(orjson.loads(seal_envelope(FULL, "/schemas/any/1.json")))
ANY_JSON: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**80), 2**80)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT
    | st.sampled_from(["1.0", "person", "/casework/intake", str(FULL.id), "00", "0001-01-01T00:00:00+14:00"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)


def as_bytes(value: Any) -> bytes:
    """Any JSON value, whole numbers of any size too."""
    return json.dumps(value).encode()


@SEEDED
@given(st.sampled_from(ATTRIBUTES), st.none() | ANY_JSON)
@example("time", "0001-01-01T00:00:00+14:00")
@example("occurredat", "9999-12-31T23:59:59-14:00")
@example("actor", 5)
@example("traceparent", {"a": 1})
@example("prevhash", "00")
@example("source", ["/casework/intake"])
@example("actorkind", ["person"])
def test_one_attribute_changed_is_still_an_event_or_no_event(name: str, value: Any) -> None:
    document = orjson.loads(seal_envelope(FULL, "/schemas/any/1.json"))
    if value is None:
        del document[name]
    else:
        document[name] = value
    try:
        opened = open_envelope(as_bytes(document))
    except InvalidMessage:
        return
    # What is taken has the types that it is said to have, so it can be worked with, and caused by.
    seal_envelope(opened, "/schemas/any/1.json")
    assert isinstance(opened.actor.id, str)
    assert isinstance(opened.traceparent, str | None)
    assert opened.prevhash is None or len(opened.prevhash) == 32


@SEEDED
@given(st.binary() | ANY_JSON.map(as_bytes) | st.dictionaries(st.sampled_from(ATTRIBUTES), ANY_JSON).map(as_bytes))
@example(b"[" * 100_000)
@example(b'{"specversion":"1.0","data":' + b"[" * 1_000 + b"]" * 1_000 + b"}")
@example(b'{"specversion":"1.0","id":"\\ud800"}')
@example(b"\xef\xbb\xbf{}")
@example(b"NaN")
def test_anything_else_is_no_event(document: bytes) -> None:
    with pytest.raises(InvalidMessage):
        open_envelope(document)


def test_a_refusal_quotes_nothing_that_was_sent() -> None:
    document = orjson.loads(seal_envelope(FULL, "/schemas/any/1.json")) | {"id": "Mei Chen, 12 Harbour Road"}
    with pytest.raises(InvalidMessage) as refused:
        open_envelope(orjson.dumps(document))
    assert "Mei" not in str(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__


@SEEDED
@given(INSTANTS)
@example(datetime(999, 1, 1, tzinfo=UTC))
def test_an_instant_is_written_one_way(at: datetime) -> None:
    text = rfc3339(at)
    assert len(text) == len("2026-03-02T09:10:00.000000Z")
    assert text.endswith("Z")
    assert parse_rfc3339(text) == at


NO_INSTANTS = ["2026-03-02T09:10:00", "", "yesterday", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59.5-00:01"]


@pytest.mark.parametrize("text", NO_INSTANTS)
def test_an_instant_without_a_zone_or_beyond_the_calendar_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_rfc3339(text)


@pytest.mark.parametrize("text", NO_INSTANTS)
def test_a_post_with_such_an_instant_is_refused_by_its_field(text: str) -> None:
    data = {"source": "crm", "source_reference": "1", "channel": "web", "category": "Card", "received_at": text}
    with pytest.raises(InvalidMessage) as refused:
        read_message({"specversion": "1.0", "id": "1", "source": "crm", "type": COMPLAINT_POSTED, "data": data})
    assert [error.pointer for error in refused.value.errors] == ["/data/received_at"]
