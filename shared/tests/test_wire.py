"""What stands beside an event's bytes is a hint: the bytes decide, and nothing a stranger sends is a fault."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

import orjson
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from casework.shared.contracts.canonical import leaf_hash
from casework.shared.contracts.envelope import CausePoint
from casework.shared.contracts.ids import SERVICES, shard_of
from casework.shared.contracts.wire import Forged, Headers, Placed, headers_of, placed_of, verify
from casework.shared.errors import InvalidMessage

SEEDED = settings(derandomize=True, deadline=None, max_examples=200)
SHARDS = 12
INSTALLATION = UUID("9d3e8a52-6c0f-4f6e-8a53-0a1f2b3c4d5e")
CASE = UUID("0192f3a1-5c1e-7a40-9b1d-2f6f4c1d7e01")
OTHER_CASE = UUID(int=0)
ATTRIBUTES: dict[str, Any] = {
    "specversion": "1.0",
    "id": "0192f3a1-0000-7a40-9b1d-2f6f4c1d7e01",
    "source": "/casework/investigation",
    "type": "casework.investigation.finding-recorded.v1",
    "subject": str(CASE),
    "time": "2026-03-02T09:10:00.000000Z",
    "data": {},
    "streamversion": 1,
    "correlationid": str(CASE),
    "causationid": "0192f3a1-1111-7a40-9b1d-2f6f4c1d7e01",
    "causesource": "/casework/intake",
    "causeposition": 4,
    "actor": "casework-investigation",
    "actorkind": "service",
}


def placed(bytes_: bytes, **other: Any) -> Placed:
    fitting = Placed(INSTALLATION, "investigation", shard_of(CASE, SHARDS), 3, b"\x01" * 32, leaf_hash(bytes_), bytes_)
    return fitting._replace(**other)


def altered(**attributes: Any) -> bytes:
    return orjson.dumps(ATTRIBUTES | attributes)


def test_what_agrees_is_a_delivery() -> None:
    item = placed(altered())
    delivery = verify(item, SHARDS)
    assert (delivery.source, delivery.shard, delivery.position) == ("investigation", shard_of(CASE, SHARDS), 3)
    assert (delivery.case_id, delivery.type) == (CASE, ATTRIBUTES["type"])
    assert (delivery.shardprev, delivery.hash, delivery.document) == (item.shardprev, item.hash, item.document)
    assert delivery.cause == CausePoint(UUID(ATTRIBUTES["causationid"]), "intake", 4)
    assert delivery.raw == ATTRIBUTES


DISAGREE: dict[str, Callable[[], Placed]] = {
    "another hash": lambda: placed(altered(), hash=b"\x02" * 32),
    "one bit of the bytes": lambda: placed(altered(), document=altered(data={"changed": True})),
    "another source": lambda: placed(altered(), source="resolution"),
    "another shard": lambda: placed(altered(), shard=(shard_of(CASE, SHARDS) + 1) % SHARDS),
    "no shard of ours": lambda: placed(altered(), shard=-1),
    "another case in the bytes": lambda: placed(altered(subject=str(OTHER_CASE))),
    "another type": lambda: placed(altered(), type="casework.investigation.case-closed.v1"),
    "no case in the bytes": lambda: placed(altered(subject="HB-2026-004117")),
    "no subject": lambda: placed(orjson.dumps({k: v for k, v in ATTRIBUTES.items() if k != "subject"})),
    "a source of nobody": lambda: placed(altered(source="/casework/billing")),
    "a type that is no text": lambda: placed(altered(type=7)),
    "a cause nowhere": lambda: placed(altered(causeposition=-1)),
    "a cause of nobody": lambda: placed(altered(causesource="/elsewhere")),
    "no cause": lambda: placed(altered(causationid=None)),
}


@pytest.mark.parametrize("name", DISAGREE)
def test_what_disagrees_is_forged(name: str) -> None:
    with pytest.raises(Forged):
        verify(DISAGREE[name](), SHARDS)


ANY_JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@SEEDED
@given(st.dictionaries(st.sampled_from(sorted(ATTRIBUTES)), ANY_JSON, max_size=3))
@example({"causeposition": 2**80})
@example({"source": ["/casework/intake"]})
@example({"subject": 5})
def test_no_document_is_a_fault_though_its_hash_is_right(changes: dict[str, Any]) -> None:
    try:
        delivery = verify(placed(json.dumps(ATTRIBUTES | changes).encode("utf-8", "surrogatepass")), SHARDS)
    except InvalidMessage:
        return
    assert isinstance(delivery.type, str)
    assert delivery.case_id == CASE
    assert delivery.cause is None or delivery.cause.position >= 0


@SEEDED
@given(st.binary())
@example(b"")
@example(b"[]")
@example(b"5")
@example(b"[" * 10_000)
@example(b'{"specversion":"1.0"}')
def test_no_bytes_are_a_fault_though_their_hash_is_right(document: bytes) -> None:
    with pytest.raises(InvalidMessage):
        verify(placed(document), SHARDS)


PLACES = st.builds(
    Placed,
    installation=st.uuids(),
    source=st.sampled_from(SERVICES),
    shard=st.integers(0, 2**15 - 1),
    position=st.integers(0, 2**63 - 1),
    shardprev=st.none() | st.binary(min_size=32, max_size=32),
    hash=st.binary(min_size=32, max_size=32),
    document=st.binary(),
)


@SEEDED
@given(PLACES, st.none() | st.just("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"))
def test_headers_read_back(item: Placed, traceparent: str | None) -> None:
    headers = headers_of(item, "casework.intake.facts-added.v1", traceparent)
    assert placed_of(headers, item.document) == item._replace(type="casework.intake.facts-added.v1")
    assert all(value.isascii() for _, value in headers)
    assert dict(headers)["type"] == b"casework.intake.facts-added.v1"
    assert ("traceparent" in dict(headers)) == (traceparent is not None)


def test_a_tombstone_is_none_of_ours() -> None:
    assert placed_of(headers_of(placed(altered()), "any", None), None) is None


NAMES = [name for name, _ in headers_of(placed(altered()), "any", None)]
VALUES = (
    st.none() | st.binary(max_size=80) | st.sampled_from([b"-1", b"1_0", b" 7", b"\xd9\xa3", b"9" * 5_000, b"intake"])
)


@SEEDED
@given(st.lists(st.tuples(st.sampled_from(NAMES) | st.text(max_size=8), VALUES), max_size=4), st.data())
@example([("source", b"\xff")], None)
@example([("position", None)], None)
@example([("hash", None)], None)
@example([("shardprev", None)], None)
@example([("installation", b"9d3e8a52")], None)
def test_no_headers_are_a_fault(strange: list[tuple[str, Any]], data: st.DataObject | None) -> None:
    headers: Headers = headers_of(placed(altered()), ATTRIBUTES["type"], None)
    if data is not None:
        headers = data.draw(st.permutations(headers[: data.draw(st.integers(0, len(headers)))]))
    item = placed_of([*headers, *strange], altered())
    if item is None:
        return
    assert item.source in SERVICES
    try:
        verify(item, SHARDS)
    except InvalidMessage:
        return
    assume(item.position != 3 or item.shardprev != b"\x01" * 32)
    # Only what the bytes cannot know is left to the guard: the position, and the hash before it.
    assert (item.source, item.shard, item.hash) == ("investigation", shard_of(CASE, SHARDS), leaf_hash(altered()))


@pytest.mark.parametrize(
    "name, value", [("position", b"-1"), ("position", b"%d" % 2**63), ("shard", b"-1"), ("shard", b"32768")]
)
def test_a_place_that_no_store_has_is_none_of_ours(name: str, value: bytes) -> None:
    headers = headers_of(placed(altered()), ATTRIBUTES["type"], None)
    assert placed_of([(each, value if each == name else text) for each, text in headers], altered()) is None


@pytest.mark.parametrize("name", ["source", "installation", "shard", "position", "type", "hash"])
def test_a_record_without_one_of_them_is_none_of_ours(name: str) -> None:
    headers = headers_of(placed(altered()), ATTRIBUTES["type"], None)
    assert placed_of(headers, altered()) is not None
    assert placed_of([header for header in headers if header[0] != name], altered()) is None
