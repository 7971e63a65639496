"""Ending Kafka consumers, also when their broker is away, and tasks whose being cancelled was kept from them.

Invariant: `CancelledError` leaves here only when the caller itself was cancelled. aiokafka cancels its fetches and
waits for them, but one that pauses after a failed request does not catch that: `stop` then raises `CancelledError`
though nobody cancelled the caller, and leaves the connections open. A relay or a session would take it for its own end.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from typing import Any

from aiokafka import AIOKafkaConsumer


async def stop_consumers(stop: Callable[[], Coroutine[Any, Any, None]], consumers: Iterable[AIOKafkaConsumer]) -> None:
    """Run `stop`, which ends all of `consumers`, until it runs through, and close what it left open.

    Raises what `stop` raises.
    """
    held = list(consumers)
    try:
        for _ in range(len(held) + 1):  # each time that it is cut short, one more of them has ended
            stopping = asyncio.ensure_future(stop())
            try:
                await asyncio.wait({stopping})
            finally:
                stopping.cancel()  # nothing, unless our own wait was cut short
            if not stopping.cancelled():
                stopping.result()
                break
    finally:
        for consumer in held:
            await consumer._client.close()


def end_if_cancelled() -> None:
    """Raise `CancelledError` where the current task was cancelled and something below kept that to itself.

    `wait_for` of Python 3.11 does when its answer comes at the same moment, and aiokafka's clients do while they close.
    A loop that tries for ever has to ask in every round: nobody cancels it a second time.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
