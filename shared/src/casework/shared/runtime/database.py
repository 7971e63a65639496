"""Engines, and the one place that touches the driver.

Invariant: every statement of a unit of work runs inside one SQLAlchemy transaction. SQLAlchemy begins
lazily: a raw statement sent as the first act of a connection would run outside the transaction and would
survive its rollback. `Work.begin` therefore executes a Core statement first and asserts that the driver
is in a transaction; raw statements are only reachable through the `Work` it returns.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, TypeAlias

import asyncpg
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from casework.shared.contracts.ids import ServiceName
from casework.shared.errors import Conflict
from casework.shared.runtime.wires import database_wire

STATEMENT_TIMEOUT_MS = 15_000
LOCK_TIMEOUT_MS = 5_000
IDLE_IN_TRANSACTION_MS = 10_000
TRANSACTION_TIMEOUT_MS = 20_000
"""PostgreSQL 17 and later. A process that freezes between preparing a statement and running it is not idle to
PostgreSQL, and no other timeout ends its session: it would keep its locks for as long as it stands still."""


_LIMIT_TRANSACTIONS = "SELECT set_config(name, $1, false) FROM pg_settings WHERE name = 'transaction_timeout'"


_CLOCK = "casework_clock"
Clock: TypeAlias = Callable[[], datetime]
"""Tells what time it is, UTC."""


def at_the_time_of(engine: AsyncEngine, clock: Clock) -> AsyncEngine:
    """The same engine for a simulation: its units of work begin at the time that `clock` tells, not the database's."""
    return engine.execution_options(**{_CLOCK: clock})


class StoreUnavailable(Exception):
    """The database did not answer, or refused connections. Transient: back off and run again."""


class Serialization(Conflict):
    """PostgreSQL gave up on this transaction (deadlock, serialization, lock or statement timeout). Run it again."""

    code = "busy"


class Duplicate(Conflict):
    """A unique key says that this is already there. `constraint` names the key."""

    code = "duplicate"

    def __init__(self, constraint: str) -> None:
        super().__init__(f"already there ({constraint})")
        self.constraint = constraint


def role_of(service: ServiceName) -> str:
    """The database role a service works as: it may touch its own schema and nothing else."""
    return f"casework_{service}"


def service_engine(url: str, service: ServiceName, *, pool_size: int) -> AsyncEngine:
    """An engine that works as the service's role, in its schema, with every timeout set.

    `url` is any `postgresql://` URL, with `sslmode=verify-full` in it for another machine; a login that is not the
    role itself must be a member of it.
    """
    engine = _engine(
        url,
        pool_size=pool_size,
        server_settings={
            "role": role_of(service),
            "search_path": f"{service},platform",
            "application_name": f"casework-{service}",
            "statement_timeout": str(STATEMENT_TIMEOUT_MS),
            "lock_timeout": str(LOCK_TIMEOUT_MS),
            "idle_in_transaction_session_timeout": str(IDLE_IN_TRANSACTION_MS),
        },
    )

    @event.listens_for(engine.sync_engine, "connect")
    def limit_transactions(connection: Any, _record: object) -> None:
        # Not among the settings above: a server that does not know a setting refuses the connection.
        connection.run_async(lambda driver: driver.execute(_LIMIT_TRANSACTIONS, str(TRANSACTION_TIMEOUT_MS)))

    return engine


def admin_engine(url: str) -> AsyncEngine:
    """An engine with the login's own rights: for `casework migrate`, key administration and audits."""
    return _engine(url, pool_size=4, server_settings={"application_name": "casework-admin"})


def _engine(url: str, *, pool_size: int, server_settings: dict[str, str]) -> AsyncEngine:
    address, tls = database_wire(url)
    return create_async_engine(
        address.set(drivername="postgresql+asyncpg"),
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=5,
        pool_pre_ping=False,
        # PostgreSQL's own times are asked for where one is needed; JIT only ever hurts statements this short.
        connect_args={"server_settings": {**server_settings, "jit": "off", "timezone": "UTC"}, "timeout": 5, **tls},
    )


class Work:
    """One open transaction: SQLAlchemy Core through `core`, array statements through `fetch` and `execute`."""

    __slots__ = ("_driver", "core", "now")

    def __init__(self, core: AsyncConnection, driver: asyncpg.Connection[asyncpg.Record], now: datetime) -> None:
        self.core = core
        self.now = now
        """The database's clock when the transaction began, UTC; in a simulation, the simulated one."""
        self._driver = driver

    async def fetch(self, statement: str, *values: object) -> list[asyncpg.Record]:
        """Rows of a statement with `$1`-style values (arrays for `unnest`). Errors come mapped."""
        with driver_errors():
            rows: list[asyncpg.Record] = await self._driver.fetch(statement, *values)
            return rows

    async def fetch_value(self, statement: str, *values: object) -> Any:
        """The first column of the first row, or None."""
        with driver_errors():
            return await self._driver.fetchval(statement, *values)

    async def execute(self, statement: str, *values: object) -> int:
        """Run a statement; returns how many rows it touched."""
        with driver_errors():
            tag = await self._driver.execute(statement, *values)
        count = tag.rpartition(" ")[2]
        return int(count) if count.isdigit() else 0

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """What fails inside is undone alone; the transaction around it lives on."""
        async with self.core.begin_nested():
            # begin_nested is lazy in the same way as begin: make it real before raw statements follow.
            await self.core.execute(text("select 1"))
            yield


@asynccontextmanager
async def begin(engine: AsyncEngine) -> AsyncIterator[Work]:
    """The edge: opens one transaction, commits it when the block ends, rolls back when it raises.

    Raises `StoreUnavailable` when the database is away, `Serialization` when it gave up on us.
    """
    with driver_errors():
        async with engine.connect() as connection, connection.begin():
            now: datetime = (await connection.execute(text("select clock_timestamp()"))).scalar_one()
            clock: Clock | None = engine.get_execution_options().get(_CLOCK)
            if clock is not None:
                now = clock()
            raw = await connection.get_raw_connection()
            driver: asyncpg.Connection[asyncpg.Record] | None = raw.driver_connection
            assert driver is not None
            assert driver.is_in_transaction(), "a raw statement here would outlive a rollback"
            yield Work(connection, driver, now)


class driver_errors:  # noqa: N801  (reads as the statement it is: `with driver_errors():`)
    """Maps what the driver raises onto our kinds; everything unknown passes through as the fault it is."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> None:
        if error is None:
            return
        cause: BaseException | None = error
        if isinstance(error, DBAPIError):
            cause = error.orig
            if cause is not None and cause.__cause__ is not None:
                cause = cause.__cause__
            if error.connection_invalidated:
                raise StoreUnavailable(type(cause).__name__) from error
        mapped = _mapped(cause)
        if mapped is not None:
            raise mapped from error


_AGAIN: Sequence[type[BaseException]] = (
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.LockNotAvailableError,
    asyncpg.QueryCanceledError,
)
_AWAY: Sequence[type[BaseException]] = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.TooManyConnectionsError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.TransactionTimeoutError,
    asyncpg.DiskFullError,
    asyncpg.InternalClientError,
    ConnectionError,
    OSError,
    asyncio.TimeoutError,
    PoolTimeout,
)


def _mapped(cause: BaseException | None) -> Exception | None:
    if isinstance(cause, asyncpg.UniqueViolationError):
        return Duplicate(cause.constraint_name or "unique key")
    if isinstance(cause, tuple(_AGAIN)):
        return Serialization(type(cause).__name__)
    if isinstance(cause, tuple(_AWAY)):
        return StoreUnavailable(type(cause).__name__)
    return None
