"""Rates: the limit and not one more, over several processes, at little cost."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
import pytest_asyncio
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from casework.shared.platform.rates import FAILURES, PART, Rates, TooManyRequests
from casework.shared.runtime.database import begin, service_engine


@pytest_asyncio.fixture
async def other(kit_database: str) -> AsyncIterator[AsyncEngine]:
    """Another process's engine, of another service."""
    engine = service_engine(kit_database, "resolution", pool_size=2)
    yield engine
    await engine.dispose()


async def _in_the_middle_of_a_minute() -> None:
    """The count begins anew with the minute; a test that runs over its end would see twice as much."""
    left = 60 - time.time() % 60
    if left < 5:
        await asyncio.sleep(left + 0.1)


async def _taken(rates: Rates, caller: str, times: int) -> int:
    done = 0
    for _ in range(times):
        try:
            await rates.take(caller, "any")
            done += 1
        except TooManyRequests:
            pass
    return done


@pytest.mark.parametrize("limit", (1, 7, 250))
async def test_the_limit_is_let_in_and_not_one_more(intake: AsyncEngine, limit: int) -> None:
    await _in_the_middle_of_a_minute()
    rates, caller = Rates(intake, {"any": limit, "costly": 1}), uuid4().hex
    assert await _taken(rates, caller, limit) == limit
    with pytest.raises(TooManyRequests) as refused:
        await rates.take(caller, "any")
    assert 1 <= refused.value.retry_after <= 60
    # Others, and the other kind, are not held up.
    assert await _taken(rates, uuid4().hex, 1) == 1
    assert (await rates.take(caller, "costly")) is not None


async def test_processes_share_a_limit(intake: AsyncEngine, other: AsyncEngine) -> None:
    await _in_the_middle_of_a_minute()
    limit, caller = 400, uuid4().hex
    both = [Rates(engine, {"any": limit, "costly": 0}) for engine in (intake, other)]
    done = await asyncio.gather(*(_taken(each, caller, limit) for each in both for _ in range(2)))
    assert limit - limit // PART <= sum(done) <= limit
    assert min(done[0] + done[1], done[2] + done[3]) > 0


async def test_many_at_once_count_each(intake: AsyncEngine) -> None:
    await _in_the_middle_of_a_minute()
    rates, caller = Rates(intake, {"any": 50, "costly": 0}), uuid4().hex
    found = await asyncio.gather(*(rates.take(caller, "any") for _ in range(80)), return_exceptions=True)
    assert sum(isinstance(each, TooManyRequests) for each in found) == 30


async def test_a_new_minute_begins_anew(intake: AsyncEngine, admin: AsyncEngine) -> None:
    await _in_the_middle_of_a_minute()
    clock = Clock()
    rates, caller = Rates(intake, {"any": 3, "costly": 0}, clock=clock), uuid4().hex
    assert await _taken(rates, caller, 5) == 3
    async with begin(admin) as work:
        await work.execute("UPDATE platform.rate_use SET minute = minute - 1 WHERE caller = $1", caller)
    assert await _taken(rates, caller, 1) == 0, "what is known to be used up is not asked for again"
    clock.at += 60
    assert await _taken(rates, caller, 5) == 3


async def test_counting_costs_one_statement_in_a_hundredth_of_the_limit(intake: AsyncEngine) -> None:
    await _in_the_middle_of_a_minute()
    asked: list[str] = []
    event.listen(intake.sync_engine, "begin", lambda _: asked.append("x"))
    rates = Rates(intake, {"any": 1_000, "costly": 0})
    assert await _taken(rates, uuid4().hex, 100) == 100
    assert len(asked) == 10


async def test_what_is_left_is_said(intake: AsyncEngine) -> None:
    await _in_the_middle_of_a_minute()
    allowance = await Rates(intake, {"any": 300, "costly": 0}).take(uuid4().hex, "any")
    assert allowance is not None
    headers = allowance.headers()
    assert headers["ratelimit-policy"] == '"any";q=300;w=60'
    assert headers["ratelimit"].startswith('"any";r=299;t=')


async def test_without_a_database_work_goes_on() -> None:
    engine = service_engine("postgresql://nobody@127.0.0.1:1/none", "intake", pool_size=2)
    assert await _taken(Rates(engine, {"any": 100, "costly": 0}), "x", 1) == 1
    await engine.dispose()


async def test_without_a_limit_nothing_is_counted() -> None:
    engine = service_engine("postgresql://nobody@127.0.0.1:1/none", "intake", pool_size=2)
    assert await Rates(engine, {"any": 0, "costly": 0}).take("x", "any") is None


def test_refused_credentials_are_counted_by_address() -> None:
    clock = Clock()
    engine = service_engine("postgresql://nobody@127.0.0.1:1/none", "intake", pool_size=2)
    rates = Rates(engine, {"any": 1, "costly": 1}, clock=clock)
    for _ in range(FAILURES):
        rates.refused("192.0.2.1")
    with pytest.raises(TooManyRequests):
        rates.refused("192.0.2.1")
    rates.refused("192.0.2.2")
    clock.at += 60
    rates.refused("192.0.2.1")
    for number in range(10_000):
        rates.refused(str(number))
    assert len(rates._failures) == 4_096


class Clock:
    def __init__(self) -> None:
        self.at = 1_000.0

    def __call__(self) -> float:
        return self.at
