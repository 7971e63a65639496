"""Periods of all cases: cut at positions, closed under causes, each event in exactly one of them."""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from casework.shared.audit.cuts import Cut, cut_at, is_before
from casework.shared.audit.period import NoPeriod, replay_period
from casework.shared.audit.replay import replay
from casework.shared.audit.walk import open_stores
from casework.shared.contracts.envelope import CausePoint, open_envelope
from casework.shared.contracts.ids import SERVICES, ServiceName

SECOND = timedelta(seconds=1)


async def moments(url: str, count: int) -> list[datetime]:
    """Times of recording, evenly spread over everything that happened, the last one after all of it."""
    connection = await asyncpg.connect(url)
    try:
        union = " UNION ALL ".join(f"SELECT recorded_at FROM {service}.event" for service in SERVICES)
        rows = await connection.fetch(f"SELECT recorded_at FROM ({union}) AS e ORDER BY 1")
    finally:
        await connection.close()
    times = [row[0] for row in rows]
    return [times[0] - SECOND, *(times[len(times) * n // count] for n in range(1, count)), times[-1]]


async def lines_of(url: str, since: datetime, until: datetime) -> Sequence[dict[str, Any]]:
    async with open_stores(url) as stores:
        return [line async for line in replay_period(stores, since, until, now=until)]


async def test_periods_that_meet_hold_every_event_once_and_join_without_a_gap(copy: str) -> None:
    ends = await moments(copy, 4)
    periods = [await lines_of(copy, since, until) for since, until in itertools.pairwise(ends)]
    found: list[str] = []
    stood: dict[str, Any] = {}
    for first, *cases, last in periods:
        assert first["format"] == "casework-replay"
        events = [event["id"] for case in cases for event in case["timeline"]]
        assert last == {"end": {"cases": len(cases), "events": len(events)}}
        found += events
        for case in cases:
            assert case["timeline"], "a case in which nothing happened is not of the period"
            before = case["before"]
            assert _but_overdue(before) == _but_overdue(stood.get(case["case_id"]))
            stood[case["case_id"]] = case["after"]
    for (earlier, *_), (later, *_) in itertools.pairwise(periods):
        for service in SERVICES:
            assert [end for _, end in earlier["cuts"][service]] == [begin for begin, _ in later["cuts"][service]]
    connection = await asyncpg.connect(copy)
    try:
        stored = [str(row[0]) for s in SERVICES for row in await connection.fetch(f"SELECT event_id FROM {s}.event")]
    finally:
        await connection.close()
    assert sorted(found) == sorted(stored)
    assert len(stood) == 27
    # At the end of the last period each case stands as a replay of now says.
    async with open_stores(copy) as stores:
        for case_id, after in stood.items():
            document = (await replay(stores, UUID(case_id))).document()
            assert {name: document[name] for name in after} == after


def _but_overdue(stood: Any) -> Any:
    """Whether a clock was overdue depends on the moment, and nothing else does."""
    if stood is None:
        return None
    clocks = [{name: value for name, value in each.items() if name != "overdue"} for each in stood["clocks"]]
    return {**stood, "clocks": clocks}


async def causes_behind(url: str, cut: Cut) -> list[tuple[ServiceName, int, int]]:
    """The events before the cut whose cause lies behind it."""
    found: list[tuple[ServiceName, int, int]] = []
    connection = await asyncpg.connect(url)
    try:
        for service in SERVICES:
            for row in await connection.fetch(f"SELECT shard, position, envelope FROM {service}.event"):
                cause = open_envelope(row["envelope"]).cause
                if (
                    is_before(cut, service, row["shard"], row["position"])
                    and isinstance(cause, CausePoint)
                    and not is_before(cut, cause.source, row["shard"], cause.position)
                ):
                    found.append((service, row["shard"], row["position"]))
    finally:
        await connection.close()
    return found


async def test_a_cut_is_closed_under_causes_also_where_the_clocks_of_the_databases_differ(
    copy: str, tampering: asyncpg.Connection[asyncpg.Record]
) -> None:
    ends = await moments(copy, 5)
    # As if the clocks of the others ran behind intake's: their effects seem to come before the causes.
    for service in ("investigation", "resolution", "followup"):
        await tampering.execute(f"UPDATE {service}.event SET recorded_at = recorded_at - interval '10 minutes'")
    async with open_stores(copy) as stores:
        for moment in ends:
            cut = await cut_at(stores, moment)
            assert await causes_behind(copy, cut) == []


async def test_a_period_that_is_none_is_refused(copy: str) -> None:
    first, last = await moments(copy, 1)
    with pytest.raises(NoPeriod, match="before it begins"):
        await lines_of(copy, last, first)
    async with open_stores(copy) as stores:
        with pytest.raises(NoPeriod, match="still to come"):
            await anext(replay_period(stores, first, last + SECOND, now=last))


async def test_the_command_prints_json_lines_and_is_recorded(copy: str) -> None:
    first, last = (each.isoformat() for each in await moments(copy, 1))

    async def ran(*arguments: str) -> tuple[int, str, str]:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "casework.shared.cli", "audit", *arguments, "--database", copy),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate()
        assert process.returncode is not None
        return process.returncode, out.decode(), err.decode()

    code, out, _ = await ran("replay", "--from", first, "--to", last, "--purpose", "First quarter.")
    lines = [json.loads(line) for line in out.splitlines()]
    assert (code, lines[0]["from"][:19], lines[-1]["end"]["cases"]) == (0, first[:19], 27)
    assert "年费被重复扣取" not in out
    taken = json.loads((await ran("accesses", "--json"))[1])["taken"]
    assert [(each["what"], each["purpose"]) for each in taken] == [("period-replay", "First quarter.")]
    for wrong in (
        ("--from", first),
        ("--from", first, "--to", last, "--at", last),
        ("--from", last, "--to", first),
        ("--from", first, "--to", "9999-01-01T00:00:00Z"),
        (),
    ):
        code, _, err = await ran("replay", *wrong)
        assert (code, "Traceback" in err) == (2, False), wrong
