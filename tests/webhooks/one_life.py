"""A process that makes and sends deliveries until it is killed: `python -m tests.webhooks.one_life DATABASE FOLDER`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from casework.followup.webhooks.dispatcher import dispatcher_of
from casework.followup.webhooks.gatherer import Gatherer
from casework.shared.testing.stack import stack_on


async def _live(database: str, folder: str) -> None:
    async with stack_on(database, Path(folder)) as stack:
        runtime = stack.runtimes["followup"]
        print("alive", flush=True)
        async with asyncio.TaskGroup() as group:
            group.create_task(Gatherer(runtime).run())
            group.create_task(dispatcher_of(runtime).run())


if __name__ == "__main__":
    asyncio.run(_live(*sys.argv[1:]))
