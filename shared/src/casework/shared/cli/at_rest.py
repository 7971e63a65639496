"""The database of an installation, whether its stack runs or not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from casework.shared.cli.options import find_target
from casework.shared.runtime.data_dir import DataDir, NoStack


@asynccontextmanager
async def database_of_installation(data_dir: Path, database: str | None) -> AsyncIterator[str]:
    """The URL of the database: the one given, the running stack's, else that of the data directory, which is
    started for as long as the block lasts. Meanwhile no stack can start there.

    Raises `NoStack`, `AlreadyRunning`, `StartFailed`.
    """
    if database is not None:
        yield database
        return
    try:
        yield find_target(data_dir).database
        return
    except NoStack:
        data = DataDir(data_dir)
        if not (data.postgres / "pgdata").exists():
            raise
    from casework.shared.runtime.postgres_part import EmbeddedPostgres

    with data.hold():
        postgres = EmbeddedPostgres(data.postgres)
        try:
            await postgres.start()
            yield postgres.url
        finally:
            await postgres.stop()
