"""Clocks are events: the same case, gone through again in another place on another day, has the same ones."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from tests.clocks.office import Office, office

from casework.shared.contracts.canonical import canonical
from casework.shared.contracts.envelope import open_envelope
from casework.shared.contracts.ids import SERVICES
from casework.shared.contracts.wire import Placed
from casework.shared.eventstore import reading
from casework.shared.runtime.database import begin
from casework.shared.testing.parts import PostgresServer

ZONE = "Europe/London"


async def upstream_of(office: Office) -> Sequence[tuple[datetime, Placed]]:
    """What the other services have recorded, each with its time, in an order in which causes come first."""
    found: list[tuple[datetime, int, int, Placed]] = []
    for number, source in enumerate(name for name in SERVICES if name != "followup"):
        runtime = office.stack.runtimes[source]
        async for event in reading.walk(runtime.engine, range(runtime.shards)):
            placed = Placed(
                runtime.installation,
                source,
                event.shard,
                event.position,
                event.shardprev,
                event.hash,
                event.document,
            )
            found.append((open_envelope(event.document).time, number, event.position, placed))
    return [(at, placed) for at, _, _, placed in sorted(found, key=lambda each: each[:3])]


async def clocks_of(office: Office) -> list[tuple[str, bytes]]:
    """Followup's events about clocks and escalations, as the bytes of their payloads."""
    async with begin(office.stack.runtimes["followup"].engine) as work:
        rows = await work.fetch("SELECT envelope FROM event ORDER BY case_id, version")
    events = [open_envelope(row["envelope"]) for row in rows]
    return [
        (event.type, canonical(event.data))
        for event in events
        if event.type.startswith(("casework.followup.clock-", "casework.followup.case-escalated"))
    ]


async def take_in(office: Office, placed: Placed) -> None:
    """Give followup an event of another installation's services, as if it were of its own."""
    followup = office.stack.runtimes["followup"]
    await followup.consumer.take([placed._replace(installation=followup.installation)])


async def fire_until(office: Office, at: datetime) -> None:
    """Let it be that time, all that was due until then having fired in its own time. Nobody but followup hears of it:
    the others here have recorded nothing."""
    async with begin(office.stack.runtimes["followup"].engine) as work:
        while (following := await work.fetch_value("SELECT min(fires_at) FROM clock")) is not None and following <= at:
            office.time.now = max(office.time.now, following)
            assert (await office.timer.fire_due()).fired
    office.time.now = at


@pytest.mark.practice("P111")
async def test_a_case_replayed_on_another_day_has_the_same_clock_events(
    postgres_server: PostgresServer, tmp_path: Path
) -> None:
    async with office(postgres_server, _folder(tmp_path, "first"), now="2026-03-02", zone=ZONE) as first:
        case_id = await first.desk.receive()
        for day, step in (
            ("2026-03-03", "acknowledgement"),
            ("2026-03-04T09:00", "assessment"),
            ("2026-03-04T10:00", "investigation-offer"),
            ("2026-03-04T11:00", "investigation/acceptance"),
            ("2026-03-05T09:00", "investigation/findings"),
            ("2026-03-05T10:00", "investigation/conclusion"),
            ("2026-03-05T11:00", "investigation/resolution-offer"),
            ("2026-03-05T12:00", "resolution/acceptance"),
            ("2026-03-06T09:00", "resolution/remedies"),
            ("2026-03-06T10:00", "resolution/decision"),
        ):
            await first.go_to(day)
            await first.desk.do(case_id, step)
        recorded = await clocks_of(first)
        assert {name.split(".")[2] for name, _ in recorded} == {"clock-armed", "clock-met"}
        events = await upstream_of(first)
        async with office(postgres_server, _folder(tmp_path, "again"), now="2026-03-06", zone=ZONE) as again:
            again.time.now += timedelta(days=400)
            for _, placed in events:
                await take_in(again, placed)
            assert await clocks_of(again) == recorded


@pytest.mark.practice("P111")
async def test_a_case_replayed_through_its_own_times_fires_the_same(
    postgres_server: PostgresServer, tmp_path: Path
) -> None:
    async with office(postgres_server, _folder(tmp_path, "first"), now="2026-03-02", zone=ZONE) as first:
        case_id = await first.desk.receive()
        for day, step in (
            ("2026-03-05T10:00", "acknowledgement"),
            ("2026-03-25T09:00", "assessment"),
            ("2026-04-08T10:00", "investigation-offer"),
            ("2026-04-08T11:00", "investigation/acceptance"),
        ):
            await first.wait_until(day)
            await first.desk.do(case_id, step)
        await first.wait_until("2026-05-01")
        recorded = await clocks_of(first)
        assert {name.split(".")[2] for name, _ in recorded} >= {
            *("clock-armed", "clock-warned", "clock-expired", "clock-met", "clock-met-late", "case-escalated")
        }
        events = await upstream_of(first)
        async with office(postgres_server, _folder(tmp_path, "again"), now="2026-03-02T09:00", zone=ZONE) as again:
            for at, placed in events:
                await fire_until(again, at)
                await take_in(again, placed)
            await fire_until(again, first.time.now)
            assert await clocks_of(again) == recorded


def _folder(below: Path, name: str) -> Path:
    folder = below / name
    folder.mkdir()
    return folder
