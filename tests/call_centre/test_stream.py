"""The stream of statuses: pushed within a second, and nothing missing after a drop."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from contextlib import AsyncExitStack
from uuid import UUID, uuid4

import httpx2
import pytest
from sqlalchemy import text
from tests.front.conftest import Split, serving

from casework.followup import projections, queries, status_stream
from casework.followup.app import SERVICE as FOLLOWUP
from casework.followup.caller import with_sentences
from casework.followup.status_feed import StatusFeed, heads
from casework.followup.status_stream import read_place
from casework.shared.contracts.envelope import envelope_of
from casework.shared.contracts.ids import shard_of
from casework.shared.contracts.registry import from_data
from casework.shared.http.app import make_app
from casework.shared.platform.api_keys import ApiKeys, revoke_key
from casework.shared.runtime.database import admin_engine, begin
from casework.shared.runtime.metrics import Metrics
from casework.shared.runtime.service import assemble
from casework.shared.testing.desk import Desk
from casework.shared.testing.running import new_key

from .streams import PATH, Reader, reading

WALK = ("acknowledgement", "assessment", "investigation-offer")


@pytest.mark.practice("P178")
async def test_a_change_is_pushed_within_a_second_with_the_next_step_and_its_date(desk: Desk, split: Split) -> None:
    async with split.client(split.other) as http, reading(http) as reader:
        case_id = await desk.receive()
        for step in ("acknowledgement", "assessment"):
            await desk.do(case_id, step)
            committed_at = time.monotonic()
            shown = await desk.show(case_id)
            last = await reader.version(case_id, shown["statusversion"])
            at = next(each.at for each in reader.told if each.data == last)
            assert at - committed_at < 1.0
            # What is pushed is what is read; there what may be said is in sentences.
            assert shown["caller"].pop("log_contact") == f"/v1/cases/{case_id}/contacts"
            assert {name: shown[name] for name in last} == last | {"caller": with_sentences(last["caller"])}
    assert (last["case_id"], last["stage"]) == (case_id, "assessed")
    assert last["next_action"]["en"]
    assert last["next_action"]["zh"]
    assert last["due"]["by"]


@pytest.mark.practice("P178")
async def test_after_a_drop_what_was_missed_comes_first_and_in_order(desk: Desk, split: Split) -> None:
    async with split.client(split.other) as http:
        async with reading(http) as before:
            first = await desk.receive()
            await before.until(1)
        dropped_at = time.monotonic()
        # 30 seconds in which things happen, and nobody listens.
        missed = [first, *[await desk.receive() for _ in range(3)]]
        for step in WALK:
            for case_id in missed:
                await desk.do(case_id, step)
        await asyncio.sleep(max(0.0, 30.0 - (time.monotonic() - dropped_at)))
        async with reading(http, before.last_id) as after:
            await after.until(len(missed))
            told = len(after.statuses)
            late = await desk.receive()
            await after.until(told + 1)
    # First what was missed: of every case that changed, where it stands now, each once ...
    assert sorted(each["case_id"] for each in after.statuses[:told]) == sorted(missed)
    assert {each["stage"] for each in after.statuses[:told]} == {"awaiting-investigation"}
    # ... in the order in which they came to stand there, ...
    assert [each["case_id"] for each in after.statuses[:told]] == missed
    # ... then what is new.
    assert after.statuses[told]["case_id"] == late
    for each in after.statuses[:told]:
        assert each["statusversion"] == (await desk.show(each["case_id"]))["statusversion"]


async def test_a_place_is_kept_by_who_has_seen_nothing_yet(desk: Desk, split: Split) -> None:
    """The first thing that is sent is a place: a connection lost before the first event loses nothing."""
    async with split.client(split.other) as http:
        async with reading(http) as before:
            pass
        case_id = await desk.receive()
        async with reading(http, before.last_id) as after:
            await after.until(1)
    assert [each["case_id"] for each in after.statuses] == [case_id]


async def test_cut_at_any_event_the_rest_comes_from_any_replica(desk: Desk, split: Split) -> None:
    """Two replicas, a reader whose connection breaks after each event and who goes to the other one: what it has in
    the end is what somebody who was never cut has, and no document is older than one that it had."""
    mine = split.runtimes["followup"]
    other = await assemble(FOLLOWUP, mine.settings, Metrics.create())
    app = make_app(
        "Casework",
        other.rooms.routers,
        authenticator=ApiKeys(other.engine),
        readiness=other.checks,
        registry=other.metrics.registry,
    )
    headers = {"authorization": f"Bearer {split.other}"}
    async with (
        serving(app) as url,
        httpx2.AsyncClient(base_url=url, headers=headers, trust_env=False) as there,
        split.client(split.other) as here,
    ):
        async with reading(here) as start:
            pass
        stop = asyncio.Event()
        got: list[tuple[str, int]] = []

        async def cut_all_the_time() -> None:
            last, turn = start.last_id, 0
            while not stop.is_set() or len(got) < wanted:
                turn += 1
                async with reading((here, there)[turn % 2], last, seconds=2) as reader:
                    try:
                        await reader.until(1, within=0.5)
                    except TimeoutError:
                        if stop.is_set():
                            return
                one = next((each for each in reader.told if each.event == "status"), None)
                if one is not None:
                    # Cut after the first: what came behind it on this connection was never seen.
                    last = one.id
                    got.append((one.data["case_id"], one.data["statusversion"]))

        wanted = 0
        async with reading(here, start.last_id) as whole:
            cutting = asyncio.create_task(cut_all_the_time())
            cases = [await desk.receive() for _ in range(4)]
            for step in WALK:
                for case_id in cases:
                    await desk.do(case_id, step)
            await asyncio.sleep(0.5)
            stop.set()
            async with asyncio.timeout(60.0):
                await cutting
    await other.aclose()
    versions = defaultdict(list)
    for case_id, version in got:
        versions[case_id].append(version)
    final = {case_id: (await desk.show(case_id))["statusversion"] for case_id in cases}
    assert {case_id: each[-1] for case_id, each in versions.items()} == final
    assert all(each == sorted(set(each)) for each in versions.values())
    assert dict(whole.steps()) == final


async def test_only_what_was_asked_for_and_the_place_moves_on_all_the_same(
    desk: Desk, split: Split, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(status_stream, "PLACE_S", 0.2)
    category = f"Umbrellas {uuid4()}"
    async with split.client(split.other) as http:
        async with reading(http, category=category) as reader:
            opened = reader.last_id
            await desk.receive()
            wanted = await desk.receive(category=category)
            await reader.until(1)
            seen = reader.last_id
            await desk.receive()
            async with asyncio.timeout(5.0):
                while reader.last_id == seen:
                    await asyncio.sleep(0.02)
        assert {each["case_id"] for each in reader.statuses} == {wanted}
        assert opened not in {seen, reader.last_id}
        owner = reader.statuses[0]["owner"]
        async with reading(http, opened, case_id=wanted, owner=owner) as one:
            await one.until(1)
        assert {each["case_id"] for each in one.statuses} == {wanted}
        async with reading(http, opened, owner="nobody-of-this-name", seconds=1) as none:
            await asyncio.sleep(0.5)
        assert none.statuses == []


@pytest.mark.parametrize(
    ("last", "status", "kind"),
    [
        ("17", 400, "bad-place"),
        ("1.00000000.1-2-3", 410, "stream-place-gone"),
        ("1.{installation}.1-2-3", 410, "stream-place-gone"),
        ("1.{installation}." + "-".join(["999999999999"] * 12), 410, "stream-place-gone"),
    ],
)
async def test_an_id_of_another_history_is_refused_with_what_to_do(
    last: str, status: int, kind: str, split: Split
) -> None:
    last = last.replace("{installation}", split.runtimes["followup"].installation.hex[:8])
    async with split.client(split.other) as http:
        answer = await http.get(PATH, headers={"last-event-id": last})
    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{kind}")
    assert status == 400 or "GET /v1/cases" in answer.json()["detail"]


async def test_too_much_missed_is_read_as_a_list(desk: Desk, split: Split, monkeypatch: pytest.MonkeyPatch) -> None:
    async with split.client(split.other) as http:
        async with reading(http) as reader:
            pass
        for _ in range(2):
            await desk.receive()
        monkeypatch.setattr(status_stream, "MOST_BEHIND", 1)
        answer = await http.get(PATH, headers={"last-event-id": reader.last_id})
        assert (answer.status_code, answer.json()["type"]) == (410, "/problems/stream-place-gone")
        monkeypatch.setattr(status_stream, "MOST_BEHIND", 2)
        async with reading(http, reader.last_id) as again:
            await again.until(2)


async def test_a_listener_who_fell_behind_what_is_remembered_misses_nothing(
    desk: Desk, split: Split, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("casework.followup.status_feed.REMEMBERED", 1)
    monkeypatch.setattr("casework.followup.status_feed.PAGE", 1)
    async with split.client(split.other) as http, reading(http) as reader:
        cases = await asyncio.gather(*(desk.receive() for _ in range(6)))
        async with asyncio.timeout(10.0):
            while {each["case_id"] for each in reader.statuses} < set(cases):
                await asyncio.sleep(0.02)
    assert all(a[1] < b[1] for a, b in _pairs_of_one_case(reader))


def _pairs_of_one_case(reader: Reader) -> list[tuple[tuple[str, int], tuple[str, int]]]:
    steps = reader.steps()
    return [(a, b) for index, a in enumerate(steps) for b in steps[index + 1 :] if a[0] == b[0]]


async def test_no_more_streams_than_one_may_have(split: Split, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(status_stream, "MOST_OF_ONE", 1)
    async with split.client(split.other) as http:
        async with reading(http):
            refused = await http.get(PATH)
            assert (refused.status_code, refused.json()["type"]) == (429, "/problems/too-many-streams")
            assert refused.headers["retry-after"]
        # The one that was cut is counted out.
        async with asyncio.timeout(5.0):
            while (await http.get(PATH, params={"seconds": 1})).status_code != 200:
                await asyncio.sleep(0.05)


async def test_a_revoked_key_is_cut(split: Split, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(status_stream, "KEY_CHECKED_S", 0.1)
    monkeypatch.setattr(status_stream, "PLACE_S", 0.1)
    monkeypatch.setattr("casework.shared.platform.api_keys.CACHE_SECONDS", 0.05)
    admin = admin_engine(split.runtimes["followup"].settings.database_of("followup"))
    key = await new_key(admin, "leaver", "person", ("cases:read",))
    async with split.client(key) as http, reading(http) as reader:
        async with begin(admin) as work:
            assert await revoke_key(work, key.split("_")[1])
        async with asyncio.timeout(5.0):
            while not reader.told:
                await asyncio.sleep(0.02)
    await admin.dispose()
    assert [(each.event, each.data) for each in reader.told] == [("end", {"why": "unauthenticated"})]


async def test_a_stop_ends_open_streams_at_once_and_they_go_on_elsewhere(desk: Desk, split: Split) -> None:
    mine = split.runtimes["followup"]
    other = await assemble(FOLLOWUP, mine.settings, Metrics.create())
    app = make_app(
        "Casework",
        other.rooms.routers,
        authenticator=ApiKeys(other.engine),
        readiness=other.checks,
        registry=other.metrics.registry,
    )
    headers = {"authorization": f"Bearer {split.other}"}
    async with AsyncExitStack() as stack:
        async with serving(app) as url:
            there = await stack.enter_async_context(httpx2.AsyncClient(base_url=url, headers=headers, trust_env=False))
            reader = await stack.enter_async_context(reading(there))
            stopped_at = time.monotonic()
        # Well within the 2 seconds that requests under way are given.
        assert time.monotonic() - stopped_at < 1.0
        assert [(each.event, each.data) for each in reader.told] == [("end", {"why": "stopping"})]
    await other.aclose()
    case_id = await desk.receive()
    async with split.client(split.other) as here, reading(here, reader.last_id) as again:
        await again.until(1)
    assert [each["case_id"] for each in again.statuses] == [case_id]


async def test_a_database_that_went_away_is_waited_for(desk: Desk, split: Split) -> None:
    """Every connection of the service is cut; the stream stays, and nothing is missing."""
    runtime = split.runtimes["followup"]
    async with split.client(split.other) as http, reading(http) as reader:
        async with begin(runtime.engine) as work:
            await work.core.execute(text("select 1"))
        await runtime.engine.dispose()
        case_id = await desk.receive()
        await reader.until(1)
    assert reader.statuses[-1]["case_id"] == case_id


async def test_after_a_restore_no_number_is_given_out_again(desk: Desk, split: Split) -> None:
    """The store was set back and what was lost is refilled: a reader whose place is of before gets what changed."""
    runtime = split.runtimes["followup"]
    case_id = await desk.receive()
    async with split.client(split.other) as http:
        async with reading(http) as before:
            pass
        events = [
            (envelope, from_data(envelope.type, envelope.data))
            for each in await queries.events_of(runtime, UUID(case_id))
            for envelope in [envelope_of(each["event"])]
        ]
        admin = admin_engine(runtime.settings.database_of("followup"))
        async with begin(admin) as work:
            await work.execute("DELETE FROM followup.case_status WHERE case_id = $1", UUID(case_id))
            await work.execute("UPDATE followup.status_head SET next = 0")
        await admin.dispose()
        gone = await http.get(PATH, headers={"last-event-id": before.last_id})
        assert gone.status_code == 410
        async with begin(runtime.engine) as work:
            await projections.rebuild(work, runtime.shards, events)
            shard = shard_of(UUID(case_id), runtime.shards)
            now = (await heads(work))[shard]
        old = read_place(before.last_id, runtime.installation, runtime.shards)
        assert now > old[shard]
        # Of the other shards nothing was lost here; as soon as they have gone on, the old place holds again.
        async with begin(runtime.engine) as work:
            await work.execute("UPDATE status_head SET next = next + 1000 WHERE shard <> $1", shard)
        async with reading(http, before.last_id) as again:
            await again.until(1)
    assert case_id in {each["case_id"] for each in again.statuses}


async def test_a_fault_of_the_reader_ends_the_streams_and_the_next_one_misses_nothing(
    desk: Desk, split: Split, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with split.client(split.other) as http:
        async with reading(http) as reader:
            case_id = await desk.receive()
            await reader.version(case_id, 1)
            with monkeypatch.context() as broken:
                broken.setattr(StatusFeed, "_read_on", _fault)
                # Without the product's logging, drawing the trace of the fault takes seconds on a busy machine.
                async with asyncio.timeout(60.0):
                    while reader.alive:
                        await asyncio.sleep(0.02)
        await desk.do(case_id, "acknowledgement")
        shown = await desk.show(case_id)
        async with reading(http, reader.last_id) as again:
            await again.version(case_id, shown["statusversion"])


async def _fault(_feed: StatusFeed) -> bool:
    raise ValueError("a fault of this test")
