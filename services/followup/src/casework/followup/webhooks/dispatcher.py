"""Sends what is due until it has arrived.

Invariants:

* A delivery is claimed with its line, and the claim committed, before it is sent; its id and body are the same at
  every try. A process that dies between sending and recording has it sent again: at least once, in its line's order.
* A line goes on only when its first delivery is delivered or given up. Given up is what failed at all its tries while
  others arrived. Where nothing at all arrived in that time the receiver is away: its webhook is disabled, and
  everything waits, in order, for somebody to enable it again.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from casework.followup.webhooks import queue, subscriptions
from casework.followup.webhooks.addresses import Reach, networks_of
from casework.followup.webhooks.payload import PING, message_id
from casework.followup.webhooks.queue import Attempt, Taken
from casework.followup.webhooks.retries import Retries, retry_after, schedule_of
from casework.followup.webhooks.sender import Answer, Sender
from casework.followup.webhooks.signing import NoKeyFile, SecretBox, headers_of
from casework.shared.errors import Conflict
from casework.shared.runtime.back_off import with_back_off
from casework.shared.runtime.database import StoreUnavailable, begin
from casework.shared.runtime.failpoints import failpoint
from casework.shared.runtime.metrics import Metrics
from casework.shared.runtime.settings import Settings

if TYPE_CHECKING:
    from casework.shared.runtime.service import ServiceRuntime

log = structlog.get_logger(__name__)

LOOK_S = 0.5
COUNT_S = 15.0
AT_ONCE_EACH = 4
"""Deliveries under way to one webhook."""
AT_ONCE = 32
"""Deliveries under way in all. Where slow receivers have taken all of it, the next place goes to another."""

Said: TypeAlias = Literal["delivered", "again", "failed", "disabled", "gone"]


class Dispatcher:
    """Sends the deliveries of all webhooks, for as long as the service runs."""

    def __init__(
        self, engine: AsyncEngine, sender: Sender, key_file: Path, replica: str, metrics: Metrics, retries: Retries
    ) -> None:
        self._engine, self._sender, self._key_file = engine, sender, key_file
        self._replica, self._metrics, self._retries = replica, metrics, retries
        self._under_way: dict[asyncio.Task[None], UUID] = {}
        self._wake = asyncio.Event()

    async def run(self) -> None:
        freed, counted = False, 0.0
        try:
            while True:
                self._wake.clear()
                try:
                    if not freed:
                        async with begin(self._engine) as work:
                            await queue.free_claims_of(work, self._replica)
                        freed = True
                    await self._start_due()
                    now = asyncio.get_running_loop().time()
                    if now - counted >= COUNT_S:
                        await self._count_waiting()
                        counted = now
                except (StoreUnavailable, Conflict) as error:
                    log.warning("webhooks.not-sent", error=type(error).__name__)
                    await asyncio.sleep(LOOK_S)
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), LOOK_S)
        finally:
            # What is under way stays claimed by this replica, whose next life sends it again.
            for task in self._under_way:
                task.cancel()
            await asyncio.gather(*self._under_way, return_exceptions=True)

    async def deliver_due(self) -> int:
        """Send everything that is due now, and what becomes due by that. Returns how many tries were made."""
        made = 0
        while taken := await self._take({}):
            await asyncio.gather(*(self._one(each, at) for each, at in taken))
            made += len(taken)
        return made

    async def _start_due(self) -> None:
        for taken, at in await self._take(Counter(self._under_way.values())):
            task = asyncio.create_task(self._one(taken, at), name="webhook")
            self._under_way[task] = taken.webhook_id
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._under_way.pop(task, None)
        self._wake.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("webhooks.try-failed", error=type(error).__name__)

    async def _take(self, busy: dict[UUID, int]) -> list[tuple[Taken, datetime]]:
        """Claim what is due, as far as there is room beside what is under way."""
        room = AT_ONCE - sum(busy.values())
        async with begin(self._engine) as work:
            due = await queue.due(work, AT_ONCE_EACH) if room > 0 else {}
        taken: list[tuple[Taken, datetime]] = []
        # Whoever has least under way comes first, and no one always before another: else the few receivers that hang
        # take every place that they give back.
        order = sorted(due.items(), key=lambda each: (busy.get(each[0], 0), random.random()))  # noqa: S311
        for webhook_id, many in order:
            most = min(many, AT_ONCE_EACH - busy.get(webhook_id, 0), room - len(taken))
            if most > 0:
                async with begin(self._engine) as work:
                    taken += [(each, work.now) for each in await queue.take(work, webhook_id, most, self._replica)]
        return taken

    async def _one(self, taken: Taken, at: datetime) -> None:
        failpoint("webhooks.claimed")
        try:
            answer = await self._post(taken, at)
        except NoKeyFile:
            # A fault of this installation, not of the receiver: it costs the delivery no try.
            action = "set CASEWORK_WEBHOOK_KEY_FILE to the file that the secrets were stored under"
            log.error("webhooks.no-key", webhook_id=taken.webhook_id, action=action)
            return
        failpoint("webhooks.sent")
        await with_back_off(
            lambda: self._record(taken, answer, at),
            lambda error: log.warning("webhooks.not-recorded", error=type(error).__name__),
        )

    async def _post(self, taken: Taken, at: datetime) -> Answer:
        async with begin(self._engine) as work:
            stored = (await subscriptions.live_secrets(work, [taken.webhook_id])).get(taken.webhook_id, [])
        box = await asyncio.to_thread(SecretBox.load, self._key_file)
        live = [box.open(each, taken.webhook_id) for each in stored]
        headers = headers_of(message_id(taken.id), int(at.timestamp()), taken.body, live)
        return await self._sender.post(taken.url, headers, taken.body)

    async def _record(self, taken: Taken, answer: Answer, at: datetime) -> None:
        attempt = Attempt(at, answer.status, answer.reason, answer.milliseconds)
        pause = None if answer.taken or answer.gone else self._pause(taken, answer, at)
        said: Said
        async with begin(self._engine) as work:
            if answer.taken:
                await subscriptions.arrived(work, taken.webhook_id)
                held = await queue.hold(work, taken)
                await queue.settle(work, taken, "delivered")
                said = "delivered"
            elif answer.gone:
                await subscriptions.stop(work, taken.webhook_id, "gone")
                held, said = await queue.hold(work, taken), "gone"
            elif pause is not None:
                held, said = await queue.hold(work, taken), "again"
            elif taken.type != PING and await subscriptions.was_silent(work, taken.webhook_id, taken.tried_since or at):
                await subscriptions.stop(work, taken.webhook_id, "disabled")
                held, said = await queue.hold(work, taken), "disabled"
            else:
                held = await queue.hold(work, taken)
                await queue.settle(work, taken, "failed")
                said = "failed"
            await queue.record(work, taken, attempt)
            if held:
                await queue.let_go(work, taken, work.now + pause if said == "again" and pause else work.now)
        self._tell(taken, answer, said)

    def _pause(self, taken: Taken, answer: Answer, at: datetime) -> timedelta | None:
        """How long a delivery is left alone that failed at `at`; None where that was its last try."""
        if taken.type == PING:
            return None
        since_first = at - (taken.tried_since or at)
        return self._retries.after(taken.tries + 1, since_first, retry_after(answer.retry_after, at))

    def _tell(self, taken: Taken, answer: Answer, said: Said) -> None:
        self._metrics.webhook_tries.labels("followup", said).inc()
        of = {"webhook_id": taken.webhook_id, "delivery_id": taken.id, "status": answer.status, "reason": answer.reason}
        if said in ("disabled", "gone"):
            log.error(
                "webhooks.stopped", **of, state=said, action="mend the receiver, then set its state to active again"
            )
        elif said == "failed":
            log.error("webhooks.given-up", **of, action="see its deliveries; send it again with a redelivery")

    async def _count_waiting(self) -> None:
        async with begin(self._engine) as work:
            waiting = await subscriptions.count_waiting(work)
        self._metrics.webhook_waiting.labels("followup").set(waiting.many)
        self._metrics.webhook_age_seconds.labels("followup").set(waiting.oldest_s)
        self._metrics.webhooks_stopped.labels("followup").set(waiting.stopped)


def reach_of(settings: Settings) -> Reach:
    """Where the settings let webhooks go. Raises ValueError for what is no network."""
    try:
        networks = networks_of(settings.webhook_networks)
    except ValueError as error:
        raise ValueError(f"CASEWORK_WEBHOOK_NETWORKS: {error}") from None
    return Reach(networks, settings.webhook_loopback)


def key_file_of(settings: Settings) -> Path:
    """The file that webhook secrets are stored under."""
    return settings.webhook_key_file or settings.key_file


def dispatcher_of(runtime: ServiceRuntime) -> Dispatcher:
    """The dispatcher of a running service."""
    settings = runtime.settings
    return Dispatcher(
        runtime.engine,
        Sender(reach_of(settings)),
        key_file_of(settings),
        runtime.replica,
        runtime.metrics,
        Retries(schedule_of(settings.webhook_retry_s)),
    )
