"""One transaction: everything of it or nothing, whatever the driver, the server or a cancellation does to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Coroutine, Generator
from contextlib import suppress
from typing import Any

import pytest
import pytest_asyncio
from tests.store.log import Log, assert_one_history, case_in, fact, log_on, receive
from uuid_utils.compat import uuid7

from casework.shared.runtime import database
from casework.shared.runtime.database import (
    Duplicate,
    Serialization,
    StoreUnavailable,
    Work,
    begin,
    service_engine,
)

DEADLINE_S = 10.0


@pytest_asyncio.fixture(scope="session")
async def counted(common_log: Log) -> Log:
    """The log, with a table of notes to tell what was committed."""
    async with begin(common_log.admin) as work:
        await work.execute("CREATE TABLE intake.note (id int CONSTRAINT note_pk PRIMARY KEY)")
        await work.execute("GRANT SELECT, INSERT, UPDATE ON intake.note TO casework_intake")
    return common_log


@pytest_asyncio.fixture
async def own_pool(counted: Log) -> AsyncIterator[Log]:
    """The same, on an engine of its own that a test may use up or break."""
    async with log_on(counted.url, pool_size=2) as log:
        yield log


async def notes(log: Log) -> set[int]:
    async with begin(log.admin) as work:
        return {row["id"] for row in await work.fetch("SELECT id FROM intake.note")}


async def run(log: Log, *statements: str) -> None:
    """The statements in one transaction, as the service."""
    async with begin(log.engine) as work:
        for statement in statements:
            await work.execute(statement)


class Undone(Exception):
    """What a test raises to have its transaction rolled back."""


async def test_a_raw_first_statement_outlives_a_rollback_and_begin_prevents_it(counted: Log) -> None:
    """SQLAlchemy begins lazily. Without a statement of its own first, the driver is in no transaction."""
    with suppress(Undone):
        async with counted.engine.connect() as connection, connection.begin():
            driver: Any = (await connection.get_raw_connection()).driver_connection
            assert not driver.is_in_transaction()
            await driver.execute("INSERT INTO note VALUES (1)")
            raise Undone
    assert 1 in await notes(counted), "the library begins by itself now: `begin` need not do so any more"
    with suppress(Undone):
        async with begin(counted.engine) as work:
            await work.execute("INSERT INTO note VALUES (2)")
            raise Undone
    assert 2 not in await notes(counted)


async def test_the_same_in_a_savepoint(counted: Log) -> None:
    async with begin(counted.engine) as work:
        await work.execute("INSERT INTO note VALUES (3)")
        with suppress(Undone):
            async with work.savepoint():
                await work.execute("INSERT INTO note VALUES (4)")
                raise Undone
        with pytest.raises(Duplicate):
            async with work.savepoint():
                await work.execute("INSERT INTO note VALUES (3)")
        await work.execute("INSERT INTO note VALUES (5)")
    assert await notes(counted) & {3, 4, 5} == {3, 5}


async def test_begin_refuses_a_connection_without_transactions(counted: Log) -> None:
    autocommit = counted.engine.execution_options(isolation_level="AUTOCOMMIT")
    with pytest.raises(AssertionError, match="outlive a rollback"):
        async with begin(autocommit):
            pass


async def test_what_is_there_already_is_a_duplicate_that_names_its_key(counted: Log) -> None:
    async with begin(counted.engine) as work:
        await work.execute("INSERT INTO note VALUES (10)")
    with pytest.raises(Duplicate) as refused:
        async with begin(counted.engine) as work:
            await work.execute("INSERT INTO note VALUES (10)")
    assert refused.value.constraint == "note_pk"


async def test_two_that_decide_on_one_new_case_append_once(counted: Log) -> None:
    case_id = uuid7()
    pid: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def second() -> None:
        async with begin(counted.engine) as work:
            theirs = await counted.decide(work, case_id, receive("second"))
            pid.set_result(await backend(work))
            await counted.store.append(work, theirs)

    async with begin(counted.engine) as work:
        ours = await counted.decide(work, case_id, receive("first"))
        await counted.store.append(work, ours)
        late = asyncio.create_task(second())
        await until_blocked(counted, await pid)
    with pytest.raises(Duplicate) as refused:
        await late
    assert refused.value.constraint == "event_stream"
    [event] = [event for event in await counted.events() if event.case_id == case_id]
    assert event.event_id == ours.recorded[0].envelope.id


async def backend(work: Work) -> int:
    """The server's process for this transaction."""
    return int(await work.fetch_value("SELECT pg_backend_pid()"))


async def until_blocked(log: Log, pid: int) -> None:
    """Until that process waits for somebody's lock."""
    async with asyncio.timeout(DEADLINE_S), begin(log.admin) as looking:
        while not await looking.fetch_value("SELECT pg_blocking_pids($1)", pid):
            await asyncio.sleep(0.01)


async def test_a_lock_that_is_not_given_is_worth_another_try(counted: Log) -> None:
    async with begin(counted.engine) as holder:
        await holder.execute("SELECT FROM log_head WHERE shard = 0 FOR UPDATE")
        with pytest.raises(Serialization, match="LockNotAvailable"):
            await run(counted, "SET LOCAL lock_timeout = '20ms'", "SELECT FROM log_head WHERE shard = 0 FOR UPDATE")


async def test_so_is_a_statement_that_took_too_long(counted: Log) -> None:
    with pytest.raises(Serialization, match="QueryCanceled"):
        await run(counted, "SET LOCAL statement_timeout = '20ms'", "SELECT pg_sleep(60)")


async def test_so_is_a_deadlock_for_one_of_the_two(counted: Log) -> None:
    crossing = asyncio.Barrier(2)

    async def lock(first: int, second: int) -> None:
        async with begin(counted.engine) as work:
            await work.execute("SET LOCAL deadlock_timeout = '20ms'")
            for shard in (first, second):
                await work.execute("SELECT FROM log_head WHERE shard = $1 FOR UPDATE", shard)
                if shard == first:
                    await crossing.wait()

    async with begin(counted.admin) as work:
        await work.execute("GRANT SET ON PARAMETER deadlock_timeout TO casework_intake")
    ended = await asyncio.gather(lock(1, 2), lock(2, 1), return_exceptions=True)
    assert sorted(map(repr, ended)) == ["None", "Serialization('DeadlockDetectedError')"]


async def test_every_timeout_is_set_for_a_service(counted: Log) -> None:
    async with begin(counted.engine) as work:
        settings = {
            row["name"]: row["setting"]
            for row in await work.fetch(
                "SELECT name, setting FROM pg_settings WHERE name LIKE '%timeout%' OR name IN ('jit', 'TimeZone')"
            )
        }
        assert await work.fetch_value("SELECT current_user") == "casework_intake"
        assert await work.fetch_value("SELECT current_schema()") == "intake"
    assert settings["statement_timeout"] == "15000"
    assert settings["lock_timeout"] == "5000"
    assert settings["idle_in_transaction_session_timeout"] == "10000"
    assert settings["transaction_timeout"] == "20000"
    assert (settings["jit"], settings["TimeZone"]) == ("off", "UTC")


async def test_one_that_freezes_before_it_runs_what_it_prepared_does_not_keep_its_locks(
    counted: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL takes it for busy: neither the time for a statement nor the time for standing idle ends it."""
    monkeypatch.setattr(database, "STATEMENT_TIMEOUT_MS", 200)
    monkeypatch.setattr(database, "IDLE_IN_TRANSACTION_MS", 200)
    monkeypatch.setattr(database, "TRANSACTION_TIMEOUT_MS", 1_000)

    async def freeze(log: Log) -> None:
        async with begin(log.engine) as frozen:
            await frozen.execute("SELECT FROM log_head WHERE shard = 0 FOR UPDATE")
            # As a process that was stopped at this place: the driver asks for a plan before it runs a statement.
            await frozen._driver.prepare("SELECT 'for the first time'")
            async with begin(counted.admin) as other:
                await other.execute("SET LOCAL lock_timeout = '5s'")
                await other.execute("SELECT FROM intake.log_head WHERE shard = 0 FOR UPDATE")
            await frozen.execute("SELECT 1")

    async with log_on(counted.url, pool_size=1) as log:
        with pytest.raises(StoreUnavailable):
            await freeze(log)


async def killed(log: Log, pid: int) -> None:
    async with begin(log.admin) as work:
        assert await work.fetch_value("SELECT pg_terminate_backend($1, 5000)", pid)


async def test_a_connection_that_is_cut_is_the_store_away_and_the_pool_recovers(own_pool: Log) -> None:
    with pytest.raises(StoreUnavailable):
        async with begin(own_pool.engine) as work:
            await cut_and_use(own_pool, work)
    async with begin(own_pool.engine) as work:
        idle = await backend(work)
    await killed(own_pool, idle)
    with pytest.raises(StoreUnavailable):
        await run(own_pool, "INSERT INTO note VALUES (31)")
    await run(own_pool, "INSERT INTO note VALUES (32)")
    assert await notes(own_pool) & {30, 31, 32} == {32}


async def cut_and_use(log: Log, work: Work) -> None:
    await work.execute("INSERT INTO note VALUES (30)")
    await killed(log, await backend(work))
    await work.execute("INSERT INTO note VALUES (31)")


async def test_a_connection_that_is_cut_while_a_statement_runs(own_pool: Log) -> None:
    pid: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def sleep() -> None:
        async with begin(own_pool.engine) as work:
            pid.set_result(await backend(work))
            await work.execute("SELECT pg_sleep(60)")

    sleeping = asyncio.create_task(sleep())
    await killed(own_pool, await pid)
    with pytest.raises(StoreUnavailable):
        await sleeping
    async with begin(own_pool.engine) as work:
        assert await work.fetch_value("SELECT 1") == 1


async def test_nobody_there_is_the_store_away() -> None:
    engine = service_engine("postgresql://postgres@127.0.0.1:1/none", "intake", pool_size=1)
    with pytest.raises(StoreUnavailable):
        async with begin(engine):
            pass
    await engine.dispose()


async def test_a_pool_that_is_used_up_is_the_store_away(own_pool: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_pool.engine.pool, "_timeout", 0.05)
    async with begin(own_pool.engine), begin(own_pool.engine):
        with pytest.raises(StoreUnavailable):
            async with begin(own_pool.engine):
                pass
    async with begin(own_pool.engine) as work:
        assert await work.fetch_value("SELECT 1") == 1


class CancelledAt(Awaitable[None]):
    """Runs a coroutine in the current task and cancels it where it waits for the `step`-th time."""

    def __init__(self, coroutine: Coroutine[Any, Any, None], step: int) -> None:
        self._coroutine = coroutine
        self._step = step
        self.reached = False

    def __await__(self) -> Generator[Any, Any, None]:
        inner = self._coroutine.__await__()
        wait = next(inner, self)
        count = 0
        while wait is not self:
            if count == self._step:
                self.reached = True
                task = asyncio.current_task()
                assert task is not None
                task.cancel()
            count += 1
            try:
                yield wait
            except BaseException as error:  # noqa: BLE001  handed on to where it belongs
                try:
                    wait = inner.throw(error)
                except StopIteration:
                    return
            else:
                wait = next(inner, self)


async def test_cancelled_at_any_step_a_command_leaves_a_clean_pool(own_pool: Log) -> None:
    case_id = case_in(7)
    await own_pool.record(case_id, receive("cancelled"))
    version, step, done = 1, 0, 0
    while True:

        async def command(number: int) -> None:
            async with begin(own_pool.engine) as work:
                unit = await own_pool.decide(work, case_id, fact(str(number)))
                await own_pool.store.append(work, unit)

        cancelling = CancelledAt(command(step), step)

        async def cancelled(running: CancelledAt) -> None:
            await running

        with suppress(asyncio.CancelledError):
            await asyncio.create_task(cancelled(cancelling))
        if not cancelling.reached:
            break
        await until_quiet(own_pool)
        stored = [event for event in await own_pool.events([7]) if event.case_id == case_id]
        assert len(stored) in (version, version + 1), "half a command"
        done += len(stored) - version
        version = len(stored)
        step += 1
    assert step > 8, "the command waits more often than that: the cancellations missed it"
    assert done <= 2, "committed although cancelled long before the end"
    assert_one_history(await own_pool.events([7]))
    await own_pool.record(case_id, fact("the pool still works"))


async def until_quiet(log: Log) -> None:
    """Every connection is back in its pool, and the server sees none of them in a transaction."""
    async with asyncio.timeout(DEADLINE_S):
        while log.engine.pool.checkedout():  # type: ignore[attr-defined]  # the queue pool's own count
            await asyncio.sleep(0.005)
        async with begin(log.admin) as work:
            while await work.fetch_value(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND application_name = 'casework-intake' AND state <> 'idle'"
            ):
                await asyncio.sleep(0.005)
