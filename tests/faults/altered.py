"""One service process, with something altered before it starts: `python altered.py ALTERATION... -- SERVICE`.

Mutants take a safeguard out, so that the suite can show that it would notice; the others delay or deafen a consumer
at places where nothing outside the process could. The product has no switch for any of this.
"""

from __future__ import annotations

import asyncio
import importlib
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

from aiokafka import AIOKafkaProducer

from casework.intake.inbox import Inbox
from casework.shared.cli import app
from casework.shared.contracts.ids import ServiceName
from casework.shared.contracts.wire import Delivery, Placed, placed_of
from casework.shared.inbox import guard
from casework.shared.inbox.consumer import EventConsumer
from casework.shared.inbox.feed import FeedAway, FeedClient
from casework.shared.inbox.guard import Cursor, Plan
from casework.shared.relay.lease import Claim
from casework.shared.relay.outlet import Outgoing
from casework.shared.relay.relay import Relay
from casework.shared.runtime import service as runtime
from casework.shared.runtime.failpoints import failpoint


def unguarded(_argument: str, _service: str) -> None:
    """Mutant: whatever is delivered takes effect, in the order of its delivery."""

    def plan(
        deliveries: Iterable[Delivery], cursors: Mapping[ServiceName, Cursor], *, own: ServiceName, own_head: int
    ) -> Plan:
        result = Plan(cursors=dict(cursors))
        for delivery in deliveries:
            result.apply.append(delivery)
            result.cursors[delivery.source] = Cursor(delivery.position, delivery.hash)
        return result

    _alter(guard, "plan", plan)


def cursor_first(_argument: str, _service: str) -> None:
    """Mutant: the relay's cursor moves before the broker has the records. `relay.sent` lies before the sending."""
    send = Relay._send_shard

    async def _send_shard(
        self: Relay, producer: AIOKafkaProducer, shard: int, records: Sequence[Outgoing]
    ) -> tuple[Claim | None, BaseException | None]:
        await self._advance([replace(self._claims[shard], position=records[-1].position)])
        failpoint("relay.sent")
        return await send(self, producer, shard, records)

    _alter(Relay, "_send_shard", _send_shard)


def deaf(_argument: str, _service: str) -> None:
    """The consumer loses every record of the topic, after its offset was committed."""
    _alter(runtime, "placed_of", lambda _headers, _value: None)


def withhold(argument: str, service: str) -> None:
    """`withhold=FOLDER`: while FOLDER holds a file CONSUMER.SOURCE, what SOURCE recorded reaches the consumer neither
    by the topic nor by the feed. Records of the topic that come in the meantime are lost to it."""
    get = FeedClient._get

    def is_away(source: str) -> bool:
        return Path(argument, f"{service}.{source}").exists()

    def _placed(headers: Iterable[tuple[str, bytes]], value: bytes | None) -> Placed | None:
        placed = placed_of(headers, value)
        return None if placed is not None and is_away(placed.source) else placed

    async def _get(self: FeedClient, asked: ServiceName, path: str, params: Mapping[str, str | int]) -> Any:
        if is_away(asked):
            raise FeedAway(asked)
        return await get(self, asked, path, params)

    _alter(runtime, "placed_of", _placed)
    _alter(FeedClient, "_get", _get)


def dawdle(argument: str, service: str) -> None:
    """`dawdle=FOLDER`: every batch takes half a second; FOLDER holds a file named after the service meanwhile."""
    take = EventConsumer.take

    async def _take(self: EventConsumer[Any, Any, Any], placed: Iterable[Placed]) -> None:
        at_work = Path(argument, service)
        at_work.touch()
        await asyncio.sleep(0.5)
        await take(self, placed)
        at_work.unlink()

    _alter(EventConsumer, "take", _take)


def hold_answers(argument: str, _service: str) -> None:
    """`hold-answers=FOLDER`: from its first committed posts on the inbox answers none before FOLDER holds a file `go`.
    FOLDER holds a file `committed` from then on."""
    answer = Inbox._answer

    async def _answer(self: Inbox, answers: Any) -> None:
        Path(argument, "committed").touch()
        while not Path(argument, "go").exists():
            await asyncio.sleep(0.05)
        await answer(self, answers)

    _alter(Inbox, "_answer", _answer)


def state_version(argument: str, service: str) -> None:
    """`state-version=N`: a release whose snapshots have another shape."""
    module = importlib.import_module(f"casework.{service}.app")
    _alter(module, "SERVICE", replace(module.SERVICE, state_version=int(argument)))


def clumsy(argument: str, service: str) -> None:
    """`clumsy=N`: the first N cases fail at their first two attempts, which parks them."""
    consumers = importlib.import_module(f"casework.{service}.consumers")
    (reactor,) = (each for name, each in vars(consumers).items() if name.endswith("Reactor"))
    decide: Callable[..., Any] = reactor.commands
    failures: dict[UUID, int] = defaultdict(int)

    async def commands(self: Any, work: Any, unit: Any, received: Any) -> Any:
        case_id = received.envelope.case_id
        if (case_id in failures or len(failures) < int(argument)) and failures[case_id] < 2:
            failures[case_id] += 1
            raise RuntimeError("clumsy")
        return await decide(self, work, unit, received)

    _alter(reactor, "commands", commands)


def _alter(owner: object, name: str, by: object) -> None:
    assert hasattr(owner, name), f"there is no {name} to alter"
    setattr(owner, name, by)


ALTERATIONS: Mapping[str, Callable[[str, str], None]] = {
    "unguarded": unguarded,
    "cursor-first": cursor_first,
    "deaf": deaf,
    "withhold": withhold,
    "dawdle": dawdle,
    "hold-answers": hold_answers,
    "state-version": state_version,
    "clumsy": clumsy,
}

if __name__ == "__main__":
    *alterations, _, chosen = sys.argv[1:]
    for alteration in alterations:
        name, _, given = alteration.partition("=")
        ALTERATIONS[name](given, chosen)
    app(["run", chosen])
