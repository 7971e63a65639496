"""Time never runs backwards within a stream, whatever the database's clock does."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.store.log import RECEIVED_AT, Log, fact, intake_store, origin, receive
from uuid_utils.compat import uuid7

from casework.shared.eventstore.reading import StoredEvent, of_case
from casework.shared.eventstore.store import Stream, Unit
from casework.shared.runtime.database import begin


async def at(log: Log, case_id: UUID, now: datetime, value: str) -> None:
    """One more fact, recorded while the database's clock shows `now`."""
    async with begin(log.engine) as work:
        work.now = now
        unit = await log.decide(work, case_id, fact(value))
        await log.store.append(work, unit)


async def times(log: Log, case_id: UUID) -> list[datetime]:
    async with begin(log.engine) as work:
        events: list[StoredEvent] = await of_case(work, case_id)
    return [event.recorded_at for event in events]


@pytest.mark.parametrize("jump", [timedelta(hours=1), timedelta(days=400), timedelta(microseconds=1)])
async def test_a_clock_that_jumps_back_leaves_the_time_where_it_was(common_log: Log, jump: timedelta) -> None:
    case_id = uuid7()
    await common_log.record(case_id, receive())
    [first] = await times(common_log, case_id)
    later = first + timedelta(seconds=5)
    await at(common_log, case_id, later, "in order")
    await at(common_log, case_id, later - jump, "the clock was set back")
    await at(common_log, case_id, later - jump + timedelta(microseconds=1), "and still behind")
    await at(common_log, case_id, later + timedelta(seconds=1), "it has caught up")
    assert await times(common_log, case_id) == [first, later, later, later, later + timedelta(seconds=1)]


async def test_another_stream_has_its_own_time(common_log: Log) -> None:
    ahead, other = uuid7(), uuid7()
    await common_log.record(ahead, receive())
    [now] = await times(common_log, ahead)
    await at(common_log, ahead, now + timedelta(days=1), "a clock that was wrong")
    await common_log.record(other, receive())
    [unaffected] = await times(common_log, other)
    assert unaffected < now + timedelta(hours=1)


async def test_it_is_the_databases_clock(common_log: Log) -> None:
    async with begin(common_log.engine) as work:
        before = await work.fetch_value("SELECT now()")
        after = await work.fetch_value("SELECT clock_timestamp()")
        assert before <= work.now <= after


@settings(derandomize=True, deadline=None, max_examples=60)
@given(st.lists(st.integers(-10_000, 10_000), min_size=1, max_size=20))
def test_in_one_stream_every_time_is_the_latest_so_far(seconds: list[int]) -> None:
    store, case_id = intake_store(), uuid7()
    stream = Stream(case_id, 0, None, None, None, store.decider.initial)
    seen: list[datetime] = []
    for number, second in enumerate(seconds):
        unit = Unit(store, RECEIVED_AT + timedelta(seconds=second), {case_id: stream})
        unit.run(case_id, [fact(str(number)) if number else receive()], origin())
        stream = unit.streams[case_id]
        seen.append(unit.recorded[0].envelope.time)
    assert all(earlier <= later for earlier, later in pairwise(seen))
    assert seen == [RECEIVED_AT + timedelta(seconds=max(seconds[: n + 1])) for n in range(len(seconds))]
