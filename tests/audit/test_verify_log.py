"""The verification of a log itself: each kind of fault alone, in a log that is otherwise consistent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import orjson
import pytest
import pytest_asyncio

from casework.shared.audit.verify import EventIds, Report, ShardCheck, report_repeated
from casework.shared.audit.walk import open_stores, walk_shard
from casework.shared.contracts.canonical import leaf_hash
from casework.shared.contracts.ids import DEFAULT_SHARDS, SERVICES, ServiceName

Rows = dict[ServiceName, list["Row"]]


@dataclass(frozen=True)
class Row:
    """One event as it is placed in its shard."""

    position: int
    shardprev: bytes | None
    hash: bytes
    document: bytes

    @property
    def raw(self) -> dict[str, Any]:
        return dict(orjson.loads(self.document))


@pytest_asyncio.fixture
async def shards(copy: str) -> dict[int, Rows]:
    """Everything that was written, by shard."""
    found: dict[int, Rows] = {}
    async with open_stores(copy) as stores:
        for shard in range(DEFAULT_SHARDS):
            found[shard] = {service: [] for service in SERVICES}
            async for page in walk_shard(stores, shard):
                found[shard][page.source] += [Row(*list(row)[:4]) for row in page.rows]
    return found


@pytest.fixture
def fullest(shards: dict[int, Rows]) -> list[tuple[int, Rows]]:
    """The shards, the fullest first: where cases fall is chance, and some shards may have none."""
    return sorted(shards.items(), key=lambda item: sum(map(len, item[1].values())), reverse=True)


@pytest.fixture
def shard(fullest: list[tuple[int, Rows]]) -> tuple[int, Rows]:
    """The fullest shard."""
    return fullest[0]


def verified(*shards: tuple[int, Rows]) -> Report:
    report, ids = Report("test"), EventIds()
    for number, rows in shards:
        check = ShardCheck(number, DEFAULT_SHARDS, report, ids)
        for source, events in rows.items():
            for row in events:
                check.take(source, row.position, row.shardprev, row.hash, row.document)
        check.close()
    report_repeated(report, ids)
    return report


def relinked(rows: list[Row], edit: Callable[[int, dict[str, Any]], bytes | None]) -> list[Row]:
    """The log with events edited, and every hash and link after them made right again: what somebody with every
    right can do. `edit` changes the parsed event in place, or returns other bytes for it."""
    found: list[Row] = []
    last_of_case: dict[str, bytes] = {}
    before: bytes | None = None
    for row in rows:
        raw = row.raw
        case_id = raw["subject"]
        if case_id in last_of_case:
            raw["prevhash"] = last_of_case[case_id].hex()
        document = edit(row.position, raw) or orjson.dumps(raw, option=orjson.OPT_SORT_KEYS)
        hash_ = leaf_hash(document)
        found.append(Row(row.position, before, hash_, document))
        before = last_of_case[case_id] = hash_
    return found


def edited(rows: Rows, source: ServiceName, at: int, change: Callable[[dict[str, Any]], bytes | None]) -> Rows:
    def edit(position: int, raw: dict[str, Any]) -> bytes | None:
        return change(raw) if position == at else None

    return rows | {source: relinked(rows[source], edit)}


def test_what_was_written_is_without_fault(shards: dict[int, Rows]) -> None:
    report = verified(*shards.items())
    assert (report.faults, report.shown) == (0, [])
    assert report.events == sum(len(events) for rows in shards.values() for events in rows.values())
    assert report.cases == 27


def test_relinking_alone_shows_no_fault(shard: tuple[int, Rows]) -> None:
    number, rows = shard
    report = verified((number, edited(rows, "intake", -1, lambda raw: None)))
    assert report.shown == []


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("not-an-event", lambda raw: b"\xff not JSON"),
        ("not-an-event", lambda raw: b"[]"),
        ("not-an-event", lambda raw: raw.pop("actor") and None),
        ("not-an-event", lambda raw: raw.update(subject=str(raw["subject"]).upper())),
        ("not-an-event", lambda raw: raw.update(time="2026-03-02 09:10:00Z")),
        ("not-an-event", lambda raw: raw.update(streamversion="1")),
        ("not-an-event", lambda raw: raw.update(colour="red")),
        ("not-an-event", lambda raw: raw.update(actor=1)),
        ("not-an-event", lambda raw: raw.update(causesource={})),
        ("not-an-event", lambda raw: raw.update(prevhash=None)),
        ("not-an-event", lambda raw: raw.update(traceparent=0.5)),
        ("not-canonical", lambda raw: orjson.dumps(dict(reversed(raw.items())))),
        ("not-canonical", lambda raw: orjson.dumps(raw, option=orjson.OPT_SORT_KEYS) + b"\n"),
        ("not-canonical", lambda raw: raw["data"].update(amount=12.5)),
        ("not-canonical", lambda raw: raw["data"].update(nested=[{"amount": 1e300}])),
        ("not-canonical", lambda raw: raw["data"].update(number=2**53)),
        ("not-canonical", lambda raw: raw["data"].update({"钱": "12.50"})),
        ("source", lambda raw: raw.update(source="/casework/resolution")),
        ("source", lambda raw: raw.update(type="casework.resolution.decision-accepted.v1")),
        ("version", lambda raw: raw.update(streamversion=7)),
        ("stream-link", lambda raw: raw.update(prevhash="00" * 32)),
        ("time", lambda raw: raw.update(time="1999-12-31T23:59:59.999999Z")),
        ("correlation", lambda raw: raw.update(correlationid="01890000-0000-7000-8000-000000000000")),
        ("cause", lambda raw: raw.update(causeposition=10**12)),
        ("cause", lambda raw: raw.update(causesource="/casework/elsewhere")),
        ("cause", lambda raw: raw.update(causationid="01890000-0000-7000-8000-000000000000")),
        ("cause", lambda raw: raw.update(causeposition=raw["causeposition"] + 1)),
    ],
)
def test_each_fault_is_named(shard: tuple[int, Rows], kind: str, change: Callable[[dict[str, Any]], Any]) -> None:
    number, rows = shard
    # An event in the middle of a case that another service's event caused.
    at = next(row.position for row in rows["investigation"] if row.raw["streamversion"] == 2)
    report = verified((number, edited(rows, "investigation", at, change)))
    assert kind in report.kinds, report.shown
    assert (kind, "investigation", number, at) in {(f.kind, f.source, f.shard, f.position) for f in report.shown}


def test_a_changed_byte_and_a_broken_link_are_found(shard: tuple[int, Rows]) -> None:
    number, rows = shard
    log = list(rows["resolution"])
    log[1] = replace(log[1], document=log[1].document.replace(b"casework-resolution", b"casework-Resolution"))
    report = verified((number, rows | {"resolution": log}))
    assert report.kinds == {"hash": 1}
    log[1] = replace(log[1], hash=leaf_hash(log[1].document))
    report = verified((number, rows | {"resolution": log}))
    assert report.kinds == {"shard-link": 1, "stream-link": 1}


def test_missing_repeated_and_swapped_positions_are_found(shard: tuple[int, Rows]) -> None:
    number, rows = shard
    log = rows["followup"]
    dropped = verified((number, rows | {"followup": [*log[:1], *log[2:]]}))
    assert dropped.kinds["position-missing"] == 1
    repeated = verified((number, rows | {"followup": [*log[:2], log[1], *log[2:]]}))
    assert repeated.kinds == {"position-repeated": 1}
    first, second = replace(log[0], position=1), replace(log[1], position=0)
    swapped = verified((number, rows | {"followup": [second, first, *log[2:]]}))
    assert swapped.kinds["shard-link"] >= 2


def test_a_case_in_a_foreign_shard_is_found(shard: tuple[int, Rows]) -> None:
    number, rows = shard
    assert verified(((number + 1) % DEFAULT_SHARDS, rows)).kinds["shard"] > 0


def test_an_id_used_twice_is_found_also_across_shards(fullest: list[tuple[int, Rows]]) -> None:
    (one, rows), (other, others) = fullest[:2]
    taken = rows["intake"][0].raw["id"]

    def take_over(raw: dict[str, Any]) -> None:
        raw["id"] = raw["correlationid"] = taken

    report = verified((one, rows), (other, edited(others, "intake", 0, take_over)))
    assert [f.detail for f in report.shown if f.kind == "id-repeated"] == [
        f"event id {taken} stands in more than one shard"
    ]
    report = verified((one, edited(rows, "intake", 1, lambda raw: raw.update(id=taken))))
    assert ("id-repeated", 1) in {(fault.kind, fault.position) for fault in report.shown}


def test_a_cause_that_no_order_puts_before_its_effect_is_found(shard: tuple[int, Rows]) -> None:
    number, rows = shard
    effect = next(row for row in rows["investigation"] if "causesource" in row.raw)
    cause_at = effect.raw["causeposition"]

    def swear(raw: dict[str, Any]) -> None:
        raw |= {
            "causesource": "/casework/investigation",
            "causeposition": effect.position,
            "causationid": effect.raw["id"],
        }

    report = verified((number, edited(rows, "intake", cause_at, swear)))
    assert report.kinds["cause-later"] > 0


def test_a_case_without_its_receipt_is_found(shard: tuple[int, Rows]) -> None:
    number, rows = shard
    report = verified((number, rows | {"intake": []}))
    assert report.kinds["no-receipt"] == report.cases


def test_faults_are_all_counted_and_not_all_kept(shard: tuple[int, Rows]) -> None:
    report = Report("test")
    for position in range(1_000):
        report.fault("hash", "intake", 0, position, "the bytes have another hash")
    assert (report.faults, len(report.shown)) == (1_000, 200)
    assert report.document()["faults"] == 1_000
