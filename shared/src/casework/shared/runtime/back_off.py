"""Trying again while something needed is away.

Invariant: what is tried again had no effect, or has no further one the second time. A database or broker that is being
started again is no fault of what was asked of it, and nobody is told of one before `TOTAL_S` have passed.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

from casework.shared.errors import Conflict
from casework.shared.runtime.database import StoreUnavailable

TOTAL_S = 120.0
"""Less than half of the poll interval (300 s): a handler that waits longer would be thrown out of its group."""
FIRST_PAUSE_S = 0.05
LONGEST_PAUSE_S = 10.0

T = TypeVar("T")


async def with_back_off(attempt: Callable[[], Awaitable[T]], again: Callable[[Exception], None]) -> T:
    """What `attempt` returns, once it does not raise `StoreUnavailable` or `Conflict`.

    `again` is told of the error before each pause; the pauses grow to ten seconds. Raises the last error when they
    came to two minutes, and whatever else `attempt` raises at once.
    """
    waited, pause = 0.0, FIRST_PAUSE_S
    while True:
        try:
            return await attempt()
        except (StoreUnavailable, Conflict) as error:
            if waited >= TOTAL_S:
                raise
            again(error)
            delay = pause * random.uniform(0.5, 1.5)  # noqa: S311  (spreads retries, guards nothing)
            await asyncio.sleep(delay)
            waited, pause = waited + delay, min(pause * 2, LONGEST_PAUSE_S)
